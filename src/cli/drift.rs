//! `limbeck drift`: a live database held against the history.

use std::path::PathBuf;

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::history::History;
use crate::cli::project::Project;
use crate::cli::{Answer, Common, Format};
use crate::compile;
use crate::diagnostic::{Code, Diagnostic};
use crate::prove::Stop;
use crate::prove::drift::{Expected, drift};
use crate::replay::Wanted;
use crate::report::prove as report;

/// Show the differences between a live database and the history.
///
/// Use it before an upgrade, or regularly, to find changes that were made by hand. It only reads, in read-only
/// transactions. It does not look at the rows of tables.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck drift --database-url postgres://me@host/app          at the revision in the version table
  limbeck drift --database-url postgres://me@host/app --at 7f71
  limbeck drift --database-url 'service=app' --format json     for programs")]
pub(super) struct Drift {
    /// The database, in the form that psql accepts; keep a password in ~/.pgpass instead
    #[arg(long, value_name = "URL")]
    database_url: String,

    /// The revision to compare with; separate several with commas
    #[arg(long, value_name = "REV")]
    at: Option<String>,

    /// The folder that contains psql
    #[arg(long, value_name = "DIR")]
    bindir: Option<PathBuf>,
}

impl Drift {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let history = History::read(&project)?;
        let at = match &self.at {
            Some(at) => Some(history.ask(history.graph.several(at.split(',')))?),
            None => None,
        };
        let compiled = history.ask(compile::check(
            &history.sources,
            &project.config,
            history.graph.clone(),
            Wanted::Everything,
        ))?;
        let expected = Expected {
            sources: &history.sources,
            config: &project.config,
            compiled: &compiled,
            at,
        };
        let found = match drift(&expected, &self.database_url, self.bindir.as_deref()) {
            Ok(found) => found,
            Err(Stop::Server(fault)) => return Err(fault.into()),
            Err(Stop::History(diagnostics)) => return Err(history.failure(diagnostics)),
        };
        let document = report::drift_document(&found).to_string() + "\n";
        if !found.differences.is_empty() {
            let message = report::drift_summary(&found);
            let fault = Diagnostic::error(Code::Drift, None, message);
            let help = "find out who changed it; then undo the change, or write a revision that makes the history match";
            let details = report::drift_list(&found);
            return Err(Failure::verification(
                fault.help(help).into(),
                history.sources,
                details,
                document,
            ));
        }
        Ok(Answer {
            data: match common.format {
                Format::Human => report::drift_summary(&found) + "\n",
                Format::Json => document,
            },
            remarks: report::drift_remarks(&found),
            ..Answer::default()
        })
    }
}
