//! `create type … as enum` and `create type … as (…)`

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::check::check_type;
use crate::model::collation::check_collation;
use crate::model::names::{check_free, check_schema, check_type_free};
use crate::name::Name;
use crate::operation::definition::write_collation;
use crate::operation::gist::gist;
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Refusal, Schema, Type};
use crate::sql::Sql;

/// `create type name as …`, for an enum or a composite type.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateType {
    pub name: Name,
    pub if_not_exists: bool,
    pub definition: Type,
}

impl CreateType {
    /// The statement that makes the type again.
    #[must_use]
    pub fn of(name: &Name, definition: &Type) -> Self {
        let mut definition = definition.clone();
        *definition.comment_mut() = None;
        Self {
            name: name.clone(),
            if_not_exists: false,
            definition,
        }
    }

    /// The types that the type is made of.
    #[must_use]
    pub fn needs(&self) -> Vec<Name> {
        match &self.definition {
            Type::Composite(composite) => composite
                .attributes
                .iter()
                .filter_map(|(_, sql_type, _)| sql_type.named().cloned())
                .collect(),
            Type::Enum(_) | Type::Domain(_) => Vec::new(),
        }
    }
}

impl Operate for CreateType {
    fn title(&self) -> String {
        let mut sql = Sql::new("public");
        self.write(&mut sql);
        gist(&sql.finish())
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create type")
            .word_if(self.if_not_exists, "if not exists")
            .type_name(&self.name)
            .word("as");
        match &self.definition {
            Type::Enum(it) => {
                sql.word("enum (");
                sql.list(&it.values, |sql, value| {
                    sql.literal(value);
                })
                .tight(")");
            }
            Type::Composite(it) => {
                sql.block(&it.attributes, |sql, (name, sql_type, collation)| {
                    sql.identifier(name).sql_type(sql_type);
                    if let Some(collation) = collation {
                        sql.word("collate");
                        write_collation(collation, sql);
                    }
                });
            }
            Type::Domain(_) => unreachable!("use `create domain` to create a domain"),
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_not_exists && schema.type_named(&self.name).is_some() {
            return Ok(());
        }
        check_schema(schema, &self.name)?;
        check_type_free(schema, &self.name)?;
        if schema.table(&self.name).is_some() {
            // A table has a row type of its name.
            check_free(schema, &self.name)?;
        }
        match &self.definition {
            Type::Enum(it) => check_values(&it.values)?,
            Type::Composite(it) => {
                for (at, (name, sql_type, collation)) in it.attributes.iter().enumerate() {
                    check_type(sql_type, schema)?;
                    check_collation(collation.as_ref(), sql_type, schema)?;
                    if it.attributes[..at]
                        .iter()
                        .any(|(other, _, _)| other == name)
                    {
                        return Err(Refusal::new(
                            Code::DuplicateColumn,
                            format!("attribute \"{name}\" is defined twice"),
                        )
                        .help("remove one of them")
                        .at([name.clone(), name.clone()]));
                    }
                }
            }
            Type::Domain(_) => unreachable!("use `create domain` to create a domain"),
        }
        schema.put(
            ObjectId::Type(self.name.clone()),
            Some(Object::Type(self.definition.clone())),
        );
        Ok(())
    }
}

/// Refuses enum values that PostgreSQL refuses.
pub fn check_values(values: &[SmolStr]) -> Result<(), Refusal> {
    let mut before = BTreeSet::new();
    for value in values {
        check_value(value)?;
        if !before.insert(value) {
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("the value '{value}' is repeated"),
            )
            .help("remove one of them")
            .at([value.clone(), value.clone()]));
        }
    }
    Ok(())
}

/// Refuses a value that is longer than a name may be.
pub fn check_value(value: &SmolStr) -> Result<(), Refusal> {
    if value.len() <= crate::token::MAX_IDENTIFIER {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NameTooLong,
        format!("the value '{value}' is {} bytes long", value.len()),
    )
    .help("the value of an enum can have at most 63 bytes")
    .at([value.clone()]))
}
