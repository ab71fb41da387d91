//! Numbers as their types read and keep them.

use smol_str::{SmolStr, ToSmolStr as _};

/// A whole number in decimal digits.
pub(super) fn integer(text: &str) -> Option<SmolStr> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number: i128 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    Some(number.to_smolstr())
}

/// A number as the nearest one that four bytes hold.
pub(super) fn float4(text: &str) -> Option<SmolStr> {
    float(text, |text| {
        text.parse().ok().map(|number: f32| number.to_string())
    })
}

/// A number as the nearest one that eight bytes hold.
pub(super) fn float8(text: &str) -> Option<SmolStr> {
    float(text, |text| {
        text.parse().ok().map(|number: f64| number.to_string())
    })
}

fn float(text: &str, read: impl FnOnce(&str) -> Option<String>) -> Option<SmolStr> {
    if let Some(special) = special(text) {
        return Some(special);
    }
    let is_number = text.bytes().any(|it| it.is_ascii_digit())
        && text.bytes().all(|it| b"0123456789+-.eE".contains(&it));
    read(text).filter(|_| is_number).map(SmolStr::from)
}

/// An amount with its sign of dollars, or without one; other currencies are those of the server.
pub(super) fn money(text: &str) -> Option<SmolStr> {
    let amount = numeric(text.strip_prefix('$').unwrap_or(text))?;
    match amount.split_once('.') {
        None => Some(format!("{amount}.00").into()),
        Some((_, cents)) => (cents.len() == 2).then_some(amount),
    }
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
pub(super) fn numeric(text: &str) -> Option<SmolStr> {
    const MOST: i32 = 1000;
    if let Some(special) = special(text) {
        return Some(special);
    }
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

#[cfg(test)]
mod tests {
    use super::{integer, numeric};

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
            assert_eq!(numeric(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(numeric("NaN"), numeric("nan"));
        assert_eq!(numeric("x"), None);
        assert_eq!(integer("-01").as_deref(), Some("-1"));
        assert_eq!(integer("0x1"), None);
    }
}
