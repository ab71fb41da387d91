//! What is wrong with some revisions where others keep the history from running as a whole: they run on what they stand on,
//! and on nothing else.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::compile::check;
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::graph::RevisionGraph;
use crate::replay::Wanted;
use crate::revision::Header;
use crate::source::{SourceId, Sources, Span};
use crate::syntax;

/// The headers that can be read.
struct Headers {
    all: Vec<Header>,
    /// By ids and labels.
    by_name: BTreeMap<SmolStr, Vec<usize>>,
    /// Whether there are others.
    some_unread: bool,
}

/// Revisions and all that they stand on, by their places among the headers.
#[derive(Default)]
struct Needed {
    revisions: BTreeSet<usize>,
    /// What stands on each right away.
    above: BTreeMap<usize, Vec<usize>>,
    /// Those that name what no header that can be read has.
    lacking: BTreeSet<usize>,
}

/// What is wrong with the revisions in `files`, out of all of `sources`; of one that cannot be checked that it is so. What
/// else is wrong with the history is in `known`; of `illegible` sources only a part can be read.
#[must_use]
pub fn faults(
    sources: &Sources,
    config: &Config,
    files: &BTreeSet<SourceId>,
    known: &Diagnostics,
    illegible: &BTreeSet<SourceId>,
) -> Diagnostics {
    let headers = Headers::read(sources);
    let needed = headers.needed(files);
    let all = || needed.revisions.iter().map(|it| &headers.all[*it]);
    let mut unread: BTreeSet<SourceId> = illegible.clone();
    unread.extend(all().map(|it| it.id.span.source).filter(|it| {
        let text = &sources.get(*it).text;
        syntax::parse_body(*it, text, &config.schema).is_err()
    }));
    let mut own = Diagnostics::default();
    let found = match RevisionGraph::new(all().cloned().collect()) {
        Ok(graph) => check(sources, config, graph, Wanted::Nothing).err(),
        Err(found) => {
            unread.extend(found.iter().filter_map(|it| it.span).map(|it| it.source));
            Some(found)
        }
    };
    for fault in found.into_iter().flatten() {
        // What is missing may be in a file whose header cannot be read.
        let is_certain = !(headers.some_unread && fault.code == Code::UnknownRevision);
        if is_certain && fault.touches(files) {
            own.push(fault);
        }
    }
    if !own.is_empty() {
        return own;
    }
    let keeps = |place: &Span| unread.contains(&place.source) || headers.some_unread;
    let mut places = known.iter().map(|it| (it.span, it.message.as_str()));
    let why = places.find_map(|(place, message)| Some((place.filter(keeps)?, message)));
    let is_unread = |at: &usize| unread.contains(&headers.all[*at].id.span.source);
    for at in needed.blocked(is_unread) {
        let file = headers.all[at].id.span.source;
        if files.contains(&file) {
            own.push(unchecked(file, why, sources));
        }
    }
    own
}

/// What is wrong with the revisions that stand on none of those that `known` says keep the graph from being made.
#[must_use]
pub fn beside(sources: &Sources, config: &Config, known: &Diagnostics) -> Diagnostics {
    let headers = Headers::read(sources);
    let files: BTreeSet<SourceId> = headers.all.iter().map(|it| it.id.span.source).collect();
    let needed = headers.needed(&files);
    let places = known.iter().flat_map(Diagnostic::places);
    let faulty: BTreeSet<SourceId> = places.map(|it| it.source).collect();
    let is_faulty = |at: &usize| faulty.contains(&headers.all[*at].id.span.source);
    let blocked = needed.blocked(is_faulty);
    let whole = needed.revisions.iter();
    let whole = whole.filter(|it| !blocked.contains(it) && !is_faulty(it));
    let whole = whole.map(|it| headers.all[*it].clone()).collect();
    // Where these do not fit together either, that is told already.
    let found = RevisionGraph::new(whole)
        .ok()
        .and_then(|graph| check(sources, config, graph, Wanted::Nothing).err());
    let is_new = |it: &Diagnostic| {
        let same = |other: &Diagnostic| (other.span, &other.message) == (it.span, &it.message);
        !known.iter().any(same)
    };
    let mut beside = Diagnostics::default();
    for fault in found.into_iter().flatten().filter(is_new) {
        beside.push(fault);
    }
    beside
}

/// The fault of a file of which nothing is known, and what keeps it from being checked.
#[must_use]
pub fn unchecked(file: SourceId, why: Option<(Span, &str)>, sources: &Sources) -> Diagnostic {
    let first = sources.get(file).text.lines().next().unwrap_or_default();
    let message = "the file was not checked: a file that it depends on has errors";
    let fault = Diagnostic::error(Code::Unchecked, file.span(0, first.len()), message)
        .help("fix those errors first; `limbeck check` without files reports all of them");
    match why {
        Some((place, message)) => fault.related(place, message),
        None => fault,
    }
}

impl Headers {
    fn read(sources: &Sources) -> Self {
        let mut headers = Self {
            all: Vec::new(),
            by_name: BTreeMap::new(),
            some_unread: false,
        };
        for (id, source) in sources.iter() {
            let Ok(header) = syntax::parse_header(id, &source.text) else {
                headers.some_unread = true;
                continue;
            };
            let labels = header.branch_labels.iter();
            for name in labels.chain([&header.id]) {
                let known = headers.by_name.entry(name.value.clone()).or_default();
                known.push(headers.all.len());
            }
            headers.all.push(header);
        }
        headers
    }

    /// What is needed to run `files`.
    fn needed(&self, files: &BTreeSet<SourceId>) -> Needed {
        let mut needed = Needed::default();
        let is_named = |at: &usize| files.contains(&self.all[*at].id.span.source);
        let mut next: Vec<usize> = (0..self.all.len()).filter(is_named).collect();
        while let Some(at) = next.pop() {
            if !needed.revisions.insert(at) {
                continue;
            }
            let header = &self.all[at];
            for name in header.down_revisions.iter().chain(&header.depends_on) {
                let Some(known) = self.by_name.get(&name.value) else {
                    needed.lacking.insert(at);
                    continue;
                };
                for below in known {
                    needed.above.entry(*below).or_default().push(at);
                    next.push(*below);
                }
            }
        }
        needed
    }
}

impl Needed {
    /// Those that lack something, and those above a revision that cannot be read or that lacks something.
    fn blocked(&self, is_unread: impl Fn(&usize) -> bool) -> BTreeSet<usize> {
        let mut blocked = self.lacking.clone();
        let unread = self.revisions.iter().copied().filter(is_unread);
        let mut next: Vec<usize> = unread.chain(self.lacking.iter().copied()).collect();
        while let Some(at) = next.pop() {
            for above in self.above.get(&at).into_iter().flatten() {
                if blocked.insert(*above) {
                    next.push(*above);
                }
            }
        }
        blocked
    }
}
