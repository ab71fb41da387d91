//! Which statements of a revision share a transaction.

use crate::lower::{Alone, Lowered, Placement, Statement};

/// A stretch of a revision that runs as one.
#[derive(Debug, Clone, PartialEq)]
pub enum Part<'a> {
    Transaction(Vec<&'a Statement>),
    /// A statement that PostgreSQL refuses in a transaction, and what is set for it.
    Alone(&'a Statement, &'a Alone, Vec<&'a Statement>),
}

impl<'a> Part<'a> {
    /// What it runs, without what is set for a statement that stands alone.
    #[must_use]
    pub fn statements(&self) -> Vec<&'a Statement> {
        match self {
            Self::Transaction(statements) => statements.clone(),
            Self::Alone(statement, ..) => vec![*statement],
        }
    }
}

/// The parts of a revision: at least one, empty where nothing is to be done.
#[must_use]
pub fn split(lowered: &[Lowered]) -> Vec<Part<'_>> {
    Split::of(lowered).parts
}

/// The part in which each of `lowered` is done, counted from 0: that of its statement outside of transactions, or else
/// the one in which it ends. What follows such a statement only tidies up after it.
#[must_use]
pub fn part_of_each(lowered: &[Lowered]) -> Vec<usize> {
    let mut part_of = Split::of(lowered).part_of.into_iter();
    let mut last = 0;
    let ends = lowered.iter().map(|it| {
        let mut alone = None;
        for statement in &it.statements {
            last = part_of.next().expect("each statement is in a part");
            if matches!(statement.placement, Placement::Alone(_)) {
                alone = Some(last);
            }
        }
        alone.unwrap_or(last)
    });
    ends.collect()
}

/// Statements as they are spread over parts. What `set local` sets holds in every later part, too.
#[derive(Default)]
struct Split<'a> {
    parts: Vec<Part<'a>>,
    /// The part of each statement.
    part_of: Vec<usize>,
    open: Vec<&'a Statement>,
    settings: Vec<&'a Statement>,
}

impl<'a> Split<'a> {
    fn of(lowered: &'a [Lowered]) -> Self {
        let statements: Vec<&Statement> = lowered.iter().flat_map(|it| &it.statements).collect();
        let mut split = Self::default();
        for (at, statement) in statements.iter().enumerate() {
            match &statement.placement {
                Placement::Setting => {
                    split.settings.push(statement);
                    if !split.open.is_empty() {
                        split.open.push(statement);
                    }
                }
                Placement::Transaction | Placement::Rows { .. } => split.push(statement),
                Placement::Alone(alone) => {
                    split.close();
                    let settings = split.settings.clone();
                    split.parts.push(Part::Alone(statement, alone, settings));
                }
                Placement::EndsPart { value } => {
                    split.push(statement);
                    if statements[at + 1..].iter().any(|it| it.may_use(value)) {
                        split.part_of.push(split.parts.len());
                        split.close();
                        continue;
                    }
                }
            }
            let is_alone = matches!(statement.placement, Placement::Alone(_));
            split
                .part_of
                .push(split.parts.len() - usize::from(is_alone));
        }
        split.close();
        if split.parts.is_empty() {
            split.parts.push(Part::Transaction(Vec::new()));
        }
        // A setting at the end is for nothing.
        let last = split.parts.len() - 1;
        for part in &mut split.part_of {
            *part = (*part).min(last);
        }
        split
    }

    fn push(&mut self, statement: &'a Statement) {
        if self.open.is_empty() {
            self.open.clone_from(&self.settings);
        }
        self.open.push(statement);
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            let open = std::mem::take(&mut self.open);
            self.parts.push(Part::Transaction(open));
        }
    }
}

/// The number of parts.
#[must_use]
pub fn count(lowered: &[Lowered]) -> usize {
    split(lowered).len()
}
