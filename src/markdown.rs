//! Text of others in Markdown: nothing in it is markup. What people wrote as Markdown does not come here.

use crate::visible;

/// As code: nothing in it is Markdown, whatever backquotes it holds.
#[must_use]
pub fn code(text: &str) -> String {
    let text = visible::line(text);
    let longest = longest_run(&text);
    let fence = "`".repeat(longest + 1);
    // Of a text between blanks, Markdown takes one on each side.
    let is_padded = longest > 0 || text.starts_with(' ') || text.ends_with(' ');
    let pad = if is_padded { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// As lines of code, which nothing in them ends. Whoever writes it leaves a blank line before and behind.
#[must_use]
pub fn block(text: &str, language: &str) -> String {
    let text = visible::text(text);
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!(
        "{fence}{language}\n{}\n{fence}",
        text.trim_end_matches('\n')
    )
}

/// The most backquotes that stand beside each other.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|it| it != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// In a cell of a table, which a bar would end even in code.
#[must_use]
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// As prose within a line: what Markdown would take for its own is escaped, and nobody is called by a name.
#[must_use]
pub fn prose(text: &str) -> String {
    let shown = visible::line(text);
    let mut escaped = String::with_capacity(shown.len());
    let mut before = ' ';
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        if "\\`*_{}[]<>#|~&$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
        // Forges notify who is named so, escaped or not; within an address nobody is.
        let begins_name = character == '@'
            && !before.is_alphanumeric()
            && characters.peek().is_some_and(|it| it.is_alphanumeric());
        if begins_name {
            escaped += "&#8203;";
        }
        before = character;
    }
    escaped
}

/// As the whole of a line or of an item of a list, where also a number, a dash or blanks at its beginning mean something.
#[must_use]
pub fn line(text: &str) -> String {
    let escaped = prose(text.trim());
    let digits = escaped.len()
        - escaped
            .trim_start_matches(|it: char| it.is_ascii_digit())
            .len();
    let at = match escaped.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => digits,
        Some(b'-' | b'+' | b'=' | b':') if digits == 0 => 0,
        _ => return escaped,
    };
    format!("{}\\{}", &escaped[..at], &escaped[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markdown() {
        assert_eq!(
            prose("a *b* [c](javascript:d) <e> `f`"),
            "a \\*b\\* \\[c\\](javascript:d) \\<e\\> \\`f\\`"
        );
        assert_eq!(prose("one\ntwo"), "one\\\\ntwo");
        assert_eq!(prose("a\u{202e}b"), "a\\\\u\\{202e\\}b");
        assert_eq!(prose("by @me, a@b.c"), "by @&#8203;me, a@b.c");
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
        assert_eq!(code("``"), "``` `` ```");
        assert_eq!(code(" a "), "`  a  `");
    }

    #[test]
    fn nothing_ends_a_block_of_code() {
        assert_eq!(block("a\n\tb\n", "sql"), "```sql\na\n\tb\n```");
        let text = "```\n</details>\n````";
        assert_eq!(block(text, "sql"), format!("`````sql\n{text}\n`````"));
        assert_eq!(block("a\rb\u{202e}", ""), "```\na\\rb\\u{202e}\n```");
    }

    #[test]
    fn nothing_begins_a_block() {
        for (text, expected) in [
            ("# one", "\\# one"),
            ("- one", "\\- one"),
            ("---", "\\---"),
            ("+ one", "\\+ one"),
            ("1. one", "1\\. one"),
            ("12) one", "12\\) one"),
            ("> one", "\\> one"),
            ("    one", "one"),
            ("<script>", "\\<script\\>"),
            ("12 one - two", "12 one - two"),
            ("می\u{200c}شود", "می\u{200c}شود"),
        ] {
            assert_eq!(line(text), expected);
        }
    }
}
