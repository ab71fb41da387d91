//! `alter type … add value`, and its way back, `drop value`, for which PostgreSQL has no statement.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::enum_literal;
use crate::model::names::{enum_named, position};
use crate::name::Name;
use crate::operation::create_type::check_value;
use crate::operation::operate::Operate;
use crate::schema::{Column, Enum, Named, Object, ObjectId, Opaque, Refusal, Schema, Table, Type};
use crate::sql::Sql;

/// `alter type name add value 'value' [before | after 'other']`
#[derive(Debug, Clone, PartialEq)]
pub struct AddEnumValue {
    pub name: Name,
    pub if_not_exists: bool,
    pub value: SmolStr,
    pub place: ValuePlace,
}

/// `alter type name drop value 'value'`: limbeck's own statement, done by making the type again.
#[derive(Debug, Clone, PartialEq)]
pub struct DropEnumValue {
    pub name: Name,
    pub value: SmolStr,
}

/// Where a new value goes.
#[derive(Debug, Clone, PartialEq)]
pub enum ValuePlace {
    Last,
    Before(SmolStr),
    After(SmolStr),
}

fn put(schema: &mut Schema, name: &Name, it: Enum) {
    schema.put(
        ObjectId::Type(name.clone()),
        Some(Object::Type(Type::Enum(it))),
    );
}

impl Operate for AddEnumValue {
    fn title(&self) -> String {
        format!("add value '{}' to type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .type_name(&self.name)
            .word("add value")
            .word_if(self.if_not_exists, "if not exists")
            .literal(&self.value);
        match &self.place {
            ValuePlace::Last => {}
            ValuePlace::Before(other) => {
                sql.word("before").literal(other);
            }
            ValuePlace::After(other) => {
                sql.word("after").literal(other);
            }
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        check_value(&self.value)?;
        if changed.values.contains(&self.value) {
            if self.if_not_exists {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::DuplicateName,
                format!(
                    "type \"{}\" already has a value '{}'",
                    self.name, self.value
                ),
            )
            .help("write `add value if not exists` if databases may differ")
            .at([self.value.clone()])
            .contradicts(ObjectId::Type(self.name.clone())));
        }
        let at = match &self.place {
            ValuePlace::Last => changed.values.len(),
            ValuePlace::Before(other) => position(&changed, other, &self.name)?,
            ValuePlace::After(other) => position(&changed, other, &self.name)? + 1,
        };
        changed.values.insert(at, self.value.clone());
        put(schema, &self.name, changed);
        Ok(())
    }
}

impl Operate for DropEnumValue {
    fn title(&self) -> String {
        format!("drop value '{}' of type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .type_name(&self.name)
            .word("drop value")
            .literal(&self.value);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        let at = position(&changed, &self.value, &self.name)?;
        let refused = self.check_users(schema);
        refused
            .and_then(|()| self.check_value(schema))
            .map_err(|it| {
                Refusal::new(
                    Code::StillNeeded,
                    format!("the value '{}' cannot be dropped: {it}", self.value),
                )
                .help("change that first, in the same revision or an earlier one")
                .at([self.value.clone()])
            })?;
        changed.values.remove(at);
        put(schema, &self.name, changed);
        Ok(())
    }
}

impl DropEnumValue {
    /// Refuses where something uses the type that cannot be moved to another one without its author, or still has the
    /// value.
    pub fn check_users(&self, schema: &Schema) -> Result<(), String> {
        let refuse = |who: String| {
            Err(format!(
                "the type would have to be created again, but {who} uses it"
            ))
        };
        for (user, object) in schema.dependents(&ObjectId::Type(self.name.clone())) {
            if let Some((name, table)) = Named::table((user, object)) {
                if table.partition_by.is_some() || table.partition_of.is_some() {
                    return refuse(format!("the partitioned table \"{name}\""));
                }
                if let Some(generated) = self.generated_from(table, schema) {
                    return refuse(format!(
                        "the generated column \"{generated}\" of table \"{name}\""
                    ));
                }
                let row_type = ObjectId::Type(name.clone());
                if let Some((id, _)) = schema.dependents(&row_type).next() {
                    return refuse(format!("the row type of table \"{name}\" in {id}"));
                }
            } else if object.as_index().is_none() {
                return refuse(user.to_string());
            }
        }
        // PostgreSQL keeps the type of a column that raw objects read.
        let tables = schema.dependents(&ObjectId::Type(self.name.clone()));
        for (name, table) in tables.filter_map(Named::table) {
            let columns = columns_of(&self.name, table);
            for (user, object) in schema.dependents(&ObjectId::Relation(name.clone())) {
                let Object::Opaque(it) = &**object else {
                    continue;
                };
                if columns.iter().any(|column| it.reads(name, column)) {
                    return refuse(user.to_string());
                }
            }
        }
        let unread = |it: &Opaque| {
            !it.is_read
                && matches!(
                    it.kind,
                    Kind::Defined(Defined::View | Defined::Function | Defined::MaterializedView)
                )
        };
        match schema.opaque().find(|(_, it)| unread(it)) {
            Some((id, it)) => Err(format!(
                "the type would have to be created again, but {} may use it",
                match id {
                    ObjectId::Relation(name) => format!("{} \"{name}\"", it.kind),
                    ObjectId::Type(_)
                    | ObjectId::Namespace(_)
                    | ObjectId::Extension(_)
                    | ObjectId::Opaque(..) => id.to_string(),
                }
            )),
            None => Ok(()),
        }
    }

    /// The expression that has the value, which no new type could read.
    fn check_value(&self, schema: &Schema) -> Result<(), String> {
        match enum_literal::use_of_value(schema, &self.name, &self.value) {
            Some(place) => Err(format!("{place} uses it")),
            None => Ok(()),
        }
    }

    /// A column that is computed from the enum.
    fn generated_from<'a>(&self, table: &'a Table, schema: &Schema) -> Option<&'a SmolStr> {
        let columns = columns_of(&self.name, table);
        let generated = table.columns.iter().find(|column| {
            column.generated.iter().any(|generated| {
                generated.expression.names_type(&self.name, &schema.default)
                    || generated
                        .expression
                        .columns()
                        .any(|it| columns.contains(it))
            })
        });
        generated.map(|it| &it.name)
    }
}

/// The columns of `table` whose type is that enum, or an array of it.
#[must_use]
pub fn columns_of<'a>(name: &Name, table: &'a Table) -> BTreeSet<&'a SmolStr> {
    let own = |it: &&Arc<Column>| it.sql_type.named() == Some(name);
    let columns = table.columns.iter().filter(own);
    columns.map(|it| &it.name).collect()
}
