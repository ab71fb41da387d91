//! Replays the history on the symbolic schema: every statement against the schema of its revision's ancestors, every
//! rollback against the schema that stood before, every merge in both orders.
//!
//! The way up and the ways back have a schema each, and run at the same time: `forward`, and `back`, which follows it.

mod back;
mod conflict;
mod difference;
mod forward;
mod locate;
mod raw;
mod stage;

use std::collections::BTreeSet;
use std::sync::Arc;

use back::Back;
use forward::{Applied, Forward};
use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Direction, Result};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::inverse::Fidelity;
use crate::lower::{self, Lowered};
use crate::operation::{Operation, Resolved};
use crate::revision::Body;
use crate::schema::{Mark, ObjectId, Refusal, Schema};
use crate::source::{Sources, Span, Spanned};

/// What is to be compiled.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    pub sources: &'a Sources,
    pub graph: &'a RevisionGraph,
    /// The schema of unqualified names.
    pub schema: &'a str,
    /// Schema and name of the version table.
    pub version_table: (&'a str, &'a str),
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
    Written(BackStep),
    /// The author says why there is none.
    Irreversible(String),
}

impl WayBack {
    /// In the order in which they run; none where it is irreversible.
    #[must_use]
    pub fn steps(&self) -> &[BackStep] {
        match self {
            Self::Steps(steps) => steps,
            Self::Written(step) => std::slice::from_ref(step),
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

/// Checks the whole history, and gives the SQL that is wanted of it. `read` gives what a revision does.
///
/// While some revisions run, the ways back of those before are checked and those after are read.
pub fn replay(
    history: History<'_>,
    wanted: Wanted,
    read: impl Fn(RevisionIndex) -> Result<Body> + Sync,
) -> Result<Replayed> {
    let mut forward = Forward::new(history, wanted);
    let mut back = Back::new(history, wanted);
    let mut unread = Diagnostics::default();
    let mut order = history.graph.order().chunks(AHEAD);
    let mut at = 0;
    let mut revisions: &[RevisionIndex] = &[];
    let mut bodies: Vec<Result<Body>> = Vec::new();
    let mut applied: Vec<Applied> = Vec::new();
    loop {
        let next = order.next().unwrap_or_default();
        if revisions.is_empty() && next.is_empty() && applied.is_empty() {
            break;
        }
        let (ran, ((), read)) = rayon::join(
            || {
                let mut ran = Vec::with_capacity(revisions.len());
                for (revision, body) in revisions.iter().zip(bodies) {
                    if let Some(body) = unread.absorb(body)
                        && unread.is_empty()
                    {
                        ran.push(forward.run(at, *revision, body));
                    }
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
    unread.into_result(())?;
    let mut faults = forward.stage.faults;
    faults.append(&mut back.stage.faults);
    faults.sort_by_key(|it| it.0);
    let mut diagnostics = Diagnostics::default();
    for (_, fault) in faults {
        diagnostics.push(fault);
    }
    let compiled = forward.compiled.into_iter().zip(back.compiled);
    let schema = back.stage.schema;
    // To free a schema takes as long as many revisions do.
    rayon::spawn(move || drop(schema));
    diagnostics.into_result(Replayed {
        revisions: compiled
            .map(|(up, back)| ReplayedRevision {
                upgrade: up.operations,
                upgrade_sql: up.sql,
                downgrade: back.way_back,
                downgrade_sql: back.sql,
            })
            .collect(),
        schema: forward.stage.schema,
    })
}

/// Runs revisions one after the other, as a database does that may have several heads which no merge joins. The history
/// was replayed before without faults, and everything was wanted of it.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    history: History<'a>,
    replayed: &'a Replayed,
    schema: Schema,
}

impl<'a> Line<'a> {
    #[must_use]
    pub fn new(history: History<'a>, replayed: &'a Replayed) -> Self {
        Self {
            history,
            replayed,
            schema: Schema::new(history.schema),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Runs a revision, and gives the SQL that takes it back from there; none where it is irreversible.
    pub fn run(&mut self, revision: RevisionIndex) -> Result<Vec<Lowered>> {
        let mut downgrades = self.there_and_back(&[revision], |_| ())?;
        self.apply(revision)?;
        Ok(downgrades
            .pop()
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .collect())
    }

    fn apply(&mut self, revision: RevisionIndex) -> std::result::Result<(), Diagnostic> {
        let compiled = &self.replayed.revisions[revision.index()];
        let mut sql = compiled.upgrade_sql.iter();
        for operation in compiled.upgrade.iter() {
            // The SQL was written where nothing but the revision's own ancestors had run.
            if let Some(sql) = sql.next()
                && sql.statements != lower::statements(&operation.value, &self.schema)
            {
                return Err(self.hangs_on_others(revision, operation.span, "upgrade"));
            }
            let applied = operation.value.apply(&mut self.schema);
            applied.map_err(|it| self.conflict(&it, operation.span))?;
        }
        Ok(())
    }

    /// The fault of a statement that would have to be another one where other branches have run.
    fn hangs_on_others(&self, revision: RevisionIndex, span: Span, way: &str) -> Diagnostic {
        let graph = self.history.graph;
        let place = locate::first_line(self.history.sources, span);
        Diagnostic::error(
            Code::MergeConflict,
            place,
            format!(
                "the {way} of revision {} is another one where the other branch has run before it",
                graph.id(revision)
            ),
        )
        .help("put one branch after the other with depends_on, so that there is one order")
    }

    /// Runs `revisions`, and then takes them back, the last one first: the SQL of the steps of each, as they are taken
    /// back. `top` sees the schema between.
    fn there_and_back(
        &mut self,
        revisions: &[RevisionIndex],
        top: impl FnOnce(&Schema),
    ) -> std::result::Result<Vec<Vec<Vec<Lowered>>>, Diagnostic> {
        let mut marks = Vec::with_capacity(revisions.len());
        for revision in revisions {
            marks.push(self.schema.mark());
            self.apply(*revision)?;
        }
        top(&self.schema);
        let mut downgrades = Vec::with_capacity(revisions.len());
        for (revision, mark) in revisions.iter().zip(marks).rev() {
            downgrades.push(self.take_back(*revision)?);
            if let Some(id) = self.left_other(*revision, mark) {
                return Err(self.restores_other(*revision, &id));
            }
            self.schema.undo_to(mark);
        }
        Ok(downgrades)
    }

    /// What the way back of a revision left other than it was at `mark`. Of what SQL does that is not read, nothing is known.
    fn left_other(&self, revision: RevisionIndex, mark: Mark) -> Option<ObjectId> {
        let compiled = &self.replayed.revisions[revision.index()];
        if matches!(compiled.downgrade, WayBack::Irreversible(_)) {
            return None;
        }
        let is_raw = |it: &Operation| matches!(it, Operation::Raw(_));
        let is_raw =
            compiled.downgrade.operations().any(is_raw) || compiled.operations().any(is_raw);
        if is_raw {
            return None;
        }
        let changes = self.schema.changes_since(mark);
        // What is there or not was looked at where nothing but the revision's ancestors had run; a guarded statement may leave
        // more behind.
        let other = changes.into_iter().find(|(_, change)| {
            match (change.before.as_deref(), change.after.as_deref()) {
                (Some(before), Some(after)) => !before.same(after),
                (None, _) | (_, None) => false,
            }
        });
        other.map(|it| it.0)
    }

    /// The fault of a way back that takes along what another branch did.
    fn restores_other(&self, revision: RevisionIndex, id: &ObjectId) -> Diagnostic {
        let graph = self.history.graph;
        Diagnostic::error(
            Code::MergeConflict,
            graph.header(revision).id.span,
            format!(
                "the rollback of revision {} does not restore {id} where the other branch has run before it",
                graph.id(revision)
            ),
        )
        .help("put one branch after the other with depends_on, so that there is one order")
        .direction(Direction::Downgrade)
    }

    /// Runs the way back of a revision; the SQL of its steps.
    fn take_back(
        &mut self,
        revision: RevisionIndex,
    ) -> std::result::Result<Vec<Vec<Lowered>>, Diagnostic> {
        let steps = self.replayed.revisions[revision.index()].downgrade.steps();
        let place = self.history.graph.header(revision).id.span;
        let mut all = Vec::with_capacity(steps.len());
        for step in steps {
            let mut sql = Vec::with_capacity(step.operations.len());
            if step.operations.is_empty() {
                sql.extend(Lowered::lost(&step.fidelity));
            }
            for operation in &step.operations {
                let operation = Spanned {
                    value: operation.clone(),
                    span: place,
                };
                sql.push(Lowered::new(
                    operation.clone(),
                    step.fidelity.clone(),
                    &self.schema,
                ));
                let applied = operation.value.apply(&mut self.schema);
                applied.map_err(|it| self.conflict(&it, place).direction(Direction::Downgrade))?;
            }
            all.push(sql);
        }
        Ok(all)
    }

    fn conflict(&self, refusal: &Refusal, span: Span) -> Diagnostic {
        let place = locate::locate(self.history.sources, span, &refusal.at);
        Diagnostic::error(
            Code::MergeConflict,
            place,
            format!(
                "the branches contradict each other: after what runs before, {}",
                refusal.message
            ),
        )
        .help(
            "merge the branches and change one of them, or put one after the other with depends_on",
        )
    }
}

/// Sees whether `revisions` can run in that order on a database where `applied` have run.
pub fn check_order(
    history: History<'_>,
    replayed: &Replayed,
    applied: impl IntoIterator<Item = RevisionIndex>,
    revisions: &[RevisionIndex],
) -> Result<()> {
    let mut line = Line::new(history, replayed);
    for revision in history.graph.sorted(applied).iter().chain(revisions) {
        line.apply(*revision)?;
    }
    Ok(())
}

/// The SQL that takes `revisions` back, in that order, from a database where all of `applied` have run. The history was
/// replayed before without faults; branches that no merge joins may still contradict each other.
pub fn downgrades(
    history: History<'_>,
    replayed: &Replayed,
    applied: &[RevisionIndex],
    revisions: &[RevisionIndex],
) -> Result<Vec<Vec<Lowered>>> {
    let stay: Vec<RevisionIndex> = {
        let going: BTreeSet<RevisionIndex> = revisions.iter().copied().collect();
        let stay = applied.iter().copied().filter(|it| !going.contains(it));
        history.graph.sorted(stay)
    };
    let mut line = Line::new(history, replayed);
    for revision in stay {
        line.apply(revision)?;
    }
    let upward: Vec<RevisionIndex> = revisions.iter().rev().copied().collect();
    let downgrades = line.there_and_back(&upward, |_| ())?;
    Ok(downgrades
        .into_iter()
        .map(|it| it.into_iter().flatten().collect())
        .collect())
}

/// What happens between two points of a history.
#[derive(Debug)]
pub struct Passage {
    pub before: Schema,
    pub after: Schema,
    /// Every object that a statement made, changed or removed, also where it is as before in the end.
    pub touched: BTreeSet<ObjectId>,
    /// Of each revision in the order of the upgrade: its steps back as SQL, in the order in which they run. None for an
    /// irreversible one.
    pub downgrades: Vec<Vec<Vec<Lowered>>>,
}

/// What `revisions` do, in that order, to a database where `below` have run, and what takes them back in the reverse order.
/// The history was replayed before without faults, and everything was wanted of it. A script that runs them from several
/// points needs the same statements at each, so it is a fault if they hang on what has run on other branches.
pub fn passage(
    history: History<'_>,
    replayed: &Replayed,
    below: &[RevisionIndex],
    revisions: &[RevisionIndex],
) -> Result<Passage> {
    let mut line = Line::new(history, replayed);
    for revision in below {
        line.apply(*revision)?;
    }
    let before = line.schema.clone();
    let start = line.schema.mark();
    let mut top = None;
    let mut downgrades = line.there_and_back(revisions, |schema| {
        top = Some((
            schema.clone(),
            schema.touched_since(start).cloned().collect(),
        ));
    })?;
    downgrades.reverse();
    for (revision, downgrade) in revisions.iter().zip(&downgrades) {
        let alone = &replayed.revisions[revision.index()].downgrade_sql;
        let (here, alone) = (downgrade.iter().flatten(), alone.iter());
        if !here
            .map(|it| &it.statements)
            .eq(alone.map(|it| &it.statements))
        {
            let span = history.graph.header(*revision).id.span;
            let fault = line.hangs_on_others(*revision, span, "rollback");
            return Err(fault.direction(Direction::Downgrade).into());
        }
    }
    let (after, touched) = top.expect("it was at the top");
    Ok(Passage {
        before,
        after,
        touched,
        downgrades,
    })
}
