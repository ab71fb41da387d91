//! What an application could do with the tables and views of a database before a revision, and can do no more after it: code
//! that triggers, rules, constraints and views run may speak of what has gone.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::name::Name;
use crate::prove::reason::is_of_rows;
use crate::prove::request::Stop;
use crate::prove::rows;
use crate::prove::server::Fault;
use crate::prove::stage::Stage;
use crate::schema::Schema;

/// What came of the attempts on one database, by the number of a relation, which a rename leaves, and by what was tried.
#[derive(Debug, Default)]
pub(super) struct Usable(BTreeMap<(String, String), Attempt>);

#[derive(Debug)]
struct Attempt {
    name: String,
    /// The server's message where it was refused, as psql writes it with its code.
    refused: Option<String>,
}

/// What has changed for the worse.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// What code refuses that did not before.
    pub(super) faults: Vec<String>,
    /// The same where rows are the reason: those of an application may fit.
    pub(super) doubts: Vec<String>,
    tables: usize,
    views: usize,
}

impl Usable {
    /// Tries the tables `touched`, those on which an author's code runs, and all views. Nothing where there are none.
    pub(super) fn of(
        stage: &Stage<'_>,
        held: &Schema,
        touched: &BTreeSet<Name>,
    ) -> Result<Self, Stop> {
        if touched.is_empty() && !stage.may_call() {
            return Ok(Self::default());
        }
        let mut wanted = touched.clone();
        for line in stage.answer(rows::CALLERS)?.lines() {
            let (schema, name) = read::<(SmolStr, SmolStr)>(line)?;
            wanted.insert(Name::new(schema, name));
        }
        let said = stage.answer(&stage.attempts(held, &wanted))?;
        let mut all = BTreeMap::new();
        for line in said.lines().filter(|it| !it.is_empty()) {
            let (number, name, verb, code, why) =
                read::<(String, String, String, Option<String>, Option<String>)>(line)?;
            let refused = code.map(|it| format!("ERROR:  {it}: {}", why.unwrap_or_default()));
            all.insert((number, verb), Attempt { name, refused });
        }
        Ok(Self(all))
    }

    /// What has changed since.
    pub(super) fn until(&self, after: &Self) -> Change {
        let mut change = Change::default();
        for (key, attempt) in &after.0 {
            let (tables, views, what) = match key.1.as_str() {
                "insert" => (1, 0, "no row can be inserted into"),
                "update" => (0, 0, "no row can be updated in"),
                "delete" => (0, 0, "no row can be deleted from"),
                _ => (0, 1, "nothing can be read from"),
            };
            let Some(why) = &attempt.refused else {
                change.tables += tables;
                change.views += views;
                continue;
            };
            let before = self.0.get(key);
            if before.is_some_and(|it| it.refused.is_some()) {
                continue;
            }
            let told = format!("after the upgrade {what} {}: {why}", attempt.name);
            let is_new = before.is_none();
            let names_code = why.contains(" function ");
            if !is_of_rows(why) && (!is_new || views > 0) {
                change.faults.push(told);
            } else if !is_new || views > 0 || names_code {
                // What code of a new table speaks of may come with a later revision.
                change.doubts.push(told);
            }
            // Else nobody knows whether a row could fit in a table that is new.
        }
        change
    }
}

impl Change {
    /// What was found to work, as a part of a claim; empty for nothing.
    pub(super) fn claim(&self) -> String {
        let counted = |count: usize, one: &str, more: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{count} {more}")),
        };
        let tables = counted(self.tables, "table takes rows", "tables take rows");
        let views = counted(self.views, "view can be read", "views can be read");
        match (tables, views) {
            (None, None) => String::new(),
            (Some(it), None) | (None, Some(it)) => format!(", after which {it}"),
            (Some(tables), Some(views)) => format!(", after which {tables} and {views}"),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(line: &str) -> Result<T, Stop> {
    serde_json::from_str(line).map_err(|_| Fault::odd(line).into())
}
