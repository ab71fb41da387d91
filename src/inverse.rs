//! The way back: from what a statement changed to the operations that put the objects back as they were.
//!
//! It compares objects, not statements, so that whatever a statement took along comes back too. Statements whose way
//! back cannot be seen in the objects (renames) answer for themselves.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::inverse::types::kind_of_type;
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::{AlterTable, Operation};
use crate::schema::{Change, Changes, Object, ObjectId, Schema, Subject};

mod column;
mod constraint;
mod container;
mod conversion;
pub mod fidelity;
mod index;
mod order;
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

/// What takes `operation` back, given what it changed and the schema after it.
pub fn of(operation: &Operation, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
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
            unguarded(it.if_not_exists, "create index if not exists")?;
            let mut inverse = restore(changes, after)?;
            for operation in &mut inverse.operations {
                if let Operation::Drop(drop) = operation {
                    drop.concurrently = it.concurrently;
                }
            }
            Ok(inverse)
        }
        Operation::AddEnumValue(it) => {
            unguarded(it.if_not_exists, "add value if not exists")?;
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
        Operation::CreateTable(it) => {
            unguarded(it.if_not_exists, "create table if not exists")?;
            restore(changes, after)
        }
        Operation::CreateType(it) => {
            unguarded(it.if_not_exists, "create type if not exists")?;
            restore(changes, after)
        }
        Operation::CreateDomain(it) => {
            unguarded(it.if_not_exists, "create domain if not exists")?;
            restore(changes, after)
        }
        Operation::CreateSchema(it) => {
            unguarded(it.if_not_exists, "create schema if not exists")?;
            restore(changes, after)
        }
        Operation::CreateExtension(it) => {
            unguarded(it.if_not_exists, "create extension if not exists")?;
            restore(changes, after)
        }
        Operation::CreateSequence(it) => {
            unguarded(it.if_not_exists, "create sequence if not exists")?;
            restore(changes, after)
        }
        Operation::Drop(_) | Operation::CommentOn(_) => restore(changes, after),
        Operation::Data(it) if it.statements.is_empty() => Ok(Inverse::default()),
        Operation::Data(_) => Err(NoInverse("the rows before are not kept".to_owned())),
        Operation::Raw(_) => Err(NoInverse("what `sql` does is unknown here".to_owned())),
        Operation::Assert(_) => Ok(Inverse::default()),
    }
}

/// Refuses the automatic way back of a guarded create or add.
fn unguarded(guarded: bool, words: &str) -> Result<(), NoInverse> {
    if guarded {
        return Err(NoInverse(format!(
            "`{words}` may find what was there before, and dropping that would destroy data"
        )));
    }
    Ok(())
}

fn of_alter_table(
    statement: &AlterTable,
    changes: &Changes,
    after: &Schema,
) -> Result<Inverse, NoInverse> {
    let is_guarded = statement.actions.iter().any(Action::is_guarded_add);
    unguarded(is_guarded, "add … if not exists")?;
    let mut inverse = restore_altered(changes, after, &statement.actions)?;
    // What is made of a value, no cast makes back.
    let changes_values = statement.actions.iter().any(|action| {
        let is_made = match action {
            Action::AlterType {
                column,
                sql_type,
                using: Some(using),
                ..
            } => !conversion::is_cast(using, column, sql_type, &after.default),
            _ => false,
        };
        action.restarts() || is_made
    });
    if changes_values {
        inverse.fidelity.0.insert(Loss::ChangesValues);
    }
    Ok(inverse)
}

/// The operations that take the `after` of each change to its `before`, in the order in which they run on `after`.
pub fn restore(changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
    restore_altered(changes, after, &[])
}

/// The same for changes that an `alter table` with these actions made.
fn restore_altered(
    changes: &Changes,
    after: &Schema,
    actions: &[Action],
) -> Result<Inverse, NoInverse> {
    let mut way = Way {
        changes,
        after,
        actions,
        phases: Default::default(),
        losses: BTreeSet::new(),
    };
    for (id, change) in changes {
        match (change.before.as_deref(), change.after.as_deref()) {
            (None, Some(object)) => way.drop(id, object),
            (Some(object), None) => way.create(id, object),
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
    fn drop(&mut self, id: &ObjectId, object: &Object) {
        match (object, id) {
            (Object::Table(table), ObjectId::Relation(name)) => self.drop_table(name, table),
            (Object::Index(index), ObjectId::Relation(name)) => self.drop_index(name, index),
            (Object::Sequence(sequence), ObjectId::Relation(name)) => {
                self.drop_sequence(name, sequence);
            }
            (Object::Type(it), ObjectId::Type(name)) => {
                self.push_drop(Phase::DropType, kind_of_type(it), name.clone());
            }
            (Object::Extension(_), ObjectId::Extension(name)) => {
                let name = Name::new("", name.clone());
                self.push_drop(Phase::DropContainer, Kind::Extension, name);
            }
            (Object::Namespace(_), ObjectId::Namespace(name)) => {
                let name = Name::new("", name.clone());
                self.push_drop(Phase::DropContainer, Kind::Schema, name);
            }
            _ => {}
        }
    }

    /// Makes what went.
    fn create(&mut self, id: &ObjectId, object: &Object) {
        match (object, id) {
            (Object::Namespace(namespace), ObjectId::Namespace(name)) => {
                self.create_schema(name, namespace);
            }
            (Object::Extension(extension), ObjectId::Extension(name)) => {
                self.create_extension(name, extension);
            }
            (Object::Type(it), ObjectId::Type(name)) => self.create_type(name, it),
            (Object::Sequence(sequence), ObjectId::Relation(name)) => {
                self.create_sequence(name, sequence);
            }
            (Object::Table(table), ObjectId::Relation(name)) => self.create_table(name, table),
            (Object::Index(index), ObjectId::Relation(name)) => self.create_index(name, index),
            _ => {}
        }
    }

    /// Makes of what is there what it was.
    fn alter(&mut self, id: &ObjectId, before: &Object, now: &Object) -> Result<(), NoInverse> {
        match (before, now, id) {
            (Object::Table(before), Object::Table(now), ObjectId::Relation(name)) => {
                self.alter_table(name, before, now)
            }
            (Object::Type(before), Object::Type(now), ObjectId::Type(name)) => {
                self.alter_type(name, before, now)
            }
            (Object::Sequence(before), Object::Sequence(now), ObjectId::Relation(name)) => {
                self.alter_sequence(name, before, now);
                Ok(())
            }
            (Object::Index(before), Object::Index(now), ObjectId::Relation(name)) => {
                self.alter_index(name, before, now);
                Ok(())
            }
            (Object::Namespace(before), Object::Namespace(now), ObjectId::Namespace(name)) => {
                let subject = Subject::bare(Kind::Schema, name);
                self.recomment(subject, before.comment.as_ref(), now.comment.as_ref());
                Ok(())
            }
            (Object::Extension(before), Object::Extension(now), ObjectId::Extension(name)) => {
                let subject = Subject::bare(Kind::Extension, name);
                self.recomment(subject, before.comment.as_ref(), now.comment.as_ref());
                Ok(())
            }
            _ => Err(NoInverse(format!("{id} became something else"))),
        }
    }
}
