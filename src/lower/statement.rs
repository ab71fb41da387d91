//! A statement on its way to a database, as data.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::lower::{Alone, Check, Condition};
use crate::name::Name;
use crate::operation::{CreateIndex, Drop, Lock, Operation, RawStatement, Resolved};
use crate::token::{TokenKind, lex, string_value};

/// One statement, which a script writes as SQL.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    pub act: Act,
    /// It runs only where that holds: for guards that PostgreSQL has no words for.
    pub only: Option<Box<Condition>>,
    pub placement: Placement,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// A resolved operation whose words PostgreSQL knows.
    Operation(Resolved),
    /// Raises where something is not so.
    Check(Box<Check>),
    /// The author's own SQL.
    Raw(RawStatement),
    /// Ends a `detach partition … concurrently` that was begun: table, partition.
    FinalizeDetach(Box<(Name, Name)>),
}

/// Where a statement may stand.
#[derive(Debug, Clone, PartialEq)]
pub enum Placement {
    Transaction,
    /// PostgreSQL refuses it inside a transaction.
    Alone(Box<Alone>),
    /// It may stand in a transaction, but what it makes can be used only after the commit: an enum's new value.
    EndsPart {
        value: SmolStr,
    },
    /// It sets something for what follows it in its revision.
    Setting,
    /// Rows are written; schema work after it must not meet pending trigger events. Whether there are constraints that are
    /// checked at the end of the transaction.
    Rows {
        is_deferred: bool,
    },
}

impl Placement {
    pub(super) fn alone(alone: Alone) -> Self {
        Self::Alone(Box::new(alone))
    }
}

impl Statement {
    fn new(act: Act) -> Self {
        Self {
            act,
            only: None,
            placement: Placement::Transaction,
        }
    }

    /// An operation that PostgreSQL has the same words for.
    #[must_use]
    pub fn of(operation: Resolved) -> Self {
        Self::new(Act::Operation(operation))
    }

    #[must_use]
    pub(super) fn check(check: Check) -> Self {
        Self::new(Act::Check(Box::new(check)))
    }

    #[must_use]
    pub(super) fn raw(statement: RawStatement) -> Self {
        Self::new(Act::Raw(statement))
    }

    #[must_use]
    pub(super) fn finalize_detach(table: &Name, partition: &Name) -> Self {
        Self::new(Act::FinalizeDetach(Box::new((
            table.clone(),
            partition.clone(),
        ))))
    }

    #[must_use]
    pub(super) fn only_if(self, condition: Condition) -> Self {
        Self {
            only: Some(Box::new(condition)),
            ..self
        }
    }

    /// The same for a database where it may have run already.
    #[must_use]
    pub fn repeatable(&self) -> Self {
        let Act::Operation(operation) = &self.act else {
            return self.clone();
        };
        let operation: Operation = if let Operation::CreateIndex(it) = &**operation {
            let if_not_exists = true;
            CreateIndex {
                if_not_exists,
                ..it.clone()
            }
            .into()
        } else if let Operation::Drop(it) = &**operation {
            let if_exists = true;
            Drop {
                if_exists,
                ..it.clone()
            }
            .into()
        } else {
            return self.clone();
        };
        Self {
            act: Act::Operation(Resolved::named(operation)),
            ..self.clone()
        }
    }

    /// The tables that it locks so that others wait; unqualified names belong to `schema`. Outside of transactions it waits
    /// for them itself.
    #[must_use]
    pub fn locks(&self, schema: &str) -> Vec<Lock> {
        if matches!(self.placement, Placement::Alone(_)) {
            return Vec::new();
        }
        match &self.act {
            Act::Operation(it) => it.locks(),
            Act::Raw(it) => it.locks(schema),
            Act::Check(_) | Act::FinalizeDetach(_) => Vec::new(),
        }
    }

    /// Whether it makes the schema of that name.
    #[must_use]
    pub fn makes_schema(&self, schema: &str) -> bool {
        match &self.act {
            Act::Operation(it) => matches!(&**it, Operation::CreateSchema(it) if it.name == schema),
            Act::Raw(it) => it.facts.makes.as_ref().is_some_and(|made| {
                made.kind == Kind::Schema && made.name.last().is_some_and(|it| it == schema)
            }),
            Act::Check(_) | Act::FinalizeDetach(_) => false,
        }
    }

    /// Whether it may run code of the history, which has functions if `makes_functions`.
    #[must_use]
    pub fn may_run_code(&self, makes_functions: bool) -> bool {
        let is_modelled = matches!(self.act, Act::Operation(_) | Act::FinalizeDetach(_));
        self.works_on_rows() && (makes_functions || !is_modelled)
    }

    /// Whether it may read or write rows, for which it may take long.
    #[must_use]
    pub fn works_on_rows(&self) -> bool {
        match &self.act {
            Act::Operation(it) => it.works_on_rows(),
            Act::Check(_) => true,
            Act::Raw(_) => self.placement != Placement::Setting,
            Act::FinalizeDetach(_) => false,
        }
    }

    /// Whether it may use a value of an enum that came in the same transaction, which PostgreSQL refuses ("unsafe use of new
    /// value"): it touches rows, or one of its expressions holds the value.
    #[must_use]
    pub fn may_use(&self, value: &str) -> bool {
        match &self.placement {
            Placement::Rows { .. } => return true,
            Placement::EndsPart { .. } | Placement::Setting => return false,
            Placement::Transaction | Placement::Alone(_) => {}
        }
        match &self.act {
            Act::Operation(it) => it.expressions().iter().any(|it| holds(it, value)),
            Act::Raw(_) => true,
            Act::Check(_) | Act::FinalizeDetach(_) => false,
        }
    }
}

/// Whether a text in an expression holds `value`, by itself or as a part of an array or row.
fn holds(expression: &str, value: &str) -> bool {
    lex(expression, 0, expression.len()).is_ok_and(|tokens| {
        let texts = tokens
            .iter()
            .filter(|it| matches!(it.kind, TokenKind::String | TokenKind::DollarString));
        let mut values = texts.filter_map(|it| string_value(it.text(expression)));
        values.any(|it| it.contains(value))
    })
}

impl<T: Into<Operation>> From<T> for Statement {
    fn from(operation: T) -> Self {
        Self::of(Resolved::named(operation))
    }
}
