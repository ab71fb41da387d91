//! A real standby, made with `pg_basebackup`, refuses the scripts before anything else does.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use limbeck::script::psql::{preflight, rollback, upgrade, verify};

use crate::server::{Output, found, outcome, unprivileged};
use crate::upgrade_sql::project;

/// `$1` is the folder of the server's programs. The end of its input takes both servers away.
const PAIR: &str = r#"
trap '' HUP INT PIPE QUIT TERM
cd / && folder=$(mktemp -d /tmp/limbeck.XXXXXX) || exit 1
serve() {
    mkdir "$folder/$1.socket" &&
    cat >>"$folder/$1/postgresql.conf" <<CONF &&
listen_addresses = ''
unix_socket_directories = '$folder/$1.socket'
fsync = off
wal_level = replica
CONF
    "$2/pg_ctl" start --silent --wait --pgdata="$folder/$1" --log="$folder/$1.log"
}
if "$1/initdb" --pgdata="$folder/primary" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync >/dev/null &&
    serve primary "$1" &&
    "$1/pg_basebackup" -h "$folder/primary.socket" -U postgres -D "$folder/standby" -R -X stream -c fast &&
    serve standby "$1"
then
    echo "ready $folder"
    read -r _
else
    cat "$folder"/*.log
fi 2>&1
for server in standby primary; do
    "$1/pg_ctl" stop --silent --pgdata="$folder/$server" --mode=immediate >/dev/null 2>&1
done
rm -rf "$folder"
"#;

/// A primary and its standby; they end with this value.
struct Pair {
    folder: String,
    owner: Child,
}

impl Pair {
    fn start() -> Self {
        let mut owner = unprivileged("sh")
            .args(["-c", PAIR, "sh"])
            .arg(found().programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
        for line in lines {
            let line = line.unwrap();
            if let Some(folder) = line.strip_prefix("ready ") {
                let folder = folder.to_owned();
                return Self { folder, owner };
            }
            said = format!("{said}{line}\n");
        }
        let status = owner.wait();
        panic!("the servers do not start ({status:?}):\n{said}");
    }

    fn psql(&self, server: &str, script: &str) -> Output {
        let mut psql = Command::new(found().programs.join("psql"));
        psql.env_clear()
            .env("PGHOST", format!("{}/{server}.socket", self.folder))
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "postgres");
        outcome(psql.args(["-X", "-f", "-"]), script)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        drop(self.owner.stdin.take());
        drop(self.owner.wait());
    }
}

#[test]
fn a_standby_is_refused() {
    let project = project();
    let (first, second) = (project.pack("1.0.0"), project.pack("1.1.0"));
    let pair = Pair::start();
    let output = pair.psql("primary", &upgrade(&first));
    assert!(output.status.success(), "{output:?}");
    // What was written has come over.
    for _ in 0..100 {
        let rows = "select count(*) from pg_class where relname = 't'";
        if pair.psql("standby", rows).stdout.contains('1') {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    for script in [upgrade(&second), rollback(&second)] {
        let output = pair.psql("standby", &script);
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        assert!(
            output
                .stderr
                .contains("limbeck: refused: this server is a standby, which is read-only")
                && output.stderr.contains("Connect to the primary."),
            "{output:?}"
        );
    }
    // What only reads may be asked there.
    let output = pair.psql("standby", &verify::script(&first));
    assert!(output.status.success(), "{output:?}");
    let output = pair.psql("standby", &preflight::script(&second));
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.contains("standby"), "{output:?}");
}
