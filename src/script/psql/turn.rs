//! A part of a step, whose turn it is.

use crate::plan::parts::Part;
use crate::script::psql::route::Move;
use crate::script::text;
use crate::script::text::one_line;
use crate::visible;

/// A part of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) step: &'a Move<'a>,
    /// From 1.
    pub(super) part: usize,
    pub(super) is_last: bool,
}

impl Turn<'_> {
    /// Whether its statements may change rows.
    pub(super) fn changes_rows(self) -> bool {
        match &self.step.parts[self.part - 1] {
            Part::Transaction(statements) => text::changes_rows(statements),
            Part::Alone(..) => false,
        }
    }

    /// What is printed before a part of several.
    pub(super) fn title(self, part: &Part<'_>, schema: &str) -> String {
        const LONGEST: usize = 80;
        let what = match part {
            Part::Transaction(_) => "in a transaction".to_owned(),
            Part::Alone(statement, ..) => {
                let line = visible::line(&one_line(&statement.sql(schema)));
                let cut: String = line.chars().take(LONGEST).collect();
                if cut.len() < line.len() {
                    cut + " ..."
                } else {
                    cut
                }
            }
        };
        format!(
            "     part {} of {}: {what}",
            self.part,
            self.step.parts.len()
        )
    }
}
