//! The one test binary.

#![expect(
    clippy::unwrap_used,
    reason = "the configuration allows it in test functions, not in their helpers"
)]

mod anchors;
mod attack;
mod attack_live;
mod bundle;
mod cases;
mod catalog;
mod chain;
mod cli;
mod conformance;
mod conversions;
mod corpus;
mod cuts;
mod determinism;
mod digest;
mod drift;
mod dump;
mod faults;
mod files;
mod folder;
mod forgotten;
mod frozen;
mod generator;
mod graph;
mod hostile;
mod hostile_psql;
mod house;
mod judged;
mod loss;
mod manifest;
mod midst;
mod names;
mod pack;
mod preflight;
mod print;
mod prove;
mod prove_cli;
mod psql;
mod refusals;
mod release;
mod rows;
mod script;
mod seal;
mod server;
mod shown;
mod standby;
mod standing_index;
mod strangers;
mod torture;
mod types;
mod upgrade_sql;
mod verify;
mod verify_sql;
