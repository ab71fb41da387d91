//! What both halves of a replay share: a schema that statements run on, and what is told of those that cannot.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::inverse::Fidelity;
use crate::lower::Lowered;
use crate::name::Name;
use crate::operation::{Operation, Resolved, salvage};
use crate::replay::{History, locate};
use crate::schema::{Mark, Refusal, Schema};
use crate::source::{Span, Spanned};

/// What went wrong on the way back, and the statement that it is told of.
pub(super) type Fault = (Diagnostic, Span);

/// The statements of one direction of a revision as they run.
#[derive(Debug)]
pub(super) struct Output {
    /// Whether the SQL is to be written, too.
    pub(super) wanted: bool,
    pub(super) sql: Vec<Lowered>,
    /// Whether one of the statements holds text that the model does not understand.
    pub(super) opaque: bool,
}

impl Output {
    pub(super) fn new(wanted: bool) -> Self {
        Self {
            wanted,
            sql: Vec::new(),
            opaque: false,
        }
    }
}

/// A statement that cannot run.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) diagnostic: Diagnostic,
    /// Those of it that stand for themselves.
    pub(super) parts: Vec<Operation>,
    /// The names that it would have brought; none for any that it says.
    pub(super) brings: Option<Vec<SmolStr>>,
}

impl Failed {
    fn whole(diagnostic: Diagnostic, brings: Option<Vec<SmolStr>>) -> Box<Self> {
        Box::new(Self {
            diagnostic,
            parts: Vec::new(),
            brings,
        })
    }
}

/// A schema with the statements that ran on it.
pub(super) struct Stage<'a> {
    pub(super) history: History<'a>,
    pub(super) schema: Schema,
    /// The log after each statement that ran, to find the statement that changed an object.
    pub(super) trace: Vec<(Mark, Span)>,
    /// The place in the graph's order of the revision that is replayed.
    pub(super) at: usize,
    /// What is wrong, with the place of its revision.
    pub(super) faults: Vec<(usize, Diagnostics)>,
    /// Names of statements that failed: what refers to them fails for no reason of its own.
    pub(super) tainted: BTreeSet<SmolStr>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(history: History<'a>) -> Self {
        Self {
            history,
            schema: history.new_schema(),
            trace: Vec::new(),
            at: 0,
            faults: Vec::new(),
            tainted: BTreeSet::new(),
        }
    }

    /// Resolves, lowers and applies one statement. What `stays` after the way back may be there when it runs again.
    pub(super) fn statement(
        &mut self,
        operation: Operation,
        span: Span,
        stays: bool,
        output: &mut Output,
    ) -> Result<Spanned<Resolved>, Box<Failed>> {
        let brings = salvage::brings(&operation);
        let resolved = Resolved::of(operation, &mut self.schema);
        let mut value =
            resolved.map_err(|it| Failed::whole(self.diagnostic(&it, span), brings.clone()))?;
        let mark = self.schema.mark();
        let failed = |diagnostic, value: &Resolved| {
            Box::new(Failed {
                diagnostic,
                parts: salvage::parts(value),
                brings: salvage::brings(value),
            })
        };
        if stays {
            // The first time it must find what its author says.
            let applied = value.apply(&mut self.schema);
            applied.map_err(|it| failed(self.diagnostic(&it, span), &value))?;
            self.schema.undo_to(mark);
            value = value.guarded();
        }
        let operation = Spanned { value, span };
        self.lower(&operation, &Fidelity::default(), output);
        if let Err(refusal) = operation.value.apply(&mut self.schema) {
            self.schema.undo_to(mark);
            // The model knows nothing of them.
            if let Some(diagnostic) = self.reserved(&operation.value, mark, span) {
                return Err(Failed::whole(diagnostic, brings));
            }
            return Err(failed(self.diagnostic(&refusal, span), &operation.value));
        }
        if let Some(diagnostic) = self.reserved(&operation.value, mark, span) {
            self.schema.undo_to(mark);
            return Err(Failed::whole(diagnostic, brings));
        }
        self.trace.push((self.schema.mark(), span));
        Ok(operation)
    }

    pub(super) fn lower(
        &self,
        operation: &Spanned<Resolved>,
        fidelity: &Fidelity,
        output: &mut Output,
    ) {
        output.opaque |= operation.value.is_opaque();
        if output.wanted {
            let lowered = Lowered::new(operation.clone(), fidelity.clone(), &self.schema);
            output.sql.push(lowered);
        }
    }

    /// Takes back every change since `mark`.
    pub(super) fn undo_to(&mut self, mark: Mark) {
        self.schema.undo_to(mark);
        while self.trace.last().is_some_and(|it| it.0 > mark) {
            self.trace.pop();
        }
    }

    pub(super) fn diagnostic(&self, refusal: &Refusal, span: Span) -> Diagnostic {
        let place = locate::place(self.history.sources, span, refusal);
        let mut diagnostic = Diagnostic::error(refusal.code, place, refusal.message.clone());
        diagnostic.help.clone_from(&refusal.help);
        if let Some(id) = &refusal.contradicts
            && let Some(mark) = self.schema.last_change(id)
            && let Some((_, earlier)) = self.trace.iter().find(|(after, _)| *after > mark)
            && *earlier != span
        {
            diagnostic.related.push((
                locate::first_line(self.history.sources, *earlier),
                format!("{id} was last changed here"),
            ));
        }
        diagnostic
    }

    /// Reports a fault of the statement at `span`, unless it only follows from another one.
    pub(super) fn report(&mut self, diagnostic: Diagnostic, span: Span) {
        // One word that is at fault says what it is about.
        let word = diagnostic.span.filter(|it| *it != span);
        let word = word.and_then(|it| locate::word(self.history.sources, it));
        let follows = if let Some(word) = word {
            self.tainted.contains(&word)
        } else {
            let names = locate::names(self.history.sources, span);
            let mut names = names.iter().filter(|it| is_telling(it));
            names.any(|it| self.tainted.contains(it))
        };
        if !follows {
            self.faults.push((self.at, diagnostic.into()));
        }
    }

    /// Notes that the statement at `span` did not do what it says: what it would have made is missing from now on, which is any
    /// name that it says where nobody knows better.
    pub(super) fn taint(&mut self, span: Span, brings: Option<Vec<SmolStr>>) {
        let names = locate::names(self.history.sources, span);
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
        let brought = brings.unwrap_or_else(|| {
            let telling = names.iter().filter(|it| is_telling(it));
            telling.cloned().collect()
        });
        let missing: Vec<SmolStr> = brought.into_iter().filter(|it| !is_there(it)).collect();
        self.tainted.extend(missing);
    }
}

/// Whether a name is long enough to be taken for the same thing wherever it stands.
fn is_telling(name: &SmolStr) -> bool {
    name.len() > 2
}
