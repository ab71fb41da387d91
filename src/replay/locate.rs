//! Finds the words of a statement that a refusal is about.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::schema::Refusal;
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

/// The place of what a refusal is about: the bytes of a text that the statement holds, or else its words.
pub(super) fn place(sources: &Sources, span: Span, refusal: &Refusal) -> Span {
    let by_words = || locate(sources, span, &refusal.at);
    let Some((text, range)) = &refusal.within else {
        return by_words();
    };
    let Some(start) = sources.text(span).find(&**text) else {
        let words: Vec<SmolStr> = text.get(range.clone()).map(words_of).unwrap_or_default();
        return locate(sources, span, &[refusal.at.as_slice(), &words].concat());
    };
    let start = span.start as usize + start;
    span.source.span(start + range.start, start + range.end)
}

/// What the tokens of a text say.
fn words_of(text: &str) -> Vec<SmolStr> {
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    tokens.into_iter().map(|it| value(text, it)).collect()
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

/// Keywords that may be names, and mostly are none in a statement.
const USUAL: [&str; 84] = [
    "action",
    "add",
    "after",
    "alter",
    "always",
    "attach",
    "before",
    "by",
    "cache",
    "cascade",
    "comment",
    "compression",
    "concurrently",
    "conflict",
    "constraints",
    "cycle",
    "data",
    "database",
    "declare",
    "defaults",
    "deferred",
    "delete",
    "detach",
    "disable",
    "domain",
    "drop",
    "each",
    "enable",
    "enum",
    "exclude",
    "excluding",
    "execute",
    "extension",
    "first",
    "function",
    "generated",
    "identity",
    "if",
    "immediate",
    "include",
    "including",
    "increment",
    "index",
    "inherit",
    "inherits",
    "insert",
    "key",
    "language",
    "last",
    "match",
    "materialized",
    "maxvalue",
    "merge",
    "minvalue",
    "no",
    "nulls",
    "of",
    "options",
    "over",
    "owned",
    "partition",
    "procedure",
    "range",
    "rename",
    "replace",
    "restart",
    "restrict",
    "returns",
    "row",
    "rule",
    "schema",
    "sequence",
    "set",
    "start",
    "statement",
    "stored",
    "tablespace",
    "trigger",
    "type",
    "unlogged",
    "update",
    "valid",
    "validate",
    "view",
];

/// The names in a statement that are no keywords. It need not lex.
pub(super) fn names(sources: &Sources, span: Span) -> BTreeSet<SmolStr> {
    let text = &sources.get(span.source).text;
    let tokens = lex(text, span.start as usize, span.end as usize);
    let is_keyword = |own: &str| {
        let own = own.to_ascii_lowercase();
        match keyword_class(&own) {
            None => false,
            Some(KeywordClass::Unreserved) => USUAL.contains(&own.as_str()),
            Some(
                KeywordClass::ColumnName | KeywordClass::TypeOrFunction | KeywordClass::Reserved,
            ) => true,
        }
    };
    tokens
        .unwrap_or_else(|_| words(text, span))
        .into_iter()
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedName))
        .filter(|token| {
            let own = token.text(text);
            own.starts_with('"') || !is_keyword(own)
        })
        .map(|token| identifier(token.text(text)))
        .filter(|name| crate::sql_type::builtin(name).is_none())
        .collect()
}

/// The name that stands at `span` and is all of it.
pub(super) fn word(sources: &Sources, span: Span) -> Option<SmolStr> {
    let text = &sources.get(span.source).text;
    match lex(text, span.start as usize, span.end as usize)
        .ok()?
        .as_slice()
    {
        [token] => Some(value(text, *token)),
        _ => None,
    }
}

/// The words of a text that does not lex.
fn words(text: &str, span: Span) -> Vec<Token> {
    let (start, end) = (span.start as usize, span.end as usize);
    let is_word = |it: char| it.is_alphanumeric() || it == '_';
    let mut words = Vec::new();
    let mut began = None;
    for (at, it) in text[start..end].char_indices().chain([(end - start, ' ')]) {
        match (began, is_word(it)) {
            (None, true) => began = Some(at),
            (Some(from), false) => {
                words.push(Token {
                    kind: TokenKind::Word,
                    start: u32::try_from(start + from).expect("sources are small"),
                    end: u32::try_from(start + at).expect("sources are small"),
                });
                began = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    words
}
