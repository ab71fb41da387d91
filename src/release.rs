//! Releases: files `VERSION.md`, each with a YAML front matter and free text for people.
//!
//! Their order is that of their histories, not that of their numbers: 1.0.1 may stand beside 1.1.0.

pub mod edit;
mod notes;
mod seal;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result, nearest};
use crate::digest::{self, Digest};
use crate::graph::{Edges, RevisionGraph, RevisionIndex, RevisionSet};
use crate::source::{SourceId, Sources, Span, Spanned};
use crate::yaml;

pub use seal::{Seal, Sealer};

/// How the name of a release's file ends.
pub const EXTENSION: &str = ".md";

/// How the name of a bundle's folder goes on behind the version where other origins were asked for. No version holds it.
pub const FROM: &str = "_from";

/// What the anchor of a bundle begins with: the algorithm.
const ANCHOR: &str = "blake3:";

/// The anchor of a bundle by the text of its `B3SUMS`: whoever knows it knows every byte that the sums cover.
#[must_use]
pub fn anchor(sums: &[u8]) -> String {
    format!("{ANCHOR}{}", digest::checksum::blake3(sums))
}

/// Whether a text may be an anchor.
#[must_use]
pub fn is_anchor(text: &str) -> bool {
    text.strip_prefix(ANCHOR)
        .is_some_and(digest::is_hexadecimal)
}

/// A version as <https://semver.org> has it. Ordered by precedence, and by its build where that is equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(semver::Version);

impl Version {
    /// The version that `text` says.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        semver::Version::parse(text).ok().map(Self)
    }

    /// Whether it stands for work that is not final, such as `1.0.0-rc.1`.
    #[must_use]
    pub fn is_pre_release(&self) -> bool {
        !self.0.pre.is_empty()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What a release takes a database from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// An empty history.
    Base,
    Release(Version),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => formatter.write_str("base"),
            Self::Release(version) => version.fmt(formatter),
        }
    }
}

/// One release.
#[derive(Debug, Clone)]
pub struct Release {
    pub version: Spanned<Version>,
    /// At least one.
    pub from: Vec<Spanned<Origin>>,
    pub head: Spanned<RevisionIndex>,
    pub seal: Option<Seal>,
    /// Those of its bundles, by the names of their folders: what went out.
    pub anchors: BTreeMap<String, Spanned<String>>,
    /// Why it must not be used.
    pub withdrawn: Option<String>,
    /// The text for people, behind the front matter.
    pub notes: Span,
}

impl Release {
    /// The file of its notes.
    #[must_use]
    pub fn file(&self) -> SourceId {
        self.notes.source
    }
}

/// The lines of a seal at the end of the front matter.
#[must_use]
pub fn seal_lines(digest: Digest, covers: &[String]) -> String {
    let mut lines = format!("seal: {digest}\nsealed:\n");
    for line in covers {
        let _ = writeln!(lines, "  - {}", yaml::quoted(line));
    }
    lines
}

/// The notes of a new release, for people to go on with.
#[must_use]
pub fn draft(
    version: &Version,
    from: &[Origin],
    head: RevisionIndex,
    graph: &RevisionGraph,
    releases: &Releases,
) -> String {
    let from_text: Vec<String> = from.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "---\nversion: {version}\nfrom: [{}]\nhead: {}\n---\n",
        from_text.join(", "),
        yaml::quoted(graph.id(head))
    );
    for revision in releases.added(from, head, graph) {
        let message = &graph.header(revision).message;
        if !message.is_empty() {
            let _ = writeln!(text, "- {message}");
        }
    }
    text
}

/// All releases of a project.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    by_version: BTreeMap<Version, Release>,
    /// So that each follows those that it comes from.
    order: Vec<Version>,
}

impl Releases {
    /// Reads the releases in `files`, whose heads are revisions of `graph`.
    pub fn read(sources: &Sources, files: &[SourceId], graph: &RevisionGraph) -> Result<Self> {
        let mut diagnostics = Diagnostics::default();
        let mut by_version: BTreeMap<Version, Release> = BTreeMap::new();
        for id in files {
            let Some(release) = diagnostics.absorb(notes::read(sources, *id, graph)) else {
                continue;
            };
            let same = by_version.values().find(|it| {
                it.version
                    .value
                    .0
                    .cmp_precedence(&release.version.value.0)
                    .is_eq()
            });
            if let Some(same) = same {
                let message = format!(
                    "{} and {} are one version",
                    same.version.value, release.version.value
                );
                let diagnostic = Diagnostic::error(Code::Release, release.version.span, message)
                    .related(same.version.span, "the other one")
                    .help("give one of them another number: what follows `+` does not tell versions apart");
                diagnostics.push(diagnostic);
                continue;
            }
            by_version.insert(release.version.value.clone(), release);
        }
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let mut releases = Self {
            by_version,
            order: Vec::new(),
        };
        releases.check_origins(graph, &mut diagnostics);
        if diagnostics.is_empty() {
            releases.sort(&mut diagnostics);
        }
        diagnostics.into_result(releases)
    }

    /// The release of that version.
    #[must_use]
    pub fn get(&self, version: &Version) -> Option<&Release> {
        self.by_version.get(version)
    }

    /// All releases so that each follows those that it comes from, the smaller version first where nothing else decides.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Release> {
        self.order.iter().map(|it| &self.by_version[it])
    }

    /// The revision that an origin stands for; none for the base.
    #[must_use]
    pub fn head_of(&self, origin: &Origin) -> Option<RevisionIndex> {
        match origin {
            Origin::Base => None,
            Origin::Release(version) => self.get(version).map(|it| it.head.value),
        }
    }

    /// What a release from `from` to `head` adds to what is below all that it comes from, in the order of the graph.
    #[must_use]
    pub fn added(
        &self,
        from: &[Origin],
        head: RevisionIndex,
        graph: &RevisionGraph,
    ) -> Vec<RevisionIndex> {
        let below: Vec<RevisionSet> = from
            .iter()
            .map(|it| graph.ancestors(self.head_of(it).as_slice(), Edges::All))
            .collect();
        let own = graph.ancestors(&[head], Edges::All);
        graph.sorted(
            own.iter()
                .filter(|it| !below.iter().all(|below| below.contains(*it))),
        )
    }

    /// The nearest final releases at or below `head` that are not withdrawn, or the base where there are none.
    #[must_use]
    pub fn nearest(&self, head: RevisionIndex, graph: &RevisionGraph) -> Vec<Origin> {
        let below = graph.ancestors(&[head], Edges::All);
        let mut nearest: Vec<&Release> = Vec::new();
        for release in self.iter() {
            let is_candidate = below.contains(release.head.value)
                && !release.version.value.is_pre_release()
                && release.withdrawn.is_none();
            if !is_candidate {
                continue;
            }
            let passed = graph.ancestors(&[release.head.value], Edges::All);
            if nearest.iter().any(|it| {
                let over = graph.ancestors(&[it.head.value], Edges::All);
                it.head.value != release.head.value && over.contains(release.head.value)
            }) {
                continue;
            }
            nearest.retain(|it| !passed.contains(it.head.value));
            nearest.push(release);
        }
        if nearest.is_empty() {
            return vec![Origin::Base];
        }
        let origins = nearest.into_iter();
        origins
            .map(|it| Origin::Release(it.version.value.clone()))
            .collect()
    }

    fn check_origins(&self, graph: &RevisionGraph, diagnostics: &mut Diagnostics) {
        for release in self.by_version.values() {
            let below = graph.ancestors(&[release.head.value], Edges::All);
            for origin in &release.from {
                let Origin::Release(version) = &origin.value else {
                    continue;
                };
                let Some(start) = self.get(version) else {
                    let known: Vec<String> =
                        self.by_version.keys().map(ToString::to_string).collect();
                    let near = nearest(&version.to_string(), known.iter().map(String::as_str));
                    let help = match near {
                        Some(near) => format!("did you mean {near}?"),
                        None => "name a release that has notes, or `base`".to_owned(),
                    };
                    let message = format!("there is no release {version}");
                    let fault = Diagnostic::error(Code::Release, origin.span, message);
                    diagnostics.push(fault.help(help));
                    continue;
                };
                if !below.contains(start.head.value) {
                    let message = format!(
                        "the head {} does not follow {}, the head of release {version}",
                        graph.id(release.head.value),
                        graph.id(start.head.value)
                    );
                    let fault = Diagnostic::error(Code::Release, release.head.span, message);
                    let fault = fault.related(start.head.span, "this head is not below it");
                    diagnostics.push(
                        fault.help(
                            "name a head that follows it, or leave that release out of `from`",
                        ),
                    );
                }
            }
        }
    }

    fn sort(&mut self, diagnostics: &mut Diagnostics) {
        let mut waiting: BTreeSet<&Version> = self.by_version.keys().collect();
        let mut order: Vec<Version> = Vec::with_capacity(waiting.len());
        while !waiting.is_empty() {
            let free = waiting.iter().copied().find(|version| {
                let from = &self.by_version[*version].from;
                from.iter().all(|it| match &it.value {
                    Origin::Base => true,
                    Origin::Release(it) => !waiting.contains(it),
                })
            });
            let Some(free) = free else {
                let names: Vec<String> = waiting.iter().map(ToString::to_string).collect();
                let first = waiting.first().map(|it| self.by_version[*it].version.span);
                let message = format!("releases come from each other: {}", names.join(", "));
                let fault = Diagnostic::error(Code::Release, first, message);
                diagnostics.push(fault.help("let each come from releases before it"));
                break;
            };
            waiting.remove(free);
            order.push(free.clone());
        }
        self.order = order;
    }
}
