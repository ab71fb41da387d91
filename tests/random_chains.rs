//! Random histories and their releases: whatever limbeck says of them can be proved.

use limbeck::compile;
use limbeck::config::Config;
use limbeck::prove::{Stop, Trials};
use rayon::prelude::*;

use crate::faults::tell;
use crate::generator::{History, history, shrink};
use crate::pack::Project;
use crate::prove::{compiled, faults, server, trial_on, tried};

/// Mostly short, some of them long.
pub(crate) fn size(seed: u64) -> usize {
    match seed {
        0 => 200,
        100 | 200 => 60,
        other => 3 + usize::try_from(other % 11).expect("it is small"),
    }
}

/// Why a random history is not as claimed.
pub(crate) fn fault(history: &History) -> Option<String> {
    let sources = history.sources();
    let compiled = compiled(&sources);
    let faults = match trial_on(server(), &sources, &compiled, &[], Trials::All) {
        Ok(proved) => faults(&proved),
        Err(Stop::Server(fault)) => vec![format!("{fault}: {}", fault.help)],
        // Branches whose SQL hangs on their order: limbeck writes no script for them either.
        Err(Stop::History(diagnostics)) => {
            let script = compile::upgrade(&sources, &Config::default(), "heads");
            match script {
                Err(refused) if refused == diagnostics => Vec::new(),
                Ok(_) | Err(_) => vec![format!("{diagnostics:?}")],
            }
        }
    };
    (!faults.is_empty()).then(|| faults.join("\n"))
}

/// What a fault says without names and numbers.
fn kind(fault: &str) -> String {
    let second = fault.lines().nth(1).unwrap_or_default();
    let words = second.split_whitespace().filter(|it| {
        it.chars()
            .all(|it| it.is_ascii_lowercase() || ":,".contains(it))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Fails with what is not as claimed of the random histories of these seeds and sizes.
fn prove_chains(chains: Vec<(u64, usize)>) {
    let count = chains.len();
    let failures: Vec<String> = chains
        .into_par_iter()
        .filter_map(|(seed, size)| {
            let history = history(seed, size);
            let kind = kind(&fault(&history)?);
            // Another fault would be that of a history which the generator does not make.
            let small = shrink(history, |it| {
                fault(it).is_some_and(|it| self::kind(&it) == kind)
            });
            let why = fault(&small).unwrap_or_default();
            Some(format!("== seed {seed}: {why}\n{}", small.as_case()))
        })
        .collect();
    tell(&format!("chains proved: {count}"));
    assert!(
        failures.is_empty(),
        "{} of {count}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn short_random_chains_are_proved() {
    prove_chains((1..9).map(|seed| (seed, size(seed).min(6))).collect());
}

#[test]
#[ignore = "deep: 790 revisions; fast: short_random_chains_are_proved"]
fn random_chains_are_proved() {
    // The long ones are among them; each night tries 300 new ones.
    let seeds = (0..300).step_by(5);
    prove_chains(seeds.map(|seed| (seed, size(seed))).collect());
}

/// Histories that nobody tried yet: `LIMBECK_SEED` says where the seeds begin, `LIMBECK_CHAINS` how many there are.
#[test]
#[ignore = "deep: as many as are asked for; fast: short_random_chains_are_proved"]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs it says where the seeds begin"
)]
fn new_random_chains_are_proved() {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let first = number("LIMBECK_SEED").unwrap_or(1_000_000);
    let count = number("LIMBECK_CHAINS").unwrap_or(10);
    let chains = first..first + count;
    prove_chains(
        chains
            .map(|seed| (seed, 3 + usize::try_from(seed % 11).expect("it is small")))
            .collect(),
    );
}

/// The releases of random histories: base to the head.
fn prove_releases(seeds: std::ops::Range<u64>, trials: Trials) {
    let failures: Vec<String> = seeds
        .into_par_iter()
        .filter_map(|seed| {
            let history = history(seed, 4);
            let sources = history.sources();
            let compiled = compiled(&sources);
            let [head] = compiled.graph.heads()[..] else {
                return None;
            };
            let texts: Vec<&str> = sources.iter().map(|it| it.1.text.as_str()).collect();
            let project = Project::new(texts).release("1.0.0", "base", compiled.graph.id(head));
            let pack = project.compile("1.0.0", None).ok()?;
            let faults = faults(&tried(&sources, &compiled, &[pack], trials));
            (!faults.is_empty()).then(|| {
                format!(
                    "== seed {seed}: {}\n{}",
                    faults.join("\n"),
                    history.as_case()
                )
            })
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn scripts_of_some_random_chains_are_proved() {
    prove_releases(1000..1002, Trials::Undisturbed);
}

#[test]
#[ignore = "deep: 12 releases; fast: scripts_of_some_random_chains_are_proved"]
fn scripts_of_random_chains_are_proved() {
    prove_releases(1000..1012, Trials::All);
}
