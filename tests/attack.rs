//! What was tried against whoever runs scripts: it does no harm, is refused, or is told.
//!
//! Code that must not run warns when it runs: a warning comes through wherever it is raised, also in a transaction that only
//! reads and in a block that catches errors.

#![expect(
    clippy::disallowed_methods,
    reason = "what a shell would have written is looked for"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::script::psql::{preflight, rollback, upgrade, verify};
use limbeck::source::Sources;
use limbeck::token::{TokenKind, lex};
use regex_lite::Regex;

use crate::pack::Project;
use crate::server::{Database, Output, Server};
use crate::upgrade_sql::{applied, rows};

/// A history whose scripts hold every guard: what exists already, indexes, values of enums, rows, branches, asserts, losses.
const REVISIONS: [&str; 6] = [
    "revision 'a'; down_revision none; message 'the first tables';
upgrade {
  create type mood as enum ('calm', 'glad');
  create table t (id integer primary key, name varchar(20), size numeric, note text default 'none', m mood);
  create table u (id integer primary key, t integer);
  data { insert into t (id, name) values (1, 'x'), (2, 'y'); insert into u values (1, 1); } reverse { }
}",
    "revision 'b'; down_revision 'a'; message 'what may be there';
upgrade {
  alter table t add column if not exists kind varchar(10) default 'k';
  alter table t add constraint positive check (id is not null);
  create table if not exists v (id integer primary key);
  create type if not exists pair as (a integer, b integer);
  create index if not exists ix_kind on t (kind);
  alter table if exists t rename column note to remark;
}
downgrade {
  alter table if exists t rename column remark to note;
  drop index if exists ix_kind; drop type if exists pair; drop table if exists v;
  alter table t drop constraint positive; alter table t drop column if exists kind;
}",
    "revision 'c'; down_revision 'b'; message 'outside of transactions';
upgrade { create index concurrently ix_name on t (name) where name is not null; alter table t add column more integer; }",
    "revision 'd'; down_revision 'b'; message 'the other branch';
upgrade { alter table u add constraint u_t_fkey foreign key (t) references t (id); alter table t alter column name set not null; }",
    "revision 'e'; down_revision 'c', 'd'; message 'both'; upgrade { } downgrade { }",
    "revision 'f'; down_revision 'e'; message 'less';
upgrade { alter table u drop constraint u_t_fkey; alter table t alter column name drop not null; alter table t alter column name type varchar(50);
  alter type mood add value 'bad'; alter table t add constraint size_is_known unique (size); }
verify { assert 'there are rows' (select exists (select from t)); }",
];

fn project(schema: &str) -> Project {
    let mut project = Project::new(REVISIONS)
        .release("1.0.0", "base", "a")
        .release("2.0.0", "1.0.0", "f");
    schema.clone_into(&mut project.config.schema);
    project
}

/// Every script of a release.
fn scripts(project: &Project, version: &str) -> [(&'static str, String); 4] {
    let pack = project.pack(version);
    [
        ("preflight.sql", preflight::script(&pack)),
        ("upgrade.sql", upgrade(&pack)),
        ("verify.sql", verify::script(&pack)),
        ("rollback.sql", rollback(&pack)),
    ]
}

fn plain(
    schema: &str,
    write: impl Fn(&Sources, &Config) -> limbeck::diagnostic::Result<String>,
) -> String {
    let mut sources = Sources::default();
    for (number, text) in REVISIONS.iter().enumerate() {
        sources.add(format!("{number}.rev"), (*text).to_owned());
    }
    let config = Config {
        schema: schema.to_owned(),
        ..Config::default()
    };
    write(&sources, &config).expect("the history is sound")
}

/// What psql obeys of a script: what begins with a backslash, at the beginning of a line or behind SQL, and the rest as SQL.
fn commands(script: &str) -> (Vec<&str>, String) {
    let mut lines = Vec::new();
    let mut rest: Vec<String> = Vec::new();
    for line in script.lines() {
        let mut line = line;
        // SQL behind the end of a condition.
        if let Some(sql) = line.strip_prefix("\\endif \\\\ ") {
            lines.push("\\endif");
            line = sql;
        }
        // A condition before SQL on one line, and the conditions behind it.
        while let Some((command, sql)) = line
            .split_once(" \\\\ ")
            .filter(|it| it.0.starts_with("\\if "))
        {
            lines.push(command);
            let end = sql.find(" \\endif").expect("it ends on its line");
            rest.push(sql[..end].to_owned());
            line = &sql[end + 1..];
        }
        match line.split_once(" \\gset \\if ") {
            Some((sql, condition)) if !line.starts_with('\\') => {
                let (condition, more) = condition.split_once(" \\\\ ").expect("SQL follows");
                let start = sql.len() + " \\gset ".len();
                lines.push(&line[start..start + "\\if ".len() + condition.len()]);
                rest.push(format!("{sql} \\gset"));
                let end = more.find(" \\endif").expect("it ends on its line");
                rest.push(more[..end].to_owned());
            }
            _ if line.starts_with('\\') => lines.push(line),
            _ => rest.push(line.to_owned()),
        }
    }
    let mut sql = String::new();
    for line in rest {
        let line = line
            .replace(" \\gset limbeck_", ";")
            .replace(" \\gset", ";");
        let line = line
            .replace(" \\gexec \\\\ ", "; ")
            .replace(" \\gexec", ";");
        sql += &line.replace(" \\; ", "; ").replace("\\; ", "; ");
        sql.push('\n');
    }
    (lines, sql)
}

#[test]
fn no_value_is_read_as_a_command() {
    let variable = Regex::new(r":[A-Za-z_0-9]").unwrap();
    let condition =
        Regex::new(r"^((\\endif +)+(\\set ECHO none +)?)?\\if :(\{\?)?[A-Za-z_0-9]+\}?( |$)")
            .unwrap();
    // psql's own variables, kept and given back; none of them is SQL.
    let kept = Regex::new(r"\\set (limbeck_[a-z]+ :[A-Z_]+|[A-Z_]+ :limbeck_[a-z]+)").unwrap();
    let mut seen = BTreeSet::new();
    for project in [
        project("public"),
        project("app"),
        crate::upgrade_sql::project(),
    ] {
        for version in ["1.0.0", "2.0.0", "1.1.0"] {
            let Ok(pack) =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| project.pack(version)))
            else {
                continue;
            };
            for script in [
                preflight::script(&pack),
                upgrade(&pack),
                verify::script(&pack),
                rollback(&pack),
            ] {
                let (lines, sql) = commands(&script);
                for line in lines {
                    let rest = kept.replace_all(line, "");
                    let rest = condition.replace(&rest, "");
                    assert!(!variable.is_match(&rest), "{line}");
                    seen.insert(line.to_owned());
                }
                // In quotes, dollars and comments psql replaces nothing.
                let tokens = lex(&sql, 0, sql.len()).expect("the rest is SQL");
                for pair in tokens.windows(2) {
                    let [colon, name] = pair else { continue };
                    if colon.is(&sql, ":") && colon.end == name.start {
                        let quoted =
                            [TokenKind::String, TokenKind::QuotedName].contains(&name.kind);
                        assert!(quoted, "{}", &sql[colon.start as usize..][..60]);
                    }
                    assert!(!name.text(&sql).contains('\\') || name.kind != TokenKind::Operator);
                }
            }
        }
    }
    assert!(seen.len() > 20, "{seen:?}");
}

#[test]
fn nothing_is_called_before_the_path_is_set() {
    for (name, script) in scripts(&project("public"), "2.0.0") {
        let mut statements = script
            .lines()
            .filter(|it| !it.is_empty() && !it.starts_with(['\\', '-']));
        let mut first = statements.next().unwrap();
        if first == "show search_path \\gset limbeck_" {
            first = statements.next().unwrap();
        }
        assert_eq!(first, "set search_path = pg_catalog, pg_temp;", "{name}");
    }
    for script in [
        plain("public", |it, config| compile::upgrade(it, config, "head")),
        plain("public", |it, config| {
            compile::downgrade(it, config, "head:base")
        }),
        plain("public", |it, config| compile::stamp(it, config, "head")),
    ] {
        let mut statements = script
            .lines()
            .filter(|it| !it.is_empty() && !it.starts_with('-'));
        assert_eq!(
            statements.next(),
            Some("set search_path = pg_catalog, pg_temp;")
        );
    }
}

/// The types between which operators and functions are planted.
const TYPES: [&str; 17] = [
    "text",
    "name",
    "varchar",
    "\"char\"",
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "oid",
    "regclass",
    "regtype",
    "text[]",
    "integer[]",
    "json",
    "jsonb",
    "timestamptz",
    "numeric",
];

/// The operators of our SQL.
const OPERATORS: [&str; 18] = [
    "=", "<>", "<", ">", "<=", ">=", "||", "+", "-", "*", "/", "%", "&", ">>", "~~", "!~", "->",
    "->>",
];

/// A block that plants functions and operators in a schema: for every function that our SQL calls, and every operator, one
/// of each of our types, so that its types fit better than those of `pg_catalog`.
fn plant(schema: &str) -> &'static str {
    static BLOCKS: OnceLock<[String; 2]> = OnceLock::new();
    let blocks = BLOCKS.get_or_init(|| {
        let mut texts = String::new();
        for (_, script) in scripts(&project("public"), "2.0.0") {
            texts += &script;
        }
        texts += &plain("public", |it, config| compile::upgrade(it, config, "head"));
        let call = Regex::new(r"\b([a-z_0-9]+)\(").unwrap();
        let names: BTreeSet<&str> = call
            .captures_iter(&texts)
            .map(|it| it.get(1).unwrap().as_str())
            .collect();
        assert!(names.contains("to_regclass") && names.contains("set_config"), "{names:?}");
        ["evil", "public"].map(|schema| {
            let list = |items: &mut dyn Iterator<Item = &str>| {
                let items: Vec<String> = items.map(|it| format!("'{}'", it.replace('\'', "''"))).collect();
                items.join(", ")
            };
            format!(
                "create schema if not exists {schema};
do $plant$
declare
  types constant text[] := array[{types}];
  one text;
  two text;
  name text;
  body constant text := ' language plpgsql as $$ begin raise warning ''CAUGHT''; return null; end $$';
begin
  perform set_config('search_path', 'pg_catalog', true);
  foreach name in array array[{names}] loop
    continue when not exists (select from pg_proc where proname = name);
    foreach one in array types loop
      execute format('create or replace function {schema}.%I(%s) returns text%s', name, one, body);
      execute format('create or replace function {schema}.%I(%s, text) returns text%s', name, one, body);
      execute format('create or replace function {schema}.%I(%s, text, boolean) returns text%s', name, one, body);
      execute format('create or replace function {schema}.%I(text, %s) returns text%s', name, one, body);
      execute format('create or replace function {schema}.%I(%s, text, text) returns text%s', name, one, body);
      execute format('create or replace function {schema}.%I(%s, integer, integer) returns text%s', name, one, body);
    end loop;
    execute format('create or replace function {schema}.%I() returns text%s', name, body);
    execute format('create or replace function {schema}.%I(text, variadic text[]) returns text%s', name, body);
  end loop;
  foreach one in array types loop
    foreach two in array types loop
      name := format('{schema}.%I', 'op_' || md5(one || ' ' || two));
      execute format('create or replace function %s(%s, %s) returns boolean%s', name, one, two, body);
      execute (select string_agg(format('create operator {schema}.%s (leftarg = %s, rightarg = %s, function = %s)', op, one, two, name), '; ')
        from unnest(array[{operators}]) as op);
    end loop;
  end loop;
end
$plant$;
",
                types = list(&mut TYPES.into_iter()),
                names = list(&mut names.iter().copied()),
                operators = list(&mut OPERATORS.into_iter()),
            )
        })
    });
    &blocks[usize::from(schema == "public")]
}

/// A database where both schemas are full of planted functions, and one is at the front of its path.
fn planted() -> Database {
    static TEMPLATE: OnceLock<Database> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let database = Server::shared().database();
        database.run("create schema app");
        database.run(plant("evil"));
        database.run(plant("public"));
        database
    });
    let database = Server::shared().copy(&template.name);
    database.run(&format!(
        "alter database {} set search_path = evil, pg_catalog, public, app",
        database.name
    ));
    database
}

/// Runs a script; nothing that was planted runs.
#[track_caller]
fn run(database: &Database, name: &str, arguments: &[&str], script: &str) -> Output {
    let output = database.apply(arguments, script);
    assert!(
        !output.stderr.contains("CAUGHT"),
        "{name}: {}",
        output.stderr
    );
    output
}

#[test]
fn nothing_planted_runs_from_our_own_sql() {
    let database = planted();
    // What is planted is seen where it is called.
    let seen = database.apply(&[], "select set_config('a.b', 'c', false), 'a'::text || 1;");
    assert!(seen.stderr.contains("CAUGHT"), "{seen:?}");
    let project = project("app");
    let (first, second) = (scripts(&project, "1.0.0"), scripts(&project, "2.0.0"));
    for round in 0..2 {
        for (name, script) in &first[..3] {
            let output = run(&database, name, &[], script);
            assert!(output.status.success(), "{name}: {output:?}");
        }
        let [(_, looked), (_, up), (_, seen), (_, back)] = &second;
        for (name, arguments, script) in [
            ("preflight", &[][..], looked),
            ("dry run", &["-v", "dry_run=1"], up),
            ("upgrade", &["-v", "to=c"], up),
            ("upgrade", &[], up),
            ("upgrade", &[], up),
            ("verify", &[], seen),
            ("rollback", &["-v", "dry_run=1"], back),
            (
                "rollback",
                &["-v", "accept_data_loss=1", "-v", "to=e"],
                back,
            ),
            ("rollback", &["-v", "accept_data_loss=1"], back),
        ] {
            let output = run(&database, name, arguments, script);
            assert!(output.status.success(), "{name} {arguments:?}: {output:?}");
        }
        let output = run(
            &database,
            "rollback",
            &["-v", "accept_data_loss=1"],
            &first[3].1,
        );
        assert!(output.status.success(), "{output:?}, round {round}");
    }
    // What is outside of transactions may have run.
    applied(&database, &[], &first[1].1);
    let cut = second[1].1.find("-- Part 2 of 2").unwrap();
    let cut = second[1].1[cut..]
        .find("-- Not in a transaction")
        .map_or(cut, |it| cut + it);
    run(&database, "a cut upgrade", &[], &second[1].1[..cut]);
    for script in [&second[3].1, &second[1].1] {
        let output = run(
            &database,
            "after a cut",
            &["-v", "accept_data_loss=1"],
            script,
        );
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn nothing_planted_runs_from_plain_scripts() {
    let database = planted();
    for script in [
        plain("app", |it, config| compile::upgrade(it, config, "head")),
        plain("app", |it, config| {
            compile::downgrade(it, config, "head:base")
        }),
        plain("app", |it, config| compile::stamp(it, config, "head")),
        plain("app", |it, config| compile::stamp(it, config, "head:base")),
    ] {
        let output = run(&database, "plain", &["-v", "ON_ERROR_STOP=1"], &script);
        assert!(output.status.success(), "{output:?}");
    }
}

#[test]
fn what_would_catch_the_authors_statements_is_refused_before_any_change() {
    let database = planted();
    let before = database.dump();
    let project = project("public");
    let [preflight, upgrade, verify, _] = scripts(&project, "1.0.0");
    let plain = plain("public", |it, config| compile::upgrade(it, config, "head"));
    for (name, script) in [preflight, upgrade, verify, ("plain", plain)] {
        let output = run(&database, name, &["-v", "ON_ERROR_STOP=1"], &script);
        assert_eq!(output.status.code(), Some(3), "{name}: {output:?}");
        let told = output.stdout + &output.stderr;
        for words in [
            "functions or operators have the same names as built-in ones and would run instead of them: ",
            "and ",
            "These roles may create objects in schema public: only its owner.",
        ] {
            assert!(
                told.contains(words),
                "{name}: {words} is not in {}",
                &told[..told.len().min(2000)]
            );
        }
    }
    assert_eq!(database.dump(), before);
    assert_eq!(rows(&database), "");
}

#[test]
fn functions_of_the_history_of_extensions_and_those_that_are_trusted_may_stand() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade {
  create extension citext;
  sql { create function round(double precision, integer) returns numeric language sql immutable as 'select pg_catalog.round($1::numeric, $2)'; } reverse { drop function round(double precision, integer); }
  sql { create operator || (leftarg = integer, rightarg = integer, function = int4pl); } reverse { drop operator || (integer, integer); }
  sql { do $$ begin execute 'create function length(integer) returns integer language sql as ''select 1'''; end $$; } reverse { drop function length(integer); }
}",
        "revision 'b'; down_revision 'a'; upgrade { create table t (id integer); }",
    ])
    .release("1.0.0", "base", "a")
    .release("1.1.0", "1.0.0", "b");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    applied(&database, &[], &upgrade(&project.pack("1.1.0")));
    applied(&database, &[], &rollback(&project.pack("1.1.0")));
    // A function of the same name of somebody else is another one.
    let name = format!("mallory_{}", database.name);
    database.run(&format!("create role {name}; grant create on schema public to {name}; set role {name}; create function round(text) returns text language sql as 'select 1::text'"));
    let second = upgrade(&project.pack("1.1.0"));
    let output = database.apply(&[], &second);
    assert!(
        output
            .stderr
            .contains(&format!("function public.round(text) of {name}")),
        "{output:?}"
    );
    assert!(
        output.stderr.contains(&name) && output.stderr.contains(&format!("-v trust='role {name}'")),
        "{output:?}"
    );
    applied(
        &database,
        &["-v", "trust=function public.round(text)"],
        &second,
    );
    // Nor does a type lend its name, nor an extension its membership.
    for (made, told) in [
        (
            "create function jsonb(text) returns text language sql as 'select 1::text'",
            "function public.jsonb(text)",
        ),
        (
            "create extension hstore; create function lower(varchar) returns text language sql as 'select 1::text'; alter extension hstore add function lower(varchar)",
            "function public.lower(character varying)",
        ),
    ] {
        let database = Server::shared().database();
        database.run(&format!(
            "grant create on database {} to {name}; grant create on schema public to {name}; set role {name}; {made}",
            database.name
        ));
        let output = database.apply(&[], &upgrade(&project.pack("1.0.0")));
        assert!(output.stderr.contains(told), "{output:?}");
        database.run(&format!("drop owned by {name} cascade"));
    }
    database.run(&format!("drop owned by {name}; drop role {name}"));
}

/// A file that a shell would write.
fn trace(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("limbeck_{}_{name}", std::process::id()));
    std::fs::remove_file(&path).ok();
    path
}

#[test]
fn no_text_of_a_revision_reaches_a_shell() {
    let path = trace("shell");
    let shell = format!("! touch {}", path.display());
    // psql reads the quotes of a line in the encoding that the server told it last: in SJIS the last byte of some characters
    // swallows the quote behind them.
    for encoding in [
        "SJIS",
        "BIG5",
        "GBK",
        "UHC",
        "GB18030",
        "JOHAB",
        "SHIFT_JIS_2004",
    ] {
        for character in ["\u{c1}", "é", "\u{ff}", "漢", "ü", "\u{101}"] {
            let text = format!(
                "revision 'a'; down_revision none; message '{character}';
upgrade {{
  create table t (a text);
  sql {{ do $$ begin perform set_config('client_encoding', '{encoding}', false); perform set_config('standard_conforming_strings', 'off', false); end $$; }} reverse {{ }}
  data {{ insert into t values ('{character}'), (' \\{shell} '), ('a\\'), ('
\\{shell}
'); }} reverse {{ }}
  sql {{ do $$ begin perform set_config('client_encoding', '{encoding}', true); end $$; }} reverse {{ }}
  comment on table t is '{character}, \\{shell}';
  sql {{ do $$ begin perform set_config('client_encoding', '{encoding}', true); end $$; }} reverse {{ }}
  create index ix on t (a) where a <> '{character}' and a <> '\\{shell}';
  create table p (a integer primary key);
  create table c (a text);
  alter table c alter column a type integer using a::integer, add constraint \"f{character}\" foreign key (a) references p (a) deferrable initially deferred;
  sql {{ create function f(integer) returns integer language plpgsql as $$ begin perform set_config('client_encoding', '{encoding}', true); return $1; end $$; }} reverse {{ drop function f(integer); }}
  data {{ insert into p values (1); }} reverse {{ }}
  alter table c alter column a type integer using f(a);
  data {{ insert into c values (1); insert into t values ($q$\"
\\{shell}
\"$q$); }} reverse {{ }}
}}"
            );
            let next = format!(
                "revision 'b'; down_revision 'a'; message '{character}, \\{shell}';
upgrade {{ data {{ insert into t values ('{character}'), ('\\{shell}'); }} reverse {{ }} }}"
            );
            let project =
                Project::new([text.as_str(), next.as_str()]).release("1.0.0", "base", "b");
            let script = upgrade(&project.pack("1.0.0"));
            let database = Server::shared().database();
            let output = database.apply(&[], &script);
            assert!(!path.exists(), "{encoding} {character}: {output:?}");
            assert!(
                output.status.success(),
                "{encoding} {character}: {output:?}"
            );
            let mut sources = Sources::default();
            sources.add("a.rev", text.clone());
            sources.add("b.rev", next.clone());
            let script = compile::upgrade(&sources, &Config::default(), "head").unwrap();
            let output = Server::shared().database().psql(&script);
            assert!(!path.exists(), "{encoding} {character}: {output:?}");
            assert!(
                output.status.success(),
                "{encoding} {character}: {output:?}"
            );
        }
    }
    // What a function of the database says is never read by psql.
    let made = format!(
        "create function public.format(text, text, text) returns text language sql as $$ select ' \\{shell}' || chr(10) || ' set local lock_timeout = 0;' $$;"
    );
    let project = project("public");
    let database = Server::shared().database();
    database.run(&made);
    for (name, script) in scripts(&project, "1.0.0") {
        let output = database.apply(&[], &script);
        assert!(!path.exists(), "{name}: {output:?}");
    }
    let revision = format!(
        "revision 'a'; down_revision none; message 'a function for texts';
upgrade {{ sql {{ create function format(text, text, text) returns text language sql immutable as 'select chr(92) || ''{shell}'' || chr(10)'; }} reverse {{ drop function format(text, text, text); }} }}"
    );
    let project = Project::new([
        revision.as_str(),
        "revision 'b'; down_revision 'a'; upgrade { create table t (id integer); }",
    ])
    .release("1.0.0", "base", "b");
    let database = Server::shared().database();
    for (name, script) in scripts(&project, "1.0.0") {
        let output = database.apply(&["-v", "accept_data_loss=1"], &script);
        assert!(!path.exists(), "{name}: {output:?}");
        assert!(
            output.status.success() || name == "preflight.sql",
            "{name}: {output:?}"
        );
    }
}

#[test]
fn nothing_that_a_revision_does_to_the_session_reaches_the_next() {
    let name = format!("app_{}", Server::shared().database().name);
    let leaks = format!(
        "do $$ begin
  perform set_config('session_replication_role', 'replica', false);
  perform set_config('search_path', 'evil', false); perform set_config('row_security', 'on', false);
  perform set_config('timezone', 'Asia/Tokyo', false); perform set_config('lock_timeout', '1ms', false);
  perform set_config('limbeck.run', '{{}}', false); perform set_config('limbeck.step', '{{}}', false); perform set_config('limbeck.rows', '{{z}}', false);
  perform set_config('limbeck.end', 'complete: a lie', false); perform set_config('limbeck.target', '{{}}', false); perform set_config('limbeck.todo', '', false);
  perform set_config('client_encoding', 'LATIN1', false); perform set_config('statement_timeout', '100ms', false);
  create temp table alembic_version (version_num text); create temp table c (a int); create temp table pg_class (a int);
  execute 'prepare p as select 1'; execute 'listen x';
  perform set_config('role', '{name}', false);
end $$"
    );
    let first = format!(
        "revision '001'; down_revision none; message 'a';
upgrade {{
  create table t (a int primary key); create table c (a int references t (a));
  sql {{ {leaks}; }} reverse {{ }}
}}"
    );
    for (transaction, second) in [
        (
            "revision",
            "data { insert into c values (77); } reverse { }",
        ),
        ("release", "data { insert into c values (77); } reverse { }"),
        ("revision", "create index concurrently ix on c (a);"),
    ] {
        let second = format!("revision '002'; down_revision '001'; upgrade {{ {second} }}");
        let mut project =
            Project::new([first.as_str(), second.as_str()]).release("1.0.0", "base", "002");
        if transaction == "release" {
            project.config.transaction = limbeck::config::Transaction::Release;
        }
        let database = Server::shared().database();
        database.run(&format!("create schema evil; create table evil.c (a int); do $$ begin create role {name}; exception when duplicate_object then null; end $$; grant all on schema public, evil to {name}; grant all on evil.c to {name}"));
        let output = database.apply(&[], &upgrade(&project.pack("1.0.0")));
        if second.contains("insert") {
            assert!(
                output.stderr.contains("violates foreign key constraint"),
                "{transaction}: {output:?}"
            );
            let at = if transaction == "release" { "" } else { "001" };
            assert_eq!(rows(&database), at, "{output:?}");
        } else {
            assert!(output.status.success(), "{output:?}");
            assert_eq!(database.query("select indrelid::regclass from pg_index where indexrelid = 'public.ix'::regclass"), "c");
            assert!(
                output
                    .stdout
                    .ends_with("limbeck: complete: the database is at 002\n"),
                "{output:?}"
            );
        }
        if transaction == "revision" {
            let owner = "select count(distinct relowner) from pg_class where relnamespace = 'public'::regnamespace";
            assert_eq!(database.query(owner), "1");
        }
    }
    // The same in a plain script.
    let mut sources = Sources::default();
    sources.add("1.rev", first.clone());
    sources.add("2.rev", "revision '002'; down_revision '001'; upgrade { data { insert into c values (77); } reverse { } }".to_owned());
    let database = Server::shared().database();
    database.run(&format!("create schema evil; create table evil.c (a int); grant all on schema public, evil to {name}; grant all on evil.c to {name}"));
    let script = compile::upgrade(&sources, &Config::default(), "head").unwrap();
    let output = database.psql(&script);
    assert!(
        output.stderr.contains("violates foreign key constraint"),
        "{output:?}"
    );
    assert_eq!(rows(&database), "001");
}

#[test]
fn a_run_that_lost_its_lock_stops() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { sql { do $$ begin perform pg_advisory_unlock_all(); end $$; } reverse { } }",
        "revision 'b'; down_revision 'a'; upgrade { create table t (id integer); }",
    ])
    .release("1.0.0", "base", "b");
    let database = Server::shared().database();
    let output = database.apply(&[], &upgrade(&project.pack("1.0.0")));
    assert_eq!(output.status.code(), Some(3));
    assert!(
        output
            .stderr
            .contains("limbeck: refused: this run has lost the lock"),
        "{output:?}"
    );
    assert_eq!(rows(&database), "a");
    applied(&database, &[], &upgrade(&project.pack("1.0.0")));
    assert_eq!(rows(&database), "b");
}

#[test]
fn asserts_cannot_hide_a_drift() {
    let project = Project::new([
        "revision 'a'; down_revision none; upgrade { create table t (a text, b text);
  sql { create function quiet() returns boolean language plpgsql as $$ begin
    perform set_config('limbeck.drift', '0', false); perform set_config('limbeck.checks', '7', false); perform set_config('limbeck.assert', '', false);
    perform set_config('limbeck.release', '{}', false); perform set_config('search_path', 'nowhere', false);
    return false; end $$; } reverse { drop function quiet(); }
}
verify { assert 'quiet' (select quiet()); assert 'still' (select quiet()); }",
    ])
    .release("1.0.0", "base", "a");
    let pack = project.pack("1.0.0");
    let database = Server::shared().database();
    applied(&database, &[], &upgrade(&pack));
    database.run("alter table t drop column b");
    let output = database.apply(&[], &verify::script(&pack));
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(
        output
            .stdout
            .contains("DRIFT assert quiet: it does not hold"),
        "{output:?}"
    );
    assert!(output.stderr.contains(": 3 of "), "{output:?}");
}

#[test]
fn verify_sees_through_temporary_tables() {
    let project = Project::new(["revision 'a'; down_revision none; upgrade {
  create table t (a text, b text);
  sql { create temp table pg_attribute as select attrelid, attname, atttypid, attlen, attnum, atttypmod, attnotnull, atthasdef, attidentity, attgenerated, attisdropped, attislocal, attinhcount, attcollation from pg_catalog.pg_attribute; } reverse { }
  sql { do $$ begin alter table public.t drop column b; end $$; } reverse { }
}"])
    .release("1.0.0", "base", "a");
    let pack = project.pack("1.0.0");
    let database = Server::shared().database();
    let both = upgrade(&pack) + &verify::script(&pack);
    let output = database.apply(&[], &both);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.contains("DRIFT"), "{output:?}");
    // In a session that had them before nothing begins.
    let database = Server::shared().database();
    for (script, words) in [
        (upgrade(&pack), "this session has temporary objects"),
        (
            plain("public", |it, config| compile::upgrade(it, config, "head")),
            "this session has temporary objects",
        ),
    ] {
        let output = database.psql(&format!("create temp table pg_class (a int);\n{script}"));
        assert!(output.stderr.contains(words), "{output:?}");
        assert_eq!(rows(&database), "");
    }
}

/// What can be put in the place of the version table, or on it; each runs `f`, which warns.
const SQUATTERS: &[(&str, &str)] = &[
    (
        "is a view",
        "alter table {t} rename to other; create view {t} as select x.* from other x, (select f()) as y",
    ),
    (
        "is a materialized view",
        "alter table {t} rename to other; create materialized view {t} as select * from other",
    ),
    (
        "is a foreign table",
        "alter table {t} rename to other; create foreign data wrapper w; create server s foreign data wrapper w; create foreign table {t} (version_num varchar(32)) server s",
    ),
    (
        "is a partitioned table",
        "alter table {t} rename to other; create table {t} (like other) partition by list ({c})",
    ),
    (
        "has the trigger g",
        "create trigger g before insert or update or delete on {t} for each row execute function tr()",
    ),
    (
        "has the trigger g",
        "create trigger g after insert or update or delete on {t} for each statement execute function tr()",
    ),
    (
        "has the trigger g",
        "create constraint trigger g after insert or update on {t} deferrable initially deferred for each row execute function tr()",
    ),
    (
        "has the rule r",
        "create rule r as on update to {t} do also select f()",
    ),
    (
        "has the rule r",
        "create rule r as on insert to {t} do also select f()",
    ),
    (
        "has row security",
        "alter table {t} enable row level security, force row level security; create policy p on {t} using (f() is not null)",
    ),
    (
        "has a table that inherits from it",
        "create table child () inherits ({t}); create trigger g before update on child for each row execute function tr()",
    ),
    (
        "inherits from a table",
        "create table mother (); alter table {t} inherit mother",
    ),
    (
        "has the check ",
        "alter table {t} add check (f() is not null)",
    ),
    (
        "has the constraint x",
        "alter table {t} add constraint x exclude using btree ((imm({c}::text)) with =)",
    ),
    (
        "is referenced by the foreign key ",
        "create table r (a text); alter table {t} add unique ({c}); create table k (a {ct} references {t} ({c}) on update cascade)",
    ),
    (
        "has the foreign key ",
        "create table r (a {ct} primary key); insert into r select {c} from {t}; alter table {t} add foreign key ({c}) references r",
    ),
    (
        "has the generated column g",
        "alter table {t} add column g text generated always as (imm({c}::text)) stored",
    ),
    (
        "has the column",
        "create domain d as {ct} check (f() is not null or value is null); alter table {t} alter column {c} type d",
    ),
    (
        "has the column",
        "create type moody as enum ('a'); alter table {t} add column m moody",
    ),
    (
        "has the default public.f(), which is not a constant",
        "alter table {t} add column g text default f()",
    ),
    (
        "has the index public.",
        "create index on {t} (imm({c}::text))",
    ),
    (
        "has the index public.",
        "create index on {t} ((imm('x') || {c}::text))",
    ),
    (
        "has the index public.",
        "create index on {t} ({c}) where imm({c}::text) is not null",
    ),
    (
        "has the statistics st on an expression",
        "create statistics st on (imm('x') || {c}::text), (imm('y') || {c}::text) from {t}",
    ),
    (
        "belongs to",
        "create role {r}; grant create on schema public to {r}; alter table {t} owner to {r}",
    ),
];

#[test]
fn only_an_ordinary_version_table_is_read() {
    read_only_ordinary(false);
}

#[test]
#[ignore = "deep: each plain script on each table; fast: only_an_ordinary_version_table_is_read"]
fn every_script_reads_only_an_ordinary_version_table() {
    read_only_ordinary(true);
}

/// Tries all plain scripts on each odd table, or one of them.
fn read_only_ordinary(all_plains: bool) {
    let project = project("public");
    let [preflight, upgrade, verify, rollback] = scripts(&project, "2.0.0");
    let first = scripts(&project, "1.0.0");
    let plains = [
        (
            "plain upgrade",
            plain("public", |it, config| {
                compile::upgrade(it, config, "a:head")
            }),
        ),
        (
            "plain stamp",
            plain("public", |it, config| compile::stamp(it, config, "a:head")),
        ),
        (
            "plain downgrade",
            plain("public", |it, config| {
                compile::downgrade(it, config, "a:base")
            }),
        ),
    ];
    let template = Server::shared().database();
    applied(&template, &[], &first[1].1);
    template.run("create function f() returns text language plpgsql volatile as $$ begin raise warning 'CAUGHT'; return '1'; end $$;
create function imm(text) returns text language plpgsql immutable as $$ begin raise warning 'CAUGHT'; return $1; end $$;
create function tr() returns trigger language plpgsql as $$ begin raise warning 'CAUGHT'; return coalesce(new, old); end $$;");
    for (number, (words, squat)) in SQUATTERS.iter().enumerate() {
        for (table, column, sql_type) in [
            ("alembic_version", "version_num", "varchar(32)"),
            ("limbeck_progress", "revision", "text"),
        ] {
            let role = format!("squatter_{}_{number}_{table}", template.name);
            let squat = squat
                .replace("{t}", &format!("public.{table}"))
                .replace("{ct}", sql_type)
                .replace("{c}", column)
                .replace("{r}", &role);
            let database = Server::shared().copy(&template.name);
            if table == "limbeck_progress" {
                database.run("create table limbeck_progress (revision text primary key, direction text not null, part integer not null); insert into limbeck_progress values ('c', 'upgrade', 1)");
            }
            database.run(&squat);
            let data = "select version_num from alembic_version";
            let before = (
                database.dump(),
                (table != "alembic_version").then(|| database.query(data)),
            );
            let mut all = vec![&preflight, &upgrade, &verify, &rollback];
            if table == "alembic_version" {
                let one = number % plains.len();
                let plains = plains.iter().enumerate();
                all.extend(plains.filter(|it| all_plains || it.0 == one).map(|it| it.1));
            }
            for (name, script) in all {
                let output = run(
                    &database,
                    &format!("{name}: {squat}"),
                    &["-v", "ON_ERROR_STOP=1", "-v", "accept_data_loss=1"],
                    script,
                );
                let told = output.stdout + &output.stderr;
                assert_eq!(output.status.code(), Some(3), "{name}: {squat}: {told}");
                assert!(
                    told.contains(&format!("public.{table} {words}")),
                    "{name}: {squat}: {told}"
                );
            }
            let after = (
                database.dump(),
                (table != "alembic_version").then(|| database.query(data)),
            );
            assert_eq!(after, before, "{squat}");
            if squat.contains("create role") {
                database.run(&format!("drop owned by {role}; drop role {role}"));
            }
        }
    }
}

#[test]
fn what_the_server_says_is_shown_on_one_line() {
    let odd = "x\u{1b}[31m\u{202e}\nlimbeck: forged\r::error::y\u{9b}";
    let project = project("public");
    let [preflight, upgrade, verify, _] = scripts(&project, "2.0.0");
    let first = scripts(&project, "1.0.0");
    let database = Server::shared().database();
    applied(&database, &[], &first[1].1);
    let literal = odd.replace('\'', "''");
    let name = odd.replace('"', "");
    database.run(&format!(
        "comment on table t is '{literal}'; alter table t alter column note set default '{literal}'; alter table t add column \"{name}\" text; create index \"i{name}\" on t (\"{name}\"); alter type mood add value '{literal}';"
    ));
    for round in ["names", "rows"] {
        if round == "rows" {
            database.run(&format!(
                "update alembic_version set version_num = left('{literal}', 32)"
            ));
        }
        for (name, script) in [&preflight, &first[2], &upgrade, &verify] {
            if round == "names" && name == &"upgrade.sql" {
                continue;
            }
            let output = database.apply(&["-v", &format!("expect_db={odd}")], script);
            let told = output.stdout + &output.stderr;
            for hidden in ["\u{1b}", "\u{202e}", "\u{9b}", "\r"] {
                assert!(!told.contains(hidden), "{name}: {told:?}");
            }
            for line in told.lines() {
                assert!(
                    !line.starts_with("limbeck: forged") && !line.starts_with("::"),
                    "{name}: {told:?}"
                );
            }
        }
    }
    // What Persian, Arabic and Hebrew need is shown as it is.
    let database = Server::shared().database();
    applied(&database, &[], &first[1].1);
    database.run("comment on table t is 'می\u{200c}شود \u{200f}ש\u{200e}'");
    let output = database.apply(&[], &first[2].1);
    assert!(
        output.stdout.contains("می\u{200c}شود \u{200f}ש\u{200e}"),
        "{output:?}"
    );
}

#[test]
fn what_the_database_sets_decides_nothing() {
    let project = project("public");
    let [preflight, upgrade, verify, rollback] = scripts(&project, "1.0.0");
    let plain = plain("public", |it, config| compile::upgrade(it, config, "head"));
    let database = Server::shared().database();
    let name = database.name.clone();
    for setting in [
        "limbeck.inside = 'yes'",
        "limbeck.probe = 'inside'",
        "limbeck.rows = '{f}'",
        "limbeck.role = 'x'",
        "limbeck.step = '{}'",
        "limbeck.trust = 'function public.format(text,text,text)'",
        "limbeck.drift = '0'",
        "limbeck.stops = 'x'",
        "limbeck.todo = ''",
        "standard_conforming_strings = off",
        "escape_string_warning = on",
        "quote_all_identifiers = on",
        "array_nulls = off",
        "bytea_output = escape",
        "intervalstyle = sql_standard",
        "datestyle = 'German, DMY'",
        "timezone = 'Asia/Kathmandu'",
        "transform_null_equals = on",
        "default_transaction_isolation = serializable",
        "default_transaction_deferrable = on",
        "client_encoding = LATIN1",
        "xmlbinary = hex",
        "plpgsql.extra_errors = 'all'",
        "plan_cache_mode = force_generic_plan",
        "row_security = off",
        "search_path = ''",
        "jit_above_cost = 0",
        "idle_in_transaction_session_timeout = '10min'",
        "default_toast_compression = pglz",
        "extra_float_digits = -15",
        "check_function_bodies = off",
    ] {
        database.run(&format!("alter database {name} set {setting}"));
    }
    for (script, arguments) in [
        (&preflight, &[][..]),
        (&upgrade, &[]),
        (&verify, &[]),
        (&rollback, &["-v", "accept_data_loss=1"]),
    ] {
        let output = database.apply(arguments, &script.1);
        assert!(output.status.success(), "{}: {output:?}", script.0);
    }
    database.run("drop table public.alembic_version");
    database.run(&plain);
    // Nor does it give leave for what would catch the statements of the history.
    let database = Server::shared().database();
    database.run("create function public.format(text, text, text) returns text language sql as 'select 1::text'");
    database.run(&format!(
        "alter database {} set limbeck.trust = 'function public.format(text,text,text)'",
        database.name
    ));
    for script in [&upgrade.1, &plain] {
        let output = database.psql(script);
        assert!(
            output
                .stderr
                .contains("would run instead of them: function public.format(text,text,text)"),
            "{output:?}"
        );
    }
}

#[test]
fn a_role_that_the_database_lends_is_refused() {
    let [_, upgrade, ..] = scripts(&project("public"), "1.0.0");
    let plain = plain("public", |it, config| compile::upgrade(it, config, "head"));
    // The owner of a database can make the login of a superuser another role, who would own what comes.
    let database = Server::shared().database();
    let role = format!("lent_{}", database.name);
    database.run(&format!("create role {role}; grant all on schema public to {role}; alter database {} set role = {role}", database.name));
    for script in [&upgrade.1, &plain] {
        let output = database.psql(script);
        assert!(
            output.stderr.contains(&format!(
                "the database sets the role {role} for its sessions"
            )),
            "{output:?}"
        );
    }
    assert_eq!(
        database.query("select count(*) from pg_class where relnamespace = 'public'::regnamespace"),
        "0"
    );
    // A role that was taken by hand is kept by a bundle, and refused by a plain script, which cannot keep it.
    let database = Server::shared().database();
    database.run(&format!(
        "grant all on schema public to {role}; grant create on database {} to {role}",
        database.name
    ));
    let output = database.psql(&format!("set role {role};\n{plain}"));
    assert!(
        output
            .stderr
            .contains(&format!("this session has set the role {role}")),
        "{output:?}"
    );
    applied(
        &database,
        &[],
        &format!(
            "set role {role};\n{}\\if true\nselect 'still ' || current_user;\n\\endif\n",
            upgrade.1
        ),
    );
    assert_eq!(database.query("select string_agg(distinct relowner::regrole::text, ',') from pg_class where relnamespace = 'public'::regnamespace"), role);
}

#[test]
fn another_holder_of_the_lock_is_told() {
    let project = project("public");
    let [preflight, upgrade, ..] = scripts(&project, "1.0.0");
    let database = Server::shared().database();
    let number = Regex::new(r#""lock": "(-?\d+)""#).unwrap();
    let number = number.captures(&upgrade.1).unwrap()[1].to_owned();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            database.run(&format!(
                "select pg_advisory_lock({number}); select pg_sleep(6)"
            ));
        });
        std::thread::sleep(std::time::Duration::from_millis(700));
        let output = database.apply(&[], &upgrade.1);
        assert!(
            output
                .stderr
                .contains("another run is in progress on this database: process"),
            "{output:?}"
        );
        assert!(
            output.stderr.contains("select pg_terminate_backend("),
            "{output:?}"
        );
        let output = database.apply(&[], &preflight.1);
        assert!(
            output
                .stdout
                .contains("STOP  another run is in progress: process"),
            "{output:?}"
        );
    });
}

#[test]
fn every_template_is_a_block_that_the_server_reads() {
    let database = Server::shared().database();
    let mut text = String::new();
    for (name, script) in scripts(&project("public"), "2.0.0") {
        let mut rest = script.as_str();
        while let Some(start) = rest.find("do $limbeck$\n") {
            let body = &rest[start + "do $limbeck$\n".len()..];
            let end = body
                .find("\n$limbeck$")
                .unwrap_or_else(|| panic!("{name}: a block ends"));
            let _ = writeln!(
                text,
                "create or replace procedure block() language plpgsql as $limbeck$\n{}\n$limbeck$;",
                &body[..end]
            );
            rest = &body[end..];
        }
    }
    assert!(text.matches("create or replace").count() > 10);
    database.run(&format!(
        "set search_path = pg_catalog, pg_temp;\nset check_function_bodies = on;\n{}",
        text.replace("procedure block()", "procedure public.block()")
    ));
}
