//! The way back: from what a statement changed to the operations that put the objects back as they were.
//!
//! It compares objects, not statements, so that whatever a statement took along comes back too. Statements whose way
//! back cannot be seen in the objects (renames) answer for themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::{AlterTable, Operation, RawStatement};
use crate::schema::{Change, Changes, Named, Object, ObjectId, Schema, Subject};

mod column;
mod constraint;
mod container;
mod conversion;
pub mod fidelity;
mod index;
mod order;
pub mod rows;
mod sequence;
mod table;
mod types;
mod way;

pub use crate::inverse::fidelity::{Fidelity, Loss, NoInverse};

/// Operations that take another one back, in the order in which they run, and how well they do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inverse {
    pub operations: Vec<Operation>,
    pub fidelity: Fidelity,
}

/// What takes `operation` back, given what it changed and the schema after it. Of what a guarded statement may have found, only
/// the author knows whether it may be dropped.
pub fn of(
    operation: &Operation,
    changes: &Changes,
    after: &Schema,
    drops_found: bool,
) -> Result<Inverse, NoInverse> {
    let Some(words) = operation.guard() else {
        return of_unguarded(operation, changes, after);
    };
    if !drops_found {
        return Err(NoInverse(format!(
            "`{words}` may find an existing object, and dropping that would destroy data"
        )));
    }
    let mut inverse = of_unguarded(operation, changes, after)?;
    let guarded = inverse.operations.into_iter().map(Operation::guarded);
    inverse.operations = guarded.collect();
    Ok(inverse)
}

fn of_unguarded(
    operation: &Operation,
    changes: &Changes,
    after: &Schema,
) -> Result<Inverse, NoInverse> {
    match operation {
        Operation::AlterTable(it) => of_alter_table(it, changes, after),
        Operation::AlterSequence(it) => {
            let mut inverse = restore(changes, after)?;
            if it.options.restart.is_some() {
                inverse.fidelity.0.insert(Loss::ChangesValues);
            }
            Ok(inverse)
        }
        Operation::CreateIndex(it) => {
            let mut inverse = restore(changes, after)?;
            for operation in &mut inverse.operations {
                if let Operation::Drop(drop) = operation {
                    drop.concurrently = it.concurrently;
                }
            }
            Ok(inverse)
        }
        Operation::AddEnumValue(_) => {
            let inverse = restore(changes, after)?;
            for operation in &inverse.operations {
                if let Operation::DropEnumValue(drop) = operation {
                    drop.check_users(after).map_err(NoInverse)?;
                }
            }
            Ok(inverse)
        }
        Operation::DropEnumValue(_) => {
            let mut inverse = restore(changes, after)?;
            inverse.fidelity.0.insert(Loss::LosesAttachments);
            Ok(inverse)
        }
        Operation::Rename(_) | Operation::SetSchema(_) if changes.is_empty() => {
            Ok(Inverse::default())
        }
        Operation::Rename(it) => Ok(Inverse::exact(Operation::Rename(it.reversed()))),
        Operation::SetSchema(it) => Ok(Inverse::exact(Operation::SetSchema(it.reversed()))),
        Operation::CreateTable(_)
        | Operation::CreateType(_)
        | Operation::CreateDomain(_)
        | Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::CreateSequence(_)
        | Operation::Drop(_)
        | Operation::CommentOn(_) => restore(changes, after),
        Operation::Data(it) if it.statements.iter().all(RawStatement::is_setting) => {
            Ok(Inverse::default())
        }
        Operation::Data(_) => Err(NoInverse("the previous rows are not saved".to_owned())),
        Operation::Raw(it) if it.is_settings() => Ok(Inverse::default()),
        Operation::Raw(_) => Err(NoInverse("the effect of `sql` is unknown".to_owned())),
        Operation::Assert(_) => Ok(Inverse::default()),
    }
}

fn of_alter_table(
    statement: &AlterTable,
    changes: &Changes,
    after: &Schema,
) -> Result<Inverse, NoInverse> {
    let mut inverse = restore_altered(changes, after, Some(statement))?;
    // What is made of a value, no cast makes back.
    let is_made = |action: &Action| {
        matches!(action, Action::AlterType { column, sql_type, using: Some(using), .. }
            if !conversion::is_cast(using, column, sql_type, after))
    };
    let mut actions = statement.actions.iter();
    let changes_values = actions.any(|it| it.restarts() || is_made(it));
    if changes_values {
        inverse.fidelity.0.insert(Loss::ChangesValues);
    }
    // A column that another one replaces is the same to the model where both are written alike.
    let is_replaced = |action: &Action| {
        matches!(action, Action::DropColumn { column, .. }
            if statement.actions.iter().any(|it| matches!(it, Action::AddColumn { definition, .. } if definition.name == *column)))
    };
    if statement.actions.iter().any(is_replaced) {
        inverse.fidelity.0.insert(Loss::LosesData);
    }
    Ok(inverse)
}

/// The operations that take the `after` of each change to its `before`, in the order in which they run on `after`.
pub fn restore(changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
    restore_altered(changes, after, None)
}

/// The same for changes that an `alter table` made.
fn restore_altered(
    changes: &Changes,
    after: &Schema,
    altered: Option<&AlterTable>,
) -> Result<Inverse, NoInverse> {
    let mut way = Way {
        changes,
        after,
        altered,
        phases: Default::default(),
        losses: BTreeSet::new(),
    };
    for (id, change) in changes {
        match (change.before.as_deref(), change.after.as_deref()) {
            (None, Some(object)) => way.drop(Named::new(id, object)),
            (Some(object), None) => way.create(Named::new(id, object)),
            // What it uses followed a rename.
            (Some(_), Some(_)) if is_opaque(change) => {}
            (Some(before), Some(now)) => way.alter(id, before, now)?,
            (None, None) => {}
        }
    }
    way.order_tables();
    let mut operations = Vec::with_capacity(way.phases.iter().map(Vec::len).sum());
    for phase in &mut way.phases {
        operations.append(phase);
    }
    Ok(Inverse {
        operations,
        fidelity: Fidelity(way.losses),
    })
}

fn is_opaque(change: &Change) -> bool {
    let object = change.before.as_deref().or(change.after.as_deref());
    matches!(object, Some(Object::Opaque(_)))
}

/// What changes like these lose, whoever makes them: what goes is dropped, what comes is made anew.
#[must_use]
pub fn losses(changes: &Changes) -> Fidelity {
    let turned: Changes = changes
        .iter()
        .filter(|(_, change)| !is_opaque(change))
        .map(|(id, change)| {
            let turned = Change {
                before: change.after.clone(),
                after: change.before.clone(),
            };
            (id.clone(), turned)
        })
        .collect();
    let nothing = Schema::new("public");
    restore(&turned, &nothing).map_or_else(
        |_| Fidelity::of(&[Loss::ChangesValues]),
        |inverse| inverse.fidelity,
    )
}

/// Objects made in an order in which each finds what it needs.
#[must_use]
pub fn create_all(schema: &Schema) -> Vec<Operation> {
    let empty = Schema::new(schema.default.clone());
    let changes: Changes = schema
        .objects()
        .filter(|(id, object)| empty.get(id) != Some(object))
        .map(|(id, object)| {
            let change = Change {
                before: Some(Arc::clone(object)),
                after: empty.get(id).cloned(),
            };
            (id.clone(), change)
        })
        .collect();
    restore(&changes, &empty)
        .expect("objects can always be created")
        .operations
}

impl Inverse {
    /// One operation that restores everything.
    #[must_use]
    pub fn exact(operation: Operation) -> Self {
        Self {
            operations: vec![operation],
            fidelity: Fidelity::default(),
        }
    }
}

impl Way<'_> {
    /// Takes away what came.
    fn drop(&mut self, object: Named<'_>) {
        match object {
            Named::Table(name, table) => self.drop_table(name, table),
            Named::Index(name, index) => self.drop_index(name, index),
            Named::Sequence(name, sequence) => self.drop_sequence(name, sequence),
            Named::Type(name, it) => {
                self.push_drop(Phase::DropType, it.kind(), name.clone());
            }
            Named::Extension(name, _) => {
                let name = Name::new("", name.clone());
                self.push_drop(Phase::DropContainer, Kind::Extension, name);
            }
            Named::Namespace(name, _) => {
                let name = Name::new("", name.clone());
                self.push_drop(Phase::DropContainer, Kind::Schema, name);
            }
            // Only its author knows how it goes.
            Named::Opaque(..) => {}
        }
    }

    /// Makes what went.
    fn create(&mut self, object: Named<'_>) {
        match object {
            Named::Namespace(name, namespace) => self.create_schema(name, namespace),
            Named::Extension(name, extension) => self.create_extension(name, extension),
            Named::Type(name, it) => self.create_type(name, it),
            Named::Sequence(name, sequence) => self.create_sequence(name, sequence),
            Named::Table(name, table) => self.create_table(name, table),
            Named::Index(name, index) => self.create_index(name, index),
            // Its text is not known.
            Named::Opaque(..) => {}
        }
    }

    /// Makes of what is there what it was.
    fn alter(&mut self, id: &ObjectId, before: &Object, now: &Object) -> Result<(), NoInverse> {
        match (Named::new(id, before), now) {
            (Named::Table(name, before), Object::Table(now)) => self.alter_table(name, before, now),
            (Named::Type(name, before), Object::Type(now)) => self.alter_type(name, before, now),
            (Named::Sequence(name, before), Object::Sequence(now)) => {
                self.alter_sequence(name, before, now);
                Ok(())
            }
            (Named::Index(name, before), Object::Index(now)) => {
                self.alter_index(name, before, now);
                Ok(())
            }
            (Named::Namespace(name, before), Object::Namespace(now)) => {
                let subject = Subject::bare(Kind::Schema, name);
                self.recomment(subject, before.comment.as_ref(), now.comment.as_ref());
                Ok(())
            }
            (Named::Extension(name, before), Object::Extension(now)) => {
                let subject = Subject::bare(Kind::Extension, name);
                self.recomment(subject, before.comment.as_ref(), now.comment.as_ref());
                Ok(())
            }
            (
                Named::Table(..)
                | Named::Type(..)
                | Named::Sequence(..)
                | Named::Index(..)
                | Named::Namespace(..)
                | Named::Extension(..)
                | Named::Opaque(..),
                _,
            ) => Err(NoInverse(format!(
                "{id} was replaced by an object of another kind"
            ))),
        }
    }
}
