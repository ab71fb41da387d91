//! `assert 'message' (query)`: aborts the script when the query is not true.

use crate::model::bind;
use crate::operation::operate::Operate;
use crate::schema::{Refusal, Schema};
use crate::sql::Sql;

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
        bind::asked(&self.query, schema)
    }
}
