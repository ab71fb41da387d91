//! Constraints: their names, what they must refer to, and the actions that add, validate and drop them.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::check::check_own_expression;
use crate::model::depend::Target;
use crate::model::family::{descendants, inherited, put};
use crate::model::key;
use crate::model::names::{check_columns, table, unknown_constraint, unknown_relation};
use crate::model::{
    depend, foreign_key, generated, index_check, inherited_check, partition, storage_parameter,
};
use crate::name::Name;
use crate::operation::alter_table::{foreign_keys, not_null, using_index};
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::{
    Age, Constraint, ConstraintKind, ForeignKey, ObjectId, Refusal, Schema, Table,
};

/// Chooses the names that were left out, in PostgreSQL's order: checks, then indexes (the primary key first), then
/// foreign keys (transformCreateStmt, transformIndexConstraints). `columns` are those that the same statement makes,
/// `assigned` the relations.
pub fn resolve_all(
    mut definitions: Vec<&mut ConstraintDefinition>,
    table: &Name,
    columns: &[SmolStr],
    before: &Schema,
    assigned: &mut BTreeSet<Name>,
) -> Result<(), Refusal> {
    if definitions.is_empty() {
        return Ok(());
    }
    let own_key = own_primary_key(&definitions, table, before);
    let mut constraints: BTreeSet<Name> = definitions
        .iter()
        .filter_map(|it| Some(table.sibling(it.name.clone()?)))
        .collect();
    let mut order: Vec<usize> = (0..definitions.len()).collect();
    order.sort_by_key(|index| match &definitions[*index].kind {
        ConstraintKind::Check { .. } => 0,
        ConstraintKind::PrimaryKey(_) => 1,
        ConstraintKind::Unique(_) | ConstraintKind::Exclusion(_) => 2,
        ConstraintKind::ForeignKey(_) => 3,
    });
    for index in order {
        let definition = &mut *definitions[index];
        simplify(&mut definition.kind, table);
        if let ConstraintKind::ForeignKey(key) = &mut definition.kind
            && key.references.is_empty()
        {
            key.references = referenced_key(key, table, own_key.as_deref(), before)?;
        }
        if definition.name.is_none() {
            let taken_constraint =
                |name: &Name| before.constraint_taken(name) || constraints.contains(name);
            let taken_either = |name: &Name| {
                before.relation_taken(name) || assigned.contains(name) || taken_constraint(name)
            };
            let chosen = match &definition.kind {
                _ if definition.using_index.is_some() => {
                    definition.using_index.clone().expect("it is there")
                }
                ConstraintKind::PrimaryKey(_) => generated::primary_key(table, taken_either),
                ConstraintKind::Unique(key) => {
                    generated::unique(table, key.columns.iter().chain(&key.include), taken_either)
                }
                ConstraintKind::Exclusion(exclusion) => {
                    let elements = exclusion.elements.iter().map(|it| &it.0.expression);
                    generated::exclusion(table, elements, &exclusion.include, taken_either)
                }
                ConstraintKind::ForeignKey(key) => {
                    generated::foreign_key(table, &key.columns, taken_constraint)
                }
                ConstraintKind::Check { expression, .. } => {
                    let known = |column: &str| {
                        columns.iter().any(|it| it == column)
                            || before
                                .table(table)
                                .is_some_and(|it| it.column(column).is_some())
                    };
                    generated::check(table, expression, known, taken_constraint)
                }
            };
            constraints.insert(table.sibling(chosen.clone()));
            definition.name = Some(chosen);
        }
        if definition.kind.has_index() {
            let name = definition.name.clone().expect("it was chosen");
            assigned.insert(table.sibling(name));
        }
    }
    Ok(())
}

/// Drops the table's own name before columns in expressions.
fn simplify(kind: &mut ConstraintKind, table: &Name) {
    match kind {
        ConstraintKind::Check { expression, .. } => *expression = expression.unqualify(table),
        ConstraintKind::Exclusion(exclusion) => {
            for (element, _) in &mut exclusion.elements {
                element.expression = element.expression.unqualify(table);
            }
            if let Some(predicate) = &mut exclusion.predicate {
                *predicate = predicate.unqualify(table);
            }
        }
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::ForeignKey(_) => {}
    }
}

/// The columns of the primary key that the statement itself gives its table, or that the table has.
fn own_primary_key(
    definitions: &[&mut ConstraintDefinition],
    table: &Name,
    before: &Schema,
) -> Option<Vec<SmolStr>> {
    let written = definitions.iter().find_map(|it| {
        if let ConstraintKind::PrimaryKey(key) = &it.kind {
            Some(key.columns.clone())
        } else {
            None
        }
    });
    written.or_else(|| Some(before.table(table)?.primary_key()?.1.columns.clone()))
}

fn referenced_key(
    key: &ForeignKey,
    table: &Name,
    own_key: Option<&[SmolStr]>,
    before: &Schema,
) -> Result<Vec<SmolStr>, Refusal> {
    let found = if key.table == *table {
        own_key.map(<[SmolStr]>::to_vec)
    } else {
        let Some(target) = before.table(&key.table) else {
            // The table itself may not be there yet.
            return Err(unknown_relation(&key.table, Kind::Table, before)
                .suggest(&key.table.name, [table.name.as_str()])
                .at(["references"]));
        };
        target.primary_key().map(|(_, key)| key.columns.clone())
    };
    found.ok_or_else(|| {
        Refusal::new(
            Code::NoMatchingKey,
            format!("table \"{}\" has no primary key to refer to", key.table),
        )
        .help(format!(
            "name columns that have a unique constraint: references {} (…)",
            key.table
        ))
        .at(["references".into(), key.table.name.clone()])
        .contradicts(ObjectId::Relation(key.table.clone()))
    })
}

/// The constraint that a resolved definition makes of `table` as it stands, which is called `name`.
pub fn build(
    definition: &ConstraintDefinition,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<(SmolStr, Constraint), Refusal> {
    let chosen = definition
        .name
        .clone()
        .expect("a resolved constraint has its name");
    let mut kind = definition.kind.clone();
    match &mut kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            key.age = Age {
                mark: schema.mark(),
                place: table.constraints.len(),
            };
            if let Some(index) = &definition.using_index {
                *key = using_index::key(&name.sibling(index.clone()), name, schema)?;
            }
            check_columns(key.columns.iter().chain(&key.include), table, name)?;
            storage_parameter::check_index(&key.options, "btree", schema.server)?;
            key::check(&key.columns, table, name, schema)?;
            if let Some(twice) = key
                .columns
                .iter()
                .enumerate()
                .find_map(|(at, column)| key.columns[..at].contains(column).then_some(column))
            {
                return Err(Refusal::new(
                    Code::DuplicateColumn,
                    format!("column \"{twice}\" appears twice in the key"),
                )
                .at([twice.clone(), twice.clone()]));
            }
        }
        ConstraintKind::ForeignKey(key) => {
            if !definition.validated {
                foreign_keys::may_wait(name, table, schema.server)?;
            }
            key.index = foreign_key::check(key, name, table, schema)?;
        }
        ConstraintKind::Check {
            expression,
            no_inherit,
            ..
        } => {
            if *no_inherit && table.partition_by.is_some() {
                return Err(Refusal::new(
                    Code::InvalidConstraint,
                    format!("table \"{name}\" is partitioned: its checks cannot be `no inherit`"),
                )
                .help("remove `no inherit`: the partitions hold the rows")
                .at(["inherit"]));
            }
            check_own_expression(expression, Place::Check, name, table, schema)?;
        }
        ConstraintKind::Exclusion(exclusion) => {
            if table.partition_by.is_some() {
                return Err(Refusal::new(
                    Code::InvalidConstraint,
                    format!(
                        "table \"{name}\" is partitioned and cannot have an exclusion constraint"
                    ),
                )
                .help("add it to each partition")
                .at(["exclude"]));
            }
            for (element, _) in &exclusion.elements {
                let place = Place::Exclusion;
                check_own_expression(&element.expression, place, name, table, schema)?;
            }
            if let Some(predicate) = &exclusion.predicate {
                check_own_expression(predicate, Place::IndexPredicate, name, table, schema)?;
            }
            check_columns(&exclusion.include, table, name)?;
            let (options, method) = (&exclusion.options, &exclusion.method);
            storage_parameter::check_index(options, method, schema.server)?;
            index_check::check_exclusion(exclusion, (name, table), schema)?;
        }
    }
    Ok((
        chosen,
        Constraint {
            kind,
            deferrable: definition.deferrable,
            initially_deferred: definition.initially_deferred,
            validated: definition.validated,
            comment: None,
            index_comment: None,
            inherited: false,
            own: true,
        },
    ))
}

/// Adds a built constraint to `table`, called `name`.
pub fn attach(
    chosen: SmolStr,
    constraint: Constraint,
    name: &Name,
    table: &mut Table,
) -> Result<(), Refusal> {
    if table.constraints.contains_key(&chosen) {
        return Err(Refusal::new(
            Code::DuplicateName,
            format!("table \"{name}\" already has a constraint \"{chosen}\""),
        )
        .help("choose another name")
        .at([chosen])
        .contradicts(ObjectId::Relation(name.clone())));
    }
    if let ConstraintKind::PrimaryKey(key) = &constraint.kind {
        if let Some((other, _)) = table.primary_key() {
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("table \"{name}\" already has a primary key: \"{other}\""),
            )
            .help("drop that constraint first, or use a unique constraint instead")
            .at(["primary"])
            .contradicts(ObjectId::Relation(name.clone())));
        }
        for column in &key.columns.clone() {
            let column = table.column_mut(column).expect("the key was checked");
            column.not_null = true;
        }
    }
    table.constraints.insert(chosen, Arc::new(constraint));
    Ok(())
}

/// Refuses a constraint of `alter table only` that tables below must have, too.
fn may_stand_alone(
    chosen: &SmolStr,
    constraint: &Constraint,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    let child = schema.children(name).min();
    let message = if constraint.kind.is_foreign_key() && table.partition_by.is_some() {
        format!(
            "the foreign key \"{chosen}\" must also be added to the partitions of table \"{name}\""
        )
    } else if let Some(child) = child.filter(|_| inherited_check::is_given(constraint)) {
        format!("the check \"{chosen}\" must also be added to the child table \"{child}\"")
    } else {
        return Ok(());
    };
    Err(Refusal::new(Code::InvalidConstraint, message)
        .help("remove `only`")
        .at(["only"])
        .contradicts(ObjectId::Relation(child.unwrap_or(name).clone())))
}

/// Adds a constraint, a check also to the tables that inherit from this one.
pub fn add(
    definition: &ConstraintDefinition,
    if_not_exists: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let mut changed = table(schema, name)?.clone();
    if if_not_exists
        && let Some(wanted) = &definition.name
        && changed.constraints.contains_key(wanted)
    {
        return Ok(());
    }
    let (chosen, constraint) = build(definition, name, &changed, schema)?;
    if let Some(index) = &definition.using_index {
        schema.put(ObjectId::Relation(name.sibling(index.clone())), None);
        foreign_key::rebind(schema, name, index, &chosen);
        changed = table(schema, name)?.clone();
    }
    if constraint.kind.has_index() && schema.relation_taken(&name.sibling(chosen.clone())) {
        return Err(index_name_taken(&chosen, &name.sibling(chosen.clone())));
    }
    let copied = matches!(
        constraint.kind,
        ConstraintKind::Check {
            no_inherit: false,
            ..
        }
    );
    // A check that it has from its parents becomes its own, too (`MergeWithExistingConstraint`).
    if let Some(present) = changed.constraints.get_mut(&chosen)
        && present.inherited
        && !present.own
        && matches!(present.kind, ConstraintKind::Check { .. })
        && present.kind == constraint.kind
    {
        Arc::make_mut(present).own = true;
        put(schema, name, changed);
        return Ok(());
    }
    if only {
        may_stand_alone(&chosen, &constraint, name, &changed, schema)?;
    }
    attach(chosen.clone(), constraint.clone(), name, &mut changed)?;
    put(schema, name, changed);
    if only {
        return Ok(());
    }
    if let ConstraintKind::PrimaryKey(key) = &constraint.kind {
        for column in &key.columns {
            not_null::set(column, true, name, false, schema)?;
        }
    }
    for child in descendants(schema, name) {
        partition::inherit(schema, &child)?;
    }
    if copied {
        for child in descendants(schema, name) {
            let mut changed = table(schema, &child)?.clone();
            inherited_check::merge(&chosen, &constraint, &child, &mut changed, schema)
                .map_err(|it| it.at([chosen.clone()]))?;
            put(schema, &child, changed);
        }
    }
    Ok(())
}

/// The refusal for a constraint whose index would have the name of another relation.
#[must_use]
pub fn index_name_taken(constraint: &SmolStr, index: &Name) -> Refusal {
    Refusal::new(
        Code::DuplicateName,
        format!(
            "relation \"{constraint}\" already exists, but the index of the constraint needs this name"
        ),
    )
    .help("choose another name")
    .at(["constraint".into(), constraint.clone()])
    .contradicts(ObjectId::Relation(index.clone()))
}

pub fn validate(constraint: &SmolStr, name: &Name, schema: &mut Schema) -> Result<(), Refusal> {
    let mut changed = table(schema, name)?.clone();
    let Some(found) = changed.constraints.get_mut(constraint) else {
        return Err(unknown_constraint(constraint, name, &changed));
    };
    match &found.kind {
        ConstraintKind::ForeignKey(_) | ConstraintKind::Check { .. } => {
            let check = matches!(found.kind, ConstraintKind::Check { .. });
            Arc::make_mut(found).validated = true;
            put(schema, name, changed);
            // A check is validated in all tables that have it from this one.
            let below = if check {
                descendants(schema, name)
            } else {
                Vec::new()
            };
            for child in below {
                let mut changed = table(schema, &child)?.clone();
                let found = changed.constraints.get_mut(constraint);
                if let Some(found) = found.filter(|it| it.inherited && !it.validated) {
                    Arc::make_mut(found).validated = true;
                    put(schema, &child, changed);
                }
            }
            Ok(())
        }
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::Exclusion(_) => Err(Refusal::new(
            Code::InvalidConstraint,
            format!(
                "\"{constraint}\" is already valid: only foreign keys and checks can be validated"
            ),
        )
        .at([constraint.clone()])
        .contradicts(ObjectId::Relation(name.clone()))),
    }
}

pub fn drop(
    constraint: &SmolStr,
    if_exists: bool,
    cascade: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let Some(found) = present.constraints.get(constraint) else {
        if if_exists {
            return Ok(());
        }
        return Err(unknown_constraint(constraint, name, present));
    };
    if found.inherited {
        return Err(inherited(constraint, name));
    }
    let check = matches!(found.kind, ConstraintKind::Check { .. });
    let is_inheritable = matches!(
        found.kind,
        ConstraintKind::Check {
            no_inherit: false,
            ..
        }
    );
    if only
        && is_inheritable
        && present.partition_by.is_some()
        && let Some(partition) = schema.children(name).min()
    {
        return Err(Refusal::new(
            Code::InvalidPartition,
            format!("constraint \"{constraint}\" cannot be dropped from \"{name}\" only: it has partitions such as \"{partition}\""),
        )
        .help("remove `only`")
        .at([constraint.clone()])
        .contradicts(ObjectId::Relation(partition.clone())));
    }
    depend::remove(
        schema,
        &Target::Constraint(name.clone(), constraint.clone()),
        cascade,
    )
    .map_err(|it| it.at([constraint.clone()]))?;
    if check {
        inherited_check::release(constraint, name, only, schema)?;
    }
    Ok(())
}
