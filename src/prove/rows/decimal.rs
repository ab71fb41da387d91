//! Numbers with a fraction.

use crate::prove::rows::hint::{Hint, numbers};
use crate::prove::rows::seat::{Seat, weave};

/// Values of `numeric`, within its precision and scale.
pub(super) fn numerics(modifiers: &str, hints: &[Hint], seat: Seat) -> Vec<String> {
    let limits = modifiers.split_once(',');
    let limits = limits.and_then(|it| Some((it.0.parse::<i32>().ok()?, it.1.parse::<i32>().ok()?)));
    let scale = limits.map_or(2, |it| it.1);
    let precision = limits.map_or(12, |it| it.0);
    let fits = |text: &String| {
        let most = 10_f64.powi(precision - scale);
        limits.is_none() || text.parse::<f64>().is_ok_and(|it| it.abs() < most)
    };
    // Where there is no room for hundreds, the digits there are count upwards.
    let digits = u32::try_from(precision.clamp(1, 9)).unwrap_or(1);
    let own = (0..seat.count).map(|row| {
        if precision - scale >= 5 && scale >= 0 {
            let places = scale.min(2);
            let whole = (row + 1) * 100 + seat.column % 100;
            shifted(
                i64::try_from(whole * 10_usize.pow(places.unsigned_abs()) + row % 10).unwrap_or(0),
                places,
            )
        } else {
            let number = (row * 7 + seat.column + 1) % 10_usize.pow(digits);
            shifted(i64::try_from(number).unwrap_or(0), scale)
        }
    });
    let most = shifted(10_i64.pow(digits) - 1, scale);
    let specials = ["-1".to_owned(), "0".to_owned(), shifted(-5, scale), most];
    let specials: Vec<&str> = specials
        .iter()
        .filter(|it| fits(it))
        .map(String::as_str)
        .collect();
    weave(
        around(hints).into_iter().filter(fits).collect(),
        own.collect(),
        &specials,
        seat,
    )
}

/// Values of the floating types.
pub(super) fn floats(hints: &[Hint], seat: Seat) -> Vec<String> {
    let own = (0..seat.count).map(|row| format!("{}.5", (row + 1) * 100 + seat.column % 100));
    weave(
        around(hints),
        own.collect(),
        &["-1.5", "0", "1e10", "-1e-5"],
        seat,
    )
}

/// The numbers of the hints, some beside and some between them.
fn around(hints: &[Hint]) -> Vec<String> {
    let mut values: Vec<String> = between(hints).map(|it| it.to_string()).collect();
    values.extend(numbers(hints));
    for number in hints.iter().filter_map(Hint::number) {
        values.extend([number + 1.0, number - 1.0, number / 2.0].map(|it| it.to_string()));
    }
    values
}

/// A number between each and the next greater one of the hints.
pub(super) fn between(hints: &[Hint]) -> impl Iterator<Item = f64> {
    let mut numbers: Vec<f64> = hints.iter().filter_map(Hint::number).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup();
    let pairs: Vec<f64> = numbers
        .windows(2)
        .map(|it| f64::midpoint(it[0], it[1]))
        .collect();
    pairs.into_iter()
}

/// `number` with its last `places` digits behind the point, or as many zeros after it where they are negative.
fn shifted(number: i64, places: i32) -> String {
    let digits = number.unsigned_abs().to_string();
    let sign = if number < 0 { "-" } else { "" };
    let Ok(places) = usize::try_from(places) else {
        return format!(
            "{sign}{digits}{}",
            "0".repeat(places.unsigned_abs() as usize)
        );
    };
    if places == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}
