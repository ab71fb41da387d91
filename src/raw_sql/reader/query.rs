//! Queries with all that may stand around them: `with`, set operations, parentheses, `order by`, `limit`.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, is_query, named};
use crate::tree::{Body, CommonTable, Cycle, Expr, Query, SetOperation, Statement, With};

impl Reader {
    /// A query. Parentheses that nothing stands around are not told.
    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn query(self, node: &SyntaxNode) -> Query {
        let mut node = node.clone();
        loop {
            match node.kind() {
                SyntaxKind::COMPOUND_SELECT => return self.set(&node),
                SyntaxKind::PAREN_SELECT | SyntaxKind::PAREN_EXPR => match inner(&node) {
                    Some(inner) if is_bare(&node) => node = inner,
                    Some(inner) => {
                        let inner = self.boxed_query(&inner);
                        return self.around(&node, Body::Nested(inner));
                    }
                    None => return self.around(&node, Body::Opaque),
                },
                _ => break,
            }
        }
        let body = self.body(&node);
        self.around(&node, body)
    }

    /// The query at `node`, where one stands inside of something else.
    #[inline(never)]
    pub(super) fn boxed_query(self, node: &SyntaxNode) -> Box<Query> {
        Box::new(self.query(node))
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn body(self, node: &SyntaxNode) -> Body {
        match node.kind() {
            SyntaxKind::SELECT | SyntaxKind::SELECT_INTO => Body::Select(self.select(node)),
            SyntaxKind::VALUES => Body::Values(self.rows(node)),
            SyntaxKind::TABLE => match child(node, SyntaxKind::RELATION_NAME) {
                Some(name) => Body::Table(self.relation(&name)),
                None => Body::Opaque,
            },
            _ => Body::Opaque,
        }
    }

    /// The rows of `values`.
    #[inline(never)]
    pub(super) fn rows(self, node: &SyntaxNode) -> Vec<Vec<Expr>> {
        let Some(list) = child(node, SyntaxKind::ROW_LIST) else {
            return Vec::new();
        };
        children(&list, SyntaxKind::ROW)
            .map(|row| self.expressions(&row))
            .collect()
    }

    /// `body` with what `node` says around it.
    #[inline(never)]
    fn around(self, node: &SyntaxNode, body: Body) -> Query {
        let limits = [
            SyntaxKind::LIMIT_CLAUSE,
            SyntaxKind::OFFSET_CLAUSE,
            SyntaxKind::FETCH_CLAUSE,
        ];
        let limits = node
            .children()
            .filter(|child| limits.contains(&child.kind()));
        Query {
            with: self.with(node),
            body,
            order_by: self.order_by(node),
            limit: limits
                .filter_map(|limit| self.first_expression(&limit))
                .collect(),
            locks: child(node, SyntaxKind::LOCKING_CLAUSE).is_some(),
            range: self.range(node),
        }
    }

    /// A set operation. The parser leaves a `with` that belongs to all of it in the first query.
    #[inline(never)]
    fn set(self, node: &SyntaxNode) -> Query {
        let mut compounds = Vec::new();
        let mut first = node.clone();
        while first.kind() == SyntaxKind::COMPOUND_SELECT {
            let Some(left) = operands(&first).next() else {
                return self.around(node, Body::Opaque);
            };
            compounds.push(first);
            first = left;
        }
        let mut query = self.query(&first);
        let with = if child(&first, SyntaxKind::WITH_CLAUSE).is_some() {
            query.with.take()
        } else {
            None
        };
        while let Some(compound) = compounds.pop() {
            let body = self.operation(&compound, query);
            query = self.around(&compound, body);
        }
        query.with = query.with.or(with);
        query
    }

    #[inline(never)]
    fn operation(self, node: &SyntaxNode, left: Query) -> Body {
        let Some(right) = operands(node).nth(1) else {
            return Body::Opaque;
        };
        let operator = node
            .children()
            .find_map(|child| Some((operation(child.kind())?, child)));
        let Some((operation, operator)) = operator else {
            return Body::Opaque;
        };
        Body::Set {
            operation,
            all: child(&operator, SyntaxKind::ALL).is_some(),
            left: Box::new(left),
            right: self.boxed_query(&right),
        }
    }

    /// The `with` that is a child of `node`.
    #[inline(never)]
    pub(super) fn with(self, node: &SyntaxNode) -> Option<With> {
        let clause = child(node, SyntaxKind::WITH_CLAUSE)?;
        let recursive = has_token(&clause, SyntaxKind::RECURSIVE_KW);
        let tables = children(&clause, SyntaxKind::WITH_TABLE)
            .map(|table| self.common_table(&table))
            .collect();
        Some(With { recursive, tables })
    }

    #[inline(never)]
    fn common_table(self, node: &SyntaxNode) -> CommonTable {
        let search = child(node, SyntaxKind::SEARCH_CLAUSE);
        let search = search.and_then(|search| child(&search, SyntaxKind::SEARCH_SET_COLUMN));
        let statement = node.children().find(|child| is_statement(child.kind()));
        CommonTable {
            name: named(node, SyntaxKind::CTE_NAME).unwrap_or_default(),
            columns: columns(node),
            statement: statement.map_or(Statement::Opaque, |statement| self.statement(&statement)),
            search: search.and_then(|column| named(&column, SyntaxKind::COLUMN_NAME_REF)),
            cycle: child(node, SyntaxKind::CYCLE_CLAUSE).and_then(|cycle| self.cycle(&cycle)),
            range: self.range(node),
        }
    }

    #[inline(never)]
    fn cycle(self, node: &SyntaxNode) -> Option<Cycle> {
        let mark = child(node, SyntaxKind::CYCLE_SET_COLUMN)?;
        let path = named(
            &child(node, SyntaxKind::CYCLE_PATH)?,
            SyntaxKind::COLUMN_NAME_REF,
        )?;
        let values = child(&mark, SyntaxKind::CYCLE_COLUMN_TO).and_then(|to| {
            let value = self.first_expression(&to)?;
            Some(Box::new((
                value,
                self.clause(&to, SyntaxKind::CYCLE_DEFAULT)?,
            )))
        });
        Some(Cycle {
            mark: named(&mark, SyntaxKind::COLUMN_NAME_REF)?,
            values,
            path,
        })
    }
}

/// The names of the column list that is a child of `node`.
pub(super) fn columns(node: &SyntaxNode) -> Vec<SmolStr> {
    let Some(list) = child(node, SyntaxKind::COLUMN_LIST) else {
        return Vec::new();
    };
    children(&list, SyntaxKind::COLUMN_NAME)
        .map(|column| folded(&column))
        .collect()
}

/// The query in parentheses.
fn inner(node: &SyntaxNode) -> Option<SyntaxNode> {
    operands(node).next()
}

/// The queries right below, also those in parentheses.
fn operands(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> + use<> {
    node.children()
        .filter(|child| is_query(child.kind()) || child.kind() == SyntaxKind::PAREN_EXPR)
}

/// Whether nothing but parentheses stands around the query.
fn is_bare(node: &SyntaxNode) -> bool {
    node.children().nth(1).is_none()
}

fn is_statement(kind: SyntaxKind) -> bool {
    is_query(kind)
        || matches!(
            kind,
            SyntaxKind::INSERT | SyntaxKind::UPDATE | SyntaxKind::DELETE | SyntaxKind::MERGE
        )
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn operation(kind: SyntaxKind) -> Option<SetOperation> {
    match kind {
        SyntaxKind::UNION => Some(SetOperation::Union),
        SyntaxKind::INTERSECT => Some(SetOperation::Intersect),
        SyntaxKind::EXCEPT => Some(SetOperation::Except),
        _ => None,
    }
}
