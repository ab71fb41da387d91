//! What SQL of the author means for more than its database: the roles that it names, which have to be there, and what it
//! changes for all databases of a server, which cannot be tried in many of them side by side.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::compile::Compiled;
use crate::graph::RevisionIndex;
use crate::operation::Operation;
use crate::replay::ReplayedRevision;
use crate::token::{Token, identifier, lex};

/// Words that stand for roles and are none.
const NO_ROLES: [&str; 6] = [
    "public",
    "current_user",
    "current_role",
    "session_user",
    "none",
    "group",
];

/// The revisions that change what all databases of a server share, each with such a statement.
pub(super) fn changes(compiled: &Compiled) -> BTreeMap<RevisionIndex, String> {
    let mut found = BTreeMap::new();
    for revision in compiled.graph.order() {
        let statements = statements(compiled, *revision);
        let wide = statements.into_iter().find(|it| is_wide(it));
        if let Some(statement) = wide {
            let line = statement.lines().next().unwrap_or_default();
            let id = compiled.graph.id(*revision);
            found.insert(
                *revision,
                format!("revision {id} changes objects that all databases of a server share, so it is not run: {line}"),
            );
        }
    }
    found
}

/// The roles to which something is granted, that own something, or whom a policy names.
pub(super) fn roles(compiled: &Compiled) -> BTreeSet<SmolStr> {
    let all = compiled.graph.order().iter();
    all.flat_map(|it| statements(compiled, *it))
        .flat_map(named)
        .collect()
}

/// The extensions that are made where they are not there yet, in the schema of the project.
pub(super) fn extensions(compiled: &Compiled) -> BTreeSet<String> {
    let revised = compiled.replayed.revisions.iter();
    let operations = revised.flat_map(ReplayedRevision::operations);
    let made = operations.filter_map(|it| {
        if let Operation::CreateExtension(it) = it
            && it.if_not_exists
            && it.schema.is_none()
        {
            return Some(it.name.to_string());
        }
        None
    });
    let raw = compiled.graph.order().iter();
    let raw = raw.flat_map(|it| statements(compiled, *it));
    let raw = raw.filter_map(|it| {
        let words = words(it);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [
                "create",
                "extension",
                "if",
                "not",
                "exists",
                name,
                rest @ ..,
            ] if !rest.contains(&"schema") => Some(identifier(name).to_string()),
            _ => None,
        }
    });
    made.chain(raw).collect()
}

/// The texts that the author wrote as SQL, of both ways.
fn statements(compiled: &Compiled, revision: RevisionIndex) -> Vec<&str> {
    let revised = &compiled.replayed.revisions[revision.index()];
    let mut texts = Vec::new();
    for operation in revised.operations().chain(revised.downgrade.operations()) {
        if let Operation::Raw(raw) = operation {
            texts.extend(raw.statements.iter().map(|it| it.text.as_str()));
        }
    }
    texts
}

fn words(statement: &str) -> Vec<String> {
    let tokens = lex(statement, 0, statement.len()).unwrap_or_default();
    let text = |it: &Token| it.text(statement).to_ascii_lowercase();
    tokens.iter().map(text).collect()
}

fn is_wide(statement: &str) -> bool {
    let words = words(statement);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["create" | "alter" | "drop", "user", "mapping", ..] => false,
        [
            "create" | "alter" | "drop",
            "role" | "user" | "group" | "database" | "tablespace" | "system",
            ..,
        ]
        | ["comment", "on", "role" | "database" | "tablespace", ..]
        | ["reassign", ..] => true,
        // Of a role to a role.
        ["grant" | "revoke", ..] => !words.contains(&"on"),
        _ => false,
    }
}

fn named(statement: &str) -> BTreeSet<SmolStr> {
    let tokens = lex(statement, 0, statement.len()).unwrap_or_default();
    let lower = words(statement);
    let is = |at: usize, word: &str| lower.get(at).is_some_and(|it| it == word);
    let is_policy = is(1, "policy");
    let gives = is(0, "grant") || is(0, "revoke") || is(0, "alter") || is_policy;
    let mut found = BTreeSet::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < lower.len() {
        match lower[at].as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_of_default = is(1, "default") && (is(at, "role") || is(at, "user"));
        let begins = depth == 0
            && gives
            && (is_of_default
                || (is(at, "to") || is(at, "from"))
                    && (is_policy || is(0, "grant") || is(0, "revoke") || is(1, "default"))
                || is(at, "to") && at > 0 && is(at - 1, "owner"));
        at += 1;
        if !begins {
            continue;
        }
        while let Some(token) = tokens.get(at) {
            let name = identifier(token.text(statement));
            if is(at, "group") {
                at += 1;
                continue;
            }
            if !NO_ROLES.contains(&lower[at].as_str()) && !name.starts_with("pg_") {
                found.insert(name);
            }
            at += 1;
            if !is(at, ",") {
                break;
            }
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{is_wide, named};

    #[test]
    fn roles_are_found_where_they_stand() {
        for (statement, expected) in [
            ("grant select on t to a, \"B c\", public", "B c a"),
            ("revoke select (a) on t from group a cascade", "a"),
            ("alter table t owner to a", "a"),
            ("alter table t rename to b", ""),
            (
                "create policy p on t for select to a, current_user using (x = y)",
                "a",
            ),
            (
                "alter default privileges for role a in schema s grant select on tables to b",
                "a b",
            ),
            (
                "alter default privileges in schema s revoke select on tables from b",
                "b",
            ),
            ("grant usage on schema s to pg_monitor", ""),
            ("create view v as select substring(a from 2) from t", ""),
        ] {
            let found: Vec<String> = named(statement).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), expected, "{statement}");
        }
    }

    #[test]
    fn what_databases_share_is_known() {
        for statement in [
            "create role a",
            "alter system set work_mem = 1",
            "grant a to b",
            "drop user a",
            "comment on database d is 'x'",
        ] {
            assert!(is_wide(statement), "{statement}");
        }
        for statement in [
            "grant select on t to b",
            "create user mapping for a server s",
            "comment on table t is 'x'",
            "create table database (a integer)",
        ] {
            assert!(!is_wide(statement), "{statement}");
        }
    }
}
