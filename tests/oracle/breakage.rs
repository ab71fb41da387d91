//! Breaks a statement in one place: a name, a type, a number of arguments, an order, a literal, an operator, a word.

use crate::generator::random::Random;

use super::words::{KEYWORDS, elements, groups, is_name, joined, words};
use super::world::World;

/// The statement with one thing other than it was.
pub(crate) fn broken(text: &str, seed: u64, world: &World) -> String {
    let mut random = Random::new(seed ^ 0xb40c);
    for _ in 0..20 {
        let mut words = words(text);
        if break_once(&mut words, &mut random, world).is_some() {
            let broken = joined(&words);
            if broken != joined(&self::words(text)) {
                return broken;
            }
        }
    }
    text.to_owned()
}

/// Does one change; nothing where there is no place for it.
fn break_once(words: &mut Vec<String>, random: &mut Random, world: &World) -> Option<()> {
    let names: Vec<usize> = (1..words.len())
        .filter(|it| is_name(&words[*it]) && !KEYWORDS.contains(&words[*it].as_str()))
        .collect();
    match random.below(100) {
        0..15 => {
            let at = *random.pick(&names)?;
            words[at] = format!("{}x", words[at].trim_matches('"'));
        }
        15..32 => {
            let at = *random.pick(&names)?;
            let other = words[*random.pick(&names)?].clone();
            words[at] = other;
        }
        32..45 => {
            let at = *random.pick(&names)?;
            words[at] = of_world(random, world)?;
        }
        45..53 => {
            let list = list(words, random)?;
            let element = random.pick(&list)?.clone();
            let end = if words.get(element.end).is_some_and(|it| it == ",") {
                element.end + 1
            } else {
                element.end
            };
            let start =
                if end == element.end && element.start > 0 && words[element.start - 1] == "," {
                    element.start - 1
                } else {
                    element.start
                };
            words.drain(start..end);
        }
        53..60 => {
            let list = list(words, random)?;
            let element = random.pick(&list)?.clone();
            let mut copy = words[element.clone()].to_vec();
            copy.push(",".to_owned());
            words.splice(element.start..element.start, copy);
        }
        60..66 => {
            let list = list(words, random)?;
            let at = random.below(list.len().checked_sub(1).filter(|it| *it > 0)?);
            let (one, other) = (list[at].clone(), list[at + 1].clone());
            let moved = [
                &words[other.clone()],
                &[",".to_owned()],
                &words[one.clone()],
            ]
            .concat();
            words.splice(one.start..other.end, moved);
        }
        66..76 => {
            let literals: Vec<usize> = (0..words.len())
                .filter(|it| words[*it].starts_with(|it: char| it.is_ascii_digit() || it == '\''))
                .collect();
            let at = *random.pick(&literals)?;
            let other = random.one(&[
                "'z'",
                "1.5",
                "true",
                "null",
                "array[1]",
                "row(1)",
                "date '2020-01-01'",
            ]);
            other.clone_into(&mut words[at]);
        }
        76..84 => {
            let operators: Vec<usize> = (0..words.len())
                .filter(|it| words[*it].starts_with(|it: char| "+-*/<>=~!@#%^&|?".contains(it)))
                .collect();
            let at = *random.pick(&operators)?;
            let other = random.one(&[
                "+", "-", "||", "&&", "@>", "<->", "->>", "~~", "=", "#", "<<", "!~", "%", "|/",
            ]);
            other.clone_into(&mut words[at]);
        }
        84..93 => {
            let casts: Vec<usize> = (1..words.len().saturating_sub(1))
                .filter(|it| words[*it] == "::")
                .collect();
            let at = *random.pick(&casts)? + 1;
            let all: Vec<&String> = world.catalog.types.keys().collect();
            let ty = self::words(random.pick(&all)?);
            words.splice(at..=at, ty);
        }
        _ => {
            let at = random.below(words.len());
            words.remove(at);
        }
    }
    Some(())
}

/// A list of several elements, or of one.
fn list(words: &[String], random: &mut Random) -> Option<Vec<std::ops::Range<usize>>> {
    let groups = groups(words);
    let whole = random.chance(20).then_some(0..words.len());
    let inside = match whole {
        Some(whole) => whole,
        None => random.pick(&groups).map(|it| it.start + 1..it.end - 1)?,
    };
    Some(
        elements(words, inside)
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect(),
    )
}

/// A name of something in the schema, or of a function.
fn of_world(random: &mut Random, world: &World) -> Option<String> {
    match random.below(5) {
        0 => random.pick(&world.relations).map(|it| it.name.clone()),
        1 => {
            let relation = random.pick(&world.relations)?;
            random.pick(&relation.columns).map(|it| it.name.clone())
        }
        2 => random
            .pick(&world.objects)
            .map(|it| it.name.split('(').next().unwrap_or_default().to_owned()),
        3 => {
            let all: Vec<&String> = world
                .catalog
                .types
                .keys()
                .filter(|it| !it.contains(' '))
                .collect();
            random.pick(&all).map(|it| (*it).clone())
        }
        _ => {
            let lists: Vec<_> = world.catalog.callables.values().collect();
            let list = random.pick(&lists)?;
            random
                .pick(list)
                .filter(|it| is_name(&it.name))
                .map(|it| it.name.clone())
        }
    }
}
