//! Text on its way into databases whose encoding is not UTF8 (PostgreSQL's documentation, section 24.3).
//!
//! The server refuses a statement with a character that its encoding cannot hold. So what limbeck says itself is ASCII, words
//! of people travel as ASCII and lose such characters where they are shown, and a script whose statements hold some is refused
//! before it changes anything.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::token::{quote_literal, without_comments};
use crate::visible;

/// `text` in ASCII, which `say.sql` turns back: a byte of any other character as `%C3`, and a `%` that could be taken for
/// one as `%25`.
#[must_use]
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let is_mark = |at: usize| {
        bytes[at] == b'%'
            && bytes
                .get(at + 1..at + 3)
                .is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit))
    };
    let is_escaped = |at: usize| !bytes[at].is_ascii() || is_mark(at);
    if !(0..bytes.len()).any(is_escaped) {
        return text.into();
    }
    let mut ascii = String::with_capacity(text.len() * 2);
    for (at, byte) in bytes.iter().enumerate() {
        if is_escaped(at) {
            let _ = write!(ascii, "%{byte:02X}");
        } else {
            ascii.push(char::from(*byte));
        }
    }
    ascii.into()
}

/// What shows words of people in a script: statements that stand before, and an expression.
pub(super) fn said(text: &str) -> (String, String) {
    if text.is_ascii() {
        return (String::new(), quote_literal(text));
    }
    let before = format!(
        "set limbeck.said = {};\nselect :'limbeck_say' \\gexec\n",
        quote_literal(&ascii(text))
    );
    (before, "current_setting('limbeck.said')".to_owned())
}

/// The characters of a script that are not ASCII, each with the first place where it stands; `encoding.sql` reads them.
#[derive(Debug, Clone, Default)]
pub(super) struct Characters {
    seen: BTreeSet<char>,
    places: Vec<Place>,
}

/// A character as UTF8 in hex, and a few words of where it stands.
#[derive(Debug, Clone, Serialize)]
struct Place(String, String);

impl Characters {
    /// Those of a statement of `revision`.
    pub(super) fn statement(&mut self, revision: &str, sql: &str) {
        const LONGEST: usize = 60;
        let sql = without_comments(sql);
        if sql.is_ascii() {
            return;
        }
        let line = visible::line(&sql);
        let shown: String = line.chars().take(LONGEST).collect();
        let dots = if shown.len() < line.len() { " ..." } else { "" };
        let shown = visible::ascii(&shown);
        self.add(&sql, &format!("in revision {revision}: {shown}{dots}"));
    }

    /// Those of anything else; of a statement above they are known.
    pub(super) fn text(&mut self, text: &str) {
        self.add(text, "in a name or value of the release");
    }

    fn add(&mut self, text: &str, place: &str) {
        for character in text.chars().filter(|it| !it.is_ascii()) {
            if self.seen.insert(character) {
                let bytes = visible::hex(character.encode_utf8(&mut [0; 4]));
                let place = format!("{} {place}", visible::code_point(character));
                self.places.push(Place(bytes, place));
            }
        }
    }

    pub(super) fn places(&self) -> &impl Serialize {
        &self.places
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::ascii;

    #[test]
    fn what_is_not_ascii_is_spelled_by_its_bytes() {
        for (text, expected) in [
            ("", ""),
            ("100% of %s", "100% of %s"),
            ("caf\u{e9}", "caf%C3%A9"),
            ("%C3%A9 %25 %2", "%25C3%25A9 %2525 %2"),
            ("%\u{2014}", "%%E2%80%94"),
        ] {
            assert_eq!(ascii(text), expected);
        }
    }
}
