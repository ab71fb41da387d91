//! What goes along with what is dropped: by itself, or only with `cascade` (PostgreSQL documentation 5.15 "Dependency
//! Tracking").

mod functions;

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::model::family::{descendants, put};
use crate::model::partition_key::PartitionKey;
use crate::model::{extension_types, partition};
use crate::name::Name;
use crate::schema::{
    ConstraintKind, ForeignKey, Named, Object, ObjectId, Opaque, Refusal, Schema, Table, Type,
};

/// Something that a statement takes away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Object(ObjectId),
    Column(Name, SmolStr),
    Constraint(Name, SmolStr),
    /// A default that reads what goes.
    Default(Name, SmolStr),
    /// Of a composite type.
    Attribute(Name, SmolStr),
}

impl Target {
    /// The object that the target is, or is part of.
    #[must_use]
    pub fn owner(&self) -> ObjectId {
        match self {
            Self::Object(id) => id.clone(),
            Self::Column(table, _) | Self::Constraint(table, _) | Self::Default(table, _) => {
                ObjectId::Relation(table.clone())
            }
            Self::Attribute(name, _) => ObjectId::Type(name.clone()),
        }
    }

    /// The name of a relation as a whole.
    fn relation(&self) -> Option<&Name> {
        if let Self::Object(id) = self {
            id.relation()
        } else {
            None
        }
    }

    #[must_use]
    pub fn describe(&self, schema: &Schema) -> String {
        match self {
            Self::Object(id) => {
                let kind = schema.get(id).map(|it| it.kind());
                match kind.zip(id.relation().or(id.type_name())) {
                    Some((kind, name)) => format!("{kind} \"{name}\""),
                    None => id.to_string(),
                }
            }
            Self::Column(table, column) => format!("column \"{column}\" of table \"{table}\""),
            Self::Attribute(name, attribute) => {
                format!("attribute \"{attribute}\" of type \"{name}\"")
            }
            Self::Constraint(table, name) => format!("constraint \"{name}\" of table \"{table}\""),
            Self::Default(table, column) => {
                format!("the default of column \"{column}\" of table \"{table}\"")
            }
        }
    }
}

/// Takes `target` away with all that goes silently along; what PostgreSQL drops only with `cascade` is a refusal
/// without it.
pub fn remove(schema: &mut Schema, target: &Target, cascade: bool) -> Result<(), Refusal> {
    if !present(schema, target) {
        return Ok(());
    }
    let parts = parts(schema, target);
    let holders = holders_of(schema, target, &parts);
    if !cascade && let Some(holder) = holders.first() {
        return Err(still_needed(target, holder, schema));
    }
    take_away(schema, target, &holders, parts);
    Ok(())
}

/// A step of taking something away.
enum Going {
    /// What holds it goes first, and what holds that before.
    Whole(Target),
    Parts(Target),
    Alone(Target),
}

/// Takes `target` away with what holds it and what goes silently along. Views may read each other (`create or replace`), so that
/// what is on its way is not begun again.
pub fn take_away(schema: &mut Schema, target: &Target, holders: &[Target], parts: Vec<Target>) {
    let mut begun = BTreeSet::from([target.clone()]);
    // What comes first is at the end.
    let mut going = vec![Going::Alone(target.clone())];
    if holders.is_empty() {
        going.extend(parts.into_iter().rev().map(Going::Whole));
    } else {
        going.push(Going::Parts(target.clone()));
        going.extend(holders.iter().rev().cloned().map(Going::Whole));
    }
    while let Some(next) = going.pop() {
        match next {
            Going::Whole(target) => {
                if present(schema, &target) && begun.insert(target.clone()) {
                    let parts = self::parts(schema, &target);
                    let holders = holders_of(schema, &target, &parts);
                    going.push(Going::Alone(target.clone()));
                    going.push(Going::Parts(target));
                    going.extend(holders.into_iter().rev().map(Going::Whole));
                }
            }
            // What holds a part back was asked of the whole.
            Going::Parts(target) => {
                let parts = self::parts(schema, &target);
                going.extend(parts.into_iter().rev().map(Going::Whole));
            }
            Going::Alone(target) => take_alone(schema, &target),
        }
    }
}

fn take_alone(schema: &mut Schema, target: &Target) {
    match target {
        Target::Object(id) => schema.put(id.clone(), None),
        Target::Column(name, column) => edit(schema, name, |table| {
            table.columns.retain(|it| it.name != *column);
        }),
        Target::Constraint(name, constraint) => edit(schema, name, |table| {
            table.constraints.remove(constraint);
        }),
        Target::Attribute(name, attribute) => {
            if let Some(Type::Composite(it)) = schema.type_named(name) {
                let mut changed = it.clone();
                changed.attributes.retain(|it| it.0 != *attribute);
                changed.attribute_comments.remove(attribute);
                let id = ObjectId::Type(name.clone());
                schema.put(id, Some(Object::Type(Type::Composite(changed))));
            }
        }
        Target::Default(name, column) => edit(schema, name, |table| {
            if let Some(column) = table.column_mut(column) {
                column.default = None;
            }
        }),
    }
}

fn present(schema: &Schema, target: &Target) -> bool {
    match target {
        Target::Object(id) => schema.get(id).is_some(),
        Target::Column(name, column) | Target::Default(name, column) => schema
            .table(name)
            .is_some_and(|it| it.column(column).is_some()),
        Target::Constraint(name, constraint) => schema
            .table(name)
            .is_some_and(|it| it.constraints.contains_key(constraint)),
        Target::Attribute(name, attribute) => matches!(schema.type_named(name),
            Some(Type::Composite(it)) if it.attributes.iter().any(|it| it.0 == *attribute)),
    }
}

fn edit(schema: &mut Schema, name: &Name, edit: impl FnOnce(&mut Table)) {
    if let Some(table) = schema.table(name) {
        let mut table = table.clone();
        edit(&mut table);
        put(schema, name, table);
    }
}

#[must_use]
pub fn still_needed(target: &Target, holder: &Target, schema: &Schema) -> Refusal {
    let (what, who) = (target.describe(schema), holder.describe(schema));
    let hung = target.relation().and_then(|name| {
        let table = schema.table(name)?;
        Some((name, table.partition_of.as_ref()?))
    });
    let help = match holder {
        Target::Constraint(table, constraint)
            if let Some((partition, hung)) = hung
                && !points_at(schema, table, constraint, partition) =>
        {
            format!(
                "detach it first: alter table {} detach partition {partition}",
                hung.parent
            )
        }
        Target::Constraint(table, name) => {
            format!("drop it first: alter table {table} drop constraint {name}; or add `cascade`")
        }
        Target::Column(..) | Target::Default(..) | Target::Object(_) | Target::Attribute(..) => {
            format!("drop {who} first, or add `cascade`")
        }
    };
    let words: Vec<SmolStr> = match target {
        Target::Object(
            ObjectId::Relation(name) | ObjectId::Type(name) | ObjectId::Opaque(_, name),
        ) => {
            vec![name.name.clone()]
        }
        Target::Object(ObjectId::Namespace(name) | ObjectId::Extension(name)) => vec![name.clone()],
        Target::Column(..)
        | Target::Constraint(..)
        | Target::Default(..)
        | Target::Attribute(..) => Vec::new(),
    };
    Refusal::new(
        Code::StillNeeded,
        format!("{what} cannot be dropped: {who} depends on it"),
    )
    .help(help)
    .at(words)
    .contradicts(holder.owner())
}

/// What goes silently with `target`.
#[must_use]
pub fn parts(schema: &Schema, target: &Target) -> Vec<Target> {
    let mut parts = Vec::new();
    match target {
        Target::Object(ObjectId::Relation(name)) => {
            for (id, object) in schema.attached(name) {
                let above = object.as_index().and_then(|it| it.parent.as_ref());
                if object.part_of() == Some(name) || above == Some(name) {
                    parts.push(Target::Object(id.clone()));
                }
            }
        }
        Target::Column(name, column) => {
            if let Some(table) = schema.table(name) {
                for (constraint, it) in &table.constraints {
                    if it.kind.columns().contains(&column) {
                        parts.push(Target::Constraint(name.clone(), constraint.clone()));
                    }
                }
            }
            for (id, object) in schema.dependents_of_relation(name) {
                if object.is_part_of_column(name, column) {
                    parts.push(Target::Object(id.clone()));
                }
            }
        }
        Target::Constraint(name, constraint) => {
            let copies = partition::copies(schema, name, constraint).into_iter();
            parts.extend(copies.map(|(table, constraint)| Target::Constraint(table, constraint)));
        }
        Target::Object(id @ ObjectId::Type(_)) => {
            let stale = schema
                .dependents(id)
                .filter(|it| matches!(&**it.1, Object::Opaque(it) if it.kind == Kind::Defined(Defined::Stale)));
            parts.extend(stale.map(|(id, _)| Target::Object(id.clone())));
        }
        Target::Object(_) | Target::Default(..) | Target::Attribute(..) => {}
    }
    parts
}

/// What keeps `target` from being dropped without `cascade`.
#[must_use]
pub fn holders(schema: &Schema, target: &Target) -> Vec<Target> {
    holders_of(schema, target, &parts(schema, target))
}

/// The same where what goes silently along is known.
#[must_use]
pub fn holders_of(schema: &Schema, target: &Target, parts: &[Target]) -> Vec<Target> {
    match target {
        Target::Object(ObjectId::Relation(name)) => relation_holders(schema, name, parts),
        Target::Object(id @ ObjectId::Type(name)) => type_holders(schema, id, name),
        Target::Object(id @ ObjectId::Namespace(name)) => schema
            .objects()
            .filter(|(held, object)| {
                *held != id
                    && match held {
                        ObjectId::Type(it) | ObjectId::Relation(it) | ObjectId::Opaque(_, it) => {
                            it.schema == *name && object.part_of().is_none()
                        }
                        ObjectId::Extension(_) => {
                            matches!(&***object, Object::Extension(it) if it.schema.as_ref() == Some(name))
                        }
                        ObjectId::Namespace(_) => false,
                    }
            })
            .map(|(it, _)| Target::Object(it.clone()))
            .collect(),
        Target::Object(id @ ObjectId::Extension(_)) => extension_types::types_in(schema, id)
            .into_iter()
            .flat_map(|it| holders(schema, &Target::Object(ObjectId::Type(it))))
            .collect(),
        Target::Object(id @ ObjectId::Opaque(_, name)) if functions::is_function(id) => {
            functions::holders(schema, id, name)
        }
        Target::Object(ObjectId::Opaque(..)) => Vec::new(),
        Target::Column(name, column) => {
            let mut holders = key_holders(schema, name, |key| key.references.contains(column));
            if let Some(table) = schema.table(name) {
                for it in &table.columns {
                    let generated = it.generated.iter().any(|generated| generated.expression.columns().any(|it| it == column));
                    if generated && it.name != *column {
                        holders.push(Target::Column(name.clone(), it.name.clone()));
                    }
                }
                // The index of an exclusion goes by itself only with its plain columns.
                for (constraint, it) in &table.constraints {
                    if let ConstraintKind::Exclusion(exclusion) = &it.kind {
                        let plain = |it: &Expression| it.is_column() && it.columns().any(|read| read == column);
                        let by_itself = exclusion.include.contains(column)
                            || exclusion.elements.iter().any(|it| plain(&it.0.expression));
                        if !by_itself && it.kind.columns().contains(&column) {
                            holders.push(Target::Constraint(name.clone(), constraint.clone()));
                        }
                    }
                }
            }
            let below = descendants(schema, name);
            for part in parts {
                match part {
                    Target::Object(ObjectId::Relation(it)) if schema.index(it).is_some() => {
                        holders.extend(bound(schema, name, &it.name));
                    }
                    Target::Object(id) => {
                        let reading = default_holders(schema, id, Some((name, column)));
                        holders.extend(reading.into_iter().filter(|it| !goes_along(schema, it, column, &below)));
                    }
                    Target::Constraint(_, constraint) => {
                        holders.extend(bound(schema, name, constraint));
                    }
                    Target::Column(..) | Target::Default(..) | Target::Attribute(..) => {}
                }
            }
            holders.extend(opaque_holders(schema, name, |it| {
                it.kind != Kind::Defined(Defined::Statistics) && it.reads(name, column)
            }));
            // What goes with the column itself does not hold it.
            holders.retain(|holder| !matches!(holder, Target::Constraint(owner, constraint)
                if owner == name && schema.table(name)
                    .and_then(|it| it.constraints.get(constraint))
                    .is_some_and(|it| matches!(&it.kind, ConstraintKind::ForeignKey(key) if key.columns.contains(column)))));
            holders
        }
        Target::Constraint(name, constraint) => {
            let mut holders = bound(schema, name, constraint);
            for part in parts {
                holders.extend(self::holders(schema, part));
            }
            holders
        }
        Target::Default(..) | Target::Attribute(..) => Vec::new(),
    }
}

fn type_holders(schema: &Schema, id: &ObjectId, name: &Name) -> Vec<Target> {
    let mut holders = Vec::new();
    for (dependent, object) in schema.dependents(id) {
        // Tables and composites hold it by single columns and attributes, all others as a whole.
        if let Some((table, it)) = Named::table((dependent, object)) {
            if it.of.as_ref() == Some(name) {
                holders.push(Target::Object(ObjectId::Relation(table.clone())));
                continue;
            }
            let by = it.partition_by.as_deref().map(PartitionKey::parse);
            let is_key = |column: &SmolStr| {
                let by = by.as_ref();
                by.is_some_and(|key| key.columns().any(|it| it == column))
            };
            // A table goes with the columns of its partition key (`StorePartitionKey`).
            let users = type_users(table, it, name, &schema.default).into_iter();
            holders.extend(users.map(|user| {
                if let Target::Column(table, column) = &user
                    && is_key(column)
                {
                    return Target::Object(ObjectId::Relation(table.clone()));
                }
                user
            }));
        } else if let (ObjectId::Type(user), Some(Type::Composite(it))) =
            (dependent, object.as_type())
        {
            let of_type = it.attributes.iter().filter(|it| it.1.named() == Some(name));
            holders.extend(of_type.map(|it| Target::Attribute(user.clone(), it.0.clone())));
        } else if object.kind() != Kind::Defined(Defined::Stale) {
            holders.push(Target::Object(dependent.clone()));
        }
    }
    holders
}

/// The foreign keys that point at `name` and that `wanted` picks.
fn key_holders(schema: &Schema, name: &Name, wanted: impl Fn(&ForeignKey) -> bool) -> Vec<Target> {
    schema
        .foreign_keys_to(name)
        .filter(|(_, _, key)| wanted(key))
        .map(|(owner, constraint, _)| Target::Constraint(owner.clone(), constraint.clone()))
        .collect()
}

/// Whether a constraint is its table's own and no copy of the parent's.
fn is_original(schema: &Schema, table: &Name, constraint: &SmolStr) -> bool {
    let table = schema.table(table);
    table.is_some_and(|table| {
        table
            .constraints
            .get(constraint)
            .is_some_and(|it| !it.inherited)
    })
}

fn points_at(schema: &Schema, table: &Name, constraint: &SmolStr, to: &Name) -> bool {
    let found = schema
        .table(table)
        .and_then(|it| it.constraints.get(constraint));
    found.is_some_and(|it| matches!(&it.kind, ConstraintKind::ForeignKey(key) if key.table == *to))
}

/// The foreign keys that rest on the key or unique index `index` of the table `name`.
fn bound(schema: &Schema, name: &Name, index: &SmolStr) -> Vec<Target> {
    let mut holders = key_holders(schema, name, |key| key.index == *index);
    let grouped = opaque_holders(schema, name, |it| {
        it.keys
            .iter()
            .any(|(table, key)| table == name && key == index)
    });
    holders.extend(grouped);
    holders
}

fn relation_holders(schema: &Schema, name: &Name, parts: &[Target]) -> Vec<Target> {
    let Some(object) = schema.relation(name) else {
        return Vec::new();
    };
    if object.as_table().is_some() {
        return table_holders(schema, name, parts);
    }
    let mut holders = Vec::new();
    if let Some(index) = object.as_index() {
        // No foreign key rests on another.
        if index.unique {
            holders.extend(bound(schema, &index.table, &name.name));
        }
        for part in parts {
            holders.extend(self::holders(schema, part));
        }
    }
    // Of a sequence, and nothing of others.
    let id = ObjectId::Relation(name.clone());
    holders.extend(default_holders(schema, &id, None));
    holders.extend(opaque_holders(schema, name, |it| {
        it.part_of.as_ref() != Some(name)
    }));
    holders
}

fn table_holders(schema: &Schema, name: &Name, parts: &[Target]) -> Vec<Target> {
    let mut holders = Vec::new();
    // A foreign key to a partitioned table rests on each of its partitions.
    let mut above = Some(name);
    while let Some(it) = above {
        holders.extend(
            schema
                .foreign_keys_to(it)
                .filter(|(owner, constraint, _)| {
                    *owner != name && (it == name || is_original(schema, owner, constraint))
                })
                .map(|(owner, constraint, _)| {
                    Target::Constraint(owner.clone(), constraint.clone())
                }),
        );
        let hung = schema.table(it).and_then(|it| it.partition_of.as_ref());
        above = hung.map(|it| &it.parent);
    }
    holders.extend(type_holders(schema, &ObjectId::Type(name.clone()), name));
    let mut partitions = descendants(schema, name);
    partitions.retain(|partition| {
        schema
            .table(partition)
            .is_some_and(|it| it.partition_of.is_some())
    });
    // Partitions go with their table.
    holders.retain(|it| !matches!(it, Target::Constraint(owner, _) if partitions.contains(owner)));
    for child in schema.children(name) {
        if schema
            .table(child)
            .is_some_and(|it| it.inherits.contains(name))
        {
            holders.push(Target::Object(ObjectId::Relation(child.clone())));
        }
    }
    holders.extend(opaque_holders(schema, name, |it| {
        it.part_of.as_ref() != Some(name)
    }));
    for part in parts {
        if let Target::Object(part) = part {
            let outside = default_holders(schema, part, None);
            holders.extend(outside.into_iter().filter(|it| {
                !matches!(it, Target::Default(owner, _)
                    if owner == name || partitions.contains(owner))
            }));
        }
    }
    holders
}

/// What only raw SQL made, refers to the relation `name`, and is picked by `wanted`.
fn opaque_holders(schema: &Schema, name: &Name, wanted: impl Fn(&Opaque) -> bool) -> Vec<Target> {
    schema
        .dependents_of_relation(name)
        .filter(|(_, object)| object.as_opaque().is_some_and(&wanted))
        .map(|(id, _)| Target::Object(id.clone()))
        .collect()
}

/// The defaults that read the sequence `id`, but for the one of the column that goes with it.
fn default_holders(
    schema: &Schema,
    id: &ObjectId,
    except: Option<(&Name, &SmolStr)>,
) -> Vec<Target> {
    let ObjectId::Relation(sequence) = id else {
        return Vec::new();
    };
    if schema.sequence(sequence).is_none() {
        return Vec::new();
    }
    let mut holders = Vec::new();
    for (dependent, object) in schema.dependents(id) {
        if let (ObjectId::Relation(name), Object::Table(table)) = (dependent, &**object) {
            for column in &table.columns {
                let reads = column.default.iter().any(|expression| {
                    expression
                        .relations(&schema.default)
                        .any(|it| it == *sequence)
                });
                if reads && except != Some((name, &column.name)) {
                    holders.push(Target::Default(name.clone(), column.name.clone()));
                }
            }
        }
    }
    holders
}

/// Whether a default is that of an inherited column which goes with the parent's.
fn goes_along(schema: &Schema, it: &Target, column: &SmolStr, below: &[Name]) -> bool {
    let Target::Default(table, it) = it else {
        return false;
    };
    let copy = schema.table(table).and_then(|it| it.column(column));
    it == column && below.contains(table) && copy.is_some_and(|it| it.inherited && !it.own)
}

/// The parts of a table that use a type.
fn type_users(table: &Name, it: &Table, name: &Name, schema: &str) -> Vec<Target> {
    let reads = |expression: &Expression| expression.names_type(name, schema);
    let mut users = Vec::new();
    for column in &it.columns {
        let generated = column.generated.iter().any(|it| reads(&it.expression));
        if column.sql_type.named() == Some(name) || generated {
            users.push(Target::Column(table.clone(), column.name.clone()));
        } else if column.default.iter().any(reads) {
            users.push(Target::Default(table.clone(), column.name.clone()));
        }
    }
    for (constraint, it) in &it.constraints {
        if let ConstraintKind::Check { expression, .. } = &it.kind
            && reads(expression)
        {
            users.push(Target::Constraint(table.clone(), constraint.clone()));
        }
    }
    users
}

/// What raw SQL made and reads that column, so that PostgreSQL keeps its type (`RememberAllDependentForRebuilding` in
/// `tablecmds.c`): its id and how messages call it.
#[must_use]
pub fn reader(schema: &Schema, table: &Name, column: &SmolStr) -> Option<(ObjectId, String)> {
    let id = ObjectId::Relation(table.clone());
    schema
        .dependents(&id)
        .find(|(_, object)| {
            object.as_opaque().is_some_and(|it| {
                it.kind != Kind::Defined(Defined::Statistics) && it.reads(table, column)
            })
        })
        .map(|(id, _)| (id.clone(), Target::Object(id.clone()).describe(schema)))
}
