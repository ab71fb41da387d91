//! The way back of constraints, and of what is made anew when a column gets its type back.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::inverse::fidelity::Loss;
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::model::family::descendants;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::{CreateIndex, Drop, Operation};
use crate::schema::{Column, Constraint, ConstraintKind, Subject, Table};

impl Way<'_> {
    pub(super) fn comment_constraint(&mut self, table: &Name, name: &SmolStr, it: &Constraint) {
        self.comment(
            Subject::constraint(table.clone(), name.clone()),
            it.comment.as_ref(),
        );
        self.comment(
            Subject::new(Kind::Index, table.sibling(name.clone())),
            it.index_comment.as_ref(),
        );
    }

    pub(super) fn constraints(
        &mut self,
        name: &Name,
        before: &Table,
        now: &Table,
        actions: &mut Vec<Action>,
        detached: &mut Vec<Action>,
        attached: &mut Vec<Action>,
    ) {
        // They go with a column that is dropped and added, and may have come again under their names.
        let is_made_again = |column: &&SmolStr| {
            let column = before.column(column);
            column.is_some_and(|it| self.is_made_again(name, it))
        };
        let going: BTreeSet<&SmolStr> = before
            .constraints
            .iter()
            .filter(|(_, it)| it.kind.columns().iter().any(is_made_again))
            .map(|(name, _)| name)
            .collect();
        if before.constraints == now.constraints && going.is_empty() {
            return;
        }
        // A table that is attached or detached keeps its constraints; whose they are changes.
        let rehung = before.partition_of != now.partition_of;
        let uncommented = |constraint: &Constraint| Constraint {
            comment: None,
            index_comment: None,
            inherited: constraint.inherited && !rehung && !constraint.own,
            own: constraint.own || rehung,
            ..constraint.clone()
        };
        let same = |one: Option<&Arc<Constraint>>, two: &Arc<Constraint>| {
            one.is_some_and(|one| Arc::ptr_eq(one, two) || uncommented(one) == uncommented(two))
        };
        for (constraint, it) in &now.constraints {
            // Only an exclusion holds its column back.
            let is_held =
                going.contains(constraint) && matches!(it.kind, ConstraintKind::Exclusion(_));
            if (it.inherited && !rehung) || same(before.constraints.get(constraint), it) && !is_held
            {
                continue;
            }
            // What is no column is the whole row.
            let with_column = it
                .kind
                .columns()
                .iter()
                .any(|column| before.column(column).is_none() && now.column(column).is_some());
            // An exclusion's expressions hold their columns; all else goes with its column.
            if with_column && !matches!(it.kind, ConstraintKind::Exclusion(_)) {
                continue;
            }
            let drop = Action::DropConstraint {
                name: constraint.clone(),
                if_exists: false,
                cascade: false,
            };
            // What is the table's own only since the parent's was dropped makes room for the parent's.
            let makes_room = before
                .constraints
                .get(constraint)
                .is_some_and(|it| it.inherited && !it.own);
            if makes_room || it.kind.is_foreign_key() {
                detached.push(drop);
            } else {
                actions.push(drop);
            }
        }
        for (constraint, it) in &before.constraints {
            let subject = Subject::constraint(name.clone(), constraint.clone());
            if same(now.constraints.get(constraint), it) && !going.contains(constraint) {
                let present = &now.constraints[constraint];
                self.recomment(subject, it.comment.as_ref(), present.comment.as_ref());
                self.recomment(
                    Subject::new(Kind::Index, name.sibling(constraint.clone())),
                    it.index_comment.as_ref(),
                    present.index_comment.as_ref(),
                );
                continue;
            }
            if it.inherited {
                continue;
            }
            if it.validated {
                self.losses.insert(Loss::MayFailOnRows);
            }
            let add = Action::add_constraint(ConstraintDefinition::of(constraint, it));
            if it.kind.is_foreign_key() {
                attached.push(add);
            } else {
                actions.push(add);
            }
            self.comment_constraint(name, constraint, it);
        }
    }

    /// Checks and indexes whose expressions read a column that gets its type back. PostgreSQL makes them anew from their
    /// text, with casts to the type in between (`ATPostAlterTypeParse`): `coalesce(a, 0)` of an integer would be
    /// `coalesce(a::bigint, 0::bigint)` from then on. Those that children share stay.
    pub(super) fn make_expressions_anew(
        &mut self,
        name: &Name,
        before: &Table,
        now: &Table,
        actions: &mut Vec<Action>,
    ) {
        let is_alone = before.inherits.is_empty()
            && before.partition_of.is_none()
            && before.partition_by.is_none()
            && descendants(self.after, name).is_empty();
        let is_retyped = |it: &&Arc<Column>| {
            let type_now = now.column(&it.name).map(|now| &now.sql_type);
            type_now.is_some_and(|now| !it.sql_type.is_written_like(now))
                && !self.is_made_again(name, it)
        };
        let retyped: BTreeSet<&SmolStr> = before
            .columns_unlike(now)
            .filter(is_retyped)
            .map(|it| &it.name)
            .collect();
        let reads = |expression: &Expression| {
            !expression.is_column() && expression.columns().any(|column| retyped.contains(column))
        };
        if !is_alone || retyped.is_empty() {
            return;
        }
        for (constraint, it) in &before.constraints {
            let is_read = match &it.kind {
                ConstraintKind::Check { expression, .. } => reads(expression),
                ConstraintKind::Exclusion(it) => {
                    it.elements.iter().any(|it| reads(&it.0.expression))
                        || it.predicate.as_ref().is_some_and(reads)
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_) => false,
            };
            if is_read && now.constraints.get(constraint) == Some(it) {
                actions.insert(
                    0,
                    Action::DropConstraint {
                        name: constraint.clone(),
                        if_exists: false,
                        cascade: false,
                    },
                );
                actions.push(Action::add_constraint(ConstraintDefinition::of(
                    constraint, it,
                )));
                self.comment_constraint(name, constraint, it);
            }
        }
        let after = self.after;
        for (id, index) in after.indexes(name) {
            let is_read = index.elements.iter().any(|it| reads(&it.expression))
                || index.predicate.as_ref().is_some_and(reads);
            if is_read && !self.changed(id) {
                self.push(Phase::Detach, Operation::Drop(Drop::index(id)));
                self.push(
                    Phase::CreateIndex,
                    Operation::CreateIndex(CreateIndex::of(id, index)),
                );
                self.comment(
                    Subject::new(Kind::Index, id.clone()),
                    index.comment.as_ref(),
                );
            }
        }
    }
}
