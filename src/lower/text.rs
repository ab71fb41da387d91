//! Statements as SQL.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::lower::{Act, Condition, Statement};
use crate::sql::Sql;
use crate::template;
use crate::visible::CHARACTERS;

impl Statement {
    /// As SQL, without the final `;`, for a session whose path begins with `schema`. An empty one qualifies every name.
    #[must_use]
    pub fn sql(&self, schema: &str) -> Cow<'_, str> {
        match &self.only {
            None => self.unguarded(schema),
            Some(condition) => only_if(condition, &self.act_sql(schema, GUARDED)).into(),
        }
    }

    /// The same without its condition, which somebody else asks.
    #[must_use]
    pub fn unguarded(&self, schema: &str) -> Cow<'_, str> {
        self.act_sql(schema, "")
    }

    fn act_sql(&self, schema: &str, indent: &str) -> Cow<'_, str> {
        match &self.act {
            Act::Operation(it) => it.print_indented(schema, indent).into(),
            Act::Check(it) => it.sql().into(),
            Act::Raw(it) => it.text.as_str().into(),
            Act::FinalizeDetach(it) => {
                let (table, partition) = &**it;
                let mut sql = Sql::new(schema);
                sql.word("alter table")
                    .name(table)
                    .word("detach partition")
                    .name(partition)
                    .word("finalize");
                sql.finish().into()
            }
        }
    }
}

/// What stands before the lines of a statement in `only_if`.
const GUARDED: &str = "    ";

/// A mark for dollar quotes around `text` that nothing in it can end.
#[must_use]
pub fn tag(text: &str) -> String {
    let mut tag = "$limbeck$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$limbeck{number}$");
    }
    tag
}

/// A `do` block with `body`, quoted so that nothing in the body can end it. It runs with the path of the author, whose
/// statements and expressions it is for.
#[must_use]
pub fn block(body: &str) -> String {
    let tag = tag(body);
    format!("do {tag}\n{body}\n{tag}")
}

/// The first and the last words of limbeck's own code in a block among the author's statements. In between nothing of the
/// author's path is found, on which others may have put functions and operators whose types fit better than those of
/// `pg_catalog`. What stands before is qualified, and calls nothing with an operator.
const KEEP_PATH: &str = "limbeck_path constant text := pg_catalog.current_setting('search_path');";
const LEAVE_PATH: &str =
    "perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);";
const TAKE_PATH: &str = "perform pg_catalog.set_config('search_path', limbeck_path, true);";

/// A `do` block that raises `message`, with the value of `found` in it, where that query finds a text.
#[must_use]
pub(super) fn refuse(found: &str, message: &str) -> String {
    block(&filled(
        include_str!("refuse.sql.jinja"),
        &[
            ("found", found),
            ("message", message),
            ("hidden", CHARACTERS),
        ],
    ))
}

/// A template with what it takes to leave the author's path and to take it again.
fn filled(text: &str, parts: &[(&str, &str)]) -> String {
    let path = [
        ("keep_path", KEEP_PATH),
        ("leave_path", LEAVE_PATH),
        ("take_path", TAKE_PATH),
    ];
    let view: BTreeMap<&str, &str> = parts.iter().copied().chain(path).collect();
    template::sql(text, &view)
}

/// `statement` of the author run only where `condition` holds.
fn only_if(condition: &Condition, statement: &str) -> String {
    block(&filled(
        include_str!("only_if.sql.jinja"),
        &[("condition", &condition.sql()), ("statement", statement)],
    ))
}
