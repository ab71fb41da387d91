//! A psql that stays.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::thread::{self, JoinHandle};

use super::program::{Output, spawn};
use super::{ANSWERS, Fault};

/// A psql that takes one script after the other: connecting takes longer than most of them.
#[derive(Debug)]
pub(super) struct Session {
    psql: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// Ends with all that was said.
    stderr: JoinHandle<String>,
}

/// What ends the answers of a script.
const END: &str = "limbeck has come to the end";

impl Session {
    pub(super) fn open(mut command: Command) -> Result<Self, Fault> {
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

    /// What a script answers; none where psql ended before it did.
    pub(super) fn run(&mut self, script: &str) -> Option<String> {
        let script = format!("discard all;\n{script}\n;\nselect '{END}';\n");
        let Self { stdin, stdout, .. } = self;
        thread::scope(|scope| {
            // One that ends early does not read the rest.
            scope.spawn(move || stdin.write_all(script.as_bytes()).ok());
            let mut answers = String::new();
            loop {
                let at = answers.len();
                if stdout.read_line(&mut answers).ok()? == 0 {
                    return None;
                }
                if answers[at..].trim_end() == END {
                    answers.truncate(at);
                    return Some(answers);
                }
            }
        })
    }

    /// How it ended, and what it said of it.
    pub(super) fn close(self) -> Output {
        let Self {
            mut psql,
            stdin,
            stdout,
            stderr,
        } = self;
        drop((stdin, stdout));
        Output {
            status: psql.wait().ok().and_then(|it| it.code()),
            stdout: String::new(),
            stderr: stderr.join().unwrap_or_default(),
        }
    }
}
