//! Why bundles and seals do not fit: each edited revision once, with all that breaks by it.

use std::collections::BTreeSet;

use crate::bundle::{Edit, EditKind};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::{Edges, RevisionGraph, RevisionIndex};
use crate::release::{self, Edited};

/// A release, or one of its bundles, below which something was edited.
#[derive(Debug)]
pub struct Broken {
    /// Of the release.
    pub version: String,
    pub head: RevisionIndex,
    pub by: By,
}

/// How it is known.
#[derive(Debug)]
pub enum By {
    /// The seal does not fit.
    Seal(Vec<release::Edit>),
    /// The manifest of a bundle that was not sealed has other digests.
    Manifest {
        /// Where the bundle is.
        path: String,
        edits: Vec<Edit>,
        /// The command that writes it.
        again: String,
    },
}

/// One edited revision.
struct Cause<'a> {
    revision: &'a str,
    fault: Diagnostic,
    /// Of which its fault speaks.
    first: usize,
    /// The releases that break by it.
    versions: BTreeSet<usize>,
    /// The commands that write their bundles; none where a seal holds it.
    again: Vec<&'a str>,
}

struct Causes<'a> {
    graph: &'a RevisionGraph,
    all: Vec<Cause<'a>>,
}

/// An error for each edited revision, which names the releases that break by it; and for all else that was edited.
#[must_use]
pub fn causes(broken: &[Broken], graph: &RevisionGraph) -> Diagnostics {
    let mut causes = Causes {
        graph,
        all: Vec::new(),
    };
    let mut others = Vec::new();
    let mut unclear = Vec::new();
    for (at, it) in broken.iter().enumerate() {
        match &it.by {
            By::Seal(edits) => {
                for edit in edits {
                    match &edit.of {
                        Edited::Revision(revision) => {
                            causes.add(at, revision, None, || edit.fault.clone());
                        }
                        Edited::Notes => others.push(edit.fault.clone()),
                        Edited::Something => unclear.push((at, edit.fault.clone())),
                    }
                }
            }
            By::Manifest { path, edits, again } => {
                for edit in edits {
                    match edit.kind {
                        EditKind::Came | EditKind::Edited | EditKind::Gone => {
                            causes
                                .add(at, &edit.revision, Some(again), || fault(path, edit, graph));
                        }
                        EditKind::EditedOrBelow => {}
                    }
                }
            }
        }
    }
    causes.add_uncertain(broken);
    // The digest of a release follows those of all below its head.
    for (at, it) in broken.iter().enumerate() {
        let again = match &it.by {
            By::Seal(_) => None,
            By::Manifest { again, .. } => Some(again.as_str()),
        };
        causes.breaks(at, it.head, again);
    }
    for (at, fault) in unclear {
        if !causes.breaks(at, broken[at].head, None) {
            others.push(fault);
        }
    }
    let mut told = Diagnostics::default();
    for cause in causes.all {
        told.push(cause.told(broken));
    }
    for fault in others {
        told.push(fault);
    }
    told
}

impl<'a> Causes<'a> {
    /// Adds that `revision` breaks a release; `again` where a bundle can be written again.
    fn add(
        &mut self,
        at: usize,
        revision: &'a str,
        again: Option<&'a str>,
        fault: impl FnOnce() -> Diagnostic,
    ) {
        let known = self.all.iter().position(|it| it.revision == revision);
        let known = known.unwrap_or_else(|| {
            self.all.push(Cause {
                revision,
                fault: fault(),
                first: at,
                versions: BTreeSet::new(),
                again: Vec::new(),
            });
            self.all.len() - 1
        });
        let cause = &mut self.all[known];
        cause.versions.insert(at);
        cause.writes_again(again);
    }

    /// Where a revision or one below it was edited, it is one that is known already, if there is one. Those below come first.
    fn add_uncertain(&mut self, broken: &'a [Broken]) {
        let graph = self.graph;
        let mut uncertain = Vec::new();
        for (at, it) in broken.iter().enumerate() {
            let By::Manifest { path, edits, again } = &it.by else {
                continue;
            };
            let edits = edits.iter().filter(|it| it.kind == EditKind::EditedOrBelow);
            uncertain.extend(edits.filter_map(|edit| {
                let revision = graph.with_id(&edit.revision)?;
                Some((graph.position(revision), revision, at, edit, path, again))
            }));
        }
        uncertain.sort_by_key(|it| (it.0, it.2));
        for (_, revision, at, edit, path, again) in uncertain {
            if !self.breaks(at, revision, Some(again)) {
                self.add(at, &edit.revision, Some(again), || fault(path, edit, graph));
            }
        }
    }

    /// Adds the release to all that was edited at or below `revision`; false where nothing is known to be.
    fn breaks(&mut self, at: usize, revision: RevisionIndex, again: Option<&'a str>) -> bool {
        let graph = self.graph;
        let below = graph.ancestors(&[revision], Edges::All);
        let mut found = false;
        for cause in &mut self.all {
            let edited = graph.with_id(cause.revision);
            if edited.is_some_and(|it| below.contains(it)) {
                cause.versions.insert(at);
                cause.writes_again(again);
                found = true;
            }
        }
        found
    }
}

impl<'a> Cause<'a> {
    fn writes_again(&mut self, again: Option<&'a str>) {
        let new = again.filter(|it| !self.again.contains(it));
        self.again.extend(new);
    }

    /// The error, with the releases that break, too.
    fn told(self, broken: &[Broken]) -> Diagnostic {
        let mut fault = self.fault;
        let first = broken[self.first].version.as_str();
        let mut others: Vec<&str> = Vec::new();
        for it in self.versions {
            let version = broken[it].version.as_str();
            if version != first && !others.contains(&version) {
                others.push(version);
            }
        }
        if let [most @ .., last] = others.as_slice() {
            let words = match most {
                [] => format!("; this also breaks release {last}"),
                most => format!("; this also breaks releases {} and {last}", most.join(", ")),
            };
            fault.message += &words;
        }
        if fault.code == Code::Bundle {
            let again = self.again;
            let bundles = if again.len() > 1 { "bundles" } else { "bundle" };
            fault = fault.help(format!(
                "revert the edit, or write the {bundles} again: {}",
                again.join("; ")
            ));
        }
        fault
    }
}

/// What is said of an edit where the bundle stands for itself.
fn fault(path: &str, edit: &Edit, graph: &RevisionGraph) -> Diagnostic {
    let place = graph.with_id(&edit.revision);
    let place = place.map(|it| graph.header(it).id.span);
    Diagnostic::error(Code::Bundle, place, format!("{path}: {}", edit.sentence()))
}
