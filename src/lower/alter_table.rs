//! `alter table`: what PostgreSQL has no words for becomes statements around it.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::lower::create::{column_comment, serial};
use crate::lower::{Alone, Check, Condition, Placement, Statement};
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::{AlterTable, Resolved};
use crate::schema::name::{Purpose, generated_name};
use crate::schema::{Schema, Subject};
use crate::token::{identifier, lex};

/// A statement taken apart: what PostgreSQL takes as it is, and what stands around that.
struct Parts<'a> {
    alter: &'a AlterTable,
    /// Whether the model says that the table is not there; a database that differs may have it.
    is_absent: bool,
    first: Vec<Statement>,
    plain: Vec<Action>,
    guarded: Vec<Statement>,
    last: Vec<Statement>,
}

pub(super) fn statements(
    alter: &AlterTable,
    operation: &Resolved,
    before: &Schema,
) -> Vec<Statement> {
    let mut parts = Parts {
        alter,
        is_absent: alter.if_exists && before.table(&alter.name).is_none(),
        first: Vec::new(),
        plain: Vec::new(),
        guarded: Vec::new(),
        last: Vec::new(),
    };
    for action in &alter.actions {
        parts.add(action);
    }
    let Parts {
        first,
        mut plain,
        guarded,
        mut last,
        ..
    } = parts;
    let mut statements = Vec::new();
    // The sequence of a dropped column gives its name to that of a new one only when it is gone.
    let frees = |it: &Action| {
        matches!(it, Action::AddColumn { definition, .. }
            if definition.sequence.as_ref().is_some_and(|name| before.relation_taken(name)))
    };
    if !first.is_empty() && alter.actions.iter().any(frees) {
        let (drops, rest) = plain.into_iter().partition(|it| it.pass() == 0);
        plain = rest;
        let drops = AlterTable {
            actions: drops,
            ..alter.clone()
        };
        statements.push(drops.into());
    }
    statements.extend(first);
    if !plain.is_empty() {
        let mut statement = if plain == alter.actions {
            Statement::of(operation.clone())
        } else {
            let rest = AlterTable {
                actions: plain,
                ..alter.clone()
            };
            rest.into()
        };
        if let [
            Action::DetachPartition {
                partition,
                concurrently: true,
            },
        ] = alter.actions.as_slice()
        {
            statement.placement = Placement::alone(Alone::DetachPartition(
                alter.name.clone(),
                partition.clone(),
            ));
            last.push(drop_left_check(partition, before));
        }
        statements.push(statement);
    }
    statements.extend(guarded);
    statements.extend(last);
    statements
}

impl Parts<'_> {
    fn add(&mut self, action: &Action) {
        match action {
            Action::AddConstraint {
                definition,
                if_not_exists: true,
            } => self.add_constraint(definition),
            Action::AddColumn {
                definition,
                if_not_exists,
            } => self.add_column(definition.clone(), *if_not_exists),
            Action::AddConstraint { .. }
            | Action::DropColumn { .. }
            | Action::AlterType { .. }
            | Action::SetDefault { .. }
            | Action::SetNotNull { .. }
            | Action::AddIdentity { .. }
            | Action::SetIdentity { .. }
            | Action::DropIdentity { .. }
            | Action::DropExpression { .. }
            | Action::ValidateConstraint { .. }
            | Action::DropConstraint { .. }
            | Action::AttachPartition { .. }
            | Action::DetachPartition { .. } => self.plain.push(action.clone()),
        }
    }

    /// PostgreSQL has no `add constraint if not exists`.
    fn add_constraint(&mut self, definition: &ConstraintDefinition) {
        let table = &self.alter.name;
        let name = definition.name.clone().unwrap_or_default();
        let absent = Condition::Absent(Subject::constraint(table.clone(), name));
        let add = AlterTable {
            if_exists: self.alter.if_exists,
            ..AlterTable::one(table.clone(), Action::add_constraint(definition.clone()))
        };
        let check = Check::ConstraintKind(table.clone(), Box::new(definition.clone()));
        self.guarded.push(Statement::from(add).only_if(absent));
        self.guarded.push(Statement::check(check));
    }

    fn add_column(&mut self, mut definition: ColumnDefinition, if_not_exists: bool) {
        let table = &self.alter.name;
        if self.is_absent {
            definition.leave_sequence();
            let comment = column_comment(table, &mut definition);
            let column = Subject::column(table.clone(), definition.name.clone());
            let guarded = comment.map(|it| it.only_if(Condition::Exists(column)));
            self.last.extend(guarded);
        } else {
            if let Some(serial) = serial(table, &mut definition, if_not_exists) {
                self.first.push(serial.create);
                self.last.push(serial.own);
            }
            self.last.extend(column_comment(table, &mut definition));
            if if_not_exists {
                let mut column = [definition.clone()];
                for action in &self.alter.actions {
                    if let Action::AddConstraint { definition, .. } = action {
                        definition.require_key(&mut column);
                    }
                }
                let check = Check::Columns(table.clone(), column.into());
                self.last.push(Statement::check(check));
            }
        }
        self.plain.push(Action::AddColumn {
            definition,
            if_not_exists,
        });
    }
}

/// A partition that is detached concurrently is left with a check of its bound (`DetachAddConstraintIfNeeded`), which one
/// detached in a transaction is not: it goes, so that both leave the same.
fn drop_left_check(partition: &Name, before: &Schema) -> Statement {
    let mut columns: BTreeSet<SmolStr> = BTreeSet::new();
    let mut below = before.table(partition);
    while let Some(hung) = below.and_then(|it| it.partition_of.as_ref()) {
        below = before.table(&hung.parent);
        let by = below.and_then(|it| it.partition_by.as_ref());
        let tokens = by.map(|by| (by, lex(by, 0, by.len()).unwrap_or_default()));
        for (by, token) in tokens
            .iter()
            .flat_map(|(by, it)| it.iter().map(move |token| (by, token)))
        {
            let name = identifier(token.text(by));
            if below.is_some_and(|it| it.column(&name).is_some()) {
                columns.insert(name);
            }
        }
    }
    let single = columns.first().filter(|_| columns.len() == 1);
    let chosen = generated_name(
        &partition.name,
        Purpose::Check(single.map(SmolStr::as_str)),
        |name| before.constraint_taken(&partition.sibling(name)),
    );
    let drop = Action::DropConstraint {
        name: chosen,
        if_exists: true,
        cascade: false,
    };
    AlterTable::one(partition.clone(), drop).into()
}
