//! `sql { … }` and `data { … }`: text that the model does not understand.

use crate::kind::Kind;
use crate::model::bind::check_statement;
use crate::model::names::check_schema;
use crate::name::Name;
use crate::operation::alter_table::{Action, AlterTable};
use crate::operation::comment_on::write_subject;
use crate::operation::gist::gist;
use crate::operation::operate::Operate;
use crate::operation::raw_statement::RawStatement;
use crate::operation::{Drop, effects};
use crate::raw_sql::{self, Content};
use crate::schema::{ObjectId, Part, Refusal, Schema, Subject};
use crate::sql::Sql;

/// One opaque statement of `sql { … }`, or the declarations of the block.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What the text makes and drops, where it does not say so itself.
    pub declares: Vec<Declared>,
    pub statements: Vec<RawStatement>,
}

/// One word of `declares (…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum Declared {
    /// It makes an object of that kind and name.
    Makes(Kind, Name),
    /// It drops a whole object, or a column or a constraint of a table.
    Drops(Subject),
}

impl Declared {
    /// What it makes.
    #[must_use]
    pub fn made(&self) -> Option<ObjectId> {
        match self {
            Self::Makes(kind, name) => Some(ObjectId::of(*kind, name)),
            Self::Drops(_) => None,
        }
    }
}

/// Does to the model what a statement of the language would that drops it.
fn drop(subject: &Subject, schema: &mut Schema) -> Result<(), Refusal> {
    let (if_exists, cascade) = (false, false);
    let action = match subject.part.clone() {
        Some(Part::Column(column) | Part::Attribute(column) | Part::Value(column)) => {
            Action::DropColumn {
                column,
                if_exists,
                cascade,
            }
        }
        Some(Part::Constraint(name)) => Action::DropConstraint {
            name,
            if_exists,
            cascade,
        },
        None => {
            let whole = Drop {
                kind: subject.kind,
                names: vec![subject.name.clone()],
                if_exists,
                cascade,
                concurrently: false,
            };
            return whole.apply(schema);
        }
    };
    AlterTable::one(subject.name.clone(), action).apply(schema)
}

/// `data { … }`: DML only.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    pub statements: Vec<RawStatement>,
}

impl Raw {
    /// Whether it holds `set local` and nothing else.
    #[must_use]
    pub fn is_settings(&self) -> bool {
        self.declares.is_empty()
            && !self.statements.is_empty()
            && self.statements.iter().all(RawStatement::is_setting)
    }

    /// The words of a statement that PostgreSQL refuses inside a transaction.
    #[must_use]
    pub fn outside_transactions(&self) -> Option<String> {
        self.statements
            .iter()
            .find_map(|it| raw_sql::outside_transactions(&it.text))
    }
}

fn write_block(statements: &[RawStatement], sql: &mut Sql<'_>) {
    sql.word("{");
    for statement in statements {
        sql.tight("\n  ").tight(&statement.text).tight(";");
    }
    sql.tight("\n}");
}

fn write_declared(declares: &[Declared], sql: &mut Sql<'_>) {
    sql.list(declares, |sql, declared| match declared {
        Declared::Makes(kind, name) => {
            sql.word(kind.word()).name(name);
        }
        Declared::Drops(subject) => write_subject(subject, sql.word("drops")),
    });
}

/// Of more statements only the number is told.
const SHOWN: usize = 5;

/// How each statement begins, and how many more there are; none where there are none.
fn gists(statements: &[RawStatement]) -> Option<Vec<String>> {
    let shown = statements.iter().take(SHOWN);
    let mut titles: Vec<String> = shown.map(|it| gist(&it.text)).collect();
    match statements.len().saturating_sub(SHOWN) {
        0 => {}
        1 => titles.push("1 more statement".to_owned()),
        more => titles.push(format!("{more} more statements")),
    }
    (!titles.is_empty()).then_some(titles)
}

impl Data {
    /// How each statement begins.
    pub(super) fn titles(&self) -> Vec<String> {
        gists(&self.statements).unwrap_or_else(|| vec!["no changes".to_owned()])
    }
}

impl Operate for Raw {
    fn title(&self) -> String {
        if let Some(titles) = gists(&self.statements) {
            return titles.join("; ");
        }
        let mut sql = Sql::new("public");
        sql.word("declare");
        write_declared(&self.declares, &mut sql);
        gist(&sql.finish())
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("sql");
        if !self.declares.is_empty() {
            sql.word("declares (");
            write_declared(&self.declares, sql);
            sql.tight(")");
        }
        write_block(&self.statements, sql);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        for declared in &self.declares {
            if let Declared::Makes(kind, name) = declared {
                check_schema(schema, name)?;
                effects::declare(schema, *kind, name)?;
            }
        }
        for statement in &self.statements {
            effects::apply(schema, statement)?;
        }
        for declared in &self.declares {
            if let Declared::Drops(subject) = declared {
                drop(subject, schema)?;
            }
        }
        Ok(())
    }
}

impl Operate for Data {
    fn title(&self) -> String {
        self.titles().join("; ")
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("data");
        write_block(&self.statements, sql);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        for statement in &self.statements {
            if let Content::Rows(rows) = &statement.facts.content {
                check_statement(rows, &statement.text, schema)?;
            } else {
                effects::check_tables(schema, &statement.facts)?;
            }
        }
        Ok(())
    }
}
