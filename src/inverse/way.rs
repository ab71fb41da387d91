//! A way back in the making: what its parts ask of the changes, and the order in which its operations run.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::inverse::fidelity::Loss;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::AlterTable;
use crate::operation::{CommentOn, Drop, Operation};
use crate::schema::{Changes, Object, ObjectId, Schema, Sequence, Subject, Table};

/// The phases of a way back. Within one the order is that of names, but for tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    /// Foreign keys, and indexes that others' names or columns wait for.
    Detach,
    CreateContainer,
    CreateType,
    CreateSequence,
    CreateTable,
    AlterTable,
    DropTable,
    DropSequence,
    DropType,
    DropContainer,
    CreateIndex,
    Attach,
    Comment,
}

pub(super) struct Way<'a> {
    pub(super) changes: &'a Changes,
    pub(super) after: &'a Schema,
    /// The statement, where it did something to the columns of its table.
    pub(super) altered: Option<&'a AlterTable>,
    pub(super) phases: [Vec<Operation>; 13],
    pub(super) losses: BTreeSet<Loss>,
}

impl Way<'_> {
    pub(super) fn push_drop(&mut self, phase: Phase, kind: Kind, name: Name) {
        let drop = Drop {
            kind,
            names: vec![name],
            if_exists: false,
            cascade: false,
            concurrently: false,
        };
        self.push(phase, Operation::Drop(drop));
    }

    pub(super) fn push(&mut self, phase: Phase, operation: Operation) {
        self.phases[phase as usize].push(operation);
    }

    /// Whether the way back drops this table.
    pub(super) fn goes(&self, table: &Name) -> bool {
        self.changes
            .get(&ObjectId::Relation(table.clone()))
            .is_some_and(|change| change.before.is_none())
    }

    /// Whether the way back drops this column, or its table.
    pub(super) fn column_goes(&self, table: &Name, column: &str) -> bool {
        let Some(change) = self.changes.get(&ObjectId::Relation(table.clone())) else {
            return false;
        };
        let before = change.before.as_deref().and_then(Object::as_table);
        before.is_none_or(|it| it.column(column).is_none())
    }

    /// Whether the way back attaches this table to another parent, or detaches it.
    pub(super) fn rehung(&self, table: &Name) -> bool {
        let Some(change) = self.changes.get(&ObjectId::Relation(table.clone())) else {
            return false;
        };
        let before = change.before.as_deref().and_then(Object::as_table);
        let now = change.after.as_deref().and_then(Object::as_table);
        before
            .zip(now)
            .is_some_and(|(before, now)| before.partition_of != now.partition_of)
    }

    pub(super) fn changed(&self, table: &Name) -> bool {
        self.changes
            .contains_key(&ObjectId::Relation(table.clone()))
    }

    pub(super) fn table_before(&self, name: &Name) -> Option<&Table> {
        let id = ObjectId::Relation(name.clone());
        let object = match self.changes.get(&id) {
            Some(change) => change.before.as_deref(),
            None => self.after.get(&id).map(|it| &**it),
        };
        object.and_then(Object::as_table)
    }

    pub(super) fn sequence_before(&self, name: &Name) -> Option<Sequence> {
        let id = ObjectId::Relation(name.clone());
        let object = match self.changes.get(&id) {
            Some(change) => change.before.clone(),
            None => self.after.get(&id).cloned(),
        };
        object?.as_sequence().cloned()
    }

    /// Whether a foreign key points at this table, or at one that it is a partition of.
    pub(super) fn is_referenced(&self, table: &Name) -> bool {
        let mut above = Some(table);
        while let Some(name) = above {
            if self.after.foreign_keys_to(name).next().is_some() {
                return true;
            }
            let hung = self
                .after
                .table(name)
                .and_then(|it| it.partition_of.as_ref());
            above = hung.map(|it| &it.parent);
        }
        false
    }

    /// How many partitioned tables stand above this one.
    pub(super) fn depth(&self, table: &Name) -> usize {
        let mut depth = 0;
        let mut table = self.table_before(table);
        while let Some(hung) = table.and_then(|it| it.partition_of.as_ref()) {
            depth += 1;
            table = self.table_before(&hung.parent);
        }
        depth
    }

    pub(super) fn comment(&mut self, subject: Subject, comment: Option<&SmolStr>) {
        if let Some(comment) = comment {
            self.push(
                Phase::Comment,
                Operation::CommentOn(CommentOn {
                    subject,
                    comment: Some(comment.clone()),
                }),
            );
        }
    }

    pub(super) fn recomment(
        &mut self,
        subject: Subject,
        before: Option<&SmolStr>,
        now: Option<&SmolStr>,
    ) {
        if before != now {
            self.push(
                Phase::Comment,
                Operation::CommentOn(CommentOn {
                    subject,
                    comment: before.cloned(),
                }),
            );
        }
    }
}
