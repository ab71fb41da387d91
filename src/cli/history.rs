//! The commands that tell what the history is.

use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::project::Project;
use crate::cli::{Answer, Common, Format};
use crate::diagnostic::{self, Code, Diagnostic, Diagnostics};
use crate::graph::{Range, RevisionGraph, RevisionIndex};
use crate::replay::Wanted;
use crate::report::graph::{self as report, BranchesDocument, GraphDocument, HistoryDocument};
use crate::report::revision as review;
use crate::source::Sources;
use crate::{compile, syntax};

/// All revisions of a project, and how they follow each other.
#[derive(Debug)]
pub(super) struct History {
    pub(super) sources: Sources,
    pub(super) graph: RevisionGraph,
}

/// List the heads: the revisions that no other revision follows.
///
/// Use it to see where an upgrade to `head` ends, or which revisions `limbeck merge` would join.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  limbeck heads\n  limbeck heads --format json")]
pub(super) struct Heads {
    /// Omit heads that another revision depends on
    #[arg(long)]
    resolve_dependencies: bool,

    /// Show the whole header of each revision
    #[arg(short, long)]
    verbose: bool,
}

/// List the revisions at which the history branches, and what follows them.
///
/// Use it to find where two lines of development diverged.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  limbeck branches\n  limbeck branches --format json")]
pub(super) struct Branches {
    /// Show the whole header of each revision
    #[arg(short, long)]
    verbose: bool,
}

/// List the revisions, newest first.
///
/// Use it to see in which order they run, or which revisions are between two others.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck history
  limbeck history -v
  limbeck history -r 7f71:head
  limbeck history -r :20250813_auth_full")]
pub(super) struct ShowHistory {
    /// Show only the revisions from START to END, both included; either can be omitted
    #[arg(short, long, value_name = "START:END", allow_hyphen_values = true)]
    rev_range: Option<String>,

    /// Show the whole header of each revision
    #[arg(short, long)]
    verbose: bool,
}

/// Show one revision with the SQL of its upgrade and downgrade.
///
/// Use it to review a revision. It shows the parents, the file, the message, the SQL of the upgrade and the downgrade,
/// and what the downgrade does not restore. The SQL does not include the checks that scripts add. `limbeck upgrade` and
/// `limbeck downgrade` write the scripts that you run.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  limbeck show head\n  limbeck show 7f71\n  limbeck show auth@head"
)]
pub(super) struct Show {
    /// An id or the beginning of one, a label, `head`, or steps from one of these such as `head-1`
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    revision: String,
}

/// Draw the history.
///
/// Use it to see branches and merges at a glance, or to put a diagram into a document.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck graph
  limbeck graph --mermaid
  limbeck graph --dot | dot -Tsvg > history.svg")]
pub(super) struct Graph {
    /// Print a Mermaid flow chart, which GitHub and GitLab render in Markdown
    #[arg(long, conflicts_with = "dot")]
    mermaid: bool,

    /// Print the DOT language of Graphviz
    #[arg(long)]
    dot: bool,
}

impl History {
    /// Reads all revisions of `project`; fails unless every one can be read and has its parents.
    pub(super) fn read(project: &Project) -> Result<Self, Failure> {
        let sources = project.revisions()?;
        match graph_of(&sources) {
            Ok(graph) => Ok(Self { sources, graph }),
            Err(diagnostics) => Err(Failure::project(diagnostics, sources)),
        }
    }

    /// Fails if the history would not be whole with the new text, whose mistakes have no place yet.
    pub(super) fn accept(mut self, path: Utf8PathBuf, text: String) -> Result<(), Failure> {
        let new = self.sources.add(path, text);
        let Err(diagnostics) = graph_of(&self.sources) else {
            return Ok(());
        };
        let mut told = Diagnostics::default();
        for mut diagnostic in diagnostics {
            diagnostic.span = diagnostic.span.filter(|it| it.source != new);
            diagnostic.related.retain(|(span, _)| span.source != new);
            told.push(diagnostic);
        }
        Err(Failure::project(told, self.sources))
    }

    /// What the graph answers, or why the command cannot go on.
    pub(super) fn ask<T>(&self, answer: diagnostic::Result<T>) -> Result<T, Failure> {
        answer.map_err(|it| self.failure(it))
    }

    /// A failure whose diagnostics may point into the revisions.
    pub(super) fn failure(&self, diagnostics: impl Into<Diagnostics>) -> Failure {
        Failure::project(diagnostics, self.sources.clone())
    }
}

impl Heads {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let History { graph, sources } = History::read(&Project::open(common)?)?;
        let text = || {
            if !self.verbose {
                report::heads(&graph, self.resolve_dependencies)
            } else if self.resolve_dependencies {
                report::history_verbose(&graph, &sources, &graph.real_heads())
            } else {
                report::history_verbose(&graph, &sources, &graph.heads())
            }
        };
        let document = report::heads_document(&graph, self.resolve_dependencies);
        Ok(answer(common, text, &document))
    }
}

impl Branches {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let History { graph, sources } = History::read(&Project::open(common)?)?;
        let points = graph.branch_points();
        let text = || {
            if self.verbose {
                report::history_verbose(&graph, &sources, &points)
            } else {
                report::branches(&graph)
            }
        };
        let branches = report::revision_documents(&graph, &points);
        Ok(answer(common, text, &BranchesDocument { branches }))
    }
}

impl ShowHistory {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let history = History::read(&Project::open(common)?)?;
        let graph = &history.graph;
        let range = self.rev_range.as_deref().unwrap_or(":");
        let listed = history.ask(Range::parse(range).and_then(|it| graph.history(&it)))?;
        let text = || {
            if self.verbose {
                report::history_verbose(graph, &history.sources, &listed)
            } else {
                report::history(graph, &listed)
            }
        };
        let history = report::revision_documents(graph, &listed);
        Ok(answer(common, text, &HistoryDocument { history }))
    }
}

impl Show {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let project = Project::open(common)?;
        let history = History::read(&project)?;
        let (graph, sources) = (&history.graph, &history.sources);
        let Some(revision) = history.ask(graph.one(&self.revision))? else {
            let message = format!("{} does not name a revision", self.revision);
            return Err(history.failure(Diagnostic::error(Code::UnknownRevision, None, message)));
        };
        // What comes later says nothing of it, sound or not.
        let below = graph.until(&[revision]);
        let config = &project.config;
        let compiled = history.ask(compile::check(sources, config, below, Wanted::Everything))?;
        let here = compiled.graph.with_id(graph.id(revision));
        let here = here.expect("the history ends with it");
        let replayed = &compiled.replayed.revisions[here.index()];
        let text = || {
            let header = report::show(graph, sources, revision);
            let sql = review::sql(replayed, &config.schema);
            format!("{}\n\n{sql}", header.trim_end())
        };
        let document = review::document(graph, revision, replayed, &config.schema);
        let answer = answer(common, text, &document);
        compiled.let_go();
        Ok(answer)
    }
}

impl Graph {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let History { graph, .. } = History::read(&Project::open(common)?)?;
        let all: Vec<RevisionIndex> = graph.order().to_vec();
        let text = || {
            if self.mermaid {
                report::mermaid(&graph)
            } else if self.dot {
                report::dot(&graph)
            } else {
                report::draw(&graph)
            }
        };
        let documents = report::revision_documents(&graph, &all);
        Ok(answer(common, text, &GraphDocument { graph: documents }))
    }
}

fn graph_of(sources: &Sources) -> diagnostic::Result<RevisionGraph> {
    RevisionGraph::new(syntax::headers(sources)?)
}

/// The text for people, or the document for programs.
pub(super) fn answer(
    common: &Common,
    text: impl FnOnce() -> String,
    document: &impl serde::Serialize,
) -> Answer {
    Answer {
        data: match common.format {
            Format::Human => text(),
            Format::Json => {
                serde_json::to_string(document).expect("text and numbers are always JSON") + "\n"
            }
        },
        remarks: String::new(),
        ..Answer::default()
    }
}
