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
use std::fmt::Write as _;

use crate::config::Config;
use crate::operation::Assert;
use crate::operation::opaque::Unread;
use crate::schema::{ObjectId, Schema};
use crate::script::pack::Pack;
use crate::token::{quote_identifier, quote_literal};

use super::reading::{END, begin, read_rows, statement, version_table};
use super::session;

pub use batch::Voice;

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    let version = &pack.version;
    let head = pack.to.revision.as_deref().unwrap_or_default();
    let mut body = begin(&pack.config);
    let _ = write!(body,
        "set local limbeck.checks = 0;
set local limbeck.drift = 0;
select 'limbeck: verify ' || {} || ' in the database ' || current_database() || ', PostgreSQL ' || current_setting('server_version');
",
        quote_literal(version)
    );
    body += &rows_check(&pack.config, head);
    let operations = pack.steps.iter().flat_map(|it| &it.operations);
    let unread = Unread::of(operations, &pack.config.schema);
    body += &checks(&pack.after, &pack.touched, &unread, Voice::Verify);
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
    let _ = writeln!(
        body,
        "select 'limbeck: complete: ' || current_setting('limbeck.checks') || ' checks, all as release ' || {} || ' says';",
        quote_literal(version)
    );
    body += END;
    session::script(&body)
}

fn rows_check(config: &Config, head: &str) -> String {
    let mut text = read_rows(config);
    let checks = format!(
        "  select 0 as place, {} as what, {} as says, null::text as remark,
    case current_setting('limbeck.rows') when array[{head}]::text then null when 'none' then 'the table is missing'
      when '{{}}' then 'it has no row, and should have ' || {head}
      else 'the database is at ' || array_to_string(current_setting('limbeck.rows')::text[], ', ') || ', and should be at ' || {head} end as drift",
        quote_literal(&version_table(config).qualified()),
        quote_literal(&format!("the database is at {head}")),
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
