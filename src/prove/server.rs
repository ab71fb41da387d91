//! A PostgreSQL to try things on: a throw-away cluster, or databases of our own on a server that is there.
//!
//! A shell beside this process owns what must go away. It holds the read end of a pipe from this process and cleans up at
//! the pipe's end: after Ctrl-C, too, and when the process is killed.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks for the server's programs on this machine, and runs them"
)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// What keeps us from trying anything: a sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub help: String,
}

impl Fault {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The programs of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The folder with `initdb` and its companions.
    pub programs: PathBuf,
    /// The major version, such as 15.
    pub major: u32,
}

/// Where databases are made.
#[derive(Debug)]
pub struct Server {
    /// Where `psql` is; it is looked for in `PATH` otherwise.
    programs: Option<PathBuf>,
    place: Place,
    /// As `server_version_num` has it.
    pub version: u32,
    /// As `server_version` has it, without what a packager adds: `15.18`.
    pub version_text: String,
    /// What the names of our databases begin with.
    prefix: String,
    count: AtomicUsize,
    /// The shell: the end of its input, which is never written to, is its signal.
    owner: Child,
}

#[derive(Debug, Clone)]
enum Place {
    /// The folder of the socket.
    Socket(PathBuf),
    /// As libpq takes it.
    Url(String),
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database<'a> {
    pub name: String,
    pub server: &'a Server,
    session: Mutex<Option<Session>>,
}

/// A psql that takes one script after the other: connecting takes longer than most of them.
#[derive(Debug)]
struct Session {
    psql: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Ends with all that was said.
    stderr: JoinHandle<String>,
}

/// A database that is there already.
#[derive(Debug)]
pub(super) struct Live {
    url: String,
    programs: Option<PathBuf>,
}

/// How psql ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// None where a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// `$1` is the folder of the server's programs. Says `ready FOLDER`, or why not.
const CLUSTER: &str = r#"
trap '' HUP INT PIPE QUIT TERM
cd / && folder=$(mktemp -d "${TMPDIR:-/tmp}/limbeck.XXXXXX") || exit 1
if "$1/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
    cat >>"$folder/data/postgresql.conf" <<CONF &&
listen_addresses = ''
unix_socket_directories = '$folder'
port = 5432
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1d
CONF
    "$1/pg_ctl" start --silent --wait --pgdata="$folder/data" --log="$folder/log"
then
    echo "ready $folder"
    read -r _
else
    cat "$folder/log" 2>/dev/null
fi 2>&1
"$1/pg_ctl" stop --silent --pgdata="$folder/data" --mode=immediate >/dev/null 2>&1
rm -rf "$folder"
"#;

/// `$1` is psql, `$2` the server, `$3` what the names of our databases begin with.
const GUEST: &str = r#"
trap '' HUP INT PIPE QUIT TERM
echo ready
read -r _
"$1" -X -q -A -t -d "$2" >/dev/null 2>&1 <<SQL
select format('drop database %I with (force)', datname) from pg_database where starts_with(datname, '$3') \gexec
SQL
"#;

/// What psql is told where its answers are read: bare values, and no step beyond an error.
const ANSWERS: [&str; 7] = ["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];

/// The programs of a server.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

impl Server {
    /// The servers that this machine has: `pg_config --bindir`, Debian's versioned folders, `PATH`.
    #[must_use]
    pub fn installed() -> Vec<Found> {
        let asked = Command::new("pg_config").arg("--bindir").output();
        let asked = asked
            .ok()
            .and_then(|output| String::from_utf8(output.stdout).ok())
            .map(|text| PathBuf::from(text.trim()));
        let packaged: BTreeMap<u32, PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut found: Vec<Found> = Vec::new();
        let folders = asked
            .into_iter()
            .chain(packaged.into_values().rev())
            .chain(std::env::split_paths(&path));
        for folder in folders {
            if let Ok(one) = Found::in_folder(&folder)
                && !found.iter().any(|it| it.programs == one.programs)
            {
                found.push(one);
            }
        }
        found
    }

    /// Starts a cluster of its own, which ends with this value or this process.
    pub fn start(found: &Found) -> Result<Self, Fault> {
        let cannot = |why: String| {
            Fault::new(
                format!(
                    "PostgreSQL in {} does not start: {why}",
                    found.programs.display()
                ),
                "name another folder of PostgreSQL's programs with --bindir, or a server with --database-url",
            )
        };
        let mut owner = unprivileged("sh")?
            .args(["-c", CLUSTER, "sh"])
            .arg(&found.programs)
            .env_remove("PGDATA")
            .env("LD_LIBRARY_PATH", libraries(&found.programs))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Away from the signals that a terminal sends to us.
            .process_group(0)
            .spawn()
            .map_err(|error| cannot(error.to_string()))?;
        let mut said = String::new();
        let mut folder = None;
        let stdout = owner.stdout.take().expect("it is piped");
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(ready) = line.strip_prefix("ready ") {
                folder = Some(PathBuf::from(ready));
                break;
            }
            said = format!("{said}\n{line}");
        }
        let Some(folder) = folder else {
            owner.wait().ok();
            return Err(cannot(said));
        };
        let server = Self {
            programs: Some(found.programs.clone()),
            place: Place::Socket(folder),
            version: 0,
            version_text: String::new(),
            prefix: "limbeck_".to_owned(),
            count: AtomicUsize::new(0),
            owner,
        };
        server.greeted()
    }

    /// Databases of our own on the server of `url`, where the role may make some. Others are never touched.
    pub fn guest(url: &str, programs: Option<&Path>) -> Result<Self, Fault> {
        let psql = programs.map_or_else(|| PathBuf::from("psql"), |it| it.join("psql"));
        // Another machine may have a process of that number.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_or(0, |it| it.as_nanos());
        let prefix = format!("limbeck_prove_{}_{now:x}_", std::process::id());
        let mut owner = Command::new("sh")
            .args(["-c", GUEST, "sh"])
            .arg(&psql)
            .args([url, &prefix])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Fault::new(format!("no shell runs: {error}"), "install one"))?;
        let stdout = owner.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut String::new()).ok();
        let server = Self {
            programs: programs.map(Path::to_owned),
            place: Place::Url(url.to_owned()),
            version: 0,
            version_text: String::new(),
            prefix,
            count: AtomicUsize::new(0),
            owner,
        };
        server.greeted()
    }

    /// Asks for its version.
    fn greeted(mut self) -> Result<Self, Fault> {
        let answer = self.maintain(
            "select current_setting('server_version_num'), current_setting('server_version')",
        )?;
        let (number, text) = answer.trim().split_once('|').unwrap_or_default();
        self.version = number.parse().unwrap_or_default();
        let word = text.split(' ').next().unwrap_or_default();
        word.clone_into(&mut self.version_text);
        Ok(self)
    }

    /// A fresh, empty database.
    pub fn database(&self) -> Result<Database<'_>, Fault> {
        self.copy_of("template0")
    }

    fn copy_of(&self, template: &str) -> Result<Database<'_>, Fault> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let database = Database {
            name: format!("{}{number}", self.prefix),
            server: self,
            session: Mutex::new(None),
        };
        // The older way, and a third faster than logging the copy.
        let strategy = if self.version < 150_000 {
            ""
        } else {
            "strategy file_copy"
        };
        let name = &database.name;
        self.maintain(&format!(
            "create database {name} template {template} {strategy}"
        ))?;
        Ok(database)
    }

    /// psql, set to connect to `database`; none stands for the one that we were given.
    fn psql(&self, database: Option<&str>) -> Command {
        let mut command = psql(self.programs.as_deref());
        match &self.place {
            Place::Socket(folder) => {
                for (name, _) in std::env::vars_os() {
                    if name.to_string_lossy().starts_with("PG") {
                        command.env_remove(name);
                    }
                }
                command
                    .env("PGHOST", folder)
                    .env("PGPORT", "5432")
                    .env("PGUSER", "postgres")
                    .env("PGDATABASE", database.unwrap_or("postgres"));
            }
            Place::Url(url) => {
                command.arg("-d").arg(match database {
                    Some(database) => with_database(url, database),
                    None => url.clone(),
                });
            }
        }
        command
    }

    /// Makes a role that the project asks for, on a server that is our own.
    pub(super) fn role(&self, name: &str) -> Result<(), Fault> {
        match self.place {
            Place::Url(_) => Ok(()),
            Place::Socket(_) => {
                let name = crate::token::quote_identifier(name);
                self.maintain(&format!("create role {name} superuser"))
                    .map(drop)
            }
        }
    }

    fn maintain(&self, statement: &str) -> Result<String, Fault> {
        let mut psql = self.psql(None);
        let output = outcome(psql.args(ANSWERS).args(["-c", statement]), "")?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        Err(Fault::new(
            format!(
                "PostgreSQL does not do as it is told: {}",
                output.stderr.trim()
            ),
            "see that the server is there, and that the role may make databases",
        ))
    }
}

impl Live {
    pub(super) fn new(url: &str, programs: Option<PathBuf>) -> Self {
        Self {
            url: url.to_owned(),
            programs,
        }
    }

    /// Runs `script` as [`Database::ask`] does.
    pub(super) fn ask(&self, script: &str) -> Result<Output, Fault> {
        let mut psql = psql(self.programs.as_deref());
        psql.arg("-d").arg(&self.url);
        outcome(psql.args(ANSWERS).args(["-f", "-"]), script)
    }

    /// The same, where the script must run to its end.
    pub(super) fn must(&self, script: &str) -> Result<String, Fault> {
        let output = self.ask(script)?;
        match output.status {
            Some(0) => Ok(output.stdout),
            // It did not come as far as the script.
            Some(2) => Err(Fault::new(
                format!("cannot connect: {}", output.stderr.trim()),
                "see that the URL and the password are right; a password stands in PGPASSWORD or ~/.pgpass",
            )),
            Some(_) | None => Err(Fault::odd(&output.stderr)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The end of its input.
        drop(self.owner.stdin.take());
        self.owner.wait().ok();
    }
}

impl Found {
    /// The programs in a folder. The error says what is missing.
    pub fn in_folder(folder: &Path) -> Result<Self, Fault> {
        let help = "name the folder of initdb, pg_ctl, postgres and psql";
        for program in PROGRAMS {
            if !folder.join(program).is_file() {
                let message = format!("there is no {program} in {}", folder.display());
                return Err(Fault::new(message, help));
            }
        }
        let mut postgres = Command::new(folder.join("postgres"));
        postgres
            .arg("--version")
            .env("LD_LIBRARY_PATH", libraries(folder));
        let said = outcome(&mut postgres, "")?;
        // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        let mut words = said.stdout.split_whitespace();
        let version = words.find(|it| it.starts_with(|it: char| it.is_ascii_digit()));
        let digits = |it: &str| {
            it.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        };
        if let Some(major) = version.and_then(|it| digits(it).parse().ok()) {
            return Ok(Self {
                programs: folder.to_owned(),
                major,
            });
        }
        let message = format!(
            "{} does not tell its version: {}",
            folder.join("postgres").display(),
            said.stderr.trim()
        );
        Err(Fault::new(message, help))
    }
}

impl Database<'_> {
    /// Another one that holds the same. Nobody may be connected to this one.
    pub fn copy(&self) -> Result<Self, Fault> {
        self.leave();
        self.server.copy_of(&self.name)
    }

    /// Runs `script` as those who get a bundle do: `psql -X -f -`, with more arguments.
    pub fn apply(&self, arguments: &[impl AsRef<OsStr>], script: &str) -> Result<Output, Fault> {
        let mut psql = self.server.psql(Some(&self.name));
        outcome(psql.args(["-X", "-w", "-f", "-"]).args(arguments), script)
    }

    /// Runs `script` up to its first error, for its answers: a line for each row, its values separated by `|`.
    pub fn ask(&self, script: &str) -> Result<Output, Fault> {
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = match session.take() {
            Some(open) => open,
            None => Session::open(self.server.psql(Some(&self.name)))?,
        };
        let script = format!("discard all;\n{script}\n;\nselect '{END}';\n");
        let mut stdout = String::new();
        let is_done = thread::scope(|scope| {
            let stdin = &mut open.stdin;
            // One that ends early does not read the rest.
            scope.spawn(move || stdin.write_all(script.as_bytes()).ok());
            loop {
                let at = stdout.len();
                match open.stdout.read_line(&mut stdout) {
                    Ok(0) | Err(_) => return false,
                    Ok(_) => {}
                }
                if stdout[at..].trim_end() == END {
                    stdout.truncate(at);
                    return true;
                }
            }
        });
        if is_done {
            *session = Some(open);
            return Ok(Output {
                status: Some(0),
                stdout,
                stderr: String::new(),
            });
        }
        let (status, stderr) = open.close();
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    /// Ends the session, so that the database can be copied.
    fn leave(&self) {
        let open = self
            .session
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(open.map(Session::close));
    }
}

impl Fault {
    /// What does not fail on a server that does what it is told.
    pub(super) fn failed(what: &str, said: &str) -> Self {
        Self::new(
            format!("{what} fails: {}", said.trim()),
            "see that nobody else works in the database",
        )
    }

    /// A database that cannot be compared.
    pub(super) fn unlike(message: impl Into<String>, help: &str) -> Self {
        Self::new(message, help)
    }

    /// An answer that no server gives.
    pub(super) fn odd(answer: &str) -> Self {
        Self::new(
            format!("the catalogue cannot be read: {}", answer.trim()),
            "limbeck knows the servers 14 to 18",
        )
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        self.leave();
        let statement = format!("drop database if exists {} with (force)", self.name);
        self.server.maintain(&statement).ok();
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// What ends the answers of a script.
const END: &str = "limbeck has come to the end";

impl Session {
    fn open(mut command: Command) -> Result<Self, Fault> {
        let mut psql = spawn(command.args(ANSWERS).args(["-f", "-"]))?;
        let mut stderr = psql.stderr.take().expect("it is piped");
        Ok(Self {
            stdin: psql.stdin.take().expect("it is piped"),
            stdout: BufReader::new(psql.stdout.take().expect("it is piped")),
            stderr: thread::spawn(move || {
                let mut said = Vec::new();
                stderr.read_to_end(&mut said).ok();
                String::from_utf8_lossy(&said).into_owned()
            }),
            psql,
        })
    }

    /// Its exit status, and what it said.
    fn close(self) -> (Option<i32>, String) {
        let Self {
            mut psql,
            stdin,
            stdout,
            stderr,
        } = self;
        drop((stdin, stdout));
        let status = psql.wait().ok().and_then(|it| it.code());
        (status, stderr.join().unwrap_or_default())
    }
}

/// The psql of a folder, or the one in `PATH`.
fn psql(programs: Option<&Path>) -> Command {
    match programs {
        Some(programs) => {
            let mut command = Command::new(programs.join("psql"));
            command.env("LD_LIBRARY_PATH", libraries(programs));
            command
        }
        None => Command::new("psql"),
    }
}

/// Starts a program with pipes. A terminal's Ctrl-C is for us; it gets the end of its input.
fn spawn(command: &mut Command) -> Result<Child, Fault> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| {
            Fault::new(
                format!("cannot run {name}: {error}"),
                "install PostgreSQL, or name the folder of its programs with --bindir",
            )
        })
}

/// Runs a program whose input is `input`.
fn outcome(command: &mut Command, input: &str) -> Result<Output, Fault> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = spawn(command)?;
    let mut stdin = child.stdin.take().expect("it is piped");
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // One that ends early does not read the rest.
            stdin.write_all(input.as_bytes()).ok();
        });
        child.wait_with_output()
    });
    let output = output.map_err(|error| Fault::new(format!("cannot run {name}: {error}"), ""))?;
    Ok(Output {
        status: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Where the libraries of a PostgreSQL are that was unpacked anywhere, then those that were asked for.
fn libraries(programs: &Path) -> std::ffi::OsString {
    let asked = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let own = programs.parent().map(|it| it.join("lib"));
    let own = own.filter(|it| it.join("libpq.so.5").exists());
    let paths = own.into_iter().chain(std::env::split_paths(&asked));
    std::env::join_paths(paths).unwrap_or(asked)
}

/// `program`, run by somebody else when we are root, whom PostgreSQL's server refuses.
fn unprivileged(program: impl AsRef<OsStr>) -> Result<Command, Fault> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id")
            .args(arguments)
            .stderr(Stdio::null())
            .output();
        let output = output.ok().filter(|it| it.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if id(&["-u"]).is_none_or(|user| user != "0") {
        return Ok(Command::new(program));
    }
    let known = ["postgres", "nobody"]
        .iter()
        .find_map(|name| id(&["-u", name]).zip(id(&["-g", name])));
    let Some((user, group)) = known else {
        return Err(Fault::new(
            "PostgreSQL's server does not run as root, and there is no user postgres or nobody",
            "run limbeck as another user, or name a server with --database-url",
        ));
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={user}"))
        .arg(format!("--regid={group}"))
        .arg("--clear-groups")
        .arg(program.as_ref());
    Ok(command)
}

/// A connection string, as a URI or as words, with another database.
fn with_database(url: &str, database: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // The last one holds.
        return format!("{url} dbname={database}");
    };
    let (path, query) = rest
        .split_once('?')
        .map_or((rest, None), |(path, query)| (path, Some(query)));
    let authority = path.split_once('/').map_or(path, |it| it.0);
    let query = query.map(|it| {
        let kept: Vec<&str> = it
            .split('&')
            .filter(|it| !it.starts_with("dbname="))
            .collect();
        format!("?{}", kept.join("&"))
    });
    format!(
        "{scheme}://{authority}/{database}{}",
        query.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn another_database_of_the_same_server_is_named() {
        for (url, expected) in [
            (
                "postgres://u:p@h:1/a?sslmode=require",
                "postgres://u:p@h:1/x?sslmode=require",
            ),
            ("postgresql://h", "postgresql://h/x"),
            (
                "postgresql:///a?host=/tmp&dbname=b",
                "postgresql:///x?host=/tmp",
            ),
            ("host=h dbname=a", "host=h dbname=a dbname=x"),
        ] {
            assert_eq!(with_database(url, "x"), expected);
        }
    }
}
