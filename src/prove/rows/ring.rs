//! First rows of tables that must refer to each other in a ring: one statement inserts them all, for the server checks
//! foreign keys at its end.

use std::collections::BTreeMap;

use serde::Serialize;
use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::{ConstraintKind, ForeignKey, Schema, Table};
use crate::template;
use crate::token::quote_identifier;

use super::quote::dollar;
use super::slot::{Hints, Maker, slots};

/// How many statements are tried.
const ATTEMPTS: usize = 24;

/// What the block is filled from: both are SQL.
#[derive(Debug, Serialize)]
struct View {
    filled: String,
    attempts: String,
}

/// SQL that gives each table of the ring a row where one of them has none.
pub(super) fn ring(names: &[&Name], schema: &Schema, hints: &Hints) -> String {
    let tables: Vec<(&Name, &Table)> = names
        .iter()
        .filter_map(|it| Some((*it, schema.table(it)?)))
        .collect();
    let filled: Vec<String> = tables
        .iter()
        .map(|it| format!("exists (select from {})", super::from(it.0, it.1)))
        .collect();
    let attempts: Vec<String> = (0..ATTEMPTS)
        .map(|row| dollar(&statement(&tables, schema, hints, row), "row"))
        .collect();
    let view = View {
        filled: filled.join(" and "),
        attempts: attempts.join(","),
    };
    let body = template::sql(include_str!("ring.sql.jinja"), &view);
    format!("do {};\n", dollar(&format!("\n{body}"), "limbeck"))
}

fn statement(tables: &[(&Name, &Table)], schema: &Schema, hints: &Hints, row: usize) -> String {
    let mut keys: Vec<(&Name, &ForeignKey)> = Vec::new();
    for (name, table) in tables {
        for constraint in table.constraints.values() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && tables.iter().any(|it| *it.0 == key.table)
            {
                keys.push((name, key));
            }
        }
    }
    // The columns that the ring refers to, and then those that refer to them.
    let mut chosen: BTreeMap<(&Name, &SmolStr), String> = BTreeMap::new();
    for (_, key) in &keys {
        let Some(target) = schema.table(&key.table) else {
            continue;
        };
        let maker = Maker::new(&key.table, target, schema, hints, ATTEMPTS);
        for reference in &key.references {
            chosen.insert((&key.table, reference), maker.nth(reference, row));
        }
    }
    for _ in tables {
        for (name, key) in &keys {
            for (column, reference) in key.columns.iter().zip(&key.references) {
                let value = chosen[&(&key.table, reference)].clone();
                chosen.insert((name, column), value);
            }
        }
    }
    let inserts = tables.iter().map(|(name, table)| {
        let mut columns = Vec::new();
        let mut values = Vec::new();
        for column in &table.columns {
            if let Some(value) = chosen.get(&(*name, &column.name)) {
                columns.push(quote_identifier(&column.name).to_string());
                values.push(value.clone());
            }
        }
        for slot in slots(name, table, schema, hints, ATTEMPTS) {
            let mut names = slot.columns.iter();
            let is_free = names.all(|it| !chosen.contains_key(&(*name, it)));
            if let Some(value) = slot.candidates.get(row % slot.candidates.len().max(1))
                && is_free
            {
                let names = slot.columns.iter();
                columns.extend(names.map(|it| quote_identifier(it).to_string()));
                values.push(value.clone());
            }
        }
        format!(
            "insert into {} ({}) overriding system value values ({})",
            name.qualified(),
            columns.join(", "),
            values.join(", ")
        )
    });
    let inserts: Vec<String> = inserts.collect();
    let Some((last, others)) = inserts.split_last() else {
        return String::new();
    };
    let others = others.iter().enumerate();
    let others: Vec<String> = others.map(|(at, it)| format!("i{at} as ({it})")).collect();
    if others.is_empty() {
        return last.clone();
    }
    format!("with {} {last}", others.join(", "))
}
