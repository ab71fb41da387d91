//! One revision against the schema of its ancestors: up, and back again.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Direction};
use crate::graph::RevisionIndex;
use crate::operation::{Fidelity, Operate as _, Operation, Placement};
use crate::plan::parts::{self, Lowered};
use crate::revision::{Downgrade, Statement};
use crate::schema::{Change, Changes, Mark, Object, ObjectId};
use crate::source::Span;

use super::{BackStep, Replay, Standing, Wanted, WayBack, locate, lower};

impl Replay<'_> {
    /// Runs `revision` up, checks its way back, and leaves it applied.
    pub(super) fn run(&mut self, revision: RevisionIndex) {
        let source = &self.history.revisions[revision.index()];
        let start = self.schema.mark();
        let mut marks = Vec::with_capacity(source.upgrade.len());
        let mut operations = Vec::with_capacity(source.upgrade.len());
        let mut sql = Vec::new();
        let mut sound = true;
        for statement in &source.upgrade {
            let mark = self.schema.mark();
            match self.statement(statement, self.wanted == Wanted::Upgrades, &mut sql) {
                Ok(operation) => {
                    marks.push(mark);
                    operations.push(operation);
                }
                Err(diagnostic) => {
                    self.schema.undo_to(mark);
                    self.report(diagnostic, statement.span);
                    sound = false;
                }
            }
        }
        self.stack.push(Standing {
            revision,
            mark: start,
            exact: true,
        });
        self.compiled[revision.index()].upgrade_sql = sql;
        if sound
            && !self.is_broken(
                &self
                    .history
                    .graph
                    .predecessors(revision)
                    .collect::<Vec<_>>(),
            )
        {
            self.way_back(revision, start, &marks, &operations);
        } else {
            self.broken.insert(revision);
        }
        self.compiled[revision.index()].upgrade = operations;
    }

    /// Resolves, lowers and applies one statement.
    fn statement(
        &mut self,
        statement: &Statement,
        wanted: bool,
        sql: &mut Vec<Lowered>,
    ) -> Result<Operation, Diagnostic> {
        let resolved = statement.operation.resolve(&self.schema);
        let operation = resolved.map_err(|it| self.diagnostic(&it, statement.span))?;
        if wanted {
            sql.push(lower(
                &operation,
                &Fidelity::default(),
                &self.schema,
                self.history.dialect,
            ));
        }
        let mark = self.schema.mark();
        if let Err(refusal) = operation.apply(&mut self.schema) {
            self.schema.undo_to(mark);
            return Err(self.diagnostic(&refusal, statement.span));
        }
        self.trace.push((self.schema.mark(), statement.span));
        Ok(operation)
    }

    fn way_back(
        &mut self,
        revision: RevisionIndex,
        start: Mark,
        marks: &[Mark],
        operations: &[Operation],
    ) {
        let source = &self.history.revisions[revision.index()];
        let way_back = match &source.downgrade {
            Downgrade::Irreversible { reason, .. } => {
                self.compiled[revision.index()].downgrade = WayBack::Irreversible(reason.clone());
                return;
            }
            Downgrade::Auto => self.automatic(revision, marks, operations),
            Downgrade::Written { statements, span } => {
                self.written(statements, *span, start, operations)
            }
        };
        match way_back {
            Ok((steps, sql)) => {
                self.check_parts(revision, operations, &sql);
                let compiled = &mut self.compiled[revision.index()];
                compiled.downgrade = WayBack::Steps(steps);
                if self.wanted == Wanted::Downgrades {
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
        revision: RevisionIndex,
        marks: &[Mark],
        operations: &[Operation],
    ) -> Result<(Vec<BackStep>, Vec<Lowered>), (Diagnostic, Span)> {
        let source = &self.history.revisions[revision.index()];
        let after = self.schema.mark();
        let mut steps = Vec::with_capacity(operations.len());
        let mut sql = Vec::new();
        let start = marks.first().copied().unwrap_or(after);
        let statements = source.upgrade.iter().zip(operations).zip(marks).rev();
        let mut undone = Vec::new();
        let mut fault = None;
        // Each inverse is asked for where its statement was the last one to run.
        for ((statement, operation), mark) in statements {
            let inverse = if statement.reverse.is_some() {
                None
            } else {
                let changes = self.schema.changes_since(*mark);
                match operation.inverse(&changes, &self.schema) {
                    Ok(inverse) => Some(inverse),
                    Err(reason) => {
                        let place = locate::first_line(self.history.sources, statement.span);
                        let diagnostic = Diagnostic::error(
                                Code::NoWayBack,
                                place,
                                format!("this has no automatic downgrade: {}", reason.0),
                            )
                            .help(
                                "add `reverse { … }` to the statement, write `downgrade { … }`, or say `downgrade irreversible 'why';`",
                            );
                        fault = Some((diagnostic, statement.span));
                        break;
                    }
                }
            };
            steps.push((statement, inverse));
            undone.push(self.schema.take_back(*mark));
        }
        for changes in undone.into_iter().rev() {
            self.schema.redo(changes);
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        let mut way_back = Vec::with_capacity(steps.len());
        for (statement, inverse) in steps {
            let step = match inverse {
                Some(inverse) => self.inverse(inverse, statement, &mut sql),
                None => self.reverse(statement.reverse.as_deref().unwrap_or_default(), &mut sql),
            };
            match step {
                Ok(step) => way_back.push(step),
                Err(fault) => {
                    self.schema.undo_to(after);
                    return Err(fault);
                }
            }
        }
        let left = self.left_over(start, &sql, operations);
        self.schema.undo_to(after);
        self.trim_trace();
        match left {
            None => Ok((way_back, sql)),
            Some(difference) => {
                let statement = source.upgrade.first().expect("something was changed");
                Err(self.difference(&difference, statement.span))
            }
        }
    }

    fn trim_trace(&mut self) {
        let now = self.schema.mark();
        while self.trace.last().is_some_and(|(mark, _)| *mark > now) {
            self.trace.pop();
        }
    }

    fn inverse(
        &mut self,
        inverse: crate::operation::Inverse,
        statement: &Statement,
        sql: &mut Vec<Lowered>,
    ) -> Result<BackStep, (Diagnostic, Span)> {
        for operation in &inverse.operations {
            sql.push(lower(
                operation,
                &inverse.fidelity,
                &self.schema,
                self.history.dialect,
            ));
            if let Err(refusal) = operation.apply(&mut self.schema) {
                let place = locate::first_line(self.history.sources, statement.span);
                let diagnostic = Diagnostic::error(
                    Code::NoWayBack,
                    place,
                    format!("this has no automatic downgrade: {}", refusal.message),
                )
                .help("add `reverse { … }` to the statement, or write `downgrade { … }`");
                return Err((diagnostic, statement.span));
            }
        }
        Ok(BackStep {
            operations: inverse.operations,
            fidelity: inverse.fidelity,
        })
    }

    /// A way back that the author wrote for one statement.
    fn reverse(
        &mut self,
        statements: &[Statement],
        sql: &mut Vec<Lowered>,
    ) -> Result<BackStep, (Diagnostic, Span)> {
        let mut operations = Vec::with_capacity(statements.len());
        let mut fidelity = Fidelity::default();
        for statement in statements {
            let mark = self.schema.mark();
            let from = sql.len();
            match self.statement(statement, true, sql) {
                Ok(operation) => {
                    let changes = self.schema.changes_since(mark);
                    fidelity.add(&crate::operation::restore::losses(&changes));
                    for lowered in &mut sql[from..] {
                        lowered.fidelity = fidelity.clone();
                    }
                    operations.push(operation);
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
        statements: &[Statement],
        span: Span,
        start: Mark,
        operations: &[Operation],
    ) -> Result<(Vec<BackStep>, Vec<Lowered>), (Diagnostic, Span)> {
        let after = self.schema.mark();
        let mut sql = Vec::new();
        let result = self.reverse(statements, &mut sql);
        let left = self.left_over(start, &sql, operations);
        self.schema.undo_to(after);
        self.trim_trace();
        let step = result?;
        match left {
            None => Ok((vec![step], sql)),
            Some(difference) => Err(self.difference(&difference, span)),
        }
    }

    fn difference(&self, difference: &str, span: Span) -> (Diagnostic, Span) {
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
    fn left_over(&self, start: Mark, sql: &[Lowered], operations: &[Operation]) -> Option<String> {
        let shared: BTreeSet<ObjectId> = operations
            .iter()
            .filter_map(Operation::shared_extension)
            .collect();
        let opaque = sql.iter().any(|it| it.opaque);
        let mut changes: Changes = self.schema.changes_since(start);
        changes.retain(|id, change| {
            let object = change.after.as_ref().or(change.before.as_ref());
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
            !(opaque && declared || found)
        });
        changes
            .iter()
            .next()
            .map(|(id, change)| describe(id, change))
    }

    /// Refuses a written downgrade where transactions split the revision, and raw SQL that must stand alone.
    fn check_parts(&mut self, revision: RevisionIndex, operations: &[Operation], back: &[Lowered]) {
        let source = &self.history.revisions[revision.index()];
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
        let Downgrade::Written { span, .. } = &source.downgrade else {
            return;
        };
        let up: Vec<Lowered> = if operations.iter().any(may_split) {
            operations
                .iter()
                .map(|it| lower(it, &Fidelity::default(), &self.schema, self.history.dialect))
                .collect()
        } else {
            Vec::new()
        };
        let several = parts::count(&up) > 1 || (back.iter().any(special) && parts::count(back) > 1);
        if several {
            let span = *span;
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

/// What a rollback leaves different, in a sentence.
fn describe(id: &ObjectId, change: &Change) -> String {
    match (change.before.as_deref(), change.after.as_deref()) {
        (None, Some(object)) => format!("{} is left behind", named(id, object)),
        (Some(object), None) => format!("{} is not there again", named(id, object)),
        (Some(Object::Table(before)), Some(Object::Table(after))) => {
            let table = named(id, &Object::Table(after.clone()));
            for column in &after.columns {
                if before.column(&column.name).is_none() {
                    return format!("column \"{}\" of {table} is left behind", column.name);
                }
            }
            for column in &before.columns {
                match after.column(&column.name) {
                    None => {
                        return format!("column \"{}\" of {table} is not there again", column.name);
                    }
                    Some(now) if now != &**column => {
                        let what = if now.sql_type != column.sql_type {
                            format!("is {} and was {}", now.sql_type, column.sql_type)
                        } else if now.not_null != column.not_null {
                            format!(
                                "is {} and was not so",
                                if now.not_null { "not null" } else { "nullable" }
                            )
                        } else if now.default != column.default {
                            "has another default".to_owned()
                        } else {
                            "is not as it was".to_owned()
                        };
                        return format!("column \"{}\" of {table} {what}", column.name);
                    }
                    Some(_) => {}
                }
            }
            for name in after.constraints.keys() {
                if !before.constraints.contains_key(name) {
                    return format!("constraint \"{name}\" of {table} is left behind");
                }
            }
            for (name, constraint) in &before.constraints {
                match after.constraints.get(name) {
                    None => return format!("constraint \"{name}\" of {table} is not there again"),
                    Some(now) if now != constraint => {
                        return format!("constraint \"{name}\" of {table} is not as it was");
                    }
                    Some(_) => {}
                }
            }
            format!("{table} is not as it was")
        }
        (_, Some(object)) => format!("{} is not as it was", named(id, object)),
        (None, None) => String::new(),
    }
}

fn named(id: &ObjectId, object: &Object) -> String {
    match id {
        ObjectId::Relation(name) | ObjectId::Type(name) => format!("{} \"{name}\"", object.kind()),
        ObjectId::Namespace(_) | ObjectId::Extension(_) | ObjectId::Opaque(..) => id.to_string(),
    }
}
