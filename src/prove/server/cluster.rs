//! A throw-away cluster.
//!
//! A shell beside this process owns it. It holds the read end of a pipe from this process and cleans up at the pipe's end:
//! after Ctrl-C, too, and when the process is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::program::{libraries, unprivileged};
use super::{Fault, Found};

/// A server that runs as long as this value, and its process. It trusts whoever reaches its socket.
#[derive(Debug)]
pub struct Cluster {
    /// Of the server's programs.
    pub programs: PathBuf,
    /// Of the socket, and of the cluster itself: `data`.
    pub folder: PathBuf,
    /// The shell: the end of its input, which is never written to, is its signal.
    owner: Child,
}

/// `$1` is the folder of the server's programs, `$2` more of its settings. Says `ready FOLDER`, or why not.
const OWNER: &str = r#"
trap '' HUP INT PIPE QUIT TERM
cd / && folder=$(mktemp -d "${TMPDIR:-/tmp}/limbeck.XXXXXX") || exit 1
if "$1/initdb" --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync &&
    cat >>"$folder/data/postgresql.conf" <<CONF &&
listen_addresses = ''
unix_socket_directories = '$folder'
port = 5432
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1d
$2
CONF
    "$1/pg_ctl" start --silent --wait --pgdata="$folder/data" --log="$folder/log"
then
    echo "ready $folder"
    read -r _
else
    cat "$folder/log" 2>/dev/null
fi 2>&1
"$1/pg_ctl" stop --silent --pgdata="$folder/data" --mode=immediate >/dev/null 2>&1
rm -rf "$folder"
"#;

impl Cluster {
    /// Starts one with more lines of `postgresql.conf`.
    pub fn start(found: &Found, settings: &str) -> Result<Self, Fault> {
        let cannot = |why: String| {
            Fault::new(
                format!(
                    "PostgreSQL in {} does not start: {why}",
                    found.programs.display()
                ),
                "name another folder of PostgreSQL's programs with --bindir, or a server with --database-url",
            )
        };
        let mut owner = unprivileged("sh")?
            .args(["-c", OWNER, "sh"])
            .arg(&found.programs)
            .arg(settings)
            .env_remove("PGDATA")
            .env("LD_LIBRARY_PATH", libraries(&found.programs))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Away from the signals that a terminal sends to us.
            .process_group(0)
            .spawn()
            .map_err(|error| cannot(error.to_string()))?;
        let mut said = String::new();
        let mut folder = None;
        let stdout = owner.stdout.take().expect("it is piped");
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(ready) = line.strip_prefix("ready ") {
                folder = Some(PathBuf::from(ready));
                break;
            }
            said = format!("{said}\n{line}");
        }
        let Some(folder) = folder else {
            owner.wait().ok();
            return Err(cannot(said));
        };
        Ok(Self {
            programs: found.programs.clone(),
            folder,
            owner,
        })
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input.
        drop(self.owner.stdin.take());
        self.owner.wait().ok();
    }
}
