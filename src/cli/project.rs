//! Finds and reads the project: its configuration and its revisions.
#![expect(clippy::disallowed_methods, reason = "only `cli` touches files")]

use std::fs;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::Common;
use super::failure::{Failure, Status, reason};
use super::home::{self, Home, Refusal};
use super::place;
use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::release;
use crate::source::{self, Source, SourceId, Sources, Unreadable};

/// How a revision's file name ends.
pub(super) const EXTENSION: &str = ".rev";

/// A configuration and where it stands. All paths are as they lead there from the working directory, so that whoever
/// reads one can open it.
#[derive(Debug)]
pub(super) struct Project {
    /// Of the configuration, whether it is there or not.
    pub(super) path: Utf8PathBuf,
    /// The folder that the configuration's paths are relative to; empty for the working directory.
    pub(super) root: Utf8PathBuf,
    pub(super) home: Home,
    pub(super) config: Config,
}

impl Project {
    /// Reads the configuration. A missing `limbeck.yaml` is an empty one, unless it was asked for by name.
    pub(super) fn open(common: &Common) -> Result<Self, Failure> {
        let path = place::find(common)?;
        let root = place::root(&path);
        if !root.as_str().is_empty() && !root.is_dir() {
            return Err(Failure::refused(
                format!("there is no folder {root}"),
                "give the project's folder with -C",
            ));
        }
        let home = Home::of(&root, common.allow_outside).map_err(|error| {
            let message = format!("cannot read the folder {root}: {}", reason(&error));
            Failure::refused(message, "check its permissions")
        })?;
        let mut sources = Sources::default();
        let config = match read(&home, path.clone(), home::TEXT) {
            Ok(source) => {
                let id = sources.add(source.path, source.text);
                Config::read(&sources, id)
                    .map_err(|diagnostics| Failure::cannot_run(diagnostics, sources))?
            }
            Err(Fault::File { refusal, .. })
                if refusal.is_absent() && common.config.is_none() && !path.is_symlink() =>
            {
                Config::default()
            }
            Err(Fault::File { refusal, .. }) => {
                return Err(Failure::refused(
                    format!("cannot read the configuration {path}: {refusal}"),
                    if refusal.is_absent() {
                        "give an existing file with -c, or create one with `limbeck init`"
                    } else {
                        refusal.help()
                    },
                ));
            }
            Err(fault) => {
                return Err(Failure {
                    status: Status::CannotRun,
                    ..failure(vec![fault])
                });
            }
        };
        let project = Self {
            path,
            root,
            home,
            config,
        };
        project.folders_are_inside()?;
        Ok(project)
    }

    /// The folder of the revisions.
    pub(super) fn revisions_folder(&self) -> Utf8PathBuf {
        self.root.join(&self.config.revisions)
    }

    /// The folder of the releases' notes.
    pub(super) fn notes_folder(&self) -> Utf8PathBuf {
        self.root.join(&self.config.release_notes)
    }

    /// The folder of the bundles.
    pub(super) fn out(&self) -> Utf8PathBuf {
        self.root.join(&self.config.out)
    }

    /// Refuses a configuration that names folders outside of the project, in its words or by links.
    fn folders_are_inside(&self) -> Result<(), Failure> {
        let config = &self.config;
        for (key, folder) in [
            ("revisions", &config.revisions),
            ("out", &config.out),
            ("release_notes", &config.release_notes),
        ] {
            // What else is wrong with it is told by whoever needs it.
            if let Err(Refusal::Outside) = self.home.holds(&self.root.join(folder)) {
                return Err(Failure::refused(
                    format!("`{key}` points outside the project: {folder}"),
                    "name a folder inside the folder of the configuration, or use --allow-outside",
                ));
            }
        }
        Ok(())
    }

    /// The texts of all revisions by path, also when there are none.
    pub(super) fn revisions(&self) -> Result<Sources, Failure> {
        let (sources, faults) = self.legible_revisions()?;
        match faults.into_result(()) {
            Ok(()) => Ok(sources),
            Err(faults) => Err(Failure::project(faults, sources)),
        }
    }

    /// The same where some hold bytes that are no text: what is wrong with those, and what else they hold.
    pub(super) fn legible_revisions(&self) -> Result<(Sources, Diagnostics), Failure> {
        let folder = self.revisions_folder();
        let mut walk = Walk::new(&folder, EXTENSION);
        if let Err(error) = walk.folder(&folder, home::DEPTH) {
            let (message, help) = if error.kind() == io::ErrorKind::NotFound && !self.path.exists()
            {
                (
                    format!("there is no folder {folder}"),
                    "make a project with `limbeck init`",
                )
            } else if error.kind() == io::ErrorKind::NotFound {
                (
                    format!("there is no folder {folder}"),
                    "create the folder with the first revision: limbeck revision -m \"…\"; or set `revisions` in the configuration to another folder",
                )
            } else if error.kind() == io::ErrorKind::NotADirectory {
                (
                    format!("{folder} is a file, but a folder is required"),
                    "set `revisions` in limbeck.yaml to the folder of the revisions",
                )
            } else {
                return Err(failure(vec![Fault::of(&folder, error)]));
            };
            let fault = Diagnostic::error(Code::UnreadableFile, None, message).help(help);
            return Err(Failure::cannot_run(fault, Sources::default()));
        }
        let (found, faults) = self.texts(walk, home::REVISION)?;
        let mut sources: Sources = found.into_iter().collect();
        let faults = texts_or_failure(faults, &mut sources)?;
        Ok((sources, faults))
    }

    /// Adds the notes of all releases to `sources`, by path; none where there is no folder for them.
    pub(super) fn notes(&self, sources: &mut Sources) -> Result<Vec<SourceId>, Failure> {
        let folder = self.notes_folder();
        let mut walk = Walk::new(&folder, release::EXTENSION);
        match walk.folder(&folder, 0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failure(vec![Fault::of(&folder, error)])),
            Ok(()) => {}
        }
        let (all, faults) = self.texts(walk, home::TEXT)?;
        if !faults.is_empty() {
            return Err(failure(faults));
        }
        Ok(all
            .into_iter()
            .map(|it| sources.add(it.path, it.text))
            .collect())
    }

    /// What the files of a walk hold, by path, and which hold nothing that can be read; `limit` is that of each.
    fn texts(&self, walk: Walk, limit: u64) -> Result<(Vec<Source>, Vec<Fault>), Failure> {
        let Walk {
            mut paths,
            mut faults,
            ..
        } = walk;
        paths.sort_unstable_by(|one, two| one.as_str().cmp(two.as_str()));
        let whole = AtomicU64::new(0);
        let results: Vec<_> = paths
            .into_par_iter()
            .map(|path| {
                // What is too much is not read on, whichever file it is.
                if whole.load(Ordering::Relaxed) > home::REVISIONS {
                    return None;
                }
                let source = read(&self.home, path, limit);
                let length = source.as_ref().map_or(0, |it| it.text.len() as u64);
                whole.fetch_add(length, Ordering::Relaxed);
                Some(source)
            })
            .collect();
        if whole.into_inner() > home::REVISIONS {
            let mib = home::REVISIONS >> 20;
            return Err(Failure::refused(
                format!("the {} files are larger than {mib} MiB in total", walk.kind),
                "keep bulk data out of the history",
            ));
        }
        let mut found = Vec::with_capacity(results.len());
        for result in results.into_iter().flatten() {
            match result {
                Ok(source) => found.push(source),
                Err(fault) => faults.push(fault),
            }
        }
        Ok((found, faults))
    }
}

/// What is found in a folder, and in those in it.
struct Walk {
    /// Where it began.
    top: Utf8PathBuf,
    /// How the names end of what is looked for.
    kind: &'static str,
    paths: Vec<Utf8PathBuf>,
    faults: Vec<Fault>,
    /// What was looked at.
    seen: usize,
}

impl Walk {
    fn new(top: &Utf8Path, kind: &'static str) -> Self {
        Self {
            top: top.to_owned(),
            kind,
            paths: Vec::new(),
            faults: Vec::new(),
            seen: 0,
        }
    }

    /// Gathers what is in `folder` and, as deep as `depth`, in the folders in it. Hidden ones belong to other tools.
    fn folder(&mut self, folder: &Utf8Path, depth: usize) -> io::Result<()> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (name, file_type) = (entry.file_name(), entry.file_type()?);
            self.seen += 1;
            if self.seen > home::ENTRIES {
                // Once is enough.
                if self.seen == home::ENTRIES + 1 {
                    let message =
                        format!("it contains more than {} files and folders", home::ENTRIES);
                    self.faults.push(Fault::Kind {
                        path: self.top.clone(),
                        message,
                        help: "set a folder in limbeck.yaml that contains only these files",
                    });
                }
                return Ok(());
            }
            let shown = name.to_string_lossy();
            let is_wanted = shown.ends_with(self.kind);
            let is_folder = file_type.is_dir() && depth > 0;
            if shown.starts_with('.') || !(is_wanted || is_folder) {
                continue;
            }
            let path = folder.join(&*shown);
            let wrong = if name.to_str().is_none() {
                Some("its name is not UTF-8")
            } else if shown.chars().any(char::is_control) {
                Some("its name contains a control character")
            } else if file_type.is_dir() && is_wanted {
                Some("it is a folder")
            } else if !(file_type.is_dir() || file_type.is_file() || file_type.is_symlink()) {
                Some("it is not a regular file")
            } else if file_type.is_dir() && depth == 1 {
                Some("it is nested too deeply in folders")
            } else {
                None
            };
            match wrong {
                Some(message) => self.faults.push(Fault::Kind {
                    path,
                    message: message.to_owned(),
                    help: OTHER_NAME,
                }),
                None if is_folder => folders.push(path),
                None => self.paths.push(path),
            }
        }
        for folder in folders {
            if let Err(error) = self.folder(&folder, depth - 1) {
                self.faults.push(Fault::of(&folder, error));
            }
        }
        Ok(())
    }
}

/// Why a file is no source.
enum Fault {
    /// Its bytes are not to be had.
    File { path: Utf8PathBuf, refusal: Refusal },
    /// It is something else than a file.
    Kind {
        path: Utf8PathBuf,
        message: String,
        help: &'static str,
    },
    /// Its bytes are no text.
    Text {
        path: Utf8PathBuf,
        bytes: Vec<u8>,
        fault: Unreadable,
    },
}

impl Fault {
    fn of(path: &Utf8Path, error: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            refusal: error.into(),
        }
    }
}

/// The text of one file.
fn read(home: &Home, path: Utf8PathBuf, limit: u64) -> Result<Source, Fault> {
    let bytes = match home.read(&path, limit) {
        Ok(bytes) => bytes,
        Err(refusal) => return Err(Fault::File { path, refusal }),
    };
    match source::decode(bytes) {
        Ok(text) => Ok(Source { path, text }),
        // Only a faulty file is read twice, to show where the fault is.
        Err(fault) => Err(Fault::Text {
            bytes: home.read(&path, limit).unwrap_or_default(),
            path,
            fault,
        }),
    }
}

/// The faults as diagnostics, and what can be read of the files among the sources; a failure where that is not all.
fn texts_or_failure(faults: Vec<Fault>, sources: &mut Sources) -> Result<Diagnostics, Failure> {
    let is_text = |it: &Fault| matches!(it, Fault::Text { .. });
    if !faults.iter().all(is_text) {
        return Err(failure(faults));
    }
    let told = faults.into_iter().map(|it| diagnostic(it, sources));
    let mut diagnostics = Diagnostics::default();
    told.for_each(|it| diagnostics.push(it));
    Ok(diagnostics)
}

/// The faults as diagnostics. Wrong text is a mistake in the project; the rest keeps the command from running.
fn failure(faults: Vec<Fault>) -> Failure {
    let mut failure = Failure::project(Diagnostics::default(), Sources::default());
    for fault in faults {
        if !matches!(fault, Fault::Text { .. }) {
            failure.status = Status::CannotRun;
        }
        let diagnostic = diagnostic(fault, &mut failure.sources);
        failure.diagnostics.push(diagnostic);
    }
    failure
}

fn diagnostic(fault: Fault, sources: &mut Sources) -> Diagnostic {
    let (path, message, help) = match fault {
        Fault::Text { path, bytes, fault } => return not_text(path, &bytes, fault, sources),
        Fault::Kind {
            path,
            message,
            help,
        } => (path, message, help),
        Fault::File { path, refusal } => {
            let (message, help) = told(&refusal);
            (path, message, help)
        }
    };
    let message = format!("cannot read {path}: {message}");
    Diagnostic::error(Code::UnreadableFile, None, message).help(help)
}

const OTHER_NAME: &str = "files that end with .rev are revisions, and files that end with .md are release notes: rename or move it";

/// Why a file that was listed is not read, and what to do. Only a link leads elsewhere.
fn told(refusal: &Refusal) -> (String, &'static str) {
    let message = match refusal {
        Refusal::System(_) if refusal.is_absent() => {
            "the target of the link does not exist".to_owned()
        }
        Refusal::Outside => "the link points outside the project".to_owned(),
        Refusal::Folder => "the link points to a folder".to_owned(),
        Refusal::NoFile => "the link does not point to a regular file".to_owned(),
        Refusal::System(_) | Refusal::Large(_) => refusal.to_string(),
    };
    (message, refusal.help())
}

/// Points at the byte that is no text, in what remains readable.
fn not_text(
    path: Utf8PathBuf,
    bytes: &[u8],
    fault: Unreadable,
    sources: &mut Sources,
) -> Diagnostic {
    let before = String::from_utf8_lossy(bytes.get(..fault.offset).unwrap_or_default());
    let text = String::from_utf8_lossy(bytes);
    // `Sources` drops the byte order mark and CRLF's CR; so does the offset.
    let byte_order_mark = if before.starts_with('\u{feff}') { 3 } else { 0 };
    let offset = before.len() - byte_order_mark - before.matches("\r\n").count();
    let id = sources.add(path, text);
    let after = &sources.get(id).text[offset..];
    let length = after.chars().next().map_or(0, char::len_utf8);
    let span = id.span(offset, offset + length);
    Diagnostic::error(Code::UnreadableText, span, fault.message).help("save it as UTF-8 text")
}
