//! The trees of what [`super::fast`] reads: the commonest expressions, from their tokens without the parser.

use std::ops::Range;

use smol_str::SmolStr;

use super::cursor::Cursor;
use super::walk::is_value_function;
use crate::token::{KeywordClass, Token, TokenKind, identifier, keyword_class, string_value};
use crate::tree::{Argument, Call, Expr, ExprKind, Literal, Name, Operator, TypeName};

/// The tree of an expression that [`super::fast::expression`] took; nothing where the parser is to read it.
pub(super) fn read(text: &str, tokens: &[Token]) -> Option<Expr> {
    let mut reader = Reader {
        cursor: Cursor { text, tokens },
    };
    let expr = reader.alternatives()?;
    reader.cursor.tokens.is_empty().then_some(expr)
}

struct Reader<'a> {
    cursor: Cursor<'a>,
}

impl Reader<'_> {
    /// Conditions with `and` and `or`, of which `and` binds closer.
    fn alternatives(&mut self) -> Option<Expr> {
        let mut all = vec![self.conjunction()?];
        while self.cursor.word("or") {
            all.push(self.conjunction()?);
        }
        Some(joined(all, ExprKind::Or))
    }

    fn conjunction(&mut self) -> Option<Expr> {
        let mut all = vec![self.condition()?];
        while self.cursor.word("and") {
            all.push(self.condition()?);
        }
        Some(joined(all, ExprKind::And))
    }

    fn condition(&mut self) -> Option<Expr> {
        let left = self.operand()?;
        let start = left.range.start;
        if self.cursor.word("is") {
            self.cursor.word("not");
            let end = self.cursor.next()?.end as usize;
            return Some(of(ExprKind::IsNull(Box::new(left)), start..end));
        }
        if self.cursor.word("in") {
            self.cursor.next()?;
            let (list, end) = self.list()?;
            return Some(of(ExprKind::In(Box::new(left), list), start..end));
        }
        let Some(token) = self
            .cursor
            .tokens
            .first()
            .copied()
            .filter(|it| it.kind == TokenKind::Operator)
        else {
            return Some(left);
        };
        self.cursor.next()?;
        let right = self.operand()?;
        let written = token.text(self.cursor.text);
        let operator = self.operator(token, if written == "!=" { "<>" } else { written });
        let range = start..right.range.end;
        let kind = ExprKind::Operator {
            operator,
            left: Some(Box::new(left)),
            right: Box::new(right),
        };
        Some(of(kind, range))
    }

    fn operator(&self, token: Token, name: &str) -> Operator {
        debug_assert!(
            !token.text(self.cursor.text).is_empty(),
            "a token has a text"
        );
        Operator {
            schema: None,
            name: name.into(),
            range: place(token),
        }
    }

    fn operand(&mut self) -> Option<Expr> {
        let token = self.cursor.next()?;
        let text = token.text(self.cursor.text);
        match token.kind {
            TokenKind::Number => self.cast(number(text, token)),
            TokenKind::Operator => {
                let number_token = self.cursor.next()?;
                let digits = number_token.text(self.cursor.text);
                let range = token.start as usize..number_token.end as usize;
                if self.cursor.at("::") || text == "+" {
                    let right = self.cast(number(digits, number_token))?;
                    let range = token.start as usize..right.range.end;
                    let kind = ExprKind::Operator {
                        operator: self.operator(token, text),
                        left: None,
                        right: Box::new(right),
                    };
                    return Some(of(kind, range));
                }
                let literal = Literal::Number(format!("-{digits}").into());
                Some(of(ExprKind::Literal(literal), range))
            }
            TokenKind::String => {
                let value = string_value(text)?;
                let literal = Literal::String(value.into());
                self.cast(of(ExprKind::Literal(literal), place(token)))
            }
            TokenKind::Word | TokenKind::QuotedName => self.named(token),
            TokenKind::DollarString
            | TokenKind::Parameter
            | TokenKind::Punctuation
            | TokenKind::Stray => None,
        }
    }

    fn named(&mut self, token: Token) -> Option<Expr> {
        let name = identifier(token.text(self.cursor.text));
        let is_word = token.kind == TokenKind::Word;
        let class = keyword_class(&name).filter(|_| is_word);
        let literal = match name.as_str() {
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            "null" => Some(Literal::Null),
            _ => None,
        };
        if let Some(literal) = literal.filter(|_| class.is_some()) {
            return self.cast(of(ExprKind::Literal(literal), place(token)));
        }
        if class.is_some() && is_value_function(&name) {
            return Some(of(ExprKind::Keyword(name), place(token)));
        }
        if !matches!(class, None | Some(KeywordClass::Unreserved)) {
            return None;
        }
        if !self.cursor.at("(") {
            return Some(of(ExprKind::Column(vec![name]), place(token)));
        }
        self.cursor.next()?;
        let (values, end) = if self.cursor.at(")") {
            (Vec::new(), self.cursor.next()?.end as usize)
        } else {
            self.list()?
        };
        let arguments = values.into_iter().map(|value| Argument {
            name: None,
            variadic: false,
            value,
        });
        let call = Call {
            function: Name {
                parts: vec![name],
                range: place(token),
            },
            arguments: arguments.collect(),
            star: false,
            distinct: false,
            order_by: Vec::new(),
            within_group: None,
            filter: None,
            over: None,
            by_grammar: false,
        };
        Some(of(ExprKind::Call(call), token.start as usize..end))
    }

    /// `operand, … )`, and where the parenthesis ends.
    fn list(&mut self) -> Option<(Vec<Expr>, usize)> {
        let mut list = vec![self.operand()?];
        while self.cursor.at(",") {
            self.cursor.next()?;
            list.push(self.operand()?);
        }
        let close = self.cursor.next()?;
        close
            .is(self.cursor.text, ")")
            .then_some((list, close.end as usize))
    }

    /// An optional `::type`, a single word.
    fn cast(&mut self, value: Expr) -> Option<Expr> {
        if !self.cursor.at("::") {
            return Some(value);
        }
        self.cursor.next()?;
        let token = self.cursor.next()?;
        let range = value.range.start..token.end as usize;
        let name = TypeName {
            text: SmolStr::new(token.text(self.cursor.text)),
            set_of: false,
            range: place(token),
        };
        Some(of(ExprKind::Cast(Box::new(value), name), range))
    }
}

fn of(kind: ExprKind, range: Range<usize>) -> Expr {
    Expr { kind, range }
}

fn place(token: Token) -> Range<usize> {
    token.start as usize..token.end as usize
}

fn number(text: &str, token: Token) -> Expr {
    of(
        ExprKind::Literal(Literal::Number(text.into())),
        place(token),
    )
}

/// One of them alone, or several together.
fn joined(mut all: Vec<Expr>, together: fn(Vec<Expr>) -> ExprKind) -> Expr {
    match (all.pop(), all.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            let range = all[0].range.start..last.range.end;
            all.push(last);
            of(together(all), range)
        }
        (None, _) => unreachable!("there is a first condition"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw_sql::{expression_tree, lex, parsed_tree};

    #[test]
    fn trees_are_the_parsers_own() {
        for text in [
            "1",
            "-1",
            "+ 1",
            "- 1::bigint",
            "1.5",
            "'a'",
            "'a'::text",
            "'it''s'",
            "null",
            "true",
            "current_date",
            "now()",
            "nextval('s'::regclass)",
            "f(a, 1, g('x'))",
            "a",
            "\"A b\"",
            "a > 0 and b <> 'x' or c != 1",
            "a is not null",
            "a is null or b in (1, 2, 3) and lower(c) = 'd'",
            "a <= - 5",
        ] {
            let tokens = lex(text).unwrap();
            let plain = read(text, &tokens).unwrap();
            assert_eq!(Some(plain), parsed_tree(text, &tokens), "{text}");
            assert!(expression_tree(text).is_some());
        }
    }
}
