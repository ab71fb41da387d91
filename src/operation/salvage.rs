//! What is left of a statement with a fault, so that a check can go on: the same in small statements, of which those that have
//! no fault run.

use smol_str::SmolStr;

use crate::operation::alter_table::Action;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::{AlterTable, CreateTable, Operation};

/// The parts of a statement that stand for themselves, in the order in which they can run; none of one that has no parts.
#[must_use]
pub fn parts(operation: &Operation) -> Vec<Operation> {
    match operation {
        Operation::CreateTable(it) => of_table(it),
        Operation::AlterTable(it) => {
            let mut actions: Vec<&Action> = it.actions.iter().collect();
            actions.sort_by_key(|it| it.pass());
            let actions = actions.into_iter().cloned();
            let alone = actions.map(|action| AlterTable::one(it.name.clone(), action));
            alone.map(Operation::from).collect()
        }
        Operation::CreateIndex(_)
        | Operation::CreateType(_)
        | Operation::CreateDomain(_)
        | Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::CreateSequence(_)
        | Operation::AlterSequence(_)
        | Operation::AddEnumValue(_)
        | Operation::DropEnumValue(_)
        | Operation::Drop(_)
        | Operation::Rename(_)
        | Operation::SetSchema(_)
        | Operation::CommentOn(_)
        | Operation::Data(_)
        | Operation::Raw(_)
        | Operation::Assert(_) => Vec::new(),
    }
}

fn of_table(table: &CreateTable) -> Vec<Operation> {
    let bare = CreateTable {
        columns: Vec::new(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        ..table.clone()
    };
    let columns = table.columns.iter().map(|it| Action::AddColumn {
        definition: it.clone(),
        if_not_exists: false,
    });
    let constraints = table.constraints.iter().map(|it| Action::AddConstraint {
        definition: it.clone(),
        if_not_exists: false,
    });
    let actions = columns.chain(constraints);
    let alone = actions.map(|it| AlterTable::one(table.name.clone(), it).into());
    std::iter::once(bare.into()).chain(alone).collect()
}

/// The names that a statement brings, which are missing where it fails; none of text, which may bring any that it says.
#[must_use]
pub fn brings(operation: &Operation) -> Option<Vec<SmolStr>> {
    let of_constraint = |it: &ConstraintDefinition| it.name.clone();
    Some(match operation {
        Operation::CreateTable(it) => {
            let columns = it.columns.iter().map(|it| it.name.clone());
            let constraints = it.constraints.iter().filter_map(of_constraint);
            let own = std::iter::once(it.name.name.clone());
            own.chain(columns).chain(constraints).collect()
        }
        Operation::AlterTable(it) => {
            let of_action = |it: &Action| match it {
                Action::AddColumn { definition, .. } => Some(definition.name.clone()),
                Action::AddConstraint { definition, .. } => of_constraint(definition),
                Action::DropColumn { .. }
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
                | Action::DetachPartition { .. } => None,
            };
            it.actions.iter().filter_map(of_action).collect()
        }
        Operation::CreateIndex(it) => it.name.iter().cloned().collect(),
        Operation::CreateType(it) => vec![it.name.name.clone()],
        Operation::CreateDomain(it) => vec![it.name.name.clone()],
        Operation::CreateSchema(it) => vec![it.name.clone()],
        Operation::CreateExtension(it) => vec![it.name.clone()],
        Operation::CreateSequence(it) => vec![it.name.name.clone()],
        Operation::AddEnumValue(it) => vec![it.value.clone()],
        Operation::Rename(it) => vec![it.to.clone()],
        Operation::SetSchema(it) => vec![it.name.name.clone()],
        Operation::Raw(_) => return None,
        Operation::AlterSequence(_)
        | Operation::DropEnumValue(_)
        | Operation::Drop(_)
        | Operation::CommentOn(_)
        | Operation::Data(_)
        | Operation::Assert(_) => Vec::new(),
    })
}
