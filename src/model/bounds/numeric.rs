//! Numbers, and texts that are read as numbers, as the types of numbers hold them.

use super::decimal::{Decimal, Number, Unread};
use super::input::{float, is_newer_number, order_of, sign, special};
use super::key::{Column, Type};
use super::mistake::Kind;
use super::moment::is_blank;
use super::value::Value;

/// A number that is not in quotes; types of other kinds have none.
pub(super) fn number<'a>(
    negative: bool,
    digits: &'a str,
    of: Type,
    column: &Column<'_>,
) -> Result<Value<'a>, Kind> {
    let is_integer = digits.bytes().all(|it| it.is_ascii_digit());
    if is_integer && let Some(it) = short_integer(negative, digits, of) {
        return it;
    }
    match of {
        Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric => {
            match Decimal::parse(digits, negative) {
                Ok(it) => fit_to(Number::Finite(it), of, column),
                Err(Unread::Form | Unread::Size) => Ok(Value::Unknown),
            }
        }
        Type::Oid if !is_integer => Err(Kind::Type),
        Type::Oid => match Decimal::parse(digits, negative) {
            // A negative number is one from the other end.
            Ok(it) if !negative => {
                Ok(fit_to(Number::Finite(it), of, column).unwrap_or(Value::Unknown))
            }
            Ok(_) | Err(Unread::Form | Unread::Size) => Ok(Value::Unknown),
        },
        Type::Float4 | Type::Float8 => {
            let value = float(negative, digits, of == Type::Float4);
            Ok(value.map_or(Value::Unknown, Value::Float))
        }
        Type::Bool
        | Type::Text
        | Type::Varchar
        | Type::Bpchar
        | Type::Name
        | Type::Date
        | Type::Timestamp
        | Type::Timestamptz
        | Type::Uuid
        | Type::Enum
        | Type::Other => Ok(Value::Unknown),
    }
}

/// Most integers, without decimals; types other than `int2`, `int4` and `int8` have none.
fn short_integer<'a>(negative: bool, digits: &str, of: Type) -> Option<Result<Value<'a>, Kind>> {
    if of == Type::Oid || digits.len() > 18 {
        return None;
    }
    let (least, most) = of.limits()?;
    let it = digits
        .bytes()
        .fold(0, |all, digit| all * 10 + i64::from(digit - b'0'));
    let it = if negative { -it } else { it };
    let is_in = (least..=most).contains(&it);
    Some(if is_in {
        Ok(Value::Integer(it))
    } else {
        Err(Kind::Range)
    })
}

pub(super) fn quoted_integer<'a>(
    text: &str,
    of: Type,
    column: &Column<'_>,
) -> Result<Value<'a>, Kind> {
    let (negative, digits) = sign(text.trim_matches(is_blank));
    let is_whole = !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit());
    if of == Type::Oid {
        // Type `oid` reads more than others.
        return if is_whole && !negative {
            match Decimal::parse(digits, false) {
                Ok(it) => Ok(fit_to(Number::Finite(it), of, column).unwrap_or(Value::Unknown)),
                Err(Unread::Form | Unread::Size) => Ok(Value::Unknown),
            }
        } else {
            Ok(Value::Unknown)
        };
    }
    if is_whole && let Some(it) = short_integer(negative, digits, of) {
        return it;
    }
    if !is_whole {
        return if is_newer_number(digits) {
            Ok(Value::Unknown)
        } else {
            Err(Kind::Text)
        };
    }
    match Decimal::parse(digits, negative) {
        Ok(it) => fit_to(Number::Finite(it), of, column),
        Err(Unread::Form | Unread::Size) => Err(Kind::Range),
    }
}

pub(super) fn quoted_numeric<'a>(text: &str, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    let text = text.trim_matches(is_blank);
    if let Some(it) = special(text) {
        return fit(it, column);
    }
    let (negative, digits) = sign(text);
    match Decimal::parse(digits, negative) {
        Ok(it) => fit(Number::Finite(it), column),
        Err(Unread::Size) => Ok(Value::Unknown),
        Err(Unread::Form) if is_newer_number(digits) => Ok(Value::Unknown),
        Err(Unread::Form) => Err(Kind::Text),
    }
}

pub(super) fn quoted_float<'a>(text: &str, of: Type) -> Result<Value<'a>, Kind> {
    let text = text.trim_matches(is_blank);
    match special(text) {
        Some(Number::NegativeInfinity) => return Ok(Value::Float(order_of(f64::NEG_INFINITY))),
        Some(Number::Infinity) => return Ok(Value::Float(order_of(f64::INFINITY))),
        Some(Number::NaN) => return Ok(Value::Float(order_of(f64::NAN))),
        Some(Number::Finite(_)) | None => {}
    }
    let (negative, digits) = sign(text);
    match Decimal::parse(digits, false) {
        Ok(_) | Err(Unread::Size) => {
            let value = float(negative, digits, of == Type::Float4);
            Ok(value.map_or(Value::Unknown, Value::Float))
        }
        Err(Unread::Form) if is_newer_number(digits) => Ok(Value::Unknown),
        Err(Unread::Form) => Err(Kind::Text),
    }
}

pub(super) fn fit<'a>(number: Number, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    fit_to(number, column.of, column)
}

/// The number as type `of` holds it.
fn fit_to<'a>(number: Number, of: Type, column: &Column<'_>) -> Result<Value<'a>, Kind> {
    let Some((least, most)) = of.limits() else {
        return fit_modifiers(number, &column.key.modifiers);
    };
    match number {
        Number::Finite(it) => {
            let it = it.to_integer().filter(|it| (least..=most).contains(it));
            it.map(Value::Integer).ok_or(Kind::Range)
        }
        // PostgreSQL has another error for each.
        Number::NegativeInfinity | Number::Infinity | Number::NaN => Ok(Value::Unknown),
    }
}

/// The number as `numeric(precision, scale)` holds it.
fn fit_modifiers<'a>(number: Number, modifiers: &[i32]) -> Result<Value<'a>, Kind> {
    let Some(precision) = modifiers.first() else {
        return Ok(Value::Number(number));
    };
    let scale = modifiers.get(1).copied().unwrap_or(0);
    match number {
        Number::Finite(it) => {
            let it = it.rounded(scale);
            if it.digits_before_point() > precision - scale {
                return Err(Kind::Range);
            }
            Ok(Value::Number(Number::Finite(it)))
        }
        Number::NaN => Ok(Value::Number(number)),
        Number::NegativeInfinity | Number::Infinity => Err(Kind::Range),
    }
}
