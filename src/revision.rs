//! Revisions: what one file of the history says.

use smol_str::SmolStr;

use crate::source::{Span, Spanned};

/// What the header of a revision file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// `revision 'id';`
    pub id: Spanned<SmolStr>,
    /// The whole `down_revision …;` statement.
    pub down_revision: Span,
    /// The parents: none for a base, several for a merge.
    pub down_revisions: Vec<Spanned<SmolStr>>,
    /// Revisions that must have run before, without being parents.
    pub depends_on: Vec<Spanned<SmolStr>>,
    pub branch_labels: Vec<Spanned<SmolStr>>,
    pub message: String,
    /// As written; never read from a clock.
    pub create_date: Option<String>,
}
