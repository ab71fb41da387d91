//! What people and programs are shown: diagnostics and the graph. Pure: text goes out, nothing is printed.

pub mod bundle;
pub mod graph;
mod human;
mod json;
pub mod prove;
pub mod release;
pub mod revision;
pub mod schema;

pub use human::{Style, human, human_in_order};
pub use json::json;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Sources;

/// The diagnostics by file, line and column; those without a place come first.
fn sorted<'a>(diagnostics: &'a Diagnostics, sources: &Sources) -> Vec<&'a Diagnostic> {
    let mut sorted: Vec<_> = diagnostics.iter().collect();
    sorted.sort_by_key(|it| {
        it.span
            .map(|span| (sources.path(span).to_owned(), span.start, span.end))
    });
    sorted
}
