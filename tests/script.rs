//! What plain scripts refuse on a server, and what they say then.

use std::thread;
use std::time::Duration;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::source::Sources;

use crate::psql::Case;
use crate::server::Server;

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
    let third = up.find("-- part 3 of 4").expect("parts are marked");
    let database = Server::shared().database();
    database.run(&up[..third]);
    let output = database.psql(&up);
    assert!(
        output
            .stderr
            .contains("limbeck: refused: this is part 1 of 4 of revision a, and what is done is: parts 1 to 2 of the upgrade of revision a")
            && output.stderr.contains("-- part 3 of 4"),
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
                told[0].starts_with("the branches contradict each other: after what runs before, "),
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
