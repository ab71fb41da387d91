//! Runs that are killed in the midst of a statement: at moments drawn by lot, and where an index waits to be built.

#![expect(clippy::disallowed_methods, reason = "runs are killed after some time")]

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use limbeck::diagnostic::Direction;
use tempfile::NamedTempFile;

use crate::dump::VERSIONS;
use crate::faults::{Expected, Way, file, tell};
use crate::server::{Database, Server};
use crate::torture::Course;

/// Numbers from 0 to 1 that look as if drawn by lot, the same every time.
#[derive(Debug)]
struct Lot(u64);

impl Lot {
    fn draw(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).expect("it has 32 bits")) / f64::from(u32::MAX)
    }
}

/// Others at work on the tables: what is built concurrently waits for their short transactions, again and again.
const OTHERS: &str = "set application_name = 'others';
do $$ begin
  loop
    lock table item, event in row exclusive mode;
    perform pg_sleep(0.03);
    commit;
    perform pg_sleep(0.003);
  end loop;
end $$;
";

/// A script that runs while others work.
#[derive(Debug)]
struct Run {
    database: Database,
    psql: Child,
    others: Child,
    after: Duration,
    _files: [NamedTempFile; 2],
}

impl Run {
    /// Starts it, and lets it run for a while.
    fn start(way: Way<'_>, start: &Database, after: Duration) -> Self {
        let database = start.server.copy(&start.name);
        let mut command = database.program("psql");
        let files = [file(OTHERS), file(way.script())];
        let others = spawn(command.args(["-X", "-f"]).arg(files[0].path()));
        let psql = spawn(&mut way.psql(&database, files[1].path()));
        thread::sleep(after);
        Self {
            database,
            psql,
            others,
            after,
            _files: files,
        }
    }

    fn kill(&mut self) {
        for process in [&mut self.psql, &mut self.others] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Waits for what is left of it, and then for the end of an undisturbed run, or of the way back.
    fn check(&self, way: Way<'_>, expected: &Expected, back: bool) -> Result<(), String> {
        end(&self.database, "others");
        self.database.query(VERSIONS);
        let outcome = if back {
            way.back(&self.database, expected)
        } else {
            way.again(&self.database, expected)
        };
        outcome.map_err(|why| format!("== {way}, killed after {:?}\n{why}", self.after))
    }
}

/// Ends the sessions of that name.
fn end(database: &Database, name: &str) {
    database.query(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = '{name}'"));
}

#[test]
#[ignore = "deep: 48 runs and as many crashes; fast: where_some_statements_wait"]
fn at_any_moment() {
    const RUNS: usize = 24;
    let course = Course::torture(Server::own());
    let expected = Expected::new(&course);
    let mut lot = Lot(0x005e_ed0f_1f5e_a5ed);
    let mut failures = Vec::new();
    for way in course.ways() {
        let start = way.start();
        let clock = Instant::now();
        let mut run = Run::start(way, &start, Duration::ZERO);
        assert!(run.psql.wait().unwrap().success());
        let whole = clock.elapsed();
        run.kill();
        failures.extend(run.check(way, &expected, false).err());
        for number in 0..RUNS {
            let mut run = Run::start(way, &start, whole.mul_f64(lot.draw()));
            run.kill();
            failures.extend(run.check(way, &expected, number % 2 == 0).err());
        }
        // The server takes several runs with it, each at another moment.
        for _ in 0..4 {
            let mut runs: Vec<Run> = (0..RUNS / 4)
                .map(|_| Run::start(way, &start, whole.mul_f64(lot.draw() / 3.0)))
                .collect();
            start.server.crash();
            for (number, run) in runs.iter_mut().enumerate() {
                run.kill();
                failures.extend(run.check(way, &expected, number % 2 == 0).err());
            }
        }
        tell(&format!(
            "faults injected: {RUNS} times psql, {RUNS} times the server, within {whole:?}: {way}"
        ));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The step from which a script begins, and what a transaction holds that one of its statements outside of
/// transactions waits for.
const WAITS: [(Direction, Option<&str>, &str); 4] = [
    (Direction::Upgrade, None, "event"),
    (Direction::Upgrade, Some("meet"), "event"),
    (Direction::Upgrade, Some("detach"), "item"),
    (Direction::Downgrade, None, "item"),
];

#[test]
fn where_some_statements_wait() {
    wait_everywhere(&[(false, false), (true, true)]);
}

#[test]
#[ignore = "deep: 8 runs and 8 crashes; fast: where_some_statements_wait"]
fn where_a_statement_waits() {
    wait_everywhere(&[(false, false), (false, true), (true, false), (true, true)]);
}

/// Kills psql or the server where a statement waits, and runs the script again, or the one that leads back.
fn wait_everywhere(kinds: &[(bool, bool)]) {
    let course = Course::torture(Server::own());
    let expected = Expected::new(&course);
    let mut count = 0;
    for (direction, to, table) in WAITS {
        let way = course
            .ways()
            .into_iter()
            .find(|it| it.direction == direction)
            .unwrap();
        for &(crash, back) in kinds {
            let database = way.start();
            if to.is_some() {
                Way { to, ..way }.finish(&database).unwrap();
                database.query(VERSIONS);
            }
            wait(way, &database, table, crash);
            database.query(VERSIONS);
            let outcome = if back {
                way.back(&database, &expected)
            } else {
                way.again(&database, &expected)
            };
            outcome.unwrap_or_else(|why| panic!("{way}, {to:?}, {crash}, {back}\n{why}"));
            count += 1;
        }
    }
    tell(&format!(
        "faults injected: {} times psql, {} times the server, where a statement waits",
        count / 2,
        count / 2
    ));
}

/// Kills psql, or the server, while a statement waits.
fn wait(way: Way<'_>, database: &Database, table: &str, crash: bool) {
    let holder = file(&format!(
        "set application_name = 'holder'; begin; lock table {table} in row exclusive mode; select pg_sleep(600);"
    ));
    let mut psql = database.program("psql");
    let mut holder_psql = spawn(psql.args(["-X", "-f"]).arg(holder.path()));
    let until = |condition: &str| {
        let count = format!(
            "select count(*) from pg_stat_activity where datname = current_database() and {condition}"
        );
        while database.query(&count) == "0" {
            thread::sleep(Duration::from_millis(20));
        }
    };
    until("wait_event = 'PgSleep'");
    let script = file(way.script());
    let mut psql = spawn(&mut way.psql(database, script.path()));
    until("wait_event_type = 'Lock' and query ilike '%concurrently%'");
    psql.kill().unwrap();
    psql.wait().unwrap();
    if crash {
        database.server.crash();
    } else {
        // The server does not see yet that nobody listens any more: nothing begins beside it.
        let told = way.finish(database).unwrap_err();
        assert!(
            told.contains("refused: another run is in progress on this database: process "),
            "{told}"
        );
        end(database, "holder");
    }
    holder_psql.wait().unwrap();
}

fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
