//! How far the scripts of a release have come where they were interrupted.

use crate::config::Config;
use crate::name::Name;
use crate::prove::seen::{PROGRESS, version_table};
use crate::token::quote_literal;

/// How far the scripts of a release have come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// What is noted of a revision that is half done.
    noted: String,
    /// Of the version table.
    rows: String,
    /// What of the tables, indexes and enums changes where a statement runs in no transaction.
    relations: String,
}

impl Reached {
    /// Three questions, with a line for the answer of each.
    pub(super) fn script(config: &Config) -> String {
        let own = version_table(config);
        let notes = own.sibling(PROGRESS);
        let rows_of = |name: &Name| {
            let qualified = name.qualified();
            let rows = format!(
                "select string_agg(it::text, ', ' order by it::text) from {qualified} as it"
            );
            format!(
                "select case when to_regclass({}) is null then 'select null' else {} end \\gexec\n",
                quote_literal(&qualified),
                quote_literal(&rows)
            )
        };
        let is_ours = |name: &Name| format!("starts_with(relname, {})", quote_literal(&name.name));
        let relations = format!(
            "select md5(string_agg(oid || ' ' || relispartition, ',' order by oid)), (select count(*) from pg_enum)
  from pg_class where oid >= 16384 and relkind <> 't' and not {} and not {};\n",
            is_ours(&own),
            is_ours(&notes)
        );
        rows_of(&notes) + &rows_of(&own) + &relations
    }

    pub(super) fn read(said: &str) -> Self {
        let mut lines = said.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        Self {
            noted: next(),
            rows: next(),
            relations: next(),
        }
    }

    /// Whether a revision is half done, and more of it than before. It need not be noted.
    pub(super) fn is_half_after(&self, before: &Self) -> bool {
        let is_noted = !self.noted.is_empty();
        self != before
            && (is_noted || self.rows == before.rows && self.relations != before.relations)
    }
}
