//! Writes files so that nobody ever sees half of one.
use std::fs;
use std::io::{self, Write as _};

use anyhow::{Context as _, anyhow, bail};
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::NamedTempFile;

use super::Format;

/// Writes a file that must not exist yet.
pub(super) fn create(path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    complete(path, text)
        .and_then(|file| file.persist_noclobber(path).map_err(|it| it.error))
        .map(drop)
        .map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                anyhow!("the file {path} already exists")
            } else {
                anyhow!(error).context(format!("cannot write {path}"))
            }
        })
}

/// Writes a file that may exist: then all of it changes at once, or nothing. What is no regular file, such as
/// a pipe, is written into.
pub(super) fn replace(path: &Utf8Path, text: &str) -> anyhow::Result<()> {
    let existing = fs::metadata(path).ok();
    let written = match &existing {
        Some(metadata) if metadata.is_file() => replace_file(path, text, metadata.permissions()),
        Some(metadata) if metadata.is_dir() => bail!("cannot write {path}: it is a folder"),
        Some(_) => fs::OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut it| it.write_all(text.as_bytes())),
        None => complete(path, text)
            .and_then(|file| file.persist(path).map_err(|it| it.error))
            .map(drop),
    };
    written.with_context(|| format!("cannot write {path}"))
}

/// The paths of written files, as data.
pub(super) fn written(paths: &[Utf8PathBuf], format: Format) -> String {
    match format {
        Format::Human => paths.iter().flat_map(|it| [it.as_str(), "\n"]).collect(),
        Format::Json => {
            let paths: Vec<_> = paths.iter().map(|it| it.as_str()).collect();
            serde_json::json!({ "written": paths }).to_string() + "\n"
        }
    }
}

/// A link stays one, and its target keeps who may read it.
fn replace_file(path: &Utf8Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let target = path.canonicalize_utf8()?;
    let file = complete(&target, text)?;
    file.as_file().set_permissions(permissions)?;
    file.persist(&target).map_err(|it| it.error)?;
    Ok(())
}

/// A temporary file beside `path` that holds all of `text`.
fn complete(path: &Utf8Path, text: &str) -> io::Result<NamedTempFile> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_str().is_empty() => folder.to_owned(),
        _ => Utf8PathBuf::from("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".limbeck-");
    // As other programs make files: readable, less what the umask takes.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "only `cli` touches files")]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    #[test]
    fn create_writes_only_what_is_new() {
        let (_folder, path) = folder();
        create(&path.join("a"), "one").unwrap();
        let error = create(&path.join("a"), "two").unwrap_err();
        assert!(error.to_string().contains("already"), "{error}");
        assert_eq!(fs::read_to_string(path.join("a")).unwrap(), "one");
        assert!(create(&path.join("no/a"), "").is_err());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 1);
    }

    #[test]
    fn replace_refuses_folders() {
        let (_folder, path) = folder();
        assert!(replace(&path, "").is_err());
        assert!(replace(&path.join("no/a"), "").is_err());
        assert_eq!(fs::read_dir(&path).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn replace_keeps_links_and_permissions() {
        use std::os::unix::fs::PermissionsExt as _;

        let (_folder, path) = folder();
        let (file, link) = (path.join("file"), path.join("link"));
        replace(&file, "one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&link, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert!(link.is_symlink());
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        replace("/dev/null".into(), "three").unwrap();
    }
}
