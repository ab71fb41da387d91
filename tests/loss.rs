//! What a rollback counts before it changes anything: what it would discard, and which rows would make it fail.

use std::thread;
use std::time::Duration;

use limbeck::script::psql::{rollback, upgrade, verify};

use crate::pack::Project;
use crate::server::{Database, Server};
use crate::upgrade_sql::{applied, refused, rows};

const FIRST: &str = "revision 'a'; down_revision none; upgrade {
  create table t (id integer primary key, name varchar(5) unique, n integer not null default 0);
  create table p (id integer primary key);
  create type mood as enum ('ok');
  alter table t add column m mood;
  alter table t add column p_id integer references p (id);
  alter table t add constraint positive check (n >= 0);
}";

/// A database where `upgrade` has run on [`FIRST`], and its rollback.
fn after(upgrade_block: &str, rows: &str) -> (Database, String) {
    let project = Project::new(
        [
            FIRST.to_owned(),
            format!("revision 'b'; down_revision 'a'; upgrade {{ {upgrade_block} }}"),
        ]
        .iter()
        .map(String::as_str),
    )
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "b");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    applied(&database, &[], &upgrade(&project.pack("1.1.0")));
    database.run(rows);
    (database, rollback(&project.pack("1.1.0")))
}

#[test]
fn what_would_be_discarded_is_counted() {
    for (change, rows_after, lost) in [
        (
            "create table u (id integer);",
            "insert into u values (1), (2)",
            "2 rows of table u",
        ),
        (
            "alter table t add column c text;",
            "insert into t (id, c) values (1, 'x'), (2, null), (3, '')",
            "2 values of column t.c",
        ),
        (
            "alter table t add column c boolean not null default true;",
            "insert into t (id, c) values (1, true), (2, false)",
            "1 value of column t.c",
        ),
        (
            "alter table t add column c timestamptz not null default now();",
            "insert into t (id) values (1), (2)",
            "2 values of column t.c",
        ),
        (
            "alter table t add column c json default '{}';",
            "insert into t (id) values (1); insert into t (id, c) values (2, '[]')",
            "1 value of column t.c",
        ),
        (
            "create table \"U '%\" (id integer); alter table \"U '%\" rename to v; alter table v add column \"C\" integer; alter table v rename column \"C\" to d;",
            "insert into v values (1, 2)",
            "1 value of column v.d; 1 row of table v",
        ),
    ] {
        let (database, script) = after(change, rows_after);
        let told = refused(&database, &[], &script);
        assert!(
            told.contains(&format!(
                "limbeck: refused: the rollback would discard {lost}\n"
            )),
            "{change}: {told}"
        );
        assert!(told.contains("-v accept_data_loss=1"), "{told}");
        let said = applied(&database, &["-v", "dry_run=1"], &script);
        assert!(
            said.contains(&format!("the rollback discards {lost}; steps left: 1")),
            "{said}"
        );
        assert_eq!(rows(&database), "b");
        let said = applied(&database, &["-v", "accept_data_loss=1"], &script);
        assert!(
            said.contains(&format!("the rollback discards {lost}")),
            "{said}"
        );
        assert_eq!(rows(&database), "a");
    }
}

#[test]
fn what_loses_nothing_asks_for_nothing() {
    for (change, rows_after) in [
        ("create table u (id integer);", ""),
        (
            "alter table t add column c text; alter table t add column d integer default 7;",
            "insert into t (id) values (1)",
        ),
        (
            "alter table t add column c integer generated always as (id + 1) stored;",
            "insert into t (id) values (1)",
        ),
        (
            "create index on t (n); alter table t rename column n to k;",
            "insert into t (id) values (1)",
        ),
        (
            "alter table t rename to u;",
            "insert into u (id) values (1)",
        ),
        (
            "alter table t drop constraint t_p_id_fkey; drop table p;",
            "",
        ),
    ] {
        let (database, script) = after(change, rows_after);
        applied(&database, &[], &script);
        assert_eq!(rows(&database), "a", "{change}");
    }
}

#[test]
fn rows_that_would_make_it_fail_are_counted() {
    for (change, rows_after, found) in [
        (
            "alter table t alter column n drop not null;",
            "insert into t (id, n) values (1, null), (2, null)",
            "2 rows of t with null in n, which becomes not null",
        ),
        (
            "alter table t alter column name type varchar(50);",
            "insert into t (id, name) values (1, 'abcdef')",
            "1 value of t.name longer than 5 characters",
        ),
        (
            "alter table t alter column n type bigint;",
            "insert into t (id, n) values (1, 3000000000)",
            "1 value of t.n that does not fit into integer",
        ),
        (
            "alter table t drop constraint t_name_key;",
            "insert into t (id, name) values (1, 'x'), (2, 'x'), (3, null), (4, null)",
            "1 value of name that is not unique in t",
        ),
        (
            "alter table t drop constraint t_p_id_fkey;",
            "insert into t (id, p_id) values (1, 7), (2, null)",
            "1 row of t whose p_id is not in p",
        ),
        (
            "alter table t drop constraint t_p_id_fkey; drop table p;",
            "insert into t (id, p_id) values (1, 7), (2, null)",
            "1 row of t whose p_id refers to p, which is restored without rows",
        ),
        (
            "alter table t drop constraint positive;",
            "insert into t (id, n) values (1, -1)",
            "1 row of t where not (n >= 0)",
        ),
        (
            "alter type mood add value 'bad';",
            "insert into t (id, m) values (1, 'bad'), (2, 'ok')",
            "1 row of t whose m is 'bad'",
        ),
        (
            "alter table t drop constraint t_pkey;",
            "insert into t (id) values (1), (1)",
            "1 value of id that is not unique in t",
        ),
    ] {
        let (database, script) = after(change, rows_after);
        let told = refused(&database, &["-v", "accept_data_loss=1"], &script);
        assert!(
            told.contains(&format!(
                "limbeck: refused: the rollback would fail on {found}"
            )),
            "{change}: {told}"
        );
        database.run("delete from t");
        applied(&database, &["-v", "accept_data_loss=1"], &script);
        assert_eq!(rows(&database), "a");
    }
}

/// The name of a table at the start of the rollback is the one that counts, wherever it starts.
#[test]
fn names_are_those_where_the_rollback_begins() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (id integer); }",
        "revision 'b'; down_revision 'a'; upgrade { alter table t add column x integer; }",
        "revision 'c'; down_revision 'b'; upgrade { alter table t rename to u; }",
        "revision 'd'; down_revision 'c'; upgrade { alter table u rename column x to y; create table t (z integer); }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "d");
    for (to, table, column) in [("b", "t", "x"), ("c", "u", "x"), ("d", "u", "y")] {
        let database = Server::shared().database();
        applied(&database, &[], &upgrade(&project.pack("1.0.0")));
        applied(
            &database,
            &["-v", &format!("to={to}")],
            &upgrade(&project.pack("1.1.0")),
        );
        database.run(&format!("insert into {table} values (1, 2)"));
        let script = rollback(&project.pack("1.1.0"));
        let told = refused(&database, &[], &script);
        let lost = format!("would discard 1 value of column {table}.{column}\n");
        assert!(told.contains(&lost), "{to}: {told}");
        applied(&database, &["-v", "accept_data_loss=1"], &script);
        assert_eq!(rows(&database), "a");
    }
}

#[test]
fn a_table_that_somebody_holds_is_not_counted() {
    let (database, rollback) = after(
        "create table u (id integer);",
        "insert into u values (1), (2)",
    );
    // Meanwhile its owner could put code there that the count would run.
    thread::scope(|scope| {
        let holder = scope.spawn(|| {
            database.run("begin; lock table u; select pg_sleep(8); commit");
        });
        while database.query("select count(*) from pg_locks where relation = 'u'::regclass") == "0"
        {
            thread::sleep(Duration::from_millis(20));
        }
        let output = database.apply(&["-v", "dry_run=1"], &rollback);
        assert!(output.status.success(), "{output:?}");
        assert!(
            output.stdout.contains("the rollback discards rows of table u (not counted: another session has locked the table, or this role may not lock it)"),
            "{output:?}"
        );
        holder.join().unwrap();
    });
}

#[test]
fn verify_tells_what_is_half_done() {
    let project = Project::new([FIRST]).release("1.0.0", "base", "a");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    database.run("create table limbeck_progress (revision text primary key, direction text not null, part integer not null); insert into limbeck_progress values ('a', 'downgrade', 1)");
    let output = database.apply(&[], &verify::script(&project.pack("1.0.0")));
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        output.stdout.contains("DRIFT public.limbeck_progress: rollback of revision a is half done: part 1 was the last: finish it with the script that started it"),
        "{output:?}"
    );
}
