//! `assert 'message' (query)`: aborts the script when the query is not true.

use crate::dialect::Dialect;
use crate::schema::{Changes, Refusal, Schema};
use crate::sql::Sql;
use crate::token::quote_literal;

use super::raw::RawStatement;
use super::{Inverse, NoInverse, Operate, Placement, Statement, guard, opaque};

/// `assert 'message' (query)`
#[derive(Debug, Clone, PartialEq)]
pub struct Assert {
    pub message: String,
    /// A boolean query or expression, in normal form, without its parentheses.
    pub query: String,
}

impl Operate for Assert {
    fn title(&self) -> String {
        format!("assert {}", self.message)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("assert")
            .literal(&self.message)
            .word("(")
            .tight(&self.query)
            .tight(")");
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        // What it asks was read before.
        match RawStatement::parse(&format!("select ({})", self.query)) {
            Ok(asked) => opaque::check_tables(schema, &asked.facts),
            Err(_) => Ok(()),
        }
    }

    fn inverse(&self, _changes: &Changes, _after: &Schema) -> Result<Inverse, NoInverse> {
        Ok(Inverse::default())
    }

    fn lower(&self, _before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        let message =
            quote_literal(&format!("limbeck: not so: {}", self.message).replace('%', "%%"));
        let mut statement = guard::block(&format!(
            "begin\n  if ({}) is not true then\n    raise exception {message};\n  end if;\nend",
            self.query
        ));
        statement.placement = Placement::Rows {
            deferred: Vec::new(),
        };
        vec![statement]
    }
}
