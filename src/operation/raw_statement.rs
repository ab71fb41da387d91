//! One statement of raw SQL.

use std::sync::Arc;

use crate::operation::Operation;
use crate::raw_sql;
use crate::raw_sql::{Facts, Problem};

/// One statement as written, without its `;`, and what it says of objects.
#[derive(Debug, Clone, PartialEq)]
pub struct RawStatement {
    pub text: String,
    pub facts: Arc<Facts>,
    /// What it does, in the language, but for clauses that the model does not hold.
    pub known: Vec<Operation>,
}

impl RawStatement {
    /// Whether it is a `set local`, which needs no way back.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        raw_sql::setting(&self.text).is_some()
    }

    /// Reads a statement, which PostgreSQL's grammar must take.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Ok(Self {
            text: text.to_owned(),
            facts: Arc::new(raw_sql::facts(text)?),
            known: Vec::new(),
        })
    }
}
