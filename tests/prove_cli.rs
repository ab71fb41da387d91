//! `limbeck prove` and `limbeck drift` as users run them.
#![expect(clippy::disallowed_methods, reason = "the tests play the user's part")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::bundle::{A, released};
use crate::cli::{Answer, command, contains, project, read, run, write};
use crate::documents::fits;
use crate::server::{Database, Server};

fn drift(folder: &TempDir, database: &str, more: &[&str]) -> Answer {
    let url = Server::shared().url(database);
    let mut arguments = vec!["drift", "--database-url", &url];
    arguments.extend(more);
    run(folder.path(), &arguments)
}

/// Where a database is for a role that may make databases, and nothing else.
pub(crate) fn prover(database: &Database) -> String {
    database.run(
        "do $$ begin create role prover login createdb; exception when duplicate_object or unique_violation then null; end $$",
    );
    let url = database.server.url(&database.name);
    url.replace("user=postgres", "user=prover")
}

/// Proofs of 1.1.0 that leave something out, and what is told of each.
fn incomplete(json: &Value) -> Vec<(String, &'static str)> {
    let edited = |edit: fn(&mut Value)| {
        let mut json = json.clone();
        edit(&mut json);
        json.to_string()
    };
    let none_about = |about: &str| {
        let mut json = json.clone();
        let claims = json["servers"][0]["claims"].as_array_mut().unwrap();
        claims.retain(|it| it["about"] != about);
        json.to_string()
    };
    vec![
        (
            edited(|it| it["servers"] = Value::Array(Vec::new())),
            "lists no server",
        ),
        (
            edited(|it| it["servers"][0]["claims"] = Value::Array(Vec::new())),
            "has no claim about revision b on PostgreSQL ",
        ),
        (
            edited(|it| it["servers"][0]["version"] = "one".into()),
            "lists a server of version \"one\", which is not a PostgreSQL version",
        ),
        (
            edited(|it| it["servers"][0]["version"] = "9.6".into()),
            "lists a server of version \"9.6\", which is not a PostgreSQL version",
        ),
        (
            edited(|it| {
                let claims = it["servers"][0]["claims"].as_array_mut().unwrap();
                claims.push(claims[0].clone());
            }),
            "repeats a claim about revision b on PostgreSQL ",
        ),
        (none_about("revision b"), "has no claim about revision b on"),
        (
            none_about("1.1.0 preflight.sql"),
            "has no claim about 1.1.0 preflight.sql on",
        ),
        (
            none_about("1.1.0 upgrade.sql"),
            "has no claim about 1.1.0 upgrade.sql on",
        ),
        (
            none_about("1.1.0 verify.sql"),
            "has no claim about 1.1.0 verify.sql on",
        ),
        (
            none_about("1.1.0 rollback.sql"),
            "has no claim about 1.1.0 rollback.sql on",
        ),
    ]
}

#[test]
fn a_quick_proof_belongs_to_its_bundle() {
    proof_belongs(&["--quick"]);
}

#[test]
#[ignore = "deep: a release interrupted everywhere, twice; fast: a_quick_proof_belongs_to_its_bundle"]
fn a_proof_belongs_to_its_bundle() {
    proof_belongs(&[]);
}

fn proof_belongs(quick: &[&str]) {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let answer = run(folder.path(), &[&["prove", "1.1.0"], quick].concat());
    contains(&answer.stderr, "wrote out/1.1.0/proof.json");
    let told = answer.ok();
    contains(&told, "PostgreSQL ");
    contains(&told, "  proved      revision b: ");
    contains(&told, "1.1.0 rollback.sql: ");
    assert!(!told.contains("revision c"), "{told}");
    for left_out in ["stops", "interruptions"] {
        let words = format!("{left_out} were not tried (--quick)");
        assert_eq!(told.contains(&words), !quick.is_empty(), "{told}");
    }
    let proof = read(&folder, "out/1.1.0/proof.json");
    let json: Value = serde_json::from_str(&proof).unwrap();
    assert_eq!(
        (json["format"].as_u64(), json["release"].as_str()),
        (Some(1), Some("1.1.0"))
    );
    let claims = json["servers"][0]["claims"].as_array().unwrap();
    assert!(claims.len() > 8, "{proof}");
    assert!(claims.iter().all(|it| it["outcome"] != "failed"), "{proof}");
    fits("proof", &json);
    for sums in ["B3SUMS", "SHA256SUMS", "manifest.json"] {
        assert!(!read(&folder, &format!("out/1.1.0/{sums}")).contains("proof.json"));
    }
    let told = run(folder.path(), &["verify", "1.1.0"]).ok();
    let proved = claims.iter().filter(|it| it["outcome"] == "proved").count();
    contains(&told, " not proved according to proof.json\n");
    contains(&told, &format!(": {proved} proved, "));
    contains(
        &run(folder.path(), &["verify", "1.1.0"]).stderr,
        "the claims in proof.json were not tried again",
    );
    assert_eq!(run(folder.path(), &["verify", "-q", "1.1.0"]).stderr, "");
    contains(
        &run(folder.path(), &["bundle", "1.1.0"]).stderr,
        "out/1.1.0 is up to date",
    );
    run(folder.path(), &[&["prove", "1.1.0", "-q"], quick].concat()).ok();
    assert_eq!(
        read(&folder, "out/1.1.0/proof.json"),
        proof,
        "it is the same every time"
    );

    for (edited, told) in [
        (
            "{}".to_owned(),
            "is not a proof that this limbeck can read: the file has no field `format`",
        ),
        (
            proof.replacen("\"about\"", "\"more\": 1, \"about\"", 1),
            "is not a proof that this limbeck can read: a claim has an unknown field `more`",
        ),
        (
            proof.replace("blake3:", "blake3:0"),
            "is about another bundle",
        ),
        (
            proof.replace("\"format\": 1", "\"format\": 2"),
            "has format 2, but this limbeck reads format 1",
        ),
        (
            proof.replacen(
                "\"outcome\": \"proved\"",
                "\"outcome\": \"failed\", \"why\": \"x\"",
                1,
            ),
            "contains failed claims: 1",
        ),
    ] {
        write(&folder, "out/1.1.0/proof.json", edited);
        let answer = run(folder.path(), &["verify", "1.1.0"]).fails(3);
        contains(&answer, &format!("out/1.1.0/proof.json {told}"));
    }
    for (edited, told) in incomplete(&json) {
        write(&folder, "out/1.1.0/proof.json", edited);
        let answer = run(folder.path(), &["verify", "1.1.0"]).fails(3);
        contains(&answer, &format!("out/1.1.0/proof.json {told}"));
        contains(&answer, ": run `limbeck prove 1.1.0`");
    }
    // Of another bundle there is no proof.
    write(
        &folder,
        "revisions/a.rev",
        A.replace("email text", "email varchar(99)"),
    );
    let answer = run(folder.path(), &[&["prove", "1.1.0"], quick].concat());
    contains(
        &answer.stderr,
        "out/1.1.0 differs from what was proved, so no proof.json was written",
    );
    answer.ok();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    assert!(!folder.path().join("out/1.1.0/proof.json").exists());
}

#[test]
fn what_is_not_so_is_told_with_status_3() {
    let folder = project();
    write(
        &folder,
        "revisions/a.rev",
        "revision 'a'; down_revision none; upgrade { create table t (a integer); sql { create view v as select 1 as one; } reverse { do $$ begin end $$; } }",
    );
    let told = run(folder.path(), &["prove"]).fails(3);
    contains(&told, "error[proof]: revision a on PostgreSQL ");
    contains(
        &told,
        "after the downgrade, view public.v: it exists, but should not",
    );
    let answer = run(folder.path(), &["prove", "--format", "json"]);
    assert_eq!(answer.status, 3);
    let json: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["servers"][0]["claims"][0]["outcome"], "failed");
    fits("prove", &json);
}

#[test]
fn wrong_questions_are_answered() {
    let folder = released();
    for (arguments, status, told) in [
        (
            ["prove", "9.9.9"].as_slice(),
            1,
            "there is no release 9.9.9",
        ),
        (&["prove", "nowhere"], 1, "nowhere"),
        (
            &["prove", "--server-version", "9"],
            2,
            "PostgreSQL 9 is not installed",
        ),
        (
            &["prove", "--bindir", "nothing"],
            2,
            "there is no initdb in nothing",
        ),
        (
            &["prove", "--database-url", "postgresql:///x?host=/nowhere"],
            2,
            "/nowhere",
        ),
        (
            &["drift", "--database-url", "postgresql:///x?host=/nowhere"],
            2,
            "cannot connect",
        ),
        (&["drift"], 2, "--database-url"),
        (
            &[
                "prove",
                "--database-url",
                "service=x",
                "--bindir",
                "a",
                "--bindir",
                "b",
            ],
            2,
            "--database-url allows only one --bindir",
        ),
        (
            &[
                "prove",
                "--database-url",
                "service=x",
                "--server-version",
                "15",
            ],
            2,
            "cannot be used with",
        ),
        (
            &["prove", "--bindir", "a", "--server-version", "15"],
            2,
            "cannot be used with",
        ),
        (
            &["drift", "--database-url", "dbname=x", "--at", "zz"],
            1,
            "zz",
        ),
    ] {
        contains(&run(folder.path(), arguments).fails(status), told);
    }
    for (range, status, told) in [
        (
            "head:base",
            1,
            "error[disconnected-range]: the range c:base runs backwards",
        ),
        ("c:a", 1, "the range c:a runs backwards"),
        (
            "",
            2,
            "nothing to prove: there is no revision in the range \"\"",
        ),
        (":", 2, "nothing to prove"),
        ("head:head", 2, "nothing to prove"),
    ] {
        contains(&run(folder.path(), &["prove", range]).fails(status), told);
    }
    contains(
        &run(project().path(), &["prove"]).fails(2),
        "there is no revision and no release",
    );
    for url in ["", "foo bar", "mysql://me@host/app", "precious"] {
        for command in ["prove", "drift"] {
            let told = run(folder.path(), &[command, "--database-url", url]).fails(2);
            contains(&told, "--database-url does not name a server");
            contains(&told, "postgres://me@host/app");
        }
    }
    let told = run(folder.path(), &["prove", "b:c"]).ok();
    contains(&told, "revision c: ");
    assert!(!told.contains("revision b: "), "{told}");
}

#[test]
fn other_databases_of_a_server_are_not_touched() {
    let folder = released();
    // No other test makes databases there meanwhile.
    let server = Server::own();
    let database = server.database();
    database.run("create table mine (a integer); insert into mine values (1)");
    let before = database.dump();
    let url = prover(&database);
    let told = run(folder.path(), &["prove", "1.0.0", "--database-url", &url]).ok();
    contains(&told, "1.0.0 upgrade.sql");
    assert_eq!(database.dump(), before);
    assert_eq!(database.query("select count(*) from mine"), "1");
    let left = "select count(*) from pg_database where datname like 'limbeck_prove%'";
    assert_eq!(database.query(left), "0");
}

/// A role with which the shared server asks for a password.
fn guarded() -> &'static str {
    static ROLE: OnceLock<&str> = OnceLock::new();
    ROLE.get_or_init(|| {
        let database = Server::shared().database();
        database.run(
            "create role guarded login password 'secret';
            copy (select 'local all guarded password') to program 'cat - pg_hba.conf >hba && mv hba pg_hba.conf';
            select pg_reload_conf(), pg_sleep(0.3);",
        );
        "guarded"
    })
}

#[test]
fn nobody_is_asked_for_a_password() {
    let folder = released();
    let url = Server::shared()
        .url("postgres")
        .replace("user=postgres", "user=")
        + guarded();
    for verb in ["prove", "drift"] {
        let limbeck = format!(
            "{} {verb} --database-url '{url}'",
            env!("CARGO_BIN_EXE_limbeck")
        );
        // It gives it a terminal, on which nobody ever types.
        let mut terminal = Command::new("script")
            .args(["-qec", &limbeck, "/dev/null"])
            .current_dir(folder.path())
            .env_remove("PGPASSWORD")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let typist = terminal.stdin.take();
        let start = Instant::now();
        while terminal.try_wait().unwrap().is_none() {
            if start.elapsed() > Duration::from_mins(1) {
                terminal.kill().unwrap();
                panic!("{verb} waits for a password");
            }
            sleep(Duration::from_millis(50));
        }
        drop(typist);
        let output = terminal.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(2), "{told}");
        contains(&told, "no password supplied");
    }
}

#[test]
fn drift_is_told() {
    let folder = released();
    let database = Server::shared().database();
    let sql = run(folder.path(), &["upgrade", "b", "--sql"]).ok();
    database.run(&sql);
    let clean = drift(&folder, &database.name, &[]).ok();
    assert_eq!(clean, "the database matches the history at b\n");
    let answer = drift(&folder, &database.name, &["--at", "c"]).fails(3);
    contains(
        &answer,
        "table public.users, column note: it exists, but should not",
    );
    contains(
        &answer,
        "version table public.alembic_version: the revision is b, but should be c",
    );

    database.run("alter table users alter email type varchar(9), add check (id > 0); create schema other; create table other.t (a integer)");
    let answer = drift(&folder, &database.name, &[]).fails(3);
    contains(
        &answer,
        "error[drift]: the database differs from the history at b, in 2 places",
    );
    contains(
        &answer,
        "table public.users, column email: the type is character varying(9), but should be text",
    );
    contains(
        &answer,
        "table public.users, constraint users_id_check: it exists, but should not",
    );
    contains(
        &answer,
        "schemas that are not part of the history were not compared: other",
    );
    let answer = drift(&folder, &database.name, &["--format", "json"]);
    assert_eq!(answer.status, 3);
    let json: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["rows"], serde_json::json!(["b"]));
    assert_eq!(json["differences"][0]["part"], "column email");
    fits("drift", &json);

    database.run("create table limbeck_progress (a integer)");
    contains(
        &drift(&folder, &database.name, &[]).fails(3),
        "table public.limbeck_progress exists: a script is half done: run it again\n",
    );
    database.run("drop table limbeck_progress; insert into alembic_version values ('a')");
    contains(
        &drift(&folder, &database.name, &[]).fails(2),
        "the rows of the version table public.alembic_version conflict: a is an ancestor of b",
    );
    for odd in ["", " ", "a b", "b\n", "\u{1b}"] {
        database.run(&format!(
            "delete from alembic_version; insert into alembic_version values ('{odd}')"
        ));
        let told = drift(&folder, &database.name, &[]).fails(2);
        contains(
            &told,
            "a row of the version table public.alembic_version is not the id of a revision: \"",
        );
        assert!(!told.contains('\u{1b}'), "{told}");
    }
    database.run("delete from alembic_version");
    let told = drift(&folder, &database.name, &[]).fails(3);
    let empty = "the version table public.alembic_version is empty: the database is at the base";
    contains(&told, &format!("\n\n{empty}\n"));
    let answer = drift(&folder, &database.name, &["--format", "json"]);
    let json: Value = serde_json::from_str(&answer.stdout).unwrap();
    assert_eq!(json["remarks"], serde_json::json!([empty]));
    fits("drift", &json);
    database.run("insert into alembic_version values ('zz')");
    contains(
        &drift(&folder, &database.name, &[]).fails(1),
        "revision zz, which is not in the history",
    );
    database.run("drop table alembic_version");
    contains(
        &drift(&folder, &database.name, &[]).fails(2),
        "no version table alembic_version",
    );
}

#[test]
fn a_url_of_sqlalchemy_is_known() {
    let folder = released();
    let url = "postgresql+asyncpg://me:secret@host/app";
    let told = run(folder.path(), &["drift", "--database-url", url]).fails(2);
    contains(
        &told,
        "with the driver asyncpg, which psql does not support",
    );
    contains(&told, "remove the driver: postgresql://host/app");
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn a_type_that_has_gone_floods_nothing() {
    let folder = project();
    let text = "revision 'a'; down_revision none; upgrade {
  create type status as enum ('new', 'old');
  create table t (id integer check (id > 0 and id < 9), s status, note text default lower('X'), check (id is null or note is not null));
  create index i on t ((id + 1)) where note <> '';
}";
    write(&folder, "revisions/a.rev", text);
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "head", "--sql"]).ok());
    assert!(
        drift(&folder, &database.name, &[])
            .ok()
            .contains("matches the history")
    );
    database.run("alter type status rename to was");
    let told = drift(&folder, &database.name, &[]).fails(3);
    contains(&told, "in 3 places");
    contains(
        &told,
        "table public.t, column s: the type is public.was, but should be public.status",
    );
}

#[test]
fn a_database_forges_no_line_and_no_colour() {
    let folder = released();
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "b", "--sql"]).ok());
    let long = "x".repeat(300);
    database.run(&format!(
        "comment on table users is e'\\x1b[31mred\\nerror: forged {long} end';
        alter table users alter email set default e'\\r\\x1b[2J';
        create table \"a\u{1b}[1m\nb\" (); create schema \"s\u{1b}\nerror: forged\""
    ));
    let told = drift(&folder, &database.name, &[]).fails(3);
    assert!(!told.contains(['\u{1b}', '\r']), "{told:?}");
    assert!(
        !told.lines().any(|it| it.starts_with("error: forged")),
        "{told}"
    );
    contains(&told, "[31mred\\nerror: forged xxx");
    contains(&told, "x… end");
    contains(&told, "a\\u{1b}[1m\\nb");
    contains(&told, "were not compared: s\\u{1b}\\nerror: forged");
    let answer = drift(&folder, &database.name, &["--format", "json"]);
    let json: Value = serde_json::from_str(&answer.stdout).unwrap();
    contains(&json.to_string(), &long);
}

#[test]
fn drift_only_reads() {
    let folder = released();
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "head", "--sql"]).ok());
    database.run(&format!(
        "alter database {} set default_transaction_read_only = on",
        database.name
    ));
    drift(&folder, &database.name, &[]).ok();
}

/// The arguments of `drift` in another role.
fn drift_as(folder: &TempDir, database: &str, role: &str) -> Answer {
    let url = Server::shared().url(database);
    let url = url.replace("user=postgres", &format!("user={role}"));
    run(folder.path(), &["drift", "--database-url", &url])
}

#[test]
fn rights_that_a_role_lacks_are_named() {
    let folder = released();
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "b", "--sql"]).ok());
    database.run("create role poor login");
    let told = drift_as(&folder, &database.name, "poor").fails(2);
    contains(
        &told,
        "the version table cannot be read: permission denied for table alembic_version",
    );
    contains(&told, "grant select on public.alembic_version to");
    database.run("grant select on alembic_version to poor");
    drift_as(&folder, &database.name, "poor").ok();
    let url = Server::shared().url(&database.name);
    let url = url.replace("user=postgres", "user=poor");
    let told = run(folder.path(), &["prove", "--database-url", &url]).fails(2);
    contains(
        &told,
        "the role may not create databases: permission denied to create database",
    );
    contains(&told, "alter role … createdb");
    let url = url.replace("user=poor", "user=nobody_of_this_name");
    for verb in ["prove", "drift"] {
        let told = run(folder.path(), &[verb, "--database-url", &url]).fails(2);
        contains(&told, "cannot connect: ");
        contains(&told, "a password belongs in PGPASSWORD or ~/.pgpass");
    }
    database.run("alter table alembic_version rename version_num to version");
    let told = drift(&folder, &database.name, &[]).fails(2);
    contains(&told, "public.alembic_version is not a version table: ");
    contains(&told, "it must be a table with the column version_num");
}

#[test]
fn drift_waits_for_no_lock_for_long() {
    let folder = released();
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "b", "--sql"]).ok());
    let mut holder = database
        .program("psql")
        .args([
            "-X",
            "-c",
            "begin; lock alembic_version; select pg_sleep(60)",
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let held = "select count(*) from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'alembic_version'::regclass";
    while database.query(held) != "1" {
        sleep(Duration::from_millis(20));
    }
    let start = Instant::now();
    let told = drift(&folder, &database.name, &[]).fails(2);
    assert!(start.elapsed() < Duration::from_secs(30));
    contains(
        &told,
        "the database is locked: no lock was granted within five seconds; process ",
    );
    contains(&told, " holds public.alembic_version");
    contains(&told, "try again later, or find out in pg_locks");
    let name = &database.name;
    database.run(&format!(
        "alter database {name} set statement_timeout = '200ms'"
    ));
    let told = drift(&folder, name, &[]).fails(2);
    contains(&told, "the server stopped a statement: ");
    contains(&told, "PGOPTIONS='-c statement_timeout=0'");
    holder.kill().unwrap();
    holder.wait().unwrap();
}

#[test]
fn the_environment_of_psql_does_not_change_what_is_read() {
    let folder = project();
    write(
        &folder,
        "revisions/a.rev",
        "revision 'a'; down_revision none; upgrade { create table t (a text default 'größe €'); comment on table t is 'größe €'; sql { select 'limbeck has come to the end'; } reverse { select 'limbeck has come to the end'; } }",
    );
    let database = Server::shared().database();
    database.run(&run(folder.path(), &["upgrade", "a", "--sql"]).ok());
    let url = Server::shared().url(&database.name);
    for (verb, url) in [("prove", prover(&database)), ("drift", url)] {
        let output = command(folder.path(), &[verb, "--database-url", &url])
            .env("PGCLIENTENCODING", "LATIN1")
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{verb}: {told}");
    }
    contains(
        &run(folder.path(), &["prove"]).ok(),
        ", 0 failed, 0 not proved",
    );
}

/// What is in a folder where anybody may write.
fn left(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .map(|it| it.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn nothing_is_left_behind_by_a_killed_run() {
    let folder = released();
    for signal in ["-INT", "-KILL"] {
        let place = tempfile::tempdir().unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let mut limbeck = command(folder.path(), &["prove"])
            .env("TMPDIR", place.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while left(place.path()).is_empty() {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "no server is started"
            );
            sleep(Duration::from_millis(20));
        }
        sleep(Duration::from_millis(2500));
        let id = limbeck.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
        limbeck.wait().unwrap();
        let start = Instant::now();
        while !left(place.path()).is_empty() {
            let left = left(place.path());
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "{signal}: {left:?} stays"
            );
            sleep(Duration::from_millis(50));
        }
    }
}

#[test]
fn a_server_older_than_the_project_allows_is_refused() {
    let folder = released();
    write(&folder, "limbeck.yaml", "minimum_server: 18\n");
    let server = Server::shared();
    if server.version >= 180_000 {
        return;
    }
    let told = run(folder.path(), &["prove", "b:c"]).fails(2);
    contains(&told, "minimum_server is 18");
    let database = server.database();
    let url = prover(&database);
    let told = run(folder.path(), &["prove", "b:c", "--database-url", &url]).fails(2);
    contains(&told, "is too old for this project");
    contains(&told, "help: name a newer server");
}

#[cfg(target_os = "linux")]
#[test]
fn a_proof_that_could_not_be_written_is_told_before() {
    let folder = released();
    run(folder.path(), &["bundle", "1.1.0"]).ok();
    let bundle = folder.path().join("out/1.1.0");
    fs::set_permissions(&bundle, fs::Permissions::from_mode(0o555)).unwrap();
    let told = |more: &[&str]| {
        let output = Command::new("setpriv")
            .arg("--bounding-set=-dac_override,-dac_read_search")
            .arg(env!("CARGO_BIN_EXE_limbeck"))
            .args(["prove", "1.1.0", "--database-url"])
            .arg("postgres://nobody@127.0.0.1:1/none")
            .args(more)
            .current_dir(folder.path())
            .output()
            .expect("setpriv is missing: install util-linux");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        told
    };
    let refused = "cannot write proof.json into out/1.1.0: permission denied";
    contains(&told(&[]), refused);
    // Whoever wants none goes on, to the server that is not there.
    let wanted_none = told(&["--no-proof"]);
    assert!(!wanted_none.contains("proof.json"), "{wanted_none}");
    fs::set_permissions(&bundle, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "deep: many runs that are killed; fast: nothing_is_left_behind_by_a_killed_run"]
fn a_killed_run_leaves_no_database_with_others() {
    let folder = released();
    let server = Server::own();
    let database = server.database();
    let url = prover(&database);
    let count = || {
        let found = database
            .query("select count(*) from pg_database where starts_with(datname, 'limbeck_prove_')");
        found.parse::<usize>().unwrap()
    };
    for (signal, wait) in [
        ("-KILL", 300),
        ("-KILL", 1500),
        ("-TERM", 700),
        ("-INT", 2200),
    ] {
        let mut limbeck = command(folder.path(), &["prove", "--database-url", &url])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while count() == 0 {
            assert!(start.elapsed() < Duration::from_mins(1), "nothing is made");
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(wait));
        let id = limbeck.id().to_string();
        let killed = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(killed.success());
        limbeck.wait().unwrap();
        // It looks four times for what may still come.
        sleep(Duration::from_secs(4));
        let start = Instant::now();
        while count() > 0 {
            assert!(start.elapsed() < Duration::from_mins(1), "{signal}");
            sleep(Duration::from_millis(50));
        }
        sleep(Duration::from_secs(1));
        assert_eq!(count(), 0, "{signal}");
    }
}

#[test]
fn a_server_runs_in_any_folder_for_temporary_files() {
    let folder = released();
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    open(folder.path(), 0o755);
    let prove = |place: &str| {
        let output = command(folder.path(), &["prove", "b:c"])
            .env("TMPDIR", place)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), told)
    };
    let long = "long/".repeat(30);
    for name in ["relative", "it's \"a\" $b\\, ü", &long] {
        let place = folder.path().join(name);
        fs::create_dir_all(&place).unwrap();
        open(&place, 0o777);
        let place = if name == "relative" {
            name
        } else {
            place.to_str().unwrap()
        };
        assert_eq!(prove(place), (Some(0), String::new()), "{place}");
        assert!(left(&folder.path().join(place)).is_empty(), "{place}");
    }
    let shut = folder.path().join("shut");
    fs::create_dir(&shut).unwrap();
    open(&shut, 0o000);
    for place in ["/nowhere/at all", "limbeck.yaml", shut.to_str().unwrap()] {
        let (status, told) = prove(place);
        assert_eq!(status, Some(2), "{told}");
        let start = "error[cannot-run]: cannot create a folder in TMPDIR: mktemp: ";
        assert!(told.starts_with(start), "{told}");
        contains(&told, "help: set TMPDIR to a folder");
    }
    // What initdb says stands there only where it fails.
    let programs = folder.path().join("programs");
    fs::create_dir(&programs).unwrap();
    let real = Command::new("pg_config").arg("--bindir").output().unwrap();
    let real = String::from_utf8(real.stdout).unwrap();
    for name in ["initdb", "pg_ctl", "postgres", "psql"] {
        let text = match name {
            "initdb" => "#!/bin/sh\necho no room >&2\nexit 1\n".to_owned(),
            name => format!("#!/bin/sh\nexec {}/{name} \"$@\"\n", real.trim()),
        };
        fs::write(programs.join(name), text).unwrap();
        open(&programs.join(name), 0o755);
    }
    let told = run(folder.path(), &["prove", "--bindir", "programs"]).fails(2);
    contains(&told, "PostgreSQL in programs does not start: no room\n");
    let slow = "#!/bin/sh\necho port is taken >&2\nexit 1\n";
    fs::write(programs.join("pg_ctl"), slow).unwrap();
    fs::write(
        programs.join("initdb"),
        format!("#!/bin/sh\nexec {}/initdb \"$@\"\n", real.trim()),
    )
    .unwrap();
    let told = run(folder.path(), &["prove", "--bindir", "programs"]).fails(2);
    contains(
        &told,
        "PostgreSQL in programs does not start: port is taken\n",
    );
}
