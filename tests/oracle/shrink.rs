//! Makes a statement smaller that both sides disagree about.

use super::words::{elements, groups, joined, words};

/// How often a smaller statement is looked for.
const ROUNDS: usize = 60;

/// The smallest statement for which `fails` answers yes. It is asked for many at a time, and gives the place of the first.
pub(crate) fn smallest(text: &str, mut fails: impl FnMut(&[String]) -> Option<usize>) -> String {
    let mut text = joined(&words(text));
    for _ in 0..ROUNDS {
        let smaller = candidates(&text);
        match fails(&smaller) {
            Some(at) => text.clone_from(&smaller[at]),
            None => break,
        }
    }
    text
}

/// Statements with a part less, the smallest first.
fn candidates(text: &str) -> Vec<String> {
    let words = words(text);
    let mut all = Vec::new();
    let mut put = |words: Vec<String>| all.push(joined(&words));
    let without = |range: std::ops::Range<usize>| {
        let mut rest = words.clone();
        rest.drain(range);
        rest
    };
    for length in 1..words.len() {
        if length > 12 && length % 3 != 0 && length < words.len() / 4 {
            continue;
        }
        for start in 1..=words.len() - length {
            let range = start..start + length;
            if is_balanced(&words[range.clone()]) {
                put(without(range));
            }
        }
    }
    for group in groups(&words) {
        let inside = group.start + 1..group.end - 1;
        let is_call = group.start > 0 && super::words::is_name(&words[group.start - 1]);
        for element in elements(&words, inside) {
            for start in if is_call {
                vec![group.start - 1, group.start]
            } else {
                vec![group.start]
            } {
                let mut smaller = words.clone();
                smaller.splice(start..group.end, words[element.clone()].to_vec());
                put(smaller);
            }
        }
        let mut smaller = words.clone();
        smaller.splice(group.clone(), ["null".to_owned()]);
        put(smaller);
    }
    all.retain(|it| it.len() < text.len());
    all.sort_by_key(String::len);
    all.dedup();
    all
}

fn is_balanced(words: &[String]) -> bool {
    let mut depth = 0_i32;
    for word in words {
        match word.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}
