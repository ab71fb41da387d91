//! What nobody here reads in a history.

use std::collections::BTreeSet;

use crate::name::Name;
use crate::operation::Operation;
use crate::token::lex;

/// What revisions do by SQL that nobody here reads.
#[derive(Debug, Default)]
pub struct Unread {
    /// A block of code, or a call: it may make anything.
    pub code: bool,
    /// The tables that are gone at the end of their session.
    pub temporary: BTreeSet<Name>,
}

impl Unread {
    /// Of operations in a project whose tables are in `schema`.
    #[must_use]
    pub fn of<'a>(operations: impl IntoIterator<Item = &'a Operation>, schema: &str) -> Self {
        let mut unread = Self::default();
        for operation in operations {
            let Operation::Raw(raw) = operation else {
                continue;
            };
            for statement in &raw.statements {
                unread.code |= runs_code(&statement.text);
                let made = statement.facts.makes.as_ref().filter(|it| it.temporary);
                let name = made.and_then(|it| it.name.last());
                unread
                    .temporary
                    .extend(name.map(|it| Name::new(schema, it.clone())));
            }
        }
        unread
    }
}

fn runs_code(statement: &str) -> bool {
    let tokens = lex(statement, 0, statement.len()).unwrap_or_default();
    let first = tokens.first();
    ["do", "call", "select", "with", "execute"]
        .iter()
        .any(|word| first.is_some_and(|it| it.is_word(statement, word)))
}
