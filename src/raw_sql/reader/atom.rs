//! Operands: constants, columns, fields, subscripts, parentheses, and what has brackets of its own.

use smol_str::SmolStr;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::cst::{
    Reader, by_grammar, child, children, elements, folded, has_token, is_query, operands, spaced,
    word,
};
use crate::tree::{Expr, ExprKind, Literal, Name, Operator, Query, TypeName};

impl Reader {
    /// An expression that no operator of its own makes.
    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn atom(self, node: &SyntaxNode) -> Expr {
        match node.kind() {
            SyntaxKind::LITERAL => self.literal(node),
            SyntaxKind::NAME_REF => self.word(node),
            SyntaxKind::FIELD_EXPR => self.field(node),
            SyntaxKind::INDEX_EXPR | SyntaxKind::SLICE_EXPR => self.subscript(node),
            SyntaxKind::PAREN_EXPR => self.paren(node),
            SyntaxKind::TUPLE_EXPR => {
                let values = self.expressions(node);
                self.expr(node, ExprKind::Row(values))
            }
            SyntaxKind::ARRAY_EXPR => self.array(node),
            SyntaxKind::CASE_EXPR => self.case(node),
            SyntaxKind::CALL_EXPR => self.call(node),
            SyntaxKind::CAST_EXPR => self.cast(node),
            _ => self.opaque(node),
        }
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn literal(self, node: &SyntaxNode) -> Expr {
        let Some(token) = elements(node).next().and_then(SyntaxElement::into_token) else {
            return self.opaque(node);
        };
        let text = token.text();
        let string = || {
            ast::Literal::cast(node.clone())
                .and_then(|literal| literal.string_value())
                .map(SmolStr::from)
        };
        let kind = match token.kind() {
            SyntaxKind::STRING
            | SyntaxKind::ESC_STRING
            | SyntaxKind::UNICODE_ESC_STRING
            | SyntaxKind::DOLLAR_QUOTED_STRING => {
                string().map(|value| ExprKind::Literal(Literal::String(value)))
            }
            SyntaxKind::NATIONAL_STRING => string().map(|value| self.national(node, value)),
            SyntaxKind::BIT_STRING | SyntaxKind::BYTE_STRING => {
                string().map(|value| ExprKind::Literal(Literal::Bits(value)))
            }
            SyntaxKind::INT_NUMBER | SyntaxKind::NUMERIC_NUMBER => {
                Some(ExprKind::Literal(Literal::Number(text.into())))
            }
            SyntaxKind::TRUE_KW => Some(ExprKind::Literal(Literal::Boolean(true))),
            SyntaxKind::FALSE_KW => Some(ExprKind::Literal(Literal::Boolean(false))),
            SyntaxKind::NULL_KW => Some(ExprKind::Literal(Literal::Null)),
            SyntaxKind::DEFAULT_KW => Some(ExprKind::Default),
            SyntaxKind::POSITIONAL_PARAM => text
                .strip_prefix('$')
                .and_then(|number| number.parse().ok())
                .map(ExprKind::Parameter),
            _ => None,
        };
        match kind {
            Some(kind) => self.expr(node, kind),
            None => self.opaque(node),
        }
    }

    /// The lexer reads `n'x'` as `nchar 'x'`.
    #[inline(never)]
    fn national(self, node: &SyntaxNode, value: SmolStr) -> ExprKind {
        let range = self.range(node);
        let sql_type = TypeName {
            text: SmolStr::new_static("bpchar"),
            set_of: false,
            range,
        };
        ExprKind::Cast(
            Box::new(self.expr(node, ExprKind::Literal(Literal::String(value)))),
            sql_type,
        )
    }

    /// A column, or a function without parentheses.
    #[inline(never)]
    fn word(self, node: &SyntaxNode) -> Expr {
        let name = folded(node);
        let kind = if word(node).is_some_and(is_function_word) {
            ExprKind::Keyword(name)
        } else {
            ExprKind::Column(vec![name])
        };
        self.expr(node, kind)
    }

    /// `a.b`, `a.*`, `(a).b`, `(a).*`.
    #[inline(never)]
    fn field(self, node: &SyntaxNode) -> Expr {
        let star = has_token(node, SyntaxKind::STAR);
        if let Some(path) = path(node) {
            return self.expr(
                node,
                if star {
                    ExprKind::Star(path)
                } else {
                    ExprKind::Column(path)
                },
            );
        }
        let mut inside = operands(node);
        let (Some(base), field) = (inside.next(), inside.next()) else {
            return self.opaque(node);
        };
        let base = Box::new(self.expression(&base));
        match field {
            _ if star => self.expr(node, ExprKind::FieldStar(base)),
            Some(field) => {
                let name = Name {
                    parts: vec![folded(&field)],
                    range: self.range(&field),
                };
                self.expr(node, ExprKind::Field(base, name))
            }
            None => self.expr(node, ExprKind::Opaque(vec![*base])),
        }
    }

    /// The grammar takes all subscripts of one value together, so that one slice makes slices of them all.
    #[inline(never)]
    fn subscript(self, node: &SyntaxNode) -> Expr {
        let mut slice = false;
        let mut all = Vec::new();
        let mut base = node.clone();
        while matches!(base.kind(), SyntaxKind::INDEX_EXPR | SyntaxKind::SLICE_EXPR) {
            slice |= base.kind() == SyntaxKind::SLICE_EXPR;
            let mut inside = operands(&base);
            let Some(next) = inside.next() else {
                return self.opaque(node);
            };
            all.push(inside.collect::<Vec<_>>());
            base = next;
        }
        let bounds = all
            .iter()
            .rev()
            .flatten()
            .map(|bound| self.expression(bound))
            .collect();
        let base = Box::new(self.expression(&base));
        self.expr(
            node,
            ExprKind::Subscript {
                base,
                bounds,
                slice,
            },
        )
    }

    #[inline(never)]
    fn paren(self, node: &SyntaxNode) -> Expr {
        if let Some(inner) = node.children().find(|child| is_query(child.kind())) {
            let query = self.boxed_query(&inner);
            return self.expr(node, ExprKind::Subquery(query));
        }
        match operands(node).next() {
            Some(inner) => self.expression(&inner),
            None => self.opaque(node),
        }
    }

    /// The query of `(select …)`, also in more parentheses.
    #[inline(never)]
    pub(super) fn enclosed_query(self, node: &SyntaxNode) -> Option<Box<Query>> {
        let mut node = node.clone();
        while node.kind() == SyntaxKind::PAREN_EXPR {
            node = node
                .children()
                .find(|child| is_query(child.kind()) || child.kind() == SyntaxKind::PAREN_EXPR)?;
        }
        is_query(node.kind()).then(|| self.boxed_query(&node))
    }

    /// `array[…]`, `array(select …)`, or a `[…]` inside of the first.
    #[inline(never)]
    fn array(self, node: &SyntaxNode) -> Expr {
        if !has_token(node, SyntaxKind::L_PAREN) {
            let elements = self.expressions(node);
            return self.expr(node, ExprKind::Array(elements));
        }
        match node
            .children()
            .find_map(|child| self.enclosed_query(&child))
        {
            Some(query) => self.expr(node, ExprKind::ArrayQuery(query)),
            None => self.opaque(node),
        }
    }

    #[inline(never)]
    fn case(self, node: &SyntaxNode) -> Expr {
        let Some(list) = child(node, SyntaxKind::WHEN_CLAUSE_LIST) else {
            return self.opaque(node);
        };
        let operand = self.first_expression(node).map(Box::new);
        let mut arms = Vec::new();
        for arm in children(&list, SyntaxKind::WHEN_CLAUSE) {
            let mut inside = operands(&arm);
            let (Some(when), Some(then)) = (inside.next(), inside.next()) else {
                return self.opaque(node);
            };
            arms.push((self.expression(&when), self.expression(&then)));
        }
        let otherwise = self.clause(node, SyntaxKind::ELSE_CLAUSE).map(Box::new);
        self.expr(
            node,
            ExprKind::Case {
                operand,
                arms,
                otherwise,
            },
        )
    }

    /// `cast(x as t)`, `treat(x as t)`, `t 'literal'`.
    #[inline(never)]
    fn cast(self, node: &SyntaxNode) -> Expr {
        let types = node
            .children()
            .find(|child| ast::Type::can_cast(child.kind()));
        let (Some(sql_type), Some(value)) = (types, operands(node).next()) else {
            return self.opaque(node);
        };
        let value = self.expression(&value);
        if has_token(node, SyntaxKind::TREAT_KW) {
            // The grammar calls the function that is named as the type is.
            let range = self.range(&sql_type);
            let name = super::label::of_type(&self.type_name(&sql_type).text);
            return self.expr(node, ExprKind::Call(by_grammar(&name, range, vec![value])));
        }
        let mut sql_type = self.type_name(&sql_type);
        if let Some(unit) = node
            .children()
            .find(|child| ast::IntervalQualifier::can_cast(child.kind()))
        {
            sql_type.text = format!("{} {}", sql_type.text, spaced(&unit, |_| true)).into();
        }
        self.expr(node, ExprKind::Cast(Box::new(value), sql_type))
    }

    /// `x = any (…)`; `node` is the part from `any` on.
    #[inline(never)]
    pub(super) fn quantified(
        self,
        left: Box<Expr>,
        operator: Operator,
        node: &SyntaxNode,
    ) -> ExprKind {
        if let Some(query) = node
            .children()
            .find_map(|child| self.enclosed_query(&child))
        {
            return ExprKind::QuantifiedQuery {
                left,
                operator,
                query,
            };
        }
        match self.first_expression(node) {
            Some(right) => ExprKind::Quantified {
                left,
                operator,
                right: Box::new(right),
            },
            None => ExprKind::Opaque(vec![*left]),
        }
    }
}

/// The names of `a.b.c`, or of the part before the star of `a.b.*`; absent if anything but names stands there.
pub(super) fn path(node: &SyntaxNode) -> Option<Vec<SmolStr>> {
    let mut parts = Vec::new();
    let mut node = node.clone();
    while node.kind() == SyntaxKind::FIELD_EXPR {
        let mut inside = node.children();
        let base = inside.next()?;
        if let Some(field) = inside.next() {
            parts.push(folded(&field));
        } else if !parts.is_empty() || !has_token(&node, SyntaxKind::STAR) {
            return None;
        }
        node = base;
    }
    if node.kind() != SyntaxKind::NAME_REF {
        return None;
    }
    parts.push(folded(&node));
    parts.reverse();
    Some(parts)
}

/// The words that are functions without parentheses (`SQLValueFunction`).
pub(super) fn is_function_word(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::CURRENT_CATALOG_KW
            | SyntaxKind::CURRENT_DATE_KW
            | SyntaxKind::CURRENT_ROLE_KW
            | SyntaxKind::CURRENT_SCHEMA_KW
            | SyntaxKind::CURRENT_TIME_KW
            | SyntaxKind::CURRENT_TIMESTAMP_KW
            | SyntaxKind::CURRENT_USER_KW
            | SyntaxKind::LOCALTIME_KW
            | SyntaxKind::LOCALTIMESTAMP_KW
            | SyntaxKind::SESSION_USER_KW
            | SyntaxKind::SYSTEM_USER_KW
            | SyntaxKind::USER_KW
    )
}
