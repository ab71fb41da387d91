//! Seals: what a release was when it went out, so that an edited history is noticed, and what was edited is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::digest::{self, Digest};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::release::head::{Checked, head};
use crate::release::{Origin, Release, Releases, Version, added};
use crate::source::{Sources, Spanned};
use crate::yaml::{self, Entry};

/// The form of seals: what they cover, and what an option means that one leaves out. There is one yet, in which `role` may be
/// left out, and is none then.
const FORMAT: &str = "1";

/// Options that a seal of this form may leave out.
const OPTIONAL: [&str; 1] = ["role"];

/// A seal as the notes of a release hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// `lb1:` and 64 hexadecimal digits.
    pub digest: Spanned<String>,
    /// Where the releases stand that it names.
    pub heads: BTreeMap<Version, RevisionIndex>,
    /// With what the release is compiled.
    options: Vec<Entry>,
    /// What it names, in lines: heads of releases, and what each revision was, the latter for messages only.
    covers: Vec<String>,
}

/// What seals a release.
#[derive(Debug)]
pub struct Sealed {
    pub digest: Digest,
    options: Vec<(&'static str, String)>,
    covers: Vec<String>,
}

impl Sealed {
    /// The lines of the front matter.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut lines = "options:\n".to_owned();
        for (key, value) in &self.options {
            let is_number = *key == "minimum_server";
            let value = if is_number {
                value.clone()
            } else {
                yaml::quoted(value)
            };
            let _ = writeln!(lines, "  {key}: {value}");
        }
        let _ = writeln!(lines, "seal: {}\nsealed:", self.digest);
        for line in &self.covers {
            let _ = writeln!(lines, "  - {}", yaml::quoted(line));
        }
        lines
    }
}

impl Seal {
    /// The seal that `lines` and `options` go with.
    pub(super) fn read(
        digest: Spanned<String>,
        lines: &[Spanned<String>],
        options: Option<Spanned<Vec<Entry>>>,
        graph: &RevisionGraph,
    ) -> Result<Self> {
        let seal_again = "if the release was never published, remove `options`, `seal`, `sealed` and `anchors`, and seal it again";
        let fault = |place, message: String| {
            Diagnostic::error(Code::Release, place, message).help(seal_again)
        };
        let Some(first) = lines.first() else {
            return Err(fault(digest.span, "the seal has no `sealed` lines".to_owned()).into());
        };
        match first.value.strip_prefix("format ") {
            Some(FORMAT) => {}
            Some(other) => {
                let message =
                    format!("the seal has format {other}, but this limbeck reads format {FORMAT}");
                return Err(Diagnostic::error(Code::Release, first.span, message)
                    .help("use the version of limbeck that sealed it, or a newer one")
                    .into());
            }
            None => return Err(fault(first.span, "the seal has no format".to_owned()).into()),
        }
        let Some(options) = options else {
            return Err(fault(digest.span, "the seal has no `options`".to_owned()).into());
        };
        Config::default().with_options(&options.value)?;
        let mut known = Config::default().options();
        known.retain(|it| !OPTIONAL.contains(&it.0));
        for (key, _) in known {
            if options.value.iter().all(|it| it.0.value != key) {
                return Err(fault(options.span, format!("the seal has no option `{key}`")).into());
            }
        }
        let mut heads = BTreeMap::new();
        for line in lines {
            let found: Checked<Option<(Version, RevisionIndex)>> = named_head(line, graph);
            heads.extend(found?);
        }
        Ok(Self {
            digest,
            heads,
            options: options.value,
            covers: lines.iter().map(|it| it.value.clone()).collect(),
        })
    }

    /// Whether a text may be the digest of a seal.
    #[must_use]
    pub fn is_digest(text: &str) -> bool {
        text.strip_prefix("lb1:")
            .is_some_and(digest::is_hexadecimal)
    }

    /// What `project` says, with the options of the seal.
    pub(super) fn config(&self, project: &Config) -> Config {
        let config = project.with_options(&self.options);
        config.expect("the options were read")
    }
}

/// The release and its head in a line that says from where or through which a release leads.
fn named_head(
    line: &Spanned<String>,
    graph: &RevisionGraph,
) -> Checked<Option<(Version, RevisionIndex)>> {
    let words: Vec<&str> = line.value.split(' ').collect();
    let ["from" | "through", version, id] = words.as_slice() else {
        return Ok(None);
    };
    let Some(version) = Version::parse(version) else {
        return Ok(None);
    };
    Ok(Some((version, head(id, line.span, graph)?)))
}

/// Something that is not what it was when a release was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub of: Edited,
    /// What is said of it where the release stands for itself.
    pub fault: Diagnostic,
}

/// What was edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// It is another one, or came, or is gone.
    Revision(String),
    /// What the release names.
    Notes,
    /// The seal does not say what; it may be something below.
    Something,
}

/// A project whose releases are sealed.
#[derive(Debug, Clone, Copy)]
pub struct Sealer<'a> {
    pub sources: &'a Sources,
    pub config: &'a Config,
    pub graph: &'a RevisionGraph,
    pub releases: &'a Releases,
    /// By revision.
    pub digests: &'a [Digest],
}

impl Sealer<'_> {
    /// The seal that fits `release` as it is now.
    #[must_use]
    pub fn seal(self, release: &Release) -> Sealed {
        let mut through: Vec<Origin> = release
            .through
            .iter()
            .map(|it| Origin::Release(it.value.clone()))
            .collect();
        through.sort_unstable();
        let from = release.origins();
        let named = from.iter().map(|it| ("from", it));
        let named = named.chain(through.iter().map(|it| ("through", it)));
        let mut covers = vec![format!("format {FORMAT}")];
        covers.extend(
            named.map(|(kind, it)| match self.releases.head_for(release, it) {
                Some(head) => format!("{kind} {it} {}", self.graph.id(head)),
                None => format!("{kind} {it}"),
            }),
        );
        let head = release.head.value;
        let options = release.config(self.config).options();
        let mut lines = covers.clone();
        lines.push(format!("release {}", release.version.value));
        lines.push(format!("head {}", self.graph.id(head)));
        lines.push(format!("history {}", self.digests[head.index()]));
        lines.extend(
            options
                .iter()
                .map(|(key, value)| format!("option {key} {value}")),
        );
        let digest = digest::seal_digest(lines.iter().map(String::as_str));
        let from = from.iter().map(|it| self.releases.head_for(release, it));
        let added = added(from.collect(), head, self.graph);
        covers.extend(added.into_iter().map(|it| self.revision(it)));
        Sealed {
            digest,
            options,
            covers,
        }
    }

    fn revision(self, revision: RevisionIndex) -> String {
        let own = digest::own_digest(self.graph, self.sources, revision).to_string();
        let short = own.strip_prefix("lb1:").map_or("", |it| &it[..16]);
        format!("revision {} {short}", self.graph.id(revision))
    }

    /// Everything that was edited since a release was sealed.
    #[must_use]
    pub fn check(self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        for release in self.releases.iter() {
            match self.named(release) {
                // What an earlier release covers was told of that one.
                Some(named) if named.is_empty() && !diagnostics.is_empty() => {}
                Some(named) if named.is_empty() => diagnostics.push(self.unnamed(release).fault),
                Some(named) => named.into_iter().for_each(|it| diagnostics.push(it.fault)),
                None => {}
            }
        }
        diagnostics
    }

    /// Everything that was edited since `release` was sealed.
    #[must_use]
    pub fn edits(self, release: &Release) -> Vec<Edit> {
        match self.named(release) {
            Some(named) if named.is_empty() => vec![self.unnamed(release)],
            named => named.unwrap_or_default(),
        }
    }

    /// The edits that the lines of its seal name; none where it fits.
    fn named(self, release: &Release) -> Option<Vec<Edit>> {
        let seal = release.seal.as_ref()?;
        let now = self.seal(release);
        (now.digest.to_string() != seal.digest.value)
            .then(|| self.name_edits(release, seal, &now.covers))
    }

    /// What can be said where the lines of its seal name nothing.
    fn unnamed(self, release: &Release) -> Edit {
        let message = format!(
            "release {} is not what was sealed: its `from`, `through`, `head` or `options`, or the history below it, was changed",
            release.version.value
        );
        let place = release.seal.as_ref().map(|it| it.digest.span);
        let fault = Diagnostic::error(Code::EditedRelease, place, message);
        Edit {
            of: Edited::Something,
            fault: fault.help(self.help(release)),
        }
    }

    fn name_edits(self, release: &Release, seal: &Seal, now: &[String]) -> Vec<Edit> {
        let version = &release.version.value;
        let mut edits = Vec::new();
        let mut tell = |of, place, message: String| {
            let fault = Diagnostic::error(Code::EditedRelease, place, message)
                .related(seal.digest.span, "the seal is here")
                .help(self.help(release));
            edits.push(Edit { of, fault });
        };
        let (before, now): (BTreeSet<&String>, BTreeSet<&String>) =
            (seal.covers.iter().collect(), now.iter().collect());
        let parts = |line: &str| -> (String, String, String) {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            let mut next = || words.next().unwrap_or_default();
            (next(), next(), next())
        };
        let place = |id: &str| {
            let mut all = self.graph.order().iter();
            let found = all.find(|it| self.graph.id(**it) == id);
            found.map_or(seal.digest.span, |it| self.graph.header(*it).id.span)
        };
        for line in before.difference(&now) {
            let (kind, name, _) = parts(line);
            let same = now
                .iter()
                .map(|it| parts(it))
                .find(|it| it.0 == kind && it.1 == name);
            match (kind.as_str(), same) {
                ("revision", Some(_)) => tell(
                    Edited::Revision(name.clone()),
                    place(&name),
                    format!("revision {name} was edited after release {version} was sealed"),
                ),
                ("revision", None) => tell(
                    Edited::Revision(name.clone()),
                    seal.digest.span,
                    format!(
                        "revision {name} is no longer part of release {version}, but was when it was sealed"
                    ),
                ),
                ("from" | "through", _) => tell(
                    Edited::Notes,
                    seal.digest.span,
                    format!(
                        "`{kind}` no longer names {name}, but did when release {version} was sealed"
                    ),
                ),
                _ => {}
            }
        }
        for line in now.difference(&before) {
            let (kind, name, _) = parts(line);
            if before
                .iter()
                .any(|it| parts(it).0 == kind && parts(it).1 == name)
            {
                continue;
            }
            match kind.as_str() {
                "revision" => tell(
                    Edited::Revision(name.clone()),
                    place(&name),
                    format!("revision {name} was added to release {version} after it was sealed"),
                ),
                "from" | "through" => tell(
                    Edited::Notes,
                    seal.digest.span,
                    format!(
                        "`{kind}` now names {name}, but did not when release {version} was sealed"
                    ),
                ),
                _ => {}
            }
        }
        edits
    }

    #[expect(clippy::unused_self, reason = "it reads as the others do")]
    fn help(self, release: &Release) -> String {
        format!(
            "databases may have run it: revert the edit, and write a new revision instead; if the release was never published, remove `options`, `seal`, `sealed` and `anchors` from its notes and run: limbeck release {} --seal",
            release.version.value
        )
    }
}
