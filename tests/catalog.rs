//! What a database holds, read into the model's objects, is what the model says; and every difference is told.

use limbeck::catalog::{Answers, Catalog, Comparison, Difference, READ, Scope};
use limbeck::compile;
use limbeck::config::Config;
use limbeck::name::Name;
use limbeck::replay::Wanted;
use limbeck::schema::Schema;
use rayon::prelude::*;

use crate::drift::{DRIFTS, PROJECT};
use crate::psql::{Case, expect_all, run};
use crate::server::{Database, Server};

pub(crate) fn read(database: &Database) -> Catalog {
    Catalog::read(&database.query(READ)).expect("the answer is read")
}

/// What differs between the model and a database.
fn drift(schema: &Schema, database: &Database) -> Vec<Difference> {
    let names = ["alembic_version", "limbeck_progress"];
    let scope = Scope {
        foreign: names.map(|it| Name::new("public", it)).into(),
        excused: false,
    };
    let comparison = Comparison::with_model(schema, &read(database), &scope);
    settle(comparison, database)
}

fn settle(comparison: Comparison, database: &Database) -> Vec<Difference> {
    let mut answers = Answers::default();
    let printed = match comparison.questions("public", &answers) {
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

#[test]
fn every_case_is_read_as_the_model_has_it() {
    let mut cases = Case::all();
    cases.push(Case::parse("project", PROJECT));
    expect_all(&cases, |case| {
        let compiled = case.compile(Wanted::Nothing)?;
        if compiled.graph.heads().len() != 1 {
            return Ok(());
        }
        let database = Server::shared().database();
        run(&database, "the upgrade", &case.upgrade("heads")?)?;
        told(&drift(&compiled.replayed.schema, &database))
    });
}

#[test]
fn every_drift_is_found() {
    let case = Case::parse("project", PROJECT);
    let config = Config::default();
    let upgraded = Server::shared().database();
    upgraded.run(&compile::upgrade(&case.sources, &config, "head").unwrap());
    let schema = case.compile(Wanted::Nothing).unwrap().replayed.schema;
    let (before, dump) = (read(&upgraded), upgraded.dump());
    let missed: Vec<&str> = DRIFTS
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
            // A dump tells no definition from one that PostgreSQL cannot use.
            let is_disputed = (dump == database.dump()) != changed.is_empty();
            (is_missed || is_disputed).then_some(*change)
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
