//! `create extension`

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::operation::operate::Operate;
use crate::schema::{Extension, Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// `create extension name [schema s] [version v] [cascade]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateExtension {
    pub name: SmolStr,
    pub if_not_exists: bool,
    pub schema: Option<SmolStr>,
    pub version: Option<SmolStr>,
    pub cascade: bool,
}

impl CreateExtension {
    /// The statement that makes the extension again.
    #[must_use]
    pub fn of(name: &SmolStr, extension: &Extension) -> Self {
        Self {
            name: name.clone(),
            if_not_exists: false,
            schema: extension.schema.clone(),
            version: extension.version.clone(),
            cascade: false,
        }
    }
}

impl Operate for CreateExtension {
    fn title(&self) -> String {
        format!("create extension {}", self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create extension")
            .word_if(self.if_not_exists, "if not exists")
            .identifier(&self.name);
        if let Some(schema) = &self.schema {
            sql.word("schema").identifier(schema);
        }
        if let Some(version) = &self.version {
            sql.word("version").literal(version);
        }
        sql.word_if(self.cascade, "cascade");
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let id = ObjectId::Extension(self.name.clone());
        if schema.get(&id).is_some() {
            if self.if_not_exists {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("extension \"{}\" already exists", self.name),
            )
            .help("write `create extension if not exists` if databases may differ")
            .at([self.name.clone()])
            .contradicts(id));
        }
        schema.put(
            id,
            Some(Object::Extension(Extension {
                schema: self.schema.clone(),
                version: self.version.clone(),
                comment: None,
            })),
        );
        Ok(())
    }
}
