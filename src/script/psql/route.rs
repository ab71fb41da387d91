//! The way of a script: where a database may stand, what each step needs, and the parts of each step.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::diagnostic::Direction;
use crate::digest::seal_digest;
use crate::inverse::Fidelity;
use crate::lower::{Alone, Lowered, Statement};
use crate::name::Name;
use crate::plan::parts::{Part, split};
use crate::script::encoding::Characters;
use crate::script::pack::{Pack, Undo};

/// What a script is written from, in one direction.
#[derive(Debug)]
pub(super) struct Route<'a> {
    pub(super) pack: &'a Pack,
    pub(super) direction: Direction,
    /// The revisions that a row may hold: points below all steps, then the steps in the order of the upgrade.
    pub(super) nodes: Vec<&'a str>,
    /// How many of the nodes are points below the steps.
    pub(super) below: usize,
    /// For each node, the nodes that must have run right before it.
    pub(super) needs: Vec<Vec<usize>>,
    /// The nodes after which the script may start; none stands for the base.
    pub(super) starts: Vec<Option<usize>>,
    /// In the order in which they run.
    pub(super) steps: Vec<Move<'a>>,
    /// The number of the last step that hangs on other branches.
    pub(super) last_several: Option<usize>,
    pub(super) version_table: Name,
    /// The version table and the note of progress as SQL writes them, the name of the first one's primary key, and the
    /// number of the lock: what every guard reads.
    pub(super) versions: SmolStr,
    pub(super) progress: SmolStr,
    pub(super) key: String,
    pub(super) lock: String,
    /// Whether the history may have functions of its own.
    pub(super) makes_functions: bool,
}

/// A revision that goes up or down.
#[derive(Debug)]
pub(super) struct Move<'a> {
    /// From 1, in the order in which they run.
    pub(super) number: usize,
    pub(super) node: usize,
    pub(super) revision: &'a str,
    pub(super) message: &'a str,
    /// At least one.
    pub(super) parts: Vec<Part<'a>>,
    /// Of a rollback: for each number of parts that an unfinished upgrade has done, how many parts need not run; none where
    /// the upgrade must be finished first.
    pub(super) skips: Vec<Option<usize>>,
    /// Of a rollback: for each part, what the upgrade may have left half done that it takes back.
    pub(super) mends: Vec<Option<Mend<'a>>>,
    /// Whether a run of the upgrade may have ended within it, and of any script.
    pub(super) halves: bool,
    pub(super) has_progress: bool,
    pub(super) fidelity: Fidelity,
    /// Why there is no way back.
    pub(super) irreversible: Option<&'a str>,
    pub(super) before: Before<'a>,
}

/// A statement outside of transactions that has perhaps run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mend<'a> {
    pub(super) alone: &'a Alone,
    /// What the upgrade runs right after it.
    pub(super) rest: &'a [Statement],
}

/// The version rows right before a step of the upgrade, wherever the script started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before<'a> {
    /// None.
    Base,
    /// Exactly this one.
    Row(&'a str),
    /// That hangs on what has run on other branches.
    Several,
}

impl<'a> Route<'a> {
    pub(super) fn new(pack: &'a Pack, direction: Direction) -> Self {
        let mut nodes: Vec<&str> = Vec::new();
        let is_step = |id: &str| pack.steps.iter().any(|it| it.revision == id);
        for point in &pack.from {
            if let Some(id) = &point.revision
                && !is_step(id)
                && !nodes.contains(&id.as_str())
            {
                nodes.push(id);
            }
        }
        let below = nodes.len();
        nodes.extend(pack.steps.iter().map(|it| it.revision.as_str()));
        let places: BTreeMap<&str, usize> =
            nodes.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let needs: Vec<Vec<usize>> = nodes
            .iter()
            .enumerate()
            .map(|(at, _)| match at.checked_sub(below) {
                None => Vec::new(),
                Some(step) => {
                    let needs = pack.steps[step].needs.iter();
                    needs
                        .filter_map(|it| places.get(it.as_str()).copied())
                        .collect()
                }
            })
            .collect();
        let starts = pack
            .from
            .iter()
            .map(|point| point.revision.as_ref().map(|it| places[it.as_str()]))
            .collect();
        let version_table = Name::new(
            pack.config.version_table_schema(),
            pack.config.version_table.as_str(),
        );
        let mut route = Self {
            versions: version_table.qualified(),
            progress: version_table.sibling("limbeck_progress").qualified(),
            key: format!("{}_pkc", version_table.name),
            lock: lock_number(&version_table).to_string(),
            makes_functions: pack.spoken.makes_functions(),
            pack,
            direction,
            nodes,
            below,
            needs,
            starts,
            steps: Vec::new(),
            last_several: None,
            version_table,
        };
        let lonely = route.lonely();
        let mut steps: Vec<Move<'a>> = (below..route.nodes.len())
            .map(|node| route.step(node, lonely[node]))
            .collect();
        if direction == Direction::Downgrade {
            steps.reverse();
        }
        for (at, step) in steps.iter_mut().enumerate() {
            step.number = at + 1;
        }
        let mut several = steps.iter().rev().filter(|it| it.before == Before::Several);
        route.last_several = several.next().map(|it| it.number);
        route.steps = steps;
        route
    }

    fn step(&self, node: usize, lonely: bool) -> Move<'a> {
        let step = &self.pack.steps[node - self.below];
        let upgrade = split(&step.upgrade);
        let halves = upgrade.len() > 1 || upgrade.iter().any(is_noted);
        let (mut skips, mut mends) = (Vec::new(), Vec::new());
        let (parts, fidelity, irreversible) = match (self.direction, &step.downgrade) {
            (Direction::Upgrade, _) => (upgrade, Fidelity::default(), None),
            (Direction::Downgrade, Undo::Irreversible(reason)) => {
                skips.push(Some(0));
                let fidelity = step.downgrade.fidelity();
                (split(&[]), fidelity, Some(reason.as_str()))
            }
            (Direction::Downgrade, Undo::Parts(back)) => {
                let parts;
                (parts, skips, mends) = way_back(&step.upgrade, back);
                (parts, step.downgrade.fidelity(), None)
            }
            (Direction::Downgrade, Undo::Written { back, runs_after }) => {
                let parts;
                (parts, skips, mends) = match upgrade.as_slice() {
                    [_] => way_back(&step.upgrade, std::slice::from_ref(back)),
                    several => {
                        let parts = split(back);
                        let skips = of_whole(several, runs_after, parts.len());
                        (parts, skips, Vec::new())
                    }
                };
                (parts, step.downgrade.fidelity(), None)
            }
        };
        let has_progress = halves || parts.len() > 1 || parts.iter().any(is_noted);
        let before = match (self.needs[node].as_slice(), step.needs.as_slice()) {
            ([need], [_]) if lonely => Before::Row(self.nodes[*need]),
            ([], []) if lonely => Before::Base,
            _ => Before::Several,
        };
        Move {
            number: 0,
            node,
            revision: self.nodes[node],
            message: &step.message,
            parts,
            skips,
            mends,
            halves,
            has_progress,
            fidelity,
            irreversible,
            before,
        }
    }

    /// Whether each node stands above or below every other one.
    fn lonely(&self) -> Vec<bool> {
        let count = self.nodes.len();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (node, needs) in self.needs.iter().enumerate() {
            for need in needs {
                children[*need].push(node);
            }
        }
        // Where no end of what was seen stays open beside its neighbours, all of it stands on one side of the node.
        let joins = |nodes: &mut dyn Iterator<Item = usize>, neighbours: &[Vec<usize>]| {
            let mut open: BTreeSet<usize> = BTreeSet::new();
            let mut joins = vec![false; count];
            for node in nodes {
                for neighbour in &neighbours[node] {
                    open.remove(neighbour);
                }
                joins[node] = open.is_empty();
                open.insert(node);
            }
            joins
        };
        let below = joins(&mut (0..count), &self.needs);
        let above = joins(&mut (0..count).rev(), &children);
        below
            .into_iter()
            .zip(above)
            .map(|(below, above)| below && above)
            .collect()
    }

    /// The other nodes that stand above `node` and not above `without`.
    pub(super) fn above(&self, node: usize, without: usize) -> Vec<&'a str> {
        let reached = |from: usize| {
            let mut reached = vec![false; self.nodes.len()];
            reached[from] = true;
            for at in from + 1..self.nodes.len() {
                reached[at] = self.needs[at].iter().any(|it| reached[*it]);
            }
            reached
        };
        let (over, beyond) = (reached(node), reached(without));
        (node + 1..self.nodes.len())
            .filter(|it| over[*it] && !beyond[*it])
            .map(|it| self.nodes[it])
            .collect()
    }

    /// The characters of the statements, which the server must be able to hold.
    pub(super) fn characters(&self) -> Characters {
        let mut characters = Characters::default();
        for step in &self.steps {
            for statement in step.parts.iter().flat_map(Part::statements) {
                let sql = statement.sql(&self.pack.config.schema);
                characters.statement(step.revision, &sql);
            }
        }
        characters
    }

    /// All statements that the script may run.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'a Statement> + '_ {
        self.steps
            .iter()
            .flat_map(|it| &it.parts)
            .flat_map(Part::statements)
    }
}

/// The number of the lock that keeps two runs apart, the same for all scripts of one version table.
fn lock_number(version_table: &Name) -> i64 {
    let name = version_table.qualified();
    let digest = seal_digest(["lock", name.as_str()]).to_string();
    let half =
        |at: usize| u32::from_str_radix(&digest[at..at + 8], 16).expect("a digest has 64 digits");
    ((u64::from(half(4)) << 32) | u64::from(half(12))).cast_signed()
}

/// Whether a part is written down when it begins: a statement outside of transactions of which something may be left.
/// What raw SQL leaves nobody can tell.
fn is_noted(part: &Part<'_>) -> bool {
    match part {
        Part::Transaction(_) | Part::Alone(_, Alone::Raw, _) => false,
        Part::Alone(
            _,
            Alone::CreateIndex(_) | Alone::DropIndex(_) | Alone::DetachPartition(..),
            _,
        ) => true,
    }
}

/// The parts of a way back in the order in which they run, given what takes back each part of the upgrade; how many of
/// them need not run where only so many parts of the upgrade were done; and what each of them may have to mend.
fn way_back<'a>(
    upgrade: &'a [Lowered],
    back: &'a [Vec<Lowered>],
) -> (Vec<Part<'a>>, Vec<Option<usize>>, Vec<Option<Mend<'a>>>) {
    let done = split(upgrade);
    let (mut parts, mut mends) = (Vec::new(), Vec::new());
    let mut skips = vec![Some(0); back.len() + 1];
    for (at, lowered) in back.iter().enumerate().rev() {
        skips[at + 1] = Some(parts.len());
        let is_last = at == 0;
        if is_last || !lowered.iter().all(|it| it.statements.is_empty()) {
            parts.extend(split(lowered));
            mends.push(done.get(at).and_then(|it| mend(upgrade, it)));
            mends.resize(parts.len(), None);
        }
    }
    skips[0] = Some(parts.len());
    for (at, part) in done.iter().enumerate() {
        // It may have begun.
        if is_noted(part) {
            skips[at] = skips[at + 1];
        }
    }
    (parts, skips, mends)
}

/// How many parts of a way back that the author wrote for the whole upgrade need not run where only so many parts of that
/// were done: it runs whole or not at all. What has begun may be done or not.
fn of_whole(upgrade: &[Part<'_>], runs_after: &[bool], count: usize) -> Vec<Option<usize>> {
    let runs = |done: usize| runs_after.get(done).is_none_or(|it| *it);
    let skips = upgrade.iter().enumerate().map(|(done, next)| match next {
        Part::Transaction(_) if done == 0 => Some(count),
        // Nothing tells how far it came.
        Part::Alone(_, Alone::DetachPartition(..) | Alone::Raw, _) => None,
        Part::Alone(_, Alone::CreateIndex(_) | Alone::DropIndex(_), _) => {
            (runs(done) && runs(done + 1)).then_some(0)
        }
        Part::Transaction(_) => runs(done).then_some(0),
    });
    skips.chain([Some(0)]).collect()
}

fn mend<'a>(upgrade: &'a [Lowered], part: &Part<'a>) -> Option<Mend<'a>> {
    let Part::Alone(statement, alone, _) = part else {
        return None;
    };
    let rest = upgrade.iter().find_map(|step| {
        let mut statements = step.statements.iter();
        let is_it = |it: &Statement| std::ptr::eq(it, *statement);
        statements.position(is_it).map(|_| statements.as_slice())
    });
    rest.map(|rest| Mend { alone, rest })
}
