//! The files that `limbeck check` was given: which texts of the project they are, and what concerns them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};

use super::failure::{Failure, reason};
use super::home::{Refusal, end};
use super::project::{EXTENSION, Project};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::release;
use crate::source::{SourceId, Sources};

/// What may be wrong because a file is gone.
const ABSENCE: [Code; 6] = [
    Code::UnknownRevision,
    Code::Release,
    Code::MultipleHeads,
    Code::MultipleBases,
    Code::NoRevisions,
    Code::EditedRelease,
];

/// Files of a project.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) sources: BTreeSet<SourceId>,
    /// What was said of those that nobody reads, in lines.
    pub(super) remarks: String,
    /// Their names without what they end with, by which a revision may be known.
    stems: Vec<String>,
    /// Whether one is gone that was a revision or the notes of a release.
    is_one_gone: bool,
    /// Whether the configuration is one of them, on which everything hangs.
    is_everything: bool,
}

impl Named {
    /// Finds `files` among the texts of a project. One that is none of them is refused where it looks like one.
    pub(super) fn find(
        files: &[Utf8PathBuf],
        project: &Project,
        sources: &Sources,
    ) -> Result<Self, Failure> {
        let mut named = Self::default();
        let real = |path: &Utf8Path| fs::canonicalize(path);
        let all: Vec<(SourceId, Option<PathBuf>)> = sources
            .iter()
            .map(|(id, source)| (id, real(&source.path).ok()))
            .collect();
        for file in files {
            named.stems.extend(file.file_stem().map(str::to_owned));
            let found = match real(file) {
                Ok(found) => found,
                Err(error) if file.is_symlink() => {
                    let message = format!("cannot read {file}: {}", reason(&error));
                    return Err(Failure::refused(message, "fix the link or remove it"));
                }
                Err(_) => {
                    named.gone(file, project)?;
                    continue;
                }
            };
            if let Err(Refusal::Outside) = project.home.holds(file) {
                return Err(outside(file, project));
            }
            let before = named.sources.len();
            let is_folder = found.is_dir();
            named.sources.extend(all.iter().filter_map(|(id, path)| {
                let path = path.as_ref()?;
                let is_it = *path == found || is_folder && path.starts_with(&found);
                is_it.then_some(*id)
            }));
            let is_config = real(&project.path).is_ok_and(|it| it == found);
            named.is_everything |= is_config;
            if named.sources.len() > before || is_config {
                continue;
            }
            if file.as_str().ends_with(EXTENSION) && !is_folder {
                return Err(Failure::refused(
                    format!("{file} is not a revision of the project and is not read"),
                    format!(
                        "move it into {}, with a name that does not begin with a dot; if it belongs to another project, name that with -c or -C",
                        project.revisions_folder()
                    ),
                ));
            }
            let _ = writeln!(
                named.remarks,
                "{file} is not checked: the history does not depend on it"
            );
        }
        Ok(named)
    }

    /// Adds a file that is not there.
    fn gone(&mut self, file: &Utf8Path, project: &Project) -> Result<(), Failure> {
        let end = |path: &Utf8Path| end(path.as_std_path()).ok();
        let lay = end(file);
        let lay = lay.as_deref();
        let is_below = |folder: Utf8PathBuf| {
            let folder = end(&folder);
            folder.is_some_and(|it| lay.is_some_and(|lay| lay.starts_with(it)))
        };
        let was_text = file.as_str().ends_with(EXTENSION) && is_below(project.revisions_folder())
            || file.as_str().ends_with(release::EXTENSION) && is_below(project.notes_folder());
        if was_text {
            self.is_one_gone = true;
            Ok(())
        } else if lay.is_some() && lay == end(&project.path).as_deref() {
            self.is_everything = true;
            Ok(())
        } else {
            Err(Failure::refused(
                format!("there is no file {file}"),
                "name files of the project; paths are relative to the working directory",
            ))
        }
    }

    /// Whether nothing of the project was named.
    pub(super) fn is_nothing(&self) -> bool {
        self.sources.is_empty() && !self.is_one_gone && !self.is_everything
    }

    /// Those of `all` that concern the files.
    pub(super) fn concerning(&self, all: &Diagnostics, sources: &Sources) -> Diagnostics {
        if self.is_everything {
            return all.clone();
        }
        let mut told = Diagnostics::default();
        for it in all.iter().filter(|it| self.concerns(it, sources)) {
            told.push(it.clone());
        }
        told
    }

    fn concerns(&self, fault: &Diagnostic, sources: &Sources) -> bool {
        if self.is_nothing() {
            return false;
        }
        let Some(place) = fault.span else {
            return true;
        };
        // Such a seal does not say what was edited below it.
        let is_any = fault.code == Code::EditedRelease && fault.related.is_empty();
        // A file is called by the id that its revision has, or had.
        let name = sources.text(place).trim_matches('\'');
        let is_name_of = |stem: &String| {
            let rest = stem.strip_prefix(name);
            rest.is_some_and(|it| it.is_empty() || it.starts_with('_'))
        };
        let is_unknown = [Code::UnknownRevision, Code::Release].contains(&fault.code);
        let had_name = is_unknown && self.stems.iter().any(is_name_of);
        is_any
            || had_name
            || fault.touches(&self.sources)
            || self.is_one_gone && ABSENCE.contains(&fault.code)
    }
}

fn outside(file: &Utf8Path, project: &Project) -> Failure {
    let message = match project.root.as_str() {
        "" => format!("{file} is outside the project in this folder"),
        root => format!("{file} is outside the project in {root}"),
    };
    Failure::refused(
        message,
        "name files of the project, or select another project with -C",
    )
}
