//! The grammar and the lexer must agree on where a token ends.

use pest::Parser as _;
use proptest::prelude::*;
use proptest::sample::select;

use super::grammar::{Grammar, Rule};
use super::outline::Text;
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
