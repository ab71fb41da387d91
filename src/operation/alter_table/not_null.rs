//! `set not null` and `drop not null`.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::family::{change, descendants};
use crate::model::names::table;
use crate::name::Name;
use crate::schema::{ObjectId, Refusal, Schema};

pub fn set(
    column: &SmolStr,
    not_null: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    if !not_null {
        may_be_null(column, name, only, schema)?;
    } else if only {
        are_not_null_below(column, name, schema)?;
    }
    change(column, name, only, schema, |it| {
        let wrong = match () {
            () if not_null => None,
            () if it.identity.is_some() => Some(("an identity column", "drop its identity first")),
            () => None,
        };
        if let Some((what, help)) = wrong {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!("column \"{column}\" cannot be nullable: it is {what}"),
            )
            .help(help));
        }
        it.not_null = not_null;
        Ok(())
    })
}

/// Refuses `set not null` on a partitioned table alone, unless its partitions have it (`ATExecCheckNotNull`).
fn are_not_null_below(column: &SmolStr, name: &Name, schema: &Schema) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let is_done = present.column(column).is_some_and(|it| it.not_null);
    if present.partition_by.is_none() || is_done {
        return Ok(());
    }
    let is_nullable = |partition: &Name| {
        let table = schema.table(partition);
        let column = table.and_then(|it| it.column(column));
        column.is_some_and(|it| !it.not_null)
    };
    let mut below = descendants(schema, name).into_iter();
    let Some(partition) = below.find(is_nullable) else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::InvalidColumn,
        format!("column \"{column}\" is nullable in the partition \"{partition}\""),
    )
    .help("remove `only`")
    .at([column.clone()])
    .contradicts(ObjectId::Relation(partition)))
}

/// Refuses `drop not null` where a primary key, the parent or a partition stands against it (`ATExecDropNotNull`).
fn may_be_null(column: &SmolStr, name: &Name, only: bool, schema: &Schema) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let refuse = |message: String, help: String, other: &Name| {
        Err(Refusal::new(Code::InvalidColumn, message)
            .help(help)
            .at([column.clone()])
            .contradicts(ObjectId::Relation(other.clone())))
    };
    let below = descendants(schema, name);
    let partitioned = present.partition_by.is_some() && !below.is_empty();
    if only && partitioned {
        return refuse(
            format!(
                "column \"{column}\" would remain not null in the partitions of table \"{name}\""
            ),
            "remove `only`".to_owned(),
            name,
        );
    }
    let hung = present.partition_of.as_ref().map(|it| &it.parent);
    if let Some(parent) = hung
        && let Some(parents) = schema.table(parent)
        && parents.column(column).is_some_and(|it| it.not_null)
    {
        return refuse(
            format!(
                "column \"{column}\" cannot be nullable: it is not null in the partitioned table \"{parent}\""
            ),
            format!(
                "change it in the parent table: alter table {parent} alter column {column} drop not null"
            ),
            parent,
        );
    }
    let below = below.iter().filter(|_| !only);
    for other in below.chain([name]) {
        let Some((key, _)) = table(schema, other)?
            .primary_key()
            .filter(|(_, key)| key.columns.contains(column))
        else {
            continue;
        };
        let (of, help) = if other == name {
            (String::new(), "drop the primary key first".to_owned())
        } else {
            (
                format!(" of table \"{other}\""),
                format!("drop it first: alter table {other} drop constraint {key}"),
            )
        };
        return refuse(
            format!("column \"{column}\" cannot be nullable: it is part of the primary key{of}"),
            help,
            other,
        );
    }
    Ok(())
}
