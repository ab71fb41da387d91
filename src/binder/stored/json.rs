//! `jsonb` and `jsonpath` as they are kept: keys in order of their length, the last of several equal ones, numbers as `numeric`
//! has them.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::number::numeric;

/// The nesting that is read.
const DEEPEST: usize = 64;

/// A text with one form for all that reads as the same value; nothing where it is none.
pub(super) fn read(text: &str) -> Option<String> {
    let mut rest = text.trim_start();
    let value = value(&mut rest, 0)?;
    rest.trim_start().is_empty().then_some(value)
}

/// A `jsonpath` without its blanks, and without the quotes of plain keys, which are all the server adds to most.
pub(super) fn path(text: &str) -> Option<SmolStr> {
    let mut read = String::new();
    let mut rest = text;
    while let Some(it) = rest.chars().next() {
        if it == '"' {
            let key = string(&mut rest)?;
            let inner = key.trim_matches('"');
            let is_plain = !inner.is_empty()
                && !inner.starts_with(|it: char| it.is_ascii_digit())
                && (inner.bytes()).all(|it| it.is_ascii_alphanumeric() || it == b'_');
            let is_key = read.ends_with('.') && is_plain;
            read.push_str(if is_key { inner } else { &key });
        } else {
            rest = &rest[it.len_utf8()..];
            if it == '\\' {
                return None;
            }
            read.extend((!it.is_whitespace()).then_some(it));
        }
    }
    Some(read.into())
}

fn value(rest: &mut &str, depth: usize) -> Option<String> {
    *rest = rest.trim_start();
    if depth > DEEPEST {
        return None;
    }
    match rest.bytes().next()? {
        b'{' => object(rest, depth),
        b'[' => {
            let mut values = Vec::new();
            list(rest, ']', |rest| {
                values.push(value(rest, depth + 1)?);
                Some(())
            })?;
            Some(format!("[{}]", values.join(",")))
        }
        b'"' => string(rest),
        _ => {
            let end = rest.find(|it: char| !(it.is_ascii_alphanumeric() || "+-.".contains(it)));
            let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
            *rest = behind;
            match word {
                "true" | "false" | "null" => Some(word.to_owned()),
                _ if word.starts_with(|it: char| it == '-' || it.is_ascii_digit()) => {
                    Some(numeric(word)?.to_string())
                }
                _ => None,
            }
        }
    }
}

fn object(rest: &mut &str, depth: usize) -> Option<String> {
    let mut fields: BTreeMap<(usize, String), String> = BTreeMap::new();
    list(rest, '}', |rest| {
        *rest = rest.trim_start();
        let key = string(rest)?;
        *rest = rest.trim_start().strip_prefix(':')?;
        let value = value(rest, depth + 1)?;
        fields.insert((key.len(), key), value);
        Some(())
    })?;
    let fields: Vec<String> = fields
        .into_iter()
        .map(|((_, key), value)| format!("{key}:{value}"))
        .collect();
    Some(format!("{{{}}}", fields.join(",")))
}

/// What stands between brackets and commas.
fn list(rest: &mut &str, end: char, mut item: impl FnMut(&mut &str) -> Option<()>) -> Option<()> {
    *rest = rest[1..].trim_start();
    if let Some(behind) = rest.strip_prefix(end) {
        *rest = behind;
        return Some(());
    }
    loop {
        item(rest)?;
        *rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix(end) {
            *rest = behind;
            return Some(());
        }
        *rest = rest.strip_prefix(',')?;
    }
}

/// A string with one form for each character.
fn string(rest: &mut &str) -> Option<String> {
    let inside = rest.strip_prefix('"')?;
    let mut escaped = false;
    let end = inside.find(|it| {
        let ends = it == '"' && !escaped;
        escaped = it == '\\' && !escaped;
        ends
    })?;
    let (whole, behind) = rest.split_at(end + 2);
    *rest = behind;
    let text: String = serde_json::from_str(whole).ok()?;
    serde_json::to_string(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn one_form_for_one_value() {
        for (text, wanted) in [
            ("{}", "{}"),
            (
                " { \"b\" : 1 , \"a\":[ 1.0,null ] }",
                "{\"a\":[1.0,null],\"b\":1}",
            ),
            ("{\"aa\": 1, \"b\": 2}", "{\"b\":2,\"aa\":1}"),
            ("{\"a\": 1, \"a\": 2}", "{\"a\":2}"),
            ("\"\\u0041\"", "\"A\""),
            ("1e2", "100"),
        ] {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["{", "[1,]", "{\"a\"}", "1 2", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
