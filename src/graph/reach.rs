//! Sets of revisions: ancestors, descendants, branches.

use std::collections::BTreeMap;

use super::{RevisionGraph, RevisionIndex};

/// Which edges a walk follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edges {
    /// `down_revision` only: the lines of a branch.
    Parents,
    /// `down_revision` and `depends_on`: what must have run.
    All,
}

/// A set of revisions of one graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionSet(Vec<bool>);

impl RevisionSet {
    /// Whether `revision` is in the set.
    #[must_use]
    pub fn contains(&self, revision: RevisionIndex) -> bool {
        self.0[revision.0]
    }

    /// The members, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = RevisionIndex> + '_ {
        (0..self.0.len())
            .filter(|index| self.0[*index])
            .map(RevisionIndex)
    }

    /// Keeps the members that are `wanted`.
    pub(super) fn retain(&mut self, wanted: impl Fn(RevisionIndex) -> bool) {
        for (index, member) in self.0.iter_mut().enumerate() {
            *member = *member && wanted(RevisionIndex(index));
        }
    }

    /// Adds `revision`; whether it is new.
    pub(super) fn insert(&mut self, revision: RevisionIndex) -> bool {
        !std::mem::replace(&mut self.0[revision.0], true)
    }
}

/// What several revisions need, apart from what all of them do.
#[derive(Debug)]
pub struct Sides {
    /// Revisions that all of them need; with all that these need, it is everything that all need.
    pub common: Vec<RevisionIndex>,
    /// For each of them, itself and the rest of what it needs, in their order.
    pub sides: Vec<Vec<RevisionIndex>>,
}

impl RevisionGraph {
    /// What `revisions` need, as far as not all of them need it. Nothing older than the newest revisions that all
    /// need is looked at, unless one of them needs something older that another does not.
    #[must_use]
    pub fn sides(&self, revisions: &[RevisionIndex]) -> Sides {
        let count = revisions.len();
        // By place: which of the revisions need what stands there.
        let mut open: BTreeMap<usize, Vec<bool>> = BTreeMap::new();
        for (number, revision) in revisions.iter().enumerate() {
            let at = self.position(*revision);
            open.entry(at).or_insert_with(|| vec![false; count])[number] = true;
        }
        let mut common = Vec::new();
        let mut sides = vec![Vec::new(); count];
        while open.values().any(|it| it.contains(&false))
            && let Some((at, who)) = open.pop_last()
        {
            let revision = self.order[at];
            if who.contains(&false) {
                for (side, _) in sides.iter_mut().zip(&who).filter(|it| *it.1) {
                    side.push(revision);
                }
            } else {
                common.push(revision);
            }
            for before in self.predecessors(revision) {
                let at = self.position(before);
                let needed = open.entry(at).or_insert_with(|| vec![false; count]);
                for (one, other) in needed.iter_mut().zip(&who) {
                    *one |= other;
                }
            }
        }
        common.extend(open.into_keys().map(|at| self.order[at]));
        for side in &mut sides {
            side.reverse();
        }
        Sides { common, sides }
    }

    /// `revisions` and all their ancestors.
    #[must_use]
    pub fn ancestors(&self, revisions: &[RevisionIndex], edges: Edges) -> RevisionSet {
        self.reach(revisions, |revision, found| match edges {
            Edges::Parents => found.extend(self.parents(revision)),
            Edges::All => found.extend(self.predecessors(revision)),
        })
    }

    /// `revisions` and all their descendants.
    #[must_use]
    pub fn descendants(&self, revisions: &[RevisionIndex], edges: Edges) -> RevisionSet {
        self.reach(revisions, |revision, found| {
            found.extend(self.children(revision));
            match edges {
                Edges::Parents => {}
                Edges::All => found.extend(self.dependents(revision)),
            }
        })
    }

    /// The ancestors and descendants of `revision`, and itself.
    #[must_use]
    pub fn lineage(&self, revision: RevisionIndex, edges: Edges) -> RevisionSet {
        let mut lineage = self.ancestors(&[revision], edges);
        for descendant in self.descendants(&[revision], edges).iter() {
            lineage.insert(descendant);
        }
        lineage
    }

    /// One of `revisions` with another that has run before it in any case, if there is such a pair.
    pub(super) fn overlap(&self, revisions: &[RevisionIndex]) -> Option<RevisionIndex> {
        let before: Vec<_> = revisions
            .iter()
            .flat_map(|revision| self.predecessors(*revision))
            .collect();
        let before = self.ancestors(&before, Edges::All);
        revisions.iter().copied().find(|it| before.contains(*it))
    }

    /// `revisions` in their order, each once.
    pub(crate) fn distinct(&self, revisions: Vec<RevisionIndex>) -> Vec<RevisionIndex> {
        let mut seen = self.empty_set();
        let mut revisions = revisions;
        revisions.retain(|it| seen.insert(*it));
        revisions
    }

    fn empty_set(&self) -> RevisionSet {
        RevisionSet(vec![false; self.len()])
    }

    fn reach(
        &self,
        revisions: &[RevisionIndex],
        next: impl Fn(RevisionIndex, &mut Vec<RevisionIndex>),
    ) -> RevisionSet {
        let mut set = self.empty_set();
        let mut todo = revisions.to_vec();
        while let Some(revision) = todo.pop() {
            if set.insert(revision) {
                next(revision, &mut todo);
            }
        }
        set
    }
}
