//! Names in a text that the server may run, however it does: nothing is parsed, so that no quotes, escapes, comments or halves of a
//! statement hide one. Words that are no names are among them, which does no harm.

use smol_str::SmolStr;

use crate::script::spoken::readings::{find_word, readings};
use crate::token::{MAX_IDENTIFIER, identifier};

/// Where names go.
pub(super) trait Names {
    /// A name or operator that may be run.
    fn word(&mut self, word: SmolStr);
    /// A name that stands where that of a schema does.
    fn schema(&mut self, name: SmolStr);
    /// A schema of a `search_path`.
    fn path(&mut self, name: SmolStr);
    /// A name before that of what is called, or of a relation.
    fn sought(&mut self, name: SmolStr);
    /// A name that a text begins with.
    fn begins(&mut self, name: SmolStr);
    /// A name that stands where that of a relation does.
    fn touched(&mut self, name: SmolStr);
}

/// More characters than an operator has that anybody makes.
const LONGEST_OPERATOR: usize = 16;

/// The words before the name of a relation, of which the last stand between another one and the name.
const BEFORE_RELATIONS: [&str; 16] = [
    "from",
    "join",
    "into",
    "update",
    "table",
    "references",
    "on",
    "view",
    "truncate",
    "copy",
    "lock",
    "merge",
    "using",
    "only",
    "exists",
    "inherits",
];

/// Those of them before several, with commas or `join` between them.
const BEFORE_LISTS: [&str; 9] = [
    "from", "join", "using", "truncate", "lock", "only", "update", "merge", "inherits",
];

/// The words behind which no relation of a list stands any more.
const AFTER_RELATIONS: [&str; 13] = [
    "where",
    "set",
    "select",
    "values",
    "on",
    "order",
    "group",
    "having",
    "limit",
    "returning",
    "when",
    "for",
    "add",
];

/// More words than a list of relations has that anybody writes.
const MOST_RELATIONS: usize = 500;

/// Gathers the names in `text`.
pub(super) fn gather(text: &str, names: &mut impl Names) {
    for reading in readings(text) {
        let runs = runs(&reading);
        for run in &runs {
            word(run.text, names);
            if is_before_dot(&reading, run) {
                schema(run.text, names);
            }
        }
        operators(&reading, names);
        quoted(&reading, names);
        places(&reading, &runs, names);
    }
}

/// The names in `text` whose place says what they are.
pub(super) fn places_in(text: &str, names: &mut impl Names) {
    for reading in readings(text) {
        places(&reading, &runs(&reading), names);
    }
}

fn places(text: &str, runs: &[Run<'_>], names: &mut impl Names) {
    paths(text, runs, names);
    for (at, run) in runs.iter().enumerate() {
        let start = run.end - run.text.len();
        let before = text[..start].trim_end_matches('"');
        if before.ends_with('\'') || run.text.contains('$') {
            each_form(run.text, &mut |it| names.begins(cut(it)));
            if before.len() < start
                && let Some((name, _)) = up_to_quote(&text[start..])
            {
                names.begins(cut(&name));
            }
        }
        if is_before_dot(text, run)
            && is_used(text, &runs[at..], at.checked_sub(1).map(|it| &runs[it]))
        {
            each_form(run.text, &mut |it| names.sought(cut(it)));
        }
        let word_before = at.checked_sub(1).map(|it| runs[it].text);
        let is = |word: &str| run.text.eq_ignore_ascii_case(word);
        let in_definition = is("like") && before.trim_end().ends_with(['(', ','])
            || is("of") && word_before.is_some_and(|it| it.eq_ignore_ascii_case("partition"));
        if in_definition {
            relation(text, &runs[at..], names);
        }
        // A row of a relation is a type.
        let is_cast = before.trim_end().ends_with("::")
            || word_before.is_some_and(|it| it.eq_ignore_ascii_case("as"))
                && behind_name(text, &runs[at..]).starts_with(')');
        if is_cast && at > 0 {
            relation(text, &runs[at - 1..], names);
        }
        if let Some(word) = before_relation(run) {
            relation(text, &runs[at..], names);
            if BEFORE_LISTS.contains(&word) {
                relations(text, &runs[at..], names);
            }
        }
    }
}

/// What stands behind the name that begins with the first of `runs`, which may have several parts.
fn behind_name<'a>(text: &'a str, runs: &[Run<'_>]) -> &'a str {
    let mut behind = "";
    for run in runs {
        behind = text[run.end..].trim_start_matches('"').trim_start();
        if !behind.starts_with('.') {
            break;
        }
    }
    behind
}

/// Whether what stands behind the first of `runs` and a dot is called, or is a relation, so that the first one is no alias.
fn is_used(text: &str, runs: &[Run<'_>], before: Option<&Run<'_>>) -> bool {
    let is_called = runs.get(1).is_some_and(|it| {
        text[it.end..]
            .trim_start_matches('"')
            .trim_start()
            .starts_with('(')
    });
    let is_relation = before.is_some_and(|before| match before_relation(before) {
        Some("from") => !is_of_argument(text, before),
        Some(word) => word != "on" && word != "using",
        None => false,
    });
    is_called || is_relation
}

/// Which of [`BEFORE_RELATIONS`] the word is.
fn before_relation(run: &Run<'_>) -> Option<&'static str> {
    // Every word of a history is asked.
    let first = run.text.as_bytes()[0].to_ascii_lowercase();
    let mut words = BEFORE_RELATIONS.into_iter();
    words.find(|it| it.as_bytes()[0] == first && run.text.eq_ignore_ascii_case(it))
}

/// Whether it is the `from` of `extract(day from t.at)` and its like.
fn is_of_argument(text: &str, from: &Run<'_>) -> bool {
    let before = &text[..from.end - from.text.len()];
    let inside = before.rsplit(['(', ')']).next().unwrap_or_default();
    before[..before.len() - inside.len()].ends_with('(')
        && find_word(inside, "select").is_none()
        && find_word(inside, "delete").is_none()
}

/// The name of a relation behind the first of `runs`, each part of it.
fn relation(text: &str, runs: &[Run<'_>], names: &mut impl Names) {
    let mut after = &text[runs[0].end..];
    for run in &runs[1..] {
        each_form(run.text, &mut |it| names.touched(cut(it)));
        after = after.trim_start_matches(|it: char| it.is_whitespace() || it == '.');
        if let Some((name, _)) = after.strip_prefix('"').and_then(up_to_quote) {
            names.touched(cut(&name));
        }
        after = &text[run.end..];
        if !after.trim_start_matches(['"', ' ']).starts_with('.') {
            break;
        }
    }
}

/// The names of a list of relations behind the first of `runs`, such as `a, b cross join c`; their aliases, too.
fn relations(text: &str, runs: &[Run<'_>], names: &mut impl Names) {
    let mut end = runs[0].end;
    let mut depth = 0_usize;
    for run in runs[1..].iter().take(MOST_RELATIONS) {
        for it in text[end..run.end - run.text.len()].chars() {
            match it {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' | ';' => return,
                _ => {}
            }
        }
        end = run.end;
        // What stands in parentheses has lists of its own.
        if depth > 0 {
            continue;
        }
        let ends = |it: &&str| run.text.eq_ignore_ascii_case(it);
        if AFTER_RELATIONS.iter().any(ends) {
            return;
        }
        each_form(run.text, &mut |it| names.touched(cut(it)));
    }
}

/// A name as it may be written here: folded, quoted, of an array type, or longer than the server keeps it.
pub(super) fn word(text: &str, names: &mut impl Names) {
    each_form(text, &mut |it| {
        // An array type is called as its element with a `_` before it.
        let element = it.trim_start_matches('_');
        if element.len() < it.len() && !element.is_empty() {
            names.word(cut(element));
        }
        names.word(cut(it));
        // Where characters are one byte each, more of them are a name.
        if it.len() > MAX_IDENTIFIER {
            names.word(it.chars().take(MAX_IDENTIFIER).collect());
        }
    });
}

/// The same of the name of a schema.
pub(super) fn schema(text: &str, names: &mut impl Names) {
    each_form(text, &mut |it| names.schema(cut(it)));
}

/// `text` as it is and folded, and what stands between its `$`, which may be the marks of a literal.
fn each_form(text: &str, take: &mut impl FnMut(&str)) {
    let parts = text.split('$').filter(|it| it.len() < text.len());
    for part in parts.chain([text]) {
        if part.is_empty() || part.starts_with(|it: char| it.is_ascii_digit()) {
            continue;
        }
        take(part);
        if part.bytes().any(|it| it.is_ascii_uppercase()) {
            take(&identifier(part));
        }
        // Where characters are one byte each the server folds all letters.
        if !part.is_ascii() {
            let folded = part.to_lowercase();
            if folded != part {
                take(&folded);
                // In Turkish it loses its dot.
                if folded.contains("i\u{307}") {
                    take(&folded.replace("i\u{307}", "i"));
                }
            }
        }
    }
}

/// As the server keeps a name.
pub(super) fn cut(name: &str) -> SmolStr {
    name[..name.floor_char_boundary(MAX_IDENTIFIER)].into()
}

/// A word of a text.
struct Run<'a> {
    text: &'a str,
    end: usize,
}

fn is_of_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '$' || !it.is_ascii()
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut start = None;
    for (at, it) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_of_word(it)) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                let word = &text[begin..at];
                runs.push(Run {
                    text: word,
                    end: at,
                });
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    runs
}

/// Whether a dot and another name follow, not as in `see the data. It …` or `https://data.example.org`: where a schema is written
/// otherwise it is a word.
fn is_before_dot(text: &str, run: &Run<'_>) -> bool {
    let Some(gap) = gap_of_dot(&text[run.end..]) else {
        return false;
    };
    let before = &text[..run.end - run.text.len()];
    // A comment ends with its line. That is asked last: a line may be long, and hold many names.
    let is_in_comment = || {
        before
            .rsplit('\n')
            .next()
            .is_some_and(|it| it.contains("--"))
    };
    !(before.ends_with("//") || gap.contains('\n') && is_in_comment())
}

/// Where a name has a dot and another name behind it, what stands between these two; blanks and comments may stand on both sides
/// of the dot.
fn gap_of_dot(behind: &str) -> Option<&str> {
    let after = past_blanks(behind).strip_prefix('.')?;
    let name = past_blanks(after);
    let mut characters = name.chars();
    let begins = |it: Option<char>| it.is_some_and(|it| is_of_word(it) || "\"%*'".contains(it));
    // The next sentence of a text.
    let is_sentence = name.len() < after.len()
        && name.starts_with(|it: char| it.is_ascii_uppercase())
        && name[1..].starts_with(|it: char| it.is_ascii_lowercase() || it == ' ');
    let gap = &after[..after.len() - name.len()];
    (begins(characters.next()) && !is_sentence).then_some(gap)
}

/// What stands behind blanks and comments.
fn past_blanks(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |it| it.1)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |it| it.1)
        } else {
            return rest;
        };
        rest = after.trim_start();
    }
}

/// The operators in each run of their characters: where one ends hangs on what the server makes of it.
pub(super) fn operators(text: &str, names: &mut impl Names) {
    for run in text.split(|it| !"+-*/<>=~!@#%^&|`?".contains(it)) {
        for start in 0..run.len() {
            for end in start + 1..=run.len().min(start + LONGEST_OPERATOR) {
                names.word(run[start..end].into());
            }
        }
    }
}

/// What stands between two quotes, in which any character may be.
fn quoted(text: &str, names: &mut impl Names) {
    // In code a single one, in a comment or a literal, takes the others for what they are not.
    let is_code = text.contains('(');
    let mut rest = text;
    while let Some((_, from)) = rest.split_once('"')
        && let Some((name, after)) = up_to_quote(from)
    {
        names.word(cut(&name));
        if gap_of_dot(after).is_some() {
            names.schema(cut(&name));
        }
        rest = if is_code { from } else { after };
    }
}

/// The name that ends at a quote, and what follows. Two quotes are one of the name.
fn up_to_quote(text: &str) -> Option<(String, &str)> {
    let (before, mut rest) = text.split_once('"')?;
    let mut name = before.to_owned();
    while let Some((more, after)) = rest.strip_prefix('"').and_then(|it| it.split_once('"')) {
        name.push('"');
        name.push_str(more);
        rest = after;
    }
    Some((name, rest))
}

fn paths(text: &str, runs: &[Run<'_>], names: &mut impl Names) {
    let is = |at: Option<usize>, words: &[&str]| {
        let run = at.and_then(|it| runs.get(it));
        run.is_some_and(|it| words.iter().any(|word| it.text.eq_ignore_ascii_case(word)))
    };
    for (at, run) in runs.iter().enumerate() {
        let before = at.checked_sub(1);
        let is_path = is(Some(at), &["search_path"])
            || is(Some(at), &["schema"])
                && (is(before, &["set"])
                    || is(before, &["local", "session"]) && is(at.checked_sub(2), &["set"]));
        if is_path {
            path(&text[run.end..], names);
        }
    }
}

/// The names behind `search_path`: with commas between them, in quotes or not.
fn path(text: &str, names: &mut impl Names) {
    if text
        .split(';')
        .next()
        .is_some_and(|it| it.contains("$user"))
    {
        names.path(SmolStr::new_static("$user"));
    }
    let (mut quote, mut rest) = opened(text, "'\"$=,(");
    let is_to = rest
        .get(..2)
        .is_some_and(|it| it.eq_ignore_ascii_case("to"));
    if is_to && !rest[2..].starts_with(is_of_word) {
        (quote, rest) = opened(&rest[2..], "'\"$(");
    }
    loop {
        // `E'…'` and `U&"…"`.
        if let (None, Some(at)) = (quote, rest.find(['\'', '"']))
            && ["E", "e", "U&", "u&"].contains(&&rest[..at])
        {
            (quote, rest) = opened(&rest[at..], "'\"");
        }
        let mut end = rest.find(|it| !is_of_word(it)).unwrap_or(rest.len());
        // `$user` was taken above.
        let is_user = &rest[..end] == "user" && text[..text.len() - rest.len()].ends_with('$');
        if !is_user {
            each_form(&rest[..end], &mut |it| names.path(cut(it)));
        }
        // In quotes it may hold anything, and those of a literal hold a list.
        if let Some(quote) = quote {
            let ends = if quote == '"' { "\"" } else { ",'\";" };
            end = rest.find(|it| ends.contains(it)).unwrap_or(rest.len());
            if !is_user {
                names.path(cut(rest[..end].trim_end()));
            }
        }
        let (_, after) = opened(&rest[end..], "'\"$");
        let Some(after) = after.strip_prefix(',') else {
            break;
        };
        (quote, rest) = opened(after, "'\"$(");
    }
}

/// What follows spaces, comments and `marks`, and the quote right before it.
fn opened<'a>(text: &'a str, marks: &str) -> (Option<char>, &'a str) {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start_matches(|it: char| it.is_whitespace() || marks.contains(it));
        let before = &text[..text.len() - trimmed.len()];
        let comment_end = match trimmed.get(..2) {
            Some("--") => trimmed.find('\n'),
            Some("/*") => trimmed.find("*/").map(|it| it + 2),
            _ => {
                return (
                    before.chars().next_back().filter(|it| "'\"".contains(*it)),
                    trimmed,
                );
            }
        };
        rest = &trimmed[comment_end.unwrap_or(trimmed.len())..];
    }
}

#[cfg(test)]
mod tests;
