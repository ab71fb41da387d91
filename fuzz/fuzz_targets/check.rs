//! Any bytes: a history of them is sound, or it is told why in diagnostics that point into the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use limbeck::compile;
use limbeck::config::Config;
use limbeck::replay::Wanted;
use limbeck::report::{self, Style};
use limbeck::source::{Sources, decode};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(bytes.to_vec()) else {
        return;
    };
    let config = Config::default();
    let mut sources = Sources::default();
    sources.add("a.rev", text);
    let style = Style {
        colour: false,
        width: 100,
    };
    let checked = compile::graph(&sources, &config)
        .and_then(|graph| compile::check(&sources, &config, graph, Wanted::Everything).map(drop));
    if let Err(diagnostics) = checked {
        assert!(!report::human(&diagnostics, &sources, style).is_empty());
    }
});
