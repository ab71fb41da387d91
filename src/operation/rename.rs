//! `… rename … to …`: whatever reads the old name reads the new one.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::attribute::rename_attribute;
use crate::model::enum_literal::rename_value;
use crate::model::family::{descendants, heir_of_another, inherited};
use crate::model::foreign_key;
use crate::model::names::{
    check_column_name, check_free, check_type_free, enum_named, known_type,
    owner_of_constraint_index, position, table, unknown_column, unknown_constraint,
    unknown_relation,
};
use crate::model::opaque::rename_output;
use crate::model::refer::move_object;
use crate::name::Name;
use crate::operation::alter_table::typed;
use crate::operation::lock::{Lock, LockMode};
use crate::operation::operate::Operate;
use crate::schema::object::rename_in;
use crate::schema::{ConstraintKind, Object, ObjectId, Part, Refusal, Schema, Subject, Type};
use crate::sql::Sql;
use crate::token::{quote_identifier, quote_literal};

/// `alter … rename … to …`
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    pub subject: Subject,
    pub if_exists: bool,
    pub to: SmolStr,
}

impl Rename {
    /// Whether the subject is in the model: a guarded rename of what is not there does nothing.
    fn finds(&self, schema: &Schema) -> bool {
        let Subject { kind, name, part } = &self.subject;
        match part {
            Some(Part::Column(column)) => schema
                .table(name)
                .is_some_and(|it| it.column(column).is_some()),
            Some(Part::Constraint(constraint)) => schema
                .table(name)
                .is_some_and(|it| it.constraints.contains_key(constraint)),
            Some(Part::Value(value)) => {
                enum_named(schema, name).is_ok_and(|it| it.values.contains(value))
            }
            Some(Part::Attribute(attribute)) => matches!(schema.type_named(name),
                Some(Type::Composite(it)) if it.attributes.iter().any(|it| it.0 == *attribute)),
            None => match kind {
                Kind::Table => schema.table(name).is_some(),
                Kind::Index => schema.index(name).is_some(),
                Kind::Sequence => schema.sequence(name).is_some(),
                Kind::Type | Kind::Domain | Kind::Schema | Kind::Extension | Kind::Defined(_) => {
                    schema.get(&self.subject.id()).is_some()
                }
            },
        }
    }

    /// The statement that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            subject: self.subject.renamed(self.to.clone()),
            if_exists: false,
            to: self.subject.own_name().clone(),
        }
    }
}

impl Operate for Rename {
    fn title(&self) -> String {
        let Subject { kind, name, part } = &self.subject;
        let own = quote_identifier(self.subject.own_name());
        let what = match part {
            None if kind.is_qualified() => format!("{} {name}", kind.word()),
            None => format!("{} {own}", kind.word()),
            Some(Part::Column(_)) => format!("column {name}.{own}"),
            Some(Part::Constraint(_)) => format!("constraint {own} of {name}"),
            Some(Part::Value(it)) => format!("value {} of type {name}", quote_literal(it)),
            Some(Part::Attribute(_)) => format!("attribute {own} of type {name}"),
        };
        let to = match part {
            Some(Part::Value(_)) => quote_literal(&self.to),
            None | Some(Part::Column(_) | Part::Constraint(_) | Part::Attribute(_)) => {
                quote_identifier(&self.to).to_string()
            }
        };
        format!("rename {what} to {to}")
    }

    fn write(&self, sql: &mut Sql<'_>) {
        let Subject { kind, name, part } = &self.subject;
        sql.word("alter")
            .word(kind.word())
            .word_if(self.if_exists, "if exists")
            .object(*kind, name)
            .word("rename");
        match part {
            None => sql.word("to").identifier(&self.to),
            Some(Part::Column(it)) => sql
                .word("column")
                .identifier(it)
                .word("to")
                .identifier(&self.to),
            Some(Part::Constraint(it)) => sql
                .word("constraint")
                .identifier(it)
                .word("to")
                .identifier(&self.to),
            Some(Part::Attribute(it)) => sql
                .word("attribute")
                .identifier(it)
                .word("to")
                .identifier(&self.to),
            Some(Part::Value(it)) => sql.word("value").literal(it).word("to").literal(&self.to),
        };
    }

    fn locks(&self) -> Vec<Lock> {
        // The new name of an index keeps nobody waiting.
        if self.subject.kind == Kind::Table {
            vec![Lock::new(&self.subject.name, LockMode::AccessExclusive)]
        } else {
            Vec::new()
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_exists && !self.finds(schema) {
            return Ok(());
        }
        let Subject { kind, name, part } = &self.subject;
        let to = &self.to;
        match part {
            Some(Part::Column(column)) => rename_column(schema, name, column, to),
            Some(Part::Constraint(it)) => rename_constraint(schema, name, it, to),
            Some(Part::Attribute(it)) => rename_attribute(schema, name, it, to),
            Some(Part::Value(value)) => rename_enum_value(schema, name, value, to),
            None => match kind {
                // `alter table` and `alter index` rename any relation (manual: ALTER TABLE, "name").
                Kind::Table | Kind::Index if schema.relation(name).is_some() => {
                    rename_relation(schema, name, to)
                }
                Kind::Table if owner_of_constraint_index(name, schema).is_none() => {
                    table(schema, name).map(drop)
                }
                Kind::Table | Kind::Index => rename_constraint_index(schema, name, to),
                Kind::Sequence if schema.sequence(name).is_none() => {
                    Err(unknown_relation(name, Kind::Sequence, schema))
                }
                Kind::Sequence => rename_relation(schema, name, to),
                Kind::Type | Kind::Domain => rename_type(schema, name, to),
                Kind::Schema => Err(Refusal::new(
                    Code::InvalidName,
                    "a schema cannot be renamed: the names of all objects in it would change",
                )
                .help("create the new schema, and move the objects with `set schema`")),
                Kind::Extension | Kind::Defined(_) => Err(Refusal::new(
                    Code::InvalidName,
                    format!("this statement cannot rename {}", kind.with_article()),
                )),
            },
        }
    }
}

fn rename_enum_value(
    schema: &mut Schema,
    name: &Name,
    value: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let mut changed = enum_named(schema, name)?.clone();
    let at = position(&changed, value, name)?;
    if changed.values.contains(to) {
        return Err(Refusal::new(
            Code::DuplicateName,
            format!("type \"{name}\" already has a value '{to}'"),
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

/// Gives a relation another name, also in everything that refers to it.
fn rename_relation(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let new = name.sibling(to.clone());
    check_free(schema, &new)?;
    let table = schema.index(name).map(|it| it.table.clone());
    move_object(schema, &ObjectId::Relation(name.clone()), &new);
    if let Some(table) = table {
        foreign_key::rebind(schema, &table, &name.name, to);
    }
    Ok(())
}

fn rename_column(
    schema: &mut Schema,
    name: &Name,
    column: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    if rename_output(schema, name, column, to) {
        return Ok(());
    }
    let found = table(schema, name)?;
    match found.column(column) {
        None => return Err(unknown_column(column, found, name)),
        Some(it) if it.inherited => return Err(inherited(column, name)),
        Some(_) => {}
    }
    if let Some(of) = &found.of {
        return Err(typed(name, of, column));
    }
    if let Some(heir) = heir_of_another(schema, name, column) {
        return Err(Refusal::new(
            Code::Inherited,
            format!("column \"{column}\" cannot be renamed: table \"{heir}\" inherits it from another table, too"),
        )
        .help("end the inheritance first")
        .at([column.clone()])
        .contradicts(ObjectId::Relation(heir)));
    }
    check_column_name(to, name)?;
    if found.column(to).is_some() {
        return Err(Refusal::new(
            Code::DuplicateColumn,
            format!("table \"{name}\" already has a column \"{to}\""),
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
    changed.rewrite(|_, it| it.rename_column(column, to));
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
                text.push_str(&quote_identifier(to));
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
        let before = Arc::clone(schema.get(&id).expect("a dependent is present"));
        let mut object = (*before).clone();
        object.rename_column(name, column, to);
        if object != *before {
            schema.put(id, Some(object));
        }
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
    if found.constraints.get(old).is_some_and(|it| it.inherited) {
        return Err(inherited(old, name));
    }
    rename_given(schema, name, old, to)
}

/// The same for a constraint that the parent may have given: its index has a name of its own (`RenameRelation`).
fn rename_given(
    schema: &mut Schema,
    name: &Name,
    old: &SmolStr,
    to: &SmolStr,
) -> Result<(), Refusal> {
    let found = table(schema, name)?;
    let Some(it) = found.constraints.get(old) else {
        return Err(unknown_constraint(old, name, found));
    };
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
                format!("table \"{name}\" already has a constraint \"{to}\""),
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
        rename_grouped(schema, name, old, to);
    }
    Ok(())
}

/// Views that group by a key depend on it under its new name.
fn rename_grouped(schema: &mut Schema, name: &Name, old: &SmolStr, to: &SmolStr) {
    let before = (name.clone(), old.clone());
    let dependents = schema.dependents_of_relation(name);
    let readers: Vec<(ObjectId, Object)> = dependents
        .filter(|(_, object)| {
            object
                .as_opaque()
                .is_some_and(|it| it.keys.contains(&before))
        })
        .map(|(id, it)| (id.clone(), (**it).clone()))
        .collect();
    for (id, mut object) in readers {
        if let Object::Opaque(opaque) = &mut object {
            opaque.keys.remove(&before);
            opaque.keys.insert((name.clone(), to.clone()));
        }
        schema.put(id, Some(object));
    }
}

/// `alter index` on the index of a constraint renames the constraint.
fn rename_constraint_index(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let owner = owner_of_constraint_index(name, schema);
    match owner {
        Some((table, _)) => rename_given(schema, &table, &name.name, to),
        None => Err(unknown_relation(name, Kind::Index, schema)),
    }
}

fn rename_type(schema: &mut Schema, name: &Name, to: &SmolStr) -> Result<(), Refusal> {
    let new = name.sibling(to.clone());
    known_type(schema, name)?;
    check_type_free(schema, &new)?;
    if schema.table(&new).is_some() {
        check_free(schema, &new)?;
    }
    move_object(schema, &ObjectId::Type(name.clone()), &new);
    Ok(())
}
