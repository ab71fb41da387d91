//! Takes the text of a bound apart, without allocations: each existing bound is read again for each new one.

/// What a bound says; the texts are those between the parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form<'a> {
    Default,
    In(&'a str),
    Range(&'a str, &'a str),
    With(&'a str),
}

impl Form<'_> {
    /// The words that the form begins with.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::In(_) => "for values in",
            Self::Range(..) => "for values from",
            Self::With(_) => "for values with",
        }
    }
}

/// Reads `for values …` or `default`.
pub(super) fn form(bound: &str) -> Option<Form<'_>> {
    // The normal form, and then any other.
    let rest = if let Some(rest) = bound.strip_prefix("for values ") {
        rest
    } else {
        let (word, rest) = word(bound);
        if word.eq_ignore_ascii_case("default") {
            return rest.trim_ascii().is_empty().then_some(Form::Default);
        }
        expect(expect(bound, "for")?, "values")?
    };
    let (kind, behind) = word(rest);
    let (inside, after) = parentheses(behind)?;
    let (form, after) = if kind.eq_ignore_ascii_case("from") {
        let (to, after) = parentheses(expect(after, "to")?)?;
        (Form::Range(inside, to), after)
    } else if kind.eq_ignore_ascii_case("in") {
        (Form::In(inside), after)
    } else if kind.eq_ignore_ascii_case("with") {
        (Form::With(inside), after)
    } else {
        return None;
    };
    after.trim_ascii().is_empty().then_some(form)
}

/// The word that `text` begins with, and what stands behind it.
pub(super) fn word(text: &str) -> (&str, &str) {
    let text = text.trim_ascii_start();
    let end = text.bytes().position(|it| !is_part(it));
    text.split_at(end.unwrap_or(text.len()))
}

/// Whether it is part of a word.
fn is_part(it: u8) -> bool {
    it.is_ascii_alphanumeric() || it == b'_' || it >= 0x80
}

fn expect<'a>(text: &'a str, wanted: &str) -> Option<&'a str> {
    let (word, rest) = word(text);
    word.eq_ignore_ascii_case(wanted).then_some(rest)
}

/// What stands in the parentheses that `text` begins with, and what stands behind them.
pub(super) fn parentheses(text: &str) -> Option<(&str, &str)> {
    let inside = text.trim_ascii_start().strip_prefix('(')?;
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        at = special(inside, at)?;
        match inside.as_bytes()[at] {
            b'(' | b'[' => depth += 1,
            b')' if depth == 0 => return Some((&inside[..at], &inside[at + 1..])),
            b')' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
    }
}

/// The stretches of `inside` between commas that stand in no parentheses.
pub(super) fn items(inside: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(inside);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(found) = special(text, at) {
            match text.as_bytes()[found] {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => {
                    rest = Some(&text[found + 1..]);
                    return Some(text[..found].trim_ascii());
                }
                _ => {}
            }
            at = found + 1;
        }
        rest = None;
        Some(text.trim_ascii())
    })
}

/// The next comma or parenthesis from `at` on that stands in no string. There is none behind a comment, and in a string
/// without its end.
fn special(text: &str, mut at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    loop {
        let byte = *bytes.get(at)?;
        at = match byte {
            b'(' | b')' | b'[' | b']' | b',' => return Some(at),
            b'\'' if is_escaped(bytes, at) => escaped_end(bytes, at + 1),
            b'\'' | b'"' => quote_end(bytes, at + 1, byte),
            b'$' if !bytes[..at].last().copied().is_some_and(is_part) => {
                dollar(text, at).map_or(at + 1, |it| it.1)
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => return None,
            b'/' if bytes.get(at + 1) == Some(&b'*') => return None,
            _ => at + 1,
        };
    }
}

/// Whether the quote at `at` begins `e'…'`.
fn is_escaped(bytes: &[u8], at: usize) -> bool {
    match &bytes[..at] {
        [before @ .., b'e' | b'E'] => !before.last().copied().is_some_and(is_part),
        _ => false,
    }
}

/// The position behind the quote that ends what begins at `at`. A doubled quote ends it and begins another.
fn quote_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let end = bytes[at..].iter().position(|it| *it == quote);
    end.map_or(bytes.len(), |end| at + end + 1)
}

fn escaped_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The text of the string in dollars that begins at `at`, and its end.
pub(super) fn dollar(text: &str, at: usize) -> Option<(&str, usize)> {
    let tag = word(text[at..].strip_prefix('$')?).0;
    if tag.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let opening = text.get(at..at + tag.len() + 2)?;
    if !opening.ends_with('$') || &opening[1..=tag.len()] != tag {
        return None;
    }
    let start = at + opening.len();
    let length = text[start..].find(opening)?;
    Some((&text[start..start + length], start + length + opening.len()))
}
