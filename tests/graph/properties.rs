//! What holds for every history.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use limbeck::graph::{Edges, RevisionGraph};
use limbeck::plan::{Steps, VersionOp};
use limbeck::report;
use limbeck::revision::Header;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, proptest};
use smol_str::SmolStr;

use super::{downgrade, headers, order, upgrade};

/// Histories of up to 24 revisions: each names some earlier ones as parents and as dependencies. The ids tell
/// nothing about the order.
fn histories() -> impl Strategy<Value = Vec<Header>> {
    let edges = vec(any::<proptest::sample::Index>(), 0..3);
    let depends = vec(any::<proptest::sample::Index>(), 0..2);
    let ids = Just((0..24).map(|it| format!("r{it:02}")).collect::<Vec<_>>()).prop_shuffle();
    (ids, vec((edges, depends), 1..24)).prop_map(|(ids, revisions)| {
        let mut text = String::new();
        for (place, (parents, dependencies)) in revisions.iter().enumerate() {
            let names = |all: &[proptest::sample::Index]| {
                let chosen: BTreeSet<&str> = all
                    .iter()
                    .filter(|_| place > 0)
                    .map(|it| ids[it.index(place)].as_str())
                    .collect();
                chosen.into_iter().collect::<Vec<_>>().join(" ")
            };
            let (parents, dependencies) = (names(parents), names(dependencies));
            writeln!(text, "{} <- {parents} ; {dependencies}", ids[place]).unwrap();
        }
        headers(&text)
    })
}

/// The rows after all steps, by their operations.
fn replay(steps: &Steps) -> BTreeSet<SmolStr> {
    let mut rows: BTreeSet<SmolStr> = steps.from.iter().cloned().collect();
    for operation in steps.steps.iter().flat_map(|it| &it.version_ops) {
        let fits = match operation.clone() {
            VersionOp::Insert(id) => rows.insert(id),
            VersionOp::Update { from, to } => rows.remove(&from) && rows.insert(to),
            VersionOp::Delete(id) => rows.remove(&id),
        };
        assert!(fits, "{operation:?} does not fit {rows:?}");
    }
    rows
}

proptest! {
    #[test]
    fn the_order_of_what_some_need_is_the_same(headers in histories(), heads in vec(any::<proptest::sample::Index>(), 1..4)) {
        let graph = RevisionGraph::new(headers).unwrap();
        let heads: Vec<_> = heads.iter().map(|it| graph.order()[it.index(graph.len())]).collect();
        let needed = graph.ancestors(&heads, Edges::All);
        let kept: Vec<_> = graph.order().iter().filter(|it| needed.contains(**it)).copied().collect();
        let part = graph.until(&heads);
        prop_assert_eq!(part.ids(part.order()), graph.ids(&kept));
    }

    #[test]
    fn the_order_is_topological(headers in histories()) {
        let count = headers.len();
        let graph = RevisionGraph::new(headers).unwrap();
        prop_assert_eq!(graph.order().len(), count);
        for revision in graph.order() {
            for before in graph.predecessors(*revision) {
                prop_assert!(graph.position(before) < graph.position(*revision));
            }
        }
    }

    #[test]
    fn nothing_depends_on_the_order_of_the_headers(
        (headers, shuffled) in histories().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let (one, other) = (RevisionGraph::new(headers).unwrap(), RevisionGraph::new(shuffled).unwrap());
        prop_assert_eq!(order(&one), order(&other));
        prop_assert_eq!(report::graph::draw(&one), report::graph::draw(&other));
        prop_assert_eq!(
            serde_json::to_string(&upgrade(&one, &[], &["heads"]).unwrap()).unwrap(),
            serde_json::to_string(&upgrade(&other, &[], &["heads"]).unwrap()).unwrap()
        );
    }

    #[test]
    fn sides_are_what_not_all_need(headers in histories(), chosen in vec(any::<proptest::sample::Index>(), 1..4)) {
        let graph = RevisionGraph::new(headers).unwrap();
        let chosen: Vec<_> = chosen.iter().map(|it| graph.order()[it.index(graph.len())]).collect();
        let needed: Vec<_> = chosen.iter().map(|it| graph.ancestors(&[*it], Edges::All)).collect();
        let all_need = |it| needed.iter().all(|set| set.contains(it));
        let sides = graph.sides(&chosen);
        let common = graph.ancestors(&sides.common, Edges::All);
        for revision in graph.order() {
            prop_assert_eq!(common.contains(*revision), all_need(*revision));
        }
        for (side, set) in sides.sides.iter().zip(&needed) {
            let own: Vec<_> = graph.order().iter().copied().filter(|it| set.contains(*it) && !all_need(*it)).collect();
            prop_assert_eq!(side, &own);
        }
    }

    #[test]
    fn an_upgrade_and_the_downgrade_return_the_rows(headers in histories(), target in any::<proptest::sample::Index>()) {
        let target = headers[target.index(headers.len())].id.value.clone();
        let graph = RevisionGraph::new(headers).unwrap();
        let first = upgrade(&graph, &[], &[&target]).unwrap();
        prop_assert_eq!(replay(&first), BTreeSet::from([target.clone()]));
        let all = upgrade(&graph, &[&target], &["heads"]).unwrap();
        let heads: BTreeSet<SmolStr> = graph.ids(&graph.real_heads()).into_iter().collect();
        prop_assert_eq!(replay(&all), heads.clone());
        prop_assert_eq!(all.heads.iter().cloned().collect::<BTreeSet<_>>(), heads);

        let rows: Vec<&str> = all.heads.iter().map(SmolStr::as_str).collect();
        let down = downgrade(&graph, &rows, "base").unwrap();
        prop_assert!(replay(&down).is_empty() && down.heads.is_empty());
        let mut back: Vec<_> = down.steps.iter().map(|it| it.index).collect();
        back.reverse();
        let up: Vec<_> = upgrade(&graph, &[], &["heads"]).unwrap().steps.iter().map(|it| it.index).collect();
        prop_assert_eq!(back, up);
    }

    #[test]
    fn a_downgrade_leaves_the_rows_of_what_is_left(headers in histories(), target in any::<proptest::sample::Index>()) {
        let target = headers[target.index(headers.len())].id.value.clone();
        let graph = RevisionGraph::new(headers).unwrap();
        let rows = graph.ids(&graph.real_heads());
        let rows: Vec<&str> = rows.iter().map(SmolStr::as_str).collect();
        // Where nothing but dependents follows the target, there is nothing to undo, as in Alembic.
        if let Ok(steps) = downgrade(&graph, &rows, &target) {
            let gone: BTreeSet<_> = steps.steps.iter().filter_map(|it| it.index).collect();
            let left: Vec<_> = graph.order().iter().copied().filter(|it| !gone.contains(it)).collect();
            let needed: Vec<_> = left.iter().flat_map(|it| graph.predecessors(*it)).collect();
            prop_assert!(needed.iter().all(|it| !gone.contains(it)));
            let covered = graph.ancestors(&needed, Edges::All);
            let expected: BTreeSet<_> = left.iter().filter(|it| !covered.contains(**it)).map(|it| graph.id(*it).clone()).collect();
            prop_assert_eq!(replay(&steps), expected);
        }
    }
}
