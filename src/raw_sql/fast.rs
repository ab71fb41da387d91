//! The commonest expressions, read from their tokens without the parser. Whatever is not certain is left to it.

use super::cursor::Cursor;
use super::walk::{is_aggregate, is_value_function, relation_literal, takes_relation, type_parts};
use super::{Parsed, Reference, ReferenceKind};
use crate::token::{KeywordClass, Token, TokenKind, identifier, keyword_class};

/// Reads `operand [op operand | in (operands) | is [not] null]`, chained with `and` and `or`. Operands are columns,
/// literals with or without a cast, and calls of operands.
pub(super) fn expression(text: &str, tokens: &[Token]) -> Option<Parsed> {
    let mut reader = Reader {
        cursor: Cursor { text, tokens },
        parsed: Parsed::default(),
    };
    reader.condition()?;
    while !reader.cursor.tokens.is_empty() {
        if !reader.cursor.word("and") && !reader.cursor.word("or") {
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
    cursor: Cursor<'a>,
    parsed: Parsed,
}

impl Reader<'_> {
    fn condition(&mut self) -> Option<()> {
        if self.cursor.tokens.len() > MAX_TOKENS {
            return None;
        }
        self.operand()?;
        if self.cursor.word("is") {
            self.cursor.word("not");
            return self.cursor.word("null").then_some(());
        }
        if self.cursor.word("in") {
            self.cursor
                .next()?
                .is(self.cursor.text, "(")
                .then_some(())?;
            self.operand()?;
            return self.rest_of_list();
        }
        let compared = self.cursor.tokens.first().is_some_and(|it| {
            it.kind == TokenKind::Operator && COMPARISONS.contains(&it.text(self.cursor.text))
        });
        if compared {
            self.cursor.tokens = &self.cursor.tokens[1..];
            self.operand()?;
        }
        Some(())
    }

    fn operand(&mut self) -> Option<()> {
        let token = self.cursor.next()?;
        let text = token.text(self.cursor.text);
        match token.kind {
            TokenKind::Number if is_decimal(text) => self.cast(None),
            TokenKind::Operator if matches!(text, "-" | "+") => {
                let number = self.cursor.next()?;
                (number.kind == TokenKind::Number && is_decimal(number.text(self.cursor.text)))
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
        let text = token.text(self.cursor.text);
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
            return (!self.cursor.at("(")).then_some(());
        }
        if !matches!(class, None | Some(KeywordClass::Unreserved)) {
            return None;
        }
        let reference = Reference {
            kind: ReferenceKind::Column,
            range: token.start as usize..token.end as usize,
            parts: vec![name],
        };
        if !self.cursor.at("(") {
            self.parsed.references.push(reference);
            return Some(());
        }
        self.cursor.next()?;
        let function = Reference {
            kind: ReferenceKind::Function,
            ..reference
        };
        let takes_relation = takes_relation(&function.parts);
        self.parsed.has_aggregate_or_window |= is_aggregate(&function);
        self.parsed.references.push(function);
        if self.cursor.at(")") {
            self.cursor.next()?;
            return Some(());
        }
        if takes_relation {
            let literal = self.cursor.next()?;
            let is_string =
                literal.kind == TokenKind::String && is_plain(literal.text(self.cursor.text));
            is_string.then_some(())?;
            if !self.cursor.at("::") {
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
        while self.cursor.at(",") {
            self.cursor.next()?;
            self.operand()?;
        }
        self.cursor.next()?.is(self.cursor.text, ")").then_some(())
    }

    /// An optional `::type` behind a literal.
    fn cast(&mut self, string: Option<Token>) -> Option<()> {
        if !self.cursor.at("::") {
            return Some(());
        }
        self.cursor.next()?;
        let token = self.cursor.next()?;
        let text = token.text(self.cursor.text);
        let parts = type_parts(text);
        let is_type = token.kind == TokenKind::Word
            && (parts.len() == 2 || keyword_class(&parts[0]).is_none());
        // What may follow belongs to the type: modifiers, `varying`, `with time zone`, array bounds, another cast.
        let ends = self.cursor.tokens.first().is_none_or(|it| {
            it.is(self.cursor.text, ")")
                || it.is(self.cursor.text, ",")
                || it.is_word(self.cursor.text, "and")
                || it.is_word(self.cursor.text, "or")
                || it.is_word(self.cursor.text, "is")
                || (it.kind == TokenKind::Operator
                    && COMPARISONS.contains(&it.text(self.cursor.text)))
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
        let reference = relation_literal(literal.text(self.cursor.text), range);
        self.parsed.references.extend(reference);
    }
}

/// A literal without escapes or continuations.
fn is_plain(text: &str) -> bool {
    text.starts_with('\'') && !text.contains('\n')
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit() || it == b'.')
}
