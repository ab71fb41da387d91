//! The revisions of a range, as `history` lists them.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::graph::identifier::{Identifier, Range};
use crate::graph::reach::Edges;
use crate::graph::{RevisionGraph, RevisionIndex};

impl RevisionGraph {
    /// The revisions from the start of `range` to its end, both included, newest first; from the base and to
    /// all heads where they are left out.
    pub fn history(&self, range: &Range) -> Result<Vec<RevisionIndex>> {
        let lower = self.several(range.start.iter().copied())?;
        let mut upper = Vec::new();
        let mut named = Vec::new();
        for name in &range.end {
            let identifier = Identifier::parse(name)?;
            let found = self.upgrade_targets(&lower, &identifier, true)?;
            upper.extend(&found);
            // `heads` asks for what there is; whoever names a revision wants to see it.
            if identifier.symbol != Some("heads") {
                named.extend(found);
            }
        }
        if range.end.is_empty() {
            upper = self.real_heads();
        }
        let upper = self.distinct(upper);
        self.refuse_overlap(&upper)?;
        self.require_path(&lower, &upper)?;

        let mut listed = self.ancestors(&upper, Edges::All);
        if let Some(first) = lower.first() {
            let above = self.descendants(&lower, Edges::Parents);
            let before: Vec<_> = lower.iter().flat_map(|it| self.predecessors(*it)).collect();
            let before = self.ancestors(&before, Edges::All);
            listed.retain(|it| above.contains(it) && !before.contains(it));
            if let Some(end) = named.iter().find(|it| !listed.contains(**it)) {
                return Err(self.disconnected(*first, &[*end]));
            }
        }
        let mut listed = self.sorted(listed.iter());
        listed.reverse();
        Ok(listed)
    }

    /// An error unless every one of `start` has run where all of `end` have: a range that runs backwards or
    /// does not connect.
    pub fn require_path(&self, start: &[RevisionIndex], end: &[RevisionIndex]) -> Result<()> {
        let required = self.ancestors(end, Edges::All);
        match start.iter().find(|it| !required.contains(**it)) {
            None => Ok(()),
            Some(outside) => Err(self.disconnected(*outside, end)),
        }
    }

    /// An error unless `end`, above which nothing is left to run, is where `start` stands: a range that runs backwards.
    pub(crate) fn require_same(
        &self,
        start: &[RevisionIndex],
        end: &[RevisionIndex],
    ) -> Result<()> {
        let same = start.is_empty() || end.iter().any(|it| start.contains(it));
        match start.first() {
            Some(first) if !same => Err(self.disconnected(*first, end)),
            Some(_) | None => Ok(()),
        }
    }

    fn disconnected(&self, lower: RevisionIndex, upper: &[RevisionIndex]) -> Diagnostics {
        let ends = match upper {
            [] => "base".to_owned(),
            upper => self.ids(upper).join(", "),
        };
        let lower_id = self.id(lower);
        let above = self.descendants(&[lower], Edges::All);
        let below = self.ancestors(&[lower], Edges::All);
        let (message, help) = if upper.iter().any(|it| above.contains(*it)) {
            (
                format!(
                    "{ends} is on another branch and follows {lower_id} only through depends_on"
                ),
                "a range follows down_revision: start it on the branch where it ends",
            )
        } else if upper.iter().all(|it| below.contains(*it)) {
            (
                format!("the range {lower_id}:{ends} runs backwards"),
                "write the older revision first",
            )
        } else {
            (
                format!("the range {lower_id}:{ends} is not connected"),
                "choose a start that is an ancestor of the end",
            )
        };
        Diagnostic::error(Code::DisconnectedRange, None, message)
            .help(help)
            .into()
    }
}
