//! Indexes that identify rows for replicas, belong to those of a partitioned table, or have statistics
//! (`ATExecReplicaIdentity`, `ATExecAttachPartitionIdx` and `ATExecSetStatistics` of PostgreSQL's source).

use std::ops::Range;

use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::wrong;
use crate::schema::{ConstraintKind, Index, Refusal, Schema};

/// The index of a table that a statement names: it lies in the schema of the table.
fn of_table(name: &Name, index: &crate::tree::Name, schema: &Schema) -> Option<Name> {
    match index.parts.as_slice() {
        [last] => Some(name.sibling(last.clone())),
        parts => qualify(parts, &schema.default),
    }
}

/// `replica identity using index i`.
pub(super) fn replica_identity(
    schema: &Schema,
    name: &Name,
    index: &crate::tree::Name,
    text: &str,
) -> Result<(), Refusal> {
    let Some(table) = schema.table(name).filter(|_| !world(schema).is_stale(name)) else {
        return Ok(());
    };
    let Some(own) = of_table(name, index, schema) else {
        return Ok(());
    };
    let refuse = |message: String| Err(wrong(text, &index.range, message));
    let columns: Vec<_> = if let Some(found) = schema.index(&own) {
        if found.table != *name {
            return refuse(format!(
                "this is an index of \"{}\", not of \"{name}\"",
                found.table
            ));
        }
        if !found.unique {
            return refuse("an index that identifies rows must be unique".to_owned());
        }
        if found.elements.iter().any(|it| !it.expression.is_column()) {
            return refuse("an index of expressions does not identify rows".to_owned());
        }
        if found.predicate.is_some() {
            return refuse("an index that leaves rows out does not identify rows".to_owned());
        }
        found
            .columns()
            .take(found.elements.len())
            .cloned()
            .collect()
    } else if let Some(constraint) = table.constraints.get(&own.name) {
        if constraint.deferrable {
            return refuse(
                "the index of a deferrable constraint does not identify rows".to_owned(),
            );
        }
        match &constraint.kind {
            ConstraintKind::PrimaryKey(_) => return Ok(()),
            ConstraintKind::Unique(key) => key.columns.clone(),
            ConstraintKind::ForeignKey(_)
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclusion(_) => return Ok(()),
        }
    } else {
        return is_of_another(schema, &own, name, text, &index.range);
    };
    for column in &columns {
        if table.column(column).is_some_and(|it| !it.not_null) {
            return refuse(format!(
                "column \"{column}\" may be null: with it the index does not identify rows"
            ));
        }
    }
    Ok(())
}

/// Refuses the index of a constraint of another table.
fn is_of_another(
    schema: &Schema,
    index: &Name,
    name: &Name,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let holder = schema.objects().find_map(|(id, object)| {
        let table = object.as_table()?;
        let other = id.relation().filter(|it| *it != name)?;
        let is_there = other.schema == index.schema
            && table
                .constraints
                .get(&index.name)
                .is_some_and(|it| it.kind.has_index());
        is_there.then_some(other)
    });
    match holder {
        Some(other) => Err(wrong(
            text,
            range,
            format!("this is an index of \"{other}\", not of \"{name}\""),
        )),
        None => Ok(()),
    }
}

/// `attach partition i`.
pub(super) fn attach(
    schema: &Schema,
    name: &Name,
    index: &crate::tree::Name,
    text: &str,
) -> Result<(), Refusal> {
    let Some(own) = qualify(&index.parts, &schema.default) else {
        return Ok(());
    };
    let refuse = |message: String| Err(wrong(text, &index.range, message));
    for it in [name, &own] {
        if schema.table(it).is_some() {
            return refuse(format!("\"{it}\" is a table, not an index"));
        }
    }
    let (Some(parent), Some(child)) = (schema.index(name), schema.index(&own)) else {
        return Ok(());
    };
    let world = world(schema);
    if world.is_stale(name) || world.is_stale(&own) {
        return Ok(());
    }
    if schema
        .table(&parent.table)
        .is_some_and(|it| it.partition_by.is_none())
    {
        return refuse(format!("\"{name}\" is no index of a partitioned table"));
    }
    let is_partition = schema.table(&child.table).is_some_and(|table| {
        table
            .partition_of
            .as_ref()
            .is_some_and(|it| it.parent == parent.table)
    });
    if !is_partition && !world.is_stale(&child.table) {
        return refuse(format!(
            "\"{own}\" is an index of \"{}\", which is no partition of \"{}\"",
            child.table, parent.table
        ));
    }
    // What a table that was detached and attached left behind is not told apart here.
    if child.parent.is_some() {
        return Ok(());
    }
    let another = schema
        .dependents_of_relation(&child.table)
        .filter_map(|(id, object)| Some((id.relation()?, object.as_index()?)))
        .find(|(_, it)| it.table == child.table && it.parent.as_ref() == Some(name));
    if let Some((other, _)) = another {
        return refuse(format!(
            "\"{}\" has another index that belongs to \"{name}\": \"{other}\"",
            child.table
        ));
    }
    match difference(parent, child) {
        Some(what) => refuse(format!("\"{own}\" and \"{name}\" differ in {what}")),
        None => Ok(()),
    }
}

/// What two indexes differ in for sure.
fn difference(parent: &Index, child: &Index) -> Option<&'static str> {
    if parent.unique && !child.unique {
        return None;
    }
    if parent.method != child.method {
        return Some("their access methods");
    }
    if parent.elements.len() != child.elements.len() || parent.include.len() != child.include.len()
    {
        return Some("the number of their columns");
    }
    if parent.predicate.is_some() != child.predicate.is_some() {
        return Some("which rows they leave out");
    }
    let mut pairs = parent.elements.iter().zip(&child.elements);
    let is_other = pairs.any(|(one, other)| {
        let columns = (one.expression.is_column(), other.expression.is_column());
        match columns {
            (true, true) => one.expression != other.expression,
            (one, other) => one != other,
        }
    });
    is_other.then_some("their columns")
}

/// `alter column 1 set statistics …`.
pub(super) fn statistics(
    schema: &Schema,
    name: &Name,
    column: &str,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let Some(index) = schema.index(name) else {
        return Ok(());
    };
    let Ok(number) = column.parse::<usize>() else {
        return Ok(());
    };
    if number == 0 || number > index.elements.len() + index.include.len() {
        return Err(wrong(
            text,
            range,
            format!("\"{name}\" has no column {number}"),
        ));
    }
    let is_expression = index
        .elements
        .get(number - 1)
        .is_some_and(|it| !it.expression.is_column());
    if is_expression {
        return Ok(());
    }
    Err(wrong(
        text,
        range,
        format!("column {number} of \"{name}\" is a column of the table, whose statistics count"),
    )
    .help("set the statistics of the table's column"))
}
