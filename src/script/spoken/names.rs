//! Names in a text that the server may run, however it does: nothing is parsed, so that no quotes, escapes, comments or halves of a
//! statement hide one. Words that are no names are among them, which does no harm.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::token::{MAX_IDENTIFIER, identifier};

/// Where names go.
pub(super) trait Names {
    /// A name or operator that may be run.
    fn word(&mut self, word: SmolStr);
    /// A name that may be that of a schema.
    fn schema(&mut self, name: SmolStr);
}

/// More characters than an operator has that anybody makes.
const LONGEST_OPERATOR: usize = 16;

/// Gathers the names in `text`. In code also a literal that is nothing but names may be that of schemas.
pub(super) fn gather(text: &str, in_code: bool, names: &mut impl Names) {
    for reading in readings(text) {
        let runs = runs(&reading);
        for run in &runs {
            word(run.text, names);
            if is_before_dot(&reading[run.end..]) {
                schema(run.text, names);
            }
        }
        operators(&reading, names);
        quoted(&reading, names);
        paths(&reading, &runs, names);
        if in_code {
            for literal in reading.split(['\'', '$']) {
                listed(literal, names);
            }
        }
    }
}

/// What follows each `search_path` and `set schema` up to the end of the statement.
pub(super) fn paths_in(text: &str, names: &mut impl Names) {
    for reading in readings(text) {
        paths(&reading, &runs(&reading), names);
    }
}

/// A name as it may be written here: folded, quoted, of an array type, or longer than the server keeps it.
pub(super) fn word(text: &str, names: &mut impl Names) {
    each_form(text, &mut |it| {
        // An array type is called as its element with a `_` before it.
        let element = it.trim_start_matches('_');
        if element.len() < it.len() && !element.is_empty() {
            names.word(cut(element));
        }
        names.word(cut(it));
    });
}

/// The same of the name of a schema.
pub(super) fn schema(text: &str, names: &mut impl Names) {
    each_form(text, &mut |it| names.schema(cut(it)));
}

/// `text` as it is and folded, and what stands between its `$`, which may be the marks of a literal.
fn each_form(text: &str, take: &mut impl FnMut(&str)) {
    let parts = text.split('$').filter(|it| it.len() < text.len());
    for part in parts.chain([text]) {
        if part.is_empty() || part.starts_with(|it: char| it.is_ascii_digit()) {
            continue;
        }
        take(part);
        if part.bytes().any(|it| it.is_ascii_uppercase()) {
            take(&identifier(part));
        }
    }
}

/// As the server keeps a name.
pub(super) fn cut(name: &str) -> SmolStr {
    name[..name.floor_char_boundary(MAX_IDENTIFIER)].into()
}

/// A word of a text.
struct Run<'a> {
    text: &'a str,
    end: usize,
}

fn is_of_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '$' || !it.is_ascii()
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, it) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_of_word(it)) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                let word = &text[begin..at];
                runs.push(Run {
                    text: word,
                    end: at,
                });
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    runs
}

/// Whether a dot follows the end of a name, perhaps behind its quotes, spaces and comments.
fn is_before_dot(rest: &str) -> bool {
    let mut rest = rest.trim_start_matches('"').trim_start();
    loop {
        let end = match rest.get(..2) {
            Some("/*") => rest.find("*/").map(|it| it + 2),
            Some("--") => rest.find('\n'),
            Some(_) | None => None,
        };
        match end {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest.starts_with('.'),
        }
    }
}

/// The operators in each run of their characters: where one ends hangs on what the server makes of it.
fn operators(text: &str, names: &mut impl Names) {
    for run in text.split(|it| !"+-*/<>=~!@#%^&|`?".contains(it)) {
        for start in 0..run.len() {
            for end in start + 1..=run.len().min(start + LONGEST_OPERATOR) {
                names.word(run[start..end].into());
            }
        }
    }
}

/// What stands between two quotes, in which any character may be. Two of them are one of the name.
fn quoted(text: &str, names: &mut impl Names) {
    const TWO: char = '\u{1}';
    if !text.contains('"') {
        return;
    }
    let text = text.replace("\"\"", "\u{1}");
    let mut rest = text.as_str();
    while let Some(start) = rest.find('"') {
        rest = &rest[start + 1..];
        let Some(end) = rest.find('"') else { break };
        let name = rest[..end].replace(TWO, "\"");
        names.word(cut(&name));
        if is_before_dot(&rest[end..]) {
            names.schema(cut(&name));
        }
    }
}

fn paths(text: &str, runs: &[Run<'_>], names: &mut impl Names) {
    let is = |at: Option<usize>, words: &[&str]| {
        let run = at.and_then(|it| runs.get(it));
        run.is_some_and(|it| words.iter().any(|word| it.text.eq_ignore_ascii_case(word)))
    };
    for (at, run) in runs.iter().enumerate() {
        let before = at.checked_sub(1);
        let is_path = is(Some(at), &["search_path"])
            || is(Some(at), &["schema"])
                && (is(before, &["set"])
                    || is(before, &["local", "session"]) && is(at.checked_sub(2), &["set"]));
        if !is_path {
            continue;
        }
        let end = text[run.end..].find(';');
        let end = end.map_or(text.len(), |it| run.end + it);
        let after = runs[at + 1..].iter().take_while(|it| it.end <= end);
        after.for_each(|it| schema(it.text, names));
        // A name in quotes may hold anything.
        for literal in text[run.end..end].split(['\'', '$', '"', ',']) {
            names.schema(cut(literal.trim()));
        }
    }
}

/// The names in a text that is nothing but names with commas between them: code may put them where a schema stands.
fn listed(text: &str, names: &mut impl Names) {
    let all = text.split(',').map(str::trim);
    let is_name = |it: &str| {
        let inner = it.trim_matches('"');
        !inner.is_empty() && (inner.len() < it.len() || inner.chars().all(is_of_word))
    };
    if all.clone().all(is_name) {
        all.for_each(|it| schema(it.trim_matches('"'), names));
    }
}

/// The text, and what the server may make of it: with the halves of literals that go on in another line put together, and with
/// escapes as the characters that they stand for.
fn readings(text: &str) -> Vec<Cow<'_, str>> {
    let mut readings = vec![Cow::Borrowed(text)];
    if let Some(joined) = joined(text) {
        readings.push(Cow::Owned(joined));
    }
    let mut marks = vec!['\\'];
    let mut rest = text;
    while let Some(at) = find_word(rest, "uescape") {
        rest = &rest[at + "uescape".len()..];
        let mark = rest.trim_start().trim_start_matches(['e', 'E', '\'', '$']);
        marks.extend(mark.chars().next());
    }
    for mark in marks {
        for at in 0..readings.len() {
            if readings[at].contains(mark) {
                let read = unescaped(&readings[at], mark);
                readings.push(Cow::Owned(read));
            }
        }
    }
    readings
}

fn find_word(text: &str, word: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes
        .windows(word.len())
        .position(|it| it.eq_ignore_ascii_case(word.as_bytes()))
}

/// `'a'`, a line break and `'b'` as `'ab'`.
fn joined(text: &str) -> Option<String> {
    let mut parts = text.split('\'');
    let mut joined = parts.next()?.to_owned();
    let mut is_changed = false;
    let parts: Vec<&str> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        let is_break = at + 1 < parts.len() && part.contains('\n') && is_blank(part);
        if is_break {
            is_changed = true;
            // The quotes on both sides go with it.
            continue;
        }
        let follows_break = at > 0 && {
            let before = parts[at - 1];
            before.contains('\n') && is_blank(before)
        };
        if !follows_break {
            joined.push('\'');
        }
        joined.push_str(part);
    }
    is_changed.then_some(joined)
}

/// Whether it is nothing but spaces and comments up to the ends of their lines.
fn is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|it| it.is_empty() || it.starts_with("--"))
}

/// `\0061`, `\+000061`, `\u0061`, `\U00000061`, `\x61` and `\141` as the characters that they stand for, where `mark` is the
/// backslash.
fn unescaped(text: &str, mark: char) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        value.push_str(&rest[..at]);
        rest = &rest[at + mark.len_utf8()..];
        let forms = [
            ("+", 6..=6, 16),
            ("u", 4..=4, 16),
            ("U", 8..=8, 16),
            ("x", 1..=2, 16),
            ("", 4..=4, 16),
            ("", 1..=3, 8),
        ];
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
        match character {
            Some((character, length)) => {
                value.push(character);
                rest = &rest[length..];
            }
            None => value.push(mark),
        }
    }
    value + rest
}
