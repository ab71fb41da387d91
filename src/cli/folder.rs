//! Folders of bundles: read whole and replaced whole, so that nobody ever sees half of one.
#![expect(clippy::disallowed_methods, reason = "only `cli` touches files")]

use std::fs::{self, File};
use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use camino::Utf8Path;
use tempfile::TempDir;

use super::home::{self, Home, Refusal};
use crate::bundle::Found;

/// How the names of temporary folders begin.
const TEMPORARY: &str = ".limbeck-";

/// What is in the folder of a bundle; none where there is nothing of that name.
pub(super) fn read(home: &Home, path: &Utf8Path) -> anyhow::Result<Option<Found>> {
    if !is_there(path)? {
        return Ok(None);
    }
    let cannot = || format!("cannot read {path}");
    let mut found = Found::default();
    let mut left = home::BUNDLE;
    for (count, entry) in fs::read_dir(path).with_context(cannot)?.enumerate() {
        if count == LARGEST {
            bail!("{path} contains more than {LARGEST} files, so it is not a bundle");
        }
        let entry = entry.with_context(cannot)?;
        let is_file = entry.file_type().with_context(cannot)?.is_file();
        match entry.file_name().into_string() {
            Ok(name) if is_file => {
                let file = path.join(&name);
                let read = home.read(&file, left);
                if matches!(read, Err(Refusal::Large(_))) {
                    bail!("{path} is larger than {} MiB", home::BUNDLE >> 20);
                }
                let bytes = read.with_context(|| format!("cannot read {file}"))?;
                left -= bytes.len() as u64;
                found.files.insert(name, bytes);
            }
            Ok(name) => found.others.push(name),
            Err(name) => found.others.push(name.to_string_lossy().into_owned()),
        }
    }
    found.others.sort_unstable();
    Ok(Some(found))
}

/// How many files may lie in the folder of a bundle before nobody reads on.
const LARGEST: usize = 1_000;

/// What is in the folder of all bundles, sorted, and whether each is a folder, or a link to one. Hidden ones are
/// nobody's bundles.
pub(super) fn entries(path: &Utf8Path) -> anyhow::Result<Vec<(String, bool)>> {
    if !is_there(path)? {
        return Ok(Vec::new());
    }
    let cannot = || format!("cannot read {path}");
    let mut found = Vec::new();
    for (count, entry) in fs::read_dir(path).with_context(cannot)?.enumerate() {
        if count == home::ENTRIES {
            bail!(
                "{path} contains more than {} files and folders",
                home::ENTRIES
            );
        }
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.push((name, entry.path().is_dir()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether there is a folder. Anything else of that name is refused.
pub(super) fn is_there(path: &Utf8Path) -> anyhow::Result<bool> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("cannot read {path}")),
    };
    if kind.is_symlink() {
        bail!("{path} is a link, but a folder is required");
    }
    if !kind.is_dir() {
        bail!("{path} is a file, but a folder is required");
    }
    Ok(true)
}

/// Tries to make a file in a folder.
pub(super) fn may_write(path: &Utf8Path) -> io::Result<()> {
    tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(path)
        .map(drop)
}

/// The folder of all bundles, while nobody else writes in it.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    path: &'a Utf8Path,
    /// Holds the lock.
    folder: File,
}

impl<'a> Writer<'a> {
    /// Makes the folder where there is none, waits for others, and removes what killed ones left behind.
    pub(super) fn open(home: &Home, path: &'a Utf8Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write into {path}");
        home.create_folder(path)?;
        let folder = File::open(path).with_context(cannot)?;
        match folder.lock() {
            Err(error) if error.kind() != io::ErrorKind::Unsupported => {
                return Err(error).with_context(cannot);
            }
            Ok(()) | Err(_) => {}
        }
        for entry in fs::read_dir(path).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
            if is_folder && entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                // What cannot be removed is in nobody's way.
                fs::remove_dir_all(entry.path()).ok();
            }
        }
        Ok(Self { path, folder })
    }

    /// Makes the folder `name` hold `files` and nothing else: all of it changes at once.
    pub(super) fn replace<'b>(
        &self,
        name: &str,
        files: impl IntoIterator<Item = (&'b str, &'b str)>,
    ) -> anyhow::Result<()> {
        self.try_replace(name, files)
            .with_context(|| format!("cannot write {}", self.path.join(name)))
    }

    fn try_replace<'b>(
        &self,
        name: &str,
        files: impl IntoIterator<Item = (&'b str, &'b str)>,
    ) -> io::Result<()> {
        let new = self.temporary()?;
        for (name, text) in files {
            let mut file = File::create_new(new.path().join(name))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
        }
        File::open(new.path())?.sync_all()?;
        let target = self.path.join(name);
        if target.as_std_path().symlink_metadata().is_err() {
            fs::rename(new.path(), &target)?;
        } else if !exchange(&new, &target)? {
            self.swap(&new, &target)?;
        }
        self.folder.sync_all()
    }

    /// For file systems that cannot exchange two folders: between the two steps there is none.
    fn swap(&self, new: &TempDir, target: &Utf8Path) -> io::Result<()> {
        let old = self.temporary()?;
        let aside = old.path().join("old");
        fs::rename(target, &aside)?;
        fs::rename(new.path(), target).inspect_err(|_| {
            fs::rename(&aside, target).ok();
        })
    }

    /// A folder beside the bundles, which is removed with this value.
    fn temporary(&self) -> io::Result<TempDir> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        // As other programs make folders: readable, less what the umask takes.
        #[cfg(unix)]
        builder
            .permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o777));
        builder.tempdir_in(self.path)
    }
}

/// Exchanges two folders in one step; false where the system cannot.
#[cfg(target_os = "linux")]
fn exchange(new: &TempDir, target: &Utf8Path) -> io::Result<bool> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;

    let exchanged = renameat_with(
        CWD,
        new.path(),
        CWD,
        target.as_std_path(),
        RenameFlags::EXCHANGE,
    );
    match exchanged {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn exchange(_new: &TempDir, _target: &Utf8Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;

    fn out() -> (TempDir, Home, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let home = Home::of(&path, false).unwrap();
        (folder, home, path.join("a/out"))
    }

    fn names(path: &Utf8Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(path)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_folder_is_replaced_as_a_whole() {
        let (_folder, home, out) = out();
        let writer = Writer::open(&home, &out).unwrap();
        writer.replace("1", [("a", "one"), ("b", "two")]).unwrap();
        assert_eq!(names(&out.join("1")), ["a", "b"]);
        writer.replace("1", [("c", "three")]).unwrap();
        assert_eq!(names(&out.join("1")), ["c"]);
        assert_eq!(names(&out), ["1"]);
        assert!(writer.replace("1", [("no/a", "")]).is_err());
        assert_eq!(names(&out.join("1")), ["c"]);
        assert_eq!(names(&out), ["1"]);
        let found = read(&home, &out.join("1")).unwrap().unwrap();
        assert_eq!(found.files["c"], b"three");
        assert_eq!(read(&home, &out.join("2")).unwrap(), None);
    }

    #[test]
    fn without_an_exchange_the_old_folder_goes_aside() {
        let (_folder, home, out) = out();
        let writer = Writer::open(&home, &out).unwrap();
        writer.replace("1", [("a", "one")]).unwrap();
        let new = writer.temporary().unwrap();
        fs::write(new.path().join("b"), "two").unwrap();
        writer.swap(&new, &out.join("1")).unwrap();
        assert_eq!(names(&out.join("1")), ["b"]);
        assert_eq!(names(&out), ["1"]);
        // What cannot be put there leaves what was.
        assert!(writer.swap(&new, &out.join("1")).is_err());
        assert_eq!(names(&out.join("1")), ["b"]);
    }

    #[test]
    fn what_was_left_behind_is_removed() {
        let (_folder, home, out) = out();
        fs::create_dir_all(out.join(".limbeck-old/deep")).unwrap();
        fs::create_dir_all(out.join(".other")).unwrap();
        fs::write(out.join(".limbeck-file"), "").unwrap();
        Writer::open(&home, &out).unwrap();
        assert_eq!(names(&out), [".limbeck-file", ".other"]);
        assert_eq!(entries(&out).unwrap(), []);
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_as_readable_as_others() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_folder, home, out) = out();
        Writer::open(&home, &out)
            .unwrap()
            .replace("1", [("a", "")])
            .unwrap();
        let mode = |path: &Utf8Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&out.join("1")), mode(&out));
    }
}
