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
mod literal;
mod presence;
mod says;
mod scope;
mod wanted;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::catalog::{FACTS, STATES};
use crate::config::Config;
use crate::diagnostic::Direction;
use crate::operation::Assert;
use crate::operation::unread::runs_code;
use crate::schema::{ObjectId, Schema};
use crate::script::encoding::{self, Characters};
use crate::script::guard::author_path;
use crate::script::pack::{Pack, PackedRevision};
use crate::script::psql::reading::{END, begin, data, shown, statement, version_table};
use crate::script::psql::session;
use crate::template;
use crate::token::{quote_literal, without_comments};

use wanted::{ObjectRow, PartRow};

pub use batch::Voice;

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    let version = &pack.version;
    let head = pack.to.revision.as_deref().unwrap_or_default();
    let mut body = String::new();
    let _ = write!(
        body,
        "set local limbeck.checks = 0;
set local limbeck.drift = 0;
select {};
",
        shown(&format!(
            "'limbeck: verify ' || {} || ' in the database ' || current_database() || ', PostgreSQL ' || current_setting('server_version')",
            quote_literal(version)
        ))
    );
    body += &rows_check(&pack.config, head);
    let operations = pack.steps.iter().flat_map(PackedRevision::operations);
    let excused = runs_code(operations);
    body += &checks(&pack.after, &pack.touched, excused, Voice::Verify);
    // What follows runs code of the authors: what was counted so far is kept where it cannot reach.
    body += "select current_setting('limbeck.checks') as limbeck_checks, current_setting('limbeck.drift') as limbeck_drift \\gset\n";
    let mut asserts = pack
        .steps
        .iter()
        .flat_map(|it| &it.asserts)
        .map(|it| assert_check(it, &pack.config))
        .peekable();
    if asserts.peek().is_some() {
        body += "select current_setting('limbeck.shadows') = '[]' as limbeck_asks \\gset\n\\if :limbeck_asks\n";
        body.extend(asserts);
        body += "\\endif\n";
    }
    let _ = write!(
        body,
        "set local limbeck.checks = :'limbeck_checks';\nset local limbeck.drift = :'limbeck_drift';\n{}",
        statement(&format!(
            "begin
  if current_setting('limbeck.drift')::integer > 0 then
    raise exception 'limbeck: verify %: % of % checks failed', {}, current_setting('limbeck.drift'), current_setting('limbeck.checks')
      using hint = 'The lines that begin with DRIFT show the differences. If the upgrade did not finish, run upgrade.sql again; otherwise find out who changed the database.';
  end if;
end",
            quote_literal(version)
        ))
    );
    let _ = writeln!(
        body,
        "select 'limbeck: complete: ' || :'limbeck_checks' || ' checks passed for release ' || {};",
        quote_literal(version)
    );
    body += END;
    let given = data(pack, Direction::Downgrade);
    let body = begin(&pack.config, &given, &body, Characters::default()) + &body;
    session::script(&body)
}

fn rows_check(config: &Config, head: &str) -> String {
    let versions = version_table(config);
    let checks = format!(
        "checks (place, number, what, says, remark, drift) as materialized (
  select 0, 0, {}, {}, null::text,
    case when current_setting('limbeck.odd') <> '' then current_setting('limbeck.odd')
      when current_setting('limbeck.rows') = array[{head}]::text then null when current_setting('limbeck.rows') = 'none' then 'the table is missing'
      when current_setting('limbeck.rows') = '{{}}' then 'it has no row, but should have ' || {head}
      else 'the database is at ' || array_to_string(current_setting('limbeck.rows')::text[], ', ') || ', but should be at ' || {head} end
  union all
  select 0, 1, {}, null, null, current_setting('limbeck.half') || ': finish it with the script that started it' where current_setting('limbeck.half') <> ''\n)",
        quote_literal(&versions.qualified()),
        quote_literal(&format!("the database is at {head}")),
        quote_literal(&versions.sibling("limbeck_progress").qualified()),
        head = quote_literal(head),
    );
    let shadows = "checks (place, number, what, says, remark, drift) as materialized (
  select 0, 0, it.what, null::text, null::text, 'asserts were not checked. ' || it.hint
    from json_to_recordset(current_setting('limbeck.shadows')::json) as it (what text, hint text)
)";
    batch::select(Voice::Verify, &checks) + &batch::select(Voice::Verify, shadows)
}

/// What `compared.sql.jinja` asks for.
#[derive(Serialize)]
struct Compared {
    objects: Vec<ObjectRow>,
    parts: Vec<PartRow>,
    /// Indexes that are known by their names alone: schema, dot and name.
    known: Vec<String>,
    /// Queries of `with`.
    facts: &'static str,
    /// Facts that say what something is, rather than has.
    states: [&'static str; STATES.len()],
    /// SQL: what is said of a part that nobody knows and that may be right, or null.
    excuse: &'static str,
}

/// Whether what `ids` name is in the catalogue as `schema` has it; `excused` where code may have made what is too many.
#[must_use]
pub fn checks(schema: &Schema, ids: &BTreeSet<ObjectId>, excused: bool, voice: Voice) -> String {
    let scope = scope::Scope::new(schema, ids, excused, voice);
    let (objects, parts) = wanted::rows(&scope);
    let mut text = String::new();
    if !objects.is_empty() {
        let known = scope.opaque_indexes().into_iter();
        let view = Compared {
            objects,
            parts,
            known: known
                .map(|it| format!("{}.{}", it.schema, it.name))
                .collect(),
            facts: FACTS.trim_end(),
            states: STATES,
            excuse: if scope.excused {
                "'it is not part of the release; SQL of a revision may have created it'"
            } else {
                "null::text"
            },
        };
        let with = template::sql(include_str!("verify/compared.sql.jinja"), &view);
        // What joins thousands of rows is estimated as one row, for which a nested loop would be the right way.
        text += "set local enable_nestloop = off;\n";
        text += &batch::select(voice, &with);
        text += "set local enable_nestloop to default;\n";
    }
    text + &presence::presence(&scope)
}

/// An assert, run as its author wrote it. In dollar quotes psql replaces nothing; an error is a drift as well. Whatever it sets
/// is taken back with the savepoint.
fn assert_check(assert: &Assert, config: &Config) -> String {
    let block = statement(&format!(
        "begin
  if ({}) is true then
    perform pg_catalog.set_config('limbeck.assert', '', true);
  else
    perform pg_catalog.set_config('limbeck.assert', 'it does not hold', true);
  end if;
exception when others then
  perform pg_catalog.set_config('limbeck.assert', pg_catalog.format('it cannot be checked: %s', sqlerrm), true);
end",
        without_comments(&assert.query)
    ));
    let (before, what) = encoding::said(&format!("assert {}", assert.message));
    let line = format!(
        "case when :'limbeck_assert' = '' then 'ok    ' else 'DRIFT ' end || {what} || case when :'limbeck_assert' = '' then ': it holds' else ': ' || :'limbeck_assert' end",
    );
    format!(
        "savepoint limbeck_assert;
set local search_path = {};
{block}set local search_path = pg_catalog, pg_temp;
select current_setting('limbeck.assert') as limbeck_assert \\gset
rollback to savepoint limbeck_assert;
{before}select :'limbeck_checks'::integer + 1 as limbeck_checks,
       :'limbeck_drift'::integer + case when :'limbeck_assert' = '' then 0 else 1 end as limbeck_drift \\gset
select {};
",
        author_path(&config.schema),
        shown(&line)
    )
}
