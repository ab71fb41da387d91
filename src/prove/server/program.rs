//! Running the programs of a PostgreSQL.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::Fault;

/// How psql ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// None where a signal ended it.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// What psql said from the error on, without its own prefix.
    #[must_use]
    pub fn error(&self) -> String {
        let lines = self
            .stderr
            .lines()
            .map(|it| it.strip_prefix("psql:<stdin>:").unwrap_or(it))
            .skip_while(|it| !it.contains("ERROR:") && !it.contains("FATAL:"));
        let lines: Vec<&str> = lines.filter(|it| !it.starts_with("LOCATION:")).collect();
        if lines.is_empty() {
            return self.stderr.trim().to_owned();
        }
        // The line counts those of all scripts before, too.
        let said = lines.join("\n");
        match said.find("ERROR:") {
            Some(at) => said[at..].to_owned(),
            None => said,
        }
    }
}

/// The variable that says how psql reads scripts and writes answers. Ours are UTF-8.
pub(super) const ENCODING: &str = "PGCLIENTENCODING";

/// The psql of a folder, or the one in `PATH`.
pub(super) fn psql(programs: Option<&Path>) -> Command {
    let mut command = match programs {
        Some(programs) => {
            let mut command = Command::new(programs.join("psql"));
            command.env("LD_LIBRARY_PATH", libraries(programs));
            command
        }
        None => Command::new("psql"),
    };
    command.env(ENCODING, "UTF8");
    command
}

/// Starts a program with pipes. A terminal's Ctrl-C is for us; it gets the end of its input.
pub(super) fn spawn(command: &mut Command) -> Result<Child, Fault> {
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
                "install PostgreSQL, or name the folder that contains its programs with --bindir",
            )
        })
}

/// Runs a program whose input is `input`.
pub(super) fn outcome(command: &mut Command, input: &str) -> Result<Output, Fault> {
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
pub(super) fn libraries(programs: &Path) -> std::ffi::OsString {
    let asked = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let own = programs.parent().map(|it| it.join("lib"));
    let own = own.filter(|it| it.join("libpq.so.5").exists());
    let paths = own.into_iter().chain(std::env::split_paths(&asked));
    std::env::join_paths(paths).unwrap_or(asked)
}

/// `program`, run by somebody else when we are root, whom PostgreSQL's server refuses.
pub fn unprivileged(program: impl AsRef<OsStr>) -> Result<Command, Fault> {
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
            "a PostgreSQL server cannot run as root, and there is no user postgres or nobody",
            "run limbeck as another user, or use an existing server with --database-url",
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
