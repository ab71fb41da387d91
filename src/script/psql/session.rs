//! What every script for psql begins and ends with: psql's own settings, whatever its startup file and flags say, and
//! those of the session.

use std::fmt::Write as _;

use crate::config::Config;
use crate::token::{quote_identifier, quote_literal};

/// Without `ON_ERROR_STOP` a file that was cut would end with status 0; the `\if` that stays open ends it with 3.
/// `\e`, the beginning of a cut `\endif`, would start an editor.
const OPENING: &str = r"\set ON_ERROR_STOP on \if true
\setenv PSQL_EDITOR true
\set limbeck_quiet :QUIET \set QUIET on
\set limbeck_echo :ECHO \set ECHO none
\set limbeck_autocommit :AUTOCOMMIT \set AUTOCOMMIT on
\set limbeck_savepoints :ON_ERROR_ROLLBACK \set ON_ERROR_ROLLBACK off
\set limbeck_context :SHOW_CONTEXT \set SHOW_CONTEXT never
\set limbeck_verbosity :VERBOSITY \set VERBOSITY default
\set limbeck_fetch :FETCH_COUNT \set FETCH_COUNT 0
\set SINGLELINE off \set SINGLESTEP off \set ECHO_HIDDEN off
\timing off \pset pager off \pset expanded off \pset recordsep '\n' \pset null ''
\pset format unaligned \pset tuples_only on
";

const CLOSING: &str = r"
\pset format aligned \pset tuples_only off
\set FETCH_COUNT :limbeck_fetch \set VERBOSITY :limbeck_verbosity \set SHOW_CONTEXT :limbeck_context
\set ON_ERROR_ROLLBACK :limbeck_savepoints \set AUTOCOMMIT :limbeck_autocommit
\set ECHO :limbeck_echo \set QUIET :limbeck_quiet
\endif
";

/// A whole script with that body.
pub(super) fn script(body: &str) -> String {
    format!("{OPENING}{body}{CLOSING}")
}

/// A setting of the session.
struct Setting {
    name: &'static str,
    /// As SQL writes it.
    value: String,
}

fn settings(config: &Config) -> Vec<Setting> {
    let mut settings = Vec::new();
    let mut add = |name, value: String| settings.push(Setting { name, value });
    if let Some(role) = &config.role {
        add("role", quote_identifier(role).into());
    }
    let schema = quote_identifier(&config.schema);
    add("search_path", format!("{schema}, pg_temp"));
    add("standard_conforming_strings", "on".to_owned());
    add("timezone", "'UTC'".to_owned());
    add("datestyle", "'ISO, MDY'".to_owned());
    add("intervalstyle", "'postgres'".to_owned());
    // Rows that a policy hides would be neither counted nor changed, and nobody would know.
    add("row_security", "off".to_owned());
    add("lock_timeout", ":'lock_timeout'".to_owned());
    add("statement_timeout", ":'statement_timeout'".to_owned());
    add("idle_in_transaction_session_timeout", "'1min'".to_owned());
    settings
}

/// `-v` options with their defaults, as psql reads them.
pub(super) fn options(config: &Config, own: &[&str]) -> String {
    let mut text = String::new();
    for name in own {
        let _ = writeln!(text, "\\if :{{?{name}}} \\else \\set {name} '' \\endif");
    }
    // A slip must not make a dry run a real one.
    for slip in ["DRY_RUN", "dryrun", "DRYRUN"] {
        let _ = writeln!(
            text,
            "\\if :{{?{slip}}} \\set dry_run 'written {slip}' \\endif"
        );
    }
    for (name, timeout) in [
        ("lock_timeout", config.lock_timeout),
        ("statement_timeout", config.statement_timeout),
    ] {
        let _ = match timeout {
            Some(timeout) => {
                writeln!(
                    text,
                    "\\if :{{?{name}}} \\else \\set {name} '{timeout}' \\endif"
                )
            }
            // The server's own.
            None => writeln!(
                text,
                "\\if :{{?{name}}}\n\\else\nselect current_setting('{name}') as {name} \\gset\n\\endif"
            ),
        };
    }
    text
}

/// What sets the session, outside of a transaction.
pub(super) fn set(config: &Config) -> String {
    let mut text = String::new();
    text += "set default_transaction_isolation = 'read committed';\n";
    let settings = settings(config);
    for setting in &settings {
        let _ = writeln!(text, "set {} = {};", setting.name, setting.value);
    }
    // The same again for every transaction, whatever was set since.
    let (given, fixed): (Vec<&Setting>, Vec<&Setting>) =
        settings.iter().partition(|it| it.value.starts_with(':'));
    let fixed: Vec<String> = fixed
        .iter()
        .map(|it| format!("set local {} = {};", it.name, it.value))
        .collect();
    let given: Vec<String> = given
        .iter()
        .map(|it| format!("set local {} = %L;", it.name))
        .collect();
    let _ = writeln!(
        text,
        "select {} || format(' {}', :'lock_timeout', :'statement_timeout') as limbeck_settings \\gset",
        quote_literal(&fixed.join(" ")),
        given.join(" "),
    );
    // Not on every server, nor on every system.
    text += "select count(set_config(name, case name when 'client_connection_check_interval' then '10s' else '0' end, false)) as limbeck_set
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout')
    or name = 'client_connection_check_interval' and version() like '%linux%' \\gset\n";
    text
}

/// Gives the session back its own settings.
pub(super) fn reset(config: &Config) -> String {
    let mut text = String::new();
    for setting in settings(config).iter().rev() {
        let _ = write!(text, "reset {}; ", setting.name);
    }
    text += "reset default_transaction_isolation; reset application_name; reset client_encoding;\n";
    text += "select count(set_config(name, reset_val, false)) as limbeck_set
  from pg_settings
 where name in ('idle_session_timeout', 'transaction_timeout', 'client_connection_check_interval') \\gset\n";
    text
}
