//! Texts of steps and statements as scripts say them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::lower::{Act, Lowered, Placement, Statement};
use crate::name::Name;
use crate::operation::{Lock, LockMode};
use crate::token::{TokenKind, lex, string_value};

use super::guard::{Locking, OWN_PATH, locked};
use super::psql::protect::protect;

/// What the rollback loses, as the rest of a sentence; empty for nothing.
pub(super) fn losses(lowered: &[Lowered]) -> String {
    let mut all = crate::inverse::Fidelity::default();
    for it in lowered {
        all.add(&it.fidelity);
    }
    if all.0.is_empty() {
        String::new()
    } else {
        all.to_string()
    }
}

/// The statement with every line break outside of quotes as a blank, and those in texts escaped.
pub(super) fn one_line(sql: &str) -> String {
    if !sql.contains('\n') {
        return sql.to_owned();
    }
    let tokens = lex(sql, 0, sql.len()).expect("a statement of ours lexes");
    let mut line = String::with_capacity(sql.len());
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end < token.start) {
            line.push(' ');
        }
        end = Some(token.end);
        let text = token.text(sql);
        let literal = matches!(token.kind, TokenKind::String | TokenKind::DollarString);
        match string_value(text).filter(|_| literal && text.contains('\n')) {
            Some(value) => {
                let quoted = value
                    .replace('\\', "\\\\")
                    .replace('\'', "''")
                    .replace('\n', "\\n");
                line.push_str("E'");
                line.push_str(&quoted);
                line.push('\'');
            }
            None => line.push_str(text),
        }
    }
    line
}

/// Whether a statement may change rows, or run code that does.
pub(super) fn changes_rows(statements: &[&Statement]) -> bool {
    statements.iter().any(|it| deferred(it).is_some())
}

/// Whether constraints are deferred where the statement may change rows.
fn deferred(statement: &Statement) -> Option<bool> {
    match &statement.placement {
        Placement::Rows { is_deferred } => Some(*is_deferred),
        Placement::Transaction
        | Placement::Alone(_)
        | Placement::EndsPart { .. }
        | Placement::Setting => None,
    }
}

/// What a script says around the statements of an author.
pub(super) struct Around<'a> {
    /// Sets their path.
    pub(super) path: &'a str,
    /// Sets that and what their meaning hangs on once more.
    pub(super) again: &'a str,
    /// Gives constraints the modes that they were made with, on limbeck's own path.
    pub(super) modes: &'a str,
    /// How statements ask for their locks before, for which psql alone has the code.
    pub(super) locks: Option<Locking>,
    /// Stands before the first of them: what follows is shown.
    pub(super) shown: &'a str,
}

/// Writes the statements of one transaction on `schema`.
pub(super) fn statements(
    statements: &[&Statement],
    schema: &str,
    around: &Around<'_>,
    text: &mut String,
) {
    let Around {
        path,
        again,
        modes,
        locks,
        shown,
    } = around;
    if statements.is_empty() {
        text.push_str(shown);
        return;
    }
    text.push_str(path);
    let mut rows = false;
    let mut immediate = false;
    let mut settings = String::new();
    let mut held = Held::default();
    let mut asked = 0;
    for (at, statement) in statements.iter().enumerate() {
        let deferred = deferred(statement);
        let mut line = String::new();
        if rows && deferred.is_none() {
            // Pending trigger events refuse `alter table`.
            text.push_str(IMMEDIATE);
            immediate = true;
        }
        if immediate && deferred == Some(true) {
            let _ = write!(text, "set local search_path = {OWN_PATH};\n{modes}{path}");
            immediate = false;
        }
        if let Some(locking) = *locks
            && asked == at
        {
            // What stands before one that may take long is done at once.
            let rest = &statements[at..];
            let long = rest.iter().position(|it| it.works_on_rows());
            let group = &rest[..long.map_or(rest.len(), |it| it + 1)];
            asked = at + group.len();
            let missing = group.iter().flat_map(|it| held.missing(it, schema));
            let missing: Vec<Lock> = missing.collect();
            line.push_str(&locked(&missing, locking));
            if at == 0 && locking == Locking::Ask && !line.is_empty() {
                // The path goes along with it: each message costs as much as a small statement.
                text.truncate(text.trim_end_matches(";\n").len());
                text.push_str(" \\; ");
            }
        }
        if at == 0 {
            line.push_str(shown);
        }
        let _ = writeln!(line, "{};", protect(&statement.sql(schema)));
        // Code of the history may change what psql reads the next line with: its quotes and their ends hang on the encoding
        // and on `standard_conforming_strings`. What stands before this line is ASCII.
        if rows || at > 0 && !line.is_ascii() {
            text.push_str(again);
            text.push_str(&settings);
        }
        rows = deferred.is_some();
        text.push_str(&line);
        if statement.placement == Placement::Setting {
            settings.push_str(&line);
        }
    }
}

/// The tables that a transaction has locked or made.
#[derive(Default)]
struct Held(BTreeMap<Name, LockMode>);

impl Held {
    /// The locks of `statement` that the transaction does not hold yet; then it does.
    fn missing(&mut self, statement: &Statement, schema: &str) -> Vec<Lock> {
        let mut locks = statement.locks(schema);
        locks.retain(|it| self.0.get(&it.relation).is_none_or(|held| *held < it.mode));
        for it in &locks {
            self.0.insert(it.relation.clone(), it.mode);
        }
        if let Act::Operation(it) = &statement.act {
            let made = it.made_relations(schema).into_iter();
            self.0
                .extend(made.map(|it| (it, LockMode::AccessExclusive)));
        }
        locks
    }
}

/// Runs what was deferred to the end of the transaction, with the path of its author.
pub(super) const IMMEDIATE: &str = "set constraints all immediate;\n";

/// What a revision sets, for a statement that stands in no transaction, where `set local` does nothing.
pub(crate) fn of_session(settings: &[&Statement]) -> String {
    let mut text = String::new();
    for it in settings {
        let sql = one_line(&it.sql(""));
        let rest = sql
            .split_once(|it: char| it.is_whitespace())
            .map_or("", |it| it.1);
        let rest = rest.trim_start();
        let rest = rest.get("local".len()..).unwrap_or_default().trim_start();
        let _ = writeln!(text, "set {};", protect(rest));
    }
    text
}
