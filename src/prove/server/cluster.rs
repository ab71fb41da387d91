//! A throw-away cluster.
//!
//! A shell beside this process owns it. It holds the read end of a pipe from this process and cleans up at the pipe's end:
//! after Ctrl-C, too, and when the process is killed.

use std::fmt;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use crate::prove::server::found::Found;
use crate::prove::server::program::{libraries, unprivileged};
use crate::prove::server::{Fault, PROVER};

/// A server that runs as long as this value, and its process.
pub struct Cluster {
    /// Of the server's programs.
    pub programs: PathBuf,
    /// Of the cluster itself, `data`, and its log.
    pub folder: PathBuf,
    /// Of the socket: `folder`, where its path is short and plain.
    pub socket: PathBuf,
    /// The shell: the end of its input is its signal.
    owner: Child,
    /// The name of its superuser.
    pub superuser: &'static str,
    /// The superuser's; where there is none, the server trusts whoever reaches its socket. It stands in no argument, no
    /// environment of the server and no file.
    pub(super) password: String,
}

/// The superuser of a server that asks for a password. Roles of that name are nobody's.
const SUPERUSER: &str = "limbeck_superuser";

/// `$1` is the folder of the server's programs, `$2` more of its settings, `$3` the folder for temporary files, `$4` the
/// superuser, `$5` what `pg_hba.conf` is to hold where it is not to trust everybody. Reads the superuser's password. Says
/// `socket FOLDER` and `ready FOLDER`, or why not. A socket's path has room for 103 bytes on some systems, and what is not
/// plain in it would have to be quoted in a setting and for libpq.
const OWNER: &str = r#"
trap '' HUP INT PIPE QUIT TERM
cd /
umask 077
read -r password
folder=$(mktemp -d "$3/limbeck.XXXXXX" 2>&1) && cd "$folder" || { echo "temporary $folder"; exit 1; }
socket=$folder
case $folder in *[!A-Za-z0-9/._-]*) socket= ;; esac
[ ${#folder} -le 88 ] || socket=
if [ -z "$socket" ] && ! socket=$(mktemp -d /tmp/limbeck.XXXXXX 2>&1)
then
    echo "short $socket"
elif printf '%s\n' "$password" >password &&
    "$1/initdb" --pgdata=data --username="$4" ${password:+--pwfile=password} --auth=trust --encoding=UTF8 --locale=C --no-sync >log 2>&1 &&
    rm password && { [ -z "$5" ] || printf '%s\n' "$5" >data/pg_hba.conf; } &&
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

/// What nobody can guess: 48 hexadecimal digits.
pub(super) fn secret() -> Result<String, Fault> {
    let mut bytes = [0_u8; 24];
    let mut random = File::open("/dev/urandom").and_then(|mut it| it.read_exact(&mut bytes));
    if let Err(error) = &mut random {
        return Err(Fault::new(
            format!("cannot read random numbers: /dev/urandom: {error}"),
            "run limbeck on a system that has this device",
        ));
    }
    Ok(bytes.iter().fold(String::new(), |mut text, it| {
        let _ = write!(text, "{it:02x}");
        text
    }))
}

impl Cluster {
    /// Starts one with more lines of `postgresql.conf`, which trusts whoever reaches its socket.
    pub fn start(found: &Found, settings: &str) -> Result<Self, Fault> {
        Self::run(found, settings, "postgres", String::new())
    }

    /// Starts one whose superuser gives a password: no SQL inside comes back as the superuser over the socket, by an
    /// extension such as `dblink` or by a subscription.
    pub(super) fn guarded(found: &Found) -> Result<Self, Fault> {
        let password = secret()?;
        Self::run(found, "", SUPERUSER, password)
    }

    fn run(
        found: &Found,
        settings: &str,
        superuser: &'static str,
        password: String,
    ) -> Result<Self, Fault> {
        let access = if password.is_empty() {
            String::new()
        } else {
            format!("local all {superuser} scram-sha-256\nlocal all {PROVER} trust")
        };
        let cannot = |why: &str| {
            Fault::new(
                format!(
                    "PostgreSQL in {} does not start: {why}",
                    found.programs.display()
                ),
                "name another folder of PostgreSQL's programs with --bindir, or name a server with --database-url",
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
            .args([superuser, &access])
            // What SQL could reach in the server's process holds no secret of ours.
            .env_clear()
            .envs(std::env::var_os("PATH").map(|it| ("PATH", it)))
            .env("LD_LIBRARY_PATH", libraries(&found.programs))
            // Lengths are those of bytes.
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Away from the signals that a terminal sends to us.
            .process_group(0)
            .spawn()
            .map_err(|error| cannot(&error.to_string()))?;
        let stdin = owner.stdin.as_mut().expect("it is piped");
        writeln!(stdin, "{password}").ok();
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
                    format!("cannot create a folder in {name}: {why}"),
                    "set TMPDIR to a folder that the user of the server, who is not root, may write to",
                )
            } else if let Some(why) = said.strip_prefix("short ") {
                Fault::new(
                    format!("cannot create a folder for the server's socket in /tmp: {why}"),
                    "set TMPDIR to a folder with a short path of plain characters",
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
            superuser,
            password,
        })
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Cluster")
            .field(&self.folder)
            .finish()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of its input.
        drop(self.owner.stdin.take());
        self.owner.wait().ok();
    }
}
