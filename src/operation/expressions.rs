//! The expressions of a statement.

use crate::expression::Expression;
use crate::operation::Operation;
use crate::operation::alter_table::Action;
use crate::operation::definition::column::ColumnDefinition;
use crate::schema::{ConstraintKind, Index};
use crate::sql_type::{SqlType, WrittenType};

impl Operation {
    /// The texts that PostgreSQL reads as expressions when the statement runs, bounds of partitions among them. What raw SQL
    /// and asserts hold is not there.
    #[must_use]
    pub fn expressions(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        match self {
            Self::CreateTable(it) => {
                for column in &it.columns {
                    of_column(column, &mut texts);
                }
                let columns = it.partition_columns.iter();
                texts.extend(columns.filter_map(|it| it.default.as_ref().map(Expression::text)));
                for constraint in &it.constraints {
                    of_constraint(&constraint.kind, &mut texts);
                }
                for (_, index) in &it.indexes {
                    of_index(index, &mut texts);
                }
                texts.extend(it.partition_by.as_deref());
                texts.extend(it.partition_of.as_ref().map(|it| it.bound.as_str()));
            }
            Self::AlterTable(it) => it.actions.iter().for_each(|it| of_action(it, &mut texts)),
            Self::CreateIndex(it) => of_index(&it.index, &mut texts),
            Self::CreateDomain(it) => {
                texts.extend(it.default.as_ref().map(Expression::text));
                texts.extend(it.checks.iter().map(|(_, it)| it.text()));
            }
            Self::CreateType(_)
            | Self::CreateSchema(_)
            | Self::CreateExtension(_)
            | Self::CreateSequence(_)
            | Self::AlterSequence(_)
            | Self::AddEnumValue(_)
            | Self::DropEnumValue(_)
            | Self::Drop(_)
            | Self::Rename(_)
            | Self::SetSchema(_)
            | Self::CommentOn(_)
            | Self::Data(_)
            | Self::Raw(_)
            | Self::Assert(_) => {}
        }
        texts
    }
}

impl Operation {
    /// Whether it may read or write rows that are there: then it may take long, and call functions that a history makes, those of
    /// expressions, domains, casts and operator classes.
    #[must_use]
    pub fn works_on_rows(&self) -> bool {
        match self {
            // A default partition is searched for rows.
            Self::CreateTable(it) => it.partition_of.is_some(),
            Self::AlterTable(it) => it.actions.iter().any(is_on_rows),
            Self::CreateIndex(_)
            | Self::CreateExtension(_)
            | Self::DropEnumValue(_)
            | Self::Data(_)
            | Self::Raw(_)
            | Self::Assert(_) => true,
            Self::CreateType(_)
            | Self::CreateDomain(_)
            | Self::CreateSchema(_)
            | Self::CreateSequence(_)
            | Self::AlterSequence(_)
            | Self::AddEnumValue(_)
            | Self::Drop(_)
            | Self::Rename(_)
            | Self::SetSchema(_)
            | Self::CommentOn(_) => false,
        }
    }
}

fn is_on_rows(action: &Action) -> bool {
    match action {
        Action::AddColumn { definition, .. } => {
            let is_own = |it: &SqlType| it.named().is_some();
            matches!(&definition.sql_type, WrittenType::Type(it) if is_own(it))
                || definition.default.is_some()
                || definition.generated.is_some()
        }
        Action::AlterType { .. }
        | Action::AddConstraint { .. }
        | Action::ValidateConstraint { .. }
        | Action::SetNotNull { not_null: true, .. }
        | Action::AttachPartition { .. } => true,
        Action::DropColumn { .. }
        | Action::SetDefault { .. }
        | Action::SetNotNull {
            not_null: false, ..
        }
        | Action::AddIdentity { .. }
        | Action::SetIdentity { .. }
        | Action::DropIdentity { .. }
        | Action::DropExpression { .. }
        | Action::DropConstraint { .. }
        | Action::DetachPartition { .. } => false,
    }
}

fn of_column<'a>(column: &'a ColumnDefinition, texts: &mut Vec<&'a str>) {
    texts.extend(column.default.as_ref().map(Expression::text));
    texts.extend(column.generated.as_ref().map(|it| it.expression.text()));
}

fn of_constraint<'a>(kind: &'a ConstraintKind, texts: &mut Vec<&'a str>) {
    kind.expressions(|it| texts.push(it.text()));
}

fn of_index<'a>(index: &'a Index, texts: &mut Vec<&'a str>) {
    index.expressions(|it| texts.push(it.text()));
}

fn of_action<'a>(action: &'a Action, texts: &mut Vec<&'a str>) {
    match action {
        Action::AddColumn { definition, .. } => of_column(definition, texts),
        Action::AlterType { using, .. } => texts.extend(using.as_ref().map(Expression::text)),
        Action::SetDefault { default, .. } => texts.extend(default.as_ref().map(Expression::text)),
        Action::AddConstraint { definition, .. } => of_constraint(&definition.kind, texts),
        Action::AttachPartition { bound, .. } => texts.push(bound),
        Action::DropColumn { .. }
        | Action::SetNotNull { .. }
        | Action::AddIdentity { .. }
        | Action::SetIdentity { .. }
        | Action::DropIdentity { .. }
        | Action::DropExpression { .. }
        | Action::ValidateConstraint { .. }
        | Action::DropConstraint { .. }
        | Action::DetachPartition { .. } => {}
    }
}
