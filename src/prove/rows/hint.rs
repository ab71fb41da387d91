//! What the constants of an expression say about the values that it takes.

use crate::expression::Expression;
use crate::token::{Token, TokenKind, lex, string_value};

/// A constant of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hint {
    Text(String),
    /// As it is written.
    Number(String),
}

impl Hint {
    /// The constants of `expression`.
    pub(super) fn all(expression: &Expression) -> Vec<Self> {
        Self::within(expression.text())
    }

    /// The constants of SQL.
    pub(super) fn within(text: &str) -> Vec<Self> {
        let tokens = lex(text, 0, text.len()).unwrap_or_default();
        Self::of(&tokens, text)
    }

    fn of(tokens: &[Token], text: &str) -> Vec<Self> {
        let mut hints = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Number => {
                    let number = token.text(text);
                    hints.push(if is_negated(&tokens[..at], text) {
                        Self::Number(format!("-{number}"))
                    } else {
                        Self::Number(number.to_owned())
                    });
                }
                TokenKind::String | TokenKind::DollarString => {
                    hints.extend(string_value(token.text(text)).map(Self::Text));
                }
                TokenKind::Word if token.is_word(text, "true") || token.is_word(text, "false") => {
                    hints.push(Self::Text(token.text(text).to_ascii_lowercase()));
                }
                TokenKind::Word
                | TokenKind::QuotedName
                | TokenKind::Parameter
                | TokenKind::Operator
                | TokenKind::Punctuation
                | TokenKind::Stray => {}
            }
        }
        hints
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) => text,
        }
    }

    /// The number that it is, also as a text.
    pub(super) fn number(&self) -> Option<f64> {
        self.text().parse().ok().filter(|it: &f64| it.is_finite())
    }

    /// The whole number that it is.
    pub(super) fn whole(&self) -> Option<i64> {
        self.text().parse().ok()
    }
}

/// Whether a minus that takes nothing before it ends `before`.
fn is_negated(before: &[Token], text: &str) -> bool {
    let [rest @ .., minus] = before else {
        return false;
    };
    minus.is(text, "-")
        && rest.last().is_none_or(|it| {
            it.kind == TokenKind::Operator
                || it.is(text, "(")
                || it.is(text, ",")
                || it.is(text, "[")
        })
}

/// The texts among the hints.
pub(super) fn texts(hints: &[Hint]) -> impl Iterator<Item = String> {
    hints.iter().filter_map(|it| match it {
        Hint::Text(text) => Some(text.clone()),
        Hint::Number(_) => None,
    })
}

/// The numbers among the hints.
pub(super) fn numbers(hints: &[Hint]) -> impl Iterator<Item = String> {
    let numbers = hints.iter().filter(|it| it.number().is_some());
    numbers.map(|it| it.text().to_owned())
}
