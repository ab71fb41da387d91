//! Rows that need no way back: they stand in what the same revision makes, and go with it.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::kind::{Defined, Kind};
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::changed_tables;
use crate::operation::{Data, RawStatement};
use crate::raw_sql::Write;
use crate::schema::{Changes, Object, ObjectId, Schema};
use crate::token::{identifier, lex};

/// Whether all that `data` changes is in tables and columns that the revision itself makes. `news` is what differs between its
/// beginning and `now`.
#[must_use]
pub fn go_along(data: &Data, news: &Changes, now: &Schema) -> bool {
    let is_new = |statement: &RawStatement| {
        if statement.is_setting() {
            return true;
        }
        let facts = &statement.facts;
        let places = facts.relations.iter().filter(|it| it.literal);
        let mut places = places.map(|it| &it.parts);
        let moves_new = facts.writes.is_empty()
            && is_setval(&statement.text)
            && places.all(|it| is_made(it, news, now));
        let writes_new =
            !facts.writes.is_empty() && facts.writes.iter().all(|it| is_written_new(it, news, now));
        (moves_new || writes_new) && !calls_code(&statement.text, now)
    };
    data.statements.iter().all(is_new)
}

fn is_written_new(write: &Write, news: &Changes, now: &Schema) -> bool {
    let Some(name) = qualify(&write.table, &now.default) else {
        return false;
    };
    let Some(table) = now.table(&name).filter(|_| !runs_code(&name, now)) else {
        return false;
    };
    let Some(change) = news.get(&ObjectId::Relation(name)) else {
        return false;
    };
    let Some(before) = change.before.as_deref().and_then(Object::as_table) else {
        return change.before.is_none();
    };
    let is_new =
        |column: &SmolStr| before.column(column).is_none() && table.column(column).is_some();
    write
        .columns
        .as_ref()
        .is_some_and(|columns| !columns.is_empty() && columns.iter().all(is_new))
}

/// Whether a trigger or a rule of the table may change other rows.
fn runs_code(table: &Name, now: &Schema) -> bool {
    now.attached(table).any(|(_, object)| {
        let kind = object.as_opaque().map(|it| it.kind);
        let codes = [Defined::Trigger, Defined::Rule].map(Kind::Defined);
        kind.is_some_and(|it| codes.contains(&it))
    })
}

/// The tables whose rows these statements may change, in the schema `now`; none where code may change any.
#[must_use]
pub fn reach(data: &Data, now: &Schema) -> Option<BTreeSet<Name>> {
    let calls = |it: &RawStatement| calls_code(&it.text, now);
    if data.statements.iter().any(calls) {
        return None;
    }
    let mut reached: BTreeSet<Name> = BTreeSet::new();
    let mut next: Vec<Name> = changed_tables(&data.statements, &now.default).collect();
    while let Some(name) = next.pop() {
        let is_table = now.table(&name).is_some();
        if !is_table && now.relation(&name).is_some() || runs_code(&name, now) {
            // A view leads to other tables.
            return None;
        }
        if !is_table || !reached.insert(name.clone()) {
            continue;
        }
        next.extend(now.children(&name).cloned());
        let keys = now.foreign_keys_to(&name);
        next.extend(keys.map(|(owner, _, _)| owner.clone()));
    }
    Some(reached)
}

/// Whether the revision makes the relation: a sequence, mostly.
fn is_made(parts: &[SmolStr], news: &Changes, now: &Schema) -> bool {
    let id = qualify(parts, &now.default).map(ObjectId::Relation);
    let change = id.and_then(|it| news.get(&it));
    change.is_some_and(|it| it.before.is_none() && it.after.is_some())
}

/// Whether a statement sets a sequence to a place and does nothing else.
fn is_setval(text: &str) -> bool {
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let is = |at: usize, word| tokens.get(at).is_some_and(|it| it.is_word(text, word));
    is(0, "select") && is(1, "setval") && !tokens.iter().any(|it| it.is_word(text, "into"))
}

/// Whether a function of the history is called, which may do anything.
fn calls_code(text: &str, now: &Schema) -> bool {
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let calls = tokens.windows(2).filter(|it| it[1].is(text, "("));
    let mut called = calls.map(|it| identifier(it[0].text(text)));
    let own: Vec<&SmolStr> = now
        .opaque()
        .filter(|(id, _)| id.is_function())
        .filter_map(|(id, _)| Some(&id.name()?.name))
        .collect();
    called.any(|it| own.contains(&&it))
}
