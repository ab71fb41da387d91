//! `truncate` (`ExecuteTruncate` and `heap_truncate_check_FKs` of PostgreSQL's source).

use std::collections::BTreeSet;

use crate::kind::{Defined, Kind};
use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::wrong;
use crate::schema::{ConstraintKind, Named as Object, ObjectId, Refusal, Schema, Table};
use crate::tree::definition::Truncate;

/// Refuses to empty what other tables refer to, and what is no table.
pub(super) fn check(schema: &Schema, truncate: &Truncate, text: &str) -> Result<(), Refusal> {
    let mut emptied: BTreeSet<Name> = BTreeSet::new();
    for (named, is_only) in &truncate.tables {
        let Some(name) = qualify(&named.name.parts, &schema.default) else {
            return Ok(());
        };
        let Some(object) = schema.relation(&name) else {
            continue;
        };
        let range = &named.name.range;
        let is_other = matches!(
            object.kind(),
            Kind::Sequence | Kind::Index | Kind::Defined(Defined::View | Defined::MaterializedView)
        ) && object.as_opaque().is_none_or(|it| !it.declared);
        if is_other {
            return Err(wrong(
                text,
                range,
                format!(
                    "only tables are truncated, and \"{name}\" is {}",
                    object.kind().with_article()
                ),
            ));
        }
        let is_partitioned = object
            .as_table()
            .is_some_and(|it| it.partition_by.is_some());
        if is_partitioned && *is_only {
            return Err(wrong(
                text,
                range,
                format!("\"{name}\" is partitioned: it has no rows of its own to truncate"),
            )
            .help("leave `only` out, or truncate its partitions"));
        }
        emptied.insert(name.clone());
        if !is_only {
            emptied.extend(below(schema, &name));
        }
    }
    if truncate.cascade {
        return Ok(());
    }
    for (named, _) in &truncate.tables {
        let Some(name) = qualify(&named.name.parts, &schema.default) else {
            continue;
        };
        if let Some((table, other)) = reference(schema, &name, &emptied) {
            return Err(wrong(
                text,
                &named.name.range,
                format!(
                    "\"{table}\" cannot be truncated: a foreign key of \"{other}\" refers to it"
                ),
            )
            .help(format!(
                "truncate \"{other}\" in the same statement, or write `cascade`"
            )));
        }
    }
    Ok(())
}

/// The partitions and children of a table, all the way down.
fn below(schema: &Schema, name: &Name) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let mut waiting = vec![name.clone()];
    while let Some(parent) = waiting.pop() {
        let id = ObjectId::Relation(parent.clone());
        for (name, table) in schema.dependents(&id).filter_map(Object::table) {
            if is_below(table, &parent) && !found.contains(name) {
                found.push(name.clone());
                waiting.push(name.clone());
            }
        }
    }
    found
}

fn is_below(table: &Table, parent: &Name) -> bool {
    table.inherits.contains(parent)
        || table
            .partition_of
            .as_ref()
            .is_some_and(|it| it.parent == *parent)
}

/// A table below `name` that one refers to which keeps its rows.
fn reference(schema: &Schema, name: &Name, emptied: &BTreeSet<Name>) -> Option<(Name, Name)> {
    let mut own = vec![name.clone()];
    own.extend(
        below(schema, name)
            .into_iter()
            .filter(|it| emptied.contains(it)),
    );
    // A reference to a partitioned table is one to each of its partitions.
    let mut above = Vec::new();
    let mut child = schema.table(name);
    while let Some(parent) = child.and_then(|it| it.partition_of.as_ref()) {
        above.push(parent.parent.clone());
        child = schema.table(&parent.parent);
    }
    for referred in own.iter().chain(&above) {
        let id = ObjectId::Relation(referred.clone());
        for (other, table) in schema.dependents(&id).filter_map(Object::table) {
            let refers = table.constraints.values().any(
                |it| matches!(&it.kind, ConstraintKind::ForeignKey(key) if key.table == *referred),
            );
            // Raw SQL may have dropped it.
            if refers && !emptied.contains(other) && !world(schema).is_stale(other) {
                return Some((referred.clone(), other.clone()));
            }
        }
    }
    None
}
