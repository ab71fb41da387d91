//! `sql { … }` and `data { … }`: text that the model does not understand.

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::effects;
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

impl Operate for Raw {
    fn title(&self) -> String {
        if !self.is_settings() {
            return "run SQL".to_owned();
        }
        let settings = self.statements.iter();
        let settings: Vec<_> = settings
            .filter_map(|it| raw_sql::setting(&it.text))
            .collect();
        format!("set {}", settings.join(", "))
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("sql");
        if !self.declares.is_empty() {
            sql.word("declares (");
            sql.list(&self.declares, |sql, (kind, name)| {
                sql.word(kind.word()).name(name);
            })
            .tight(")");
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
        "change data".to_owned()
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
