//! The code of limbeck's own in scripts: SQL in files, the same bytes in every script. What varies reaches it as JSON in a
//! setting of the transaction.
//!
//! It runs under `search_path = pg_catalog, pg_temp` alone. Whoever may create in the schema of the history, or at the front
//! of the database's own path, can put a function or operator there whose types fit better than those of `pg_catalog`, and
//! PostgreSQL would choose it (its documentation, sections 10.2 and 10.3). `pg_temp` stands last, since PostgreSQL looks there
//! first where the path does not name it (section 20.11.1, `search_path`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Serialize;
use smol_str::SmolStr;

pub(super) use crate::catalog::PATH as FIRST;
use crate::catalog::{ODD_TABLE, TRUSTED};
use crate::lower::tag;
use crate::operation::Lock;
use crate::script::psql::protect::protect;
use crate::token::{quote_identifier, quote_literal};
use crate::visible::CHARACTERS;

/// The path of all code of limbeck's own.
pub(super) const OWN_PATH: &str = "pg_catalog, pg_temp";

/// The text of a file, with what it includes.
macro_rules! files {
    ($($name:literal)*) => {
        const FILES: &[(&str, &str)] = &[
            ("characters.sql", CHARACTERS),
            ("odd_table.sql", ODD_TABLE),
            ("trusted.sql", TRUSTED),
            $(($name, include_str!(concat!("guard/", $name)))),*
        ];
    };
}

files! {
    "at.sql" "clean.sql" "done.sql" "encoding.sql" "end.sql" "find.sql" "finish.sql" "first.sql" "fixed.sql" "foreign_code.sql" "free.sql" "held_code.sql" "hidden.sql" "index.sql" "kept.sql" "known.sql" "lent_role.sql" "lock.sql" "loss.sql" "modes.sql" "move.sql" "names.sql" "not_held.sql" "own_lock.sql" "place.sql"
    "read.sql" "read_table.sql" "ready.sql" "rights.sql" "say.sql" "settings.sql" "shadow.sql" "shadows.sql" "start.sql" "step.sql" "table_lock.sql" "temporary.sql" "took.sql" "where.sql"
}

static TEXTS: LazyLock<BTreeMap<&str, String>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, text)| (*name, expand(text)))
        .collect()
});

/// `text` with what its marks stand for: `{% include "FILE" %}` for another file, `{{ shown("SQL") }}` for [`shown`].
fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest
        .find("{% include \"")
        .into_iter()
        .chain(rest.find("{{ shown(\""))
        .min()
    {
        let (before, mark) = rest.split_at(at);
        expanded += before;
        let argument = mark.split('"').nth(1).expect("a mark has an argument");
        let end = if mark.starts_with("{%") {
            let (_, file) = FILES
                .iter()
                .find(|it| it.0 == argument)
                .expect("the file is one of the list");
            expanded += &expand(file);
            "%}"
        } else {
            expanded += &shown(argument);
            "}}"
        };
        let end = mark.find(end).expect("a mark ends") + end.len();
        rest = &mark[end..];
    }
    expanded + rest
}

/// The text of a file in `src/script/guard`, with all that it includes.
pub(super) fn text(name: &str) -> &'static str {
    &TEXTS[name]
}

/// The same for scripts that repeat it: without its comments, and without the sections of those names, which stand between the
/// comments `[NAME` and `NAME]`.
pub(super) fn without(name: &str, sections: &[&str]) -> String {
    let mut bare = String::new();
    let mut inside: Option<&str> = None;
    for line in text(name).lines() {
        let comment = line.trim_start().strip_prefix("-- ");
        if let Some(section) = comment.and_then(|it| it.strip_prefix('[')) {
            inside = inside.or_else(|| sections.contains(&section).then_some(section));
        } else if let Some(section) = comment.and_then(|it| it.strip_suffix(']')) {
            inside = inside.filter(|it| *it != section);
        } else if inside.is_none() && comment.is_none() && !line.is_empty() {
            bare += line;
            bare.push('\n');
        }
    }
    bare
}

/// An SQL expression that shows the text `sql` on one line: what a terminal obeys, and what is not seen, becomes a question
/// mark. The marks and joiners of Arabic, Persian and Hebrew stay. `hidden` is a variable, as `hidden.sql` declares it.
fn shown(sql: &str) -> String {
    format!("regexp_replace({sql}, hidden, '?', 'g')")
}

/// Sets `name` for the rest of the transaction to `data`, as JSON.
pub(super) fn data(name: &str, data: &impl Serialize) -> String {
    let json = serde_json::to_string(data).expect("it has names and numbers alone");
    format!("set local limbeck.{name} = {};\n", quote_literal(&json))
}

/// How it is found out who holds what a statement will lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locking {
    /// It takes the same lock before where somebody holds the table.
    Ask,
    /// It takes the lock in any case: the transaction may hold thousands, through which it would search for those of others.
    Take,
}

/// Locks what a statement will, so that it can be said who stands in the way; none where it keeps nobody waiting.
pub(super) fn locked(locks: &[Lock], locking: Locking) -> String {
    if locks.is_empty() {
        return String::new();
    }
    let locks: Vec<(SmolStr, &str)> = locks
        .iter()
        .map(|it| (it.relation.qualified(), it.mode.sql()))
        .collect();
    if locking == Locking::Take {
        let set = data("locks", &locks);
        return format!("{} select :'limbeck_lock' \\gexec\n", set.trim_end());
    }
    let locks = serde_json::to_string(&locks).expect("it has names alone");
    format!(
        "execute limbeck_free({}) \\gset \\if :limbeck_busy \\\\ select :'limbeck_lock' \\gexec \\endif\n",
        protect(&quote_literal(&locks))
    )
}

/// `text` between dollars that nothing in it ends.
pub(super) fn dollars(text: &str) -> String {
    let tag = tag(text);
    format!("{tag}{text}{tag}")
}

/// The path of the author's own statements: the schema of unqualified names.
pub(super) fn author_path(schema: &str) -> String {
    format!("{}, pg_temp", quote_identifier(schema))
}

/// What a part of a step finds in the version table and leaves there; `step.sql` reads it.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct StepData<'a> {
    /// The number of the lock that the run holds; none for plain scripts, which hold none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lock: Option<&'a str>,
    /// The version table, and the note of what is half done, as SQL writes them.
    pub(super) versions: &'a str,
    pub(super) progress: &'a str,
    /// A schema that must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) home: Option<&'a str>,
    /// Makes the version table where there is none, with a primary key of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) create: Option<&'a str>,
    /// The schema in which it stands then, and whether the first statement makes that unless it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) made: bool,
    /// The rows that must be there, sorted, in one way or another; none for those of the setting `limbeck.rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<Vec<&'a str>>>,
    /// The rows that go, and those that come: of each the row itself, then others beside which it is not needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remove: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) add: Option<Vec<Vec<&'a str>>>,
    /// Whether the rows are left in `limbeck.rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) keep: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Note<'a>>,
}

/// How far a revision of several parts is, and what is noted of it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Note<'a> {
    pub(super) revision: &'a str,
    /// `upgrade` or `downgrade`.
    pub(super) way: &'a str,
    /// How many parts are done, and of how many.
    pub(super) done: usize,
    pub(super) of: usize,
    /// For a rollback: the numbers of parts of an unfinished upgrade after which this part is the next.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) begun: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Next>,
}

/// What is noted after a part.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase", untagged)]
pub(super) enum Next {
    /// So many parts are done.
    Done(usize),
    /// The revision is complete.
    End(End),
}

/// The word for it.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    End,
}

/// What a part must leave in the version table and in the note, whatever its statements did; `kept.sql` reads it.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Kept<'a> {
    /// The version table and the note of what is half done, as SQL writes them; none for those of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) versions: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) progress: Option<&'a str>,
    /// Sorted; none for those of the setting `limbeck.rows`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rows: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<Noted<'a>>,
}

/// A note that must be there.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Noted<'a> {
    pub(super) revision: &'a str,
    pub(super) way: &'a str,
    /// None where the revision is complete, and nothing is noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<usize>,
}

impl<'a> From<&Note<'a>> for Noted<'a> {
    fn from(note: &Note<'a>) -> Self {
        Self {
            revision: note.revision,
            way: note.way,
            part: match note.next {
                Some(Next::Done(parts)) => Some(parts),
                Some(Next::End(End::End)) | None => None,
            },
        }
    }
}

/// An index that is built outside of transactions; `index.sql` reads it.
#[derive(Debug, Serialize)]
pub(super) struct Index<'a> {
    /// As SQL writes them.
    pub(super) name: SmolStr,
    pub(super) table: SmolStr,
    /// As they are.
    pub(super) own_name: &'a str,
    pub(super) table_name: &'a str,
    /// The statement that makes it on a table of the same name in `pg_temp`, and the path that it is read with.
    pub(super) twin: &'a str,
    pub(super) path: String,
    /// Whether the script builds an invalid one again.
    pub(super) mends: bool,
}

/// What a statement outside of transactions leaves; `done.sql` reads it. Names as SQL writes them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) built: Option<SmolStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gone: Option<SmolStr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detached: Option<SmolStr>,
    /// What is said where it is not so.
    pub(super) otherwise: String,
}
