//! `preflight.sql`: where a database is, and what would stand in the way of an upgrade. It changes nothing.
//!
//! A line begins with `ok`, `note` or `STOP`; one that begins with `STOP` makes the script end with status 3.

mod place;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use crate::diagnostic::Direction;
use crate::name::Name;
use crate::schema::{ConstraintKind, Named, Schema};
use crate::script::guard::text;
use crate::script::pack::Pack;
use crate::script::psql::reading::{END, begin, count, data, shown, statement, version_table};
use crate::script::psql::route::Route;
use crate::script::psql::session;
use crate::script::psql::verify::{self, Voice};
use crate::token::{quote_identifier, quote_literal};

/// The script for the release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    let version = quote_literal(&pack.version);
    let mut given = data(pack, Direction::Upgrade);
    for (key, value) in place::data(pack) {
        given[key] = value;
    }
    let mut rights = Route::new(pack, Direction::Upgrade).rights();
    // That one has a line of its own.
    rights
        .creates_in
        .remove(quote_identifier(&pack.config.schema).as_str());
    given["rights"] = json!(rights);
    let mut body = String::new();
    body += "\\if :{?expect_db} \\else \\set expect_db '' \\endif\n";
    body += "set local limbeck.stops = 0;\nset local limbeck.notes = 0;\n";
    body += &server(pack);
    body += &place::place(pack);
    let tables = tables(pack);
    body += &role(pack, &tables);
    body += &shadows();
    body += &others_at_work(&Route::new(pack, Direction::Upgrade).lock);
    body += &sizes(&tables);
    if let [_] = pack.from.as_slice() {
        let checks = verify::checks(&pack.before, &pack.touched, false, Voice::Note);
        body += "select coalesce(current_setting('limbeck.exact') = 'yes', false) as limbeck_exact \\gset\n\\if :limbeck_exact\n";
        body += &checks;
        body += "\\endif\n";
    }
    body += &statement(&format!(
        "begin
  if current_setting('limbeck.stops')::integer > 0 then
    raise exception 'limbeck: preflight %: % found', {version},
        case current_setting('limbeck.stops') when '1' then '1 blocker' else current_setting('limbeck.stops') || ' blockers' end
      using hint = 'The lines that begin with STOP say what. upgrade.sql would stop there, too.';
  end if;
end"
    ));
    let _ = write!(
        body,
        "select 'limbeck: complete: no blockers found for release ' || {version} || ' (rows not inspected)'
  || case current_setting('limbeck.notes') when '0' then '' when '1' then '; read the note above' else '; read the ' || current_setting('limbeck.notes') || ' notes above' end;\n"
    );
    body += END;
    let upgrade = Route::new(pack, Direction::Upgrade).characters();
    let body = begin(&pack.config, &given, &body, upgrade) + &body;
    session::script(&body)
}

/// Prints the rows of a query for `place`, `mark` (`ok`, `note`, `STOP`) and `line`.
fn tell(query: &str) -> String {
    format!(
        "with told as materialized (\n{query}\n)
select rpad(mark, 6) || {}
    || left(case mark when 'STOP' then {} when 'note' then {} else '' end, 0)
  from told order by place, line;\n",
        shown("line"),
        count("limbeck.stops"),
        count("limbeck.notes")
    )
}

fn server(pack: &Pack) -> String {
    tell(&format!(
        "  select 1 as place, 'ok' as mark, 'release ' || {} || ', database ' || current_database() as line
  union all select 1, 'STOP', 'this is the database ' || current_database() || ', but ' || :'expect_db' || ' was expected' where :'expect_db' not in ('', current_database())
  union all select 2, case when current_setting('server_version_num')::integer / 10000 < {minimum} then 'STOP' else 'ok' end,
    'PostgreSQL ' || current_setting('server_version') || case when current_setting('server_version_num')::integer / 10000 < {minimum}
      then ': the release requires {minimum} or newer' else '' end
  union all select 3, case when pg_is_in_recovery() then 'STOP' else 'ok' end,
    case when pg_is_in_recovery() then 'this is a standby, which is read-only: connect to the primary' else 'this is not a standby' end
  union all select 3, 'STOP', 'the release requires psql {psql} or newer, but this is ' || :'VERSION_NUM'::integer / 10000 where :'VERSION_NUM'::integer / 10000 < {psql}
  union all select 4, case when source in ('client', 'session') then 'note' else 'STOP' end, 'transactions are read-only here (default_transaction_read_only), but the upgrade must write'
    from pg_settings where name = 'default_transaction_read_only' and setting = 'on'
  union all select 4, 'note', format('the database or the role sets %s: ', one) || case when name like 'default_table%' then 'new objects of the release are created there' else 'the scripts override it' end
    from pg_db_role_setting, unnest(setconfig) as one, split_part(one, '=', 1) as name
   where setdatabase in (0, (select oid from pg_database where datname = current_database())) and setrole in (0, (select oid from pg_roles where rolname = session_user))
     and name in ('array_nulls', 'bytea_output', 'check_function_bodies', 'datestyle', 'default_table_access_method', 'default_tablespace', 'default_transaction_deferrable',
      'default_transaction_isolation', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'intervalstyle', 'lock_timeout', 'plpgsql.variable_conflict', 'quote_all_identifiers', 'row_security',
      'search_path', 'session_replication_role', 'statement_timeout', 'timezone', 'transaction_timeout', 'transform_null_equals', 'xmloption')",
        quote_literal(&pack.version),
        minimum = pack.config.minimum_server,
        psql = Route::new(pack, Direction::Upgrade).oldest_psql(),
    ))
}

/// The tables that are there before, or come, and that the release changes, reads or refers to.
fn tables(pack: &Pack) -> BTreeSet<Name> {
    let mut tables = BTreeSet::new();
    for id in &pack.touched {
        for schema in [&pack.before, &pack.after] {
            let Some(object) = schema.get(id) else {
                continue;
            };
            if let Some((name, _)) = Named::table((id, object)) {
                tables.insert(name.clone());
                tables.extend(referenced(name, pack));
            } else if object.as_index().is_some() || object.as_opaque().is_some() {
                tables.extend(object.part_of().cloned());
            }
        }
    }
    tables
}

/// The tables to which new foreign keys point.
fn referenced(name: &Name, pack: &Pack) -> Vec<Name> {
    let keys = |schema: &Schema| -> BTreeSet<(String, Name)> {
        let constraints = schema.table(name).map(|it| &it.constraints);
        constraints
            .into_iter()
            .flatten()
            .filter_map(|(name, it)| match &it.kind {
                ConstraintKind::ForeignKey(key) => Some((name.to_string(), key.table.clone())),
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Check { .. }
                | ConstraintKind::Exclusion(_) => None,
            })
            .collect()
    };
    let (before, after) = (keys(&pack.before), keys(&pack.after));
    after.difference(&before).map(|it| it.1.clone()).collect()
}

/// The tables that are there, as a query of `with`.
fn present(tables: &BTreeSet<Name>) -> String {
    let rows: Vec<String> = tables
        .iter()
        .map(|it| {
            let texts = [it.qualified().as_str(), &it.schema, &it.name].map(quote_literal);
            format!("({})", texts.join(", "))
        })
        .collect();
    format!(
        "(select c.*, it.what from (values\n    {}\n  ) as it (what, schema_name, name)
  join pg_namespace n on n.nspname = it.schema_name join pg_class c on c.relnamespace = n.oid and c.relname = it.name
  where c.relkind in ('r', 'p', 'm', 'f'))",
        rows.join(",\n    ")
    )
}

fn role(pack: &Pack, tables: &BTreeSet<Name>) -> String {
    let schema = quote_literal(&pack.config.schema);
    let makes_schema = Route::new(pack, Direction::Upgrade).makes_schema();
    let missing = if makes_schema { "ok" } else { "STOP" };
    let mut query = format!(
        "  select 1 as place, 'ok' as mark, 'the role is ' || current_user as line
  union all select 2, case when n.oid is null then '{missing}' when has_schema_privilege(n.oid, 'create') then 'ok' else 'STOP' end,
    case when n.oid is null then 'there is no schema ' || {schema}
      when has_schema_privilege(n.oid, 'create') then 'it may create objects in the schema ' || {schema}
      else 'it may not create objects in the schema ' || {schema} || ': run the upgrade as another role, or grant create on it' end
    from (select 1) as it left join pg_namespace n on n.nspname = {schema}"
    );
    let of_versions = pack.config.version_table_schema();
    if of_versions != pack.config.schema {
        let of_versions = quote_literal(of_versions);
        let _ = write!(
            query,
            "\n  union all select 2, 'STOP', 'there is no schema ' || {of_versions} || ', which should contain the version table: create it first' where to_regnamespace(quote_ident({of_versions})) is null"
        );
    }
    let _ = write!(
        query,
        "\n  union all select 1, 'STOP', 'this session has temporary objects: run the upgrade in a new session' where {}",
        text("temporary.sql")
    );
    let versions = version_table(&pack.config);
    let _ = write!(
        query,
        "\n  union all select 3, 'STOP', 'it may not read and change the version table: grant select, insert, update, delete on ' || {versions} || ' to ' || quote_ident(current_user)
    from (select to_regclass({versions})::oid as oid) as v where not (has_table_privilege(v.oid, 'select') and has_table_privilege(v.oid, 'update'))
  union all select 3, 'STOP', 'it is not a member of the owner of ' || {progress} || ', which the upgrade drops at its end: run it as ' || pg_get_userbyid(c.relowner)
    from pg_class c where c.oid = to_regclass({progress}) and not pg_has_role(c.relowner, 'usage')",
        versions = quote_literal(&versions.qualified()),
        progress = quote_literal(&versions.sibling("limbeck_progress").qualified()),
    );
    let _ = write!(
        query,
        "\n  union all select 5, 'STOP', it.what || '. ' || it.hint from (\n{}) as it",
        text("rights.sql")
    );
    if pack.config.role.is_none() {
        let _ = write!(
            query,
            "\n  union all select 1, 'STOP', 'the database sets this role for its sessions (alter database ... set role): reset it, or set `role` in limbeck.yaml'
    where current_user <> session_user and {}",
            text("lent_role.sql")
        );
    }
    if let Some(role) = &pack.config.role {
        let role = quote_literal(role);
        let _ = write!(query,
            "\n  union all select 3, case when pg_has_role(r.oid, 'member') then 'ok' else 'STOP' end,
    case when r.oid is null then 'there is no role ' || {role} || ', which the release requires'
      when pg_has_role(r.oid, 'member') then 'it is a member of the role ' || {role}
      else 'it is not a member of the role ' || {role} || ', which the release requires' end
    from (select 1) as it left join pg_roles r on r.rolname = {role}"
        );
    }
    if !tables.is_empty() {
        let present = present(tables);
        let _ = write!(query,
            "\n  union all select 4, 'ok',
    case count(*) when 0 then 'no table of the release exists yet' when 1 then 'it may alter the existing table of the release' else 'it may alter the ' || count(*) || ' existing tables of the release' end
    from (select pg_has_role(relowner, 'usage') as mine from {present} as it) as it having coalesce(bool_and(mine), true)"
        );
    }
    tell(&query)
}

/// What would stop the upgrade before any change, since it could run as whoever runs that.
fn shadows() -> String {
    tell(
        "  select 1 as place, 'STOP' as mark, it.what || '. ' || it.hint as line
    from json_to_recordset(current_setting('limbeck.shadows')::json) as it (what text, hint text)",
    )
}

/// What holds the lock of a run, other locks and snapshots.
fn others_at_work(lock: &str) -> String {
    tell(&format!(
        "  select 0 as place, 'STOP' as mark, 'another run is in progress: process ' || l.pid || coalesce(' of ' || a.usename, '') || coalesce(' (' || nullif(a.application_name, '') || ')', '')
      || '. Any role can hold this lock; if it is not a run, end it: select pg_terminate_backend(' || l.pid || ')' as line
    from (select {lock}::bigint as number) as run, pg_locks l left join pg_stat_activity a using (pid)
    where l.locktype = 'advisory' and l.granted and l.pid <> pg_backend_pid() and l.classid::bigint = number >> 32 & 4294967295 and l.objid::bigint = number & 4294967295 and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
  union all select 1 as place, 'note' as mark, 'a transaction has been open for ' || date_trunc('second', clock_timestamp() - xact_start)
      || ': process ' || pid || ' of ' || coalesce(usename, 'nobody') || coalesce(', ' || state, '') || ': '
      || left(coalesce(query, ''), 60) as line
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and xact_start < clock_timestamp() - interval '1 minute'
  union all select 2, 'note', 'a transaction has been prepared for ' || date_trunc('second', clock_timestamp() - prepared)
      || ': ' || quote_literal(gid) || ' of ' || owner
    from pg_prepared_xacts where database = current_database()",
    ))
}

fn sizes(tables: &BTreeSet<Name>) -> String {
    if tables.is_empty() {
        return String::new();
    }
    let present = present(tables);
    tell(&format!(
        "  select 1 as place, 'ok' as mark, it.what || ': ' || pg_size_pretty(coalesce(
      (select sum(pg_total_relation_size(relid)) from pg_partition_tree(it.oid)), pg_total_relation_size(it.oid)))
      || case when it.reltuples > 0 then ', about ' || it.reltuples::bigint || ' rows' when it.relkind = 'p' then ''
        else ', row count unknown (run ANALYZE)' end as line
    from {present} as it where it.relkind <> 'f'
  union all select 2, 'note', it.what || ' has row security that applies to this role: a statement that reads or changes its rows would fail'
    from {present} as it where row_security_active(it.oid)
  union all select 2, 'note', it.what || ' has an INVALID index: ' || x.indexrelid::regclass
      || ': its build failed or is still running' from {present} as it join pg_index x on x.indrelid = it.oid
    where not x.indisvalid and it.relkind <> 'p'"
    ))
}
