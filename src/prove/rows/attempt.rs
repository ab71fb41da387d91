//! SQL that tries what an application does: a row is put into a table, rows of it are changed, one is deleted, a view is
//! read. Nothing of it stays.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use crate::name::Name;
use crate::schema::{Column, Schema, Table};
use crate::template;
use crate::token::quote_identifier;

use super::block::{Attempt, BECAUSE, Goal};
use super::quote::{dollar, literal};
use super::{Targets, as_author, hints, of_table, tables};

/// A SELECT of the tables on which the server runs what an author wrote, as arrays of schema and name: triggers, rules, and
/// functions in defaults, constraints, indexes and domains. Those of extensions are not meant.
pub const CALLERS: &str = include_str!("callers.sql");

/// An attempt on a table, of which a line is told: the number of the relation on the server, what it is called, what was
/// tried, and the code and the message with which it was refused.
fn attempt(name: &Name, what: &str) -> Attempt {
    let number = format!(
        "{}::pg_catalog.regclass::pg_catalog.oid",
        literal(&name.qualified())
    );
    Attempt {
        told: told(&number, &literal(&name.to_string()), what),
    }
}

/// The statement that adds the line, where `number` and `name` are SQL.
fn told(number: &str, name: &str, what: &str) -> String {
    format!(
        "perform pg_catalog.set_config('limbeck.told', pg_catalog.current_setting('limbeck.told') || pg_catalog.json_build_array({number}, {name}, '{what}', refused, why)::text || E'\\n', true);"
    )
}

/// What the script is filled from.
#[derive(Debug, Serialize)]
struct View {
    path: String,
    because: &'static str,
    /// What tells of the view `it`.
    viewed: String,
    tables: Vec<Changed>,
}

/// One table, as SQL.
#[derive(Debug, Serialize)]
struct Changed {
    insert: String,
    body: String,
}

/// What the attempts on rows that are there are filled from.
#[derive(Debug, Serialize)]
struct Changes {
    because: &'static str,
    from: String,
    update: Option<String>,
    updated: String,
    delete: String,
    deleted: String,
}

/// A script that tries the tables among `wanted`, the partitions of those that are partitioned, and all views; it prints a
/// JSON array for each attempt: the number and the name of the relation, what was tried, the code and the message of a refusal.
#[must_use]
pub fn attempts(schema: &Schema, targets: &Targets, wanted: &BTreeSet<Name>) -> String {
    let hints = hints(schema, &targets.said);
    let tried =
        tables(schema).filter(|it| it.1.partition_by.is_none() && is_of(it.0, wanted, schema));
    let tables = tried.map(|(name, table)| {
        let inserted = attempt(name, "insert");
        // Those that are there have taken the first ones.
        let candidates = targets.of(name) + 4;
        let insert = of_table(name, schema, &hints, candidates, Goal::OneMore(&inserted));
        let from = format!("only {}", name.qualified());
        let update = sets(table).map(|it| dollar(&format!("update {from} set {it}"), "row"));
        let body = template::sql(
            include_str!("change.sql.jinja"),
            &Changes {
                because: BECAUSE,
                update,
                updated: attempt(name, "update").told,
                delete: dollar(&format!("delete from {from} where ctid = $1"), "row"),
                deleted: attempt(name, "delete").told,
                from,
            },
        );
        Changed {
            insert: insert.unwrap_or_default(),
            body: dollar(&format!("\n{body}"), "limbeck"),
        }
    });
    let view = View {
        path: as_author(schema),
        because: BECAUSE,
        viewed: told("it.oid", "it.place::text", "select"),
        tables: tables.collect(),
    };
    template::sql(include_str!("attempt.sql.jinja"), &view)
}

/// Whether the table is meant, or one that it is a partition of.
fn is_of(name: &Name, wanted: &BTreeSet<Name>, schema: &Schema) -> bool {
    let above = std::iter::successors(Some(name), |it| {
        let partition = schema.table(it)?.partition_of.as_ref();
        partition.map(|above| &above.parent)
    });
    above.into_iter().any(|it| wanted.contains(it))
}

/// Sets every column that may be set to what it holds.
fn sets(table: &Table) -> Option<String> {
    let may_be_set = |column: &&Arc<Column>| {
        column.generated.is_none() && column.identity.as_ref().is_none_or(|it| !it.always)
    };
    let columns = table.columns.iter().filter(may_be_set);
    let columns: Vec<String> = columns
        .map(|it| {
            let column = quote_identifier(&it.name);
            format!("{column} = {column}")
        })
        .collect();
    (!columns.is_empty()).then(|| columns.join(", "))
}
