//! What an operation becomes in a database: statements that are still data, and become SQL where a script is written.
//!
//! Most operations are one statement of the same words. Others need several, or a guard where PostgreSQL has no
//! `if exists` or `if not exists` of its own.

mod alter_table;
mod check;
mod condition;
mod create;
mod enum_rebuild;
mod outside;
mod statement;
mod text;

use crate::inverse::Fidelity;
use crate::kind::Space;
use crate::model::names::enum_named;
use crate::operation::{Operation, RawStatement, Rename, Resolved};
use crate::raw_sql;
use crate::schema::{Part, Schema, Subject};
use crate::source::Spanned;

pub use check::{Check, formatted};
pub use condition::Condition;
pub use outside::Alone;
pub use statement::{Act, Placement, Statement};
pub use text::{block, tag};

/// An operation as statements.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// With the place of the statement that it is, or takes back; none where something is only lost.
    pub operation: Option<Spanned<Resolved>>,
    pub statements: Vec<Statement>,
    /// Of a rollback.
    pub fidelity: Fidelity,
}

impl Lowered {
    /// What does `operation` to a database in the state `before`.
    #[must_use]
    pub fn new(operation: Spanned<Resolved>, fidelity: Fidelity, before: &Schema) -> Self {
        Self {
            statements: statements(&operation.value, before),
            operation: Some(operation),
            fidelity,
        }
    }

    /// What it does, without its place.
    #[must_use]
    pub fn operation(&self) -> Option<&Resolved> {
        self.operation.as_ref().map(|it| &it.value)
    }

    /// What stands for a loss where no statement takes anything back; none where nothing is lost.
    #[must_use]
    pub fn lost(fidelity: &Fidelity) -> Option<Self> {
        (!fidelity.0.is_empty()).then(|| Self {
            operation: None,
            statements: Vec::new(),
            fidelity: fidelity.clone(),
        })
    }
}

/// The statements that do `operation` to a database in the state `before`. They are asked for before the model has judged
/// the operation, so there are some for any.
#[must_use]
pub fn statements(operation: &Resolved, before: &Schema) -> Vec<Statement> {
    let plain = || vec![Statement::of(operation.clone())];
    match &**operation {
        Operation::CreateTable(it) => create::table(it, operation),
        Operation::AlterTable(it) => alter_table::statements(it, operation, before),
        Operation::CreateIndex(it) => create::index(it, operation),
        Operation::CreateType(it) if it.if_not_exists => create::type_if_absent(it),
        Operation::CreateDomain(it) if it.if_not_exists => create::domain_if_absent(it),
        Operation::CreateSequence(it) => create::sequence(it, operation),
        Operation::AddEnumValue(it) => vec![Statement {
            placement: Placement::EndsPart {
                value: it.value.clone(),
            },
            ..Statement::of(operation.clone())
        }],
        Operation::DropEnumValue(it) => match enum_named(before, &it.name) {
            Ok(present) => enum_rebuild::statements(it, present, before),
            // It is refused when it is applied.
            Err(_) => plain(),
        },
        Operation::Drop(it) => {
            let mut statement = Statement::of(operation.clone());
            if let ([name], true) = (it.names.as_slice(), it.concurrently) {
                statement.placement = Placement::alone(Alone::DropIndex(name.clone()));
            }
            vec![statement]
        }
        Operation::Rename(it) => vec![rename(it, operation)],
        Operation::Data(it) => raw(&it.statements, before),
        Operation::Raw(it) => raw(&it.statements, before),
        Operation::Assert(it) => vec![Statement {
            placement: Placement::Rows { is_deferred: false },
            ..Statement::check(Check::Holds(it.clone()))
        }],
        Operation::CreateType(_)
        | Operation::CreateDomain(_)
        | Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::AlterSequence(_)
        | Operation::SetSchema(_)
        | Operation::CommentOn(_) => plain(),
    }
}

/// PostgreSQL has `if exists` for whole relations only.
fn rename(rename: &Rename, operation: &Resolved) -> Statement {
    let Subject { kind, part, .. } = &rename.subject;
    let has_guard = match part {
        Some(Part::Column(_) | Part::Attribute(_) | Part::Constraint(_) | Part::Value(_)) => false,
        None => !matches!(kind.facts().space, Space::Types | Space::Namespaces),
    };
    if !rename.if_exists || has_guard {
        return Statement::of(operation.clone());
    }
    let plain = Rename {
        if_exists: false,
        ..rename.clone()
    };
    Statement::from(plain).only_if(Condition::Exists(rename.subject.clone()))
}

fn raw(statements: &[RawStatement], before: &Schema) -> Vec<Statement> {
    let is_deferred = before.has_deferred_constraints();
    let statements = statements.iter().map(|it| Statement {
        placement: if it.is_setting() {
            Placement::Setting
        } else if raw_sql::outside_transactions(&it.text).is_some() {
            Placement::alone(Alone::Raw)
        } else {
            Placement::Rows { is_deferred }
        },
        ..Statement::raw(it.clone())
    });
    statements.collect()
}
