//! One statement of raw SQL by its first words: what kind it is, and what it may not do in a script that keeps its own
//! session and transactions.

#[cfg(test)]
mod tests;

use smol_str::SmolStr;

use super::Problem;
use crate::token::{self, Token, TokenKind, identifier, string_value};

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
                "`truncate` does not belong in `data`: write `delete from …`, or use `sql { … }`"
                    .to_owned(),
            ),
            StatementKind::Transaction => Some(format!(
                "`{title}` does not belong in `data`: the script opens and ends its transactions itself"
            )),
            StatementKind::Session | StatementKind::Other => Some(format!(
                "`{title}` does not belong in `data`: use `sql {{ … }}` or a statement of the language"
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

/// The settings that a statement may have for a while, by their names or by what those begin with: how long something may take,
/// how much memory and how many processes it has, how it is planned, and what is told of it. Others say what SQL means, or are
/// the script's own.
const OPEN_SETTINGS: [&str; 44] = [
    "check_function_bodies",
    "client_min_messages",
    "commit_delay",
    "commit_siblings",
    "constraint_exclusion",
    "cpu_",
    "cursor_tuple_fraction",
    "deadlock_timeout",
    "debug_",
    "default_statistics_target",
    "effective_cache_size",
    "effective_io_concurrency",
    "enable_",
    "from_collapse_limit",
    "geqo",
    "gin_pending_list_limit",
    "hash_mem_multiplier",
    "idle_in_transaction_session_timeout",
    "io_",
    "jit",
    "join_collapse_limit",
    "lock_timeout",
    "log_",
    "logical_decoding_work_mem",
    "maintenance_io_concurrency",
    "maintenance_work_mem",
    "max_parallel_",
    "max_stack_depth",
    "min_parallel_",
    "parallel_",
    "plan_cache_mode",
    "random_page_cost",
    "recursive_worktable_factor",
    "seq_page_cost",
    "statement_timeout",
    "synchronous_commit",
    "temp_buffers",
    "temp_file_limit",
    "track_",
    "transaction_timeout",
    "vacuum_",
    "wal_",
    "work_mem",
    "zero_damaged_pages",
];

/// What `set local` may set: a setting of [`OPEN_SETTINGS`], or one of an application, for its own triggers.
fn is_open(setting: &str) -> bool {
    if let Some((prefix, _)) = setting.split_once('.') {
        return !matches!(prefix, "limbeck" | "plpgsql");
    }
    let is = |open: &str| {
        let begins = open.ends_with('_') || matches!(open, "geqo" | "jit");
        open == setting || begins && setting.starts_with(open)
    };
    OPEN_SETTINGS.iter().any(|it| is(it))
}

/// The setting of `set local name = value`, which is for the statements that follow it in its revision.
#[must_use]
pub fn setting(text: &str) -> Option<SmolStr> {
    // Every statement is asked, and some carry many rows.
    text.get(..3).filter(|it| it.eq_ignore_ascii_case("set"))?;
    let tokens = token::lex(text, 0, text.len()).ok()?;
    let words = Words {
        text,
        tokens: &tokens,
    };
    if words.at(0) != "set" || words.at(1) != "local" {
        return None;
    }
    let (setting, _) = words.setting(2)?;
    is_open(&setting).then_some(setting)
}

/// The settings that say who acts.
const ROLE_SETTINGS: [&str; 2] = ["role", "session_authorization"];

/// Those that say what names and texts mean, with the words that `set` has for them.
const MEANING_SETTINGS: [&str; 6] = [
    "backslash_quote",
    "client_encoding",
    "names",
    "schema",
    "search_path",
    "standard_conforming_strings",
];

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
        "a backslash outside of a literal would be a command of psql: remove it".to_owned(),
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
                "`{title}` is not allowed here: the script opens and ends its transactions itself"
            ),
        )),
        StatementKind::Session if words.at(0) == "set" => forbidden_set(text, tokens),
        StatementKind::Session => Some(problem(
            text,
            tokens,
            format!(
                "`{title}` is not allowed here: it would undo the settings that the script relies on; what `set local` sets ends by itself"
            ),
        )),
        StatementKind::Other => leaves_session(&words).map(|why| problem(text, tokens, why)),
        StatementKind::Change | StatementKind::Query | StatementKind::Truncate => None,
    }
}

fn forbidden_set(text: &str, tokens: &[Token]) -> Option<Problem> {
    // In `set session authorization` the word is no scope.
    let words = Words { text, tokens };
    let scoped = matches!(words.at(1).as_str(), "local" | "session")
        && !matches!(words.at(2).as_str(), "authorization" | "characteristics");
    let target = 1 + usize::from(scoped);
    let setting = tokens.get(target).map(|it| identifier(it.text(text)))?;
    let next = words.at(target + 1);
    if ROLE_SETTINGS.contains(&setting.as_str())
        || (setting == "session" && next == "authorization")
    {
        return Some(problem(
            text,
            tokens,
            "changing the role is not allowed here: the script runs as the role that its reader chose".to_owned(),
        ));
    }
    if setting == "constraints" {
        return None;
    }
    if MEANING_SETTINGS.contains(&setting.as_str()) {
        return Some(meaning(text, tokens, &setting));
    }
    let transaction =
        words.at(target) == "transaction" || (setting == "session" && next == "characteristics");
    if transaction {
        return Some(problem(
            text,
            tokens,
            "`set` of transaction modes is not allowed here: the script opens its transactions itself".to_owned(),
        ));
    }
    let (setting, _) = words.setting(target)?;
    if !is_open(&setting) {
        return Some(meaning(text, tokens, &setting));
    }
    (words.at(1) != "local").then(|| {
        problem(
            text,
            tokens,
            format!("`set {setting}` would hold for all that follows: write `set local {setting} = …`, which holds for this revision"),
        )
    })
}

/// Why a statement would leave something in the session for all that follows, if so.
fn leaves_session(words: &Words<'_>) -> Option<String> {
    let first = words.at(0);
    let advice = match first.as_str() {
        "prepare" | "execute" | "deallocate" => "write the statement itself",
        "listen" | "unlisten" => "leave it out: a script waits for no notice",
        "load" => "set `session_preload_libraries` of the database or role",
        "declare" if top_level(words).any(|it| words.at(it) == "hold") => {
            "use a cursor in a `do` block"
        }
        _ => return None,
    };
    Some(format!(
        "`{first}` is not allowed here, since it would hold for the whole session: {advice}"
    ))
}

fn meaning(text: &str, tokens: &[Token], setting: &str) -> Problem {
    problem(
        text,
        tokens,
        format!(
            "changing `{setting}` is not allowed here: what the following statements mean or do hangs on it; timeouts, memory and planning may be set: `set local lock_timeout = '5s'`"
        ),
    )
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
            format!("`copy` with `{place}` is not allowed here: write the rows as `insert into … values …`"),
        )
    })
}

/// `set_config('role', …)`, in whatever statement.
fn forbidden_set_config(text: &str, tokens: &[Token]) -> Option<Problem> {
    tokens.windows(3).enumerate().find_map(|(at, window)| {
        let [function, opener, setting] = window else {
            return None;
        };
        let called = matches!(function.kind, TokenKind::Word | TokenKind::QuotedName)
            && identifier(function.text(text)) == "set_config"
            && opener.is(text, "(");
        let name = string_value(setting.text(text)).filter(|_| called)?;
        let name = name.to_ascii_lowercase();
        if MEANING_SETTINGS.contains(&name.as_str()) {
            return Some(meaning(text, window, &name));
        }
        if ROLE_SETTINGS.contains(&name.as_str()) {
            let why = "changing the role is not allowed here: the script runs as the role that its reader chose";
            return Some(problem(text, window, why.to_owned()));
        }
        if !is_open(&name) {
            return Some(meaning(text, window, &name));
        }
        let is_local = tokens[at..].iter().take_while(|it| !it.is(text, ")"));
        let last = is_local.last().map_or("", |it| it.text(text));
        (last.eq_ignore_ascii_case("false")).then(|| {
            let why = format!("`set_config` of `{name}` would hold for all that follows: say `true` for its third argument");
            problem(text, window, why)
        })
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
