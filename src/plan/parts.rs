//! Which statements of a revision share a transaction.

use crate::lower::{Alone, Lowered, Placement, Statement};

/// A stretch of a revision that runs as one.
#[derive(Debug, Clone, PartialEq)]
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
                if statements[at + 1..].iter().any(|it| it.may_use(value)) {
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
