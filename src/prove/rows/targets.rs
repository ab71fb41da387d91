//! How many rows each table is to have.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::hint::Hint;
use super::quote::literal;
use super::slot::Hints;
use super::{root, tables, words};
use crate::name::Name;
use crate::schema::Schema;

/// How many of the constants that SQL speaks of a table gets rows for.
const MOST_MENTIONED: usize = 8;

/// How many rows the tables of a database are to have. A table that has got a column is to have some more, in which that
/// column holds something.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    tables: BTreeMap<Name, Target>,
    /// What SQL says of the values of columns.
    pub(super) said: Hints,
}

#[derive(Debug, Clone)]
struct Target {
    columns: BTreeSet<SmolStr>,
    rows: usize,
}

impl Targets {
    /// Takes in what has changed: a new table is to have `wanted` rows.
    pub fn grow(&mut self, schema: &Schema, wanted: usize) {
        for (name, table) in tables(schema) {
            let columns: BTreeSet<SmolStr> =
                table.columns.iter().map(|it| it.name.clone()).collect();
            let target = self.tables.entry(name.clone()).or_insert_with(|| Target {
                columns: columns.clone(),
                rows: wanted,
            });
            if !columns.is_subset(&target.columns) {
                target.rows += wanted.div_ceil(2);
            }
            target.columns = columns;
        }
    }

    /// Some more rows for tables that have some: the last one is to be equal to the first of them where it may be.
    pub fn add(&mut self, tables: &BTreeSet<Name>) {
        for name in tables {
            if let Some(it) = self.tables.get_mut(name) {
                it.rows += 3;
            }
        }
    }

    /// Some rows more for the tables that SQL names, in which the columns that it names hold the constants that stand in it:
    /// what is done to such rows, others would not show. What was said before is forgotten.
    pub fn mention<'a>(
        &mut self,
        statements: impl Iterator<Item = (&'a str, BTreeSet<Name>)>,
        schema: &Schema,
    ) {
        self.said.clear();
        let mut more: BTreeMap<Name, usize> = BTreeMap::new();
        for (text, names) in statements {
            let found = Hint::within(text);
            if found.is_empty() {
                continue;
            }
            let words = words(text);
            for (name, table) in tables(schema) {
                let (root, _) = root(name, table, schema);
                if !names.contains(name) && !names.contains(root) {
                    continue;
                }
                for column in table.columns.iter().filter(|it| words.contains(&it.name)) {
                    let said = self.said.entry((name.clone(), column.name.clone()));
                    let said = said.or_default();
                    let new: Vec<Hint> = found
                        .iter()
                        .filter(|it| !said.contains(it))
                        .cloned()
                        .collect();
                    said.extend(new);
                    let rows = more.entry(name.clone()).or_default();
                    *rows = said.len().clamp(*rows, MOST_MENTIONED);
                }
            }
        }
        for (name, rows) in more {
            if let Some(it) = self.tables.get_mut(&name) {
                it.rows += rows + 1;
            }
        }
    }

    /// Takes the columns for those of another time: what they held has gone meanwhile.
    pub fn forget_since(&mut self, earlier: &Self) {
        for (name, target) in &mut self.tables {
            if let Some(it) = earlier.tables.get(name) {
                target.columns.clone_from(&it.columns);
            }
        }
    }

    /// As many for each table.
    #[must_use]
    pub fn even(schema: &Schema, wanted: usize) -> Self {
        let mut targets = Self::default();
        targets.grow(schema, wanted);
        targets
    }

    pub(super) fn of(&self, table: &Name) -> usize {
        self.tables.get(table).map_or(0, |it| it.rows)
    }

    /// A SELECT of the names of tables that have fewer rows.
    #[must_use]
    pub fn lacking(&self, schema: &Schema) -> String {
        let wanted = tables(schema).filter(|it| it.1.partition_by.is_none());
        let lines: Vec<String> = wanted
            .map(|(name, _)| {
                let rows = self.of(name);
                format!(
                    "select {} where (select pg_catalog.count(*) from (select from only {} limit {rows}) as it) < {rows}",
                    literal(&name.to_string()),
                    name.qualified()
                )
            })
            .collect();
        if lines.is_empty() {
            return String::new();
        }
        lines.join("\nunion all\n") + ";\n"
    }

    /// The same for those of these names alone; others get no row.
    #[must_use]
    pub fn only(&self, names: &BTreeSet<&str>) -> Self {
        let mut own = self.clone();
        own.tables
            .retain(|name, _| names.contains(name.to_string().as_str()));
        own
    }
}
