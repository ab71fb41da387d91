//! Texts: words, what quoting gets wrong, and what checks on texts ask for.

use crate::prove::rows::hint::{Hint, numbers, texts};
use crate::prove::rows::sample;
use crate::prove::rows::seat::{Seat, weave, word};

/// What is easily lost on its way.
const SPECIALS: [&str; 9] = [
    "it's \"quoted\"",
    "",
    "a:b :c :'d' :\"e\" {a:b} :{?f}",
    "back\\slash \\x41",
    "line\nbreak\ttab",
    "Zoë – 東京 🌍",
    "  blanks  ",
    "$1 $$ $limbeck$ %s --",
    "someone@example.org",
];

/// The longest text of ours where the type would take more.
const LONG: usize = 1000;

/// Values of a text type that takes `limit` characters.
pub(super) fn values(limit: Option<usize>, hints: &[Hint], seat: Seat) -> Vec<String> {
    let fits = |it: &str| limit.is_none_or(|limit| it.chars().count() <= limit);
    let mut hinted: Vec<String> = Vec::new();
    for text in texts(hints) {
        hinted.push(text.clone());
        if seat.narrow {
            continue;
        }
        for sample in sample::regular(&text)
            .into_iter()
            .chain(sample::like(&text))
        {
            hinted.extend([sample.to_lowercase(), sample]);
        }
        hinted.extend([format!("a{text}b"), format!("{text}a")]);
    }
    for length in hints
        .iter()
        .filter_map(Hint::whole)
        .filter(|it| (0..=2000).contains(it))
    {
        let length = usize::try_from(length).unwrap_or(0);
        for length in [length, length + 1, length.saturating_sub(1)] {
            hinted.extend([("A", 0), ("b", 1), ("1", 2)].map(|it| it.0.repeat(length)));
        }
    }
    hinted.extend(numbers(hints));
    let own: Vec<String> = (0..seat.count)
        .map(|row| {
            let word = word(row, seat);
            if fits(&word) {
                word
            } else {
                short(row + seat.column, limit.unwrap_or(1))
            }
        })
        .collect();
    let long = "long ".repeat(LONG / 5);
    let long: String = long.chars().take(limit.unwrap_or(LONG)).collect();
    let mut specials: Vec<&str> = SPECIALS.into_iter().filter(|it| fits(it)).collect();
    specials.insert(specials.len().min(2), &long);
    let mut woven = weave(
        hinted.into_iter().filter(|it| fits(it)).collect(),
        own,
        &specials,
        seat,
    );
    if seat.narrow {
        return woven;
    }
    // Forms that checks often ask for without a constant that says so.
    let forms = [
        "abc",
        "ABC",
        "123",
        "a",
        "A",
        "0",
        "a-b",
        "a_b",
        "a.b.c",
        "https://example.org/a",
        "+49301234567",
    ];
    woven.extend(forms.into_iter().filter(|it| fits(it)).map(str::to_owned));
    woven
}

/// A text of at most `length` letters for each number, as long as there are some.
fn short(mut number: usize, length: usize) -> String {
    let mut text = String::new();
    for _ in 0..length.min(4) {
        text.push(char::from(b'a' + u8::try_from(number % 26).unwrap_or(0)));
        number /= 26;
        if number == 0 {
            break;
        }
    }
    text
}
