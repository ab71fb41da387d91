//! What is left of a statement with a fault, so that a check can go on: the same in small statements, of which those that have
//! no fault run.

use crate::operation::alter_table::Action;
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
