//! psql as somebody has set it up: startup files, flags, variables; and a pooler between.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests write the files that psql reads"
)]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use limbeck::script::psql::{rollback, upgrade};

use crate::pack::Project;
use crate::server::{Database, Output, Server, outcome, unprivileged};
use crate::upgrade_sql::{applied, project, rows};

/// Everything that a startup file can turn the wrong way, short of a transaction.
const PSQLRC: &str = r"
\set ON_ERROR_STOP off
\set AUTOCOMMIT off
\set ON_ERROR_ROLLBACK on
\set ECHO all
\set ECHO_HIDDEN on
\set VERBOSITY sqlstate
\set SHOW_CONTEXT always
\set FETCH_COUNT 1
\set HISTFILE /dev/null
\set QUIET off
\set SINGLELINE on
\set PROMPT1 'x'
\set dry_run ''
\set limbeck_run false
\set limbeck_settings 'drop table t;'
\timing on
\x on
\a
\t off
\f ';'
\pset format html
\pset null '(none)'
\pset numericlocale on
\pset pager always
\pset recordsep '|'
\pset border 2
\encoding LATIN1
set client_min_messages = error;
set standard_conforming_strings = off;
set search_path = nowhere;
set timezone = 'Asia/Kathmandu';
set datestyle = 'German, DMY';
set default_transaction_isolation = serializable;
set statement_timeout = 0;
set bytea_output = escape;
set transform_null_equals = on;
commit;
";

/// A home folder with that startup file.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".psqlrc"), PSQLRC).unwrap();
    folder
}

fn run(database: &Database, home: &tempfile::TempDir, arguments: &[&str], input: &str) -> Output {
    let mut psql = database.program("psql");
    psql.env("HOME", home.path())
        .env("PGCLIENTENCODING", "LATIN1");
    outcome(psql.args(arguments), input)
}

/// Texts whose meaning hangs on how psql and the session are set.
fn sensitive() -> Project {
    Project::new([
        "revision 'a'; down_revision none; message 'Größe: :\"x\" `id` \\! id'; upgrade { create table t (id integer primary key, name text); }",
        r#"revision 'b'; down_revision 'a'; upgrade {
  create table texts (host text, "HOST" integer, port integer[] default array[1,2,3], at timestamptz, day date, raw bytea, body text);
  data {
    insert into texts (host, "HOST", at, day, raw, body) values
      (':HOST\\', 2, timestamptz '2025-03-04 05:06:07', date '03/04/2025', '\x00ff', E'\\! id\n:''HOST'' :"HOST" é');
    update texts set port = port[1:"HOST"];
    update texts set port = port[1:"HOST"] || port[:2] || (port)[1:2::integer];
  } reverse { }
  sql declares (function f(text)) { create function f(text) returns text language sql as $$ select ':HOST' || ':''x''' || $1::text $$; } reverse { drop function f(text); }
}"#,
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "b")
}

const ANSWER: &str = "select host, \"HOST\", port, at at time zone 'UTC', day - date '2025-01-01', encode(raw, 'hex'), body from texts";

#[test]
fn neither_startup_files_nor_flags_matter() {
    let project = sensitive();
    let home = home();
    let server = Server::shared();
    let (first, second) = (
        upgrade(&project.pack("1.0.0")),
        upgrade(&project.pack("1.1.0")),
    );
    let back = rollback(&project.pack("1.1.0"));
    let expected = {
        let database = server.database();
        applied(&database, &[], &first);
        applied(&database, &[], &second);
        (database.query(ANSWER), database.dump())
    };
    assert!(
        expected
            .0
            .starts_with(":HOST\\\\|2|{1,2,1,2,1,2}|2025-03-04 05:06:07|62|00ff|"),
        "{expected:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("upgrade.sql");
    fs::write(&file, &second).unwrap();
    let wrong = second.replace("'b'", "'c'");
    let wrong_file = folder.path().join("wrong.sql");
    fs::write(&wrong_file, &wrong).unwrap();
    let (file, wrong_file) = (file.to_str().unwrap(), wrong_file.to_str().unwrap());
    for arguments in [
        &["-f", "-"][..],
        &[],
        &["-f", file],
        &["-X", "-f", file],
        &["-S", "-f", file],
        &["-s", "-f", file],
        &["-S"],
        &["-a", "-e", "-E", "-b", "-f", file],
        &["-q", "-A", "-t", "-x", "-H", "-z", "-f", file],
        &["-L", "/dev/null", "-o", "/dev/null", "-f", file],
        &[
            "-v",
            "ON_ERROR_STOP=0",
            "-v",
            "AUTOCOMMIT=off",
            "-v",
            "SINGLELINE=on",
            "-f",
            file,
        ],
    ] {
        let database = server.database();
        applied(&database, &[], &first);
        let output = run(&database, &home, arguments, &second);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert_eq!(output.stderr, "", "{arguments:?}");
        assert_eq!(
            (database.query(ANSWER), database.dump()),
            expected,
            "{arguments:?}"
        );
        // A failure is one, too.
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|it| if *it == file { wrong_file } else { it })
            .collect();
        let output = run(&database, &home, &arguments, &wrong);
        assert_eq!(output.status.code(), Some(3), "{arguments:?}: {output:?}");
        applied(&database, &["-v", "accept_data_loss=1"], &back);
        assert_eq!(rows(&database), "a");
    }
}

#[test]
fn variables_of_psql_reach_no_text() {
    let project = sensitive();
    let server = Server::shared();
    let (first, second) = (
        upgrade(&project.pack("1.0.0")),
        upgrade(&project.pack("1.1.0")),
    );
    let database = server.database();
    applied(&database, &[], &first);
    // Those that psql sets itself, and names that stand behind colons above.
    let names = database.psql_with(&["-c", "\\set"], "").stdout;
    let mut arguments: Vec<String> = names
        .lines()
        .filter_map(|it| it.split_once(" = ").map(|it| it.0))
        .chain([
            "x",
            "port",
            "n",
            "2",
            "integer",
            "limbeck_run",
            "limbeck_began",
            "name",
            "value",
        ])
        .flat_map(|name| {
            let value = match name {
                "ON_ERROR_STOP"
                | "AUTOCOMMIT"
                | "QUIET"
                | "SINGLELINE"
                | "SINGLESTEP"
                | "ON_ERROR_ROLLBACK"
                | "HIDE_TABLEAM"
                | "HIDE_TOAST_COMPRESSION"
                | "SHOW_ALL_RESULTS" => "off",
                "ECHO" | "ECHO_HIDDEN" | "VERBOSITY" | "SHOW_CONTEXT" | "COMP_KEYWORD_CASE"
                | "HISTCONTROL" => return vec![],
                "FETCH_COUNT" | "HISTSIZE" | "IGNOREEOF" | "VERSION_NUM" | "WATCH_INTERVAL" => {
                    "999999"
                }
                _ => "evil); drop table t; --",
            };
            vec!["-v".to_owned(), format!("{name}={value}")]
        })
        .collect();
    arguments.extend(["-f".to_owned(), "-".to_owned()]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(arguments.len() > 40, "{arguments:?}");
    let said = applied(&database, &arguments, &second);
    assert!(!said.contains("evil"), "{said}");
    let plain = server.database();
    applied(&plain, &[], &first);
    applied(&plain, &[], &second);
    assert_eq!(database.query(ANSWER), plain.query(ANSWER));
    assert_eq!(database.dump(), plain.dump());
}

/// What stood before stands after, for whoever goes on in the same session.
#[test]
fn a_session_gets_its_settings_back() {
    let project = project();
    let database = Server::shared().database();
    let settings = r"\set VERBOSITY terse
\set FETCH_COUNT 7
\set ECHO errors
\set SHOW_CONTEXT always
";
    let ask = "\n\\echo :AUTOCOMMIT :VERBOSITY :FETCH_COUNT :ECHO :SHOW_CONTEXT :QUIET
show lock_timeout; show search_path; show timezone; show transaction_isolation; show application_name; select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();\n";
    let script = upgrade(&project.pack("1.0.0"));
    let output = database.apply(
        &["-q", "-A", "-t"],
        &format!(
            "{settings}{ask}{settings}{script}\\pset format unaligned\n\\pset tuples_only on{ask}"
        ),
    );
    assert!(output.status.success(), "{output:?}");
    let (before, after) = output.stdout.split_once("limbeck 1.0.0").unwrap();
    let after = after
        .split_once("complete: the database is at a\n")
        .unwrap()
        .1;
    assert_eq!(before, after);
}

/// pgbouncer in front of `database`, ended with this value.
struct Pooler {
    folder: tempfile::TempDir,
    child: Child,
}

impl Pooler {
    fn start(database: &Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let socket = database
            .program("psql")
            .get_envs()
            .find(|it| it.0 == "PGHOST")
            .and_then(|it| it.1)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        fs::write(
            folder.path().join("pgbouncer.ini"),
            format!(
                "[databases]\n* = host={socket} port=5432 user=postgres\n[pgbouncer]\nlisten_port = 6432\nlisten_addr =\nunix_socket_dir = {path}\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nserver_round_robin = 1\nignore_startup_parameters = extra_float_digits\n"
            ),
        )
        .unwrap();
        let world = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        fs::set_permissions(folder.path(), world).unwrap();
        let program = [
            "/usr/sbin/pgbouncer",
            "/usr/bin/pgbouncer",
            "/usr/local/bin/pgbouncer",
        ]
        .into_iter()
        .find(|it| fs::metadata(it).is_ok())
        .expect(
            "this test needs pgbouncer: install the package pgbouncer (apt-get install pgbouncer)",
        );
        let child = unprivileged(program)
            .args(["-q", &format!("{path}/pgbouncer.ini")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..100 {
            if fs::metadata(folder.path().join(".s.PGSQL.6432")).is_ok() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        Self { folder, child }
    }

    fn psql(&self, database: &Database) -> Command {
        let mut psql = database.program("psql");
        psql.env("PGHOST", self.folder.path()).env("PGPORT", "6432");
        psql
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_pooler_in_transaction_mode_is_refused() {
    let project = project();
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    let script = upgrade(&project.pack("1.1.0"));
    let pooler = Pooler::start(&database);
    // Three servers for three clients that work at once; from then on each transaction goes to the next one.
    thread::scope(|scope| {
        for _ in 0..3 {
            let mut psql = pooler.psql(&database);
            scope.spawn(move || {
                let output = outcome(psql.args(["-X", "-c", "select pg_sleep(0.5)"]), "");
                assert!(output.status.success(), "{output:?}");
            });
        }
    });
    let before = database.dump();
    let output = outcome(pooler.psql(&database).args(["-X", "-f", "-"]), &script);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        output
            .stderr
            .contains("limbeck: refused: this connection switches sessions between transactions")
            && output
                .stderr
                .contains("pooler in transaction mode: connect directly to the server"),
        "{output:?}"
    );
    assert_eq!((rows(&database), database.dump()), ("a".to_owned(), before));
    drop(pooler);
    applied(&database, &[], &script);
    assert_eq!(rows(&database), "d");
}
