//! What the compiler says holds on a server: every case runs up and down there, step by step and at once.
//!
//! Nothing is compared with text of ours: a schema is what `pg_dump` writes of it, and the reader of the catalogue must see
//! no more and no less.

#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the tree that they judge"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use camino::Utf8Path;
use limbeck::catalog::{Answers, Catalog, Comparison};
use limbeck::compile::{self, Compiled};
use limbeck::config::Config;
use limbeck::graph::RevisionIndex;
use limbeck::name::Name;
use limbeck::operation::{Operation, Resolved};
use limbeck::replay::{Wanted, WayBack};
use limbeck::schema::Schema;
use limbeck::source::Sources;
use limbeck::syntax;
use limbeck::{inverse, lower};
use rayon::prelude::*;

use crate::catalog;
use crate::dump::difference;
use crate::server::{self, Database, Server};

/// As Alembic makes it, empty.
pub(crate) const VERSION_TABLE: &str = "create table alembic_version (
  version_num character varying(32) not null,
  constraint alembic_version_pkc primary key (version_num)
);";

/// One history: a file of `tests/cases/ok`, or the sample project.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) sources: Sources,
}

impl Case {
    /// A text with a section `--- name.rev ---` for each revision; without sections it is one revision.
    pub(crate) fn parse(name: &str, text: &str) -> Self {
        let mut sources = Sources::default();
        let mut section: Option<(String, String)> = None;
        for line in text.lines() {
            let opens = line
                .strip_prefix("--- ")
                .and_then(|line| line.strip_suffix(" ---"));
            match (opens, &mut section) {
                (Some(path), _) => {
                    if let Some((path, text)) = section.replace((path.to_owned(), String::new())) {
                        sources.add(path, text);
                    }
                }
                (None, Some((_, text))) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, None) => section = Some((format!("{name}.rev"), format!("{line}\n"))),
            }
        }
        let (path, text) = section.expect("a case is not empty");
        sources.add(path, text);
        Self {
            name: name.to_owned(),
            sources,
        }
    }

    /// All that the server of this run can take.
    pub(crate) fn all() -> Vec<Self> {
        files(Path::new("tests/cases/ok"))
            .iter()
            .filter(|(name, _)| lacking(name).is_none())
            .map(|(name, text)| Self::parse(name, text))
            .collect()
    }

    /// Whether an upgrade holds such a statement.
    fn has(&self, wanted: impl Fn(&Operation) -> bool) -> bool {
        self.sources.iter().any(|(id, source)| {
            let body = syntax::parse_body(id, &source.text, "public").expect("the case compiles");
            body.upgrade.iter().any(|it| wanted(&it.operation))
        })
    }

    pub(crate) fn compile(&self, wanted: Wanted) -> Result<Compiled, String> {
        compile::compile(&self.sources, &Config::default(), wanted)
            .map_err(|it| format!("it does not compile: {it:?}"))
    }

    pub(crate) fn upgrade(&self, range: &str) -> Result<String, String> {
        compile::upgrade(&self.sources, &Config::default(), range)
            .map_err(|it| format!("upgrade {range} is refused: {it:?}"))
    }

    pub(crate) fn downgrade(&self, range: &str) -> Result<String, String> {
        compile::downgrade(&self.sources, &Config::default(), range)
            .map_err(|it| format!("downgrade {range} is refused: {it:?}"))
    }
}

/// What the server of this run lacks that a case needs: older ones lack syntax, and some builds a library.
fn lacking(case: &str) -> Option<&'static str> {
    const VERSION_15: [&str; 8] = [
        "column-rename-everywhere",
        "column-types",
        "constraint-foreign-key-set-columns",
        "constraint-unique",
        "data",
        "data-of-new",
        "index-clauses",
        "sequence",
    ];
    const ICU: [&str; 2] = ["collation-declared", "sql-rename-used"];
    const UUID: [&str; 1] = ["extension-guarded"];
    // From 18 on a child cannot drop `not null` where its parent has it.
    const UNTIL_17: [&str; 1] = ["column-not-null-of-child"];
    static LACKS: OnceLock<[bool; 4]> = OnceLock::new();
    let [version, icu, uuid, is_18] = *LACKS.get_or_init(|| {
        let server = Server::shared();
        let database = server.database();
        let icu = database.psql("create collation i (provider = icu, locale = 'und')");
        let uuid = database.psql("create extension \"uuid-ossp\"");
        [
            server.version < 15,
            !icu.status.success(),
            !uuid.status.success(),
            server.version >= 18,
        ]
    });
    match case {
        _ if version && VERSION_15.contains(&case) => Some("version 15"),
        _ if icu && ICU.contains(&case) => Some("ICU"),
        _ if uuid && UUID.contains(&case) => Some("uuid-ossp"),
        _ if is_18 && UNTIL_17.contains(&case) => Some("version 17 or older"),
        _ => None,
    }
}

/// The server that is part of the system's packages takes every case: none is passed over where nobody looks.
#[test]
fn the_packaged_server_takes_every_case() {
    let names = files(Path::new("tests/cases/ok"));
    let lacking: Vec<String> = names
        .iter()
        .filter_map(|(name, _)| Some(format!("{name} needs {}", lacking(name)?)))
        .collect();
    let is_packaged = server::found().programs.starts_with("/usr");
    assert!(lacking.is_empty() || !is_packaged, "{}", lacking.join("\n"));
    if !lacking.is_empty() {
        eprintln!("left out on this server: {}", lacking.join(", "));
    }
}

/// The revision files of a folder by name.
pub(crate) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "rev"))
        .map(|path| {
            let name = Utf8Path::from_path(&path)
                .and_then(Utf8Path::file_stem)
                .expect("names are UTF-8");
            let text = std::fs::read_to_string(&path).expect("a case can be read");
            (name.to_owned(), text)
        })
        .collect();
    files.sort();
    files
}

/// Runs a script that must succeed.
pub(crate) fn run(database: &Database, what: &str, script: &str) -> Result<(), String> {
    let output = database.psql_with(&["-q"], script);
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{what} fails: {}\n{}",
        output.stderr,
        numbered(script, &output.stderr)
    ))
}

/// The lines of the script around the one that psql complains about.
fn numbered(script: &str, stderr: &str) -> String {
    let line: usize = stderr
        .lines()
        .filter(|line| line.contains("ERROR:"))
        .find_map(|line| {
            line.strip_prefix("psql:<stdin>:")?
                .split(':')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    script
        .lines()
        .enumerate()
        .skip(line.saturating_sub(6))
        .take(7)
        .fold(String::new(), |text, (number, line)| {
            format!("{text}{:>5} {line}\n", number + 1)
        })
}

/// A schema as two readers see it, which must agree on what differs between two.
#[derive(Debug, Clone)]
struct Picture {
    dump: String,
    catalog: Catalog,
}

impl Picture {
    fn of(database: &Database) -> Self {
        let mut catalog = catalog::read(database);
        catalog.forget(&Name::new("public", "alembic_version"));
        Self {
            dump: database.dump(),
            catalog,
        }
    }

    /// What is there once the dump is restored. PostgreSQL writes some expressions otherwise when it has read its own
    /// words for them (`b in ('x', 'y')` of a `varchar`), as it does where a column's type changes, too.
    fn restored(&self) -> Result<Self, String> {
        let copy = Server::shared().database();
        run(&copy, "what pg_dump wrote", &self.dump)?;
        Ok(Self::of(&copy))
    }
}

/// Two pictures are the same if they are so once they are restored.
fn expect_same(what: &str, before: &Picture, now: &Picture) -> Result<(), String> {
    expect_equal(what, before, now).or_else(|fault| match (before.restored(), now.restored()) {
        (Ok(before), Ok(now)) => expect_equal(what, &before, &now),
        (Err(_), _) | (_, Err(_)) => Err(fault),
    })
}

fn expect_equal(what: &str, before: &Picture, now: &Picture) -> Result<(), String> {
    let dumped = difference(
        &crate::dump::unordered(&before.dump),
        &crate::dump::unordered(&now.dump),
    );
    // On one server equal expressions have equal words: there is nothing to ask.
    let comparison = Comparison::of_times(&before.catalog, &now.catalog);
    let read = comparison.settle("", &mut Answers::default());
    let read: Vec<String> = read.iter().map(ToString::to_string).collect();
    match (dumped.is_empty(), read.is_empty()) {
        (true, true) => Ok(()),
        (false, false) => Err(format!("{what} leaves another schema:\n{dumped}")),
        (true, false) => Err(format!(
            "{what}: pg_dump sees no difference, but\n{}",
            read.join("\n")
        )),
        (false, true) => Err(format!(
            "{what}: the catalogue is read without a difference, but\n{dumped}"
        )),
    }
}

/// The downgrade of `revisions` leaves what was there before; more only where an extension may have been there. What stays,
/// `tests/prove.rs` holds against the model.
fn expect_restored(
    case: &Case,
    (compiled, revisions): (&Compiled, &[RevisionIndex]),
    what: &str,
    before: &Picture,
    now: &Picture,
) -> Result<(), String> {
    let leaves = |it: &RevisionIndex| !compiled.replayed.revisions[it.index()].leaves.is_empty();
    let stays = revisions.iter().any(leaves);
    let shared = case.has(|it| it.shared_extension().is_some());
    let result = expect_same(what, before, now);
    match &result {
        Err(_) if stays => Ok(()),
        Err(difference) if shared && !difference.contains("\n- ") => Ok(()),
        _ => result,
    }
}

fn expect_rows(database: &Database, what: &str, expected: &[String]) -> Result<(), String> {
    let found = database.query(
        "select coalesce(string_agg(version_num, ',' order by version_num collate \"C\"), '') from alembic_version",
    );
    let mut expected = expected.to_vec();
    expected.sort();
    if found == expected.join(",") {
        Ok(())
    } else {
        Err(format!(
            "after {what} the rows are {found:?}, not {expected:?}"
        ))
    }
}

fn is_irreversible(compiled: &Compiled, revision: RevisionIndex) -> bool {
    matches!(
        compiled.replayed.revisions[revision.index()].downgrade,
        WayBack::Irreversible(_)
    )
}

/// The rows of the version table after these revisions.
fn rows(compiled: &Compiled, applied: &[RevisionIndex]) -> Vec<String> {
    let graph = &compiled.graph;
    applied
        .iter()
        .filter(|it| {
            !applied
                .iter()
                .any(|other| graph.predecessors(*other).any(|before| before == **it))
        })
        .map(|it| graph.id(*it).to_string())
        .collect()
}

fn or_base(rows: &[String]) -> String {
    if rows.is_empty() {
        "base".to_owned()
    } else {
        rows.join(",")
    }
}

/// Where every case begins.
fn empty() -> &'static (Database, Picture) {
    static EMPTY: OnceLock<(Database, Picture)> = OnceLock::new();
    EMPTY.get_or_init(|| {
        let database = Server::shared().database();
        database.run(VERSION_TABLE);
        let picture = Picture::of(&database);
        (database, picture)
    })
}

/// Up to the heads at once and back down as far as the history allows, then the same one revision at a time.
pub(crate) fn up_and_down(case: &Case) -> Result<(), String> {
    let full = at_once(case)?;
    let compiled = case.compile(Wanted::Nothing)?;
    let graph = &compiled.graph;
    if graph.heads().len() == 1 && !graph.order().iter().any(|it| graph.is_merge(*it)) {
        let database = Server::shared().copy(&empty().0.name);
        let last = step_by_step(case, &compiled, &database)?;
        expect_same("running step by step", &full, &last)?;
    }
    Ok(())
}

/// Up to the heads at once and back down; what the upgrade leaves.
fn at_once(case: &Case) -> Result<Picture, String> {
    let compiled = case.compile(Wanted::Nothing)?;
    let graph = &compiled.graph;
    let order = graph.order();
    let (start, empty) = empty();
    let database = Server::shared().copy(&start.name);
    run(&database, "the upgrade", &case.upgrade("heads")?)?;
    let heads = rows(&compiled, order);
    expect_rows(&database, "the upgrade", &heads)?;
    let full = Picture::of(&database);
    if full.dump.contains("limbeck_progress") {
        return Err("the upgrade leaves limbeck_progress behind".to_owned());
    }
    if graph.heads().len() == 1 {
        catalog::as_the_model_has_it(&compiled, &database)?;
    }
    if order.iter().any(|it| is_irreversible(&compiled, *it)) {
        let refusal = case.downgrade(&format!("{}:base", or_base(&heads)));
        if !matches!(&refusal, Err(it) if it.contains("cannot be rolled back")) {
            return Err(format!("the downgrade to base is not refused: {refusal:?}"));
        }
    } else if !heads.is_empty() {
        let script = case.downgrade(&format!("{}:base", or_base(&heads)))?;
        run(&database, "the downgrade", &script)?;
        expect_rows(&database, "the downgrade", &[])?;
        let all = (&compiled, order);
        expect_restored(case, all, "the downgrade", empty, &Picture::of(&database))?;
    }
    Ok(full)
}

/// Each revision of a linear history up, down and up again.
fn step_by_step(case: &Case, compiled: &Compiled, database: &Database) -> Result<Picture, String> {
    let order = compiled.graph.order();
    let mut before = empty().1.clone();
    for (at, revision) in order.iter().enumerate() {
        let (from, to) = (rows(compiled, &order[..at]), rows(compiled, &order[..=at]));
        let id = compiled.graph.id(*revision);
        let up = case.upgrade(&format!("{}:{id}", or_base(&from)))?;
        run(database, &format!("upgrade {id}"), &up)?;
        expect_rows(database, &format!("upgrade {id}"), &to)?;
        let after = Picture::of(database);
        if !is_irreversible(compiled, *revision) {
            let down = case.downgrade(&format!("{id}:{}", or_base(&from)))?;
            run(database, &format!("downgrade {id}"), &down)?;
            expect_rows(database, &format!("downgrade {id}"), &from)?;
            let what = format!("downgrade {id}");
            let this = (compiled, std::slice::from_ref(revision));
            expect_restored(case, this, &what, &before, &Picture::of(database))?;
            run(database, &format!("upgrade {id} again"), &up)?;
            expect_rows(database, &format!("upgrade {id} again"), &to)?;
            expect_same(
                &format!("upgrade {id} again"),
                &after,
                &Picture::of(database),
            )?;
        }
        before = after;
    }
    Ok(before)
}

/// Why the model's last schema is not what the server has: a rule, not a list of cases.
fn is_beyond_the_model(case: &Case, compiled: &Compiled) -> bool {
    compiled.graph.heads().len() != 1 || case.has(|it| matches!(it, Operation::Raw(_)))
}

/// The statements that make `schema` in an empty database.
fn fresh(schema: &Schema) -> Result<String, String> {
    let mut script = format!("set search_path = public, pg_temp;\n{VERSION_TABLE}\n");
    let mut model = Schema::new(schema.default.clone());
    for operation in inverse::create_all(schema).into_iter().map(Resolved::named) {
        for statement in lower::statements(&operation, &model) {
            let _ = writeln!(script, "{};", statement.sql(&schema.default));
        }
        operation
            .apply(&mut model)
            .map_err(|it| format!("`{}` is refused: {it:?}", operation.print("public")))?;
    }
    for (id, object) in schema.objects() {
        if !model.get(id).is_some_and(|it| it.same(object)) {
            return Err(format!(
                "made anew, {id} is {:?}\n  instead of {object:?}",
                model.get(id)
            ));
        }
    }
    if model.objects().count() != schema.objects().count() {
        return Err("made anew, there is more than was asked for".to_owned());
    }
    Ok(script)
}

/// The last schema of the model, made at once, is what the chain made.
fn made_anew(case: &Case, chain: &Picture) -> Result<(), String> {
    let compiled = case.compile(Wanted::Nothing)?;
    if is_beyond_the_model(case, &compiled) {
        return Ok(());
    }
    let model = Server::shared().database();
    let script = fresh(&compiled.replayed.schema)?;
    run(&model, "making the schema anew", &script)?;
    expect_same("making the schema anew", chain, &Picture::of(&model))
}

/// Fails with everything that `check` has to say, case by case.
pub(crate) fn expect_all(cases: &[Case], check: impl Fn(&Case) -> Result<(), String> + Sync) {
    let failures: Vec<String> = cases
        .par_iter()
        .filter_map(|case| {
            let fault = check(case).err()?;
            Some(format!("== {}: {fault}", case.name))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// And its last schema can be made anew at once.
#[test]
fn every_case_runs_up_and_down() {
    expect_all(&Case::all(), |case| made_anew(case, &at_once(case)?));
}

#[test]
#[ignore = "deep: 435 revisions, each three times; fast: every_case_runs_up_and_down"]
fn every_case_runs_up_and_down_step_by_step() {
    expect_all(&Case::all(), up_and_down);
}

#[test]
fn most_schemas_are_what_the_model_has() {
    let cases = Case::all();
    let beyond: Vec<&str> = cases
        .iter()
        .filter(|case| {
            let compiled = case.compile(Wanted::Nothing);
            compiled.is_ok_and(|it| is_beyond_the_model(case, &it))
        })
        .map(|case| case.name.as_str())
        .collect();
    println!("not compared: {beyond:?}");
    assert!(beyond.len() * 10 < cases.len(), "{beyond:?}");
}

/// Three revisions, the second of which can be made to fail.
const CHAIN: &str = "--- a.rev ---
revision 'a';
down_revision none;
upgrade { create table t (id integer primary key); }
--- b.rev ---
revision 'b';
down_revision 'a';
upgrade {
  alter table t add column b integer;
  assert 'nobody is there' (select not exists (select from t));
}
--- c.rev ---
revision 'c';
down_revision 'b';
upgrade { alter table t add column c integer; }
";

#[test]
fn a_script_refuses_a_database_that_is_elsewhere() {
    let case = Case::parse("chain", CHAIN);
    let script = case.upgrade("a:b").unwrap();
    for (setup, expected) in [
        ("", "there is no table public.alembic_version"),
        (
            VERSION_TABLE,
            "this step needs the database at a, but it is at base",
        ),
        (
            &format!("{VERSION_TABLE} insert into alembic_version values ('b');"),
            "needs the database at a, but it is at b",
        ),
        (
            &format!("{VERSION_TABLE} insert into alembic_version values ('a'), ('z');"),
            "needs the database at a, but it is at a, z",
        ),
    ] {
        let database = Server::shared().database();
        database.run(&format!("{setup} create table t (id integer primary key);"));
        let before = database.dump();
        let output = database.psql(&script);
        assert!(!output.status.success(), "{expected}");
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert_eq!(database.dump(), before);
    }
}

#[test]
fn a_client_that_ignores_errors_runs_no_later_step() {
    let case = Case::parse("chain", CHAIN);
    let database = Server::shared().database();
    database.run(&case.upgrade("a").unwrap());
    database.run("insert into t values (1);");
    let before = database.dump();
    let script = case.upgrade("a:c").unwrap();
    let output = database.psql_with(&["-v", "ON_ERROR_STOP=0"], &script);
    assert!(
        output.stderr.contains("nobody is there"),
        "{}",
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("needs the database at b, but it is at a"),
        "{}",
        output.stderr
    );
    assert_eq!(database.dump(), before);
    assert_eq!(
        database.query("select version_num from alembic_version"),
        "a"
    );
}

/// A guarded statement, and databases that it meets: what stands there before, and why it is refused, if it is.
#[expect(clippy::type_complexity, reason = "a table that is read once")]
const GUARDED: &[(&str, &[(&str, Option<&str>)])] = &[
    (
        "create table if not exists u (id integer primary key, n varchar(5) not null, s status[]);",
        &[
            ("", None),
            (
                "create table u (id integer primary key, n varchar(5) not null, s status[], more text);",
                None,
            ),
            (
                "create table u (id bigint primary key, n varchar(5) not null, s status[]);",
                Some("id is bigint not null, but this revision expects integer not null"),
            ),
            (
                "create table u (id integer primary key, n varchar(5), s status[]);",
                Some("n is character varying(5)"),
            ),
            (
                "create table u (id integer primary key, n varchar(5) not null);",
                Some("s is missing"),
            ),
            (
                "create view u as select 1 as a;",
                Some("u is a view, but this revision expects table"),
            ),
        ],
    ),
    (
        "create table if not exists u (id serial primary key);",
        &[
            ("", None),
            ("create table u (id serial primary key);", None),
        ],
    ),
    (
        "alter table t add column if not exists n integer not null default 0;",
        &[
            ("", None),
            ("alter table t add n integer not null default 5;", None),
            (
                "alter table t add n text not null default '';",
                Some("n is text not null"),
            ),
            ("alter table t add n integer;", Some("n is integer")),
        ],
    ),
    (
        "alter table t add column if not exists n serial;",
        &[("", None), ("alter table t add n serial;", None)],
    ),
    (
        "alter table t add constraint if not exists positive check (id > 0);",
        &[
            ("", None),
            (
                "alter table t add constraint positive check (id > 0);",
                None,
            ),
            (
                "alter table t add constraint positive unique (id);",
                Some("positive of table t is a unique constraint, but this revision expects check"),
            ),
        ],
    ),
    (
        "create index if not exists ix on t (id);",
        &[
            ("", None),
            ("create index ix on t (id);", None),
            (
                "create table ix (id integer);",
                Some("ix is a table, but this revision expects index"),
            ),
            (
                "create table o (id integer); create index ix on o (id);",
                Some("ix belongs to the table o, but this revision expects t"),
            ),
        ],
    ),
    (
        "create type if not exists mood as enum ('it''s');",
        &[
            ("", None),
            ("create type mood as enum ('it''s');", None),
            (
                "create table mood (id integer);",
                Some("mood is a table or view, but this revision expects enum"),
            ),
        ],
    ),
    (
        "create type if not exists pair as (a integer);",
        &[
            ("", None),
            ("create type pair as (a integer);", None),
            (
                "create type pair as enum ('a');",
                Some("pair is an enum, but this revision expects composite type"),
            ),
        ],
    ),
    (
        "create domain if not exists positive as integer check (value > 0);",
        &[
            ("", None),
            ("create domain positive as integer check (value > 0);", None),
            (
                "create type positive as enum ('a');",
                Some("positive is an enum, but this revision expects domain"),
            ),
        ],
    ),
    (
        "create sequence if not exists s increment by 2; create schema if not exists audit; create extension if not exists citext;",
        &[
            ("", None),
            (
                "create sequence s increment by 2; create schema audit; create extension citext;",
                None,
            ),
            (
                "create view s as select 1 as a;",
                Some("s is a view, but this revision expects sequence"),
            ),
        ],
    ),
    (
        "alter type status add value if not exists 'done';",
        &[("", None), ("alter type status add value 'done';", None)],
    ),
    (
        "alter table t drop column if exists a, drop constraint if exists a_positive;",
        &[
            ("", None),
            ("alter table t drop constraint a_positive;", None),
            ("alter table t drop a;", None),
        ],
    ),
    (
        "alter table if exists t rename column a to b;",
        &[("", None), ("alter table t rename a to b;", None)],
    ),
    (
        "alter table if exists t rename constraint a_positive to positive;",
        &[
            ("", None),
            (
                "alter table t rename constraint a_positive to positive;",
                None,
            ),
        ],
    ),
    (
        "alter table if exists t rename to u;",
        &[("", None), ("alter table t rename to u;", None)],
    ),
    (
        "alter type if exists status rename to state;",
        &[("", None), ("alter type status rename to state;", None)],
    ),
    (
        "drop index if exists ix_a; drop table if exists t; drop type if exists status; drop sequence if exists none; drop schema if exists nowhere;",
        &[("", None), ("drop table t; drop type status;", None)],
    ),
];

#[test]
fn some_guarded_statements_accept_databases_that_differ() {
    run_guarded(4);
}

#[test]
#[ignore = "deep: 100 databases; fast: some_guarded_statements_accept_databases_that_differ"]
fn guarded_statements_accept_databases_that_differ() {
    run_guarded(1);
}

/// Each so many-th of the list.
fn run_guarded(step: usize) {
    let base = "revision 'a'; down_revision none;
upgrade {
  create type status as enum ('new');
  create table t (id integer, a integer, constraint a_positive check (a > 0));
  create index ix_a on t (a);
}";
    let mut failures = Vec::new();
    for (statement, databases) in GUARDED.iter().step_by(step) {
        let text = format!(
            "--- a.rev ---\n{base}\n--- b.rev ---\nrevision 'b'; down_revision 'a';\nupgrade {{ {statement} }}\ndowngrade irreversible 'a test';\n"
        );
        let case = Case::parse("guarded", &text);
        let (up, guarded) = match (case.upgrade("a"), case.upgrade("a:b")) {
            (Ok(up), Ok(guarded)) => (up, guarded),
            (up, guarded) => {
                failures.push(format!("{statement}: {up:?} {guarded:?}"));
                continue;
            }
        };
        for (setup, refusal) in *databases {
            let database = Server::shared().database();
            database.run(&format!("{up} {setup}"));
            let before = database.dump();
            let output = database.psql(&guarded);
            match refusal {
                None if output.status.success() => {}
                None => failures.push(format!("{statement} after {setup:?}: {}", output.stderr)),
                Some(words) => {
                    if !(output.stderr.contains("limbeck: ") && output.stderr.contains(words)) {
                        failures.push(format!("{statement} after {setup:?}: {}", output.stderr));
                    }
                    if database.dump() != before {
                        failures.push(format!("{statement} after {setup:?} left something"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
