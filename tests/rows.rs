//! Generated rows on a server: every table gets some, whatever its types and constraints.

use limbeck::prove::rows::{fill, snapshot, unfilled};
use limbeck::replay::Wanted;
use limbeck::schema::Schema;
use rayon::prelude::*;

use crate::psql::{Case, VERSION_TABLE, run};
use crate::server::{Database, Server};

/// A database at the end of the history of `case`, and its model.
fn made(case: &Case) -> Result<(Database, Schema), String> {
    let compiled = case.compile(Wanted::Nothing)?;
    let database = Server::shared().database();
    database.run(VERSION_TABLE);
    run(&database, "the upgrade", &case.upgrade("heads")?)?;
    Ok((database, compiled.replayed.schema))
}

fn filled(case: &Case) -> Result<String, String> {
    let (database, schema) = made(case)?;
    let fill = fill(&schema, 4);
    run(&database, "filling", &fill)?;
    let rows = database.query(&snapshot(&schema));
    run(&database, "filling again", &fill)?;
    if database.query(&snapshot(&schema)) != rows {
        return Err(format!("filling twice adds rows:\n{rows}"));
    }
    Ok(database.query(&unfilled(&schema)).replace('\n', ", "))
}

#[test]
fn every_table_of_every_case_gets_rows() {
    let found: Vec<String> = Case::all()
        .par_iter()
        .filter_map(|case| match filled(case) {
            Ok(empty) if empty.is_empty() => None,
            Ok(empty) => Some(format!("{}: {empty}", case.name)),
            Err(fault) => Some(format!("{}: {fault}", case.name)),
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
