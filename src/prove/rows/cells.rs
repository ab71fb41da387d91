//! The values of each column by itself, and whether a column is still the one that it was.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::schema::Schema;
use crate::token::quote_identifier;

use super::quote::literal;
use super::{gathered, tables};

/// The columns of a schema, and SQL that tells of them. Each answer begins with a column's place in the list and a `|`.
#[derive(Debug)]
pub struct Cells {
    /// Such as `t.a`.
    pub columns: Vec<String>,
    /// The values, in a text that is equal for equal values in any order.
    pub values: String,
    /// What a column is to the server: its table's number, its own, and its type.
    pub places: String,
}

/// What [`Cells::places`] says behind the place in the list, of all columns that a database has.
pub const ALL_PLACES: &str =
    "select a.attrelid || '.' || a.attnum || ' ' || a.atttypid || ' ' || a.atttypmod
  from pg_catalog.pg_attribute a
  join pg_catalog.pg_class c on c.oid = a.attrelid
 where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and c.oid >= 16384;
";

/// What is asked of the tables of `schema`.
#[must_use]
pub fn cells(schema: &Schema) -> Cells {
    let mut columns = Vec::new();
    let mut values = Vec::new();
    let mut places = Vec::new();
    // The rows of a partitioned table are those of its partitions.
    for (name, table) in tables(schema).filter(|it| it.1.partition_by.is_none()) {
        for column in &table.columns {
            let number = columns.len();
            let quoted: SmolStr = quote_identifier(&column.name);
            values.push(gathered(
                &number.to_string(),
                name,
                table,
                std::slice::from_ref(&quoted),
            ));
            places.push(format!(
                "({number}, {}, {})",
                literal(&name.qualified()),
                literal(&column.name)
            ));
            columns.push(format!("{name}.{quoted}"));
        }
    }
    let places = if places.is_empty() {
        "select '' where false;\n".to_owned()
    } else {
        format!(
            "select w.place, a.attrelid || '.' || a.attnum || ' ' || a.atttypid || ' ' || a.atttypmod
  from (values {}) as w (place, relation, name)
  join pg_catalog.pg_attribute a on a.attrelid = pg_catalog.to_regclass(w.relation) and a.attname = w.name
 order by 1;
",
            places.join(",\n")
        )
    };
    Cells {
        columns,
        values: super::settled(&values),
        places,
    }
}

/// The numbers of the columns that are the same ones, of the same type, in both answers to [`Cells::places`] and meanwhile
/// in that to [`ALL_PLACES`].
#[must_use]
pub fn kept(before: &str, meanwhile: &str, after: &str) -> BTreeSet<usize> {
    let after: BTreeSet<&str> = after.lines().collect();
    let meanwhile: BTreeSet<&str> = meanwhile.lines().collect();
    let same = before.lines().filter(|line| {
        let place = line.split_once('|').map_or("", |it| it.1);
        after.contains(line) && meanwhile.contains(place)
    });
    same.filter_map(|line| line.split_once('|')?.0.parse().ok())
        .collect()
}
