//! The rows of tables, cell by cell, and whether a column is still the one that it was.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::Schema;
use crate::token::quote_identifier;

use super::quote::literal;
use super::{from, tables};

/// How many rows of a table are told.
const MOST_TOLD: usize = 3;
/// How many characters of a value are told.
const LONGEST_TOLD: usize = 40;

/// What is asked of the tables of a schema, and how the answers are compared.
#[derive(Debug)]
pub struct Cells {
    tables: Vec<(Name, Vec<SmolStr>)>,
    /// A line for each table: its place in the list, a `|`, and its rows, whatever their order.
    pub values: String,
    /// What each column is to the server: the place of its table and its own, then the number of the table, its own, and
    /// its type.
    pub places: String,
}

/// What [`Cells::places`] says behind the places in the lists, of all columns that a database has.
pub const ALL_PLACES: &str =
    "select a.attrelid || '.' || a.attnum || ' ' || a.atttypid || ' ' || a.atttypmod
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
 where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and c.oid >= 16384;
";

/// The columns of tables by their places in [`Cells`].
type Places = BTreeSet<(usize, usize)>;

/// What is asked of the tables of `schema`.
#[must_use]
pub fn cells(schema: &Schema) -> Cells {
    let mut all = Vec::new();
    let mut values = Vec::new();
    let mut places = Vec::new();
    // The rows of a partitioned table are those of its partitions.
    for (name, table) in tables(schema).filter(|it| it.1.partition_by.is_none()) {
        let place = all.len();
        let columns: Vec<SmolStr> = table.columns.iter().map(|it| it.name.clone()).collect();
        // As a row, each value keeps the blanks at its end, and none is not as an empty one.
        let texts: Vec<String> = columns
            .iter()
            .map(|it| format!("row(r.{})::pg_catalog.text", quote_identifier(it)))
            .collect();
        values.push(format!(
            "select '{place}', '[' || coalesce((select pg_catalog.string_agg(pg_catalog.to_json(array[{}]::pg_catalog.text[])::pg_catalog.text, ',') from {} as r where settings.made is not null), '') || ']'",
            texts.join(", "),
            from(name, table)
        ));
        places.extend(columns.iter().enumerate().map(|(at, column)| {
            format!(
                "('{place}.{at}', {}, {})",
                literal(&name.qualified()),
                literal(column)
            )
        }));
        all.push((name.clone(), columns));
    }
    let places = if places.is_empty() {
        "select '' where false;\n".to_owned()
    } else {
        format!(
            "select w.place, a.attrelid || '.' || a.attnum || ' ' || a.atttypid || ' ' || a.atttypmod
  from (values {}) as w (place, relation, name)
  join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.to_regclass(w.relation) and a.attname = w.name;
",
            places.join(",\n")
        )
    };
    Cells {
        tables: all,
        values: super::settled(&values),
        places,
    }
}

/// The columns that are the same ones, of the same type, in both answers to [`Cells::places`] and meanwhile in that to
/// [`ALL_PLACES`].
#[must_use]
pub fn kept(before: &str, meanwhile: &str, after: &str) -> Places {
    let after: BTreeSet<&str> = after.lines().collect();
    let meanwhile: BTreeSet<&str> = meanwhile.lines().collect();
    let same = before.lines().filter_map(|line| {
        let (places, what) = line.split_once('|')?;
        (after.contains(line) && meanwhile.contains(what)).then_some(places)
    });
    same.filter_map(|it| {
        let (table, column) = it.split_once('.')?;
        Some((table.parse().ok()?, column.parse().ok()?))
    })
    .collect()
}

impl Cells {
    /// All columns.
    #[must_use]
    pub fn all(&self) -> Places {
        let tables = self.tables.iter().enumerate();
        tables
            .flat_map(|(table, (_, columns))| (0..columns.len()).map(move |it| (table, it)))
            .collect()
    }

    /// The columns but those, whose names are given.
    #[must_use]
    pub fn without(&self, places: Places, columns: &BTreeSet<(Name, SmolStr)>) -> Places {
        let is_named = |(table, column): &(usize, usize)| {
            let (name, own) = &self.tables[*table];
            columns.contains(&(name.clone(), own[*column].clone()))
        };
        places.into_iter().filter(|it| !is_named(it)).collect()
    }

    /// The rows that only one of two answers to [`Cells::values`] has, reduced to `places`, as lines for people.
    #[must_use]
    pub fn changed(&self, before: &str, after: &str, places: &Places) -> Vec<String> {
        let (before, after) = (read(before), read(after));
        let mut lines = Vec::new();
        for (table, (name, columns)) in self.tables.iter().enumerate() {
            let kept: Vec<usize> = places
                .range((table, 0)..(table + 1, 0))
                .map(|it| it.1)
                .collect();
            let rows = |all: &BTreeMap<usize, Vec<Vec<String>>>| -> Vec<Vec<String>> {
                let rows = all.get(&table).into_iter().flatten();
                let mut rows: Vec<Vec<String>> = rows
                    .map(|row| kept.iter().filter_map(|it| row.get(*it).cloned()).collect())
                    .collect();
                rows.sort();
                rows
            };
            if kept.is_empty() {
                continue;
            }
            let (was, is) = (rows(&before), rows(&after));
            for (sign, one, other) in [('-', &was, &is), ('+', &is, &was)] {
                let only = only(one, other);
                let told = only.iter().take(MOST_TOLD).map(|row| {
                    let cells = kept.iter().zip(row.iter());
                    let cells: Vec<String> = cells
                        .map(|(column, value)| format!("{} {}", columns[*column], told(value)))
                        .collect();
                    format!("{sign} {name}: {}", cells.join(", "))
                });
                lines.extend(told);
                if only.len() > MOST_TOLD {
                    lines.push(format!("{sign} {name}: {} more", only.len() - MOST_TOLD));
                }
            }
        }
        lines
    }
}

/// The rows of each table by its place.
fn read(values: &str) -> BTreeMap<usize, Vec<Vec<String>>> {
    let lines = values.lines().filter_map(|it| it.split_once('|'));
    lines
        .filter_map(|(place, rows)| Some((place.parse().ok()?, serde_json::from_str(rows).ok()?)))
        .collect()
}

/// The rows that `other` has not, or not as often; both are sorted.
fn only<'a>(one: &'a [Vec<String>], other: &[Vec<String>]) -> Vec<&'a Vec<String>> {
    let mut others = other.iter().peekable();
    one.iter()
        .filter(|row| {
            while others.next_if(|it| it < row).is_some() {}
            others.next_if(|it| it == row).is_none()
        })
        .collect()
}

/// A value for people, from a row of it alone.
fn told(value: &str) -> String {
    let inside = value
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or(value);
    if inside.is_empty() {
        return "null".to_owned();
    }
    let mut told: String = inside
        .chars()
        .take(LONGEST_TOLD)
        .map(|it| if it.is_control() { ' ' } else { it })
        .collect();
    if told.len() < inside.len() {
        told.push('…');
    }
    told
}
