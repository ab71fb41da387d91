//! Where the configuration of a project is, as a path from the working directory.

use std::fs;
use std::path::{Component, Path, PathBuf};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::Common;
use super::failure::Failure;
use crate::config;

/// The path of the configuration, whether it is there or not. Where none is named, it is the nearest `limbeck.yaml`: that
/// of the folder, or of one above it.
pub(super) fn find(common: &Common) -> Result<Utf8PathBuf, Failure> {
    let named = named(common);
    if common.config.is_some() || is_there(named.as_std_path()) {
        return Ok(named);
    }
    // Links are followed first, as `cd` and the system do: what is above is where the folder really is.
    let Ok(start) = fs::canonicalize(or_here(&root(&named))) else {
        return Ok(named);
    };
    let above = start.ancestors().skip(1);
    let mut found = above.map(|it| it.join(config::FILE_NAME));
    let Some(found) = found.find(|it| is_there(it)) else {
        return Ok(named);
    };
    let is_absolute = common.directory.as_ref().is_some_and(|it| it.is_absolute());
    let Some(path) = from_here(&found, is_absolute) else {
        return Ok(named);
    };
    if !is_of_same_owner(&found, &start) {
        return Err(Failure::refused(
            format!("the configuration {path} and the folder below it belong to different users"),
            format!(
                "use -c {path} if you trust it, or create your own project with `limbeck init`"
            ),
        ));
    }
    Ok(path)
}

/// The path of the configuration in the very folder that the arguments name.
pub(super) fn named(common: &Common) -> Utf8PathBuf {
    let name = common.config.as_deref();
    let name = name.unwrap_or(Utf8Path::new(config::FILE_NAME));
    match &common.directory {
        Some(directory) => short(&directory.join(name)),
        None => short(name),
    }
}

/// The folder of the project whose configuration is `config_path`; empty for the working directory.
pub(super) fn root(config_path: &Utf8Path) -> Utf8PathBuf {
    config_path
        .parent()
        .map(Utf8Path::to_owned)
        .unwrap_or_default()
}

/// A path without detours: relative, where it leads into the working directory.
fn short(path: &Utf8Path) -> Utf8PathBuf {
    let is_up = |path: &Utf8Path| path.components().any(|it| it == Utf8Component::ParentDir);
    let parts = path.components();
    let path: Utf8PathBuf = parts.filter(|it| *it != Utf8Component::CurDir).collect();
    let Ok(here) = std::env::current_dir() else {
        return path;
    };
    if !path.is_absolute() && !is_up(&path) {
        return path;
    }
    let inside = path.as_std_path().strip_prefix(&here).ok();
    if let Some(inside) = inside.and_then(Utf8Path::from_path)
        && !is_up(inside)
    {
        return inside.to_owned();
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return path;
    };
    let Ok(real) = fs::canonicalize(or_here(folder)) else {
        return path;
    };
    let inside = real.strip_prefix(&here).ok().and_then(Utf8Path::from_path);
    inside.map(|it| it.join(name)).unwrap_or(path)
}

/// The way to `path`, which has no links, from the working directory. One that leads out of it stays absolute where that
/// `is_absolute` which was named.
fn from_here(path: &Path, is_absolute: bool) -> Option<Utf8PathBuf> {
    let here = std::env::current_dir().ok()?;
    let same = here
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = here.components().count() - same;
    if is_absolute && up > 0 {
        return Utf8PathBuf::from_path_buf(path.to_owned()).ok();
    }
    let up = std::iter::repeat_n(Component::ParentDir, up);
    let way: PathBuf = up.chain(path.components().skip(same)).collect();
    Utf8PathBuf::from_path_buf(way).ok()
}

/// Whether there is anything of that name, also a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A folder above may be anybody's, such as that of temporary files: what somebody else puts there is not taken for ours.
#[cfg(unix)]
fn is_of_same_owner(path: &Path, folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let owner = |path: &Path| path.symlink_metadata().map(|it| it.uid());
    matches!((owner(path), owner(folder)), (Ok(one), Ok(other)) if one == other || one == 0)
}

#[cfg(not(unix))]
fn is_of_same_owner(_path: &Path, _folder: &Path) -> bool {
    true
}

fn or_here(folder: &Utf8Path) -> &Utf8Path {
    if folder.as_str().is_empty() {
        Utf8Path::new(".")
    } else {
        folder
    }
}
