//! The statements of a revision as `upgrade.sql` runs them, for people to read.

use crate::operation::gist::gist;
use crate::plan::parts::{self, Part};
use crate::script::pack::PackedRevision;
use crate::script::psql::protect::protect;
use crate::script::text::of_session;

/// Of a longer statement only the beginning is shown, in bytes.
const LONGEST: usize = 10_000;

/// How many statements there are, and their text; empty for none.
pub(super) fn statements(step: &PackedRevision, schema: &str) -> (usize, String) {
    let parts = parts::split(&step.upgrade);
    let mut text = String::new();
    let mut count = 0;
    for (at, part) in parts.iter().enumerate() {
        let mut all = Vec::new();
        let alone = match part {
            Part::Transaction(statements) => {
                all.extend(statements.iter().map(|it| shown(&protect(&it.sql(schema)))));
                false
            }
            Part::Alone(statement, _, settings) => {
                all.extend(of_session(settings).lines().map(str::to_owned));
                all.push(shown(&protect(&statement.unguarded(schema))));
                true
            }
        };
        if all.is_empty() {
            continue;
        }
        count += all.len();
        if !text.is_empty() {
            text.push('\n');
        }
        text += &title(at, parts.len(), alone);
        push(&all, &mut text);
    }
    (count, text)
}

/// What stands above the statements of a part.
fn title(at: usize, count: usize, alone: bool) -> String {
    match (count > 1, alone) {
        (false, false) => String::new(),
        (false, true) => "-- Not in a transaction\n".to_owned(),
        (true, false) => format!("-- Part {} of {count}\n", at + 1),
        (true, true) => format!("-- Part {} of {count}, not in a transaction\n", at + 1),
    }
}

/// One below the other; a blank line sets off what goes over several lines.
fn push(statements: &[String], text: &mut String) {
    let is_long = |it: &String| it.contains('\n');
    for (at, statement) in statements.iter().enumerate() {
        if at > 0 && (is_long(statement) || is_long(&statements[at - 1])) {
            text.push('\n');
        }
        text.push_str(statement);
        text.push('\n');
    }
}

fn shown(sql: &str) -> String {
    if sql.len() <= LONGEST {
        return format!("{sql};");
    }
    format!(
        "-- A statement of {} characters; upgrade.sql contains all of it. It begins with:\n-- {}",
        sql.chars().count(),
        gist(sql)
    )
}
