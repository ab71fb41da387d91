//! What a range runs: which revisions, in which order, and the rows of the version table after each.
//!
//! The rows are always the revisions that have run and that no other run revision needs, neither as parent nor
//! by `depends_on`: Alembic's invariant.

pub mod parts;

use serde::{Serialize, Serializer};
use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::graph::{Edges, Identifier, RevisionGraph, RevisionIndex};

/// What is done with a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Upgrade,
    Downgrade,
    /// Only the version table changes.
    Stamp,
}

/// The steps of a range, in the order in which they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Steps {
    #[serde(rename = "direction")]
    pub action: Action,
    /// The revisions that the version table holds before.
    pub from: Vec<SmolStr>,
    /// The revisions that the targets stand for; none for the base.
    pub to: Vec<SmolStr>,
    pub steps: Vec<Step>,
    /// The revisions that the version table holds after, by id.
    pub heads: Vec<SmolStr>,
}

/// One revision that runs, or one row that a stamp moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// None in a stamp.
    #[serde(skip)]
    pub index: Option<RevisionIndex>,
    /// The id of `index`.
    pub revision: Option<SmolStr>,
    /// The parents where it goes up, the revision where it goes down; the rows that go in a stamp.
    pub from: Vec<SmolStr>,
    /// The revision where it goes up, the parents where it goes down; the row that comes in a stamp.
    pub to: Vec<SmolStr>,
    pub version_ops: Vec<VersionOp>,
}

/// A change of one row of the version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionOp {
    Insert(SmolStr),
    Update { from: SmolStr, to: SmolStr },
    Delete(SmolStr),
}

/// Which revisions have run, and how many of those each one carries.
struct Applied<'a> {
    graph: &'a RevisionGraph,
    /// None where the revision has not run, else the number of run children and dependents.
    carried: Vec<Option<usize>>,
}

/// The steps from the rows `current` up to all of `targets`, with what they need.
pub fn upgrade(
    graph: &RevisionGraph,
    current: &[RevisionIndex],
    targets: &[&str],
) -> Result<Steps> {
    graph.refuse_overlap(current)?;
    let mut to = Vec::new();
    for target in targets {
        to.extend(graph.upgrade_targets(current, &Identifier::parse(target)?, false)?);
    }
    let to = graph.distinct(to);
    graph.refuse_overlap(&to)?;
    let have = graph.ancestors(current, Edges::All);
    let needed = graph.ancestors(&to, Edges::All);
    let run = graph.sorted(needed.iter().filter(|it| !have.contains(*it)));

    let mut applied = Applied::new(graph, current);
    let steps = run
        .into_iter()
        .map(|revision| applied.forth(revision))
        .collect();
    Ok(Steps {
        action: Action::Upgrade,
        from: graph.ids(current),
        to: graph.ids(&to),
        steps,
        heads: applied.rows(),
    })
}

/// The steps from the rows `current` down to `target`, which itself stays.
pub fn downgrade(graph: &RevisionGraph, current: &[RevisionIndex], target: &str) -> Result<Steps> {
    graph.refuse_overlap(current)?;
    let goal = graph.downgrade_target(current, &Identifier::parse(target)?)?;
    let mut roots = match goal.revision {
        None => graph.bases(),
        Some(revision) => graph.children(revision).to_vec(),
    };
    if let Some(branch) = goal.branch
        && roots.len() > 1
    {
        let on_branch = graph.ancestors(&[branch], Edges::Parents);
        roots.retain(|it| on_branch.contains(*it));
        if roots.is_empty() {
            return Err(unreachable(graph, current, target));
        }
    }
    let have = graph.ancestors(current, Edges::All);
    let gone = graph.descendants(&roots, Edges::All);
    let run = graph.sorted(gone.iter().filter(|it| have.contains(*it)));
    if let Some(revision) = goal.revision
        && run.is_empty()
        && !current.contains(&revision)
    {
        return Err(unreachable(graph, current, target));
    }

    let mut applied = Applied::new(graph, current);
    let steps = run
        .into_iter()
        .rev()
        .map(|revision| applied.back(revision))
        .collect();
    Ok(Steps {
        action: Action::Downgrade,
        from: graph.ids(current),
        to: graph.ids(&goal.revision),
        steps,
        heads: applied.rows(),
    })
}

/// The step that runs `revision` alone where all that it needs has run, and the one that takes it back again. `current` are
/// the rows before.
#[must_use]
pub fn there_and_back(
    graph: &RevisionGraph,
    current: &[RevisionIndex],
    revision: RevisionIndex,
) -> [Steps; 2] {
    let mut applied = Applied::new(graph, current);
    let from = graph.ids(current);
    let there = vec![applied.forth(revision)];
    let heads = applied.rows();
    let back = vec![applied.back(revision)];
    [
        Steps {
            action: Action::Upgrade,
            from: from.clone(),
            to: vec![graph.id(revision).clone()],
            steps: there,
            heads: heads.clone(),
        },
        Steps {
            action: Action::Downgrade,
            from: heads,
            to: from,
            steps: back,
            heads: applied.rows(),
        },
    ]
}

/// The changes of the version table that replace what in `current` is above or below `targets` by them.
/// `base` takes rows away: all, or those of its branch.
pub fn stamp(graph: &RevisionGraph, current: &[RevisionIndex], targets: &[&str]) -> Result<Steps> {
    graph.refuse_overlap(current)?;
    let mut rows = current.to_vec();
    // As in Alembic, what is stamped together stays together, even where one covers the other.
    let mut stamped = Vec::new();
    let mut to = Vec::new();
    let mut steps = Vec::new();
    for target in targets {
        let identifier = Identifier::parse(target)?;
        let found = graph.members(&identifier)?;
        if identifier.symbol == Some("base") {
            let branch = identifier.branch.map(|it| graph.branch(it)).transpose()?;
            let lineage = branch.map(|it| graph.lineage(it.revision, Edges::All));
            let (gone, kept): (Vec<_>, Vec<_>) = rows
                .into_iter()
                .partition(|it| lineage.as_ref().is_none_or(|all| all.contains(*it)));
            rows = kept;
            steps.extend(gone.iter().map(|it| row(graph, &[*it], None)));
        }
        for revision in found {
            if to.contains(&revision) {
                continue;
            }
            to.push(revision);
            if let Some(place) = rows.iter().position(|it| *it == revision) {
                stamped.push(rows.remove(place));
                continue;
            }
            let lineage = graph.lineage(revision, Edges::All);
            let (gone, kept): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|it| lineage.contains(*it));
            steps.push(row(graph, &gone, Some(revision)));
            rows = kept;
            stamped.push(revision);
        }
    }
    let mut heads = graph.ids(rows.iter().chain(&stamped));
    heads.sort_unstable();
    Ok(Steps {
        action: Action::Stamp,
        from: graph.ids(current),
        to: graph.ids(&to),
        steps,
        heads,
    })
}

impl<'a> Applied<'a> {
    fn new(graph: &'a RevisionGraph, current: &[RevisionIndex]) -> Self {
        let mut applied = Self {
            graph,
            carried: vec![None; graph.len()],
        };
        let run = graph.ancestors(current, Edges::All);
        for revision in run.iter() {
            applied.carried[revision.index()] = Some(0);
        }
        for revision in run.iter() {
            for before in graph.predecessors(revision) {
                *applied.count(before) += 1;
            }
        }
        applied
    }

    fn forth(&mut self, revision: RevisionIndex) -> Step {
        let covered = self.add(revision);
        let graph = self.graph;
        Step {
            index: Some(revision),
            revision: Some(graph.id(revision).clone()),
            from: graph.ids(graph.parents(revision)),
            to: vec![graph.id(revision).clone()],
            version_ops: replace(graph.ids(&covered), graph.id(revision)),
        }
    }

    fn back(&mut self, revision: RevisionIndex) -> Step {
        let uncovered = self.remove(revision);
        let graph = self.graph;
        Step {
            index: Some(revision),
            revision: Some(graph.id(revision).clone()),
            from: vec![graph.id(revision).clone()],
            to: graph.ids(graph.parents(revision)),
            version_ops: restore(graph.id(revision), graph.ids(&uncovered)),
        }
    }

    /// Runs `revision`; the rows that it covers.
    fn add(&mut self, revision: RevisionIndex) -> Vec<RevisionIndex> {
        let mut covered = Vec::new();
        for before in self.graph.predecessors(revision) {
            let count = self.count(before);
            if *count == 0 {
                covered.push(before);
            }
            *count += 1;
        }
        self.carried[revision.index()] = Some(0);
        covered
    }

    /// Undoes `revision`; the rows that it had covered.
    fn remove(&mut self, revision: RevisionIndex) -> Vec<RevisionIndex> {
        let mut uncovered = Vec::new();
        for before in self.graph.predecessors(revision) {
            let count = self.count(before);
            *count -= 1;
            if *count == 0 {
                uncovered.push(before);
            }
        }
        self.carried[revision.index()] = None;
        uncovered
    }

    /// The rows of the version table, by id.
    fn rows(&self) -> Vec<SmolStr> {
        let order = self.graph.order().iter();
        let rows: Vec<_> = order
            .filter(|it| self.carried[it.index()] == Some(0))
            .collect();
        let mut ids = self.graph.ids(rows);
        ids.sort_unstable();
        ids
    }

    fn count(&mut self, revision: RevisionIndex) -> &mut usize {
        self.carried[revision.index()]
            .as_mut()
            .expect("what a run revision needs has run")
    }
}

impl Serialize for VersionOp {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Insert(id) => ("insert", id).serialize(serializer),
            Self::Update { from, to } => ("update", from, to).serialize(serializer),
            Self::Delete(id) => ("delete", id).serialize(serializer),
        }
    }
}

/// The row `to` takes the place of the rows `from`.
fn replace(mut from: Vec<SmolStr>, to: &SmolStr) -> Vec<VersionOp> {
    let Some(last) = from.pop() else {
        return vec![VersionOp::Insert(to.clone())];
    };
    let mut operations: Vec<_> = from.into_iter().map(VersionOp::Delete).collect();
    operations.push(VersionOp::Update {
        from: last,
        to: to.clone(),
    });
    operations
}

/// The rows `to` take the place of the row `from`.
fn restore(from: &SmolStr, mut to: Vec<SmolStr>) -> Vec<VersionOp> {
    let Some(last) = to.pop() else {
        return vec![VersionOp::Delete(from.clone())];
    };
    let mut operations: Vec<_> = to.into_iter().map(VersionOp::Insert).collect();
    operations.push(VersionOp::Update {
        from: from.clone(),
        to: last,
    });
    operations
}

/// A step of a stamp: the rows `gone` become the row `come`.
fn row(graph: &RevisionGraph, gone: &[RevisionIndex], come: Option<RevisionIndex>) -> Step {
    let from = graph.ids(gone);
    let version_ops = match come {
        Some(revision) => replace(from.clone(), graph.id(revision)),
        None => from.iter().cloned().map(VersionOp::Delete).collect(),
    };
    Step {
        index: None,
        revision: None,
        from,
        to: graph.ids(&come),
        version_ops,
    }
}

fn unreachable(graph: &RevisionGraph, current: &[RevisionIndex], target: &str) -> Diagnostics {
    let from = match current {
        [] => "base".to_owned(),
        current => graph.ids(current).join(", "),
    };
    Diagnostic::error(
        Code::DisconnectedRange,
        None,
        format!("a downgrade from {from} does not lead to {target}"),
    )
    .help("choose a target among the ancestors of the current revisions of the database")
    .into()
}
