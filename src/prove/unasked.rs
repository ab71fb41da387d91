//! Words of which nothing is seen afterwards: those by which a script would do more than its author asked for where
//! something stands in the way, and `concurrently`.

use crate::token::{TokenKind, lex};

/// The lines of `script` that drop with `cascade` or make something `if not exists`, though `source` never says so.
/// `version_table` is made in this way, and so is what `stays` after the way back, or would but for another statement.
pub(super) fn unasked(script: &str, source: &str, version_table: &str, stays: bool) -> Vec<String> {
    let source = source.to_ascii_lowercase();
    let guards = stays || source.contains("exists") || source.contains("reverse");
    let cascades = source.contains("cascade");
    let faults = script.lines().filter(|line| {
        let line = words(line);
        let drops = line.contains(" drop ") && line.ends_with(" cascade ");
        // What runs in no transaction may have run.
        let makes = line.starts_with(" create ")
            && line.contains(" if not exists ")
            && !line.contains(" concurrently ");
        drops && !cascades || makes && !guards
    });
    let faults = faults.filter(|line| !line.contains(version_table));
    faults
        .map(|it| {
            format!(
                "the script contains a clause that the author did not write: {}",
                it.trim()
            )
        })
        .collect()
}

/// How many statements are to run without blocking others.
pub(super) fn concurrent(script: &str) -> usize {
    let lines = script.lines().map(words);
    let is_statement = |line: &String| {
        let verbs = [" create ", " drop ", " alter "];
        verbs.iter().any(|it| line.starts_with(it))
    };
    lines
        .filter(|it| is_statement(it) && it.contains(" concurrently "))
        .count()
}

/// The words of SQL without its texts, in small letters, a blank around each.
fn words(sql: &str) -> String {
    let tokens = lex(sql, 0, sql.len()).unwrap_or_default();
    let words = tokens.iter().filter(|it| it.kind == TokenKind::Word);
    words.fold(" ".to_owned(), |text, it| {
        text + &it.text(sql).to_ascii_lowercase() + " "
    })
}

#[cfg(test)]
mod tests {
    use super::{concurrent, unasked};

    #[test]
    fn only_statements_are_concurrent() {
        let script = "-- build it concurrently\n  using hint = 'drop index concurrently i'\ncreate index concurrently i on t (a);\nalter table t\n  detach partition p concurrently;\n";
        assert_eq!(concurrent(script), 1);
    }

    #[test]
    fn what_the_author_says_is_not_told() {
        let told = |script, source| unasked(script, source, "public.alembic_version", false).len();
        assert_eq!(told("drop table t cascade;", "drop table t;"), 1);
        assert_eq!(told("drop table t cascade;", "drop table t cascade;"), 0);
        assert_eq!(
            told(
                "alter table t\n  drop column a cascade,\n  drop column b;",
                ""
            ),
            1
        );
        assert_eq!(
            told(
                "create table t (a integer references u on delete cascade);",
                ""
            ),
            0
        );
        assert_eq!(told("comment on table t is 'drop it cascade';", ""), 0);
        assert_eq!(
            told("create table if not exists t (", "create table t ("),
            1
        );
        assert_eq!(
            told("create index concurrently if not exists i on t (a);", ""),
            0
        );
        assert_eq!(
            told("create table if not exists public.alembic_version (", ""),
            0
        );
    }
}
