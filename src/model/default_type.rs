//! Defaults whose type is seen in their text: PostgreSQL coerces a default to its column when it is defined.
//!
//! Source: `cookDefault` of `heap.c`.

use std::fmt;

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind;
use crate::model::cast::{base, context};
use crate::model::names::position;
use crate::name::Name;
use crate::schema::{Enum, Refusal, Schema, Type};
use crate::sql_type::casts::CastContext;
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token::{Token, TokenKind, lex, string_value};

/// Refuses a default that can never be a value of `sql_type`; `place` is what has it, in messages.
pub fn check_default_type(
    default: &Expression,
    sql_type: &SqlType,
    place: impl fmt::Display,
    schema: &Schema,
) -> Result<(), Refusal> {
    check_plain(default, sql_type, &place, schema)?;
    bind::assigned(
        default,
        Place::Default,
        (&place.to_string(), sql_type),
        None,
        schema,
    )
    .map_err(|it| it.at(["default"]))
}

/// The common forms, in words of their own.
fn check_plain(
    default: &Expression,
    sql_type: &SqlType,
    place: &impl fmt::Display,
    schema: &Schema,
) -> Result<(), Refusal> {
    let text = default.text();
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return Ok(());
    };
    let wanted = base(sql_type, schema);
    let enumeration = wanted
        .named()
        .and_then(|name| match schema.type_named(name) {
            Some(Type::Enum(it)) => Some((name, it)),
            Some(Type::Composite(_) | Type::Domain(_)) | None => None,
        });
    if wanted.named().is_some() && enumeration.is_none() {
        return Ok(());
    }
    let Some(own) = type_of(text, &tokens, schema) else {
        if let (Some((name, it)), [literal]) = (enumeration, tokens.as_slice())
            && matches!(literal.kind, TokenKind::String | TokenKind::DollarString)
        {
            return check_values(literal.text(text), wanted.array, name, it);
        }
        return Ok(());
    };
    if let (Some((name, it)), Some(literal)) = (enumeration, tokens.first())
        && own == wanted
    {
        return check_values(literal.text(text), wanted.array, name, it);
    }
    if own
        .named()
        .is_some_and(|it| schema.type_named(it).is_none())
    {
        return Ok(());
    }
    match context(&own, &wanted, schema) {
        Some(CastContext::Implicit | CastContext::Assignment) => Ok(()),
        other @ (Some(CastContext::Explicit) | None) => Err(Refusal::new(
            Code::InvalidExpression,
            format!(
                "the default {text} of {place} is {own}, which is not converted to {sql_type} automatically"
            ),
        )
        .help(match other {
            Some(_) if tokens.len() == 1 => {
                format!("write a value of that type, or cast it: {text}::{sql_type}")
            }
            Some(_) => format!("write a value of that type, or cast it: ({text})::{sql_type}"),
            None => format!("write a value of {sql_type}"),
        })
        .at(["default"])),
    }
}

/// Refuses values that the enum does not have in a literal of it, or of an array of it.
fn check_values(literal: &str, array: bool, name: &Name, it: &Enum) -> Result<(), Refusal> {
    let Some(value) = string_value(literal) else {
        return Ok(());
    };
    if !array {
        return position(it, &SmolStr::from(value), name).map(|_| ());
    }
    let elements = value.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    // Quotes, braces inside and bounds are for PostgreSQL to read.
    let simple = elements.filter(|it| !it.contains(['"', '\\', '{', '}']));
    for element in simple.into_iter().flat_map(|it| it.split(',')) {
        let element = element.trim();
        if !element.is_empty() && !element.eq_ignore_ascii_case("null") {
            position(it, &SmolStr::from(element), name).map_err(|refusal| Refusal {
                at: vec![value.clone().into()],
                ..refusal
            })?;
        }
    }
    Ok(())
}

/// The type of a literal or of a common call; `None` for a text without a cast, which takes any type, and for all else.
fn type_of(text: &str, tokens: &[Token], schema: &Schema) -> Option<SqlType> {
    let (first, rest) = tokens.split_first()?;
    let word = first.text(text);
    let named = first.kind == TokenKind::Word;
    if first.kind == TokenKind::String {
        let (cast, words) = rest.split_first()?;
        let held = sql_type::parse(text, words, &schema.default);
        return match held {
            Ok(WrittenType::Type(sql_type)) if cast.is(text, "::") => Some(sql_type),
            Ok(WrittenType::Type(_) | WrittenType::Serial(_)) | Err(_) => None,
        };
    }
    let typname = match rest {
        [] if first.kind == TokenKind::Number => number_type(word)?,
        [number] if matches!(word, "-" | "+") && number.kind == TokenKind::Number => {
            number_type(number.text(text))?
        }
        [] if named => match word {
            "true" | "false" => "bool",
            "current_timestamp" => "timestamptz",
            "current_date" => "date",
            "current_time" => "timetz",
            "localtimestamp" => "timestamp",
            "localtime" => "time",
            "current_user" | "session_user" | "current_catalog" | "current_schema" => "name",
            _ => return None,
        },
        [open, close] if named && open.is(text, "(") && close.is(text, ")") => match word {
            "now" | "clock_timestamp" | "statement_timestamp" | "transaction_timestamp" => {
                "timestamptz"
            }
            "gen_random_uuid" => "uuid",
            "random" => "float8",
            _ => return None,
        },
        [open, .., close]
            if first.is_word(text, "nextval") && open.is(text, "(") && close.is(text, ")") =>
        {
            // Nothing stands behind the call.
            let inside = &rest[1..rest.len() - 1];
            if inside.iter().any(|it| it.is(text, ")")) {
                return None;
            }
            "int8"
        }
        _ => return None,
    };
    Some(SqlType::builtin(typname))
}

/// As PostgreSQL's scanner and `make_const` type a number; `None` for hexadecimal ones and the like.
fn number_type(number: &str) -> Option<&'static str> {
    if number.bytes().all(|it| it.is_ascii_digit()) {
        return Some(match number.parse::<i64>() {
            Ok(value) if i32::try_from(value).is_ok() => "int4",
            Ok(_) => "int8",
            Err(_) => "numeric",
        });
    }
    let decimal = number
        .bytes()
        .all(|it| it.is_ascii_digit() || matches!(it, b'.' | b'e' | b'E' | b'-' | b'+'));
    decimal.then_some("numeric")
}
