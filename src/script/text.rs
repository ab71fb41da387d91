//! Texts of steps and statements as scripts say them.

use crate::plan::parts::Lowered;
use crate::token::{TokenKind, lex, string_value};

/// What the rollback loses, as the rest of a sentence; empty for nothing.
pub(super) fn losses(lowered: &[Lowered]) -> String {
    let mut all = crate::operation::Fidelity::default();
    for it in lowered {
        all.add(&it.fidelity);
    }
    if all.0.is_empty() {
        String::new()
    } else {
        all.to_string()
    }
}

/// The statement with every line break outside of quotes as a blank, and those in texts escaped.
pub(super) fn one_line(sql: &str) -> String {
    if !sql.contains('\n') {
        return sql.to_owned();
    }
    let tokens = lex(sql, 0, sql.len()).expect("a statement of ours lexes");
    let mut line = String::with_capacity(sql.len());
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end < token.start) {
            line.push(' ');
        }
        end = Some(token.end);
        let text = token.text(sql);
        let literal = matches!(token.kind, TokenKind::String | TokenKind::DollarString);
        match string_value(text).filter(|_| literal && text.contains('\n')) {
            Some(value) => {
                let quoted = value
                    .replace('\\', "\\\\")
                    .replace('\'', "''")
                    .replace('\n', "\\n");
                line.push_str("E'");
                line.push_str(&quoted);
                line.push('\'');
            }
            None => line.push_str(text),
        }
    }
    line
}
