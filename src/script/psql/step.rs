//! One revision as a script for psql runs it: its title, and for each part the check that it is its turn, the version
//! rows, the statements.

use std::fmt::Write as _;

use crate::config::Transaction;
use crate::diagnostic::Direction;
use crate::operation::{Alone, Placement, Statement};
use crate::plan::parts::Part;
use crate::token::quote_literal;

use crate::script::text::one_line;

use super::alone::{after, before, dollars, runs};
use super::place::block;
use super::protect::protect;
use super::route::{Route, Step};

/// The settings of the session once more, whatever was set since.
const BEGIN: &str = "begin; :limbeck_settings\n";

/// Above each step.
const RULE: &str = "\n-- --------------------------------------------------------------------------------------------------------\n";

/// A part of a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) step: &'a Step<'a>,
    /// From 1.
    pub(super) part: usize,
    pub(super) is_last: bool,
}

impl Turn<'_> {
    /// Its number in `limbeck.run`.
    fn token(self) -> String {
        if self.step.parts.len() > 1 {
            format!("{}.{}", self.step.number, self.part)
        } else {
            self.step.number.to_string()
        }
    }
}

impl Turn<'_> {
    /// What is printed before a part of several.
    fn title(self, part: &Part<'_>) -> String {
        const LONGEST: usize = 80;
        let what = match part {
            Part::Transaction(_) => "in a transaction".to_owned(),
            Part::Alone(statement, _) => {
                let line = one_line(&statement.sql);
                let cut: String = line.chars().take(LONGEST).collect();
                if cut.len() < line.len() {
                    cut + " …"
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

/// A line of a comment: nothing in `text` can end it.
fn comment(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|it| format!("-- {it}").trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
}

impl Route<'_> {
    /// All steps.
    pub(super) fn write_steps(&self, text: &mut String) {
        let whole = self.pack.config.transaction == Transaction::Release && !self.steps.is_empty();
        if whole {
            text.push_str("\n-- One transaction for the whole release\n");
            text.push_str(BEGIN);
        }
        for step in &self.steps {
            self.write_step(step, whole, text);
        }
        if whole {
            text.push_str("\ncommit;\n");
        }
    }

    fn write_step(&self, step: &Step<'_>, whole: bool, text: &mut String) {
        let count = self.steps.len();
        let message = if step.message.is_empty() {
            String::new()
        } else {
            format!(": {}", step.message)
        };
        let title = format!("{}/{count}  {}{message}", step.number, step.revision);
        text.push_str(RULE);
        text.push_str(&comment(&title));
        if self.direction == Direction::Downgrade && !step.fidelity.0.is_empty() {
            text.push_str(&comment(&format!("This rollback: {}.", step.fidelity)));
        }
        if let Some(reason) = step.irreversible {
            text.push_str(&comment(&format!("It cannot be taken back: {reason}")));
            return;
        }
        let _ = writeln!(
            text,
            "select {} where '{}' = any (current_setting('limbeck.todo')::text[]);",
            quote_literal(&title),
            step.number
        );
        for (at, part) in step.parts.iter().enumerate() {
            let turn = Turn {
                step,
                part: at + 1,
                is_last: at + 1 == step.parts.len(),
            };
            if step.parts.len() > 1 {
                text.push_str(&comment(&format!(
                    "Part {} of {}",
                    turn.part,
                    step.parts.len()
                )));
            }
            if step.parts.len() > 1 {
                let _ = writeln!(
                    text,
                    "select {} where '{}' = any (current_setting('limbeck.todo')::text[]);",
                    quote_literal(&turn.title(part)),
                    turn.token()
                );
            }
            let _ = write!(
                text,
                "select '{}' = any (current_setting('limbeck.run')::text[]) as limbeck_run, clock_timestamp() as limbeck_began \\gset\n\\if :limbeck_run\n",
                turn.token()
            );
            match part {
                Part::Transaction(statements) => {
                    if !whole {
                        text.push_str(BEGIN);
                    }
                    text.push_str(&self.enter(turn, &self.mend(turn)));
                    write_statements(statements, text);
                    if !whole {
                        text.push_str("commit;\n");
                    }
                }
                Part::Alone(statement, alone) => self.write_alone(turn, statement, alone, text),
            }
            text.push_str("select '     done in ' || round(extract(epoch from clock_timestamp() - :'limbeck_began'::timestamptz)::numeric, 2) || ' s';\n\\endif\n");
        }
    }

    /// A statement outside of transactions. What psql would run of a cut line is only the text of it.
    fn write_alone(&self, turn: Turn<'_>, statement: &Statement, alone: &Alone, text: &mut String) {
        text.push_str("-- Not in a transaction\n");
        text.push_str(BEGIN);
        let checks = self.refuse_pooler() + &before(alone);
        text.push_str(&self.hold(turn, &checks));
        text.push_str("commit;\nset lock_timeout = 0;\n");
        for (sql, condition) in runs(statement, alone) {
            let condition = condition.map_or_else(String::new, |it| format!("\n where {it}"));
            let _ = writeln!(
                text,
                "select {}{condition} \\gexec",
                dollars(&protect(&sql))
            );
        }
        text.push_str("set lock_timeout = :'lock_timeout';\n");
        text.push_str(BEGIN);
        text.push_str(&self.enter(turn, &after(alone)));
        text.push_str("commit;\n");
    }

    /// Locks the version rows, and sees that they are those before this part.
    fn hold(&self, turn: Turn<'_>, checks: &str) -> String {
        let mut body = "begin\n".to_owned();
        body += &self.hold_rows(turn);
        body += &self.see_progress(turn);
        body += checks;
        body += &self.note_begin(turn);
        body += "end";
        block(&body)
    }

    /// The same; what the part brings is written down, in the version rows where it is the last one.
    fn enter(&self, turn: Turn<'_>, checks: &str) -> String {
        let mut body = String::new();
        body += "begin\n";
        if turn.is_last {
            body += &self.move_rows(turn.step);
        } else {
            body += &self.hold_rows(turn);
        }
        body += &self.see_progress(turn);
        body += checks;
        body += &self.note_progress(turn);
        body += "end";
        block(&body)
    }
}

/// The statements of one transaction.
fn write_statements(statements: &[&Statement], text: &mut String) {
    let mut rows = false;
    let mut immediate = false;
    for statement in statements {
        let deferred = match &statement.placement {
            Placement::Rows { deferred } => Some(deferred),
            Placement::Transaction | Placement::Alone(_) | Placement::EndsPart { .. } => None,
        };
        if rows && deferred.is_none() {
            // Pending trigger events refuse `alter table`.
            text.push_str("set constraints all immediate; :limbeck_settings\n");
            immediate = true;
        }
        if let Some(deferred) = deferred.filter(|it| immediate && !it.is_empty()) {
            let _ = writeln!(text, "set constraints {} deferred;", deferred.join(", "));
            immediate = false;
        }
        rows = deferred.is_some();
        text.push_str(&protect(&statement.sql));
        text.push_str(";\n");
    }
}
