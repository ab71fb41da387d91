//! The servers that a machine has.
#![expect(
    clippy::disallowed_methods,
    reason = "it looks for the server's programs on this machine"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Fault;
use super::program::{libraries, outcome};

/// The programs of one PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The folder with `initdb` and its companions.
    pub programs: PathBuf,
    /// The major version, such as 15.
    pub major: u32,
}

/// The programs of a server.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

impl Found {
    /// The servers that this machine has: `pg_config --bindir`, Debian's versioned folders, `PATH`.
    #[must_use]
    pub fn installed() -> Vec<Self> {
        let asked = Command::new("pg_config").arg("--bindir").output();
        let asked = asked
            .ok()
            .and_then(|output| String::from_utf8(output.stdout).ok())
            .map(|text| PathBuf::from(text.trim()));
        let packaged: BTreeMap<u32, PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut found: Vec<Self> = Vec::new();
        let folders = asked
            .into_iter()
            .chain(packaged.into_values().rev())
            .chain(std::env::split_paths(&path));
        for folder in folders {
            if let Ok(one) = Self::in_folder(&folder)
                && !found.iter().any(|it| it.programs == one.programs)
            {
                found.push(one);
            }
        }
        found
    }

    /// The programs in a folder. The error says what is missing.
    pub fn in_folder(folder: &Path) -> Result<Self, Fault> {
        let help = "name the folder that contains initdb, pg_ctl, postgres and psql";
        for program in PROGRAMS {
            if !folder.join(program).is_file() {
                let message = format!("there is no {program} in {}", folder.display());
                return Err(Fault::new(message, help));
            }
        }
        let mut postgres = Command::new(folder.join("postgres"));
        postgres
            .arg("--version")
            .env("LD_LIBRARY_PATH", libraries(folder));
        let said = outcome(&mut postgres, "")?;
        // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
        let mut words = said.stdout.split_whitespace();
        let version = words.find(|it| it.starts_with(|letter: char| letter.is_ascii_digit()));
        let digits = |it: &str| {
            it.chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
        };
        if let Some(major) = version.and_then(|it| digits(it).parse().ok()) {
            return Ok(Self {
                programs: folder.to_owned(),
                major,
            });
        }
        let message = format!(
            "cannot read the version of {}: {}",
            folder.join("postgres").display(),
            said.stderr.trim()
        );
        Err(Fault::new(message, help))
    }
}
