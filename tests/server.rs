//! A throw-away PostgreSQL for tests: one cluster for the test process, one database for each test. Which server it is says
//! [`Found::installed`]; another one is tried by putting it first in `PATH`.

#![expect(
    clippy::disallowed_methods,
    reason = "a test runs the server's programs"
)]

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use limbeck::prove::{self, Cluster, Found};

use crate::dump;

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Server {
    cluster: Cluster,
    /// The major version, such as 15.
    pub(crate) version: u32,
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) server: &'static Server,
}

/// How a program ended and what it said.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Server {
    /// The server of this test process, started when first asked for.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A server for one test, which may crash. Unlike the shared one it keeps what it said was committed.
    pub(crate) fn own() -> &'static Self {
        let server = Box::leak(Box::new(Self::start()));
        server.maintain("alter system set synchronous_commit = on");
        server.maintain("select pg_reload_conf()");
        server
    }

    /// Ends all of its processes at once, as a loss of power would, and starts it again.
    pub(crate) fn crash(&self) {
        for arguments in [["stop", "--mode=immediate"], ["start", "--log=log"]] {
            let mut control = unprivileged(self.cluster.programs.join("pg_ctl"));
            control
                .current_dir(&self.cluster.folder)
                .args(["--silent", "--wait", "--pgdata=data"])
                .args(arguments);
            let output = outcome(&mut control, "");
            assert!(output.status.success(), "{arguments:?}: {}", output.stderr);
        }
    }

    /// A fresh, empty database.
    pub(crate) fn database(&'static self) -> Database {
        self.copy("template0")
    }

    /// A fresh, empty database of that encoding.
    pub(crate) fn database_in(&'static self, encoding: &str) -> Database {
        self.create(&format!(
            "template template0 encoding '{encoding}' lc_collate 'C' lc_ctype 'C'"
        ))
    }

    /// A copy of a database that nobody is connected to.
    pub(crate) fn copy(&'static self, template: &str) -> Database {
        // The older way, and a third faster than logging the copy.
        let strategy = if self.version < 15 {
            ""
        } else {
            "strategy file_copy"
        };
        self.create(&format!("template {template} {strategy}"))
    }

    fn create(&'static self, options: &str) -> Database {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let database = Database {
            name: format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed)),
            server: self,
        };
        self.maintain(&format!("create database {} {options}", database.name));
        // Before version 15 everybody may create there, which scripts refuse: that is a test of its own.
        if self.version < 15 && options.contains("template0") {
            database.run("revoke create on schema public from public");
        }
        database
    }

    /// Where a database is, as libpq takes it.
    pub(crate) fn url(&self, database: &str) -> String {
        let socket = self.cluster.socket.display();
        format!("postgresql:///{database}?host={socket}&port=5432&user=postgres")
    }

    /// One of PostgreSQL's programs, set to connect to `database`, in an environment without surprises.
    pub(crate) fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.cluster.programs.join(name));
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", &self.cluster.folder)
            .env("PGHOST", &self.cluster.socket)
            .env("PGPORT", "5432")
            .env("PGUSER", "postgres")
            .env("PGDATABASE", database);
        command
    }

    fn start() -> Self {
        let found = found();
        let cluster = Cluster::start(&found, "max_prepared_transactions = 10");
        Self {
            cluster: cluster.unwrap_or_else(|fault| panic!("{fault}")),
            version: found.major,
        }
    }

    fn maintain(&self, statement: &str) -> String {
        let mut psql = self.program("psql", "postgres");
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        ]);
        let output = outcome(&mut psql, "");
        assert!(output.status.success(), "{statement}: {}", output.stderr);
        output.stdout
    }
}

impl Database {
    /// Runs `script` by psql as `psql -X -v ON_ERROR_STOP=1 -f -` would.
    pub(crate) fn psql(&self, script: &str) -> Output {
        self.psql_with(&[], script)
    }

    /// The same with more arguments for psql.
    pub(crate) fn psql_with(&self, arguments: &[&str], script: &str) -> Output {
        let mut psql = self.program("psql");
        psql.args(["-X", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        outcome(psql.args(arguments), script)
    }

    /// Runs a script of a bundle as its readers do: `psql -X -f -`, with more arguments.
    pub(crate) fn apply(&self, arguments: &[&str], script: &str) -> Output {
        let mut psql = self.program("psql");
        outcome(psql.args(["-X", "-f", "-"]).args(arguments), script)
    }

    /// Runs `script`, which must succeed.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) {
        let output = self.psql(script);
        assert!(
            output.status.success(),
            "{}{}",
            output.stderr,
            failed_line(script, &output.stderr)
        );
    }

    /// What `sql` answers: a line for each row, its values separated by `|`.
    #[track_caller]
    pub(crate) fn query(&self, sql: &str) -> String {
        let output = self.psql_with(&["-q", "-A", "-t"], sql);
        assert!(output.status.success(), "{}\n{sql}", output.stderr);
        output.stdout.trim_end_matches('\n').to_owned()
    }

    /// The schema as `pg_dump` writes it, without owners and without what differs between two runs.
    pub(crate) fn dump(&self) -> String {
        let mut dump = self.program("pg_dump");
        let output = outcome(dump.args(["--schema-only", "--no-owner"]), "");
        assert!(output.status.success(), "{}", output.stderr);
        dump::normalised(&output.stdout)
    }

    /// [`Self::dump`] where neither the order of columns in a table nor that of objects matters.
    pub(crate) fn dump_unordered(&self) -> String {
        dump::unordered(&self.dump())
    }

    /// One of PostgreSQL's programs, set to connect to this database.
    pub(crate) fn program(&self, name: &str) -> Command {
        self.server.program(name, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("drop database {} with (force)", self.name);
        let mut psql = self.server.program("psql", "postgres");
        let output = outcome(psql.args(["-X", "-q", "-c", &statement]), "");
        if !thread::panicking() {
            assert!(output.status.success(), "{}", output.stderr);
        }
    }
}

/// Runs `command` to its end with `input` as its standard input.
pub(crate) fn outcome(command: &mut Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("PostgreSQL's programs stand together");
    let mut stdin = child.stdin.take().expect("it is piped");
    let mut stderr = child.stderr.take().expect("it is piped");
    thread::scope(|scope| {
        // A program that fails early does not read its input to the end.
        scope.spawn(move || drop(stdin.write_all(input.as_bytes())));
        let complaints = scope.spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).map(|_| bytes)
        });
        let output = child.wait_with_output().expect("the program is ours");
        let complaints = complaints.join().expect("it only reads");
        Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&complaints.expect("a pipe can be read")).into_owned(),
        }
    })
}

/// The programs of the server that is tried.
pub(crate) fn found() -> Found {
    let installed = Found::installed();
    installed.into_iter().next().expect(
        "this test needs a PostgreSQL server, 14 or later: install the package postgresql (apt-get install postgresql)",
    )
}

/// `program`, run by somebody else when we are root, whom PostgreSQL's server refuses.
pub(crate) fn unprivileged(program: impl AsRef<OsStr>) -> Command {
    prove::unprivileged(program).unwrap_or_else(|fault| panic!("{fault}"))
}

/// The line of `script` that psql names in `stderr`, as `psql:<stdin>:LINE: ERROR: …`.
fn failed_line(script: &str, stderr: &str) -> String {
    stderr
        .lines()
        .filter(|line| line.contains("ERROR:") || line.contains("error:"))
        .find_map(|line| {
            line.strip_prefix("psql:<stdin>:")?
                .split(':')
                .next()?
                .parse()
                .ok()
        })
        .and_then(|number: usize| Some((number, script.lines().nth(number.checked_sub(1)?)?)))
        .map_or_else(String::new, |(number, line)| {
            format!("line {number}: {line}")
        })
}

#[test]
fn a_database_is_fresh_and_goes_away() {
    let database = Server::shared().database();
    database.run("create table t (a integer);");
    assert_eq!(database.query("select count(*), 'x' from t"), "0|x");
    assert_ne!(database.name, Server::shared().database().name);
    let name = database.name.clone();
    drop(database);
    let left =
        Server::shared().maintain(&format!("select from pg_database where datname = '{name}'"));
    assert_eq!(left, "");
}

#[test]
fn a_failure_names_the_line() {
    let database = Server::shared().database();
    let script = "select 1;\nselect nothing;\nselect 2;\n";
    let output = database.psql(script);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        output.stderr.contains("column \"nothing\" does not exist"),
        "{}",
        output.stderr
    );
    assert_eq!(
        failed_line(script, &output.stderr),
        "line 2: select nothing;"
    );
}

#[test]
fn a_server_ends_with_its_value() {
    let server = Server::start();
    let folder = server.cluster.folder.clone();
    assert!(folder.exists());
    drop(server);
    assert!(!folder.exists(), "{} is still there", folder.display());
}
