//! One `do` that fills one table: it tries candidates until there are enough rows, and lets what the server complains of
//! say which column gets another one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use smol_str::SmolStr;

use crate::template;
use crate::token::quote_identifier;

use super::quote::{dollar, literal};
use super::slot::Slot;

/// What one block does.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// Where the rows go, as SQL.
    pub(super) into: &'a str,
    /// Where they are to be found then, as SQL after `from`.
    pub(super) from: &'a str,
    pub(super) slots: &'a [Slot],
    /// The slots, counted from 1, that an error with such a name is about.
    pub(super) rules: &'a BTreeMap<SmolStr, BTreeSet<usize>>,
    pub(super) goal: Goal<'a>,
}

/// What notes why something was refused, where an exception is handled.
pub(super) const BECAUSE: &str = include_str!("because.sql");

/// What is told of one attempt.
#[derive(Debug)]
pub(super) struct Attempt {
    /// A statement that tells it, from `refused` and `why`.
    pub(super) told: String,
}

/// What a block is to reach.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal<'a> {
    /// So many rows.
    Rows(usize),
    /// One more than there are, and a word of what came of it.
    OneMore(&'a Attempt),
}

/// What the block is filled from: everything is SQL.
#[derive(Debug, Serialize)]
struct View<'a> {
    wanted: usize,
    from: &'a str,
    insert: String,
    begins: String,
    counts: String,
    nulls: String,
    types: String,
    rules: String,
    touched: String,
    candidates: String,
    /// Where one row is tried: what notes why it is refused, and what tells it at last.
    because: Option<&'a str>,
    told: Option<&'a str>,
}

/// The block as SQL.
pub(super) fn block(it: &Block<'_>) -> String {
    let join = |items: Vec<String>| items.join(",");
    let mut before = 0;
    let mut begins = Vec::new();
    for slot in it.slots {
        begins.push(before.to_string());
        before += slot.candidates.len();
    }
    let columns: Vec<String> = it
        .slots
        .iter()
        .flat_map(|it| &it.columns)
        .map(|it| quote_identifier(it).to_string())
        .collect();
    let insert = if columns.is_empty() {
        literal(&format!("insert into {} default values", it.into))
    } else {
        let start = format!("insert into {} ({}) values (", it.into, columns.join(", "));
        format!("{} || given || ')'", dollar(&start, "row"))
    };
    let candidates = it.slots.iter().flat_map(|it| &it.candidates);
    let sets = it.rules.values().map(|it| {
        let set: Vec<String> = it.iter().map(ToString::to_string).collect();
        format!("'{{{}}}'", set.join(","))
    });
    let quoted =
        |texts: &mut dyn Iterator<Item = &str>| join(texts.map(|it| dollar(it, "row")).collect());
    let array = |items: Vec<String>| format!("{{{}}}", join(items));
    let numbers =
        |of: fn(&Slot) -> usize| array(it.slots.iter().map(|it| of(it).to_string()).collect());
    let attempt = match it.goal {
        Goal::Rows(_) => None,
        Goal::OneMore(attempt) => Some(attempt),
    };
    let view = View {
        wanted: match it.goal {
            Goal::Rows(wanted) => wanted,
            Goal::OneMore(_) => 0,
        },
        from: it.from,
        insert,
        begins: array(begins),
        counts: numbers(|it| it.candidates.len()),
        nulls: numbers(|slot| slot.null.map_or(0, |it| it + 1)),
        types: quoted(
            &mut it
                .slots
                .iter()
                .map(|it| it.sql_type.as_deref().unwrap_or("")),
        ),
        rules: quoted(&mut it.rules.keys().map(SmolStr::as_str)),
        touched: join(sets.collect()),
        candidates: quoted(&mut candidates.map(String::as_str)),
        because: attempt.map(|_| BECAUSE),
        told: attempt.map(|it| it.told.as_str()),
    };
    let body = template::sql(include_str!("block.sql.jinja"), &view);
    format!("do {};\n", dollar(&format!("\n{body}"), "limbeck"))
}
