//! What each part of a step finds in the version table and in the note of how far a revision is, and leaves there.

use crate::diagnostic::Direction;
use crate::script::guard::{self, End, Next, Note, Noted};
use crate::script::psql::route::{Before, Route};
use crate::script::psql::turn::Turn;

/// What becomes of the version rows and the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visit {
    /// The rows stay; a statement outside of transactions comes next, and may be there though nothing else says so: the way
    /// back begins with it.
    Begin,
    /// What the part brings is written down, in the rows where it is the last one.
    Finish,
}

/// The only row that a part finds and the one that it puts in its place; none where the version table may be missing, where rows
/// are several or may be other ones, and where something is noted.
pub(super) fn only_row<'a>(guard: &guard::StepData<'a>) -> Option<(&'a str, &'a str)> {
    if guard.create.is_some() || guard.note.is_some() {
        return None;
    }
    let (Some([rows]), Some([from]), Some([add])) = (
        guard.rows.as_deref(),
        guard.remove.as_deref(),
        guard.add.as_deref(),
    ) else {
        return None;
    };
    let ([row], [to]) = (rows.as_slice(), add.as_slice()) else {
        return None;
    };
    (row == from).then_some((*from, *to))
}

impl Route<'_> {
    /// What the guard of a part reads.
    pub(super) fn guard<'a>(&'a self, turn: Turn<'a>, visit: Visit) -> guard::StepData<'a> {
        let step = turn.step;
        let moves = visit == Visit::Finish && turn.is_last;
        let (remove, add) = if moves {
            self.moved(turn)
        } else {
            (None, None)
        };
        guard::StepData {
            lock: Some(&self.lock),
            versions: &self.versions,
            progress: &self.progress,
            home: None,
            create: self.may_be_first(turn).then_some(self.key.as_str()),
            place: self
                .may_be_first(turn)
                .then_some(self.pack.config.version_table_schema()),
            made: self.may_be_first(turn)
                && self.makes_schema()
                && self.pack.config.version_table_schema() == self.pack.config.schema,
            rows: self.found(turn),
            remove,
            add,
            keep: (visit == Visit::Finish && turn.changes_rows()
                || moves && self.is_asked_later(turn))
            .then_some(true),
            note: step.has_progress.then(|| self.note(turn, visit)),
        }
    }

    /// What the part must leave, once its statements have run.
    pub(super) fn kept<'a>(&'a self, turn: Turn<'a>) -> guard::Kept<'a> {
        let note = self.note(turn, Visit::Finish);
        guard::Kept {
            note: turn.step.has_progress.then(|| Noted::from(&note)),
            ..guard::Kept::default()
        }
    }

    /// Whether this step may be the first one of a database.
    fn may_be_first(&self, turn: Turn<'_>) -> bool {
        self.direction == Direction::Upgrade
            && self.starts.contains(&None)
            && self.pack.steps[turn.step.node - self.below]
                .needs
                .is_empty()
    }

    /// The rows that may be there; none where they are those that the script itself left.
    fn found<'a>(&self, turn: Turn<'a>) -> Option<Vec<Vec<&'a str>>> {
        let below = match turn.step.before {
            Before::Several => return None,
            Before::Base => Vec::new(),
            Before::Row(row) => vec![row],
        };
        Some(match self.direction {
            Direction::Upgrade => vec![below],
            // A rollback meets the row of its own, unless it takes back half an upgrade.
            Direction::Downgrade if turn.step.has_progress => {
                vec![vec![turn.step.revision], below]
            }
            Direction::Downgrade => vec![vec![turn.step.revision]],
        })
    }

    /// The rows that go and those that come with the step.
    fn moved<'a>(&'a self, turn: Turn<'a>) -> (Option<Vec<&'a str>>, Option<Vec<Vec<&'a str>>>) {
        let step = turn.step;
        let own = step.revision;
        let mut needs = self.needs[step.node].clone();
        let ids = |needs: &[usize]| needs.iter().map(|it| self.nodes[*it]).collect();
        let (remove, add) = match self.direction {
            Direction::Upgrade => (ids(&needs), vec![vec![own]]),
            Direction::Downgrade => {
                // The last ones first: what one of them needs itself has no row beside it.
                needs.sort_unstable_by(|left, right| right.cmp(left));
                let back = needs.iter().map(|need| {
                    let mut beside = vec![self.nodes[*need]];
                    beside.extend(self.above(*need, step.node));
                    beside
                });
                (vec![own], back.collect())
            }
        };
        (Some(remove), Some(add))
    }

    /// Whether a step compares the rows with those that the script left, now or later.
    pub(super) fn is_asked_later(&self, turn: Turn<'_>) -> bool {
        self.last_several.is_some_and(|it| it > turn.step.number)
    }

    fn note<'a>(&'a self, turn: Turn<'a>, visit: Visit) -> Note<'a> {
        let done = turn.part - 1;
        let next = match visit {
            Visit::Begin => Next::Done(done),
            Visit::Finish if turn.is_last => Next::End(End::End),
            Visit::Finish => Next::Done(turn.part),
        };
        // Parts that take back what a half-done upgrade never did are passed over.
        let begun = match self.direction {
            Direction::Upgrade => Vec::new(),
            Direction::Downgrade => {
                let skips = turn.step.skips.iter().enumerate();
                let fitting = skips.filter(|(_, skip)| **skip == Some(done));
                fitting.map(|it| it.0).collect()
            }
        };
        Note {
            revision: turn.step.revision,
            way: self.direction_word(),
            done,
            of: turn.step.parts.len(),
            begun,
            next: Some(next),
        }
    }
}
