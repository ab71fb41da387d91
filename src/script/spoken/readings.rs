//! What the server may make of a text: escapes, quotes and halves of literals.

use std::borrow::Cow;

/// The text, and what the server may make of it: with the halves of literals that go on in another line put together, and with
/// escapes as the characters that they stand for.
pub(super) fn readings(text: &str) -> Vec<Cow<'_, str>> {
    let mut readings = vec![Cow::Borrowed(text)];
    // In a literal a quote is doubled, and in one within it again.
    while readings.len() < 4 && readings[readings.len() - 1].contains("''") {
        let single = readings[readings.len() - 1].replace("''", "'");
        readings.push(Cow::Owned(single));
    }
    for at in 0..readings.len() {
        if let Some(joined) = joined(&readings[at]) {
            readings.push(Cow::Owned(joined));
        }
    }
    let written = readings.len();
    for at in 0..written {
        // Escapes may stand for a text with escapes.
        let mut from = at;
        for _ in 0..2 {
            if !readings[from].contains('\\') {
                break;
            }
            let read = unescaped(&readings[from]);
            from = readings.len();
            readings.push(Cow::Owned(read));
        }
    }
    for at in 0..readings.len() {
        if find_word(&readings[at], "uescape").is_some() {
            let read = with_any_mark(&readings[at]);
            readings.push(Cow::Owned(read));
        }
    }
    readings
}

/// The text with the escapes of `U&"…" uescape '!'`, whatever their mark is: what stands between that word and the mark may be
/// comments and literals of all sorts.
fn with_any_mark(text: &str) -> String {
    let is_mark = |it: char| !it.is_ascii_hexdigit() && !it.is_whitespace() && !"+'\"".contains(it);
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        let escaped = if is_mark(first) {
            code_point(after)
        } else {
            None
        };
        let (character, length) = escaped.unwrap_or((first, 0));
        value.push(character);
        rest = &after[length..];
    }
    value
}

/// `0061` or `+000061` at the beginning of a text: the character, and the bytes that say so.
fn code_point(text: &str) -> Option<(char, usize)> {
    let (start, count) = if text.starts_with('+') {
        (1, 6)
    } else {
        (0, 4)
    };
    let digits = text.get(start..start + count)?;
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    Some((character, start + count))
}

pub(super) fn find_word(text: &str, word: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes
        .windows(word.len())
        .position(|it| it.eq_ignore_ascii_case(word.as_bytes()))
}

/// `'a'`, a line break and `'b'` as `'ab'`.
fn joined(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('\'').collect();
    let (first, parts) = parts.split_first()?;
    let mut joined = (*first).to_owned();
    let (mut is_changed, mut follows_break) = (false, false);
    for (at, part) in parts.iter().enumerate() {
        // The quotes on both sides go with a break.
        let is_break = at + 1 < parts.len() && part.contains('\n') && is_blank(part);
        if is_break {
            is_changed = true;
        } else {
            if !follows_break {
                joined.push('\'');
            }
            joined.push_str(part);
        }
        follows_break = is_break;
    }
    is_changed.then_some(joined)
}

/// Whether it is nothing but spaces and comments up to the ends of their lines.
fn is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|it| it.is_empty() || it.starts_with("--"))
}

/// `\0061`, `\+000061`, `\u0061`, `\U00000061`, `\x61` and `\141` as the characters that they stand for.
fn unescaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        rest = after;
        let forms = [
            ("+", 6..=6, 16),
            ("u", 4..=4, 16),
            ("U", 8..=8, 16),
            ("x", 1..=2, 16),
            ("", 4..=4, 16),
            ("", 1..=3, 8),
        ];
        let plain = |it: char| if "bfnrt".contains(it) { ' ' } else { it };
        let character = forms.into_iter().find_map(|(prefix, digits, radix)| {
            let after = rest.strip_prefix(prefix)?;
            let count = after
                .chars()
                .take(*digits.end())
                .take_while(|it| it.is_digit(radix))
                .count();
            let code = u32::from_str_radix(after.get(..count)?, radix).ok()?;
            let is_whole = digits.contains(&count);
            char::from_u32(code)
                .filter(|_| is_whole)
                .map(|it| (it, prefix.len() + count))
        });
        if let Some((character, length)) = character {
            value.push(character);
            rest = &rest[length..];
        } else {
            // `\n` is a break between words, and any other character stands for itself.
            let mut characters = rest.chars();
            value.extend(characters.next().map(plain));
            rest = characters.as_str();
        }
    }
    value + rest
}
