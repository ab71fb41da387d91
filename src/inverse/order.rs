//! The order of what is made and dropped: each after what it needs, or before.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::{Drop, Operation};

impl Way<'_> {
    /// Puts the tables to create after those that they need, and the tables to drop before those; types likewise.
    pub(super) fn order_tables(&mut self) {
        // An index of a partitioned table takes over those that its partitions have.
        let mut indexes = std::mem::take(&mut self.phases[Phase::CreateIndex as usize]);
        indexes.sort_by_key(|operation| {
            let Operation::CreateIndex(create) = operation else {
                return Reverse(0);
            };
            Reverse(self.depth(&create.index.table))
        });
        self.phases[Phase::CreateIndex as usize] = indexes;
        for phase in [Phase::CreateType, Phase::CreateTable] {
            if self.phases[phase as usize].len() < 2 {
                continue;
            }
            let waiting = std::mem::take(&mut self.phases[phase as usize]);
            self.phases[phase as usize] = in_order(waiting);
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

/// The name of what is made, and what it needs, of the kinds that are ordered.
fn made(operation: &Operation) -> Option<(&Name, Vec<Name>)> {
    if let Operation::CreateTable(create) = operation {
        let parents = create.partition_of.iter().map(|it| &it.parent);
        let needs = create.inherits.iter().chain(parents).cloned();
        Some((&create.name, needs.collect()))
    } else if let Operation::CreateType(create) = operation {
        Some((&create.name, create.needs()))
    } else if let Operation::CreateDomain(create) = operation {
        let needs = create.base.named().cloned();
        Some((&create.name, needs.into_iter().collect()))
    } else {
        None
    }
}

/// A stable order in which each operation stands after those that make what it needs.
fn in_order(operations: Vec<Operation>) -> Vec<Operation> {
    let names = operations.iter().filter_map(made);
    let mut missing: BTreeSet<Name> = names.map(|it| it.0.clone()).collect();
    let mut ordered = Vec::with_capacity(operations.len());
    let mut waiting = operations;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for operation in waiting {
            let made = made(&operation);
            let needs = made.iter().flat_map(|it| &it.1);
            if needs.into_iter().any(|it| missing.contains(it)) {
                later.push(operation);
            } else {
                if let Some((name, _)) = made {
                    missing.remove(name);
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
