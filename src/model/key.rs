//! Keys: constraints and indexes that make columns unique.

use smol_str::SmolStr;

use crate::model::index_check::check_key;
use crate::model::partition_key::{Unique, check_unique};
use crate::name::Name;
use crate::schema::{Age, ConstraintKind, Index, Refusal, Schema, Table};

/// The index that carries a constraint of this table, for the checks that treat both alike.
#[must_use]
pub fn unique_columns(index: &Index) -> Option<Vec<&SmolStr>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    index
        .elements
        .iter()
        .map(|element| {
            element
                .expression
                .is_column()
                .then(|| element.expression.columns().next())
                .flatten()
        })
        .collect()
}

/// Refuses the columns of a unique constraint whose index PostgreSQL refuses.
pub fn check(
    columns: &[SmolStr],
    table: &Table,
    name: &Name,
    schema: &Schema,
) -> Result<(), Refusal> {
    check_key(columns, (name, table), schema)?;
    check_unique(&Unique::key(columns), table, name)
}

/// Whether PostgreSQL makes one index of two constraints of one `create table`.
#[must_use]
pub fn one_index(one: &ConstraintKind, two: &ConstraintKind) -> bool {
    if let Some((one, two)) = one.key().zip(two.key()) {
        return one.columns == two.columns
            && one.include == two.include
            && one.nulls_not_distinct == two.nulls_not_distinct;
    }
    matches!((one, two), (ConstraintKind::Exclusion(one), ConstraintKind::Exclusion(two))
        if one.method == two.method
            && one.elements == two.elements
            && one.include == two.include
            && one.predicate == two.predicate)
}

/// When the index of a constraint was made.
#[must_use]
pub fn age(kind: &ConstraintKind) -> Age {
    kind.key().map_or_else(Age::default, |key| key.age)
}

/// Whether a key has an older one like it: PostgreSQL would make one of the two in one `create table`.
#[must_use]
pub fn is_doubled(constraint: &SmolStr, table: &Table) -> bool {
    let it = &table.constraints[constraint];
    table.constraints.iter().any(|(name, other)| {
        one_index(&other.kind, &it.kind)
            && (other.deferrable, other.initially_deferred)
                == (it.deferrable, it.initially_deferred)
            && (age(&other.kind).order(), name) < (age(&it.kind).order(), constraint)
    })
}
