//! The commonest expressions, read from their tokens without the parser. Whatever is not certain is left to it.

use super::walk::{is_aggregate, is_value_function, relation_literal, takes_relation, type_parts};
use super::{Parsed, Reference, ReferenceKind};
use crate::token::{KeywordClass, Token, TokenKind, identifier, keyword_class};

/// Reads `operand [op operand | in (operands) | is [not] null]`, chained with `and` and `or`. Operands are columns,
/// literals with or without a cast, and calls of operands.
pub(super) fn expression(text: &str, tokens: &[Token]) -> Option<Parsed> {
    let mut reader = Reader {
        text,
        tokens,
        parsed: Parsed::default(),
    };
    reader.condition()?;
    while !reader.tokens.is_empty() {
        if !reader.word("and") && !reader.word("or") {
            return None;
        }
        reader.condition()?;
    }
    Some(reader.parsed)
}

/// So few that no chain or depth which is refused elsewhere is read here.
const MAX_TOKENS: usize = 300;

const COMPARISONS: [&str; 7] = ["=", "<>", "!=", "<", "<=", ">", ">="];

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    parsed: Parsed,
}

impl Reader<'_> {
    fn condition(&mut self) -> Option<()> {
        if self.tokens.len() > MAX_TOKENS {
            return None;
        }
        self.operand()?;
        if self.word("is") {
            self.word("not");
            return self.word("null").then_some(());
        }
        if self.word("in") {
            self.next()?.is(self.text, "(").then_some(())?;
            self.operand()?;
            return self.rest_of_list();
        }
        let compared = self.tokens.first().is_some_and(|it| {
            it.kind == TokenKind::Operator && COMPARISONS.contains(&it.text(self.text))
        });
        if compared {
            self.tokens = &self.tokens[1..];
            self.operand()?;
        }
        Some(())
    }

    fn operand(&mut self) -> Option<()> {
        let token = self.next()?;
        let text = token.text(self.text);
        match token.kind {
            TokenKind::Number if is_decimal(text) => self.cast(None),
            TokenKind::Operator if matches!(text, "-" | "+") => {
                let number = self.next()?;
                (number.kind == TokenKind::Number && is_decimal(number.text(self.text)))
                    .then_some(())?;
                self.cast(None)
            }
            TokenKind::String if is_plain(text) => self.cast(Some(token)),
            TokenKind::Word => self.named(token),
            TokenKind::QuotedName if text.starts_with('"') => self.named(token),
            TokenKind::Number
            | TokenKind::String
            | TokenKind::QuotedName
            | TokenKind::DollarString
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation
            | TokenKind::Stray => None,
        }
    }

    fn named(&mut self, token: Token) -> Option<()> {
        let text = token.text(self.text);
        let name = identifier(text);
        let class = if token.kind == TokenKind::Word {
            keyword_class(&name)
        } else {
            None
        };
        if matches!(name.as_str(), "true" | "false" | "null") && class.is_some() {
            return self.cast(None);
        }
        if class.is_some() && is_value_function(&name) {
            return (!self.at("(")).then_some(());
        }
        if !matches!(class, None | Some(KeywordClass::Unreserved)) {
            return None;
        }
        let reference = Reference {
            kind: ReferenceKind::Column,
            range: token.start as usize..token.end as usize,
            parts: vec![name],
        };
        if !self.at("(") {
            self.parsed.references.push(reference);
            return Some(());
        }
        self.next()?;
        let function = Reference {
            kind: ReferenceKind::Function,
            ..reference
        };
        let takes_relation = takes_relation(&function.parts);
        self.parsed.has_aggregate_or_window |= is_aggregate(&function);
        self.parsed.references.push(function);
        if self.at(")") {
            self.next()?;
            return Some(());
        }
        if takes_relation {
            let literal = self.next()?;
            let is_string = literal.kind == TokenKind::String && is_plain(literal.text(self.text));
            is_string.then_some(())?;
            if !self.at("::") {
                self.relation(literal);
            }
            self.cast(Some(literal))?;
        } else {
            self.operand()?;
        }
        self.rest_of_list()
    }

    /// `, operand … )`
    fn rest_of_list(&mut self) -> Option<()> {
        while self.at(",") {
            self.next()?;
            self.operand()?;
        }
        self.next()?.is(self.text, ")").then_some(())
    }

    /// An optional `::type` behind a literal.
    fn cast(&mut self, string: Option<Token>) -> Option<()> {
        if !self.at("::") {
            return Some(());
        }
        self.next()?;
        let token = self.next()?;
        let text = token.text(self.text);
        let parts = type_parts(text);
        let is_type = token.kind == TokenKind::Word
            && (parts.len() == 2 || keyword_class(&parts[0]).is_none());
        // What may follow belongs to the type: modifiers, `varying`, `with time zone`, array bounds, another cast.
        let ends = self.tokens.first().is_none_or(|it| {
            it.is(self.text, ")")
                || it.is(self.text, ",")
                || it.is_word(self.text, "and")
                || it.is_word(self.text, "or")
                || it.is_word(self.text, "is")
                || (it.kind == TokenKind::Operator && COMPARISONS.contains(&it.text(self.text)))
        });
        (is_type && ends).then_some(())?;
        if let (Some(string), [name]) = (string, parts.as_slice())
            && name == "regclass"
        {
            self.relation(string);
        }
        self.parsed.references.push(Reference {
            kind: ReferenceKind::Type,
            range: token.start as usize..token.end as usize,
            parts,
        });
        Some(())
    }

    fn relation(&mut self, literal: Token) {
        let range = literal.start as usize..literal.end as usize;
        let reference = relation_literal(literal.text(self.text), range);
        self.parsed.references.extend(reference);
    }

    fn next(&mut self) -> Option<Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn at(&self, text: &str) -> bool {
        self.tokens.first().is_some_and(|it| it.is(self.text, text))
    }

    fn word(&mut self, word: &str) -> bool {
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

/// A literal without escapes or continuations.
fn is_plain(text: &str) -> bool {
    text.starts_with('\'') && !text.contains('\n')
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}
