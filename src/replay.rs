//! Replays the history on the symbolic schema: every statement against the schema of its revision's ancestors, every
//! rollback against the schema that stood before, every merge in both orders.
//!
//! The way up and the ways back have a schema each, and run at the same time: `forward`, and `back`, which follows it.

mod back;
mod conflict;
mod descent;
mod difference;
mod forward;
mod left;
mod line;
mod locate;
mod raw;
mod stack;
mod stage;

use std::sync::Arc;

use back::Back;
use forward::{Applied, Forward};
use rayon::prelude::*;

pub use line::{Line, Passage, Remains, Run, check_order, downgrades, remains};

use crate::builtin;
use crate::config::Guarded;
use crate::diagnostic::{Code, Diagnostics, Result};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::inverse::Fidelity;
use crate::lower::Lowered;
use crate::operation::{Operation, Resolved};
use crate::revision::Body;
use crate::schema::{ObjectId, Schema};
use crate::source::{Sources, Spanned};

/// What is to be compiled.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    pub sources: &'a Sources,
    pub graph: &'a RevisionGraph,
    /// The schema of unqualified names.
    pub schema: &'a str,
    /// Schema and name of the version table.
    pub version_table: (&'a str, &'a str),
    /// The way back of guarded statements that say none.
    pub guarded: Guarded,
    /// The oldest server that must run it all, such as 15.
    pub server: u32,
    /// The policies that do not hold.
    pub allowed: &'a [Code],
}

impl History<'_> {
    /// The schema before the first revision.
    #[must_use]
    pub fn new_schema(&self) -> Schema {
        let mut schema = Schema::new(self.schema);
        let oldest = builtin::OLDEST.into();
        schema.session_time_zone = self.allowed.contains(&Code::SessionTimeZone);
        schema.server = u8::try_from(self.server.max(oldest)).unwrap_or(builtin::NEWEST);
        schema
    }
}

/// Which SQL is wanted of a history that is checked as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Nothing,
    Upgrades,
    Downgrades,
    /// Both, and the statements themselves.
    Everything,
}

impl Wanted {
    fn upgrades(self) -> bool {
        match self {
            Self::Upgrades | Self::Everything => true,
            Self::Nothing | Self::Downgrades => false,
        }
    }

    fn downgrades(self) -> bool {
        match self {
            Self::Downgrades | Self::Everything => true,
            Self::Nothing | Self::Upgrades => false,
        }
    }
}

/// A history that is sound.
#[derive(Debug)]
pub struct Replayed {
    /// By revision.
    pub revisions: Vec<ReplayedRevision>,
    /// The schema at the last revision of the graph's order.
    pub schema: Schema,
}

/// What became of one revision.
#[derive(Debug, Default)]
pub struct ReplayedRevision {
    /// The statements as they run, with all names chosen; kept where the history has branches, which run again, and where
    /// everything was wanted.
    pub upgrade: Arc<Vec<Spanned<Resolved>>>,
    pub downgrade: WayBack,
    /// The SQL of the upgrade, where it was wanted.
    pub upgrade_sql: Vec<Lowered>,
    /// The SQL of the downgrade, where it was wanted.
    pub downgrade_sql: Vec<Lowered>,
    /// What the downgrade leaves other than it was before the upgrade, since its author says so.
    pub leaves: Vec<ObjectId>,
}

impl ReplayedRevision {
    /// Where they were kept.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> + Clone {
        self.upgrade.iter().map(|it| &*it.value)
    }
}

/// How a revision goes back.
#[derive(Debug)]
pub enum WayBack {
    /// What takes back each statement, the last one first; kept where downgrades were wanted of a history with branches, and
    /// where everything was wanted.
    Steps(Vec<BackStep>),
    /// One downgrade for all statements, as the author wrote it; kept where the other one is.
    Written {
        step: BackStep,
        /// For each number of parts of the upgrade that were done, from none on, whether it takes those back.
        runs_after: Vec<bool>,
    },
    /// The author says why there is none.
    Irreversible(String),
}

impl WayBack {
    /// In the order in which they run; none where it is irreversible.
    #[must_use]
    pub fn steps(&self) -> &[BackStep] {
        match self {
            Self::Steps(steps) => steps,
            Self::Written { step, .. } => std::slice::from_ref(step),
            Self::Irreversible(_) => &[],
        }
    }

    /// All that takes it back, in order.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> + Clone {
        let operations = self.steps().iter().flat_map(|it| &it.operations);
        operations.map(|it| &**it)
    }
}

/// Operations that take one statement back, or all of a revision.
#[derive(Debug, Clone)]
pub struct BackStep {
    pub operations: Vec<Resolved>,
    pub fidelity: Fidelity,
}

impl Default for WayBack {
    fn default() -> Self {
        Self::Steps(Vec::new())
    }
}

/// How many revisions are read at a time.
const AHEAD: usize = 256;

/// Checks the whole history, and gives the SQL that is wanted of it. `read` gives what a revision does, and what is wrong with
/// its text. After a fault the check goes on with what the statement was meant to leave, and what only follows is not told.
///
/// While some revisions run, the ways back of those before are checked and those after are read.
pub fn replay(
    history: History<'_>,
    wanted: Wanted,
    read: impl Fn(RevisionIndex) -> (Body, Diagnostics) + Sync,
) -> Result<Replayed> {
    let (replayed, leaves) = run(history, wanted, &read)?;
    if leaves {
        // Rarely so: every statement is needed to see what the ways back do to each other.
        match wanted {
            Wanted::Everything => descent::check(history, &replayed)?,
            Wanted::Nothing | Wanted::Upgrades | Wanted::Downgrades => {
                descent::check(history, &run(history, Wanted::Everything, &read)?.0)?;
            }
        }
    }
    Ok(replayed)
}

/// The same, and whether a way back leaves something.
fn run(
    history: History<'_>,
    wanted: Wanted,
    read: &(impl Fn(RevisionIndex) -> (Body, Diagnostics) + Sync),
) -> Result<(Replayed, bool)> {
    let mut forward = Forward::new(history, wanted);
    let mut back = Back::new(history, wanted);
    let mut order = history.graph.order().chunks(AHEAD);
    let mut at = 0;
    let mut revisions: &[RevisionIndex] = &[];
    let mut bodies: Vec<(Body, Diagnostics)> = Vec::new();
    let mut applied: Vec<Applied> = Vec::new();
    loop {
        let next = order.next().unwrap_or_default();
        if revisions.is_empty() && next.is_empty() && applied.is_empty() {
            break;
        }
        let (ran, ((), read)) = rayon::join(
            || {
                let mut ran = Vec::with_capacity(revisions.len());
                for (revision, (body, faults)) in revisions.iter().zip(bodies) {
                    ran.push(forward.run(at, *revision, body, faults));
                    at += 1;
                }
                ran
            },
            || {
                rayon::join(
                    || applied.into_iter().for_each(|it| back.run(it)),
                    || next.par_iter().map(|it| read(*it)).collect(),
                )
            },
        );
        (revisions, bodies, applied) = (next, read, ran);
    }
    let mut faults = forward.stage.faults;
    faults.append(&mut back.stage.faults);
    faults.sort_by_key(|it| it.0);
    let mut diagnostics = Diagnostics::default();
    for (_, fault) in faults {
        diagnostics.extend(fault);
    }
    let leaves = back.compiled.iter().any(|it| it.leaves.differs);
    let compiled = forward.compiled.into_iter().zip(back.compiled);
    let schema = back.stage.schema;
    // To free a schema takes as long as many revisions do.
    rayon::spawn(move || drop(schema));
    let replayed = Replayed {
        revisions: compiled
            .map(|(up, back)| ReplayedRevision {
                upgrade: up.operations,
                upgrade_sql: up.sql,
                downgrade: back.way_back,
                downgrade_sql: back.sql,
                leaves: back.leaves.objects,
            })
            .collect(),
        schema: forward.stage.schema,
    };
    diagnostics.into_result((replayed, leaves))
}
