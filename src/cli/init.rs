use anyhow::Context as _;
use camino::Utf8PathBuf;
use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::home::Home;
use crate::cli::{Answer, Common, output, place};
use crate::config::Config;

/// Create a project: a configuration and the folders that it names.
///
/// Use it once, in the root of the repository or in a subfolder. It never overwrites a file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck init
  limbeck -C db init
  limbeck -c limbeck_ts.yaml init     add a second database to the project")]
pub(super) struct Init {}

const CONFIG: &str = include_str!("init/limbeck.yaml");
const ATTRIBUTES: &str = include_str!("init/gitattributes");

impl Init {
    #[expect(clippy::unused_self, reason = "every command runs like this")]
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let config_path = place::named(common);
        let root = place::root(&config_path);
        if config_path.as_std_path().symlink_metadata().is_ok() {
            return Err(Failure::refused(
                format!("the file {config_path} already exists"),
                "the project exists; write its next revision with `limbeck revision -m \"…\"`",
            ));
        }
        if !root.as_str().is_empty() && !root.is_dir() {
            return Err(Failure::refused(
                format!("there is no folder {root}"),
                "create it, or give another folder with -C",
            ));
        }

        let config = Config::default();
        let home = Home::of(&root, common.allow_outside).context("cannot read the folder")?;
        let create = |path: Utf8PathBuf, text: &str, written: &mut Vec<Utf8PathBuf>| {
            home.create(&path, text)?;
            written.push(path);
            anyhow::Ok(())
        };
        let mut written: Vec<Utf8PathBuf> = Vec::new();
        for folder in [&config.revisions, &config.release_notes] {
            let folder = root.join(folder);
            if !folder.is_dir() {
                home.create_folder(&folder)?;
                // git keeps no empty folder.
                create(folder.join(".gitkeep"), "", &mut written)?;
            }
        }
        let attributes = root.join(".gitattributes");
        let mut remarks = String::new();
        if attributes.exists() {
            remarks = format!(
                "{attributes} exists and was not changed; add these lines to it:\n\n{ATTRIBUTES}\n"
            );
        } else {
            create(attributes, ATTRIBUTES, &mut written)?;
        }
        // Last, so that what was cut off can be run again.
        create(config_path, CONFIG, &mut written)?;
        remarks += "next: write the first revision with `limbeck revision -m \"…\"`\n";
        Ok(Answer {
            data: output::written(&written, common.format),
            remarks,
            ..Answer::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn the_written_configuration_holds_the_defaults() {
        let as_written = CONFIG.to_owned();
        // A commented key has no blank after its `#`.
        let uncommented = CONFIG
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        for text in [as_written, uncommented] {
            let mut sources = Sources::default();
            let id = sources.add("limbeck.yaml", text);
            assert_eq!(Config::read(&sources, id), Ok(Config::default()));
        }
    }
}
