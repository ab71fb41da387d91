//! The name that PostgreSQL gives to an expression in the name of an index: `lower(email)` counts as `lower`.
//!
//! Source: `FigureIndexColname` in `parse_target.c`, over the grammar's precedence of operators. It is enough to find the
//! outermost operator, so tokens do and no tree is built.

use smol_str::SmolStr;

use crate::sql_type::{self, BaseType, WrittenType};
use crate::token::{Token, TokenKind, identifier};

/// The name of the valid expression that `tokens` of `text` are: of its outermost function, column, cast or special form,
/// else `expr`.
#[must_use]
pub fn expression_name(text: &str, tokens: &[Token]) -> SmolStr {
    match (Expression { text, tokens }).figure() {
        Figured::Nothing => SmolStr::new_static("expr"),
        Figured::Weak(name) | Figured::Strong(name) => name,
    }
}

#[derive(Clone, Copy)]
struct Expression<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

/// The name of a part, which gives way to that of a cast around it or not.
enum Figured {
    Nothing,
    Weak(SmolStr),
    Strong(SmolStr),
}

impl Figured {
    fn or(self, weak: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Nothing | Self::Weak(_) => weak(),
            Self::Strong(_) => self,
        }
    }
}

fn strong(name: impl Into<SmolStr>) -> Figured {
    Figured::Strong(name.into())
}

impl<'a> Expression<'a> {
    fn figure(self) -> Figured {
        let length = self.tokens.len();
        if self.is(0, "(") && self.close(0) == length - 1 {
            let inner = self.slice(1, length - 1);
            return if inner.outer().any(|at| inner.is(at, ",")) {
                strong("row")
            } else {
                inner.figure()
            };
        }
        if let Some(answer) = self.weak_operator() {
            return answer;
        }
        if let Some(at) = self.last(|at| at > 0 && self.is_word(at, "collate")) {
            return self.slice(0, at).figure();
        }
        if self
            .tokens
            .first()
            .is_none_or(|it| it.kind == TokenKind::Operator)
        {
            return Figured::Nothing;
        }
        if let Some(at) = self.last(|at| self.is(at, "::")) {
            return self.cast(self.slice(0, at), self.slice(at + 1, length));
        }
        self.primary()
    }

    /// The answer where the outermost operator binds weaker than `collate`, or is an infix one.
    fn weak_operator(self) -> Option<Figured> {
        let infix = |at: usize| at > 0 && self.tokens[at - 1].kind != TokenKind::Operator;
        let symbol = |at: usize| {
            let sign = self.is(at, "-") || self.is(at, "+");
            self.tokens[at].kind == TokenKind::Operator
                && !self.is(at, "::")
                && (infix(at) || !sign)
        };
        let word = |at: usize, words: &[&str]| words.iter().any(|it| self.is_word(at, it));
        if let Some(at) = self.outer().find(|at| *at > 0 && word(*at, &["is"])) {
            let normalized =
                !self.is_word(at + 1, "not") && self.is_word(self.tokens.len() - 1, "normalized");
            return Some(if normalized {
                strong("is_normalized")
            } else {
                Figured::Nothing
            });
        }
        if self.outer().any(|at| at > 0 && word(at, &["overlaps"])) {
            return Some(strong("overlaps"));
        }
        let logic = [
            "and", "or", "isnull", "notnull", "in", "between", "like", "ilike", "similar",
            "operator",
        ];
        if self.is_word(0, "not")
            || self
                .outer()
                .any(|at| symbol(at) || at > 0 && word(at, &logic))
        {
            return Some(Figured::Nothing);
        }
        let zone =
            |at: usize| at > 0 && self.is_word(at, "at") && (word(at + 1, &["time", "local"]));
        self.last(zone).map(|_| strong("timezone"))
    }

    fn primary(self) -> Figured {
        let end = self.tokens.len() - 1;
        if self.is_word(0, "case") && self.is_word(end, "end") {
            let inner = self.slice(1, end);
            let otherwise = inner.last(|at| inner.is_word(at, "else"));
            let figured = otherwise.map_or(Figured::Nothing, |at| {
                inner.slice(at + 1, inner.tokens.len()).figure()
            });
            return figured.or(|| Figured::Weak("case".into()));
        }
        if self.is_word(0, "array") && self.is(1, "[") && self.close(1) == end {
            return strong("array");
        }
        if self.is(end, "]")
            && let Some(open) = self.last(|at| self.is(at, "["))
        {
            return self.slice(0, open).figure();
        }
        if self.is(end, ")")
            && let Some(open) = self.last(|at| at > 0 && self.is(at, "("))
        {
            return self.call(open);
        }
        // `date '2025-01-01'` is a cast.
        if let Some(at) = self.last(|at| at > 0 && self.tokens[at].kind == TokenKind::String) {
            return self.cast(self.slice(at, at + 1), self.slice(0, at));
        }
        match self.tokens[end].kind {
            TokenKind::Word if end == 0 && self.is_constant() => Figured::Nothing,
            TokenKind::Word | TokenKind::QuotedName => strong(self.identifier(end)),
            TokenKind::String
            | TokenKind::DollarString
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Operator
            | TokenKind::Punctuation
            | TokenKind::Stray => Figured::Nothing,
        }
    }

    /// `name ( … )`, the parenthesis at `open`, with the forms that only look like a call.
    fn call(self, open: usize) -> Figured {
        let name = self.identifier(open - 1);
        let inner = self.slice(open + 1, self.tokens.len() - 1);
        let only = open == 1;
        match name.as_str() {
            "for" if self.is_word(0, "collation") => strong("pg_collation_for"),
            "cast" if only => inner.last(|at| inner.is_word(at, "as")).map_or_else(
                || strong(name),
                |at| inner.cast(inner.slice(0, at), inner.slice(at + 1, inner.tokens.len())),
            ),
            "trim" if only && inner.is_word(0, "leading") => strong("ltrim"),
            "trim" if only && inner.is_word(0, "trailing") => strong("rtrim"),
            "trim" if only => strong("btrim"),
            _ => strong(name),
        }
    }

    fn cast(self, operand: Self, target: Self) -> Figured {
        operand
            .figure()
            .or(|| match sql_type::parse(self.text, target.tokens, "") {
                Ok(WrittenType::Type(it) | WrittenType::Serial(it)) => {
                    Figured::Weak(match it.base {
                        BaseType::Builtin(name) => SmolStr::new_static(name),
                        BaseType::Named(name) => name.name,
                    })
                }
                Err(_) => Figured::Nothing,
            })
    }

    fn is_constant(self) -> bool {
        ["null", "true", "false"]
            .iter()
            .any(|it| self.is_word(0, it))
    }

    fn slice(self, start: usize, end: usize) -> Self {
        Self {
            tokens: &self.tokens[start..end],
            ..self
        }
    }

    fn identifier(self, at: usize) -> SmolStr {
        identifier(self.tokens[at].text(self.text))
    }

    fn is(self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|it| it.is(self.text, text))
    }

    fn is_word(self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|it| it.is_word(self.text, word))
    }

    fn opens(self, at: usize) -> bool {
        self.is(at, "(") || self.is(at, "[") || self.is_word(at, "case")
    }

    fn closes(self, at: usize) -> bool {
        self.is(at, ")") || self.is(at, "]") || self.is_word(at, "end")
    }

    /// Where the bracket that opens at `open` closes.
    fn close(self, open: usize) -> usize {
        let mut depth = 0_usize;
        (open..self.tokens.len())
            .find(|at| {
                depth += usize::from(self.opens(*at));
                depth -= usize::from(self.closes(*at));
                depth == 0
            })
            .unwrap_or(self.tokens.len())
    }

    /// The places outside of all brackets and of `case … end`; an opening one counts as outside, a closing one not.
    fn outer(self) -> impl Iterator<Item = usize> + 'a {
        let mut depth = 0_usize;
        (0..self.tokens.len()).filter(move |at| {
            let outside = depth == 0;
            depth += usize::from(self.opens(*at));
            depth = depth.saturating_sub(usize::from(self.closes(*at)));
            outside
        })
    }

    fn last(self, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        self.outer().filter(|at| wanted(*at)).last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::lex;

    #[test]
    fn names() {
        for (text, expected) in [
            ("a", "a"),
            ("\"A b\"", "A b"),
            ("((t.a))", "a"),
            ("(t.a).b", "b"),
            ("Lower(a)", "lower"),
            ("pg_catalog.lower(a)", "lower"),
            ("lower(a) || 'x'", "expr"),
            ("lower(a)::varchar(3)", "lower"),
            ("(a || b)::varchar(3)", "varchar"),
            ("cast(a + 1 as integer)", "int4"),
            ("a is null", "expr"),
            ("coalesce(a, b) collate \"C\"", "coalesce"),
            ("-a", "expr"),
            ("at at time zone 'UTC'", "timezone"),
            ("case when a > 0 then b else lower(c) end", "lower"),
            ("case when a > 0 then b end", "case"),
            ("a[1]", "a"),
            ("array[a, b]", "array"),
            ("extract(year from a)", "extract"),
            ("trim(both from a)", "btrim"),
            ("date '2025-01-01'", "date"),
        ] {
            let tokens = lex(text, 0, text.len()).unwrap();
            assert_eq!(expression_name(text, &tokens), expected, "{text}");
        }
    }
}
