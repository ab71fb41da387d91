//! The rows of the catalogue that name no types.

use crate::builtin::codes::{AccessMethodKind, CollationProvider, KeywordCategory, TextSearchKind};
use crate::builtin::row::{Fields, Row, Versions};

/// A row of `pg_collation`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Collation {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The name.
    pub name: &'static str,
    /// Who implements it.
    pub provider: CollationProvider,
    /// Whether it is only for databases in UTF-8.
    pub utf8_only: bool,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl Row for Collation {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            schema,
            name: fields.text(),
            provider: CollationProvider::new(fields.letter()),
            utf8_only: fields.text() == "6",
            versions,
        }
    }
}

/// A row of `pg_am`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessMethod {
    /// The name.
    pub name: &'static str,
    /// The kind.
    pub kind: AccessMethodKind,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl Row for AccessMethod {
    fn parse(_schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            name: fields.text(),
            kind: AccessMethodKind::new(fields.letter()),
            versions,
        }
    }
}

/// An object of text search.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextSearch {
    /// The schema; empty for an extension's own, which it is installed in.
    pub schema: &'static str,
    /// The kind.
    pub kind: TextSearchKind,
    /// The name.
    pub name: &'static str,
    /// A configuration's parser, a dictionary's template.
    pub related: Option<&'static str>,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl Row for TextSearch {
    fn parse(schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            schema,
            kind: TextSearchKind::new(fields.letter()),
            name: fields.text(),
            related: fields.optional(),
            versions,
        }
    }
}

/// A row of `pg_language`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Language {
    /// The name.
    pub name: &'static str,
    /// Whether it is trusted.
    pub trusted: bool,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl Row for Language {
    fn parse(_schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            name: fields.text(),
            trusted: fields.flag(),
            versions,
        }
    }
}

/// A keyword.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyword {
    /// The word, in lower case.
    pub word: &'static str,
    /// What it may name.
    pub category: KeywordCategory,
    /// Whether it can be a column label without `as`.
    pub bare_label: bool,
    /// The versions in which exactly this row exists.
    pub versions: Versions,
}

impl Row for Keyword {
    fn parse(_schema: &'static str, versions: Versions, fields: &mut Fields) -> Self {
        Self {
            word: fields.text(),
            category: KeywordCategory::new(fields.letter()),
            bare_label: fields.flag(),
            versions,
        }
    }
}
