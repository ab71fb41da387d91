//! The way back of indexes.

use crate::inverse::fidelity::Loss;
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::{CreateIndex, Drop, Operation};
use crate::schema::{Index, Subject};

impl Way<'_> {
    pub(super) fn drop_index(&mut self, name: &Name, index: &Index) {
        if self.goes(&index.table) || self.loses_column(index) {
            return;
        }
        if index.parent.is_some() {
            // It goes with the parent's index, or stays with a partition that is detached.
            if self.rehung(&index.table) {
                self.push(Phase::AlterTable, Operation::Drop(Drop::index(name)));
            }
            return;
        }
        self.push(Phase::Detach, Operation::Drop(Drop::index(name)));
    }

    pub(super) fn create_index(&mut self, name: &Name, index: &Index) {
        let comes_along = index.parent.is_some() && !self.made_apart(&index.table);
        if !comes_along {
            if index.unique {
                self.losses.insert(Loss::MayFailOnRows);
            }
            let create = CreateIndex::of(name, index);
            self.push(Phase::CreateIndex, Operation::CreateIndex(create));
        }
        self.comment(
            Subject::new(Kind::Index, name.clone()),
            index.comment.as_ref(),
        );
    }

    pub(super) fn alter_index(&mut self, name: &Name, before: &Index, now: &Index) {
        let uncommented = |index: &Index| Index {
            comment: None,
            ..index.clone()
        };
        if uncommented(before) == uncommented(now) {
            let subject = Subject::new(Kind::Index, name.clone());
            self.recomment(subject, before.comment.as_ref(), now.comment.as_ref());
        } else if now.parent.is_none() && before.parent.is_none() {
            self.drop_index(name, now);
            self.create_index(name, before);
        } else if before.parent.is_none() && now.parent.as_ref().is_some_and(|it| self.goes(it)) {
            // It was taken over by the parent's index, and goes with that.
            self.create_index(name, before);
        }
    }

    pub(super) fn loses_column(&self, index: &Index) -> bool {
        index
            .columns()
            .any(|column| self.column_goes(&index.table, column))
    }
}
