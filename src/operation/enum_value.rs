//! `alter type … add value`, and its way back, `drop value`, for which PostgreSQL has no statement.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::names::{enum_named, position};
use crate::name::Name;
use crate::operation::create_type::check_value;
use crate::operation::operate::{Operate, as_written};
use crate::operation::statement::{Placement, Statement};
use crate::schema::{Enum, Object, ObjectId, Refusal, Schema, Type};
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
                    "type \"{}\" has a value '{}' already",
                    self.name, self.value
                ),
            )
            .help("write `add value if not exists` where databases may differ")
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

    fn lower(&self, before: &Schema) -> Vec<Statement> {
        let mut statement = as_written(self, before);
        statement.placement = Placement::EndsPart {
            value: self.value.to_string(),
        };
        vec![statement]
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
                .help("change that before, in the same revision or an earlier one")
                .at([self.value.clone()])
            })?;
        changed.values.remove(at);
        put(schema, &self.name, changed);
        Ok(())
    }

    fn lower(&self, before: &Schema) -> Vec<Statement> {
        match enum_named(before, &self.name) {
            Ok(present) => self.rebuild(present, before),
            // It is refused when it is applied.
            Err(_) => vec![as_written(self, before)],
        }
    }
}
