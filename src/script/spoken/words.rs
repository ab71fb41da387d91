//! The names in the text of a revision, and where they stand.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::script::spoken::names::{Names, cut, gather, operators, places_in, schema, word};
use crate::script::spoken::{DEEPEST, Spoken};
use crate::token::{Token, TokenKind, identifier, lex, string_value};

impl Spoken {
    /// Adds the names in the text of a revision. Its comments name nothing, nor do the words of limbeck's own.
    pub(super) fn words(&mut self, text: &str, tokens: &[Token]) {
        places_in(&without_comments(text, tokens), self);
        for (at, token) in tokens.iter().enumerate() {
            let rest = &tokens[at + 1..];
            let before = at.checked_sub(1).map(|it| &tokens[it]);
            let is_first = |it: Option<&Token>| {
                it.is_none_or(|token| token.is(text, ";") || token.is(text, "}"))
            };
            let is_dotted = rest.first().is_some_and(|it| it.is(text, "."));
            match token.kind {
                TokenKind::Word => {
                    let written = &*folded(token.text(text));
                    let is_own_word = rest.first().is_some_and(|it| it.is(text, "{"))
                        || is_first(before) && HEADER.iter().any(|it| token.is_word(text, it));
                    if !is_own_word {
                        word(written, self);
                    }
                    if is_dotted {
                        schema(written, self);
                    }
                }
                TokenKind::QuotedName => {
                    if is_dotted {
                        self.qualifiers.insert(cut(&identifier(token.text(text))));
                    }
                    // With the escapes of `U&"…"`, whose mark may follow.
                    gather(with_mark(text, token, rest), self);
                }
                TokenKind::String => {
                    // What a message says is nobody's code.
                    let is_message = before.is_some_and(|it| it.is_word(text, "message"))
                        && is_first(at.checked_sub(2).map(|it| &tokens[it]));
                    if !is_message {
                        gather(with_mark(text, token, rest), self);
                        self.within(token.text(text), DEEPEST);
                    }
                }
                TokenKind::DollarString => {
                    // Code can put a relation's name together from any of its words, or declare a row of it.
                    let mut body = Self::default();
                    gather(token.text(text), &mut body);
                    body.within(token.text(text), DEEPEST);
                    self.touched.extend(body.words.iter().cloned());
                    self.add(body);
                }
                TokenKind::Operator => operators(token.text(text), self),
                TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Punctuation
                | TokenKind::Stray => {}
            }
        }
    }

    /// Adds what stands in the value of a literal, as the server reads it, and in the literals within that.
    fn within(&mut self, literal: &str, depth: usize) {
        // Where nothing is quoted or escaped, the text is its own value.
        let is_plain = !literal[1..literal.len() - 1].contains(['\'', '"', '\\', '$', '&']);
        if depth == 0 || is_plain {
            return;
        }
        let Some(value) = string_value(literal) else {
            return;
        };
        gather(&value, self);
        let tokens = lex(&value, 0, value.len()).unwrap_or_default();
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::String | TokenKind::DollarString => {
                    self.within(token.text(&value), depth - 1);
                }
                TokenKind::QuotedName => {
                    gather(with_mark(&value, token, &tokens[at + 1..]), self);
                }
                TokenKind::Word
                | TokenKind::Operator
                | TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Punctuation
                | TokenKind::Stray => {}
            }
        }
    }
}

/// A word that is not quoted as the server reads it, as far as all servers do.
fn folded(word: &str) -> Cow<'_, str> {
    if word.bytes().any(|it| it.is_ascii_uppercase()) {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        Cow::Borrowed(word)
    }
}

/// The text without what stands between its tokens, but for where lines end: a comment changes no byte of a script.
fn without_comments(text: &str, tokens: &[Token]) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut end = 0;
    for token in tokens {
        let gap = &text[end..token.start as usize];
        if gap.contains('\n') {
            bare.push('\n');
        } else if !gap.is_empty() {
            bare.push(' ');
        }
        if token.kind == TokenKind::Word {
            bare.push_str(&folded(token.text(text)));
        } else {
            bare.push_str(token.text(text));
        }
        end = token.end as usize;
    }
    bare
}

/// A name or literal with the `uescape '!'` that may follow it.
fn with_mark<'a>(text: &'a str, token: &Token, rest: &[Token]) -> &'a str {
    let end = match rest {
        [word, mark, ..] if word.is_word(text, "uescape") => mark.end,
        _ => token.end,
    };
    &text[token.start as usize..end as usize]
}

impl Names for Spoken {
    fn word(&mut self, word: SmolStr) {
        self.words.insert(word);
    }

    fn schema(&mut self, name: SmolStr) {
        self.qualifiers.insert(name);
    }

    fn path(&mut self, name: SmolStr) {
        if !name.is_empty() {
            self.paths.insert(name);
        }
    }

    fn sought(&mut self, name: SmolStr) {
        self.sought.insert(name);
    }

    fn begins(&mut self, name: SmolStr) {
        self.begins.insert(name);
    }

    fn touched(&mut self, name: SmolStr) {
        self.touched.insert(name);
    }
}

/// The words that begin a line above the blocks of a revision, or stand alone there.
const HEADER: [&str; 8] = [
    "revision",
    "down_revision",
    "message",
    "branch_labels",
    "depends_on",
    "create_date",
    "downgrade",
    "verify",
];
