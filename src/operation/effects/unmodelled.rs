//! Kinds of which the model has no objects: whether raw SQL made one of a name is marked, and nothing more is known.

use smol_str::SmolStr;

use crate::binder::{Ty, World};
use crate::builtin::{self, TextSearchKind};
use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::operation::effects::change::Words;
use crate::operation::effects::stale::mark_operator;
use crate::operation::effects::wrong;
use crate::schema::{ObjectId, Refusal, Schema, Signature, operator_mark};
use crate::sql_type::SqlType;
use crate::tree::definition::{Named, Publication, PublicationChange};

/// The kinds, by their words.
const KINDS: [&str; 14] = [
    "conversion",
    "text search parser",
    "text search dictionary",
    "text search template",
    "text search configuration",
    "language",
    "foreign data wrapper",
    "server",
    "operator class",
    "operator family",
    "access method",
    "event trigger",
    "publication",
    "user mapping",
];

/// The mark that code ran which may have made anything.
const CODE: &str = "code";

/// The mark of a publication of all tables.
const ALL_TABLES: &str = "all tables of";

fn key(kind: &str, name: &str) -> String {
    // A class makes a family of its name.
    let kind = if kind == "operator class" {
        "operator family"
    } else {
        kind
    };
    format!("{kind} {name}")
}

/// Marks what a statement makes or renames, and that it runs code.
pub(super) fn note(schema: &mut Schema, words: &Words<'_>) {
    const SKIPPED: [&str; 7] = [
        "or",
        "replace",
        "trusted",
        "procedural",
        "default",
        "if",
        "not",
    ];
    if note_code(schema, words) {
        return;
    }
    publication(schema, words);
    let is_made = words.is(0, "create");
    if !is_made && !words.is(0, "alter") {
        return;
    }
    let mut at = 1;
    while SKIPPED.iter().any(|it| words.is(at, it)) {
        at += 1;
    }
    let Some(kind) = KINDS.iter().find(|it| words.are(at, it)) else {
        return;
    };
    at += kind.split(' ').count();
    while ["if", "not", "exists"].iter().any(|it| words.is(at, it)) {
        at += 1;
    }
    let from = if is_made {
        Some(at)
    } else {
        (at..words.tokens.len())
            .find(|it| words.are(*it, "rename to"))
            .map(|it| it + 2)
    };
    if *kind == "user mapping" {
        mark_mapping(schema, words);
    } else if let Some(name) = from.and_then(|it| words.name(it).0.pop()) {
        mark_operator(schema, &key(kind, &name));
    }
}

/// Publications belong to nothing that takes them along, so it is known which there are.
fn publication(schema: &mut Schema, words: &Words<'_>) {
    if !words.is(1, "publication") {
        return;
    }
    let has = |wanted: &str| (2..words.tokens.len()).find(|it| words.are(*it, wanted));
    let gone = words.is(0, "drop") || words.is(0, "alter") && has("rename to").is_some();
    let made = words.is(0, "create");
    if !gone && !made {
        return;
    }
    let mut at = if words.are(2, "if exists") { 4 } else { 2 };
    loop {
        let (mut name, end) = words.name(at);
        let Some(name) = name.pop() else { return };
        let all = operator_mark(&key(ALL_TABLES, &name));
        if gone {
            schema.put(operator_mark(&key("publication", &name)), None);
        }
        schema.put(all, None);
        if made && has("for all tables").is_some() {
            mark_operator(schema, &key(ALL_TABLES, &name));
        }
        let is_more = words
            .tokens
            .get(end)
            .is_some_and(|it| words.is(0, "drop") && it.is(words.text, ","));
        if !is_more {
            return;
        }
        at = end + 1;
    }
}

/// Refuses a publication that there is, and tables in one of all tables.
pub(super) fn check_publication(
    schema: &Schema,
    publication: &Publication,
    text: &str,
) -> Result<(), Refusal> {
    let Some(name) = publication.name.parts.last() else {
        return Ok(());
    };
    if may_have_run(schema) {
        return Ok(());
    }
    let range = &publication.name.range;
    let has = |kind: &str| schema.get(&operator_mark(&key(kind, name))).is_some();
    if publication.change == PublicationChange::Create && has("publication") {
        return Err(wrong(
            text,
            range,
            format!("there is a publication \"{name}\" already"),
        ));
    }
    let changes =
        publication.change != PublicationChange::Create && !publication.objects.is_empty();
    if changes && has(ALL_TABLES) {
        return Err(wrong(
            text,
            range,
            format!("\"{name}\" publishes all tables: none can be added or dropped"),
        ));
    }
    Ok(())
}

/// Marks that a statement runs code, which may make anything; whether it does.
fn note_code(schema: &mut Schema, words: &Words<'_>) -> bool {
    const WORDS: [&str; 6] = ["do", "call", "select", "with", "execute", "import"];
    let runs = WORDS.iter().any(|it| words.is(0, it));
    if runs && schema.get(&operator_mark(CODE)).is_none() {
        mark_operator(schema, CODE);
    }
    runs
}

/// A user mapping is found by its server.
fn mark_mapping(schema: &mut Schema, words: &Words<'_>) {
    let server = (0..words.tokens.len()).find(|it| words.is(*it, "server"));
    if let Some(name) = server.and_then(|it| words.name(it + 1).0.pop()) {
        mark_operator(schema, &key("user mapping", &name));
    }
}

/// Refuses what is not there.
pub(super) fn check(schema: &Schema, named: &Named) -> Result<(), Refusal> {
    let kind = named.kind.as_str();
    let world = world(schema);
    let is_unsure =
        schema.extensions().any(|it| it != "plpgsql") || schema.get(&operator_mark(CODE)).is_some();
    if is_unsure {
        return Ok(());
    }
    match kind {
        "operator" => return operator(world, named),
        "cast" => return cast(world, named),
        _ if !KINDS.contains(&kind) => return Ok(()),
        _ => {}
    }
    let name = match (&named.on, kind) {
        (Some(server), "user mapping") => server.parts.last(),
        (_, _) => named.name.parts.last(),
    };
    let Some(name) = name else { return Ok(()) };
    if is_own(kind, name, schema.server) || schema.get(&operator_mark(&key(kind, name))).is_some() {
        return Ok(());
    }
    let declared = Kind::named(kind)
        .zip(qualify(std::slice::from_ref(name), &schema.default))
        .map(|(kind, name)| ObjectId::of(kind, &name));
    if declared.is_some_and(|it| schema.get(&it).is_some()) {
        return Ok(());
    }
    let message = if kind == "user mapping" {
        format!("there is no user mapping for the server \"{name}\"")
    } else {
        format!("there is no {kind} \"{name}\"")
    };
    Err(unknown(named, message))
}

/// Whether code may have made what nobody reads: a block, or a function in another language than SQL that somebody calls.
fn may_have_run(schema: &Schema) -> bool {
    let is_callable = |it: &Signature| {
        let result = it.result.as_ref().and_then(SqlType::named);
        let ends = |word: &str| result.is_some_and(|name| name.name.ends_with(word));
        let (is_trigger, is_handler) = (ends("trigger"), ends("_handler"));
        !it.in_sql && !is_trigger && !is_handler
    };
    schema.get(&operator_mark(CODE)).is_some()
        || schema
            .opaque()
            .any(|(_, object)| object.signatures.iter().any(is_callable))
}

fn unknown(named: &Named, message: String) -> Refusal {
    let refusal = Refusal::new(Code::UnknownObject, message).help("create it first");
    match named.name.parts.last() {
        Some(last) => refusal.at([last.clone()]),
        None => refusal,
    }
}

/// Whether PostgreSQL has such an object itself.
fn is_own(kind: &str, name: &str, server: u8) -> bool {
    const METHODS: [&str; 6] = ["btree", "hash", "gist", "gin", "spgist", "brin"];
    let searched = |it: TextSearchKind| builtin::text_search(it, name, server).is_some();
    let mut classes = METHODS
        .iter()
        .flat_map(|method| builtin::operator_classes(method));
    match kind {
        // They are called `iso8859_1_to_utf8`.
        "conversion" => name.contains("_to_"),
        "text search parser" => searched(TextSearchKind::Parser),
        "text search dictionary" => searched(TextSearchKind::Dictionary),
        "text search template" => searched(TextSearchKind::Template),
        "text search configuration" => searched(TextSearchKind::Configuration),
        "language" => builtin::language(name, server).is_some() || name == "sql",
        "operator class" | "operator family" => {
            classes.any(|it| it.name == name || it.family == name)
        }
        "access method" => builtin::access_method(name, server).is_some() || name == "heap",
        _ => false,
    }
}

/// The types of the operands; absent for `none`.
fn operands(world: World<'_>, named: &Named) -> Option<Vec<Option<Ty>>> {
    let given = named.arguments.as_ref()?;
    given
        .iter()
        .map(|it| {
            if it.text == "none" {
                return Some(None);
            }
            let found = world.written(&it.text)?.ty;
            (!found.is_opaque()).then_some(Some(found))
        })
        .collect()
}

fn operator(world: World<'_>, named: &Named) -> Result<(), Refusal> {
    let Some(sign) = named.name.parts.last() else {
        return Ok(());
    };
    for it in named.arguments.iter().flatten() {
        if let Some(name) = world.missing_type(&it.text).filter(|_| it.text != "none") {
            return Err(
                Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""))
                    .at([name.name]),
            );
        }
    }
    let is_marked = world.schema.get(&operator_mark(sign)).is_some();
    let Some(types) = operands(world, named) else {
        return Ok(());
    };
    let [left, right] = types.as_slice() else {
        return Ok(());
    };
    let Some(right) = right else {
        return Err(unknown(
            named,
            format!("an operator behind its operand, such as {sign}, is not supported"),
        ));
    };
    let core = |it: &Option<Ty>| it.as_ref().map(Ty::core);
    let is_there = builtin::operators(sign)
        .iter()
        .any(|it| core(left) == it.left.map(Some) && right.core() == Some(it.right));
    let declared = qualify(std::slice::from_ref(sign), &world.schema.default)
        .map(|it| ObjectId::of(Kind::Defined(crate::kind::Defined::Operator), &it));
    let is_declared = declared.is_some_and(|it| world.schema.get(&it).is_some());
    if is_there || is_marked || is_declared {
        return Ok(());
    }
    let left = left
        .as_ref()
        .map_or_else(String::new, |it| format!("{it} "));
    Err(unknown(
        named,
        format!("there is no operator {left}{sign} {right}"),
    ))
}

fn cast(world: World<'_>, named: &Named) -> Result<(), Refusal> {
    let types = operands(world, named).unwrap_or_default();
    let [Some(from), Some(to)] = types.as_slice() else {
        return Ok(());
    };
    let (Some(source), Some(target)) = (from.core(), to.core()) else {
        return Ok(());
    };
    let is_there = builtin::casts_from(source)
        .iter()
        .any(|it| it.target == target);
    if is_there || world.schema.get(&operator_mark("cast")).is_some() {
        return Ok(());
    }
    let name: SmolStr = from.to_string().into();
    Err(Refusal::new(
        Code::UnknownObject,
        format!("there is no cast from {from} to {to}"),
    )
    .at([name]))
}
