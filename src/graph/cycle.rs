//! Histories that run in a circle: each circle is found once and named in order.

use std::collections::{BTreeMap, VecDeque};

use super::{Node, RevisionIndex};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};

/// A diagnostic for every group of revisions that are their own ancestors: first those by `down_revision`
/// alone, then those that need `depends_on` too.
pub(super) fn cycles(nodes: &[Node]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut reported = vec![false; nodes.len()];
    let parents = |index: usize| nodes[index].parents.clone();
    for group in groups(nodes.len(), parents) {
        diagnostics.push(describe(
            nodes,
            Code::RevisionCycle,
            &circle(nodes, &group, parents),
        ));
        for index in group {
            reported[index] = true;
        }
    }
    let predecessors = |index: usize| {
        let node = &nodes[index];
        let all = node.parents.iter().chain(&node.dependencies);
        all.copied().collect::<Vec<_>>()
    };
    for group in groups(nodes.len(), predecessors) {
        if group.iter().all(|index| !reported[*index]) {
            let circle = circle(nodes, &group, predecessors);
            diagnostics.push(describe(nodes, Code::DependencyCycle, &circle));
        }
    }
    diagnostics
}

fn describe(nodes: &[Node], code: Code, circle: &[usize]) -> Diagnostic {
    let id = |index: &usize| nodes[*index].header.id.value.as_str();
    let first = &nodes[circle[0]].header;
    let (kind, help) = if code == Code::DependencyCycle {
        (
            "down_revision and depends_on",
            "remove a depends_on from one of these revisions",
        )
    } else {
        (
            "down_revision",
            "change the parent of one of them, or write `down_revision none` in the first revision of the history",
        )
    };
    let mut diagnostic = if let [only] = circle {
        let statement = if code == Code::DependencyCycle {
            "depends on itself"
        } else {
            "is its own down_revision"
        };
        Diagnostic::error(
            code,
            first.down_revision,
            format!("revision {} {statement}", id(only)),
        )
    } else {
        let path: Vec<&str> = circle.iter().chain(&circle[..1]).map(id).collect();
        Diagnostic::error(
            code,
            first.down_revision,
            format!("{kind} forms a cycle: {}", path.join(" -> ")),
        )
    };
    for index in circle.iter().skip(1) {
        let header = &nodes[*index].header;
        diagnostic = diagnostic.related(
            header.down_revision,
            format!("revision {} is part of the cycle", header.id.value),
        );
    }
    diagnostic.help(help)
}

/// The strongly connected groups that hold a circle, each sorted by index; the groups by their smallest index.
///
/// Tarjan's algorithm with its own stack of calls.
fn groups(count: usize, edges: impl Fn(usize) -> Vec<RevisionIndex>) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut number = vec![UNSEEN; count];
    let mut low = vec![0; count];
    let mut open = vec![false; count];
    let mut path = Vec::new();
    let mut next_number = 0;
    let mut groups = Vec::new();
    for root in 0..count {
        if number[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, edges(root).into_iter())];
        number[root] = next_number;
        low[root] = next_number;
        next_number += 1;
        open[root] = true;
        path.push(root);
        while let Some((index, rest)) = calls.last_mut() {
            let index = *index;
            if let Some(next) = rest.next() {
                let next = next.0;
                if number[next] == UNSEEN {
                    number[next] = next_number;
                    low[next] = next_number;
                    next_number += 1;
                    open[next] = true;
                    path.push(next);
                    calls.push((next, edges(next).into_iter()));
                } else if open[next] {
                    low[index] = low[index].min(number[next]);
                }
                continue;
            }
            calls.pop();
            if let Some((caller, _)) = calls.last() {
                low[*caller] = low[*caller].min(low[index]);
            }
            if low[index] == number[index] {
                let start = path
                    .iter()
                    .rposition(|it| *it == index)
                    .expect("an open revision is on the path");
                let mut group = path.split_off(start);
                for member in &group {
                    open[*member] = false;
                }
                if group.len() > 1 || edges(index).contains(&RevisionIndex(index)) {
                    group.sort_unstable();
                    groups.push(group);
                }
            }
        }
    }
    groups.sort_unstable();
    groups
}

/// A shortest circle through the smallest id of `group`, from parent to child.
fn circle(
    nodes: &[Node],
    group: &[usize],
    edges: impl Fn(usize) -> Vec<RevisionIndex>,
) -> Vec<usize> {
    let id = |index: usize| nodes[index].header.id.value.as_str();
    let start = group
        .iter()
        .copied()
        .min_by_key(|index| id(*index))
        .expect("a group has members");
    let mut child_of = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(index) = queue.pop_front() {
        let mut parents = edges(index);
        parents.sort_unstable_by_key(|it| id(it.0));
        for parent in parents {
            if parent.0 == start {
                let mut circle = vec![start];
                let mut member = index;
                while member != start {
                    circle.push(member);
                    member = child_of[&member];
                }
                return circle;
            }
            if !child_of.contains_key(&parent.0) && group.binary_search(&parent.0).is_ok() {
                child_of.insert(parent.0, index);
                queue.push_back(parent.0);
            }
        }
    }
    vec![start]
}
