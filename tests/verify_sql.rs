//! `verify.sql` on a server: it is silent where the upgrade ran, and names whatever was changed since.

use std::path::Path;

use limbeck::compile;
use limbeck::config::Config;
use limbeck::release::Releases;
use limbeck::script::pack::Pack;
use limbeck::script::psql::verify;
use limbeck::source::Sources;
use rayon::prelude::*;

use crate::psql::{Case, files, run};
use crate::server::{Database, Output, Server};

/// The release whose head is `head`.
pub(crate) fn pack(sources: &Sources, config: &Config, head: &str, from: &str) -> Pack {
    let graph = compile::graph(sources, config).expect("a whole history");
    let mut sources = sources.clone();
    let mut notes = vec![sources.add(
        "1.1.0.md",
        format!(
            "---\nversion: 1.1.0\nfrom: {}\nhead: '{head}'\n---\n",
            if from == "base" { "base" } else { "1.0.0" }
        ),
    )];
    if from != "base" {
        notes.push(sources.add(
            "1.0.0.md",
            format!("---\nversion: 1.0.0\nfrom: base\nhead: '{from}'\n---\n"),
        ));
    }
    let releases = Releases::read(&sources, &notes, &graph).expect("the notes are right");
    let release = releases
        .iter()
        .find(|it| it.version.value.to_string() == "1.1.0")
        .expect("it was written");
    let origins: Vec<_> = release.from.iter().map(|it| it.value.clone()).collect();
    compile::pack(&sources, config, &graph, &releases, release, &origins)
        .expect("the release compiles")
}

/// Runs a script as users do.
pub(crate) fn psql(database: &Database, script: &str) -> Output {
    database.psql_with(&["-v", "ON_ERROR_STOP=0"], script)
}

/// What is wrong with a database where every check must hold.
pub(crate) fn alarms(database: &Database, script: &str) -> Result<(), String> {
    let output = psql(database, script);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let told: Vec<&&str> = lines.iter().filter(|it| it.starts_with("DRIFT")).collect();
    let last = lines.last().copied().unwrap_or_default();
    let checks = lines.len().saturating_sub(2);
    if output.status.success()
        && told.is_empty()
        && output.stderr.is_empty()
        && last == format!("limbeck: complete: {checks} checks, all as release 1.1.0 says")
    {
        return Ok(());
    }
    Err(format!(
        "{:?}\n{}\n{last}\n{}",
        output.status,
        told.iter()
            .map(|it| format!("  {it}\n"))
            .collect::<String>(),
        output.stderr
    ))
}

#[test]
fn no_case_raises_a_false_alarm() {
    let mut cases = Case::all();
    let mut sources = Sources::default();
    for (name, text) in files(Path::new("revisions")) {
        sources.add(format!("{name}.rev"), text);
    }
    cases.push(Case {
        name: "the sample project".to_owned(),
        sources,
    });
    let config = Config::default();
    let failures: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|case| {
            let graph = compile::graph(&case.sources, &config).expect("a whole history");
            let heads: Vec<String> = graph
                .heads()
                .iter()
                .map(|it| graph.id(*it).to_string())
                .collect();
            heads.into_iter().filter_map(|head| {
                let database = Server::shared().database();
                let range = head.clone();
                let upgrade = compile::upgrade(&case.sources, &config, &range)
                    .map_err(|it| format!("{it:?}"));
                let script = verify::script(&pack(&case.sources, &config, &head, "base"));
                let found = upgrade
                    .and_then(|it| run(&database, "the upgrade", &it))
                    .and_then(|()| alarms(&database, &script));
                Some(format!("== {} {head}: {}", case.name, found.err()?))
            })
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}
