//! The bundle of a release: its scripts, their sums, what they are for programs and for people. It knows no files:
//! what a bundle holds is a map, and what was read from one is compared with it.

pub mod cause;
mod compare;
mod diff;
pub mod manifest;
mod notes;
pub mod proof;
mod sums;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::bundle::manifest::File;
use crate::release::{self, FROM, Origin};
use crate::script::pack::Pack;
use crate::script::psql;

pub use compare::{Difference, Edit, EditKind, Found, Kind, Outcome, Verdict, verify};
pub use manifest::Manifest;
pub use proof::Proof;

/// The names of all files of a bundle, sorted.
pub const FILES: [&str; 9] = [
    B3SUMS,
    "NOTES.md",
    "SHA256SUMS",
    "changes.sql",
    MANIFEST,
    "preflight.sql",
    "rollback.sql",
    "upgrade.sql",
    "verify.sql",
];

/// The name of the sums that everything else hangs on.
const B3SUMS: &str = "B3SUMS";

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// A bundle in memory.
#[derive(Debug)]
pub struct Bundle {
    pub manifest: Manifest,
    /// By name.
    pub files: BTreeMap<&'static str, String>,
}

impl Bundle {
    /// The bundle of what was compiled; `text` is what people wrote of the release.
    #[must_use]
    pub fn new(pack: &Pack, seal: Option<&str>, text: &str) -> Self {
        let mut manifest = Manifest::new(pack, seal);
        let notes = || notes::write(pack, &manifest, text);
        let writers: [(&str, &(dyn Fn() -> String + Sync)); 6] = [
            ("NOTES.md", &notes),
            ("changes.sql", &|| psql::changes::script(pack)),
            ("preflight.sql", &|| psql::preflight::script(pack)),
            ("rollback.sql", &|| psql::rollback(pack)),
            ("upgrade.sql", &|| psql::upgrade(pack)),
            ("verify.sql", &|| psql::verify::script(pack)),
        ];
        let written: Vec<_> = writers
            .par_iter()
            .map(|(name, write)| {
                let text = write();
                let file = File::of(text.as_bytes());
                (*name, text, file)
            })
            .collect();
        let mut files = BTreeMap::new();
        for (name, text, file) in written {
            manifest.files.insert(name.to_owned(), file);
            files.insert(name, text);
        }
        let text = manifest.write();
        let mut covered = manifest.files.clone();
        covered.insert(MANIFEST.to_owned(), File::of(text.as_bytes()));
        files.insert(MANIFEST, text);
        files.extend(sums::Sums::ALL.map(|it| {
            let covered = covered
                .iter()
                .map(|(name, file)| (name.as_str(), file.sum(it)));
            (it.file_name(), sums::Sums::write(covered))
        }));
        Self { manifest, files }
    }

    /// What the notes of its release keep of it.
    #[must_use]
    pub fn anchor(&self) -> String {
        release::anchor(self.files[B3SUMS].as_bytes())
    }
}

/// Whether a file of a bundle holds the sums of the others.
#[must_use]
pub fn is_sums(name: &str) -> bool {
    sums::Sums::ALL.iter().any(|it| it.file_name() == name)
}

/// The name of the folder for `version`: `1.1.0`, or `1.1.0_from_1.0.0_1.0.1` with other origins than its own.
#[must_use]
pub fn folder(version: &str, from: &[Origin]) -> String {
    let mut name = version.to_owned();
    if !from.is_empty() {
        name += FROM;
    }
    for origin in from {
        name = format!("{name}_{origin}");
    }
    name
}

/// The version and the origins in the name of a folder.
#[must_use]
pub fn parse_folder(name: &str) -> Option<(&str, Vec<&str>)> {
    match name.split_once(FROM) {
        None => Some((name, Vec::new())),
        Some((version, rest)) => {
            let origins: Vec<&str> = rest.strip_prefix('_')?.split('_').collect();
            Some((version, origins))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::Version;

    #[test]
    fn the_name_of_a_folder_is_read_as_it_was_written() {
        let version = |it| Origin::Release(Version::parse(it).unwrap());
        let from = [version("1.0.0-rc.1"), version("1.0.1"), Origin::Base];
        let name = folder("1.1.0-from-1", &from);
        assert_eq!(name, "1.1.0-from-1_from_1.0.0-rc.1_1.0.1_base");
        let read = ("1.1.0-from-1", vec!["1.0.0-rc.1", "1.0.1", "base"]);
        assert_eq!(parse_folder(&name), Some(read));
        assert_eq!(parse_folder("1.1.0"), Some(("1.1.0", Vec::new())));
        assert_eq!(folder("1.1.0", &[]), "1.1.0");
        assert_eq!(parse_folder("1.1.0_from"), None);
    }
}
