//! Checks that a table has from its parents: given, shared with one of its own, and left when the parent's goes.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::family::{descendants, put};
use crate::model::names::table;
use crate::model::stored;
use crate::name::Name;
use crate::schema::{Constraint, ConstraintKind, ObjectId, Refusal, Schema, Table};

/// Gives the table `name` a check of its parent, which one of its own may be already (`MergeWithExistingConstraint`).
pub fn merge(
    chosen: &SmolStr,
    parents: &Constraint,
    name: &Name,
    table: &mut Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    let refuse = |what: &str, help: String| {
        Err(Refusal::new(
            Code::DuplicateName,
            format!("table \"{name}\" already has a constraint \"{chosen}\", {what}"),
        )
        .help(help)
        .contradicts(ObjectId::Relation(name.clone())))
    };
    let is_same = |present: &Constraint| {
        stored::same_check(&present.kind, &parents.kind, (name, table), schema)
    };
    let is_other = table.constraints.get(chosen).is_some_and(|it| !is_same(it));
    let Some(present) = table.constraints.get_mut(chosen) else {
        let copy = Constraint {
            comment: None,
            index_comment: None,
            inherited: true,
            own: false,
            ..parents.clone()
        };
        table.constraints.insert(chosen.clone(), Arc::new(copy));
        return Ok(());
    };
    if is_other {
        return refuse(
            "which differs from the check of the parent",
            "choose another name, or make the two checks identical".to_owned(),
        );
    }
    if parents.validated && !present.validated {
        return refuse(
            "which is not valid yet",
            format!("validate it first: alter table {name} validate constraint {chosen}"),
        );
    }
    Arc::make_mut(present).inherited = true;
    Ok(())
}

/// Lets the tables below `name` go on without the parent's check that is gone: what nothing gives them any more goes
/// unless it is their own.
pub fn release(
    constraint: &SmolStr,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    for child in descendants(schema, name) {
        let mut changed = table(schema, &child)?.clone();
        if parents(&changed)
            .filter_map(|parent| schema.table(parent))
            .any(|parent| gives(parent, constraint))
        {
            continue;
        }
        let Some(present) = changed.constraints.get_mut(constraint) else {
            continue;
        };
        if !present.inherited {
            continue;
        }
        if only || present.own {
            let present = Arc::make_mut(present);
            (present.inherited, present.own) = (false, true);
        } else {
            changed.constraints.remove(constraint);
        }
        put(schema, &child, changed);
    }
    Ok(())
}

/// Whether tables that inherit from `parent` have its check of that name.
fn gives(parent: &Table, constraint: &SmolStr) -> bool {
    parent
        .constraints
        .get(constraint)
        .is_some_and(|it| is_given(it))
}

/// The same of a constraint that the parent has.
#[must_use]
pub fn is_given(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::Check {
            no_inherit: false,
            ..
        }
    )
}

/// Refuses to drop a column of `name` with checks that `child`, which keeps the column, would keep as inherited from
/// nowhere: PostgreSQL then neither drops nor dumps them.
pub fn no_orphan(
    checks: &[SmolStr],
    column: &SmolStr,
    name: &Name,
    child: &Name,
    schema: &Schema,
) -> Result<(), Refusal> {
    let kept = table(schema, child)?;
    let orphan = checks.iter().find(|check| {
        kept.constraints.get(*check).is_some_and(|it| it.inherited)
            && !parents(kept)
                .filter_map(|parent| schema.table(parent))
                .any(|parent| gives(parent, check))
    });
    match orphan {
        None => Ok(()),
        Some(check) => Err(Refusal::new(
            Code::StillNeeded,
            format!("column \"{column}\" cannot be dropped: table \"{child}\" has a column of its own, which keeps the check \"{check}\""),
        )
        .help(format!("drop the check first: alter table {name} drop constraint {check}"))
        .at([column.clone()])
        .contradicts(ObjectId::Relation(child.clone()))),
    }
}

/// The tables that one inherits from, the one that it is a partition of included.
fn parents(table: &Table) -> impl Iterator<Item = &Name> {
    let partitioned = table.partition_of.iter().map(|it| &it.parent);
    table.inherits.iter().chain(partitioned)
}
