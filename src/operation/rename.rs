//! `… rename … to …`: whatever reads the old name reads the new one.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{
    Changes, ConstraintKind, Index, Object, ObjectId, Refusal, Schema, Table, Type,
};
use crate::sql::Sql;
use crate::sql_type::{BaseType, SqlType};
use crate::token::quote_literal;

use super::alter_table::column::{descendants, inherited};
use super::alter_table::{constraint, foreign_key, table};
use super::create_table::{check_free, check_type_free};
use super::definition::{check_column_name, unknown_column, unknown_relation};
use super::drop::owner_of_constraint_index;
use super::enum_literal::rename_value;
use super::enum_value::{enum_named, position};
use super::{Inverse, NoInverse, Operate, Operation, Statement, as_written, guard};

/// `alter … rename … to …`
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    pub subject: Renamed,
    pub if_exists: bool,
    pub to: SmolStr,
}

/// What gets another name.
#[derive(Debug, Clone, PartialEq)]
pub enum Renamed {
    Table(Name),
    Column(Name, SmolStr),
    /// Of a table.
    Constraint(Name, SmolStr),
    Index(Name),
    Sequence(Name),
    Type(Name),
    Domain(Name),
    EnumValue(Name, SmolStr),
    Attribute(Name, SmolStr),
    Schema(SmolStr),
}

impl Rename {
    /// Whether the subject is in the model: a guarded rename of what is not there does nothing.
    fn finds(&self, schema: &Schema) -> bool {
        match &self.subject {
            Renamed::Table(name) => schema.table(name).is_some(),
            Renamed::Column(name, column) => schema
                .table(name)
                .is_some_and(|it| it.column(column).is_some()),
            Renamed::Constraint(name, constraint) => schema
                .table(name)
                .is_some_and(|it| it.constraints.contains_key(constraint)),
            Renamed::Index(name) => schema.index(name).is_some(),
            Renamed::Sequence(name) => schema.sequence(name).is_some(),
            Renamed::Type(name) | Renamed::Domain(name) => schema.type_named(name).is_some(),
            Renamed::EnumValue(name, value) => {
                enum_named(schema, name).is_ok_and(|it| it.values.contains(value))
            }
            Renamed::Attribute(name, attribute) => matches!(schema.type_named(name),
                Some(Type::Composite(it)) if it.attributes.iter().any(|it| it.0 == *attribute)),
            Renamed::Schema(name) => schema.get(&ObjectId::Namespace(name.clone())).is_some(),
        }
    }

    /// The subject under its new name.
    fn renamed(&self) -> Renamed {
        let to = self.to.clone();
        match &self.subject {
            Renamed::Table(name) => Renamed::Table(name.sibling(to)),
            Renamed::Column(table, _) => Renamed::Column(table.clone(), to),
            Renamed::Constraint(table, _) => Renamed::Constraint(table.clone(), to),
            Renamed::Index(name) => Renamed::Index(name.sibling(to)),
            Renamed::Sequence(name) => Renamed::Sequence(name.sibling(to)),
            Renamed::Type(name) => Renamed::Type(name.sibling(to)),
            Renamed::Domain(name) => Renamed::Domain(name.sibling(to)),
            Renamed::EnumValue(name, _) => Renamed::EnumValue(name.clone(), to),
            Renamed::Attribute(name, _) => Renamed::Attribute(name.clone(), to),
            Renamed::Schema(_) => Renamed::Schema(to),
        }
    }

    /// The last part of the old name.
    fn old(&self) -> &SmolStr {
        match &self.subject {
            Renamed::Table(name)
            | Renamed::Index(name)
            | Renamed::Sequence(name)
            | Renamed::Type(name)
            | Renamed::Domain(name) => &name.name,
            Renamed::Column(_, name)
            | Renamed::Constraint(_, name)
            | Renamed::EnumValue(_, name)
            | Renamed::Attribute(_, name)
            | Renamed::Schema(name) => name,
        }
    }

    /// The condition under which a guarded rename runs, where PostgreSQL has no `if exists` for it.
    fn condition(&self) -> Option<String> {
        let old = quote_literal(self.old());
        match &self.subject {
            Renamed::Table(_) | Renamed::Index(_) | Renamed::Sequence(_) => None,
            Renamed::Column(table, _) => Some(format!(
                "exists (select from pg_attribute where attrelid = to_regclass({}) and attname = {old} and not attisdropped)",
                guard::text_of(table)
            )),
            Renamed::Constraint(table, _) => Some(format!(
                "exists (select from pg_constraint where conrelid = to_regclass({}) and conname = {old})",
                guard::text_of(table)
            )),
            Renamed::Type(name) | Renamed::Domain(name) => Some(guard::type_exists(name)),
            Renamed::EnumValue(name, _) => Some(format!(
                "exists (select from pg_enum where enumtypid = to_regtype({}) and enumlabel = {old})",
                guard::text_of(name)
            )),
            Renamed::Attribute(name, _) => Some(format!(
                "exists (select from pg_attribute where attrelid = to_regclass({}) and attname = {old} and not attisdropped)",
                guard::text_of(name)
            )),
            Renamed::Schema(_) => Some(format!("to_regnamespace({old}) is not null")),
        }
    }
}

impl Operate for Rename {
    fn title(&self) -> String {
        let what = match &self.subject {
            Renamed::Table(_) => "table".to_owned(),
            Renamed::Column(table, _) => format!("column of {table},"),
            Renamed::Constraint(table, _) => format!("constraint of {table},"),
            Renamed::Index(_) => "index".to_owned(),
            Renamed::Sequence(_) => "sequence".to_owned(),
            Renamed::Type(_) => "type".to_owned(),
            Renamed::Domain(_) => "domain".to_owned(),
            Renamed::EnumValue(name, _) => format!("value of type {name},"),
            Renamed::Attribute(name, _) => format!("attribute of type {name},"),
            Renamed::Schema(_) => "schema".to_owned(),
        };
        format!("rename {what} {} to {}", self.old(), self.to)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        let kind = match &self.subject {
            Renamed::Table(_) | Renamed::Column(..) | Renamed::Constraint(..) => "alter table",
            Renamed::Index(_) => "alter index",
            Renamed::Sequence(_) => "alter sequence",
            Renamed::Type(_) | Renamed::EnumValue(..) | Renamed::Attribute(..) => "alter type",
            Renamed::Domain(_) => "alter domain",
            Renamed::Schema(_) => "alter schema",
        };
        sql.word(kind).word_if(self.if_exists, "if exists");
        match &self.subject {
            Renamed::Table(name) | Renamed::Index(name) | Renamed::Sequence(name) => {
                sql.name(name).word("rename")
            }
            Renamed::Type(name) | Renamed::Domain(name) => sql.type_name(name).word("rename"),
            Renamed::Column(table, column) => {
                sql.name(table).word("rename column").identifier(column)
            }
            Renamed::Constraint(table, name) => {
                sql.name(table).word("rename constraint").identifier(name)
            }
            Renamed::EnumValue(name, value) => {
                sql.type_name(name).word("rename value").literal(value)
            }
            Renamed::Attribute(name, attribute) => sql
                .type_name(name)
                .word("rename attribute")
                .identifier(attribute),
            Renamed::Schema(name) => sql.identifier(name).word("rename"),
        };
        sql.word("to");
        match &self.subject {
            Renamed::EnumValue(..) => sql.literal(&self.to),
            _ => sql.identifier(&self.to),
        };
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_exists && !self.finds(schema) {
            return Ok(());
        }
        let to = &self.to;
        match &self.subject {
            Renamed::Table(name) => {
                table(schema, name)?;
                rename_relation(schema, name, to)
            }
            Renamed::Index(name) => {
                if schema.index(name).is_some() {
                    return rename_relation(schema, name, to);
                }
                rename_constraint_index(schema, name, to)
            }
            Renamed::Sequence(name) => {
                if schema.sequence(name).is_none() {
                    return Err(unknown_relation(name, "sequence", schema));
                }
                rename_relation(schema, name, to)
            }
            Renamed::Column(name, column) => rename_column(schema, name, column, to),
            Renamed::Constraint(name, constraint) => {
                rename_constraint(schema, name, constraint, to)
            }
            Renamed::Type(name) | Renamed::Domain(name) => rename_type(schema, name, to),
            Renamed::EnumValue(name, value) => {
                let mut changed = enum_named(schema, name)?.clone();
                let at = position(&changed, value, name)?;
                if changed.values.contains(to) {
                    return Err(Refusal::new(
                        Code::DuplicateName,
                        format!("type \"{name}\" has a value '{to}' already"),
                    )
                    .at([to.clone()])
                    .contradicts(ObjectId::Type(name.clone())));
                }
                changed.values[at] = to.clone();
                schema.put(
                    ObjectId::Type(name.clone()),
                    Some(Object::Type(Type::Enum(changed))),
                );
                rename_value(schema, name, value, to);
                Ok(())
            }
            Renamed::Attribute(name, attribute) => rename_attribute(schema, name, attribute, to),
            Renamed::Schema(_) => Err(Refusal::new(
                Code::InvalidName,
                "renaming a schema would change the names of everything in it",
            )
            .help("create the new schema and move its objects with `set schema`")),
        }
    }

    fn inverse(&self, changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        if changes.is_empty() {
            return Ok(Inverse::default());
        }
        Ok(Inverse::exact(Operation::Rename(Self {
            subject: self.renamed(),
            if_exists: false,
            to: self.old().clone(),
        })))
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        match self.condition().filter(|_| self.if_exists) {
            None => vec![as_written(self, before)],
            Some(condition) => {
                let plain = Self {
                    if_exists: false,
                    ..self.clone()
                };
                vec![guard::only_if(&condition, &as_written(&plain, before).sql)]
            }
        }
    }
}

/// Gives a relation another name, also in everything that refers to it.
fn rename_relation(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let new = name.sibling(to.clone());
    check_free(schema, &new)?;
    let table = schema.index(name).map(|it| it.table.clone());
    move_relation(schema, name, &new);
    if let Some(table) = table {
        foreign_key::rebind(schema, &table, &name.name, to);
    }
    Ok(())
}

/// The same for a name in any schema, which must be free.
pub fn move_relation(schema: &mut Schema, old: &Name, new: &Name) {
    let id = ObjectId::Relation(old.clone());
    let object = schema.get(&id).expect("the relation was found").clone();
    let dependents: Vec<ObjectId> = schema.dependents(&id).map(|(id, _)| id.clone()).collect();
    let default = schema.default.clone();
    let mut moved = (*object).clone();
    refer(&mut moved, old, new, &default);
    schema.put(id, None);
    schema.put(ObjectId::Relation(new.clone()), Some(moved));
    for dependent in dependents {
        if let Some(object) = schema.get(&dependent) {
            let mut changed = (**object).clone();
            refer(&mut changed, old, new, &default);
            schema.put(dependent, Some(changed));
        }
    }
    // An identity's sequence is not among what its table refers to.
    if let Object::Sequence(sequence) = &*object
        && let Some((table, column)) = &sequence.owned_by
        && sequence.identity
    {
        let id = ObjectId::Relation(table.clone());
        if let Some(Object::Table(table)) = schema.get(&id).map(|it| (**it).clone()) {
            let mut table = table;
            if let Some(identity) = table.column_mut(column).and_then(|it| it.identity.as_mut()) {
                identity.sequence = new.clone();
            }
            schema.put(id, Some(Object::Table(table)));
        }
    }
}

/// Puts `new` where `object` refers to the relation `old`.
fn refer(object: &mut Object, old: &Name, new: &Name, schema: &str) {
    let change = |name: &mut Name| {
        if name == old {
            *name = new.clone();
        }
    };
    match object {
        Object::Table(table) => {
            table.inherits.iter_mut().for_each(change);
            if let Some(partition) = &mut table.partition_of {
                change(&mut partition.parent);
            }
            for constraint in table.constraints.values_mut() {
                if let ConstraintKind::ForeignKey(key) = &constraint.kind
                    && key.table == *old
                    && let ConstraintKind::ForeignKey(key) = &mut Arc::make_mut(constraint).kind
                {
                    key.table = new.clone();
                }
            }
            rewrite(table, |it| it.rename_object(old, new, schema));
        }
        Object::Index(index) => {
            change(&mut index.table);
            if let Some(parent) = &mut index.parent {
                change(parent);
            }
        }
        Object::Sequence(sequence) => {
            if let Some((table, _)) = &mut sequence.owned_by {
                change(table);
            }
        }
        Object::Opaque(opaque) => opaque.refer(old, new),
        Object::Namespace(_) | Object::Extension(_) | Object::Type(_) => {}
    }
}

/// Rewrites every expression of a table; columns whose expressions stay the same stay shared.
pub fn rewrite(table: &mut Table, new: impl Fn(&Expression) -> Expression) {
    for column in &mut table.columns {
        if let Some(default) = &column.default {
            let changed = new(default);
            if changed != *default {
                Arc::make_mut(column).default = Some(changed);
            }
        }
        if let Some(generated) = &column.generated {
            let changed = new(&generated.expression);
            if changed != generated.expression
                && let Some(generated) = &mut Arc::make_mut(column).generated
            {
                generated.expression = changed;
            }
        }
    }
    for constraint in table.constraints.values_mut() {
        let mut changed = constraint.kind.clone();
        match &mut changed {
            ConstraintKind::Check { expression, .. } => *expression = new(expression),
            ConstraintKind::Exclusion(exclusion) => {
                for (element, _) in &mut exclusion.elements {
                    element.expression = new(&element.expression);
                }
                if let Some(predicate) = &mut exclusion.predicate {
                    *predicate = new(predicate);
                }
            }
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_) => {}
        }
        if changed != constraint.kind {
            Arc::make_mut(constraint).kind = changed;
        }
    }
}

pub fn rewrite_index(index: &mut Index, new: impl Fn(&Expression) -> Expression) {
    for element in &mut index.elements {
        element.expression = new(&element.expression);
    }
    if let Some(predicate) = &mut index.predicate {
        *predicate = new(predicate);
    }
}

fn rename_in(names: &mut [SmolStr], old: &SmolStr, new: &SmolStr) {
    for name in names {
        if name == old {
            *name = new.clone();
        }
    }
}

fn rename_column(
    schema: &mut Schema,
    name: &Name,
    column: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let found = table(schema, name)?;
    match found.column(column) {
        None => return Err(unknown_column(column, found, name)),
        Some(it) if it.inherited => return Err(inherited(column, name)),
        Some(_) => {}
    }
    check_column_name(to, name)?;
    if found.column(to).is_some() {
        return Err(Refusal::new(
            Code::DuplicateColumn,
            format!("table \"{name}\" has a column \"{to}\" already"),
        )
        .at([to.clone()])
        .contradicts(ObjectId::Relation(name.clone())));
    }
    let mut tables = vec![name.clone()];
    tables.extend(descendants(schema, name));
    for name in tables {
        rename_own_column(schema, &name, column, to)?;
    }
    Ok(())
}

fn rename_own_column(
    schema: &mut Schema,
    name: &Name,
    column: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let mut changed = table(schema, name)?.clone();
    if let Some(it) = changed.column_mut(column) {
        it.name = to.clone();
    }
    rewrite(&mut changed, |it| it.rename_column(column, to));
    for constraint in changed.constraints.values_mut() {
        let mut kind = constraint.kind.clone();
        match &mut kind {
            ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
                rename_in(&mut key.columns, column, to);
                rename_in(&mut key.include, column, to);
            }
            ConstraintKind::ForeignKey(key) => {
                rename_in(&mut key.columns, column, to);
                rename_in(&mut key.on_delete_columns, column, to);
                if key.table == *name {
                    rename_in(&mut key.references, column, to);
                }
            }
            ConstraintKind::Exclusion(exclusion) => rename_in(&mut exclusion.include, column, to),
            ConstraintKind::Check { .. } => {}
        }
        if kind != constraint.kind {
            Arc::make_mut(constraint).kind = kind;
        }
    }
    if let Some(by) = &mut changed.partition_by
        && let Ok(tokens) = crate::token::lex(by, 0, by.len())
    {
        let mut text = String::new();
        let mut copied = 0;
        for token in tokens {
            let (start, end) = (token.start as usize, token.end as usize);
            if crate::token::identifier(token.text(by)) == *column {
                text.push_str(&by[copied..start]);
                text.push_str(&crate::token::quote_identifier(to));
                copied = end;
            }
        }
        text.push_str(&by[copied..]);
        *by = text.into();
    }
    schema.put(
        ObjectId::Relation(name.clone()),
        Some(Object::Table(changed)),
    );
    let dependents: Vec<ObjectId> = schema
        .dependents(&ObjectId::Relation(name.clone()))
        .map(|(id, _)| id.clone())
        .collect();
    for id in dependents {
        let mut object = (**schema.get(&id).expect("a dependent is present")).clone();
        match &mut object {
            Object::Index(index) if index.table == *name => {
                rewrite_index(index, |it| it.rename_column(column, to));
                rename_in(&mut index.include, column, to);
            }
            Object::Sequence(sequence) => match &mut sequence.owned_by {
                Some((table, owner)) if table == name && owner == column => *owner = to.clone(),
                _ => continue,
            },
            Object::Table(other) => {
                for constraint in other.constraints.values_mut() {
                    if let ConstraintKind::ForeignKey(key) = &constraint.kind
                        && key.table == *name
                        && key.references.contains(column)
                        && let ConstraintKind::ForeignKey(key) = &mut Arc::make_mut(constraint).kind
                    {
                        rename_in(&mut key.references, column, to);
                    }
                }
            }
            Object::Opaque(opaque) if opaque.reads(name, column) => {
                opaque.rename_column(name, column, to);
            }
            _ => continue,
        }
        schema.put(id, Some(object));
    }
    Ok(())
}

fn rename_constraint(
    schema: &mut Schema,
    name: &Name,
    old: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let found = table(schema, name)?;
    let Some(it) = found.constraints.get(old) else {
        return Err(constraint::unknown(old, name, found));
    };
    if it.inherited {
        return Err(inherited(old, name));
    }
    if it.kind.has_index() {
        check_free(schema, &name.sibling(to.clone()))?;
    }
    let has_index = it.kind.has_index();
    let mut tables = vec![name.clone()];
    if matches!(it.kind, ConstraintKind::Check { .. }) {
        tables.extend(descendants(schema, name));
    }
    for name in tables {
        let mut changed = table(schema, &name)?.clone();
        if changed.constraints.contains_key(to) {
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("table \"{name}\" has a constraint \"{to}\" already"),
            )
            .at([to.clone()])
            .contradicts(ObjectId::Relation(name.clone())));
        }
        if let Some(it) = changed.constraints.remove(old) {
            changed.constraints.insert(to.clone(), it);
            schema.put(ObjectId::Relation(name), Some(Object::Table(changed)));
        }
    }
    if has_index {
        foreign_key::rebind(schema, name, old, to);
    }
    Ok(())
}

/// `alter index` on the index of a constraint renames the constraint.
fn rename_constraint_index(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let owner = owner_of_constraint_index(name, schema);
    match owner {
        Some((table, _)) => rename_constraint(schema, &table, &name.name, to),
        None => Err(unknown_relation(name, "index", schema)),
    }
}

fn rename_type(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let new = name.sibling(to.clone());
    if schema.type_named(name).is_none() {
        enum_named(schema, name)?;
    }
    check_type_free(schema, &new)?;
    if schema.table(&new).is_some() {
        check_free(schema, &new)?;
    }
    move_type(schema, name, &new);
    Ok(())
}

/// Gives a type another name, which must be free, also in everything that refers to it.
pub fn move_type(schema: &mut Schema, old: &Name, new: &Name) {
    let id = ObjectId::Type(old.clone());
    let object = schema.get(&id).expect("the type was found").clone();
    let dependents: Vec<ObjectId> = schema.dependents(&id).map(|(id, _)| id.clone()).collect();
    let default = schema.default.clone();
    schema.put(id, None);
    schema.put(ObjectId::Type(new.clone()), Some((*object).clone()));
    for dependent in dependents {
        let mut changed = (**schema.get(&dependent).expect("a dependent is present")).clone();
        let retype = |it: &mut SqlType| {
            if it.named() == Some(old) {
                it.base = BaseType::Named(new.clone());
            }
        };
        let rename = |it: &Expression| it.rename_object(old, new, &default);
        match &mut changed {
            Object::Table(table) => {
                for column in &mut table.columns {
                    if column.sql_type.named() == Some(old) {
                        retype(&mut Arc::make_mut(column).sql_type);
                    }
                }
                rewrite(table, rename);
            }
            Object::Index(index) => rewrite_index(index, rename),
            Object::Type(Type::Composite(composite)) => {
                for (_, sql_type, _) in &mut composite.attributes {
                    retype(sql_type);
                }
            }
            Object::Type(Type::Domain(domain)) => {
                retype(&mut domain.base);
                domain.default = domain.default.as_ref().map(rename);
                for check in domain.checks.values_mut() {
                    *check = rename(check);
                }
            }
            Object::Opaque(opaque) => opaque.refer(old, new),
            Object::Type(Type::Enum(_))
            | Object::Sequence(_)
            | Object::Namespace(_)
            | Object::Extension(_) => {}
        }
        schema.put(dependent, Some(changed));
    }
}

fn rename_attribute(
    schema: &mut Schema,
    name: &Name,
    attribute: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let Some(Type::Composite(composite)) = schema.type_named(name) else {
        return Err(Refusal::new(
            Code::UnknownType,
            format!("there is no composite type \"{name}\""),
        )
        .at([name.name.clone()]));
    };
    let mut changed = composite.clone();
    let taken = changed.attributes.iter().any(|it| it.0 == *to);
    let found = changed.attributes.iter_mut().find(|it| it.0 == *attribute);
    match found {
        Some(it) if !taken => {
            it.0 = to.clone();
            if let Some(comment) = changed.attribute_comments.remove(attribute) {
                changed.attribute_comments.insert(to.clone(), comment);
            }
        }
        _ => {
            return Err(Refusal::new(
                Code::UnknownColumn,
                if taken {
                    format!("type \"{name}\" has an attribute \"{to}\" already")
                } else {
                    format!("type \"{name}\" has no attribute \"{attribute}\"")
                },
            )
            .at([if taken { to.clone() } else { attribute.clone() }]));
        }
    }
    schema.put(
        ObjectId::Type(name.clone()),
        Some(Object::Type(Type::Composite(changed))),
    );
    Ok(())
}
