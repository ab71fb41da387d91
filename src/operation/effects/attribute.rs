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
        | Action::AlterConstraint { .. }
        | Action::ResetValue(_)
        | Action::DomainRule
        | Action::RenameOnly { .. }
        | Action::Grant { .. }
        | Action::Rename(..)
        | Action::Contradiction(_)
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

/// Refuses a new rule of a domain whose values stand in rows and arrays that columns hold (`get_rels_with_domain`).
pub(super) fn check_domain(
    schema: &Schema,
    name: &Name,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let world = world(schema);
    for (id, object) in schema.objects() {
        let (Object::Table(table), Some(holder)) = (&**object, id.relation()) else {
            continue;
        };
        let inside = table
            .columns
            .iter()
            .find(|it| !world.is_stale(holder) && holds_domain(world, &it.sql_type, name));
        if let Some(column) = inside {
            return Err(wrong(
                text,
                range,
                format!(
                    "the domain \"{name}\" cannot get a rule: \"{holder}\".\"{}\" holds values that contain it",
                    column.name
                ),
            )
            .help("add the check as `not valid`, or change that column first"));
        }
    }
    Ok(())
}

/// Whether values of a type have values of the domain in them, and are none themselves.
fn holds_domain(world: World<'_>, sql_type: &SqlType, name: &Name) -> bool {
    let mut waiting = vec![world.ty(sql_type)];
    let mut seen: Vec<Ty> = Vec::new();
    let domain = Ty::Domain(name.clone());
    while let Some(ty) = waiting.pop() {
        let base = world.base(&ty);
        let mut parts: Vec<Ty> = world.element(&base).into_iter().collect();
        if let Ty::Row(_) = &base {
            let fields = world.fields(&base).unwrap_or_default();
            parts.extend(fields.into_iter().map(|it| it.typed.ty));
        }
        if parts.contains(&domain) {
            return true;
        }
        parts.retain(|it| !seen.contains(it));
        seen.extend(parts.iter().cloned());
        waiting.extend(parts);
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
