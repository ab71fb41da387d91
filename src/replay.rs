//! Replays the history on the symbolic schema: every statement against the schema of its revision's ancestors, every
//! rollback against the schema that stood before, every merge in both orders.
//!
//! There is one schema with an undo log. The replay stands at one set of revisions at a time and moves by undoing and
//! applying again, so that a chain costs linear time.

mod difference;
mod locate;
mod raw;
mod revision;

use std::collections::BTreeSet;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::dialect::Dialect;
use crate::graph::{Edges, RevisionGraph, RevisionIndex};
use crate::name::Name;
use crate::operation::{Fidelity, Operate as _, Operation};
use crate::plan::parts::Lowered;
use crate::revision::Body;
use crate::schema::{Changes, Mark, Refusal, Schema};
use crate::source::{Sources, Span, Spanned};

/// What is to be compiled.
#[derive(Debug, Clone, Copy)]
pub struct History<'a> {
    pub sources: &'a Sources,
    pub graph: &'a RevisionGraph,
    pub dialect: &'a Dialect,
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
    /// Of the given revisions in the order in which they go; all others of their ancestors stay.
    Downgrades,
}

/// A history that is sound.
#[derive(Debug)]
pub struct Replayed {
    /// By revision.
    pub revisions: Vec<Compiled>,
    /// The schema at the last revision of the graph's order.
    pub schema: Schema,
}

/// What became of one revision.
#[derive(Debug, Default)]
pub struct Compiled {
    /// The statements as they run, with all names chosen; kept only where the history has branches, which run again.
    pub upgrade: Vec<Spanned<Operation>>,
    pub downgrade: WayBack,
    /// The SQL of the upgrade, where it was wanted.
    pub upgrade_sql: Vec<Lowered>,
    /// The SQL of the downgrade, where it was wanted.
    pub downgrade_sql: Vec<Lowered>,
}

/// How a revision goes back.
#[derive(Debug)]
pub enum WayBack {
    /// In the order in which they run; kept only where downgrades were wanted of a history with branches.
    Steps(Vec<BackStep>),
    /// The author says why there is none.
    Irreversible(String),
}

/// Operations that take one statement back, or a whole written downgrade.
#[derive(Debug, Clone)]
pub struct BackStep {
    pub operations: Vec<Operation>,
    pub fidelity: Fidelity,
}

impl Default for WayBack {
    fn default() -> Self {
        Self::Steps(Vec::new())
    }
}

/// A revision on the stack.
#[derive(Debug)]
struct Standing {
    revision: RevisionIndex,
    /// The log before it.
    mark: Mark,
    /// Whether the stack up to here holds its ancestors and nothing else.
    exact: bool,
}

struct Replay<'a> {
    history: History<'a>,
    wanted: Wanted,
    schema: Schema,
    stack: Vec<Standing>,
    /// Whether each revision follows the one before it, so that none is taken back or run again.
    is_chain: bool,
    compiled: Vec<Compiled>,
    /// The log after each statement that ran, to find the statement that changed an object.
    trace: Vec<(Mark, Span)>,
    diagnostics: Diagnostics,
    /// Names of statements that failed: what refers to them fails for no reason of its own.
    tainted: BTreeSet<SmolStr>,
    broken: BTreeSet<RevisionIndex>,
}

/// How many revisions are read at a time.
const AHEAD: usize = 128;

/// Checks the whole history, and gives the SQL that is wanted of it. `read` gives what a revision does; the next
/// revisions are read while the last ones are replayed.
pub fn replay(
    history: History<'_>,
    wanted: Wanted,
    read: impl Fn(RevisionIndex) -> Result<Body> + Sync,
) -> Result<Replayed> {
    let mut replay = Replay {
        history,
        wanted,
        schema: Schema::new(history.schema),
        stack: Vec::new(),
        is_chain: history.graph.is_chain(),
        compiled: (0..history.graph.len())
            .map(|_| Compiled::default())
            .collect(),
        trace: Vec::new(),
        diagnostics: Diagnostics::default(),
        tainted: BTreeSet::new(),
        broken: BTreeSet::new(),
    };
    let read = |revisions: &[RevisionIndex]| -> Vec<Result<Body>> {
        revisions.par_iter().map(|it| read(*it)).collect()
    };
    let mut unread = Diagnostics::default();
    let mut order = history.graph.order().chunks(AHEAD);
    let mut revisions = order.next().unwrap_or_default();
    let mut bodies = read(revisions);
    while !revisions.is_empty() {
        let next = order.next().unwrap_or_default();
        let ((), following) = rayon::join(
            || {
                for (revision, body) in revisions.iter().zip(bodies) {
                    if let Some(body) = unread.absorb(body)
                        && unread.is_empty()
                    {
                        replay.stand_before(*revision);
                        replay.run(*revision, body);
                    }
                }
            },
            || read(next),
        );
        (revisions, bodies) = (next, following);
    }
    unread.into_result(())?;
    replay.diagnostics.into_result(Replayed {
        revisions: replay.compiled,
        schema: replay.schema,
    })
}

/// The SQL that takes `revisions` back, in that order, from a database where all of `applied` have run. The history was
/// replayed before without faults.
#[must_use]
pub fn downgrades(
    history: History<'_>,
    replayed: &Replayed,
    applied: &[RevisionIndex],
    revisions: &[RevisionIndex],
) -> Vec<Vec<Lowered>> {
    let going: BTreeSet<RevisionIndex> = revisions.iter().copied().collect();
    let mut schema = Schema::new(history.schema);
    let apply = |schema: &mut Schema, revision: RevisionIndex| {
        for operation in &replayed.revisions[revision.index()].upgrade {
            operation
                .value
                .apply(schema)
                .expect("the merge of the branches was checked");
        }
    };
    for revision in history.graph.sorted(applied.iter().copied()) {
        if !going.contains(&revision) {
            apply(&mut schema, revision);
        }
    }
    let mut marks = Vec::with_capacity(revisions.len());
    for revision in revisions.iter().rev() {
        marks.push(schema.mark());
        apply(&mut schema, *revision);
    }
    let mut lowered = Vec::with_capacity(revisions.len());
    for revision in revisions {
        let WayBack::Steps(steps) = &replayed.revisions[revision.index()].downgrade else {
            lowered.push(Vec::new());
            continue;
        };
        let mut sql = Vec::new();
        for step in steps {
            for operation in &step.operations {
                sql.push(lower(operation, &step.fidelity, &schema, history.dialect));
                operation
                    .apply(&mut schema)
                    .expect("the way back was checked");
            }
        }
        lowered.push(sql);
        schema.undo_to(marks.pop().expect("each revision has its mark"));
    }
    lowered
}

fn lower(
    operation: &Operation,
    fidelity: &Fidelity,
    before: &Schema,
    dialect: &Dialect,
) -> Lowered {
    Lowered {
        statements: operation.lower(before, dialect),
        opaque: operation.is_opaque(),
        fidelity: fidelity.clone(),
    }
}

impl Replay<'_> {
    /// Moves to the ancestors of `revision`; a merge is tried in both orders.
    fn stand_before(&mut self, revision: RevisionIndex) {
        let graph = self.history.graph;
        let predecessors: Vec<RevisionIndex> = graph.predecessors(revision).collect();
        match predecessors.as_slice() {
            [] => self.pop_to(0),
            [single] => {
                let at = self
                    .stack
                    .iter()
                    .rposition(|it| it.revision == *single)
                    .filter(|at| self.stack[*at].exact);
                match at {
                    Some(at) => self.pop_to(at + 1),
                    None => self.gather(&predecessors),
                }
            }
            several => {
                if graph.is_merge(revision) && !self.is_broken(several) {
                    self.check_merge(revision);
                }
                self.gather(several);
            }
        }
    }

    fn is_broken(&self, predecessors: &[RevisionIndex]) -> bool {
        predecessors.iter().any(|it| self.broken.contains(it))
    }

    fn pop_to(&mut self, length: usize) {
        if let Some(standing) = self.stack.get(length) {
            self.schema.undo_to(standing.mark);
            self.stack.truncate(length);
        }
        let now = self.schema.mark();
        while self.trace.last().is_some_and(|(mark, _)| *mark > now) {
            self.trace.pop();
        }
    }

    /// Stands on the ancestors of `predecessors`, themselves included.
    fn gather(&mut self, predecessors: &[RevisionIndex]) {
        let graph = self.history.graph;
        let wanted = graph.ancestors(predecessors, Edges::All);
        let keep = self
            .stack
            .iter()
            .position(|it| !wanted.contains(it.revision))
            .unwrap_or(self.stack.len());
        self.pop_to(keep);
        let present: BTreeSet<RevisionIndex> = self.stack.iter().map(|it| it.revision).collect();
        for missing in graph.sorted(wanted.iter().filter(|it| !present.contains(it))) {
            if let Err((refusal, span)) = self.push_again(missing) {
                // The merge that joins them reports it; without one it is a fault of its own.
                let diagnostic = self.conflict(&refusal, span);
                self.report(diagnostic, span);
            }
        }
    }

    /// Applies a revision that was compiled before.
    fn push_again(&mut self, revision: RevisionIndex) -> std::result::Result<(), (Refusal, Span)> {
        let mark = self.schema.mark();
        let mut result = Ok(());
        let operations = std::mem::take(&mut self.compiled[revision.index()].upgrade);
        for Spanned {
            value: operation,
            span,
        } in &operations
        {
            let before = self.schema.mark();
            if let Err(refusal) = operation.apply(&mut self.schema) {
                self.schema.undo_to(before);
                result = Err((refusal, *span));
                break;
            }
            self.trace.push((self.schema.mark(), *span));
        }
        self.compiled[revision.index()].upgrade = operations;
        self.stack.push(Standing {
            revision,
            mark,
            exact: false,
        });
        result
    }

    /// Tries the sides of a merge one after the other and the other way round: both must run and give one schema.
    fn check_merge(&mut self, merge: RevisionIndex) {
        let graph = self.history.graph;
        let parents: Vec<RevisionIndex> = graph.parents(merge).to_vec();
        let sides: Vec<_> = parents
            .iter()
            .map(|parent| graph.ancestors(&[*parent], Edges::All))
            .collect();
        let common: Vec<RevisionIndex> = sides[0]
            .iter()
            .filter(|it| sides.iter().all(|side| side.contains(*it)))
            .collect();
        let forward: Vec<Vec<RevisionIndex>> =
            sides.iter().map(|side| graph.sorted(side.iter())).collect();
        let backward: Vec<Vec<RevisionIndex>> = forward.iter().rev().cloned().collect();
        if let Some(diagnostic) = self.raw_conflict(merge, &sides) {
            let span = self.history.graph.header(merge).down_revision;
            self.report(diagnostic, span);
            self.broken.insert(merge);
            return;
        }
        self.gather_exactly(&common);
        let base = self.schema.mark();
        let depth = self.stack.len();
        let mut outcomes: Vec<Changes> = Vec::new();
        for order in [forward, backward] {
            for revision in order.into_iter().flatten() {
                if self.stack.iter().any(|it| it.revision == revision) {
                    continue;
                }
                if let Err((refusal, span)) = self.push_again(revision) {
                    let mut diagnostic = self.conflict(&refusal, span);
                    if diagnostic.related.is_empty() {
                        diagnostic.related.extend(self.other_side(&refusal, depth));
                    }
                    diagnostic.related.push((
                        self.history.graph.header(merge).down_revision,
                        "the branches are merged here".to_owned(),
                    ));
                    self.pop_to(depth);
                    self.report(diagnostic, span);
                    self.broken.insert(merge);
                    return;
                }
            }
            outcomes.push(self.schema.changes_since(base));
            self.pop_to(depth);
        }
        if let [one, two] = outcomes.as_slice()
            && let Some(id) = different(one, two)
        {
            let span = self.history.graph.header(merge).down_revision;
            let diagnostic = Diagnostic::error(
                Code::MergeConflict,
                span,
                format!("the branches give different schemas in the two orders: {id} differs"),
            )
            .help("change one of the branches, or order them with depends_on");
            self.report(diagnostic, span);
        }
    }

    /// The last statement since `depth` of the stack that names what `refusal` is about.
    fn other_side(&self, refusal: &Refusal, depth: usize) -> Option<(Span, String)> {
        let word = refusal.at.last()?;
        let sources = self.history.sources;
        let standing = self.stack.get(depth..)?.iter().rev().skip(1);
        let span = standing
            .flat_map(|it| self.compiled[it.revision.index()].upgrade.iter().rev())
            .map(|it| it.span)
            .find(|it| locate::says(sources, *it, word))?;
        Some((
            locate::first_line(sources, span),
            "the other branch says this".to_owned(),
        ))
    }

    fn gather_exactly(&mut self, wanted: &[RevisionIndex]) {
        let wanted_set: BTreeSet<RevisionIndex> = wanted.iter().copied().collect();
        let keep = self
            .stack
            .iter()
            .position(|it| !wanted_set.contains(&it.revision))
            .unwrap_or(self.stack.len());
        self.pop_to(keep);
        let present: BTreeSet<RevisionIndex> = self.stack.iter().map(|it| it.revision).collect();
        let missing = wanted.iter().copied().filter(|it| !present.contains(it));
        for revision in self.history.graph.sorted(missing) {
            self.push_again(revision)
                .expect("the common ancestors of branches were replayed together");
        }
    }

    /// The diagnostic for a statement of one branch that another branch stands in the way of.
    fn conflict(&self, refusal: &Refusal, span: Span) -> Diagnostic {
        let mut diagnostic = self.diagnostic(refusal, span);
        diagnostic.code = Code::MergeConflict;
        diagnostic.message = format!("the branches contradict each other: {}", diagnostic.message);
        diagnostic.help = Some(
            "change one of the two statements, or put one branch after the other with depends_on"
                .to_owned(),
        );
        diagnostic
    }

    fn diagnostic(&self, refusal: &Refusal, span: Span) -> Diagnostic {
        let place = locate::locate(self.history.sources, span, &refusal.at);
        let mut diagnostic = Diagnostic::error(refusal.code, place, refusal.message.clone());
        diagnostic.help.clone_from(&refusal.help);
        if let Some(earlier) = refusal
            .contradicts
            .as_ref()
            .and_then(|id| self.schema.last_change(id))
            .and_then(|mark| self.trace.iter().find(|(after, _)| *after > mark))
            .map(|(_, span)| *span)
            .filter(|earlier| *earlier != span)
        {
            diagnostic.related.push((
                locate::first_line(self.history.sources, earlier),
                "this earlier statement stands against it".to_owned(),
            ));
        }
        diagnostic
    }

    /// Reports a fault of the statement at `span`, unless it only follows from another one.
    fn report(&mut self, diagnostic: Diagnostic, span: Span) {
        let names = locate::names(self.history.sources, span);
        let follows = names.iter().any(|it| self.tainted.contains(it));
        // What the statement would have made is missing from now on, or what it would have dropped is still there.
        let tables: Vec<_> = names
            .iter()
            .filter_map(|it| {
                self.schema
                    .table(&Name::new(self.history.schema, it.clone()))
            })
            .collect();
        let is_there = |name: &SmolStr| {
            let name = Name::new(self.history.schema, name.clone());
            self.schema.relation_taken(&name)
                || self.schema.type_named(&name).is_some()
                || tables.iter().any(|it| it.column(&name.name).is_some())
        };
        let missing: Vec<SmolStr> = names.iter().filter(|it| !is_there(it)).cloned().collect();
        self.tainted.extend(missing);
        if !follows {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// An object that the two outcomes leave different.
fn different(one: &Changes, two: &Changes) -> Option<String> {
    let ids: BTreeSet<_> = one.keys().chain(two.keys()).collect();
    ids.into_iter()
        .find(|id| match (one.get(id), two.get(id)) {
            (Some(one), Some(two)) => match (&one.after, &two.after) {
                (Some(one), Some(two)) => !one.same(two),
                (None, None) => false,
                (Some(_), None) | (None, Some(_)) => true,
            },
            (None, None) => false,
            (Some(_), None) | (None, Some(_)) => true,
        })
        .map(ToString::to_string)
}
