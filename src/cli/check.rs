//! `limbeck check`: whether a project is sound, or some files of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::named::Named;
use crate::cli::project::Project;
use crate::cli::{Answer, Common, Format, Warnings};
use crate::compile::{self, alone};
use crate::diagnostic::{self, Code, Diagnostic, Diagnostics};
use crate::graph::{self, Allowed, RevisionGraph};
use crate::release::{Releases, Sealer};
use crate::replay::Wanted;
use crate::source::{SourceId, Sources};
use crate::{digest, report};

/// Check the project for errors.
///
/// Use it before every commit and in CI. It fails on a missing parent, a cycle, a second head or base, and on
/// everything else that would prevent a script from being written. It reports all errors at once. With files, for example
/// those of a commit, it still reads the whole project, but reports only errors in these files and errors that refer to them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck check
  limbeck check revisions/7f71_users.rev     only errors that concern this file
  limbeck check --format json")]
pub(super) struct Check {
    /// Report only what concerns these files: revisions, notes or the configuration; a folder means all files in it
    #[arg(value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
}

impl Check {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        if !self.files.is_empty() {
            return self.check_files(&project, common);
        }
        let mut sources = project.revisions()?;
        let graph = match compile::graph(&sources, &project.config) {
            Ok(graph) => graph,
            Err(mut diagnostics) => {
                diagnostics.extend(alone::beside(&sources, &project.config, &diagnostics));
                return Err(Failure::project(diagnostics, sources));
            }
        };
        let notes = project.notes(&mut sources)?;
        let count = graph.len();
        match check(&sources, &notes, &project, graph) {
            Ok(warnings) => {
                let remarks = match count {
                    1 => "1 revision checked, no errors\n".to_owned(),
                    count => format!("{count} revisions checked, no errors\n"),
                };
                Ok(answer(warnings, sources, remarks, common))
            }
            Err(diagnostics) => Err(Failure::project(diagnostics, sources)),
        }
    }

    fn check_files(&self, project: &Project, common: &Common) -> Result<Answer, Failure> {
        let (history, unclear) = project.legible_revisions()?;
        let mut sources = history.clone();
        let graph = compile::graph(&history, &project.config);
        let notes = project.notes(&mut sources)?;
        let named = Named::find(&self.files, project, &sources)?;
        let has_graph = graph.is_ok();
        let checked = graph.and_then(|it| check(&sources, &notes, project, it));
        let (mut faults, warnings) = match checked {
            Ok(warnings) => (Diagnostics::default(), warnings),
            Err(faults) => (faults, Diagnostics::default()),
        };
        let spans = unclear.iter().filter_map(|it| it.span);
        let illegible: BTreeSet<SourceId> = spans.map(|it| it.source).collect();
        faults.extend(unclear);
        let mut told = named.concerning(&faults, &sources);
        if told.is_empty() && !faults.is_empty() {
            // One text that cannot be read keeps the whole history from running.
            let (notes, revisions): (BTreeSet<SourceId>, BTreeSet<SourceId>) =
                named.sources.iter().partition(|it| notes.contains(it));
            told = alone::faults(&history, &project.config, &revisions, &faults, &illegible);
            if !has_graph {
                let why = faults
                    .iter()
                    .find_map(|it| Some((it.span?, it.message.as_str())));
                for it in notes {
                    told.push(alone::unchecked(it, why, &sources));
                }
            }
        }
        if !told.is_empty() {
            return Err(Failure::project(told, sources));
        }
        let mut remarks = named.remarks.clone();
        remarks += if named.is_nothing() {
            "none of these files affects the history"
        } else {
            "no errors in these files"
        };
        match faults.len() {
            0 => remarks.push('\n'),
            1 => remarks += "; the project has 1 other error: run `limbeck check`\n",
            count => {
                let _ = writeln!(
                    remarks,
                    "; the project has {count} other errors: run `limbeck check`"
                );
            }
        }
        let warnings = named.concerning(&warnings, &sources);
        Ok(answer(warnings, sources, remarks, common))
    }
}

fn answer(warnings: Diagnostics, sources: Sources, remarks: String, common: &Common) -> Answer {
    let (data, warnings) = match common.format {
        Format::Human => (
            String::new(),
            Warnings {
                diagnostics: warnings,
                sources,
            },
        ),
        Format::Json => (report::json(&warnings, &sources), Warnings::default()),
    };
    Answer {
        data,
        warnings,
        remarks,
        ..Answer::default()
    }
}

/// The warnings of a history that is sound, follows the configuration's policy, and is what was sealed.
fn check(
    sources: &Sources,
    notes: &[SourceId],
    project: &Project,
    graph: RevisionGraph,
) -> diagnostic::Result<Diagnostics> {
    let config = &project.config;
    if graph.is_empty() {
        let message = format!("there are no revisions in {}", project.revisions_folder());
        return Err(Diagnostic::error(Code::NoRevisions, None, message)
            .help("write the first one with `limbeck revision -m \"…\"`")
            .into());
    }
    let allowed = Allowed {
        heads: config.allow.heads,
        bases: config.allow.bases,
    };
    let mut diagnostics = graph::check(&graph, allowed);
    if let Some(releases) = diagnostics.absorb(Releases::read(sources, notes, &graph))
        && releases.iter().any(|it| it.seal.is_some())
    {
        let sealer = Sealer {
            sources,
            config,
            graph: &graph,
            releases: &releases,
            digests: &digest::digests(sources, &graph),
        };
        diagnostics.extend(sealer.check());
    }
    let compiled = diagnostics.absorb(compile::check(sources, config, graph, Wanted::Nothing));
    let mut warnings = Diagnostics::default();
    if let Some(compiled) = compiled {
        warnings = compiled.warnings(sources, config);
        compiled.let_go();
    }
    diagnostics.into_result(warnings)
}
