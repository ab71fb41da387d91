//! Reads dates and times in ISO form, which no setting of a session changes.

/// What a text says as a date or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Moment(Moment),
    Infinity,
    NegativeInfinity,
    /// A day or a time that does not exist.
    OutOfRange,
    /// No date in any form.
    Malformed,
    /// Another form than this module reads.
    Undecided,
}

/// A day and the time of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970-01-01.
    pub(super) day: i64,
    /// Microseconds since midnight.
    pub(super) micros: i64,
    pub(super) zone: Zone,
}

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// That of the session.
    Unsaid,
    /// Seconds east of UTC.
    East(i64),
}

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// Reads `2024-01-31`, `20240131`, either with a time and a zone behind it, and `infinity`.
pub(super) fn read(text: &str) -> Reading {
    let text = text.trim_matches(is_blank);
    if text.eq_ignore_ascii_case("infinity") {
        return Reading::Infinity;
    }
    if text.eq_ignore_ascii_case("-infinity") {
        return Reading::NegativeInfinity;
    }
    if !text.bytes().any(|it| it.is_ascii_digit()) {
        return if names_a_moment(text) {
            Reading::Undecided
        } else {
            Reading::Malformed
        };
    }
    let Some((date, rest)) = date(text) else {
        return Reading::Undecided;
    };
    let Some((time, zone)) = time_and_zone(rest) else {
        return Reading::Undecided;
    };
    match (day(date), micros(time)) {
        (Some(day), Some(micros)) => Reading::Moment(Moment { day, micros, zone }),
        (None, _) | (_, None) => Reading::OutOfRange,
    }
}

/// Whether one of the words stands in it that mean a moment without any digit.
pub(super) fn names_a_moment(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["now", "today", "tomorrow", "yesterday", "epoch", "infinity"]
        .iter()
        .any(|it| text.contains(it))
}

/// What `isspace` says, as PostgreSQL skips it around values.
pub(super) fn is_blank(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

/// The number in the first `least` to `most` digits, and what stands behind them.
fn number(text: &str, least: usize, most: usize) -> Option<(i64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits < least || digits > most {
        return None;
    }
    let (digits, rest) = text.split_at(digits);
    Some((digits.parse().ok()?, rest))
}

/// Year, month and day.
fn date(text: &str) -> Option<((i64, i64, i64), &str)> {
    if let Some((all, rest)) = number(text, 8, 8) {
        return Some(((all / 10_000, all / 100 % 100, all % 100), rest));
    }
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    Some(((year, month, day), rest))
}

/// Hour, minute, second and microsecond.
type Time = (i64, i64, i64, i64);

fn time_and_zone(text: &str) -> Option<(Time, Zone)> {
    if text.is_empty() {
        return Some(((0, 0, 0, 0), Zone::Unsaid));
    }
    let text = text.strip_prefix([' ', 'T'])?;
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, mut rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (mut second, mut micros) = (0, 0);
    if let Some(behind) = rest.strip_prefix(':') {
        (second, rest) = number(behind, 2, 2)?;
        if let Some(behind) = rest.strip_prefix('.') {
            let (fraction, after) = number(behind, 1, 6)?;
            let digits = u32::try_from(behind.len() - after.len()).ok()?;
            micros = fraction * 10_i64.pow(6 - digits);
            rest = after;
        }
    }
    // These become the next minute and the next day.
    if hour == 24 || second == 60 {
        return None;
    }
    Some(((hour, minute, second, micros), zone(rest)?))
}

/// Reads `Z`, `+02`, `+0230`, `+02:30` or nothing.
fn zone(text: &str) -> Option<Zone> {
    let text = text.strip_prefix(' ').unwrap_or(text);
    if text.is_empty() {
        return Some(Zone::Unsaid);
    }
    if text == "Z" {
        return Some(Zone::East(0));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let text = text.strip_prefix(['-', '+'])?;
    let (hours, minutes) = match number(text, 4, 4) {
        Some((both, "")) => (both / 100, both % 100),
        Some(_) => return None,
        None => match number(text, 2, 2)? {
            (hours, "") => (hours, 0),
            (hours, rest) => match number(rest.strip_prefix(':')?, 2, 2)? {
                (minutes, "") => (hours, minutes),
                _ => return None,
            },
        },
    };
    (hours < 15 && minutes < 60).then_some(Zone::East(sign * (hours * 3600 + minutes * 60)))
}

/// The days since 1970-01-01 of a day that exists.
fn day((year, month, day): (i64, i64, i64)) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    if year == 0 || day == 0 || day > days {
        return None;
    }
    // Years that begin in March, so that the leap day is the last one.
    let from_march = (month + 9) % 12;
    let year = if month < 3 { year - 1 } else { year };
    let days_before = year * 365 + year / 4 - year / 100 + year / 400;
    Some(days_before + (from_march * 153 + 2) / 5 + day - 1 - 719_468)
}

/// The microseconds since midnight of a time that exists.
fn micros((hour, minute, second, micros): Time) -> Option<i64> {
    let exists = hour < 24 && minute < 60 && second < 60;
    exists.then_some(((hour * 60 + minute) * 60 + second) * SECOND + micros)
}
