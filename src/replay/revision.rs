//! One revision against the schema of its ancestors: up, and back again.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Direction};
use crate::graph::RevisionIndex;
use crate::operation::{Fidelity, Inverse, NoInverse, Operate as _, Operation, Placement};
use crate::plan::parts::{self, Lowered};
use crate::revision::{Body, Downgrade, Statement};
use crate::schema::{Changes, Mark, Object, ObjectId};
use crate::source::{Span, Spanned};

use super::difference::describe;
use super::{BackStep, Replay, Standing, Wanted, WayBack, locate, lower, raw};

/// The statements of one direction of a revision as they run.
#[derive(Debug)]
struct Output {
    /// Whether the SQL is to be written, too.
    wanted: bool,
    sql: Vec<Lowered>,
    /// Whether one of the statements holds text that the model does not understand.
    opaque: bool,
}

impl Output {
    fn new(wanted: bool) -> Self {
        Self {
            wanted,
            sql: Vec::new(),
            opaque: false,
        }
    }
}

/// A statement that ran, and how it goes back.
#[derive(Debug)]
struct Ran {
    /// The log before it.
    mark: Mark,
    reverse: Option<Vec<Statement>>,
}

/// What went wrong on the way back, and the statement that it is told of.
type Fault = (Diagnostic, Span);

impl Replay<'_> {
    /// Runs `revision` up, checks its way back, and leaves it applied.
    pub(super) fn run(&mut self, revision: RevisionIndex, body: Body) {
        let start = self.schema.mark();
        let mut ran = Vec::with_capacity(body.upgrade.len());
        let mut operations = Vec::with_capacity(body.upgrade.len());
        let mut output = Output::new(self.wanted == Wanted::Upgrades);
        let mut sound = true;
        for statement in body.upgrade {
            let mark = self.schema.mark();
            let (reverse, span) = (statement.reverse, statement.span);
            match self.statement(statement.operation, span, &mut output) {
                Ok(operation) => {
                    ran.push(Ran { mark, reverse });
                    operations.push(operation);
                }
                Err(diagnostic) => {
                    self.schema.undo_to(mark);
                    self.report(diagnostic, span);
                    sound = false;
                }
            }
        }
        if let Some(diagnostic) = self.refuse_beside(&raw::placed(&operations)) {
            let span = diagnostic.span.expect("it was placed");
            self.report(diagnostic, span);
            sound = false;
        }
        self.stack.push(Standing {
            revision,
            mark: start,
            exact: true,
        });
        self.compiled[revision.index()].upgrade_sql = output.sql;
        let predecessors: Vec<_> = self.history.graph.predecessors(revision).collect();
        if sound && !self.is_broken(&predecessors) {
            self.way_back(revision, body.downgrade, start, ran, &operations);
        } else {
            self.broken.insert(revision);
        }
        if self.is_chain {
            self.schema.settle();
        } else {
            self.compiled[revision.index()].upgrade = operations;
        }
    }

    /// Resolves, lowers and applies one statement.
    fn statement(
        &mut self,
        mut operation: Operation,
        span: Span,
        output: &mut Output,
    ) -> Result<Spanned<Operation>, Diagnostic> {
        if let Err(refusal) = operation.resolve(&self.schema) {
            return Err(self.diagnostic(&refusal, span));
        }
        self.lower(&operation, &Fidelity::default(), output);
        let mark = self.schema.mark();
        if let Err(refusal) = operation.apply(&mut self.schema) {
            self.schema.undo_to(mark);
            return Err(self.diagnostic(&refusal, span));
        }
        if let Some(diagnostic) = self.reserved(&operation, mark, span) {
            self.schema.undo_to(mark);
            return Err(diagnostic);
        }
        self.trace.push((self.schema.mark(), span));
        Ok(Spanned {
            value: operation,
            span,
        })
    }

    fn lower(&self, operation: &Operation, fidelity: &Fidelity, output: &mut Output) {
        output.opaque |= operation.is_opaque();
        if output.wanted {
            let dialect = self.history.dialect;
            output
                .sql
                .push(lower(operation, fidelity, &self.schema, dialect));
        }
    }

    fn way_back(
        &mut self,
        revision: RevisionIndex,
        downgrade: Downgrade,
        start: Mark,
        ran: Vec<Ran>,
        operations: &[Spanned<Operation>],
    ) {
        let way_back = match downgrade {
            Downgrade::Irreversible { reason, .. } => {
                self.compiled[revision.index()].downgrade = WayBack::Irreversible(reason);
                return;
            }
            Downgrade::Auto => self.automatic(ran, operations),
            Downgrade::Written { statements, span } => {
                let way_back = self.written(statements, span, start, operations);
                if let Ok((_, sql)) = &way_back {
                    self.check_parts(span, operations, sql);
                }
                way_back
            }
        };
        match way_back {
            Ok((steps, sql)) => {
                let span = operations.first().map(|it| it.span);
                let all: Vec<(&Operation, Span)> = span
                    .into_iter()
                    .flat_map(|span| {
                        let all = steps.iter().flat_map(|it| &it.operations);
                        all.map(move |it| (it, span))
                    })
                    .collect();
                if let Some(diagnostic) = self.refuse_beside(&all) {
                    let span = diagnostic.span.expect("it was placed");
                    self.report(diagnostic.direction(Direction::Downgrade), span);
                }
                if self.wanted == Wanted::Downgrades {
                    let compiled = &mut self.compiled[revision.index()];
                    // In a chain the SQL is all that is asked for.
                    if !self.is_chain {
                        compiled.downgrade = WayBack::Steps(steps);
                    }
                    compiled.downgrade_sql = sql;
                }
            }
            Err((diagnostic, span)) => {
                self.report(diagnostic.direction(Direction::Downgrade), span);
            }
        }
    }

    /// The inverses of all statements, last first, run on the model to see that they restore it.
    fn automatic(
        &mut self,
        ran: Vec<Ran>,
        operations: &[Spanned<Operation>],
    ) -> Result<(Vec<BackStep>, Vec<Lowered>), Fault> {
        let after = self.schema.mark();
        let start = ran.first().map_or(after, |it| it.mark);
        let inverses = self.inverses(&ran, operations)?;
        let mut output = Output::new(self.wanted == Wanted::Downgrades);
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
                    self.schema.undo_to(after);
                    return Err(fault);
                }
            }
        }
        let left = self.left_over(start, output.opaque, operations);
        self.schema.undo_to(after);
        self.trim_trace();
        match left {
            None => Ok((way_back, output.sql)),
            Some((id, difference)) => {
                let changed = self.schema.last_change(&id);
                let culprit = changed
                    .and_then(|mark| self.trace.iter().find(|(after, _)| *after > mark))
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
        operations: &[Spanned<Operation>],
    ) -> Result<Vec<Option<Inverse>>, Fault> {
        let mut inverses = Vec::with_capacity(ran.len());
        let mut undone = Vec::with_capacity(ran.len());
        let mut fault = None;
        for (operation, ran) in operations.iter().zip(ran).rev() {
            let inverse = if ran.reverse.is_some() {
                None
            } else {
                let changes = self.schema.changes_since(ran.mark);
                let inverse = match raw::lost(&operation.value, &changes) {
                    None => operation.value.inverse(&changes, &self.schema),
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
            undone.push(self.schema.take_back(ran.mark));
        }
        for changes in undone.into_iter().rev() {
            self.schema.redo(changes);
        }
        fault.map_or(Ok(inverses), Err)
    }

    fn no_way_back(&self, reason: &str, span: Span, help: &str) -> Fault {
        let diagnostic = Diagnostic::error(
            Code::NoWayBack,
            locate::first_line(self.history.sources, span),
            format!("this has no automatic downgrade: {reason}"),
        );
        (diagnostic.help(help), span)
    }

    fn trim_trace(&mut self) {
        let now = self.schema.mark();
        while self.trace.last().is_some_and(|(mark, _)| *mark > now) {
            self.trace.pop();
        }
    }

    fn inverse(
        &mut self,
        inverse: Inverse,
        span: Span,
        output: &mut Output,
    ) -> Result<BackStep, Fault> {
        for operation in &inverse.operations {
            self.lower(operation, &inverse.fidelity, output);
            if let Err(refusal) = operation.apply(&mut self.schema) {
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
        Ok(BackStep {
            operations: inverse.operations,
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
            let mark = self.schema.mark();
            let from = output.sql.len();
            match self.statement(statement.operation, statement.span, output) {
                Ok(operation) => {
                    let changes = self.schema.changes_since(mark);
                    fidelity.add(&crate::operation::restore::losses(&changes));
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
        operations: &[Spanned<Operation>],
    ) -> Result<(Vec<BackStep>, Vec<Lowered>), Fault> {
        let after = self.schema.mark();
        // The parts are counted in any case.
        let mut output = Output::new(true);
        let result = self.reverse(statements, &mut output);
        let left = self.left_over(start, output.opaque, operations);
        self.schema.undo_to(after);
        self.trim_trace();
        let step = result?;
        match left {
            None => Ok((vec![step], output.sql)),
            Some((_, difference)) => Err(self.difference(&difference, span)),
        }
    }

    fn no_exact_way_back(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.history.sources, span);
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            place,
            format!("no exact downgrade of this statement can be derived: {difference}"),
        )
        .help("write `downgrade { … }`, or add `reverse { … }` to the statement");
        (diagnostic, span)
    }

    fn difference(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.history.sources, span);
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
        operations: &[Spanned<Operation>],
    ) -> Option<(ObjectId, String)> {
        let shared: BTreeSet<ObjectId> = operations
            .iter()
            .filter_map(|it| it.value.shared_extension())
            .collect();
        let mut changes: Changes = self.schema.changes_since(start);
        changes.retain(|id, change| {
            let object = change.after.as_ref().or(change.before.as_ref());
            // What is not declared may stay, as `create or replace function` does, and goes with what it belongs to.
            let undeclared = object.is_some_and(
                |it| matches!(&**it, Object::Opaque(it) if !it.declared || it.part_of.is_some()),
            );
            let declared = object.is_some_and(|it| match &**it {
                Object::Opaque(_) => true,
                Object::Index(index) => {
                    matches!(self.schema.relation(&index.table), Some(Object::Opaque(_)))
                }
                Object::Namespace(_)
                | Object::Extension(_)
                | Object::Type(_)
                | Object::Table(_)
                | Object::Sequence(_) => false,
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
    fn check_parts(&mut self, span: Span, operations: &[Spanned<Operation>], back: &[Lowered]) {
        let special = |it: &Lowered| {
            it.statements
                .iter()
                .any(|it| it.placement != Placement::Transaction)
        };
        let may_split = |operation: &Operation| match operation {
            Operation::CreateIndex(it) => it.concurrently,
            Operation::Drop(it) => it.concurrently,
            Operation::AddEnumValue(_) | Operation::AlterTable(_) => true,
            Operation::CreateTable(_)
            | Operation::CreateType(_)
            | Operation::CreateDomain(_)
            | Operation::CreateSchema(_)
            | Operation::CreateExtension(_)
            | Operation::CreateSequence(_)
            | Operation::AlterSequence(_)
            | Operation::DropEnumValue(_)
            | Operation::Rename(_)
            | Operation::SetSchema(_)
            | Operation::CommentOn(_)
            | Operation::Data(_)
            | Operation::Raw(_)
            | Operation::Assert(_) => false,
        };
        let up: Vec<Lowered> = if operations.iter().any(|it| may_split(&it.value)) {
            let (exact, dialect) = (Fidelity::default(), self.history.dialect);
            operations
                .iter()
                .map(|it| lower(&it.value, &exact, &self.schema, dialect))
                .collect()
        } else {
            Vec::new()
        };
        let several = parts::count(&up) > 1 || (back.iter().any(special) && parts::count(back) > 1);
        if several {
            let diagnostic = Diagnostic::error(
                Code::WrittenDowngradeOfParts,
                locate::first_line(self.history.sources, span),
                "a written downgrade cannot follow an upgrade that takes several transactions",
            )
            .help("split the revision: one with the statements that stand in no transaction, one with the others; each has its own downgrade");
            self.report(diagnostic.direction(Direction::Downgrade), span);
        }
    }
}
