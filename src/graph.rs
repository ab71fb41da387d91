//! The revision graph: which revision follows which, with Alembic's semantics.
//!
//! It knows headers only, not what a revision does. Every walk is a loop over index vectors, so a chain of
//! a hundred thousand revisions costs no stack, and no answer depends on the order of the headers.

mod build;
mod cycle;
mod faults;
mod history;
mod identifier;
mod policy;
mod reach;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic;
use crate::revision::Header;

pub use identifier::{Branch, Identifier, Range, Walk};
pub use policy::{Allowed, check};
pub use reach::{Edges, RevisionSet, Sides};

/// A revision of the graph: its place in the headers that the graph was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionIndex(usize);

/// A revision and its neighbours. Children and dependents stand in the order of their ids.
#[derive(Debug, Clone)]
struct Node {
    header: Header,
    /// `down_revision`, without repetitions.
    parents: Vec<RevisionIndex>,
    /// `depends_on`, labels resolved, without those that are parents.
    dependencies: Vec<RevisionIndex>,
    /// The revisions that have this one as parent.
    children: Vec<RevisionIndex>,
    /// The revisions that depend on this one without being children.
    dependents: Vec<RevisionIndex>,
    /// The labels of the branches that this revision is on, sorted.
    labels: Arc<[SmolStr]>,
}

/// A whole history: no reference is missing, no name is used twice, nothing runs in a circle.
#[derive(Debug, Clone)]
pub struct RevisionGraph {
    nodes: Vec<Node>,
    /// Ids and branch labels, which share one name space.
    names: BTreeMap<SmolStr, RevisionIndex>,
    order: Vec<RevisionIndex>,
    /// The inverse of `order`.
    positions: Vec<usize>,
}

impl RevisionIndex {
    /// The place in the headers that the graph was made from.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

impl RevisionGraph {
    /// The graph of `headers`, or everything that is wrong with their names and references.
    pub fn new(headers: Vec<Header>) -> diagnostic::Result<Self> {
        build::build(headers)
    }

    /// The history that ends with `heads`: they and all that they need. Its order is that of this one.
    #[must_use]
    pub fn until(&self, heads: &[RevisionIndex]) -> Self {
        let kept = self.ancestors(heads, Edges::All);
        let headers = kept.iter().map(|it| self.header(it).clone()).collect();
        Self::new(headers).expect("what a whole history needs is whole")
    }

    /// The revision whose whole id is `id`.
    #[must_use]
    pub fn with_id(&self, id: &str) -> Option<RevisionIndex> {
        let found = self.names.get(id).copied();
        found.filter(|it| self.id(*it) == id)
    }

    /// The number of revisions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All revisions so that each follows its parents and dependencies: a branch is followed to its end before
    /// the next is begun, and where nothing else decides, the smaller id comes first.
    #[must_use]
    pub fn order(&self) -> &[RevisionIndex] {
        &self.order
    }

    /// Whether each revision follows the one before, and nothing else.
    #[must_use]
    pub fn is_chain(&self) -> bool {
        self.order.windows(2).all(|pair| {
            let mut predecessors = self.predecessors(pair[1]);
            predecessors.next() == Some(pair[0]) && predecessors.next().is_none()
        })
    }

    /// The place of `revision` in [`Self::order`].
    #[must_use]
    pub fn position(&self, revision: RevisionIndex) -> usize {
        self.positions[revision.0]
    }

    /// The id of `revision`.
    #[must_use]
    pub fn id(&self, revision: RevisionIndex) -> &SmolStr {
        &self.node(revision).header.id.value
    }

    /// The ids of `revisions`, in their order.
    pub fn ids<'a>(&self, revisions: impl IntoIterator<Item = &'a RevisionIndex>) -> Vec<SmolStr> {
        revisions
            .into_iter()
            .map(|it| self.id(*it).clone())
            .collect()
    }

    /// The header of `revision`.
    #[must_use]
    pub fn header(&self, revision: RevisionIndex) -> &Header {
        &self.node(revision).header
    }

    /// The parents of `revision`, as written.
    #[must_use]
    pub fn parents(&self, revision: RevisionIndex) -> &[RevisionIndex] {
        &self.node(revision).parents
    }

    /// What `revision` depends on beside its parents, as written.
    #[must_use]
    pub fn dependencies(&self, revision: RevisionIndex) -> &[RevisionIndex] {
        &self.node(revision).dependencies
    }

    /// Everything that must have run right before `revision`: its parents, then its dependencies.
    #[must_use]
    pub fn predecessors(
        &self,
        revision: RevisionIndex,
    ) -> impl DoubleEndedIterator<Item = RevisionIndex> + '_ {
        let node = self.node(revision);
        node.parents.iter().chain(&node.dependencies).copied()
    }

    /// The revisions that have `revision` as parent, by id.
    #[must_use]
    pub fn children(&self, revision: RevisionIndex) -> &[RevisionIndex] {
        &self.node(revision).children
    }

    /// The revisions that depend on `revision` without being its children, by id.
    #[must_use]
    pub fn dependents(&self, revision: RevisionIndex) -> &[RevisionIndex] {
        &self.node(revision).dependents
    }

    /// The labels of the branches that `revision` is on, sorted. A label names the revision that bears it, all
    /// its descendants, and its ancestors down to the nearest branch point or merge.
    #[must_use]
    pub fn labels(&self, revision: RevisionIndex) -> &[SmolStr] {
        &self.node(revision).labels
    }

    /// The revisions without children, by id.
    #[must_use]
    pub fn heads(&self) -> Vec<RevisionIndex> {
        self.select(|node| node.children.is_empty())
    }

    /// The revisions that nothing follows, neither as child nor by `depends_on`, by id: what `heads` means as
    /// a target, and what stands in the version table when everything has run.
    #[must_use]
    pub fn real_heads(&self) -> Vec<RevisionIndex> {
        self.select(|node| node.children.is_empty() && node.dependents.is_empty())
    }

    /// The revisions without parents, by id.
    #[must_use]
    pub fn bases(&self) -> Vec<RevisionIndex> {
        self.select(|node| node.parents.is_empty())
    }

    /// The revisions with several children, newest first.
    #[must_use]
    pub fn branch_points(&self) -> Vec<RevisionIndex> {
        let mut found: Vec<_> = self.order.clone();
        found.retain(|it| self.is_branch_point(*it));
        found.reverse();
        found
    }

    /// The revisions with several parents, newest first.
    #[must_use]
    pub fn merges(&self) -> Vec<RevisionIndex> {
        let mut found: Vec<_> = self.order.clone();
        found.retain(|it| self.is_merge(*it));
        found.reverse();
        found
    }

    /// Whether `revision` has no child.
    #[must_use]
    pub fn is_head(&self, revision: RevisionIndex) -> bool {
        self.node(revision).children.is_empty()
    }

    /// Whether nothing follows `revision`, neither as child nor by `depends_on`.
    #[must_use]
    pub fn is_real_head(&self, revision: RevisionIndex) -> bool {
        let node = self.node(revision);
        node.children.is_empty() && node.dependents.is_empty()
    }

    /// Whether `revision` has no parent.
    #[must_use]
    pub fn is_base(&self, revision: RevisionIndex) -> bool {
        self.node(revision).parents.is_empty()
    }

    /// Whether `revision` has several children.
    #[must_use]
    pub fn is_branch_point(&self, revision: RevisionIndex) -> bool {
        self.node(revision).children.len() > 1
    }

    /// Whether `revision` has several parents.
    #[must_use]
    pub fn is_merge(&self, revision: RevisionIndex) -> bool {
        self.node(revision).parents.len() > 1
    }

    /// `revisions` in the order in which they run, without repetitions.
    #[must_use]
    pub fn sorted(&self, revisions: impl IntoIterator<Item = RevisionIndex>) -> Vec<RevisionIndex> {
        let mut sorted: Vec<_> = revisions.into_iter().collect();
        sorted.sort_unstable_by_key(|it| self.position(*it));
        sorted.dedup();
        sorted
    }

    fn node(&self, revision: RevisionIndex) -> &Node {
        &self.nodes[revision.0]
    }

    fn select(&self, wanted: impl Fn(&Node) -> bool) -> Vec<RevisionIndex> {
        let mut found: Vec<_> = (0..self.nodes.len())
            .map(RevisionIndex)
            .filter(|it| wanted(self.node(*it)))
            .collect();
        found.sort_unstable_by(|a, b| self.id(*a).cmp(self.id(*b)));
        found
    }
}
