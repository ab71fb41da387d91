//! Statements outside of transactions: how each is known to be done already, what may have to run, and what mends a run
//! that did not come to its end.

use crate::kind::Kind;
use crate::lower::{Condition, Statement};
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::{AlterTable, CreateIndex, Drop};
use crate::schema::Subject;

/// How a statement outside transactions is known to be done already.
#[derive(Debug, Clone, PartialEq)]
pub enum Alone {
    CreateIndex(Box<ConcurrentIndex>),
    DropIndex(Name),
    /// `alter table … detach partition … concurrently`: parent, partition.
    DetachPartition(Name, Name),
    /// A statement of raw SQL, which stands alone in its revision.
    Raw,
}

/// An index that is built outside of transactions.
#[derive(Debug, Clone, PartialEq)]
pub struct ConcurrentIndex {
    pub name: Name,
    /// The statement that makes it on a table of the same name in `pg_temp`, to compare what exists with it.
    pub twin: CreateIndex,
}

impl ConcurrentIndex {
    /// The table that it is on.
    #[must_use]
    pub fn table(&self) -> Name {
        self.name.sibling(self.twin.index.table.name.clone())
    }
}

fn drop_index(name: &Name, concurrently: bool) -> Statement {
    let drop = Drop {
        concurrently,
        ..Drop::index(name)
    };
    drop.into()
}

fn index(name: &Name) -> Subject {
    Subject::new(Kind::Index, name.clone())
}

impl Alone {
    /// What may have to run, each with the condition under which it does; `statement` is what is to be done.
    #[must_use]
    pub fn runs(&self, statement: &Statement) -> Vec<Statement> {
        let statement = statement.clone();
        match self {
            Self::CreateIndex(it) => vec![
                drop_index(&it.name, true).only_if(Condition::IndexInvalid(it.name.clone())),
                statement.only_if(Condition::Absent(index(&it.name))),
            ],
            Self::DropIndex(name) => vec![statement.only_if(Condition::Exists(index(name)))],
            Self::DetachPartition(table, partition) => vec![
                Statement::finalize_detach(table, partition)
                    .only_if(Condition::Pending(partition.clone())),
                statement.only_if(Condition::NotPending(partition.clone())),
            ],
            Self::Raw => vec![statement],
        }
    }

    /// What takes back a run that may have begun and did not come to its end; nothing where nothing is left of one.
    #[must_use]
    pub fn mends(&self) -> Vec<Statement> {
        match self {
            Self::CreateIndex(_) | Self::Raw => Vec::new(),
            Self::DropIndex(name) => {
                vec![drop_index(name, false).only_if(Condition::Exists(index(name)))]
            }
            Self::DetachPartition(table, partition) => {
                let detach = Action::DetachPartition {
                    partition: partition.clone(),
                    concurrently: false,
                };
                vec![
                    Statement::finalize_detach(table, partition)
                        .only_if(Condition::Pending(partition.clone())),
                    Statement::from(AlterTable::one(table.clone(), detach))
                        .only_if(Condition::Attached(partition.clone())),
                ]
            }
        }
    }
}
