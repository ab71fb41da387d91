//! Merges: the branches in every order.

use std::collections::BTreeSet;

use crate::bundle::proof::{Claim, Outcome};
use crate::graph::{Edges, RevisionIndex, Sides};
use crate::inverse::Fidelity;
use crate::prove::request::{Event, Progress, Request, Stop, judged};
use crate::prove::seen::Seen;
use crate::prove::server::Server;
use crate::prove::stage::Stage;

/// More branches than that have more orders than anybody waits for.
const BRANCHES: usize = 4;

/// The merges among the revisions that are proved.
pub(super) fn merges(request: &Request<'_>) -> Vec<RevisionIndex> {
    let graph = &request.compiled.graph;
    let all = request.revisions.iter().copied();
    all.filter(|it| graph.is_merge(*it)).collect()
}

/// Runs what is above the common ancestors of a merge, one branch after the other, in every order of the branches.
pub(super) fn prove(
    request: &Request<'_>,
    merge: RevisionIndex,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Claim, Stop> {
    let graph = &request.compiled.graph;
    let claim = |outcome| {
        let about = format!("merge {}", graph.id(merge));
        let claim = "every order of its branches gives the expected schema";
        let claim = Claim::new(about, claim, outcome);
        progress(Event::Claimed(&claim));
        claim
    };
    if let Some(why) = request.untried(&[merge]) {
        return Ok(claim(Outcome::NotProved { why }));
    }
    let parents = graph.parents(merge);
    if parents.len() > BRANCHES {
        let why = format!(
            "it has {} branches, but at most {BRANCHES} are tried",
            parents.len()
        );
        return Ok(claim(Outcome::NotProved { why }));
    }
    let Sides { common, sides } = graph.sides(parents);
    let common = graph.sorted(graph.ancestors(&common, Edges::All).iter());
    let mut first: Option<Seen> = None;
    let mut faults = Vec::new();
    for order in orders(sides.len()) {
        let mut stage = Stage::new(request, server)?;
        if let Err(why) = stage.stand_on(&common)? {
            return Ok(claim(Outcome::NotProved { why }));
        }
        let mut done = BTreeSet::new();
        let names: Vec<&str> = order
            .iter()
            .map(|it| graph.id(parents[*it]).as_str())
            .collect();
        let names = names.join(", then ");
        for side in order {
            for revision in sides[side].iter().copied() {
                if !done.insert(revision) {
                    continue;
                }
                let scripts = match stage.scripts(revision) {
                    Ok(scripts) => scripts,
                    // Nobody can run that order: `limbeck upgrade` says the same.
                    Err(Stop::History(refusal)) => {
                        let messages: Vec<&str> =
                            refusal.iter().map(|it| it.message.as_str()).collect();
                        let why =
                            format!("limbeck refuses the order {names}: {}", messages.join("; "));
                        return Ok(claim(Outcome::NotProved { why }));
                    }
                    Err(stop) => return Err(stop),
                };
                if let Err(why) = stage.step("the upgrade", &scripts.there, &scripts.after)? {
                    let id = graph.id(revision);
                    faults.push(format!("in the order {names}: revision {id}: {why}"));
                    return Ok(claim(judged(server, &faults)));
                }
            }
        }
        stage.look()?;
        let seen = stage.seen().clone();
        let differences = stage.against_model(&seen)?;
        faults.extend(
            differences
                .iter()
                .map(|it| format!("in the order {names}: {it}")),
        );
        match &first {
            None => first = Some(seen),
            Some(first) => {
                let differences = stage.changes(first, &seen, &Fidelity::default())?;
                faults.extend(
                    differences
                        .iter()
                        .map(|it| format!("in the order {names}, unlike in the first order: {it}")),
                );
            }
        }
    }
    Ok(claim(judged(server, &faults)))
}

/// All orders of the numbers below `count`, the natural one first.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for place in (0..=order.len()).rev() {
            let mut order = order.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::orders;

    #[test]
    fn there_are_as_many_orders_as_there_should_be() {
        assert_eq!(orders(2), [vec![0, 1], vec![1, 0]]);
        let mut all = orders(4);
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 24);
    }
}
