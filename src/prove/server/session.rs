//! A psql that stays.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command};
use std::thread::{self, JoinHandle};

use super::cluster::secret;
use super::program::{Output, spawn};
use super::{ANSWERS, Fault};
use crate::catalog::PATH;

/// A psql that takes one script after the other: connecting takes longer than most of them.
#[derive(Debug)]
pub(super) struct Session {
    psql: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// What ends the answers of a script. No script knows it, nor can guess it: a revision could else forge what follows.
    end: String,
    /// Ends with all that was said.
    stderr: JoinHandle<String>,
}

impl Session {
    pub(super) fn open(mut command: Command) -> Result<Self, Fault> {
        let mut psql = spawn(command.args(ANSWERS).args(["-f", "-"]))?;
        let mut stderr = psql.stderr.take().expect("it is piped");
        Ok(Self {
            end: format!("limbeck has come to the end {}", secret()?),
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
        let Self {
            stdin, stdout, end, ..
        } = self;
        let script = format!("discard all;\n{PATH}set jit = off;\n{script}\n;\nselect '{end}';\n");
        thread::scope(|scope| {
            // One that ends early does not read the rest.
            scope.spawn(move || stdin.write_all(script.as_bytes()).ok());
            let mut answers = String::new();
            loop {
                let at = answers.len();
                if stdout.read_line(&mut answers).ok()? == 0 {
                    return None;
                }
                if answers[at..].trim_end() == end {
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
            end: _,
        } = self;
        drop((stdin, stdout));
        Output {
            status: psql.wait().ok().and_then(|it| it.code()),
            stdout: String::new(),
            stderr: stderr.join().unwrap_or_default(),
        }
    }
}
