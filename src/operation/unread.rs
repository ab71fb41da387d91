//! What nobody here reads in a history.

use crate::operation::Operation;
use crate::token::lex;

/// Whether raw SQL of the operations runs a block of code, or a call: it may make anything.
#[must_use]
pub fn runs_code<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> bool {
    let raw = operations.into_iter().filter_map(Operation::as_raw);
    raw.flat_map(|it| &it.statements)
        .any(|it| is_code(&it.text))
}

fn is_code(statement: &str) -> bool {
    let tokens = lex(statement, 0, statement.len()).unwrap_or_default();
    let first = tokens.first();
    ["do", "call", "select", "with", "execute"]
        .iter()
        .any(|word| first.is_some_and(|it| it.is_word(statement, word)))
}
