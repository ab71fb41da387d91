//! The one test binary.

#![expect(
    clippy::unwrap_used,
    reason = "the configuration allows it in test functions, not in their helpers"
)]

mod cli;
mod conformance;
mod corpus;
mod dump;
mod graph;
mod hostile;
mod names;
mod print;
mod server;
mod types;
