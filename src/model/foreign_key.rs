//! Foreign keys: what they may point at, and the one key or index that each rests on.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::cast::{base, cast_type};
use crate::model::family::{descendants, put};
use crate::model::key::unique_columns;
use crate::model::names::{check_columns, unknown_relation};
use crate::name::Name;
use crate::schema::{
    Age, ConstraintKind, ForeignKey, ObjectId, ReferentialAction, Refusal, Schema, Table,
};
use crate::sql_type::casts::{CastType, foreign_key_comparable};

/// Refuses a foreign key of the table `name` that PostgreSQL refuses, and says what it rests on.
pub fn check(
    key: &ForeignKey,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<SmolStr, Refusal> {
    check_columns(&key.columns, table, name)?;
    check_columns(&key.on_delete_columns, table, name)?;
    if let Some(other) = key
        .on_delete_columns
        .iter()
        .find(|it| !key.columns.contains(it))
    {
        return Err(Refusal::new(
            Code::InvalidConstraint,
            format!("`on delete` cannot set \"{other}\", which is not a column of the foreign key"),
        )
        .help(format!("choose columns from ({})", key.columns.join(", ")))
        .at(["delete".into(), other.clone()]));
    }
    no_generated(key, table)?;
    if table.partition_by.is_some() && descendants(schema, name).contains(&key.table) {
        return Err(Refusal::new(
            Code::InvalidConstraint,
            format!(
                "table \"{name}\" cannot refer to \"{}\", which is a partition of it",
                key.table
            ),
        )
        .help(format!("refer to the whole table: references {name}"))
        .at(["references".into(), key.table.name.clone()])
        .contradicts(ObjectId::Relation(key.table.clone())));
    }
    let target = if key.table == *name {
        table
    } else {
        let Some(target) = schema.table(&key.table) else {
            return Err(unknown_relation(&key.table, Kind::Table, schema)
                .suggest(&key.table.name, [name.name.as_str()])
                .at(["references"]));
        };
        target
    };
    if target.unlogged && !table.unlogged {
        return Err(Refusal::new(
            Code::InvalidConstraint,
            format!(
                "table \"{name}\" is not unlogged and cannot refer to the unlogged table \"{}\"",
                key.table
            ),
        )
        .help("PostgreSQL empties unlogged tables after a crash: make both tables unlogged, or neither")
        .at(["references".into(), key.table.name.clone()])
        .contradicts(ObjectId::Relation(key.table.clone())));
    }
    let to = || vec!["references".into(), key.table.name.clone()];
    check_columns(&key.references, target, &key.table).map_err(|it| it.at(to()))?;
    if key.columns.len() != key.references.len() {
        return Err(Refusal::new(
            Code::NoMatchingKey,
            format!(
                "the foreign key has {} but refers to {}",
                count(key.columns.len()),
                count(key.references.len())
            ),
        )
        .help("write the same number of columns on both sides")
        .at(to()));
    }
    let Some(index) = key_on(&key.references, &key.table, target, schema) else {
        return Err(no_key(key, target, schema).at(to()));
    };
    for (column, referenced) in key.columns.iter().zip(&key.references) {
        let (own, other) = (table.column(column), target.column(referenced));
        let (own, other) = (own.expect("it was checked"), other.expect("it was checked"));
        let (from, to_type) = (base(&own.sql_type, schema), base(&other.sql_type, schema));
        if from == to_type {
            continue;
        }
        let (Some(one), Some(two)) = (cast_type(&from, schema), cast_type(&to_type, schema)) else {
            continue;
        };
        let arrays = (CastType::Array(&one), CastType::Array(&two));
        let one = if from.array { arrays.0 } else { one };
        let two = if to_type.array { arrays.1 } else { two };
        if !foreign_key_comparable(two, one) {
            return Err(Refusal::new(
                Code::TypeMismatch,
                format!(
                    "column \"{column}\" is {} but \"{}.{referenced}\" is {}, and the two cannot be compared",
                    own.sql_type, key.table, other.sql_type
                ),
            )
            .help(format!("change the type of \"{column}\" to {}", other.sql_type))
            .at([column.clone()])
            .contradicts(ObjectId::Relation(key.table.clone())));
        }
    }
    Ok(index)
}

/// Refuses actions that would write to a generated column (`ATAddForeignKeyConstraint`).
fn no_generated(key: &ForeignKey, table: &Table) -> Result<(), Refusal> {
    let is_generated = |it: &&SmolStr| {
        table
            .column(it)
            .is_some_and(|column| column.generated.is_some())
    };
    let Some(column) = key.columns.iter().find(is_generated) else {
        return Ok(());
    };
    let sets = |action| {
        matches!(
            action,
            ReferentialAction::SetNull | ReferentialAction::SetDefault
        )
    };
    let clause = if sets(key.on_update) || key.on_update == ReferentialAction::Cascade {
        "on update"
    } else if sets(key.on_delete) {
        "on delete"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::InvalidConstraint,
        format!("`{clause}` cannot write to the generated column \"{column}\" of the foreign key"),
    )
    .help(format!(
        "remove `{clause}`, or use a column that is not generated"
    ))
    .at([
        clause.rsplit(' ').next().unwrap_or_default().into(),
        column.clone(),
    ]))
}

fn count(columns: usize) -> String {
    format!("{columns} column{}", if columns == 1 { "" } else { "s" })
}

/// The constraint or unique index of the table `name` that a foreign key to `columns` rests on: the oldest that makes
/// just them unique (`transformFkeyCheckAttrs` takes the first of `RelationGetIndexList`, which is in the order of
/// creation).
fn key_on(columns: &[SmolStr], name: &Name, table: &Table, schema: &Schema) -> Option<SmolStr> {
    let constraints = table.constraints.iter().filter_map(|(name, it)| {
        let key = it
            .kind
            .key()
            .filter(|key| !it.deferrable && same(&key.columns, columns))?;
        Some((key.age, name))
    });
    let indexes = schema.indexes(name).filter_map(|(name, index)| {
        unique_columns(index).filter(|it| same(it.iter().copied(), columns))?;
        Some((index.age, &name.name))
    });
    let oldest = constraints
        .chain(indexes)
        .min_by_key(|(age, name): &(Age, &SmolStr)| (age.order(), *name));
    oldest.map(|(_, name)| name.clone())
}

fn same<'a, I>(one: I, two: &[SmolStr]) -> bool
where
    I: IntoIterator<Item = &'a SmolStr, IntoIter: Clone>,
{
    let one = one.into_iter();
    one.clone().all(|it| two.contains(it)) && two.iter().all(|it| one.clone().any(|own| own == it))
}

/// The refusal for a table in which nothing makes the referenced columns unique, or not as a foreign key needs it.
fn no_key(key: &ForeignKey, target: &Table, schema: &Schema) -> Refusal {
    let (table, columns) = (&key.table, key.references.join(", "));
    let add = format!("add one first: alter table {table} add unique ({columns})");
    let deferrable = target.constraints.iter().find(|(_, it)| {
        it.kind
            .key()
            .is_some_and(|of| same(&of.columns, &key.references))
    });
    let partial = schema.indexes(table).find(|(_, index)| {
        let mut whole = (*index).clone();
        whole.predicate = None;
        unique_columns(&whole).is_some_and(|it| same(it, &key.references))
    });
    let (message, help) = if let Some((name, _)) = deferrable {
        (
            format!(
                "constraint \"{name}\" of table \"{table}\" is deferrable, so a foreign key cannot refer to it"
            ),
            format!(
                "remove `deferrable` from \"{name}\", or add another key: alter table {table} add unique ({columns})"
            ),
        )
    } else if let Some((name, _)) = partial {
        (
            format!(
                "the unique index \"{name}\" has a `where`: it does not make ({columns}) unique in all rows of table \"{table}\""
            ),
            format!(
                "a foreign key requires a key without `where`: alter table {table} add unique ({columns})"
            ),
        )
    } else {
        (
            format!("table \"{table}\" has no unique constraint on ({columns})"),
            add,
        )
    };
    Refusal::new(Code::NoMatchingKey, message)
        .help(help)
        .contradicts(ObjectId::Relation(table.clone()))
}

/// Lets the foreign keys that rest on the key `old` of the table `name` rest on `new`: it got another name.
pub fn rebind(schema: &mut Schema, name: &Name, old: &SmolStr, new: &SmolStr) {
    let bound: BTreeSet<Name> = schema
        .foreign_keys_to(name)
        .filter(|(_, _, key)| key.index == *old)
        .map(|(owner, _, _)| owner.clone())
        .collect();
    for owner in bound {
        let Some(mut table) = schema.table(&owner).cloned() else {
            continue;
        };
        for constraint in table.constraints.values_mut() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.table == *name
                && key.index == *old
                && let ConstraintKind::ForeignKey(key) = &mut Arc::make_mut(constraint).kind
            {
                key.index = new.clone();
            }
        }
        put(schema, &owner, table);
    }
}
