//! How well a way back restores: exactly, or what it loses; or why there is none.

use std::collections::BTreeSet;
use std::fmt;

/// Why there is no automatic way back: a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoInverse(pub String);

/// What a rollback does not bring back; empty for an exact one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fidelity(pub BTreeSet<Loss>);

/// One way in which a rollback falls short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Values went through types that do not hold each other's exactly.
    ChangesValues,
    /// Rows do not come back as they were, as their author says.
    ChangesRows,
    /// Owner, grants, triggers and policies of an object that is made again.
    LosesAttachments,
    /// Rows or values are gone.
    LosesData,
    /// Rows written since may not fit.
    MayFailOnRows,
    /// The author leaves what was done as it is.
    Stays,
    Irreversible,
}

impl Fidelity {
    #[must_use]
    pub fn of(losses: &[Loss]) -> Self {
        Self(losses.iter().copied().collect())
    }

    /// Whether that is lost.
    #[must_use]
    pub fn has(&self, loss: Loss) -> bool {
        self.0.contains(&loss)
    }

    /// Adds the losses of another part of the same rollback.
    pub fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }
}

impl Loss {
    /// The words for it in the manifest, and mostly in sentences.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ChangesValues => "changes values",
            Self::ChangesRows => "changes rows",
            Self::LosesAttachments => "loses attachments",
            Self::LosesData => "loses data",
            Self::MayFailOnRows => "may fail on rows",
            Self::Stays => "stays",
            Self::Irreversible => "irreversible",
        }
    }
}

impl fmt::Display for Fidelity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("exact");
        }
        for (index, loss) in self.0.iter().enumerate() {
            formatter.write_str(if index > 0 { ", " } else { "" })?;
            formatter.write_str(match loss {
                Loss::Stays => "leaves some changes in place",
                Loss::ChangesValues
                | Loss::ChangesRows
                | Loss::LosesAttachments
                | Loss::LosesData
                | Loss::MayFailOnRows
                | Loss::Irreversible => loss.words(),
            })?;
        }
        Ok(())
    }
}
