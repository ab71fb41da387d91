//! Plain SQL for any client: no psql commands. Each transaction begins with its own guard, so that a client that goes on
//! after errors still cannot run later steps.
//!
//! Statements outside a transaction stand on one line and are marked; a table of our own keeps how far a revision of
//! several parts has come, and is gone when the revision is complete.

mod progress;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::config::{Config, Timeout};
use crate::name::Name;
use crate::operation::{Alone, Placement, Statement};
use crate::plan::parts::{Lowered, Part, split};
use crate::plan::{Action, Steps, VersionOp};
use crate::token::{quote_identifier, quote_literal};

use super::text::{losses, one_line};

/// What a step of the script is called, and does.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The message of the revision; empty for none.
    pub message: &'a str,
    pub lowered: &'a [Lowered],
}

/// The script for `steps`, each with the revision that it runs.
#[must_use]
pub fn script(steps: &Steps, revisions: &[Step<'_>], config: &Config) -> String {
    let mut script = Script {
        text: String::new(),
        config,
        version_table: Name::new(
            config
                .version_table_schema
                .as_deref()
                .unwrap_or(&config.schema),
            config.version_table.as_str(),
        ),
        verb: match steps.action {
            Action::Upgrade => "upgrade",
            Action::Downgrade => "downgrade",
            Action::Stamp => "stamp",
        },
        rows: steps.from.clone(),
        table: SmolStr::default(),
        schema_check: schema_check(&config.schema),
    };
    script.table = script.version_table.qualified();
    script.rows.sort_unstable();
    script.header(steps);
    let creates = steps.from.is_empty() && steps.action != Action::Downgrade;
    let mut text = std::mem::take(&mut script.text);
    // Each piece begins with the rows that the one before leaves.
    let mut pieces = Vec::new();
    for (piece, all) in steps.steps.chunks(PIECE).enumerate() {
        pieces.push((piece * PIECE, all, script.clone()));
        for step in all {
            script.moved(&step.version_ops);
        }
    }
    let pieces: Vec<String> = pieces
        .into_par_iter()
        .map(|(first, all, mut script)| {
            script.text.reserve(all.len() * 1024);
            for (number, step) in (first..).zip(all) {
                let revision = revisions.get(number).copied().unwrap_or(Step {
                    message: "",
                    lowered: &[],
                });
                let creates = creates && number == 0;
                script.step(step, revision, number, steps.steps.len(), creates);
            }
            script.text
        })
        .collect();
    text.reserve(pieces.iter().map(String::len).sum());
    text.extend(pieces);
    if steps.steps.is_empty() {
        text.push_str("-- Nothing to do.\n");
    }
    text
}

/// How many steps are written at a time.
const PIECE: usize = 64;

#[derive(Debug, Clone)]
struct Script<'a> {
    text: String,
    config: &'a Config,
    version_table: Name,
    verb: &'static str,
    /// The rows of the version table where the script stands, by id.
    rows: Vec<SmolStr>,
    /// The version table as SQL writes it.
    table: SmolStr,
    /// [`schema_check`], which every part has.
    schema_check: String,
}

fn shown(rows: &[SmolStr]) -> String {
    if rows.is_empty() {
        "base".to_owned()
    } else {
        rows.join(", ")
    }
}

fn milliseconds(timeout: Timeout) -> String {
    quote_literal(&format!("{}ms", timeout.milliseconds))
}

/// Stops where the schema of unqualified names is absent: PostgreSQL skips what it cannot find in the search path
/// (`recomputeNamespacePath` in `namespace.c`), and would make every table in `pg_temp`.
fn schema_check(schema: &str) -> String {
    let literal = quote_literal(schema);
    let create = quote_literal(&format!(
        "Create it first, or set `schema` in limbeck.yaml: create schema {};",
        quote_identifier(schema)
    ));
    format!(
        "  if not exists (select from pg_namespace where nspname = {literal}) then
    raise exception 'limbeck: there is no schema %', {literal}
      using hint = {create};
  end if;
  if not has_schema_privilege({literal}, 'usage') then
    raise exception 'limbeck: the role % may not use the schema %', current_user, {literal}
      using hint = 'Run the script as another role, or grant usage on the schema.';
  end if;
"
    )
}

impl Script<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn header(&mut self, steps: &Steps) {
        let from = shown(&self.rows);
        let to = shown(&steps.heads);
        self.line(&format!(
            "-- limbeck {} {}: {from} -> {to}",
            env!("CARGO_PKG_VERSION"),
            self.verb
        ));
        self.line(&format!(
            "-- PostgreSQL {} or newer. Plain SQL: run it with a client that stops at the first error.",
            self.config.minimum_server
        ));
        self.line("");
        self.line("set client_encoding = 'UTF8';");
        self.settings("set");
        self.line("");
    }

    /// The settings that the meaning of the statements hangs on.
    fn settings(&mut self, set: &str) {
        let schema = quote_identifier(&self.config.schema);
        self.line(&format!("{set} search_path = {schema}, pg_temp;"));
        self.line(&format!("{set} standard_conforming_strings = on;"));
        self.line(&format!("{set} timezone = 'UTC';"));
        for (name, timeout) in [
            ("lock_timeout", self.config.lock_timeout),
            ("statement_timeout", self.config.statement_timeout),
        ] {
            if let Some(timeout) = timeout {
                self.line(&format!("{set} {name} = {};", milliseconds(timeout)));
            }
        }
    }

    fn step(
        &mut self,
        step: &crate::plan::Step,
        revision: Step<'_>,
        number: usize,
        count: usize,
        creates: bool,
    ) {
        let title = match &step.revision {
            Some(id) => format!("{} {id}", self.verb),
            None => self.verb.to_owned(),
        };
        let message = if revision.message.is_empty() {
            String::new()
        } else {
            format!(": {}", revision.message)
        };
        self.line(&format!("-- {}/{count} {title}{message}", number + 1));
        let losses = losses(revision.lowered);
        if !losses.is_empty() {
            self.line(&format!("-- This rollback {losses}."));
        }
        let parts = split(revision.lowered);
        let id = step.revision.clone().unwrap_or_default();
        let total = parts.len();
        for (at, part) in parts.iter().enumerate() {
            let last = at + 1 == total;
            if total > 1 {
                self.line(&format!("-- part {} of {total}", at + 1));
            }
            match part {
                Part::Transaction(statements) => {
                    self.line("begin;");
                    self.settings("set local");
                    let makes_schema = statements
                        .first()
                        .is_some_and(|it| self.makes_schema(&it.sql));
                    let in_schema = self.verb != "stamp" && !makes_schema;
                    if creates && at == 0 {
                        if in_schema {
                            self.schema_guard();
                        }
                        self.create_version_table();
                    }
                    let operations = last.then_some(step.version_ops.as_slice());
                    self.guard(
                        &id,
                        at,
                        total,
                        operations,
                        in_schema && !(creates && at == 0),
                    );
                    self.statements(statements);
                    if !last {
                        self.progress(&id, at + 1);
                    }
                    self.line("commit;");
                }
                Part::Alone(statement, alone) => {
                    if creates && at == 0 {
                        self.line("begin;");
                        self.schema_guard();
                        self.create_version_table();
                        self.line("commit;");
                    }
                    self.alone(&id, at, total, statement, alone);
                    self.line("begin;");
                    self.settings("set local");
                    let operations = last.then_some(step.version_ops.as_slice());
                    self.guard(&id, at, total, operations, false);
                    self.done(alone);
                    if !last {
                        self.progress(&id, at + 1);
                    }
                    self.line("commit;");
                }
            }
        }
        self.line("");
        self.moved(&step.version_ops);
    }

    fn moved(&mut self, operations: &[VersionOp]) {
        for operation in operations {
            match operation {
                VersionOp::Insert(id) => self.rows.push(id.clone()),
                VersionOp::Update { from, to } => {
                    for row in self.rows.iter_mut().filter(|it| *it == from) {
                        *row = to.clone();
                    }
                }
                VersionOp::Delete(id) => self.rows.retain(|it| it != id),
            }
        }
        self.rows.sort_unstable();
    }

    /// As Alembic makes it.
    fn create_version_table(&mut self) {
        let table = &self.table;
        let key = quote_identifier(&format!("{}_pkc", self.version_table.name));
        self.line(&format!(
            "create table if not exists {table} (\n  version_num character varying(32) not null,\n  constraint {key} primary key (version_num)\n);"
        ));
    }

    /// Whether the statement makes the schema that unqualified names belong to.
    fn makes_schema(&self, sql: &str) -> bool {
        let schema = quote_identifier(&self.config.schema);
        sql.strip_prefix("create schema ")
            .map(|it| it.strip_prefix("if not exists ").unwrap_or(it))
            .is_some_and(|it| it == schema)
    }

    fn schema_guard(&mut self) {
        let body = format!("begin\n{}end", self.schema_check);
        self.block(&body);
    }

    /// Stops unless the database stands where this part begins; with `operations` it moves the version rows.
    fn guard(
        &mut self,
        id: &str,
        part: usize,
        parts: usize,
        operations: Option<&[VersionOp]>,
        in_schema: bool,
    ) {
        let table = &self.table;
        let rows: Vec<String> = self.rows.iter().map(|it| quote_literal(it)).collect();
        let expected = shown(&self.rows);
        let schema = if in_schema {
            self.schema_check.as_str()
        } else {
            ""
        };
        let done = if parts > 1 { "  done integer;\n" } else { "" };
        let mut body = format!(
            "declare
  present text[];
{done}begin
{schema}  if to_regclass({}) is null then
    raise exception 'limbeck: there is no table %', {}
      using hint = 'This step needs the database at ' || {} || '. Make a script that starts at the base, or stamp the database.';
  end if;
  lock table {table} in share row exclusive mode;
  select coalesce(array_agg(version_num::text order by version_num::text collate \"C\"), '{{}}') into present from {table};
  if present <> array[{}]::text[] then
    raise exception 'limbeck: this step needs the database at %, but it is at %', {}, coalesce(nullif(array_to_string(present, ', '), ''), 'base')
      using hint = 'Nothing of this step was done. Make a script that starts where the database is.';
  end if;
",
            quote_literal(table),
            quote_literal(table),
            quote_literal(&expected),
            rows.join(", "),
            quote_literal(&expected),
        );
        body.push_str(&self.progress_guard(id, part, parts));
        if let Some(operations) = operations {
            for operation in operations {
                let statement = match operation {
                    VersionOp::Insert(id) => {
                        format!(
                            "  insert into {table} (version_num) values ({});\n",
                            quote_literal(id)
                        )
                    }
                    VersionOp::Update { from, to } => format!(
                        "  update {table} set version_num = {} where version_num = {};\n",
                        quote_literal(to),
                        quote_literal(from)
                    ),
                    VersionOp::Delete(id) => {
                        format!(
                            "  delete from {table} where version_num = {};\n",
                            quote_literal(id)
                        )
                    }
                };
                body.push_str(&statement);
            }
            if parts > 1 {
                body += "  drop table ";
                body += &self.progress_table();
                body += ";\n";
            }
        }
        body.push_str("end");
        self.block(&body);
    }

    fn statements(&mut self, statements: &[&Statement]) {
        let mut rows = false;
        let mut immediate = false;
        for statement in statements {
            let deferred = match &statement.placement {
                Placement::Rows { deferred } => Some(deferred),
                Placement::Transaction | Placement::Alone(_) | Placement::EndsPart { .. } => None,
            };
            if rows && deferred.is_none() {
                // Pending trigger events refuse `alter table`.
                self.line("set constraints all immediate;");
                immediate = true;
            }
            if let Some(deferred) = deferred.filter(|it| immediate && !it.is_empty()) {
                self.line(&format!(
                    "set constraints {} deferred;",
                    deferred.join(", ")
                ));
                immediate = false;
            }
            rows = deferred.is_some();
            self.text.push_str(&statement.sql);
            self.line(";");
        }
    }

    /// A statement outside transactions, after a check that it is its turn.
    fn alone(&mut self, id: &str, part: usize, parts: usize, statement: &Statement, alone: &Alone) {
        self.line("-- NOT IN A TRANSACTION: the next statements run one by one.");
        self.line("begin;");
        self.guard(id, part, parts, None, true);
        if let Alone::CreateIndex(index) = alone {
            self.block(&format!(
                "begin
  if exists (select from pg_index where indexrelid = to_regclass({}) and not indisvalid) then
    raise exception 'limbeck: index {} is invalid: an earlier build of it failed'
      using hint = 'Drop it and run the script again: drop index concurrently {};';
  end if;
end",
                quote_literal(&index.name.qualified()),
                index
                    .name
                    .to_string()
                    .replace('\'', "''")
                    .replace('%', "%%"),
                index.name.qualified().replace('\'', "''"),
            ));
        }
        self.line("commit;");
        let mut sql = one_line(&statement.sql);
        let guarded = match alone {
            Alone::CreateIndex(_) => ("index concurrently ", "index concurrently if not exists "),
            Alone::DropIndex(_) => (
                "drop index concurrently ",
                "drop index concurrently if exists ",
            ),
            Alone::DetachPartition(..) | Alone::Raw => ("", ""),
        };
        if !guarded.0.is_empty() && !sql.contains(guarded.1) {
            sql = sql.replacen(guarded.0, guarded.1, 1);
        }
        self.line(&format!("{sql};"));
    }

    /// Stops unless the statement outside transactions has done its work.
    fn done(&mut self, alone: &Alone) {
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
            Alone::Raw => return,
        };
        self.block(&format!(
            "begin
  if {condition} then
    raise exception 'limbeck: {}';
  end if;
end",
            message.replace('\'', "''").replace('%', "%%")
        ));
    }

    fn block(&mut self, body: &str) {
        self.text
            .push_str(&crate::operation::guard::block(body).sql);
        self.line(";");
    }
}
