//! Where values are wanted, and lists of them woven into one.

use crate::prove::rows::date::date;
use crate::prove::rows::hint::{Hint, texts};

/// Where values are wanted: the place of the column gives different columns different values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat {
    pub(super) column: usize,
    /// How many values are wanted at least, where the type has so many.
    pub(super) count: usize,
    /// Only values that lie apart: for what must not overlap.
    pub(super) apart: bool,
    /// Nothing but what the hints lead to, if they lead to anything: for what few values fit.
    pub(super) narrow: bool,
}

/// What the hints say, then values by row with the special ones between them.
pub(super) fn mixed(
    hints: &[Hint],
    seat: Seat,
    specials: &[&str],
    value: impl Fn(usize) -> String,
) -> Vec<String> {
    let hinted: Vec<String> = texts(hints).collect();
    weave(hinted, (0..seat.count).map(value).collect(), specials, seat)
}

/// The three lists as one: hints, values and special values take turns.
pub(super) fn weave(
    hinted: Vec<String>,
    own: Vec<String>,
    specials: &[&str],
    seat: Seat,
) -> Vec<String> {
    if seat.narrow && !hinted.is_empty() {
        return hinted;
    }
    let mut woven = Vec::new();
    let start = if specials.is_empty() {
        0
    } else {
        seat.column % specials.len()
    };
    let mut specials: Vec<String> = specials[start..]
        .iter()
        .chain(&specials[..start])
        .map(|it| (*it).to_owned())
        .collect();
    let late = if seat.apart {
        std::mem::take(&mut specials)
    } else {
        Vec::new()
    };
    let mut lists = [hinted.into_iter(), own.into_iter(), specials.into_iter()];
    loop {
        let before = woven.len();
        for list in &mut lists {
            woven.extend(list.next());
        }
        if woven.len() == before {
            woven.extend(late);
            return woven;
        }
    }
}

/// A day some days after the first one of 2020.
pub(super) fn day(after: usize) -> String {
    date(18_262 + i64::try_from(after).unwrap_or(0))
}

/// A word of its own for each row.
pub(super) fn word(row: usize, seat: Seat) -> String {
    const WORDS: [&str; 12] = [
        "alpha", "Bravo", "charlie", "DELTA", "echo", "foxtrot", "golf", "hotel", "india",
        "juliett", "kilo", "lima",
    ];
    let word = WORDS[(row + seat.column) % WORDS.len()];
    if row < WORDS.len() {
        word.to_owned()
    } else {
        format!("{word} {row}")
    }
}
