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
    /// What stands before a parenthesis: all functions that are called are among them, and the schemas before their names.
    pub called: BTreeSet<SmolStr>,
    pub qualifiers: BTreeSet<SmolStr>,
    /// Roles that a revision gives an object to, or lets create in a schema: its authors trust them.
    pub owners: BTreeSet<SmolStr>,
    /// By revision. Those that ran long ago ask for nothing any more.
    pub adopted: Vec<Adopted>,
}

/// What a revision takes where it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// What it makes with `if not exists`, and views with `or replace`.
    pub names: BTreeSet<SmolStr>,
    /// The schemas among these.
    pub schemas: BTreeSet<SmolStr>,
}

/// The names in all revisions of `graph`, also in the code of blocks and functions.
#[must_use]
pub fn spoken(sources: &Sources, graph: &RevisionGraph) -> Spoken {
    let of = |revision: &RevisionIndex| {
        let mut found = Spoken::default();
        let source = graph.header(*revision).id.span.source;
        let adopted = found.read(&sources.get(source).text, 0, false);
        (*revision, found, adopted)
    };
    let all: Vec<_> = graph.order().par_iter().map(of).collect();
    let mut spoken = Spoken {
        adopted: vec![Adopted::default(); all.len()],
        ..Spoken::default()
    };
    for (revision, mut found, adopted) in all {
        spoken.routines.append(&mut found.routines);
        spoken.called.append(&mut found.called);
        spoken.qualifiers.append(&mut found.qualifiers);
        spoken.owners.append(&mut found.owners);
        spoken.adopted[revision.index()] = adopted;
    }
    spoken
}

impl Spoken {
    /// As the code in scripts that run `revisions` reads them, with the schemas that the history works in: those of the objects
    /// in `models`, and of functions. `trusting` says how the DBA names what is trusted.
    #[must_use]
    pub(super) fn data(
        &self,
        config: &Config,
        models: &[&Schema],
        revisions: impl Iterator<Item = RevisionIndex>,
        trusting: &str,
    ) -> Map<String, Value> {
        let of_objects = models.iter().flat_map(|it| it.objects());
        let of_objects = of_objects.filter_map(|(id, _)| match id {
            ObjectId::Namespace(name) => Some(name.as_str()),
            ObjectId::Extension(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => id.name().map(|it| it.schema.as_str()),
        });
        let schemas: BTreeSet<&str> = of_objects
            .chain(self.qualifiers.iter().map(SmolStr::as_str))
            .filter(|it| *it != config.schema.as_str())
            .collect();
        let mut adopted = Adopted::default();
        for it in revisions.filter_map(|it| self.adopted.get(it.index())) {
            adopted.names.extend(it.names.iter().cloned());
            adopted.schemas.extend(it.schemas.iter().cloned());
        }
        let Value::Object(data) = json!({
            "home": config.schema, "schemas": schemas, "routines": self.routines, "called": self.called,
            "adopted": adopted.names, "adopted_schemas": adopted.schemas, "owners": self.owners, "trusting": trusting,
        }) else {
            unreachable!("it is an object")
        };
        data
    }

    /// Adds what a text says; what it adopts is the answer. `in_code` is whether the text is that of a block or function.
    fn read(&mut self, text: &str, depth: usize, in_code: bool) -> Adopted {
        let mut adopted = Adopted::default();
        let Ok(tokens) = lex(text, 0, text.len()) else {
            return adopted;
        };
        for (at, token) in tokens.iter().enumerate() {
            let is_body = token.kind == TokenKind::DollarString;
            if is_body || token.kind == TokenKind::String {
                // A text in a block may be run, any other one is a value.
                if depth < DEEPEST
                    && (is_body || in_code || token.text(text).contains('('))
                    && let Some(inner) = string_value(token.text(text))
                {
                    let mut found = Self::default();
                    let inner = found.read(&inner, depth + 1, is_body || in_code);
                    self.routines.append(&mut found.routines);
                    self.called.append(&mut found.called);
                    self.qualifiers.append(&mut found.qualifiers);
                    if is_body || in_code {
                        self.owners.append(&mut found.owners);
                    }
                    adopted.names.extend(inner.names);
                    adopted.schemas.extend(inner.schemas);
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
            if token.is(text, "(") {
                self.call(text, &tokens[..at]);
            } else if token.is_word(text, "to") && follows(&["owner"]) {
                if !follows(&["rename", "owner"]) && !follows(&["column", "owner"]) {
                    self.owners.extend(name(text, rest));
                }
            } else if token.is_word(text, "authorization") {
                self.owners.extend(name(text, rest));
            } else if token.is_word(text, "grant") {
                self.owners.extend(creators(text, rest));
            } else if token.is_word(text, "to") && follows(&["rename"])
                || ROUTINES.iter().any(|it| token.is_word(text, it))
            {
                self.routines.extend(name(text, rest));
            } else if token.is_word(text, "exists") && follows(&["if", "not"]) {
                let is_schema = at >= 3 && tokens[at - 3].is_word(text, "schema");
                let names = if is_schema {
                    &mut adopted.schemas
                } else {
                    &mut adopted.names
                };
                names.extend(name(text, rest));
            } else if token.is_word(text, "replace") && follows(&["or"]) {
                // `temporary` or `recursive` may stand before it.
                let view = rest.iter().take(3).position(|it| it.is_word(text, "view"));
                adopted
                    .names
                    .extend(view.and_then(|it| name(text, &rest[it + 1..])));
            }
        }
        adopted
    }

    /// Adds the name that stands before a parenthesis.
    fn call(&mut self, text: &str, before: &[Token]) {
        let [head @ .., name] = before else { return };
        if !name.is_name() {
            return;
        }
        let called = identifier(name.text(text));
        let mut head = head;
        if let [rest @ .., schema, dot] = head
            && dot.is(text, ".")
            && schema.is_name()
        {
            self.qualifiers.insert(identifier(schema.text(text)));
            head = rest;
        }
        let is_function = !matches!(
            keyword_class(&called),
            Some(KeywordClass::Reserved | KeywordClass::ColumnName)
        );
        if is_function && !names_relation(text, head) {
            self.called.insert(called);
        }
    }
}

/// Whether what follows `before` and stands before a parenthesis is a table, since no function can be called there:
/// `references t (`, `insert into t (`, `create table [if not exists] t (` and `create index … on [only] t (`.
fn names_relation(text: &str, before: &[Token]) -> bool {
    let ends = |words: &[&str]| {
        let from = before.len().saturating_sub(words.len());
        before.len() >= words.len()
            && (before[from..].iter().zip(words)).all(|(it, word)| it.is_word(text, word))
    };
    if ends(&["references"])
        || ends(&["into"])
        || ends(&["table"])
        || ends(&["table", "if", "not", "exists"])
    {
        return true;
    }
    let before = match before {
        [rest @ .., only] if only.is_word(text, "only") => rest,
        _ => before,
    };
    let [before @ .., on] = before else {
        return false;
    };
    // At most `create unique index concurrently if not exists NAME` stands before it.
    let from = before.len().saturating_sub(7);
    on.is_word(text, "on")
        && before[from..].windows(2).any(|pair| {
            (pair[0].is_word(text, "create") || pair[0].is_word(text, "unique"))
                && pair[1].is_word(text, "index")
        })
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
        let adopted = found.read(
            "sql declares (function app.declared(integer)) { do $$ begin create function \"In A\".\"Block\"(); execute 'create function in_text(a)'; end $$; }
create or replace procedure Proc() …; create aggregate app.agg (text); create operator app.|| (…); create operator === (…);
alter function x rename to renamed; drop function if exists gone;
create table if not exists app.t (…); create type if not exists e as enum (); create or replace view v as …; create or replace temp recursive view w as …;
do $$ begin execute 'create schema if not exists s'; end $$; drop table if exists u;
alter table t owner to \"The App\"; create schema x authorization y; grant usage, create on schema x, z to a, group b with grant option; grant all on schema x to public;
grant select, create on table t to c; grant usage on schema x to d;",
            0,
            false,
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
        assert_eq!(names(&adopted.names), ["e", "t", "v", "w"]);
        assert_eq!(names(&adopted.schemas), ["s"]);
        assert_eq!(names(&found.owners), ["The App", "a", "b", "y"]);
        let mut found = Spoken::default();
        found.read(
            "check (Length (a) > 0 and x.\"F\"\"g\" /* ( */ (b) in (1)); values (été(1)); alter table t rename column owner to app;
insert into t values ('grant create on schema x to lead; f(1)'); do $$ begin execute 'alter table t owner to run; g(1)'; end $$;",
            0,
            false,
        );
        assert_eq!(names(&found.called), ["F\"g", "f", "g", "length", "été"]);
        assert_eq!(names(&found.qualifiers), ["x"]);
        assert_eq!(names(&found.owners), ["run"]);
        let mut found = Spoken::default();
        found.read(
            "create table t1 (a integer references t2 (a)); create table if not exists s.t3 (b integer check (f(b)));
create unique index concurrently if not exists i on only s.t4 (g(a)); create index on t5 (a) where h(a);
insert into t6 (a) select i(a) from t join u on j(a); create table t7 partition of t for values from (k(1)) to (2);",
            0,
            false,
        );
        assert_eq!(names(&found.called), ["f", "g", "h", "i", "j", "k"]);
    }
}
