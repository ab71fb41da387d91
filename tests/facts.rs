//! The facts of PostgreSQL's catalogue, held against the server: what it has, no more and no less.
//!
//! `tests/data/facts.sql` prints the facts of one server, of which the files in `src/builtin/data` are made: each row there
//! begins with the versions of the servers that printed it.
#![expect(
    clippy::disallowed_methods,
    reason = "the test reads the files that it judges"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::server::Server;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/builtin/data");
const FACTS: &str = include_str!("data/facts.sql");

/// Rows by their class, without empty fields at the end.
type Rows = BTreeMap<String, BTreeSet<Vec<String>>>;

fn fields(line: &str) -> Vec<String> {
    let mut fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
    while fields.last().is_some_and(String::is_empty) {
        fields.pop();
    }
    fields
}

/// Whether a row that begins with these versions is one of that server: none for all, `16-`, `-16`, `15-17`.
fn holds(versions: &str, server: u32) -> bool {
    let Some((since, until)) = versions.split_once('-') else {
        return true;
    };
    let number = |text: &str, other: u32| text.parse().unwrap_or(other);
    number(since, 0) <= server && server <= number(until, u32::MAX)
}

fn of_server(printed: &str) -> Rows {
    let mut rows = Rows::new();
    for line in printed.lines() {
        let mut fields = fields(line);
        let class = fields.remove(0);
        rows.entry(class).or_default().insert(fields);
    }
    rows
}

#[test]
fn the_server_has_what_is_known_of_it() {
    let database = Server::shared().database();
    let version = database.query("select current_setting('server_version_num')::int / 10000");
    let version: u32 = version.trim().parse().unwrap();
    let output = database.psql_with(&["-q", "-A", "-t", "-F", "\t"], FACTS);
    assert!(output.status.success(), "{}", output.stderr);
    let printed = of_server(&output.stdout);
    assert!(printed.len() > 10, "{:?}", printed.keys());
    for (class, rows) in &printed {
        let text = fs::read_to_string(format!("{DATA}/{class}.tsv")).unwrap();
        let known: BTreeSet<Vec<String>> = text
            .lines()
            .map(|line| line.split_once('\t').unwrap_or((line, "")))
            .filter(|(versions, _)| holds(versions, version))
            .map(|(_, rest)| fields(rest))
            .collect();
        let differences: Vec<_> = known.symmetric_difference(rows).take(5).collect();
        assert!(differences.is_empty(), "{class}: {differences:?}");
    }
}
