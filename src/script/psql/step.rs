//! One revision as a script for psql runs it: its title, and for each part the check that it is its turn, the version
//! rows, the statements.

use std::fmt::Write as _;

use crate::config::Transaction;
use crate::diagnostic::Direction;
use crate::operation::{Alone, Placement, Statement, guard};
use crate::plan::parts::Part;
use crate::token::{quote_identifier, quote_literal};

use super::place::{block, texts};
use super::position::ROWS;
use super::protect::protect;
use super::route::{Before, Route, Step};

/// The settings of the session once more, whatever was set since.
const BEGIN: &str = "begin; :limbeck_settings\n";

/// A part of a step.
#[derive(Debug, Clone, Copy)]
struct Turn<'a> {
    step: &'a Step<'a>,
    /// From 1.
    part: usize,
    is_last: bool,
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
        text.push('\n');
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
            let _ = writeln!(text, "select {}{condition} \\gexec", dollars(&sql));
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
    fn hold_rows(&self, turn: Turn<'_>) -> String {
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
                "coalesce(nullif(array_to_string(current_setting('limbeck.rows', true)::text[], ', '), ''), 'base')"
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
    fn move_rows(&self, step: &Step<'_>) -> String {
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
    fn see_progress(&self, turn: Turn<'_>) -> String {
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

    fn note_progress(&self, turn: Turn<'_>) -> String {
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
    fn note_begin(&self, turn: Turn<'_>) -> String {
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

    /// Brings what a half-done upgrade may have left to where the way back expects it.
    fn mend(&self, turn: Turn<'_>) -> String {
        let Some(Some(mend)) = turn.step.mends.get(turn.part - 1) else {
            return String::new();
        };
        let work = match mend.alone {
            Alone::CreateIndex(_) | Alone::Raw => return String::new(),
            Alone::DropIndex(index) => {
                format!("      drop index if exists {};\n", index.qualified())
            }
            Alone::DetachPartition(parent, partition) => {
                let (parent, child) = (parent.qualified(), partition.qualified());
                let literal = quote_literal(&child);
                format!(
                    "      if {} then
        alter table {parent} detach partition {child} finalize;
      elsif {} then
        alter table {parent} detach partition {child};
      end if;
",
                    is_attached(&literal, PENDING),
                    is_attached(&literal, "true"),
                )
            }
        };
        let rest = mend.rest.iter().map(|it| format!("      {};\n", it.sql));
        let rest: String = rest.collect();
        let progress = self.progress_table().qualified();
        format!(
            "  if to_regclass({}) is not null then
    if exists (select from {progress} where direction = 'upgrade') then
      -- It ended right there: what was begun is finished first.
      perform set_config('client_min_messages', 'warning', true);
{work}{rest}    end if;
  end if;
",
            quote_literal(&progress)
        )
    }
}

/// Whether a partition is on its way out of its table. The column came with the statement, in version 14.
const PENDING: &str = "coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)";

fn is_attached(child: &str, condition: &str) -> String {
    format!(
        "exists (select from pg_inherits i where inhrelid = to_regclass({child}) and {condition})"
    )
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
            text.push_str("set constraints all immediate;\n");
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

/// `sql` as a text between dollars.
fn dollars(sql: &str) -> String {
    let tag = guard::tag(sql);
    format!("{tag}{sql}{tag}")
}

/// What is checked before a statement outside of transactions runs.
fn before(alone: &Alone) -> String {
    match alone {
        Alone::CreateIndex(index) => {
            let name = quote_literal(&index.name.qualified());
            let table = quote_literal(&index.table.qualified());
            format!(
                "  declare
    present constant oid := to_regclass({name});
    builder integer;
    definition text;
    twin text;
  begin
    if present is not null then
      if not exists (select from pg_index where indexrelid = present and indrelid = to_regclass({table})) then
        raise exception 'limbeck: refused: % is there already, and is no index of %', {name}, {table}
          using hint = 'Rename or drop it, and run the same file again.';
      end if;
      select p.pid into builder
        from pg_stat_get_progress_info('CREATE INDEX') p join pg_locks l on l.pid = p.pid
       where p.datid = (select oid from pg_database where datname = current_database())
         and l.locktype = 'relation' and l.relation = to_regclass({table}) and l.mode = 'ShareUpdateExclusiveLock' and l.granted
       limit 1;
      if builder is not null then
        raise exception 'limbeck: refused: an index of % is being built by process %', {table}, builder
          using hint = 'Wait until that has ended, and run the same file again.';
      end if;
      if (select indisvalid from pg_index where indexrelid = present) then
        -- The same statement on an empty table of the same columns; it is taken back at once.
        begin
          execute {like};
          execute {statement};
          select pg_get_indexdef(oid) into twin from pg_class where relname = {own_name} and relnamespace = pg_my_temp_schema();
          raise exception using errcode = 'LB001', message = twin;
        exception when sqlstate 'LB001' then
          twin := sqlerrm;
        end;
        definition := pg_get_indexdef(present);
        if (definition like 'CREATE UNIQUE %', substr(definition, strpos(definition, ' USING ')))
           is distinct from (twin like 'CREATE UNIQUE %', substr(twin, strpos(twin, ' USING '))) then
          raise exception 'limbeck: refused: index % is there already with another definition: %', {name}, definition
            using hint = 'Rename or drop it, and run the same file again.';
        end if;
      end if;
    end if;
  end;
",
                like = quote_literal(&format!(
                    "create temporary table {} (like {})",
                    quote_identifier(&index.table.name),
                    index.table.qualified()
                )),
                statement = quote_literal(&index.twin),
                own_name = quote_literal(&index.name.name),
            )
        }
        Alone::DropIndex(_) | Alone::DetachPartition(..) | Alone::Raw => String::new(),
    }
}

/// The statements that may have to run, each with the condition under which it does.
fn runs(statement: &Statement, alone: &Alone) -> Vec<(String, Option<String>)> {
    let sql = statement.sql.clone();
    match alone {
        Alone::CreateIndex(index) => {
            let name = index.name.qualified();
            let literal = quote_literal(&name);
            vec![
                (
                    format!("drop index concurrently {name}"),
                    Some(format!(
                        "exists (select from pg_index where indexrelid = to_regclass({literal}) and not indisvalid)"
                    )),
                ),
                (sql, Some(format!("to_regclass({literal}) is null"))),
            ]
        }
        Alone::DropIndex(index) => vec![(
            sql,
            Some(format!(
                "to_regclass({}) is not null",
                quote_literal(&index.qualified())
            )),
        )],
        Alone::DetachPartition(parent, partition) => {
            let child = quote_literal(&partition.qualified());
            vec![
                (
                    format!(
                        "alter table {} detach partition {} finalize",
                        parent.qualified(),
                        partition.qualified()
                    ),
                    Some(is_attached(&child, PENDING)),
                ),
                (sql, Some(is_attached(&child, &format!("not {PENDING}")))),
            ]
        }
        Alone::Raw => vec![(sql, None)],
    }
}

/// What must hold after such a statement.
fn after(alone: &Alone) -> String {
    let (condition, message) = match alone {
        Alone::CreateIndex(index) => (
            format!(
                "not exists (select from pg_index where indexrelid = to_regclass({}) and indisvalid)",
                quote_literal(&index.name.qualified())
            ),
            format!("index {} was not built", index.name),
        ),
        Alone::DropIndex(index) => (
            format!(
                "to_regclass({}) is not null",
                quote_literal(&index.qualified())
            ),
            format!("index {index} was not dropped"),
        ),
        Alone::DetachPartition(_, partition) => (
            format!(
                "exists (select from pg_inherits where inhrelid = to_regclass({}))",
                quote_literal(&partition.qualified())
            ),
            format!("partition {partition} was not detached"),
        ),
        Alone::Raw => return String::new(),
    };
    format!(
        "  if {condition} then
    raise exception 'limbeck: failed: %', {}
      using hint = 'Run the same file again.';
  end if;
",
        quote_literal(&message)
    )
}
