//! Statements as words, so that they can be broken in one place, and made smaller.

use std::ops::Range;

/// The words of a statement, with nothing of what stands between them.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, behind) = rest.split_at(length(rest, first));
        words.push(word.to_owned());
        rest = behind.trim_start();
    }
    words
}

fn length(rest: &str, first: char) -> usize {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let while_is = |of: fn(char) -> bool| rest.find(|it| !of(it)).unwrap_or(rest.len());
    if let Some(inside) = rest.strip_prefix("$$") {
        return inside.find("$$").map_or(rest.len(), |it| it + 4);
    }
    if let Some(quoted) = rest.strip_prefix("e'").or_else(|| rest.strip_prefix("b'")) {
        return 1 + quote(&format!("'{quoted}"), '\'');
    }
    match first {
        '\'' | '"' => quote(rest, first),
        '$' => {
            1 + rest[1..]
                .find(|it: char| !it.is_ascii_digit())
                .unwrap_or(rest.len() - 1)
        }
        _ if first.is_ascii_digit() => while_is(|it| it.is_alphanumeric() || it == '.'),
        _ if is_part(first) => rest.find(|it| !is_part(it)).unwrap_or(rest.len()),
        _ if rest.starts_with("::") => 2,
        _ if "+-*/<>=~!@#%^&|`?".contains(first) => while_is(|it| "+-*/<>=~!@#%^&|`?".contains(it)),
        _ => first.len_utf8(),
    }
}

/// The length of what is quoted, in which the quote itself stands twice.
fn quote(text: &str, quote: char) -> usize {
    let mut inside = text.char_indices().skip(1).peekable();
    while let Some((at, it)) = inside.next() {
        if it == quote && inside.next_if(|next| next.1 == quote).is_none() {
            return at + 1;
        }
    }
    text.len()
}

/// The statement of these words.
pub(crate) fn joined(words: &[String]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|it| words[it].as_str());
        let is_tight = matches!(word.as_str(), "." | "," | ")" | "::" | "]" | "[" | ";")
            || matches!(before, None | Some("." | "(" | "::" | "["))
            || word == "(" && before.is_some_and(is_called);
        if !is_tight {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Whether a bracket behind this word is that of its arguments.
fn is_called(word: &str) -> bool {
    is_name(word) && !KEYWORDS.contains(&word)
}

pub(crate) fn is_name(word: &str) -> bool {
    word.starts_with(|it: char| it.is_alphabetic() || it == '_' || it == '"')
        && !word.ends_with('\'')
}

/// Where brackets open and close again.
pub(crate) fn groups(words: &[String]) -> Vec<Range<usize>> {
    let mut open = Vec::new();
    let mut groups = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" | "[" => open.push(at),
            ")" | "]" => groups.extend(open.pop().map(|it| it..at + 1)),
            _ => {}
        }
    }
    groups
}

/// The elements of a list: what stands between the commas of a group, or of the whole.
pub(crate) fn elements(words: &[String], inside: Range<usize>) -> Vec<Range<usize>> {
    let mut depth = 0_i32;
    let mut elements = Vec::new();
    let mut start = inside.start;
    for at in inside.clone() {
        match words[at].as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 0 => {
                elements.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    elements.push(start..inside.end);
    elements
}

/// Words that are no names where they stand in random statements.
pub(crate) const KEYWORDS: &[&str] = &[
    "add",
    "all",
    "alter",
    "always",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "atomic",
    "begin",
    "between",
    "by",
    "cascade",
    "case",
    "cast",
    "check",
    "column",
    "conflict",
    "constraint",
    "create",
    "cross",
    "default",
    "delete",
    "desc",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "except",
    "exclude",
    "execute",
    "exists",
    "filter",
    "for",
    "foreign",
    "from",
    "full",
    "function",
    "generated",
    "group",
    "having",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "key",
    "language",
    "lateral",
    "left",
    "like",
    "limit",
    "materialized",
    "merge",
    "natural",
    "not",
    "nothing",
    "null",
    "offset",
    "on",
    "or",
    "order",
    "over",
    "partition",
    "policy",
    "primary",
    "recursive",
    "references",
    "return",
    "returning",
    "returns",
    "right",
    "row",
    "select",
    "set",
    "setof",
    "some",
    "stored",
    "table",
    "then",
    "to",
    "trigger",
    "type",
    "union",
    "unique",
    "update",
    "using",
    "values",
    "variadic",
    "view",
    "when",
    "where",
    "window",
    "with",
    "within",
];
