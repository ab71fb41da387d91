//! The way back of a change of type: which values come back, and what is lost.

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::inverse::fidelity::{Loss, NoInverse};
use crate::model::cast::{base, context};
use crate::schema::{Column, Schema, Type};
use crate::sql_type;
use crate::sql_type::casts::CastContext;
use crate::sql_type::{BaseType, SqlType, WrittenType};
use crate::token::{TokenKind, lex};

/// Whether `using` is the column itself, or the plain cast of it to its new type: what that loses, the types tell.
#[must_use]
pub(super) fn is_cast(using: &Expression, column: &str, to: &SqlType, schema: &Schema) -> bool {
    let text = using.text();
    // What that loses, its way back knows.
    if zone(using, column).is_some() {
        return true;
    }
    let (value, cast) = text.rsplit_once("::").unwrap_or((text, ""));
    // The text of a value of an enum is all there is of it.
    let is_enum = labels(to, schema).is_some();
    let value = match value.rsplit_once("::") {
        Some((value, "text")) if is_enum && !to.array => value,
        Some((value, "text[]")) if is_enum && to.array => value,
        _ => value,
    };
    let is_column = Expression::parse(value)
        .is_ok_and(|expression| expression.only_column().is_some_and(|it| it == column));
    if !is_column || cast.is_empty() {
        return is_column;
    }
    let tokens = lex(cast, 0, cast.len()).unwrap_or_default();
    // Asked for by name, a cast cuts what is too long.
    let cuts = !to.modifiers.is_empty()
        && matches!(
            to.base,
            BaseType::Builtin("varchar" | "bpchar" | "bit" | "varbit")
        );
    !cuts
        && matches!(sql_type::parse(cast, &tokens, &schema.default), Ok(WrittenType::Type(it)) if it == *to)
}

/// How a column goes back from the type of `now` to that of `before`: the `using` expression, if one is needed, and
/// what is lost. Never a cast that cuts or rounds values without a word.
pub(super) fn way_back(
    before: &Column,
    now: &Column,
    using: Option<&Expression>,
    schema: &Schema,
) -> Result<(Option<Expression>, Vec<Loss>), NoInverse> {
    let (old, new) = (base(&before.sql_type, schema), base(&now.sql_type, schema));
    let mut losses = Vec::new();
    if cuts_silently(&old, &new) || !comes_back(&old, &new, schema) {
        losses.push(Loss::ChangesValues);
    }
    if old.base == new.base && old.array == new.array {
        if cuts_silently(&new, &old) {
            return Err(silent(before, now));
        }
        if !widens(&new, &old) {
            losses.push(Loss::MayFailOnRows);
        }
        return Ok((None, losses));
    }
    if cuts_silently(&new, &old) {
        return Err(silent(before, now));
    }
    match (new.scalar(), old.scalar()) {
        (Some("timestamp"), Some("timestamptz")) | (Some("timestamptz"), Some("timestamp")) => {
            let Some(zone) = using.and_then(|it| zone(it, &before.name)) else {
                return Err(NoInverse(format!(
                    "the time zone of the values of column \"{}\" is unknown",
                    before.name
                )));
            };
            // Where clocks are put back, an hour comes twice.
            if !zone.eq_ignore_ascii_case("'utc'") {
                losses.push(Loss::ChangesValues);
            }
            return Ok((using.cloned(), losses));
        }
        _ => {}
    }
    if let (Some(present), Some(wanted)) = (labels(&new, schema), labels(&old, schema))
        && new.array == old.array
    {
        if !present.iter().all(|it| wanted.contains(it)) {
            losses.push(Loss::MayFailOnRows);
        }
        let text = if new.array { "text[]" } else { "text" };
        return Ok((Some(cast(before, Some(text), schema)), losses));
    }
    match context(&now.sql_type, &before.sql_type, schema) {
        Some(CastContext::Implicit | CastContext::Assignment) => {
            if !always_fits(&new, &old) {
                losses.push(Loss::MayFailOnRows);
            }
            Ok((None, losses))
        }
        Some(CastContext::Explicit) if before.sql_type.modifiers.is_empty() => {
            losses.push(Loss::MayFailOnRows);
            Ok((Some(cast(before, None, schema)), losses))
        }
        Some(CastContext::Explicit) | None => Err(NoInverse(format!(
            "{} is not converted to {} automatically",
            now.sql_type, before.sql_type
        ))),
    }
}

/// Whether a default of the type of `now` becomes one of that of `before` by itself.
#[must_use]
pub(super) fn goes_back(before: &Column, now: &Column, schema: &Schema) -> bool {
    matches!(
        context(&now.sql_type, &before.sql_type, schema),
        Some(CastContext::Implicit | CastContext::Assignment)
    )
}

/// A column cast to the type that it had, by way of another one.
fn cast(column: &Column, by_way_of: Option<&str>, schema: &Schema) -> Expression {
    let between = by_way_of.map_or_else(String::new, |it| format!("::{it}"));
    let name = crate::token::quote_identifier(&column.name);
    let to = column.sql_type.within(&schema.default);
    Expression::parse(&format!("{name}{between}::{to}"))
        .expect("a cast of a column is an expression")
}

/// The values of an enum.
fn labels<'a>(sql_type: &SqlType, schema: &'a Schema) -> Option<&'a Vec<SmolStr>> {
    let named = schema.type_named(sql_type.named()?)?;
    let Type::Enum(it) = named else {
        return None;
    };
    Some(&it.values)
}

/// Whether what becomes one of `to` is what it was when it is of type `from` again, where [`cuts_silently`] is not so.
fn comes_back(from: &SqlType, to: &SqlType, schema: &Schema) -> bool {
    let scalar = |it: &SqlType| match &it.base {
        BaseType::Builtin(name) => Some(*name),
        BaseType::Named(name) => (name.name == "citext").then_some("citext"),
    };
    let is_text = |it: &str| matches!(it, "text" | "varchar" | "bpchar" | "name" | "citext");
    // Of arrays, each element is cast.
    let (one, other) = match (from.array, to.array) {
        (true, false) => (None, scalar(to)),
        (false, true) => (scalar(from), None),
        (true, true) | (false, false) => (scalar(from), scalar(to)),
    };
    // As texts that blanks may end, and as others.
    let ends_blank =
        |it: &str| is_text(it) && it != "bpchar" || matches!(it, "json" | "xml" | "refcursor");
    match (one, other) {
        (Some("varchar"), Some("varchar")) => widens(from, to),
        (Some("bpchar"), Some("bpchar")) => true,
        (Some(one), Some("varchar")) => to.modifiers.is_empty() || !ends_blank(one),
        (Some(one), Some("bpchar")) => !ends_blank(one),
        // PostgreSQL writes other values in a form of its own.
        (Some(one), Some(other)) if is_text(one) => {
            is_text(other) || matches!(other, "json" | "xml" | "refcursor" | "char")
        }
        (Some(one), None) if is_text(one) => !to.array && labels(to, schema).is_some(),
        (Some("int4" | "int8"), Some("bool" | "bit"))
        | (Some("box"), Some("point" | "circle"))
        | (Some("circle"), Some("box" | "point" | "polygon"))
        | (Some("polygon"), Some("box" | "circle" | "point")) => false,
        _ => true,
    }
}

/// The literal of `column at time zone 'zone'`, which reads the same in both directions.
fn zone<'a>(using: &'a Expression, column: &str) -> Option<&'a str> {
    let text = using.text();
    let text = text
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or(text);
    let column = crate::token::quote_identifier(column);
    let zone = text
        .strip_prefix(column.as_str())?
        .strip_prefix(" at time zone ")?;
    let tokens = lex(zone, 0, zone.len()).ok()?;
    matches!(tokens.as_slice(), [one] if one.kind == TokenKind::String).then_some(zone)
}

fn silent(before: &Column, now: &Column) -> NoInverse {
    NoInverse(format!(
        "the conversion back from {} to {} would silently round or truncate values of column \"{}\"",
        now.sql_type, before.sql_type, before.name
    ))
}

/// Whether the assignment cast from `from` to `to` changes values without an error.
fn cuts_silently(from: &SqlType, to: &SqlType) -> bool {
    let (BaseType::Builtin(from_name), BaseType::Builtin(to_name)) = (&from.base, &to.base) else {
        return false;
    };
    let integer = |name: &str| matches!(name, "int2" | "int4" | "int8");
    let exact = |name: &str| matches!(name, "numeric");
    let float = |name: &str| matches!(name, "float4" | "float8");
    match (*from_name, *to_name) {
        ("numeric", "numeric") => {
            scale(to).is_some_and(|to| scale(from).is_none_or(|from| from > to))
        }
        (one, two) if exact(one) || float(one) => {
            integer(two)
                || float(two) && one != two && two != "float8"
                || exact(two) && scale(to).is_some()
                || one == "numeric" && two == "float8"
                || two == "money"
        }
        (one, "float4") => matches!(one, "int4" | "int8"),
        ("int8", "float8") | ("money", "numeric") => from_name == &"int8",
        ("timestamp" | "timestamptz", "date" | "time" | "timetz")
        | ("timetz" | "interval", "time") => true,
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", _) => {
            !to.modifiers.is_empty() && from.modifiers != to.modifiers && from_name == to_name
        }
        ("inet", "cidr") | (_, "char" | "name") => from_name != to_name,
        ("jsonb" | "json", "jsonb" | "json") => from_name == &"json" && to_name == &"jsonb",
        _ => false,
    }
}

fn scale(sql_type: &SqlType) -> Option<i64> {
    sql_type.modifiers.split_once(',')?.1.parse().ok()
}

/// Whether every value of `from` fits `to`, a type of the same base.
fn widens(from: &SqlType, to: &SqlType) -> bool {
    if to.modifiers.is_empty() || from.modifiers == to.modifiers {
        return true;
    }
    let numbers = |it: &SqlType| -> Vec<i64> {
        it.modifiers
            .split(',')
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    match (numbers(from).as_slice(), numbers(to).as_slice()) {
        ([from], [to]) => from <= to,
        ([precision, scale], [to_precision, to_scale]) => {
            precision - scale <= to_precision - to_scale && scale <= to_scale
        }
        _ => false,
    }
}

/// Whether every value of `from` becomes one of `to`, a type of another base.
fn always_fits(from: &SqlType, to: &SqlType) -> bool {
    let unbounded = to.modifiers.is_empty();
    match (from.scalar(), to.scalar()) {
        (Some("int2"), Some("int4" | "int8" | "numeric" | "float4" | "float8"))
        | (Some("int4"), Some("int8" | "numeric" | "float8"))
        | (Some("int8"), Some("numeric"))
        | (Some("float4"), Some("float8"))
        | (Some("date"), Some("timestamp" | "timestamptz"))
        | (_, Some("text" | "varchar")) => unbounded,
        (Some("text" | "varchar" | "bpchar"), None) => {
            !to.array && to.named().is_some_and(|it| it.name == "citext")
        }
        _ => false,
    }
}
