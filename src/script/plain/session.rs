//! The session of a plain script: what its statements hang on, and what is left of it after each part.

use std::fmt::Write as _;

use crate::config::{Config, Timeout};
use crate::script::guard::{FIRST, OWN_PATH, text};
use crate::token::{quote_identifier, quote_literal};

/// What psql, too, reads the next lines with.
pub(super) const ENCODING: &str =
    "set local client_encoding = 'UTF8'; set local standard_conforming_strings = on;\n";

/// The settings that the meaning of the statements hangs on, a line for each.
pub(super) fn settings(config: &Config, set: &str) -> String {
    let mut text = format!("{set} search_path = {OWN_PATH};\n");
    for setting in [
        "client_encoding = 'UTF8'",
        "standard_conforming_strings = on",
        "timezone = 'UTC'",
    ] {
        let _ = writeln!(text, "{set} {setting};");
    }
    for (name, timeout) in [
        ("lock_timeout", config.lock_timeout),
        ("statement_timeout", config.statement_timeout),
    ] {
        let _ = writeln!(text, "{set} {name} = {};", milliseconds(timeout));
    }
    text
}

/// What holds between transactions, and for statements that stand in none: whatever the database has set, they run as long as the
/// configuration lets them, and wait for locks without end, since a concurrent index that gives up stays behind invalid.
pub(super) fn outside(config: &Config) -> String {
    format!(
        "set client_encoding = 'UTF8'; set standard_conforming_strings = on; set statement_timeout = {}; set lock_timeout = 0;\n",
        milliseconds(config.statement_timeout)
    )
}

/// Takes the role of the configuration.
pub(super) fn role(config: &Config) -> String {
    config.role.as_ref().map_or_else(String::new, |it| {
        format!("set role {};\n", quote_identifier(it))
    })
}

/// Makes the session what it was: nothing that a revision does to it reaches the next one.
pub(super) fn reset(config: &Config) -> String {
    let role = role(config);
    format!(
        "{} deallocate all;\n{FIRST}{}{role}",
        text("clean.sql"),
        outside(config)
    )
}

fn milliseconds(timeout: Timeout) -> String {
    quote_literal(&format!("{}ms", timeout.milliseconds))
}
