//! The graph as lines of text, as Alembic's commands word them, and as documents for programs.

mod diagram;
mod drawing;

use std::fmt::Write as _;

use serde::Serialize;
use smol_str::SmolStr;

use crate::graph::{RevisionGraph, RevisionIndex};
use crate::source::Sources;

pub use diagram::{dot, mermaid};
pub use drawing::draw;

/// What `heads` prints for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadsDocument {
    pub heads: Vec<HeadDocument>,
}

/// A head for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeadDocument {
    pub revision: SmolStr,
    pub labels: Vec<SmolStr>,
    pub message: String,
}

/// What `branches` prints for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BranchesDocument {
    pub branches: Vec<RevisionDocument>,
}

/// What `history` prints for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryDocument {
    pub history: Vec<RevisionDocument>,
}

/// What `graph` prints for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GraphDocument {
    pub graph: Vec<RevisionDocument>,
}

/// A revision for programs: what `branches`, `history` and `graph` list, and `show` begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RevisionDocument {
    #[serde(flatten)]
    pub head: HeadDocument,
    pub down_revisions: Vec<SmolStr>,
}

/// What a line says about a revision beside its id and labels.
#[derive(Debug, Clone, Copy)]
struct Line {
    parents: bool,
    forks: bool,
    message: bool,
}

/// The heads, one a line. With `resolve_dependencies`, those that no other revision depends on.
#[must_use]
pub fn heads(graph: &RevisionGraph, resolve_dependencies: bool) -> String {
    let heads = if resolve_dependencies {
        graph.real_heads()
    } else {
        graph.heads()
    };
    let form = Line {
        parents: false,
        forks: false,
        message: false,
    };
    lines(heads.iter().map(|it| line(graph, *it, form)))
}

/// The branch points with their children, newest first.
#[must_use]
pub fn branches(graph: &RevisionGraph) -> String {
    let form = Line {
        parents: false,
        forks: true,
        message: false,
    };
    let mut text = String::new();
    for point in graph.branch_points() {
        text.push_str(&line(graph, point, form));
        text.push('\n');
        let indent = " ".repeat(graph.id(point).chars().count());
        for child in graph.children(point) {
            let child = line(graph, *child, form);
            writeln!(text, "{indent} -> {child}").expect("a string takes all text");
        }
        text.push('\n');
    }
    text
}

/// `revisions`, one a line: `parents -> revision (labels) (head), message`.
#[must_use]
pub fn history(graph: &RevisionGraph, revisions: &[RevisionIndex]) -> String {
    let form = Line {
        parents: true,
        forks: true,
        message: true,
    };
    lines(revisions.iter().map(|it| line(graph, *it, form)))
}

/// `revisions` as `history -v` lists them.
#[must_use]
pub fn history_verbose(
    graph: &RevisionGraph,
    sources: &Sources,
    revisions: &[RevisionIndex],
) -> String {
    lines(revisions.iter().map(|it| show(graph, sources, *it)))
}

/// The header of `revision`, as `show` begins.
#[must_use]
pub fn show(graph: &RevisionGraph, sources: &Sources, revision: RevisionIndex) -> String {
    let header = graph.header(revision);
    let mut text = format!(
        "Rev: {}{}{}\n",
        header.id.value,
        if graph.is_head(revision) {
            " (head)"
        } else {
            ""
        },
        forks(graph, revision)
    );
    let mut field = |name: &str, value: &str| {
        writeln!(text, "{name}: {value}").expect("a string takes all text");
    };
    let parents = parents(graph, revision);
    if graph.is_merge(revision) {
        field("Merges", &parents);
    } else {
        field("Parent", &parents);
    }
    if !header.depends_on.is_empty() {
        field("Also depends on", &dependencies(graph, revision));
    }
    if graph.is_branch_point(revision) {
        field(
            "Branches into",
            &graph.ids(graph.children(revision)).join(", "),
        );
    }
    if !graph.labels(revision).is_empty() {
        field("Branch names", &graph.labels(revision).join(", "));
    }
    field("Path", sources.path(header.id.span).as_str());
    if let Some(date) = &header.create_date {
        field("Create date", date);
    }
    text.push('\n');
    for paragraph in header.message.lines() {
        writeln!(text, "    {paragraph}").expect("a string takes all text");
    }
    text
}

/// The heads for programs.
#[must_use]
pub fn heads_document(graph: &RevisionGraph, resolve_dependencies: bool) -> HeadsDocument {
    let heads = if resolve_dependencies {
        graph.real_heads()
    } else {
        graph.heads()
    };
    HeadsDocument {
        heads: heads.iter().map(|it| head_document(graph, *it)).collect(),
    }
}

/// `revision` for programs.
#[must_use]
pub fn revision_document(graph: &RevisionGraph, revision: RevisionIndex) -> RevisionDocument {
    RevisionDocument {
        head: head_document(graph, revision),
        down_revisions: graph.ids(graph.parents(revision)),
    }
}

/// `revisions` for programs, in their order.
#[must_use]
pub fn revision_documents(
    graph: &RevisionGraph,
    revisions: &[RevisionIndex],
) -> Vec<RevisionDocument> {
    revisions
        .iter()
        .map(|it| revision_document(graph, *it))
        .collect()
}

fn head_document(graph: &RevisionGraph, revision: RevisionIndex) -> HeadDocument {
    HeadDocument {
        revision: graph.id(revision).clone(),
        labels: graph.labels(revision).to_vec(),
        message: graph.header(revision).message.clone(),
    }
}

fn line(graph: &RevisionGraph, revision: RevisionIndex, form: Line) -> String {
    let mut text = String::new();
    if form.parents {
        text = parents(graph, revision);
        if !graph.header(revision).depends_on.is_empty() {
            text = format!("{text} ({})", dependencies(graph, revision));
        }
        text.push_str(" -> ");
    }
    text.push_str(graph.id(revision));
    if !graph.labels(revision).is_empty() {
        text = format!("{text} ({})", graph.labels(revision).join(", "));
    }
    if graph.is_real_head(revision) {
        text.push_str(" (head)");
    } else if graph.is_head(revision) {
        text.push_str(" (effective head)");
    }
    if form.forks {
        text.push_str(&forks(graph, revision));
    }
    if form.message && !title(graph, revision).is_empty() {
        text = format!("{text}, {}", title(graph, revision));
    }
    text
}

fn parents(graph: &RevisionGraph, revision: RevisionIndex) -> String {
    match graph.parents(revision) {
        [] => "<base>".to_owned(),
        parents => graph.ids(parents).join(", "),
    }
}

/// What `depends_on` names, as written: labels stay labels.
fn dependencies(graph: &RevisionGraph, revision: RevisionIndex) -> String {
    let names: Vec<&str> = graph
        .header(revision)
        .depends_on
        .iter()
        .map(|it| it.value.as_str())
        .collect();
    names.join(", ")
}

fn forks(graph: &RevisionGraph, revision: RevisionIndex) -> String {
    let mut text = String::new();
    if graph.is_branch_point(revision) {
        text.push_str(" (branchpoint)");
    }
    if graph.is_merge(revision) {
        text.push_str(" (mergepoint)");
    }
    text
}

/// The first line of the message.
fn title(graph: &RevisionGraph, revision: RevisionIndex) -> &str {
    let message = &graph.header(revision).message;
    message.lines().next().unwrap_or_default()
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}
