//! What was found of bundles.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bundle::{Edit, Outcome, Verdict};

/// One bundle that was verified, or is missing.
#[derive(Debug)]
pub struct Verified {
    /// Of the release.
    pub version: String,
    /// The name of the bundle's folder.
    pub folder: String,
    pub sealed: bool,
    /// Why the release must not be used.
    pub withdrawn: Option<String>,
    pub verdict: Verdict,
    /// What was edited since the release was sealed, in sentences. It is known better than by the manifest.
    pub sealed_edits: Vec<String>,
}

impl Verified {
    /// Whether it is known what was edited, so that files that nobody touched follow from it. What a manifest says of
    /// revisions counts where no seal says that they are what they were.
    #[must_use]
    pub fn has_cause(&self) -> bool {
        !self.sealed_edits.is_empty() || !self.sealed && !self.verdict.edits.is_empty()
    }
}

/// One line for each bundle.
#[must_use]
pub fn list(all: &[Verified]) -> String {
    let mut text = String::new();
    for it in all {
        let _ = write!(text, "{}: ", it.folder);
        match &it.verdict.outcome {
            Outcome::Verified => text.push_str("verified"),
            Outcome::Differs => text.push_str("differs"),
            Outcome::Frozen { by } => {
                let _ = write!(text, "frozen (made by limbeck {by}, not recompiled)");
            }
            Outcome::Missing => text.push_str("no bundle"),
        }
        if let Some(reason) = &it.withdrawn {
            let _ = write!(text, ", withdrawn: {reason}");
        }
        if let Some(anchor) = &it.verdict.anchor {
            let _ = write!(text, "; anchor {anchor}");
        }
        for it in &it.verdict.proofs {
            let _ = write!(
                text,
                "; PostgreSQL {}: {} proved, {} not proved according to proof.json",
                it.server, it.proved, it.not_proved
            );
        }
        text.push('\n');
    }
    text
}

/// `{"releases":[…],"strays":[…]}`. This form is stable.
#[must_use]
pub fn document(all: &[Verified], strays: &[String]) -> Value {
    let releases: Vec<Value> = all.iter().map(entry).collect();
    json!({ "releases": releases, "strays": strays })
}

fn entry(it: &Verified) -> Value {
    let verdict = &it.verdict;
    let made_by = match &verdict.outcome {
        Outcome::Frozen { by } => Some(by),
        Outcome::Verified | Outcome::Differs | Outcome::Missing => None,
    };
    let differences: Vec<Value> = verdict
        .differences
        .iter()
        .map(|it| {
            json!({
                "file": it.file,
                "kind": it.kind.name(),
                "message": it.message,
                "diff": it.diff,
            })
        })
        .collect();
    let edited: Vec<&str> = verdict
        .edits
        .iter()
        .map(|it| it.revision.as_str())
        .collect();
    let mut remarks = it.sealed_edits.clone();
    if remarks.is_empty() {
        remarks.extend(verdict.edits.iter().map(Edit::sentence));
    }
    remarks.extend(verdict.remarks.iter().cloned());
    let proofs: Vec<Value> = verdict
        .proofs
        .iter()
        .map(|it| json!({"server": it.server, "proved": it.proved, "not_proved": it.not_proved}))
        .collect();
    json!({
        "version": it.version,
        "bundle": it.folder,
        "sealed": it.sealed,
        "withdrawn": it.withdrawn,
        "outcome": verdict.outcome.name(),
        "made_by": made_by,
        "anchor": verdict.anchor,
        "edited": edited,
        "remarks": remarks,
        "differences": differences,
        "proofs": proofs,
    })
}
