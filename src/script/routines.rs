//! The functions and operators that a history speaks of, by their names: where one of them has the name of one of PostgreSQL's
//! own, a database may hold it.

use std::collections::BTreeSet;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::graph::{RevisionGraph, RevisionIndex};
use crate::source::Sources;
use crate::token::{Token, TokenKind, identifier, lex, string_value};

/// How deep texts within texts are read: the body of a `do` block may hold another one.
const DEEPEST: usize = 3;

/// The names of all functions, procedures, aggregates and operators that a revision of `graph` makes, renames or declares,
/// also in the code of blocks and functions.
#[must_use]
pub fn routines(sources: &Sources, graph: &RevisionGraph) -> BTreeSet<SmolStr> {
    let of = |revision: &RevisionIndex| {
        let mut found = BTreeSet::new();
        let source = graph.header(*revision).id.span.source;
        read(&sources.get(source).text, 0, &mut found);
        found
    };
    graph.order().par_iter().flat_map_iter(of).collect()
}

fn read(text: &str, depth: usize, found: &mut BTreeSet<SmolStr>) {
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
                read(&inner, depth + 1, found);
            }
            continue;
        }
        let renames = token.is_word(text, "to") && at > 0 && tokens[at - 1].is_word(text, "rename");
        if renames || WORDS.iter().any(|it| token.is_word(text, it)) {
            found.extend(name(text, &tokens[at + 1..]));
        }
    }
}

/// The words before the name of what runs.
const WORDS: [&str; 5] = ["function", "procedure", "aggregate", "routine", "operator"];

/// Whether one of [`WORDS`] is in the text, in any case.
fn has_word(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, byte)| {
        let first = byte | 0x20;
        matches!(first, b'f' | b'p' | b'a' | b'r' | b'o')
            && WORDS.iter().any(|it| {
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
    use std::collections::BTreeSet;

    use super::read;

    #[test]
    fn names_are_found_wherever_they_are_made() {
        let mut found = BTreeSet::new();
        read(
            "sql declares (function app.declared(integer)) { do $$ begin create function \"In A\".\"Block\"(); execute 'create function in_text(a)'; end $$; }
create or replace procedure Proc() …; create aggregate app.agg (text); create operator app.|| (…); create operator === (…);
alter function x rename to renamed; drop function if exists gone;",
            0,
            &mut found,
        );
        let found: Vec<&str> = found.iter().map(smol_str::SmolStr::as_str).collect();
        for name in [
            "declared", "Block", "in_text", "proc", "agg", "||", "===", "x", "renamed",
        ] {
            assert!(found.contains(&name), "{name} is not in {found:?}");
        }
    }
}
