//! Constants as their types read and keep them: what reads alike is one constant. A text that nobody here can read is the same
//! only as itself.

use smol_str::{SmolStr, ToSmolStr as _};

use super::{binary, json, moment};
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::TypeId;

/// A text as a value of the type.
pub(super) fn read(world: World<'_>, ty: &Ty, text: &str) -> SmolStr {
    let read = match world.element(ty) {
        Some(element) => array(world, &element, text),
        None => ty.core().and_then(|id| of(world, id, text)),
    };
    read.unwrap_or_else(|| text.into())
}

fn of(world: World<'_>, id: TypeId, text: &str) -> Option<SmolStr> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    match id {
        TypeId::BOOL => boolean(trimmed),
        TypeId::INT2 | TypeId::INT4 | TypeId::INT8 | TypeId::OID => integer(trimmed),
        TypeId::NUMERIC => special(trimmed).or_else(|| number(trimmed)),
        TypeId::FLOAT4 => float(trimmed, |it| it.parse().ok().map(|it: f32| it.to_string())),
        TypeId::FLOAT8 => float(trimmed, |it| it.parse().ok().map(|it: f64| it.to_string())),
        TypeId::UUID => Some(binary::uuid(text)),
        TypeId::BYTEA => binary::bytes(text),
        TypeId::REGCLASS => binary::relation(world, text),
        TypeId::REGTYPE => type_named(world, text),
        TypeId::JSONB => json::read(text).map(SmolStr::from),
        TypeId::DATE => moment::date(trimmed),
        TypeId::TIME => moment::time(trimmed),
        TypeId::TIMESTAMP => moment::timestamp(trimmed),
        TypeId::TIMESTAMPTZ => moment::in_zone(trimmed),
        TypeId::INTERVAL => moment::interval(trimmed),
        _ => None,
    }
}

/// A type, however it is called.
fn type_named(world: World<'_>, text: &str) -> Option<SmolStr> {
    let typed = world.written(text)?;
    (!typed.ty.is_opaque()).then(|| typed.ty.to_smolstr())
}

/// `parse_bool`.
fn boolean(text: &str) -> Option<SmolStr> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    let value = if begins("true") || begins("yes") || lower == "on" || lower == "1" {
        "t"
    } else if begins("false") || begins("no") || ["of", "off", "0"].contains(&lower.as_str()) {
        "f"
    } else {
        return None;
    };
    Some(SmolStr::new_static(value))
}

fn integer(text: &str) -> Option<SmolStr> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number: i128 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    Some(number.to_smolstr())
}

fn float(text: &str, read: impl FnOnce(&str) -> Option<String>) -> Option<SmolStr> {
    if let Some(special) = special(text) {
        return Some(special);
    }
    let is_number = text.bytes().any(|it| it.is_ascii_digit())
        && text.bytes().all(|it| b"0123456789+-.eE".contains(&it));
    read(text).filter(|_| is_number).map(SmolStr::from)
}

/// What is a number but has no digits.
fn special(text: &str) -> Option<SmolStr> {
    let name = match text.to_ascii_lowercase().as_str() {
        "nan" => "nan",
        "inf" | "infinity" | "+inf" | "+infinity" => "infinity",
        "-inf" | "-infinity" => "-infinity",
        _ => return None,
    };
    Some(SmolStr::new_static(name))
}

/// A decimal number with the places behind the point that `numeric` keeps.
pub(super) fn number(text: &str) -> Option<SmolStr> {
    const MOST: i32 = 1000;
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty()
        || !digits.bytes().all(|it| it.is_ascii_digit())
        || !(-MOST..=MOST).contains(&exponent)
    {
        return None;
    }
    let places = usize::try_from((i32::try_from(fraction.len()).ok()? - exponent).max(0)).ok()?;
    // Zeros on both sides, so that the point stands among digits wherever it moves.
    let zeros = "0".repeat(usize::try_from(exponent.unsigned_abs()).ok()?);
    let all = format!("{zeros}{digits}{zeros}");
    let point = i32::try_from(zeros.len() + whole.len()).ok()? + exponent;
    let (whole, fraction) = all.split_at(usize::try_from(point).ok()?);
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = &fraction[..places.min(fraction.len())];
    let is_zero = whole == "0" && fraction.bytes().all(|it| it == b'0');
    let sign = if text.starts_with('-') && !is_zero {
        "-"
    } else {
        ""
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{dot}{fraction}").into())
}

/// The text of an array with each element as its type reads it.
fn array(world: World<'_>, element: &Ty, text: &str) -> Option<SmolStr> {
    let text = text.trim();
    if !text.starts_with('{') {
        return None;
    }
    let mut read_text = String::new();
    let mut rest = text.chars().peekable();
    let mut item = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    while let Some(it) = rest.next() {
        match it {
            '\\' => {
                item.push(rest.next()?);
                was_quoted = true;
            }
            '"' => {
                quoted = !quoted;
                if !was_quoted && item.trim().is_empty() {
                    item.clear();
                }
                was_quoted = true;
            }
            _ if quoted => item.push(it),
            '{' => read_text.push('{'),
            ',' | '}' => {
                let value = if was_quoted {
                    item.as_str()
                } else {
                    item.trim()
                };
                if !was_quoted && value.eq_ignore_ascii_case("null") {
                    read_text.push_str("null");
                } else if was_quoted || !value.is_empty() {
                    read_text.push_str(&format!("{:?}", read(world, element, value)));
                }
                read_text.push(it);
                item.clear();
                was_quoted = false;
            }
            _ if was_quoted => {}
            _ => item.push(it),
        }
    }
    (item.is_empty() && !quoted).then(|| read_text.into())
}

#[cfg(test)]
mod tests {
    use super::{integer, number};

    #[test]
    fn numbers_keep_their_places() {
        for (text, wanted) in [
            ("1", "1"),
            ("+1.50", "1.50"),
            ("-0.0", "0.0"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e2", "100"),
            ("1.5e1", "15"),
            ("1.50e1", "15.0"),
            ("1e-3", "0.001"),
            ("12.5e-3", "0.0125"),
            ("007", "7"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
        ] {
            assert_eq!(number(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(number("NaN"), None);
        assert_eq!(integer("-01").as_deref(), Some("-1"));
        assert_eq!(integer("0x1"), None);
    }
}
