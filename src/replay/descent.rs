//! All ways back one after the other, and the upgrades once more, over what the ways back leave as it is.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Direction, Result};
use crate::graph::{Edges, RevisionIndex};
use crate::operation::Resolved;
use crate::replay::difference::named;
use crate::replay::left::contradiction;
use crate::replay::{History, Line, Replayed, WayBack, locate};
use crate::schema::{ObjectId, Refusal};
use crate::source::Span;

/// What stays, with the revision whose way back left it.
type Left<'a> = BTreeMap<&'a ObjectId, RevisionIndex>;

/// A walk down from one head.
struct Descent<'a> {
    history: History<'a>,
    replayed: &'a Replayed,
    line: Line<'a>,
    left: Left<'a>,
}

/// Goes from each head as far back as there are ways back, and up again.
pub(super) fn check(history: History<'_>, replayed: &Replayed) -> Result<()> {
    let graph = history.graph;
    let mut diagnostics = Diagnostics::default();
    for head in graph.heads() {
        let order = graph.sorted(graph.ancestors(&[head], Edges::All).iter());
        let mut descent = Descent {
            history,
            replayed,
            line: Line::new(history, replayed),
            left: Left::new(),
        };
        for revision in &order {
            descent.line.apply(*revision)?;
        }
        if let Err(diagnostic) = descent.there_and_back(&order) {
            diagnostics.push(*diagnostic);
        }
    }
    diagnostics.into_result(())
}

impl Descent<'_> {
    fn there_and_back(
        &mut self,
        order: &[RevisionIndex],
    ) -> std::result::Result<(), Box<Diagnostic>> {
        let mut reached = order.len();
        for revision in order.iter().rev() {
            let compiled = &self.replayed.revisions[revision.index()];
            if matches!(compiled.downgrade, WayBack::Irreversible(_)) {
                break;
            }
            let operations = compiled.downgrade.steps().iter();
            self.run(
                *revision,
                "downgrade",
                operations.flat_map(|it| &it.operations),
            )?;
            let leaves = compiled.leaves.iter();
            self.left.extend(leaves.map(|it| (it, *revision)));
            reached -= 1;
        }
        for revision in &order[reached..] {
            let upgrade = self.replayed.revisions[revision.index()].upgrade.iter();
            self.run(*revision, "upgrade", upgrade.map(|it| &it.value))?;
        }
        Ok(())
    }

    fn run<'b>(
        &mut self,
        revision: RevisionIndex,
        way: &str,
        operations: impl Iterator<Item = &'b Resolved>,
    ) -> std::result::Result<(), Box<Diagnostic>> {
        for operation in operations {
            let contradiction = contradiction(
                operation,
                |it| self.left.contains_key(it),
                &self.line.schema,
            );
            let refusal = match contradiction {
                Some(why) => Some(Refusal::new(Code::DowngradeDiffers, why)),
                None => operation.apply(&mut self.line.schema).err(),
            };
            if let Some(refusal) = refusal {
                return Err(Box::new(self.stopped(revision, way, &refusal)));
            }
        }
        Ok(())
    }

    /// The fault of what stays: it stops the `way` of a revision.
    fn stopped(&self, revision: RevisionIndex, way: &str, refusal: &Refusal) -> Diagnostic {
        let graph = self.history.graph;
        // What needs something is named behind it.
        let place = |id: &ObjectId| refusal.message.rfind(&format!("\"{}\"", own_name(id)));
        let is_said =
            |id: &ObjectId| refusal.contradicts.as_ref() == Some(id) || place(id).is_some();
        let said = self.left.iter().filter(|(id, _)| is_said(id));
        let said = said.max_by_key(|(id, _)| place(id));
        let (id, by) = said.or_else(|| self.left.last_key_value()).map_or_else(
            || unreachable!("without what is left every way was tried"),
            |(id, by)| (*id, *by),
        );
        let object = self.line.schema.get(id);
        let what = object.map_or_else(|| id.to_string(), |it| named(id, it));
        Diagnostic::error(
            Code::DowngradeDiffers,
            self.place(by, own_name(id)),
            format!(
                "the downgrade of revision {} leaves {what} in place, so the {way} of revision {} cannot run: {}",
                graph.id(by),
                graph.id(revision),
                refusal.message
            ),
        )
        .help("undo it in `reverse { … }`, or write `downgrade irreversible 'why';` in one of the two revisions")
        .direction(Direction::Downgrade)
    }

    /// The first statement of a revision that says a name.
    fn place(&self, revision: RevisionIndex, name: &str) -> Span {
        let sources = self.history.sources;
        let spans = self.replayed.revisions[revision.index()].upgrade.iter();
        let mut spans = spans.map(|it| it.span);
        let said = spans.find(|it| locate::says(sources, *it, name));
        said.map_or_else(
            || self.history.graph.header(revision).id.span,
            |it| locate::first_line(sources, it),
        )
    }
}

/// The name as a statement says it, without a schema; a trigger is called by its own name alone.
fn own_name(id: &ObjectId) -> &str {
    match id {
        ObjectId::Namespace(name) | ObjectId::Extension(name) => name,
        ObjectId::Type(name) | ObjectId::Relation(name) => &name.name,
        ObjectId::Opaque(_, name) => name.name.split(" on ").next().unwrap_or(&name.name),
    }
}
