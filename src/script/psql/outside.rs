//! Statements outside of transactions: what is checked before, what runs under which condition, what must hold after.

use crate::lower::{Alone, Statement};
use crate::operation::Operation;
use crate::script::guard::{self, author_path, data};

use super::route::Mend;

impl Mend<'_> {
    /// Statements that bring what a half-done upgrade may have left to where the way back expects it, where it ended right
    /// there: what was begun is finished first.
    pub(super) fn runs(&self) -> Vec<Statement> {
        let mut runs = self.alone.mends();
        if !runs.is_empty() {
            runs.extend(self.rest.iter().cloned());
        }
        runs
    }
}

/// What is checked before a statement outside of transactions runs, for `index.sql`; empty for nothing.
pub(in crate::script) fn before(alone: &Alone, schema: &str, mends: bool) -> String {
    match alone {
        Alone::CreateIndex(index) => data(
            "index",
            &guard::Index {
                name: index.name.qualified(),
                table: index.table().qualified(),
                own_name: &index.name.name,
                table_name: &index.table().name,
                twin: &Operation::from(index.twin.clone()).print(schema),
                path: author_path(schema),
                mends,
            },
        ),
        Alone::DropIndex(_) | Alone::DetachPartition(..) | Alone::Raw => String::new(),
    }
}

/// What must hold after such a statement, for `done.sql`; empty for nothing.
pub(in crate::script) fn after(alone: &Alone) -> String {
    let done = match alone {
        Alone::CreateIndex(index) => guard::Done {
            built: Some(index.name.qualified()),
            otherwise: format!("index {} was not built", index.name),
            ..guard::Done::default()
        },
        Alone::DropIndex(index) => guard::Done {
            gone: Some(index.qualified()),
            otherwise: format!("index {index} was not dropped"),
            ..guard::Done::default()
        },
        Alone::DetachPartition(_, partition) => guard::Done {
            detached: Some(partition.qualified()),
            otherwise: format!("partition {partition} was not detached"),
            ..guard::Done::default()
        },
        Alone::Raw => return String::new(),
    };
    data("done", &done)
}
