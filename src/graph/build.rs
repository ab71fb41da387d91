//! From headers to a graph: edges, the order of all revisions, the labels of each.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use super::{Node, RevisionGraph, RevisionIndex, cycle, faults};
use crate::diagnostic;
use crate::revision::Header;

/// The graph of `headers`, or all faults of their names and references.
pub(super) fn build(headers: Vec<Header>) -> diagnostic::Result<RevisionGraph> {
    let (names, mut diagnostics) = faults::names(&headers);
    let edges: Vec<_> = headers
        .iter()
        .map(|header| faults::edges(header, &headers, &names, &mut diagnostics))
        .collect();
    let mut nodes: Vec<Node> = headers
        .into_iter()
        .zip(edges)
        .map(|(header, (parents, dependencies))| Node {
            header,
            parents,
            dependencies,
            children: Vec::new(),
            dependents: Vec::new(),
            labels: Arc::default(),
        })
        .collect();
    link(&mut nodes);
    let order = order(&nodes);
    if order.len() < nodes.len() {
        diagnostics.extend(cycle::cycles(&nodes));
    }
    diagnostics.into_result(())?;

    label(&mut nodes, &order);
    let mut positions = vec![0; nodes.len()];
    for (position, revision) in order.iter().enumerate() {
        positions[revision.0] = position;
    }
    Ok(RevisionGraph {
        nodes,
        names,
        order,
        positions,
    })
}

/// Adds the way back of every edge, by id.
fn link(nodes: &mut [Node]) {
    let mut by_id: Vec<usize> = (0..nodes.len()).collect();
    by_id.sort_by(|a, b| nodes[*a].header.id.value.cmp(&nodes[*b].header.id.value));
    for index in by_id {
        for parent in nodes[index].parents.clone() {
            nodes[parent.0].children.push(RevisionIndex(index));
        }
        for dependency in nodes[index].dependencies.clone() {
            nodes[dependency.0].dependents.push(RevisionIndex(index));
        }
    }
}

/// The topological order that stays on a branch as long as it can; shorter than `nodes` if there is a cycle.
///
/// What became ready last runs first, children before dependents, the smaller id before the greater.
fn order(nodes: &[Node]) -> Vec<RevisionIndex> {
    let mut missing: Vec<usize> = nodes
        .iter()
        .map(|node| node.parents.len() + node.dependencies.len())
        .collect();
    let mut ready: Vec<RevisionIndex> = (0..nodes.len())
        .filter(|index| missing[*index] == 0)
        .map(RevisionIndex)
        .collect();
    ready.sort_by(|a, b| {
        let id = |it: &RevisionIndex| &nodes[it.0].header.id.value;
        id(b).cmp(id(a))
    });
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(revision) = ready.pop() {
        order.push(revision);
        let node = &nodes[revision.0];
        for next in node
            .dependents
            .iter()
            .rev()
            .chain(node.children.iter().rev())
        {
            missing[next.0] -= 1;
            if missing[next.0] == 0 {
                ready.push(*next);
            }
        }
    }
    order
}

/// Gives every revision the labels of the branches that it is on. Equal neighbours share one list.
fn label(nodes: &mut [Node], order: &[RevisionIndex]) {
    if nodes
        .iter()
        .all(|node| node.header.branch_labels.is_empty())
    {
        return;
    }
    // Down to the nearest branch point or merge, newest first.
    for revision in order.iter().rev() {
        let node = &nodes[revision.0];
        let own = node.header.branch_labels.iter().map(|it| it.value.clone());
        let from_child = match node.children.as_slice() {
            [child] if plain(node) && plain(&nodes[child.0]) => Arc::clone(&nodes[child.0].labels),
            _ => Arc::default(),
        };
        nodes[revision.0].labels = union(from_child, own);
    }
    // Up to all descendants, oldest first.
    for revision in order {
        let node = &nodes[revision.0];
        let mut labels = Arc::clone(&node.labels);
        for parent in &node.parents {
            let inherited = &nodes[parent.0].labels;
            labels = if labels.is_empty() {
                Arc::clone(inherited)
            } else {
                union(labels, inherited.iter().cloned())
            };
        }
        nodes[revision.0].labels = labels;
    }
}

/// Neither branch point nor merge.
fn plain(node: &Node) -> bool {
    node.parents.len() < 2 && node.children.len() + node.dependents.len() < 2
}

/// `labels` with `more`, sorted; the same list where nothing is new.
fn union(labels: Arc<[SmolStr]>, more: impl Iterator<Item = SmolStr>) -> Arc<[SmolStr]> {
    let new: Vec<SmolStr> = more
        .filter(|it| labels.binary_search(it).is_err())
        .collect();
    if new.is_empty() {
        return labels;
    }
    let all: BTreeSet<SmolStr> = labels.iter().cloned().chain(new).collect();
    all.into_iter().collect()
}
