//! The pipeline by itself, without reading files: `cargo bench`. Times beside Alembic are `compare.py`'s business.

#[expect(dead_code, reason = "the tests use all shapes, the bench some")]
#[path = "../tests/chain.rs"]
mod chain;

use divan::Bencher;
use limbeck::compile;
use limbeck::config::Config;
use limbeck::diagnostic::Result;
use limbeck::replay::Wanted;
use limbeck::source::Sources;

use chain::{Shape, history};

const LENGTHS: [usize; 3] = [500, 1_000, 2_000];

fn main() {
    divan::main();
}

fn run<T>(bencher: Bencher<'_, '_>, length: usize, stage: fn(&Sources, &Config) -> Result<T>) {
    let mut sources = Sources::default();
    for (name, text) in history(length, Shape::Chain) {
        sources.add(name, text);
    }
    let config = Config::default();
    bencher.bench(|| stage(&sources, &config).expect("the generated history is sound"));
}

#[divan::bench(args = LENGTHS)]
fn check(bencher: Bencher<'_, '_>, length: usize) {
    run(bencher, length, |sources, config| {
        compile::compile(sources, config, Wanted::Nothing)
    });
}

#[divan::bench(args = LENGTHS)]
fn upgrade(bencher: Bencher<'_, '_>, length: usize) {
    run(bencher, length, |sources, config| {
        compile::upgrade(sources, config, "head")
    });
}

#[divan::bench(args = LENGTHS)]
fn downgrade(bencher: Bencher<'_, '_>, length: usize) {
    run(bencher, length, |sources, config| {
        compile::downgrade(sources, config, "head:base")
    });
}
