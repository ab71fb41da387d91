//! The revisions of a range, as `history` lists them.

use super::{Edges, Identifier, Range, RevisionGraph, RevisionIndex};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};

impl RevisionGraph {
    /// The revisions from the start of `range` to its end, both included, newest first; from the base and to
    /// all heads where they are left out.
    pub fn history(&self, range: &Range) -> Result<Vec<RevisionIndex>> {
        let lower = self.several(range.start.iter().copied())?;
        let open = matches!(range.end.as_slice(), [] | ["heads"]);
        let upper = if open {
            self.real_heads()
        } else {
            self.upper(&lower, &range.end)?
        };
        let required = self.ancestors(&upper, Edges::All);
        if let Some(outside) = lower.iter().find(|it| !required.contains(**it)) {
            return Err(self.disconnected(*outside, &upper));
        }
        let mut listed: Vec<_> = if lower.is_empty() {
            required.iter().collect()
        } else {
            let above = self.descendants(&lower, Edges::Parents);
            let before: Vec<_> = lower.iter().flat_map(|it| self.predecessors(*it)).collect();
            let before = self.ancestors(&before, Edges::All);
            required
                .iter()
                .filter(|it| above.contains(*it) && !before.contains(*it))
                .collect()
        };
        if !open && let Some(end) = upper.iter().find(|it| !listed.contains(it)) {
            return Err(self.disconnected(lower[0], &[*end]));
        }
        listed = self.sorted(listed);
        listed.reverse();
        Ok(listed)
    }

    /// The ends of a range. Steps without a symbol go up from its start and stop where the history does.
    fn upper(&self, lower: &[RevisionIndex], names: &[&str]) -> Result<Vec<RevisionIndex>> {
        let mut upper = Vec::new();
        for name in names {
            let identifier = Identifier::parse(name)?;
            for revision in self.upgrade_targets(lower, &identifier, true)? {
                if !upper.contains(&revision) {
                    upper.push(revision);
                }
            }
        }
        self.refuse_overlap(&upper)?;
        Ok(upper)
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
                format!("{ends} follows {lower_id} by depends_on only, on another branch"),
                "a range follows down_revision: choose a start on the branch of its end",
            )
        } else if upper.iter().all(|it| below.contains(*it)) {
            (
                format!("the range {lower_id}:{ends} runs backwards"),
                "write the older revision first",
            )
        } else {
            (
                format!("the range {lower_id}:{ends} does not connect"),
                "choose a start that is an ancestor of the end",
            )
        };
        Diagnostic::error(Code::DisconnectedRange, None, message)
            .help(help)
            .into()
    }
}
