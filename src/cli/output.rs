//! Writes files so that nobody ever sees half of one.
#![expect(clippy::disallowed_methods, reason = "only `cli` touches files")]

use std::fs;
use std::io::{self, Write as _};

use anyhow::{Context as _, anyhow};
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
                anyhow!("there is a file {path} already")
            } else {
                anyhow!(error).context(format!("cannot write {path}"))
            }
        })
}

/// Makes a folder and those above it, where they do not exist.
pub(super) fn create_folder(path: &Utf8Path) -> anyhow::Result<()> {
    fs::create_dir_all(path).with_context(|| format!("cannot make the folder {path}"))
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
