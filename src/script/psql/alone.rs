//! Statements outside of transactions: what is checked before, what runs under which condition, what must hold after.

use crate::operation::{Alone, Statement, guard};
use crate::token::{quote_identifier, quote_literal};

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
       where l.locktype = 'relation' and l.relation = to_regclass({table}) and l.mode = 'ShareUpdateExclusiveLock' and l.granted
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
            // The column came with the statement, in version 14.
            let pending = "coalesce((to_jsonb(i) ->> 'inhdetachpending')::boolean, false)";
            let attached = |condition: &str| {
                format!(
                    "exists (select from pg_inherits i where inhrelid = to_regclass({child}) and {condition})"
                )
            };
            vec![
                (
                    format!(
                        "alter table {} detach partition {} finalize",
                        parent.qualified(),
                        partition.qualified()
                    ),
                    Some(attached(pending)),
                ),
                (sql, Some(attached(&format!("not {pending}")))),
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
