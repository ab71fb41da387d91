//! `alter table`: one statement with any number of actions, as PostgreSQL takes them: one lock, one rewrite.

pub mod action;
pub mod add_column;
pub mod alter_type;
pub mod column;
pub mod constraint;
pub mod not_null;
pub mod partition;
mod foreign_keys;
mod using_index;

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::model::check::check_type;
use crate::model::names::table;
use crate::model::rebind;
use crate::name::Name;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::definition::{plain_default, told};
use crate::operation::lock::Lock;
use crate::operation::operate::Operate;
use crate::schema::{ObjectId, Refusal, Schema, Table};
use crate::sql::Sql;

pub use action::Action;

/// `alter table [if exists] [only] name action, …`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterTable {
    pub name: Name,
    pub if_exists: bool,
    pub only: bool,
    pub actions: Vec<Action>,
}

impl AlterTable {
    /// A statement with one action.
    #[must_use]
    pub fn one(name: Name, action: Action) -> Self {
        Self {
            actions: vec![action],
            ..Self::none(name)
        }
    }

    /// A statement without actions, which is none yet.
    #[must_use]
    pub fn none(name: Name) -> Self {
        Self {
            name,
            if_exists: false,
            only: false,
            actions: Vec::new(),
        }
    }

    fn each_type_once(&self) -> Result<(), Refusal> {
        let mut retyped = BTreeSet::new();
        for action in &self.actions {
            if let Action::AlterType { column, .. } = action
                && !retyped.insert(column)
            {
                return Err(Refusal::new(
                    Code::InvalidColumn,
                    format!("the statement changes the type of column \"{column}\" twice"),
                )
                .help("remove one of the two changes, or put the second one into a statement of its own")
                .at([column.clone()]));
            }
        }
        Ok(())
    }
}

impl AlterTable {
    /// Refuses to change the columns of a table that has those of a type.
    fn may_change_columns(&self, schema: &Schema) -> Result<(), Refusal> {
        let Some(of) = schema.table(&self.name).and_then(|it| it.of.as_ref()) else {
            return Ok(());
        };
        let changed = self.actions.iter().find_map(|it| match it {
            Action::AddColumn { definition, .. } => Some(&definition.name),
            Action::DropColumn { column, .. } | Action::AlterType { column, .. } => Some(column),
            Action::SetDefault { .. }
            | Action::SetNotNull { .. }
            | Action::AddIdentity { .. }
            | Action::SetIdentity { .. }
            | Action::DropIdentity { .. }
            | Action::DropExpression { .. }
            | Action::AddConstraint { .. }
            | Action::ValidateConstraint { .. }
            | Action::DropConstraint { .. }
            | Action::AttachPartition { .. }
            | Action::DetachPartition { .. } => None,
        });
        match changed {
            Some(column) => Err(typed(&self.name, of, column)),
            None => Ok(()),
        }
    }

    fn check_using(&self, before: &Table, schema: &Schema) -> Result<(), Refusal> {
        for action in &self.actions {
            if let Action::AlterType {
                column,
                sql_type,
                using: Some(using),
                ..
            } = action
                && before.column(column).is_some()
            {
                check_type(sql_type, schema)?;
                alter_type::check_using(column, sql_type, using, (&self.name, before), schema)?;
            }
        }
        Ok(())
    }

    /// Takes away what the statement drops where it adds something, too: PostgreSQL drops first, wherever that stands, and chooses
    /// names when it adds (`ATRewriteCatalogs`). What cannot be dropped stays.
    pub(super) fn drop_first(&self, schema: &mut Schema) {
        let adds = |it: &Action| {
            matches!(
                it,
                Action::AddColumn { .. }
                    | Action::AddConstraint { .. }
                    | Action::AddIdentity { .. }
            )
        };
        if self.actions.iter().any(adds) && schema.table(&self.name).is_some() {
            for action in self.actions.iter().filter(|it| it.pass() == 0) {
                let mark = schema.mark();
                if action.apply(&self.name, self.only, schema).is_err() {
                    schema.undo_to(mark);
                }
            }
        }
    }

    /// Chooses the names that the statement left to PostgreSQL.
    pub(super) fn resolve(&mut self, before: &Schema) -> Result<(), Refusal> {
        let mut assigned = BTreeSet::new();
        let mut columns = Vec::new();
        for action in &mut self.actions {
            if let Action::AddColumn { definition, .. } = action {
                definition.resolve(&self.name, before, &mut assigned);
                columns.push(definition.name.clone());
            }
            if let Action::SetDefault {
                default: Some(default),
                ..
            } = action
            {
                *default = plain_default(default, &before.default);
            }
            if let Action::AddIdentity {
                column,
                identity,
                sequence,
            } = action
            {
                column::resolve_identity(
                    column,
                    identity,
                    sequence,
                    &self.name,
                    before,
                    &mut assigned,
                );
            }
        }
        let definitions = self.actions.iter_mut().filter_map(|action| {
            if let Action::AddConstraint { definition, .. } = action {
                Some(definition)
            } else {
                None
            }
        });
        constraint::resolve_all(
            definitions.collect(),
            &self.name,
            &columns,
            before,
            &mut assigned,
        )
    }
}

impl AlterTable {
    /// What each action does. A constraint on an added column alone is told with the column.
    pub(super) fn titles(&self) -> Vec<String> {
        let constraints = || {
            self.actions.iter().filter_map(|it| {
                if let Action::AddConstraint { definition, .. } = it {
                    Some(definition)
                } else {
                    None
                }
            })
        };
        let is_with_column = |constraint: &ConstraintDefinition| {
            self.actions.iter().any(|it| {
                matches!(it, Action::AddColumn { definition, .. }
                    if told::on_alone(constraint, &definition.name).is_some())
            })
        };
        let title = |action: &Action| {
            if let Action::AddColumn { definition, .. } = action {
                let column = told::column(&self.name, definition, constraints());
                return Some(format!("add column {}.{column}", self.name));
            }
            if let Action::AddConstraint { definition, .. } = action
                && is_with_column(definition)
            {
                return None;
            }
            Some(action.title(&self.name))
        };
        self.actions.iter().filter_map(title).collect()
    }
}

impl Operate for AlterTable {
    fn title(&self) -> String {
        self.titles().join("; ")
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter table")
            .word_if(self.if_exists, "if exists")
            .word_if(self.only, "only")
            .name(&self.name);
        let several = self.actions.len() > 1;
        sql.list(&self.actions, |sql, action| {
            if several {
                sql.line();
            }
            action.write(&self.name, sql);
        });
    }

    fn locks(&self) -> Vec<Lock> {
        let own = self.actions.iter().filter_map(Action::mode).max();
        let own = own.map(|it| Lock::new(&self.name, it));
        let others = self.actions.iter().filter_map(Action::locked);
        own.into_iter().chain(others).collect()
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_exists && schema.relation(&self.name).is_none() {
            return Ok(());
        }
        let retyped = |action: &Action| matches!(action, Action::AlterType { .. });
        let is_retyped = self.actions.iter().any(retyped);
        let before = table(schema, &self.name)?;
        let before = is_retyped.then(|| before.clone());
        self.each_type_once()?;
        self.may_change_columns(schema)?;
        if let Some(before) = &before {
            self.check_using(before, schema)?;
        }
        let mut actions: Vec<&Action> = self.actions.iter().collect();
        actions.sort_by_key(|action| action.pass());
        for action in actions {
            action.apply(&self.name, self.only, schema)?;
        }
        if let Some(before) = before {
            foreign_keys::check(&self.name, schema)?;
            rebind::check(&before, &self.name, schema)?;
        }
        Ok(())
    }
}

/// The refusal to change a column that a type gives.
#[must_use]
pub fn typed(table: &Name, of: &Name, column: &SmolStr) -> Refusal {
    Refusal::new(
        Code::InvalidColumn,
        format!("table \"{table}\" has the columns of type \"{of}\", so column \"{column}\" cannot change"),
    )
    .help("change the type with `cascade`, in `sql { … }`")
    .at([column.clone()])
    .contradicts(ObjectId::Relation(table.clone()))
}
