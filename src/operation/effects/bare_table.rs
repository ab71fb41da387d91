//! Temporary and foreign tables, of which the model holds the columns alone.

use smol_str::SmolStr;

use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::operation::CreateTable;
use crate::operation::effects::exists;
use crate::schema::{Object, ObjectId, Opaque, Refusal, Schema, TEMPORARY};
use crate::sql_type::{SqlType, WrittenType};

type Columns = Vec<(SmolStr, SqlType)>;

/// Puts a foreign table into the model.
pub(super) fn foreign(schema: &mut Schema, table: &CreateTable) -> Result<(), Refusal> {
    let id = ObjectId::Relation(table.name.clone());
    match schema.get(&id).map(|it| &**it) {
        None => {}
        Some(Object::Opaque(it)) if it.declared => {}
        Some(_) if table.if_not_exists => return Ok(()),
        Some(object) => return Err(exists(&id, object.kind(), &table.name)),
    }
    let parents = parents(schema, table);
    let opaque = Opaque {
        kind: Kind::Defined(Defined::ForeignTable),
        is_read: true,
        output: columns(schema, table, &parents).map(Into::into),
        part_of: table.partition_of.as_ref().map(|it| it.parent.clone()),
        uses: parents.into_iter().map(ObjectId::Relation).collect(),
        ..Opaque::default()
    };
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

/// Puts a temporary table into the model, for the rest of the session; an earlier one is gone with its session, or with its
/// transaction (`on commit drop`).
pub(super) fn temporary(schema: &mut Schema, table: &CreateTable) {
    let name = Name::new(TEMPORARY, table.name.name.clone());
    let id = ObjectId::Relation(name.clone());
    if schema.get(&id).is_some() && table.if_not_exists {
        return;
    }
    let parents = parents(schema, table);
    let opaque = Opaque {
        kind: Kind::Table,
        is_read: true,
        temporary: true,
        output: columns(schema, table, &parents).map(Into::into),
        part_of: parents.into_iter().find(|it| it.schema == TEMPORARY),
        ..Opaque::default()
    };
    schema.put(id, Some(Object::Opaque(opaque)));
}

fn parents(schema: &Schema, table: &CreateTable) -> Vec<Name> {
    let parents = table.partition_of.iter().map(|it| &it.parent);
    let parents = parents.chain(&table.inherits);
    parents.map(|it| seen(schema, it)).collect()
}

fn seen(schema: &Schema, name: &Name) -> Name {
    schema.temporary(name).unwrap_or_else(|| name.clone())
}

/// The columns of the parents, then its own and those of `like` as they are written; nothing where some are not known.
fn columns(schema: &Schema, table: &CreateTable, parents: &[Name]) -> Option<Columns> {
    let mut columns = Columns::new();
    let mut add = |it: (SmolStr, SqlType)| {
        if columns.iter().all(|other| other.0 != it.0) {
            columns.push(it);
        }
    };
    for parent in parents {
        of(schema, parent)?.into_iter().for_each(&mut add);
    }
    let mut likes = table.likes.iter().peekable();
    for at in 0..=table.columns.len() {
        while let Some((_, like)) = likes.next_if(|it| it.0 <= at) {
            of(schema, &seen(schema, &like.table))?
                .into_iter()
                .for_each(&mut add);
        }
        if let Some(it) = table.columns.get(at) {
            let (WrittenType::Type(sql_type) | WrittenType::Serial(sql_type)) = &it.sql_type;
            add((it.name.clone(), sql_type.clone()));
        }
    }
    Some(columns)
}

/// The columns of a relation, where they are known.
fn of(schema: &Schema, name: &Name) -> Option<Columns> {
    match schema.relation(name)? {
        Object::Table(table) => {
            let columns = table.columns.iter();
            Some(
                columns
                    .map(|it| (it.name.clone(), it.sql_type.clone()))
                    .collect(),
            )
        }
        Object::Opaque(it) => Some(it.output.as_ref()?.to_vec()),
        Object::Namespace(_)
        | Object::Extension(_)
        | Object::Type(_)
        | Object::Index(_)
        | Object::Sequence(_) => None,
    }
}
