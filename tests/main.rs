//! The one test binary.

#![expect(
    clippy::unwrap_used,
    reason = "the configuration allows it in test functions, not in their helpers"
)]

mod cli;
mod conformance;
mod dump;
mod graph;
mod names;
mod psql;
mod server;
mod types;
