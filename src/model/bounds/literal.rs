//! Reads one value of a bound, where it is a plain literal.

use std::borrow::Cow;

use super::key::Type;
use super::scan::{dollar, parentheses, word};

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Literal<'a> {
    Minimum,
    Maximum,
    Null,
    Boolean(bool),
    /// A sign, and digits with an optional point and exponent.
    Number {
        negative: bool,
        digits: &'a str,
    },
    Quoted(Cow<'a, str>),
}

/// A literal with the type that it is cast to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written<'a> {
    pub(super) literal: Literal<'a>,
    pub(super) cast: Option<Type>,
}

/// `text` without parentheses around all of it.
pub(super) fn bare(text: &str) -> &str {
    match parentheses(text) {
        Some((inside, rest)) if rest.trim_ascii().is_empty() => bare(inside.trim_ascii()),
        Some(_) | None => text,
    }
}

/// Reads a value, unless it is anything else than a literal.
pub(super) fn read(text: &str) -> Option<Written<'_>> {
    let text = bare(text);
    let first = *text.as_bytes().first()?;
    match first {
        b'\'' => quoted(text),
        b'$' => {
            let (inside, end) = dollar(text, 0)?;
            cast_of(Literal::Quoted(inside.into()), &text[end..])
        }
        b'-' | b'+' => {
            let (digits, rest) = number(text[1..].trim_ascii_start())?;
            // A sign binds less than a cast.
            rest.is_empty().then_some(Written {
                literal: Literal::Number {
                    negative: first == b'-',
                    digits,
                },
                cast: None,
            })
        }
        b'0'..=b'9' | b'.' => {
            let (digits, rest) = number(text)?;
            let negative = false;
            cast_of(Literal::Number { negative, digits }, rest)
        }
        b'"' => match text {
            "\"minvalue\"" => Some(plain(Literal::Minimum)),
            "\"maxvalue\"" => Some(plain(Literal::Maximum)),
            _ => None,
        },
        _ => named(text),
    }
}

/// Reads what begins with a word: a word that is a value, a string with a letter before it, or `date '…'`.
fn named(text: &str) -> Option<Written<'_>> {
    let (first, rest) = word(text);
    let is = |it: &str| first.eq_ignore_ascii_case(it);
    // What escapes stand for is not read.
    let without_escapes = |it: &str| !it.contains('\\');
    if is("e") && rest.starts_with('\'') {
        return without_escapes(rest).then(|| quoted(rest))?;
    }
    if is("u") && rest.starts_with("&'") {
        return without_escapes(rest).then(|| quoted(&rest[1..]))?;
    }
    if rest.is_empty() {
        let words = [
            ("minvalue", Literal::Minimum),
            ("maxvalue", Literal::Maximum),
            ("null", Literal::Null),
            ("true", Literal::Boolean(true)),
            ("false", Literal::Boolean(false)),
        ];
        return words.into_iter().find(|it| is(it.0)).map(|it| plain(it.1));
    }
    if is("null") {
        return cast_of(Literal::Null, rest);
    }
    let (name, rest) = text.split_at(text.find('\'')?);
    let cast = Type::written(name)?;
    let written = quoted(rest)?;
    written.cast.is_none().then_some(Written {
        cast: Some(cast),
        ..written
    })
}

fn plain(literal: Literal<'_>) -> Written<'_> {
    let cast = None;
    Written { literal, cast }
}

/// A string in single quotes with what stands behind it.
fn quoted(text: &str) -> Option<Written<'_>> {
    let inside = text.strip_prefix('\'')?;
    let mut end = inside.find('\'')?;
    let is_doubled = |end: usize| inside.as_bytes().get(end + 1) == Some(&b'\'');
    if !is_doubled(end) {
        let literal = Literal::Quoted(inside[..end].into());
        return cast_of(literal, &inside[end + 1..]);
    }
    while is_doubled(end) {
        end += 2 + inside[end + 2..].find('\'')?;
    }
    let literal = Literal::Quoted(inside[..end].replace("''", "'").into());
    cast_of(literal, &inside[end + 1..])
}

/// The digits that `text` begins with, and what stands behind them. Hexadecimal digits and `1_000`, which PostgreSQL 16
/// introduced, are not read.
fn number(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    let mut count = end;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        count += fraction - end - 1;
        end = fraction;
    }
    if count == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
        let exponent = digits(end + 1 + sign);
        if exponent == end + 1 + sign {
            return None;
        }
        end = exponent;
    }
    let (digits, rest) = text.split_at(end);
    let is_part = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'.') || it >= 0x80;
    (!rest.bytes().next().is_some_and(is_part)).then_some((digits, rest))
}

/// A literal with `::type` behind it, or with nothing.
fn cast_of<'a>(literal: Literal<'a>, rest: &str) -> Option<Written<'a>> {
    let rest = rest.trim_ascii();
    let cast = match rest.strip_prefix("::") {
        Some(name) => Some(Type::written(name)?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some(Written { literal, cast })
}
