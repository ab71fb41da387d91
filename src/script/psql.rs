//! Scripts for psql: what a bundle holds. They know where a database is on the release's path and run only the rest.
//!
//! psql stops at the first error. What was done is in the version rows, so that the same file goes on from there.

mod alone;
mod loss;
mod place;
mod position;
pub mod preflight;
pub mod protect;
mod reading;
mod route;
mod rows;
mod session;
mod step;
pub mod verify;

use std::fmt::Write as _;

use crate::diagnostic::Direction;
use crate::token::quote_literal;

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

/// psql variables that the one who runs the script may set.
const OPTIONS: &[&str] = &["dry_run", "wait", "expect_db", "to", "accept_data_loss"];

fn script(pack: &Pack, direction: Direction) -> String {
    let route = Route::new(pack, direction);
    let mut text = header(&route);
    text.push_str("\n-- Options, unless given with -v\n");
    text.push_str(&session::options(&pack.config, OPTIONS));
    let called = quote_literal(&format!("limbeck {} {}", pack.version, route.verb()));
    let _ = write!(
        text,
        "
select {called} || case when {} then ': DRY RUN' else ': APPLY' end
       || ' on database ' || current_database()
       || ' at ' || coalesce(host(inet_server_addr()) || ' port ' || inet_server_port(), 'the local socket, port ' || current_setting('port'))
       || ' as ' || current_user;

-- Is this the right place?
",
        place::is_dry_run(":'dry_run'")
    );
    text.push_str(&place::hand_over(OPTIONS));
    text.push_str("set statement_timeout = 0;\n");
    if let Some(role) = &pack.config.role {
        let _ = writeln!(text, "set role {};", crate::token::quote_identifier(role));
    }
    text.push_str(&route.refuse());
    text.push_str("\n-- One run at a time\n");
    let application = format!("limbeck {} {}", pack.version, route.verb());
    let _ = writeln!(
        text,
        "set application_name = {};",
        quote_literal(&application)
    );
    text.push_str(&route.wait());
    text.push_str("\n-- Where is the database, and what is left to do?\n");
    text.push_str(&route.find());
    text.push_str("\n-- The settings that the meaning of the statements hangs on\n");
    text.push_str(&session::set(&pack.config));
    if direction == Direction::Downgrade {
        let losses = route.count_losses();
        if !losses.is_empty() {
            text.push_str("\n-- What would be lost, and what would make it fail?\n");
            text.push_str(&losses);
        }
    }
    let _ = write!(
        text,
        "select 'The database is at ' || current_setting('limbeck.here') || '; steps left: '
       || (select count(*) from unnest(current_setting('limbeck.todo')::text[]) as t where t not like '%.%') || ' of {}.';
select 'When this stops, what is finished stays: mend the cause and run the same file again.'
 where current_setting('limbeck.run') <> '{{}}';
",
        route.steps.len()
    );
    text.push_str("\\set SHOW_CONTEXT :limbeck_context\n");
    route.write_steps(&mut text);
    text.push_str("\n-- Is the database where it should be?\n");
    text.push_str(&route.assert());
    text.push_str("select 'limbeck: ' || current_setting('limbeck.end');\n\n");
    text.push_str(&route.unlock());
    text.push_str(&session::reset(&pack.config));
    session::script(&text)
}

fn header(route: &Route<'_>) -> String {
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
-- Options (-v NAME=VALUE): dry_run=1, wait=SECONDS for another run to end, expect_db=NAME, to=REVISION to stop earlier,
--   lock_timeout, statement_timeout{}.
-- When it stops, what is finished stays: mend the cause and run the same file again.
--
-- What stands before the first line of dashes looks where the database is, and changes nothing. The steps:
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
        text.push_str("-- Nothing changes.\n");
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
