//! Where an upgrade or a downgrade goes: targets that may be relative to what the database has.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::graph::identifier::{Branch, Identifier, too_far};
use crate::graph::reach::Edges;
use crate::graph::{RevisionGraph, RevisionIndex};

/// Where a downgrade goes, and the branch that it keeps to.
#[derive(Debug, Clone)]
pub(crate) struct DowngradeTarget {
    pub(crate) branch: Option<RevisionIndex>,
    /// None for the base.
    pub(crate) revision: Option<RevisionIndex>,
}

impl RevisionGraph {
    /// The revisions that an upgrade from `current` to `identifier` must reach. With `clamp`, steps that leave
    /// the history stop at its end.
    pub(crate) fn upgrade_targets(
        &self,
        current: &[RevisionIndex],
        identifier: &Identifier,
        clamp: bool,
    ) -> Result<Vec<RevisionIndex>> {
        let Some(offset) = identifier.offset else {
            return self.members(identifier);
        };
        let branch = identifier.branch.map(|it| self.branch(it)).transpose()?;
        let start = match identifier.symbol {
            None if offset <= 0 => return Err(wrong_way(identifier, "an upgrade", "up")),
            None => self.upgrade_start(current, branch.as_ref())?,
            // The branch chooses among the ways up; the way down starts on it.
            Some(symbol) if offset > 0 => self.single(symbol, None)?,
            Some(symbol) => self.single(symbol, branch.as_ref())?,
        };
        let walk = self.walk(start, offset, branch.as_ref())?;
        match walk.place {
            Some(revision) if walk.missing == 0 || clamp => Ok(vec![revision]),
            Some(revision) => Err(too_far(
                identifier,
                &format!("no revision follows {}", self.id(revision)),
            )),
            None => Err(too_far(identifier, "it is the base or before it")),
        }
    }

    /// Where a downgrade from `current` to `identifier` stops.
    pub(crate) fn downgrade_target(
        &self,
        current: &[RevisionIndex],
        identifier: &Identifier,
    ) -> Result<DowngradeTarget> {
        let branch = identifier.branch.map(|it| self.branch(it)).transpose()?;
        let branch_revision = branch.as_ref().map(|it| it.revision);
        let Some(offset) = identifier.offset else {
            // As in Alembic, the branch says what to undo; it does not choose among heads.
            let symbol = identifier.symbol.unwrap_or("base");
            return Ok(DowngradeTarget {
                branch: branch_revision,
                revision: self.single(symbol, None)?,
            });
        };
        let (start, kept) = match identifier.symbol {
            None if offset >= 0 => return Err(wrong_way(identifier, "a downgrade", "down")),
            None => {
                let start = self.downgrade_start(current, branch.as_ref(), identifier)?;
                // Other branches that leave from the same revision stay.
                (Some(start), branch_revision.or(Some(start)))
            }
            Some(symbol) if offset >= 0 => (self.single(symbol, None)?, branch_revision),
            Some(symbol) => (self.single(symbol, branch.as_ref())?, branch_revision),
        };
        let walk = self.walk(start, offset, branch.as_ref())?;
        if walk.missing > 0 {
            return Err(too_far(identifier, "there are not enough revisions"));
        }
        Ok(DowngradeTarget {
            branch: kept,
            revision: walk.place,
        })
    }

    /// Where `+n` starts: at the one revision that the database has, on `branch` if one is given.
    fn upgrade_start(
        &self,
        current: &[RevisionIndex],
        branch: Option<&Branch>,
    ) -> Result<Option<RevisionIndex>> {
        let mut starts = current.to_vec();
        if let Some(branch) = branch {
            starts.retain(|it| branch.lineage.contains(*it));
            if starts.is_empty() {
                // The branch leaves below what the database has: start where it does.
                let mut applied = self.ancestors(current, Edges::All);
                applied.retain(|it| branch.lineage.contains(it));
                starts = applied
                    .iter()
                    .filter(|it| {
                        let mut next = self.children(*it).iter().chain(self.dependents(*it));
                        !next.any(|next| applied.contains(*next))
                    })
                    .collect();
            }
        }
        match starts.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(*only)),
            several => Err(self.several_starts(several, "label@+1")),
        }
    }

    /// Where `-n` starts. Of several heads a branch chooses one; Alembic takes one of them there and warns.
    fn downgrade_start(
        &self,
        current: &[RevisionIndex],
        branch: Option<&Branch>,
        identifier: &Identifier,
    ) -> Result<RevisionIndex> {
        let Some(branch) = branch else {
            let below = |it: &RevisionIndex| {
                let others: Vec<_> = current
                    .iter()
                    .copied()
                    .filter(|other| other != it)
                    .collect();
                self.ancestors(&others, Edges::All).contains(*it)
            };
            let heads: Vec<_> = current.iter().copied().filter(|it| !below(it)).collect();
            return match heads.as_slice() {
                [] => Err(too_far(identifier, "no revision has run yet")),
                [only] => Ok(*only),
                several => Err(self.several_starts(several, "label@-1")),
            };
        };
        let mut starts = current.to_vec();
        starts.retain(|it| branch.lineage.contains(*it));
        if starts.is_empty() {
            // The branch is covered by a revision of another one that depends on it: start at its tip.
            let applied = self.ancestors(current, Edges::All);
            starts = applied
                .iter()
                .filter(|it| {
                    !self
                        .children(*it)
                        .iter()
                        .any(|next| applied.contains(*next))
                })
                .filter(|it| branch.lineage.contains(*it))
                .collect();
        }
        match starts.as_slice() {
            [] => Err(too_far(identifier, "no revision of the branch has run yet")),
            [only] => Ok(*only),
            several => Err(self.several_starts(several, "label@-1")),
        }
    }

    fn several_starts(&self, starts: &[RevisionIndex], example: &str) -> Diagnostics {
        Diagnostic::error(
            Code::RelativeTarget,
            None,
            format!(
                "the steps could start at several revisions: {}",
                self.ids(starts).join(", ")
            ),
        )
        .help(format!("name the revision, or the branch as in {example}"))
        .into()
    }
}

fn wrong_way(identifier: &Identifier, what: &str, way: &str) -> Diagnostics {
    Diagnostic::error(
        Code::RelativeTarget,
        None,
        format!("{} does not go {way}, but {what} must", identifier.text),
    )
    .help("name the revision, or change the sign")
    .into()
}
