//! The order of what is made and dropped: each after what it needs, or before.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::{Drop, Operation};

impl Way<'_> {
    /// Puts the tables to create after those that they need, and the tables to drop before those; types likewise.
    pub(super) fn order_tables(&mut self) {
        let needs = |operation: &Operation| -> Vec<Name> {
            match operation {
                Operation::CreateTable(create) => create
                    .inherits
                    .iter()
                    .chain(create.partition_of.iter().map(|it| &it.parent))
                    .cloned()
                    .collect(),
                Operation::CreateType(create) => create.needs(),
                Operation::CreateDomain(create) => {
                    create.base.named().cloned().into_iter().collect()
                }
                _ => Vec::new(),
            }
        };
        let name = |operation: &Operation| match operation {
            Operation::CreateTable(create) => Some(create.name.clone()),
            Operation::CreateType(create) => Some(create.name.clone()),
            Operation::CreateDomain(create) => Some(create.name.clone()),
            _ => None,
        };
        // An index of a partitioned table takes over those that its partitions have.
        let mut indexes = std::mem::take(&mut self.phases[Phase::CreateIndex as usize]);
        indexes.sort_by_key(|operation| match operation {
            Operation::CreateIndex(create) => Reverse(self.depth(&create.index.table)),
            _ => Reverse(0),
        });
        self.phases[Phase::CreateIndex as usize] = indexes;
        for phase in [Phase::CreateType, Phase::CreateTable] {
            if self.phases[phase as usize].len() < 2 {
                continue;
            }
            let waiting = std::mem::take(&mut self.phases[phase as usize]);
            self.phases[phase as usize] = in_order(waiting, needs, name);
        }
        for phase in [Phase::DropTable, Phase::DropType] {
            if self.phases[phase as usize].len() < 2 {
                continue;
            }
            let dropping = std::mem::take(&mut self.phases[phase as usize]);
            self.phases[phase as usize] = self.in_drop_order(dropping);
        }
    }

    /// Dropped things joined into one statement a kind, where one needs another; else one by one.
    #[expect(clippy::unused_self, reason = "a step of the way, like its siblings")]
    pub(super) fn in_drop_order(&self, operations: Vec<Operation>) -> Vec<Operation> {
        let mut joined: Vec<Drop> = Vec::new();
        for operation in operations {
            let Operation::Drop(drop) = operation else {
                continue;
            };
            match joined.iter_mut().find(|it| it.kind == drop.kind) {
                Some(same) => same.names.extend(drop.names),
                None => joined.push(drop),
            }
        }
        // A domain may rest on a type, and a composite on a domain; domains go first where both are dropped.
        joined.sort_by_key(|it| it.kind != Kind::Domain);
        joined.into_iter().map(Operation::Drop).collect()
    }
}

/// A stable order in which each operation stands after those that make what it needs.
fn in_order(
    operations: Vec<Operation>,
    needs: impl Fn(&Operation) -> Vec<Name>,
    name: impl Fn(&Operation) -> Option<Name>,
) -> Vec<Operation> {
    let mut missing: BTreeSet<Name> = operations.iter().filter_map(&name).collect();
    let mut ordered = Vec::with_capacity(operations.len());
    let mut waiting = operations;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for operation in waiting {
            if needs(&operation).iter().any(|it| missing.contains(it)) {
                later.push(operation);
            } else {
                if let Some(made) = name(&operation) {
                    missing.remove(&made);
                }
                ordered.push(operation);
            }
        }
        if later.len() == before {
            ordered.append(&mut later);
        }
        waiting = later;
    }
    ordered
}
