//! SQL without its comments.

use std::borrow::Cow;

use super::lex;

/// The same SQL without comments: a server may not be able to hold what is said in one, and what is said changes nothing. Line
/// ends stay where there were some, and so do hints for planners, `/*+ … */`. What does not lex stays as it is.
#[must_use]
pub fn without_comments(sql: &str) -> Cow<'_, str> {
    if !sql.contains("--") && !sql.contains("/*") {
        return sql.into();
    }
    let Ok(tokens) = lex(sql, 0, sql.len()) else {
        return sql.into();
    };
    let mut bare = String::new();
    let mut copied = 0;
    let mut end = 0;
    let starts = tokens.iter().map(|it| (it.start as usize, it.end as usize));
    for (start, next) in starts.chain([(sql.len(), sql.len())]) {
        let between = &sql[end..start];
        if between.contains("--") || between.contains("/*") {
            bare.push_str(&sql[copied..end]);
            if end > 0 && start < sql.len() {
                bare.push_str(&blank(between));
            }
            for hint in hints(between) {
                bare.push_str(hint);
                bare.push(' ');
            }
            copied = start;
        }
        end = next;
    }
    if copied == 0 {
        return sql.into();
    }
    bare.push_str(&sql[copied..]);
    bare.into()
}

/// What stands for white space with comments: the last line end and what follows it, or a blank.
fn blank(between: &str) -> Cow<'_, str> {
    let Some((_, indent)) = between.rsplit_once('\n') else {
        return " ".into();
    };
    let width = indent.len() - indent.trim_start_matches([' ', '\t']).len();
    format!("\n{}", &indent[..width]).into()
}

/// The hints among comments.
fn hints(between: &str) -> Vec<&str> {
    let mut hints = Vec::new();
    let mut rest = between;
    while let Some(at) = rest.find("--").into_iter().chain(rest.find("/*")).min() {
        rest = &rest[at..];
        let end = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            end_of_block(rest)
        };
        if rest.starts_with("/*+") {
            hints.push(&rest[..end]);
        }
        rest = &rest[end..];
    }
    hints
}

/// Where the comment ends that `text` begins with; comments nest.
fn end_of_block(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(mark) = text.get(at..at + 2) {
        match mark {
            "/*" => depth += 1,
            "*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::without_comments;

    #[test]
    fn comments_go_and_nothing_else_does() {
        for (sql, expected) in [
            ("select 1 -- one\n  from t", "select 1\n  from t"),
            ("select 1/* a */from t", "select 1 from t"),
            ("select/* a /* b */ \n c */  1", "select\n 1"),
            (
                "update t\n  -- first\n  -- second\n  set a = 1",
                "update t\n  set a = 1",
            ),
            ("-- above\nselect 1", "select 1"),
            ("select 1 -- below", "select 1"),
            (
                "select /*+ seqscan(t) */ /* é */ 1",
                "select /*+ seqscan(t) */ 1",
            ),
            ("select a - -1", "select a - -1"),
            ("do $$ -- é\n begin end $$", "do $$ -- é\n begin end $$"),
            ("select '--', \"/* */\"", "select '--', \"/* */\""),
            ("", ""),
            ("/* é */", ""),
        ] {
            assert_eq!(without_comments(sql), expected);
            assert_eq!(without_comments(expected), expected);
        }
    }
}
