//! `create schema`

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::operation::operate::Operate;
use crate::schema::{Namespace, Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// `create schema name [authorization role]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSchema {
    pub name: SmolStr,
    pub if_not_exists: bool,
    pub authorization: Option<SmolStr>,
}

impl CreateSchema {
    /// The statement that makes the schema again.
    #[must_use]
    pub fn of(name: &SmolStr) -> Self {
        Self {
            name: name.clone(),
            if_not_exists: false,
            authorization: None,
        }
    }
}

impl Operate for CreateSchema {
    fn title(&self) -> String {
        format!("create schema {}", self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create schema")
            .word_if(self.if_not_exists, "if not exists")
            .identifier(&self.name);
        if let Some(role) = &self.authorization {
            sql.word("authorization").identifier(role);
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let id = ObjectId::Namespace(self.name.clone());
        if schema.get(&id).is_some() {
            if self.if_not_exists {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("schema \"{}\" already exists", self.name),
            )
            .help("write `create schema if not exists` if databases may differ")
            .at([self.name.clone()])
            .contradicts(id));
        }
        if self.name.starts_with("pg_") {
            return Err(Refusal::new(
                Code::InvalidName,
                format!("a schema cannot be named \"{}\"", self.name),
            )
            .help("names that begin with pg_ are reserved for PostgreSQL")
            .at([self.name.clone()]));
        }
        schema.put(id, Some(Object::Namespace(Namespace::default())));
        Ok(())
    }
}
