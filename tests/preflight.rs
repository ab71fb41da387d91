//! `preflight.sql` on a server: where it says that a database is, and what stands in the way.

use std::io::Write as _;
use std::process::Stdio;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::script::psql::preflight;
use limbeck::source::Sources;
use rayon::prelude::*;

use crate::psql::Case;
use crate::server::{Database, Server};
use crate::verify_sql::{pack, psql};

/// `b` and `c` stand beside each other, `d` joins them.
const HISTORY: &str = r"--- a.rev ---
revision 'a';
down_revision none;
upgrade { create table t (id integer primary key); }
--- b.rev ---
revision 'b';
down_revision 'a';
message 'b: it''s :x, 100 %';
upgrade { alter table t add column b integer; }
--- c.rev ---
revision 'c';
down_revision 'a';
upgrade { create table u (id integer references t (id)); }
--- d.rev ---
revision 'd';
down_revision 'b', 'c';
--- e.rev ---
revision 'e';
down_revision 'd';
upgrade { create index ix on t (b); }
";

fn sources() -> Sources {
    Case::parse("preflight", HISTORY).sources
}

fn script(from: &str) -> String {
    preflight::script(&pack(&sources(), &Config::default(), "e", from))
}

fn at(range: &str) -> Database {
    let database = Server::shared().database();
    database.run(&compile::upgrade(&sources(), &Config::default(), range).unwrap());
    database
}

/// Runs the script, which must end with that status, and gives what it prints.
#[track_caller]
fn told(database: &Database, script: &str, status: i32) -> String {
    let output = psql(database, script);
    let all = format!("{}{}", output.stdout, output.stderr);
    assert_eq!(output.status.code(), Some(status), "{all}");
    assert_eq!(output.stdout.contains("STOP"), status != 0, "{all}");
    assert_eq!(
        output.stdout.contains("limbeck: complete: "),
        status == 0,
        "{all}"
    );
    all
}

#[track_caller]
fn holds(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            text.lines().any(|it| it.starts_with(line)),
            "{line} is not in:\n{text}"
        );
    }
}

fn would_run(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|it| it.strip_prefix("ok    would run "))
        .collect()
}

#[test]
fn it_says_where_the_database_is() {
    let script = script("a");
    for (range, line, steps) in [
        ("a", "ok    the database is at 1.0.0", 4),
        (
            "b",
            "ok    the database is on the way to 1.1.0: 1 of 4 steps done",
            3,
        ),
        (
            "c",
            "ok    the database is on the way to 1.1.0: 1 of 4 steps done",
            3,
        ),
        (
            "b c",
            "ok    the database is on the way to 1.1.0: 2 of 4 steps done",
            2,
        ),
        (
            "d",
            "ok    the database is on the way to 1.1.0: 3 of 4 steps done",
            1,
        ),
        (
            "e",
            "ok    the database is already at 1.1.0: nothing would run",
            0,
        ),
    ] {
        let database = at("a");
        for row in range.split(' ').filter(|it| *it != "a") {
            database.run(&format!("delete from alembic_version where version_num = 'a'; insert into alembic_version values ('{row}')"));
        }
        let text = told(&database, &script, 0);
        holds(&text, &[line]);
        assert_eq!(would_run(&text).len(), steps, "{text}");
    }
    let text = told(&at("a"), &script, 0);
    assert_eq!(would_run(&text), ["b: b: it's :x, 100 %", "c", "d", "e"]);
    assert!(!text.contains("note"), "{text}");
}

#[test]
fn it_refuses_a_database_that_is_elsewhere() {
    let script = script("a");
    for (rows, place) in [
        ("", "base"),
        ("'z'", "z"),
        ("'a'), ('z'", "a, z"),
        ("'a'), ('b'", "a, b"),
        ("'b'), ('d'", "b, d"),
        ("'a'), ('e'", "a, e"),
    ] {
        let database = at("a");
        database.run("delete from alembic_version");
        if !rows.is_empty() {
            database.run(&format!("insert into alembic_version values ({rows})"));
        }
        let text = told(&database, &script, 3);
        let line = format!(
            "STOP  the database is at {place}, but this release starts at 1.0.0 (a), or between there and 1.1.0 (e)"
        );
        holds(&text, &[&line]);
        assert!(
            text.contains("limbeck: preflight 1.1.0: 1 blocker found"),
            "{text}"
        );
    }
    let empty = Server::shared().database();
    holds(
        &told(&empty, &script, 3),
        &["STOP  the database is at base"],
    );
}

#[test]
fn an_empty_database_is_at_the_base() {
    let empty = Server::shared().database();
    let text = told(&empty, &script("base"), 0);
    holds(
        &text,
        &["ok    the database is at base: the table public.alembic_version does not exist yet"],
    );
    assert_eq!(would_run(&text).len(), 5);
    empty.run("create table t (id integer)");
    let text = told(&empty, &script("base"), 0);
    holds(
        &text,
        &["note  relation public.t: it exists, but should not"],
    );
}

#[test]
fn a_release_with_two_starts_takes_what_lies_between() {
    let mut sources = sources();
    let graph = compile::graph(&sources, &Config::default()).unwrap();
    let notes: Vec<_> = [
        ("1.0.0", "base", "a"),
        ("1.0.1", "1.0.0", "b"),
        ("1.1.0", "1.0.0", "c"),
        ("1.2.0", "1.0.1, 1.1.0", "e"),
    ]
    .map(|(version, from, head)| {
        sources.add(
            format!("{version}.md"),
            format!("---\nversion: {version}\nfrom: [{from}]\nhead: {head}\n---\n"),
        )
    })
    .to_vec();
    let releases = limbeck::release::Releases::read(&sources, &notes, &graph).unwrap();
    let release = releases.iter().last().unwrap();
    let from: Vec<_> = release.from.iter().map(|it| it.value.clone()).collect();
    let pack = compile::pack(
        &sources,
        &Config::default(),
        &graph,
        &releases,
        release,
        &from,
    )
    .unwrap();
    let script = preflight::script(&pack);
    for (row, line, status) in [
        (
            "a",
            "STOP  the database is at a, but this release starts at 1.0.1 (b) or 1.1.0 (c), or between there and 1.2.0 (e)",
            3,
        ),
        ("b", "ok    the database is at 1.0.1", 0),
        ("c", "ok    the database is at 1.1.0", 0),
        (
            "b'), ('c",
            "ok    the database is on the way to 1.2.0: 2 of 4 steps done",
            0,
        ),
        ("e", "ok    the database is already at 1.2.0", 0),
    ] {
        let database = at("a");
        database.run(&format!(
            "delete from alembic_version; insert into alembic_version values ('{row}')"
        ));
        holds(&told(&database, &script, status), &[line]);
    }
}

#[test]
fn it_notes_what_may_delay_the_upgrade() {
    let database = at("a");
    database.run(
        "insert into t select generate_series(1, 1000); analyze t; create index old on t (id);
        update pg_index set indisvalid = false where indexrelid = 'old'::regclass;
        alter table t add column extra integer;
        begin; create table v (); prepare transaction 'it''s';",
    );
    let mut open = database
        .program("psql")
        .args(["-X", "-q"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = open.stdin.take().unwrap();
    writeln!(
        input,
        "begin; select 'busy' as x, pg_advisory_xact_lock(1);"
    )
    .unwrap();
    for _ in 0..100 {
        let count = "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())";
        if database.query(count) == "1" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let script = script("a").replace("interval '1 minute'", "interval '0 minute'");
    let text = told(&database, &script, 0);
    drop(input);
    open.wait().unwrap();
    database.run("rollback prepared 'it''s'");
    holds(
        &text,
        &[
            "note  a transaction has been open for 00:00:",
            "note  a transaction has been prepared for 00:00:",
            "note  public.t has an INVALID index: public.old",
            "note  table public.t, column extra: it exists, but should not",
            "note  index public.old: ",
            "ok    public.t: ",
            "limbeck: complete: no blockers found for release 1.1.0 (rows not inspected); read the 5 notes above",
        ],
    );
    assert!(text.contains(", about 1000 rows"), "{text}");
    assert!(text.contains("busy"), "{text}");
    assert!(text.contains("'it''s' of postgres"), "{text}");
}

#[test]
fn a_role_that_cannot_and_an_old_server_are_refused() {
    let database = at("a");
    let role = format!("reader_{}", database.name);
    database.run(&format!("create role {role} login; grant select on alembic_version to {role}; revoke create on schema public from public"));
    let mut command = database.program("psql");
    command.env("PGUSER", &role).args(["-X", "-f", "-"]);
    let output = crate::server::outcome(&mut command, &script("a"));
    database.run(&format!("drop owned by {role}; drop role {role}"));
    assert_eq!(output.status.code(), Some(3), "{}", output.stderr);
    holds(
        &output.stdout,
        &[
            &format!("ok    the role is {role}"),
            "STOP  it may not create objects in the schema public",
            "STOP  it may not read and change the version table: grant select, insert, update, delete on public.alembic_version",
            &format!(
                "STOP  the role {role} does not own every table that this release changes: public.t (postgres)"
            ),
        ],
    );
    assert!(
        output.stderr.contains("3 blockers found"),
        "{}",
        output.stderr
    );
    let config = Config {
        minimum_server: 18,
        role: Some("nobody's".to_owned()),
        ..Config::default()
    };
    if Server::shared().version < 18 {
        let script = preflight::script(&pack(&sources(), &config, "e", "a"));
        holds(
            &told(&database, &script, 3),
            &["STOP  PostgreSQL", "STOP  there is no role nobody's"],
        );
    }
}

#[test]
fn it_changes_nothing_even_where_nothing_can_be_changed() {
    let database = at("a");
    let before = database.dump();
    let mut command = database.program("psql");
    command
        .env("PGOPTIONS", "-c default_transaction_read_only=on")
        .args(["-X", "-f", "-"]);
    let output = crate::server::outcome(&mut command, &script("a"));
    assert!(output.status.success(), "{}", output.stderr);
    assert_eq!(output.stderr, "");
    holds(&output.stdout, &["note  transactions are read-only here"]);
    // Of whoever asks it says little of the upgrade; of the database it does.
    let name = &database.name;
    database.run(&format!(
        "alter database {name} set default_transaction_read_only = on"
    ));
    let output = database.apply(&[], &script("a"));
    holds(&output.stdout, &["STOP  transactions are read-only here"]);
    database.run(&format!("set default_transaction_read_only = off; alter database {name} reset default_transaction_read_only"));
    let output = database.psql_with(&["-1"], &script("a"));
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        output.stderr
    );
    assert_eq!(database.dump(), before);
}

/// Where nothing of a release has run, every touched object is as the model has it before.
#[test]
fn some_cases_raise_no_false_note() {
    note_cases(3);
}

#[test]
#[ignore = "deep: 120 databases; fast: some_cases_raise_no_false_note"]
fn no_case_raises_a_false_note() {
    note_cases(1);
}

/// Each so many-th case.
fn note_cases(step: usize) {
    let config = Config::default();
    let failures: Vec<String> = Case::all()
        .par_iter()
        .step_by(step)
        .filter_map(|case| {
            let graph = compile::graph(&case.sources, &config).unwrap();
            let (order, heads) = (graph.order(), graph.heads());
            let bases = order
                .iter()
                .filter(|it| graph.predecessors(**it).next().is_none());
            if order.len() < 2 || heads.len() != 1 || bases.count() != 1 {
                return None;
            }
            let (first, head) = (graph.id(order[0]), graph.id(heads[0]));
            let database = Server::shared().database();
            database.run(&compile::upgrade(&case.sources, &config, first).unwrap());
            let script = preflight::script(&pack(&case.sources, &config, head, first));
            let output = psql(&database, &script);
            let complete =
                "limbeck: complete: no blockers found for release 1.1.0 (rows not inspected)\n";
            let right = output.status.success() && output.stdout.ends_with(complete);
            (!right).then(|| format!("== {}\n{}{}", case.name, output.stdout, output.stderr))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn it_notes_what_is_half_done() {
    let project = crate::upgrade_sql::project();
    let database = Server::shared().database();
    let first = limbeck::script::psql::upgrade(&project.pack("1.0.0"));
    crate::upgrade_sql::applied(&database, &[], &first);
    // The index of the second part stands in the way.
    database.run("create table ix_name (id integer)");
    let second = limbeck::script::psql::upgrade(&project.pack("1.1.0"));
    assert!(!database.apply(&[], &second).status.success());
    let text = told(&database, &preflight::script(&project.pack("1.1.0")), 0);
    holds(
        &text,
        &[
            "note  upgrade of revision b is half done: part 1 was the last; continue with the script that started it",
        ],
    );
}
