//! YAML mappings as lists of keys and values with their places. The only module that knows the YAML crate.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::source::{Sources, Span, Spanned};
use crate::visible;

/// One `key: value` of a mapping.
pub type Entry = (Spanned<String>, Spanned<Value>);

/// A value as YAML understands it, not yet what a reader of it expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number with a fraction, as it cannot be told exactly.
    Fraction,
    Text(String),
    List(Vec<Spanned<Self>>),
    Mapping(Vec<Entry>),
}

impl Value {
    /// What a message calls it.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Boolean(value) => format!("`{value}`"),
            Self::Integer(value) => format!("the number {value}"),
            Self::Fraction => "a number with decimals".to_owned(),
            Self::Text(value) => format!("`{value}`"),
            Self::List(_) => "a list".to_owned(),
            Self::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// The entries of the mapping that stands at `whole`, in order; none for a text without content. Fails on text that is
/// not YAML, not a mapping, or says a key twice.
pub fn entries(sources: &Sources, whole: Span) -> Result<Vec<Entry>> {
    let text = sources.text(whole);
    if let Some((at, control)) = text
        .char_indices()
        .find(|it| visible::is_bidirectional(it.1))
    {
        let at = whole.start as usize + at;
        let span = whole.source.span(at, at + control.len_utf8());
        let message = format!(
            "{} reverses the direction of the text",
            visible::code_point(control)
        );
        let fault = Diagnostic::error(Code::BidirectionalControl, span, message);
        return Err(fault.help("remove it").into());
    }
    let start = whole.start as usize;
    if let Some(fault) = Diagnostic::of_conflict(Code::Configuration, whole.source, start, text) {
        return Err(fault.into());
    }
    let place = |location: serde_yaml::Location| span(text, whole, location);
    let document: Option<Mapping> = serde_yaml::from_str(text).map_err(|error| {
        let error = error.without_snippet();
        let span = error.location().map(place);
        Diagnostic::error(Code::Configuration, span, complaint(error))
    })?;
    Ok(document.map_or(Vec::new(), |it| it.entries(&place)))
}

/// `text` as a value: in quotes, unless every reader of YAML takes it for that text.
#[must_use]
pub fn quoted(text: &str) -> String {
    let is_plain = text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.contains(['_', ' ', '.'])
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b' ' | b'/'))
        && !text.ends_with(' ');
    if is_plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the enum is the crate's, and open"
)]
fn complaint(error: &serde_yaml::Error) -> String {
    match error {
        serde_yaml::Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` is repeated here")
        }
        serde_yaml::Error::Unexpected {
            expected: "mapping start",
            ..
        } => "expected lines of the form `key: value`".to_owned(),
        serde_yaml::Error::MultipleDocuments { .. } => {
            "a second document begins here, but only one is read".to_owned()
        }
        other => {
            // The place is underlined; the crate's own "at line …" would say it twice.
            let message = other.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            format!("this is not YAML: {message}")
        }
    }
}

type Located<T> = serde_yaml::Spanned<T>;

struct Mapping(Vec<(Located<String>, Located<Node>)>);

impl Mapping {
    fn entries(self, place: &impl Fn(serde_yaml::Location) -> Span) -> Vec<Entry> {
        let entries = self.0.into_iter();
        entries
            .map(|(key, value)| {
                let key = Spanned {
                    span: place(key.referenced),
                    value: key.value,
                };
                (key, located(value, place))
            })
            .collect()
    }
}

enum Node {
    Leaf(Value),
    List(Vec<Located<Self>>),
    Mapping(Mapping),
}

fn located(node: Located<Node>, place: &impl Fn(serde_yaml::Location) -> Span) -> Spanned<Value> {
    Spanned {
        span: place(node.referenced),
        value: match node.value {
            Node::Leaf(value) => value,
            Node::List(items) => {
                Value::List(items.into_iter().map(|it| located(it, place)).collect())
            }
            Node::Mapping(mapping) => Value::Mapping(mapping.entries(place)),
        },
    }
}

/// The crate's place as bytes; an unknown place is the start of the text.
fn span(text: &str, whole: Span, location: serde_yaml::Location) -> Span {
    let place = location.span();
    let offset = |it: Option<u64>| it.and_then(|offset| usize::try_from(offset).ok());
    let start = offset(place.byte_offset()).unwrap_or(0).min(text.len());
    let length = offset(place.byte_len()).unwrap_or(0);
    let covered = text[start..].get(..length).unwrap_or("");
    let start = whole.start as usize + start;
    whole.source.span(start, start + covered.trim_end().len())
}

impl<'de> Deserialize<'de> for Mapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct MappingVisitor;

        impl<'de> Visitor<'de> for MappingVisitor {
            type Value = Mapping;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("lines of `key: value`")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Mapping, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Mapping(entries))
            }
        }

        deserializer.deserialize_map(MappingVisitor)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Null))
            }

            fn visit_none<E: Error>(self) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Null))
            }

            fn visit_bool<E: Error>(self, value: bool) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Boolean(value)))
            }

            fn visit_i64<E: Error>(self, value: i64) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Integer(value)))
            }

            fn visit_u64<E: Error>(self, value: u64) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(
                    i64::try_from(value).map_or(Value::Fraction, Value::Integer),
                ))
            }

            fn visit_f64<E: Error>(self, _: f64) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Fraction))
            }

            fn visit_str<E: Error>(self, value: &str) -> std::result::Result<Node, E> {
                Ok(Node::Leaf(Value::Text(value.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> std::result::Result<Node, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Node::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut map: A,
            ) -> std::result::Result<Node, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Node::Mapping(Mapping(entries)))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Sources, Result<Vec<Entry>>) {
        let mut sources = Sources::default();
        let id = sources.add("limbeck.yaml", text);
        let entries = entries(&sources, id.span(0, text.len()));
        (sources, entries)
    }

    #[test]
    fn keys_and_values_know_their_place() {
        let (sources, entries) =
            read("# größe\na: 'two words' # why\nlist: [x, 12]\nb: true\n\"c\":\n");
        let entries = entries.unwrap();
        let shown: Vec<_> = entries
            .iter()
            .map(|(key, value)| (sources.text(key.span), sources.text(value.span)))
            .collect();
        assert_eq!(shown[0], ("a", "'two words'"));
        assert_eq!(shown[2], ("b", "true"));
        assert_eq!(shown[3].0, "\"c\"");
        let Value::List(items) = &entries[1].1.value else {
            panic!("{entries:?}")
        };
        assert_eq!(sources.text(items[1].span), "12");
        assert_eq!(items[1].value, Value::Integer(12));
        assert_eq!(entries[3].1.value, Value::Null);
    }

    #[test]
    fn a_text_without_content_has_no_entries() {
        for text in ["", "\n", "# only a comment\n", "---\n", "null\n"] {
            assert_eq!(read(text).1, Ok(Vec::new()), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_mapping_is_refused_with_a_place() {
        for (text, message) in [
            ("a: [", "this is not YAML: unclosed bracket '['"),
            ("- a\n- b\n", "expected lines of the form `key: value`"),
            (
                "a: b # \u{202e}\n",
                "U+202E reverses the direction of the text",
            ),
            ("words\n", "expected lines of the form `key: value`"),
            ("a: 1\na: 2\n", "the key `a` is repeated here"),
            (
                "a: 1\n---\nb: 2\n",
                "a second document begins here, but only one is read",
            ),
        ] {
            let diagnostics = read(text).1.unwrap_err();
            let diagnostic = diagnostics.iter().next().unwrap();
            assert_eq!(diagnostic.message, message, "{text:?}");
            assert!(diagnostic.span.is_some(), "{text:?}: {diagnostic:?}");
        }
    }
}
