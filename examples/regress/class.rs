//! What a statement is: whether it is judged, and what to call it in a table.

use crate::split::{Statement, Word};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// A change of the schema.
    Definition,
    /// A change of rows.
    Data,
    /// A query that changes nothing.
    Select,
    /// Code that may make anything: it runs on both sides, and is not judged.
    Code,
    /// `set search_path`, followed on both sides.
    Path,
    /// The start of a transaction: all up to its end runs nowhere.
    Begin,
    End,
    /// Runs nowhere.
    Transaction,
    /// Runs on the server alone.
    Other,
}

/// What all databases of a cluster share, which no revision changes.
const SHARED: &[&str] = &[
    "database",
    "role",
    "group",
    "tablespace",
    "subscription",
    "system",
];

impl Class {
    pub(crate) fn of(statement: &Statement) -> Self {
        let (first, second) = (statement.word(0), statement.word(1));
        match first {
            "create" | "alter" | "drop" => {
                let is_user = second == "user" && statement.word(2) != "mapping";
                if is_user || SHARED.contains(&second) {
                    Self::Other
                } else {
                    Self::Definition
                }
            }
            "comment" | "security" if SHARED.contains(&statement.word(2)) => Self::Other,
            "comment" | "security" | "grant" | "revoke" | "truncate" | "import" | "refresh" => {
                Self::Definition
            }
            "reassign" if second == "owned" => Self::Definition,
            "insert" | "update" | "delete" | "merge" => Self::Data,
            "select" | "values" | "table" | "with" => Self::of_query(statement),
            "do" | "call" | "execute" => Self::Code,
            "set" | "reset" if statement.words.iter().any(|it| it.text == "search_path") => {
                Self::Path
            }
            "reset" if second == "all" => Self::Path,
            "discard" if second == "all" => Self::Path,
            "begin" => Self::Begin,
            "start" if second == "transaction" => Self::Begin,
            "prepare" if second == "transaction" => Self::End,
            "commit" | "rollback" if second == "prepared" => Self::Transaction,
            "rollback" if statement.says("to") => Self::Transaction,
            // The next one begins at once.
            "commit" | "rollback" | "end" | "abort" if statement.says("chain") => {
                if statement.says("no") {
                    Self::End
                } else {
                    Self::Transaction
                }
            }
            "commit" | "rollback" | "end" | "abort" => Self::End,
            "savepoint" | "release" => Self::Transaction,
            _ => Self::Other,
        }
    }

    fn of_query(statement: &Statement) -> Self {
        let changes = ["insert", "update", "delete", "merge"];
        let is_change = |it: &&Word| {
            let at_start = it.depth > 0 || statement.word(0) == "with";
            at_start && !it.quoted && changes.contains(&&*it.text)
        };
        // In a common table expression, or after all of them; `for update` is no change.
        let is_with = statement.word(0) == "with";
        let main = statement.words.iter().filter(|it| it.depth == 0);
        let mut main = main.filter(|it| ["select", "values", "table"].contains(&&*it.text));
        let is_query = main.next().is_some();
        let is_data = is_with
            && (statement.words.iter())
                .filter(is_change)
                .any(|it| !is_query || it.depth == 1);
        if is_data {
            Self::Data
        } else if statement.says("into") {
            Self::Definition
        } else {
            Self::Select
        }
    }

    pub(crate) fn is_judged(self, selects: bool) -> bool {
        match self {
            Self::Definition | Self::Data => true,
            Self::Select => selects,
            Self::Code | Self::Path | Self::Begin | Self::End | Self::Transaction | Self::Other => {
                false
            }
        }
    }
}

/// Words between `create` and what is created.
const ADJECTIVES: &[&str] = &[
    "or",
    "replace",
    "temp",
    "temporary",
    "local",
    "global",
    "unlogged",
    "unique",
    "constraint",
    "trusted",
    "procedural",
    "recursive",
    "default",
    "if",
    "not",
    "exists",
];

/// Words of what takes two.
const FIRST_OF_TWO: &[&str] = &[
    "foreign",
    "materialized",
    "event",
    "text",
    "operator",
    "access",
    "user",
    "large",
];

/// What a table calls it: `create view`, `alter table`, `insert`.
pub(crate) fn kind(statement: &Statement) -> String {
    let first = statement.word(0);
    let at = match first {
        "create" | "alter" | "drop" => 1,
        "comment" => 2,
        "grant" | "revoke" => return first.to_owned(),
        "select" | "values" | "table" | "with" => {
            return if statement.says("into") {
                "select into".to_owned()
            } else {
                first.to_owned()
            };
        }
        _ => return first.to_owned(),
    };
    let mut words = statement.words[at.min(statement.words.len())..]
        .iter()
        .map(|it| &*it.text)
        .skip_while(|it| ADJECTIVES.contains(it));
    let mut kind = match first {
        "comment" => "comment on".to_owned(),
        _ => first.to_owned(),
    };
    for _ in 0..2 {
        let Some(word) = words.next() else { break };
        kind.push(' ');
        kind.push_str(word);
        if !FIRST_OF_TWO.contains(&word) || kind.ends_with("operator") && !is_operator(statement) {
            break;
        }
    }
    if kind == "create table" && statement.says("as") && !statement.says("partition") {
        kind.push_str(" as");
    }
    kind
}

/// Whether a class or a family of operators is meant, not an operator.
fn is_operator(statement: &Statement) -> bool {
    statement
        .words
        .iter()
        .take(4)
        .any(|it| it.text == "class" || it.text == "family")
}

/// The last parts of the names that a statement of the schema makes, changes or drops.
pub(crate) fn touched(statement: &Statement) -> Vec<String> {
    if !["create", "alter", "drop", "select", "with", "import"].contains(&statement.word(0)) {
        return Vec::new();
    }
    if Class::of(statement) == Class::Code {
        return Vec::new();
    }
    let words: Vec<&Word> = statement.words.iter().filter(|it| it.depth == 0).collect();
    let mut names = Vec::new();
    let mut add = |at: usize| {
        let mut at = at;
        while words.get(at + 1).is_some_and(|it| it.dotted) {
            at += 1;
        }
        names.extend(words.get(at).map(|it| it.text.clone()));
        at + 1
    };
    if matches!(statement.word(0), "select" | "with") {
        if let Some(into) = words.iter().position(|it| it.text == "into" && !it.quoted) {
            let skipped = words[into + 1..].iter();
            let skipped =
                skipped.take_while(|it| ADJECTIVES.contains(&&*it.text) || it.text == "table");
            add(into + 1 + skipped.count());
        }
        return names;
    }
    let length = kind(statement).trim_end_matches(" as").split(' ').count();
    let adjectives = words[1..]
        .iter()
        .take_while(|it| ADJECTIVES.contains(&&*it.text));
    let mut at = length + adjectives.count();
    let filler = [
        "if",
        "not",
        "exists",
        "only",
        "concurrently",
        "authorization",
    ];
    while words
        .get(at)
        .is_some_and(|it| !it.quoted && filler.contains(&&*it.text))
    {
        at += 1;
    }
    at = add(at);
    while statement.word(0) == "drop" && words.get(at).is_some_and(|it| it.listed) {
        at = add(at);
    }
    if let Some(rename) = words
        .iter()
        .position(|it| it.text == "rename" && !it.quoted)
        && let Some(to) = words[rename..]
            .iter()
            .position(|it| it.text == "to" && !it.quoted)
    {
        add(rename + to + 1);
    }
    names
}

/// The path that a `set search_path` leaves: its schemas, without those that are always there.
pub(crate) fn path_of(statement: &Statement) -> Vec<String> {
    let default = || vec!["public".to_owned()];
    if statement.word(0) != "set" {
        return default();
    }
    let Some((_, value)) = statement.text.split_once(['=']).or_else(|| {
        let lower = statement.text.to_lowercase();
        let to = lower.find(" to ")?;
        Some((&statement.text[..to], &statement.text[to + 4..]))
    }) else {
        return default();
    };
    let names = value
        .split(',')
        .map(|it| it.trim().trim_matches(['\'', '"']).to_lowercase());
    let names: Vec<String> = names.filter(|it| it != "pg_catalog").collect();
    if names == ["default"] {
        default()
    } else {
        names
    }
}
