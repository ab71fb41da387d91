//! Differences of texts, as `diff -u` shows them.

use std::fmt::Write as _;

use similar::TextDiff;

use crate::visible;

/// Lines before and after a change.
const CONTEXT: usize = 3;

/// Where this many pairs of lines might be compared, only the first change is shown: it would take minutes.
const PAIRS: usize = 25_000_000;

/// How many lines are shown, and how many characters of each.
const LINES: usize = 2_000;
const CHARACTERS: usize = 2_000;

/// How `old` becomes `new`, with `---` and `+++` before their names; what a terminal would obey is escaped.
#[must_use]
pub(super) fn unified(old: &[u8], new: &[u8], names: (&str, &str)) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let text = if pairs(&old, &new) > PAIRS {
        first_change(&old, &new, names)
    } else {
        TextDiff::from_lines(&*old, &*new)
            .unified_diff()
            .context_radius(CONTEXT)
            .header(names.0, names.1)
            .to_string()
    };
    visible::text(&cut(&text))
}

/// The first lines, and of each the beginning: nobody reads more, and a file of a bundle may hold anything.
fn cut(text: &str) -> String {
    let mut lines = text.split_inclusive('\n');
    let mut shown = String::new();
    for line in lines.by_ref().take(LINES) {
        match line.char_indices().nth(CHARACTERS) {
            Some((end, _)) => {
                let _ = writeln!(shown, "{} … {} more bytes", &line[..end], line.len() - end);
            }
            None => shown.push_str(line),
        }
    }
    let left = lines.count();
    if left > 0 {
        let _ = writeln!(shown, "… {left} more lines");
    }
    shown
}

/// How many pairs of lines are between what both begin and end with.
fn pairs(old: &str, new: &str) -> usize {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
        pairs.take_while(|(old, new)| old == new).count()
    };
    let before = same(&mut old.iter().zip(&new));
    let after = same(&mut old.iter().rev().zip(new.iter().rev()));
    let left = |it: &[&str]| it.len().saturating_sub(before + after);
    left(&old).saturating_mul(left(&new))
}

fn first_change(old: &str, new: &str, names: (&str, &str)) -> String {
    let (mut old, mut new) = (old.lines(), new.lines());
    let mut text = format!("--- {}\n+++ {}\n", names.0, names.1);
    let mut number = 1;
    loop {
        let pair = (old.next(), new.next());
        if pair.0 != pair.1 || pair == (None, None) {
            let _ = writeln!(text, "@@ from line {number} @@");
            let lines = [("-", pair.0), ("+", pair.1)];
            for (sign, line) in lines {
                if let Some(line) = line {
                    let _ = writeln!(text, "{sign}{line}");
                }
            }
            return text;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_changed_and_what_a_terminal_would_obey() {
        let old = b"one\ntwo\r\nthree\n";
        let new = b"one\n\x1b[2Jtwo\nthree";
        assert_eq!(
            unified(old, new, ("a", "b")),
            "--- a\n+++ b\n@@ -1,3 +1,3 @@\n one\n-two\\r\n-three\n+\\u{1b}[2Jtwo\n+three\n\\ No newline at end of file\n"
        );
        assert_eq!(unified(old, old, ("a", "b")), "");
    }

    #[test]
    fn of_long_texts_and_lines_the_beginning_is_shown() {
        let line = "é".repeat(CHARACTERS + 1);
        let many = "x\n".repeat(3 * LINES);
        let told = unified(line.as_bytes(), many.as_bytes(), ("a", "b"));
        assert!(
            told.contains(&format!("-{} … 5 more bytes\n", "é".repeat(CHARACTERS - 1))),
            "{told}"
        );
        assert!(
            told.ends_with(&format!("… {} more lines\n", LINES * 2 + 5)),
            "{}",
            &told[told.len() - 100..]
        );
    }

    #[test]
    fn of_large_texts_only_the_first_change_is_shown() {
        let lines =
            |word: &str| (0..6_000).fold(String::new(), |text, it| format!("{text}{word}{it}\n"));
        let (old, new) = (
            format!("same\n{}", lines("a")),
            format!("same\n{}", lines("b")),
        );
        assert_eq!(
            unified(old.as_bytes(), new.as_bytes(), ("a", "b")),
            "--- a\n+++ b\n@@ from line 2 @@\n-a0\n+b0\n"
        );
    }
}
