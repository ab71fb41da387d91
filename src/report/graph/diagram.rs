//! The graph in the languages of drawing programs.

use std::fmt::Write as _;

use super::title;
use crate::graph::{RevisionGraph, RevisionIndex};

/// The graph as a Mermaid flowchart, oldest on top; dependencies are dotted.
#[must_use]
pub fn mermaid(graph: &RevisionGraph) -> String {
    let mut text = "flowchart TD\n".to_owned();
    let name = |revision: RevisionIndex| format!("r{}", graph.position(revision));
    for revision in graph.order() {
        let label = labelled(graph, *revision, "<br/>", |it| {
            it.replace('&', "&amp;")
                .replace('"', "&quot;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        });
        let name = name(*revision);
        line(&mut text, format_args!("  {name}[\"{label}\"]"));
    }
    for revision in graph.order() {
        for parent in graph.parents(*revision) {
            let (from, to) = (name(*parent), name(*revision));
            line(&mut text, format_args!("  {from} --> {to}"));
        }
        for dependency in graph.dependencies(*revision) {
            let (from, to) = (name(*dependency), name(*revision));
            line(&mut text, format_args!("  {from} -.-> {to}"));
        }
    }
    text
}

/// The graph in Graphviz' language, oldest on top; dependencies are dashed.
#[must_use]
pub fn dot(graph: &RevisionGraph) -> String {
    let quote = |it: &str| it.replace('\\', "\\\\").replace('"', "\\\"");
    let mut text = "digraph revisions {\n  node [shape=box];\n".to_owned();
    for revision in graph.order() {
        let id = quote(graph.id(*revision));
        let label = labelled(graph, *revision, "\\n", quote);
        line(&mut text, format_args!("  \"{id}\" [label=\"{label}\"];"));
    }
    for revision in graph.order() {
        let id = quote(graph.id(*revision));
        for parent in graph.parents(*revision) {
            let parent = quote(graph.id(*parent));
            line(&mut text, format_args!("  \"{parent}\" -> \"{id}\";"));
        }
        for dependency in graph.dependencies(*revision) {
            let dependency = quote(graph.id(*dependency));
            line(
                &mut text,
                format_args!("  \"{dependency}\" -> \"{id}\" [style=dashed];"),
            );
        }
    }
    text.push_str("}\n");
    text
}

/// The id, the labels that the revision itself bears, and the title of a box.
fn labelled(
    graph: &RevisionGraph,
    revision: RevisionIndex,
    newline: &str,
    escape: impl Fn(&str) -> String,
) -> String {
    let header = graph.header(revision);
    let mut label = escape(&header.id.value);
    for branch in &header.branch_labels {
        label = format!("{label} ({})", escape(&branch.value));
    }
    match title(graph, revision) {
        "" => label,
        title => format!("{label}{newline}{}", escape(title)),
    }
}

fn line(text: &mut String, line: std::fmt::Arguments) {
    writeln!(text, "{line}").expect("a string takes all text");
}
