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
use crate::token::{Token, TokenKind, identifier, lex, string_value};

/// How deep texts within texts are read: the body of a `do` block may hold another one.
const DEEPEST: usize = 3;

/// The names that scripts ask the server about; `shadows.sql` reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spoken {
    /// Functions, procedures, aggregates and operators that a revision makes, renames or declares.
    pub routines: BTreeSet<SmolStr>,
    /// What a revision makes with `if not exists`, and views with `or replace`.
    pub adopted: BTreeSet<SmolStr>,
}

/// The names in all revisions of `graph`, also in the code of blocks and functions.
#[must_use]
pub fn spoken(sources: &Sources, graph: &RevisionGraph) -> Spoken {
    let of = |revision: &RevisionIndex| {
        let mut found = Spoken::default();
        let source = graph.header(*revision).id.span.source;
        found.read(&sources.get(source).text, 0);
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
        self.adopted.append(&mut other.adopted);
        self
    }

    /// As the code in scripts reads them, with the schemas that the history works in: those of the objects in `models`.
    #[must_use]
    pub(super) fn data(&self, config: &Config, models: &[&Schema]) -> Map<String, Value> {
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
            "home": config.schema, "schemas": schemas, "routines": self.routines, "adopted": self.adopted,
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
            if token.is_word(text, "to") && follows(&["rename"])
                || ROUTINES.iter().any(|it| token.is_word(text, it))
            {
                self.routines.extend(name(text, rest));
            } else if token.is_word(text, "exists") && follows(&["if", "not"]) {
                self.adopted.extend(name(text, rest));
            } else if token.is_word(text, "replace") && follows(&["or"]) {
                // `temporary` or `recursive` may stand before it.
                let view = rest.iter().take(3).position(|it| it.is_word(text, "view"));
                self.adopted
                    .extend(view.and_then(|it| name(text, &rest[it + 1..])));
            }
        }
    }
}

/// The words before the name of what runs.
const ROUTINES: [&str; 5] = ["function", "procedure", "aggregate", "routine", "operator"];

/// Whether a word that says something is in the text, in any case.
fn has_word(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let first = byte | 0x20;
        matches!(first, b'f' | b'p' | b'a' | b'r' | b'o' | b'e')
            && ROUTINES.iter().chain(&["exists", "replace"]).any(|it| {
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
do $$ begin execute 'create schema if not exists s'; end $$; drop table if exists u;",
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
        assert_eq!(names(&found.adopted), ["e", "s", "t", "v", "w"]);
    }
}
