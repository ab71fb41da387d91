//! Groups operands and operators as PostgreSQL's `gram.y` does in its `a_expr` and `b_expr`.

use std::ops::Range;

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, elements, flatten, is_expression};
use super::infix::{Infix, level};
use crate::tree::{Expr, ExprKind, Literal, Operator};

impl Reader {
    /// The expression that begins at `node`.
    #[inline(never)]
    pub(super) fn expression(self, node: &SyntaxNode) -> Expr {
        let items = flatten(node);
        if let [SyntaxElement::Node(atom)] = items.as_slice() {
            return self.atom(atom);
        }
        let mut climb = Climb {
            reader: self,
            items,
            position: 0,
            failed: false,
        };
        let whole = climb.operand(level::NOTHING, Within::default());
        *climb.finish(whole)
    }

    /// The operator at a token, at a node of several, or in `operator(schema.+)`.
    pub(super) fn operator(self, element: &SyntaxElement) -> Operator {
        let range = element.text_range();
        let range = self.span(range.start().into(), range.end().into());
        let node = match element {
            SyntaxElement::Token(token) => {
                return Operator {
                    schema: None,
                    name: symbol(token.text()),
                    range,
                };
            }
            SyntaxElement::Node(node) => node,
        };
        let inner = child(node, SyntaxKind::OP).unwrap_or_else(|| node.clone());
        let path = child(&inner, SyntaxKind::PATH_REF);
        let schema = path.and_then(|path| self.name(&path).parts.pop());
        let name: String = elements(&inner)
            .filter(|part| part.kind() != SyntaxKind::PATH_REF)
            .map(|part| part.to_string())
            .collect();
        Operator {
            schema,
            name: symbol(&name),
            range,
        }
    }
}

/// PostgreSQL's lexer makes `<>` of `!=`.
fn symbol(text: &str) -> SmolStr {
    if text == "!=" {
        "<>".into()
    } else {
        text.into()
    }
}

/// Where an operand stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Within {
    /// A level that must not come again: `a < b < c` is no expression.
    pub(super) once: u8,
    /// Between `between` and `and`.
    pub(super) simple: bool,
}

impl Within {
    /// The right operand of an operator that does not associate.
    pub(super) fn once(level: u8) -> Self {
        Self {
            once: level,
            simple: false,
        }
    }

    /// The right operand of an operator that associates.
    pub(super) fn free(self) -> Self {
        Self {
            once: level::NOTHING,
            simple: self.simple,
        }
    }
}

/// Operands and operators in the order of the text, and how far they are read.
#[derive(Debug)]
pub(super) struct Climb {
    pub(super) reader: Reader,
    pub(super) items: Vec<SyntaxElement>,
    pub(super) position: usize,
    /// The server has a syntax error here.
    failed: bool,
}

impl Climb {
    /// All of it, or an opaque expression of what was read and what is left.
    fn finish(&mut self, whole: Box<Expr>) -> Box<Expr> {
        if !self.failed && self.position == self.items.len() {
            return whole;
        }
        let mut parts = vec![*whole];
        while let Some(item) = self.take() {
            if let SyntaxElement::Node(node) = item
                && is_expression(node.kind())
            {
                parts.push(*self.atom(&node));
            }
        }
        self.fail(0, parts)
    }

    fn take(&mut self) -> Option<SyntaxElement> {
        let item = self.items.get(self.position)?.clone();
        self.position += 1;
        Some(item)
    }

    pub(super) fn take_node(&mut self) -> Option<SyntaxNode> {
        let node = self.items.get(self.position)?.as_node()?.clone();
        self.position += 1;
        Some(node)
    }

    pub(super) fn at(&self, kind: SyntaxKind) -> bool {
        self.items
            .get(self.position)
            .is_some_and(|item| item.kind() == kind)
    }

    /// The bytes of a token or a node.
    pub(super) fn bytes(&self, element: &SyntaxElement) -> Range<usize> {
        let range = element.text_range();
        self.reader.span(range.start().into(), range.end().into())
    }

    /// An expression from an item to the last one that was taken.
    #[inline(never)]
    pub(super) fn expr(&self, start: usize, kind: ExprKind) -> Box<Expr> {
        let last = self.items.get(self.position.saturating_sub(1));
        let range = match (self.items.get(start), last) {
            (Some(first), Some(last)) => self.bytes(first).start..self.bytes(last).end,
            (None, _) | (_, None) => 0..0,
        };
        Box::new(Expr { kind, range })
    }

    /// The server has a syntax error here.
    #[inline(never)]
    pub(super) fn fail(&mut self, start: usize, parts: Vec<Expr>) -> Box<Expr> {
        self.failed = true;
        self.expr(start, ExprKind::Opaque(parts))
    }

    #[inline(never)]
    pub(super) fn atom(&self, node: &SyntaxNode) -> Box<Expr> {
        Box::new(self.reader.atom(node))
    }

    /// An operand with all operators behind it that bind tighter than `above`.
    pub(super) fn operand(&mut self, above: u8, within: Within) -> Box<Expr> {
        let start = self.position;
        let mut left = self.prefix(start, within);
        while let Some(infix) = self.items.get(self.position).and_then(Infix::of) {
            if within.simple && !infix.is_simple() {
                break;
            }
            let level = infix.level();
            if level <= above {
                self.failed |= level == within.once;
                break;
            }
            let element = self.take();
            left = match element {
                Some(element) => self.infix(start, infix, &element, left, within),
                None => left,
            };
        }
        left
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn prefix(&mut self, start: usize, within: Within) -> Box<Expr> {
        let Some(item) = self.take() else {
            return self.fail(start, Vec::new());
        };
        match item.kind() {
            SyntaxKind::NOT_KW if !within.simple => {
                let inner = self.operand(level::NOT, Within::default());
                self.expr(start, ExprKind::Not(inner))
            }
            SyntaxKind::MINUS | SyntaxKind::PLUS => self.signed(start, &item, level::SIGN, within),
            SyntaxKind::CUSTOM_OP | SyntaxKind::OPERATOR_CALL => {
                self.signed(start, &item, level::OTHER, within)
            }
            kind => match item {
                SyntaxElement::Node(node) if is_expression(kind) => self.atom(&node),
                SyntaxElement::Node(_) | SyntaxElement::Token(_) => self.fail(start, Vec::new()),
            },
        }
    }

    /// A prefix operator. The grammar makes one number of `-` and a number (`doNegate`).
    #[inline(never)]
    fn signed(
        &mut self,
        start: usize,
        operator: &SyntaxElement,
        level: u8,
        within: Within,
    ) -> Box<Expr> {
        let right = self.operand(level, within.free());
        if operator.kind() == SyntaxKind::MINUS
            && let ExprKind::Literal(Literal::Number(number)) = &right.kind
        {
            let negated = match number.strip_prefix('-') {
                Some(number) => number.into(),
                None => format!("-{number}").into(),
            };
            return self.expr(start, ExprKind::Literal(Literal::Number(negated)));
        }
        self.operation(start, operator, None, right)
    }

    #[inline(never)]
    pub(super) fn operation(
        &self,
        start: usize,
        operator: &SyntaxElement,
        left: Option<Box<Expr>>,
        right: Box<Expr>,
    ) -> Box<Expr> {
        let operator = self.reader.operator(operator);
        let kind = ExprKind::Operator {
            operator,
            left,
            right,
        };
        self.expr(start, kind)
    }
}
