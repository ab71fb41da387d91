//! Reads texts as types do: booleans, UUIDs, floats, and the signs and names of numbers.

use super::decimal::{Number, parts};

/// Reads `t`, `yes`, `off` and the like. A word may be shortened as long as it is clear.
pub(super) fn boolean_named(text: &str) -> Option<bool> {
    let words = [
        ("true", 1, true),
        ("false", 1, false),
        ("yes", 1, true),
        ("no", 1, false),
        ("on", 2, true),
        ("off", 2, false),
        ("1", 1, true),
        ("0", 1, false),
    ];
    words
        .into_iter()
        .find(|(word, least, _)| {
            text.len() >= *least
                && word
                    .get(..text.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(text))
        })
        .map(|it| it.2)
}

/// Reads 32 hexadecimal digits, with braces around them and with `-` behind each fourth digit (`string_to_uuid`).
pub(super) fn uuid(text: &str) -> Option<u128> {
    let inside = match text.strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}')?,
        None => text,
    };
    let mut value = 0_u128;
    let mut digits = 0;
    let mut was_dash = true;
    for it in inside.chars() {
        if it == '-' {
            if was_dash || digits % 4 != 0 || digits == 32 {
                return None;
            }
            was_dash = true;
            continue;
        }
        if digits == 32 {
            return None;
        }
        value = value << 4 | u128::from(it.to_digit(16)?);
        digits += 1;
        was_dash = false;
    }
    (digits == 32).then_some(value)
}

/// Whether a number is negative, and what stands behind its sign.
pub(super) fn sign(text: &str) -> (bool, &str) {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    (text.starts_with('-'), digits)
}

/// Reads `NaN` and the infinities.
pub(super) fn special(text: &str) -> Option<Number> {
    if text.eq_ignore_ascii_case("nan") {
        return Some(Number::NaN);
    }
    let (negative, name) = sign(text);
    let is_infinity = ["inf", "infinity"]
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it));
    is_infinity.then_some(if negative {
        Number::NegativeInfinity
    } else {
        Number::Infinity
    })
}

/// Whether it may be a number in a form that only some versions and machines read: `0x1f`, `1_000`, `nan(1)`.
pub(super) fn is_newer_number(digits: &str) -> bool {
    let begins = |prefix: &str| {
        digits
            .get(..prefix.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(prefix))
    };
    digits.contains('_') || ["0x", "0o", "0b", "nan("].into_iter().any(begins)
}

/// The float of these digits as an integer of the same order, unless it is too large or too small.
pub(super) fn float(negative: bool, digits: &str, is_single: bool) -> Option<i64> {
    let value = if is_single {
        f64::from(digits.parse::<f32>().ok()?)
    } else {
        digits.parse::<f64>().ok()?
    };
    let parts = parts(digits)?;
    let is_zero = [parts.whole, parts.fraction]
        .iter()
        .all(|part| part.bytes().all(|it| it == b'0'));
    if value.is_infinite() || (value == 0.0 && !is_zero) {
        return None;
    }
    Some(order_of(if negative { -value } else { value }))
}

/// An integer of the same order: `-0` is `0`, and `NaN` is greater than all others.
pub(super) fn order_of(value: f64) -> i64 {
    if value.is_nan() {
        return i64::MAX;
    }
    let bits = (value + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}
