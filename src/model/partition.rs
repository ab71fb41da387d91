//! What a partition has of the table that it belongs to: columns, constraints, indexes.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::family::put;
use crate::model::key::age;
use crate::model::names::table;
use crate::model::partition_key::Unique;
use crate::model::{generated, partition_key, stored};
use crate::name::Name;
use crate::schema::{
    Age, Constraint, ConstraintKind, Index, Object, ObjectId, Refusal, Schema, Table,
};

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
    let mut wanted: Vec<(SmolStr, Constraint)> = table(schema, &hung.parent)?
        .constraints
        .iter()
        .filter(|(_, it)| !matches!(it.kind, ConstraintKind::Check { .. }))
        .map(|(name, it)| (name.clone(), (**it).clone()))
        .collect();
    // Keys in the order in which they were made, which is that of `RelationGetIndexList`, then foreign keys.
    wanted.sort_by_key(|(_, it)| (it.kind.is_foreign_key(), age(&it.kind).order()));
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
            if let ConstraintKind::PrimaryKey(_) = &it.kind
                && let Some((own, _)) = child.primary_key()
            {
                return Err(Refusal::new(
                    Code::DuplicateName,
                    format!("table \"{partition}\" has a primary key \"{own}\" of its own, which differs from that of \"{}\"", hung.parent),
                )
                .help(format!("drop it first: alter table {partition} drop constraint {own}"))
                .at([partition.name.clone()])
                .contradicts(ObjectId::Relation(partition.clone())));
            }
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
                partition_key::check_unique(&Unique::key(&key.columns), &child, partition)?;
            }
            child.constraints.insert(name.clone(), Arc::new(copy));
            name
        };
        taken.insert(name);
        put(schema, partition, child.clone());
    }
    inherit_indexes(schema, partition, true)
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

/// What the partitions have of a constraint of the table `name`: partition, constraint.
#[must_use]
pub fn copies(schema: &Schema, name: &Name, constraint: &SmolStr) -> Vec<(Name, SmolStr)> {
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
            (hung.parent == *name).then(|| (partition.clone(), copy.clone()))
        })
        .collect()
}

/// Refuses a table that lacks a column or check of its parent, or has columns that the parent lacks.
pub fn fits(
    child: &Table,
    partition: &Name,
    parent: &Table,
    name: &Name,
    schema: &Schema,
) -> Result<(), Refusal> {
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
                    "add it first: alter table {partition} add column {} {}",
                    column.name, column.sql_type
                ),
            );
        };
        if own.sql_type != column.sql_type || (column.not_null && !own.not_null) {
            return refuse(
                format!(
                    "column \"{}\" of \"{partition}\" must be {}{}, as in \"{name}\"",
                    column.name,
                    column.sql_type,
                    if column.not_null { " not null" } else { "" }
                ),
                "change the column first".to_owned(),
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
            "drop it first".to_owned(),
        );
    }
    for (constraint, it) in &parent.constraints {
        if matches!(it.kind, ConstraintKind::Check { .. })
            && child.constraints.get(constraint).is_none_or(|own| {
                !stored::same_check(&own.kind, &it.kind, (partition, child), schema)
            })
        {
            return refuse(
                format!("table \"{partition}\" lacks the check \"{constraint}\" of \"{name}\""),
                "add it first".to_owned(),
            );
        }
    }
    Ok(())
}

pub fn set_inherited(child: &mut Table, parent: &Table, inherited: bool) {
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

/// Gives a partition the indexes of its parent, as PostgreSQL does when either is made (`DefineIndex`,
/// AttachPartitionEnsureIndexes): one of its own that fits is taken over, else one is made. A partition that comes gets
/// those that were made `on only`, too.
pub fn inherit_indexes(schema: &mut Schema, partition: &Name, comes: bool) -> Result<(), Refusal> {
    let Some(parent) = schema
        .table(partition)
        .and_then(|it| it.partition_of.as_ref())
        .map(|it| it.parent.clone())
    else {
        return Ok(());
    };
    let mut wanted: Vec<(Name, Index)> = schema
        .indexes(&parent)
        .filter(|(_, index)| comes || !index.only)
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    // In the order in which they were made, so that generated names get their numbers as PostgreSQL gives them.
    wanted.sort_by_key(|(_, index)| index.age.order());
    let mut taken: BTreeSet<Name> = BTreeSet::new();
    for (parent_index, index) in wanted {
        let own: Vec<(Name, Index)> = schema
            .indexes(partition)
            .map(|(name, index)| (name.clone(), index.clone()))
            .collect();
        if own
            .iter()
            .any(|(_, it)| it.parent.as_ref() == Some(&parent_index))
        {
            continue;
        }
        let wanted = Index {
            table: partition.clone(),
            comment: None,
            only: false,
            parent: Some(parent_index.clone()),
            age: Age {
                mark: schema.mark(),
                place: 0,
            },
            ..index
        };
        let fits = own.into_iter().find(|(name, it)| {
            it.parent.is_none() && !taken.contains(name) && is_like(it, &wanted, name, schema)
        });
        let (name, index) = if let Some((name, it)) = fits {
            (
                name,
                Index {
                    parent: wanted.parent,
                    ..it
                },
            )
        } else {
            let expressions = wanted.elements.iter().map(|it| &it.expression);
            let chosen = generated::index(partition, expressions, &wanted.include, |name| {
                schema.relation_taken(name)
            });
            (partition.sibling(chosen), wanted)
        };
        taken.insert(name.clone());
        schema.put(ObjectId::Relation(name), Some(Object::Index(index)));
    }
    Ok(())
}

/// Whether an index of a partition is what its parent wants, but for what does not matter.
fn is_like(own: &Index, wanted: &Index, name: &Name, schema: &Schema) -> bool {
    let attached = Index {
        comment: None,
        parent: wanted.parent.clone(),
        options: wanted.options.clone(),
        tablespace: wanted.tablespace.clone(),
        ..own.clone()
    };
    attached == *wanted
        || stored::same(
            &ObjectId::Relation(name.clone()),
            &Object::Index(attached),
            &Object::Index(wanted.clone()),
            schema,
        )
}

/// Lets the indexes of a detached partition stand by themselves.
pub fn release_indexes(schema: &mut Schema, partition: &Name) {
    let attached: Vec<(Name, Index)> = schema
        .indexes(partition)
        .filter(|(_, index)| index.parent.is_some())
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    for (name, index) in attached {
        schema.put(
            ObjectId::Relation(name),
            Some(Object::Index(Index {
                parent: None,
                ..index
            })),
        );
    }
}
