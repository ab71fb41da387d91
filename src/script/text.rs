//! Texts of steps and statements as scripts say them.

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::lower::{Lowered, Placement, Statement};
use crate::token::{TokenKind, lex, string_value};

use super::psql::protect::protect;

/// What the rollback loses, as the rest of a sentence; empty for nothing.
pub(super) fn losses(lowered: &[Lowered]) -> String {
    let mut all = crate::inverse::Fidelity::default();
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

/// Whether a statement may change rows, or run code that does.
pub(super) fn changes_rows(statements: &[&Statement]) -> bool {
    statements.iter().any(|it| deferred(it).is_some())
}

/// The constraints that are deferred where the statement may change rows.
fn deferred(statement: &Statement) -> Option<&[SmolStr]> {
    match &statement.placement {
        Placement::Rows { deferred } => Some(deferred),
        Placement::Transaction | Placement::Alone(_) | Placement::EndsPart { .. } => None,
    }
}

/// Writes the statements of one transaction on `schema`, after `path`, which sets the path of their author. `again` sets that and what the
/// meaning of the statements hangs on once more.
pub(super) fn statements(
    statements: &[&Statement],
    schema: &str,
    path: &str,
    again: &str,
    text: &mut String,
) {
    if statements.is_empty() {
        return;
    }
    text.push_str(path);
    let mut rows = false;
    let mut immediate = false;
    for (at, statement) in statements.iter().enumerate() {
        let deferred = deferred(statement);
        let mut line = String::new();
        if rows && deferred.is_none() {
            // Pending trigger events refuse `alter table`.
            text.push_str(IMMEDIATE);
            immediate = true;
        }
        if let Some(deferred) = deferred.filter(|it| immediate && !it.is_empty()) {
            let _ = writeln!(line, "set constraints {} deferred;", deferred.join(", "));
            immediate = false;
        }
        let _ = writeln!(line, "{};", protect(&statement.sql(schema)));
        // Code of the history may change what psql reads the next line with: its quotes and their ends hang on the encoding
        // and on `standard_conforming_strings`. What stands before this line is ASCII.
        if rows || at > 0 && !line.is_ascii() {
            text.push_str(again);
        }
        rows = deferred.is_some();
        text.push_str(&line);
    }
}

/// Runs what was deferred to the end of the transaction, with the path of its author.
pub(super) const IMMEDIATE: &str = "set constraints all immediate;\n";
