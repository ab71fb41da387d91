//! Scripts for psql: what a bundle holds. They know where a database is on the release's path and run only the rest.
//!
//! psql stops at the first error. What was done is in the version rows, so that the same file goes on from there.

pub mod changes;
pub(super) mod outside;
mod data;
mod loss;
pub mod preflight;
pub mod protect;
mod reading;
mod rights;
mod route;
mod version_rows;
mod session;
mod step;
mod turn;
pub mod verify;

use std::fmt::Write as _;

use crate::diagnostic::Direction;

use super::encoding::ascii;
use super::guard::{self, FIRST};
use super::pack::Pack;
use route::Route;

/// `upgrade.sql`: from any point of the path to the head.
#[must_use]
pub fn upgrade(pack: &Pack) -> String {
    script(pack, Direction::Upgrade)
}

/// `rollback.sql`: from any point of the path back to where the release starts.
#[must_use]
pub fn rollback(pack: &Pack) -> String {
    script(pack, Direction::Downgrade)
}

fn script(pack: &Pack, direction: Direction) -> String {
    let route = Route::new(pack, direction);
    let mut steps = String::new();
    route.write_steps(&mut steps);
    let mut characters = route.characters();
    // psql sends no comment that stands before a statement.
    for line in steps.lines().filter(|it| !it.starts_with("-- ")) {
        characters.text(line);
    }
    let data = guard::dollars(&ascii(&route.data(&characters)));
    let start = |line: usize| {
        format!(
            "{}
-- Everything before the steps that differs between bundles.
{FIRST}set client_encoding = 'UTF8'; set standard_conforming_strings = on; set default_transaction_isolation = 'read committed';
set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set jit = off;
select count(set_config(name, '0', false)) as limbeck_set from pg_settings where name in ('idle_session_timeout', 'transaction_timeout') \\gset
select {data} as limbeck_release \\gset

{}\\set SHOW_CONTEXT :limbeck_context
",
            header(&route, line),
            // What the DBA wants to see where a statement of the history fails.
            guard::text("start.sql"),
        )
    };
    // The header takes as many lines whatever the number is.
    let line = session::OPENING.lines().count() + start(0).lines().count() + 2;
    let mut text = start(line);
    text += &steps;
    text += guard::text("end.sql");
    session::script(&text)
}

/// `line` is where the steps begin.
fn header(route: &Route<'_>, line: usize) -> String {
    let pack = route.pack;
    let point = |it: &super::pack::Point| match &it.revision {
        Some(revision) => format!("{} ({revision})", it.name),
        None => it.name.clone(),
    };
    let from: Vec<String> = pack.from.iter().map(point).collect();
    let (from, to) = (from.join(" or "), point(&pack.to));
    let (from, to, title) = match route.direction {
        Direction::Upgrade => (from, to, format!("Upgrade to {}", pack.version)),
        Direction::Downgrade => (to, from, format!("Rollback of {}", pack.version)),
    };
    let file = route.file();
    let mut text = format!(
        "
-- {title}
--
--   from      {from}
--   to        {to}
--   for       PostgreSQL {} or newer; run by psql 12 or newer
--   history   {}
--   made by   limbeck {}
--
-- See what it would do:   psql -X -d DATABASE -v dry_run=1 -f {file}
-- Run it:                 psql -X -d DATABASE -L {}.log -f {file}
-- Options (-v NAME=VALUE): dry_run=1, wait=SECONDS to wait for another run, expect_db=NAME, to=REVISION to stop earlier,
--   lock_timeout, statement_timeout, trust=NAMES of functions and roles that would otherwise be refused{}.
-- Settings for the whole run: PGOPTIONS='-c maintenance_work_mem=1GB'.
-- If it stops, finished parts stay applied: fix the cause and run the same file again.
--
-- Everything before line {line} checks where the database is, and changes nothing. The steps begin there:
--
",
        pack.config.minimum_server,
        pack.digest,
        env!("CARGO_PKG_VERSION"),
        route.verb(),
        match route.direction {
            Direction::Upgrade => "",
            Direction::Downgrade => ", accept_data_loss=1",
        },
    );
    if route.steps.is_empty() {
        text.push_str("-- No changes.\n");
    }
    for step in &route.steps {
        let message = if step.message.is_empty() {
            String::new()
        } else {
            format!(": {}", step.message)
        };
        let parts = match step.parts.len() {
            1 => String::new(),
            parts => format!(" ({parts} parts)"),
        };
        let _ = writeln!(
            text,
            "--   {}  {}{message}{parts}",
            step.number, step.revision
        );
    }
    text
}
