//! What the model says of objects, as rows for `compared.sql.jinja`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::catalog::{Fact, Part, facts, shown};
use crate::lower::formatted;
use crate::schema::{Object, ObjectId, Schema, Type};
use crate::script::psql::reading::array;
use crate::sql_type::SqlType;
use crate::token::quote_literal;

use super::literal::{self, Known, type_of, written_default};
use super::says::says;
use super::scope::Scope;

/// An object that must be there.
#[derive(Debug, Serialize)]
pub(super) struct ObjectRow {
    place: usize,
    /// The set of names that it shares.
    space: &'static str,
    kind: &'static str,
    /// With its article.
    word: String,
    schema: SmolStr,
    name: SmolStr,
    label: String,
    /// The place of the table that an index goes with.
    table: Option<usize>,
}

/// An object as such, whose part has no name, or a part of one.
#[derive(Debug, Serialize)]
pub(super) struct PartRow {
    place: usize,
    /// Its place among the parts.
    number: usize,
    part: String,
    /// How lines tell it where it is as it should be.
    says: String,
    /// As SQL: an object of JSON.
    words: String,
    expressions: String,
}

/// The rows of all objects that are compared as a whole.
pub(super) fn rows(scope: &Scope<'_>) -> (Vec<ObjectRow>, Vec<PartRow>) {
    let (mut objects, mut parts) = (Vec::new(), Vec::new());
    let places: BTreeMap<&ObjectId, usize> = (0..)
        .zip(&scope.whole)
        .map(|(place, it)| (it.0, place))
        .collect();
    for (place, (id, object)) in scope.whole.iter().enumerate() {
        let (space, schema, name) = match id {
            ObjectId::Namespace(name) => ("schema", SmolStr::default(), name),
            ObjectId::Extension(name) => ("extension", SmolStr::default(), name),
            ObjectId::Type(name) => ("type", name.schema.clone(), &name.name),
            ObjectId::Relation(name) | ObjectId::Opaque(_, name) => {
                ("relation", name.schema.clone(), &name.name)
            }
        };
        let kind = object.kind();
        let table = object.as_index().map(|it| it.table.clone());
        objects.push(ObjectRow {
            place,
            space,
            kind: kind.word(),
            word: kind.with_article(),
            schema,
            name: name.clone(),
            label: shown(id, object),
            table: table.and_then(|it| places.get(&ObjectId::Relation(it)).copied()),
        });
        for (part, facts) in facts(object) {
            parts.push(PartRow {
                place,
                number: number(object, &part),
                says: says(object, &part, scope.schema),
                words: words(&facts, type_of(object, &part)),
                expressions: expressions(&facts, object, &part, scope.schema),
                part,
            });
        }
    }
    (objects, parts)
}

/// Columns and attributes stand in their own order, and constraints after them.
fn number(object: &Object, part: &str) -> usize {
    const MANY: usize = 50_000;
    let Some((kind, name)) = part.split_once(' ') else {
        return 0;
    };
    let place = if let Some(Type::Composite(it)) = object.as_type() {
        it.attributes.iter().position(|it| it.0 == name)
    } else {
        let table = object.as_table().filter(|_| kind == "column");
        table.and_then(|table| table.columns.iter().position(|it| it.name == name))
    };
    place.map_or(MANY, |it| it + 1)
}

/// The facts in words. How the name of a type is quoted, the server knows.
fn words(facts: &Part, sql_type: Option<&SqlType>) -> String {
    let named = sql_type.filter(|it| it.named().is_some());
    let words = facts.iter().filter_map(|(what, fact)| {
        let is_asked = what == "the type" && named.is_some();
        (!is_asked).then(|| Some((what.to_string(), fact.json()?)))?
    });
    let words: Map<String, Value> = words.collect();
    let words = quote_literal(&Value::Object(words).to_string());
    match named {
        Some(named) => format!(
            "{words}::jsonb || jsonb_build_object('the type', {})",
            formatted(named)
        ),
        None => words,
    }
}

/// What is known of each expression.
fn expressions(facts: &Part, object: &Object, part: &str, schema: &Schema) -> String {
    let of = |what: &SmolStr, fact: &Fact| -> Option<String> {
        let known = match fact {
            Fact::Expression(expression, _) if what == "the default" => {
                let sql_type = type_of(object, part)?;
                of_known(
                    &literal::default(expression, sql_type, schema),
                    expression.text(),
                )
            }
            Fact::Expression(expression, _) => of_known(&Known::Present, expression.text()),
            Fact::Bound(..) => {
                let partition = object.as_table()?.partition_of.as_ref()?;
                match literal::bound(partition, schema) {
                    Some(sql) => format!(
                        "jsonb_build_object('known', 'bound', 'value', {sql}, 'shown', {})",
                        quote_literal(&partition.bound)
                    ),
                    None => of_known(&Known::Present, &partition.bound),
                }
            }
            Fact::Words(_)
            | Fact::List(_)
            | Fact::Name(..)
            | Fact::Names(_)
            | Fact::PartitionKey(_)
            | Fact::Anything => return None,
        };
        Some(format!("{}, {known}", quote_literal(what)))
    };
    let mut all: Vec<String> = facts
        .iter()
        .filter_map(|(what, fact)| of(what, fact))
        .collect();
    // What turns out to be null the server may drop.
    if let Some(default) = written_default(object, part)
        && !facts.contains_key("the default")
    {
        let known = type_of(object, part).map(|it| literal::default(default, it, schema));
        let known = known.filter(|it| *it == Known::Nothing);
        all.extend(known.map(|it| format!("'the default', {}", of_known(&it, default.text()))));
    }
    if all.is_empty() {
        return "'{}'".to_owned();
    }
    format!("jsonb_build_object({})", all.join(", "))
}

fn of_known(known: &Known, shown: &str) -> String {
    let (word, texts) = match known {
        Known::Literal(texts) => ("literal", Some(array(texts))),
        Known::Call(text) => ("call", Some(array(std::slice::from_ref(text)))),
        Known::Present => ("present", None),
        Known::Absent => ("absent", None),
        Known::Nothing => ("nothing", None),
    };
    let texts = texts.map_or_else(String::new, |it| format!(", 'texts', to_jsonb({it})"));
    format!(
        "jsonb_build_object('known', '{word}', 'shown', {}{texts})",
        quote_literal(shown)
    )
}
