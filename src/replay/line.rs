//! Revisions one after the other, as they run on one database.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Direction, Result};
use crate::graph::RevisionIndex;
use crate::lower::{self, Lowered};
use crate::model::stored;
use crate::operation::Operation;
use crate::replay::{History, Replayed, WayBack, locate};
use crate::schema::{Mark, ObjectId, Refusal, Schema};
use crate::source::{Span, Spanned};

/// Runs revisions one after the other, as a database does that may have several heads which no merge joins. The history
/// was replayed before without faults, and everything was wanted of it.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    history: History<'a>,
    replayed: &'a Replayed,
    pub(super) schema: Schema,
}

/// What came of one revision.
#[derive(Debug)]
pub struct Run {
    /// What takes it back.
    pub downgrade: Vec<Lowered>,
    /// None where the way back restores everything.
    pub left: Option<Remains>,
}

/// What ways back leave other than it was.
#[derive(Debug, Clone)]
pub struct Remains {
    pub objects: BTreeSet<ObjectId>,
    /// All that is there then.
    pub schema: Schema,
}

impl<'a> Line<'a> {
    #[must_use]
    pub fn new(history: History<'a>, replayed: &'a Replayed) -> Self {
        Self::at(history, replayed, history.new_schema())
    }

    /// One that stands where others have run already.
    #[must_use]
    pub fn at(history: History<'a>, replayed: &'a Replayed, schema: Schema) -> Self {
        Self {
            history,
            replayed,
            schema,
        }
    }

    /// What is there in the end.
    #[must_use]
    pub fn into_schema(self) -> Schema {
        self.schema
    }

    /// Where it stands.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Runs a revision, and gives the SQL that takes it back from there; none where it is irreversible.
    pub fn run(&mut self, revision: RevisionIndex) -> Result<Run> {
        let leaves = &self.replayed.revisions[revision.index()].leaves;
        let start = (!leaves.is_empty()).then(|| self.schema.clone());
        let mut downgrades = self.there_and_back(&[revision], |_| ())?;
        let left = start.map(|start| Remains {
            objects: leaves.iter().cloned().collect(),
            schema: std::mem::replace(&mut self.schema, start),
        });
        self.apply(revision)?;
        let downgrade = downgrades.pop().unwrap_or_default();
        Ok(Run {
            downgrade: downgrade.into_iter().flatten().collect(),
            left,
        })
    }

    /// Runs a revision.
    pub(super) fn apply(&mut self, revision: RevisionIndex) -> std::result::Result<(), Diagnostic> {
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

    /// Runs revisions.
    pub fn apply_all(&mut self, revisions: &[RevisionIndex]) -> Result<()> {
        for revision in revisions {
            self.apply(*revision)?;
        }
        Ok(())
    }

    /// What `revisions` do, in that order, where the line stands, and what takes them back in the reverse order; it stands there
    /// again if nothing is left. Everything was wanted of the history. A script that runs them from several points needs the same
    /// statements at each, so it is a fault if they hang on what has run on other branches.
    pub fn passage(&mut self, revisions: &[RevisionIndex]) -> Result<Passage> {
        let before = self.schema.clone();
        let start = self.schema.mark();
        let mut top = None;
        let mut downgrades = self.there_and_back(revisions, |schema| {
            top = Some((
                schema.clone(),
                schema.touched_since(start).cloned().collect(),
            ));
        })?;
        downgrades.reverse();
        for (revision, downgrade) in revisions.iter().zip(&downgrades) {
            let alone = &self.replayed.revisions[revision.index()].downgrade_sql;
            let (here, alone) = (downgrade.iter().flatten(), alone.iter());
            if !here
                .map(|it| &it.statements)
                .eq(alone.map(|it| &it.statements))
            {
                let span = self.history.graph.header(*revision).id.span;
                let fault = self.hangs_on_others(*revision, span, "downgrade");
                return Err(fault.direction(Direction::Downgrade).into());
            }
        }
        let (after, touched) = top.expect("it was at the top");
        Ok(Passage {
            before,
            after,
            touched,
            downgrades,
            left: self.left_by(revisions),
        })
    }

    /// The fault of a statement that would have to be another one where other branches have run.
    fn hangs_on_others(&self, revision: RevisionIndex, span: Span, way: &str) -> Diagnostic {
        let graph = self.history.graph;
        let place = locate::first_line(self.history.sources, span);
        Diagnostic::error(
            Code::MergeConflict,
            place,
            format!(
                "the {way} of revision {} would be different if the other branch has already run",
                graph.id(revision)
            ),
        )
        .help("order the branches with depends_on")
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
        let mut left: BTreeSet<&ObjectId> = BTreeSet::new();
        for (revision, mark) in revisions.iter().zip(marks).rev() {
            downgrades.push(self.take_back(*revision)?);
            left.extend(&self.replayed.revisions[revision.index()].leaves);
            if let Some(id) = self.left_other(*revision, mark, &left) {
                return Err(self.restores_other(*revision, &id));
            }
            self.schema.undo_but(mark, &left);
        }
        Ok(downgrades)
    }

    /// What is left where the ways back of `revisions` have just run, if it is other than it was.
    fn left_by(&self, revisions: &[RevisionIndex]) -> Option<Remains> {
        let leaves = revisions
            .iter()
            .flat_map(|it| &self.replayed.revisions[it.index()].leaves);
        let objects: BTreeSet<ObjectId> = leaves.cloned().collect();
        (!objects.is_empty()).then(|| Remains {
            objects,
            schema: self.schema.clone(),
        })
    }

    /// What the way back of a revision left other than it was at `mark`. Of what SQL does that is not read, nothing is known.
    fn left_other(
        &self,
        revision: RevisionIndex,
        mark: Mark,
        left: &BTreeSet<&ObjectId>,
    ) -> Option<ObjectId> {
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
        let mut changes = changes.into_iter().filter(|it| !left.contains(&it.0));
        let other = changes.find(|(id, change)| {
            match (change.before.as_deref(), change.after.as_deref()) {
                (Some(before), Some(after)) => !stored::same(id, before, after, &self.schema),
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
                "the downgrade of revision {} does not restore {id} if the other branch has already run",
                graph.id(revision)
            ),
        )
        .help("order the branches with depends_on")
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
        let place = locate::place(self.history.sources, span, refusal);
        Diagnostic::error(
            Code::MergeConflict,
            place,
            format!(
                "the branches conflict when they run in this order: {}",
                refusal.message
            ),
        )
        .help("merge the branches and change one of them, or order them with depends_on")
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
    line.apply_all(&history.graph.sorted(applied))?;
    line.apply_all(revisions)
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
    line.apply_all(&stay)?;
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
    /// What is there after all ways back, where they leave something other than it was.
    pub left: Option<Remains>,
}

/// What is there after all `revisions` ran, in that order, on an empty database, and were taken back in the reverse order, if
/// that leaves something other than it was.
pub fn remains(
    history: History<'_>,
    replayed: &Replayed,
    revisions: &[RevisionIndex],
) -> Result<Option<Remains>> {
    let mut line = Line::new(history, replayed);
    line.there_and_back(revisions, |_| ())?;
    Ok(line.left_by(revisions))
}
