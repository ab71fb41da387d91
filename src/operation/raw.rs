//! `sql { … }` and `data { … }`: text that the model does not understand.

use smol_str::SmolStr;

use crate::dialect::Dialect;
use crate::expression::name_parts;
use crate::name::Name;
use crate::schema::{Changes, Object, ObjectId, Opaque, Refusal, Schema};
use crate::sql::Sql;
use crate::token::lex;

use super::drop::{self, Target};
use super::{Inverse, NoInverse, Operate, Placement, Statement};

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

/// What a statement of opaque text drops: kind and name of each, for text that begins with `drop`.
fn dropped(statement: &str, schema: &str) -> Vec<(SmolStr, Name)> {
    const KINDS: [&str; 9] = [
        "materialized view",
        "foreign table",
        "view",
        "function",
        "procedure",
        "aggregate",
        "trigger",
        "type",
        "table",
    ];
    let Ok(tokens) = lex(statement, 0, statement.len()) else {
        return Vec::new();
    };
    let words = |from: usize, words: &str| {
        let mut expected = words.split(' ').enumerate();
        expected.all(|(at, word)| {
            let token = tokens.get(from + at);
            token.is_some_and(|it| it.is_word(statement, word))
        })
    };
    let Some(kind) = KINDS
        .into_iter()
        .find(|it| words(0, "drop") && words(1, it))
    else {
        return Vec::new();
    };
    let mut at = 1 + kind.split(' ').count();
    if words(at, "if exists") {
        at += 2;
    }
    let mut dropped = Vec::new();
    let mut depth = 0_i32;
    for item in tokens[at..].split(|token| {
        depth += i32::from(token.is(statement, "(")) - i32::from(token.is(statement, ")"));
        depth == 0 && token.is(statement, ",")
    }) {
        let end = (0..item.len())
            .step_by(2)
            .find(|at| !item.get(at + 1).is_some_and(|it| it.is(statement, ".")))
            .map_or(0, |at| (at + 1).min(item.len()));
        let name = match name_parts(statement, &item[..end]).as_slice() {
            [name] => Name::new(schema, name.clone()),
            [schema, name] => Name::new(schema.clone(), name.clone()),
            _ => continue,
        };
        dropped.push((kind.into(), name));
    }
    dropped
}

fn lower(statements: &[String], before: &Schema) -> Vec<Statement> {
    let deferred: Vec<SmolStr> = before.deferred_constraints().map(Name::qualified).collect();
    statements
        .iter()
        .map(|text| Statement {
            sql: text.clone(),
            placement: Placement::Rows {
                deferred: deferred.clone(),
            },
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

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        for (kind, name) in &self.declares {
            super::create_table::check_schema(schema, name)?;
            let id = declared_id(kind, name);
            if schema.get(&id).is_none() {
                schema.put(id, Some(Object::Opaque(Opaque { kind: kind.clone() })));
            }
        }
        for statement in &self.statements {
            for (kind, name) in dropped(statement, &schema.default) {
                let id = declared_id(&kind, &name);
                if matches!(schema.get(&id).map(|it| &**it), Some(Object::Opaque(_))) {
                    drop::remove(schema, &Target::Object(id), true)?;
                }
            }
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

    fn apply(&self, _schema: &mut Schema) -> Result<(), Refusal> {
        Ok(())
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
