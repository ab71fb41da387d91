//! Dates, times and intervals in the forms that no setting of a session changes.

use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// `2024-01-31`.
pub(super) fn date(text: &str) -> Option<SmolStr> {
    let (days, rest) = days(text)?;
    rest.is_empty().then(|| days.to_smolstr())
}

/// `10:20` and `10:20:30.5`.
pub(super) fn time(text: &str) -> Option<SmolStr> {
    let (micros, rest) = clock(text)?;
    rest.is_empty().then(|| micros.to_smolstr())
}

/// A date, with a time or without.
pub(super) fn timestamp(text: &str) -> Option<SmolStr> {
    let (micros, rest) = moment(text)?;
    rest.is_empty().then(|| micros.to_smolstr())
}

/// The same with the zone that it is in; without one the session has it.
pub(super) fn in_zone(text: &str) -> Option<SmolStr> {
    let (micros, rest) = moment(text)?;
    let rest = rest.trim_start();
    if ["z", "Z", "utc", "UTC"].contains(&rest) {
        return Some(micros.to_smolstr());
    }
    let sign = if rest.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = number(rest.strip_prefix(['-', '+'])?, 1, 2)?;
    let minutes = match rest.strip_prefix(':') {
        _ if rest.is_empty() => 0,
        Some(rest) => number(rest, 2, 2).filter(|it| it.1.is_empty())?.0,
        None => number(rest, 2, 2).filter(|it| it.1.is_empty())?.0,
    };
    Some((micros - sign * (hours * 60 + minutes) * 60 * SECOND).to_smolstr())
}

/// `1 year 2 mons 3 days 04:05:06`, with any of these parts, in any order.
pub(super) fn interval(text: &str) -> Option<SmolStr> {
    let (mut months, mut days, mut micros) = (0_i64, 0_i64, 0_i64);
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let sign = if rest.starts_with('-') { -1 } else { 1 };
        rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if let Some((time, behind)) = clock(rest) {
            micros = micros.checked_add(sign * time)?;
            rest = behind;
        } else {
            let (count, behind) = number(rest, 1, 9)?;
            let (part, behind) = fraction(behind)?;
            let behind = behind.trim_start();
            let end = behind.find(|it: char| !it.is_ascii_alphabetic());
            let (unit, behind) = behind.split_at(end.unwrap_or(behind.len()));
            let unit = unit.to_ascii_lowercase();
            // The last number alone counts seconds.
            let is_last = unit.is_empty() && behind.is_empty();
            let unit = if is_last { "seconds".to_owned() } else { unit };
            let whole = match unit.as_str() {
                "year" | "years" | "y" | "yr" | "yrs" => Some((12, &mut months)),
                "mon" | "mons" | "month" | "months" => Some((1, &mut months)),
                "week" | "weeks" | "w" => Some((7, &mut days)),
                "day" | "days" | "d" => Some((1, &mut days)),
                _ => None,
            };
            match (whole, unit_of_time(&unit)) {
                (Some((many, into)), _) if part == 0 => {
                    *into = into.checked_add(sign * count * many)?;
                }
                (None, Some(many)) => {
                    let time = count * many + part * (many / SECOND);
                    micros = micros.checked_add(sign * time)?;
                }
                (Some(_), _) | (None, None) => return None,
            }
            rest = behind;
        }
        rest = rest.trim_start();
    }
    Some(format_smolstr!("{months} {days} {micros}"))
}

/// The microseconds of a unit, where they are seconds or more.
fn unit_of_time(unit: &str) -> Option<i64> {
    Some(match unit {
        "hour" | "hours" | "h" | "hr" | "hrs" => 3600 * SECOND,
        "minute" | "minutes" | "min" | "mins" | "m" => 60 * SECOND,
        "second" | "seconds" | "sec" | "secs" | "s" => SECOND,
        _ => return None,
    })
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

/// The microseconds of `.5`, or none where no point stands.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(behind) = text.strip_prefix('.') else {
        return Some((0, text));
    };
    let (fraction, rest) = number(behind, 1, 6)?;
    let digits = u32::try_from(behind.len() - rest.len()).ok()?;
    Some((fraction * 10_i64.pow(6 - digits), rest))
}

/// The microseconds of a time of the day.
fn clock(text: &str) -> Option<(i64, &str)> {
    let (hour, rest) = number(text, 1, 4)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (second, micros, rest) = match rest.strip_prefix(':') {
        None => (0, 0, rest),
        Some(rest) => {
            let (second, rest) = number(rest, 2, 2)?;
            let (micros, rest) = fraction(rest)?;
            (second, micros, rest)
        }
    };
    let exists = minute < 60 && second < 60;
    exists.then_some((
        (hour * 60 + minute) * 60 * SECOND + second * SECOND + micros,
        rest,
    ))
}

/// The microseconds from 1970 on, as if there were no zones.
fn moment(text: &str) -> Option<(i64, &str)> {
    let (days, rest) = days(text)?;
    if rest.is_empty() {
        return Some((days * DAY, rest));
    }
    let (micros, rest) = clock(rest.strip_prefix([' ', 'T'])?)?;
    Some((days * DAY + micros, rest))
}

/// The days from 1970 on.
fn days(text: &str) -> Option<(i64, &str)> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    if year == 0 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March, so that the leap day is the last one.
    let from_march = (month + 9) % 12;
    let year = if month < 3 { year - 1 } else { year };
    let before = year * 365 + year / 4 - year / 100 + year / 400;
    Some((
        before + (from_march * 153 + 2) / 5 + day - 1 - 719_468,
        rest,
    ))
}

#[cfg(test)]
mod tests {
    use super::{date, in_zone, interval, timestamp};

    #[test]
    fn what_is_the_same_reads_the_same() {
        for (one, two) in [
            ("7 days", "1 week"),
            ("1 year", "12 months"),
            ("90 min", "01:30:00"),
            ("1.5 seconds", "00:00:01.5"),
            ("-1 day", "-1 days"),
            ("1 day 2 hours", "1 day 02:00:00"),
        ] {
            assert_eq!(interval(one), interval(two), "{one}");
            assert!(interval(one).is_some());
        }
        assert_ne!(interval("24 hours"), interval("1 day"));
        assert_eq!(interval("1.5 days"), None);
        let long = "999999999 hours ".repeat(9);
        assert_eq!(interval(&long), None);
        assert_eq!(date("2024-1-31"), date("2024-01-31"));
        assert_eq!(timestamp("2024-01-31"), timestamp("2024-01-31 00:00:00"));
        assert_eq!(
            in_zone("2024-01-31T01:00Z"),
            in_zone("2024-01-31 02:00:00+01")
        );
        assert_eq!(in_zone("2024-01-31"), None);
    }
}
