//! What every script for psql begins and ends with: psql's own settings, whatever its startup file and flags say.

/// Without `ON_ERROR_STOP` a file that was cut would end with status 0; the `\if` that stays open ends it with 3.
/// `\e`, the beginning of a cut `\endif`, would start an editor. What is kept of psql's own variables is never SQL.
pub(super) const OPENING: &str = r"\set ON_ERROR_STOP on \if true
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
