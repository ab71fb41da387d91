//! The one test binary. `cargo test` is the fast suite; a test that takes long is ignored with the reason `deep: …` and runs in the
//! deep one (`.ci/deep`). Without a PostgreSQL server the modules that need one are left out: build.rs looks for it.

#![cfg_attr(
    not(postgres),
    allow(dead_code, unused_imports, reason = "the tests on a server use them")
)]
#![expect(
    clippy::unwrap_used,
    reason = "the configuration allows it in test functions, not in their helpers"
)]

mod alone;
mod anchors;
mod bundle;
mod cases;
mod causes;
mod chain;
mod check_files;
mod cli;
mod conformance;
mod corpus;
mod deep;
mod determinism;
mod digest;
mod documents;
mod files;
mod folder;
mod frozen;
mod generator;
mod graph;
mod growth;
mod hostile;
mod house;
mod manifest;
mod manual;
mod notes;
mod pack;
mod paths;
mod pictures;
mod print;
mod release;
mod seal;
mod settings;
mod shown;
mod verify;

#[cfg(postgres)]
mod attack;
#[cfg(postgres)]
mod attack_live;
#[cfg(postgres)]
mod catalog;
#[cfg(postgres)]
mod conversions;
#[cfg(postgres)]
mod cuts;
#[cfg(postgres)]
mod drift;
#[cfg(postgres)]
mod dump;
#[cfg(postgres)]
mod encodings;
#[cfg(postgres)]
mod facts;
mod faults;
#[cfg(postgres)]
mod forgotten;
#[cfg(postgres)]
mod hostile_psql;
#[cfg(postgres)]
mod judged;
#[cfg(postgres)]
mod locks;
mod kept;
mod loss;
#[cfg(postgres)]
mod midst;
#[cfg(postgres)]
mod names;
#[cfg(postgres)]
mod oracle;
#[cfg(postgres)]
mod preflight;
#[cfg(postgres)]
mod prove;
#[cfg(postgres)]
mod prove_cli;
#[cfg(postgres)]
mod prove_rows;
#[cfg(postgres)]
mod psql;
#[cfg(postgres)]
mod random_chains;
#[cfg(postgres)]
mod refusals;
#[cfg(postgres)]
mod rights;
mod rows;
#[cfg(postgres)]
mod script;
#[cfg(postgres)]
mod server;
#[cfg(postgres)]
mod spellings;
#[cfg(postgres)]
mod standby;
#[cfg(postgres)]
mod standing_index;
#[cfg(postgres)]
mod stays;
mod strangers;
#[cfg(postgres)]
mod torture;
#[cfg(postgres)]
mod types;
#[cfg(postgres)]
mod upgrade_sql;
#[cfg(postgres)]
mod verify_sql;
#[cfg(postgres)]
mod written;

/// Says what is missing; in CI nothing may be.
#[cfg(not(postgres))]
#[test]
fn tests_on_a_server_are_left_out() {
    use std::io::Write as _;
    const WORDS: &str = "the tests on a PostgreSQL server were left out: install one, 14 or later (apt-get install postgresql), and run cargo test again";
    assert!(std::env::var_os("CI").is_none(), "{WORDS}");
    writeln!(std::io::stdout(), "{WORDS}").unwrap();
}
