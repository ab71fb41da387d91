//! The items of `from`, and joins grouped as `gram.y` does.

use std::vec::IntoIter;

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::atom::is_function_word;
use super::cst::{Reader, child, children, elements, folded, has_token, named, word};
use super::query::columns;
use crate::tree::{Alias, ColumnDefinition, Expr, ExprKind, From, Join, JoinCondition, JoinKind};

/// The tables, joins and conditions of one item in the order of the text, the next one last.
type Items = std::iter::Peekable<IntoIter<SyntaxElement>>;

impl Reader {
    /// One item of a `from` list, with its joins.
    #[inline(never)]
    pub(super) fn from(self, node: &SyntaxNode) -> From {
        if node.kind() != SyntaxKind::JOIN_EXPR {
            return self.table(node);
        }
        let mut items = joined(node).into_iter().peekable();
        let left = self.next_table(&mut items);
        let whole = self.joins(left, &mut items);
        if items.peek().is_none() {
            return whole;
        }
        From::Opaque {
            parts: self.parts(node),
            alias: None,
        }
    }

    /// `left` with the joins behind it. A join with a condition takes all joins up to its condition as its right
    /// side; one without takes the next table only.
    #[inline(never)]
    fn joins(self, mut left: From, items: &mut Items) -> From {
        loop {
            let natural = items
                .next_if(|item| item.kind() == SyntaxKind::NATURAL_KW)
                .is_some();
            let Some(kind) = items.peek().and_then(|item| join_kind(item.kind())) else {
                return left;
            };
            items.next();
            let mut right = self.next_table(items);
            let condition = if natural {
                JoinCondition::Natural
            } else if kind == JoinKind::Cross {
                JoinCondition::None
            } else {
                right = self.joins(right, items);
                let condition = items.next_if(|item| item.as_node().is_some_and(is_condition));
                condition
                    .and_then(|item| self.condition(item.as_node()?))
                    .unwrap_or(JoinCondition::None)
            };
            left = From::Join(Box::new(Join {
                kind,
                left,
                right,
                condition,
                alias: None,
            }));
        }
    }

    #[inline(never)]
    fn next_table(self, items: &mut Items) -> From {
        match items.next() {
            Some(SyntaxElement::Node(node)) => self.table(&node),
            Some(SyntaxElement::Token(_)) | None => From::Opaque {
                parts: Vec::new(),
                alias: None,
            },
        }
    }

    #[inline(never)]
    fn condition(self, node: &SyntaxNode) -> Option<JoinCondition> {
        if node.kind() == SyntaxKind::ON_CLAUSE {
            return self.first_expression(node).map(JoinCondition::On);
        }
        let list = child(node, SyntaxKind::COLUMN_REF_LIST)?;
        let columns = children(&list, SyntaxKind::COLUMN_NAME_REF);
        let columns = columns
            .map(|column| (folded(&column), self.range(&column)))
            .collect();
        let alias = child(node, SyntaxKind::REQUIRED_AS_ALIAS);
        Some(JoinCondition::Using(
            columns,
            alias.and_then(|alias| named(&alias, SyntaxKind::TABLE_ALIAS)),
        ))
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn table(self, node: &SyntaxNode) -> From {
        let alias = child(node, SyntaxKind::FROM_ALIAS).map(|alias| self.alias(&alias));
        match node.kind() {
            SyntaxKind::RELATION_FROM_ITEM => self.named_table(node, alias),
            SyntaxKind::PAREN_FROM_ITEM => self.in_parentheses(node, alias),
            SyntaxKind::FUNCTION_FROM_ITEM | SyntaxKind::EXPR_FROM_ITEM => {
                match self.first_expression(node) {
                    Some(call) => functions(node, vec![(call, Vec::new())], alias),
                    None => From::Opaque {
                        parts: Vec::new(),
                        alias,
                    },
                }
            }
            SyntaxKind::ROWS_FROM_ITEM => {
                let calls = children(node, SyntaxKind::ROWS_FROM_ARG);
                let calls = calls.filter_map(|call| {
                    Some((self.first_expression(&call)?, self.definitions(&call)))
                });
                functions(node, calls.collect(), alias)
            }
            _ => From::Opaque {
                parts: self.parts(node),
                alias,
            },
        }
    }

    /// A relation; `current_date` and its kin are functions here, too.
    #[inline(never)]
    fn named_table(self, node: &SyntaxNode, alias: Option<Alias>) -> From {
        let Some(relation) = child(node, SyntaxKind::RELATION_NAME_REF) else {
            return From::Opaque {
                parts: self.parts(node),
                alias,
            };
        };
        let name = self.name(&relation);
        let segment = relation
            .descendants()
            .last()
            .and_then(|segment| word(&segment));
        if let ([only], Some(kind)) = (name.parts.as_slice(), segment)
            && is_function_word(kind)
        {
            let call = self.expr(&relation, ExprKind::Keyword(only.clone()));
            return functions(node, vec![(call, Vec::new())], alias);
        }
        let sample = child(node, SyntaxKind::TABLESAMPLE_CLAUSE).map(|clause| self.sample(&clause));
        From::Relation {
            name,
            alias,
            sample: sample.unwrap_or_default(),
        }
    }

    #[inline(never)]
    fn sample(self, node: &SyntaxNode) -> Vec<Expr> {
        let call = child(node, SyntaxKind::CALL_EXPR);
        let list = call.and_then(|call| child(&call, SyntaxKind::ARG_LIST));
        let mut values = list.map(|list| self.parts(&list)).unwrap_or_default();
        values.extend(self.clause(node, SyntaxKind::REPEATABLE_CLAUSE));
        values
    }

    /// A query, a join in parentheses, or `only (t)`.
    #[inline(never)]
    fn in_parentheses(self, node: &SyntaxNode, alias: Option<Alias>) -> From {
        let lateral = has_token(node, SyntaxKind::LATERAL_KW);
        if let Some(query) = child(node, SyntaxKind::PAREN_SELECT) {
            return From::Query {
                query: self.boxed_query(&query),
                lateral,
                alias,
            };
        }
        let Some(inner) = child(node, SyntaxKind::PAREN_EXPR) else {
            return From::Opaque {
                parts: self.parts(node),
                alias,
            };
        };
        if let Some(query) = self.enclosed_query(&inner) {
            return From::Query {
                query,
                lateral,
                alias,
            };
        }
        match inner.children().next().map(|item| self.from(&item)) {
            Some(From::Join(mut join)) => {
                join.alias = alias.or(join.alias);
                From::Join(join)
            }
            Some(From::Relation {
                name,
                alias: inner,
                sample,
            }) => From::Relation {
                name,
                alias: alias.or(inner),
                sample,
            },
            Some(From::Query {
                query,
                lateral,
                alias: inner,
            }) => From::Query {
                query,
                lateral,
                alias: alias.or(inner),
            },
            Some(item @ (From::Functions { .. } | From::Opaque { .. })) => item,
            None => From::Opaque {
                parts: Vec::new(),
                alias,
            },
        }
    }

    #[inline(never)]
    fn alias(self, node: &SyntaxNode) -> Alias {
        Alias {
            name: named(node, SyntaxKind::TABLE_ALIAS),
            columns: columns(node),
            definitions: self.definitions(node),
            range: self.range(node),
        }
    }

    /// The column definitions that are a child of `node`.
    #[inline(never)]
    fn definitions(self, node: &SyntaxNode) -> Vec<ColumnDefinition> {
        let Some(list) = child(node, SyntaxKind::COLUMN_DEF_LIST) else {
            return Vec::new();
        };
        children(&list, SyntaxKind::COLUMN_DEF)
            .filter_map(|column| self.definition(&column))
            .collect()
    }

    #[inline(never)]
    fn definition(self, node: &SyntaxNode) -> Option<ColumnDefinition> {
        let mut inside = node.children();
        let name: SmolStr = folded(&inside.next()?);
        let sql_type = self.type_name(&inside.next()?);
        let collation = child(node, SyntaxKind::COLLATE).map(|collation| self.name(&collation));
        Some(ColumnDefinition {
            name,
            sql_type,
            collation,
        })
    }
}

fn functions(
    node: &SyntaxNode,
    calls: Vec<(Expr, Vec<ColumnDefinition>)>,
    alias: Option<Alias>,
) -> From {
    From::Functions {
        calls,
        rows_from: node.kind() == SyntaxKind::ROWS_FROM_ITEM,
        ordinality: child(node, SyntaxKind::WITH_ORDINALITY).is_some(),
        lateral: has_token(node, SyntaxKind::LATERAL_KW),
        alias,
    }
}

/// The tables, words and conditions of nested joins in the order of the text.
fn joined(node: &SyntaxNode) -> Vec<SyntaxElement> {
    let mut items = Vec::new();
    let mut waiting = vec![SyntaxElement::Node(node.clone())];
    while let Some(element) = waiting.pop() {
        match &element {
            SyntaxElement::Node(node)
                if matches!(node.kind(), SyntaxKind::JOIN_EXPR | SyntaxKind::JOIN) =>
            {
                let below = waiting.len();
                waiting.extend(elements(node));
                waiting[below..].reverse();
            }
            SyntaxElement::Node(_) | SyntaxElement::Token(_) => items.push(element),
        }
    }
    items
}

fn is_condition(node: &SyntaxNode) -> bool {
    matches!(
        node.kind(),
        SyntaxKind::ON_CLAUSE | SyntaxKind::JOIN_USING_CLAUSE
    )
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn join_kind(kind: SyntaxKind) -> Option<JoinKind> {
    match kind {
        SyntaxKind::JOIN_INNER => Some(JoinKind::Inner),
        SyntaxKind::JOIN_LEFT => Some(JoinKind::Left),
        SyntaxKind::JOIN_RIGHT => Some(JoinKind::Right),
        SyntaxKind::JOIN_FULL => Some(JoinKind::Full),
        SyntaxKind::JOIN_CROSS => Some(JoinKind::Cross),
        _ => None,
    }
}
