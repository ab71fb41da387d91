//! Finds the words of a statement that a refusal is about.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::source::{Sources, Span};
use crate::token::{KeywordClass, Token, TokenKind, identifier, keyword_class, lex, string_value};

fn tokens(sources: &Sources, span: Span) -> Vec<Token> {
    let text = &sources.get(span.source).text;
    lex(text, span.start as usize, span.end as usize).expect("a statement that was read lexes")
}

/// What a token says, as refusals say it.
fn value(text: &str, token: Token) -> SmolStr {
    let own = token.text(text);
    match token.kind {
        TokenKind::Word | TokenKind::QuotedName => identifier(own),
        TokenKind::String | TokenKind::DollarString => {
            string_value(own).map_or_else(|| own.into(), SmolStr::from)
        }
        TokenKind::Number
        | TokenKind::Parameter
        | TokenKind::Operator
        | TokenKind::Punctuation
        | TokenKind::Stray => own.into(),
    }
}

/// The place of the last of `words` that is found, each sought after the one before; the statement's first line where
/// there is none.
pub(super) fn locate(sources: &Sources, span: Span, words: &[SmolStr]) -> Span {
    let text = &sources.get(span.source).text;
    let tokens = tokens(sources, span);
    let mut at = 0;
    let mut found = None;
    for word in words {
        let next = tokens[at..]
            .iter()
            .position(|token| value(text, *token) == *word);
        if let Some(next) = next {
            found = Some(tokens[at + next]);
            at += next + 1;
        }
    }
    match found {
        Some(token) => span.source.span(token.start as usize, token.end as usize),
        None => first_line(sources, span),
    }
}

/// Whether a statement says that word.
pub(super) fn says(sources: &Sources, span: Span, word: &str) -> bool {
    let text = &sources.get(span.source).text;
    tokens(sources, span)
        .into_iter()
        .any(|token| value(text, token) == word)
}

/// The part of a statement that stands on its first line.
pub(super) fn first_line(sources: &Sources, span: Span) -> Span {
    let line = sources.text(span).lines().next().unwrap_or_default();
    let end = span.start as usize + line.trim_end().len();
    span.source.span(span.start as usize, end)
}

/// The names in a statement that are no keywords.
pub(super) fn names(sources: &Sources, span: Span) -> BTreeSet<SmolStr> {
    let text = &sources.get(span.source).text;
    tokens(sources, span)
        .into_iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName))
        .filter(|token| {
            let own = token.text(text);
            own.starts_with('"')
                || matches!(
                    keyword_class(&own.to_ascii_lowercase()),
                    None | Some(KeywordClass::Unreserved)
                )
        })
        .map(|token| identifier(token.text(text)))
        .filter(|name| crate::sql_type::builtin(name).is_none() && name.len() > 2)
        .collect()
}
