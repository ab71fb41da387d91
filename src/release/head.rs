//! The revision that notes name.

use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::source::Span;

pub(super) type Checked<T> = Result<T, Diagnostic>;

/// The revision whose whole id is `id`.
pub(super) fn head(id: &str, span: Span, graph: &RevisionGraph) -> Checked<RevisionIndex> {
    let mut all = graph.order().iter();
    if let Some(found) = all.find(|it| graph.id(**it) == id) {
        return Ok(*found);
    }
    let ids: Vec<SmolStr> = graph.ids(graph.order());
    let help = match nearest(id, ids.iter().map(SmolStr::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the full id of a revision; `limbeck history` lists all revisions".to_owned(),
    };
    Err(fault(span, format!("there is no revision {id}")).help(help))
}

pub(super) fn fault(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::Release, span, message)
}
