//! `add column`

use std::sync::Arc;

use crate::diagnostic::Code;
use crate::model::check::check_generated;
use crate::model::family::{descendants, put};
use crate::model::names::{check_count, table};
use crate::model::row_type::{check_not_of_itself, check_unused};
use crate::name::Name;
use crate::operation::definition::column::ColumnDefinition;
use crate::schema::{Column, Object, ObjectId, Refusal, Schema, Table};
use crate::sql_type::{SqlType, WrittenType};

/// Adds a column, also to the tables that inherit from this one.
pub fn add(
    definition: &ColumnDefinition,
    if_not_exists: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let is_new = present.column(&definition.name).is_none();
    check_count(present.columns.len() + usize::from(is_new), name)?;
    if let Some(column) = present.column(&definition.name) {
        if if_not_exists {
            return same_as_present(definition, column, name);
        }
        return Err(Refusal::new(
            Code::DuplicateColumn,
            format!(
                "table \"{name}\" already has a column \"{}\"",
                definition.name
            ),
        )
        .help("choose another name, or write `add column if not exists` if databases may differ")
        .at([definition.name.clone()])
        .contradicts(ObjectId::Relation(name.clone())));
    }
    may_have_column(definition, name, present, only, schema)?;
    let (column, sequence) = definition.column(name, schema)?;
    let has_values =
        column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    check_not_of_itself(schema, name, &column.sql_type)
        .map_err(|it| it.at([column.name.clone()]))?;
    // A partitioned table has no rows of its own.
    if has_values && present.partition_by.is_none() {
        let what = format!("column \"{}\" cannot be added with a value", column.name);
        check_unused(schema, name, &what).map_err(|it| it.at([column.name.clone()]))?;
    }
    let mut changed = present.clone();
    changed.columns.push(Arc::clone(&column));
    if column.generated.is_some() {
        check_generated(&column, name, &changed, schema)?;
    }
    put(schema, name, changed);
    if let Some((id, sequence)) = sequence {
        schema.put(ObjectId::Relation(id), Some(Object::Sequence(sequence)));
    }
    let below = if only {
        Vec::new()
    } else {
        descendants(schema, name)
    };
    if !below.is_empty() {
        let inherited = Column {
            inherited: true,
            own: false,
            comment: None,
            identity: None,
            ..Column::clone(&column)
        };
        for child in below {
            let mut changed = table(schema, &child)?.clone();
            match changed.column_mut(&inherited.name) {
                Some(present) => {
                    if present.sql_type != inherited.sql_type
                        || present.collation != inherited.collation
                    {
                        return Err(Refusal::new(
                            Code::InvalidColumn,
                            format!(
                                "the child table \"{child}\" has a column \"{}\" of a different type or collation: {}",
                                inherited.name, present.sql_type
                            ),
                        )
                        .help("make the two columns identical, or choose another name")
                        .at([inherited.name.clone()])
                        .contradicts(ObjectId::Relation(child)));
                    }
                    present.inherited = true;
                }
                None => changed.columns.push(Arc::new(inherited.clone())),
            }
            put(schema, &child, changed);
        }
    }
    Ok(())
}

/// Refuses a guarded column that is there as another one: its guard would stop the script.
fn same_as_present(
    definition: &ColumnDefinition,
    present: &Column,
    name: &Name,
) -> Result<(), Refusal> {
    let (WrittenType::Type(sql_type) | WrittenType::Serial(sql_type)) = &definition.sql_type;
    let not_null = definition.not_null || definition.identity.is_some();
    let is_serial = matches!(definition.sql_type, WrittenType::Serial(_));
    if is_serial || *sql_type == present.sql_type && not_null == present.not_null {
        return Ok(());
    }
    let shown = |sql_type: &SqlType, not_null: bool| {
        let not_null = if not_null { " not null" } else { "" };
        format!("{sql_type}{not_null}")
    };
    Err(Refusal::new(
        Code::DuplicateColumn,
        format!(
            "table \"{name}\" already has a column \"{}\", which is {}, not {}",
            definition.name,
            shown(&present.sql_type, present.not_null),
            shown(sql_type, not_null)
        ),
    )
    .help("write the type that it has, or change the type with `alter column`")
    .at([definition.name.clone()])
    .contradicts(ObjectId::Relation(name.clone())))
}

/// Refuses a column that partitions or children would not share (`ATExecAddColumn`).
fn may_have_column(
    definition: &ColumnDefinition,
    name: &Name,
    table: &Table,
    only: bool,
    schema: &Schema,
) -> Result<(), Refusal> {
    let column = &definition.name;
    let child = schema.children(name).min();
    let (message, help, other) = match (&table.partition_of, child) {
        (Some(partition), _) => (
            format!("a column cannot be added to table \"{name}\", which is a partition"),
            format!(
                "add it to the parent table: alter table {} add column {column} …",
                partition.parent
            ),
            &partition.parent,
        ),
        (None, Some(child)) if definition.identity.is_some() => (
            format!(
                "column \"{column}\" cannot be added as an identity column: in the child table \"{child}\" it would not be one"
            ),
            "add the column first, then write: alter table only … alter column … add generated …"
                .to_owned(),
            child,
        ),
        (None, Some(child)) if only => (
            format!("column \"{column}\" must also be added to the child table \"{child}\""),
            "remove `only`".to_owned(),
            child,
        ),
        (None, _) => return Ok(()),
    };
    Err(Refusal::new(Code::InvalidColumn, message)
        .help(help)
        .at([column.clone()])
        .contradicts(ObjectId::Relation(other.clone())))
}
