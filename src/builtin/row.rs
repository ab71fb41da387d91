//! How the lines of the data are read.

use crate::builtin::{NAMES, TypeId};

/// A line of a data file as a value.
pub(super) trait Row: Sized {
    /// The fields after the versions and the schema.
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self;
}

/// How a row names a type.
pub trait TypeReference: Sized {
    /// Reads the name that a data file has.
    fn parse(name: &'static str) -> Self;
}

impl TypeReference for TypeId {
    fn parse(name: &'static str) -> Self {
        match NAMES.by_name.get(name) {
            Some(id) => *id,
            None => panic!("the data names a type it does not list: {name}"),
        }
    }
}

/// The major versions in which a row exists, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Versions {
    pub(super) since: u8,
    pub(super) until: u8,
}

impl Versions {
    /// Every version.
    pub const ALL: Self = Self {
        since: 0,
        until: u8::MAX,
    };

    /// Whether the row exists in this major version.
    #[must_use]
    pub const fn contains(self, version: u8) -> bool {
        self.since <= version && version <= self.until
    }

    /// The first version, `None` where the oldest known has the row.
    #[must_use]
    pub const fn since(self) -> Option<u8> {
        if self.since == 0 {
            None
        } else {
            Some(self.since)
        }
    }

    /// The last version, `None` where the newest known has the row.
    #[must_use]
    pub const fn until(self) -> Option<u8> {
        if self.until == u8::MAX {
            None
        } else {
            Some(self.until)
        }
    }
}

/// The fields of one line; a field that the line leaves out is empty.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    rest: Option<&'static str>,
}

impl Fields {
    pub(super) fn new(line: &'static str) -> Self {
        Self { rest: Some(line) }
    }

    /// The next field.
    pub(super) fn text(&mut self) -> &'static str {
        let Some(rest) = self.rest else { return "" };
        // Fields are short: a loop over bytes beats a search made for long text.
        if let Some(at) = rest.bytes().position(|byte| byte == b'\t') {
            self.rest = Some(&rest[at + 1..]);
            &rest[..at]
        } else {
            self.rest = None;
            rest
        }
    }

    /// The next field as one ASCII letter, a space when it is empty.
    pub(super) fn letter(&mut self) -> u8 {
        self.text().bytes().next().unwrap_or(b' ')
    }

    /// The next field: `t` is true, empty is false.
    pub(super) fn flag(&mut self) -> bool {
        self.text() == "t"
    }

    /// The next field as a small number, 0 when it is empty.
    pub(super) fn number(&mut self) -> u8 {
        small(self.text())
    }

    /// The next field as a list of what commas part; nothing of an empty field.
    pub(super) fn list<R>(&mut self, parse: impl Fn(&'static str) -> R) -> Box<[R]> {
        let text = self.text();
        if text.is_empty() {
            return Box::default();
        }
        let bytes = text.as_bytes();
        // Counted first: the list is allocated once, at its size.
        let mut all = Vec::with_capacity(1 + text.matches(',').count());
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b',' {
                all.push(parse(&text[start..at]));
                start = at + 1;
            }
        }
        all.push(parse(&text[start..]));
        all.into_boxed_slice()
    }

    /// The next field as the versions of the row.
    pub(super) fn versions(&mut self) -> Versions {
        match self.text().split_once('-') {
            None => Versions::ALL,
            Some((since, until)) => Versions {
                since: small(since),
                until: if until.is_empty() {
                    u8::MAX
                } else {
                    small(until)
                },
            },
        }
    }

    /// The next field, `None` when it is empty.
    pub(super) fn optional(&mut self) -> Option<&'static str> {
        Some(self.text()).filter(|text| !text.is_empty())
    }
}

fn small(text: &str) -> u8 {
    if text.is_empty() {
        0
    } else {
        text.parse().expect("the data holds numbers below 256 here")
    }
}
