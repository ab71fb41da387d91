//! Random histories on a real server: up, down and up again, at once and step by step.

use rayon::prelude::*;

use super::{History, history, shrink};
use crate::psql::{Case, up_and_down};

/// Why the history fails on a server, if it does.
pub(crate) fn fault(history: &History) -> Option<String> {
    let mut case = Case::parse("generated", &history.as_case());
    case.name = format!("seed {}", history.seed);
    up_and_down(&case).err()
}

#[test]
fn some_random_histories_run_up_and_down() {
    up_and_down_all(0..6);
}

#[test]
#[ignore = "deep: 60 histories; fast: some_random_histories_run_up_and_down"]
fn random_histories_run_up_and_down() {
    up_and_down_all(0..60);
}

fn up_and_down_all(seeds: std::ops::Range<u64>) {
    let failures: Vec<String> = seeds
        .into_par_iter()
        .filter_map(|seed| {
            let history = history(seed, 2 + usize::try_from(seed % 3).expect("it is small"));
            fault(&history)?;
            let small = shrink(history, |it| fault(it).is_some());
            let why = fault(&small).unwrap_or_default();
            Some(format!("seed {seed}: {why}\n{}", small.as_case()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
