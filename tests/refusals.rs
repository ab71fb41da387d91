//! What `upgrade.sql` and `rollback.sql` refuse, and what cannot lead them astray.

use std::thread;
use std::time::Duration;

use limbeck::script::psql::{preflight, rollback, upgrade};

use crate::pack::Project;
use crate::server::{Database, Server, outcome};
use crate::upgrade_sql::{applied, project, refused, rows};

/// A database at the first release of [`project`].
pub(crate) fn at_first() -> Database {
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project().pack("1.0.0")));
    database
}

#[track_caller]
pub(crate) fn says(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
}

/// What somebody did to the version table or the note of progress, and what is said of it.
const WRONG_STARTS: &[(&str, &[&str])] = &[
    (
        "update alembic_version set version_num = 'foreign'",
        &[
            "the database is at foreign, which is not part of this script",
            "starts at 1.0.0 (a)",
        ],
    ),
    (
        "insert into alembic_version values ('b')",
        &[
            "contains a, b, of which a is an ancestor of another",
            "delete the row of the ancestor",
        ],
    ),
    (
        "insert into alembic_version values ('other')",
        &[
            "the database is at a, other, which is not part of this script",
            "starts at 1.0.0 (a)",
        ],
    ),
    (
        "delete from alembic_version",
        &[
            "the database is at base, which is before the start",
            "starts at 1.0.0 (a)",
        ],
    ),
    (
        "drop table alembic_version",
        &[
            "there is no version table public.alembic_version",
            "starts at 1.0.0 (a)",
        ],
    ),
    (
        "create schema other; alter table alembic_version set schema other",
        &[
            "but there is one in the schema other",
            "version_table_schema",
        ],
    ),
    (
        "alter table alembic_version drop constraint alembic_version_pkc; insert into alembic_version values ('a')",
        &["contains a duplicate row: a, a", "Delete one of the two"],
    ),
    (
        "alter table alembic_version drop constraint alembic_version_pkc; alter table alembic_version alter column version_num drop not null; insert into alembic_version values (null)",
        &[
            "the database is at a, null, which is not part of this script",
            "starts at 1.0.0 (a)",
        ],
    ),
    (
        "drop table alembic_version; create view alembic_version as select 'a' as version_num",
        &["public.alembic_version is a view", "version_table"],
    ),
    (
        "create table limbeck_progress as select 'zz'::text as revision, 'upgrade'::text as direction, 1 as part",
        &[
            "revision zz is half done",
            "Finish it with the script that started it",
        ],
    ),
    (
        "create table limbeck_progress as select 'zz'::text as revision, 'upgrade'::text as direction, 99999999999 as part",
        &[
            "revision zz is half done",
            "Finish it with the script that started it",
        ],
    ),
    (
        "create table limbeck_progress as select 'c'::text as revision, 'upgrade'::text as direction, 1 as part",
        &[
            "revision c is half done, but it is not the next step of this script",
            "Finish it",
        ],
    ),
    (
        "create table limbeck_progress as select 'b'::text as revision, 'downgrade'::text as direction, 1 as part",
        &[
            "the rollback of revision b is half done",
            "Finish it with rollback.sql",
        ],
    ),
];

#[test]
fn a_wrong_start_is_refused() {
    let project = project();
    let second = project.pack("1.1.0");
    for (change, words) in WRONG_STARTS {
        let database = at_first();
        database.run(change);
        says(&refused(&database, &[], &upgrade(&second)), words);
        let told = database.apply(&[], &preflight::script(&second));
        assert!(told.stdout.contains("STOP"), "{change}: {told:?}");
    }
    // Ahead of one script, and before the start of another.
    let database = at_first();
    applied(&database, &[], &upgrade(&second));
    says(
        &refused(&database, &[], &upgrade(&project.pack("1.0.0"))),
        &[
            "the database is at d, which is not part of this script",
            "starts at base and at every step up to a",
        ],
    );
    says(
        &refused(&database, &[], &rollback(&project.pack("1.0.0"))),
        &["the database is at d, which is not part of this script"],
    );
}

#[test]
fn a_transaction_of_the_caller_is_refused() {
    let database = at_first();
    let script = upgrade(&project().pack("1.1.0"));
    let words = ["this session is already in a transaction", "without -1"];
    says(&refused(&database, &["-1"], &script), &words);
    says(
        &refused(&database, &["--single-transaction"], &script),
        &words,
    );
    says(
        &refused(
            &database,
            &["-c", "begin", "-f", "-"],
            &format!("begin;\n{script}"),
        ),
        &words,
    );
    says(
        &refused(
            &database,
            &[],
            &format!("\\set AUTOCOMMIT off\nselect 1;\n{script}"),
        ),
        &words,
    );
}

#[test]
fn a_server_that_cannot_be_written_to_is_refused() {
    let database = at_first();
    let script = upgrade(&project().pack("1.1.0"));
    let mut psql = database.program("psql");
    psql.env("PGOPTIONS", "-c default_transaction_read_only=on");
    let output = outcome(psql.args(["-X", "-f", "-"]), &script);
    assert_eq!(output.status.code(), Some(3));
    says(
        &output.stderr,
        &["limbeck: refused: this session is read-only"],
    );
    assert_eq!(rows(&database), "a");
}

#[test]
fn old_programs_are_refused() {
    let mut project = project();
    let database = at_first();
    says(
        &refused(
            &database,
            &["-v", "VERSION_NUM=110003"],
            &upgrade(&project.pack("1.1.0")),
        ),
        &["requires psql 12 or newer, but this is 11"],
    );
    project.config.minimum_server = 99;
    says(
        &refused(&database, &[], &upgrade(&project.pack("1.1.0"))),
        &[
            "requires PostgreSQL 99 or newer, but this server is ",
            "minimum_server",
        ],
    );
    let atomic = Project::new([
        "revision 'a'; down_revision none; upgrade { sql declares (function f(integer)) { create function f(n integer) returns integer begin atomic select n + 1; select n; end; } reverse { drop function f; } }",
    ])
    .release("1.0.0", "base", "a");
    let database = Server::shared().database();
    let script = upgrade(&atomic.pack("1.0.0"));
    says(
        &refused(&database, &["-v", "VERSION_NUM=130009"], &script),
        &["requires psql 14 or newer, but this is 13"],
    );
    applied(&database, &[], &script);
}

#[test]
fn another_database_than_expected_is_refused() {
    let database = at_first();
    let script = upgrade(&project().pack("1.1.0"));
    says(
        &refused(&database, &["-v", "expect_db=production"], &script),
        &["but production was expected"],
    );
    let looked = preflight::script(&project().pack("1.1.0"));
    let told = database.apply(&["-v", "expect_db=production"], &looked);
    assert_eq!(told.status.code(), Some(3), "{told:?}");
    assert!(
        told.stdout.contains("but production was expected"),
        "{told:?}"
    );
    for (option, word) in [
        ("dry_run=perhaps", "dry_run is perhaps, but must be 0 or 1"),
        (
            "DRY_RUN=1",
            "dry_run is written DRY_RUN, but must be 0 or 1",
        ),
        ("dryrun=1", "dry_run is written dryrun, but must be 0 or 1"),
        ("wait=long", "wait is long, but must be a number of seconds"),
        ("to=x'y", "x'y is not part of this script"),
    ] {
        says(&refused(&database, &["-v", option], &script), &[word]);
    }
    applied(
        &database,
        &["-v", &format!("expect_db={}", database.name)],
        &script,
    );
}

#[test]
fn a_role_that_may_not_do_the_work_is_refused() {
    let mut project = project();
    let database = at_first();
    let role = format!("r_{}", database.name);
    database.run(&format!(
        "create role {role} login; grant all on alembic_version to {role}; grant create on schema public to {role};
create role {role}_owner; alter table t owner to {role}_owner; alter table alembic_version owner to {role}_owner;
grant create on schema public to {role}_owner;"
    ));
    let script = upgrade(&project.pack("1.1.0"));
    let as_role = ["-U", role.as_str()];
    says(
        &refused(&database, &as_role, &script),
        &[
            "does not own every table that this release changes: public.t (",
            "as a member of that role",
        ],
    );
    database.run(&format!("grant {role}_owner to {role}; revoke create on schema public from {role}; alter role {role} noinherit;"));
    says(
        &refused(&database, &as_role, &script),
        &["does not own every table"],
    );
    database.run(&format!(
        "alter role {role} inherit; revoke create on schema public from {role}_owner;"
    ));
    says(
        &refused(&database, &as_role, &script),
        &[
            "may not create anything in schema public",
            "grant create on schema public to",
        ],
    );
    database.run(&format!(
        "grant create on schema public to {role}_owner; alter role {role} noinherit;"
    ));
    project.config.role = Some(format!("{role}_owner"));
    applied(&database, &as_role, &upgrade(&project.pack("1.1.0")));
    assert_eq!(
        database.query("select pg_get_userbyid(typowner) from pg_type where typname = 'mood'"),
        format!("{role}_owner")
    );
    database.run(&format!("drop owned by {role}; reassign owned by {role}_owner to postgres; drop owned by {role}_owner; drop role {role}; drop role {role}_owner;"));
}

#[test]
fn of_several_runs_at_once_each_step_runs_once() {
    let script = upgrade(&project().pack("1.1.0"));
    for wait in ["wait=60", "wait=0"] {
        let database = at_first();
        // All meet at the lock of the version table.
        let gate = "begin; lock table alembic_version; select pg_sleep(1); commit;";
        let outputs: Vec<_> = thread::scope(|scope| {
            let gate = scope.spawn(|| database.run(gate));
            thread::sleep(Duration::from_millis(300));
            let runs: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| database.apply(&["-v", wait], &script)))
                .collect();
            gate.join().unwrap();
            runs.into_iter().map(|it| it.join().unwrap()).collect()
        });
        let complete = outputs
            .iter()
            .filter(|it| it.stdout.contains("limbeck: complete"));
        assert_eq!(complete.count(), 1, "{outputs:#?}");
        for it in outputs
            .iter()
            .filter(|it| !it.stdout.contains("limbeck: complete"))
        {
            if wait == "wait=0" {
                assert_eq!(it.status.code(), Some(3));
                says(
                    &it.stderr,
                    &[
                        "limbeck: refused: another run is in progress on this database: process ",
                        " of postgres (limbeck 1.1.0 upgrade, ",
                    ],
                );
            } else {
                assert!(it.status.success(), "{it:?}");
                says(
                    &it.stdout,
                    &["limbeck: nothing to do: the database is at d"],
                );
            }
        }
        assert_eq!(rows(&database), "d");
        assert_eq!(database.query("select count(*) from t"), "2");
    }
}

#[test]
fn a_row_that_moves_meanwhile_stops_the_run() {
    let script = upgrade(&project().pack("1.1.0"));
    let database = at_first();
    let before = database.dump();
    // As Alembic does it, in a transaction that is open while the script finds its place.
    let other = "begin; update alembic_version set version_num = 'z' where version_num = 'a'; select pg_sleep(1.5); commit;";
    let output = thread::scope(|scope| {
        let other = scope.spawn(|| database.run(other));
        thread::sleep(Duration::from_millis(500));
        let output = database.apply(&[], &script);
        other.join().unwrap();
        output
    });
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    says(
        &output.stderr,
        &[
            "limbeck: refused: this step needs the database at a, but it is at z",
            "Another session moved it",
        ],
    );
    assert_eq!(rows(&database), "z");
    assert_eq!(database.dump(), before);
}

#[test]
fn a_blocked_table_ends_the_run_after_the_lock_timeout() {
    let database = at_first();
    let script = upgrade(&project().pack("1.1.0"));
    let before = database.dump();
    let output = thread::scope(|scope| {
        let other =
            scope.spawn(|| database.run("begin; lock table t; select pg_sleep(2); commit;"));
        thread::sleep(Duration::from_millis(500));
        let output = database.apply(&["-v", "lock_timeout=200ms"], &script);
        other.join().unwrap();
        output
    });
    assert_eq!(output.status.code(), Some(3));
    says(
        &output.stderr,
        &["limbeck: failed: public.t was locked by other sessions for longer than 200ms: process "],
    );
    assert_eq!((rows(&database), database.dump()), ("a".to_owned(), before));
    applied(&database, &["-v", "lock_timeout=200ms"], &script);
    assert_eq!(rows(&database), "d");
}

#[test]
fn what_cannot_be_taken_back_stops_before_anything_is_done() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (id integer); }",
        "revision 'b'; down_revision 'a'; upgrade { alter table t add column b integer; } downgrade irreversible 'the keys are gone, it''s 100% so';",
        "revision 'c'; down_revision 'b'; upgrade { alter table t add column c integer; }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "c");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    applied(&database, &[], &upgrade(&project.pack("1.1.0")));
    let script = rollback(&project.pack("1.1.0"));
    says(
        &refused(&database, &[], &script),
        &[
            "revision b cannot be rolled back: the keys are gone, it's 100% so",
            "You can go back as far as b: -v to=b",
        ],
    );
    applied(&database, &["-v", "to=b"], &script);
    assert_eq!(rows(&database), "b");
}
