//! Finds and reads the project: its configuration and its revisions.
#![expect(clippy::disallowed_methods, reason = "only `cli` touches files")]

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;

use super::Common;
use super::failure::{Failure, Status, reason};
use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::release;
use crate::source::{self, Source, SourceId, Sources, Unreadable};

/// How a revision's file name ends.
const EXTENSION: &str = ".rev";

/// A configuration and where it stands.
#[derive(Debug)]
pub(super) struct Project {
    /// The folder that the configuration's paths are relative to; empty for the working directory.
    pub(super) root: Utf8PathBuf,
    pub(super) config: Config,
}

/// The path of the configuration, whether it is there or not.
pub(super) fn config_path(common: &Common) -> Utf8PathBuf {
    let name = common.config.as_deref();
    let name = name.unwrap_or(Utf8Path::new(config::FILE_NAME));
    match &common.directory {
        Some(directory) => directory.join(name),
        None => name.to_owned(),
    }
}

/// The folder of the project whose configuration is `config_path`.
pub(super) fn root(config_path: &Utf8Path) -> Utf8PathBuf {
    config_path
        .parent()
        .map(Utf8Path::to_owned)
        .unwrap_or_default()
}

impl Project {
    /// Reads the configuration. A missing `limbeck.yaml` is an empty one, unless it was asked for by name.
    pub(super) fn open(common: &Common) -> Result<Self, Failure> {
        let path = config_path(common);
        let root = root(&path);
        if !root.as_str().is_empty() && !root.is_dir() {
            return Err(Failure::refused(
                format!("there is no folder {root}"),
                "name the project's folder after -C",
            ));
        }
        let name = path.strip_prefix(&root).unwrap_or(&path).to_owned();
        let mut sources = Sources::default();
        match read(&root, name) {
            Ok(source) => {
                let id = sources.add(source.path, source.text);
                match Config::read(&sources, id) {
                    Ok(config) => Ok(Self { root, config }),
                    Err(diagnostics) => Err(Failure::cannot_run(diagnostics, sources)),
                }
            }
            Err(Fault::File { error, .. })
                if error.kind() == io::ErrorKind::NotFound && common.config.is_none() =>
            {
                let config = Config::default();
                Ok(Self { root, config })
            }
            Err(Fault::File { error, .. }) => Err(Failure::refused(
                format!("cannot read the configuration {path}: {}", reason(&error)),
                "name an existing file after -c, or make one with `limbeck init`",
            )),
            Err(fault) => Err(Failure {
                status: Status::CannotRun,
                ..failure(vec![fault])
            }),
        }
    }

    /// The texts of all revisions by path, also when there are none.
    pub(super) fn revisions(&self) -> Result<Sources, Failure> {
        let folder = &self.config.revisions;
        let mut paths = Vec::new();
        let mut faults = Vec::new();
        self.walk(folder, &mut paths, &mut faults);
        if let [Fault::File { path, error }] = faults.as_slice()
            && path == folder
            && error.kind() == io::ErrorKind::NotFound
        {
            let message = format!("there is no folder {}", self.root.join(folder));
            return Err(Failure::cannot_run(
                Diagnostic::error(Code::UnreadableFile, None, message).help(
                    "make a project with `limbeck init`, or name the folder of the revisions in limbeck.yaml",
                ),
                Sources::default(),
            ));
        }
        if let [Fault::File { path, error }] = faults.as_slice()
            && path == folder
            && error.kind() == io::ErrorKind::NotADirectory
        {
            let message = format!(
                "{} is a file, and a folder is needed",
                self.root.join(folder)
            );
            return Err(Failure::cannot_run(
                Diagnostic::error(Code::UnreadableFile, None, message)
                    .help("name the folder of the revisions after `revisions:` in limbeck.yaml"),
                Sources::default(),
            ));
        }
        paths.sort_unstable_by(|one, two| one.as_str().cmp(two.as_str()));
        let results: Vec<_> = paths
            .into_par_iter()
            .map(|path| read(&self.root, path))
            .collect();
        let mut found = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(source) => found.push(source),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            Ok(found.into_iter().collect())
        } else {
            Err(failure(faults))
        }
    }

    /// Adds the notes of all releases to `sources`, by path; none where there is no folder for them.
    pub(super) fn notes(&self, sources: &mut Sources) -> Result<Vec<SourceId>, Failure> {
        let folder = &self.config.release_notes;
        let unreadable = |error| {
            failure(vec![Fault::File {
                path: folder.clone(),
                error,
            }])
        };
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(release::EXTENSION) && !name.starts_with('.') {
                paths.push(folder.join(&*name));
            }
        }
        paths.sort_unstable_by(|one, two| one.as_str().cmp(two.as_str()));
        let mut ids = Vec::with_capacity(paths.len());
        for path in paths {
            let source = read(&self.root, path).map_err(|fault| failure(vec![fault]))?;
            ids.push(sources.add(source.path, source.text));
        }
        Ok(ids)
    }

    /// Gathers the files of revisions in `folder` and the folders in it. Hidden ones belong to other tools.
    fn walk(&self, folder: &Utf8Path, paths: &mut Vec<Utf8PathBuf>, faults: &mut Vec<Fault>) {
        let unreadable = |error| Fault::File {
            path: folder.to_owned(),
            error,
        };
        let entries = match fs::read_dir(self.root.join(folder)) {
            Ok(entries) => entries,
            Err(error) => return faults.push(unreadable(error)),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let found = entry.and_then(|it| Ok((it.file_name(), it.file_type()?)));
            let (name, file_type) = match found {
                Ok(found) => found,
                Err(error) => return faults.push(unreadable(error)),
            };
            let shown = name.to_string_lossy();
            let is_revision = shown.ends_with(EXTENSION);
            if shown.starts_with('.') || !(is_revision || file_type.is_dir()) {
                continue;
            }
            let path = folder.join(&*shown);
            let wrong = if name.to_str().is_none() {
                Some("its name is not UTF-8")
            } else if file_type.is_dir() && is_revision {
                Some("it is a folder")
            } else if !(file_type.is_dir() || file_type.is_file() || file_type.is_symlink()) {
                Some("it is not a file")
            } else {
                None
            };
            match wrong {
                Some(message) => faults.push(Fault::Kind { path, message }),
                None if file_type.is_dir() => folders.push(path),
                None => paths.push(path),
            }
        }
        for folder in folders {
            self.walk(&folder, paths, faults);
        }
    }
}

/// Why a file is no source.
enum Fault {
    /// The system does not give its bytes.
    File { path: Utf8PathBuf, error: io::Error },
    /// It is something else than a file.
    Kind {
        path: Utf8PathBuf,
        message: &'static str,
    },
    /// Its bytes are no text.
    Text {
        path: Utf8PathBuf,
        bytes: Vec<u8>,
        fault: Unreadable,
    },
}

/// The text of one file.
fn read(root: &Utf8Path, path: Utf8PathBuf) -> Result<Source, Fault> {
    let full = root.join(&path);
    let bytes = match fs::read(&full) {
        Ok(bytes) => bytes,
        Err(error) => return Err(Fault::File { path, error }),
    };
    match source::decode(bytes) {
        Ok(text) => Ok(Source { path, text }),
        // Only a faulty file is read twice, to show where the fault is.
        Err(fault) => Err(Fault::Text {
            bytes: fs::read(full).unwrap_or_default(),
            path,
            fault,
        }),
    }
}

/// The faults as diagnostics. Wrong text is a mistake in the project; the rest keeps the command from running.
fn failure(faults: Vec<Fault>) -> Failure {
    let mut failure = Failure::project(Diagnostics::default(), Sources::default());
    for fault in faults {
        let (path, message, help) = match fault {
            Fault::Text { path, bytes, fault } => {
                let diagnostic = not_text(path, &bytes, fault, &mut failure.sources);
                failure.diagnostics.push(diagnostic);
                continue;
            }
            Fault::Kind { path, message } => (path, message.to_owned(), OTHER_NAME),
            Fault::File { path, error } => {
                let (message, help) = told(&error);
                (path, message, help)
            }
        };
        failure.status = Status::CannotRun;
        let message = format!("cannot read {path}: {message}");
        let diagnostic = Diagnostic::error(Code::UnreadableFile, None, message).help(help);
        failure.diagnostics.push(diagnostic);
    }
    failure
}

const OTHER_NAME: &str = "each name that ends with .rev is that of a revision; give it another";

/// What the system says of a file that was listed, and what to do.
fn told(error: &io::Error) -> (String, &'static str) {
    if error.kind() == io::ErrorKind::NotFound {
        (
            "the link leads nowhere".to_owned(),
            "mend the link or remove it",
        )
    } else if error.kind() == io::ErrorKind::IsADirectory {
        ("the link leads to a folder".to_owned(), OTHER_NAME)
    } else {
        (reason(error), "see whether you may read it")
    }
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
