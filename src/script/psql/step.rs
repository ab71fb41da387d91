//! One revision as a script for psql runs it: its title, and for each part the check that it is its turn, the version
//! rows, the statements.

use std::fmt::Write as _;

use crate::config::Transaction;
use crate::diagnostic::Direction;
use crate::lower::{Alone, Statement};
use crate::plan::parts::Part;
use crate::script::encoding;
use crate::script::guard::{Locking, OWN_PATH, StepData, author_path, data, dollars};
use crate::script::psql::outside::{after, before};
use crate::script::psql::protect::protect;
use crate::script::psql::route::{Move, Route};
use crate::script::psql::turn::Turn;
use crate::script::psql::version_rows::{Visit, only_row};
use crate::script::text::{self, Around, IMMEDIATE};
use crate::token::quote_literal;

/// psql reads the answers of so many steps at a time; PostgreSQL gives a row at most 1,664 columns.
const AT_ONCE: usize = 400;

/// Sets what the meaning of the statements hangs on once more, for the rest of the transaction.
const AGAIN: &str = "select :'limbeck_again' \\gexec\n";

/// Gives constraints the modes that they were made with.
const MODES: &str = "select :'limbeck_modes' \\gexec\n";

/// What stands between these lines, a dry run prints.
const SHOW: &str = "\\endif \\set ECHO :limbeck_show \\if :limbeck_runs\n";
const HIDE: &str = "\\endif \\set ECHO none \\if :limbeck_runs\n";

/// Makes the session what it was before the first step.
const RESET: &str = "select :'limbeck_reset' \\gexec\n";

/// How a part begins in a time of its own.
const BEGAN: &str = "select clock_timestamp() as limbeck_began \\gset\n";

/// Above each step.
pub(super) const RULE: &str = "\n-- --------------------------------------------------------------------------------------------------------\n";

/// A line of a comment: nothing in `text` can end it.
pub(super) fn comment(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
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
            text.push_str("\n-- One transaction for the whole release\nbegin;\n");
        }
        let mut character = 0;
        for steps in self.steps.chunks(AT_ONCE) {
            character = ask_what_is_left(steps, character, text);
            for step in steps {
                self.write_step(step, whole, text);
            }
        }
        if whole {
            // What was deferred to the end runs with the path of its author.
            let _ = write!(text, "\n{}commit;\n{RESET}", self.set_path());
        }
    }

    /// Sets the author's path.
    fn set_path(&self) -> String {
        format!(
            "set local search_path = {};\n",
            author_path(&self.pack.config.schema)
        )
    }

    fn write_step(&self, step: &Move<'_>, whole: bool, text: &mut String) {
        let title = self.title(step);
        text.push_str(RULE);
        text.push_str(&comment(&title));
        text.push_str(&comment(&self.of_rollback(step)));
        if step.irreversible.is_some() {
            return;
        }
        let schema = self.pack.config.schema.as_str();
        let number = step.number;
        let several = step.parts.len() > 1;
        let (before, said) = encoding::said(&title);
        let _ = writeln!(text, "\\if :limbeck_{number}\n{before}select {said};");
        for (at, part) in step.parts.iter().enumerate() {
            let turn = Turn {
                step,
                part: at + 1,
                is_last: at + 1 == step.parts.len(),
            };
            if several {
                let (before, said) = encoding::said(&turn.title(part, schema));
                let _ = write!(
                    text,
                    "-- Part {part} of {}\n\\if :limbeck_{number}_{part}\n{before}select {said};\n",
                    step.parts.len(),
                    part = turn.part,
                );
            }
            text.push_str("\\if :limbeck_runs\n");
            match part {
                Part::Transaction(statements) => {
                    let guard = self.guard(turn, Visit::Finish);
                    let quick = only_row(&guard);
                    if let Some(rows) = quick {
                        self.enter_quickly(&guard, rows, whole, text);
                    } else {
                        text.push_str(BEGAN);
                        if !whole {
                            text.push_str("begin;\n");
                        }
                        enter(&guard, "", text);
                    }
                    self.write_mend(turn, text);
                    let around = Around {
                        path: &self.set_path(),
                        again: AGAIN,
                        modes: MODES,
                        locks: Some(if whole { Locking::Take } else { Locking::Ask }),
                        shown: SHOW,
                    };
                    text::statements(statements, schema, &around, text);
                    text.push_str(HIDE);
                    if turn.changes_rows() {
                        self.write_kept(turn, whole, text);
                    }
                    let mut statements = statements.iter();
                    let runs_code = statements.any(|it| it.may_run_code(self.makes_functions));
                    if quick.is_some() && !runs_code {
                        text.push_str(end_quickly(whole));
                    } else {
                        text.push_str(if whole { "" } else { "commit;\n" });
                        text.push_str(RESET);
                    }
                }
                Part::Alone(statement, alone, settings) => {
                    self.write_alone(turn, (statement, alone), settings, text);
                }
            }
            let place = if turn.is_last && !whole {
                format!(" s; the database is at {}", self.place_after(step))
            } else {
                " s".to_owned()
            };
            let _ = writeln!(
                text,
                "execute limbeck_took(:'limbeck_began', {});\n\\endif",
                quote_literal(&place)
            );
            if several {
                text.push_str("\\endif\n");
            }
        }
        // psql searches all variables for each one that it is asked for.
        let _ = write!(text, "\\endif \\unset limbeck_{number}");
        if several {
            for part in 1..=step.parts.len() {
                let _ = write!(text, " \\unset limbeck_{number}_{part}");
            }
        }
        text.push('\n');
    }

    /// What a step is called.
    pub(super) fn title(&self, step: &Move<'_>) -> String {
        let message = if step.message.is_empty() {
            String::new()
        } else {
            format!(": {}", step.message)
        };
        let count = self.steps.len();
        format!("{}/{count}  {}{message}", step.number, step.revision)
    }

    /// What a rollback does not bring back, in lines; empty for nothing.
    pub(super) fn of_rollback(&self, step: &Move<'_>) -> String {
        let mut lines = Vec::new();
        if self.direction == Direction::Downgrade && !step.fidelity.0.is_empty() {
            lines.push(format!("This rollback: {}.", step.fidelity));
        }
        if let Some(reason) = step.irreversible {
            lines.push(format!("It cannot be rolled back: {reason}"));
        }
        lines.join("\n")
    }

    /// Where the database is after a step, if the whole release is not one transaction.
    fn place_after(&self, step: &Move<'_>) -> String {
        match self.direction {
            Direction::Upgrade => step.revision.to_owned(),
            Direction::Downgrade => {
                let needs: Vec<&str> = self.needs[step.node]
                    .iter()
                    .map(|it| self.nodes[*it])
                    .collect();
                if needs.is_empty() {
                    "base".to_owned()
                } else {
                    needs.join(", ")
                }
            }
        }
    }

    /// As [`enter`], for a part that moves one row and notes nothing: what was planned once looks at the version table and moves
    /// the row, and where that is not plainly right, the long way says why, or does it.
    fn enter_quickly(
        &self,
        guard: &StepData<'_>,
        (from, to): (&str, &str),
        whole: bool,
        text: &mut String,
    ) {
        let begin = if whole { "" } else { "begin \\; " };
        let _ = writeln!(
            text,
            "{begin}lock table {} in share row exclusive mode \\; execute limbeck_at \\gset
\\if :limbeck_fine \\\\ execute limbeck_move({}, {}) \\gset \\endif \\if :limbeck_slow",
            protect(&self.versions),
            protect(&quote_literal(from)),
            protect(&quote_literal(to)),
        );
        enter(guard, "", text);
        text.push_str("\\endif \\\\ ");
    }

    /// What a half-done upgrade may have left, where the way back expects it otherwise.
    fn write_mend(&self, turn: Turn<'_>, text: &mut String) {
        let Some(Some(mend)) = turn.step.mends.get(turn.part - 1) else {
            return;
        };
        let runs = mend.runs();
        if runs.is_empty() {
            return;
        }
        text.push_str("select current_setting('limbeck.half') = 'upgrade' as limbeck_mends \\gset\n\\if :limbeck_mends\n");
        for run in runs {
            self.write_run(&run, text, |sql| {
                format!("{}{};\n", self.set_path(), protect(sql))
            });
            text.push_str(AGAIN);
            let _ = writeln!(text, "set local search_path = {OWN_PATH};");
        }
        text.push_str("\\endif\n");
    }

    /// A statement where its condition holds.
    fn write_run(&self, run: &Statement, text: &mut String, write: impl Fn(&str) -> String) {
        if let Some(condition) = &run.only {
            let _ = write!(
                text,
                "select {} as limbeck_run \\gset\n\\if :limbeck_run\n",
                condition.sql()
            );
        }
        text.push_str(&write(&run.unguarded(&self.pack.config.schema)));
        if run.only.is_some() {
            text.push_str("\\endif\n");
        }
    }

    /// A statement outside of transactions. What psql would run of a cut line is only the text of it.
    fn write_alone(
        &self,
        turn: Turn<'_>,
        (statement, alone): (&Statement, &Alone),
        settings: &[&Statement],
        text: &mut String,
    ) {
        text.push_str(BEGAN);
        let set = text::of_session(settings);
        let schema = &self.pack.config.schema;
        text.push_str("-- Not in a transaction\nbegin;\n");
        let index = before(alone, schema, true);
        let look = |data: &str, block: &str| match data {
            "" => String::new(),
            data => format!("{data}select :'limbeck_{block}' \\gexec\n"),
        };
        let guard = self.guard(turn, Visit::Begin);
        enter(&guard, &look(&index, "index"), text);
        text.push_str("commit;\n");
        text.push_str(SHOW);
        for run in alone.runs(statement) {
            self.write_run(&run, text, |sql| {
                format!(
                    "{set}set lock_timeout = 0; set search_path = {};\nselect {} \\gexec\n{RESET}",
                    author_path(schema),
                    dollars(&protect(sql))
                )
            });
        }
        text.push_str(HIDE);
        text.push_str("begin;\n");
        // What there must be now is looked at before the note of it.
        text.push_str(&look(&after(alone), "done"));
        enter(&self.guard(turn, Visit::Finish), "commit;\n", text);
        text.push_str(RESET);
    }

    /// What was deferred runs before the rows are looked at, not after it.
    fn write_kept(&self, turn: Turn<'_>, whole: bool, text: &mut String) {
        let _ = write!(
            text,
            "{IMMEDIATE}{AGAIN}set local limbeck.rows = :'limbeck_rows';\n{}",
            data("kept", &self.kept(turn))
        );
        text.push_str("select :'limbeck_kept' \\gexec\n");
        if whole {
            text.push_str(MODES);
        }
    }
}

/// Looks at the version table, and writes there what the part brings. `more` follows in the same transaction.
fn enter(guard: &StepData<'_>, more: &str, text: &mut String) {
    if guard.rows.is_none() {
        text.push_str("set local limbeck.rows = :'limbeck_rows';\n");
    }
    text.push_str(data("step", guard).trim_end());
    text.push_str(" select :'limbeck_step' \\gexec");
    if guard.keep.is_some() {
        text.push_str(" \\\\ select current_setting('limbeck.rows') as limbeck_rows \\gset");
    }
    text.push('\n');
    text.push_str(more);
}

/// Ends a part that ran no code unless it did not begin in the quick way, as where event triggers may have run some. The commit
/// goes along with the statement that follows: each message costs as much as a small statement.
fn end_quickly(whole: bool) -> &'static str {
    if whole {
        "\\if :limbeck_slow \\\\ select :'limbeck_reset' \\gexec \\endif\n"
    } else {
        "\\if :limbeck_slow \\\\ commit; select :'limbeck_reset' \\gexec \\\\ begin; \\endif\ncommit \\; "
    }
}

/// Puts into `limbeck_NUMBER` whether a step is left, and into `limbeck_NUMBER_PART` whether a part of several is. Their
/// answers begin at a character of what was found; where those of the next steps begin.
fn ask_what_is_left(steps: &[Move<'_>], mut character: usize, text: &mut String) -> usize {
    let mut names = Vec::new();
    for step in steps {
        names.push(step.number.to_string());
        if step.parts.len() > 1 {
            let parts = (1..=step.parts.len()).map(|part| format!("{}_{part}", step.number));
            names.extend(parts);
        }
    }
    text.push_str("\n-- Which of the next steps are left?\nselect");
    for (at, name) in names.iter().enumerate() {
        character += 1;
        let comma = if at > 0 { "," } else { "" };
        let _ = write!(
            text,
            "{comma}\n  substr(it, {character}, 1) = '1' as limbeck_{name}"
        );
    }
    text.push_str("\n  from (values (:'limbeck_todo')) as todo (it) \\gset\n");
    character
}
