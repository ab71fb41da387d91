//! The way up: every statement against the schema of its revision's ancestors, every merge in both orders.
//!
//! There is one schema with an undo log. It stands at one set of revisions at a time and moves by undoing and applying
//! again, so that a chain costs linear time.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::config::Guarded;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{RevisionIndex, Sides};
use crate::lower::Lowered;
use crate::model::stored;
use crate::operation::{Operation, Resolved};
use crate::revision::{Body, Downgrade, Reverse};
use crate::schema::{Changes, Mark, News, Refusal, Schema};
use crate::source::{Span, Spanned};

use super::stack::{Stack, Standing};
use super::stage::{Output, Stage};
use super::{History, Wanted, locate, raw};

/// A revision as it ran, for the check of its way back.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) revision: RevisionIndex,
    /// Its place in the graph's order.
    pub(super) at: usize,
    /// What became of the schema since the revision before in that order, and which statements ran.
    pub(super) news: News,
    pub(super) trace: Vec<(Mark, Span)>,
    /// Names of statements that failed, and where those stand.
    pub(super) tainted: Vec<SmolStr>,
    pub(super) failed: Vec<Span>,
    /// None where a fault leaves nothing to go back from.
    pub(super) upgrade: Option<Upgrade>,
}

/// The statements of a sound revision.
#[derive(Debug)]
pub(super) struct Upgrade {
    /// The log before them.
    pub(super) start: Mark,
    pub(super) ran: Vec<Ran>,
    /// As many, with all names chosen.
    pub(super) operations: Arc<Vec<Spanned<Resolved>>>,
    pub(super) downgrade: Downgrade,
}

/// A statement that ran, and how it goes back.
#[derive(Debug)]
pub(super) struct Ran {
    /// The log before it.
    pub(super) mark: Mark,
    pub(super) reverse: Option<Reverse>,
}

/// What became of a revision on the way up.
#[derive(Debug, Default)]
pub(super) struct Ascent {
    /// The statements as they run; kept only where they run again.
    pub(super) operations: Arc<Vec<Spanned<Resolved>>>,
    /// The SQL, where it was wanted.
    pub(super) sql: Vec<Lowered>,
}

/// The way up.
pub(super) struct Forward<'a> {
    pub(super) stage: Stage<'a>,
    /// Whether SQL is wanted.
    wanted: bool,
    stack: Stack,
    /// Whether each revision follows the one before it, so that none is taken back or run again.
    is_chain: bool,
    /// Whether the statements are to be kept.
    keeps: bool,
    /// By revision.
    pub(super) compiled: Vec<Ascent>,
    broken: BTreeSet<RevisionIndex>,
}

impl<'a> Forward<'a> {
    pub(super) fn new(history: History<'a>, wanted: Wanted) -> Self {
        let count = history.graph.len();
        let is_chain = history.graph.is_chain();
        Self {
            stage: Stage::new(history),
            wanted: wanted.upgrades(),
            stack: Stack::new(count),
            is_chain,
            keeps: !is_chain || wanted == Wanted::Everything,
            compiled: (0..count).map(|_| Ascent::default()).collect(),
            broken: BTreeSet::new(),
        }
    }

    /// Runs `revision`, the one at that place of the graph's order; `faults` are those of its text.
    pub(super) fn run(
        &mut self,
        at: usize,
        revision: RevisionIndex,
        body: Body,
        faults: Diagnostics,
    ) -> Applied {
        self.stage.at = at;
        let tainted_before = self.stage.tainted.clone();
        self.stand_before(revision);
        let start = self.stage.schema.mark();
        let mut ran = Vec::with_capacity(body.upgrade.len());
        let mut operations = Vec::with_capacity(body.upgrade.len());
        let mut failures = Vec::new();
        let mut output = Output::new(self.wanted);
        let mut sound = faults.is_empty();
        // A way back that the author wrote is one for the whole statement.
        let mut goes_back = sound || matches!(body.downgrade, Downgrade::Auto);
        self.stage.faults.push((at, faults));
        for span in body.unread {
            self.stage.taint(span, None);
        }
        for statement in body.upgrade {
            let mark = self.stage.schema.mark();
            let (operation, span) = (statement.operation, statement.span);
            let reverse = match (statement.reverse, &body.downgrade) {
                (None, Downgrade::Auto) => self.of_guarded(&operation),
                (reverse, _) => reverse,
            };
            let goes = !matches!(body.downgrade, Downgrade::Irreversible { .. });
            let stays = goes && reverse == Some(Reverse::Stays);
            match self.stage.statement(operation, span, stays, &mut output) {
                Ok(operation) => {
                    ran.push(Ran { mark, reverse });
                    operations.push(operation);
                }
                Err(failed) => {
                    self.stage.undo_to(mark);
                    goes_back &= reverse.is_none() && matches!(body.downgrade, Downgrade::Auto);
                    for part in failed.parts {
                        let mark = self.stage.schema.mark();
                        let mut output = Output::new(false);
                        match self.stage.statement(part, span, false, &mut output) {
                            Ok(operation) => {
                                ran.push(Ran {
                                    mark,
                                    reverse: None,
                                });
                                operations.push(operation);
                            }
                            Err(_) => self.stage.undo_to(mark),
                        }
                    }
                    self.stage.report(failed.diagnostic, span);
                    self.stage.taint(span, failed.brings);
                    failures.push(span);
                    sound = false;
                }
            }
        }
        if let Some(diagnostic) = self.stage.refuse_beside(&raw::placed(&operations)) {
            let span = diagnostic.span.expect("it was placed");
            self.stage.report(diagnostic, span);
            sound = false;
        }
        self.stack.push(Standing {
            revision,
            mark: start,
            exact: true,
        });
        let operations = Arc::new(operations);
        let compiled = &mut self.compiled[revision.index()];
        compiled.sql = output.sql;
        if self.keeps {
            compiled.operations = Arc::clone(&operations);
        }
        let predecessors: Vec<_> = self.stage.history.graph.predecessors(revision).collect();
        if !sound || self.is_broken(&predecessors) {
            self.broken.insert(revision);
        }
        let news = self.stage.schema.news();
        if self.is_chain {
            self.stage.schema.settle();
        }
        let trace = &self.stage.trace;
        let told = trace.partition_point(|(mark, _)| *mark <= news.keep());
        Applied {
            revision,
            at,
            trace: trace[told..].to_vec(),
            news,
            tainted: self
                .stage
                .tainted
                .difference(&tainted_before)
                .cloned()
                .collect(),
            failed: failures,
            upgrade: goes_back.then_some(Upgrade {
                start,
                ran,
                operations,
                downgrade: body.downgrade,
            }),
        }
    }

    /// How a guarded statement that says nothing of it goes back.
    fn of_guarded(&self, operation: &Operation) -> Option<Reverse> {
        operation.guard()?;
        match self.stage.history.guarded {
            Guarded::Ask => None,
            Guarded::Drop => Some(Reverse::Drop),
            Guarded::Stay => Some(Reverse::Stays),
        }
    }

    /// Moves to the ancestors of `revision`; a merge is tried in both orders.
    fn stand_before(&mut self, revision: RevisionIndex) {
        let graph = self.stage.history.graph;
        let predecessors: Vec<RevisionIndex> = graph.predecessors(revision).collect();
        match predecessors.as_slice() {
            [] => self.pop_to(0),
            several => {
                if graph.is_merge(revision) && !self.is_broken(several) {
                    self.check_merge(revision);
                }
                let is_told = self.broken.contains(&revision) || self.is_broken(several);
                self.gather(several, is_told);
            }
        }
    }

    fn is_broken(&self, predecessors: &[RevisionIndex]) -> bool {
        predecessors.iter().any(|it| self.broken.contains(it))
    }

    fn pop_to(&mut self, length: usize) {
        if let Some(mark) = self.stack.cut(length) {
            self.stage.schema.undo_to(mark);
        }
        let now = self.stage.schema.mark();
        while self.stage.trace.last().is_some_and(|(mark, _)| *mark > now) {
            self.stage.trace.pop();
        }
    }

    /// Stands on the ancestors of `predecessors`, themselves included. Where a fault of theirs is told, what follows is not.
    fn gather(&mut self, predecessors: &[RevisionIndex], is_told: bool) {
        let shift = self.stack.shift_to(predecessors, self.stage.history.graph);
        self.pop_to(shift.keep);
        for missing in shift.missing {
            if let Err((refusal, span)) = self.push_again(missing)
                && !is_told
            {
                // The merge that joins them reports it; without one it is a fault of its own.
                let diagnostic = self.conflict(&refusal, span);
                self.stage.report(diagnostic, span);
            }
        }
    }

    /// Applies a revision that was compiled before.
    fn push_again(&mut self, revision: RevisionIndex) -> Result<(), (Refusal, Span)> {
        let mark = self.stage.schema.mark();
        let mut result = Ok(());
        let operations = Arc::clone(&self.compiled[revision.index()].operations);
        for Spanned {
            value: operation,
            span,
        } in operations.iter()
        {
            let before = self.stage.schema.mark();
            if let Err(refusal) = operation.apply(&mut self.stage.schema) {
                self.stage.schema.undo_to(before);
                result = Err((refusal, *span));
                break;
            }
            self.stage.trace.push((self.stage.schema.mark(), *span));
        }
        self.stack.push(Standing {
            revision,
            mark,
            exact: false,
        });
        result
    }

    /// Tries the sides of a merge one after the other and the other way round: both must run and give one schema.
    fn check_merge(&mut self, merge: RevisionIndex) {
        let graph = self.stage.history.graph;
        let Sides { common, sides } = graph.sides(graph.parents(merge));
        if let Some(diagnostic) = self.raw_conflict(merge, &sides) {
            let span = self.stage.history.graph.header(merge).down_revision;
            self.stage.report(diagnostic, span);
            self.broken.insert(merge);
            return;
        }
        let shift = self.stack.shift_to(&common, graph);
        self.pop_to(shift.keep);
        for revision in shift.missing {
            self.push_again(revision)
                .expect("the common ancestors of branches were replayed together");
        }
        let base = self.stage.schema.mark();
        let depth = self.stack.len();
        let mut outcomes: Vec<Changes> = Vec::new();
        let forward: Vec<RevisionIndex> = sides.iter().flatten().copied().collect();
        let backward: Vec<RevisionIndex> = sides.into_iter().rev().flatten().collect();
        for order in [forward, backward] {
            for revision in order {
                if self.stack.holds(revision) {
                    continue;
                }
                if let Err((refusal, span)) = self.push_again(revision) {
                    let mut diagnostic = self.conflict(&refusal, span);
                    if diagnostic.related.is_empty() {
                        diagnostic.related.extend(self.other_side(&refusal, depth));
                    }
                    diagnostic.related.push((
                        self.stage.history.graph.header(merge).down_revision,
                        "the branches are merged here".to_owned(),
                    ));
                    self.pop_to(depth);
                    self.stage.report(diagnostic, span);
                    self.broken.insert(merge);
                    return;
                }
            }
            outcomes.push(self.stage.schema.changes_since(base));
            self.pop_to(depth);
        }
        if let [one, two] = outcomes.as_slice()
            && let Some(id) = different(one, two, &self.stage.schema)
        {
            let span = self.stage.history.graph.header(merge).down_revision;
            let diagnostic = Diagnostic::error(
                Code::MergeConflict,
                span,
                format!("the schema depends on the order of the branches: {id} differs"),
            )
            .help("change one of the branches, or order them with depends_on");
            self.stage.report(diagnostic, span);
        }
    }

    /// The last statement since `depth` of the stack that names what `refusal` is about.
    fn other_side(&self, refusal: &Refusal, depth: usize) -> Option<(Span, String)> {
        let word = refusal.at.last()?;
        let sources = self.stage.history.sources;
        let standing = self.stack.from(depth).iter().rev().skip(1);
        let span = standing
            .flat_map(|it| self.compiled[it.revision.index()].operations.iter().rev())
            .map(|it| it.span)
            .find(|it| locate::says(sources, *it, word))?;
        Some((
            locate::first_line(sources, span),
            "conflicts with this statement of the other branch".to_owned(),
        ))
    }

    /// The diagnostic for a statement of one branch that another branch stands in the way of.
    fn conflict(&self, refusal: &Refusal, span: Span) -> Diagnostic {
        let mut diagnostic = self.stage.diagnostic(refusal, span);
        diagnostic.code = Code::MergeConflict;
        diagnostic.message = format!("the branches conflict: {}", diagnostic.message);
        diagnostic.help = Some(
            "change one of the two statements, or order the branches with depends_on".to_owned(),
        );
        diagnostic
    }
}

/// An object that the two outcomes leave different.
fn different(one: &Changes, two: &Changes, schema: &Schema) -> Option<String> {
    let ids: BTreeSet<_> = one.keys().chain(two.keys()).collect();
    ids.into_iter()
        .find(|id| match (one.get(id), two.get(id)) {
            (Some(one), Some(two)) => match (&one.after, &two.after) {
                (Some(one), Some(two)) => !stored::same(id, one, two, schema),
                (None, None) => false,
                (Some(_), None) | (None, Some(_)) => true,
            },
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        })
        .map(ToString::to_string)
}
