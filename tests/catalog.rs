//! What a database holds, read into the model's objects, is what the model says; and every difference is told.

use limbeck::catalog::{Answers, Catalog, Comparison, Difference, READ, Scope};
use limbeck::compile::{self, Compiled};
use limbeck::config::Config;
use limbeck::name::Name;
use limbeck::replay::Wanted;
use limbeck::schema::Schema;
use rayon::prelude::*;

use crate::drift::{DRIFTS, PROJECT};
use crate::psql::{Case, run};
use crate::server::{Database, Server};

pub(crate) fn read(database: &Database) -> Catalog {
    Catalog::read(&database.query(READ)).expect("the answer is read")
}

/// What differs between the model and a database.
fn drift(schema: &Schema, database: &Database) -> Vec<Difference> {
    let names = ["alembic_version", "limbeck_progress"];
    let scope = Scope {
        foreign: names.map(|it| Name::new("public", it)).into(),
        ..Scope::default()
    };
    let comparison = Comparison::with_model(schema, &read(database), &scope);
    settle(comparison, database)
}

fn settle(comparison: Comparison, database: &Database) -> Vec<Difference> {
    let mut answers = Answers::default();
    let printed = match comparison.questions(&answers) {
        None => String::new(),
        Some(script) => {
            let output = database.psql_with(&["-q", "-A", "-t"], &script);
            output.stdout
        }
    };
    comparison.settle(&printed, &mut answers)
}

fn told(differences: &[Difference]) -> Result<(), String> {
    let lines: Vec<String> = differences.iter().map(|it| format!("  {it}")).collect();
    if lines.is_empty() {
        Ok(())
    } else {
        Err(format!("\n{}", lines.join("\n")))
    }
}

/// What the catalogue of an upgraded database holds unlike the model.
pub(crate) fn as_the_model_has_it(compiled: &Compiled, database: &Database) -> Result<(), String> {
    told(&drift(&compiled.replayed.schema, database))
}

#[test]
fn a_project_is_read_as_the_model_has_it() {
    let case = Case::parse("project", PROJECT);
    let database = Server::shared().database();
    run(&database, "the upgrade", &case.upgrade("heads").unwrap()).unwrap();
    let compiled = case.compile(Wanted::Nothing).unwrap();
    as_the_model_has_it(&compiled, &database).unwrap();
}

#[test]
fn every_drift_is_found() {
    let (schema, upgraded) = upgraded();
    let (before, dump) = (read(&upgraded), upgraded.dump());
    let missed: Vec<String> = DRIFTS
        .par_iter()
        .filter_map(|(change, expected)| {
            let database = Server::shared().copy(&upgraded.name);
            run(&database, "the change", change).unwrap();
            let found = drift(&schema, &database);
            let changed = settle(Comparison::of_times(&before, &read(&database)), &database);
            // What rows hold is no part of the catalogue, and the version table none of the history.
            let is_of_rows = expected.iter().all(|it| it.starts_with("assert"))
                || change.contains("alembic_version");
            let is_missed = (found.is_empty() || changed.is_empty()) && !is_of_rows;
            // verify.sql says the same, but for bounds, and for names alone.
            let differences: Vec<String> = found
                .iter()
                .map(|it| it.to_string().replace('\n', " "))
                .collect();
            let told = expected.iter().filter_map(|it| it.split_once(": "));
            let is_told = told.clone().all(|(object, sentences)| {
                let is_name = ["relation ", "assert ", "public."]
                    .iter()
                    .any(|it| object.starts_with(it));
                let is_by_name = is_name || sentences == "it exists, but should not";
                is_by_name
                    || sentences.split("; ").all(|it| {
                        let line = format!("{object}: {it}");
                        it.starts_with("the bound ")
                            // It tells the index of a constraint.
                            || it.starts_with("it is INVALID")
                            || differences.contains(&line)
                    })
            });
            if !is_told {
                return Some(format!("{change}: {differences:#?}"));
            }
            // A dump tells no definition from one that PostgreSQL cannot use.
            let is_disputed = (dump == database.dump()) != changed.is_empty();
            (is_missed || is_disputed).then(|| (*change).to_owned())
        })
        .collect();
    assert!(
        missed.is_empty(),
        "{} of {}\n{}",
        missed.len(),
        DRIFTS.len(),
        missed.join("\n")
    );
}

/// What is done to a database, and how the difference is told.
const TOLD: &[(&str, &str)] = &[
    (
        "drop trigger touched on people",
        "trigger touched on public.people: it is missing",
    ),
    (
        "create policy p on people",
        "policy p on public.people: it exists, but should not",
    ),
    (
        "alter type status add value 'z'",
        "type public.status: the values are new, it's done, z, but should be new, it's done",
    ),
    (
        "alter table people alter column name drop not null",
        "table public.people, column name: it is nullable, but should be not null",
    ),
    (
        "alter domain positive drop not null",
        "domain public.positive: it is nullable, but should be not null",
    ),
    (
        "drop index ix_name; create index ix_name on people (name desc nulls last, id) include (born)",
        "index public.ix_name: the order of element 1 is desc nulls last, but should be desc",
    ),
    (
        "alter sequence numbers cycle",
        "sequence public.numbers: cycling is on, but should be off",
    ),
    (
        "alter domain positive drop constraint above; alter domain positive add constraint above check (value > 0) not valid",
        "domain public.positive, check above: it is not valid, but should be valid",
    ),
    (
        "alter table people alter column name set default E'z\\nlimbeck asks 0 0\\nz\\nlimbeck asks 0 1\\nz'",
        "table public.people, column name: the default is 'z\nlimbeck asks 0 0",
    ),
];

#[test]
fn differences_are_told_in_plain_words() {
    let (schema, upgraded) = upgraded();
    let missed: Vec<String> = TOLD
        .par_iter()
        .filter_map(|(change, expected)| {
            let database = Server::shared().copy(&upgraded.name);
            run(&database, "the change", change).unwrap();
            let found: Vec<String> = drift(&schema, &database)
                .iter()
                .map(ToString::to_string)
                .collect();
            let is_told = matches!(&found[..], [it] if it.starts_with(expected));
            (!is_told).then(|| format!("{change}: {found:#?}"))
        })
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_a_deployer_sets_is_no_drift() {
    let (schema, database) = upgraded();
    let change = "alter table people owner to pg_monitor;
grant select on people to public;
grant select (id) on orders to public;
grant usage on schema audit to public;
alter schema audit owner to pg_monitor;
alter type status owner to pg_monitor;
alter function one() owner to pg_monitor;
alter default privileges grant select on tables to public;
alter table people enable row level security;
alter table people disable trigger all;
alter table people alter column name set storage external;
alter table people replica identity full;
alter table people cluster on people_pkey;
create publication p for table people;
do $$ begin execute format('alter database %I set timezone = ''Europe/Berlin''', current_database()); end $$;
do $$ begin execute format('comment on database %I is ''x''', current_database()); end $$;
";
    run(&database, "the change", change).unwrap();
    told(&drift(&schema, &database)).unwrap();
}

/// The model of the project and a database that is at its head.
fn upgraded() -> (Schema, Database) {
    let case = Case::parse("project", PROJECT);
    let database = Server::shared().database();
    database.run(&compile::upgrade(&case.sources, &Config::default(), "head").unwrap());
    let schema = case.compile(Wanted::Nothing).unwrap().replayed.schema;
    (schema, database)
}
