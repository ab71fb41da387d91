//! Statements outside of transactions: what is checked before, what runs under which condition, what must hold after.

use crate::operation::{Alone, Statement, guard};
use crate::token::{quote_identifier, quote_literal};

use super::route::Route;
use super::step::Turn;

/// Whether a partition is on its way out of its table. The column came with the statement, in version 14.
const PENDING: &str = "coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)";

fn is_attached(child: &str, condition: &str) -> String {
    format!(
        "exists (select from pg_inherits i where inhrelid = to_regclass({child}) and {condition})"
    )
}

impl Route<'_> {
    /// Brings what a half-done upgrade may have left to where the way back expects it.
    pub(super) fn mend(&self, turn: Turn<'_>) -> String {
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

/// `sql` as a text between dollars.
pub(super) fn dollars(sql: &str) -> String {
    let tag = guard::tag(sql);
    format!("{tag}{sql}{tag}")
}

/// What is checked before a statement outside of transactions runs.
pub(super) fn before(alone: &Alone) -> String {
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
pub(super) fn runs(statement: &Statement, alone: &Alone) -> Vec<(String, Option<String>)> {
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
pub(super) fn after(alone: &Alone) -> String {
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
