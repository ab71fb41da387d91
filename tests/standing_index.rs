//! An index that is built outside of a transaction and is there already: another, a failed, an unfinished one.

use std::thread;
use std::time::Duration;

use limbeck::script::psql::upgrade;

use crate::pack::Project;
use crate::refusals::{at_first, says};
use crate::server::Server;
use crate::upgrade_sql::{applied, project, rows};

#[test]
fn an_index_of_the_same_name_is_looked_at() {
    let script = upgrade(&project().pack("1.1.0"));
    for (index, word) in [
        (
            "create index ix_name on t (id)",
            "with another definition: CREATE INDEX ix_name ON public.t USING btree (id)",
        ),
        (
            "create unique index ix_name on t (name) where name <> E'a\\nb'",
            "with another definition: CREATE UNIQUE",
        ),
        (
            "create index ix_name on t (name desc) where name <> E'a\\nb'",
            "with another definition",
        ),
        (
            "create index ix_name on t (name) where name <> 'ab'",
            "with another definition",
        ),
        (
            "create table u (name text); create index ix_name on u (name) where name <> E'a\\nb'",
            "but is not an index of public.t",
        ),
        (
            "create table ix_name (name text)",
            "but is not an index of public.t",
        ),
    ] {
        let database = at_first();
        database.run(index);
        let output = database.apply(&[], &script);
        assert_eq!(output.status.code(), Some(3), "{index}: {output:?}");
        says(&output.stderr, &["limbeck: refused: ", word]);
        assert_eq!(rows(&database), "a");
        // The first part was done; once the cause is mended the same file goes on.
        let kind = if index.starts_with("create table ix") {
            "table"
        } else {
            "index"
        };
        database.run(&format!("drop {kind} ix_name"));
        applied(&database, &[], &script);
        assert_eq!(rows(&database), "d");
    }
    let database = at_first();
    database.run("create index ix_name on t (name) where name <> E'a\\nb'");
    applied(&database, &[], &script);
    assert_eq!(rows(&database), "d");
}

fn unique_index() -> Project {
    Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (id integer); }",
        "revision 'b'; down_revision 'a'; upgrade { create unique index concurrently ix on t (id); }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "b")
}

#[test]
fn an_index_that_failed_is_built_anew() {
    let project = unique_index();
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    database.run("insert into t values (1), (1)");
    let script = upgrade(&project.pack("1.1.0"));
    for _ in 0..2 {
        let output = database.apply(&[], &script);
        assert_eq!(output.status.code(), Some(3));
        says(
            &output.stderr,
            &[
                "could not create unique index \"ix\"",
                "Key (id)=(1) is duplicated",
            ],
        );
        assert_eq!(
            database.query("select indisvalid from pg_index where indexrelid = 'ix'::regclass"),
            "f"
        );
    }
    database.run("delete from t where ctid = (select min(ctid) from t)");
    applied(&database, &[], &script);
    assert_eq!(
        database.query("select indisvalid from pg_index where indexrelid = 'ix'::regclass"),
        "t"
    );
    assert_eq!(rows(&database), "b");
}

#[test]
fn an_index_that_somebody_builds_is_left_to_them() {
    let project = unique_index();
    let script = upgrade(&project.pack("1.1.0"));
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    let output = thread::scope(|scope| {
        // The build waits for this transaction.
        let old = scope
            .spawn(|| database.run("begin; insert into t values (8); select pg_sleep(2); commit;"));
        thread::sleep(Duration::from_millis(400));
        let builder = scope.spawn(|| database.run("create unique index concurrently ix on t (id)"));
        thread::sleep(Duration::from_millis(400));
        let output = database.apply(&[], &script);
        old.join().unwrap();
        builder.join().unwrap();
        output
    });
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    says(
        &output.stderr,
        &[
            "limbeck: refused: an index of public.t is being built by process ",
            "run the same file again",
        ],
    );
    applied(&database, &[], &script);
    assert_eq!(rows(&database), "b");
}
