//! Parents and types that tables get later, and how they are logged (`ATExecAddInherit`, `ATExecAddOf` and
//! `ATPrepChangePersistence` of PostgreSQL's source).

use std::ops::Range;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::signature::read_type;
use crate::operation::effects::wrong;
use crate::schema::{
    Column, ConstraintKind, Named as Object, ObjectId, Refusal, Schema, Table, Type,
};
use crate::tree::TypeName;

/// `inherit parent`.
pub(super) fn add(
    schema: &Schema,
    name: &Name,
    parent: &crate::tree::Name,
    text: &str,
) -> Result<(), Refusal> {
    let Some(above) = qualify(&parent.parts, &schema.default) else {
        return Ok(());
    };
    let (Some(child), Some(table)) = (schema.table(name), schema.table(&above)) else {
        return Ok(());
    };
    let refuse = |message: String| Err(wrong(text, &parent.range, message));
    if child.partition_by.is_some() {
        return refuse(format!(
            "\"{name}\" is partitioned: it inherits from no table"
        ));
    }
    if child.partition_of.is_some() {
        return refuse(format!(
            "\"{name}\" is a partition: it inherits from no other table"
        ));
    }
    if table.partition_by.is_some() {
        return refuse(format!(
            "\"{above}\" is partitioned: tables become its partitions, and do not inherit from it"
        ));
    }
    if table.partition_of.is_some() {
        return refuse(format!(
            "\"{above}\" is a partition: no table inherits from it"
        ));
    }
    if child.inherits.contains(&above) {
        return refuse(format!("\"{name}\" inherits from \"{above}\" already"));
    }
    if *name == above || ancestors(schema, &above).contains(name) {
        return refuse(format!("\"{above}\" inherits from \"{name}\" itself"));
    }
    let world = world(schema);
    if world.is_stale(name) || world.is_stale(&above) {
        return Ok(());
    }
    for column in &table.columns {
        check_column(name, child, column).or_else(refuse)?;
    }
    for (constraint, it) in &table.constraints {
        let ConstraintKind::Check { no_inherit, .. } = &it.kind else {
            continue;
        };
        if !no_inherit && !child.constraints.contains_key(constraint) {
            return refuse(format!(
                "\"{name}\" has no check \"{constraint}\", which \"{above}\" has"
            ));
        }
    }
    Ok(())
}

/// Refuses a column of a parent that the child does not have as it is there.
fn check_column(name: &Name, child: &Table, above: &Column) -> Result<(), String> {
    let column = &above.name;
    let Some(own) = child.column(column) else {
        return Err(format!(
            "\"{name}\" has no column \"{column}\", which the parent has"
        ));
    };
    if own.sql_type != above.sql_type {
        return Err(format!(
            "column \"{column}\" of \"{name}\" is {}, and that of the parent is {}",
            own.sql_type, above.sql_type
        ));
    }
    if above.not_null && !own.not_null {
        return Err(format!(
            "column \"{column}\" of \"{name}\" may be null, and that of the parent may not"
        ));
    }
    match (&own.generated, &above.generated) {
        (None, Some(_)) => Err(format!(
            "column \"{column}\" of the parent is generated, and that of \"{name}\" is not"
        )),
        (_, _) => Ok(()),
    }
}

/// All that a table inherits from.
fn ancestors(schema: &Schema, name: &Name) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut waiting = vec![name.clone()];
    while let Some(name) = waiting.pop() {
        for parent in schema.table(&name).iter().flat_map(|it| &it.inherits) {
            if !found.contains(parent) {
                found.push(parent.clone());
                waiting.push(parent.clone());
            }
        }
    }
    found
}

/// `no inherit parent`.
pub(super) fn remove(
    schema: &Schema,
    name: &Name,
    parent: &crate::tree::Name,
    text: &str,
) -> Result<(), Refusal> {
    let Some(above) = qualify(&parent.parts, &schema.default) else {
        return Ok(());
    };
    let (Some(child), Some(_)) = (schema.table(name), schema.table(&above)) else {
        return Ok(());
    };
    if child.inherits.contains(&above) || world(schema).is_stale(name) {
        return Ok(());
    }
    Err(wrong(
        text,
        &parent.range,
        format!("\"{name}\" does not inherit from \"{above}\""),
    ))
}

/// `of type`: the table has the attributes of the type, in their order.
pub(super) fn of_type(
    schema: &Schema,
    name: &Name,
    sql_type: &TypeName,
    text: &str,
) -> Result<(), Refusal> {
    let world = world(schema);
    let Ok(Some(found)) = read_type(sql_type, world) else {
        return Ok(());
    };
    let Some(Type::Composite(composite)) = found.named().and_then(|it| schema.type_named(it))
    else {
        return Ok(());
    };
    let Some(table) = schema.table(name).filter(|_| !world.is_stale(name)) else {
        return Ok(());
    };
    let refuse = |message: String| Err(wrong(text, &sql_type.range, message));
    if !table.inherits.is_empty() {
        return refuse(format!("\"{name}\" inherits, and so it is of no type"));
    }
    let mut columns = table.columns.iter();
    for (attribute, wanted, _) in &composite.attributes {
        let Some(column) = columns.next() else {
            return refuse(format!(
                "\"{name}\" has no column \"{attribute}\", which the type has"
            ));
        };
        if column.name != *attribute {
            return refuse(format!(
                "\"{name}\" has the column \"{}\" where the type has \"{attribute}\"",
                column.name
            ));
        }
        if column.sql_type != *wanted {
            return refuse(format!(
                "column \"{attribute}\" of \"{name}\" is {}, and the type has {wanted}",
                column.sql_type
            ));
        }
    }
    match columns.next() {
        Some(column) => refuse(format!(
            "\"{name}\" has the column \"{}\", which the type does not have",
            column.name
        )),
        None => Ok(()),
    }
}

/// `rename` of `only` a table: what its children inherit is renamed in them, too (`renameatt_internal`,
/// `rename_constraint_internal`).
pub(super) fn rename_only(
    schema: &Schema,
    name: &Name,
    renamed: &SmolStr,
    is_column: bool,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let id = ObjectId::Relation(name.clone());
    let mut children = schema
        .dependents(&id)
        .filter_map(Object::table)
        .filter(|it| {
            let of = it.1.partition_of.as_ref();
            it.1.inherits.contains(name) || of.is_some_and(|of| of.parent == *name)
        });
    let heir = children.find(|(child, table)| {
        let is_inherited = if is_column {
            table.column(renamed).is_some_and(|it| it.inherited)
        } else {
            let own = table.constraints.get(renamed);
            own.is_some_and(|it| it.inherited && matches!(it.kind, ConstraintKind::Check { .. }))
        };
        is_inherited && !world(schema).is_stale(child)
    });
    match heir {
        Some((child, _)) => Err(wrong(
            text,
            range,
            format!("\"{child}\" inherits \"{renamed}\": it must be renamed there, too"),
        )
        .help("leave `only` out")),
        None => Ok(()),
    }
}

/// `set logged` and `set unlogged`: a logged table does not refer to an unlogged one.
pub(super) fn set_logged(schema: &Schema, name: &Name, logged: bool) -> Result<(), Refusal> {
    let Some(table) = schema.table(name) else {
        return Ok(());
    };
    // Nothing changes.
    if table.unlogged != logged || world(schema).is_stale(name) {
        return Ok(());
    }
    let refuse = |message: String| {
        Err(Refusal::new(Code::InvalidQuery, message)
            .at([name.name.clone()])
            .help("change that table first"))
    };
    if logged {
        for constraint in table.constraints.values() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.table != *name
                && schema.table(&key.table).is_some_and(|it| it.unlogged)
                && !world(schema).is_stale(&key.table)
            {
                return refuse(format!(
                    "\"{name}\" refers to \"{}\", which is unlogged",
                    key.table
                ));
            }
        }
        return Ok(());
    }
    let id = ObjectId::Relation(name.clone());
    for (other, table) in schema.dependents(&id).filter_map(Object::table) {
        let refers = table
            .constraints
            .values()
            .any(|it| matches!(&it.kind, ConstraintKind::ForeignKey(key) if key.table == *name));
        if refers && other != name && !table.unlogged && !world(schema).is_stale(other) {
            return refuse(format!(
                "\"{other}\" refers to \"{name}\", and it is no unlogged table"
            ));
        }
    }
    Ok(())
}
