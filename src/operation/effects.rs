//! What raw SQL does to the model: the objects that it makes, drops and renames, and what they use.

mod aggregate;
mod alter;
mod attribute;
mod bare_table;
mod body;
mod change;
mod event_trigger;
mod function;
mod grant;
mod make;
mod index_part;
mod inherit;
mod names;
mod options;
mod parameters;
mod part;
mod publication;
mod raw_table;
mod refresh;
mod signature;
mod stale;
mod targets;
mod transition;
mod truncate;
mod unmodelled;
mod value;
mod view;

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::Uses;
use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::bind::{check_statement, world};
use crate::model::opaque::{on_table, qualify, seen};
use crate::name::Name;
use crate::operation::effects::change::{drop_all, rename};
use crate::operation::effects::make::make;
use crate::operation::effects::stale::{mark, mark_operator};
use crate::operation::raw_statement::RawStatement;
use crate::operation::{Operation, Resolved};
use crate::raw_sql::{Content, Facts};
use crate::schema::{Object, ObjectId, Opaque, Refusal, Schema};
use crate::token::lex;
use crate::tree::definition::{Definition, Named, Policy, PublicationChange};

pub(super) use change::Words;
pub use targets::{changed_tables, dropped_once, made, made_once, named, targets};

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
    // What the language reads of it leaves clauses out.
    if let Content::Definition(it) = &statement.facts.content
        && !statement.known.is_empty()
        && matches!(
            **it,
            Definition::Table(_) | Definition::Options(_) | Definition::Alter(_)
        )
    {
        judge(schema, it, &statement.text)?;
    }
    if let ([Operation::CreateTable(it)], Some(made)) =
        (statement.known.as_slice(), &statement.facts.makes)
    {
        if made.temporary {
            bare_table::temporary(schema, it);
            return Ok(());
        }
        if made.kind == Kind::Defined(Defined::ForeignTable) {
            return bare_table::foreign(schema, it);
        }
    }
    if !statement.known.is_empty() {
        for operation in &statement.known {
            Resolved::of(operation.clone(), schema)?.apply(schema)?;
        }
        return Ok(());
    }
    let facts = &*statement.facts;
    let text = statement.text.as_str();
    let mut uses = Uses::default();
    let is_made = match &facts.content {
        Content::Rows(rows) => {
            check_statement(rows, text, schema)?;
            facts.makes.is_some()
        }
        Content::Definition(definition) => {
            match define(schema, definition, facts, text)? {
                Some(defined) => uses = defined,
                None => return Ok(()),
            }
            true
        }
        Content::Opaque => facts.makes.is_some(),
    };
    if let Some(made) = facts.makes.as_ref().filter(|_| is_made) {
        // PostgreSQL looks at once where a trigger stands.
        if made.kind.facts().needs_tables {
            check_tables(schema, facts)?;
        }
        make(schema, made, facts, &uses)?;
    }
    if follow(schema, text) {
        return Ok(());
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
        unmodelled::note(schema, &words);
        if words.are(0, "create cast") {
            mark_operator(schema, "cast");
        } else if words.are(0, "create operator class") || words.are(0, "create access method") {
            mark_operator(schema, "class");
        } else if words.are(0, "create operator") {
            let end = (2..tokens.len()).find(|it| tokens[*it].is(words.text, "("));
            if let Some(name) = end.and_then(|it| tokens.get(it - 1)) {
                mark_operator(schema, name.text(words.text));
            }
        } else if words.is(0, "drop") {
            drop_all(schema, &words)?;
        } else if words.is(0, "alter") {
            rename(schema, &words);
        }
    }
    Ok(())
}

/// Follows a change of a composite type's attributes, or of a table's parents; whether it was one.
fn follow(schema: &mut Schema, text: &str) -> bool {
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return false;
    };
    let words = Words {
        text,
        tokens: &tokens,
    };
    change::attribute(schema, &words) || change::parent(schema, &words)
}

/// Does what a definition says. What it makes is still to be put into the model where this gives what it uses.
fn define(
    schema: &mut Schema,
    definition: &Definition,
    facts: &Facts,
    text: &str,
) -> Result<Option<Uses>, Refusal> {
    let plain = Ok(Some(Uses::default()));
    match definition {
        Definition::View(it) => view::create(schema, it, text).map(|()| None),
        Definition::TableAs(it) => view::create_table(schema, it, text).map(|()| None),
        Definition::Function(it) => function::create(schema, it, text).map(|()| None),
        Definition::Trigger(it) => {
            check_tables(schema, facts)?;
            let uses = part::trigger(schema, it, text)?;
            check_part(schema, facts, it.or_replace)?;
            Ok(Some(uses))
        }
        Definition::Policy(it) => {
            check_tables(schema, facts)?;
            let uses = part::policy(schema, it, text)?;
            if it.alter {
                add_uses(schema, it, &uses);
            } else {
                check_part(schema, facts, false)?;
            }
            Ok(Some(uses))
        }
        Definition::Rule(it) => {
            check_tables(schema, facts)?;
            let uses = part::rule(schema, it, text)?;
            check_part(schema, facts, it.or_replace)?;
            Ok(Some(uses))
        }
        Definition::Drop(it) => {
            if function::drop(schema, it)? {
                return Ok(None);
            }
            for named in &it.objects {
                let named = Named {
                    if_exists: named.if_exists || it.if_exists,
                    ..named.clone()
                };
                names::check(schema, &named, names::Use::Drop)?;
            }
            plain
        }
        Definition::Statistics { .. }
        | Definition::Publication(_)
        | Definition::Table(_)
        | Definition::EventTrigger(_)
        | Definition::Options(_)
        | Definition::Truncate(_)
        | Definition::Alter(_)
        | Definition::Names(_)
        | Definition::Range { .. }
        | Definition::Shell(_)
        | Definition::Opaque => {
            judge(schema, definition, text)?;
            plain
        }
    }
}

/// Refuses what a definition cannot make or change; it does nothing to the model here.
fn judge(schema: &Schema, definition: &Definition, text: &str) -> Result<(), Refusal> {
    match definition {
        Definition::Statistics {
            name,
            if_not_exists,
            table,
            kinds,
            values,
        } => {
            let name = name.as_ref().filter(|_| *if_not_exists);
            let name = name.and_then(|it| qualify(&it.parts, &schema.default));
            let id = name.map(|it| ObjectId::of(Kind::Defined(Defined::Statistics), &it));
            if id.is_none_or(|it| schema.get(&it).is_none()) {
                part::statistics(schema, table, kinds, values, text)?;
            }
            Ok(())
        }
        Definition::Publication(it) => {
            if it.change != PublicationChange::Create {
                unmodelled::check(schema, &only_named("publication", &it.name))?;
            }
            unmodelled::check_publication(schema, it, text)?;
            publication::check(schema, it, text)?;
            Ok(())
        }
        Definition::Table(it) => {
            raw_table::check(schema, it, text)?;
            if let Some(method) = &it.method {
                unmodelled::check(schema, &only_named("access method", method))?;
            }
            Ok(())
        }
        Definition::EventTrigger(it) => {
            event_trigger::check(schema, it, text)?;
            Ok(())
        }
        Definition::Options(it) => {
            for named in &it.names {
                names::check(schema, named, names::Use::Other)?;
            }
            options::check(schema, it, text)?;
            Ok(())
        }
        Definition::Truncate(it) => {
            for (named, _) in &it.tables {
                names::check(schema, named, names::Use::Other)?;
            }
            truncate::check(schema, it, text)?;
            Ok(())
        }
        Definition::Alter(it) => {
            if check_all(schema, &it.names, text)? {
                alter::check(schema, it, text)?;
            }
            Ok(())
        }
        Definition::Names(all) => {
            check_all(schema, all, text)?;
            refresh::check(schema, all, text)?;
            Ok(())
        }
        Definition::Range {
            name,
            subtype,
            multirange,
            difference,
        } => {
            options::range_type(schema, subtype, difference.as_ref(), text)?;
            if multirange.is_none() {
                options::multirange(schema, name, text)?;
            }
            Ok(())
        }
        Definition::Shell(name) => {
            let own = qualify(&name.parts, &schema.default);
            let object = own.and_then(|it| schema.get(&ObjectId::Type(it)));
            let shell = object.and_then(|it| it.as_opaque());
            if shell.is_some_and(|it| !it.declared) {
                return Err(wrong(text, &name.range, "this type was created before"));
            }
            Ok(())
        }
        Definition::View(_)
        | Definition::TableAs(_)
        | Definition::Function(_)
        | Definition::Trigger(_)
        | Definition::Policy(_)
        | Definition::Rule(_)
        | Definition::Drop(_)
        | Definition::Opaque => Ok(()),
    }
}

/// Refuses names of what is not there; whether the first is, or may be.
fn check_all(schema: &Schema, all: &[Named], text: &str) -> Result<bool, Refusal> {
    let purpose = if is_comment(text) {
        names::Use::Comment
    } else {
        names::Use::Other
    };
    // What need not be there, and is not, has no parts to look for.
    let is_gone = all.first().is_some_and(|it| {
        let first = Named {
            if_exists: false,
            ..it.clone()
        };
        it.if_exists && names::check(schema, &first, purpose).is_err()
    });
    // The list behind `tables in schema` names schemas.
    let is_of_schemas = text.to_ascii_lowercase().contains("in schema");
    for named in all.iter().filter(|_| !is_gone && !is_of_schemas) {
        names::check(schema, named, purpose)?;
    }
    Ok(!is_gone)
}

/// An object of which only the name is known.
fn only_named(kind: &'static str, name: &crate::tree::Name) -> Named {
    Named {
        kind: SmolStr::new_static(kind),
        name: name.clone(),
        arguments: None,
        on: None,
        columns: Vec::new(),
        if_exists: false,
    }
}

/// A refusal that shows some bytes of the statement.
fn wrong(text: &str, range: &Range<usize>, message: impl Into<String>) -> Refusal {
    let mut refusal = Refusal::new(Code::InvalidQuery, message);
    refusal.within = Some((text.into(), range.clone()));
    refusal
}

fn is_comment(text: &str) -> bool {
    let word = text.trim_start().get(..7);
    word.is_some_and(|it| it.eq_ignore_ascii_case("comment"))
}

/// Refuses a trigger, policy or rule that its table has already.
fn check_part(schema: &Schema, facts: &Facts, or_replace: bool) -> Result<(), Refusal> {
    let Some(made) = facts.makes.as_ref().filter(|_| !or_replace) else {
        return Ok(());
    };
    let table = made.on.as_ref().and_then(|it| seen(it, schema));
    let (Some(table), Some(name)) = (table, made.name.last()) else {
        return Ok(());
    };
    let id = ObjectId::of(made.kind, &on_table(name, &table));
    let is_other = |it: &Opaque| it.declared || it.part_of.as_ref() != Some(&table);
    if schema
        .get(&id)
        .is_none_or(|it| it.as_opaque().is_some_and(is_other))
    {
        return Ok(());
    }
    Err(Refusal::new(
        Code::DuplicateName,
        format!(
            "table \"{table}\" already has a {} \"{name}\"",
            made.kind.word()
        ),
    )
    .help("choose another name, or drop the existing one first")
    .at([name.clone()])
    .contradicts(id))
}

/// Adds what the new conditions of a policy use.
fn add_uses(schema: &mut Schema, policy: &Policy, uses: &Uses) {
    let table = seen(&policy.table.parts, schema);
    let (Some(table), Some(name)) = (table, policy.name.parts.last()) else {
        return;
    };
    let id = ObjectId::of(Kind::Defined(Defined::Policy), &on_table(name, &table));
    if let Some(Object::Opaque(opaque)) = schema.get(&id).map(|it| &**it) {
        let mut opaque = opaque.clone();
        take_uses(&mut opaque, uses);
        schema.put(id, Some(Object::Opaque(opaque)));
    }
}

/// Takes what the binder found into an object.
fn take_uses(opaque: &mut Opaque, uses: &Uses) {
    let relations = uses.relations.iter().cloned();
    opaque.uses.extend(relations.map(ObjectId::Relation));
    opaque.columns.extend(uses.columns.iter().cloned());
    opaque.keys.extend(uses.keys.iter().cloned());
    opaque
        .uses
        .extend(uses.types.iter().cloned().map(ObjectId::Type));
    for function in &uses.functions {
        let id = ObjectId::of(Kind::Defined(Defined::Function), function);
        opaque.uses.insert(id);
    }
}

/// The word of a relation's kind.
fn kind_of(object: &Object) -> &'static str {
    object.kind().word()
}

/// Whether a table has a part of that name, under whatever name of the table it was made.
fn listed(schema: &Schema, kind: Kind, name: &str, table: &Name) -> bool {
    let prefix = format!("{name} on ");
    let mut parts = schema.dependents(&ObjectId::Relation(table.clone()));
    parts.any(|(id, _)| {
        matches!(id, ObjectId::Opaque(it, on) if Kind::Defined(*it) == kind && on.name.starts_with(&prefix))
    })
}

/// Refuses tables that are not there.
pub(super) fn check_tables(schema: &Schema, facts: &Facts) -> Result<(), Refusal> {
    let relations = facts.relations.iter().filter(|it| !it.literal);
    let on = facts.makes.as_ref().and_then(|it| it.on.as_ref());
    for parts in relations.map(|it| &it.parts).chain(on) {
        let Some(name) = seen(parts, schema) else {
            continue;
        };
        let foreign = schema
            .get(&ObjectId::Namespace(name.schema.clone()))
            .is_none();
        if foreign || name.name.starts_with("pg_") || schema.relation_taken(&name) {
            continue;
        }
        let names = world(schema).relation_names(&name.schema);
        let refusal = Refusal::new(Code::UnknownTable, format!("there is no table \"{name}\""))
            .at([name.name.clone()])
            .suggest(&name.name, names.iter().map(SmolStr::as_str));
        // Extensions bring tables of their own.
        if refusal.help.is_none() && schema.extensions().any(|it| it != "plpgsql") {
            continue;
        }
        return Err(refusal.or_help(|| format!(
            "create it first; if only raw SQL creates it, declare it: sql declares (table {name}) {{ … }}"
        )));
    }
    Ok(())
}
