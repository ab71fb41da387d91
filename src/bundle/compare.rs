//! A bundle that was read beside the one that the sources compile to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::bundle::manifest::{self, File, Manifest, RevisionEntry};
use crate::bundle::proof::{Proof, Tally};
use crate::bundle::sums::{self, Sums};
use crate::bundle::{Bundle, MANIFEST, diff, is_sums, proof};
use crate::release::{self, Version};

/// A folder that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What its files hold, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What else is in it, such as folders and links.
    pub others: Vec<String>,
}

impl Found {
    /// The manifest, where it is one and what its sum says.
    fn manifest(&self) -> Option<Manifest> {
        let bytes = self.files.get(MANIFEST)?;
        Manifest::read(bytes).filter(|_| self.is_whole(MANIFEST))
    }

    /// Whether a file has the sum that stands in the bundle.
    fn is_whole(&self, name: &str) -> bool {
        let sums = self.files.get(Sums::Blake3.file_name());
        let sums = sums.and_then(|it| sums::read(it)).unwrap_or_default();
        let sum = self.files.get(name).map(|it| Sums::Blake3.of(it));
        sum.is_some() && sums.get(name) == sum.as_ref()
    }

    /// Whether it was made of a release that was not sealed yet, and so has not gone out.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        self.manifest().is_some_and(|it| it.seal.is_none())
    }

    /// What the notes of its release should hold of it; none where it has no sums.
    #[must_use]
    pub fn anchor(&self) -> Option<String> {
        let sums = self.files.get(Sums::Blake3.file_name());
        sums.map(|it| release::anchor(it))
    }

    /// The version of the program that the manifest names, of whatever form it is.
    #[must_use]
    pub fn made_by(&self) -> Option<String> {
        let manifest: Value = serde_json::from_slice(self.files.get(MANIFEST)?).ok()?;
        let tool = &manifest["tool"];
        let version = tool["version"].as_str()?;
        let is_version = Version::parse(version).is_some();
        (is_version && tool["name"] == manifest::TOOL).then(|| version.to_owned())
    }
}

/// What is to be said of a bundle that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    /// Of what was read.
    pub anchor: Option<String>,
    /// The revisions that are not what they were, as far as the manifest tells.
    pub edits: Vec<Edit>,
    /// By the names of their files.
    pub differences: Vec<Difference>,
    /// What else concerns no single file, in sentences.
    pub remarks: Vec<String>,
    /// What its `proof.json` says, where there is one.
    pub proofs: Vec<Tally>,
}

/// How a bundle fits its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The sources compile to the same bytes.
    Verified,
    Differs,
    /// Another version of the program made it, and it went out: its sums and its plan fit.
    Frozen {
        by: String,
    },
    /// There is none.
    Missing,
}

impl Outcome {
    /// The word for programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Differs => "differs",
            Self::Frozen { .. } => "frozen",
            Self::Missing => "missing",
        }
    }
}

impl Verdict {
    /// What is said where there is no bundle.
    #[must_use]
    pub fn missing() -> Self {
        Self {
            outcome: Outcome::Missing,
            anchor: None,
            edits: Vec::new(),
            differences: Vec::new(),
            remarks: Vec::new(),
            proofs: Vec::new(),
        }
    }

    /// Adds a sentence that keeps the bundle from being what it should be.
    pub fn object(&mut self, remark: String) {
        self.remarks.push(remark);
        if self.outcome != Outcome::Missing {
            self.outcome = Outcome::Differs;
        }
    }
}

/// A revision that is not what it was when a bundle was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub revision: String,
    pub kind: EditKind,
}

/// What became of a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    Came,
    Edited,
    /// It, or one below it which the bundle does not hold.
    EditedOrBelow,
    Gone,
}

impl Edit {
    /// A sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let name = &self.revision;
        match self.kind {
            EditKind::Came => {
                format!("revision {name} was added to the release after the bundle was made")
            }
            EditKind::Edited => format!("revision {name} was edited after the bundle was made"),
            EditKind::EditedOrBelow => {
                format!("revision {name}, or one below it, was edited after the bundle was made")
            }
            EditKind::Gone => format!("revision {name} is no longer part of the release"),
        }
    }
}

/// One file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub file: String,
    pub kind: Kind,
    /// What is wrong with the file, behind its name.
    pub message: String,
    /// From what was read to what should be there; none where that is not known.
    pub diff: Option<String>,
    /// Whether nobody touched the file, and the sources compile to another one.
    pub is_whole: bool,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Changed,
    Missing,
    Extra,
}

impl Kind {
    /// The word for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Extra => "extra",
        }
    }
}

/// Compares what was read from the folder `path` with what the sources compile to. What another version of the program
/// made is frozen once its release is `sealed`.
#[must_use]
pub fn verify(found: &Found, built: &Bundle, path: &str, sealed: bool) -> Verdict {
    let mut found = found.clone();
    let proof = found.files.remove(proof::FILE);
    let found = &found;
    let edits = found.manifest().map(|it| edits(&it, &built.manifest));
    let edits = edits.unwrap_or_default();
    let mut remarks = Vec::new();
    let other = found.made_by().filter(|it| it != manifest::TOOL_VERSION);
    // Nobody knows what one that is yet to come may write.
    if let Some(by) = other.as_ref().filter(|it| sealed && is_newer(it)) {
        remarks.push(format!(
            "it was made by limbeck {by}, which is newer than this limbeck {}: verify it with that version",
            manifest::TOOL_VERSION
        ));
    }
    let mut differences = match &other {
        Some(by) if !sealed => {
            remarks.push(format!(
                "it was made by limbeck {by}, but this is limbeck {}",
                manifest::TOOL_VERSION
            ));
            Vec::new()
        }
        Some(by) => match found.files.get(MANIFEST).and_then(|it| Manifest::read(it)) {
            Some(manifest) => frozen(&found.files, &manifest, &built.manifest, path),
            None => vec![Difference {
                file: MANIFEST.to_owned(),
                kind: Kind::Changed,
                message: format!("has a format that only limbeck {by} can read"),
                diff: None,
                is_whole: false,
            }],
        },
        None => compare(found, built, path),
    };
    for name in &found.others {
        differences.retain(|it| it.file != *name);
        differences.push(Difference {
            kind: Kind::Extra,
            ..changed(name, "is not a regular file")
        });
    }
    if let Some(proof) = &proof {
        let sums = found.files.get(Sums::Blake3.file_name());
        let sums = sums.map(Vec::as_slice).unwrap_or_default();
        let fault = Proof::fault(proof, &built.manifest, sums);
        differences.extend(fault.map(|it| changed(proof::FILE, &it)));
    }
    let outcome = match other {
        _ if !(differences.is_empty() && remarks.is_empty() && edits.is_empty()) => {
            Outcome::Differs
        }
        Some(by) => Outcome::Frozen { by },
        None => Outcome::Verified,
    };
    Verdict {
        outcome,
        anchor: found.anchor(),
        edits,
        differences,
        remarks,
        proofs: proof.as_deref().map(Tally::of).unwrap_or_default(),
    }
}

/// Whether a version of the program is above this one.
fn is_newer(version: &str) -> bool {
    Version::parse(version) > Version::parse(manifest::TOOL_VERSION)
}

/// Byte by byte.
fn compare(found: &Found, built: &Bundle, path: &str) -> Vec<Difference> {
    let files = &found.files;
    let names: BTreeSet<&str> = files
        .keys()
        .map(String::as_str)
        .chain(built.files.keys().copied())
        .collect();
    let mut differences = Vec::new();
    for name in names {
        let difference = match (files.get(name), built.files.get(name)) {
            (Some(bytes), Some(text)) if bytes == text.as_bytes() => continue,
            (Some(bytes), Some(text)) => {
                let is_whole = is_sums(name) || found.is_whole(name);
                let message = if is_whole {
                    "differs from what the sources compile to"
                } else {
                    "was changed after it was written"
                };
                let names = (&*format!("{path}/{name}"), "what the sources compile to");
                Difference {
                    file: name.to_owned(),
                    kind: Kind::Changed,
                    message: message.to_owned(),
                    diff: Some(diff::unified(bytes, text.as_bytes(), names)),
                    is_whole,
                }
            }
            (Some(_), None) => extra(name),
            (None, _) => missing(name),
        };
        differences.push(difference);
    }
    differences
}

/// What can be said of a bundle that nobody here can make again: its sums, and what the sources decide.
fn frozen(
    found: &BTreeMap<String, Vec<u8>>,
    manifest: &Manifest,
    built: &Manifest,
    path: &str,
) -> Vec<Difference> {
    let mut differences: BTreeMap<String, Difference> = BTreeMap::new();
    let mut tell = |it: Difference| {
        differences.entry(it.file.clone()).or_insert(it);
    };
    for sums in Sums::ALL {
        let name = sums.file_name();
        let Some(bytes) = found.get(name) else {
            tell(missing(name));
            continue;
        };
        let Some(listed) = sums::read(bytes) else {
            tell(changed(name, "is not a list of checksums"));
            continue;
        };
        for (file, sum) in &listed {
            match found.get(file) {
                Some(bytes) if sums.of(bytes) == *sum => {}
                Some(_) => tell(changed(
                    file,
                    &format!("does not match its checksum in {name}"),
                )),
                None => tell(missing(file)),
            }
        }
        for file in found.keys().filter(|it| !is_sums(it)) {
            if !listed.contains_key(file) {
                tell(extra(file));
            }
        }
    }
    for (file, entry) in &manifest.files {
        match found.get(file) {
            Some(bytes) if File::of(bytes) == *entry => {}
            Some(_) => tell(changed(file, "does not match its entry in manifest.json")),
            None => tell(missing(file)),
        }
    }
    for file in found.keys().filter(|it| !is_sums(it) && *it != MANIFEST) {
        if !manifest.files.contains_key(file) {
            tell(extra(file));
        }
    }
    let (plan, now) = (manifest.plan(), built.plan());
    if plan != now {
        let names = (
            &*format!("the plan in {path}/{MANIFEST}"),
            "the plan of the sources",
        );
        tell(Difference {
            diff: Some(diff::unified(plan.as_bytes(), now.as_bytes(), names)),
            is_whole: true,
            ..changed(MANIFEST, "has a plan that differs from the sources")
        });
    }
    differences.into_values().collect()
}

fn changed(file: &str, message: &str) -> Difference {
    Difference {
        file: file.to_owned(),
        kind: Kind::Changed,
        message: message.to_owned(),
        diff: None,
        is_whole: false,
    }
}

fn missing(file: &str) -> Difference {
    Difference {
        kind: Kind::Missing,
        ..changed(file, "is missing")
    }
}

fn extra(file: &str) -> Difference {
    Difference {
        kind: Kind::Extra,
        ..changed(file, "does not belong to the bundle")
    }
}

/// The revisions that are not what they were when the bundle was made.
fn edits(before: &Manifest, now: &Manifest) -> Vec<Edit> {
    let by_name = |manifest: &'_ Manifest| -> BTreeMap<String, RevisionEntry> {
        let steps = manifest.steps.iter();
        steps.map(|it| (it.revision.clone(), it.clone())).collect()
    };
    let (before, after) = (by_name(before), by_name(now));
    let is_edited = |name: &String| {
        let pair = (before.get(name), after.get(name));
        matches!(pair, (Some(old), Some(new)) if old.digest != new.digest)
    };
    let mut edits = Vec::new();
    let mut tell = |name: &str, kind| {
        edits.push(Edit {
            revision: name.to_owned(),
            kind,
        });
    };
    for step in &now.steps {
        let name = &step.revision;
        // The digest of a revision follows those of all below it: only the lowest were edited for certain.
        if !before.contains_key(name) {
            tell(name, EditKind::Came);
        } else if !is_edited(name) || step.needs.iter().any(is_edited) {
            // What is below it says enough.
        } else if step.needs.iter().all(|it| after.contains_key(it)) {
            tell(name, EditKind::Edited);
        } else {
            tell(name, EditKind::EditedOrBelow);
        }
    }
    for name in before.keys().filter(|it| !after.contains_key(*it)) {
        tell(name, EditKind::Gone);
    }
    edits
}
