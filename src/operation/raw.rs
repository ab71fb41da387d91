//! `sql { … }` and `data { … }`: text that the model does not understand.

use smol_str::SmolStr;

use crate::dialect::Dialect;
use crate::name::Name;
use crate::schema::{Changes, Object, ObjectId, Opaque, Refusal, Schema};
use crate::sql::Sql;

use super::{Inverse, NoInverse, Operate, Operation, Placement, Statement};

/// One opaque statement of `sql { … }`, or the declarations of the block.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What the text makes: kind and name.
    pub declares: Vec<(SmolStr, Name)>,
    /// The statements as written, without their `;`.
    pub statements: Vec<String>,
}

/// `data { … }`: DML only.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The statements as written, without their `;`.
    pub statements: Vec<String>,
}

/// How the model knows what opaque text declares: relations by their name, the rest by kind and name.
#[must_use]
pub fn declared_id(kind: &str, name: &Name) -> ObjectId {
    match kind {
        "table" | "view" | "materialized view" | "foreign table" | "index" | "sequence" => {
            ObjectId::Relation(name.clone())
        }
        "type" | "domain" => ObjectId::Type(name.clone()),
        "schema" => ObjectId::Namespace(name.name.clone()),
        "extension" => ObjectId::Extension(name.name.clone()),
        _ => ObjectId::Opaque(kind.into(), name.clone()),
    }
}

fn lower(statements: &[String]) -> Vec<Statement> {
    statements
        .iter()
        .map(|text| Statement {
            sql: text.clone(),
            placement: Placement::Rows,
        })
        .collect()
}

fn write_block(statements: &[String], sql: &mut Sql<'_>) {
    sql.word("{");
    for statement in statements {
        sql.tight("\n  ").tight(statement).tight(";");
    }
    sql.tight("\n}");
}

impl Operate for Raw {
    fn title(&self) -> String {
        "run SQL".to_owned()
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("sql");
        if !self.declares.is_empty() {
            sql.word("declares (");
            sql.list(&self.declares, |sql, (kind, name)| {
                sql.word(kind).name(name);
            })
            .tight(")");
        }
        write_block(&self.statements, sql);
    }

    fn resolve(&self, _before: &Schema) -> Result<Operation, Refusal> {
        Ok(Operation::Raw(self.clone()))
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        for (kind, name) in &self.declares {
            super::create_table::check_schema(schema, name)?;
            let id = declared_id(kind, name);
            if schema.get(&id).is_none() {
                schema.put(id, Some(Object::Opaque(Opaque { kind: kind.clone() })));
            }
        }
        Ok(())
    }

    fn inverse(&self, _changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        Err(NoInverse("what `sql` does is unknown here".to_owned()))
    }

    fn lower(&self, _before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        lower(&self.statements)
    }
}

impl Operate for Data {
    fn title(&self) -> String {
        "change data".to_owned()
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("data");
        write_block(&self.statements, sql);
    }

    fn resolve(&self, _before: &Schema) -> Result<Operation, Refusal> {
        Ok(Operation::Data(self.clone()))
    }

    fn apply(&self, _schema: &mut Schema) -> Result<(), Refusal> {
        Ok(())
    }

    fn inverse(&self, _changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        if self.statements.is_empty() {
            return Ok(Inverse::default());
        }
        Err(NoInverse("the rows before are not kept".to_owned()))
    }

    fn lower(&self, _before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        lower(&self.statements)
    }
}
