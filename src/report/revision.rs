//! One revision for whoever reviews it: its SQL both ways, and what the way back does not restore. The SQL is that of the
//! revision alone; what scripts put around it, such as their checks and the version table, is left out.

use std::fmt::Write as _;

use serde::Serialize;

use crate::bundle::manifest::{PartKind, words};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::inverse::{Fidelity, Loss};
use crate::lower::{Lowered, Statement};
use crate::plan::parts::{self, Part};
use crate::replay::{ReplayedRevision, WayBack};
use crate::report::graph::{RevisionDocument, revision_document};
use crate::visible;

/// What `show` prints for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShowDocument {
    #[serde(flatten)]
    pub revision: RevisionDocument,
    pub upgrade: Vec<PartDocument>,
    /// Empty where there is none.
    pub downgrade: Vec<PartDocument>,
    /// Whether the author wrote the downgrade.
    pub written: bool,
    /// Of the downgrade, in words.
    pub fidelity: Vec<String>,
    /// Why there is no downgrade.
    pub irreversible: Option<String>,
}

/// What runs as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartDocument {
    pub kind: PartKind,
    pub statements: Vec<String>,
}

/// A revision that was compiled with everything: its SQL both ways, for people. Names without a schema belong to `schema`.
#[must_use]
pub fn sql(replayed: &ReplayedRevision, schema: &str) -> String {
    let mut text = String::new();
    write(&mut text, "upgrade", &replayed.upgrade_sql, schema);
    let fidelity = fidelity(replayed);
    let downgrade = match &replayed.downgrade {
        WayBack::Irreversible(reason) => {
            let _ = writeln!(
                text,
                "\n-- downgrade: irreversible: {}",
                visible::line(reason)
            );
            return text;
        }
        WayBack::Steps(_) => format!("downgrade, derived: {fidelity}"),
        WayBack::Written { .. } => format!("downgrade, as written: {fidelity}"),
    };
    text.push('\n');
    write(&mut text, &downgrade, &replayed.downgrade_sql, schema);
    text
}

/// A revision that was compiled with everything, for programs.
#[must_use]
pub fn document(
    graph: &RevisionGraph,
    revision: RevisionIndex,
    replayed: &ReplayedRevision,
    schema: &str,
) -> ShowDocument {
    let (written, irreversible) = match &replayed.downgrade {
        WayBack::Steps(_) => (false, None),
        WayBack::Written { .. } => (true, None),
        WayBack::Irreversible(reason) => (true, Some(reason.clone())),
    };
    ShowDocument {
        revision: revision_document(graph, revision),
        upgrade: parts_of(&replayed.upgrade_sql, schema),
        downgrade: parts_of(&replayed.downgrade_sql, schema),
        written,
        fidelity: words(&fidelity(replayed)),
        irreversible,
    }
}

fn fidelity(replayed: &ReplayedRevision) -> Fidelity {
    let mut fidelity = match &replayed.downgrade {
        WayBack::Irreversible(_) => Fidelity::of(&[Loss::Irreversible]),
        WayBack::Steps(_) | WayBack::Written { .. } => Fidelity::default(),
    };
    for it in &replayed.downgrade_sql {
        fidelity.add(&it.fidelity);
    }
    fidelity
}

/// Each part below a line that says how it runs.
fn write(text: &mut String, title: &str, lowered: &[Lowered], schema: &str) {
    let all = parts_of(lowered, schema);
    let count = all.len();
    let _ = writeln!(text, "-- {title}");
    if all.is_empty() {
        text.push_str("-- nothing\n");
    }
    for (part, number) in all.iter().zip(1..) {
        let how = match part.kind {
            PartKind::Transaction => "in a transaction",
            PartKind::Alone => "outside of a transaction",
        };
        if count > 1 {
            let _ = writeln!(text, "-- part {number} of {count}, {how}");
        } else if part.kind == PartKind::Alone {
            let _ = writeln!(text, "-- {how}");
        }
        for it in &part.statements {
            text.push_str(it);
            text.push('\n');
        }
    }
}

/// What is to be done, with its `;`. None where nothing is.
fn parts_of(lowered: &[Lowered], schema: &str) -> Vec<PartDocument> {
    let sql = |it: &Statement| format!("{};", it.sql(schema));
    let parts = parts::split(lowered).into_iter().map(|part| match part {
        Part::Transaction(statements) => PartDocument {
            kind: PartKind::Transaction,
            statements: statements.into_iter().map(sql).collect(),
        },
        Part::Alone(statement, ..) => PartDocument {
            kind: PartKind::Alone,
            statements: vec![sql(statement)],
        },
    });
    parts.filter(|it| !it.statements.is_empty()).collect()
}
