//! A table and those that inherit from it, partitions included.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::names::{table, unknown_column};
use crate::name::Name;
use crate::schema::{Column, Object, ObjectId, Refusal, Schema, Table};

/// The refusal to change what comes from a parent table.
#[must_use]
pub fn inherited(what: &SmolStr, name: &Name) -> Refusal {
    Refusal::new(
        Code::Inherited,
        format!("\"{what}\" of table \"{name}\" is inherited"),
    )
    .help("change it in the parent table")
    .at([what.clone()])
}

/// Changes one column of a table and, unless `only`, of those that inherit from it.
pub fn change(
    column: &SmolStr,
    name: &Name,
    only: bool,
    schema: &mut Schema,
    mut edit: impl FnMut(&mut Column) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    if present.column(column).is_none() {
        return Err(unknown_column(column, present, name));
    }
    let mut names = vec![name.clone()];
    if !only {
        names.extend(descendants(schema, name));
    }
    for name in names {
        let mut changed = table(schema, &name)?.clone();
        if let Some(it) = changed.column_mut(column) {
            edit(it).map_err(|refusal| {
                refusal
                    .at([column.clone()])
                    .contradicts(ObjectId::Relation(name.clone()))
            })?;
            put(schema, &name, changed);
        }
    }
    Ok(())
}

/// Puts the changed table in its place.
pub fn put(schema: &mut Schema, name: &Name, table: Table) {
    schema.put(ObjectId::Relation(name.clone()), Some(Object::Table(table)));
}

/// The tables that inherit from `name`, partitions included, nearest first.
#[must_use]
pub fn descendants(schema: &Schema, name: &Name) -> Vec<Name> {
    let mut found: Vec<Name> = schema.children(name).cloned().collect();
    let mut seen: FxHashSet<Name> = found.iter().cloned().collect();
    let mut at = 0;
    while at < found.len() {
        for child in schema.children(&found[at]) {
            if child != name && seen.insert(child.clone()) {
                found.push(child.clone());
            }
        }
        at += 1;
    }
    found
}

/// A table below `name` that has the column from a parent outside of this family, too: it can only be changed where all
/// parents change (`renameatt_internal`, `ATPrepAlterColumnType`).
#[must_use]
pub fn heir_of_another(schema: &Schema, name: &Name, column: &SmolStr) -> Option<Name> {
    let below = descendants(schema, name);
    let is_outside = |parent: &Name| {
        parent != name
            && !below.contains(parent)
            && schema
                .table(parent)
                .is_some_and(|it| it.column(column).is_some())
    };
    let mut heirs = below.iter();
    let heir = heirs.find(|heir| {
        let table = schema.table(heir);
        table.is_some_and(|it| it.inherits.iter().any(is_outside))
    });
    heir.cloned()
}
