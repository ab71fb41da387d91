//! `changes.sql`: the statements of a release alone, both ways, for people who read and approve them. Nothing of it runs.

use std::fmt::Write as _;

use crate::diagnostic::Direction;
use crate::lower::Statement;
use crate::plan::parts::Part;
use crate::script::pack::Pack;
use crate::script::psql::protect::protect;
use crate::script::psql::route::{Move, Route};
use crate::script::psql::step::{RULE, comment};
use crate::visible;

/// Whoever hands the file to psql by mistake runs nothing, and is told so; other clients stumble at the first character.
const OPENING: &str = r"\set ON_ERROR_STOP on \echo 'limbeck: refused: changes.sql is for reading. Run upgrade.sql or rollback.sql.' \if false
";

/// The text for a release.
#[must_use]
pub fn script(pack: &Pack) -> String {
    let mut text = OPENING.to_owned();
    let _ = writeln!(
        text,
        "--
-- The statements of release {}, as upgrade.sql and rollback.sql run them, without the checks and the bookkeeping around each
-- step. Unqualified names belong to the schema {}.",
        pack.version,
        visible::line(&pack.config.schema)
    );
    for (direction, title) in [
        (Direction::Upgrade, "UPGRADE"),
        (Direction::Downgrade, "ROLLBACK"),
    ] {
        let route = Route::new(pack, direction);
        let _ = write!(text, "\n\n-- {title}\n");
        if route.steps.is_empty() {
            text.push_str("\n-- No changes.\n");
        }
        for step in &route.steps {
            write_step(&route, step, &mut text);
        }
    }
    text
}

fn write_step(route: &Route<'_>, step: &Move<'_>, text: &mut String) {
    text.push_str(RULE);
    text.push_str(&comment(&route.title(step)));
    text.push_str(&comment(&route.of_rollback(step)));
    if step.irreversible.is_some() {
        return;
    }
    let schema = route.pack.config.schema.as_str();
    let count = step.parts.len();
    for (at, part) in step.parts.iter().enumerate() {
        let (place, statements): (&str, Vec<Statement>) = match part {
            Part::Transaction(statements) => (
                "in a transaction",
                statements.iter().map(|it| (*it).clone()).collect(),
            ),
            Part::Alone(statement, _, settings) => (
                "not in a transaction",
                settings
                    .iter()
                    .chain([statement])
                    .map(|it| (*it).clone())
                    .collect(),
            ),
        };
        if count > 1 {
            let _ = writeln!(text, "\n-- Part {} of {count}, {place}", at + 1);
        } else if statements.is_empty() {
            text.push_str("-- No statements.\n");
        } else if matches!(part, Part::Alone(..)) {
            let _ = writeln!(text, "\n-- {place}");
        } else {
            text.push('\n');
        }
        for statement in &statements {
            let _ = writeln!(text, "{};", protect(&statement.sql(schema)));
        }
    }
}
