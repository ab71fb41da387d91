//! A step that does not get its lock says who holds it, and the same file goes on later; a dry run shows what would run, and
//! changes.sql what there is to read.

use std::thread;
use std::time::Duration;

use limbeck::config::Config;
use limbeck::script::psql::{self, changes};

use crate::psql::Case;
use crate::server::Server;
use crate::verify_sql::pack;

const BEFORE: &str = "--- a.rev ---
revision 'a';
down_revision none;
upgrade {
  create table t (id integer primary key, a integer);
  create table other (id integer primary key, t_id integer);
  create index ix on t (a);
  sql { create function f() returns trigger language plpgsql as $$ begin return new; end $$; } reverse { drop function f(); }
}
--- b.rev ---
revision 'b';
down_revision 'a';
message 'b: first — second';
";

/// A statement, and the mode in which somebody else holds `t` and stands in its way.
const STATEMENTS: [(&str, &str); 9] = [
    ("alter table t add column b integer;", "access share"),
    ("alter table t drop column a;", "access share"),
    ("alter table t rename to u;", "access share"),
    (
        "alter table t add constraint c check (a > 0);",
        "access share",
    ),
    ("drop index ix;", "access share"),
    ("create index iy on t (a);", "row exclusive"),
    (
        "alter table other add foreign key (t_id) references t (id);",
        "row exclusive",
    ),
    (
        "create table child (id integer primary key references t (id));",
        "row exclusive",
    ),
    (
        "sql { create trigger x before insert on t for each row execute function f(); } reverse { drop trigger x on t; }",
        "row exclusive",
    ),
];

#[test]
fn who_holds_a_table_is_told_and_the_same_file_goes_on() {
    for (statement, mode) in STATEMENTS {
        let text = format!("{BEFORE}upgrade {{ {statement} }}\n");
        let sources = Case::parse("locks", &text).sources;
        let config = Config::default();
        let database = Server::shared().database();
        let first = psql::upgrade(&pack(&sources, &config, "a", "base"));
        assert!(database.apply(&[], &first).status.success());
        let script = psql::upgrade(&pack(&sources, &config, "b", "a"));
        let held = format!(
            "set application_name = 'report of the night'; begin; lock table t in {mode} mode; select pg_sleep(4); commit;"
        );
        thread::scope(|scope| {
            let holder = scope.spawn(|| database.run(&held));
            while database.query("select count(*) from pg_locks where relation = 't'::regclass")
                == "0"
            {
                thread::sleep(Duration::from_millis(20));
            }
            let output = database.apply(&["-v", "lock_timeout=100ms"], &script);
            assert_eq!(output.status.code(), Some(3), "{statement}: {output:?}");
            for says in [
                "ERROR:  limbeck: failed: public.t was locked by other sessions for longer than 100ms: process ",
                "of postgres (report of the night), active, in a transaction since ",
                "select pg_sleep(4)",
                "HINT:  Nothing of this step was done.",
            ] {
                assert!(
                    output.stderr.contains(says),
                    "{statement}: {says}: {output:?}"
                );
            }
            holder.join().unwrap();
        });
        assert_eq!(
            database.query("select version_num from alembic_version"),
            "a"
        );
        let output = database.apply(&[], &script);
        assert!(output.status.success(), "{statement}: {output:?}");
        assert!(
            output.stdout.contains(" s; the database is at b\n"),
            "{output:?}"
        );
    }
}

#[test]
fn what_was_made_in_the_same_transaction_is_not_locked_again() {
    let text = "revision 'a';\ndown_revision none;\nupgrade { create table t (id integer); alter table t add column a integer; create index ix on t (a); }\n";
    let sources = Case::parse("locks", text).sources;
    let script = psql::upgrade(&pack(&sources, &Config::default(), "a", "base"));
    assert!(!script.contains("execute limbeck_free"));
}

#[test]
fn a_dry_run_shows_the_statements_and_nothing_of_the_guards() {
    let statement = "alter table t add column b integer; data { update t set b = a; } reverse { } create index concurrently iy on t (b);";
    let text = format!("{BEFORE}upgrade {{ {statement} }}\n");
    let sources = Case::parse("locks", &text).sources;
    let config = Config::default();
    let database = Server::shared().database();
    let first = psql::upgrade(&pack(&sources, &config, "a", "base"));
    assert!(database.apply(&[], &first).status.success());
    let script = psql::upgrade(&pack(&sources, &config, "b", "a"));
    let output = database.apply(&["-v", "dry_run=1"], &script);
    assert!(output.status.success(), "{output:?}");
    for says in [
        "1/1  b: b: first — second\n",
        "\nalter table t add column b integer;\n",
        "\nupdate t set b = a;\n",
        "create index concurrently iy on t (b)",
        "limbeck: ",
    ] {
        assert!(output.stdout.contains(says), "{says}: {output:?}");
    }
    assert!(!output.stdout.contains("limbeck.step"), "{output:?}");
    let run = database.apply(&[], &script);
    assert!(run.status.success(), "{run:?}");
    assert!(!run.stdout.contains("alter table"), "{run:?}");
}

#[test]
fn changes_sql_holds_the_statements_and_runs_nothing() {
    let statement = "alter table t add column b integer; data { update t set b = a; } reverse { } create index concurrently iy on t (b);";
    let text = format!("{BEFORE}upgrade {{ {statement} }}\n");
    let sources = Case::parse("locks", &text).sources;
    let pack = pack(&sources, &Config::default(), "b", "base");
    let changes = changes::script(&pack);
    for script in [psql::upgrade(&pack), psql::rollback(&pack)] {
        let statements = script.lines().filter(|it| {
            ["alter ", "update ", "drop "]
                .iter()
                .any(|word| it.starts_with(word))
        });
        let mut count = 0;
        for line in statements {
            assert!(changes.contains(&format!("\n{line}\n")), "{line}");
            count += 1;
        }
        assert!(count > 0);
    }
    let database = Server::shared().database();
    let output = database.apply(&[], &changes);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        output
            .stdout
            .contains("limbeck: refused: changes.sql is for reading")
    );
    assert_eq!(database.query("select to_regclass('t') is null"), "t");
}
