//! Equal keys of one `create table`, of which PostgreSQL makes one index.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for constraints that have an index"
)]

use smol_str::SmolStr;

use crate::schema::{Age, ConstraintKind, Table};

use super::definition::ConstraintDefinition;

/// Takes out the keys that PostgreSQL makes one index of: of equal ones the first stays, the primary key before all, with
/// the first name that was written (transformIndexConstraints).
pub(super) fn merge(definitions: &mut Vec<ConstraintDefinition>) {
    let mut order: Vec<usize> = (0..definitions.len()).collect();
    order.sort_by_key(|at| !matches!(definitions[*at].kind, ConstraintKind::PrimaryKey(_)));
    let mut kept: Vec<usize> = Vec::new();
    let mut gone: Vec<usize> = Vec::new();
    for at in order {
        let definition = &definitions[at];
        if !definition.kind.has_index() || definition.using_index.is_some() {
            continue;
        }
        let same = |it: &&usize| {
            let other = &definitions[**it];
            one_index(&other.kind, &definition.kind)
                && (other.deferrable, other.initially_deferred)
                    == (definition.deferrable, definition.initially_deferred)
        };
        match kept.iter().find(same).copied() {
            None => kept.push(at),
            Some(first) => {
                let name = definition.name.clone();
                definitions[first].name = definitions[first].name.take().or(name);
                gone.push(at);
            }
        }
    }
    let mut at = 0;
    definitions.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
}

/// Whether PostgreSQL makes one index of two constraints of one `create table`.
fn one_index(one: &ConstraintKind, two: &ConstraintKind) -> bool {
    match (one, two) {
        (
            ConstraintKind::PrimaryKey(one) | ConstraintKind::Unique(one),
            ConstraintKind::PrimaryKey(two) | ConstraintKind::Unique(two),
        ) => {
            one.columns == two.columns
                && one.include == two.include
                && one.nulls_not_distinct == two.nulls_not_distinct
        }
        (ConstraintKind::Exclusion(one), ConstraintKind::Exclusion(two)) => {
            one.method == two.method
                && one.elements == two.elements
                && one.include == two.include
                && one.predicate == two.predicate
        }
        _ => false,
    }
}

/// When the index of a constraint was made.
#[must_use]
pub(super) fn age(kind: &ConstraintKind) -> Age {
    match kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => key.age,
        _ => Age::default(),
    }
}

/// Whether a key has an older one like it: PostgreSQL would make one of the two in one `create table`.
#[must_use]
pub(super) fn is_doubled(constraint: &SmolStr, table: &Table) -> bool {
    let it = &table.constraints[constraint];
    table.constraints.iter().any(|(name, other)| {
        one_index(&other.kind, &it.kind)
            && (other.deferrable, other.initially_deferred)
                == (it.deferrable, it.initially_deferred)
            && (age(&other.kind).order(), name) < (age(&it.kind).order(), constraint)
    })
}
