//! What every part of the reader asks of the parser's tree: children, names, ranges, types.

use std::ops::Range;

use smol_str::SmolStr;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use crate::tree::{Argument, Call, Expr, ExprKind, Name, TypeName};

/// Reads nodes; the ranges that it gives are less by `offset`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) offset: usize,
}

impl Reader {
    /// The bytes of a node.
    pub(super) fn range(self, node: &SyntaxNode) -> Range<usize> {
        self.span(
            node.text_range().start().into(),
            node.text_range().end().into(),
        )
    }

    /// Bytes of the text that the parser saw, as bytes of the text that is talked about.
    pub(super) fn span(self, start: usize, end: usize) -> Range<usize> {
        start.saturating_sub(self.offset)..end.saturating_sub(self.offset)
    }

    /// An expression of all of `node`.
    pub(super) fn expr(self, node: &SyntaxNode, kind: ExprKind) -> Expr {
        let range = self.range(node);
        Expr { kind, range }
    }

    /// The name whose parts stand below `node`, wherever its path begins.
    pub(super) fn name(self, node: &SyntaxNode) -> Name {
        let parts = node.descendants().filter(|part| is_segment(part.kind()));
        let parts = parts
            .map(|part| folded(&part))
            .filter(|part| !part.is_empty())
            .collect();
        let range = self.range(node);
        Name { parts, range }
    }

    /// The type at `node`.
    pub(super) fn type_name(self, node: &SyntaxNode) -> TypeName {
        // The word stands inside of an array type.
        let set_of = node
            .descendants_with_tokens()
            .any(|element| element.kind() == SyntaxKind::SETOF_KW);
        let text = spaced(node, |kind| kind != SyntaxKind::SETOF_KW);
        let range = self.range(node);
        TypeName {
            text,
            set_of,
            range,
        }
    }

    /// What is not understood, with the expressions and queries that stand in it.
    #[inline(never)]
    pub(super) fn opaque(self, node: &SyntaxNode) -> Expr {
        let parts = self.parts(node);
        self.expr(node, ExprKind::Opaque(parts))
    }

    /// The outermost expressions and queries below `node`, in the order of the text.
    #[inline(never)]
    pub(super) fn parts(self, node: &SyntaxNode) -> Vec<Expr> {
        let mut parts = Vec::new();
        let mut waiting: Vec<SyntaxNode> = node.children().collect();
        waiting.reverse();
        while let Some(node) = waiting.pop() {
            if is_expression(node.kind()) {
                if !is_headless(&node) {
                    parts.push(self.expression(&node));
                }
            } else if is_query(node.kind()) {
                let query = self.boxed_query(&node);
                parts.push(self.expr(&node, ExprKind::Subquery(query)));
            } else if !ast::Type::can_cast(node.kind()) {
                let below = waiting.len();
                waiting.extend(node.children());
                waiting[below..].reverse();
            }
        }
        parts
    }

    /// All operands right below `node`.
    #[inline(never)]
    pub(super) fn expressions(self, node: &SyntaxNode) -> Vec<Expr> {
        operands(node)
            .map(|operand| self.expression(&operand))
            .collect()
    }

    /// The first operand right below `node`.
    #[inline(never)]
    pub(super) fn first_expression(self, node: &SyntaxNode) -> Option<Expr> {
        operands(node)
            .next()
            .map(|operand| self.expression(&operand))
    }

    /// The operand right below the child of that kind: `where x`, `on x`.
    #[inline(never)]
    pub(super) fn clause(self, node: &SyntaxNode, kind: SyntaxKind) -> Option<Expr> {
        self.first_expression(&child(node, kind)?)
    }
}

/// The first child of that kind.
pub(super) fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    children(node, kind).next()
}

/// All children of that kind.
pub(super) fn children(
    node: &SyntaxNode,
    kind: SyntaxKind,
) -> impl Iterator<Item = SyntaxNode> + use<> {
    node.children().filter(move |child| child.kind() == kind)
}

/// Whether a token of that kind stands right below.
pub(super) fn has_token(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    tokens(node).any(|token| token.kind() == kind)
}

/// The tokens right below, without blanks and comments.
pub(super) fn tokens(node: &SyntaxNode) -> impl Iterator<Item = SyntaxToken> + use<> {
    elements(node).filter_map(|element| element.as_token().cloned())
}

/// The nodes and tokens right below, without blanks and comments.
pub(super) fn elements(node: &SyntaxNode) -> impl Iterator<Item = SyntaxElement> + use<> {
    node.children_with_tokens()
        .filter(|element| !element.kind().is_trivia())
}

/// The kind of the one token that a node of a name or a keyword has.
pub(super) fn word(node: &SyntaxNode) -> Option<SyntaxKind> {
    tokens(node).next().map(|token| token.kind())
}

/// The name that a node of one name says, folded as PostgreSQL does.
pub(super) fn folded(node: &SyntaxNode) -> SmolStr {
    ast::normalize_name_node(node).into()
}

/// The name in the first child of that kind.
pub(super) fn named(node: &SyntaxNode, kind: SyntaxKind) -> Option<SmolStr> {
    child(node, kind).map(|name| folded(&name))
}

/// The text of the tokens whose kinds `keep` wants, without comments and with single blanks.
pub(super) fn spaced(node: &SyntaxNode, keep: impl Fn(SyntaxKind) -> bool) -> SmolStr {
    let mut text = String::new();
    let mut blank = false;
    for element in node.descendants_with_tokens() {
        if let SyntaxElement::Token(token) = element {
            if token.kind().is_trivia() {
                blank = true;
            } else if keep(token.kind()) {
                if blank && !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(token.text());
                blank = false;
            }
        }
    }
    text.into()
}

/// Whether nodes of that kind are expressions.
pub(super) fn is_expression(kind: SyntaxKind) -> bool {
    ast::Expr::can_cast(kind) || kind == SyntaxKind::NON_STANDARD_PARAM
}

/// Whether nodes of that kind are queries and nothing else.
pub(super) fn is_query(kind: SyntaxKind) -> bool {
    ast::SelectVariant::can_cast(kind)
}

fn is_segment(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF
    )
}

/// The first node of each expression right below.
pub(super) fn operands(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> + use<> {
    node.children()
        .filter(|child| is_expression(child.kind()) && !is_headless(child))
}

/// Whether it begins with a `between` whose left operand the parser left outside of the node: it does so behind
/// a cast, as in `a::int between 1 and 2`.
pub(in crate::raw_sql) fn is_headless(node: &SyntaxNode) -> bool {
    let mut node = node.clone();
    loop {
        let Some(first) = elements(&node).next() else {
            return false;
        };
        match first {
            SyntaxElement::Token(_) => return node.kind() == SyntaxKind::BETWEEN_EXPR,
            SyntaxElement::Node(first) if is_open(&first) => node = first,
            SyntaxElement::Node(_) => return false,
        }
    }
}

/// Whether what stands right below is a part of a larger run of operands and operators.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
pub(super) fn is_open(node: &SyntaxNode) -> bool {
    match node.kind() {
        SyntaxKind::BIN_EXPR
        | SyntaxKind::PREFIX_EXPR
        | SyntaxKind::POSTFIX_EXPR
        | SyntaxKind::BETWEEN_EXPR
        | SyntaxKind::COLLATE => true,
        SyntaxKind::CAST_EXPR => child(node, SyntaxKind::COLON_COLON).is_some(),
        _ => false,
    }
}

/// A call of a function of `pg_catalog` that a syntax of its own wrote; `range` are the bytes of its word.
pub(super) fn by_grammar(function: &str, range: Range<usize>, values: Vec<Expr>) -> Call {
    let parts = vec![SmolStr::new_static("pg_catalog"), function.into()];
    let arguments = values
        .into_iter()
        .map(|value| Argument {
            name: None,
            variadic: false,
            value,
        })
        .collect();
    let function = Name { parts, range };
    Call {
        function,
        arguments,
        star: false,
        distinct: false,
        order_by: Vec::new(),
        within_group: None,
        filter: None,
        over: None,
        by_grammar: true,
    }
}

/// The node with the left operand of a `between` that stands behind a cast.
fn head(node: &SyntaxNode) -> SyntaxNode {
    let mut node = node.clone();
    while is_headless(&node) {
        let Some(before) = node
            .prev_sibling()
            .filter(|before| is_expression(before.kind()))
        else {
            break;
        };
        node = before;
    }
    node
}

/// The operands and operators of an expression in the order of the text.
pub(super) fn flatten(node: &SyntaxNode) -> Vec<SyntaxElement> {
    let node = head(node);
    let mut items = Vec::new();
    let mut waiting = vec![SyntaxElement::Node(node.clone())];
    let mut next = node.next_sibling();
    while let Some(behind) =
        next.filter(|behind| is_expression(behind.kind()) && is_headless(behind))
    {
        next = behind.next_sibling();
        waiting.insert(0, SyntaxElement::Node(behind));
    }
    while let Some(element) = waiting.pop() {
        match &element {
            SyntaxElement::Node(node) if is_open(node) => {
                let below = waiting.len();
                waiting.extend(elements(node));
                waiting[below..].reverse();
            }
            SyntaxElement::Node(_) | SyntaxElement::Token(_) => items.push(element),
        }
    }
    items
}
