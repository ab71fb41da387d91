//! The one test binary.

#![expect(
    clippy::unwrap_used,
    reason = "the configuration allows it in test functions, not in their helpers"
)]

mod cases;
mod chain;
mod cli;
mod conformance;
mod corpus;
mod cuts;
mod determinism;
mod digest;
mod dump;
mod faults;
mod graph;
mod hostile;
mod hostile_psql;
mod house;
mod midst;
mod names;
mod pack;
mod print;
mod psql;
mod refusals;
mod release;
mod script;
mod server;
mod torture;
mod types;
mod upgrade_sql;
