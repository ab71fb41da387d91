//! What holds of foreign keys beside their columns.

use crate::diagnostic::Code;
use crate::model::foreign_key;
use crate::name::Name;
use crate::schema::{ConstraintKind, ForeignKey, Refusal, Schema, Table};

/// What must hold once all actions of a statement are done: foreign keys still join types that compare.
pub(super) fn check(name: &Name, schema: &Schema) -> Result<(), Refusal> {
    let Some(table) = schema.table(name) else {
        return Ok(());
    };
    for constraint in table.constraints.values() {
        if let ConstraintKind::ForeignKey(key) = &constraint.kind {
            foreign_key::check(key, name, table, schema)?;
        }
    }
    let pointing: Vec<(Name, ForeignKey)> = schema
        .foreign_keys_to(name)
        .map(|(owner, _, key)| (owner.clone(), key.clone()))
        .collect();
    for (owner, key) in pointing {
        if let Some(table) = schema.table(&owner) {
            foreign_key::check(&key, &owner, table, schema)?;
        }
    }
    Ok(())
}

/// The version from which a foreign key of a partitioned table can be `not valid`.
const NOT_VALID_ON_PARTITIONED: u8 = 18;

/// Refuses `not valid` for a foreign key of a partitioned table (`addFkRecurseReferencing`).
pub(super) fn may_wait(name: &Name, table: &Table, server: u8) -> Result<(), Refusal> {
    if table.partition_by.is_none() || server >= NOT_VALID_ON_PARTITIONED {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidPartition,
        format!("table \"{name}\" is partitioned: its foreign keys cannot be `not valid` before PostgreSQL {NOT_VALID_ON_PARTITIONED}"),
    )
    .help("remove `not valid`, or add the key to each partition first")
    .at(["valid"]))
}
