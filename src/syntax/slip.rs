//! Advice for slips that people make who know another database, or SQL by heart.

use crate::diagnostic::Diagnostic;
use crate::raw_sql;
use crate::token::Token;

/// What another language begins comments with.
pub(super) const HASH: &str = "write comments as `-- …` or `/* … */`";

/// The same diagnostic with advice that fits what stands at its place in the statement of `tokens`.
pub(super) fn advise(diagnostic: Diagnostic, text: &str, tokens: &[Token]) -> Diagnostic {
    let start = diagnostic.span.map_or(0, |it| it.start);
    let at = tokens.partition_point(|it| it.start < start);
    let near = Near { text, tokens, at };
    let advised = diagnostic
        .help
        .as_ref()
        .is_some_and(|it| !it.starts_with("quote it"));
    if !advised && let Some((message, help)) = near.slip() {
        let mut diagnostic = diagnostic.help(help);
        if let Some(message) = message {
            message.clone_into(&mut diagnostic.message);
        }
        return diagnostic;
    }
    // What PostgreSQL takes is no slip.
    let statement = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => &text[first.start as usize..last.end as usize],
        _ => return diagnostic,
    };
    if diagnostic.help.is_none() && raw_sql::facts(statement).is_ok() {
        diagnostic.help("put SQL that the language does not support into `sql { … }`")
    } else {
        diagnostic
    }
}

/// The words around the place of a mistake.
struct Near<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Near<'_> {
    /// The token at that distance as written; empty where there is none.
    fn own(&self, distance: isize) -> &str {
        self.at
            .checked_add_signed(distance)
            .and_then(|it| self.tokens.get(it))
            .map_or("", |it| it.text(self.text))
    }

    fn word(&self, distance: isize) -> String {
        self.own(distance).to_ascii_lowercase()
    }

    /// Another message, if the one that is there misleads, and the advice.
    fn slip(&self) -> Option<(Option<&'static str>, String)> {
        let word = self.word(0);
        let (next, before) = (self.word(1), self.word(-1));
        let own = self.own(0);
        let help = match (before.as_str(), word.as_str(), next.as_str()) {
            _ if own.starts_with('#') => HASH.to_owned(),
            (_, "`", name) if !name.is_empty() && name != "`" => {
                format!(
                    "PostgreSQL uses double quotes for names: {}",
                    format_args!("\"{}\"", self.own(1))
                )
            }
            (",", ")", _) | (_, ",", "") => {
                return Some((
                    Some("the list ends with a comma"),
                    "remove the comma".to_owned(),
                ));
            }
            (_, "rename", "table") if self.at == 0 && self.word(3) == "to" => {
                format!(
                    "write: alter table {} rename to {}",
                    self.own(2),
                    self.own(4)
                )
            }
            (_, "reverse", _) => {
                "`reverse` requires braces; if nothing is to be undone, leave them empty: reverse { }"
                    .to_owned()
            }
            (_, "unique", name) if !name.is_empty() && name != "(" => {
                return Some((
                    Some("expected `(` after `unique`"),
                    format!("write: unique ({})", self.own(1)),
                ));
            }
            (_, "constraint", "unique" | "primary" | "foreign" | "check" | "exclude") => {
                return Some((
                    Some("the name of the constraint is missing"),
                    format!("write `constraint NAME {next} …`, or remove `constraint`"),
                ));
            }
            ("key", _, _)
                if matches!(self.word(-2).as_str(), "primary" | "foreign")
                    && (matches!(self.own(-3), "," | "(")
                        || self.word(-3) == "add"
                        || self.word(-4) == "constraint") =>
            {
                return Some((
                    Some("expected `(` after `key`"),
                    format!("write: {} key ({own})", self.word(-2)),
                ));
            }
            (_, "foreign", "key") if self.word(2) == "references" => {
                format!(
                    "remove `foreign key` in the definition of a column: references {} …",
                    self.own(3)
                )
            }
            ("key" | "index", "(", _) if matches!(self.own(-2), "," | "(") => {
                let table = self
                    .tokens
                    .iter()
                    .position(|it| it.is_word(self.text, "table"));
                let table = table.and_then(|it| self.tokens.get(it + 1));
                let table = table.map_or("TABLE", |it| it.text(self.text));
                format!("create the index after the table: create index on {table} (…)")
            }
            (_, "auto_increment" | "autoincrement", _) => {
                "PostgreSQL uses `generated always as identity`".to_owned()
            }
            (_, "after" | "first", _)
                if self.tokens.iter().any(|it| it.is_word(self.text, "add")) =>
            {
                format!("PostgreSQL always adds columns at the end: remove `{word}`")
            }
            (_, "enum", "(") => "write: create type … as enum (…)".to_owned(),
            ("(" | ",", _, _)
                if self.tokens.iter().any(|it| it.is_word(self.text, "enum"))
                    && !own.starts_with('\'') =>
            {
                "put the values of an enum into single quotes".to_owned()
            }
            ("add", _, _) if own.starts_with('\'') => format!("write: add value {own}"),
            _ if word != "("
                && before != "("
                && (before == "check" || self.word(-2) == "check") =>
            {
                "put the condition in parentheses: check (…)".to_owned()
            }
            _ => return None,
        };
        Some((None, help))
    }
}
