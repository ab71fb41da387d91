//! The clauses of `select`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, named, operands};
use super::label;
use crate::tree::{From, GroupBy, Into, Select, Target};

impl Reader {
    /// `select` without what may stand around it; the parts are read one by one to need little stack.
    #[inline(never)]
    pub(super) fn select(self, node: &SyntaxNode) -> Box<Select> {
        let mut select = Box::<Select>::default();
        self.columns_of(node, &mut select);
        select.from = self.sources(node, SyntaxKind::FROM_CLAUSE);
        self.conditions_of(node, &mut select);
        select
    }

    #[inline(never)]
    fn columns_of(self, node: &SyntaxNode, select: &mut Select) {
        if let Some(clause) = child(node, SyntaxKind::SELECT_CLAUSE) {
            if let Some(distinct) = child(&clause, SyntaxKind::DISTINCT_CLAUSE) {
                let on = child(&distinct, SyntaxKind::DISTINCT_ON);
                select.distinct = Some(on.map(|on| self.expressions(&on)).unwrap_or_default());
            }
            select.targets = self.targets(&clause);
        }
        select.into = child(node, SyntaxKind::INTO_CLAUSE).and_then(|into| self.into(&into));
    }

    #[inline(never)]
    fn conditions_of(self, node: &SyntaxNode, select: &mut Select) {
        select.filter = self.clause(node, SyntaxKind::WHERE_CLAUSE);
        if let Some(clause) = child(node, SyntaxKind::GROUP_BY_CLAUSE) {
            select.group_by = self.group_by(&clause);
        }
        select.having = self.clause(node, SyntaxKind::HAVING_CLAUSE);
        if let Some(clause) = child(node, SyntaxKind::WINDOW_CLAUSE) {
            select.windows = self.windows(&clause);
        }
    }

    /// The items of a target list that is a child of `node`.
    #[inline(never)]
    pub(super) fn targets(self, node: &SyntaxNode) -> Vec<Target> {
        let Some(list) = child(node, SyntaxKind::TARGET_LIST) else {
            return Vec::new();
        };
        children(&list, SyntaxKind::TARGET)
            .filter_map(|target| self.target(&target))
            .collect()
    }

    #[inline(never)]
    fn target(self, node: &SyntaxNode) -> Option<Target> {
        if has_token(node, SyntaxKind::STAR) {
            return Some(Target::Star(self.range(node)));
        }
        let value = self.first_expression(node)?;
        let alias =
            child(node, SyntaxKind::AS_NAME).and_then(|name| named(&name, SyntaxKind::COLUMN_NAME));
        let has_alias = alias.is_some();
        let name = alias.unwrap_or_else(|| label::of(&value, node, self.offset));
        Some(Target::Value {
            value,
            name,
            has_alias,
        })
    }

    #[inline(never)]
    fn into(self, node: &SyntaxNode) -> Option<Into> {
        let name = self.name(&child(node, SyntaxKind::TABLE_NAME)?);
        let words = [SyntaxKind::TEMP_KW, SyntaxKind::TEMPORARY_KW];
        let temporary = node
            .descendants_with_tokens()
            .any(|element| words.contains(&element.kind()));
        Some(Into { name, temporary })
    }

    /// The items of the clause of that kind.
    #[inline(never)]
    pub(super) fn sources(self, node: &SyntaxNode, kind: SyntaxKind) -> Vec<From> {
        let Some(clause) = child(node, kind) else {
            return Vec::new();
        };
        clause.children().map(|item| self.from(&item)).collect()
    }

    #[inline(never)]
    fn group_by(self, node: &SyntaxNode) -> Vec<GroupBy> {
        let Some(list) = child(node, SyntaxKind::GROUP_BY_LIST) else {
            return Vec::new();
        };
        list.children()
            .filter_map(|item| self.grouping(&item))
            .collect()
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn grouping(self, node: &SyntaxNode) -> Option<GroupBy> {
        match node.kind() {
            SyntaxKind::GROUPING_EXPR => Some(self.grouped(&operands(node).next()?)),
            SyntaxKind::GROUPING_ROLLUP | SyntaxKind::GROUPING_CUBE => Some(GroupBy::Sets(
                operands(node).map(|item| self.grouped(&item)).collect(),
            )),
            SyntaxKind::GROUPING_SETS => Some(GroupBy::Sets(
                node.children()
                    .filter_map(|item| self.grouping(&item))
                    .collect(),
            )),
            _ => None,
        }
    }

    /// An expression, or a row without `row`, which are its expressions.
    #[inline(never)]
    fn grouped(self, node: &SyntaxNode) -> GroupBy {
        let mut inner = node.clone();
        // A query in parentheses is one value.
        while inner.kind() == SyntaxKind::PAREN_EXPR
            && let Some(operand) = operands(&inner).next()
        {
            inner = operand;
        }
        if inner.kind() == SyntaxKind::TUPLE_EXPR && !has_token(&inner, SyntaxKind::ROW_KW) {
            return GroupBy::Sets(operands(&inner).map(|item| self.grouped(&item)).collect());
        }
        GroupBy::Value(self.expression(node))
    }

    #[inline(never)]
    fn windows(self, node: &SyntaxNode) -> Vec<(smol_str::SmolStr, crate::tree::Window)> {
        let defined = children(node, SyntaxKind::WINDOW_DEF);
        defined
            .map(|window| {
                let name = child(&window, SyntaxKind::WINDOW)
                    .map(|name| folded(&name))
                    .unwrap_or_default();
                (name, self.window(&window))
            })
            .collect()
    }
}
