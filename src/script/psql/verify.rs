//! `verify.sql`: whether the catalogue holds what the model says of everything that a release touches. It changes
//! nothing.
//!
//! A table is compared as a whole, with its columns, constraints and indexes, so that a part which the model does not
//! know is told, too. Not so what raw SQL may have made: where the text of a revision alters a table in a way that the
//! model does not follow, the table is only looked for; what such a text makes by name is known by it; and where a
//! revision of the release runs code (`do`, `call`, `select`), parts that nobody knows are noted and not counted.
//!
//! The texts of expressions are the server's own, so that only literals and a few calls are compared. A line says where
//! nothing but the presence of an expression was checked.

mod batch;
mod columns;
mod constraints;
mod indexes;
mod literal;
mod others;
mod scope;
mod tables;
mod types;

use std::collections::BTreeSet;

use crate::config::Config;
use crate::name::Name;
use crate::operation::Assert;
use crate::operation::guard;
use crate::schema::{ObjectId, Schema};
use crate::script::pack::Pack;
use crate::token::{quote_identifier, quote_literal};

use super::session;

pub use batch::Voice;
pub use scope::Unread;

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    let version = &pack.version;
    let head = pack.to.revision.as_deref().unwrap_or_default();
    let mut body = begin(&pack.config);
    body += &format!(
        "set local limbeck.checks = 0;
set local limbeck.drift = 0;
select 'limbeck: verify ' || {} || ' in the database ' || current_database() || ', PostgreSQL ' || current_setting('server_version');
",
        quote_literal(version)
    );
    body += &rows_check(&pack.config, head);
    body += &checks(&pack.after, &pack.touched, &Unread::of(pack), Voice::Verify);
    let asserts = pack.steps.iter().flat_map(|it| &it.asserts);
    for assert in asserts {
        body += &assert_check(assert, &pack.config);
    }
    body += &statement(&format!(
        "begin
  if current_setting('limbeck.drift')::integer > 0 then
    raise exception 'limbeck: verify %: % of % checks failed', {}, current_setting('limbeck.drift'), current_setting('limbeck.checks')
      using hint = 'The lines that begin with DRIFT say what differs. Where the upgrade did not come to its end, run upgrade.sql again; else find out who changed the database.';
  end if;
end",
        quote_literal(version)
    ));
    body += &format!(
        "select 'limbeck: complete: ' || current_setting('limbeck.checks') || ' checks, all as release ' || {} || ' says';\n",
        quote_literal(version)
    );
    body += END;
    session::script(&body)
}

/// Begins a transaction that changes nothing; within another one, a part of it that is taken back.
#[must_use]
pub fn begin(config: &Config) -> String {
    let mut text = "\
select set_config('limbeck.inside', 'yes', true) as limbeck_inside \\gset
select coalesce(current_setting('limbeck.inside', true), '') = 'yes' as limbeck_inside \\gset
\\if :limbeck_inside
savepoint limbeck_read;
set local transaction_read_only = on;
\\else
begin transaction isolation level repeatable read, read only;
\\endif
set local client_encoding = 'UTF8';
set local search_path = pg_catalog;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, MDY';
set local jit = off;
"
    .to_owned();
    for (name, timeout) in [
        ("lock_timeout", config.lock_timeout),
        ("statement_timeout", config.statement_timeout),
    ] {
        if let Some(timeout) = timeout {
            text += &format!("set local {name} = '{}ms';\n", timeout.milliseconds);
        }
    }
    text
}

/// Ends what [`begin`] began.
pub const END: &str = "\
\\if :limbeck_inside
rollback to savepoint limbeck_read;
release savepoint limbeck_read;
\\else
commit;
\\endif
";

/// A block of code as a statement of a script.
#[must_use]
pub fn statement(body: &str) -> String {
    format!("{};\n", guard::block(body).sql)
}

/// The version table, as SQL writes it.
#[must_use]
pub fn version_table(config: &Config) -> Name {
    Name::new(config.version_table_schema(), config.version_table.as_str())
}

/// Puts the rows of the version table, separated by commas, into the setting `limbeck.rows`; `none` where there is no
/// such table.
#[must_use]
pub fn read_rows(config: &Config) -> String {
    let table = version_table(config).qualified();
    statement(&format!(
        "declare
  present text := 'none';
begin
  if to_regclass({}) is not null then
    select 'rows ' || coalesce(string_agg(version_num::text, ', ' order by version_num::text collate \"C\"), '') into present from {table};
  end if;
  perform set_config('limbeck.rows', present, true);
end",
        quote_literal(&table)
    ))
}

fn rows_check(config: &Config, head: &str) -> String {
    let mut text = read_rows(config);
    let checks = format!(
        "  select 0 as place, {} as what, {} as says, null::text as remark,
    case current_setting('limbeck.rows') when {} then null when 'none' then 'the table is missing'
      when 'rows ' then 'it has no row, and should have ' || {head}
      else 'the database is at ' || substr(current_setting('limbeck.rows'), 6) || ', and should be at ' || {head} end as drift",
        quote_literal(&version_table(config).qualified()),
        quote_literal(&format!("the database is at {head}")),
        quote_literal(&format!("rows {head}")),
        head = quote_literal(head),
    );
    text += &batch::select(Voice::Verify, &[], "", &checks);
    text
}

/// Whether what `ids` name is in the catalogue as `schema` has it.
#[must_use]
pub fn checks(schema: &Schema, ids: &BTreeSet<ObjectId>, unread: &Unread, voice: Voice) -> String {
    let scope = scope::Scope::new(schema, ids, unread, voice);
    [
        others::namespaces(&scope),
        others::extensions(&scope),
        types::enums(&scope),
        types::composites(&scope),
        types::domains(&scope),
        tables::tables(&scope),
        columns::columns(&scope),
        constraints::constraints(&scope),
        indexes::indexes(&scope),
        others::sequences(&scope),
        others::presence(&scope),
    ]
    .concat()
}

/// An assert, run as its author wrote it. In dollar quotes psql replaces nothing; an error is a drift as well.
fn assert_check(assert: &Assert, config: &Config) -> String {
    let mut text = format!(
        "set local search_path = {}, pg_temp;\n",
        quote_identifier(&config.schema)
    );
    text += &statement(&format!(
        "begin
  if ({}) is true then
    perform pg_catalog.set_config('limbeck.assert', '', true);
  else
    perform pg_catalog.set_config('limbeck.assert', 'it does not hold', true);
  end if;
exception when others then
  perform pg_catalog.set_config('limbeck.assert', 'it cannot be asked: ' || sqlerrm, true);
end",
        assert.query
    ));
    text += "set local search_path = pg_catalog;\n";
    let checks = format!(
        "  select 0 as place, 'assert ' || {} as what, 'it holds' as says, null::text as remark,
    nullif(current_setting('limbeck.assert'), '') as drift",
        quote_literal(&assert.message)
    );
    text += &batch::select(Voice::Verify, &[], "", &checks);
    text
}
