//! Seals: what a release was when it went out, so that an edited history is noticed, and what was edited is named.

use std::collections::BTreeSet;

use crate::config::{Config, Transaction};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::digest::{self, Digest};
use crate::graph::{RevisionGraph, RevisionIndex};
use crate::source::{Sources, Spanned};

use super::{Origin, Release, Releases};

/// A seal as the notes of a release hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// `lb1:` and 64 hexadecimal digits.
    pub digest: Spanned<String>,
    /// What each revision and option was, in lines: for messages only, the digest decides.
    pub covers: Vec<String>,
}

impl Seal {
    /// Whether a text may be the digest of a seal.
    #[must_use]
    pub fn is_digest(text: &str) -> bool {
        text.strip_prefix("lb1:")
            .is_some_and(digest::is_hexadecimal)
    }
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
    /// The seal that fits `release` as it is now, and the lines that go with it.
    #[must_use]
    pub fn seal(self, release: &Release) -> (Digest, Vec<String>) {
        let mut lines = vec![format!("release {}", release.version.value)];
        let mut from: Vec<&Origin> = release.from.iter().map(|it| &it.value).collect();
        from.sort_unstable();
        lines.extend(from.iter().map(|it| format!("from {it}")));
        let head = release.head.value;
        lines.push(format!("head {}", self.graph.id(head)));
        lines.push(format!("history {}", self.digests[head.index()]));
        let options = self.options();
        lines.extend(options.iter().cloned());
        let digest = digest::seal_digest(lines.iter().map(String::as_str));
        let mut covers = options;
        let from: Vec<Origin> = release.from.iter().map(|it| it.value.clone()).collect();
        let added = self.releases.added(&from, head, self.graph);
        covers.extend(added.into_iter().map(|it| self.revision(it)));
        (digest, covers)
    }

    /// Every option that changes a script.
    fn options(self) -> Vec<String> {
        let config = self.config;
        let mut options = vec![
            ("dialect", config.dialect.to_owned()),
            ("minimum_server", config.minimum_server.to_string()),
            ("schema", config.schema.clone()),
            ("version_table", config.version_table.clone()),
            (
                "version_table_schema",
                config.version_table_schema().to_owned(),
            ),
            (
                "transaction",
                match config.transaction {
                    Transaction::Revision => "revision".to_owned(),
                    Transaction::Release => "release".to_owned(),
                },
            ),
        ];
        options.extend(config.role.clone().map(|it| ("role", it)));
        options.extend(
            config
                .lock_timeout
                .map(|it| ("lock_timeout", it.to_string())),
        );
        options.extend(
            config
                .statement_timeout
                .map(|it| ("statement_timeout", it.to_string())),
        );
        options
            .into_iter()
            .map(|(name, value)| format!("option {name} {value}"))
            .collect()
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
                Some(named) if named.is_empty() => diagnostics.extend(self.unnamed(release)),
                Some(named) => diagnostics.extend(named),
                None => {}
            }
        }
        diagnostics
    }

    /// Everything that was edited since `release` was sealed.
    #[must_use]
    pub fn edits(self, release: &Release) -> Diagnostics {
        match self.named(release) {
            Some(named) if named.is_empty() => self.unnamed(release),
            named => named.unwrap_or_default(),
        }
    }

    /// The edits that the lines of its seal name; none where it fits.
    fn named(self, release: &Release) -> Option<Diagnostics> {
        let seal = release.seal.as_ref()?;
        let (digest, covers) = self.seal(release);
        if digest.to_string() == seal.digest.value {
            return None;
        }
        let mut diagnostics = Diagnostics::default();
        self.name_edits(release, seal, &covers, &mut diagnostics);
        Some(diagnostics)
    }

    /// What can be said where the lines of its seal name nothing.
    fn unnamed(self, release: &Release) -> Diagnostics {
        let message = format!(
            "release {} is not what was sealed: its `from` or `head` is another, or the history below it",
            release.version.value
        );
        let place = release.seal.as_ref().map(|it| it.digest.span);
        Diagnostic::error(Code::EditedRelease, place, message)
            .help(self.help(release))
            .into()
    }

    fn name_edits(
        self,
        release: &Release,
        seal: &Seal,
        now: &[String],
        diagnostics: &mut Diagnostics,
    ) {
        let version = &release.version.value;
        let mut tell = |place, message: String| {
            let fault = Diagnostic::error(Code::EditedRelease, place, message)
                .related(seal.digest.span, "this is its seal")
                .help(self.help(release));
            diagnostics.push(fault);
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
            let (kind, name, old) = parts(line);
            let same = now
                .iter()
                .map(|it| parts(it))
                .find(|it| it.0 == kind && it.1 == name);
            match (kind.as_str(), same) {
                ("revision", Some(_)) => tell(
                    place(&name),
                    format!("revision {name} was edited after release {version} was sealed"),
                ),
                ("revision", None) => tell(
                    seal.digest.span,
                    format!(
                        "revision {name} is no part of release {version} any more, which was sealed with it"
                    ),
                ),
                ("option", now) => {
                    let now = now.map_or_else(|| "left out".to_owned(), |it| it.2);
                    tell(
                        seal.digest.span,
                        format!(
                            "the option `{name}` was {old} when release {version} was sealed, and is {now}"
                        ),
                    );
                }
                _ => {}
            }
        }
        for line in now.difference(&before) {
            let (kind, name, value) = parts(line);
            if before
                .iter()
                .any(|it| parts(it).0 == kind && parts(it).1 == name)
            {
                continue;
            }
            match kind.as_str() {
                "revision" => tell(
                    place(&name),
                    format!("revision {name} came into release {version} after it was sealed"),
                ),
                _ => tell(
                    seal.digest.span,
                    format!(
                        "the option `{name}` was left out when release {version} was sealed, and is {value}"
                    ),
                ),
            }
        }
    }

    #[expect(clippy::unused_self, reason = "it reads as the others do")]
    fn help(self, release: &Release) -> String {
        format!(
            "databases have it as it was: put it back, and write a new revision; if the release never went out, remove `seal`, `sealed` and `anchors` from its notes, then: limbeck release {} --seal",
            release.version.value
        )
    }
}
