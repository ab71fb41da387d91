//! The beginning of a statement, for lists and titles: one line that says what it is about.

use crate::token::lex;

/// More characters are cut.
const LONGEST: usize = 120;

/// `sql` as one line without comments. It ends where it grows long, and before a text that goes over several lines.
#[must_use]
pub fn gist(sql: &str) -> String {
    let tokens = lex(sql, 0, sql.len()).expect("a statement lexes");
    let mut line = String::new();
    let mut length = 0;
    let mut end = None;
    for token in tokens {
        let text = token.text(sql);
        let blank = usize::from(end.is_some_and(|end| end < token.start));
        end = Some(token.end);
        length += blank + text.chars().count();
        if length > LONGEST || text.contains('\n') {
            if line.is_empty() {
                line.extend(text.chars().take_while(|it| *it != '\n').take(LONGEST));
            }
            return line + " ...";
        }
        if blank > 0 {
            line.push(' ');
        }
        line.push_str(text);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gist_is_one_short_line() {
        for (sql, expected) in [
            ("", ""),
            (
                "update t\n  set a = 1 -- all\n  where b",
                "update t set a = 1 where b",
            ),
            ("insert/* */into t", "insert into t"),
            ("select f(a,b)", "select f(a,b)"),
            (
                "create function f() returns integer language sql as $$\nselect 1\n$$",
                "create function f() returns integer language sql as ...",
            ),
            ("$$\n$$", "$$ ..."),
        ] {
            assert_eq!(gist(sql), expected);
        }
        let long = format!("select {}", "a + ".repeat(50));
        assert_eq!(gist(&long), format!("select {}a ...", "a + ".repeat(28)));
        let word = "é".repeat(130);
        assert_eq!(gist(&word), format!("{} ...", "é".repeat(120)));
    }
}
