//! `attach partition` and `detach partition`.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::name::Name;
use crate::operation::drop::Target;
use crate::operation::generated;
use crate::schema::{Age, Constraint, ConstraintKind, ObjectId, Partition, Refusal, Schema, Table};

use crate::operation::Statement;
use crate::schema::name::{Purpose, generated_name};
use crate::sql::Sql;
use crate::token::{identifier, lex};

use super::column::{descendants, put};
use super::{Action, AlterTable, partition_key, table};

pub fn attach(
    partition: &Name,
    bound: &SmolStr,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let parent = table(schema, name)?.clone();
    if parent.partition_by.is_none() {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{name}\" is not partitioned"),
        )
        .help("create it with `partition by …`")
        .contradicts(ObjectId::Relation(name.clone())));
    }
    let mut child = table(schema, partition)?.clone();
    if let Some(present) = &child.partition_of {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!(
                "table \"{partition}\" is a partition of \"{}\" already",
                present.parent
            ),
        )
        .help("detach it before")
        .contradicts(ObjectId::Relation(partition.clone())));
    }
    let heir = schema.children(partition).min();
    let relative = match (child.inherits.first(), heir) {
        (Some(above), _) => Some((above, format!("inherits from \"{above}\""))),
        (None, Some(below)) if child.partition_by.is_none() => {
            Some((below, format!("is inherited by \"{below}\"")))
        }
        (None, _) => None,
    };
    if let Some((relative, how)) = relative {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{partition}\" cannot become a partition: it {how}"),
        )
        .help("attach a table that neither inherits nor is inherited")
        .at([partition.name.clone()])
        .contradicts(ObjectId::Relation(relative.clone())));
    }
    partition_key::check_bound(bound, &parent, name, schema)?;
    fits(&child, partition, &parent, name)?;
    set_inherited(&mut child, &parent, true);
    child.partition_of = Some(Partition {
        parent: name.clone(),
        bound: bound.clone(),
    });
    put(schema, partition, child);
    inherit(schema, partition)?;
    for below in descendants(schema, partition) {
        inherit(schema, &below)?;
    }
    Ok(())
}

/// Gives a partition the indexes, keys and foreign keys of its parent, as PostgreSQL does when either is made
/// (`DefineIndex`, `AttachPartitionEnsureIndexes`, CloneForeignKeyConstraints): one of its own that fits is taken over,
/// else one is made.
pub fn inherit(schema: &mut Schema, partition: &Name) -> Result<(), Refusal> {
    let Some(hung) = schema
        .table(partition)
        .and_then(|it| it.partition_of.clone())
    else {
        return Ok(());
    };
    let wanted: Vec<(SmolStr, Constraint)> = table(schema, &hung.parent)?
        .constraints
        .iter()
        .filter(|(_, it)| !matches!(it.kind, ConstraintKind::Check { .. }))
        .map(|(name, it)| (name.clone(), (**it).clone()))
        .collect();
    let mut child = table(schema, partition)?.clone();
    let mut taken: BTreeSet<SmolStr> = BTreeSet::new();
    for (parent_constraint, it) in wanted {
        let present = |inherited: bool| {
            child
                .constraints
                .iter()
                .find(|(name, own)| {
                    own.inherited == inherited && !taken.contains(*name) && own.kind == it.kind
                })
                .map(|(name, _)| name.clone())
        };
        let name = present(true).or_else(|| present(false));
        let name = if let Some(name) = name {
            let own = child.constraints.get_mut(&name).expect("it was found");
            let own = Arc::make_mut(own);
            (own.inherited, own.own) = (true, false);
            name
        } else {
            let name = copied_name(&parent_constraint, &it.kind, partition, &child, schema);
            let copy = Constraint {
                comment: None,
                index_comment: None,
                inherited: true,
                own: false,
                kind: made_now(it.kind, schema),
                ..it
            };
            if let ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) = &copy.kind {
                partition_key::check_unique(&key.columns, &child, partition)?;
            }
            child.constraints.insert(name.clone(), Arc::new(copy));
            name
        };
        taken.insert(name);
        put(schema, partition, child.clone());
    }
    crate::operation::create_index::inherit_indexes(schema, partition, true)
}

/// The same constraint with an index of its own.
fn made_now(mut kind: ConstraintKind, schema: &Schema) -> ConstraintKind {
    if let ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) = &mut kind {
        key.age = Age {
            mark: schema.mark(),
            place: 0,
        };
    }
    kind
}

/// A foreign key keeps its name, an index gets one of its own.
fn copied_name(
    original: &SmolStr,
    kind: &ConstraintKind,
    partition: &Name,
    child: &Table,
    schema: &Schema,
) -> SmolStr {
    let free = |name: &Name| schema.relation_taken(name) || schema.constraint_taken(name);
    match kind {
        ConstraintKind::PrimaryKey(_) => generated::primary_key(partition, free),
        ConstraintKind::Unique(key) => {
            generated::unique(partition, key.columns.iter().chain(&key.include), free)
        }
        ConstraintKind::Exclusion(exclusion) => {
            let elements = exclusion.elements.iter().map(|it| &it.0.expression);
            generated::exclusion(partition, elements, &exclusion.include, free)
        }
        ConstraintKind::ForeignKey(key) if child.constraints.contains_key(original) => {
            generated::foreign_key(partition, &key.columns, |name| {
                schema.constraint_taken(name)
            })
        }
        ConstraintKind::ForeignKey(_) | ConstraintKind::Check { .. } => original.clone(),
    }
}

/// What the partitions have of a constraint of the table `name`.
#[must_use]
pub fn copies(schema: &Schema, name: &Name, constraint: &SmolStr) -> Vec<Target> {
    let Some(original) = schema
        .table(name)
        .and_then(|it| it.constraints.get(constraint))
    else {
        return Vec::new();
    };
    if matches!(original.kind, ConstraintKind::Check { .. }) {
        return Vec::new();
    }
    schema
        .children(name)
        .filter_map(|partition| {
            let table = schema.table(partition)?;
            let hung = table.partition_of.as_ref()?;
            let (copy, _) = table
                .constraints
                .iter()
                .find(|(_, it)| it.inherited && it.kind == original.kind)?;
            (hung.parent == *name).then(|| Target::Constraint(partition.clone(), copy.clone()))
        })
        .collect()
}

pub fn detach(partition: &Name, name: &Name, schema: &mut Schema) -> Result<(), Refusal> {
    let parent = table(schema, name)?.clone();
    let mut child = table(schema, partition)?.clone();
    if child
        .partition_of
        .as_ref()
        .is_none_or(|it| it.parent != *name)
    {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("table \"{partition}\" is not a partition of \"{name}\""),
        )
        .at([partition.name.clone()])
        .contradicts(ObjectId::Relation(partition.clone())));
    }
    child.partition_of = None;
    set_inherited(&mut child, &parent, false);
    put(schema, partition, child);
    crate::operation::create_index::release_indexes(schema, partition);
    Ok(())
}

/// A partition that is detached concurrently is left with a check of its bound (`DetachAddConstraintIfNeeded`), which one
/// detached in a transaction is not: it goes, so that both leave the same.
pub fn drop_left_check(partition: &Name, before: &Schema) -> Statement {
    let mut columns: BTreeSet<SmolStr> = BTreeSet::new();
    let mut below = before.table(partition);
    while let Some(hung) = below.and_then(|it| it.partition_of.as_ref()) {
        below = before.table(&hung.parent);
        let by = below.and_then(|it| it.partition_by.as_ref());
        let tokens = by.map(|by| (by, lex(by, 0, by.len()).unwrap_or_default()));
        for (by, token) in tokens
            .iter()
            .flat_map(|(by, it)| it.iter().map(move |it| (by, it)))
        {
            let name = identifier(token.text(by));
            if below.is_some_and(|it| it.column(&name).is_some()) {
                columns.insert(name);
            }
        }
    }
    let single = columns.first().filter(|_| columns.len() == 1);
    let chosen = generated_name(
        &partition.name,
        Purpose::Check(single.map(SmolStr::as_str)),
        |name| before.constraint_taken(&partition.sibling(name)),
    );
    let mut sql = Sql::new(&before.default);
    sql.word("alter table")
        .name(partition)
        .word("drop constraint if exists")
        .identifier(&chosen);
    Statement::new(sql)
}

/// The statement that hangs the table `name` back where it was.
#[must_use]
pub fn way_back(name: &Name, before: Option<&Partition>, now: Option<&Partition>) -> AlterTable {
    let (parent, action) = match (before, now) {
        (Some(before), _) => (
            before.parent.clone(),
            Action::AttachPartition {
                partition: name.clone(),
                bound: before.bound.clone(),
            },
        ),
        (None, now) => (
            now.expect("one of the two is a partition").parent.clone(),
            Action::DetachPartition {
                partition: name.clone(),
                concurrently: false,
            },
        ),
    };
    AlterTable::one(parent, action)
}

/// Refuses a table that lacks a column or check of its parent, or has columns that the parent lacks.
fn fits(child: &Table, partition: &Name, parent: &Table, name: &Name) -> Result<(), Refusal> {
    let refuse = |message: String, help: String| {
        Err(Refusal::new(Code::InvalidPartition, message)
            .help(help)
            .at([partition.name.clone()])
            .contradicts(ObjectId::Relation(partition.clone())))
    };
    for column in &parent.columns {
        let Some(own) = child.column(&column.name) else {
            return refuse(
                format!(
                    "table \"{partition}\" lacks the column \"{}\" of \"{name}\"",
                    column.name
                ),
                format!(
                    "add it before: alter table {partition} add column {} {}",
                    column.name, column.sql_type
                ),
            );
        };
        if own.sql_type != column.sql_type || (column.not_null && !own.not_null) {
            return refuse(
                format!(
                    "column \"{}\" of \"{partition}\" is not {}{} as in \"{name}\"",
                    column.name,
                    column.sql_type,
                    if column.not_null { " not null" } else { "" }
                ),
                "change the column before".to_owned(),
            );
        }
    }
    if let Some(extra) = child
        .columns
        .iter()
        .find(|it| parent.column(&it.name).is_none())
    {
        return refuse(
            format!(
                "table \"{partition}\" has a column \"{}\" that \"{name}\" lacks",
                extra.name
            ),
            "drop it before".to_owned(),
        );
    }
    for (constraint, it) in &parent.constraints {
        if matches!(it.kind, ConstraintKind::Check { .. })
            && child
                .constraints
                .get(constraint)
                .is_none_or(|own| own.kind != it.kind)
        {
            return refuse(
                format!("table \"{partition}\" lacks the check \"{constraint}\" of \"{name}\""),
                "add it before".to_owned(),
            );
        }
    }
    Ok(())
}

fn set_inherited(child: &mut Table, parent: &Table, inherited: bool) {
    for column in &parent.columns {
        if let Some(own) = child.column_mut(&column.name) {
            own.inherited = inherited;
            own.own = !inherited;
        }
    }
    for (name, constraint) in &parent.constraints {
        if let (ConstraintKind::Check { .. }, Some(own)) =
            (&constraint.kind, child.constraints.get_mut(name))
        {
            let own = Arc::make_mut(own);
            (own.inherited, own.own) = (inherited, !inherited);
        }
    }
    if !inherited {
        for own in child.constraints.values_mut().filter(|it| it.inherited) {
            let own = Arc::make_mut(own);
            (own.inherited, own.own) = (false, true);
        }
    }
}
