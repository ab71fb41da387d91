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
mod determinism;
mod digest;
mod drift;
mod dump;
mod graph;
mod hostile;
mod house;
mod names;
mod preflight;
mod print;
mod psql;
mod release;
mod script;
mod server;
mod types;
mod verify_sql;
