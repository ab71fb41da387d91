//! What is counted, and under which names.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::ForeignKey;
use crate::token::{quote_identifier, quote_literal};

/// More rows than this are not counted one by one.
pub(in crate::script::psql) const ENOUGH: usize = 1_000_000;

/// Something to count.
#[derive(Debug)]
pub(super) enum Check {
    /// All rows of a table that goes.
    Rows(Name),
    /// The values of a column that goes, but for a constant default.
    Values(Name, SmolStr, Option<String>),
    /// Rows that have no value where one will be needed.
    Nulls(Name, SmolStr),
    /// Rows where a new column will need a value.
    Unfilled(Name, SmolStr),
    /// Texts that are longer than they may be then.
    Longer(Name, SmolStr, SmolStr),
    /// Numbers that a smaller type does not hold.
    Beyond(Name, SmolStr, &'static str),
    /// Rows that share a key; with `true` those without a key count, too.
    Duplicates(Name, Vec<SmolStr>, bool),
    /// Rows without the one that they refer to; whether all types of the key are of `pg_catalog`, whose `=` compares them.
    Orphans(Name, ForeignKey, bool),
    /// Rows that refer to a table which comes back empty.
    Deserted(Name, ForeignKey),
    Violations(Name, String),
    /// Rows that have an enum's value, in a column or an array of it.
    Having(Name, SmolStr, SmolStr, bool),
}

/// A name that something has above a step of the rollback, and the one that it has below.
#[derive(Debug)]
pub(super) enum Event {
    Table(Name, Name),
    Column(Name, SmolStr, SmolStr),
}

/// The names that tables and columns have where the rollback begins, by those that they have at a later step.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) tables: BTreeMap<Name, Name>,
    pub(super) columns: BTreeMap<(Name, SmolStr), SmolStr>,
}

impl Names {
    pub(super) fn table(&self, name: &Name) -> SmolStr {
        self.first(name).qualified()
    }

    pub(super) fn first<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.tables.get(name).unwrap_or(name)
    }

    pub(super) fn column(&self, table: &Name, column: &SmolStr) -> SmolStr {
        let key = (table.clone(), column.clone());
        quote_identifier(self.columns.get(&key).unwrap_or(column))
    }

    pub(super) fn follow(&mut self, event: &Event) {
        match event {
            Event::Table(above, below) => {
                let first = self.tables.remove(above).unwrap_or_else(|| above.clone());
                self.tables.insert(below.clone(), first);
                let moved: Vec<_> = self
                    .columns
                    .keys()
                    .filter(|it| it.0 == *above)
                    .cloned()
                    .collect();
                for key in moved {
                    let first = self.columns.remove(&key).expect("it was found");
                    self.columns.insert((below.clone(), key.1), first);
                }
            }
            Event::Column(table, above, below) => {
                let key = (table.clone(), above.clone());
                let first = self.columns.remove(&key).unwrap_or_else(|| above.clone());
                self.columns.insert((table.clone(), below.clone()), first);
            }
        }
    }
}

impl Check {
    /// Whether something is lost; else the rollback would fail.
    pub(super) fn discards(&self) -> bool {
        match self {
            Self::Rows(_) | Self::Values(..) => true,
            Self::Nulls(..)
            | Self::Unfilled(..)
            | Self::Longer(..)
            | Self::Beyond(..)
            | Self::Duplicates(..)
            | Self::Orphans(..)
            | Self::Deserted(..)
            | Self::Violations(..)
            | Self::Having(..) => false,
        }
    }

    /// The tables that it asks.
    pub(super) fn tables(&self) -> Vec<&Name> {
        match self {
            Self::Orphans(table, key, _) => vec![table, &key.table],
            Self::Rows(table)
            | Self::Values(table, ..)
            | Self::Nulls(table, _)
            | Self::Unfilled(table, _)
            | Self::Longer(table, ..)
            | Self::Beyond(table, ..)
            | Self::Duplicates(table, ..)
            | Self::Deserted(table, _)
            | Self::Violations(table, _)
            | Self::Having(table, ..) => vec![table],
        }
    }

    /// What was counted, behind the number.
    pub(super) fn what(&self, names: &Names) -> String {
        let of = |table| names.first(table);
        let column = |table, column| names.column(table, column);
        let columns = |table, columns: &[SmolStr]| {
            let columns: Vec<_> = columns.iter().map(|it| names.column(table, it)).collect();
            columns.join(", ")
        };
        match self {
            Self::Rows(table) => format!("rows of table {}", of(table)),
            Self::Values(table, it, _) => {
                format!("values of column {}.{}", of(table), column(table, it))
            }
            Self::Nulls(table, it) => format!(
                "rows of {} with null in {}, which becomes not null",
                of(table),
                column(table, it)
            ),
            Self::Unfilled(table, it) => format!(
                "rows of {}, because column {it} is restored as not null without a default",
                of(table)
            ),
            Self::Longer(table, it, length) => format!(
                "values of {}.{} longer than {length} characters",
                of(table),
                column(table, it)
            ),
            Self::Beyond(table, it, sql_type) => format!(
                "values of {}.{} that do not fit into {sql_type}",
                of(table),
                column(table, it)
            ),
            Self::Duplicates(table, key, _) => format!(
                "values of {} that are not unique in {}",
                columns(table, key),
                of(table)
            ),
            Self::Orphans(table, key, _) => format!(
                "rows of {} whose {} is not in {}",
                of(table),
                columns(table, &key.columns),
                of(&key.table)
            ),
            Self::Deserted(table, key) => format!(
                "rows of {} whose {} refers to {}, which is restored without rows",
                of(table),
                columns(table, &key.columns),
                key.table
            ),
            Self::Violations(table, text) => format!("rows of {} where not ({text})", of(table)),
            Self::Having(table, it, value, _) => {
                format!(
                    "rows of {} whose {} is '{value}'",
                    of(table),
                    column(table, it)
                )
            }
        }
    }

    /// A query for the rows to count, which runs with the path of the author, whose expressions it may hold: all of limbeck's
    /// own in it is qualified. None where the names in its text may have changed.
    pub(super) fn query(&self, names: &Names) -> Option<String> {
        let rows = |table: &Name, condition: &str| {
            format!("select from {} where {condition}", names.table(table))
        };
        let text = match self {
            Self::Rows(table) => format!("select from {}", names.table(table)),
            Self::Values(table, column, default) => {
                let column = names.column(table, column);
                rows(
                    table,
                    &match default {
                        // `is distinct from` takes an operator of the path, and cannot be told another one.
                        Some(default) => format!(
                            "coalesce(({column})::text operator(pg_catalog.<>) ({default})::text, true)"
                        ),
                        None => format!("{column} is not null"),
                    },
                )
            }
            Self::Nulls(table, column) => {
                rows(table, &format!("{} is null", names.column(table, column)))
            }
            Self::Unfilled(table, _) => format!("select from {}", names.table(table)),
            Self::Longer(table, column, length) => rows(
                table,
                &format!(
                    "pg_catalog.char_length(({})::text) operator(pg_catalog.>) {length}",
                    names.column(table, column)
                ),
            ),
            Self::Beyond(table, column, sql_type) => {
                let column = names.column(table, column);
                let (low, high) = if *sql_type == "smallint" {
                    ("-32768", "32767")
                } else {
                    ("-2147483648", "2147483647")
                };
                rows(
                    table,
                    &format!(
                        "({column})::numeric operator(pg_catalog.<) ({low})::numeric or ({column})::numeric operator(pg_catalog.>) ({high})::numeric"
                    ),
                )
            }
            Self::Duplicates(table, columns, nulls) => {
                let columns: Vec<SmolStr> =
                    columns.iter().map(|it| names.column(table, it)).collect();
                let present: Vec<String> = columns
                    .iter()
                    .map(|it| format!("{it} is not null"))
                    .collect();
                let (keys, present) = (columns.join(", "), present.join(" and "));
                if *nulls {
                    format!(
                        "select from {} group by {keys} having pg_catalog.count(*) operator(pg_catalog.>) 1",
                        names.table(table)
                    )
                } else {
                    rows(
                        table,
                        &format!(
                            "{present} group by {keys} having pg_catalog.count(*) operator(pg_catalog.>) 1"
                        ),
                    )
                }
            }
            Self::Orphans(table, key, own) => orphans(table, key, *own, names),
            Self::Deserted(table, key) => {
                let present = key.columns.iter().map(|it| names.column(table, it));
                let present: Vec<String> = present.map(|it| format!("{it} is not null")).collect();
                rows(table, &present.join(" and "))
            }
            Self::Violations(table, text) => {
                let renamed = names.tables.contains_key(table)
                    || names.columns.keys().any(|it| it.0 == *table);
                if renamed {
                    return None;
                }
                rows(table, &format!("not ({text})"))
            }
            Self::Having(table, column, value, array) => {
                let (column, value) = (names.column(table, column), quote_literal(value));
                rows(
                    table,
                    &if *array {
                        format!("{value} operator(pg_catalog.=) any (({column})::text[])")
                    } else {
                        format!("({column})::text operator(pg_catalog.=) {value}")
                    },
                )
            }
        };
        Some(format!(
            "select pg_catalog.count(*) from ({text} limit {}) as found",
            ENOUGH + 1
        ))
    }
}

fn orphans(table: &Name, key: &ForeignKey, is_own: bool, names: &Names) -> String {
    // A type of an extension has its operators where the extension is.
    let equals = if is_own {
        "operator(pg_catalog.=)"
    } else {
        "="
    };
    let own: Vec<String> = key
        .columns
        .iter()
        .map(|it| format!("o.{}", names.column(table, it)))
        .collect();
    let present: Vec<String> = own.iter().map(|it| format!("{it} is not null")).collect();
    let equal: Vec<String> = key
        .references
        .iter()
        .zip(&own)
        .map(|(there, own)| format!("r.{} {equals} {own}", names.column(&key.table, there)))
        .collect();
    format!(
        "select from {} o where {} and not exists (select from {} r where {})",
        names.table(table),
        present.join(" and "),
        names.table(&key.table),
        equal.join(" and ")
    )
}
