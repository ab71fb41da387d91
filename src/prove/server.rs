//! A PostgreSQL to try things on: a throw-away cluster, or databases of our own on a server that is there.
#![expect(
    clippy::disallowed_methods,
    reason = "databases of ours on another's server are told apart by the time"
)]

mod cluster;
mod found;
mod prepared;
mod program;
mod refusal;
mod session;
mod url;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use cluster::Cluster;
pub use found::Found;
pub(super) use prepared::Needs;
use program::{ENCODING, outcome, psql};
pub use program::{Output, unprivileged};
pub(super) use refusal::Refusal;
use session::Session;

use crate::catalog::PATH;
use crate::token::quote_identifier;
use url::{Address, PASSWORD, with_database};

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

/// Where databases are made.
#[derive(Debug)]
pub struct Server {
    /// Where `psql` is; it is looked for in `PATH` otherwise.
    programs: Option<PathBuf>,
    place: Host,
    rights: Rights,
    /// As `server_version_num` has it.
    pub version: u32,
    /// As `server_version` has it, without what a packager adds: `15.18`.
    pub version_text: String,
    /// What the names of our databases begin with.
    prefix: String,
    count: AtomicUsize,
    /// Whose our databases are, where the project says so.
    owner: OnceLock<String>,
    /// What databases are copies of, by what they are for.
    templates: Mutex<BTreeMap<Needs, String>>,
}

/// What the SQL of revisions may do where it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// What the owner of a database may.
    Owner,
    /// Everything: also run programs, and read files, as the user whom the server runs as.
    Superuser,
}

#[derive(Debug)]
enum Host {
    Own(Cluster),
    Guest(Guest),
}

/// Somebody else's server. Our databases go with this value, or with this process.
#[derive(Debug)]
struct Guest {
    address: Address,
    /// A shell: the end of its input is its signal.
    owner: Child,
}

/// A database that is dropped with this value.
#[derive(Debug)]
pub struct Database<'a> {
    pub name: String,
    pub server: &'a Server,
    session: Mutex<Option<Session>>,
}

/// A database that is there already.
#[derive(Debug)]
pub(super) struct Live {
    address: Address,
    programs: Option<PathBuf>,
}

/// `$1` is psql, `$2` the server, `$3` what the names of our databases begin with. Where we ended without a word, what we
/// have begun on the server may still make databases: it is ended, too, and looked for again until nothing comes any more.
const CLEANER: &str = r#"
trap '' HUP INT PIPE QUIT TERM
echo ready
read -r word
quiet=0
rounds=0
while [ $quiet -lt 4 ] && [ $rounds -lt 100 ]; do
  found=$("$1" -X -w -q -A -t -d "$2" 2>/dev/null <<SQL
set search_path = pg_catalog, pg_temp;
select pid, pg_terminate_backend(pid) from pg_stat_activity where strpos(query, '$3') > 0 and usesysid = (select usesysid from pg_stat_activity where pid = pg_backend_pid()) and pid <> pg_backend_pid();
select datname from pg_database where starts_with(datname, '$3');
select format('drop database if exists %I with (force)', datname) from pg_database where starts_with(datname, '$3') \gexec
SQL
)
  [ "$word" = done ] && break
  if [ -n "$found" ]; then quiet=0; else quiet=$((quiet + 1)); fi
  rounds=$((rounds + 1))
  sleep 0.5 2>/dev/null || sleep 1
done
"#;

/// The role whose sessions run what revisions say, on a server of our own. Histories often name it as an owner.
const PROVER: &str = "postgres";

/// What the names of those begin with of which databases on a server of our own are copies.
const TEMPLATE: &str = "limbeck_template";

/// What psql is told where its answers are read: bare values, and no step beyond an error.
const ANSWERS: [&str; 7] = ["-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"];

/// The same for errors, which then begin with their code.
const CODES: [&str; 2] = ["-v", "VERBOSITY=verbose"];

/// PostgreSQL's code for a right that a role lacks.
pub(super) const NO_RIGHT: &str = "42501";

/// What follows in a database that is not ours: it writes nothing, and holds nobody up.
const GENTLY: &str = "set default_transaction_read_only = on;
set lock_timeout = '5s';
set jit = off;
set idle_in_transaction_session_timeout = 0;
";

impl Server {
    /// Starts a cluster of its own, which ends with this value or this process.
    pub fn start(found: &Found, rights: Rights) -> Result<Self, Fault> {
        let server = Self {
            programs: Some(found.programs.clone()),
            place: Host::Own(Cluster::guarded(found)?),
            rights,
            version: 0,
            version_text: String::new(),
            prefix: "limbeck_".to_owned(),
            count: AtomicUsize::new(0),
            owner: OnceLock::new(),
            templates: Mutex::default(),
        };
        let attribute = match rights {
            // Row security hides no row from the trials, as it hides none from a superuser.
            Rights::Owner => "bypassrls",
            Rights::Superuser => "superuser",
        };
        server.maintain(&format!("create role {PROVER} login {attribute}"))?;
        // Nobody puts anything where the superuser works; before PostgreSQL 15 everybody might.
        server.maintain("revoke all on database postgres, template1 from public")?;
        server.greeted()
    }

    /// Databases of our own on the server of `url`, where the role may make some. Others are never touched.
    pub fn guest(url: &str, programs: Option<&Path>, rights: Rights) -> Result<Self, Fault> {
        let address = Address::new(url)?;
        let psql = programs.map_or_else(|| PathBuf::from("psql"), |it| it.join("psql"));
        // Another machine may have a process of that number.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let now = now.map_or(0, |it| it.as_nanos());
        let prefix = format!("limbeck_prove_{}_{now:x}_", std::process::id());
        let mut owner = Command::new("sh");
        address.unlock(&mut owner);
        let mut owner = owner
            .args(["-c", CLEANER, "sh"])
            .arg(&psql)
            .args([address.url(), &prefix])
            .env(ENCODING, "UTF8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| Fault::new(format!("no shell runs: {error}"), "install one"))?;
        let stdout = owner.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut String::new()).ok();
        let server = Self {
            programs: programs.map(Path::to_owned),
            place: Host::Guest(Guest { address, owner }),
            rights,
            version: 0,
            version_text: String::new(),
            prefix,
            count: AtomicUsize::new(0),
            owner: OnceLock::new(),
            templates: Mutex::default(),
        };
        let server = server.greeted()?;
        if rights == Rights::Owner {
            server.is_harmless()?;
        }
        Ok(server)
    }

    /// What SQL of revisions may do here.
    pub(super) fn rights(&self) -> Rights {
        self.rights
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

    /// A fresh database for a project.
    pub(super) fn database(&self, needs: &Needs) -> Result<Database<'_>, Fault> {
        if matches!(self.place, Host::Guest(_)) {
            return self.copy_of("template0");
        }
        let mut templates = self
            .templates
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let template = if let Some(template) = templates.get(needs) {
            template.clone()
        } else {
            let template = format!("{TEMPLATE}{}", templates.len());
            self.prepare(&template, needs)?;
            templates.insert(needs.clone(), template.clone());
            template
        };
        drop(templates);
        self.copy_of(&template)
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
        let owner = match &self.place {
            Host::Own(_) => Some(self.owner()),
            Host::Guest(_) => self.owner.get().map(String::as_str),
        };
        let owner = owner.map(quote_identifier);
        let create = format!("create database {name} template {template} {strategy}");
        let statements = match (&self.place, owner) {
            (Host::Own(_), Some(owner)) => vec![format!("{create} owner {owner}")],
            (Host::Own(_), None) => vec![create],
            // Others may connect to that server, and before 15 put functions in the schema public, which revisions would run.
            (Host::Guest(_), owner) => {
                let mut statements = vec![
                    format!("{create} allow_connections false"),
                    format!("revoke connect on database {name} from public"),
                    format!("grant connect on database {name} to current_user"),
                    format!("alter database {name} allow_connections true"),
                ];
                statements.extend(owner.map(|it| format!("alter database {name} owner to {it}")));
                statements
            }
        };
        self.maintain_all(&statements)?;
        Ok(database)
    }

    /// psql, set to connect to `database` as the role that tries revisions; none stands for the database that we were given.
    fn psql(&self, database: Option<&str>) -> Command {
        match &self.place {
            Host::Own(cluster) => self.local(cluster, PROVER, database),
            Host::Guest(Guest { address, .. }) => {
                let mut command = psql(self.programs.as_deref());
                address.unlock(&mut command);
                command.arg("-d").arg(match database {
                    Some(database) => with_database(address.url(), database),
                    None => address.url().to_owned(),
                });
                command
            }
        }
    }

    /// psql, set to connect to `database` as whoever makes databases: on a server of our own that is its superuser, who never
    /// looks at what a revision has made.
    fn maintainer(&self, database: Option<&str>) -> Command {
        match &self.place {
            Host::Own(cluster) => {
                let mut command = self.local(cluster, cluster.superuser, database);
                command.env(PASSWORD, &cluster.password);
                command
            }
            Host::Guest(_) => self.psql(database),
        }
    }

    fn local(&self, cluster: &Cluster, role: &str, database: Option<&str>) -> Command {
        let mut command = psql(self.programs.as_deref());
        for (name, _) in std::env::vars_os() {
            if name != ENCODING && name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command
            .env("PGHOST", &cluster.socket)
            .env("PGPORT", "5432")
            .env("PGUSER", role)
            .env("PGDATABASE", database.unwrap_or("postgres"));
        command
    }

    fn maintain(&self, statement: &str) -> Result<String, Fault> {
        self.maintain_all(&[statement.to_owned()])
    }

    /// Runs statements as whoever makes databases, each by itself.
    fn maintain_all(&self, statements: &[String]) -> Result<String, Fault> {
        let mut psql = self.maintainer(None);
        let arguments = psql.args(ANSWERS).args(CODES).args(["-c", PATH]);
        for statement in statements {
            arguments.args(["-c", statement]);
        }
        let output = outcome(arguments, "")?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        let refusal = Refusal::read(&output.stderr);
        if let Some(fault) = refusal.unconnected() {
            return Err(fault);
        }
        let message = &refusal.message;
        Err(if refusal.state.as_deref() == Some(NO_RIGHT) {
            Fault::new(
                format!("the role may not create databases: {message}"),
                "allow it (alter role … createdb), or connect as another role",
            )
        } else {
            Fault::new(
                format!("PostgreSQL refused a command: {message}"),
                "make sure that nobody else uses databases whose names begin with limbeck_, and try again",
            )
        })
    }
}

impl Live {
    pub(super) fn new(url: &str, programs: Option<PathBuf>) -> Result<Self, Fault> {
        Ok(Self {
            address: Address::new(url)?,
            programs,
        })
    }

    /// Runs `script` as [`Database::ask`] does, in a session that only reads.
    pub(super) fn ask(&self, script: &str) -> Result<Output, Fault> {
        let mut psql = psql(self.programs.as_deref());
        self.address.unlock(&mut psql);
        psql.arg("-d").arg(self.address.url());
        let arguments = psql.args(ANSWERS).args(CODES);
        let script = format!("{PATH}{GENTLY}{script}");
        outcome(arguments.args(["-f", "-"]), &script)
    }

    /// The same, where the script should run to its end.
    pub(super) fn read(&self, script: &str) -> Result<Result<String, Refusal>, Fault> {
        let output = self.ask(script)?;
        if output.status == Some(0) {
            return Ok(Ok(output.stdout));
        }
        Ok(Err(Refusal::read(&output.stderr)))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // A word, and the end of its input: nothing of ours runs any more.
        if let Some(mut input) = self.owner.stdin.take() {
            input.write_all(b"done\n").ok();
        }
        self.owner.wait().ok();
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
        if let Some(stdout) = open.run(script) {
            *session = Some(open);
            return Ok(Output {
                status: Some(0),
                stdout,
                stderr: String::new(),
            });
        }
        Ok(open.close())
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
            "make sure that nobody else uses the database",
        )
    }

    /// A database that cannot be compared.
    pub(super) fn unlike(message: impl Into<String>, help: &str) -> Self {
        Self::new(message, help)
    }

    /// An answer that no server gives.
    pub(super) fn odd(answer: &str) -> Self {
        Self::new(
            format!("the catalog cannot be read: {}", answer.trim()),
            "limbeck supports servers of the versions 14 to 18",
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
