//! What a release does, compiled: the scripts and documents of its bundle are written from this alone.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::config::Config;
use crate::graph::RevisionIndex;
use crate::inverse::Fidelity;
use crate::lower::Lowered;
use crate::name::Name;
use crate::operation::{Assert, Operation, Resolved};
use crate::plan::parts::part_of_each;
use crate::schema::{ObjectId, Schema};
use crate::script::spoken::{self, Spoken};

/// A release that was compiled.
#[derive(Debug)]
pub struct Pack {
    /// As semver.org has it.
    pub version: String,
    /// `lb1:…`: of the history below and at its head.
    pub digest: String,
    pub config: Config,
    /// Where it may start, at least one.
    pub from: Vec<Point>,
    /// Where it leads.
    pub to: Point,
    /// The releases whose heads it passes, in their order; neither those of `from` nor its own.
    pub passes: Vec<Point>,
    /// The revisions that are not below all of `from`, in the order of the upgrade.
    pub steps: Vec<PackedRevision>,
    /// The schema where everything that is below all of `from` has run.
    pub before: Schema,
    /// The schema at the head.
    pub after: Schema,
    /// Every object that a step makes, changes or removes.
    pub touched: BTreeSet<ObjectId>,
    /// What the history speaks of, by names.
    pub spoken: Spoken,
    /// The revisions of the steps.
    pub revisions: Vec<RevisionIndex>,
    /// What several scripts need of it.
    pub once: Once,
}

/// What is found once for all scripts of a release.
#[derive(Debug, Default)]
pub struct Once {
    /// The relations before and after it.
    relations: OnceLock<[BTreeSet<Name>; 2]>,
    /// What its history speaks of, for any way.
    pub(super) spoken: OnceLock<Map<String, Value>>,
}

impl Pack {
    /// The relations before and after it.
    pub(super) fn relations(&self) -> [&BTreeSet<Name>; 2] {
        let relations = self
            .once
            .relations
            .get_or_init(|| [&self.before, &self.after].map(spoken::relations));
        relations.each_ref()
    }
}

/// A release by its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// The version, or `base`.
    pub name: String,
    /// None for the base.
    pub revision: Option<SmolStr>,
}

/// One revision of a release.
#[derive(Debug)]
pub struct PackedRevision {
    pub revision: SmolStr,
    /// Empty for none.
    pub message: String,
    /// `lb1:…`: of the revision and all below it.
    pub digest: String,
    /// What must have run right before it: parents, then dependencies.
    pub needs: Vec<SmolStr>,
    /// One for each statement.
    pub upgrade: Vec<Lowered>,
    pub downgrade: Undo,
    /// What holds after it.
    pub asserts: Vec<Assert>,
}

impl PackedRevision {
    /// The statements as the language has them.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.upgrade
            .iter()
            .filter_map(Lowered::operation)
            .map(|it| &**it)
    }

    /// What takes it back, in the order in which it runs; nothing where it is irreversible.
    pub fn inverse(&self) -> impl Iterator<Item = &Resolved> {
        self.downgrade.lowered().filter_map(Lowered::operation)
    }
}

/// How a step is taken back.
#[derive(Debug)]
pub enum Undo {
    /// For each part of the upgrade, in their order, what takes it back.
    Parts(Vec<Vec<Lowered>>),
    /// What takes back all of the upgrade, as the author wrote it.
    Written {
        back: Vec<Lowered>,
        /// For each number of parts of the upgrade that were done, from none on, whether it takes those back.
        runs_after: Vec<bool>,
    },
    /// The author says why there is none.
    Irreversible(String),
}

impl Undo {
    /// The way back of `upgrade`, given what takes back each of its statements, the last one first.
    #[must_use]
    pub fn of_each(upgrade: &[Lowered], steps: Vec<Vec<Lowered>>) -> Self {
        let part_of = part_of_each(upgrade);
        let count = part_of.last().map_or(1, |it| it + 1);
        let mut parts: Vec<Vec<Lowered>> = (0..count).map(|_| Vec::new()).collect();
        for (step, part) in steps.into_iter().zip(part_of.into_iter().rev()) {
            parts[part].extend(step);
        }
        Self::Parts(parts)
    }

    /// In the order in which it runs; nothing where it is irreversible.
    pub fn lowered(&self) -> impl Iterator<Item = &Lowered> {
        let parts: &[Vec<Lowered>] = match self {
            Self::Parts(parts) => parts,
            Self::Written { back, .. } => std::slice::from_ref(back),
            Self::Irreversible(_) => &[],
        };
        parts.iter().rev().flatten()
    }

    /// What the rollback does not bring back.
    #[must_use]
    pub fn fidelity(&self) -> Fidelity {
        if let Self::Irreversible(_) = self {
            return Fidelity::of(&[crate::inverse::Loss::Irreversible]);
        }
        let mut fidelity = Fidelity::default();
        for it in self.lowered() {
            fidelity.add(&it.fidelity);
        }
        fidelity
    }
}
