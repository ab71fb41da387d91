//! What is seen in a database, and what a comparison with the model leaves out.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::catalog::{Catalog, READ, Scope, plain_table};
use crate::compile::Compiled;
use crate::config::Config;
use crate::graph::RevisionIndex;
use crate::name::Name;
use crate::operation::unread::runs_code;
use crate::prove::request::Stop;
use crate::prove::server::Fault;
use crate::schema::{Object, ObjectId, Table};
use crate::token::quote_literal;

/// What separates the answers of one run of psql.
const MARK: &str = "limbeck proves";

/// The table of our own that holds how far a revision has come.
pub(super) const PROGRESS: &str = "limbeck_progress";

/// What is seen in a database.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    /// Of the version table.
    pub(super) rows: BTreeSet<SmolStr>,
    pub(super) catalog: Catalog,
    /// Whether there is a version table.
    pub(super) has_table: bool,
    /// What is wrong with it.
    pub(super) odd_table: Option<String>,
    /// Whether the database is a copy, which has no settings, privileges and comment of the first one.
    pub(super) is_copy: bool,
}

/// What is asked of a database to see it.
pub(super) fn look_script(config: &Config) -> String {
    rows_script(config) + READ
}

/// The rows of the version table as JSON, in a transaction of their own that `begin` begins and nothing ends here; `none` where
/// there is no such table, and `odd` with a sentence where nobody should read it. It is looked at twice: before it is locked,
/// since only of a table is a lock that of one thing, and afterwards, when nobody changes it any more. Whoever may only read it
/// cannot keep others from building an index or statistics on it, which the planner would compute.
pub(super) fn guarded_rows(config: &Config, begin: &str) -> String {
    let table = version_table(config).qualified();
    let look = plain_table(&table);
    format!(
        "{look} \\gset limbeck_first_
{begin};
\\if :limbeck_first_is_plain
select has_table_privilege({}, 'update, delete, truncate') and not pg_is_in_recovery() as limbeck_keeps \\gset
\\if :limbeck_keeps
set local lock_timeout = '5s';
lock table {table} in share update exclusive mode;
set local lock_timeout = 0;
\\else
lock table {table} in access share mode;
\\endif
\\endif
{look} \\gset limbeck_
select :'limbeck_first_is_plain'::boolean and :'limbeck_is_plain'::boolean as limbeck_is_plain \\gset
\\if :limbeck_is_plain
select coalesce(json_agg(version_num), '[]') from only {table};
\\elif :limbeck_first_is_there
select 'odd ' || to_json(coalesce(nullif(:'limbeck_oddity', ''), nullif(:'limbeck_first_oddity', ''), 'no longer exists'));
\\else
select 'none';
\\endif
",
        quote_literal(&table)
    )
}

pub(super) fn rows_script(config: &Config) -> String {
    let table = version_table(config);
    format!(
        "\\echo {MARK}
select case when to_regclass({table}) is null then 'select ''none''' else {rows} end \\gexec
",
        table = quote_literal(&table.qualified()),
        rows = quote_literal(&format!(
            "select 'version ' || string_agg(version_num, ' ') from {}",
            table.qualified()
        )),
    )
}

/// Whether there is a version table, its rows, and what was said after them.
pub(super) fn read_rows(said: &str) -> (bool, BTreeSet<SmolStr>, &str) {
    let (_, said) = said.rsplit_once(&format!("{MARK}\n")).unwrap_or_default();
    let (rows, rest) = said.split_once('\n').unwrap_or_default();
    let has_table = !rows.starts_with("none");
    let rows = rows.strip_prefix("version ").unwrap_or_default();
    let rows = rows.split_whitespace().map(SmolStr::from).collect();
    (has_table, rows, rest)
}

pub(super) fn read(config: &Config, said: &str) -> Result<Seen, Stop> {
    let (has_table, rows, catalog) = read_rows(said);
    seen(config, has_table.then_some(rows), catalog)
}

/// What is seen where the version table holds `rows`; none where there is no such table.
pub(super) fn seen(
    config: &Config,
    rows: Option<BTreeSet<SmolStr>>,
    catalog: &str,
) -> Result<Seen, Stop> {
    let mut catalog = Catalog::read(catalog).map_err(|it| Stop::from(Fault::odd(&it)))?;
    let table = version_table(config);
    let odd_table = match catalog.objects.get(&ObjectId::Relation(table.clone())) {
        Some(Object::Table(it)) => oddity(&table, it),
        Some(_) | None => None,
    };
    // It comes with the first revision, and stays.
    catalog.forget(&table);
    Ok(Seen {
        has_table: rows.is_some(),
        rows: rows.unwrap_or_default(),
        catalog,
        odd_table,
        is_copy: false,
    })
}

/// How a version table is not as Alembic makes it (`MigrationContext.__init__`).
fn oddity(name: &Name, table: &Table) -> Option<String> {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|it| format!("{} {}", it.name, it.sql_type.within("pg_catalog")))
        .collect();
    let key = table.primary_key().map(|it| it.1.columns.join(", "));
    let is_sound =
        columns == ["version_num character varying(32)"] && key.as_deref() == Some("version_num");
    (!is_sound).then(|| {
        format!(
            "table {name} has the columns {} and the primary key ({}), but should have version_num character varying(32) and (version_num)",
            columns.join(", "),
            key.unwrap_or_default()
        )
    })
}

pub(super) fn version_table(config: &Config) -> Name {
    Name::new(config.version_table_schema(), config.version_table.as_str())
}

/// What a comparison with the model leaves out.
pub(super) fn scope(config: &Config, compiled: &Compiled, applied: &[RevisionIndex]) -> Scope {
    let revisions = &compiled.replayed.revisions;
    let operations = applied
        .iter()
        .flat_map(|it| revisions[it.index()].operations());
    let table = version_table(config);
    let own = [table.sibling(PROGRESS), table];
    Scope {
        foreign: own.into_iter().collect(),
        excused: runs_code(operations),
        made: BTreeSet::new(),
    }
}

/// Where the columns of a table stand in another order.
pub(super) fn misplaced(id: &ObjectId, table: &Table, found: &Table) -> Option<String> {
    let names = |table: &Table| -> Vec<SmolStr> {
        table.columns.iter().map(|it| it.name.clone()).collect()
    };
    let (expected, found) = (names(table), names(found));
    let mut sorted = [expected.clone(), found.clone()];
    for names in &mut sorted {
        names.sort();
    }
    (expected != found && sorted[0] == sorted[1]).then(|| {
        format!(
            "{id}: the order of the columns is {}, but should be {}",
            found.join(", "),
            expected.join(", ")
        )
    })
}
