//! The version rows, and the note of how far a revision of several parts has come: what each part finds there, and
//! leaves.

use std::fmt::Write as _;

use crate::diagnostic::Direction;
use crate::token::{quote_identifier, quote_literal};

use super::place::texts;
use super::position::ROWS;
use super::route::{Before, Route, Step};
use super::step::Turn;

impl Route<'_> {
    /// Refuses to go on where `condition` holds, since the rows are not `expected`, an SQL expression.
    fn unless_moved(condition: &str, expected: &str) -> String {
        format!(
            "  if {condition} then
    raise exception 'limbeck: refused: the database is not at % any more', {expected}
      using hint = 'Somebody else moved it while this script ran: nothing of this step was done. Run the same file again.';
  end if;
"
        )
    }

    /// The version rows stay as they are until the end of the transaction.
    pub(super) fn hold_rows(&self, turn: Turn<'_>) -> String {
        let table = self.version_table.qualified();
        let step = turn.step;
        let mut rows = match step.before {
            Before::Several => return self.compare_rows(),
            Before::Base => Vec::new(),
            Before::Row(row) => vec![row],
        };
        // A rollback meets the row of its own, unless it takes back half an upgrade.
        if self.direction == Direction::Downgrade {
            rows.insert(0, step.revision);
        }
        let expected = rows.first().copied().unwrap_or("base");
        let mut text = self.create_table(step);
        if step.before == Before::Base {
            let _ = write!(
                text,
                "  lock table {table} in share row exclusive mode;\n{}",
                Self::unless_moved(
                    &format!(
                        "exists (select from {table} where version_num <> all ({}))",
                        texts(rows)
                    ),
                    &quote_literal(expected)
                )
            );
        } else {
            let _ = write!(
                text,
                "  perform from {table} where version_num = any ({}) for update;\n{}",
                texts(rows),
                Self::unless_moved(&self.is_not_one(), &quote_literal(expected))
            );
        }
        text
    }

    /// Whether the statement before found no row, or there are others.
    fn is_not_one(&self) -> String {
        let table = self.version_table.qualified();
        format!("not found or (select count(*) from {table}) <> 1")
    }

    /// Where several branches may stand in several ways, the rows must be those that the script left.
    fn compare_rows(&self) -> String {
        let table = self.version_table.qualified();
        format!(
            "  lock table {table} in share row exclusive mode;\n{}",
            Self::unless_moved(
                &format!(
                    "(select {ROWS} from {table})
     is distinct from current_setting('limbeck.rows', true)::text[]"
                ),
                "current_setting('limbeck.rows', true)"
            )
        )
    }

    /// The version table as Alembic makes it, where this step may be the first one.
    fn create_table(&self, step: &Step<'_>) -> String {
        let is_first = self.direction == Direction::Upgrade
            && self.starts.contains(&None)
            && self.pack.steps[step.node - self.below].needs.is_empty();
        if !is_first {
            return String::new();
        }
        let table = self.version_table.qualified();
        let key = quote_identifier(&format!("{}_pkc", self.version_table.name));
        format!(
            "  if to_regclass({}) is null then
    create table {table} (version_num character varying(32) not null, constraint {key} primary key (version_num));
  end if;
",
            quote_literal(&table)
        )
    }

    /// Puts the row of a step in the place of those before it, or the other way round.
    pub(super) fn move_rows(&self, step: &Step<'_>) -> String {
        let table = self.version_table.qualified();
        let own = quote_literal(step.revision);
        let mut text = self.create_table(step);
        match step.before {
            Before::Row(before) => {
                let row = quote_literal(before);
                let (change, expected) = match self.direction {
                    Direction::Upgrade => (
                        format!("set version_num = {own} where version_num = {row}"),
                        row,
                    ),
                    // Where the upgrade was half done its row is not there yet.
                    Direction::Downgrade if step.halves => (
                        format!("set version_num = {row} where version_num in ({own}, {row})"),
                        own,
                    ),
                    Direction::Downgrade => (
                        format!("set version_num = {row} where version_num = {own}"),
                        own,
                    ),
                };
                let _ = write!(
                    text,
                    "  update {table} {change};\n{}",
                    Self::unless_moved(&self.is_not_one(), &expected)
                );
            }
            Before::Base => {
                let _ = match self.direction {
                    Direction::Upgrade => write!(
                        text,
                        "  lock table {table} in share row exclusive mode;\n{}  insert into {table} (version_num) values ({own});\n",
                        Self::unless_moved(&format!("exists (select from {table})"), "'base'")
                    ),
                    Direction::Downgrade => write!(
                        text,
                        "  delete from {table} where version_num = {own};\n{}",
                        Self::unless_moved(
                            &if step.halves {
                                format!("exists (select from {table})")
                            } else {
                                format!("not found or exists (select from {table})")
                            },
                            &own
                        )
                    ),
                };
            }
            Before::Several => {
                text += &self.compare_rows();
                text += &self.change_rows(step);
            }
        }
        if self.is_asked_later(step) && step.before != Before::Several {
            text += &self.keep_rows();
        }
        text
    }

    fn change_rows(&self, step: &Step<'_>) -> String {
        let table = self.version_table.qualified();
        let own = quote_literal(step.revision);
        let needs = &self.needs[step.node];
        let mut text = String::new();
        match self.direction {
            Direction::Upgrade => {
                if !needs.is_empty() {
                    let rows = texts(needs.iter().map(|it| self.nodes[*it]));
                    let _ = writeln!(
                        text,
                        "  delete from {table} where version_num = any ({rows});"
                    );
                }
                let _ = writeln!(text, "  insert into {table} (version_num) values ({own});");
            }
            Direction::Downgrade => {
                let mut inserts = String::new();
                // The last ones first: what one of them needs itself has no row beside it.
                let mut needs = needs.clone();
                needs.sort_unstable_by(|left, right| right.cmp(left));
                for need in &needs {
                    let row = quote_literal(self.nodes[*need]);
                    let mut above = self.above(*need, step.node);
                    above.push(self.nodes[*need]);
                    let _ = writeln!(
                        inserts,
                        "  insert into {table} (version_num) select {row} where not exists (select from {table} where version_num = any ({}));",
                        texts(above)
                    );
                }
                let _ = write!(
                    text,
                    "  delete from {table} where version_num = {own};\n{inserts}"
                );
            }
        }
        text + &self.keep_rows()
    }

    fn keep_rows(&self) -> String {
        let table = self.version_table.qualified();
        format!(
            "  perform set_config('limbeck.rows', (select {ROWS}::text from {table}), false);\n"
        )
    }

    /// Whether a later step compares the rows with those that the script left.
    fn is_asked_later(&self, step: &Step<'_>) -> bool {
        self.last_several.is_some_and(|it| it > step.number)
    }

    /// Sees that the parts before this one are done, and no more.
    pub(super) fn see_progress(&self, turn: Turn<'_>) -> String {
        if !turn.step.has_progress {
            return String::new();
        }
        let progress = self.progress_table().qualified();
        let literal = quote_literal(&progress);
        let revision = quote_literal(turn.step.revision);
        let done = turn.part - 1;
        let direction = self.direction_word();
        // Parts that take back what a half-done upgrade never did are passed over.
        let begun = match self.direction {
            Direction::Upgrade => String::new(),
            Direction::Downgrade => {
                let parts: Vec<usize> = turn
                    .step
                    .skips
                    .iter()
                    .enumerate()
                    .filter(|(_, skip)| **skip == done)
                    .map(|(part, _)| part)
                    .collect();
                if parts.is_empty() {
                    String::new()
                } else {
                    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                    format!(
                        " or direction = 'upgrade' and part in ({})",
                        parts.join(", ")
                    )
                }
            }
        };
        let check = format!(
            "if not exists (select from {progress} where revision = {revision} and (direction = '{direction}' and part = {done}{begun})) then
    raise exception 'limbeck: refused: the parts of revision % that are done are not those before this one', {revision}
      using hint = 'Something else ran meanwhile: run the same file again.';
  end if;"
        );
        if done > 0 {
            return format!("  {check}\n");
        }
        // A table that is not there cannot even be asked.
        format!("  if to_regclass({literal}) is not null then\n  {check}\n  end if;\n")
    }

    pub(super) fn note_progress(&self, turn: Turn<'_>) -> String {
        if !turn.step.has_progress {
            return String::new();
        }
        let progress = self.progress_table().qualified();
        let literal = quote_literal(&progress);
        if turn.is_last {
            return format!(
                "  if to_regclass({literal}) is not null then
    drop table {progress};
  end if;
"
            );
        }
        format!(
            "{}  delete from {progress};
  insert into {progress} values ({});
",
            self.create_progress(turn),
            self.progress(turn, turn.part)
        )
    }

    /// What a statement outside of transactions brings may be there, though nothing else says so: the way back begins
    /// with it.
    pub(super) fn note_begin(&self, turn: Turn<'_>) -> String {
        if !turn.step.has_progress {
            return String::new();
        }
        let progress = self.progress_table().qualified();
        let row = self.progress(turn, turn.part - 1);
        format!(
            "{}  if not exists (select from {progress} where (revision, direction, part) = ({row})) then
    delete from {progress};
    insert into {progress} values ({row});
  end if;
",
            self.create_progress(turn)
        )
    }

    /// The row where so many parts of the revision are done.
    fn progress(&self, turn: Turn<'_>, done: usize) -> String {
        let revision = quote_literal(turn.step.revision);
        format!("{revision}, '{}', {done}", self.direction_word())
    }

    /// A rollback may begin with any part.
    fn create_progress(&self, turn: Turn<'_>) -> String {
        if turn.part > 1 && self.direction == Direction::Upgrade {
            return String::new();
        }
        let progress = self.progress_table().qualified();
        format!(
            "  if to_regclass({}) is null then
    create table {progress} (revision text primary key, direction text not null, part integer not null);
  end if;
",
            quote_literal(&progress)
        )
    }
}
