//! The folder of a project: the one door through which its files are read, and the word on where may be written.
//!
//! Whoever writes a revision is not always whoever runs the program. So a file is read only if it is a regular one, lies
//! in the project wherever links lead, and has a size that somebody may have meant.
#![expect(clippy::disallowed_methods, reason = "only `cli` touches files")]

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use anyhow::Context as _;
use camino::Utf8Path;

use super::failure::reason;
use super::output;

const MIB: u64 = 1 << 20;

/// Of one revision: rows of a table fit in, a dump does not.
pub(super) const REVISION: u64 = 16 * MIB;

/// Of all revisions together.
pub(super) const REVISIONS: u64 = 256 * MIB;

/// Of the configuration, and of the notes of one release.
pub(super) const TEXT: u64 = MIB;

/// Of all files of a bundle together. Scripts are several times as long as the revisions that they are written from.
pub(super) const BUNDLE: u64 = 1024 * MIB;

/// What a walk looks at, files of others included.
pub(super) const ENTRIES: usize = 200_000;

/// Folders in folders.
pub(super) const DEPTH: usize = 32;

/// The folder of a project.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// Without links.
    real: PathBuf,
    /// Whether files outside of it are meant, too.
    allow_outside: bool,
}

/// Why a path is not read or written.
#[derive(Debug)]
pub(super) enum Refusal {
    System(io::Error),
    /// A link leads out of the project.
    Outside,
    Folder,
    /// A pipe, a socket or a device: it may have no end, or never begin.
    NoFile,
    /// More bytes than these.
    Large(u64),
}

impl Home {
    /// The project in `folder`, which is there; empty for the working directory.
    pub(super) fn of(folder: &Utf8Path, allow_outside: bool) -> io::Result<Self> {
        Ok(Self {
            real: fs::canonicalize(or_here(folder.as_std_path()))?,
            allow_outside,
        })
    }

    /// Refuses a path that leads out of the project, whether there is something or not.
    pub(super) fn holds(&self, path: &Utf8Path) -> Result<(), Refusal> {
        self.inside(&end(path.as_std_path())?)
    }

    /// The bytes of a file, at most `limit` of them.
    pub(super) fn read(&self, path: &Utf8Path, limit: u64) -> Result<Vec<u8>, Refusal> {
        let real = fs::canonicalize(path)?;
        self.inside(&real)?;
        // Looked at before it is opened, since that alone wakes some devices; and again, since it may be another by then.
        regular(&fs::metadata(&real)?)?;
        let file = open(&real)?;
        let metadata = file.metadata()?;
        regular(&metadata)?;
        let mut bytes = Vec::new();
        if metadata.len() <= limit {
            file.take(limit + 1).read_to_end(&mut bytes)?;
        }
        if metadata.len().max(bytes.len() as u64) > limit {
            return Err(Refusal::Large(limit));
        }
        Ok(bytes)
    }

    /// Writes a file of the project that must not exist yet.
    pub(super) fn create(&self, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
        let folder = path.parent().unwrap_or(path);
        self.holds(folder)
            .with_context(|| format!("cannot write {path}"))?;
        output::create(path, text)
    }

    /// Writes a file of the project that may exist: then all of it changes at once, or nothing.
    pub(super) fn replace(&self, path: &Utf8Path, text: &str) -> anyhow::Result<()> {
        let may_write = || {
            let end = end(path.as_std_path())?;
            self.inside(&end)?;
            match fs::metadata(&end) {
                Ok(metadata) => regular(&metadata),
                Err(_) => Ok(()),
            }
        };
        may_write().with_context(|| format!("cannot write {path}"))?;
        output::replace(path, text)
    }

    /// Makes a folder of the project and those above it, where they do not exist.
    pub(super) fn create_folder(&self, path: &Utf8Path) -> anyhow::Result<()> {
        let cannot = || format!("cannot create the folder {path}");
        self.holds(path).with_context(cannot)?;
        fs::create_dir_all(path).with_context(cannot)
    }

    fn inside(&self, real: &Path) -> Result<(), Refusal> {
        if self.allow_outside || real.starts_with(&self.real) {
            Ok(())
        } else {
            Err(Refusal::Outside)
        }
    }
}

/// Where a path leads, also one of which only the beginning is there.
pub(super) fn end(path: &Path) -> io::Result<PathBuf> {
    let mut missing: Vec<OsString> = Vec::new();
    let mut there = path;
    loop {
        let error = match fs::canonicalize(or_here(there)) {
            Ok(mut real) => {
                for name in missing.into_iter().rev() {
                    if name == ".." {
                        real.pop();
                    } else {
                        real.push(name);
                    }
                }
                return Ok(real);
            }
            Err(error) => error,
        };
        let (last, above) = (there.components().next_back(), there.parent());
        // A link that leads nowhere is there, and where it leads nobody knows.
        match (last, above) {
            (Some(Component::Normal(_) | Component::ParentDir), Some(above))
                if there.symlink_metadata().is_err() && is_absent(&error) =>
            {
                missing.extend(last.map(|it| it.as_os_str().to_owned()));
                there = above;
            }
            _ => return Err(error),
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind())
}

fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn regular(metadata: &Metadata) -> Result<(), Refusal> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(Refusal::Folder)
    } else {
        Err(Refusal::NoFile)
    }
}

/// Opens what is no link, and does not wait for a pipe that came into its place.
#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;

    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(target_os = "linux"))]
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

impl Refusal {
    /// What to do.
    pub(super) fn help(&self) -> &'static str {
        match self {
            Self::System(error) if error.kind() == io::ErrorKind::NotFound => {
                "fix the link or remove it"
            }
            Self::System(_) => "check its permissions",
            Self::Outside => "put the file itself into the project, or use --allow-outside",
            Self::Folder | Self::NoFile => "put a file in its place, or remove it",
            Self::Large(_) => "make it smaller, or split it",
        }
    }

    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::System(error) => error.kind() == io::ErrorKind::NotFound,
            Self::Outside | Self::Folder | Self::NoFile | Self::Large(_) => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => formatter.write_str(&reason(error)),
            Self::Outside => formatter.write_str("it points outside the project"),
            Self::Folder => formatter.write_str("it is a folder"),
            Self::NoFile => formatter.write_str("it is not a regular file"),
            Self::Large(limit) => write!(formatter, "it is larger than {} MiB", limit / MIB),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}
