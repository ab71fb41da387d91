//! `add constraint … using index`: the key that takes over an index.

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::key::unique_columns;
use crate::model::names::unknown_relation;
use crate::name::Name;
use crate::schema::{Key, ObjectId, Refusal, Schema};

/// The key that `using index` takes over.
pub(super) fn key(index_name: &Name, table: &Name, schema: &Schema) -> Result<Key, Refusal> {
    let Some(index) = schema.index(index_name).filter(|it| it.table == *table) else {
        return Err(unknown_relation(index_name, Kind::Index, schema));
    };
    let columns = unique_columns(index).filter(|_| {
        index
            .elements
            .iter()
            // What the constraint would have is without a collation or an operator class of its own.
            .all(|it| {
                !it.descending
                    && it.nulls_first.is_none()
                    && it.collation.is_none()
                    && it.operator_class.is_none()
            })
    });
    if schema
        .table(table)
        .is_some_and(|it| it.partition_by.is_some())
    {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{table}\" is partitioned: its keys cannot take over an index"),
        )
        .help("add the constraint without `using index`")
        .at(["using"]));
    }
    let Some(columns) = columns else {
        return Err(Refusal::new(
            Code::InvalidConstraint,
            format!("index \"{index_name}\" cannot be used for a constraint"),
        )
        .help(
            "the index must be unique, over plain columns in ascending order with their own collations and default operator classes, and without `where`",
        )
        .at([index_name.name.clone()])
        .contradicts(ObjectId::Relation(index_name.clone())));
    };
    Ok(Key {
        columns: columns.into_iter().cloned().collect(),
        include: index.include.clone(),
        nulls_not_distinct: index.nulls_not_distinct,
        options: index.options.clone(),
        tablespace: index.tablespace.clone(),
        age: index.age,
    })
}
