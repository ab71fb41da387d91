//! What was claimed, and what came of it: `proof.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Manifest;
use crate::release;

/// The name of the file in a bundle. The sums do not cover it: it hangs on a server.
pub const FILE: &str = "proof.json";

/// The form of the file.
const FORMAT: u32 = 1;

/// The major versions that PostgreSQL may have.
const MAJORS: RangeInclusive<u32> = 12..=99;

/// The files of a bundle of which each proof claims something.
const SCRIPTS: [&str; 4] = ["preflight.sql", "upgrade.sql", "verify.sql", "rollback.sql"];

/// Something that limbeck says of a history, and whether it was so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// What it is said of: `revision 3f2a`, `upgrade.sql` …
    pub about: String,
    /// A sentence.
    pub claim: String,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// Whether a claim holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    Proved,
    /// It does not hold.
    Failed {
        why: String,
    },
    /// Nothing is known.
    NotProved {
        why: String,
    },
}

/// What was tried on one or more servers with one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    pub format: u32,
    pub release: String,
    /// Its anchor.
    pub bundle: String,
    pub servers: Vec<OnServer>,
}

/// What was tried on one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnServer {
    /// Such as `15.18`.
    pub version: String,
    pub claims: Vec<Claim>,
}

impl Claim {
    #[must_use]
    pub fn new(about: impl Into<String>, claim: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            about: about.into(),
            claim: claim.into(),
            outcome,
        }
    }

    #[must_use]
    pub fn failed(&self) -> bool {
        match self.outcome {
            Outcome::Failed { .. } => true,
            Outcome::Proved | Outcome::NotProved { .. } => false,
        }
    }
}

impl Outcome {
    /// Proved where nothing is wrong.
    #[must_use]
    pub fn of(faults: &[String]) -> Self {
        if faults.is_empty() {
            Self::Proved
        } else {
            Self::Failed {
                why: faults.join("\n"),
            }
        }
    }
}

impl Proof {
    /// Of the bundle with these files.
    #[must_use]
    pub fn new(
        version: &str,
        files: &BTreeMap<&'static str, String>,
        servers: Vec<OnServer>,
    ) -> Self {
        Self {
            format: FORMAT,
            release: version.to_owned(),
            bundle: release::anchor(files["B3SUMS"].as_bytes()),
            servers,
        }
    }

    /// The text of the file.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string_pretty(self).expect("a proof is JSON") + "\n"
    }

    /// What is wrong with a file that was read, as words that go on behind its name; none where it speaks of the bundle with
    /// this manifest and these `B3SUMS`, of every revision and script in it, and nothing in it failed.
    #[must_use]
    pub fn fault(bytes: &[u8], manifest: &Manifest, sums: &[u8]) -> Option<String> {
        let Ok(proof) = serde_json::from_slice::<Self>(bytes) else {
            return Some("is no proof that this limbeck can read".to_owned());
        };
        if proof.format != FORMAT {
            return Some(format!(
                "has the form {}, and this limbeck knows {FORMAT}",
                proof.format
            ));
        }
        if proof.release != manifest.release || proof.bundle != release::anchor(sums) {
            return Some("speaks of another bundle".to_owned());
        }
        let claims = proof.servers.iter().flat_map(|it| &it.claims);
        let failed = claims.filter(|it| it.failed()).count();
        if failed > 0 {
            return Some(format!("tells of {failed} claims that do not hold"));
        }
        let missing = proof.missing(manifest)?;
        let release = &manifest.release;
        Some(format!("{missing}: run `limbeck prove {release}`"))
    }

    /// What it does not tell of a bundle, as words that go on behind its name.
    fn missing(&self, manifest: &Manifest) -> Option<String> {
        if self.servers.is_empty() {
            return Some("names no server".to_owned());
        }
        let revisions = manifest.steps.iter();
        let revisions = revisions.map(|it| format!("revision {}", it.revision));
        let scripts = SCRIPTS.iter();
        let scripts = scripts.map(|it| format!("{} {it}", manifest.release));
        let wanted: Vec<String> = revisions.chain(scripts).collect();
        self.servers.iter().find_map(|server| {
            let version = &server.version;
            let major = version.split(|it: char| !it.is_ascii_digit()).next();
            let major: Option<u32> = major.and_then(|it| it.parse().ok());
            if !major.is_some_and(|it| MAJORS.contains(&it)) {
                return Some(format!(
                    "names a server of version {version:?}, which is none"
                ));
            }
            let told: BTreeSet<&str> = server.claims.iter().map(|it| it.about.as_str()).collect();
            let missing = wanted.iter().find(|it| !told.contains(it.as_str()))?;
            Some(format!(
                "claims nothing of {missing} on PostgreSQL {version}"
            ))
        })
    }
}

/// How much of a bundle was proved on one server, as its proof says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Such as `15.18`.
    pub server: String,
    pub proved: usize,
    pub not_proved: usize,
}

impl Tally {
    /// For each server of a proof that can be read.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Vec<Self> {
        let Ok(proof) = serde_json::from_slice::<Proof>(bytes) else {
            return Vec::new();
        };
        let tally = |it: OnServer| Self {
            server: it.version,
            proved: it
                .claims
                .iter()
                .filter(|it| it.outcome == Outcome::Proved)
                .count(),
            not_proved: it
                .claims
                .iter()
                .filter(|it| matches!(it.outcome, Outcome::NotProved { .. }))
                .count(),
        };
        proof.servers.into_iter().map(tally).collect()
    }
}
