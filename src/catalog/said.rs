//! What a server says of one part of an object.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use smol_str::{SmolStr, ToSmolStr as _};

use crate::name::Name;

/// What is said of one part: see `facts.sql`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    pub(super) words: BTreeMap<SmolStr, Value>,
    pub(super) expressions: BTreeMap<SmolStr, String>,
    pub(super) usual: BTreeMap<SmolStr, Value>,
}

/// An object, or a column of it.
#[derive(Debug, Deserialize)]
struct NameRow {
    schema: SmolStr,
    name: SmolStr,
    column: Option<SmolStr>,
}

impl Said {
    pub(super) fn words(&self, what: &str) -> Option<SmolStr> {
        self.words.get(what)?.as_str().map(SmolStr::from)
    }

    pub(super) fn is(&self, what: &str, words: &str) -> bool {
        self.words.get(what).and_then(Value::as_str) == Some(words)
    }

    pub(super) fn list(&self, what: &str) -> Vec<SmolStr> {
        let all = self.words.get(what).and_then(Value::as_array);
        let all = all.into_iter().flatten();
        all.filter_map(|it| it.as_str().map(SmolStr::from))
            .collect()
    }

    /// `name=value` of `reloptions`.
    pub(super) fn options(&self, what: &str) -> BTreeMap<SmolStr, SmolStr> {
        let all = self.list(what);
        let pairs = all.iter().filter_map(|it| it.split_once('='));
        pairs
            .map(|(name, value)| (name.to_smolstr(), value.to_smolstr()))
            .collect()
    }

    pub(super) fn name(&self, what: &str) -> Option<(Name, Option<SmolStr>)> {
        let row = NameRow::deserialize(self.words.get(what)?).ok()?;
        Some((Name::new(row.schema, row.name), row.column))
    }

    pub(super) fn names(&self, what: &str) -> Vec<Name> {
        let all = self.words.get(what);
        let all = all.and_then(|it| Vec::<NameRow>::deserialize(it).ok());
        let all = all.into_iter().flatten();
        all.map(|it| Name::new(it.schema, it.name)).collect()
    }

    /// Collations are compared by their names alone.
    pub(super) fn collation(&self, what: &str) -> Option<Name> {
        self.words(what).map(|it| Name::new("pg_catalog", it))
    }

    /// The text of what only the server takes apart.
    pub(super) fn text(&self, what: &str) -> Option<SmolStr> {
        self.expressions.get(what).map(SmolStr::from)
    }

    pub(super) fn shown(&self) -> String {
        let words = self.words.iter().map(|it| format!("{} {}", it.0, it.1));
        let expressions = self
            .expressions
            .iter()
            .map(|it| format!("{} {}", it.0, it.1));
        let all: Vec<String> = words.chain(expressions).collect();
        all.join("; ")
    }
}
