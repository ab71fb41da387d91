//! The row type of a table: which columns are of it, and that none is of its own (`find_composite_type_dependencies` and
//! `CheckAttributeType`).

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::schema::{Object, ObjectId, Refusal, Schema, Type};
use crate::sql_type::SqlType;

/// The first column of a table that holds rows of `name`: of its type, an array or a domain of it, or a composite type with
/// it.
fn holder(schema: &Schema, name: &Name) -> Option<(Name, SmolStr)> {
    let mut seen = BTreeSet::from([name.clone()]);
    let mut open = vec![name.clone()];
    while let Some(inner) = open.pop() {
        let ids = [
            ObjectId::Type(inner.clone()),
            ObjectId::Relation(inner.clone()),
        ];
        for (id, object) in ids.iter().flat_map(|it| schema.dependents(it)) {
            let is_of = |it: &SqlType| it.named() == Some(&inner);
            let outer = match &**object {
                Object::Table(table) => {
                    let column = table.columns.iter().find(|it| is_of(&it.sql_type));
                    if let Some((column, table)) = column.zip(id.relation()) {
                        return Some((table.clone(), column.name.clone()));
                    }
                    None
                }
                Object::Opaque(it) if it.kind == Kind::Defined(Defined::MaterializedView) => {
                    let mut columns = it.output.iter().flat_map(|it| it.iter());
                    let column = columns.find(|column| is_of(&column.1));
                    if let Some((column, view)) = column.zip(id.relation()) {
                        return Some((view.clone(), column.0.clone()));
                    }
                    None
                }
                Object::Type(Type::Domain(it)) => is_of(&it.base).then(|| id.type_name()),
                Object::Type(Type::Composite(it)) => {
                    let has = it.attributes.iter().any(|it| is_of(&it.1));
                    has.then(|| id.type_name())
                }
                Object::Type(Type::Enum(_))
                | Object::Namespace(_)
                | Object::Extension(_)
                | Object::Index(_)
                | Object::Sequence(_)
                | Object::Opaque(_) => None,
            };
            if let Some(outer) = outer.flatten().filter(|it| seen.insert((*it).clone())) {
                open.push(outer.clone());
            }
        }
    }
    None
}

/// Refuses to change the values of a table's rows, `what` is done to it, while a column elsewhere holds such rows.
pub fn check_unused(schema: &Schema, name: &Name, what: &str) -> Result<(), Refusal> {
    let Some((table, column)) = holder(schema, name) else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::StillNeeded,
        format!("{what}: column \"{column}\" of \"{table}\" holds rows of \"{name}\""),
    )
    .help(format!(
        "drop the column {column} of {table} first, or change its type"
    ))
    .contradicts(ObjectId::Relation(table)))
}

/// Refuses a column of `name` whose type is that of its rows, or holds it.
pub fn check_not_of_itself(
    schema: &Schema,
    name: &Name,
    sql_type: &SqlType,
) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<Name> = sql_type.named().into_iter().cloned().collect();
    while let Some(inner) = open.pop() {
        if inner == *name {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!("a column of \"{name}\" cannot be of type {sql_type}, which holds rows of \"{name}\""),
            )
            .help("refer to the other row by its key"));
        }
        let types: Vec<&SqlType> = match schema.type_named(&inner) {
            Some(Type::Domain(it)) => vec![&it.base],
            Some(Type::Composite(it)) => it.attributes.iter().map(|it| &it.1).collect(),
            Some(Type::Enum(_)) => Vec::new(),
            None => match schema.relation(&inner) {
                Some(Object::Table(table)) => table.columns.iter().map(|it| &it.sql_type).collect(),
                Some(Object::Opaque(it)) => it
                    .output
                    .iter()
                    .flat_map(|it| it.iter())
                    .map(|it| &it.1)
                    .collect(),
                Some(_) | None => Vec::new(),
            },
        };
        for other in types.into_iter().filter_map(SqlType::named) {
            if seen.insert(other.clone()) {
                open.push(other.clone());
            }
        }
    }
    Ok(())
}
