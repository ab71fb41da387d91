//! `verify.sql` on a server: it is silent where the upgrade ran, and names whatever was changed since.

use std::path::Path;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::release::Releases;
use limbeck::script::pack::Pack;
use limbeck::script::psql::protect::protect;
use limbeck::script::psql::verify;
use limbeck::source::Sources;
use rayon::prelude::*;

use crate::drift::PROJECT;
use crate::psql::{Case, files, run};
use crate::server::{Database, Output, Server, outcome};

/// The release whose head is `head`.
pub(crate) fn pack(sources: &Sources, config: &Config, head: &str, from: &str) -> Pack {
    let graph = compile::graph(sources, config).expect("a whole history");
    let mut sources = sources.clone();
    let mut notes = vec![sources.add(
        "1.1.0.md",
        format!(
            "---\nversion: 1.1.0\nfrom: {}\nhead: '{head}'\n---\n",
            if from == "base" { "base" } else { "1.0.0" }
        ),
    )];
    if from != "base" {
        notes.push(sources.add(
            "1.0.0.md",
            format!("---\nversion: 1.0.0\nfrom: base\nhead: '{from}'\n---\n"),
        ));
    }
    let releases = Releases::read(&sources, &notes, &graph).expect("the notes are right");
    let release = releases
        .iter()
        .find(|it| it.version.value.to_string() == "1.1.0")
        .expect("it was written");
    let origins: Vec<_> = release.from.iter().map(|it| it.value.clone()).collect();
    compile::pack(&sources, config, &graph, &releases, release, &origins)
        .expect("the release compiles")
}

/// Runs a script as users do.
pub(crate) fn psql(database: &Database, script: &str) -> Output {
    database.psql_with(&["-v", "ON_ERROR_STOP=0"], script)
}

/// What is wrong with a database where every check must hold.
pub(crate) fn alarms(database: &Database, script: &str) -> Result<(), String> {
    let output = psql(database, script);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let told: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|it| it.starts_with("DRIFT"))
        .collect();
    let last = lines.last().copied().unwrap_or_default();
    let checks = lines.len().saturating_sub(2);
    if output.status.success()
        && told.is_empty()
        && output.stderr.is_empty()
        && last == format!("limbeck: complete: {checks} checks passed for release 1.1.0")
    {
        return Ok(());
    }
    Err(format!(
        "{:?}\n{}\n{last}\n{}",
        output.status,
        told.join("\n"),
        output.stderr
    ))
}

#[test]
fn some_cases_raise_no_false_alarm() {
    alarm_cases(3);
}

#[test]
#[ignore = "deep: 200 databases; fast: some_cases_raise_no_false_alarm"]
fn no_case_raises_a_false_alarm() {
    alarm_cases(1);
}

/// Each so many-th case.
fn alarm_cases(step: usize) {
    let mut cases = Case::all();
    let mut sources = Sources::default();
    for (name, text) in files(Path::new("revisions")) {
        sources.add(format!("{name}.rev"), text);
    }
    cases.push(Case {
        name: "the sample project".to_owned(),
        sources,
    });
    let config = Config::default();
    let failures: Vec<String> = cases
        .par_iter()
        .step_by(step)
        .flat_map_iter(|case| {
            let graph = compile::graph(&case.sources, &config).expect("a whole history");
            let heads: Vec<String> = graph
                .heads()
                .iter()
                .map(|it| graph.id(*it).to_string())
                .collect();
            heads.into_iter().filter_map(|head| {
                let database = Server::shared().database();
                let range = head.clone();
                let upgrade = compile::upgrade(&case.sources, &config, &range)
                    .map_err(|it| format!("{it:?}"));
                let script = verify::script(&pack(&case.sources, &config, &head, "base"));
                let found = upgrade
                    .and_then(|it| run(&database, "the upgrade", &it))
                    .and_then(|()| alarms(&database, &script));
                Some(format!("== {} {head}: {}", case.name, found.err()?))
            })
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// The project of the drifts after its upgrade, and its script.
fn upgraded() -> (Database, String) {
    let config = Config::default();
    let case = Case::parse("project", PROJECT);
    let database = Server::shared().database();
    database.run(&compile::upgrade(&case.sources, &config, "head").unwrap());
    let script = verify::script(&pack(&case.sources, &config, "b", "a"));
    (database, script)
}

#[test]
fn it_changes_nothing_even_where_nothing_can_be_changed() {
    let (database, script) = upgraded();
    let before = database.dump();
    let mut command = database.program("psql");
    command
        .env("PGOPTIONS", "-c default_transaction_read_only=on")
        .args(["-X", "-f", "-"]);
    let output = outcome(&mut command, &script);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        output.stderr
    );
    assert!(!output.stdout.contains("DRIFT"), "{}", output.stdout);
    let output = database.psql_with(&["-1"], &script);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        output.stderr
    );
    // Within a transaction that has read, and goes on with its own settings.
    let within = format!(
        "begin read only;\nset local search_path = pg_temp;\nselect 1;\n{script}\nshow search_path;\ncommit;\n"
    );
    let output = database.psql_with(&["-q", "-A", "-t"], &within);
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        output.stderr
    );
    assert!(output.stdout.contains("pg_temp"), "{}", output.stdout);
    assert_eq!(database.dump(), before);
}

#[test]
fn what_a_session_sets_changes_no_answer() {
    let (database, script) = upgraded();
    let usual = psql(&database, &script).stdout;
    let settings = "set search_path = pg_temp; set datestyle = 'German'; set timezone = 'Asia/Tokyo';
set standard_conforming_strings = off; set client_encoding = 'LATIN1'; set quote_all_identifiers = on; set default_transaction_isolation = 'serializable';
\\set port 1 \\set name x \\set n '''' \\set QUIET off \\set AUTOCOMMIT off \\set ON_ERROR_ROLLBACK on \\pset format html \\set ECHO all
";
    let output = psql(&database, &format!("{settings}{script}"));
    assert!(output.status.success(), "{}", output.stderr);
    let start = output.stdout.find("limbeck: verify").unwrap();
    assert!(
        output.stdout[start..].starts_with(&usual),
        "{}",
        output.stdout
    );
}

/// What psql does with the texts that `protect` changes, and with those that it leaves alone.
#[test]
fn psql_replaces_no_variable_of_a_protected_text() {
    let database = Server::shared().database();
    for (sql, value) in [
        (
            "select a[1:n] from (select array[7, 8] as a, 1 as n) as t",
            "{7}",
        ),
        (
            "select a[:n] from (select array[7, 8] as a, 1 as n) as t",
            "{7}",
        ),
        ("select a[1:2] from (select array[7, 8] as a) as t", "{7,8}"),
        (
            "select a[1:\"N\"] from (select array[7, 8] as a, 1 as \"N\") as t",
            "{7}",
        ),
        ("select a[1:'1'] from (select array[7, 8] as a) as t", "{7}"),
        (
            "select ':n', $$:n$$, '1'::int, '1'::\"char\", E'\\':n' -- :n\n /* :n */",
            ":n|:n|1|1|':n",
        ),
        ("select make_interval(days:=1)", "1 day"),
    ] {
        let script = format!(
            "\\set n x \\set 1 x \\set 2 x \\set N x \\set days x\n{};",
            protect(sql)
        );
        let output = database.psql_with(&["-q", "-A", "-t"], &script);
        assert_eq!(output.stdout.trim_end(), value, "{sql}: {}", output.stderr);
    }
    let output = database.psql("\\set n )\nselect (array[7, 8])[1:n];");
    assert!(!output.status.success(), "psql replaces it no more");
}

/// What raw SQL may have made is no drift.
#[test]
fn what_raw_sql_may_have_made_is_excused() {
    let config = Config::default();
    for (sql, told) in [
        (
            "do $$ begin execute 'alter table t add column z integer'; end $$;",
            "note  table public.t, column z: it is not part of the release; SQL of a revision may have created it",
        ),
        (
            "alter table t add column z integer generated by default as identity; create index on t (z); alter table t alter column z set (n_distinct = 5);",
            "ok    table public.t: it exists; SQL of a revision changed it, so nothing else is known",
        ),
        (
            "create temporary table gone (id integer);",
            "ok    table public.t: a table",
        ),
    ] {
        let text = format!(
            "revision 'a';\ndown_revision none;\nupgrade {{ create table t (id integer); sql {{ {sql} }} }}\ndowngrade irreversible 'a test';\n"
        );
        let case = Case::parse("a", &text);
        let database = Server::shared().database();
        database.run(&compile::upgrade(&case.sources, &config, "head").unwrap());
        let script = verify::script(&pack(&case.sources, &config, "a", "base"));
        alarms(&database, &script).unwrap();
        let output = psql(&database, &script);
        assert!(
            output.stdout.lines().any(|it| it == told),
            "{told} is not in:\n{}",
            output.stdout
        );
    }
}

#[test]
fn hundreds_of_tables_are_checked_in_seconds() {
    let config = Config::default();
    let tables: Vec<String> = (0..400)
        .map(|it| format!("  create table t{it} (id bigint generated always as identity primary key, a text not null default 'x', b integer references t{it} (id), c date unique, d numeric(10, 2), e timestamptz default now());\n  create index on t{it} (a, b);\n"))
        .collect();
    let text = format!(
        "revision 'a';\ndown_revision none;\nupgrade {{\n{}}}\n",
        tables.concat()
    );
    let case = Case::parse("a", &text);
    let database = Server::shared().database();
    database.run(&compile::upgrade(&case.sources, &config, "head").unwrap());
    let pack = pack(&case.sources, &config, "a", "base");
    let script = verify::script(&pack);
    assert_eq!(script, verify::script(&pack));
    let timed = format!("\\set QUIET on\nset statement_timeout = '10s';\n{script}");
    alarms(&database, &timed).unwrap();
}
