//! What plain scripts refuse on a server, and what they say then.

use std::thread;
use std::time::Duration;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::source::Sources;

use crate::psql::Case;
use crate::server::{Database, Server};

fn script(text: &str, config: &Config, range: &str) -> String {
    let mut sources = Sources::default();
    sources.add("a.rev", text.to_owned());
    compile::upgrade(&sources, config, range).expect("the history is sound")
}

fn in_schema(schema: &str) -> Config {
    Config {
        schema: schema.to_owned(),
        version_table_schema: Some("public".to_owned()),
        ..Config::default()
    }
}

const TABLE: &str = "revision 'a'; down_revision none; upgrade { create table t (id integer); }";

#[test]
fn an_absent_schema_is_refused_before_anything_is_made() {
    let up = script(TABLE, &in_schema("app"), "head");
    let database = Server::shared().database();
    let before = database.dump();
    let output = database.psql(&up);
    assert!(
        output
            .stderr
            .contains("limbeck: refused: there is no schema app")
            && output.stderr.contains("create schema app;"),
        "{}",
        output.stderr
    );
    let output = database.psql_with(&["-v", "ON_ERROR_STOP=0"], &up);
    assert!(output.stderr.contains("there is no schema app"));
    assert_eq!(database.dump(), before);

    database.run("create schema app");
    database.run(&up);
    assert_eq!(database.query("select to_regclass('app.t')"), "app.t");
}

#[test]
fn a_revision_may_make_its_own_schema() {
    let text = "revision 'a'; down_revision none; upgrade { create schema if not exists app; create table t (id integer); } downgrade irreversible 'a test';";
    let database = Server::shared().database();
    database.run(&script(text, &in_schema("app"), "head"));
    assert_eq!(database.query("select to_regclass('app.t')"), "app.t");
}

#[test]
fn a_half_done_script_says_where_to_go_on() {
    let up = script(
        "revision 'a'; down_revision none; upgrade {
  create table t (id integer);
  create index concurrently ix on t (id);
  create table u (id integer);
  create index concurrently iy on u (id);
}",
        &Config::default(),
        "head",
    );
    let third = up.find("-- a: part 3 of 4").expect("parts are marked");
    let database = Server::shared().database();
    database.run(&up[..third]);
    let output = database.psql(&up);
    assert!(
        output
            .stderr
            .contains("limbeck: refused: this is part 1 of 4 of revision a, but done so far: parts 1 to 2 of the upgrade of revision a")
            && output.stderr.contains("-- a: part 3 of 4"),
        "{}",
        output.stderr
    );
    database.run(&up[third..]);
    assert_eq!(
        database.query("select to_regclass('limbeck_progress') is null"),
        "t"
    );
    assert_eq!(
        database.query("select version_num from alembic_version"),
        "a"
    );
}

/// A half-done revision is finished before anything else runs, whichever script that is and whichever way it leads.
#[test]
fn beside_a_half_done_revision_nothing_else_runs() {
    let texts = [
        "revision 'a'; down_revision none; upgrade { create table t (id integer primary key, k integer); }",
        "revision 'b'; down_revision 'a'; upgrade { alter table t add column n integer; create unique index concurrently ux on t (k); }
downgrade { drop index concurrently ux; create index concurrently iy on t (id); drop index concurrently iy; alter table t drop column n; }",
        "revision 'c'; down_revision 'b'; upgrade { create table u (id integer); }",
    ];
    let mut sources = Sources::default();
    for (number, text) in texts.into_iter().enumerate() {
        sources.add(format!("{number}.rev"), text.to_owned());
    }
    let config = Config::default();
    let up = |range| compile::upgrade(&sources, &config, range).unwrap();
    let down = |range| compile::downgrade(&sources, &config, range).unwrap();
    let stamp = |range| compile::stamp(&sources, &config, range).unwrap();
    let refused = |database: &Database, script: &str, half: &str| {
        let before = database.dump();
        let said = database.psql(script);
        assert_eq!(said.status.code(), Some(3), "{}", said.stdout);
        assert!(said.stderr.contains(half), "{}", said.stderr);
        assert_eq!(database.dump(), before);
    };
    let database = Server::shared().database();
    database.run(&up("a"));
    database.run("insert into t values (1, 1), (2, 1)");
    let there = up("a:b");
    assert!(!database.psql(&there).status.success());
    let half = "the upgrade of revision b is half done: part 1 was the last";
    refused(&database, &down("a:base"), half);
    refused(&database, &stamp("a:b"), half);
    database.run("delete from t where id = 2; drop index ux;");
    let second = there.find("-- b: part 2 of 2").unwrap();
    database.run(&there[second..]);
    let back = down("b:a");
    let third = back.find("-- b: part 3 of 4").unwrap();
    database.run(&back[..third]);
    let half = "the downgrade of revision b is half done: part 2 was the last";
    refused(&database, &up("b:c"), half);
    refused(&database, &stamp("b:a"), half);
    database.run(&back[third..]);
    database.run(&down("a:base"));
}

/// Two heads on one base, which no merge joins.
fn two_heads(left: &str, right: &str) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in [
        (
            "a.rev",
            "revision 'a'; down_revision none; upgrade { create table t (id integer, x integer); }"
                .to_owned(),
        ),
        (
            "b.rev",
            format!("revision 'b'; down_revision 'a'; upgrade {{ {left} }}"),
        ),
        (
            "c.rev",
            format!("revision 'c'; down_revision 'a'; upgrade {{ {right} }}"),
        ),
    ] {
        sources.add(name, text);
    }
    sources
}

#[test]
fn heads_that_contradict_each_other_are_refused_both_ways() {
    let config = Config::default();
    for (left, right) in [
        ("drop table t;", "alter table t add column y integer;"),
        (
            "alter table t rename column x to y;",
            "alter table t add column y integer;",
        ),
        (
            "create table u (id integer);",
            "create table u (id integer);",
        ),
        ("alter table t rename to u;", "create index ix on t (x);"),
        ("drop table t;", "drop table t;"),
    ] {
        let sources = two_heads(left, right);
        for (range, answer) in [
            ("heads", compile::upgrade(&sources, &config, "heads")),
            (
                "heads:base",
                compile::downgrade(&sources, &config, "heads:base"),
            ),
            ("heads:a", compile::downgrade(&sources, &config, "heads:a")),
        ] {
            let refused = answer.expect_err("one of them cannot run");
            let told: Vec<&str> = refused.iter().map(|it| it.message.as_str()).collect();
            assert_eq!(told.len(), 1, "{left} | {right}, {range}: {told:?}");
            assert!(
                told[0].starts_with("the branches conflict when they run in this order: "),
                "{left} | {right}, {range}: {told:?}"
            );
        }
        for one in ["b", "c"] {
            compile::upgrade(&sources, &config, one).expect("one branch alone is sound");
            compile::downgrade(&sources, &config, &format!("{one}:base")).expect("and back");
        }
    }
}

#[test]
fn heads_that_agree_run_up_and_back() {
    let config = Config::default();
    let sources = two_heads(
        "alter table t add column y integer;",
        "create index ix on t (x);",
    );
    let database = Server::shared().database();
    database.run(&compile::upgrade(&sources, &config, "heads").expect("they agree"));
    assert_eq!(
        database
            .query("select string_agg(version_num, ',' order by version_num) from alembic_version"),
        "b,c"
    );
    database.run(&compile::downgrade(&sources, &config, "heads:base").expect("they agree"));
    assert_eq!(database.query("select to_regclass('t') is null"), "t");
}

#[test]
fn of_two_runs_at_once_the_second_is_refused() {
    let case = Case::parse(
        "twice",
        "--- a.rev ---
revision 'a'; down_revision none; upgrade { create table t (id integer); }
--- b.rev ---
revision 'b'; down_revision 'a'; upgrade { data { insert into t values (1); } reverse { delete from t; } }
",
    );
    let database = Server::shared().database();
    database.run(&case.upgrade("a").unwrap());
    let script = case.upgrade("a:b").unwrap();
    let slow = script.replace("\ncommit;", "\nselect pg_sleep(1);\ncommit;");
    assert_ne!(slow, script);
    let second = thread::scope(|scope| {
        let first = scope.spawn(|| database.run(&slow));
        thread::sleep(Duration::from_millis(400));
        let second = database.psql(&script);
        first.join().unwrap();
        second
    });
    let told = "limbeck: refused: this step needs the database at a, but it is at b";
    assert!(second.stderr.contains(told), "{}", second.stderr);
    assert_eq!(database.query("select count(*) from t"), "1");
}

#[test]
fn the_time_zone_of_a_session_changes_no_rows() {
    let text = "revision 'a'; down_revision none; upgrade {
  create table t (at timestamptz);
  data { insert into t values ('2020-06-01 00:00'); } reverse { delete from t; }
}";
    let database = Server::shared().database();
    let name = database.query("select current_database()");
    database.run(&format!(
        "alter database {name} set timezone = 'Asia/Kolkata'"
    ));
    database.run(&script(text, &Config::default(), "head"));
    assert_eq!(
        database.query("select at at time zone 'UTC' from t"),
        "2020-06-01 00:00:00"
    );
}

/// Statements are written from what they are: words of SQL in texts and names mean nothing.
#[test]
fn what_was_built_by_itself_is_not_built_again() {
    for (upgrade, statement) in [
        (
            "create table t (id integer, note text); create index concurrently i on t (id) where note <> 'index concurrently if not exists ';",
            "create index concurrently if not exists i on t",
        ),
        (
            r#"create table t (id integer); create index concurrently "index concurrently if not exists " on t (id);"#,
            r#"create index concurrently if not exists "index concurrently if not exists " on t"#,
        ),
        (
            r#"create table t (id integer); create index "drop index concurrently if exists " on t (id); drop index concurrently "drop index concurrently if exists ";"#,
            r#"drop index concurrently if exists "drop index concurrently if exists ";"#,
        ),
    ] {
        let text = format!("revision 'a'; down_revision none; upgrade {{ {upgrade} }}");
        let up = script(&text, &Config::default(), "head");
        let at = up.find(statement).expect(statement);
        let end = at + up[at..].find(";\n").expect("it ends") + 2;
        let part = up.find("-- a: part 2 of 2").expect("parts are marked");
        let database = Server::shared().database();
        // The client was gone right after it.
        database.run(&up[..end]);
        database.run(&up[part..]);
        assert_eq!(
            database.query("select version_num from alembic_version"),
            "a",
            "{upgrade}"
        );
    }
}

#[test]
fn a_table_has_at_most_so_many_columns() {
    let columns = |count: usize| {
        let columns: Vec<String> = (0..count).map(|it| format!("a{it} boolean")).collect();
        columns.join(", ")
    };
    let added = |count: usize| {
        let actions: Vec<String> = (0..count)
            .map(|it| format!("add column b{it} boolean"))
            .collect();
        format!(
            "create table t (a boolean); alter table t {};",
            actions.join(", ")
        )
    };
    for (statements, fits) in [
        (format!("create table t ({});", columns(1600)), true),
        (format!("create table t ({});", columns(1601)), false),
        (added(1599), true),
        (added(1600), false),
    ] {
        let text = format!("revision 'a'; down_revision none; upgrade {{ {statements} }}");
        let mut sources = Sources::default();
        sources.add("a.rev", text);
        let checked = compile::upgrade(&sources, &Config::default(), "head");
        assert_eq!(checked.is_ok(), fits, "{checked:?}");
        let database = Server::shared().database();
        let said = database.psql_with(&["-v", "ON_ERROR_STOP=1"], &statements);
        assert_eq!(said.stderr.is_empty(), fits, "{}", said.stderr);
        assert!(
            fits || said.stderr.contains("at most 1600 columns"),
            "{}",
            said.stderr
        );
    }
}

/// What follows a new value of an enum, and whether PostgreSQL refuses it in the transaction that made the value.
const AFTER_VALUE: [(&str, bool); 22] = [
    ("comment on table t is 'banana'", false),
    ("comment on type s is 'a'", false),
    ("create type other as enum ('a', 'b')", false),
    ("alter type s add value 'b' after 'a'", false),
    ("alter type s rename value 'a' to 'z'", false),
    (r#"create table "a" ("a" integer)"#, false),
    ("create table c (a s, b text)", false),
    ("create index i on t (v)", false),
    ("alter table t add column w s default 'first'", false),
    ("create sequence a increment 2", false),
    ("alter table t alter column v set default 'a'", true),
    ("alter table t add column w s default 'a'", true),
    ("alter table t add column w s[] default '{first,a}'", true),
    ("alter table t add constraint c check (v <> 'a')", true),
    ("create index i on t (id) where v = 'a'", true),
    ("create index i on t ((v = 'a'))", true),
    ("create domain d as s default 'a'", true),
    ("create domain d as s check (value <> 'a')", true),
    ("create table c (v s default 'a')", true),
    ("create table c (v s check (v in ('first', 'a')))", true),
    ("create table one partition of p for values in ('a')", true),
    ("alter table p attach partition q for values in ('a')", true),
];

#[test]
fn what_uses_a_new_value_of_an_enum_runs_after_it_was_committed() {
    let before = "create type s as enum ('first'); create table t (id integer, v s); create table p (v s) partition by list (v); create table q (v s);";
    for (statement, refused) in AFTER_VALUE {
        let database = Server::shared().database();
        database.run(before);
        let both = format!("begin; alter type s add value 'a'; {statement}; commit;");
        let said = database.psql_with(&["-v", "ON_ERROR_STOP=1"], &both);
        assert_eq!(
            said.stderr.contains("unsafe use of new value"),
            refused,
            "{statement}: {}",
            said.stderr
        );
        assert!(refused || said.stderr.is_empty(), "{}", said.stderr);

        let text = format!(
            "revision 'b'; down_revision none; upgrade {{ {before} }}
"
        );
        let mut sources = Sources::default();
        sources.add("b.rev", text);
        sources.add(
            "c.rev",
            format!("revision 'c'; down_revision 'b'; upgrade {{ alter type s add value 'a'; {statement}; }} downgrade irreversible 'a test';"),
        );
        let up = compile::upgrade(&sources, &Config::default(), "head").expect(statement);
        assert_eq!(up.contains("-- c: part 2 of 2"), refused, "{statement}");
        let database = Server::shared().database();
        database.run(&up);
    }
}

/// Databases differ: a table that only some of them have is altered where it is there.
#[test]
fn what_is_guarded_runs_where_the_table_is_there_and_where_it_is_not() {
    let up = script(
        "revision 'a'; down_revision none; upgrade {
  alter table if exists old add column n bigserial comment 'numbered', add column if not exists v integer default 1, add column w text comment 'a word';
  alter table if exists old add constraint if not exists few check (v < 10);
  alter table if exists old rename column w to word; alter table if exists old rename constraint few to small;
}
downgrade {}",
        &Config::default(),
        "head",
    );
    let without = Server::shared().database();
    without.run(&up);
    assert_eq!(without.query("select to_regclass('old')"), "");

    let with = Server::shared().database();
    with.run("create table old (v integer)");
    with.run(&up);
    with.run("insert into old (word) values ('x')");
    assert_eq!(
        with.query("select n, word, col_description('old'::regclass, 2), col_description('old'::regclass, 3) from old"),
        "1|x|numbered|a word"
    );
    assert_eq!(
        with.query("select conname from pg_constraint where conrelid = 'old'::regclass"),
        "small"
    );
}
