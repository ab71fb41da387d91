//! Generated rows on a server: every table gets some, whatever its types and constraints.

#![expect(
    clippy::disallowed_methods,
    reason = "a test measures how long filling takes"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use limbeck::kind::Kind;
use limbeck::prove::rows::{Targets, fill, snapshot, unfilled};
use limbeck::replay::Wanted;
use limbeck::schema::Schema;
use limbeck::sql_type::catalog::{BUILTIN_TYPES, BuiltinType};
use rayon::prelude::*;

use crate::psql::{Case, VERSION_TABLE, run};
use crate::server::{Database, Server};

/// Tables of `tests/cases/ok` that rightly stay empty: they are partitioned, and have no partitions at the end.
const EMPTY: [(&str, &str); 6] = [
    ("enum-rename-value-everywhere", "p"),
    ("partition-bounds-all", "h0"),
    ("partition-index-order", "lists"),
    ("partition-of-referenced", "sessions"),
    ("table-partition-detach", "logs"),
    ("table-partition-detach-concurrently", "logs"),
];

/// A database at the end of the history of `case`, and its model.
fn made(case: &Case) -> Result<(Database, Schema), String> {
    let compiled = case.compile(Wanted::Nothing)?;
    let database = Server::shared().database();
    database.run(VERSION_TABLE);
    run(&database, "the upgrade", &case.upgrade("heads")?)?;
    Ok((database, compiled.replayed.schema))
}

fn of(statements: &str) -> Case {
    let text = format!("revision 'a';\ndown_revision none;\nupgrade {{\n{statements}\n}}\n");
    Case::parse("rows", &text)
}

/// A database with these tables, filled.
#[track_caller]
fn filled(statements: &str, wanted: usize) -> (Database, Schema) {
    let (database, schema) = made(&of(statements)).unwrap();
    let sql = fill(&schema, &Targets::even(&schema, wanted));
    if let Err(fault) = run(&database, "filling", &sql) {
        panic!("{fault}\n{sql}");
    }
    (database, schema)
}

/// The same where every table has that many rows or more.
#[track_caller]
fn all_filled(statements: &str, wanted: usize) -> (Database, Schema) {
    let (database, schema) = filled(statements, wanted);
    for (id, object) in schema.objects() {
        if object.kind() == Kind::Table {
            let name = id.relation().unwrap().qualified();
            let count: usize = database
                .query(&format!("select count(*) from {name}"))
                .parse()
                .unwrap();
            assert!(
                count >= wanted,
                "{name} has {count} rows\n{}",
                fill(&schema, &Targets::even(&schema, wanted))
            );
        }
    }
    (database, schema)
}

/// What is empty after filling a case, which is no more after filling it again.
fn left_empty(case: &Case) -> Result<String, String> {
    let (database, schema) = made(case)?;
    let fill = fill(&schema, &Targets::even(&schema, 4));
    run(&database, "filling", &fill)?;
    let rows = database.query(&snapshot(&schema));
    run(&database, "filling again", &fill)?;
    if database.query(&snapshot(&schema)) != rows {
        return Err(format!("filling twice adds rows:\n{rows}"));
    }
    Ok(database.query(&unfilled(&schema)).replace('\n', ", "))
}

#[test]
fn tables_of_some_cases_get_rows() {
    fill_cases(4);
}

#[test]
#[ignore = "deep: 200 databases; fast: tables_of_some_cases_get_rows"]
fn every_table_of_every_case_gets_rows() {
    fill_cases(1);
}

/// Each so many-th case.
fn fill_cases(step: usize) {
    let found: Vec<String> = Case::all()
        .par_iter()
        .step_by(step)
        .filter_map(|case| match left_empty(case) {
            Ok(empty) => {
                let expected = EMPTY.iter().find(|it| it.0 == case.name);
                let expected = expected.map_or("", |it| it.1);
                (empty != expected).then(|| format!("{}: {empty}", case.name))
            }
            Err(fault) => Some(format!("{}: {fault}", case.name)),
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_builtin_type_has_values() {
    // The server reads no value of these.
    let is_internal =
        |it: &&BuiltinType| ["gtsvector"].contains(&it.name) || it.name.starts_with("pg_brin");
    let is_kept = |it: &&BuiltinType| {
        [
            "pg_dependencies",
            "pg_mcv_list",
            "pg_ndistinct",
            "pg_node_tree",
        ]
        .contains(&it.name)
    };
    let version = Server::shared().version;
    let types: Vec<&BuiltinType> = BUILTIN_TYPES
        .iter()
        .filter(|it| it.is_column_type() && it.since <= version)
        .filter(|it| !is_internal(it) && !is_kept(it))
        .collect();
    assert!(types.len() > 70);
    let mut statements = String::new();
    for (at, it) in types.iter().enumerate() {
        let _ = writeln!(
            statements,
            "create table t{at} (a {} not null, b {0}, c {0}[] not null);",
            it.display
        );
    }
    let (database, schema) = all_filled(&statements, 6);
    let few: Vec<String> = (0..types.len())
        .into_par_iter()
        .filter_map(|at| {
            let query = format!(
                "select count(distinct a::text), count(b) > 0 and count(b) < count(*), count(distinct c::text) > 1 from t{at}"
            );
            let found = database.query(&query);
            let name = types[at].name;
            let single = ["regconfig", "regdictionary"].contains(&name);
            let enough = found.ends_with("|t|t") && !found.starts_with(if single { '0' } else { '1' });
            (!enough).then(|| format!("{name}: {found}"))
        })
        .collect();
    assert!(few.is_empty(), "{}", few.join("\n"));
    assert_eq!(database.query(&unfilled(&schema)), "");
}

#[test]
fn values_fit_modifiers() {
    let (database, _) = all_filled(
        "create table t (
  a numeric(3,0) unique, b numeric(2,2) unique, c numeric(4,-2) unique, d numeric(2,5) unique, e numeric(1000,500),
  f varchar(1) unique, g varchar(40), h char(3) unique, i char, j bit(3) unique, k bit(200), l varbit(2),
  m time(0), n timestamptz(3), o interval day to second(2), p varchar(100000), q varchar(5)[], r numeric(4,1)[],
  s interval year to month
);",
        24,
    );
    assert_eq!(
        database.query(
            "select bool_or(g = ''), bool_or(length(g) = 40), bool_or(length(p) = 1000) from t"
        ),
        "t|t|t"
    );
}

#[test]
fn values_vary() {
    let (database, _) = all_filled(
        "create type mood as enum ('sad', 'it''s', 'ok', 'new');
create table t (id serial primary key, a text, b text not null, c integer, d integer not null, m mood not null, at timestamptz not null default now(), u uuid not null default gen_random_uuid());",
        12,
    );
    let query = "select count(*), max(id), count(a) between 8 and 11, count(distinct a) < count(a), bool_or(a = ''), bool_or(b ~ '[''\"]'), bool_or(b ~ '\\\\'), bool_or(b like '%{a:b}%'), bool_or(b ~ '\n'), bool_or(b ~ 'é|ë'), bool_or(c < 0), count(distinct d) < count(d), count(distinct m), bool_or(at > now() - interval '1 minute' and at < now() + interval '1 minute'), count(distinct u) > 5 from t";
    assert_eq!(
        database.query(query),
        "12|12|t|t|t|t|t|t|t|t|t|t|4|f|t",
        "{}",
        database.query("select * from t")
    );
}

#[test]
fn checks_are_met() {
    all_filled(
        "create domain code as varchar(10) check (value ~ '^[A-Z]{2}-[0-9]{3}$');
create domain share as numeric(5,4) not null check (value >= 0 and value <= 1);
create domain small_share as share check (value < 0.5);
create type pair as (a code, b share);
create table prices (price numeric(10,2) not null check (price > 0 and price < 100));
create table states (status text not null check (status in ('a', 'b')), code text not null check (length(code) = 3));
create table codes (code text not null unique check (code ~ '^[A-Z]{3}$'), c code, d code not null, s share, t small_share, p pair, q pair[]);
create table spans (starts timestamptz not null, ends timestamptz not null, check (starts < ends));
create table back (ends date not null, starts date not null, check (starts < ends));
create table one_of (a integer, b text, c date, d integer, check (num_nonnulls(a, b, c, d) = 1));
create table neither (a integer, b text, check ((a is null) = (b is null)), check (a <> 7));
create table mails (mail text not null unique check (mail ~* '^[A-Z0-9._%+-]+@[A-Z0-9.-]+\\.[A-Z]{2,}$' and mail = lower(mail)));
create table slugs (slug text not null check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), name text not null check (trim(name) <> '' and char_length(name) <= 5));
create table docs (doc jsonb not null check (jsonb_typeof(doc) = 'object' and doc ? 'kind'), tags text[] not null check (cardinality(tags) between 1 and 3 and tags <@ array['x', 'y']));
create table hashes (hash bytea not null check (octet_length(hash) = 32), n smallint not null check (n between -3 and -1), y integer not null check (y >= 1900 and y % 4 = 0));
create table years (born date not null check (extract(year from born) between 1950 and 1960));
create table sums (net integer not null, tax integer not null, gross integer not null, check (gross = net + tax));
create table made (a integer not null, b integer generated always as (a * 2) stored unique, check (b > 10 and b < 100));
create table strange (\"it's a \"\"name\"\"\" text check (\"it's a \"\"name\"\"\" <> 'it''s'), \"$limbeck$\" integer not null check (\"$limbeck$\" > 0), \":x\" text not null default ':y', constraint \"$row$\" check (\":x\" <> ''));
create unlogged table fast (id bigint generated always as identity primary key, other bigint generated by default as identity, b boolean unique not null default true check (b is not null));",
        2,
    );
}

#[test]
fn foreign_keys_find_their_rows() {
    let (database, _) = all_filled(
        "create table z_tenants (id uuid primary key, country text not null check (country in ('de', 'fr')));
create table tenant_users (tenant uuid not null references z_tenants, id integer, primary key (tenant, id));
create table user_posts (tenant uuid not null references z_tenants, id integer, author integer not null, editor integer, primary key (tenant, id), foreign key (tenant, author) references tenant_users, foreign key (tenant, editor) references tenant_users);
create table kinds (kind text primary key);
create table things (kind text not null references kinds check (kind in ('x', 'y')), other text references kinds check (other = 'z'));
create table nodes (id serial primary key, parent integer references nodes, root integer not null references nodes);
create table trees (a integer, b integer, up_a integer, up_b integer, primary key (a, b), foreign key (up_a, up_b) references trees match full);
create table heads (id integer primary key, last integer);
create table lines (id integer primary key, head integer not null references heads);
alter table heads add foreign key (last) references lines;
create table ring_a (id integer primary key, b integer not null);
create table ring_b (id integer primary key, c text not null, n integer not null check (n > 0));
create table ring_c (code text primary key, a integer not null references ring_a deferrable initially deferred);
alter table ring_a add foreign key (b) references ring_b;
alter table ring_b add foreign key (c) references ring_c;
create table late (id integer primary key, up integer not null references late deferrable initially deferred, u integer unique deferrable initially deferred);",
        4,
    );
    assert_eq!(
        database.query("select count(last) > 0, count(*) > count(last) from heads"),
        "t|t"
    );
    assert_eq!(
        database.query("select count(editor) > 0 from user_posts"),
        "t"
    );
    assert_eq!(
        database.query("select count(parent) > 0, bool_or(root <> id) from nodes"),
        "t|t"
    );
}

#[test]
fn what_must_not_overlap_lies_apart() {
    all_filled(
        "create extension btree_gist;
create table stays (room integer not null, during tstzrange not null, exclude using gist (room with =, during with &&));
create table terms (during daterange, exclude using gist (during with &&) deferrable initially deferred);
create table slots (starts timestamptz not null, ends timestamptz not null, check (starts < ends), exclude using gist (tstzrange(starts, ends) with &&));
create table shapes (c circle, exclude using gist (c with &&));",
        5,
    );
}

#[test]
fn every_partition_gets_rows() {
    all_filled(
        "create table logs (id bigint generated always as identity, day date not null, note text, primary key (id, day)) partition by range (day);
create table logs_24 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table logs_25 partition of logs for values from ('2025-01-01') to (maxvalue);
create table logs_old partition of logs for values from (minvalue) to ('1900-01-01');
create table logs_rest partition of logs default;
create table sales (region text, at timestamptz not null, id integer not null) partition by list (region);
create table sales_eu partition of sales for values in ('de', 'fr') partition by range (at, id);
create table sales_eu_1 partition of sales_eu for values from ('2024-01-01 00:00+00', 5) to ('2024-01-01 00:00+00', 10);
create table sales_eu_2 partition of sales_eu for values from ('2024-02-01 00:00+00', 1) to ('2024-03-01 00:00+00', 1);
create table sales_none partition of sales for values in (null);
create table sales_rest partition of sales default;
create table hashed (id integer primary key, name text) partition by hash (id);
create table hashed_0 partition of hashed for values with (modulus 3, remainder 0);
create table hashed_1 partition of hashed for values with (modulus 3, remainder 1);
create table hashed_2 partition of hashed for values with (modulus 3, remainder 2);
create table by_year (d date not null) partition by range ((extract(year from d)));
create table by_year_1 partition of by_year for values from (2010) to (2011);
create table refers (id integer not null references hashed, log bigint, day date, foreign key (log, day) references logs);
create table base (id integer, z integer check (z > 0));
create table kid (more text) inherits (base);",
        4,
    );
}

const SMALL: &str = "create table t (id serial primary key, b text, a timestamptz, f float8 not null, j json, c char(5));
create table u (t integer references t, m money, x interval);
create table none ();";

#[test]
fn two_databases_get_equal_rows() {
    let (one, schema) = all_filled(SMALL, 5);
    let (two, _) = filled(SMALL, 5);
    let snapshot = snapshot(&schema);
    let rows = one.query(&snapshot);
    assert_eq!(rows, two.query(&snapshot));
    assert_eq!(rows.lines().count(), 3, "{rows}");
    assert_eq!(
        fill(&schema, &Targets::even(&schema, 5)),
        fill(&schema, &Targets::even(&schema, 5))
    );
    // Neither settings nor the order of columns and rows, nor what an update left, show.
    two.run(
        "create table moved (c char(5), j json, f float8, id integer primary key, a timestamptz, b text);
insert into moved select c, j, f, id, a, b from t order by id desc;
alter table u drop constraint u_t_fkey;
drop table t; alter table moved rename to t;
update u set m = m;",
    );
    let settings = "set timezone = 'Asia/Kathmandu'; set datestyle = 'German'; set extra_float_digits = -5; set intervalstyle = 'sql_standard'; set search_path = '';";
    assert_eq!(rows, two.query(&format!("{settings} {snapshot}")));
    for change in [
        "update t set b = 'other' where id = 2",
        "update t set b = '' where b is null",
        "insert into none default values",
    ] {
        two.run(&format!("begin; {change}; commit;"));
        assert_ne!(rows, two.query(&snapshot), "{change}");
    }
}

#[test]
fn settings_change_no_rows() {
    let (one, schema) = all_filled(SMALL, 5);
    let (two, _) = made(&of(SMALL)).unwrap();
    let settings = "set timezone = 'Asia/Kathmandu'; set datestyle = 'German'; set intervalstyle = 'sql_standard'; set search_path = nowhere, pg_catalog; set standard_conforming_strings = off; set default_transaction_deferrable = on;\n\\set c 1\n\\set d 2\n";
    two.run(&format!(
        "{settings}{}",
        fill(&schema, &Targets::even(&schema, 5))
    ));
    assert_eq!(one.query(&snapshot(&schema)), two.query(&snapshot(&schema)));
}

#[test]
fn what_users_made_is_no_failure() {
    let statements = "create table raising (a integer);
create table asserting (a integer);
create table ignoring (a integer);
create table counting (a integer);
create table ruled (a integer);
create table late (a integer);
create table gone (a integer);
create table picky (a integer not null, b text not null);
create table plain (a integer);";
    let (database, schema) = made(&of(statements)).unwrap();
    database.run(
        "create function raising() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create function asserting() returns trigger language plpgsql as $$ begin assert false; return new; end $$;
create function ignoring() returns trigger language plpgsql as $$ begin return null; end $$;
create function counting() returns trigger language plpgsql as $$ begin insert into plain values (1); return new; end $$;
create function picky() returns trigger language plpgsql as $$ begin if new.a > 3 or new.b <> 'ABC' then raise 'picky'; end if; return new; end $$;
create trigger t before insert on raising for each row execute function raising();
create trigger t before insert on asserting for each row execute function asserting();
create trigger t before insert on ignoring for each row execute function ignoring();
create trigger t before insert on counting for each row execute function counting();
create trigger t before insert on picky for each row execute function picky();
create constraint trigger t after insert on late deferrable initially deferred for each row execute function raising();
create rule r as on insert to ruled do instead nothing;
drop table gone;",
    );
    database.run(&fill(&schema, &Targets::even(&schema, 3)));
    let empty = ["asserting", "ignoring", "late", "raising", "ruled"];
    let mut without_gone = schema.clone();
    let gone = limbeck::name::Name::new("public", "gone");
    without_gone.put(limbeck::schema::ObjectId::Relation(gone), None);
    assert_eq!(
        database
            .query(&unfilled(&without_gone))
            .lines()
            .collect::<Vec<_>>(),
        empty
    );
}

#[test]
fn rows_that_are_there_stay() {
    let (database, schema) = made(&of(
        "create table t (id integer primary key, name text); create table full_one (id integer);",
    ))
    .unwrap();
    database.run("insert into t values (100, 'mine'), (7, 'too'); insert into full_one select generate_series(1, 4);");
    database.run(&fill(&schema, &Targets::even(&schema, 4)));
    assert_eq!(database.query("select count(*) from t"), "4");
    assert_eq!(database.query("select count(*) from full_one"), "4");
    assert_eq!(
        database.query("select name from t where id in (7, 100) order by id"),
        "too\nmine"
    );
    assert_eq!(fill(&Schema::new("public"), &Targets::default()), "");
    for select in [snapshot, unfilled] {
        assert_eq!(database.query(&select(&Schema::new("public"))), "");
    }
}

#[test]
fn many_tables_are_filled_quickly() {
    let mut statements = String::new();
    for at in 0..50 {
        let _ = writeln!(
            statements,
            "create table t{at} (id serial primary key, name varchar(100) not null unique, n integer not null check (n > 0 and n < 1000), price numeric(10,2), at timestamptz not null default now(), kind text not null check (kind in ('a', 'b')), doc jsonb, up integer {});",
            if at > 0 {
                format!("references t{}", at - 1)
            } else {
                String::new()
            }
        );
    }
    let (database, schema) = made(&of(&statements)).unwrap();
    let fill = fill(&schema, &Targets::even(&schema, 4));
    let start = Instant::now();
    database.run(&fill);
    let took = start.elapsed();
    println!("{} kB in {took:?}", fill.len() / 1000);
    assert!(took < Duration::from_secs(5), "{took:?}");
    let start = Instant::now();
    database.run(&fill);
    println!("again in {:?}", start.elapsed());
}
