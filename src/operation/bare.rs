//! Statements of the language on temporary and foreign tables, of which the model holds the columns alone.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::kind::{Defined, Kind};
use crate::model::refer::move_object;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::{Operation, Rename};
use crate::schema::{Object, ObjectId, Opaque, Part, Schema, TEMPORARY};
use crate::sql_type::{SqlType, WrittenType};

/// The temporary relation or foreign table that a statement changes, if it changes one.
pub(super) fn changed(operation: &Operation, schema: &Schema) -> Option<Name> {
    let name = match operation {
        Operation::AlterTable(it) => &it.name,
        Operation::CreateIndex(it) => &it.index.table,
        Operation::CommentOn(it) => &it.subject.name,
        Operation::Rename(it) => &it.subject.name,
        Operation::AlterSequence(it) => &it.name,
        Operation::CreateTable(_)
        | Operation::CreateType(_)
        | Operation::CreateDomain(_)
        | Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::CreateSequence(_)
        | Operation::AddEnumValue(_)
        | Operation::DropEnumValue(_)
        | Operation::Drop(_)
        | Operation::SetSchema(_)
        | Operation::Data(_)
        | Operation::Raw(_)
        | Operation::Assert(_) => return None,
    };
    let subject = if let Operation::CommentOn(it) = operation {
        Some(&it.subject)
    } else if let Operation::Rename(it) = operation {
        Some(&it.subject)
    } else {
        None
    };
    let is_relation = subject.is_none_or(|it| is_of_relation(it.kind));
    let is_foreign = matches!(schema.relation(name), Some(Object::Opaque(it))
        if it.kind == Kind::Defined(Defined::ForeignTable) && !it.declared);
    let found = schema.temporary(name);
    let found = found.or_else(|| is_foreign.then(|| name.clone()));
    found.filter(|_| is_relation)
}

fn is_of_relation(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::Index | Kind::Sequence)
}

/// Does to the model what a statement does to that relation.
pub(super) fn apply(operation: &Operation, name: &Name, schema: &mut Schema) {
    if let Operation::CreateIndex(it) = operation
        && let Some(index) = &it.name
    {
        let opaque = Opaque {
            kind: Kind::Index,
            is_read: true,
            temporary: name.schema == TEMPORARY,
            part_of: Some(name.clone()),
            ..Opaque::default()
        };
        let id = ObjectId::Relation(name.sibling(index.clone()));
        schema.put(id, Some(Object::Opaque(opaque)));
    }
    if let Operation::AlterTable(it) = operation {
        for action in &it.actions {
            change(action, name, schema);
        }
    }
    if let Operation::Rename(it) = operation {
        rename(it, name, schema);
    }
}

/// Changes the columns of the table.
fn change(action: &Action, name: &Name, schema: &mut Schema) {
    let Some(Object::Opaque(opaque)) = schema.relation(name) else {
        return;
    };
    let Some(output) = &opaque.output else {
        return;
    };
    let mut columns = output.to_vec();
    if let Action::AddColumn { definition, .. } = action
        && columns.iter().all(|it| it.0 != definition.name)
    {
        let (WrittenType::Type(it) | WrittenType::Serial(it)) = &definition.sql_type;
        columns.push((definition.name.clone(), it.clone()));
    } else if let Action::DropColumn { column, .. } = action {
        columns.retain(|it| it.0 != *column);
    } else if let Action::AlterType {
        column, sql_type, ..
    } = action
    {
        for it in columns.iter_mut().filter(|it| it.0 == *column) {
            it.1 = sql_type.clone();
        }
    } else {
        return;
    }
    put(opaque.clone(), columns, name, schema);
}

fn put(mut opaque: Opaque, columns: Vec<(SmolStr, SqlType)>, name: &Name, schema: &mut Schema) {
    opaque.output = Some(Arc::from(columns));
    let id = ObjectId::Relation(name.clone());
    schema.put(id, Some(Object::Opaque(opaque)));
}

fn rename(rename: &Rename, name: &Name, schema: &mut Schema) {
    let Some(Object::Opaque(opaque)) = schema.relation(name) else {
        return;
    };
    let opaque = opaque.clone();
    match &rename.subject.part {
        None => {
            let new = name.sibling(rename.to.clone());
            move_object(schema, &ObjectId::Relation(name.clone()), &new);
        }
        Some(Part::Column(column)) => {
            let Some(output) = &opaque.output else {
                return;
            };
            let mut columns = output.to_vec();
            for it in columns.iter_mut().filter(|it| it.0 == *column) {
                it.0 = rename.to.clone();
            }
            put(opaque, columns, name, schema);
        }
        Some(Part::Constraint(_) | Part::Value(_) | Part::Attribute(_)) => {}
    }
}
