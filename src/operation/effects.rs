//! What raw SQL does to the model: the objects that it makes, drops and renames, and what they use.

mod change;

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::{Code, nearest};
use crate::kind::{Defined, Kind};
use crate::model::opaque::{on_table, qualify};
use crate::name::Name;
use crate::operation::effects::change::{drop_all, rename};
use crate::operation::raw_statement::RawStatement;
use crate::raw_sql::{Facts, Made};
use crate::schema::{Object, ObjectId, Opaque, Refusal, Schema, Table};
use crate::token::lex;

pub(super) use change::Words;

/// Takes a name of `declares` into the model.
pub(super) fn declare(schema: &mut Schema, kind: Kind, name: &Name) -> Result<(), Refusal> {
    let id = ObjectId::of(kind, name);
    let mut opaque = match schema.get(&id).map(|it| &**it) {
        None => Opaque::default(),
        Some(Object::Opaque(opaque)) => opaque.clone(),
        Some(object) if object.kind() == kind || matches!(object, Object::Type(_)) => {
            return Ok(());
        }
        Some(object) => return Err(exists(&id, object.kind(), name)),
    };
    opaque.kind = kind;
    opaque.declared = true;
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

fn exists(id: &ObjectId, kind: Kind, name: &Name) -> Refusal {
    Refusal::new(
        Code::DuplicateName,
        format!("{} \"{name}\" already exists", kind.with_article()),
    )
    .help("choose another name, or drop the existing object first")
    .at([name.name.clone()])
    .contradicts(id.clone())
}

/// Does to the model what is known of one statement.
pub(super) fn apply(schema: &mut Schema, statement: &RawStatement) -> Result<(), Refusal> {
    let facts = &*statement.facts;
    if let Some(made) = &facts.makes {
        make(schema, made, facts)?;
    }
    if let Some((kind, name)) = &facts.alters
        && let Some(name) = qualify(name, &schema.default)
    {
        mark(schema, *kind, &name, &statement.text);
    }
    if let Ok(tokens) = lex(&statement.text, 0, statement.text.len()) {
        let words = Words {
            text: &statement.text,
            tokens: &tokens,
        };
        if words.is(0, "drop") {
            drop_all(schema, &words)?;
        } else if words.is(0, "alter") {
            rename(schema, &words);
        }
    }
    Ok(())
}

/// Refuses tables that are not there.
pub(super) fn check_tables(schema: &Schema, facts: &Facts) -> Result<(), Refusal> {
    let relations = facts.relations.iter().filter(|it| !it.literal);
    let on = facts.makes.as_ref().and_then(|it| it.on.as_ref());
    for parts in relations.map(|it| &it.parts).chain(on) {
        let Some(name) = qualify(parts, &schema.default) else {
            continue;
        };
        let foreign = schema
            .get(&ObjectId::Namespace(name.schema.clone()))
            .is_none();
        if foreign || name.name.starts_with("pg_") || schema.relation_taken(&name) {
            continue;
        }
        let names: Vec<SmolStr> = schema
            .objects()
            .filter_map(|(id, _)| id.relation())
            .filter(|it| it.schema == name.schema)
            .map(|it| it.name.clone())
            .collect();
        let near = nearest(&name.name, names.iter().map(SmolStr::as_str));
        // Extensions bring tables of their own.
        if near.is_none() && schema.extensions().any(|it| it != "plpgsql") {
            continue;
        }
        let refusal = Refusal::new(Code::UnknownTable, format!("there is no table \"{name}\""))
            .at([name.name.clone()]);
        return Err(match near {
            Some(near) => refusal.help(format!("did you mean `{near}`?")),
            None => refusal.help(format!(
                "create it first; if only raw SQL creates it, declare it: sql declares (table {name}) {{ … }}"
            )),
        });
    }
    Ok(())
}

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
    let name = qualify(&made.name, schema)?;
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

fn make(schema: &mut Schema, made: &Made, facts: &Facts) -> Result<(), Refusal> {
    let Some(mut name) = qualify(&made.name, &schema.default) else {
        return Ok(());
    };
    let part_of = made
        .on
        .as_ref()
        .and_then(|it| qualify(it, &schema.default))
        .filter(|it| schema.relation(it).is_some());
    if made.kind.is_on_table() {
        let declared = ObjectId::of(made.kind, &name);
        match &part_of {
            // A declared one keeps the name that it was declared with.
            _ if schema.get(&declared).is_some() => {}
            Some(table) => name = on_table(&name.name, table),
            None => return Ok(()),
        }
    }
    let id = ObjectId::of(made.kind, &name);
    let mut opaque = match schema.get(&id).map(|it| &**it) {
        None => Opaque::default(),
        // Functions of one name with other arguments are one object here.
        Some(Object::Opaque(before)) if matches!(id, ObjectId::Opaque(..)) => before.clone(),
        Some(Object::Opaque(before)) => Opaque {
            declared: before.declared,
            ..Opaque::default()
        },
        Some(_) if made.if_not_exists || made.temporary => return Ok(()),
        Some(object) => return Err(exists(&id, object.kind(), &name)),
    };
    opaque.kind = made.kind;
    opaque.is_read = true;
    opaque.part_of = part_of;
    use_all(schema, facts, &mut opaque);
    opaque.uses.remove(&id);
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

/// A table that a text reads, under the name that it has there.
struct Read<'a> {
    called: SmolStr,
    name: Name,
    table: &'a Table,
}

/// What a text uses. Where it does not say whose column it reads, it is that of every table there that has one.
fn use_all(schema: &Schema, facts: &Facts, opaque: &mut Opaque) {
    let mut read: Vec<Read<'_>> = Vec::new();
    for relation in &facts.relations {
        let Some(name) = qualify(&relation.parts, &schema.default) else {
            continue;
        };
        if let Some(object) = schema.relation(&name) {
            opaque.uses.insert(ObjectId::Relation(name.clone()));
            if let Object::Table(table) = object {
                let called = relation.alias.clone();
                let called = called.unwrap_or_else(|| name.name.clone());
                read.push(Read {
                    called,
                    name,
                    table,
                });
            }
        }
    }
    for parts in &facts.types {
        let Some(name) = qualify(parts, &schema.default) else {
            continue;
        };
        for id in [ObjectId::Type(name.clone()), ObjectId::Relation(name)] {
            if schema.get(&id).is_some() {
                opaque.uses.insert(id);
                break;
            }
        }
    }
    let mut columns = BTreeSet::new();
    let mut add = |table: &Read<'_>, column: &str| {
        let found = table.table.columns.iter();
        let found = found.filter(|it| column == "*" || it.name == *column);
        columns.extend(found.map(|it| (table.name.clone(), it.name.clone())));
    };
    for parts in &facts.columns {
        let (qualifier, column) = match parts.as_slice() {
            [column] => (None, column),
            [.., qualifier, column] => (Some(qualifier), column),
            [] => continue,
        };
        let Some(qualifier) = qualifier else {
            for table in &read {
                let whole = table.called == *column && table.table.column(column).is_none();
                add(table, if whole { "*" } else { column });
            }
            continue;
        };
        let is_called = |it: &&Read<'_>| it.called == *qualifier;
        if read.iter().any(|it| is_called(&it)) {
            read.iter().filter(is_called).for_each(|it| add(it, column));
        } else if matches!(qualifier.as_str(), "old" | "new") {
            let own = read
                .iter()
                .filter(|it| opaque.part_of.as_ref() == Some(&it.name));
            own.for_each(|it| add(it, column));
        } else if !facts.others.contains(qualifier) && column != "*" {
            for it in &read {
                add(it, column);
            }
        }
    }
    if facts.all_columns {
        for it in &read {
            add(it, "*");
        }
    }
    opaque.columns.extend(columns);
}

/// Marks an object of the model that raw SQL alters in a way that the model does not follow.
fn mark(schema: &mut Schema, kind: Kind, name: &Name, text: &str) {
    /// What hangs on an object and is no part of it here.
    const HARMLESS: [&str; 7] = [
        "enable", "disable", "force", "no force", "owner", "replica", "cluster",
    ];
    let id = ObjectId::of(kind, name);
    if matches!(
        schema.get(&id).map(|it| &**it),
        None | Some(Object::Opaque(_))
    ) {
        return;
    }
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return;
    };
    let words = Words {
        text,
        tokens: &tokens,
    };
    let mut at = 2;
    for skipped in ["if", "exists", "only"] {
        at += usize::from(words.is(at, skipped));
    }
    let (_, at) = words.name(at);
    if HARMLESS.iter().any(|it| words.are(at, it)) {
        return;
    }
    let mark = Opaque {
        kind: Kind::Defined(Defined::Stale),
        is_read: true,
        part_of: matches!(id, ObjectId::Relation(_)).then(|| name.clone()),
        uses: [id].into(),
        ..Opaque::default()
    };
    let id = ObjectId::Opaque(Defined::Stale, name.clone());
    schema.put(id, Some(Object::Opaque(mark)));
}
