//! Rows for the tables of a model, as SQL that a server is to run: which rows it takes, only the server says.
//!
//! What a block tries hangs on nothing but the model, so that two databases of one model get equal rows.

mod attempt;
mod block;
mod cells;
mod date;
mod decimal;
mod hint;
mod order;
mod other;
mod quote;
mod ring;
mod sample;
mod seat;
mod slot;
mod targets;
mod text;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use block::{Block, Goal, block};
use hint::Hint;
use order::{Filling, order};
use quote::literal;
use ring::ring;
use slot::{Hints, Slot, rules, slots};
use smol_str::SmolStr;

use crate::model::partition_key::{By, PartitionKey};
use crate::name::Name;
use crate::schema::{ConstraintKind, Named, Schema, Table};
use crate::token::{identifier, lex, quote_identifier};

pub use attempt::{CALLERS, attempts};
pub use cells::{ALL_PLACES, Cells, cells, kept};
pub use targets::Targets;

/// SQL that fills every table of `schema` that holds fewer rows than it is to have with rows that PostgreSQL takes. It never
/// fails: what PostgreSQL refuses is left out.
///
/// Where all of it runs in one transaction, constraints are checked at once in the rest of that one.
#[must_use]
pub fn fill(schema: &Schema, targets: &Targets) -> String {
    let hints = hints(schema, &targets.said);
    let tables: BTreeMap<&Name, &Table> = tables(schema).collect();
    let mut sql = String::new();
    for step in order(&tables, schema, |it| targets.of(it)) {
        let (name, rows) = match step {
            Filling::Rows(name, rows) => (name, rows),
            Filling::Ring(names) => {
                sql += &ring(&names, schema, &hints);
                continue;
            }
        };
        if rows == 0 {
            continue;
        }
        let candidates = targets.of(name);
        sql += &of_table(name, schema, &hints, candidates, Goal::Rows(rows)).unwrap_or_default();
    }
    if sql.is_empty() {
        return sql;
    }
    as_author(schema) + &sql
}

/// The path of names that an author's statements have: what triggers and rules call may be written for it.
fn as_author(schema: &Schema) -> String {
    let own = quote_identifier(&schema.default);
    format!("set search_path = {own}, pg_temp;\n")
}

/// The block that fills a table, from so many candidates for each column; none where no row can be made. The partitions of a
/// table hold its rows.
fn of_table(
    name: &Name,
    schema: &Schema,
    hints: &Hints,
    candidates: usize,
    goal: Goal<'_>,
) -> Option<String> {
    let table = schema.table(name)?;
    if table.partition_by.is_some() {
        return None;
    }
    let (root, key) = root(name, table, schema);
    let table = &as_seen_from(root, table, schema);
    let mut slots = slots(name, table, schema, hints, candidates);
    if let Goal::OneMore(_) = goal {
        let calls = slots.iter_mut().filter(|it| it.may_call_default(table));
        calls.for_each(Slot::leave_to_default);
    }
    if slots.iter().any(|it| it.candidates.is_empty()) {
        return None;
    }
    let mut rules = rules(name, table, schema, &slots);
    // The complaint that no partition, or another one, takes a row has no name.
    let key = slots
        .iter()
        .enumerate()
        .filter(|slot| slot.1.columns.iter().any(|it| key.contains(it)));
    let key: BTreeSet<usize> = key.map(|it| it.0 + 1).collect();
    if !key.is_empty() {
        rules.insert(SmolStr::default(), key);
    }
    Some(block(&Block {
        into: &root.qualified(),
        from: &format!("only {}", name.qualified()),
        slots: &slots,
        rules: &rules,
        goal,
    }))
}

/// A SELECT: a line for each table: its name, and its rows as a text that is equal for equal rows, whatever the order of
/// rows and columns and however they are physically stored.
///
/// In a transaction, it leaves settings for the form of values behind.
#[must_use]
pub fn snapshot(schema: &Schema) -> String {
    let lines = tables(schema).map(|(name, table)| {
        let mut columns: Vec<SmolStr> = table
            .columns
            .iter()
            .map(|it| quote_identifier(&it.name))
            .collect();
        columns.sort();
        gathered(&name.to_string(), name, table, &columns)
    });
    settled(&lines.collect::<Vec<_>>())
}

/// A SELECT of a label and the rows of a table, reduced to these columns, in order of their texts. It stands in [`settled`].
fn gathered(label: &str, name: &Name, table: &Table, columns: &[SmolStr]) -> String {
    // A line of what psql writes holds it all.
    let escaped = [
        ("E'\\\\'", "E'\\\\\\\\'"),
        ("E'\\n'", "E'\\\\n'"),
        ("E'\\r'", "E'\\\\r'"),
    ]
    .iter()
    .fold("it.line".to_owned(), |text, (from, to)| {
        format!("pg_catalog.replace({text}, {from}, {to})")
    });
    let values: Vec<String> = columns.iter().map(|it| format!("r.{it}")).collect();
    format!(
        "select {}, {} || coalesce((select pg_catalog.string_agg(it.line, ' ' order by it.line collate pg_catalog.\"C\") from (select {escaped} as line from (select row({})::pg_catalog.text as line from {} as r where settings.made is not null) as it) as it), '')",
        literal(label),
        literal(&format!("({}) ", columns.join(","))),
        values.join(", "),
        from(name, table),
    )
}

/// A SELECT of such lines, whose values have the same form in every session.
fn settled(lines: &[String]) -> String {
    if lines.is_empty() {
        return "select ''::pg_catalog.text, ''::pg_catalog.text where false;\n".to_owned();
    }
    let settings = [
        ("DateStyle", "ISO, YMD"),
        ("IntervalStyle", "postgres"),
        ("TimeZone", "UTC"),
        ("bytea_output", "hex"),
        ("extra_float_digits", "1"),
        ("lc_monetary", "C"),
        ("search_path", "pg_catalog"),
        ("xmlbinary", "base64"),
    ];
    let settings =
        settings.map(|(name, value)| format!("pg_catalog.set_config('{name}', '{value}', true)"));
    format!(
        "select lines.* from (select pg_catalog.concat({}) as made offset 0) as settings cross join lateral (\n{}\n) as lines (name, rows) order by lines.name collate pg_catalog.\"C\";\n",
        settings.join(", "),
        lines.join("\nunion all\n")
    )
}

/// A SELECT of the names of tables without rows.
#[must_use]
pub fn unfilled(schema: &Schema) -> String {
    let lines = tables(schema).map(|(name, table)| {
        format!(
            "select {} as name where not exists (select from {})",
            literal(&name.to_string()),
            from(name, table)
        )
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return "select ''::pg_catalog.text as name where false;\n".to_owned();
    }
    format!(
        "select name from (\n{}\n) as it order by name collate pg_catalog.\"C\";\n",
        lines.join("\nunion all\n")
    )
}

/// A SELECT of the tables with rows, each with the number that it has on the server. The rows of a partitioned table are
/// those of its partitions.
#[must_use]
pub fn held(schema: &Schema) -> String {
    let lines = tables(schema)
        .filter(|it| it.1.partition_by.is_none())
        .map(|(name, _)| {
            let qualified = name.qualified();
            format!(
                "select pg_catalog.to_regclass({})::pg_catalog.oid, {} where exists (select from only {qualified})",
                literal(&qualified),
                literal(&name.to_string())
            )
        });
    lines.map(|it| it + ";\n").collect()
}

/// The names that stand in SQL.
pub(super) fn words(text: &str) -> BTreeSet<SmolStr> {
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let names = tokens.iter().filter(|it| it.is_name());
    names.map(|it| identifier(it.text(text))).collect()
}

fn tables(schema: &Schema) -> impl Iterator<Item = (&Name, &Table)> {
    schema.objects().filter_map(Named::table)
}

/// The rows of the table alone, those of its partitions among them, but not those of the tables that inherit from it.
pub(super) fn from(name: &Name, table: &Table) -> String {
    let only = if table.partition_by.is_some() {
        ""
    } else {
        "only "
    };
    format!("{only}{}", name.qualified())
}

/// The partitioned table that all rows of a partition pass through, and the columns that say where they go.
fn root<'a>(name: &'a Name, table: &'a Table, schema: &'a Schema) -> (&'a Name, BTreeSet<SmolStr>) {
    let mut root = name;
    let mut columns = BTreeSet::new();
    let mut above = table.partition_of.as_ref();
    while let Some(partition) = above {
        root = &partition.parent;
        let parent = schema.table(root);
        let key = parent.and_then(|it| it.partition_by.as_deref());
        columns.extend(key.into_iter().flat_map(|it| {
            PartitionKey::parse(it)
                .columns()
                .cloned()
                .collect::<Vec<_>>()
        }));
        above = parent.and_then(|it| it.partition_of.as_ref());
    }
    (root, columns)
}

/// The partition where its columns are filled as those of the table that its rows pass through.
fn as_seen_from(root: &Name, table: &Table, schema: &Schema) -> Table {
    let mut table = table.clone();
    for column in &mut table.columns {
        if let Some(it) = schema.table(root).and_then(|it| it.column(&column.name)) {
            let column = Arc::make_mut(column);
            column.default.clone_from(&it.default);
            column.identity.clone_from(&it.identity);
        }
    }
    table
}

/// What SQL and the constraints on each column say about its values, and those on the columns that refer to it.
fn hints(schema: &Schema, said: &Hints) -> Hints {
    let mut hints = said.clone();
    for (name, table) in tables(schema) {
        let mut add = |column: &SmolStr, found: &[Hint]| {
            let generated = table.column(column).and_then(|it| it.generated.as_ref());
            let columns =
                generated.map_or_else(|| vec![column], |it| it.expression.columns().collect());
            for column in columns {
                hints
                    .entry((name.clone(), column.clone()))
                    .or_default()
                    .extend_from_slice(found);
            }
        };
        for (column, found) in bounds(table, schema) {
            add(&column, &found);
        }
        for constraint in table.constraints.values() {
            if let ConstraintKind::Check { expression, .. } = &constraint.kind {
                let columns: BTreeSet<&SmolStr> = expression.columns().collect();
                for column in columns {
                    add(column, &Hint::all(expression));
                }
            }
        }
    }
    // A key may be referred to by one that is referred to itself.
    for _ in 0..3 {
        for (name, table) in tables(schema) {
            for constraint in table.constraints.values() {
                let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                    continue;
                };
                for (column, reference) in key.columns.iter().zip(&key.references) {
                    let found = hints
                        .get(&(name.clone(), column.clone()))
                        .cloned()
                        .unwrap_or_default();
                    let target = hints
                        .entry((key.table.clone(), reference.clone()))
                        .or_default();
                    target.extend(
                        found
                            .into_iter()
                            .filter(|it| !target.contains(it))
                            .collect::<Vec<_>>(),
                    );
                }
            }
        }
    }
    // Rows of a partitioned table are made for its partitions.
    let partitions = tables(schema).filter(|it| it.1.partition_of.is_some());
    for (name, table) in partitions {
        let (root, _) = root(name, table, schema);
        for column in &table.columns {
            let found = hints
                .get(&(root.clone(), column.name.clone()))
                .cloned()
                .unwrap_or_default();
            let target = hints
                .entry((name.clone(), column.name.clone()))
                .or_default();
            target.extend(
                found
                    .into_iter()
                    .filter(|it| !target.contains(it))
                    .collect::<Vec<_>>(),
            );
        }
    }
    hints
}

/// The constants in the bounds of a partition and of those above it, by the columns that they are for.
fn bounds(table: &Table, schema: &Schema) -> Vec<(SmolStr, Vec<Hint>)> {
    let mut found = Vec::new();
    let mut above = table.partition_of.as_ref();
    while let Some(partition) = above {
        let Some(parent) = schema.table(&partition.parent) else {
            break;
        };
        let key = PartitionKey::parse(parent.partition_by.as_deref().unwrap_or_default());
        let hints = Hint::within(&partition.bound);
        if key.strategy != "hash" {
            for element in &key.elements {
                match &element.by {
                    By::Column(column) => found.push((column.clone(), hints.clone())),
                    By::Expression(expression) => {
                        let own: Vec<Hint> =
                            hints.iter().cloned().chain(Hint::all(expression)).collect();
                        found.extend(expression.columns().map(|it| (it.clone(), own.clone())));
                    }
                }
            }
        }
        above = parent.partition_of.as_ref();
    }
    found
}
