//! What a history speaks of, by names: where a function or operator of these has the name of one of PostgreSQL's own, a database
//! may hold it, and what is made only where it is not there must not be of others.

mod names;
mod readings;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::config::Config;
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::name::Name;
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
    /// Every name and operator that stands anywhere: what runs by its name, wherever that may be written, is among them, also
    /// in texts and in the bodies of functions, which are read as nothing but words.
    pub words: BTreeSet<SmolStr>,
    /// The names before a dot: the schemas that names are qualified with are among them.
    pub qualifiers: BTreeSet<SmolStr>,
    /// The schemas of each `search_path`.
    pub paths: BTreeSet<SmolStr>,
    /// The schemas that the history uses are among these: names before those of what is called or of a relation, and names that
    /// begin a text, in revisions that say names as texts, as `to_regclass` takes them.
    pub sought: BTreeSet<SmolStr>,
    /// Names that begin a text.
    begins: BTreeSet<SmolStr>,
    /// Names that stand where a relation does, last parts of them.
    pub touched: BTreeSet<SmolStr>,
    /// Roles that a revision gives an object to, or lets create in a schema: its authors trust them.
    pub owners: BTreeSet<SmolStr>,
    /// By revision. Those that ran long ago ask for nothing any more.
    pub adopted: Arc<Vec<Adopted>>,
}

/// What a revision takes where it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// What it makes with `if not exists`, and views with `or replace`.
    pub names: BTreeSet<SmolStr>,
    /// The schemas among these.
    pub schemas: BTreeSet<SmolStr>,
}

/// The relations of the history, whose owners may have code of their own there. A name under which it has one at another time
/// only is anybody's.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// Wherever on the way of the script the database stands.
    pub always: BTreeSet<Name>,
    /// Where the version table has exactly these rows.
    pub rows: Option<Vec<&'a str>>,
    pub there: BTreeSet<Name>,
}

/// The relations of a schema.
#[must_use]
pub fn relations(schema: &Schema) -> BTreeSet<Name> {
    let objects = schema.objects();
    objects.filter_map(|it| it.0.relation().cloned()).collect()
}

pub(super) fn qualified(names: &BTreeSet<Name>) -> BTreeSet<SmolStr> {
    names.iter().map(Name::qualified).collect()
}

/// What each revision says.
#[derive(Debug)]
pub struct Said {
    /// By revision.
    all: Vec<Spoken>,
    adopted: Arc<Vec<Adopted>>,
}

impl Said {
    /// The names in each revision of `graph`, also in the code of blocks and functions.
    #[must_use]
    pub fn of(sources: &Sources, graph: &RevisionGraph) -> Self {
        let of = |revision: &RevisionIndex| {
            let mut found = Spoken::default();
            let source = graph.header(*revision).id.span.source;
            let adopted = found.read(&sources.get(source).text, 0, false);
            (*revision, found, adopted)
        };
        let found: Vec<_> = graph.order().par_iter().map(of).collect();
        let mut all = vec![Spoken::default(); found.len()];
        let mut adopted = vec![Adopted::default(); found.len()];
        for (revision, said, taken) in found {
            all[revision.index()] = said;
            adopted[revision.index()] = taken;
        }
        Self {
            all,
            adopted: Arc::new(adopted),
        }
    }

    /// Adds what `revisions` say.
    pub fn add(&self, revisions: &[RevisionIndex], spoken: &mut Spoken) {
        for revision in revisions {
            spoken.add(self.all[revision.index()].clone());
        }
        spoken.adopted = Arc::clone(&self.adopted);
    }
}

/// The names in all revisions of `graph`.
#[must_use]
pub fn spoken(sources: &Sources, graph: &RevisionGraph) -> Spoken {
    let said = Said::of(sources, graph);
    let mut spoken = Spoken::default();
    for one in said.all {
        spoken.add(one);
    }
    spoken.adopted = said.adopted;
    spoken
}

impl Spoken {
    /// As the code in scripts that run `revisions` reads them, with the schemas that the history works in: those of the objects
    /// in `models`, and of what is qualified. `trusting` says how the DBA names what is trusted.
    #[must_use]
    pub(super) fn data(
        &self,
        config: &Config,
        models: &[&Schema],
        revisions: impl Iterator<Item = RevisionIndex>,
        known: &Known<'_>,
        trusting: &str,
    ) -> Map<String, Value> {
        let of_objects = models.iter().flat_map(|it| it.objects());
        let of_objects = of_objects.filter_map(|(id, _)| match id {
            // It is there without anybody's doing.
            ObjectId::Namespace(name) => Some(name.as_str()).filter(|it| *it != "public"),
            ObjectId::Extension(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => id.name().map(|it| it.schema.as_str()),
        });
        let own_schemas: BTreeSet<&str> = of_objects.chain([config.schema.as_str()]).collect();
        let schemas: BTreeSet<&str> = own_schemas
            .iter()
            .copied()
            .chain(
                self.qualifiers
                    .iter()
                    .chain(&self.paths)
                    .map(SmolStr::as_str),
            )
            .filter(|it| *it != config.schema.as_str())
            .collect();
        let mut adopted = Adopted::default();
        for it in revisions.filter_map(|it| self.adopted.get(it.index())) {
            adopted.names.extend(it.names.iter().cloned());
            adopted.schemas.extend(it.schemas.iter().cloned());
        }
        let mut known_types = BTreeSet::new();
        let mut known_views = BTreeSet::new();
        for (id, object) in models.iter().flat_map(|it| it.objects()) {
            match id {
                ObjectId::Type(name) => drop(known_types.insert(name.qualified())),
                ObjectId::Relation(name) if object.as_opaque().is_some() => {
                    known_views.insert(name.qualified());
                }
                ObjectId::Relation(_)
                | ObjectId::Namespace(_)
                | ObjectId::Extension(_)
                | ObjectId::Opaque(..) => {}
            }
        }
        let Value::Object(data) = json!({
            "home": config.schema, "own_schemas": own_schemas, "schemas": schemas, "sought": self.sought, "touched": self.touched, "paths": self.paths, "routines": self.routines, "words": self.words, "known": qualified(&known.always), "known_rows": known.rows, "known_there": qualified(&known.there), "known_types": known_types, "known_views": known_views,
            "adopted": adopted.names, "adopted_schemas": adopted.schemas, "owners": self.owners, "trusting": trusting,
        }) else {
            unreachable!("it is an object")
        };
        data
    }

    /// Adds what another text says, but for what it adopts.
    fn add(&mut self, other: Self) {
        self.routines.extend(other.routines);
        self.words.extend(other.words);
        self.qualifiers.extend(other.qualifiers);
        self.paths.extend(other.paths);
        self.sought.extend(other.sought);
        self.begins.extend(other.begins);
        self.touched.extend(other.touched);
        self.owners.extend(other.owners);
    }

    /// Whether a revision may make a function, by a word of any of its statements.
    pub(super) fn makes_functions(&self) -> bool {
        ROUTINES.iter().any(|it| self.words.contains(*it))
    }

    /// Adds what a text says; what it adopts is the answer. `in_code` is whether the text is that of a block or function.
    fn read(&mut self, text: &str, depth: usize, in_code: bool) -> Adopted {
        let mut adopted = Adopted::default();
        let Ok(tokens) = lex(text, 0, text.len()) else {
            return adopted;
        };
        if depth == 0 {
            self.words(text, &tokens);
            let begins = std::mem::take(&mut self.begins);
            if NAMES_AS_TEXT.iter().any(|it| self.words.contains(*it)) {
                self.sought.extend(begins);
            }
        }
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
                    // `append` would build the whole set again for each text.
                    self.routines.extend(found.routines);
                    if is_body || in_code {
                        self.owners.extend(found.owners);
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
            if token.is_word(text, "to") && follows(&["owner"]) {
                // Not of `rename attribute owner to x`, nor of a text that is no statement.
                let before = tokens[..at].iter().rev();
                let words: Vec<&Token> = before.take_while(|it| !it.is(text, ";")).collect();
                let has = |word: &str| words.iter().any(|it| it.is_word(text, word));
                if has("alter") && !has("rename") {
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
            } else if token.is_word(text, "schema")
                && (in_code && follows(&["create"]) && !next_is(rest, text, "if")
                    || depth == 0 && is_declared(text, &tokens[..at]))
            {
                // Code may make it only where it is not there, and so may what declares it.
                adopted.schemas.extend(name(text, rest));
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
}

/// Whether what follows `before` stands in the list behind `declares`.
fn is_declared(text: &str, before: &[Token]) -> bool {
    let list = before.iter().rev().take_while(|it| !it.is(text, ")"));
    let mut list = list.skip_while(|it| !it.is(text, "("));
    list.next().is_some() && list.next().is_some_and(|it| it.is_word(text, "declares"))
}

fn next_is(tokens: &[Token], text: &str, word: &str) -> bool {
    tokens.first().is_some_and(|it| it.is_word(text, word))
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

/// What takes or holds names as texts.
const NAMES_AS_TEXT: [&str; 17] = [
    "format",
    "quote_ident",
    "concat",
    "to_regnamespace",
    "to_regclass",
    "to_regproc",
    "to_regprocedure",
    "to_regtype",
    "to_regoper",
    "to_regoperator",
    "regnamespace",
    "regclass",
    "regproc",
    "regprocedure",
    "regtype",
    "nspname",
    "schemaname",
];

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
    }

    #[test]
    fn roles_that_a_statement_gives_objects_to_are_trusted_and_no_others() {
        for text in [
            "alter table t rename column owner to app;",
            "alter type t rename attribute owner to app;",
            "alter table t rename owner to app;",
            "insert into t values ('grant create on schema x to app; f(1)');",
            "do $$ begin raise notice 'give it another owner to app (soon)'; end $$;",
        ] {
            let mut found = Spoken::default();
            found.read(text, 0, false);
            assert!(found.owners.is_empty(), "{text}: {:?}", found.owners);
        }
        let mut found = Spoken::default();
        let text = "do $$ begin execute 'alter table t owner to run; g(1)'; end $$;";
        found.read(text, 0, false);
        assert!(found.owners.contains("run"));
    }
}
