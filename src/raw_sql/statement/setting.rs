//! What raw SQL may set, and for how long.

use smol_str::SmolStr;

use super::{Words, problem};
use crate::raw_sql::Problem;
use crate::token::{self, KeywordClass, Token, TokenKind, identifier, keyword_class, string_value};

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

pub(super) fn forbidden_set(text: &str, tokens: &[Token]) -> Option<Problem> {
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
            "changing the role is not allowed here: the person who runs the script chooses the role".to_owned(),
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
            "`set` of transaction modes is not allowed here: the script begins its own transactions".to_owned(),
        ));
    }
    let (setting, end) = words.setting(target)?;
    // `var_name`: names that are `ColId`.
    let is_reserved = |it: &&Token| {
        let class = keyword_class(&it.text(text).to_ascii_lowercase());
        let is_reserved = matches!(
            class,
            Some(KeywordClass::Reserved | KeywordClass::TypeOrFunction)
        );
        it.kind == TokenKind::Word && is_reserved
    };
    if let Some(word) = tokens[target..end].iter().find(is_reserved) {
        let own = word.text(text);
        return Some(problem(
            text,
            std::slice::from_ref(word),
            format!(
                "`{own}` is a reserved word of PostgreSQL: write it in double quotes, \"{own}\""
            ),
        ));
    }
    if !is_open(&setting) {
        return Some(meaning(text, tokens, &setting));
    }
    (words.at(1) != "local").then(|| {
        problem(
            text,
            tokens,
            format!("`set {setting}` would affect all later statements: write `set local {setting} = …`, which affects only this revision"),
        )
    })
}

fn meaning(text: &str, tokens: &[Token], setting: &str) -> Problem {
    problem(
        text,
        tokens,
        format!(
            "changing `{setting}` is not allowed here: the meaning of later statements depends on it; you can set timeouts, memory and planning, as in `set local lock_timeout = '5s'`"
        ),
    )
}

/// `set_config('role', …)`, in whatever statement.
pub(super) fn forbidden_set_config(text: &str, tokens: &[Token]) -> Option<Problem> {
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
            let why = "changing the role is not allowed here: the person who runs the script chooses the role";
            return Some(problem(text, window, why.to_owned()));
        }
        if !is_open(&name) {
            return Some(meaning(text, window, &name));
        }
        let is_local = tokens[at..].iter().take_while(|it| !it.is(text, ")"));
        let last = is_local.last().map_or("", |it| it.text(text));
        (last.eq_ignore_ascii_case("false")).then(|| {
            let why = format!("`set_config` of `{name}` would affect all later statements: pass `true` as its third argument");
            problem(text, window, why)
        })
    })
}
