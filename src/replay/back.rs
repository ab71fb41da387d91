//! The way back of every revision, checked against the schema that stood before it: the inverses of its statements, or
//! what the author wrote.
//!
//! It follows the way up on a schema of its own, so that both run at the same time.

use crate::diagnostic::{Code, Diagnostic, Direction};
use crate::graph::RevisionIndex;
use crate::inverse::{self, Fidelity, Inverse, Loss, NoInverse, rows};
use crate::lower::{self, Lowered};
use crate::operation::{Operation, Resolved};
use crate::plan::parts;
use crate::replay::forward::{Applied, Ran, Upgrade};
use crate::replay::left::{Leaves, Left, Staying};
use crate::replay::stage::{Fault, Output, Stage};
use crate::replay::{BackStep, History, Wanted, WayBack, locate, raw};
use crate::revision::{Downgrade, Reverse, Statement};
use crate::schema::{Changes, Mark};
use crate::source::{Span, Spanned};

/// What became of a revision on the way back.
#[derive(Debug, Default)]
pub(super) struct Descent {
    pub(super) way_back: WayBack,
    /// The SQL, where it was wanted.
    pub(super) sql: Vec<Lowered>,
    /// What it leaves other than it was before the upgrade.
    pub(super) leaves: Leaves,
}

/// The ways back.
pub(super) struct Back<'a> {
    pub(super) stage: Stage<'a>,
    /// Whether SQL is wanted.
    wanted: bool,
    is_chain: bool,
    /// Whether the steps are to be kept.
    keeps: bool,
    /// The statements of the revision that failed.
    failed: Vec<Span>,
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
            failed: Vec::new(),
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
        self.failed = applied.failed;
        if let Some(upgrade) = applied.upgrade {
            self.way_back(applied.revision, upgrade);
        }
        if self.is_chain {
            self.stage.schema.settle();
        }
    }

    fn way_back(&mut self, revision: RevisionIndex, upgrade: Upgrade) {
        let operations = &**upgrade.operations;
        let stays: Vec<bool> = (upgrade.ran.iter())
            .map(|it| it.reverse == Some(Reverse::Stays))
            .collect();
        let staying = Staying {
            start: upgrade.start,
            operations,
            stays: &stays,
        };
        let mut places: Vec<Span> = Vec::new();
        let way_back = match upgrade.downgrade {
            Downgrade::Irreversible { reason, .. } => {
                self.compiled[revision.index()].way_back = WayBack::Irreversible(reason);
                return;
            }
            Downgrade::Auto => self.automatic(upgrade.ran, staying),
            Downgrade::Written { statements, span } => {
                places.extend(statements.iter().map(|it| it.span));
                self.written(statements, span, &upgrade.ran, staying)
            }
        };
        match way_back {
            Ok((way_back, sql, leaves)) => {
                // What is derived stands nowhere.
                let first = operations.first().map(|it| it.span);
                let places = places.into_iter().chain(first.into_iter().cycle());
                let all: Vec<(&Operation, Span)> = way_back.operations().zip(places).collect();
                if let Some(diagnostic) = self.stage.refuse_beside(&all) {
                    let span = diagnostic.span.expect("it was placed");
                    self.report(diagnostic, span);
                }
                let compiled = &mut self.compiled[revision.index()];
                compiled.leaves = leaves;
                if self.wanted {
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

    /// What is wrong with the way back of a statement that failed follows from that.
    fn report(&mut self, diagnostic: Diagnostic, span: Span) {
        if !self.failed.contains(&span) {
            self.stage
                .report(diagnostic.direction(Direction::Downgrade), span);
        }
    }

    /// The inverses of all statements, last first, run on the model to see that they restore it.
    fn automatic(
        &mut self,
        ran: Vec<Ran>,
        staying: Staying<'_>,
    ) -> Result<(WayBack, Vec<Lowered>, Leaves), Fault> {
        let operations = staying.operations;
        let after = self.stage.schema.mark();
        let inverses = self.inverses(&ran, staying)?;
        let ends = ran.iter().skip(1).map(|it| it.mark).chain([after]);
        let did: Vec<bool> = ran
            .iter()
            .zip(ends)
            .map(|(it, end)| it.mark < end)
            .collect();
        let mut output = Output::new(self.wanted);
        let mut way_back = Vec::with_capacity(inverses.len());
        let statements = operations.iter().zip(ran).rev();
        for ((operation, ran), inverse) in statements.zip(inverses) {
            let step = match (inverse, ran.reverse) {
                (Some(inverse), _) => self.inverse(inverse, operation.span, &mut output),
                (None, Some(Reverse::Written { statements, lossy })) => {
                    self.reverse(statements, lossy, &mut output)
                }
                (None, Some(Reverse::Stays | Reverse::Drop) | None) => {
                    Ok(stay(&operation.value, &mut output))
                }
            };
            match step {
                Ok(step) => way_back.push(step),
                Err(fault) => {
                    self.stage.undo_to(after);
                    return Err(fault);
                }
            }
        }
        let done = way_back.iter().flat_map(|it| &it.operations);
        let left = self.stage.left_over(staying, done.map(|it| &**it));
        self.stage.undo_to(after);
        match left {
            Ok(leaves) => {
                // All of it may have gone along with what the way back of another statement drops.
                if !leaves.differs && staying.is_seen(&did) {
                    let steps = way_back.iter_mut().map(|it| &mut it.fidelity);
                    let sql = output.sql.iter_mut().map(|it| &mut it.fidelity);
                    for fidelity in steps.chain(sql) {
                        fidelity.0.remove(&Loss::Stays);
                    }
                    output
                        .sql
                        .retain(|it| it.operation.is_some() || !it.fidelity.0.is_empty());
                }
                Ok((WayBack::Steps(way_back), output.sql, leaves))
            }
            Err(Left::Staying(fault)) => Err(fault),
            Err(Left::Behind { id, difference }) => {
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
        staying: Staying<'_>,
    ) -> Result<Vec<Option<Inverse>>, Fault> {
        let operations = staying.operations;
        let mut inverses = Vec::with_capacity(ran.len());
        let news = self.news(staying);
        let mut undone = Vec::with_capacity(ran.len());
        let mut fault = None;
        for (at, (operation, ran)) in operations.iter().zip(ran).enumerate().rev() {
            let drops_found = match &ran.reverse {
                None => Some(false),
                Some(Reverse::Drop) => Some(true),
                Some(Reverse::Stays | Reverse::Written { .. }) => None,
            };
            let inverse = if let Some(drops_found) = drops_found {
                let changes = self.stage.schema.changes_since(ran.mark);
                let inverse = match raw::lost(&operation.value, &changes) {
                    None if self.go_along(&operation.value, news.as_ref(), staying.start) => {
                        Ok(Inverse::default())
                    }
                    None => {
                        let schema = &self.stage.schema;
                        inverse::of(&operation.value, &changes, schema, drops_found)
                    }
                    Some(reason) => Err(NoInverse(reason)),
                };
                match inverse {
                    Ok(inverse) => Some(inverse),
                    Err(reason) => {
                        let help = if operation.value.guard().is_some() {
                            "add `reverse drop` to the statement to drop the object, or `reverse { }` to keep it; `guarded` in limbeck.yaml sets the default"
                        } else {
                            "add `reverse { … }` to the statement, write `downgrade { … }`, or write `downgrade irreversible 'why';`"
                        };
                        fault = Some(self.no_way_back(&reason.0, operation.span, help));
                        break;
                    }
                }
            } else if ran.reverse == Some(Reverse::Stays)
                && self.go_along(&operation.value, news.as_ref(), staying.start)
            {
                // Nothing is left of it.
                Some(Inverse::default())
            } else {
                None
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

    /// What a revision makes and takes along, for statements that change nothing but rows of it; none where there are no such
    /// statements, or something stays.
    fn news(&self, staying: Staying<'_>) -> Option<Changes> {
        let is_data = |it: &Operation| matches!(it, Operation::Data(_));
        let leaves = |(it, stays): (&Spanned<Resolved>, &bool)| *stays && !is_data(&it.value);
        let mut all = staying.operations.iter().zip(staying.stays);
        let wanted = staying.operations.iter().any(|it| is_data(&it.value)) && !all.any(leaves);
        wanted.then(|| self.stage.schema.changes_since(staying.start))
    }

    /// Whether a statement changes nothing but rows that go with what the revision makes: under the names that it has at its end,
    /// or those of this moment, as where a new table takes the place of an old one later.
    fn go_along(&self, operation: &Operation, news: Option<&Changes>, start: Mark) -> bool {
        let (Operation::Data(data), Some(news)) = (operation, news) else {
            return false;
        };
        let schema = &self.stage.schema;
        rows::go_along(data, news, schema)
            || rows::go_along(data, &schema.changes_since(start), schema)
    }

    fn no_way_back(&self, reason: &str, span: Span, help: &str) -> Fault {
        let diagnostic = Diagnostic::error(
            Code::NoWayBack,
            locate::first_line(self.stage.history.sources, span),
            format!("no automatic downgrade for this statement: {reason}"),
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
                    &format!("the derived downgrade cannot run: {}", refusal.message),
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
        lossy: bool,
        output: &mut Output,
    ) -> Result<BackStep, Fault> {
        let mut operations = Vec::with_capacity(statements.len());
        let mut fidelity = Fidelity::default();
        if lossy {
            fidelity.0.insert(Loss::ChangesRows);
        }
        for statement in statements {
            let mark = self.stage.schema.mark();
            let from = output.sql.len();
            match self
                .stage
                .statement(statement.operation, statement.span, false, output)
            {
                Ok(operation) => {
                    let changes = self.stage.schema.changes_since(mark);
                    fidelity.add(&inverse::losses(&changes));
                    for lowered in &mut output.sql[from..] {
                        lowered.fidelity = fidelity.clone();
                    }
                    operations.push(operation.value);
                }
                Err(failed) => return Err((failed.diagnostic, statement.span)),
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
        ran: &[Ran],
        staying: Staying<'_>,
    ) -> Result<(WayBack, Vec<Lowered>, Leaves), Fault> {
        let after = self.stage.schema.mark();
        let mut output = Output::new(self.wanted);
        let mut losses = Fidelity::default();
        for (operation, stays) in staying.operations.iter().zip(staying.stays) {
            if operation.value.restarts() {
                losses.0.insert(Loss::ChangesValues);
            }
            if *stays {
                losses.0.insert(Loss::Stays);
            }
        }
        let step = self.reverse(statements, false, &mut output);
        for lowered in &mut output.sql {
            lowered.fidelity.add(&losses);
        }
        let left = step.map(|mut step| {
            step.fidelity.add(&losses);
            let operations = step.operations.iter().map(|it| &**it);
            (self.stage.left_over(staying, operations), step)
        });
        self.stage.undo_to(after);
        let (left, step) = left?;
        match left {
            Ok(leaves) => {
                let mut runs_after = Vec::new();
                if self.wanted && self.keeps {
                    runs_after = self.runs_after(&step, &output.sql, ran, staying);
                }
                if output.sql.is_empty() && self.wanted {
                    output.sql.extend(Lowered::lost(&losses));
                }
                Ok((WayBack::Written { step, runs_after }, output.sql, leaves))
            }
            Err(Left::Staying(fault)) => Err(fault),
            Err(Left::Behind { difference, .. }) => Err(self.difference(&difference, span)),
        }
    }

    fn no_exact_way_back(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.stage.history.sources, span);
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            place,
            format!("no exact downgrade of this statement can be derived: {difference}"),
        )
        .help("write `downgrade { … }`, or add `reverse { … }` to the statement; `reverse { }` leaves its changes in place");
        (diagnostic, span)
    }

    fn difference(&self, difference: &str, span: Span) -> Fault {
        let place = locate::first_line(self.stage.history.sources, span);
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            place,
            format!("the downgrade does not restore the original schema: {difference}"),
        )
        .help("after the upgrade and the downgrade the schema must be the same, except for the order of columns and for the changes of statements with `reverse { }`");
        (diagnostic, span)
    }

    /// For each number of parts of the upgrade, from none on, whether a written downgrade takes back what is done by then.
    fn runs_after(
        &mut self,
        step: &BackStep,
        sql: &[Lowered],
        ran: &[Ran],
        staying: Staying<'_>,
    ) -> Vec<bool> {
        let mut undone = Vec::with_capacity(ran.len());
        let mut upgrade = Vec::with_capacity(ran.len());
        for (operation, ran) in staying.operations.iter().zip(ran).rev() {
            undone.push(self.stage.schema.take_back(ran.mark));
            let schema = &self.stage.schema;
            upgrade.push(Lowered::new(operation.clone(), Fidelity::default(), schema));
        }
        upgrade.reverse();
        let mut part_of = parts::part_of_each(&upgrade).into_iter().peekable();
        let mut runs = Vec::new();
        for part in 0..parts::count(&upgrade) {
            while part_of.next_if(|it| *it < part).is_some() {
                let changes = undone.pop().expect("each statement was taken back");
                self.stage.schema.redo(changes);
            }
            runs.push(self.takes_back(step, sql, staying));
        }
        for changes in undone.into_iter().rev() {
            self.stage.schema.redo(changes);
        }
        runs
    }

    /// Whether a written downgrade, whose SQL after the whole upgrade is `sql`, is the same where the schema stands now and
    /// restores it. What texts of SQL need nobody knows.
    fn takes_back(&mut self, step: &BackStep, sql: &[Lowered], staying: Staying<'_>) -> bool {
        if staying.stays.contains(&true) || step.operations.iter().any(|it| it.is_opaque()) {
            return false;
        }
        let start = self.stage.schema.mark();
        let mut steps = step.operations.iter().zip(sql);
        let runs = steps.all(|(operation, whole)| {
            lower::statements(operation, &self.stage.schema) == whole.statements
                && operation.apply(&mut self.stage.schema).is_ok()
        });
        let operations = step.operations.iter().map(|it| &**it);
        let restores = runs
            && self
                .stage
                .left_over(staying, operations)
                .is_ok_and(|it| !it.differs);
        // The statements of the upgrade stay in the trace: they are only taken back for a while.
        self.stage.schema.undo_to(start);
        restores
    }
}

/// The way back of what stays.
fn stay(operation: &Operation, output: &mut Output) -> BackStep {
    let is_nothing = match operation.as_raw() {
        Some(raw) => raw.is_settings(),
        None => matches!(operation, Operation::Data(it) if it.statements.is_empty()),
    };
    let fidelity = if is_nothing {
        Fidelity::default()
    } else {
        Fidelity::of(&[Loss::Stays])
    };
    if output.wanted {
        output.sql.extend(Lowered::lost(&fidelity));
    }
    BackStep {
        operations: Vec::new(),
        fidelity,
    }
}
