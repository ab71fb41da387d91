//! Neither what a database or a role sets nor where a run stops changes what a release does.

use rayon::prelude::*;

use crate::server::{Database, Server};
use crate::torture::Course;

/// Settings whose other value hangs on more than their type: a name and a value that `alter database` takes.
const SAID: [(&str, &str); 16] = [
    ("application_name", "'elsewhere'"),
    ("client_encoding", "'LATIN1'"),
    ("datestyle", "'German, DMY'"),
    ("default_text_search_config", "'pg_catalog.german'"),
    // A session that is idle for a moment more ends before its first statement.
    ("idle_in_transaction_session_timeout", "'100ms'"),
    ("idle_session_timeout", "'200ms'"),
    ("lc_messages", "'C'"),
    ("lc_monetary", "'C'"),
    ("lc_numeric", "'C'"),
    ("lc_time", "'C'"),
    ("plpgsql.extra_errors", "'all'"),
    ("plpgsql.extra_warnings", "'all'"),
    ("search_path", "'nowhere'"),
    ("session_replication_role", "'replica'"),
    ("timezone", "'Asia/Kathmandu'"),
    ("timezone_abbreviations", "'India'"),
];

/// What a user may set, each with another value than it has.
fn settings(database: &Database) -> Vec<(String, String)> {
    let found = database.query(
        "select name || '|' || case vartype when 'bool' then case setting when 'on' then 'off' else 'on' end
    when 'enum' then (select quote_literal(it) from unnest(enumvals) as it where it <> setting limit 1)
    else case when setting::numeric <> min_val::numeric then min_val else (min_val::numeric + 1)::text end end
  from pg_settings where context = 'user' and vartype <> 'string' and name !~ '^(transaction_|idle_)' order by name",
    );
    let found = found.lines().filter_map(|it| it.split_once('|'));
    let all: Vec<(String, String)> = found
        .chain(SAID)
        .map(|it| (it.0.to_owned(), it.1.to_owned()))
        .collect();
    assert!(all.len() > 100, "{all:?}");
    all
}

/// What is in the tables of the course, and the catalogue.
fn state(database: &Database) -> (String, String) {
    let rows = "select version_num from alembic_version order by 1; select t::text from item t order by id; select e::text from event e order by day;";
    (database.query(rows), database.dump())
}

/// Runs upgrade and rollback where each of `settings` is set, and compares with `there` and `back`.
fn faults(
    course: &Course,
    settings: &[(String, String)],
    expected: &[(String, String); 2],
) -> Vec<String> {
    let database = Server::shared().copy(&course.start.name);
    let mut set = 0;
    for (name, value) in settings {
        let sql = format!("alter database {} set {name} = {value}", database.name);
        // Some can be set in a session alone.
        set += usize::from(database.psql(&sql).status.success());
    }
    let mut faults = Vec::new();
    if set == 0 {
        return faults;
    }
    let about = format!("{settings:?}");
    let accepts = ["-v", "accept_data_loss=1"];
    for (script, expected) in [
        (&course.upgrade, &expected[0]),
        (&course.rollback, &expected[1]),
    ] {
        let output = database.apply(&accepts, script);
        if settings.len() == 1 && settings[0].0 == "default_transaction_read_only" {
            if output.status.code() != Some(3)
                || !output.stderr.contains("this session is read-only")
            {
                faults.push(format!("{about}: {output:?}"));
            }
            return faults;
        }
        if !output.status.success() {
            faults.push(format!("{about}: {}", output.stderr));
            return faults;
        }
        let reset = format!("alter database {} reset all", database.name);
        let looked = Server::shared().copy(&database.name);
        looked.run(&reset.replace(&database.name, &looked.name));
        if state(&looked) != *expected {
            faults.push(format!(
                "{about}: the state is another one: {:?}",
                state(&looked)
            ));
        }
    }
    faults
}

/// The state after the upgrade and after the rollback that nothing disturbs.
fn undisturbed(course: &Course) -> [(String, String); 2] {
    let database = Server::shared().copy(&course.start.name);
    [&course.upgrade, &course.rollback].map(|script| {
        let output = database.apply(&["-v", "accept_data_loss=1"], script);
        assert!(output.status.success(), "{output:?}");
        state(&database)
    })
}

#[test]
fn what_a_database_sets_changes_nothing() {
    let course = Course::torture(Server::shared());
    let expected = undisturbed(&course);
    let all = settings(&Server::shared().database());
    let many: Vec<(String, String)> = all
        .into_iter()
        .filter(|it| it.0 != "default_transaction_read_only" && it.0 != "client_min_messages")
        .collect();
    let faults = faults(&course, &many, &expected);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[ignore = "deep: 150 databases; fast: what_a_database_sets_changes_nothing"]
fn each_setting_of_a_database_changes_nothing() {
    let course = Course::torture(Server::shared());
    let expected = undisturbed(&course);
    let all = settings(&Server::shared().database());
    let faults: Vec<String> = all
        .into_par_iter()
        .flat_map(|it| faults(&course, &[it], &expected))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Where a run of the torture chain may stop, in the order of the upgrade.
const STOPS: [&str; 6] = ["unique", "rows", "meet", "detach", "indexes", "vacuum"];

fn stopped(course: &Course, stops: &[&str], expected: &(String, String)) -> Option<String> {
    let database = Server::shared().copy(&course.start.name);
    for stop in stops {
        let output = database.apply(&["-v", &format!("to={stop}")], &course.upgrade);
        if !output.status.success() {
            return Some(format!(
                "{stops:?}: at {stop}: {}{}",
                output.stdout, output.stderr
            ));
        }
    }
    let output = database.apply(&[], &course.upgrade);
    if !output.status.success() {
        return Some(format!("{stops:?}: {}", output.stderr));
    }
    (state(&database) != *expected).then(|| format!("{stops:?}: the state is another one"))
}

fn all_stopped(masks: impl ParallelIterator<Item = usize>) {
    let course = Course::torture(Server::shared());
    let expected = undisturbed(&course);
    let faults: Vec<String> = masks
        .filter_map(|mask| {
            let chosen = STOPS.iter().enumerate().filter(|it| mask >> it.0 & 1 == 1);
            let stops: Vec<&str> = chosen.map(|it| *it.1).collect();
            stopped(&course, &stops, &expected[0])
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn some_stops_on_the_way_change_nothing() {
    all_stopped([0b11_1111, 0b01_0101, 0b00_1010].into_par_iter());
}

#[test]
#[ignore = "deep: every combination of stops; fast: some_stops_on_the_way_change_nothing"]
fn every_combination_of_stops_changes_nothing() {
    all_stopped((0..1 << STOPS.len()).into_par_iter());
}
