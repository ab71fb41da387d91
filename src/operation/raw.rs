//! `sql { … }` and `data { … }`: text that the model does not understand.

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::effects;
use crate::operation::gist::gist;
use crate::operation::operate::Operate;
use crate::operation::raw_statement::RawStatement;
use crate::raw_sql;
use crate::schema::{Refusal, Schema};
use crate::sql::Sql;

/// One opaque statement of `sql { … }`, or the declarations of the block.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// What the text makes: kind and name.
    pub declares: Vec<(Kind, Name)>,
    pub statements: Vec<RawStatement>,
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

fn write_declared(declares: &[(Kind, Name)], sql: &mut Sql<'_>) {
    sql.list(declares, |sql, (kind, name)| {
        sql.word(kind.word()).name(name);
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
        gists(&self.statements).unwrap_or_else(|| vec!["change nothing".to_owned()])
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
        for (kind, name) in &self.declares {
            crate::model::names::check_schema(schema, name)?;
            effects::declare(schema, *kind, name)?;
        }
        for statement in &self.statements {
            // PostgreSQL looks at once for what a view reads, and where a trigger stands.
            let made = statement.facts.makes.as_ref();
            if made.is_some_and(|it| it.kind.facts().needs_tables) {
                effects::check_tables(schema, &statement.facts)?;
            }
            effects::apply(schema, statement)?;
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
        self.statements
            .iter()
            .try_for_each(|it| effects::check_tables(schema, &it.facts))
    }
}
