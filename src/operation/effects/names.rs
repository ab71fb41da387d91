//! What raw SQL names must be there, and be of that kind.

use smol_str::SmolStr;

use crate::binder::{Relation, World};
use crate::builtin;
use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::bind::world;
use crate::model::opaque::{on_table, seen};
use crate::name::Name;
use crate::operation::effects::{kind_of, listed, unmodelled};
use crate::schema::{Object, ObjectId, Refusal, Schema, SignatureKind, Type};
use crate::tree::definition::Named;

/// What a statement does with what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    Drop,
    Comment,
    Other,
}

/// Refuses what is not there.
pub(super) fn check(schema: &Schema, named: &Named, purpose: Use) -> Result<(), Refusal> {
    if named.kind == "rule" && purpose == Use::Drop {
        rule_of_view(schema, named)?;
    }
    if named.if_exists {
        return ambiguous(schema, named);
    }
    match named.kind.as_str() {
        "table" | "view" | "materialized view" | "foreign table" | "sequence" | "index"
        | "relation" => relation(schema, named, purpose),
        "schema" => namespace(schema, named),
        "type" | "domain" => type_(schema, named),
        "trigger" | "policy" | "rule" => part(schema, named),
        "constraint" => constraint(schema, named),
        "domain constraint" => check_of_domain(schema, named),
        "function" | "procedure" | "routine" | "aggregate" => function(schema, named),
        "collation" | "statistics" => other(schema, named),
        _ => unmodelled::check(schema, named),
    }
}

fn own_name(schema: &Schema, parts: &[SmolStr]) -> Option<Name> {
    seen(parts, schema)
}

fn relation(schema: &Schema, named: &Named, purpose: Use) -> Result<(), Refusal> {
    let Some(mut name) = own_name(schema, &named.name.parts) else {
        return Ok(());
    };
    // The index of a table lies in its schema.
    let table = named.on.as_ref().and_then(|it| own_name(schema, &it.parts));
    if let Some(table) = table.filter(|_| named.kind == "index") {
        name = table.sibling(name.name);
    }
    let world = world(schema);
    let Some(object) = schema.relation(&name) else {
        if schema.relation_taken(&name)
            || is_catalog(world, &name)
            || schema.may_be_of_temporary(&name)
        {
            return Ok(());
        }
        if world.may_hold_relation(&name) {
            return Ok(());
        }
        let noun = if named.kind == "relation" {
            "table"
        } else {
            named.kind.as_str()
        };
        let others = world.relation_names(&name.schema);
        let refusal = Refusal::new(
            if named.kind == "index" {
                Code::UnknownIndex
            } else {
                Code::UnknownTable
            },
            format!("there is no {noun} \"{name}\""),
        )
        .at([name.name.clone()])
        .suggest(&name.name, others.iter().map(SmolStr::as_str))
        .or_help(|| format!(
            "create it first; if only raw SQL creates it, declare it: sql declares ({noun} {name}) {{ … }}"
        ));
        return Err(refusal);
    };
    check_kind(object, &name, named, purpose)?;
    columns(schema, world, &name, named)
}

/// Refuses another kind of relation than the statement says.
fn check_kind(object: &Object, name: &Name, named: &Named, purpose: Use) -> Result<(), Refusal> {
    let word = kind_of(object);
    let said = named.kind.as_str();
    // `alter table` and `alter index` take other kinds, too, for some of their forms.
    if purpose == Use::Other || said == "relation" || said == word {
        return Ok(());
    }
    // A declared one may be of another kind of relation.
    if object.as_opaque().is_some_and(|it| it.declared) {
        return Ok(());
    }
    let article = if word.starts_with('i') { "an" } else { "a" };
    let verb = match purpose {
        Use::Drop => "drop",
        Use::Comment | Use::Other => "comment on",
    };
    Err(Refusal::new(
        Code::UnknownObject,
        format!("\"{name}\" is {article} {word}, not a {said}"),
    )
    .help(format!("write: {verb} {word} {name}"))
    .at([name.name.clone()])
    .contradicts(ObjectId::Relation(name.clone())))
}

fn is_catalog(world: World<'_>, name: &Name) -> bool {
    let catalog = Name::new("pg_catalog", name.name.clone());
    matches!(world.relation_named(&catalog), Relation::Known(_))
}

fn columns(schema: &Schema, world: World<'_>, name: &Name, named: &Named) -> Result<(), Refusal> {
    const SYSTEM: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];
    let Relation::Known(known) = world.relation_named(name) else {
        return Ok(());
    };
    // A foreign table may have been altered in ways that are not followed.
    let is_unsure = schema.table(name).is_none() && world.is_stale(name);
    if schema.index(name).is_some() || is_unsure {
        return Ok(());
    }
    for (column, _) in &named.columns {
        if known.iter().any(|it| it.name == *column) || SYSTEM.contains(&column.as_str()) {
            continue;
        }
        let noun = schema.relation(name).map_or("table", kind_of);
        return Err(Refusal::new(
            Code::UnknownColumn,
            format!("{noun} \"{name}\" has no column \"{column}\""),
        )
        .suggest(column, known.iter().map(|it| it.name.as_str()))
        .at([name.name.clone(), column.clone()])
        .contradicts(ObjectId::Relation(name.clone())));
    }
    Ok(())
}

fn namespace(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let Some(name) = named.name.parts.last() else {
        return Ok(());
    };
    let is_there = schema.get(&ObjectId::Namespace(name.clone())).is_some();
    if is_there || name.starts_with("pg_") || name == "information_schema" {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnknownSchema,
        format!("there is no schema \"{name}\""),
    )
    .help(format!("create it first: create schema {name}"))
    .at([name.clone()]))
}

fn type_(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let Some(name) = own_name(schema, &named.name.parts) else {
        return Ok(());
    };
    let world = world(schema);
    let is_other = match schema.type_named(&name) {
        Some(Type::Enum(_) | Type::Composite(_)) => true,
        Some(Type::Domain(_)) | None => false,
    };
    if named.kind == "domain" && is_other {
        return Err(Refusal::new(
            Code::UnknownType,
            format!("the type \"{name}\" is no domain"),
        )
        .help(format!("write: type {name}"))
        .at([name.name]));
    }
    let is_there = schema.get(&ObjectId::Type(name.clone())).is_some()
        || schema.relation(&name).is_some()
        || schema.temporary(&name).is_some()
        || builtin::type_named(&name.name).is_some()
        || world.may_be_foreign(&name);
    if is_there {
        return Ok(());
    }
    let types = schema.objects().filter_map(|it| it.0.type_name());
    let types: Vec<SmolStr> = types.map(|it| it.name.clone()).collect();
    Err(Refusal::new(
        Code::UnknownType,
        format!("there is no {} \"{name}\"", named.kind),
    )
    .suggest(&name.name, types.iter().map(SmolStr::as_str))
    .at([name.name.clone()]))
}

/// A trigger, policy or rule of a table.
fn part(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let Some(table) = named.on.as_ref().and_then(|it| own_name(schema, &it.parts)) else {
        return Ok(());
    };
    let on = Named {
        kind: "relation".into(),
        name: crate::tree::Name {
            parts: vec![table.schema.clone(), table.name.clone()],
            range: named.name.range.clone(),
        },
        arguments: None,
        on: None,
        columns: Vec::new(),
        if_exists: false,
    };
    relation(schema, &on, Use::Other)?;
    let (Some(name), Some(kind)) = (named.name.parts.last(), Kind::named(&named.kind)) else {
        return Ok(());
    };
    // A partition has the triggers of its parent, and what hangs on an opaque table is not known.
    let is_alone = kind != Kind::Defined(Defined::Trigger);
    let is_known = schema
        .table(&table)
        .is_some_and(|it| is_alone || it.partition_of.is_none() && it.inherits.is_empty())
        || matches!(schema.relation(&table), Some(Object::Opaque(it)) if !it.declared);
    let id = ObjectId::of(kind, &on_table(name, &table));
    if !is_known || schema.get(&id).is_some() || listed(schema, kind, name, &table) {
        return Ok(());
    }
    if schema
        .get(&ObjectId::of(kind, &table.sibling(name.clone())))
        .is_some()
    {
        return Ok(());
    }
    // The rule of a view is called `_RETURN`.
    if name == "_RETURN" {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnknownObject,
        format!("table \"{table}\" has no {} \"{name}\"", named.kind),
    )
    .at([name.clone()])
    .contradicts(ObjectId::Relation(table)))
}

fn constraint(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let (Some(name), Some(table)) = (
        named.name.parts.last(),
        named.on.as_ref().and_then(|it| own_name(schema, &it.parts)),
    ) else {
        return Ok(());
    };
    let Some(found) = schema.table(&table) else {
        return Ok(());
    };
    if found.constraints.contains_key(name) || world(schema).is_stale(&table) {
        return Ok(());
    }
    // A constraint trigger is one, too.
    if schema
        .get(&ObjectId::of(
            Kind::Defined(Defined::Trigger),
            &on_table(name, &table),
        ))
        .is_some()
    {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnknownConstraint,
        format!("table \"{table}\" has no constraint \"{name}\""),
    )
    .suggest(name, found.constraints.keys().map(SmolStr::as_str))
    .at([name.clone()])
    .contradicts(ObjectId::Relation(table)))
}

fn check_of_domain(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let domain = named.on.as_ref().and_then(|it| own_name(schema, &it.parts));
    let (Some(domain), Some(name)) = (domain, named.name.parts.last()) else {
        return Ok(());
    };
    let Some(Type::Domain(found)) = schema.type_named(&domain) else {
        return Ok(());
    };
    // PostgreSQL 17 gives a name to `not null`, too.
    let may_be_other = found.not_null && schema.server >= 17;
    if found.checks.contains_key(name) || may_be_other || world(schema).is_stale(&domain) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnknownConstraint,
        format!("domain \"{domain}\" has no constraint \"{name}\""),
    )
    .suggest(name, found.checks.keys().map(SmolStr::as_str))
    .at([name.clone()])
    .contradicts(ObjectId::Type(domain)))
}

fn function(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let Some(name) = own_name(schema, &named.name.parts) else {
        return Ok(());
    };
    let world = world(schema);
    let last = &name.name;
    if !builtin::functions(last).is_empty() || world.may_be_foreign(&name) {
        return Ok(());
    }
    let Some(signatures) = schema.signatures(&name) else {
        return Err(Refusal::new(
            Code::UnknownFunction,
            format!("there is no {} \"{name}\"", named.kind),
        )
        .suggest(last, schema.function_names())
        .at([last.clone()]));
    };
    let Some(arguments) = &named.arguments else {
        return ambiguous(schema, named);
    };
    if signatures.opaque {
        return Ok(());
    }
    let given: Option<Vec<_>> = arguments.iter().map(|it| world.written(&it.text)).collect();
    let Some(given) = given else {
        return Ok(());
    };
    let written = arguments.iter().zip(&given);
    let opaque = written.filter(|it| it.1.ty.is_opaque());
    let mut missing = opaque.filter_map(|it| world.missing_type(&it.0.text));
    if let Some(missing) = missing.next() {
        return Err(
            Refusal::new(Code::UnknownType, format!("there is no type \"{missing}\""))
                .at([last.clone()]),
        );
    }
    let fitting = signatures.known.iter().find(|it| {
        it.parameters.len() == given.len()
            && it.parameters.iter().zip(&given).all(|(parameter, given)| {
                parameter.sql_type.as_ref().is_none_or(|own| {
                    let own = world.parameter_type(own);
                    own.is_opaque() || given.ty.is_opaque() || own == given.ty
                })
            })
    });
    if let Some(found) = fitting {
        if is_called(&named.kind, found.kind) {
            return Ok(());
        }
        let own = match found.kind {
            SignatureKind::Procedure => "a procedure",
            SignatureKind::Aggregate => "an aggregate",
            SignatureKind::Function | SignatureKind::Window => "a function",
        };
        let said = Kind::named(&named.kind).map_or(String::new(), Kind::with_article);
        return Err(Refusal::new(
            Code::UnknownFunction,
            format!("\"{name}\" is {own}, not {said}"),
        )
        .at([last.clone()]));
    }
    let types: Vec<String> = given.iter().map(|it| it.ty.to_string()).collect();
    Err(Refusal::new(
        Code::UnknownFunction,
        format!("there is no {} {name}({})", named.kind, types.join(", ")),
    )
    .at([last.clone()]))
}

/// Whether a statement that says `word` means functions of that kind.
fn is_called(word: &str, kind: SignatureKind) -> bool {
    match kind {
        SignatureKind::Procedure => matches!(word, "procedure" | "routine"),
        SignatureKind::Aggregate => word != "procedure",
        SignatureKind::Function | SignatureKind::Window => {
            matches!(word, "function" | "routine")
        }
    }
}

/// Refuses a name without arguments that several functions have; that they need not be there changes nothing.
fn ambiguous(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let is_function = matches!(
        named.kind.as_str(),
        "function" | "procedure" | "routine" | "aggregate"
    );
    let Some(name) = own_name(schema, &named.name.parts).filter(|_| is_function) else {
        return Ok(());
    };
    let Some(signatures) = schema.signatures(&name).filter(|it| !it.opaque) else {
        return Ok(());
    };
    let meant = signatures
        .known
        .iter()
        .filter(|it| is_called(&named.kind, it.kind));
    if named.arguments.is_some() || meant.count() < 2 {
        return Ok(());
    }
    let last = &name.name;
    Err(Refusal::new(
        Code::AmbiguousName,
        format!("there are several functions \"{name}\""),
    )
    .help(format!("write the types of the arguments: {last}(…)"))
    .at([last.clone()]))
}

/// The rule of a view goes with the view alone.
fn rule_of_view(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let table = named.on.as_ref().and_then(|it| own_name(schema, &it.parts));
    let Some(view) = table.filter(|it| is_view(schema, it)) else {
        return Ok(());
    };
    if named.name.parts != ["_RETURN"] {
        return Ok(());
    }
    Err(Refusal::new(
        Code::StillNeeded,
        format!("the view \"{view}\" needs its rule \"_RETURN\""),
    )
    .help(format!("drop the view: drop view {view}"))
    .at([named.name.parts[0].clone()]))
}

fn other(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let (Some(name), Some(kind)) = (
        own_name(schema, &named.name.parts),
        Kind::named(&named.kind),
    ) else {
        return Ok(());
    };
    let is_there = schema.get(&ObjectId::of(kind, &name)).is_some()
        || builtin::collation(&name.name, schema.server).is_some()
        || world(schema).may_be_foreign(&name)
        // Generated names of statistics are not known.
        || named.kind == "statistics" && name.name.ends_with("_stat")
        || named.kind == "collation" && name.name.contains(['_', '-', '.']);
    if is_there {
        return Ok(());
    }
    Err(Refusal::new(
        Code::UnknownObject,
        format!("there is no {} \"{name}\"", named.kind),
    )
    .at([name.name.clone()]))
}

/// Whether it is a view whose query is known.
pub(super) fn is_view(schema: &Schema, name: &Name) -> bool {
    let views = [
        Kind::Defined(Defined::View),
        Kind::Defined(Defined::MaterializedView),
    ];
    schema
        .relation(name)
        .and_then(Object::as_opaque)
        .is_some_and(|it| !it.declared && views.contains(&it.kind))
}
