//! What `check` asks of a whole history beyond being whole: one base, one head.

use super::{RevisionGraph, RevisionIndex};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// What the configuration allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    /// More than one head.
    pub heads: bool,
    /// More than one base.
    pub bases: bool,
}

/// A diagnostic for several heads and one for several bases, unless they are allowed.
#[must_use]
pub fn check(graph: &RevisionGraph, allowed: Allowed) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let bases = graph.bases();
    if bases.len() > 1 && !allowed.bases {
        diagnostics.push(
            several(graph, Code::MultipleBases, &bases, "bases", "a second base").help(
                "set down_revision to the missing parent, or write `allow: [bases]` in limbeck.yaml",
            ),
        );
    }
    let heads = graph.heads();
    if heads.len() > 1 && !allowed.heads {
        let ids = graph.ids(&heads).join(" ");
        diagnostics.push(
            several(graph, Code::MultipleHeads, &heads, "heads", "a second head").help(format!(
                "merge them with `limbeck merge {ids}`, or write `allow: [heads]` in limbeck.yaml"
            )),
        );
    }
    diagnostics
}

/// The diagnostic at the last of `revisions` to run, which is most likely the one too many.
fn several(
    graph: &RevisionGraph,
    code: Code,
    revisions: &[RevisionIndex],
    kind: &str,
    label: &str,
) -> Diagnostic {
    let message = format!(
        "the history has {} {kind}: {}",
        revisions.len(),
        graph.ids(revisions).join(", ")
    );
    let sorted = graph.sorted(revisions.iter().copied());
    let (last, others) = sorted.split_last().expect("there are several");
    others.iter().fold(
        Diagnostic::error(code, graph.header(*last).id.span, message).label(label),
        |diagnostic, other| {
            let span = graph.header(*other).id.span;
            diagnostic.related(span, format!("one of the other {kind}"))
        },
    )
}
