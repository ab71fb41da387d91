//! What raw SQL makes, alters and drops, by its text alone.

use crate::model::opaque::{self, on_table, qualify};
use crate::name::Name;
use crate::operation::effects::change::Words;
use crate::operation::raw_statement::RawStatement;
use crate::schema::ObjectId;
use crate::token::lex;

/// What the statements make; unqualified names belong to `schema`.
pub fn made<'a>(
    statements: &'a [RawStatement],
    schema: &'a str,
) -> impl Iterator<Item = ObjectId> + 'a {
    statements.iter().filter_map(|it| made_by(it, schema))
}

/// What statements make that fail where it is there already: neither `or replace` nor `if not exists` is said.
pub fn made_once<'a>(
    statements: &'a [RawStatement],
    schema: &'a str,
) -> impl Iterator<Item = ObjectId> + 'a {
    let is_guarded = |it: &RawStatement| {
        let made = it.facts.makes.as_ref();
        made.is_none_or(|made| made.or_replace || made.if_not_exists)
    };
    let unguarded = statements.iter().filter(move |it| !is_guarded(it));
    unguarded.filter_map(|it| made_by(it, schema))
}

fn made_by(statement: &RawStatement, schema: &str) -> Option<ObjectId> {
    let made = statement.facts.makes.as_ref()?;
    let name = opaque::made(&made.name, made.temporary, schema)?;
    let name = match made.on.as_ref().and_then(|it| qualify(it, schema)) {
        Some(table) => on_table(&name.name, &table),
        None => name,
    };
    Some(ObjectId::of(made.kind, &name))
}

/// What the statements make, alter or drop, each with its text; unqualified names belong to `schema`.
#[must_use]
pub fn targets<'a>(statements: &'a [RawStatement], schema: &str) -> Vec<(ObjectId, &'a str)> {
    let mut targets = Vec::new();
    for statement in statements {
        let facts = &statement.facts;
        let text = statement.text.as_str();
        let made = made_by(statement, schema);
        let altered = facts
            .alters
            .as_ref()
            .and_then(|(kind, name)| Some(ObjectId::of(*kind, &qualify(name, schema)?)));
        targets.extend(made.into_iter().chain(altered).map(|it| (it, text)));
        let dropped = dropped_by(statement, schema, true);
        targets.extend(dropped.into_iter().map(|it| (it, text)));
    }
    targets
}

/// What statements drop that fail where it is gone already: they do not say `if exists`.
pub fn dropped_once<'a>(
    statements: &'a [RawStatement],
    schema: &'a str,
) -> impl Iterator<Item = ObjectId> + 'a {
    statements
        .iter()
        .flat_map(|it| dropped_by(it, schema, false))
}

/// What a statement drops, but for triggers, policies and rules; where it says `if exists`, that is asked for.
fn dropped_by(statement: &RawStatement, schema: &str, guarded: bool) -> Vec<ObjectId> {
    let text = statement.text.as_str();
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let words = Words {
        text,
        tokens: &tokens,
    };
    let kind = words.kind().filter(|_| words.is(0, "drop"));
    let Some((kind, at)) = kind.filter(|it| !it.0.is_on_table()) else {
        return Vec::new();
    };
    let is_guarded = words.are(at, "if exists");
    if is_guarded && !guarded {
        return Vec::new();
    }
    let name = words.name(at + if is_guarded { 2 } else { 0 }).0;
    let name = qualify(&name, schema);
    name.map(|it| ObjectId::of(kind, &it)).into_iter().collect()
}

/// All that statements make, alter, drop, grant or revoke, as far as it is read.
pub fn named<'a>(
    statements: &'a [RawStatement],
    schema: &'a str,
) -> impl Iterator<Item = ObjectId> + 'a {
    let relations = statements.iter().flat_map(|it| &it.facts.relations);
    let relations = relations.filter_map(|it| qualify(&it.parts, schema));
    let targets = targets(statements, schema).into_iter().map(|it| it.0);
    targets.chain(relations.map(ObjectId::Relation))
}

/// The tables that statements of `data` may change.
pub fn changed_tables<'a>(
    statements: &'a [RawStatement],
    schema: &'a str,
) -> impl Iterator<Item = Name> + 'a {
    statements
        .iter()
        .flat_map(|it| &it.facts.relations)
        .filter_map(|it| qualify(&it.parts, schema))
}
