//! What plain scripts refuse on a server, and what they say then.

use limbeck::compile;
use limbeck::config::Config;
use limbeck::source::Sources;

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
        output.stderr.contains("limbeck: there is no schema app")
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
            .contains("limbeck: parts 1 to 2 of revision a are done, and this is part 1 of 4")
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
