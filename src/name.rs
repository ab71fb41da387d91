//! Names of database objects: schema-qualified, folded as PostgreSQL folds them.

use std::fmt;
use std::hash::{Hash, Hasher};

use smol_str::SmolStr;

use crate::token::quote_identifier;

/// The name of an object in a schema. Unqualified names got the project's `schema` where they were read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    // First, as names differ more than schemas do: comparing is much of what a replay does.
    pub name: SmolStr,
    pub schema: SmolStr,
}

// Schemas hardly tell names apart, and a replay hashes them all the time.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.name.as_bytes());
    }
}

impl Name {
    #[must_use]
    pub fn new(schema: impl Into<SmolStr>, name: impl Into<SmolStr>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// Another object of the same schema.
    #[must_use]
    pub fn sibling(&self, name: impl Into<SmolStr>) -> Self {
        Self::new(self.schema.clone(), name)
    }

    /// As SQL writes it where `schema` comes first on the search path.
    #[must_use]
    pub fn within(&self, schema: &str) -> SmolStr {
        if self.schema == schema {
            quote_identifier(&self.name)
        } else {
            self.qualified()
        }
    }

    /// As SQL writes it whatever the search path.
    #[must_use]
    pub fn qualified(&self) -> SmolStr {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
        .into()
    }
}

/// As messages write it: without the schema `public`.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.within("public"))
    }
}
