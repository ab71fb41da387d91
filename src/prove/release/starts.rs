//! Databases at the points between the origin of a release and its head, made by the plain scripts of its revisions.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use smol_str::SmolStr;

use crate::graph::{Edges, RevisionIndex};
use crate::prove::reason::is_of_rows;
use crate::prove::request::{Event, Progress, Request, Stop, Trials};
use crate::prove::rows;
use crate::prove::server::Server;
use crate::prove::stage::Stage;
use crate::script::pack::Point;

/// More starts than that are not tried: branches side by side have very many.
pub(super) const STARTS: usize = 48;

/// The same of a release with more than [`MANY`] revisions, where each of them takes long.
const FEW_STARTS: usize = 12;
const MANY: usize = 100;

/// More points than that are not even listed.
const LISTED: usize = 2000;

type Set = BTreeSet<RevisionIndex>;

/// A database at one point.
pub(super) struct Start<'a> {
    pub(super) stage: Stage<'a>,
    /// What has run.
    pub(super) set: Set,
}

/// Databases from the origin of a release to its head.
pub(super) struct Starts<'a> {
    /// The first one is the origin, the last one the head.
    pub(super) all: Vec<Start<'a>>,
    /// How many are tried, where there are more.
    pub(super) cut_to: Option<usize>,
}

/// Why revisions do not run one by one.
pub(super) struct Stuck(pub(super) String);

impl<'a> Starts<'a> {
    pub(super) fn origin(&self) -> &Start<'a> {
        &self.all[0]
    }

    pub(super) fn head(&self) -> &Start<'a> {
        self.all.last().expect("the origin is one")
    }

    /// The databases from which an upgrade by `steps` may start, with rows or without.
    pub(super) fn new(
        request: &'a Request<'a>,
        server: &'a Server,
        steps: &[RevisionIndex],
        origin: &Point,
        has_rows: bool,
        progress: Progress<'_>,
    ) -> Result<Result<Self, Stuck>, Stop> {
        let graph = &request.compiled.graph;
        let below = origin.revision.as_ref().and_then(|it| graph.with_id(it));
        let below = graph.ancestors(below.as_slice(), Edges::All);
        let below: Set = below.iter().collect();
        let mut first = Stage::new(request, server)?;
        if let Err(why) = first.stand_on(&graph.sorted(below.iter().copied()))? {
            return Ok(Err(Stuck(why)));
        }
        if has_rows {
            let held = first.held()?;
            first.fill_for(&held, steps)?;
        }
        let most = match request.trials {
            Trials::Exhaustive => LISTED,
            Trials::All | Trials::Quick | Trials::Undisturbed if steps.len() > MANY => FEW_STARTS,
            Trials::All | Trials::Quick | Trials::Undisturbed => STARTS,
        };
        let (points, is_cut) = points(request, steps, &below, most);
        let mut all = vec![Start {
            stage: first,
            set: below,
        }];
        for point in points {
            let mut below = all.iter().filter(|it| it.set.is_subset(&point));
            let first = below.next().expect("the origin is below");
            let nearest = below.fold(first, |one, other| {
                if other.set.len() > one.set.len() {
                    other
                } else {
                    one
                }
            });
            let mut stage = nearest.stage.fork()?;
            for revision in graph.sorted(point.difference(&nearest.set).copied()) {
                let scripts = stage.scripts(revision)?;
                progress(Event::Ran);
                if let Err(why) = stage.step("the upgrade", &scripts.there, &scripts.after)? {
                    let id = graph.id(revision);
                    let verb = if is_of_rows(&why) {
                        "fails on some rows"
                    } else {
                        "fails"
                    };
                    return Ok(Err(Stuck(format!("revision {id} {verb}: {why}"))));
                }
            }
            stage.look()?;
            all.push(Start { stage, set: point });
        }
        let cut_to = is_cut.then_some(most);
        Ok(Ok(Self { all, cut_to }))
    }
}

/// The points above the origin that are tried, the lower ones first, and whether there are others.
fn points(
    request: &Request<'_>,
    steps: &[RevisionIndex],
    below: &Set,
    most: usize,
) -> (Vec<Set>, bool) {
    let graph = &request.compiled.graph;
    let head: Set = below.iter().chain(steps).copied().collect();
    let mut known: BTreeSet<Set> = BTreeSet::new();
    let mut open: VecDeque<Set> = [below.clone()].into();
    let mut is_cut = false;
    while let Some(point) = open.pop_front() {
        for revision in steps {
            let is_next = !point.contains(revision)
                && graph.predecessors(*revision).all(|it| point.contains(&it));
            if !is_next {
                continue;
            }
            let mut next = point.clone();
            next.insert(*revision);
            if known.len() == LISTED {
                is_cut = true;
            } else if known.insert(next.clone()) {
                open.push_back(next);
            }
        }
    }
    known.remove(&head);
    let mut all: Vec<Set> = known.into_iter().collect();
    all.sort_by_key(Set::len);
    // The origin and the head are two more.
    let most = most - 2;
    if all.len() > most {
        is_cut = true;
        let count = all.len();
        all = (0..most).map(|it| all[it * count / most].clone()).collect();
    }
    if !steps.is_empty() {
        all.push(head);
    }
    (all, is_cut)
}

/// The rows that the plain scripts of the revisions leave, of those tables where they leave the same each time.
#[derive(Debug)]
pub(super) struct Rows {
    /// What is asked.
    snapshot: String,
    /// By table.
    expected: BTreeMap<String, String>,
}

impl Rows {
    fn new(snapshot: String, said: [&str; 2]) -> Self {
        let read = |said: &str| -> BTreeMap<String, String> {
            let lines = said.lines().filter_map(|it| it.split_once('|'));
            lines
                .map(|(table, rows)| (table.to_owned(), rows.to_owned()))
                .collect()
        };
        let (mut expected, other) = (read(said[0]), read(said[1]));
        expected.retain(|table, rows| other.get(table) == Some(rows));
        Self { snapshot, expected }
    }

    /// What a database holds that it should not, and what it lacks.
    pub(super) fn differences(&self, stage: &Stage<'_>) -> Result<Vec<String>, Stop> {
        let said = stage.rows_of(&self.snapshot)?;
        let found: BTreeMap<&str, &str> =
            said.lines().filter_map(|it| it.split_once('|')).collect();
        let mut faults = Vec::new();
        for (table, rows) in &self.expected {
            let found = found.get(table.as_str()).copied().unwrap_or("none");
            if found != rows {
                faults.push(format!(
                    "the rows of {table} are {found}, but should be {rows}"
                ));
            }
        }
        Ok(faults)
    }
}

/// What the plain scripts of all revisions leave of rows, by what has run.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// On the way to the head.
    there: BTreeMap<Set, Rows>,
    /// On the way back, as far as they lead.
    back: BTreeMap<Set, Rows>,
}

impl Plain {
    pub(super) fn there(&self, set: &Set) -> Option<&Rows> {
        self.there.get(set)
    }

    pub(super) fn back(&self, set: &Set) -> Option<&Rows> {
        self.back.get(set)
    }

    /// Runs them twice from the origin.
    pub(super) fn new(
        request: &Request<'_>,
        starts: &Starts<'_>,
        progress: Progress<'_>,
    ) -> Result<Self, Stop> {
        let Start { stage: origin, set } = starts.origin();
        let steps = starts.head().set.difference(set);
        let steps = request.compiled.graph.sorted(steps.copied());
        let mut said: Vec<[Vec<String>; 2]> = Vec::new();
        let mut snapshots = Vec::new();
        for _ in 0..2 {
            let mut stage = origin.fork()?;
            let mut ways_back: Vec<(Option<String>, BTreeSet<SmolStr>)> = Vec::new();
            snapshots = vec![rows::snapshot(&stage.held()?)];
            let mut there = vec![stage.rows_of(&snapshots[0])?];
            for revision in &steps {
                let scripts = stage.scripts(*revision)?;
                progress(Event::Ran);
                let upgrade = stage.step("the upgrade", &scripts.there, &scripts.after)?;
                if upgrade.is_err() {
                    return Ok(Self::default());
                }
                ways_back.push((scripts.back, scripts.before));
                let snapshot = rows::snapshot(&stage.held()?);
                there.push(stage.rows_of(&snapshot)?);
                snapshots.push(snapshot);
            }
            let mut back = Vec::new();
            for ((script, before), snapshot) in ways_back.iter().zip(&snapshots).rev() {
                let Some(script) = script else {
                    break;
                };
                if stage.step("the downgrade", script, before)?.is_err() {
                    break;
                }
                back.push(stage.rows_of(snapshot)?);
            }
            said.push([there, back]);
        }
        let mut points = vec![set.clone()];
        for revision in &steps {
            let mut point = points.last().cloned().unwrap_or_default();
            point.insert(*revision);
            points.push(point);
        }
        let mut plain = Self::default();
        let [there, back] = [0, 1].map(|way| said[0][way].iter().zip(&said[1][way]));
        let places = points.iter().zip(&snapshots);
        for ((point, snapshot), (one, other)) in places.clone().zip(there) {
            let rows = Rows::new(snapshot.clone(), [one, other]);
            plain.there.insert(point.clone(), rows);
        }
        for ((point, snapshot), (one, other)) in places.rev().skip(1).zip(back) {
            let rows = Rows::new(snapshot.clone(), [one, other]);
            plain.back.insert(point.clone(), rows);
        }
        Ok(plain)
    }
}
