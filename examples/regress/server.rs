//! The server's verdicts: a cluster of its own, and psql. They are kept, and asked for again only if a file changes.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use crate::script::Script;
use crate::split::Item;

const BIN: &str = "/usr/lib/postgresql/15/bin";
const PORT: &str = "5702";
/// Some files speak of the database by this name.
const DATABASE: &str = "regression";
/// How long one file may take.
const LONGEST: Duration = Duration::from_mins(5);
/// To be changed with the form of what is kept, and with how the server is started.
const FORM: u32 = 1;

/// What the server says of a statement that it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Accepted,
    Refused {
        state: String,
        message: String,
        /// Whether a function that ran raised it.
        inside: bool,
    },
}

impl Verdict {
    pub(crate) fn state(&self) -> &str {
        match self {
            Self::Accepted => "ok",
            Self::Refused { state, .. } => state,
        }
    }
}

/// By the place of a statement in its script; none for what was not sent.
pub(crate) type Verdicts = Vec<Option<Verdict>>;

/// What asks the server; it starts one when the first script needs it.
pub(crate) struct Server<'a> {
    work: PathBuf,
    /// The folder that the scripts find their data in.
    sources: PathBuf,
    /// What runs before all others.
    pub(crate) setup: Option<&'a Script>,
    cluster: Option<Cluster>,
    /// Ask again.
    fresh: bool,
    /// The time spent.
    pub(crate) spent: Duration,
}

impl<'a> Server<'a> {
    pub(crate) fn new(work: &Path, sources: &Path, setup: Option<&'a Script>, fresh: bool) -> Self {
        Self {
            work: work.to_owned(),
            sources: sources.to_owned(),
            setup,
            cluster: None,
            fresh,
            spent: Duration::ZERO,
        }
    }

    /// The verdicts on the setup.
    pub(crate) fn on_setup(&mut self) -> io::Result<Option<Verdicts>> {
        self.setup.map(|it| self.verdicts(it)).transpose()
    }

    /// The verdicts on a script, which runs after the setup.
    pub(crate) fn verdicts(&mut self, script: &Script) -> io::Result<Verdicts> {
        let after = self.setup.filter(|it| it.name != script.name);
        let mut hasher = DefaultHasher::new();
        (FORM, &script.name, sent(script), after.map(sent)).hash(&mut hasher);
        let kept = self
            .work
            .join("server")
            .join(format!("{:016x}.tsv", hasher.finish()));
        if !self.fresh
            && let Ok(text) = fs::read_to_string(&kept)
        {
            return Ok(read(&text, script.items.len()));
        }
        let start = Instant::now();
        let template = after.is_some();
        if self.cluster.is_none() {
            self.cluster = Some(Cluster::start(&self.work, &self.sources, self.setup)?);
        }
        let cluster = self.cluster.as_ref().expect("it was started");
        let told = cluster.ask(script, template)?;
        fs::create_dir_all(kept.parent().expect("it is in a folder"))?;
        let verdicts = heard(&told, script.items.len());
        fs::write(&kept, write(&verdicts))?;
        self.spent += start.elapsed();
        Ok(verdicts)
    }
}

/// A running cluster, which goes when it is dropped.
struct Cluster {
    home: PathBuf,
    sources: PathBuf,
    server: Child,
}

impl Cluster {
    fn start(work: &Path, sources: &Path, setup: Option<&Script>) -> io::Result<Self> {
        let home = work.join("cluster");
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::create_dir_all(home.join("results"))?;
        run(Command::new("chown").args(["-R", "postgres"]).arg(&home))?;
        let data = home.join("data");
        run(as_postgres("initdb", &home)
            .args([
                "--no-locale",
                "-E",
                "UTF8",
                "-A",
                "trust",
                "-N",
                "-U",
                "postgres",
                "-D",
            ])
            .arg(&data))?;
        let server = as_postgres("postgres", &home)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&home)
            .args(["-p", PORT, "-F"])
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "max_prepared_transactions=2",
            ])
            .args(["-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
            .stdout(File::create(work.join("server.log"))?)
            .stderr(Stdio::null())
            .spawn()?;
        let cluster = Self {
            home,
            sources: sources.to_owned(),
            server,
        };
        let started = Instant::now();
        while !cluster.home.join(format!(".s.PGSQL.{PORT}.lock")).exists()
            || cluster
                .psql("postgres")
                .args(["-c", ""])
                .stderr(Stdio::null())
                .status()?
                .code()
                != Some(0)
        {
            if started.elapsed() > Duration::from_secs(30) {
                return Err(io::Error::other(
                    "the server does not start: see server.log",
                ));
            }
            thread::sleep(Duration::from_millis(50));
        }
        cluster.command("create database bare")?;
        cluster.command("alter database bare set timezone_abbreviations to 'Default'")?;
        cluster.command("create database setup template bare")?;
        if let Some(setup) = setup {
            cluster.send(setup, "setup")?;
        }
        Ok(cluster)
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(format!("{BIN}/psql"));
        psql.args(["-X", "-q", "-p", PORT, "-U", "postgres", "-h"])
            .arg(&self.home)
            .args(["-d", database])
            .env("PGTZ", "PST8PDT")
            .env("PGDATESTYLE", "Postgres, MDY")
            .env(
                "PGOPTIONS",
                "-c intervalstyle=postgres_verbose -c statement_timeout=60s",
            )
            .env("PGHOST", &self.home)
            .env("PGPORT", PORT)
            .env("PG_ABS_SRCDIR", &self.sources)
            .env("PG_ABS_BUILDDIR", &self.home)
            .env("PG_LIBDIR", library(&self.sources))
            .env("PG_DLSUFFIX", ".so");
        psql
    }

    fn command(&self, sql: &str) -> io::Result<()> {
        run(self.psql("postgres").args(["-c", sql]))
    }

    /// Runs a script in a database of its own, and gives what psql says.
    fn ask(&self, script: &Script, is_set_up: bool) -> io::Result<String> {
        let template = if is_set_up { "setup" } else { "bare" };
        self.command(&format!("drop database if exists {DATABASE} with (force)"))?;
        self.command(&format!("create database {DATABASE} template {template}"))?;
        self.send(script, DATABASE)
    }

    fn send(&self, script: &Script, database: &str) -> io::Result<String> {
        let (input, output) = (self.home.join("script.sql"), self.home.join("said.txt"));
        fs::write(&input, sent(script))?;
        let mut psql = self
            .psql(database)
            .stdin(File::open(&input)?)
            .stdout(Stdio::null())
            .stderr(File::create(&output)?)
            .spawn()?;
        let started = Instant::now();
        while psql.try_wait()?.is_none() {
            if started.elapsed() > LONGEST {
                psql.kill()?;
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(String::from_utf8_lossy(&fs::read(&output)?).into_owned())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It is asked to stop at once; its files are removed by the next one.
        let _told = Command::new("kill")
            .args(["-INT", &self.server.id().to_string()])
            .status();
        let _ended = self.server.wait();
    }
}

/// Where the scripts find the libraries of their C functions: beside the corpus.
pub(crate) fn library(sources: &Path) -> PathBuf {
    sources.parent().unwrap_or(sources).join("lib")
}

fn as_postgres(program: &str, home: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--init-groups"])
        .arg(format!("{BIN}/{program}"))
        .current_dir(home);
    command
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = command
        .get_args()
        .next()
        .map_or(command.get_program(), OsStr::new);
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{}: {said}", program.display())))
}

/// What precedes the answer on a statement.
const MARK: &str = "@@regress ";

/// Lines of psql that have an effect on others. The rest shows something, or changes how psql ends and reports a statement.
const KEPT: &[&str] = &[
    "set", "unset", "getenv", "setenv", "if", "elif", "else", "endif", "c", "connect", "copy",
    "encoding", "quit", "q",
];
const OWN: &[&str] = &[
    "VERBOSITY",
    "SHOW_CONTEXT",
    "AUTOCOMMIT",
    "ON_ERROR_ROLLBACK",
    "ON_ERROR_STOP",
    "SINGLELINE",
    "SINGLESTEP",
    "ECHO",
    "ECHO_HIDDEN",
    "QUIET",
];

/// The script as psql gets it: each statement is followed by its number and its state.
fn sent(script: &Script) -> String {
    let mut sent = "\\set SQLSTATE none\n".to_owned();
    for (at, item) in script.items.iter().enumerate() {
        match item {
            Item::Meta(line) => {
                let mut words = line[1..].split_whitespace();
                let (command, name) = (
                    words.next().unwrap_or_default(),
                    words.next().unwrap_or_default(),
                );
                if KEPT.contains(&command) && !(command == "set" && OWN.contains(&name)) {
                    writeln!(sent, "{line}").expect("a string takes all");
                }
            }
            Item::Statement(it) if script.runs(at) => {
                writeln!(
                    sent,
                    "{}\n{}\n{}\\warn {MARK}{at} :SQLSTATE\n\\r\n\\set SQLSTATE none",
                    it.text, it.end, it.data
                )
                .expect("a string takes all");
            }
            Item::Statement(_) => {}
        }
    }
    sent
}

/// The verdicts in what psql says.
fn heard(told: &str, count: usize) -> Verdicts {
    let mut verdicts = vec![None; count];
    let mut before = String::new();
    for line in told.lines() {
        let Some(mark) = line.strip_prefix(MARK) else {
            before.push_str(line);
            before.push('\n');
            continue;
        };
        let said = std::mem::take(&mut before);
        let Some((at, state)) = mark.split_once(' ') else {
            continue;
        };
        let Ok(at) = at.parse::<usize>() else {
            continue;
        };
        let verdict = match state {
            "none" => continue,
            "00000" => Verdict::Accepted,
            _ => refused(state, &said),
        };
        verdicts[at] = Some(verdict);
    }
    verdicts
}

fn refused(state: &str, said: &str) -> Verdict {
    let message = said.lines().find_map(|it| it.strip_prefix("ERROR:  "));
    let context = said.split("CONTEXT:  ").nth(1).unwrap_or_default();
    let inside = ["PL/pgSQL function", "SQL function"]
        .iter()
        .any(|it| context.contains(it));
    Verdict::Refused {
        state: state.to_owned(),
        message: message.unwrap_or_default().to_owned(),
        inside,
    }
}

fn write(verdicts: &Verdicts) -> String {
    let mut text = String::new();
    for (at, verdict) in verdicts.iter().enumerate() {
        match verdict {
            None => continue,
            Some(Verdict::Accepted) => writeln!(text, "{at}\tok"),
            Some(Verdict::Refused {
                state,
                message,
                inside,
            }) => {
                let place = if *inside { "inside" } else { "" };
                writeln!(
                    text,
                    "{at}\t{state}\t{place}\t{}",
                    message.replace('\t', " ")
                )
            }
        }
        .expect("a string takes all");
    }
    text
}

fn read(text: &str, count: usize) -> Verdicts {
    let mut verdicts = vec![None; count];
    for line in text.lines() {
        let mut fields = line.splitn(4, '\t');
        let mut next = || fields.next().unwrap_or_default();
        let (at, state) = (next(), next());
        let at: usize = at.parse().expect("it was written here");
        verdicts[at] = Some(if state == "ok" {
            Verdict::Accepted
        } else {
            Verdict::Refused {
                state: state.to_owned(),
                inside: next() == "inside",
                message: next().to_owned(),
            }
        });
    }
    verdicts
}
