//! One statement of raw SQL by its first words: what kind it is, and what it may not do in a script that keeps its own
//! session and transactions.

mod setting;
#[cfg(test)]
mod tests;

use smol_str::SmolStr;

use super::Problem;
use crate::token::{Token, TokenKind, identifier};
use setting::{forbidden_set, forbidden_set_config};

pub use setting::setting;

/// What a statement is, by its first words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub kind: StatementKind,
    /// The words that name it in messages: `create table`, `delete`.
    pub title: String,
}

/// The kinds of [`Statement`] that make a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementKind {
    /// `insert`, `update`, `delete`, `merge`, also behind `with`.
    Change,
    /// `select`, `values`, `table`, also behind `with`: `data` calls functions with it.
    Query,
    /// `truncate`: it empties a table, but takes the locks of a definition.
    Truncate,
    /// `begin`, `commit`, `prepare transaction` and the like.
    Transaction,
    /// `set`, `reset`, `discard`.
    Session,
    /// Everything else: definitions, `grant`, `do`, `call`, `copy`…
    Other,
}

impl StatementKind {
    /// Whether the statement may stand in `data { }`.
    #[must_use]
    pub fn is_data(self) -> bool {
        match self {
            Self::Change | Self::Query => true,
            Self::Truncate | Self::Transaction | Self::Session | Self::Other => false,
        }
    }
}

impl Statement {
    /// Why the statement may not stand in `data { }`, if so.
    #[must_use]
    pub fn outside_data(&self) -> Option<String> {
        let title = &self.title;
        match self.kind {
            StatementKind::Change | StatementKind::Query => None,
            StatementKind::Truncate => Some(
                "`truncate` is not allowed in `data`: write `delete from …`, or use `sql { … }`"
                    .to_owned(),
            ),
            StatementKind::Transaction => Some(format!(
                "`{title}` is not allowed in `data`: the script begins and ends its own transactions"
            )),
            StatementKind::Session | StatementKind::Other => Some(format!(
                "`{title}` is not allowed in `data`: use `sql {{ … }}` or a statement of the language"
            )),
        }
    }
}

/// What the statement is that `tokens` of `text` make, without a `;`. `None` where there are no tokens.
#[must_use]
pub fn statement(text: &str, tokens: &[Token]) -> Option<Statement> {
    // A query may stand in parentheses.
    let tokens = &tokens[tokens.iter().take_while(|it| it.is(text, "(")).count()..];
    let first = tokens.first()?;
    let words = Words { text, tokens };
    let word = words.at(0);
    let (kind, title) = match word.as_str() {
        "insert" | "update" | "delete" | "merge" => (StatementKind::Change, word),
        "select" | "values" | "table" => select(&words, word),
        "with" => main_statement(&words),
        "truncate" => (StatementKind::Truncate, word),
        "begin" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" | "start" => {
            (StatementKind::Transaction, words.title())
        }
        "prepare" if words.at(1) == "transaction" => (StatementKind::Transaction, words.title()),
        "set" | "reset" | "discard" => (StatementKind::Session, words.title()),
        "" => (StatementKind::Other, first.text(text).to_owned()),
        _ => (StatementKind::Other, words.title()),
    };
    Some(Statement { kind, title })
}

/// What raw SQL may not do (a script keeps its own session and transactions, and psql reads a backslash as a command
/// of its own): the first such thing in the statement that `tokens` of `text` make.
#[must_use]
pub fn forbidden(text: &str, tokens: &[Token]) -> Option<Problem> {
    backslash(text, tokens)
        .or_else(|| forbidden_statement(text, tokens))
        .or_else(|| copy_to_client(text, tokens))
        .or_else(|| forbidden_set_config(text, tokens))
}

/// Words as the grammar reads them: lower case, and empty where no unquoted word stands.
struct Words<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl Words<'_> {
    fn at(&self, index: usize) -> String {
        match self.tokens.get(index) {
            Some(token) if token.kind == TokenKind::Word => {
                token.text(self.text).to_ascii_lowercase()
            }
            Some(_) | None => String::new(),
        }
    }

    /// The name of a setting, and where it ends.
    fn setting(&self, from: usize) -> Option<(SmolStr, usize)> {
        let name = |at: usize| {
            let token = self.tokens.get(at)?;
            matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
                .then(|| identifier(token.text(self.text)).to_ascii_lowercase())
        };
        let first = name(from)?;
        let is_dot = self
            .tokens
            .get(from + 1)
            .is_some_and(|it| it.is(self.text, "."));
        match name(from + 2).filter(|_| is_dot) {
            Some(second) => Some((format!("{first}.{second}").into(), from + 3)),
            None => Some((first.into(), from + 1)),
        }
    }

    /// The words that tell what is done: two, but for those that change nothing.
    fn title(&self) -> String {
        const FILL: [&str; 13] = [
            "or",
            "replace",
            "unique",
            "unlogged",
            "temp",
            "temporary",
            "global",
            "local",
            "recursive",
            "constraint",
            "trusted",
            "procedural",
            "foreign",
        ];
        let first = self.at(0);
        let takes_object = matches!(
            first.as_str(),
            "create"
                | "alter"
                | "drop"
                | "comment"
                | "set"
                | "reset"
                | "discard"
                | "prepare"
                | "commit"
                | "rollback"
                | "start"
                | "refresh"
                | "import"
                | "reassign"
                | "security"
        );
        if !takes_object {
            return first;
        }
        let wanted =
            |word: &String| matches!(first.as_str(), "set") || !FILL.contains(&word.as_str());
        match (1..self.tokens.len()).map(|it| self.at(it)).find(wanted) {
            Some(second) if !second.is_empty() => format!("{first} {second}"),
            Some(_) | None => first,
        }
    }
}

/// `select … into t` makes a table, which is no data.
fn select(words: &Words<'_>, verb: String) -> (StatementKind, String) {
    if top_level(words).any(|it| words.at(it) == "into") {
        (StatementKind::Other, "select into".to_owned())
    } else {
        (StatementKind::Query, verb)
    }
}

/// The statement behind the common table expressions.
fn main_statement(words: &Words<'_>) -> (StatementKind, String) {
    // A table expression may be called as a verb is, so only what follows its parentheses counts.
    let verb = top_level(words).skip(1).find_map(|it| {
        let behind = words.tokens[it - 1].is(words.text, ")");
        let word = words.at(it);
        let is_verb = matches!(
            word.as_str(),
            "insert" | "update" | "delete" | "merge" | "select" | "values" | "table"
        );
        (behind && is_verb).then_some(word)
    });
    match verb.as_deref() {
        Some("insert" | "update" | "delete" | "merge") => {
            (StatementKind::Change, verb.unwrap_or_default())
        }
        Some(_) | None => select(words, "with".to_owned()),
    }
}

/// The places of the tokens outside of parentheses and brackets.
fn top_level<'a>(words: &'a Words<'_>) -> impl Iterator<Item = usize> + 'a {
    let mut depth = 0_usize;
    (0..words.tokens.len()).filter(move |it| {
        match words.tokens[*it].text(words.text) {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    })
}

fn backslash(text: &str, tokens: &[Token]) -> Option<Problem> {
    let token = tokens
        .iter()
        .find(|it| it.kind == TokenKind::Stray && it.text(text) == "\\")?;
    Some(problem(
        text,
        std::slice::from_ref(token),
        "psql would read a backslash outside of a literal as a command: remove it".to_owned(),
    ))
}

fn forbidden_statement(text: &str, tokens: &[Token]) -> Option<Problem> {
    let words = Words { text, tokens };
    let Statement { kind, title } = statement(text, tokens)?;
    match kind {
        StatementKind::Transaction => Some(problem(
            text,
            tokens,
            format!(
                "`{title}` is not allowed here: the script begins and ends its own transactions"
            ),
        )),
        StatementKind::Session if words.at(0) == "set" => forbidden_set(text, tokens),
        StatementKind::Session => Some(problem(
            text,
            tokens,
            format!(
                "`{title}` is not allowed here: it would change settings that the script depends on; `set local` needs no reset"
            ),
        )),
        StatementKind::Other => leaves_session(&words).map(|why| problem(text, tokens, why)),
        StatementKind::Change | StatementKind::Query | StatementKind::Truncate => None,
    }
}

/// Why a statement would leave something in the session for all that follows, if so.
fn leaves_session(words: &Words<'_>) -> Option<String> {
    let first = words.at(0);
    let advice = match first.as_str() {
        "prepare" | "execute" | "deallocate" => "write the statement itself",
        "listen" | "unlisten" => "remove it: a script does not wait for notifications",
        "load" => "set `session_preload_libraries` for the database or the role",
        "declare" if top_level(words).any(|it| words.at(it) == "hold") => {
            "use a cursor in a `do` block"
        }
        _ => return None,
    };
    Some(format!(
        "`{first}` is not allowed here, because it would affect the whole session: {advice}"
    ))
}

/// `copy` from or to the client, whose data would stand in the script or mix with its messages.
fn copy_to_client(text: &str, tokens: &[Token]) -> Option<Problem> {
    let words = Words { text, tokens };
    if words.at(0) != "copy" {
        return None;
    }
    let way = top_level(&words).find(|it| matches!(words.at(*it).as_str(), "from" | "to"))?;
    let place = words.at(way + 1);
    if place == "program" {
        return Some(problem(
            text,
            &tokens[way..=way + 1],
            "`copy` with `program` is not allowed here: it runs a command on the server".to_owned(),
        ));
    }
    matches!(place.as_str(), "stdin" | "stdout").then(|| {
        problem(
            text,
            &tokens[way..=way + 1],
            if place == "stdin" {
                "`copy` from `stdin` is not allowed here: write the rows as `insert into … values …`"
                    .to_owned()
            } else {
                "`copy` to `stdout` is not allowed here: it would print rows into the log of the script"
                    .to_owned()
            },
        )
    })
}

fn problem(text: &str, tokens: &[Token], message: String) -> Problem {
    let start = tokens.first().map_or(0, |it| it.start as usize);
    let end = tokens.last().map_or(text.len(), |it| it.end as usize);
    Problem {
        range: start..end,
        message,
    }
}
