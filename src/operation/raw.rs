//! `sql { … }` and `data { … }`: text that the model does not understand.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::dialect::Dialect;
use crate::name::Name;
use crate::raw_sql::{self, Facts, Problem};
use crate::schema::{Changes, ObjectId, Refusal, Schema};
use crate::sql::Sql;

use super::{Alone, Inverse, NoInverse, Operate, Placement, Statement, opaque};

/// One opaque statement of `sql { … }`, or the declarations of the block.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What the text makes: kind and name.
    pub declares: Vec<(SmolStr, Name)>,
    pub statements: Vec<RawStatement>,
}

/// `data { … }`: DML only.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    pub statements: Vec<RawStatement>,
}

/// One statement as written, without its `;`, and what it says of objects.
#[derive(Debug, Clone, PartialEq)]
pub struct RawStatement {
    pub text: String,
    pub facts: Arc<Facts>,
}

impl RawStatement {
    /// Reads a statement, which PostgreSQL's grammar must take.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Ok(Self {
            text: text.to_owned(),
            facts: Arc::new(raw_sql::facts(text)?),
        })
    }
}

/// What cannot be made before the tables that it names.
const NEEDS_TABLES: [&str; 7] = [
    "view",
    "materialized view",
    "trigger",
    "policy",
    "rule",
    "statistics",
    "index",
];

impl Raw {
    /// The words of a statement that PostgreSQL refuses inside a transaction.
    #[must_use]
    pub fn outside_transactions(&self) -> Option<String> {
        self.statements
            .iter()
            .find_map(|it| raw_sql::outside_transactions(&it.text))
    }
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

fn lower(statements: &[RawStatement], before: &Schema) -> Vec<Statement> {
    let deferred: Vec<SmolStr> = before.deferred_constraints().map(Name::qualified).collect();
    statements
        .iter()
        .map(|it| Statement {
            sql: it.text.clone(),
            placement: if raw_sql::outside_transactions(&it.text).is_some() {
                Placement::Alone(Alone::Raw)
            } else {
                Placement::Rows {
                    deferred: deferred.clone(),
                }
            },
        })
        .collect()
}

fn write_block(statements: &[RawStatement], sql: &mut Sql<'_>) {
    sql.word("{");
    for statement in statements {
        sql.tight("\n  ").tight(&statement.text).tight(";");
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

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        for (kind, name) in &self.declares {
            super::create_table::check_schema(schema, name)?;
            opaque::declare(schema, kind, name)?;
        }
        for statement in &self.statements {
            // PostgreSQL looks at once for what a view reads, and where a trigger stands.
            let made = statement.facts.makes.as_ref().map(|it| it.kind.as_str());
            if made.is_some_and(|it| NEEDS_TABLES.contains(&it)) {
                opaque::check_tables(schema, &statement.facts)?;
            }
            opaque::apply(schema, statement)?;
        }
        Ok(())
    }

    fn inverse(&self, _changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        Err(NoInverse("what `sql` does is unknown here".to_owned()))
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        lower(&self.statements, before)
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

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        self.statements
            .iter()
            .try_for_each(|it| opaque::check_tables(schema, &it.facts))
    }

    fn inverse(&self, _changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        if self.statements.is_empty() {
            return Ok(Inverse::default());
        }
        Err(NoInverse("the rows before are not kept".to_owned()))
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        lower(&self.statements, before)
    }
}
