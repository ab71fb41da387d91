//! What the scripts that change nothing share: a transaction that cannot, and what it asks first.

use std::fmt::Write as _;

use crate::config::Config;
use crate::name::Name;
use crate::operation::guard;
use crate::token::quote_literal;

/// Begins a transaction that changes nothing; within another one, a part of it that is taken back.
pub(super) fn begin(config: &Config) -> String {
    let mut text = "\
select set_config('limbeck.inside', 'yes', true) as limbeck_inside \\gset
select coalesce(current_setting('limbeck.inside', true), '') = 'yes' as limbeck_inside \\gset
\\if :limbeck_inside
savepoint limbeck_read;
set local transaction_read_only = on;
\\else
begin transaction isolation level repeatable read, read only;
\\endif
set local client_encoding = 'UTF8';
set local search_path = pg_catalog;
set local standard_conforming_strings = on;
set local quote_all_identifiers = off;
set local timezone = 'UTC';
set local datestyle = 'ISO, MDY';
set local jit = off;
"
    .to_owned();
    for (name, timeout) in [
        ("lock_timeout", config.lock_timeout),
        ("statement_timeout", config.statement_timeout),
    ] {
        if let Some(timeout) = timeout {
            let _ = writeln!(text, "set local {name} = '{}ms';", timeout.milliseconds);
        }
    }
    text
}

/// Ends what [`begin`] began.
pub(super) const END: &str = "\
\\if :limbeck_inside
rollback to savepoint limbeck_read;
release savepoint limbeck_read;
\\else
commit;
\\endif
";

/// A block of code as a statement of a script.
pub(super) fn statement(body: &str) -> String {
    format!("{};\n", guard::block(body).sql)
}

/// The version table, as SQL writes it.
pub(super) fn version_table(config: &Config) -> Name {
    Name::new(config.version_table_schema(), config.version_table.as_str())
}

/// Puts the rows of the version table, an array, into the setting `limbeck.rows`; `none` where there is no such table.
pub(super) fn read_rows(config: &Config) -> String {
    let table = version_table(config).qualified();
    statement(&format!(
        "declare
  present text := 'none';
begin
  if to_regclass({}) is not null then
    select coalesce(array_agg(version_num::text order by version_num::text collate \"C\"), '{{}}') into present from {table};
  end if;
  perform set_config('limbeck.rows', present, true);
end",
        quote_literal(&table)
    ))
}

/// Adds one to a setting of the transaction.
pub(super) fn count(setting: &str) -> String {
    let setting = quote_literal(setting);
    format!("set_config({setting}, (current_setting({setting})::integer + 1)::text, true)")
}

/// An array of texts from SQL.
pub(super) fn array(all: &[String]) -> String {
    if all.is_empty() {
        "'{}'::text[]".to_owned()
    } else {
        format!("array[{}]::text[]", all.join(", "))
    }
}
