//! Which tables get rows before which.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;
use crate::schema::{ConstraintKind, Schema, Table};

use super::slot::refuses_null;

/// What is done for some tables.
#[derive(Debug)]
pub(super) enum Filling<'a> {
    /// So many rows are made.
    Rows(&'a Name, usize),
    /// Each gets a row together with the others.
    Ring(Vec<&'a Name>),
}

/// For each table the tables that it refers to or that hold its rows, and whether it can have rows before them.
type Needs<'a> = BTreeMap<&'a Name, BTreeMap<&'a Name, bool>>;

/// The tables with those before them that they refer to. Where foreign keys make a ring, one table gets a first row that
/// refers to nothing, or all get one at once, and the other rows come later.
pub(super) fn order<'a>(
    tables: &BTreeMap<&'a Name, &'a Table>,
    schema: &'a Schema,
    wanted: impl Fn(&Name) -> usize,
) -> Vec<Filling<'a>> {
    let needs = needs(tables, schema);
    let mut order = Vec::new();
    let mut left: BTreeSet<&Name> = tables.keys().copied().collect();
    // Those that had a first row only.
    let mut begun: BTreeSet<&Name> = BTreeSet::new();
    while !left.is_empty() || !begun.is_empty() {
        let is_ready = |name: &&&Name| needs[**name].keys().all(|it| !left.contains(it));
        let ready: Vec<&Name> = left
            .iter()
            .chain(&begun)
            .filter(is_ready)
            .copied()
            .collect();
        if ready.is_empty() {
            let is_open = |name: &&Name| {
                let mut needed = needs[*name].iter();
                needed.all(|(it, nullable)| *nullable || !left.contains(it))
            };
            let open = left.iter().copied().find(is_open);
            if let Some(first) = open {
                left.remove(first);
                begun.insert(first);
                order.push(Filling::Rows(first, wanted(first).min(1)));
            } else {
                let ring = ring_among(&left, &needs);
                for name in &ring {
                    left.remove(name);
                    begun.insert(name);
                }
                if ring.iter().any(|it| wanted(it) > 0) {
                    order.push(Filling::Ring(ring));
                }
            }
        }
        for name in ready {
            left.remove(name);
            begun.remove(name);
            order.push(Filling::Rows(name, wanted(name)));
        }
    }
    order
}

fn needs<'a>(tables: &BTreeMap<&'a Name, &'a Table>, schema: &'a Schema) -> Needs<'a> {
    let mut needs = Needs::new();
    for (name, table) in tables {
        let needed = needs.entry(name).or_default();
        for constraint in table.constraints.values() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.table != **name
                && tables.contains_key(&key.table)
            {
                let mut columns = key.columns.iter().filter_map(|it| table.column(it));
                let takes_null = |it| !refuses_null(it, table, schema);
                let nullable = if key.match_full {
                    columns.all(takes_null)
                } else {
                    columns.any(takes_null)
                };
                *needed.entry(&key.table).or_insert(true) &= nullable;
            }
        }
        if table.partition_by.is_some() {
            needed.extend(schema.children(name).map(|it| (it, false)));
        }
    }
    needs
}

/// Tables each of which needs the next one, and the last one the first, where every one that is left needs another.
fn ring_among<'a>(left: &BTreeSet<&'a Name>, needs: &Needs<'a>) -> Vec<&'a Name> {
    let mut path: Vec<&Name> = Vec::new();
    let mut next = left.first().copied();
    while let Some(name) = next {
        if let Some(at) = path.iter().position(|it| *it == name) {
            return path.split_off(at);
        }
        path.push(name);
        let mut needed = needs[name].iter();
        next = needed
            .find(|it| !it.1 && left.contains(it.0))
            .map(|it| *it.0);
    }
    path
}
