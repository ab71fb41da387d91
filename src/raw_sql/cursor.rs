//! Tokens that are read from the left.

use crate::token::Token;

/// The tokens of a text that are not read yet.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
}

impl Cursor<'_> {
    /// Reads a token; nothing at the end.
    pub(super) fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    /// Whether `text` stands next.
    pub(super) fn at(&self, text: &str) -> bool {
        self.tokens.first().is_some_and(|it| it.is(self.text, text))
    }

    /// Reads `word` where it stands next; whether it does.
    pub(super) fn word(&mut self, word: &str) -> bool {
        let found = self
            .tokens
            .first()
            .is_some_and(|it| it.is_word(self.text, word));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }
}
