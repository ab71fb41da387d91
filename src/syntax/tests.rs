//! The grammar and the lexer must agree on where a token ends, and the two readers of the grammar on all of it.

use std::fs;
use std::path::{Path, PathBuf};

use pest::Parser as _;
use pest::iterators;
use proptest::prelude::*;
use proptest::sample::select;

use super::grammar::{Grammar, Rule};
use super::outline::{self, Text};
use super::reader;
use crate::diagnostic::Diagnostics;
use crate::source::Sources;
use crate::token::{TokenKind, lex};

const PIECES: &[&str] = &[
    "'", "''", "\"", "\"\"", "\\", "$", "$$", "$a$", "$é$", "e", "E'", "u&", "U&\"", "x'", "b'",
    "n'", "a", "é", "_", "1", "0x", "1F", ".", "..", "1.", ".5", "e5", "1e-5", "_1", " ", "\t",
    "\n", "\r", "\u{b}", "\u{c}", "--", "/*", "*/", "+", "-", "case", "end",
];

/// The rule that reads tokens of a kind.
fn rule(kind: TokenKind) -> Option<Rule> {
    match kind {
        TokenKind::Word | TokenKind::QuotedName => Some(Rule::name),
        TokenKind::String | TokenKind::DollarString => Some(Rule::string),
        TokenKind::Number => Some(Rule::number),
        TokenKind::Parameter | TokenKind::Operator | TokenKind::Punctuation | TokenKind::Stray => {
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn on_where_tokens_end(pieces in proptest::collection::vec(select(PIECES), 0..20)) {
        let text = pieces.concat();
        let tokens = lex(&text, 0, text.len()).unwrap_or_default();
        let source = Sources::default().add("a.rev", String::new());
        let outline = Text { source, text: &text, tokens: &tokens };
        for (at, token) in tokens.iter().enumerate() {
            let start = token.start as usize;
            let Some(rule) = rule(token.kind) else { continue };
            // Digits are asked for when a number is read.
            if matches!(token.text(&text), "0x" | "0o" | "0b") {
                continue;
            }
            let end = Grammar::parse(rule, &(outline.plain(&(at..at + 1)) + &text[token.end as usize..]))
                .map(|it| start + it.as_str().len());
            prop_assert_eq!(end, Ok(token.end as usize), "{:?} in {:?}", token, &text);
        }
    }
}

/// The rules that files are read with.
const ENTRIES: [Rule; 4] = [
    Rule::header_statements,
    Rule::body_statements,
    Rule::raw_head,
    Rule::assert_statement,
];

#[derive(Debug, PartialEq, Eq)]
struct Node {
    rule: Rule,
    start: usize,
    end: usize,
    inside: Vec<Self>,
}

fn by_pest(pairs: iterators::Pairs<'_, Rule>) -> Vec<Node> {
    pairs
        .map(|it| Node {
            rule: it.as_rule(),
            start: it.as_span().start(),
            end: it.as_span().end(),
            inside: by_pest(it.into_inner()),
        })
        .collect()
}

fn by_reader(pairs: reader::Pairs<'_>) -> Vec<Node> {
    pairs
        .map(|it| Node {
            rule: it.rule(),
            start: it.range().start,
            end: it.range().end,
            inside: by_reader(it.inside()),
        })
        .collect()
}

/// How many of the entry rules read `text`, after a look at whether both readers say the same.
fn read_by_both(text: &str) -> usize {
    let mut count = 0;
    for rule in ENTRIES {
        let pest = Grammar::parse(rule, text).ok().map(by_pest);
        let reader = reader::Tree::read(rule, text);
        assert_eq!(
            reader.map(|it| by_reader(it.pairs())),
            pest,
            "{rule:?} on {text:?}"
        );
        count += usize::from(pest.is_some());
    }
    count
}

#[expect(clippy::disallowed_methods, reason = "the test reads the cases")]
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rev") {
            found.push(path);
        }
    }
}

/// The heads of the statements of all cases, as the grammar sees them, with the places of their tokens.
#[expect(clippy::disallowed_methods, reason = "the test reads the cases")]
fn statements() -> Vec<(String, Vec<(usize, usize)>)> {
    let mut found = Vec::new();
    files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"),
        &mut found,
    );
    found.sort_unstable();
    let mut statements = Vec::new();
    for path in found {
        let Ok(text) = fs::read_to_string(path) else {
            continue;
        };
        let Ok(tokens) = lex(&text, 0, text.len()) else {
            continue;
        };
        let source = Sources::default().add("a.rev", String::new());
        let outline = Text {
            source,
            text: &text,
            tokens: &tokens,
        };
        let whole = 0..tokens.len();
        let mut ranges = vec![whole];
        while let Some(range) = ranges.pop() {
            statements.push((outline.plain(&range).into_owned(), Vec::new()));
            for chunk in outline::statements(outline, range, &mut Diagnostics::default()) {
                ranges.extend(
                    chunk
                        .body
                        .into_iter()
                        .chain(chunk.reverse.map(|it| it.inside)),
                );
                if let [first, ..] = tokens[chunk.head.clone()] {
                    let place = |it: u32| (it - first.start) as usize;
                    let places = tokens[chunk.head.clone()]
                        .iter()
                        .map(|it| (place(it.start), place(it.end)))
                        .collect();
                    statements.push((outline.plain(&chunk.head).into_owned(), places));
                }
            }
        }
    }
    statements
}

#[test]
fn of_both_readers_on_all_cases() {
    let statements = statements();
    let read: usize = statements.iter().map(|(it, _)| read_by_both(it)).sum();
    assert!(read > 1_000, "{read} of {}", statements.len());
    // A token left out, written twice, exchanged for the next, or the rest cut off.
    for (text, tokens) in statements.iter().filter(|(text, _)| text.len() < 400) {
        for (at, &(start, end)) in tokens.iter().enumerate() {
            let (before, token, after) = (&text[..start], &text[start..end], &text[end..]);
            read_by_both(&format!("{before}{after}"));
            read_by_both(&format!("{before}{token} {token}{after}"));
            read_by_both(before);
            read_by_both(&format!("{before}é{token}\u{1}{after}"));
            if let Some(&(next, last)) = tokens.get(at + 1) {
                let (gap, next, rest) = (&text[end..next], &text[next..last], &text[last..]);
                read_by_both(&format!("{before}{next}{gap}{token}{rest}"));
            }
        }
    }
}
