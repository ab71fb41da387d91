//! Attributes of composite types (`ATExecAddColumn`, `ATPrepAlterColumnType`, `find_composite_type_dependencies` and
//! `find_typed_table_dependencies` of PostgreSQL's source).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::{Ty, World};
use crate::model::bind::world;
use crate::name::Name;
use crate::operation::effects::signature::read_type;
use crate::operation::effects::wrong;
use crate::schema::{Object, Refusal, Schema, Type};
use crate::sql_type::SqlType;
use crate::tree::definition::Action;

/// Refuses what cannot be done to an attribute.
pub(super) fn check(
    schema: &Schema,
    name: &Name,
    action: &Action,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let Some(Type::Composite(composite)) = schema.type_named(name) else {
        return Ok(());
    };
    let world = world(schema);
    if world.is_stale(name) {
        return Ok(());
    }
    let has = |wanted: &SmolStr| composite.attributes.iter().any(|it| it.0 == *wanted);
    let refuse = |message: String| Err(wrong(text, range, message));
    match action {
        Action::AddAttribute {
            name: added,
            sql_type,
            ..
        } => {
            if has(added) {
                return refuse(format!("\"{name}\" has an attribute \"{added}\" already"));
            }
            let found = read_type(sql_type, world)?;
            if found.is_some_and(|it| holds(world, &it, name)) {
                return Err(wrong(
                    text,
                    &sql_type.range,
                    format!("\"{name}\" cannot be a part of itself"),
                ));
            }
            Ok(())
        }
        Action::DropAttribute {
            name: gone,
            if_exists,
            ..
        } => {
            if has(gone) || *if_exists {
                return Ok(());
            }
            refuse(format!("\"{name}\" has no attribute \"{gone}\""))
        }
        Action::AlterAttribute { name: changed, .. } => {
            if !has(changed) {
                return refuse(format!("\"{name}\" has no attribute \"{changed}\""));
            }
            match stored(schema, name) {
                Some((table, column)) => refuse(format!(
                    "the type \"{name}\" cannot change: \"{table}\".\"{column}\" holds values of it"
                )),
                None => Ok(()),
            }
        }
        Action::Inherit(_)
        | Action::NoInherit(_)
        | Action::OfType(_)
        | Action::SetLogged(_)
        | Action::ReplicaIdentity(_)
        | Action::Cluster(_)
        | Action::AttachIndex(_)
        | Action::IndexStatistics(..)
        | Action::ColumnOptions(_)
        | Action::Set(_)
        | Action::Handlers(_) => Ok(()),
    }
}

/// Whether values of a type hold values of the composite type `name`.
fn holds(world: World<'_>, sql_type: &SqlType, name: &Name) -> bool {
    let mut waiting = vec![world.ty(sql_type)];
    let mut seen: Vec<Ty> = Vec::new();
    while let Some(ty) = waiting.pop() {
        let ty = world.base(&ty);
        if ty == Ty::Row(name.clone()) {
            return true;
        }
        if seen.contains(&ty) {
            continue;
        }
        waiting.extend(world.element(&ty));
        if let Ty::Row(_) = &ty {
            let fields = world.fields(&ty).unwrap_or_default();
            waiting.extend(fields.into_iter().map(|it| it.typed.ty));
        }
        seen.push(ty);
    }
    false
}

/// A column of a table that holds values of the type.
fn stored<'a>(schema: &'a Schema, name: &Name) -> Option<(&'a Name, &'a SmolStr)> {
    let world = world(schema);
    schema.objects().find_map(|(id, object)| {
        let Object::Table(table) = &**object else {
            return None;
        };
        let table_name = id.relation().filter(|it| !world.is_stale(it))?;
        let column = table
            .columns
            .iter()
            .find(|it| holds(world, &it.sql_type, name))?;
        Some((table_name, &column.name))
    })
}
