//! What a history speaks of, by names: where a function or operator of these has the name of one of PostgreSQL's own, a database
//! may hold it, and what is made only where it is not there must not be of others.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::config::Config;
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::schema::{ObjectId, Schema};
use crate::source::Sources;
use crate::token::{KeywordClass, Token, TokenKind, identifier, keyword_class, lex, string_value};

/// How deep texts within texts are read: the body of a `do` block may hold another one.
const DEEPEST: usize = 3;

/// The names that scripts ask the server about; `shadows.sql` reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Functions, procedures, aggregates and operators that a revision makes, renames or declares.
    pub routines: BTreeSet<SmolStr>,
    /// What stands before a parenthesis: all functions that are called are among them.
    pub called: BTreeSet<SmolStr>,
    /// What a revision makes with `if not exists`, and views with `or replace`.
    pub adopted: BTreeSet<SmolStr>,
    /// The schemas among these.
    pub adopted_schemas: BTreeSet<SmolStr>,
    /// Roles that a revision gives an object to, or lets create in a schema: its authors trust them.
    pub owners: BTreeSet<SmolStr>,
}

/// The names in all revisions of `graph`, also in the code of blocks and functions.
#[must_use]
pub fn spoken(sources: &Sources, graph: &RevisionGraph) -> Spoken {
    let of = |revision: &RevisionIndex| {
        let mut found = Spoken::default();
        let source = graph.header(*revision).id.span.source;
        let text = &sources.get(source).text;
        found.read(text, 0);
        found.called = called(text);
        found
    };
    graph
        .order()
        .par_iter()
        .map(of)
        .reduce(Spoken::default, Spoken::and)
}

impl Spoken {
    fn and(mut self, mut other: Self) -> Self {
        self.routines.append(&mut other.routines);
        self.called.append(&mut other.called);
        self.adopted.append(&mut other.adopted);
        self.adopted_schemas.append(&mut other.adopted_schemas);
        self.owners.append(&mut other.owners);
        self
    }

    /// As the code in scripts reads them, with the schemas that the history works in: those of the objects in `models`.
    /// `trusting` says how the DBA names what is trusted.
    #[must_use]
    pub(super) fn data(
        &self,
        config: &Config,
        models: &[&Schema],
        trusting: &str,
    ) -> Map<String, Value> {
        let schemas: BTreeSet<&str> = models
            .iter()
            .flat_map(|it| it.objects())
            .filter_map(|(id, _)| match id {
                ObjectId::Namespace(name) => Some(name.as_str()),
                _ => id.name().map(|it| it.schema.as_str()),
            })
            .filter(|it| *it != config.schema.as_str())
            .collect();
        let Value::Object(data) = json!({
            "home": config.schema, "schemas": schemas, "routines": self.routines, "called": self.called, "adopted": self.adopted,
            "adopted_schemas": self.adopted_schemas, "owners": self.owners,
            "trusting": trusting,
        }) else {
            unreachable!("it is an object")
        };
        data
    }

    fn read(&mut self, text: &str, depth: usize) {
        // Most revisions have none of these words.
        if depth > DEEPEST || !has_word(text.as_bytes()) {
            return;
        }
        let Ok(tokens) = lex(text, 0, text.len()) else {
            return;
        };
        for (at, token) in tokens.iter().enumerate() {
            if token.kind == TokenKind::DollarString || token.kind == TokenKind::String {
                if let Some(inner) = string_value(token.text(text)) {
                    self.read(&inner, depth + 1);
                }
                continue;
            }
            let follows = |words: &[&str]| {
                let before = &tokens[at.saturating_sub(words.len())..at];
                before.len() == words.len()
                    && before
                        .iter()
                        .zip(words)
                        .all(|(it, word)| it.is_word(text, word))
            };
            let rest = &tokens[at + 1..];
            if token.is_word(text, "to") && follows(&["owner"])
                || token.is_word(text, "authorization")
            {
                self.owners.extend(name(text, rest));
            } else if token.is_word(text, "grant") {
                self.owners.extend(creators(text, rest));
            } else if token.is_word(text, "to") && follows(&["rename"])
                || ROUTINES.iter().any(|it| token.is_word(text, it))
            {
                self.routines.extend(name(text, rest));
            } else if token.is_word(text, "exists") && follows(&["if", "not"]) {
                let is_schema = at >= 3 && tokens[at - 3].is_word(text, "schema");
                if is_schema {
                    self.adopted_schemas.extend(name(text, rest));
                } else {
                    self.adopted.extend(name(text, rest));
                }
            } else if token.is_word(text, "replace") && follows(&["or"]) {
                // `temporary` or `recursive` may stand before it.
                let view = rest.iter().take(3).position(|it| it.is_word(text, "view"));
                self.adopted
                    .extend(view.and_then(|it| name(text, &rest[it + 1..])));
            }
        }
    }
}

/// The names that stand before a parenthesis, in comments, too.
fn called(text: &str) -> BTreeSet<SmolStr> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices('(') {
        let before = text[..at].trim_end();
        if let Some(quoted) = before.strip_suffix('"') {
            let name = quoted.rsplit('"').next().unwrap_or_default();
            found.insert(name.into());
            continue;
        }
        let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
        let start = before.trim_end_matches(is_part).len();
        let name = identifier(&before[start..]);
        let is_function = !matches!(
            keyword_class(&name),
            Some(KeywordClass::Reserved | KeywordClass::ColumnName)
        );
        if !name.is_empty() && is_function {
            found.insert(name);
        }
    }
    found
}

/// The roles that a `grant` lets create in schemas, given what stands behind that word.
fn creators(text: &str, tokens: &[Token]) -> Vec<SmolStr> {
    let end = tokens.iter().position(|it| it.is(text, ";"));
    let tokens = &tokens[..end.unwrap_or(tokens.len())];
    let place = |word: &str| tokens.iter().position(|it| it.is_word(text, word));
    let (Some(on), Some(to)) = (place("on"), place("to")) else {
        return Vec::new();
    };
    let creates = tokens[..on]
        .iter()
        .any(|it| it.is_word(text, "create") || it.is_word(text, "all"));
    let is_of_schema = tokens
        .get(on + 1)
        .is_some_and(|it| it.is_word(text, "schema"));
    if !creates || !is_of_schema || to < on {
        return Vec::new();
    }
    let names = tokens[to + 1..].split(|it| it.is(text, ","));
    names
        .filter_map(|it| match it {
            [group, name, ..] if group.is_word(text, "group") => Some(name),
            [name, ..] => Some(name),
            [] => None,
        })
        .filter(|it| it.is_name() && !it.is_word(text, "public"))
        .map(|it| identifier(it.text(text)))
        .collect()
}

/// The words before the name of what runs.
const ROUTINES: [&str; 5] = ["function", "procedure", "aggregate", "routine", "operator"];

/// The other words that say something.
const OTHERS: [&str; 5] = ["exists", "replace", "owner", "authorization", "grant"];

/// Whether a word that says something is in the text, in any case.
fn has_word(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let first = byte | 0x20;
        matches!(first, b'f' | b'p' | b'a' | b'r' | b'o' | b'e' | b'g')
            && ROUTINES.iter().chain(&OTHERS).any(|it| {
                let end = at + it.len();
                let here = text.get(at..end);
                here.is_some_and(|here| here.eq_ignore_ascii_case(it.as_bytes()))
            })
    })
}

/// The last part of the name at the beginning of `tokens`.
fn name(text: &str, tokens: &[Token]) -> Option<SmolStr> {
    let mut tokens = tokens;
    // `declares (function if not exists …)` has none; `schema.name` has two parts.
    while let [_, dot, rest @ ..] = tokens
        && dot.is(text, ".")
    {
        tokens = rest;
    }
    let first = tokens.first()?;
    if first.is_name() {
        return Some(identifier(first.text(text)));
    }
    (first.kind == TokenKind::Operator).then(|| first.text(text).into())
}

#[cfg(test)]
mod tests {
    use super::Spoken;

    #[test]
    fn names_are_found_wherever_they_are_made() {
        let mut found = Spoken::default();
        found.read(
            "sql declares (function app.declared(integer)) { do $$ begin create function \"In A\".\"Block\"(); execute 'create function in_text(a)'; end $$; }
create or replace procedure Proc() …; create aggregate app.agg (text); create operator app.|| (…); create operator === (…);
alter function x rename to renamed; drop function if exists gone;
create table if not exists app.t (…); create type if not exists e as enum (); create or replace view v as …; create or replace temp recursive view w as …;
do $$ begin execute 'create schema if not exists s'; end $$; drop table if exists u;
alter table t owner to \"The App\"; create schema x authorization y; grant usage, create on schema x, z to a, group b with grant option; grant all on schema x to public;
grant select, create on table t to c; grant usage on schema x to d;",
            0,
        );
        let names = |all: &std::collections::BTreeSet<smol_str::SmolStr>| {
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let routines = names(&found.routines);
        for name in [
            "declared", "Block", "in_text", "proc", "agg", "||", "===", "x", "renamed",
        ] {
            assert!(
                routines.contains(&name.to_owned()),
                "{name} is not in {routines:?}"
            );
        }
        assert_eq!(names(&found.adopted), ["e", "t", "v", "w"]);
        assert_eq!(names(&found.adopted_schemas), ["s"]);
        let called =
            super::called("check (Length (a) > 0 and x.\"F g\"(b) in (1)) -- z(\n values (été(1))");
        assert_eq!(names(&called), ["F g", "length", "z", "été"]);
        assert_eq!(names(&found.owners), ["The App", "a", "b", "y"]);
    }
}
