//! The revisions that have run on a schema, one on top of the other.

use std::collections::{BTreeSet, BinaryHeap};

use crate::graph::{RevisionGraph, RevisionIndex};
use crate::schema::Mark;

/// A revision on the stack.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) revision: RevisionIndex,
    /// The log before it.
    pub(super) mark: Mark,
    /// Whether the stack up to here holds its ancestors and nothing else.
    pub(super) exact: bool,
}

#[derive(Debug)]
pub(super) struct Stack {
    all: Vec<Standing>,
    /// By revision: its place.
    places: Vec<Option<usize>>,
}

/// What leads from a stack to other revisions.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shift {
    /// How many revisions of the stack stay.
    pub(super) keep: usize,
    /// What has to run then, in order.
    pub(super) missing: Vec<RevisionIndex>,
}

impl Stack {
    /// An empty one for a graph of so many revisions.
    pub(super) fn new(count: usize) -> Self {
        Self {
            all: Vec::new(),
            places: vec![None; count],
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn holds(&self, revision: RevisionIndex) -> bool {
        self.places[revision.index()].is_some()
    }

    /// From the place `depth` on.
    pub(super) fn from(&self, depth: usize) -> &[Standing] {
        self.all.get(depth..).unwrap_or_default()
    }

    pub(super) fn push(&mut self, standing: Standing) {
        self.places[standing.revision.index()] = Some(self.all.len());
        self.all.push(standing);
    }

    /// Keeps so many; the log before the others, where there are any.
    pub(super) fn cut(&mut self, length: usize) -> Option<Mark> {
        let mark = self.all.get(length)?.mark;
        for standing in self.all.drain(length..) {
            self.places[standing.revision.index()] = None;
        }
        Some(mark)
    }

    /// What leads to where `tips` and all that they need have run, and nothing else. It looks at what lies between, not at the
    /// whole history: below a revision that stands on exactly its ancestors all is there.
    pub(super) fn shift_to(&self, tips: &[RevisionIndex], graph: &RevisionGraph) -> Shift {
        let mut open: BinaryHeap<(usize, RevisionIndex)> =
            tips.iter().map(|it| (graph.position(*it), *it)).collect();
        // So many of the stack are needed in any case.
        let mut covered = 0;
        let mut needed: BTreeSet<(usize, RevisionIndex)> = BTreeSet::new();
        while let Some((position, revision)) = open.pop() {
            let place = self.places[revision.index()];
            if place.is_some_and(|it| it < covered) {
                continue;
            }
            if let Some(place) = place
                && self.all[place].exact
            {
                covered = place + 1;
            } else if needed.insert((position, revision)) {
                open.extend(
                    graph
                        .predecessors(revision)
                        .map(|it| (graph.position(it), it)),
                );
            }
        }
        let stays = |it: &&Standing| needed.contains(&(graph.position(it.revision), it.revision));
        let keep = covered + self.from(covered).iter().take_while(stays).count();
        let is_missing = |it: &RevisionIndex| {
            let place = self.places[it.index()];
            place.is_none_or(|place| place >= keep)
        };
        Shift {
            keep,
            missing: needed
                .into_iter()
                .map(|it| it.1)
                .filter(is_missing)
                .collect(),
        }
    }
}
