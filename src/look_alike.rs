//! Warnings of names that look like others: words that mix scripts whose letters look the same, and names that differ
//! only in letters which the keyboards of Persian and Arabic write differently.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::RevisionGraph;
use crate::schema::{Object, ObjectId, Schema};
use crate::source::{Sources, Span};
use crate::token::{identifier, lex};
use crate::visible;

/// Scripts that share letters by their looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
}

impl fmt::Display for Script {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Latin => "Latin",
            Self::Greek => "Greek",
            Self::Cyrillic => "Cyrillic",
        })
    }
}

impl Script {
    /// The script of a letter, if it is one of these.
    fn of(character: char) -> Option<Self> {
        if !character.is_alphabetic() {
            return None;
        }
        match character {
            'a'..='z'
            | 'A'..='Z'
            | '\u{aa}'
            | '\u{ba}'
            | '\u{c0}'..='\u{2b8}'
            | '\u{1d00}'..='\u{1d25}'
            | '\u{1d62}'..='\u{1d65}'
            | '\u{1d6b}'..='\u{1d77}'
            | '\u{1d79}'..='\u{1dbe}'
            | '\u{1e00}'..='\u{1eff}'
            | '\u{212a}'
            | '\u{212b}'
            | '\u{2160}'..='\u{2188}'
            | '\u{2c60}'..='\u{2c7f}'
            | '\u{a722}'..='\u{a7ff}'
            | '\u{ab30}'..='\u{ab64}'
            | '\u{fb00}'..='\u{fb06}'
            | '\u{ff21}'..='\u{ff5a}' => Some(Self::Latin),
            '\u{370}'..='\u{3e1}'
            | '\u{3f0}'..='\u{3ff}'
            | '\u{1d26}'..='\u{1d2a}'
            | '\u{1f00}'..='\u{1fff}'
            | '\u{2126}' => Some(Self::Greek),
            '\u{400}'..='\u{52f}'
            | '\u{1c80}'..='\u{1c8f}'
            | '\u{1d2b}'
            | '\u{1d78}'
            | '\u{a640}'..='\u{a69f}' => Some(Self::Cyrillic),
            _ => None,
        }
    }
}

/// The warnings of a sound history whose last schema is `schema`.
#[must_use]
pub fn warnings(sources: &Sources, graph: &RevisionGraph, schema: &Schema) -> Diagnostics {
    let names = names(sources, graph);
    let mut warnings = mixed(&names);
    warnings.extend(alike(&names, schema));
    warnings
}

/// Every name that is not ASCII, as its author writes it, in the order of the history; the first place of each.
fn names(sources: &Sources, graph: &RevisionGraph) -> Vec<(SmolStr, Span)> {
    let mut names = Vec::new();
    let mut known = BTreeSet::new();
    let mut add = |name: SmolStr, span: Span| {
        if !name.is_ascii() && known.insert(name.clone()) {
            names.push((name, span));
        }
    };
    for revision in graph.order() {
        let header = graph.header(*revision);
        for name in [&header.id].into_iter().chain(&header.branch_labels) {
            add(name.value.clone(), name.span);
        }
        let id = header.id.span.source;
        let text = &sources.get(id).text;
        if text.is_ascii() {
            continue;
        }
        let tokens = lex(text, 0, text.len()).expect("the revision was read");
        for token in tokens.into_iter().filter(|it| it.is_name()) {
            let span = id.span(token.start as usize, token.end as usize);
            add(identifier(token.text(text)), span);
        }
    }
    names
}

/// One warning for each word of several scripts.
fn mixed(names: &[(SmolStr, Span)]) -> Diagnostics {
    let mut warnings = Diagnostics::default();
    let mut told = BTreeSet::new();
    for (name, span) in names {
        // Letters with their signs and digits; underscores, blanks and dashes part words.
        let parts = |it: char| it.is_ascii_punctuation() || it.is_whitespace();
        for word in name.split(parts) {
            let letters = || word.chars().filter_map(|it| Some((Script::of(it)?, it)));
            let Some((first, _)) = letters().next() else {
                continue;
            };
            let Some((second, odd)) = letters().find(|it| it.0 != first) else {
                continue;
            };
            if !told.insert(word) {
                continue;
            }
            let message = format!("the word {word} mixes letters of {first} and {second}");
            let label = format!("{odd} is {} of {second}", visible::code_point(odd));
            let warning = Diagnostic::warning(Code::MixedScripts, *span, message);
            warnings.push(
                warning
                    .label(label)
                    .help("write the word in one script, or separate the parts with an underscore"),
            );
        }
    }
    warnings
}

/// One warning for each two names that could be the same one and stand beside each other.
fn alike(names: &[(SmolStr, Span)], schema: &Schema) -> Diagnostics {
    let mut warnings = Diagnostics::default();
    let places: BTreeMap<&str, Span> = names
        .iter()
        .filter(|it| it.0.contains(TWICE))
        .map(|(name, span)| (name.as_str(), *span))
        .collect();
    if places.len() < 2 {
        return warnings;
    }
    // By the set of names that they belong to, and by what is left of them without the difference.
    let mut known: BTreeMap<(String, String), &str> = BTreeMap::new();
    let mut add = |what: &str, of: &str, name: &str| {
        // Names that PostgreSQL generates follow from others, and stand nowhere.
        let Some((&name, &place)) = places.get_key_value(name) else {
            return;
        };
        let first = *known
            .entry((format!("{what} {of}"), folded(name)))
            .or_insert(name);
        if first == name {
            return;
        }
        let pairs = first.chars().zip(name.chars()).find(|it| it.0 != it.1);
        let (one, other) = pairs.expect("the names differ in a letter");
        let message = format!(
            "the {what} {first} and {name} differ only in letters that look the same: {} and {}",
            visible::code_point(one),
            visible::code_point(other)
        );
        let warning = Diagnostic::warning(Code::LookAlike, place, message);
        warnings.push(
            warning
                .related(places[first], "the other name")
                .help("choose one spelling, and rename the other"),
        );
    };
    for (id, object) in schema.objects() {
        match id {
            ObjectId::Namespace(name) => add("schemas", "", name),
            ObjectId::Extension(_) => {}
            ObjectId::Type(name) => add("types", &name.schema, &name.name),
            ObjectId::Relation(name) => add("names", &name.schema, &name.name),
            ObjectId::Opaque(kind, name) => {
                add(
                    "names",
                    &format!("{} {}", kind.word(), name.schema),
                    &name.name,
                );
            }
        }
        if let Object::Table(table) = &**object {
            let of = id.to_string();
            for column in &table.columns {
                add("columns", &of, &column.name);
            }
            for constraint in table.constraints.keys() {
                add("constraints", &of, constraint);
            }
        }
    }
    warnings
}

/// Yeh and kaf of Arabic, yeh and kaf of Persian.
const TWICE: [char; 4] = ['\u{64a}', '\u{643}', '\u{6cc}', '\u{6a9}'];

fn folded(name: &str) -> String {
    let letters = name.chars().map(|it| match it {
        '\u{64a}' => '\u{6cc}',
        '\u{643}' => '\u{6a9}',
        other => other,
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_told_by_their_letters() {
        for (letters, script) in [
            ("azÄßŁƒʒẞ", Some(Script::Latin)),
            ("αΩώἀ", Some(Script::Greek)),
            ("аЯёіґ", Some(Script::Cyrillic)),
            ("1_-×÷شש中あµ", None),
        ] {
            for letter in letters.chars() {
                assert_eq!(Script::of(letter), script, "{letter}");
            }
        }
    }

    #[test]
    fn every_word_is_judged_alone() {
        let mut sources = Sources::default();
        let span = sources.add("a.rev", "x").span(0, 1);
        let told = |name: &str| mixed(&[(name.into(), span)]).len();
        for fine in [
            "имя_id",
            "سفارش_id_fkey",
            "سفارشid",
            "größe",
            "имя2",
            "имя id",
            "α_а_a",
            "id-имя",
        ] {
            assert_eq!(told(fine), 0, "{fine}");
        }
        for wrong in ["usеrs", "имяid", "αa", "id_usеrs_fkey", "a1б"] {
            assert_eq!(told(wrong), 1, "{wrong}");
        }
    }
}
