//! What raw SQL on two sides of a merge may not do.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::graph::RevisionIndex;
use crate::operation::{Operation, effects};
use crate::replay::forward::Forward;
use crate::replay::locate;
use crate::schema::ObjectId;
use crate::source::Span;

impl Forward<'_> {
    /// Raw SQL on two sides of a merge that changes one object.
    pub(super) fn raw_conflict(
        &self,
        merge: RevisionIndex,
        sides: &[Vec<RevisionIndex>],
    ) -> Option<Diagnostic> {
        let mut counts: BTreeMap<RevisionIndex, usize> = BTreeMap::new();
        for revision in sides.iter().flatten() {
            *counts.entry(*revision).or_default() += 1;
        }
        let mut seen: BTreeMap<ObjectId, (usize, &str, Span)> = BTreeMap::new();
        for (number, side) in sides.iter().enumerate() {
            let own = side.iter().filter(|it| counts[*it] == 1);
            for revision in own {
                for operation in self.compiled[revision.index()].operations.iter() {
                    let Operation::Raw(raw) = &*operation.value else {
                        continue;
                    };
                    for (id, text) in effects::targets(&raw.statements, self.stage.history.schema) {
                        match seen.get(&id) {
                            Some((other, before, span)) if *other != number && *before != text => {
                                return Some(self.both_sides(merge, &id, operation.span, *span));
                            }
                            Some(_) => {}
                            None => drop(seen.insert(id, (number, text, operation.span))),
                        }
                    }
                }
            }
        }
        None
    }

    fn both_sides(
        &self,
        merge: RevisionIndex,
        id: &ObjectId,
        here: Span,
        there: Span,
    ) -> Diagnostic {
        let sources = self.stage.history.sources;
        Diagnostic::error(
            Code::MergeConflict,
            locate::first_line(sources, here),
            format!("the branches conflict: raw SQL changes {id} on both branches, and the order is undefined"),
        )
        .related(
            locate::first_line(sources, there),
            "the other branch changes it here",
        )
        .related(
            self.stage.history.graph.header(merge).down_revision,
            "the branches are merged here",
        )
        .help("change one of the two statements, or order the branches with depends_on")
    }
}
