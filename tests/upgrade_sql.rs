//! `upgrade.sql` and `rollback.sql` on a server, through psql: what they do where they belong.

use limbeck::config::Transaction;
use limbeck::script::psql::{rollback, upgrade};

use crate::pack::Project;
use crate::server::{Database, Output, Server};

/// A history with every kind of part: transactions, an index built concurrently, an enum's new value, rows.
pub(crate) const REVISIONS: [&str; 4] = [
    "revision 'a'; down_revision none; message 'the first table';
upgrade { create table t (id integer primary key, name text); }",
    "revision 'b'; down_revision 'a'; message 'an index, and it''s \\set x `echo` :port here';
upgrade {
  alter table t add column port integer[] not null default array[1,2,3];
  create index concurrently ix_name on t (name) where name <> 'a
b';
  data { insert into t (id, name) values (1, 'x'), (2, E'y\\\\\\n'':port');
         update t set port = port[1:id]; } reverse { delete from t where id in (1, 2); }
}",
    "revision 'c'; down_revision 'b';
upgrade {
  create type mood as enum ('ok');
  alter table t add column m mood;
  alter type mood add value 'bad';
  data { update t set m = 'bad' where id = 1; } reverse { update t set m = 'ok' where id = 1; }
}",
    "revision 'd'; down_revision 'c'; upgrade { alter table t rename column name to title; }",
];

pub(crate) fn project() -> Project {
    Project::new(REVISIONS)
        .release("1.0.0", "base", "a")
        .release("1.1.0", "1.0.0", "d")
}

/// Runs `script`, which must succeed; what it said.
#[track_caller]
pub(crate) fn applied(database: &Database, arguments: &[&str], script: &str) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = database.apply(arguments, script);
    assert!(status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "", "{stdout}");
    stdout
}

/// Runs `script`, which must refuse to run and change nothing; its one sentence and what to do.
#[track_caller]
pub(crate) fn refused(database: &Database, arguments: &[&str], script: &str) -> String {
    let before = (database.dump(), rows(database));
    let Output {
        status,
        stdout,
        stderr,
    } = database.apply(arguments, script);
    assert_eq!(status.code(), Some(3), "{stdout}{stderr}");
    assert!(stderr.contains("limbeck: refused: "), "{stdout}{stderr}");
    assert!(!stderr.contains("CONTEXT"), "{stderr}");
    assert_eq!((database.dump(), rows(database)), before, "{stderr}");
    stderr
}

/// The version rows; nothing where there is no table.
pub(crate) fn rows(database: &Database) -> String {
    if database.query("select to_regclass('public.alembic_version') is null") == "t" {
        return String::new();
    }
    database.query("select coalesce(string_agg(version_num, ',' order by version_num), 'base') from public.alembic_version")
}

#[test]
fn a_release_runs_up_and_back() {
    let project = project();
    let (first, second) = (project.pack("1.0.0"), project.pack("1.1.0"));
    let database = Server::shared().database();
    let said = applied(&database, &[], &upgrade(&first));
    assert!(
        said.starts_with("limbeck 1.0.0 upgrade: APPLY on database test_"),
        "{said}"
    );
    assert!(
        said.contains("1/1  a: the first table\n     done in "),
        "{said}"
    );
    assert!(
        said.ends_with("limbeck: complete: the database is at a\n"),
        "{said}"
    );
    let at_first = database.dump();

    let said = applied(&database, &[], &upgrade(&second));
    assert!(
        said.contains("1/3  b: an index, and it's \\set x `echo` :port here\n"),
        "{said}"
    );
    assert_eq!(rows(&database), "d");
    assert_eq!(
        database.query("select * from t order by id"),
        "1|x|{1}|bad\n2|y\\\n':port|{1,2}|"
    );
    let at_second = database.dump();
    let again = applied(&database, &[], &upgrade(&second));
    assert!(
        again.ends_with("limbeck: nothing to do: the database is at d\n"),
        "{again}"
    );
    assert_eq!(database.dump(), at_second);

    let said = applied(&database, &["-v", "accept_data_loss=1"], &rollback(&second));
    assert!(
        said.ends_with("limbeck: complete: the database is at a\n"),
        "{said}"
    );
    assert_eq!(database.dump_unordered(), crate::dump::unordered(&at_first));
    assert_eq!(rows(&database), "a");
    applied(&database, &["-v", "accept_data_loss=1"], &rollback(&first));
    assert_eq!(rows(&database), "base");
    assert_eq!(database.query("select to_regclass('t') is null"), "t");
    let again = applied(&database, &[], &rollback(&first));
    assert!(
        again.ends_with("limbeck: nothing to do: the database is at base\n"),
        "{again}"
    );
}

#[test]
fn a_step_in_between_can_be_the_end() {
    let project = project();
    let (first, second) = (project.pack("1.0.0"), project.pack("1.1.0"));
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&first));
    let said = applied(&database, &["-v", "to=b"], &upgrade(&second));
    assert!(
        said.ends_with("limbeck: complete: the database is at b\n"),
        "{said}"
    );
    applied(&database, &["-v", "to=1.1.0"], &upgrade(&second));
    assert_eq!(rows(&database), "d");
    applied(
        &database,
        &["-v", "to=c", "-v", "accept_data_loss=1"],
        &rollback(&second),
    );
    assert_eq!(rows(&database), "c");
    let told = refused(&database, &["-v", "to=nothing"], &rollback(&second));
    assert!(
        told.contains("nothing is not part of this script"),
        "{told}"
    );
    applied(
        &database,
        &["-v", "to=1.0.0", "-v", "accept_data_loss=1"],
        &rollback(&second),
    );
    assert_eq!(rows(&database), "a");
}

#[test]
fn a_dry_run_says_what_would_run() {
    let project = project();
    let (first, second) = (project.pack("1.0.0"), project.pack("1.1.0"));
    let database = Server::shared().database();
    for (script, steps) in [
        (upgrade(&first), 1),
        (upgrade(&second), 3),
        (rollback(&second), 3),
    ] {
        let before = database.dump();
        let said = applied(&database, &["-v", "dry_run=1"], &script);
        assert!(said.contains(": DRY RUN on database"), "{said}");
        assert_eq!(
            said.lines().filter(|it| it.contains('/')).count(),
            steps,
            "{said}"
        );
        assert!(
            said.contains("limbeck: dry run: nothing was changed"),
            "{said}"
        );
        assert_eq!(database.dump(), before);
        applied(&database, &["-v", "accept_data_loss=1"], &script);
    }
}

/// Every valid set of rows between the points of a diamond is a start.
#[test]
fn every_point_of_branches_is_a_start() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (id integer); }",
        "revision 'l1'; down_revision 'a'; upgrade { alter table t add column l1 integer; }",
        "revision 'l2'; down_revision 'l1'; upgrade { alter table t add column l2 integer; }",
        "revision 'r1'; down_revision 'a'; upgrade { alter table t add column r1 integer; }",
        "revision 'x'; down_revision none; upgrade { create table x (id integer); }",
        "revision 'r2'; down_revision 'r1'; depends_on 'l1', 'x'; upgrade { alter table t add column r2 integer; }",
        "revision 'm'; down_revision 'l2', 'r2'; upgrade { create index on t (l1); }",
        "revision 'z'; down_revision 'm'; upgrade { create index on t (l2); }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.0.1", "1.0.0", "l1")
    .release("2.0.0", "1.0.0, 1.0.1", "z")
    .release("2.0.1", "base", "z");
    let server = Server::shared();
    let (one, two, whole) = (
        project.pack("1.0.0"),
        project.pack("2.0.0"),
        project.pack("2.0.1"),
    );
    let script = upgrade(&two);
    let plain = server.database();
    applied(&plain, &[], &upgrade(&whole));
    let expected = plain.dump_unordered();
    for (way, start) in [
        (vec![], "a"),
        (vec!["l1"], "l1"),
        (vec!["l2"], "l2"),
        (vec!["r1"], "r1"),
        (vec!["r1", "l1"], "l1,r1"),
        (vec!["r1", "x"], "r1,x"),
        (vec!["x", "l2"], "l2,x"),
        (vec!["r2"], "r2"),
        (vec!["r2", "l2"], "l2,r2"),
        (vec!["m"], "m"),
        (vec!["z"], "z"),
    ] {
        let database = server.database();
        applied(&database, &[], &upgrade(&one));
        for to in way {
            applied(&database, &["-v", &format!("to={to}")], &script);
        }
        assert_eq!(rows(&database), start);
        applied(&database, &[], &script);
        assert_eq!(rows(&database), "z", "{start}");
        assert_eq!(database.dump_unordered(), expected, "{start}");
        let told = refused(&database, &[], &rollback(&two));
        assert!(
            told.contains("has several starting points: 1.0.0, 1.0.1"),
            "{told}"
        );
        for (to, left) in [("l2", "l2"), ("1.0.1", "l1"), ("1.0.0", "a")] {
            let to = format!("to={to}");
            applied(
                &database,
                &["-v", &to, "-v", "accept_data_loss=1"],
                &rollback(&two),
            );
            assert_eq!(rows(&database), left);
        }
        applied(&database, &["-v", "accept_data_loss=1"], &rollback(&one));
        assert_eq!(rows(&database), "base");
    }
}

#[test]
fn a_release_can_be_one_transaction() {
    let mut project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (id integer); }",
        "revision 'b'; down_revision 'a'; upgrade { data { insert into t values (1); } reverse { delete from t; } }",
        "revision 'c'; down_revision 'b'; upgrade { alter table t add column n integer check (n > 0); assert 'there are rows' (select count(*) > 1 from t); }",
    ])
    .release("1.0.0", "base", "c");
    project.config.transaction = Transaction::Release;
    let pack = project.pack("1.0.0");
    let database = Server::shared().database();
    let output = database.apply(&[], &upgrade(&pack));
    assert_eq!(output.status.code(), Some(3));
    assert!(
        output
            .stderr
            .contains("limbeck: assert failed: there are rows"),
        "{output:?}"
    );
    assert_eq!(rows(&database), "");
    assert_eq!(database.query("select to_regclass('t') is null"), "t");
    database.run("create table other (id integer)");
    let script = upgrade(&pack).replace("count(*) > 1", "count(*) > 0");
    let said = applied(&database, &[], &script);
    assert!(
        said.ends_with("limbeck: complete: the database is at c\n"),
        "{said}"
    );
    applied(&database, &["-v", "accept_data_loss=1"], &rollback(&pack));
    assert_eq!(rows(&database), "base");

    let mut project = self::project();
    project.config.transaction = Transaction::Release;
    let refused = project
        .compile("1.1.0", None)
        .expect_err("it builds an index concurrently");
    let told: Vec<&str> = refused.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "revision b cannot run in one transaction with the others: PostgreSQL refuses one of its statements there"
        ]
    );
}

#[test]
fn revisions_that_use_what_another_brings_are_no_one_transaction() {
    let mut project = Project::new([
        "revision 'a'; down_revision none; upgrade { create type e as enum ('x'); create table t (v e); }",
        "revision 'b'; down_revision 'a'; upgrade { alter type e add value 'z'; }",
        "revision 'c'; down_revision 'b'; upgrade { alter table t alter column v set default 'z'; }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "c");
    project.config.transaction = Transaction::Release;
    let refused = project
        .compile("1.1.0", None)
        .expect_err("it uses a new value at once");
    let told: Vec<&str> = refused.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "the upgrade of release 1.1.0 cannot be one transaction: PostgreSQL refuses one of its statements there"
        ]
    );
}

/// psql follows `standard_conforming_strings`, which a function may change unseen.
#[test]
fn no_setting_lets_a_text_reach_psql() {
    let project = Project::new([
        r"revision 'a'; down_revision none; upgrade { create table t (a text);
  sql { do $$ begin perform set_config('standard_' || 'conforming_strings', 'off', true); end $$;
        select 'x\', ' \echo reached #';
        insert into t values ('y\'), ('\echo reached'); } reverse { } }",
        r"revision 'b'; down_revision 'a'; message 'ends with a backslash \'; upgrade { sql { do $$ begin perform set_config('standard_' || 'conforming_strings', 'off', false); end $$; } reverse { } }",
        r"revision 'c'; down_revision 'b'; message '\'; upgrade { create index concurrently ix on t (a) where a <> '\'; comment on table t is 'z\'; }",
    ])
    .release("1.0.0", "base", "c");
    let database = Server::shared().database();
    let output = database.apply(&[], &upgrade(&project.pack("1.0.0")));
    assert!(output.status.success(), "{output:?}");
    assert!(!output.stdout.contains("\nreached"), "{output:?}");
    assert_eq!(
        database.query("select a from t order by a"),
        r"\echo reached
y\"
    );
    assert_eq!(
        database.query("select obj_description('t'::regclass)"),
        r"z\"
    );
    let definition = database.query("select pg_get_indexdef('ix'::regclass)");
    assert!(
        definition.ends_with(r"WHERE (a <> '\'::text)"),
        "{definition}"
    );
}

/// A rollback that makes a type again must know all columns of it, and those of other branches may be there or not.
#[test]
fn what_hangs_on_the_order_of_branches_is_refused() {
    let history = |more: &str| {
        Project::new([
            "revision 'a'; down_revision none; upgrade { create type mood as enum ('ok'); create table t (id integer); }".to_owned(),
            "revision 'b'; down_revision 'a'; upgrade { create table u (m mood); }".to_owned(),
            format!("revision 'c'; down_revision 'a'; {more} upgrade {{ alter type mood add value 'bad'; }}"),
            "revision 'm'; down_revision 'b', 'c'; upgrade { }".to_owned(),
        ].iter().map(String::as_str))
        .release("1.0.0", "base", "a")
        .release("1.1.0", "1.0.0", "m")
    };
    let refused = history("")
        .compile("1.1.0", None)
        .expect_err("c goes back in two ways");
    let told: Vec<&str> = refused.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        told,
        ["the downgrade of revision c would be different if the other branch has already run"]
    );
    let pack = history("depends_on 'b';").pack("1.1.0");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&history("").pack("1.0.0")));
    applied(&database, &[], &upgrade(&pack));
    applied(&database, &["-v", "accept_data_loss=1"], &rollback(&pack));
    assert_eq!(rows(&database), "a");
}
