//! Which statements of a revision share a transaction.

use crate::inverse::Fidelity;
use crate::operation::{Alone, Placement, Statement};
use crate::token::{TokenKind, lex, string_value};

/// One operation as SQL.
#[derive(Debug, Clone)]
pub struct Lowered {
    pub statements: Vec<Statement>,
    /// Whether the text is not understood by the model.
    pub opaque: bool,
    /// Of a rollback.
    pub fidelity: Fidelity,
}

/// A stretch of a revision that runs as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<'a> {
    Transaction(Vec<&'a Statement>),
    /// A statement that PostgreSQL refuses in a transaction.
    Alone(&'a Statement, &'a Alone),
}

/// The parts of a revision: at least one, empty where nothing is to be done.
#[must_use]
pub fn split(lowered: &[Lowered]) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut open: Vec<&Statement> = Vec::new();
    let statements: Vec<&Statement> = lowered.iter().flat_map(|it| &it.statements).collect();
    for (at, statement) in statements.iter().enumerate() {
        match &statement.placement {
            Placement::Transaction | Placement::Rows { .. } => open.push(statement),
            Placement::Alone(alone) => {
                if !open.is_empty() {
                    parts.push(Part::Transaction(std::mem::take(&mut open)));
                }
                parts.push(Part::Alone(statement, alone));
            }
            Placement::EndsPart { value } => {
                open.push(statement);
                if statements[at + 1..].iter().any(|it| uses(it, value)) {
                    parts.push(Part::Transaction(std::mem::take(&mut open)));
                }
            }
        }
    }
    if !open.is_empty() || parts.is_empty() {
        parts.push(Part::Transaction(open));
    }
    parts
}

/// The part in which each of `lowered` is done, counted from 0: that of its statement outside of transactions, or else
/// the one in which it ends. What follows such a statement only tidies up after it.
#[must_use]
pub fn part_of_each(lowered: &[Lowered]) -> Vec<usize> {
    let mut ends = Vec::with_capacity(lowered.len());
    let parts = split(lowered);
    let mut sizes = parts.iter().enumerate().map(|(at, part)| match part {
        Part::Transaction(statements) => (at, statements.len()),
        Part::Alone(..) => (at, 1),
    });
    let (mut at, mut left) = sizes.next().unwrap_or_default();
    for it in lowered {
        let mut alone = None;
        for statement in &it.statements {
            if left == 0 {
                (at, left) = sizes.next().expect("each statement is in a part");
            }
            left -= 1;
            if matches!(statement.placement, Placement::Alone(_)) {
                alone = Some(at);
            }
        }
        ends.push(alone.unwrap_or(at));
    }
    ends
}

/// The number of parts.
#[must_use]
pub fn count(lowered: &[Lowered]) -> usize {
    split(lowered).len()
}

/// Whether a statement may use an enum's new value, which can be used only after it was committed: it has the text of
/// it, or touches rows.
fn uses(statement: &Statement, value: &str) -> bool {
    if matches!(statement.placement, Placement::Rows { .. }) {
        return true;
    }
    if matches!(statement.placement, Placement::EndsPart { .. }) {
        return false;
    }
    let text = &statement.sql;
    lex(text, 0, text.len()).is_ok_and(|tokens| {
        tokens
            .iter()
            .filter(|it| matches!(it.kind, TokenKind::String | TokenKind::DollarString))
            .any(|it| string_value(it.text(text)).is_some_and(|it| it.contains(value)))
    })
}
