//! Statements outside of transactions: what is checked before, what runs under which condition, what must hold after.

use crate::operation::{Alone, Statement};
use crate::script::guard::{self, author_path, data};
use crate::token::quote_literal;

use super::route::{Mend, Route};

/// Whether a partition is on its way out of its table. The column came with the statement, in version 14.
const PENDING: &str = "coalesce((to_json(i) ->> 'inhdetachpending')::boolean, false)";

fn is_attached(child: &str, condition: &str) -> String {
    format!(
        "exists (select from pg_inherits i where inhrelid = to_regclass({child}) and {condition})"
    )
}

/// A statement, and the condition under which it has to run: an SQL expression.
pub(super) type Run = (String, Option<String>);

impl Route<'_> {
    /// Statements that bring what a half-done upgrade may have left to where the way back expects it, where it ended right
    /// there: what was begun is finished first.
    pub(super) fn mend(mend: &Mend<'_>) -> Vec<Run> {
        let mut runs = match mend.alone {
            Alone::CreateIndex(_) | Alone::Raw => return Vec::new(),
            Alone::DropIndex(index) => {
                let name = index.qualified();
                let there = format!("to_regclass({}) is not null", quote_literal(&name));
                vec![(format!("drop index {name}"), Some(there))]
            }
            Alone::DetachPartition(parent, partition) => {
                let (parent, child) = (parent.qualified(), partition.qualified());
                let literal = quote_literal(&child);
                vec![
                    (
                        format!("alter table {parent} detach partition {child} finalize"),
                        Some(is_attached(&literal, PENDING)),
                    ),
                    (
                        format!("alter table {parent} detach partition {child}"),
                        Some(is_attached(&literal, "true")),
                    ),
                ]
            }
        };
        runs.extend(mend.rest.iter().map(|it| (it.sql.clone(), None)));
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
                table: index.table.qualified(),
                own_name: &index.name.name,
                table_name: &index.table.name,
                twin: &index.twin,
                path: author_path(schema),
                mends,
            },
        ),
        Alone::DropIndex(_) | Alone::DetachPartition(..) | Alone::Raw => String::new(),
    }
}

/// The statements that may have to run, each with the condition under which it does.
pub(super) fn runs(statement: &Statement, alone: &Alone) -> Vec<Run> {
    let sql = statement.sql.clone();
    match alone {
        Alone::CreateIndex(index) => {
            let name = index.name.qualified();
            let literal = quote_literal(&name);
            vec![
                (
                    format!("drop index concurrently {name}"),
                    Some(format!(
                        "exists (select from pg_index where indexrelid = to_regclass({literal}) and not indisvalid)"
                    )),
                ),
                (sql, Some(format!("to_regclass({literal}) is null"))),
            ]
        }
        Alone::DropIndex(index) => vec![(
            sql,
            Some(format!(
                "to_regclass({}) is not null",
                quote_literal(&index.qualified())
            )),
        )],
        Alone::DetachPartition(parent, partition) => {
            let child = quote_literal(&partition.qualified());
            vec![
                (
                    format!(
                        "alter table {} detach partition {} finalize",
                        parent.qualified(),
                        partition.qualified()
                    ),
                    Some(is_attached(&child, PENDING)),
                ),
                (sql, Some(is_attached(&child, &format!("not {PENDING}")))),
            ]
        }
        Alone::Raw => vec![(sql, None)],
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
