//! Releases: files `VERSION.md`, each with a YAML front matter and free text for people.
//!
//! Their order is that of their histories, not that of their numbers: 1.0.1 may stand beside 1.1.0.

pub mod edit;
mod head;
mod notes;
mod seal;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result, nearest};
use crate::digest;
use crate::graph::{Edges, RevisionGraph, RevisionIndex, RevisionSet};
use crate::markdown;
use crate::source::{SourceId, Sources, Span, Spanned};
use crate::yaml;

pub use seal::{Edit, Edited, Seal, Sealed, Sealer};

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

    /// The version that was meant by a text that is none, as one that begins with `v` or lacks its last numbers.
    #[must_use]
    pub fn near(text: &str) -> Option<Self> {
        let bare = text.trim().trim_start_matches(['v', 'V']);
        let dots = bare
            .bytes()
            .take_while(|it| matches!(it, b'0'..=b'9' | b'.'));
        let missing = 2_usize.saturating_sub(dots.filter(|it| *it == b'.').count());
        let (numbers, rest) = bare.split_at(bare.find(['-', '+']).unwrap_or(bare.len()));
        Self::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing)))
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
    /// Other releases on the way that its scripts know by name.
    pub through: Vec<Spanned<Version>>,
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

    /// With what it is compiled: the options of its seal, and what the project says of all else.
    #[must_use]
    pub fn config(&self, project: &Config) -> Config {
        match &self.seal {
            None => project.clone(),
            Some(seal) => seal.config(project),
        }
    }

    /// Whether its seal says where a release stands that it names.
    fn holds(&self, version: &Version) -> bool {
        let seal = self.seal.as_ref();
        seal.is_some_and(|it| it.heads.contains_key(version))
    }

    /// Its own origins, sorted: the order in which they are written says nothing.
    #[must_use]
    pub fn origins(&self) -> Vec<Origin> {
        let mut from: Vec<Origin> = self.from.iter().map(|it| it.value.clone()).collect();
        from.sort_unstable();
        from
    }
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
    let list = |names: Vec<String>| names.join(", ");
    let mut text = format!(
        "---\nversion: {version}\nfrom: [{}]\n",
        list(from.iter().map(ToString::to_string).collect())
    );
    let through = releases.passed(from, head, graph);
    let through: Vec<String> = through.iter().map(ToString::to_string).collect();
    if !through.is_empty() {
        let _ = writeln!(text, "through: [{}]", list(through));
    }
    let _ = writeln!(text, "head: {}\n---", yaml::quoted(graph.id(head)));
    for revision in releases.added(from, head, graph) {
        let message = &graph.header(revision).message;
        if !message.is_empty() {
            let _ = writeln!(text, "- {}", markdown::line(message));
        }
    }
    text
}

/// What is at or below `head` and not below all of `from`, in the order of the graph; none is the base.
fn added(
    from: Vec<Option<RevisionIndex>>,
    head: RevisionIndex,
    graph: &RevisionGraph,
) -> Vec<RevisionIndex> {
    let below: Vec<RevisionSet> = from
        .into_iter()
        .map(|it| graph.ancestors(it.as_slice(), Edges::All))
        .collect();
    let own = graph.ancestors(&[head], Edges::All);
    graph.sorted(
        own.iter()
            .filter(|it| !below.iter().all(|below| below.contains(*it))),
    )
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
                    "{} and {} are the same version",
                    same.version.value, release.version.value
                );
                let diagnostic = Diagnostic::error(Code::Release, release.version.span, message)
                    .related(same.version.span, "the other release")
                    .help("give one of them another number: the part after `+` does not make a different version");
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
            releases.check_through(graph, &mut diagnostics);
        }
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

    /// The revision that an origin, or a release that is passed, stands for as `release` sees it: a seal holds those that
    /// it names, so that nothing that is written later moves them.
    #[must_use]
    pub fn head_for(&self, release: &Release, origin: &Origin) -> Option<RevisionIndex> {
        if let (Origin::Release(version), Some(seal)) = (origin, &release.seal)
            && let Some(head) = seal.heads.get(version)
        {
            return Some(*head);
        }
        self.head_of(origin)
    }

    /// Where the releases stand that `release` passes from `from`: those that its own notes name, so that none written
    /// later is among them, and, from other origins than its own, those that the notes of these name.
    #[must_use]
    pub fn passes(&self, release: &Release, from: &[Origin]) -> BTreeMap<Origin, RevisionIndex> {
        let mut passes = BTreeMap::new();
        let mut waiting = vec![release];
        while let Some(release) = waiting.pop() {
            let through = release.through.iter();
            let through = through.map(|it| Origin::Release(it.value.clone()));
            let own = release.origins();
            for origin in through.chain(own.iter().cloned()) {
                let Some(head) = self.head_for(release, &origin) else {
                    continue;
                };
                if from.contains(&origin) || passes.contains_key(&origin) {
                    continue;
                }
                if let (Origin::Release(version), true) = (&origin, own.contains(&origin)) {
                    waiting.extend(self.get(version));
                }
                passes.insert(origin, head);
            }
        }
        passes
    }

    /// Those whose heads lie between `from` and `head`, without those that it comes from.
    fn passed(&self, from: &[Origin], head: RevisionIndex, graph: &RevisionGraph) -> Vec<Version> {
        let below = from.iter().map(|it| self.head_of(it)).collect();
        let added = added(below, head, graph);
        self.iter()
            .filter(|it| added.contains(&it.head.value))
            .map(|it| it.version.value.clone())
            .filter(|it| !from.contains(&Origin::Release(it.clone())))
            .collect()
    }

    /// What a release from `from` to `head` adds to what is below all that it comes from, in the order of the graph.
    #[must_use]
    pub fn added(
        &self,
        from: &[Origin],
        head: RevisionIndex,
        graph: &RevisionGraph,
    ) -> Vec<RevisionIndex> {
        let below = from.iter().map(|it| self.head_of(it)).collect();
        added(below, head, graph)
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
                if release.holds(version) {
                    continue;
                }
                let Some(start) = self.get(version) else {
                    diagnostics.push(self.unknown(version, origin.span));
                    continue;
                };
                if !below.contains(start.head.value) {
                    let message = format!(
                        "the head {} does not follow {}, the head of release {version}",
                        graph.id(release.head.value),
                        graph.id(start.head.value)
                    );
                    let fault = Diagnostic::error(Code::Release, release.head.span, message);
                    let fault =
                        fault.related(start.head.span, "this head is not an ancestor of it");
                    diagnostics.push(
                        fault.help(
                            "set `head` to a revision that follows it, or remove that release from `from`",
                        ),
                    );
                }
            }
        }
    }

    /// What is wrong with the releases that another one passes.
    fn check_through(&self, graph: &RevisionGraph, diagnostics: &mut Diagnostics) {
        for release in self.by_version.values() {
            let below = release.from.iter();
            let below = below.map(|it| self.head_for(release, &it.value)).collect();
            let path = added(below, release.head.value, graph);
            for passed in &release.through {
                let version = &passed.value;
                if release.holds(version) {
                    continue;
                }
                let Some(known) = self.get(version) else {
                    diagnostics.push(self.unknown(version, passed.span));
                    continue;
                };
                let own = &release.version.value;
                let message = if version == own {
                    format!("`through` of release {own} names the release itself")
                } else if release
                    .origins()
                    .contains(&Origin::Release(version.clone()))
                {
                    format!("release {own} starts from {version}, so it cannot be in `through`")
                } else if path.contains(&known.head.value) {
                    continue;
                } else {
                    format!(
                        "release {own} does not go through {version}: the head {} is not on its way",
                        graph.id(known.head.value)
                    )
                };
                let fault = Diagnostic::error(Code::Release, passed.span, message);
                diagnostics.push(fault.help(
                    "remove it from `through`, which lists the other releases between `from` and `head`",
                ));
            }
        }
    }

    fn unknown(&self, version: &Version, place: Span) -> Diagnostic {
        let known: Vec<String> = self.by_version.keys().map(ToString::to_string).collect();
        let near = nearest(&version.to_string(), known.iter().map(String::as_str));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "name a release that has notes, or `base`".to_owned(),
        };
        let message = format!("there is no release {version}");
        Diagnostic::error(Code::Release, place, message).help(help)
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
                let message = format!("these releases start from each other: {}", names.join(", "));
                let fault = Diagnostic::error(Code::Release, first, message);
                diagnostics
                    .push(fault.help("change `from` so that each starts from earlier releases"));
                break;
            };
            waiting.remove(free);
            order.push(free.clone());
        }
        self.order = order;
    }
}
