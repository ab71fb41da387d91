//! What SQL that limbeck does not read leaves behind is told, and what its way back takes back is not.

use rayon::prelude::*;

use crate::prove::{faults, of_case_as_superuser as of_case};

/// Code that might take everything back, as far as limbeck knows.
const NOTHING: &str = "do $$ begin end $$";

/// SQL that limbeck does not read, and a way back that forgets it.
const FORGOTTEN: &[(&str, &str)] = &[
    ("create view v as select 1 as one", "view public.v"),
    (
        "create materialized view v as select 1 as one",
        "materialized view public.v",
    ),
    (
        "create function f() returns integer language sql as 'select 1'",
        "function public.f()",
    ),
    (
        "create procedure f() language sql as 'select 1'",
        "procedure public.f()",
    ),
    ("create policy p on t using (a > 0)", "policy p on public.t"),
    (
        "create rule r as on delete to t do also select 1",
        "rule r on public.t",
    ),
    ("create statistics s on a, b from t", "statistics public.s"),
    (
        "grant select on t to public",
        "table public.t: the privileges are =r/",
    ),
    (
        "grant select (a) on t to public",
        "table public.t: the privileges of column a are =r/",
    ),
    (
        "alter table t enable row level security",
        "table public.t: row security is on, but should be off",
    ),
    (
        "alter table t replica identity full",
        "table public.t: replica identity is full, but should be the default",
    ),
    (
        "alter table t alter column b set storage external",
        "table public.t: the storage of column b is external, but should be the default",
    ),
    (
        "create operator === (leftarg = integer, rightarg = integer, function = int4eq)",
        "operator public.===(integer,integer)",
    ),
    (
        "create cast (t as integer) with inout",
        "cast (public.t AS integer)",
    ),
    (
        "create text search configuration words (copy = simple)",
        "text search configuration public.words",
    ),
    (
        "create collation german (locale = 'C')",
        "collation public.german",
    ),
    ("create publication p for table t", "publication p"),
    (
        "create type r as range (subtype = integer)",
        "type public.r",
    ),
    (
        "alter default privileges grant select on tables to public",
        "default acl",
    ),
    ("create foreign data wrapper w", "foreign-data wrapper w"),
    (
        "do $$ begin create table made (a integer); end $$",
        "table public.made",
    ),
    (
        "do $$ begin create sequence made; end $$",
        "sequence public.made",
    ),
    (
        "do $$ begin alter table t add column c integer; end $$",
        "column c",
    ),
    (
        "do $$ begin alter table t alter column a set default 5; end $$",
        "the default is 5",
    ),
    (
        "do $$ begin create index made on t (b); end $$",
        "index public.made",
    ),
    (
        "do $$ begin comment on table t is 'x'; end $$",
        "the comment is 'x'",
    ),
];

#[test]
fn some_things_that_a_way_back_leaves_are_found() {
    find_forgotten(4);
    find_changed(4);
}

#[test]
#[ignore = "deep: 30 revisions; fast: some_things_that_a_way_back_leaves_are_found"]
fn what_a_way_back_leaves_behind_is_found() {
    find_forgotten(1);
}

/// Each so many-th of the list.
fn find_forgotten(step: usize) {
    FORGOTTEN.par_iter().step_by(step).for_each(|(sql, part)| {
        let text = format!(
            "--- a.rev ---\nrevision 'a'; down_revision none; upgrade {{ create table t (a integer, b text); create sequence gone; }}\n--- b.rev ---\nrevision 'b'; down_revision 'a'; upgrade {{ drop sequence gone; sql {{ {sql}; }} reverse {{ {NOTHING}; }} }}\n"
        );
        let told = faults(&of_case(&text)).join("\n");
        for part in ["revision b", part] {
            assert!(told.contains(part), "{part:?} is not in:\n{told}");
        }
    });
}

/// What an object is made of, how it is changed, and what is told where a way back forgets the change.
const CHANGED: &[(&str, &str, &str)] = &[
    (
        "alter default privileges grant select on tables to public",
        "alter default privileges grant insert on tables to public",
        "the privileges are =ar/",
    ),
    (
        "create aggregate total(integer) (sfunc = int4pl, stype = integer, initcond = '0')",
        "create or replace aggregate total(integer) (sfunc = int4pl, stype = integer, initcond = '1')",
        "aggregate public.total(integer): agginitval is 1, but should be 0",
    ),
    (
        "create operator === (leftarg = integer, rightarg = integer, function = int4eq)",
        "alter operator === (integer, integer) set (restrict = eqsel)",
        "operator public.===(integer,integer): the restriction estimator is eqsel",
    ),
    (
        "create operator family family using btree",
        "alter operator family family using btree add function 1 (integer, integer) btint4cmp(integer, integer)",
        "function 1 (integer, integer) of public.family USING btree: it exists, but should not",
    ),
    (
        "create cast (t as integer) with inout",
        "drop cast (t as integer); create cast (t as integer) with inout as assignment",
        "cast (public.t AS integer): the context is a",
    ),
    (
        "create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
        "drop conversion conv; create default conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8",
        "conversion public.conv: condefault is yes, but should be no",
    ),
    (
        "do $$ begin create collation german (locale = 'C'); end $$",
        "drop collation german; create collation german (locale = 'POSIX')",
        "collation public.german: collcollate is POSIX, but should be C",
    ),
    (
        "create text search configuration words (copy = simple)",
        "alter text search configuration words alter mapping for word with english_stem",
        "text search configuration public.words: the dictionaries for token type 2 is english_stem",
    ),
    (
        "create text search dictionary words (template = simple)",
        "alter text search dictionary words (accept = false)",
        "text search dictionary public.words: the options are accept = 'false'",
    ),
    (
        "do $$ begin create table parts (k text) partition by list (k); end $$",
        "do $$ begin drop table parts; create table parts (k text) partition by list (k text_pattern_ops); end $$",
        "table public.parts, element 1 of the partition key: the operator class is text_pattern_ops",
    ),
    (
        "do $$ begin create table parts (k text) partition by range (lower(k), k); end $$",
        "do $$ begin drop table parts; create table parts (k text) partition by range (lower(k), k collate \"C\"); end $$",
        "table public.parts, element 2 of the partition key: the collation is C",
    ),
    (
        "create publication p for table t",
        "alter publication p set (publish = 'insert')",
        "publication p: pubdelete is no, but should be yes",
    ),
    (
        "create publication p for table t",
        "alter publication p set table t (a)",
        "publication relation public.t in publication p: the columns are a",
    ),
    (
        "create publication p for table t",
        "alter publication p set table t where (a > 1)",
        "publication relation public.t in publication p: the condition is (a > 1)",
    ),
    (
        "create publication p for table t",
        "alter publication p add tables in schema public",
        "publication namespace public in publication p: it exists, but should not",
    ),
    (
        "create function f() returns event_trigger language plpgsql as 'begin end'; create event trigger e on ddl_command_end execute function f()",
        "alter event trigger e disable",
        "event trigger e: it is disabled, but should be enabled",
    ),
    (
        "create function f() returns trigger language plpgsql as 'begin return new; end'; create trigger g before insert on t for each row execute function f()",
        "alter table t disable trigger g",
        "trigger g on public.t: it is disabled, but should be enabled",
    ),
    (
        "create table u (id integer primary key, up integer, constraint up foreign key (up) references u)",
        "alter table u disable trigger all; alter table u enable trigger user",
        "table public.u: the trigger RI_FKey_check_ins of constraint up on public.u is disabled, but should be enabled",
    ),
    (
        "create function f() returns trigger language plpgsql as 'begin return new; end'; create table u (a integer) partition by range (a); create table u1 partition of u default; create trigger g before insert on u for each row execute function f()",
        "alter table u1 disable trigger g",
        "table public.u1: the trigger g is disabled, but should be enabled",
    ),
    (
        "create schema s",
        "alter schema s owner to pg_monitor",
        "schema s: the owner is pg_monitor",
    ),
    (
        "create view v as select 1 as one",
        "alter view v owner to pg_monitor",
        "view public.v: the owner is pg_monitor",
    ),
    (
        "create function f() returns integer language sql as 'select 1'",
        "alter function f() owner to pg_monitor",
        "function public.f(): the owner is pg_monitor",
    ),
    (
        "create sequence s",
        "alter sequence s owner to pg_monitor",
        "sequence public.s: the owner is pg_monitor",
    ),
    (
        "create type mood as enum ('x')",
        "alter type mood owner to pg_monitor",
        "type public.mood: the owner is pg_monitor",
    ),
    (
        "create domain d as integer",
        "alter domain d owner to pg_monitor",
        "domain public.d: the owner is pg_monitor",
    ),
    (
        "create domain d as integer",
        "alter domain d add constraint dc check (value > 0) not valid",
        "domain public.d, check dc: it exists, but should not",
    ),
    (
        "create domain d as integer; alter domain d add constraint dc check (value > 0) not valid",
        "alter domain d validate constraint dc",
        "domain public.d, check dc: it is valid, but should be not valid",
    ),
    (
        "create view v as select 1 as one",
        "alter view v alter column one set default 2",
        "view public.v: the default of column one is 2, but should be none",
    ),
    (
        "create materialized view v as select 1 as one",
        "refresh materialized view v with no data",
        "materialized view public.v: the populated flag is no, but should be yes",
    ),
    (
        "create index i on t ((a + 1))",
        "alter index i alter column 1 set statistics 100",
        "index public.i: the statistics target of column expr is 100, but should be the default",
    ),
    (
        "create statistics s on a, b from t",
        "alter statistics s set statistics 10",
        "statistics public.s: the statistics target is 10, but should be the default",
    ),
    (
        "create foreign data wrapper w; create server s foreign data wrapper w",
        "alter foreign data wrapper w options (add x '1')",
        "foreign-data wrapper w: the options are x=1",
    ),
    (
        "create foreign data wrapper w; create server s foreign data wrapper w",
        "alter server s options (add x '1')",
        "server s: the options are x=1",
    ),
    (
        "create foreign data wrapper w; create server s foreign data wrapper w; create user mapping for public server s options (x '1')",
        "alter user mapping for public server s options (set x '2')",
        "user mapping public on server s: the options are x=2, but should be x=1",
    ),
    (
        "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table f (a integer) server s",
        "alter foreign table f options (add x '1')",
        "foreign table public.f: the options are x=1",
    ),
    (
        "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table f (a integer) server s",
        "alter foreign table f alter column a set default 2",
        "foreign table public.f: column a is integer default 2, but should be integer",
    ),
    (
        "create function f() returns integer language sql as 'select 1'",
        "alter function f() depends on extension plpgsql",
        "function public.f(): the extension that it depends on is plpgsql",
    ),
    (
        "create view v as select 1 as one",
        "do $$ begin comment on column v.one is 'x'; end $$",
        "view column public.v.one: the comment is 'x', but should be none",
    ),
    (
        "create policy p on t",
        "comment on policy p on t is 'x'",
        "policy p on public.t: the comment is 'x', but should be none",
    ),
    (
        "create operator === (leftarg = integer, rightarg = integer, function = int4eq)",
        "comment on operator === (integer, integer) is 'x'",
        "operator public.===(integer,integer): the comment is 'x'",
    ),
    (
        "",
        "alter table t owner to pg_monitor",
        "table public.t: the owner is pg_monitor",
    ),
    (
        "",
        "grant usage on language plpgsql to pg_monitor",
        "language plpgsql: the privileges are",
    ),
    (
        "",
        "do $$ begin perform lo_create(0); end $$",
        "large objects: the number is 1, but should be none",
    ),
    (
        "",
        "do $$ begin execute format('alter database %I set timezone = ''Europe/Berlin''', current_database()); end $$",
        "database: the settings of everybody are TimeZone=Europe/Berlin",
    ),
    (
        "",
        "do $$ begin execute format('comment on database %I is ''x''', current_database()); end $$",
        "database: the comment is 'x'",
    ),
    (
        "",
        "do $$ begin execute format('grant create on database %I to public', current_database()); end $$",
        "database: the privileges are",
    ),
];

#[test]
#[ignore = "deep: 70 revisions; fast: some_things_that_a_way_back_leaves_are_found"]
fn what_a_way_back_leaves_changed_is_found() {
    find_changed(1);
}

/// Each so many-th of the list.
fn find_changed(step: usize) {
    let missed: Vec<String> = CHANGED
        .par_iter()
        .step_by(step)
        .filter_map(|(sql, change, part)| {
            let told = faults(&of_case(&revisions(sql, change, ""))).join("\n");
            let is_told = told.contains("revision b") && told.contains(part);
            (!is_told).then(|| format!("{change}: {part:?} is not in:\n{told}"))
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A revision that makes something by SQL, and one that changes it. What goes with a sequence that is made again excuses
/// nothing else.
fn revisions(sql: &str, change: &str, reverse: &str) -> String {
    let made = match sql {
        "" => String::new(),
        sql => format!("sql {{ {sql}; }} reverse {{ }}"),
    };
    let reverse = match reverse {
        "" => format!("{NOTHING};"),
        reverse => format!("{reverse};"),
    };
    format!(
        "--- a.rev ---\nrevision 'a'; down_revision none; upgrade {{ create table t (a integer, b text); {made} create sequence gone; }} downgrade irreversible 'a test';\n--- b.rev ---\nrevision 'b'; down_revision 'a'; upgrade {{ drop sequence gone; sql {{ {change}; }} reverse {{ {reverse} }} }}\n"
    )
}

/// What there is, what is changed, and a way back that takes the change back.
const TAKEN_BACK: &[(&str, &str, &str)] = &[
    (
        "",
        "grant select on t to public; grant select (a) on t to public",
        "revoke select (a) on t from public; revoke select on t from public",
    ),
    (
        "create sequence s; create schema made; create type mood as enum ('x'); create function f() returns integer language sql as 'select 1'",
        "grant usage on sequence s to public; grant usage on schema made to public; revoke usage on type mood from public; revoke execute on function f() from public; grant usage on language plpgsql to pg_monitor",
        "revoke usage on sequence s from public; revoke usage on schema made from public; grant usage on type mood to public; grant execute on function f() to public; revoke usage on language plpgsql from pg_monitor",
    ),
    (
        "",
        "alter default privileges grant select on tables to public",
        "alter default privileges revoke select on tables from public",
    ),
    (
        "create table u (id integer primary key, up integer, constraint up foreign key (up) references u)",
        "alter table u disable trigger all",
        "alter table u enable trigger all",
    ),
    (
        "create domain d as integer",
        "alter domain d add constraint dc check (value > 0) not valid",
        "alter domain d drop constraint dc",
    ),
    (
        "",
        "alter table t alter column b set storage external; alter table t alter column b set statistics 5; alter table t replica identity full",
        "alter table t alter column b set storage extended; alter table t alter column b set statistics -1; alter table t replica identity default",
    ),
];

#[test]
fn what_a_way_back_takes_back_is_no_difference() {
    let alarms: Vec<String> = TAKEN_BACK
        .par_iter()
        .flat_map(|(sql, change, reverse)| faults(&of_case(&revisions(sql, change, reverse))))
        .collect();
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

#[test]
fn settings_of_the_database_change_no_words_of_the_catalogue() {
    let proved = of_case(
        "--- a.rev ---
revision 'a'; down_revision none; upgrade {
  sql {
    do $$ begin
      execute format('alter database %I set timezone = ''Europe/Berlin''', current_database());
      execute format('alter database %I set datestyle = ''German''', current_database());
      execute format('alter database %I set intervalstyle = ''iso_8601''', current_database());
      execute format('alter database %I set bytea_output = ''escape''', current_database());
      execute format('alter database %I set quote_all_identifiers = on', current_database());
    end $$;
  } reverse {
    do $$ begin execute format('alter database %I reset all', current_database()); end $$;
  }
}
--- b.rev ---
revision 'b'; down_revision 'a'; upgrade {
  create table p (at timestamptz not null, born date default '2020-02-01', wait interval default '1 day 2 hours',
    constraint late check (at > '2020-01-01')) partition by range (at);
  create table p1 partition of p for values from ('2020-01-01') to ('2021-01-01');
  create index late_ones on p1 (at) where at > '2020-06-01';
}
",
    );
    assert_eq!(faults(&proved), Vec::<String>::new());
}
