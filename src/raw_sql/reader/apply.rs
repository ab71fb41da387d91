//! What each operator makes of the operand before it and of what follows. Every operator has a function of its own and
//! passes boxes, so that deep input needs little stack.

use std::mem;

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::climb::{Climb, Within};
use super::cst::{by_grammar, word};
use super::infix::{Infix, level};
use crate::tree::{Expr, ExprKind, Operator};

impl Climb {
    /// The operator at `element`, behind `left`.
    pub(super) fn infix(
        &mut self,
        start: usize,
        infix: Infix,
        element: &SyntaxElement,
        left: Box<Expr>,
        within: Within,
    ) -> Box<Expr> {
        match infix {
            Infix::Or => self.or(start, left),
            Infix::And => self.and(start, left),
            Infix::Is => self.is(start, left),
            Infix::IsNull => self.expr(start, ExprKind::IsNull(left)),
            Infix::IsOther => self.expr(start, ExprKind::IsOther(left)),
            Infix::Distinct => self.distinct(start, left, within),
            Infix::Symbol(level) => self.symbol(start, element, level, left, within),
            Infix::Like(name) => self.like(start, element, name, left),
            Infix::SimilarTo => self.similar(start, left),
            Infix::In => self.within(start, left),
            Infix::Between => self.between(start, element, left),
            Infix::AtTimeZone => self.zone(start, left, within),
            Infix::AtLocal => self.by_grammar(start, "timezone", element, vec![*left]),
            Infix::Collate | Infix::Cast => self.named(start, infix, left),
            Infix::Overlaps => self.overlaps(start, element, left),
        }
    }

    #[inline(never)]
    #[expect(clippy::boxed_local, reason = "the stack has to hold many of these")]
    fn and(&mut self, start: usize, mut left: Box<Expr>) -> Box<Expr> {
        let right = self.operand(level::AND, Within::default());
        let ExprKind::And(all) = &mut left.kind else {
            return self.expr(start, ExprKind::And(vec![*left, *right]));
        };
        all.push(*right);
        let all = mem::take(all);
        self.expr(start, ExprKind::And(all))
    }

    #[inline(never)]
    #[expect(clippy::boxed_local, reason = "the stack has to hold many of these")]
    fn or(&mut self, start: usize, mut left: Box<Expr>) -> Box<Expr> {
        let right = self.operand(level::OR, Within::default());
        let ExprKind::Or(all) = &mut left.kind else {
            return self.expr(start, ExprKind::Or(vec![*left, *right]));
        };
        all.push(*right);
        let all = mem::take(all);
        self.expr(start, ExprKind::Or(all))
    }

    #[inline(never)]
    fn distinct(&mut self, start: usize, left: Box<Expr>, within: Within) -> Box<Expr> {
        let simple = within.simple;
        let once = level::IS;
        let right = self.operand(level::IS, Within { once, simple });
        self.expr(start, ExprKind::IsDistinct(left, right))
    }

    #[inline(never)]
    fn zone(&mut self, start: usize, left: Box<Expr>, within: Within) -> Box<Expr> {
        let zone = self.operand(level::AT, within.free());
        self.expr(start, ExprKind::AtTimeZone(left, zone))
    }

    /// `collate` and a name, `::` and a type.
    #[inline(never)]
    fn named(&mut self, start: usize, infix: Infix, left: Box<Expr>) -> Box<Expr> {
        let Some(node) = self.take_node() else {
            return self.fail(start, vec![*left]);
        };
        let kind = if infix == Infix::Cast {
            ExprKind::Cast(left, self.reader.type_name(&node))
        } else {
            ExprKind::Collate(left, self.reader.name(&node))
        };
        self.expr(start, kind)
    }

    /// Behind `is` and `is not` stands a word.
    #[inline(never)]
    fn is(&mut self, start: usize, left: Box<Expr>) -> Box<Expr> {
        let kind = match self.take_node().and_then(|node| word(&node)) {
            Some(SyntaxKind::NULL_KW) => ExprKind::IsNull(left),
            Some(SyntaxKind::TRUE_KW | SyntaxKind::FALSE_KW | SyntaxKind::UNKNOWN_KW) => {
                ExprKind::IsBoolean(left)
            }
            // The parser has nodes of their own for the last two, but not behind `between`.
            Some(SyntaxKind::DOCUMENT_KW | SyntaxKind::NORMALIZED_KW | SyntaxKind::JSON_KW) => {
                ExprKind::IsOther(left)
            }
            _ => return self.fail(start, vec![*left]),
        };
        self.expr(start, kind)
    }

    fn symbol(
        &mut self,
        start: usize,
        element: &SyntaxElement,
        level: u8,
        left: Box<Expr>,
        within: Within,
    ) -> Box<Expr> {
        if let Some(node) = self.quantifier() {
            let operator = self.reader.operator(element);
            return self.quantified(start, left, operator, &node);
        }
        let simple = within.simple;
        let once = if level == level::COMPARE {
            level
        } else {
            level::NOTHING
        };
        let right = self.operand(level, Within { once, simple });
        self.operation(start, element, Some(left), right)
    }

    #[inline(never)]
    fn quantified(
        &self,
        start: usize,
        left: Box<Expr>,
        operator: Operator,
        node: &SyntaxNode,
    ) -> Box<Expr> {
        let kind = self.reader.quantified(left, operator, node);
        self.expr(start, kind)
    }

    #[inline(never)]
    fn like(
        &mut self,
        start: usize,
        element: &SyntaxElement,
        name: &'static str,
        left: Box<Expr>,
    ) -> Box<Expr> {
        let operator = Operator {
            schema: None,
            name: SmolStr::new_static(name),
            range: self.bytes(element),
        };
        if let Some(node) = self.quantifier() {
            return self.quantified(start, left, operator, &node);
        }
        let right = self.operand(level::LIKE, Within::once(level::LIKE));
        let kind = match self.escape() {
            Some(escape) => ExprKind::LikeEscape {
                operator: operator.name,
                left,
                right,
                escape,
            },
            None => ExprKind::Operator {
                operator,
                left: Some(left),
                right,
            },
        };
        self.expr(start, kind)
    }

    #[inline(never)]
    fn similar(&mut self, start: usize, left: Box<Expr>) -> Box<Expr> {
        let right = self.operand(level::LIKE, Within::once(level::LIKE));
        let escape = self.escape();
        let kind = ExprKind::SimilarTo {
            left,
            right,
            escape,
        };
        self.expr(start, kind)
    }

    fn escape(&mut self) -> Option<Box<Expr>> {
        if !self.at(SyntaxKind::ESCAPE_KW) {
            return None;
        }
        self.position += 1;
        Some(self.operand(level::LIKE, Within::once(level::LIKE)))
    }

    /// `any (…)`, `some (…)`, `all (…)` if one comes next.
    fn quantifier(&mut self) -> Option<SyntaxNode> {
        let kinds = [SyntaxKind::ANY_FN, SyntaxKind::SOME_FN, SyntaxKind::ALL_FN];
        let call = self.items.get(self.position)?.as_node()?;
        let first = call.children().next()?;
        let node = Some(first).filter(|node| kinds.contains(&node.kind()))?;
        self.position += 1;
        Some(node)
    }

    #[inline(never)]
    fn within(&mut self, start: usize, left: Box<Expr>) -> Box<Expr> {
        let Some(node) = self.take_node() else {
            return self.fail(start, vec![*left]);
        };
        if let Some(query) = self.reader.enclosed_query(&node) {
            return self.expr(start, ExprKind::InQuery(left, query));
        }
        let mut values = self.reader.expressions(&node);
        if matches!(node.kind(), SyntaxKind::PAREN_EXPR | SyntaxKind::TUPLE_EXPR) {
            return self.expr(start, ExprKind::In(left, values));
        }
        values.push(*left);
        self.fail(start, values)
    }

    #[inline(never)]
    fn between(&mut self, start: usize, element: &SyntaxElement, left: Box<Expr>) -> Box<Expr> {
        if element.kind() == SyntaxKind::NOT_KW && self.at(SyntaxKind::BETWEEN_KW) {
            self.position += 1;
        }
        if self.at(SyntaxKind::SYMMETRIC) || self.at(SyntaxKind::ASYMMETRIC) {
            self.position += 1;
        }
        let simple = Within {
            once: level::NOTHING,
            simple: true,
        };
        let low = self.operand(level::NOTHING, simple);
        if !self.at(SyntaxKind::AND_KW) {
            return self.fail(start, vec![*left, *low]);
        }
        self.position += 1;
        let high = self.operand(level::LIKE, Within::once(level::LIKE));
        let kind = ExprKind::Between {
            operand: left,
            low,
            high,
        };
        self.expr(start, kind)
    }

    #[inline(never)]
    #[expect(clippy::boxed_local, reason = "the stack has to hold many of these")]
    fn overlaps(
        &mut self,
        start: usize,
        element: &SyntaxElement,
        mut left: Box<Expr>,
    ) -> Box<Expr> {
        let Some(node) = self.take_node() else {
            return self.fail(start, vec![*left]);
        };
        let mut right = self.atom(&node);
        if let (ExprKind::Row(all), ExprKind::Row(others)) = (&mut left.kind, &mut right.kind) {
            let mut all = mem::take(all);
            all.append(others);
            return self.by_grammar(start, "overlaps", element, all);
        }
        self.fail(start, vec![*left, *right])
    }

    #[inline(never)]
    fn by_grammar(
        &self,
        start: usize,
        function: &'static str,
        element: &SyntaxElement,
        values: Vec<Expr>,
    ) -> Box<Expr> {
        let call = by_grammar(function, self.bytes(element), values);
        self.expr(start, ExprKind::Call(call))
    }
}
