//! What a value of a bound is for its key: the literal assigned to the type (`transformPartitionBoundValue`).

use std::borrow::Cow;

use super::decimal::{Decimal, Number, as_text};
use super::input::{boolean_named, uuid};
use super::key::{Column, Key, Sessions, Type};
use super::literal::{Literal, Written, bare, read};
use super::mistake::Kind;
use super::moment::{self, DAY, Reading, SECOND, Zone, is_blank};
use super::numeric;
use super::value::Value;

/// The moments of `infinity` and `-infinity`.
const EVER: i64 = i64::MAX;
const NEVER: i64 = i64::MIN;

/// The value that `item` is for `column`, or what PostgreSQL refuses it for.
pub(super) fn evaluate<'a>(item: &'a str, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    let Some(Written { literal, cast }) = read(item) else {
        return Ok(Value::Unknown);
    };
    let value = match cast {
        None => assign(literal, column.of, column)?,
        Some(cast) => assign_cast(literal, cast, column)?,
    };
    // The literal is the same text in each session: then so is the value.
    if let Value::Opaque(_) = value {
        return Ok(Value::Opaque(bare(item)));
    }
    Ok(value)
}

/// Assigns a literal that is cast to `cast`. Most pairs of types are not decided.
fn assign_cast<'a>(
    literal: Literal<'a>,
    cast: Type,
    column: &Column<'_>,
) -> Result<Value<'a>, Kind> {
    let is_number = |it: Type| it.limits().is_some() || it == Type::Numeric;
    let is_quoted = matches!(literal, Literal::Quoted(_));
    let to = column.of;
    if literal == Literal::Null {
        return Ok(if cast == to {
            Value::Null
        } else {
            Value::Unknown
        });
    }
    let is_text = matches!(to, Type::Text | Type::Varchar | Type::Bpchar | Type::Name);
    if is_text && matches!(cast, Type::Text | Type::Varchar) && is_quoted {
        return assign(literal, to, column);
    }
    if is_number(cast) && is_number(to) && cast != Type::Oid && to != Type::Oid {
        let any = &Key::default();
        let unbound = Column {
            key: any,
            ..*column
        };
        return match assign(literal, cast, &unbound)? {
            Value::Number(number) => numeric::fit(number, column),
            Value::Integer(it) => numeric::fit(Number::Finite(Decimal::integer(it)), column),
            Value::Minimum
            | Value::Null
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Text(_)
            | Value::Moment(_)
            | Value::Local(_)
            | Value::Uuid(_)
            | Value::Place(_)
            | Value::Opaque(_)
            | Value::Unknown
            | Value::Maximum => Ok(Value::Unknown),
        };
    }
    let becomes_moment = matches!(
        (cast, to),
        (Type::Date, Type::Timestamp | Type::Timestamptz)
            | (Type::Timestamp, Type::Timestamptz | Type::Date)
    );
    if let Literal::Quoted(text) = &literal
        && (becomes_moment || cast == to)
        && matches!(to, Type::Date | Type::Timestamp | Type::Timestamptz)
    {
        return moment_of(text, cast, column);
    }
    let reads_alike = matches!(to, Type::Uuid | Type::Bool | Type::Float4 | Type::Float8);
    if is_quoted && cast == to && reads_alike {
        return assign(literal, to, column);
    }
    Ok(Value::Unknown)
}

/// Assigns a literal to type `of`.
fn assign<'a>(literal: Literal<'a>, of: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    match literal {
        Literal::Minimum => Ok(Value::Minimum),
        Literal::Maximum => Ok(Value::Maximum),
        Literal::Null => Ok(Value::Null),
        Literal::Boolean(it) => boolean(it, of, column),
        Literal::Number { negative, digits } => number(negative, digits, of, column),
        Literal::Quoted(text) => quoted(text, of, column),
    }
}

fn boolean<'a>(it: bool, of: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    match of {
        Type::Bool => Ok(Value::Boolean(it)),
        Type::Text | Type::Varchar | Type::Bpchar => {
            text(Cow::Borrowed(if it { "true" } else { "false" }), of, column)
        }
        // There is no cast: it goes through the output of the type.
        Type::Name => Ok(Value::Text(Cow::Borrowed(if it { "t" } else { "f" }))),
        Type::Int2
        | Type::Int4
        | Type::Int8
        | Type::Oid
        | Type::Numeric
        | Type::Float4
        | Type::Float8
        | Type::Date
        | Type::Timestamp
        | Type::Timestamptz
        | Type::Uuid => Err(Kind::Type),
        // A cast of a user may help.
        Type::Enum => Ok(Value::Unknown),
        Type::Other => Ok(Value::Opaque("")),
    }
}

fn quoted<'a>(it: Cow<'a, str>, of: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    match of {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Oid => {
            numeric::quoted_integer(&it, of, column)
        }
        Type::Numeric => numeric::quoted_numeric(&it, column),
        Type::Float4 | Type::Float8 => numeric::quoted_float(&it, of),
        Type::Bool => boolean_named(it.trim_matches(is_blank))
            .map(Value::Boolean)
            .ok_or(Kind::Text),
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name => text(it, of, column),
        Type::Date | Type::Timestamp | Type::Timestamptz => moment_of(&it, of, column),
        Type::Uuid => uuid(&it).map(Value::Uuid).ok_or(Kind::Text),
        Type::Enum => {
            let values = column.key.values.as_deref().unwrap_or_default();
            let place = values.iter().position(|value| **value == *it);
            place.map(Value::Place).ok_or(Kind::Text)
        }
        Type::Other => Ok(if is_settled(&it, column.sessions) {
            Value::Opaque("")
        } else {
            Value::Unknown
        }),
    }
}

/// Whether a type that is not known here reads the same value from this text each time.
fn is_settled(text: &str, sessions: Sessions) -> bool {
    let may_be_time = text.bytes().any(|it| it.is_ascii_digit());
    let is_alike = match sessions {
        Sessions::Alike => true,
        Sessions::Different => !may_be_time,
    };
    is_alike && !moment::names_a_moment(text)
}

fn text<'a>(it: Cow<'a, str>, of: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    // Longer names are cut.
    if of == Type::Name && it.len() > 63 {
        return Ok(Value::Unknown);
    }
    let most = column
        .key
        .modifiers
        .first()
        .and_then(|it| usize::try_from(*it).ok());
    let end = most
        .and_then(|most| it.char_indices().nth(most))
        .map(|it| it.0);
    // What is too long may be blanks, which are cut.
    if let Some(end) = end
        && it[end..].bytes().any(|it| it != b' ')
    {
        return Err(Kind::Length);
    }
    let end = end.unwrap_or(it.len());
    let end = if of == Type::Bpchar {
        it[..end].trim_end_matches(' ').len()
    } else {
        end
    };
    Ok(Value::Text(match it {
        Cow::Borrowed(it) => Cow::Borrowed(&it[..end]),
        Cow::Owned(mut it) => {
            it.truncate(end);
            Cow::Owned(it)
        }
    }))
}

/// What type `from` reads, as the type of the column.
fn moment_of<'a>(text: &str, from: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    let it = match moment::read(text) {
        Reading::Moment(it) => it,
        Reading::Infinity => return Ok(Value::Moment(EVER)),
        Reading::NegativeInfinity => return Ok(Value::Moment(NEVER)),
        Reading::OutOfRange => return Err(Kind::DateRange),
        Reading::Malformed => return Err(Kind::DateText),
        Reading::Undecided => return Ok(Value::Unknown),
    };
    if column.of == Type::Date {
        return Ok(Value::Moment(it.day));
    }
    // `timestamp(0)` rounds.
    if !column.key.modifiers.is_empty() && it.micros % SECOND != 0 {
        return Ok(Value::Unknown);
    }
    let time = if from == Type::Date { 0 } else { it.micros };
    let micros = it.day * DAY + time;
    if column.of == Type::Timestamp {
        return Ok(Value::Moment(micros));
    }
    Ok(match it.zone {
        Zone::East(seconds) if from == Type::Timestamptz => {
            Value::Moment(micros - seconds * SECOND)
        }
        Zone::East(_) | Zone::Unsaid => Value::Local(micros),
    })
}

fn number<'a>(
    negative: bool,
    digits: &'a str,
    of: Type,
    column: &Column<'_>,
) -> Result<Value<'a>, Kind> {
    match of {
        Type::Int2
        | Type::Int4
        | Type::Int8
        | Type::Oid
        | Type::Numeric
        | Type::Float4
        | Type::Float8 => numeric::number(negative, digits, of, column),
        Type::Text | Type::Varchar | Type::Bpchar | Type::Name => match as_text(digits, negative) {
            Some(it) => text(Cow::Owned(it), of, column),
            None => Ok(Value::Unknown),
        },
        Type::Bool | Type::Date | Type::Timestamp | Type::Timestamptz | Type::Uuid => {
            Err(Kind::Type)
        }
        Type::Enum => Ok(Value::Unknown),
        Type::Other => Ok(Value::Opaque("")),
    }
}
