//! SQL of users where psql reads it: psql puts the values of its variables for `:name`, `:'name'`, `:"name"` and
//! `:{?name}`, though `array[1:n]` means none.

use crate::token::{TokenKind, lex, quote_literal, string_value, without_comments};

/// The same SQL without comments, nor anything that psql takes for a variable; in quotes psql looks for none. Texts with
/// backslashes become `E''`: what `standard_conforming_strings` is, a statement may have changed, and psql follows it.
#[must_use]
pub fn protect(sql: &str) -> String {
    let sql = &*without_comments(sql);
    let tokens = lex(sql, 0, sql.len()).expect("SQL that was compiled lexes");
    let mut protected = String::with_capacity(sql.len());
    let mut copied = 0;
    for token in tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        if token.is(sql, ":") && sql[end..].starts_with(begins_variable) {
            protected.push_str(&sql[copied..end]);
            protected.push(' ');
            copied = end;
        } else if token.kind == TokenKind::String
            && let Some(text) = escaped(token.text(sql))
        {
            protected.push_str(&sql[copied..start]);
            protected.push_str(&text);
            copied = end;
        }
    }
    protected.push_str(&sql[copied..]);
    protected
}

/// A plain text with backslashes as one whose backslashes are doubled; none for other literals.
fn escaped(literal: &str) -> Option<String> {
    let is_national = literal.starts_with(['n', 'N']);
    if !(literal.starts_with('\'') || is_national) || !literal.contains('\\') {
        return None;
    }
    let quoted = quote_literal(&string_value(literal)?);
    Some(if is_national {
        quoted + "::bpchar"
    } else {
        quoted
    })
}

/// psql's names of variables also begin with digits, and with whatever is not ASCII.
fn begins_variable(character: char) -> bool {
    character.is_ascii_alphanumeric() || !character.is_ascii() || "_'\"{".contains(character)
}

#[cfg(test)]
mod tests {
    use super::protect;

    #[test]
    fn only_what_psql_would_replace_gets_a_blank() {
        for (sql, expected) in [
            ("a[1:n]", "a[1: n]"),
            ("a[1:2][x:y]", "a[1: 2][x: y]"),
            ("a[:n]", "a[: n]"),
            ("a[:n::int]", "a[: n::int]"),
            ("a[1:'2']", "a[1: '2']"),
            ("a[1:E'2']", "a[1: E'2']"),
            ("a[1:\"N\"]", "a[1: \"N\"]"),
            ("a[1:é]", "a[1: é]"),
            ("a[1:_n]", "a[1: _n]"),
            (":{?x}", ": {?x}"),
            ("x:::y", "x::: y"),
            (r"select 'x\', 'y'", r"select E'x\\', 'y'"),
            (r"'it''s \'", r"E'it''s \\'"),
            ("'a\\'\n'b'", r"E'a\\b'"),
            ("1 -- :n\n + /* :n /* :'n' */ :n */ 1", "1\n + 1"),
        ] {
            assert_eq!(protect(sql), expected);
            assert_eq!(protect(expected), expected);
        }
        for sql in [
            "",
            "x::int",
            "'1'::\"T\"",
            "f(a := b, c:=d, e:='f')",
            "a[:]",
            "a[1:]",
            "a[1:(n)]",
            "a[1:-n]",
            "a[1:$1]",
            "a[1: n]",
            "a[1:\nn]",
            "':n' || E'\\':n' || $$:n$$ || $t$:n$t$ || \":n\" || U&':n'",
            "'a'\n':n'",
            r"E'\\' || U&'\0061' || $$\$$ || B'01'",
        ] {
            assert_eq!(protect(sql), sql);
        }
    }
}
