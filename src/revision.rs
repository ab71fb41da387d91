//! Revisions: what one file of the history says.

use smol_str::SmolStr;

use crate::operation::{Assert, Operation};
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

/// One file of the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    pub header: Header,
    pub body: Body,
}

/// What a revision does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Body {
    pub upgrade: Vec<Statement>,
    pub downgrade: Downgrade,
    /// Statements with mistakes, which are not among the others.
    pub unread: Vec<Span>,
    /// What `verify` asserts after the upgrade.
    pub verify: Vec<Spanned<Assert>>,
}

/// One statement of an `upgrade` or `downgrade` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub operation: Operation,
    pub span: Span,
    /// The statement's own way back.
    pub reverse: Option<Reverse>,
}

/// How the author takes one statement back.
#[derive(Debug, Clone, PartialEq)]
pub enum Reverse {
    /// `reverse { }`: the way back leaves what the statement did as it is.
    Stays,
    /// `reverse drop`: what the statement makes unless it is there goes, whoever made it.
    Drop,
    /// `reverse { … }`, or with `lossy` where rows do not come back as they were.
    Written {
        statements: Vec<Statement>,
        lossy: bool,
    },
}

impl Reverse {
    /// The statements that take it back.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        match self {
            Self::Stays | Self::Drop => &[],
            Self::Written { statements, .. } => statements,
        }
    }
}

/// How a revision is taken back.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Downgrade {
    /// `downgrade auto;`, also where nothing is said.
    #[default]
    Auto,
    Written {
        statements: Vec<Statement>,
        span: Span,
    },
    Irreversible {
        reason: String,
        span: Span,
    },
}
