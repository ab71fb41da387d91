//! SQL statements that an operation becomes.

use smol_str::SmolStr;

use crate::sql::Sql;

/// One SQL statement, without the final `;`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub placement: Placement,
}

/// Where a statement may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    Transaction,
    /// PostgreSQL refuses it inside a transaction.
    Alone(Alone),
    /// It may stand in a transaction, but what it makes can be used only after the commit: an enum's new value.
    EndsPart {
        value: String,
    },
    /// Rows are written; schema work after it must not meet pending trigger events. The constraints that are checked
    /// at the end of the transaction are named, as `set constraints` takes them.
    Rows {
        deferred: Vec<SmolStr>,
    },
}

/// How a statement outside transactions is known to be done already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alone {
    CreateIndex(Box<ConcurrentIndex>),
    DropIndex(crate::name::Name),
    /// `alter table … detach partition … concurrently`: parent, partition.
    DetachPartition(crate::name::Name, crate::name::Name),
    /// A statement of raw SQL, which stands alone in its revision.
    Raw,
}

/// An index that is built outside of transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentIndex {
    pub name: crate::name::Name,
    pub table: crate::name::Name,
    /// The statement that makes it on a table of the same name in `pg_temp`, to compare what exists with it.
    pub twin: String,
}

impl Statement {
    /// A statement that may stand in a transaction.
    #[must_use]
    pub fn new(sql: Sql<'_>) -> Self {
        Self::text(sql.finish())
    }

    /// The same from text.
    #[must_use]
    pub fn text(sql: String) -> Self {
        Self {
            sql,
            placement: Placement::Transaction,
        }
    }
}
