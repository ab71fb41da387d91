//! The commands that write scripts.

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::project::Project;
use crate::cli::{Answer, Common, Format, output};
use crate::config::Config;
use crate::source::Sources;
use crate::{compile, diagnostic};

/// Write the SQL that upgrades a database to a revision.
///
/// Use it to see what a revision does, or to give a script to somebody who does not have limbeck. The script is plain
/// SQL, so any client can run it; run psql with `-v ON_ERROR_STOP=1`. Each transaction checks the revision of the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck upgrade head --sql                     all revisions, for an empty database
  limbeck upgrade 7f71:head --sql -o up.sql      all revisions after 7f71
  limbeck upgrade 7f71:+1 --sql                  the revision after 7f71
  limbeck upgrade b1,b2:head --sql               from a database with two heads")]
pub(super) struct Upgrade {
    #[command(flatten)]
    script: Script,
}

/// Write the SQL that downgrades a database to an earlier revision.
///
/// Use it to see how a revision is undone and what is lost. The range starts at the current revision of the database.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck downgrade head:-1 --sql                the last revision
  limbeck downgrade head:base --sql              all revisions
  limbeck downgrade head:7f71 --sql -o down.sql")]
pub(super) struct Downgrade {
    #[command(flatten)]
    script: Script,
}

/// Write the SQL that sets the revision of a database without running anything else.
///
/// Use it before the first upgrade of a database whose tables were created by other means. Only the version table
/// changes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck stamp head --sql                       for a database without a version table that has all objects
  limbeck stamp 7f71:head --sql                  for a database that is at 7f71")]
pub(super) struct Stamp {
    #[command(flatten)]
    script: Script,
}

#[derive(Debug, Args)]
struct Script {
    /// The current and the target revision of the database: `[START:]END`
    #[arg(value_name = "RANGE", allow_negative_numbers = true)]
    range: String,

    /// Write SQL; required, because this command never connects to a database
    #[arg(long)]
    sql: bool,

    /// Write to this file instead of stdout; `-` is stdout
    #[arg(short, long, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
}

impl Upgrade {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        self.script.run(common, "upgrade", compile::upgrade)
    }
}

impl Downgrade {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        self.script.run(common, "downgrade", compile::downgrade)
    }
}

impl Stamp {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        self.script.run(common, "stamp", compile::stamp)
    }
}

impl Script {
    fn run(
        &self,
        common: &Common,
        verb: &str,
        write: fn(&Sources, &Config, &str) -> diagnostic::Result<String>,
    ) -> Result<Answer, Failure> {
        if !self.sql && self.output.is_none() {
            return Err(Failure::refused(
                "this command only writes SQL and never connects to a database",
                format!(
                    "add --sql, and run the script with psql: limbeck {verb} {} --sql -o FILE && psql -v ON_ERROR_STOP=1 -f FILE",
                    self.range
                ),
            ));
        }
        let project = Project::open(common)?;
        let sources = project.revisions()?;
        let script = match write(&sources, &project.config, &self.range) {
            Ok(script) => script,
            Err(diagnostics) => return Err(Failure::project(diagnostics, sources)),
        };
        let Some(path) = self.output.as_ref().filter(|it| *it != "-") else {
            return Ok(Answer {
                data: script,
                exact: true,
                ..Answer::default()
            });
        };
        output::replace(path, &script)?;
        let (data, remarks) = match common.format {
            Format::Human => (String::new(), format!("wrote {path}\n")),
            Format::Json => (
                output::written(std::slice::from_ref(path), common.format),
                String::new(),
            ),
        };
        Ok(Answer {
            data,
            remarks,
            ..Answer::default()
        })
    }
}
