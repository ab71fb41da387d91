//! Names as the server reads them, wherever they stand in a text, and which of them may be schemas.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::token::{MAX_IDENTIFIER, Token, TokenKind, identifier, keyword_class, string_value};

/// Whether a name before a dot may be that of a schema: not where it is an alias or a row that code has.
pub(super) fn is_schema(
    text: &str,
    before: Option<&Token>,
    token: &Token,
    rest: &[Token],
    aliases: &BTreeSet<SmolStr>,
) -> bool {
    const ROWS: [&str; 3] = ["old", "new", "excluded"];
    const BEFORE: [&str; 31] = [
        "from",
        "join",
        "into",
        "update",
        "table",
        "only",
        "references",
        "exists",
        "view",
        "on",
        "as",
        "returns",
        "of",
        "setof",
        "collate",
        "using",
        "type",
        "sequence",
        "index",
        "function",
        "procedure",
        "aggregate",
        "routine",
        "domain",
        "truncate",
        "lock",
        "copy",
        "call",
        "execute",
        "inherits",
        "like",
    ];
    let [dot, name, rest @ ..] = rest else {
        return false;
    };
    if !token.is_name() || !dot.is(text, ".") {
        return false;
    }
    let is_called = rest.first().is_some_and(|it| it.is(text, "("));
    if is_called || name.kind == TokenKind::Operator || before.is_some_and(|it| it.is(text, "::")) {
        return true;
    }
    let stands = before.is_none_or(|it| {
        it.is(text, ",")
            || it.is(text, "(")
            || it.is(text, "=")
            || it.is_name() && keyword_class(&identifier(it.text(text))).is_none()
            || BEFORE.iter().any(|word| it.is_word(text, word))
    });
    let qualifier = name_of(text, token, &[]);
    stands && !aliases.contains(&qualifier) && !ROWS.contains(&qualifier.as_str())
}

/// The mark of `uescape '!'` behind a name or literal.
fn mark(text: &str, rest: &[Token]) -> char {
    let value = match rest {
        [word, value, ..] if word.is_word(text, "uescape") => string_value(value.text(text)),
        _ => None,
    };
    value.and_then(|it| it.chars().next()).unwrap_or('\\')
}

fn has_escapes(token: &str) -> bool {
    token
        .get(..2)
        .is_some_and(|it| it.eq_ignore_ascii_case("u&"))
}

/// A name as the server reads it: with the escapes of `U&"…"`, and cut to the length of names.
pub(super) fn name_of(text: &str, token: &Token, rest: &[Token]) -> SmolStr {
    let written = token.text(text);
    let name = if token.kind == TokenKind::QuotedName && has_escapes(written) {
        unescaped(&identifier(&written[2..]), mark(text, rest)).into()
    } else {
        identifier(written)
    };
    cut(name)
}

fn cut(name: SmolStr) -> SmolStr {
    match name.len() {
        ..=MAX_IDENTIFIER => name,
        _ => name[..name.floor_char_boundary(MAX_IDENTIFIER)].into(),
    }
}

/// What a literal stands for, also one with `U&` before it.
pub(super) fn text_of(text: &str, token: &Token, rest: &[Token]) -> Option<String> {
    let written = token.text(text);
    if has_escapes(written) {
        Some(unescaped(&string_value(&written[2..])?, mark(text, rest)))
    } else {
        string_value(written)
    }
}

/// `\0061` and `\+000061` as the characters that they stand for, where `mark` is the backslash.
fn unescaped(text: &str, mark: char) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        value.push_str(&rest[..at]);
        rest = &rest[at + mark.len_utf8()..];
        let (skip, digits) = if rest.starts_with('+') {
            (1, 6)
        } else {
            (0, 4)
        };
        let code = rest.get(skip..skip + digits);
        let character = code
            .and_then(|it| u32::from_str_radix(it, 16).ok())
            .and_then(char::from_u32);
        match character {
            Some(character) => {
                value.push(character);
                rest = &rest[skip + digits..];
            }
            None => value.push(mark),
        }
    }
    value + rest
}

/// The names in a text that is nothing but names with commas between them: code may put them where a schema stands.
pub(super) fn listed(text: &str) -> Vec<SmolStr> {
    let names = text.split(',').map(str::trim);
    let is_name = |it: &&str| {
        let plain = it
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_$".contains(&it) || it >= 0x80);
        !it.is_empty() && (plain || it.len() > 2 && it.starts_with('"') && it.ends_with('"'))
    };
    if names.clone().all(|it| is_name(&it)) {
        names.map(|it| cut(identifier(it))).collect()
    } else {
        Vec::new()
    }
}

/// The names after `set search_path to` or `=`.
pub(super) fn path(text: &str, rest: &[Token]) -> Vec<SmolStr> {
    let rest = match rest {
        [sign, rest @ ..] if sign.is(text, "=") || sign.is_word(text, "to") => rest,
        _ => return Vec::new(),
    };
    let mut names = Vec::new();
    for entry in rest.chunks(2) {
        let value = entry[0].text(text);
        if entry[0].is_name() {
            names.push(name_of(text, &entry[0], &[]));
        } else if entry[0].kind == TokenKind::String {
            names.extend(string_value(value).iter().flat_map(|it| listed(it)));
        }
        if !entry.get(1).is_some_and(|it| it.is(text, ",")) {
            break;
        }
    }
    names
}

/// The names that a text gives to what it reads from: `from orders o`, `join (…) as o`, `with o as (…)`.
pub(super) fn aliases(text: &str, tokens: &[Token]) -> BTreeSet<SmolStr> {
    let plain = |it: &Token| {
        it.is_name()
            && (it.kind == TokenKind::QuotedName
                || keyword_class(&identifier(it.text(text))).is_none())
    };
    let after = tokens.windows(2).filter(|pair| {
        let [before, name] = pair else { return false };
        plain(name) && (plain(before) || before.is_word(text, "as") || before.is(text, ")"))
    });
    let with = tokens.windows(3).filter(|three| {
        let [name, word, open] = three else {
            return false;
        };
        plain(name) && word.is_word(text, "as") && open.is(text, "(")
    });
    let after = after.map(|it| name_of(text, &it[1], &[]));
    after
        .chain(with.map(|it| name_of(text, &it[0], &[])))
        .collect()
}
