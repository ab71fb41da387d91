//! A throw-away cluster.
//!
//! A shell beside this process owns it. It holds the read end of a pipe from this process and cleans up at the pipe's end:
//! after Ctrl-C, too, and when the process is killed.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::program::{libraries, unprivileged};
use super::{Fault, Found};

/// A server that runs as long as this value, and its process. It trusts whoever reaches its socket.
#[derive(Debug)]
pub struct Cluster {
    /// Of the server's programs.
    pub programs: PathBuf,
    /// Of the cluster itself, `data`, and its log.
    pub folder: PathBuf,
    /// Of the socket: `folder`, where its path is short and plain.
    pub socket: PathBuf,
    /// The shell: the end of its input, which is never written to, is its signal.
    owner: Child,
}

/// `$1` is the folder of the server's programs, `$2` more of its settings, `$3` the folder for temporary files. Says
/// `socket FOLDER` and `ready FOLDER`, or why not. A socket's path has room for 103 bytes on some systems, and what is not
/// plain in it would have to be quoted in a setting and for libpq.
const OWNER: &str = r#"
trap '' HUP INT PIPE QUIT TERM
cd /
folder=$(mktemp -d "$3/limbeck.XXXXXX" 2>&1) && cd "$folder" || { echo "temporary $folder"; exit 1; }
socket=$folder
case $folder in *[!A-Za-z0-9/._-]*) socket= ;; esac
[ ${#folder} -le 88 ] || socket=
if [ -z "$socket" ] && ! socket=$(mktemp -d /tmp/limbeck.XXXXXX 2>&1)
then
    echo "short $socket"
elif "$1/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >log 2>&1 &&
    cat >>data/postgresql.conf <<CONF &&
listen_addresses = ''
unix_socket_directories = '$socket'
port = 5432
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
jit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 1d
$2
CONF
    : >log && "$1/pg_ctl" start --silent --wait --pgdata=data --log=log >control 2>&1
then
    echo "socket $socket"
    echo "ready $folder"
    read -r _
else
    cat log control 2>/dev/null
fi
"$1/pg_ctl" stop --silent --pgdata=data --mode=immediate >/dev/null 2>&1
cd /
rm -rf "$folder"
[ ! -d "$socket" ] || rm -rf "$socket"
"#;

impl Cluster {
    /// Starts one with more lines of `postgresql.conf`.
    pub fn start(found: &Found, settings: &str) -> Result<Self, Fault> {
        let cannot = |why: &str| {
            Fault::new(
                format!(
                    "PostgreSQL in {} does not start: {why}",
                    found.programs.display()
                ),
                "name another folder of PostgreSQL's programs with --bindir, or a server with --database-url",
            )
        };
        let absolute = |it: &Path| std::path::absolute(it).unwrap_or_else(|_| it.to_owned());
        let asked = std::env::var_os("TMPDIR").filter(|it| !it.is_empty());
        let temporary = asked.as_ref().map_or("/tmp".as_ref(), Path::new);
        let mut owner = unprivileged("sh")?
            .args(["-c", OWNER, "sh"])
            .arg(absolute(&found.programs))
            .arg(settings)
            .arg(absolute(temporary))
            .env_remove("PGDATA")
            .env("LD_LIBRARY_PATH", libraries(&found.programs))
            // Lengths are those of bytes.
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Away from the signals that a terminal sends to us.
            .process_group(0)
            .spawn()
            .map_err(|error| cannot(&error.to_string()))?;
        let mut said = String::new();
        let (mut socket, mut folder) = (PathBuf::new(), None);
        let stdout = owner.stdout.take().expect("it is piped");
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(ready) = line.strip_prefix("ready ") {
                folder = Some(PathBuf::from(ready));
                break;
            } else if let Some(place) = line.strip_prefix("socket ") {
                socket = PathBuf::from(place);
            } else {
                said = format!("{said}\n{line}");
            }
        }
        let Some(folder) = folder else {
            owner.wait().ok();
            let said = said.trim();
            return Err(if let Some(why) = said.strip_prefix("temporary ") {
                let name = if asked.is_some() { "TMPDIR" } else { "/tmp" };
                Fault::new(
                    format!("no folder can be made in {name}: {why}"),
                    "let TMPDIR name a folder that the user may write to whom the server runs as; that is not root",
                )
            } else if let Some(why) = said.strip_prefix("short ") {
                Fault::new(
                    format!("no folder for the server's socket can be made in /tmp: {why}"),
                    "let TMPDIR name a folder whose path is short and plain",
                )
            } else {
                cannot(said)
            });
        };
        Ok(Self {
            programs: found.programs.clone(),
            folder,
            socket,
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
