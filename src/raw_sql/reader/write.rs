//! The statements that change rows.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, is_query, named};
use crate::tree::{
    Assignment, ColumnTarget, ConflictAction, ConflictElement, ConflictTarget, Delete, ExprKind,
    Insert, Merge, MergeAction, MergeClause, MergeWhen, Name, OnConflict, Overriding, Statement,
    Target, Update,
};

impl Reader {
    /// A statement that reads or changes rows.
    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn statement(self, node: &SyntaxNode) -> Statement {
        let statement = match node.kind() {
            SyntaxKind::INSERT => self
                .insert(node)
                .map(|insert| Statement::Insert(Box::new(insert))),
            SyntaxKind::UPDATE => self
                .update(node)
                .map(|update| Statement::Update(Box::new(update))),
            SyntaxKind::DELETE => self
                .delete(node)
                .map(|delete| Statement::Delete(Box::new(delete))),
            SyntaxKind::MERGE => self
                .merge(node)
                .map(|merge| Statement::Merge(Box::new(merge))),
            kind if is_query(kind) => Some(Statement::Query(self.boxed_query(node))),
            _ => None,
        };
        statement.unwrap_or(Statement::Opaque)
    }

    /// The relation of `only t`, `only (t)`, `t *`.
    pub(super) fn relation(self, node: &SyntaxNode) -> Name {
        let reference = child(node, SyntaxKind::RELATION_NAME_REF)
            .or_else(|| child(node, SyntaxKind::TABLE_NAME_REF));
        self.name(reference.as_ref().unwrap_or(node))
    }

    /// `returning`; absent if it names `old` and `new`, for which the tree has no place.
    #[inline(never)]
    fn returning(self, node: &SyntaxNode) -> Option<Vec<Target>> {
        let Some(clause) = child(node, SyntaxKind::RETURNING_CLAUSE) else {
            return Some(Vec::new());
        };
        let plain = child(&clause, SyntaxKind::RETURNING_OPTION_LIST).is_none();
        plain.then(|| self.targets(&clause))
    }

    #[inline(never)]
    fn insert(self, node: &SyntaxNode) -> Option<Insert> {
        let source = node.children().find(|child| is_query(child.kind()));
        if source.is_none() {
            child(node, SyntaxKind::DEFAULT_VALUES)?;
        }
        let on_conflict = match child(node, SyntaxKind::ON_CONFLICT_CLAUSE) {
            Some(clause) => Some(self.on_conflict(&clause)?),
            None => None,
        };
        Some(Insert {
            with: self.with(node),
            table: self.name(&child(node, SyntaxKind::RELATION_NAME_REF)?),
            alias: alias(node, SyntaxKind::REQUIRED_AS_ALIAS),
            columns: self.column_targets(node),
            overriding: overriding(node),
            source: source.map(|source| self.query(&source)),
            on_conflict,
            returning: self.returning(node)?,
        })
    }

    /// The column list that is a child of `node`.
    #[inline(never)]
    fn column_targets(self, node: &SyntaxNode) -> Option<Vec<ColumnTarget>> {
        let list = child(node, SyntaxKind::COLUMN_TARGET_LIST)?;
        children(&list, SyntaxKind::COLUMN_TARGET)
            .map(|target| self.column_target(&target))
            .collect()
    }

    #[inline(never)]
    fn column_target(self, node: &SyntaxNode) -> Option<ColumnTarget> {
        let name = named(node, SyntaxKind::COLUMN_NAME_REF)?;
        let indirection = node.children().nth(1).is_some();
        Some(ColumnTarget {
            name,
            indirection,
            subscripts: self.parts(node),
            range: self.range(node),
        })
    }

    #[inline(never)]
    fn on_conflict(self, node: &SyntaxNode) -> Option<OnConflict> {
        let target = if let Some(target) = child(node, SyntaxKind::CONFLICT_ON_CONSTRAINT) {
            Some(ConflictTarget::Constraint(
                self.name(&child(&target, SyntaxKind::CONSTRAINT_NAME_REF)?),
            ))
        } else {
            child(node, SyntaxKind::CONFLICT_ON_INDEX).map(|target| self.conflict_index(&target))
        };
        let action = if let Some(update) = child(node, SyntaxKind::CONFLICT_DO_UPDATE_SET) {
            let set = self.set_clause(&update)?;
            ConflictAction::Update {
                set,
                filter: self.clause(&update, SyntaxKind::WHERE_CLAUSE),
            }
        } else {
            child(node, SyntaxKind::CONFLICT_DO_NOTHING)?;
            ConflictAction::Nothing
        };
        Some(OnConflict {
            target,
            action,
            range: self.range(node),
        })
    }

    #[inline(never)]
    fn conflict_index(self, node: &SyntaxNode) -> ConflictTarget {
        let list = child(node, SyntaxKind::CONFLICT_INDEX_ITEM_LIST);
        let items = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::CONFLICT_INDEX_ITEM));
        let elements = items
            .filter_map(|item| self.conflict_element(&item))
            .collect();
        ConflictTarget::Index {
            elements,
            filter: self.clause(node, SyntaxKind::WHERE_CLAUSE),
        }
    }

    #[inline(never)]
    fn conflict_element(self, node: &SyntaxNode) -> Option<ConflictElement> {
        let operator_class = child(node, SyntaxKind::OP_CLASS_REF).map(|class| self.name(&class));
        // The parser takes `a collate "C"` for one expression; here it is a column and the collation of its index.
        if let Some(collate) = child(node, SyntaxKind::COLLATE) {
            let value = self.first_expression(&collate)?;
            let collation =
                child(&collate, SyntaxKind::COLLATION_REF).map(|collation| self.name(&collation));
            return Some(ConflictElement {
                value,
                collation,
                operator_class,
            });
        }
        let value = self.first_expression(node)?;
        Some(ConflictElement {
            value,
            collation: None,
            operator_class,
        })
    }

    /// The assignments of the `set` that is a child of `node`.
    #[inline(never)]
    fn set_clause(self, node: &SyntaxNode) -> Option<Vec<Assignment>> {
        let list = child(
            &child(node, SyntaxKind::SET_CLAUSE)?,
            SyntaxKind::SET_COLUMN_LIST,
        )?;
        list.children().map(|item| self.assignment(&item)).collect()
    }

    #[inline(never)]
    fn assignment(self, node: &SyntaxNode) -> Option<Assignment> {
        if node.kind() == SyntaxKind::SET_SINGLE_COLUMN {
            let target = self.column_target(&child(node, SyntaxKind::COLUMN_TARGET)?)?;
            let value = child(node, SyntaxKind::SET_EXPR)?;
            return Some(Assignment::One(target, self.set_value(&value)));
        }
        let targets = self.column_targets(node)?;
        if let Some(query) = child(node, SyntaxKind::PAREN_SELECT) {
            return Some(Assignment::Query(targets, self.boxed_query(&query)));
        }
        let list = child(node, SyntaxKind::SET_EXPR_LIST)?;
        let mut values: Vec<_> = children(&list, SyntaxKind::SET_EXPR)
            .map(|value| self.set_value(&value))
            .collect();
        // The parser knows `((select …))` as a list of one.
        if !has_token(&list, SyntaxKind::ROW_KW) && values.len() == 1 {
            let only = values.pop()?;
            if let ExprKind::Subquery(query) = only.kind {
                return Some(Assignment::Query(targets, query));
            }
            values.push(only);
        }
        Some(Assignment::Row(targets, values))
    }

    #[inline(never)]
    fn set_value(self, node: &SyntaxNode) -> crate::tree::Expr {
        self.first_expression(node)
            .unwrap_or_else(|| self.expr(node, ExprKind::Default))
    }

    #[inline(never)]
    fn update(self, node: &SyntaxNode) -> Option<Update> {
        if child(node, SyntaxKind::FOR_PORTION_OF).is_some() {
            return None;
        }
        Some(Update {
            with: self.with(node),
            table: self.relation(&child(node, SyntaxKind::RELATION_NAME)?),
            alias: alias(node, SyntaxKind::OPTIONAL_AS_ALIAS),
            set: self.set_clause(node)?,
            from: self.sources(node, SyntaxKind::FROM_CLAUSE),
            filter: self.clause(node, SyntaxKind::WHERE_CLAUSE),
            returning: self.returning(node)?,
        })
    }

    #[inline(never)]
    fn delete(self, node: &SyntaxNode) -> Option<Delete> {
        if child(node, SyntaxKind::FOR_PORTION_OF).is_some() {
            return None;
        }
        Some(Delete {
            with: self.with(node),
            table: self.relation(&child(node, SyntaxKind::RELATION_NAME)?),
            alias: alias(node, SyntaxKind::OPTIONAL_AS_ALIAS),
            using: self.sources(node, SyntaxKind::USING_CLAUSE),
            filter: self.clause(node, SyntaxKind::WHERE_CLAUSE),
            returning: self.returning(node)?,
        })
    }

    #[inline(never)]
    fn merge(self, node: &SyntaxNode) -> Option<Merge> {
        let source = child(node, SyntaxKind::USING_ON_CLAUSE)?;
        let clauses = node
            .children()
            .filter_map(|child| Some((merge_when(child.kind())?, child)));
        let clauses = clauses
            .map(|(when, clause)| self.merge_clause(when, &clause))
            .collect::<Option<_>>()?;
        Some(Merge {
            with: self.with(node),
            table: self.relation(&child(node, SyntaxKind::TABLE_RELATION_NAME)?),
            alias: alias(node, SyntaxKind::OPTIONAL_AS_ALIAS),
            using: self.from(&source.children().next()?),
            on: self.clause(&source, SyntaxKind::ON_CLAUSE)?,
            clauses,
            returning: self.returning(node)?,
        })
    }

    #[inline(never)]
    fn merge_clause(self, when: MergeWhen, node: &SyntaxNode) -> Option<MergeClause> {
        let condition = self.clause(node, SyntaxKind::MERGE_CONDITION);
        let action = node
            .children()
            .find_map(|child| self.merge_action(&child))?;
        Some(MergeClause {
            when,
            condition,
            action,
        })
    }

    #[inline(never)]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn merge_action(self, node: &SyntaxNode) -> Option<MergeAction> {
        match node.kind() {
            SyntaxKind::MERGE_DELETE => Some(MergeAction::Delete),
            SyntaxKind::MERGE_DO_NOTHING => Some(MergeAction::Nothing),
            SyntaxKind::MERGE_UPDATE => self.set_clause(node).map(MergeAction::Update),
            SyntaxKind::MERGE_INSERT => Some(MergeAction::Insert {
                columns: self.column_targets(node),
                overriding: overriding(node),
                values: child(node, SyntaxKind::VALUES)
                    .and_then(|values| self.rows(&values).into_iter().next()),
            }),
            _ => None,
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn merge_when(kind: SyntaxKind) -> Option<MergeWhen> {
    match kind {
        SyntaxKind::MERGE_WHEN_MATCHED => Some(MergeWhen::Matched),
        SyntaxKind::MERGE_WHEN_NOT_MATCHED_SOURCE => Some(MergeWhen::NotMatchedBySource),
        SyntaxKind::MERGE_WHEN_NOT_MATCHED_TARGET => Some(MergeWhen::NotMatchedByTarget),
        _ => None,
    }
}

fn alias(node: &SyntaxNode, kind: SyntaxKind) -> Option<SmolStr> {
    child(&child(node, kind)?, SyntaxKind::TABLE_ALIAS).map(|name| folded(&name))
}

fn overriding(node: &SyntaxNode) -> Option<Overriding> {
    if child(node, SyntaxKind::OVERRIDING_SYSTEM_VALUE).is_some() {
        return Some(Overriding::System);
    }
    child(node, SyntaxKind::OVERRIDING_USER_VALUE).map(|_| Overriding::User)
}
