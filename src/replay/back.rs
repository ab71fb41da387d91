//! The way back of every revision, checked against the schema that stood before it: the inverses of its statements, or
//! what the author wrote.
//!
//! It follows the way up on a schema of its own, so that both run at the same time.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Direction};
use crate::graph::RevisionIndex;
use crate::inverse::{self, Fidelity, Inverse, Loss, NoInverse};
use crate::lower::{Lowered, Placement};
use crate::operation::{Operation, Resolved};
use crate::plan::parts;
use crate::replay::difference::describe;
use crate::replay::forward::{Applied, Ran, Upgrade};
use crate::replay::stage::{Output, Stage};
use crate::replay::{BackStep, History, Wanted, WayBack, locate, raw};
use crate::revision::{Downgrade, Statement};
use crate::schema::{Changes, Mark, Object, ObjectId};
use crate::source::{Span, Spanned};

/// What went wrong on the way back, and the statement that it is told of.
type Fault = (Diagnostic, Span);

/// What became of a revision on the way back.
#[derive(Debug, Default)]
pub(super) struct Descent {
    pub(super) way_back: WayBack,
    /// The SQL, where it was wanted.
    pub(super) sql: Vec<Lowered>,
}

/// The ways back.
pub(super) struct Back<'a> {
    pub(super) stage: Stage<'a>,
    /// Whether SQL is wanted.
    wanted: bool,
    is_chain: bool,
    /// Whether the steps are to be kept.
    keeps: bool,
    /// By revision.
    pub(super) compiled: Vec<Descent>,
}

impl<'a> Back<'a> {
    pub(super) fn new(history: History<'a>, wanted: Wanted) -> Self {
        let count = history.graph.len();
        let is_chain = history.graph.is_chain();
        Self {
            stage: Stage::new(history),
            wanted: wanted.downgrades(),
            is_chain,
            keeps: !is_chain || wanted == Wanted::Everything,
            compiled: (0..count).map(|_| Descent::default()).collect(),
        }
    }

    /// Checks the way back of a revision, the next one in the graph's order.
    pub(super) fn run(&mut self, applied: Applied) {
        self.stage.at = applied.at;
        self.stage.undo_to(applied.news.keep());
        self.stage.schema.follow(applied.news);
        self.stage.trace.extend(applied.trace);
        self.stage.tainted.extend(applied.tainted);
        if let Some(upgrade) = applied.upgrade {
            self.way_back(applied.revision, upgrade);
        }
        if self.is_chain {
            self.stage.schema.settle();
        }
    }

    fn way_back(&mut self, revision: RevisionIndex, upgrade: Upgrade) {
        let operations = &**upgrade.operations;
        let way_back = match upgrade.downgrade {
            Downgrade::Irreversible { reason, .. } => {
                self.compiled[revision.index()].way_back = WayBack::Irreversible(reason);
                return;
            }
            Downgrade::Auto => self.automatic(upgrade.ran, operations),
            Downgrade::Written { statements, span } => {
                let way_back = self.written(statements, span, upgrade.start, operations);
                if let Ok((_, sql)) = &way_back {
                    self.check_parts(span, operations, sql);
                }
                way_back
            }
        };
        match way_back {
            Ok((way_back, sql)) => {
                let span = operations.first().map(|it| it.span);
                let all: Vec<(&Operation, Span)> = span
                    .into_iter()
                    .flat_map(|span| way_back.operations().map(move |it| (it, span)))
                    .collect();
                if let Some(diagnostic) = self.stage.refuse_beside(&all) {
                    let span = diagnostic.span.expect("it was placed");
                    self.report(diagnostic, span);
                }
                if self.wanted {
                    let compiled = &mut self.compiled[revision.index()];
                    // Mostly the SQL of a chain is all that is asked for.
                    if self.keeps {
                        compiled.way_back = way_back;
                    }
                    compiled.sql = sql;
                }
            }
            Err((diagnostic, span)) => self.report(diagnostic, span),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic, span: Span) {
        self.stage
            .report(diagnostic.direction(Direction::Downgrade), span);
    }

    /// The inverses of all statements, last first, run on the model to see that they restore it.
    fn automatic(
        &mut self,
        ran: Vec<Ran>,
        operations: &[Spanned<Resolved>],
    ) -> Result<(WayBack, Vec<Lowered>), Fault> {
        let after = self.stage.schema.mark();
        let start = ran.first().map_or(after, |it| it.mark);
        let inverses = self.inverses(&ran, operations)?;
        let mut output = Output::new(self.wanted);
        let mut way_back = Vec::with_capacity(inverses.len());
        let statements = operations.iter().zip(ran).rev();
        for ((operation, ran), inverse) in statements.zip(inverses) {
            let step = match (inverse, ran.reverse) {
                (Some(inverse), _) => self.inverse(inverse, operation.span, &mut output),
                (None, reverse) => self.reverse(reverse.unwrap_or_default(), &mut output),
            };
            match step {
                Ok(step) => way_back.push(step),
                Err(fault) => {
                    self.stage.undo_to(after);
                    return Err(fault);
                }
            }
        }
        let left = self.left_over(start, output.opaque, operations);
        self.stage.undo_to(after);
        match left {
            None => Ok((WayBack::Steps(way_back), output.sql)),
            Some((id, difference)) => {
                let changed = self.stage.schema.last_change(&id);
                let culprit = changed
                    .and_then(|mark| self.stage.trace.iter().find(|(after, _)| *after > mark))
                    .map(|(_, span)| *span)
                    .filter(|span| operations.iter().any(|it| it.span == *span));
                let span = culprit
                    .or_else(|| operations.first().map(|it| it.span))
                    .expect("something was changed");
                Err(self.no_exact_way_back(&difference, span))
            }
        }
    }

    /// The inverse of each statement, last first; none where the author wrote the way back. Each is asked for where its
    /// statement was the last one to run.
    fn inverses(
        &mut self,
        ran: &[Ran],
        operations: &[Spanned<Resolved>],
    ) -> Result<Vec<Option<Inverse>>, Fault> {
        let mut inverses = Vec::with_capacity(ran.len());
        let mut undone = Vec::with_capacity(ran.len());
        let mut fault = None;
        for (at, (operation, ran)) in operations.iter().zip(ran).enumerate().rev() {
            let inverse = if ran.reverse.is_some() {
                None
            } else {
                let changes = self.stage.schema.changes_since(ran.mark);
                let inverse = match raw::lost(&operation.value, &changes) {
                    None => inverse::of(&operation.value, &changes, &self.stage.schema),
                    Some(reason) => Err(NoInverse(reason)),
                };
                match inverse {
                    Ok(inverse) => Some(inverse),
                    Err(reason) => {
                        fault = Some(self.no_way_back(
                            &reason.0,
                            operation.span,
                            "add `reverse { … }` to the statement, write `downgrade { … }`, or say `downgrade irreversible 'why';`",
                        ));
                        break;
                    }
                }
            };
            inverses.push(inverse);
            // Nothing is asked before the first one.
            if at > 0 {
                undone.push(self.stage.schema.take_back(ran.mark));
            }
        }
        for changes in undone.into_iter().rev() {
            self.stage.schema.redo(changes);
        }
        fault.map_or(Ok(inverses), Err)
    }

    fn no_way_back(&self, reason: &str, span: Span, help: &str) -> Fault {
        let diagnostic = Diagnostic::error(
            Code::NoWayBack,
            locate::first_line(self.stage.history.sources, span),
            format!("this has no automatic downgrade: {reason}"),
        );
        (diagnostic.help(help), span)
    }

    fn inverse(
        &mut self,
        inverse: Inverse,
        span: Span,
        output: &mut Output,
    ) -> Result<BackStep, Fault> {
        let operations: Vec<Resolved> = inverse
            .operations
            .into_iter()
            .map(Resolved::named)
            .collect();
        for operation in &operations {
            let spanned = Spanned {
                value: operation.clone(),
                span,
            };
            self.stage.lower(&spanned, &inverse.fidelity, output);
            if let Err(refusal) = operation.apply(&mut self.stage.schema) {
                return Err(self.no_way_back(
                    &format!(
                        "what would take it back does not fit, since {}",
                        refusal.message
                    ),
                    span,
                    "add `reverse { … }` to the statement, or write `downgrade { … }`",
                ));
            }
        }
        if operations.is_empty() && output.wanted {
            output.sql.extend(Lowered::lost(&inverse.fidelity));
        }
        Ok(BackStep {
            operations,
            fidelity: inverse.fidelity,
        })
    }

    /// A way back that the author wrote.
    fn reverse(
        &mut self,
        statements: Vec<Statement>,
        output: &mut Output,
    ) -> Result<BackStep, Fault> {
        let mut operations = Vec::with_capacity(statements.len());
        let mut fidelity = Fidelity::default();
        for statement in statements {
            let mark = self.stage.schema.mark();
            let from = output.sql.len();
            match self
                .stage
                .statement(statement.operation, statement.span, output)
            {
                Ok(operation) => {
                    let changes = self.stage.schema.changes_since(mark);
                    fidelity.add(&inverse::losses(&changes));
                    for lowered in &mut output.sql[from..] {
                        lowered.fidelity = fidelity.clone();
                    }
                    operations.push(operation.value);
                }
                Err(diagnostic) => return Err((diagnostic, statement.span)),
            }
        }
        Ok(BackStep {
            operations,
            fidelity,
        })
    }

    /// A written downgrade, run on the model to see that it restores it.
    fn written(
        &mut self,
        statements: Vec<Statement>,
        span: Span,
        start: Mark,
        operations: &[Spanned<Resolved>],
    ) -> Result<(WayBack, Vec<Lowered>), Fault> {
        let after = self.stage.schema.mark();
        // The parts are counted in any case.
        let mut output = Output::new(true);
        let result = self.reverse(statements, &mut output);
        let losses = if operations.iter().any(|it| it.value.restarts()) {
            Fidelity::of(&[Loss::ChangesValues])
        } else {
            Fidelity::default()
        };
        for lowered in &mut output.sql {
            lowered.fidelity.add(&losses);
        }
        if output.sql.is_empty() {
            output.sql.extend(Lowered::lost(&losses));
        }
        let left = self.left_over(start, output.opaque, operations);
        self.stage.undo_to(after);
        let mut step = result?;
        step.fidelity.add(&losses);
        match left {
            None => Ok((WayBack::Written(step), output.sql)),
            Some((_, difference)) => Err(self.difference(&difference, span)),
        }
    }

    fn no_exact_way_back(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.stage.history.sources, span);
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            place,
            format!("no exact downgrade of this statement can be derived: {difference}"),
        )
        .help("write `downgrade { … }`, or add `reverse { … }` to the statement");
        (diagnostic, span)
    }

    fn difference(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.stage.history.sources, span);
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            place,
            format!("the downgrade does not restore the schema before: {difference}"),
        )
        .help("after upgrade and downgrade everything must be as it was; the order of columns does not count");
        (diagnostic, span)
    }

    /// What differs between the schema at `start` and the present one. Opaque SQL may remove what opaque SQL made.
    fn left_over(
        &self,
        start: Mark,
        opaque: bool,
        operations: &[Spanned<Resolved>],
    ) -> Option<(ObjectId, String)> {
        if self.stage.schema.is_plainly_as_at(start) {
            return None;
        }
        let shared: BTreeSet<ObjectId> = operations
            .iter()
            .filter_map(|it| it.value.shared_extension())
            .collect();
        let mut changes: Changes = self.stage.schema.changes_since(start);
        changes.retain(|id, change| {
            let object = change.after.as_ref().or(change.before.as_ref());
            // What is not declared may stay, as `create or replace function` does, and goes with what it belongs to.
            let undeclared = object.is_some_and(
                |it| matches!(&**it, Object::Opaque(it) if !it.declared || it.part_of.is_some()),
            );
            let is_opaque = |it: &Object| it.as_opaque().is_some();
            let declared = object.is_some_and(|object| {
                let table = object.as_index().map(|it| &it.table);
                let table = table.and_then(|it| self.stage.schema.relation(it));
                is_opaque(object) || table.is_some_and(is_opaque)
            });
            // An extension that a guarded statement may have found may stay.
            let found = change.before.is_none() && shared.contains(id);
            !(undeclared || opaque && declared || found)
        });
        changes
            .iter()
            .next()
            .map(|(id, change)| (id.clone(), describe(id, change)))
    }

    /// Refuses a written downgrade where transactions split the revision, and raw SQL that must stand alone.
    fn check_parts(&mut self, span: Span, operations: &[Spanned<Resolved>], back: &[Lowered]) {
        let special = |it: &Lowered| {
            it.statements
                .iter()
                .any(|statement| statement.placement != Placement::Transaction)
        };
        let lowered = |it: &Spanned<Resolved>| {
            Lowered::new(it.clone(), Fidelity::default(), &self.stage.schema)
        };
        let up: Vec<Lowered> = operations.iter().map(lowered).collect();
        let several = parts::count(&up) > 1 || (back.iter().any(special) && parts::count(back) > 1);
        if several {
            let diagnostic = Diagnostic::error(
                Code::WrittenDowngradeOfParts,
                locate::first_line(self.stage.history.sources, span),
                "a written downgrade cannot follow an upgrade that takes several transactions",
            )
            .help("split the revision: one with the statements that stand in no transaction, one with the others; each has its own downgrade");
            self.stage
                .report(diagnostic.direction(Direction::Downgrade), span);
        }
    }
}
