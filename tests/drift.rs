//! `verify.sql` names every kind of drift, and nothing else.

use limbeck::compile;
use limbeck::config::Config;
use limbeck::script::psql::verify;
use rayon::prelude::*;

use crate::psql::{Case, run};
use crate::server::Server;
use crate::verify_sql::{alarms, pack, psql};

/// One of everything.
pub(crate) const PROJECT: &str = r#"--- a.rev ---
revision 'a';
down_revision none;
upgrade {
  create table old (id integer);
  create type gone as enum ('x');
}
--- b.rev ---
revision 'b';
down_revision 'a';
upgrade {
  drop table old;
  drop type gone;
  create schema audit;
  create extension citext version '1.6';
  create type status as enum ('new', 'it''s done');
  create type pair as (a integer, b text);
  create domain positive as integer default 1 not null constraint above check (value > 0);
  create sequence numbers increment by 2 cache 5;
  create table people (
    id integer generated always as identity primary key,
    name character varying(20) not null default 'x' collate "C",
    born date default '2020-01-01',
    mail citext,
    state status default 'new',
    made timestamptz default now(),
    number bigint default nextval('numbers'),
    twice integer generated always as (id * 2) stored,
    "odd ""Name" text comment 'a :name, 100 % ''sure''',
    constraint mail_key unique (mail) include (name),
    constraint short check (length(name) < 10)
  );
  create table orders (
    id integer, person integer,
    constraint orders_pkey primary key (id),
    constraint fk foreign key (person) references people (id) on delete cascade on update restrict deferrable initially deferred,
    constraint apart exclude using gist (int4range(id, person) with &&)
  );
  create unlogged table counters (id integer) with (fillfactor = 70);
  create table parent (id integer, x integer);
  create table child () inherits (parent);
  create table events (at date not null, kind text) partition by range (at);
  create table events_2020 partition of events for values from ('2020-01-01') to ('2021-01-01');
  create index ix_name on people (name desc, id) include (born);
  create unique index ix_lower on people (lower(name)) where born is not null;
  create index ix_events on events (kind);
  comment on table people is E'first\nsecond';
  sql {
    create view everybody as select id from people;
    create function one() returns integer language sql as 'select 1';
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create trigger touched before update on people for each row execute function touch();
  } reverse {
    drop trigger touched on people;
    drop function touch();
    drop function one();
    drop view everybody;
  }
}
downgrade irreversible 'a test';
verify {
  assert 'nobody is new' (select not exists (select from people where state = 'new'));
  assert '100 % of slices, it''s' (select (array[1, 2, 3])[1:port] = array[1, 2] from (select 2 as port) as it);
}
"#;

/// What is done to a database, and the lines that tell it.
pub(crate) const DRIFTS: &[(&str, &[&str])] = &[
    ("drop table orders", &["table public.orders: it is missing"]),
    (
        "alter table counters rename to c",
        &["table public.counters: it is missing"],
    ),
    (
        "drop table counters; create view counters as select 1 as id",
        &["table public.counters: it is a view, but should be a table"],
    ),
    (
        "alter table counters set logged",
        &["table public.counters: it is logged, but should be unlogged"],
    ),
    (
        "alter table counters set (fillfactor = 80)",
        &[
            "table public.counters: the storage parameters are fillfactor=80, but should be fillfactor=70",
        ],
    ),
    (
        "comment on table people is 'other'",
        &["table public.people: the comment is 'other', but should be 'first second'"],
    ),
    (
        "alter table child no inherit parent; alter table child inherit parent",
        &[
            "table public.child, column id: it is local and inherited, but should be inherited",
            "table public.child, column x: it is local and inherited, but should be inherited",
        ],
    ),
    (
        "alter table events detach partition events_2020; alter table events attach partition events_2020 for values from ('2020-01-01') to ('2022-01-01')",
        &[
            "table public.events_2020: the bound is FOR VALUES FROM ('2020-01-01') TO ('2022-01-01'), but should be for values from ('2020-01-01') to ('2021-01-01')",
        ],
    ),
    (
        "create table old (id integer)",
        &["relation public.old: it exists, but should not"],
    ),
    (
        "create type gone as enum ('x')",
        &["type public.gone: it exists, but should not"],
    ),
    (
        "alter table orders drop column person cascade",
        &[
            "table public.orders, column person: it is missing",
            "table public.orders, constraint apart: it is missing",
            "table public.orders, constraint fk: it is missing",
        ],
    ),
    (
        "alter table people add column extra integer",
        &["table public.people, column extra: it exists, but should not"],
    ),
    (
        "alter table people alter column name type character varying(30)",
        &[
            "table public.people, column name: the collation is none, but should be C; the type is character varying(30), but should be character varying(20)",
        ],
    ),
    (
        "alter table people alter column name type character varying(20) collate \"POSIX\"",
        &["table public.people, column name: the collation is POSIX, but should be C"],
    ),
    (
        "alter table people alter column name drop not null",
        &["table public.people, column name: it is nullable, but should be not null"],
    ),
    (
        "alter table people alter column born set not null",
        &["table public.people, column born: it is not null, but should be nullable"],
    ),
    (
        "alter table people alter column name set default 'y'",
        &[
            "table public.people, column name: the default is 'y'::character varying, but should be 'x'",
        ],
    ),
    (
        "alter table people alter column name set default 'now()'",
        &[
            "table public.people, column name: the default is 'now()'::character varying, but should be 'x'",
        ],
    ),
    (
        "alter table people alter column born set default '2021-01-01'",
        &[
            "table public.people, column born: the default is '2021-01-01'::date, but should be '2020-01-01'",
        ],
    ),
    (
        "alter table people alter column state set default 'it''s done'",
        &[
            "table public.people, column state: the default is 'it''s done'::public.status, but should be 'new'",
        ],
    ),
    (
        "alter table people alter column made set default clock_timestamp()",
        &[
            "table public.people, column made: the default is clock_timestamp(), but should be now()",
        ],
    ),
    (
        "alter table people alter column made drop default",
        &["table public.people, column made: the default is none, but should be now()"],
    ),
    (
        "alter table people alter column mail set default 'a'",
        &[
            "table public.people, column mail: the default is 'a'::public.citext, but should be none",
        ],
    ),
    (
        "create sequence others; alter table people alter column number set default nextval('others')",
        &[
            "table public.people, column number: the default is nextval('public.others'::regclass), but should be nextval('numbers'::regclass)",
        ],
    ),
    (
        "alter table people alter column id set generated by default",
        &["table public.people, column id: the identity is by default, but should be always"],
    ),
    (
        "alter table people alter column twice drop expression",
        &[
            "table public.people, column twice: generated is none, but should be stored; the expression is none, but should be id * 2",
        ],
    ),
    (
        r#"comment on column people."odd ""Name" is 'x'"#,
        &[
            r#"table public.people, column odd "Name: the comment is 'x', but should be 'a :name, 100 % ''sure'''"#,
        ],
    ),
    (
        "alter table people drop constraint short",
        &["table public.people, constraint short: it is missing"],
    ),
    (
        "alter table people drop constraint short; alter table people add constraint short check (length(name) < 10) not valid",
        &["table public.people, constraint short: it is not valid, but should be valid"],
    ),
    (
        "alter table people drop constraint short; alter table people add constraint short check (id < 10)",
        &["table public.people, constraint short: the columns are id, but should be name"],
    ),
    (
        "alter table people drop constraint short; alter table people add constraint short check (length(name) < 10) no inherit",
        &[
            "table public.people, constraint short: it is a check, no inherit, but should be a check",
        ],
    ),
    (
        "alter table people add constraint more check (true)",
        &["table public.people, constraint more: it exists, but should not"],
    ),
    (
        "alter table people drop constraint mail_key; alter table people add constraint mail_key unique (mail)",
        &[
            "table public.people, constraint mail_key: the included columns are none, but should be name",
        ],
    ),
    (
        "alter table people drop constraint mail_key; alter table people add constraint mail_key check (mail <> '')",
        &[
            "table public.people, constraint mail_key: it is a check, but should be a unique constraint",
        ],
    ),
    (
        "alter table orders drop constraint fk; alter table orders add constraint fk foreign key (person) references people (id) on delete set null on update restrict deferrable initially deferred",
        &["table public.orders, constraint fk: on delete is set null, but should be cascade"],
    ),
    (
        "alter table orders drop constraint fk; alter table orders add constraint fk foreign key (person) references people (id) match full on delete cascade deferrable initially deferred",
        &[
            "table public.orders, constraint fk: on update is no action, but should be restrict; the match is full, but should be simple",
        ],
    ),
    (
        "alter table orders alter constraint fk not deferrable",
        &[
            "table public.orders, constraint fk: it is not deferrable, but should be initially deferred",
        ],
    ),
    (
        "alter table orders drop constraint fk; alter table orders add constraint fk foreign key (person) references people (id) on delete cascade on update restrict deferrable initially deferred not valid",
        &["table public.orders, constraint fk: it is not valid, but should be valid"],
    ),
    (
        "alter table orders drop constraint apart; alter table orders add constraint apart exclude using gist (int4range(id, person) with =)",
        &[
            "table public.orders, constraint apart: the operator of element 1 is =, but should be &&",
        ],
    ),
    (
        "drop index ix_name",
        &["index public.ix_name: it is missing"],
    ),
    (
        "update pg_index set indisvalid = false where indexrelid = 'ix_name'::regclass",
        &["index public.ix_name: it is INVALID, but should be valid"],
    ),
    (
        "update pg_index set indisvalid = false where indexrelid = 'mail_key'::regclass",
        &["table public.people, constraint mail_key: it is INVALID, but should be valid"],
    ),
    (
        "create index more on people (born)",
        &["index public.more: it exists, but should not"],
    ),
    (
        "drop index ix_name; create index ix_name on people (name, id desc nulls last) include (born)",
        &[
            "index public.ix_name: the order of element 1 is asc, but should be desc; the order of element 2 is desc nulls last, but should be asc",
        ],
    ),
    (
        "drop index ix_name; create index ix_name on people (name collate \"POSIX\" text_pattern_ops desc, id) include (born)",
        &[
            "index public.ix_name: the collation of element 1 is POSIX, but should be none; the operator class of element 1 is text_pattern_ops, but should be none",
        ],
    ),
    (
        "drop index ix_name; create index ix_name on people using hash (name)",
        &[
            "index public.ix_name: element 2 is none, but should be id; the included columns are none, but should be born; the method is hash, but should be btree; the order of element 1 is none, but should be desc; the order of element 2 is none, but should be asc",
        ],
    ),
    (
        "drop index ix_lower; create index ix_lower on people (lower(name))",
        &[
            "index public.ix_lower: it is not unique, but should be unique; the predicate is none, but should be born is not null",
        ],
    ),
    (
        "alter index ix_name set (fillfactor = 50)",
        &["index public.ix_name: the storage parameters are fillfactor=50, but should be none"],
    ),
    (
        "alter type status add value 'late' before 'new'",
        &["type public.status: the values are late, new, it's done, but should be new, it's done"],
    ),
    (
        "alter type pair alter attribute b type varchar(3)",
        &["type public.pair, attribute b: the type is character varying(3), but should be text"],
    ),
    (
        "alter domain positive drop not null",
        &["domain public.positive: it is nullable, but should be not null"],
    ),
    (
        "alter domain positive set default 2",
        &["domain public.positive: the default is 2, but should be 1"],
    ),
    (
        "alter domain positive drop constraint above",
        &["domain public.positive, check above: it is missing"],
    ),
    (
        "drop domain positive; create type positive as enum ('a')",
        &["domain public.positive: it is a type, but should be a domain"],
    ),
    (
        "drop domain positive",
        &["domain public.positive: it is missing"],
    ),
    (
        "alter sequence numbers increment by 3 cycle",
        &[
            "sequence public.numbers: cycling is on, but should be off; the increment is 3, but should be 2",
        ],
    ),
    (
        "alter sequence numbers owned by counters.id",
        &["sequence public.numbers: the owner is public.counters.id, but should be none"],
    ),
    ("drop schema audit", &["schema audit: it is missing"]),
    (
        "comment on schema audit is 'x'",
        &["schema audit: the comment is 'x', but should be none"],
    ),
    (
        "alter extension citext set schema audit",
        &[
            "table public.people, column mail: the type is audit.citext, but should be public.citext",
        ],
    ),
    (
        "drop view everybody",
        &["view public.everybody: it is missing"],
    ),
    (
        "drop trigger touched on people",
        &["trigger touched on public.people: it is missing"],
    ),
    (
        "drop function one()",
        &["function public.one: it is missing"],
    ),
    (
        "delete from alembic_version",
        &["public.alembic_version: it has no row, but should have b"],
    ),
    (
        "insert into alembic_version values ('z')",
        &["public.alembic_version: the database is at b, z, but should be at b"],
    ),
    (
        "drop table alembic_version",
        &["public.alembic_version: the table is missing"],
    ),
    (
        "insert into people (name) values ('x')",
        &["assert nobody is new: it does not hold"],
    ),
    (
        "alter table people rename state to was",
        &[
            "table public.people, column state: it is missing",
            "table public.people, column was: it exists, but should not",
            r#"assert nobody is new: it cannot be checked: column "state" does not exist"#,
        ],
    ),
];

#[test]
fn every_drift_is_told_alone() {
    let config = Config::default();
    let case = Case::parse("project", PROJECT);
    let upgraded = Server::shared().database();
    upgraded.run(&compile::upgrade(&case.sources, &config, "head").unwrap());
    let script = verify::script(&pack(&case.sources, &config, "b", "a"));
    alarms(&upgraded, &script).unwrap();
    let failures: Vec<String> = DRIFTS
        .par_iter()
        .filter_map(|(change, expected)| {
            let database = Server::shared().copy(&upgraded.name);
            if let Err(failure) = run(&database, "the change", change) {
                return Some(format!("{change}: {failure}"));
            }
            let output = psql(&database, &script);
            let told: Vec<&str> = output
                .stdout
                .lines()
                .filter_map(|it| it.strip_prefix("DRIFT "))
                .collect();
            let raised = format!(
                "limbeck: verify 1.1.0: {} of {} checks failed",
                told.len(),
                output.stdout.lines().count() - 1
            );
            let right = output.status.code() == Some(3)
                && told == *expected
                && output.stderr.contains(&raised);
            (!right).then(|| {
                let status = output.status.code();
                format!(
                    "{change}: {status:?}\n  {}\n{}",
                    told.join("\n  "),
                    output.stderr
                )
            })
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {}\n{}",
        failures.len(),
        DRIFTS.len(),
        failures.join("\n")
    );
}
