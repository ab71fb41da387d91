//! `manifest.json`: what a bundle is, for programs. `manifest.schema.json` describes it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::sums::Sums;
use crate::inverse::Fidelity;
use crate::lower::Lowered;
use crate::operation::Operation;
use crate::plan::parts::{self, Part, part_of_each};
use crate::script::pack::{self, Pack, Undo};

/// The number of the form that is written, and the only one that is read.
pub const FORMAT: u32 = 1;

/// The program, as a manifest names it.
pub const TOOL: &str = env!("CARGO_PKG_NAME");

/// Its version, as a manifest names it.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The JSON schema of manifests.
pub const SCHEMA: &str = include_str!("manifest.schema.json");

/// What a bundle is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    pub tool: Tool,
    /// The version of the release.
    pub release: String,
    /// Of the release; none where it is not sealed.
    pub seal: Option<String>,
    /// Of the history below and at the head.
    pub digest: String,
    pub dialect: String,
    pub minimum_server: u32,
    pub schema: String,
    pub version_table: VersionTable,
    pub from: Vec<Point>,
    pub to: Point,
    /// Whether a step changes rows.
    pub data: bool,
    /// In the order of the upgrade.
    pub steps: Vec<RevisionEntry>,
    /// Every file but this one and those of the sums.
    pub files: BTreeMap<String, File>,
}

/// What wrote a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// Where a database keeps its revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionTable {
    pub schema: String,
    pub name: String,
}

/// A release, or the base, and the row of the version table that stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    pub name: String,
    pub revision: Option<String>,
}

/// One revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevisionEntry {
    pub revision: String,
    pub message: String,
    pub digest: String,
    pub needs: Vec<String>,
    /// Whether it changes rows.
    pub data: bool,
    /// Of its rollback, in words.
    pub fidelity: Vec<String>,
    /// Why there is no rollback.
    pub irreversible: Option<String>,
    pub upgrade: Vec<PartEntry>,
    /// Empty where there is none.
    pub rollback: Vec<PartEntry>,
}

/// What runs as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartEntry {
    pub kind: PartKind,
    pub title: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PartKind {
    Transaction,
    /// PostgreSQL refuses it in a transaction.
    Alone,
}

/// What a file of the bundle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub blake3: String,
    pub sha256: String,
    /// In bytes.
    pub size: u64,
}

impl Manifest {
    /// The manifest of a bundle that holds nothing yet.
    #[must_use]
    pub fn new(pack: &Pack, seal: Option<&str>) -> Self {
        let config = &pack.config;
        let steps: Vec<RevisionEntry> = pack.steps.iter().map(RevisionEntry::new).collect();
        Self {
            format: FORMAT,
            tool: Tool {
                name: TOOL.to_owned(),
                version: TOOL_VERSION.to_owned(),
            },
            release: pack.version.clone(),
            seal: seal.map(str::to_owned),
            digest: pack.digest.clone(),
            dialect: config.dialect.to_owned(),
            minimum_server: config.minimum_server,
            schema: config.schema.clone(),
            version_table: VersionTable {
                schema: config.version_table_schema().to_owned(),
                name: config.version_table.clone(),
            },
            from: pack.from.iter().map(Point::new).collect(),
            to: Point::new(&pack.to),
            data: steps.iter().any(|it| it.data),
            steps,
            files: BTreeMap::new(),
        }
    }

    /// The manifest that `bytes` are; none where they are none of this form.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(bytes).ok()?;
        (manifest.format == FORMAT).then_some(manifest)
    }

    /// The text, its keys sorted.
    #[must_use]
    pub fn write(&self) -> String {
        sorted(self)
    }

    /// What the sources decide whatever version of the program compiles them: the release, the options, the rows of
    /// the version table, and the steps by their digests.
    #[must_use]
    pub fn plan(&self) -> String {
        let steps: Vec<_> = self
            .steps
            .iter()
            .map(|it| {
                // The order in which a merge names its parents says nothing.
                let needs: BTreeSet<&String> = it.needs.iter().collect();
                serde_json::json!({
                    "revision": it.revision,
                    "message": it.message,
                    "digest": it.digest,
                    "needs": needs,
                    "irreversible": it.irreversible,
                })
            })
            .collect();
        sorted(&serde_json::json!({
            "release": self.release,
            "seal": self.seal,
            "digest": self.digest,
            "dialect": self.dialect,
            "minimum_server": self.minimum_server,
            "schema": self.schema,
            "version_table": self.version_table,
            "from": self.from,
            "to": self.to,
            "steps": steps,
        }))
    }
}

/// Pretty-printed, with sorted keys and a line end.
fn sorted(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("text and numbers are always JSON");
    serde_json::to_string_pretty(&value).expect("a value is always JSON") + "\n"
}

impl Point {
    fn new(point: &pack::Point) -> Self {
        Self {
            name: point.name.clone(),
            revision: point.revision.as_ref().map(ToString::to_string),
        }
    }
}

impl RevisionEntry {
    fn new(step: &pack::PackedRevision) -> Self {
        let irreversible = match &step.downgrade {
            Undo::Parts(_) | Undo::Written { .. } => None,
            Undo::Irreversible(reason) => Some(reason.clone()),
        };
        Self {
            revision: step.revision.to_string(),
            message: step.message.clone(),
            digest: step.digest.clone(),
            needs: step.needs.iter().map(ToString::to_string).collect(),
            data: step.operations().any(is_data),
            fidelity: words(&step.downgrade.fidelity()),
            irreversible,
            upgrade: titled(&step.upgrade),
            rollback: rollback(step),
        }
    }
}

/// Whether an operation changes rows and nothing else.
pub(super) fn is_data(operation: &Operation) -> bool {
    matches!(operation, Operation::Data(_))
}

/// What a way back does not restore, in words; `exact` for nothing.
#[must_use]
pub fn words(fidelity: &Fidelity) -> Vec<String> {
    if fidelity.0.is_empty() {
        return vec!["exact".to_owned()];
    }
    fidelity.0.iter().map(|it| it.words().to_owned()).collect()
}

fn kind(part: &Part<'_>) -> PartKind {
    match part {
        Part::Transaction(_) => PartKind::Transaction,
        Part::Alone(..) => PartKind::Alone,
    }
}

/// Each part with the titles of what ends in it.
fn titled(lowered: &[Lowered]) -> Vec<PartEntry> {
    let parts = parts::split(lowered);
    let mut titles: Vec<Vec<String>> = vec![Vec::new(); parts.len()];
    for (lowered, part) in lowered.iter().zip(part_of_each(lowered)) {
        titles[part].extend(lowered.operation().into_iter().flat_map(|it| it.titles()));
    }
    parts
        .iter()
        .zip(titles)
        .map(|(part, titles)| PartEntry {
            kind: kind(part),
            title: match titles.as_slice() {
                [] => "nothing".to_owned(),
                titles => titles.join("; "),
            },
        })
        .collect()
}

/// What takes back the last part comes first. What the author wrote in several parts says itself what it does.
fn rollback(step: &pack::PackedRevision) -> Vec<PartEntry> {
    let up = titled(&step.upgrade);
    let backs: &[Vec<Lowered>] = match &step.downgrade {
        Undo::Parts(backs) => backs,
        Undo::Written { back, .. } if up.len() == 1 && parts::count(back) == 1 => {
            std::slice::from_ref(back)
        }
        Undo::Written { back, .. } => return titled(back),
        Undo::Irreversible(_) => &[],
    };
    let mut all = Vec::new();
    for (up, back) in up.iter().zip(backs).rev() {
        for part in parts::split(back) {
            all.push(PartEntry {
                kind: kind(&part),
                title: format!("undo: {}", up.title),
            });
        }
    }
    all
}

impl File {
    /// Its sum of that kind.
    #[must_use]
    pub(super) fn sum(&self, sums: Sums) -> &str {
        match sums {
            Sums::Blake3 => &self.blake3,
            Sums::Sha256 => &self.sha256,
        }
    }

    /// What is said of a file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            blake3: Sums::Blake3.of(bytes),
            sha256: Sums::Sha256.of(bytes),
            size: u64::try_from(bytes.len()).expect("a file is smaller than 2^64 bytes"),
        }
    }
}
