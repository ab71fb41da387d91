//! Runs that are killed in the midst of a statement: at moments drawn by lot, and where an index waits to be built.

use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::{Expected, State, VERSIONS, Way, file, same};
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
}

impl Run {
    /// Starts it, and lets it run for a while.
    fn start(way: Way<'_>, start: &Database, after: Duration) -> Self {
        let database = start.server.copy(&start.name);
        let mut command = database.program("psql");
        let script = file(OTHERS);
        let mut spawn = |command: &mut std::process::Command| {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        let others = spawn(command.args(["-X", "-f"]).arg(script.path()));
        let file = file(way.script());
        let psql = spawn(&mut way.psql(&database, file.path()));
        thread::sleep(after);
        Self {
            database,
            psql,
            others,
            after,
        }
    }

    fn kill(&mut self) {
        for process in [&mut self.psql, &mut self.others] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Whether the script, run again, comes to the end of an undisturbed run.
    fn again(&self, way: Way<'_>, expected: &Expected) -> Result<(), String> {
        self.database.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'others'");
        self.database.query(VERSIONS);
        way.finish(&self.database)
            .and_then(|()| same(&State::of(&self.database), expected.end(way)))
            .map_err(|why| format!("== {way}, killed after {:?}\n{why}", self.after))
    }
}

#[test]
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
        failures.extend(run.again(way, &expected).err());
        for _ in 0..RUNS {
            let mut run = Run::start(way, &start, whole.mul_f64(lot.draw()));
            run.kill();
            failures.extend(run.again(way, &expected).err());
        }
        // The server takes several runs with it, each at another moment.
        for _ in 0..4 {
            let mut runs: Vec<Run> = (0..RUNS / 4)
                .map(|_| Run::start(way, &start, whole.mul_f64(lot.draw() / 3.0)))
                .collect();
            start.server.crash();
            for run in &mut runs {
                run.kill();
                failures.extend(run.again(way, &expected).err());
            }
        }
        println!(
            "faults injected: {RUNS} times psql, {RUNS} times the server, within {whole:?}: {way}"
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Its end is not seen by the server while the index waits, so the next run does not begin beside it.
#[test]
fn a_build_that_waits_is_not_run_twice() {
    let course = Course::torture(Server::own());
    let expected = Expected::new(&course);
    let [upgrade, _] = course.ways();
    for crash in [false, true] {
        let database = upgrade.start();
        let mut writer = database.program("psql");
        let open = file("begin; update event set note = note; select pg_sleep(600);");
        let mut writer = writer
            .args(["-X", "-f"])
            .arg(open.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(&mut writer);
        let script = file(upgrade.script());
        let mut psql = upgrade
            .psql(&database, script.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ilike '%concurrently%'";
        while database.query(waits) == "0" {
            thread::sleep(Duration::from_millis(20));
        }
        psql.kill().unwrap();
        psql.wait().unwrap();
        if crash {
            database.server.crash();
        } else {
            let told = upgrade.finish(&database).unwrap_err();
            assert!(
                told.contains("another run is at work on this database: process "),
                "{told}"
            );
            database.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(600)%' and pid <> pg_backend_pid()");
        }
        writer.wait().unwrap();
        database.query(VERSIONS);
        upgrade.finish(&database).unwrap();
        same(&State::of(&database), expected.end(upgrade)).unwrap();
    }
    println!("faults injected: once psql, once the server, where an index waits");
}
