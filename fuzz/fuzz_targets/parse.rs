//! Any bytes: reading gives a revision or diagnostics that point into the text, and what it read prints and reads back.

#![no_main]

use libfuzzer_sys::fuzz_target;
use limbeck::source::{Sources, decode};
use limbeck::syntax;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(bytes.to_vec()) else {
        return;
    };
    let mut sources = Sources::default();
    let id = sources.add("a.rev", text);
    match syntax::parse(id, &sources.get(id).text, "public") {
        Ok(revision) => {
            for statement in &revision.body.upgrade {
                let printed = statement.operation.print("public");
                let end = if printed.ends_with('}') { "" } else { ";" };
                let text =
                    format!("revision 'a'; down_revision none; upgrade {{\n{printed}{end}\n}}");
                let mut sources = Sources::default();
                let id = sources.add("b.rev", text);
                let again = syntax::parse(id, &sources.get(id).text, "public");
                let again = again.unwrap_or_else(|error| panic!("{printed}\n{error:?}"));
                assert_eq!(again.body.upgrade.len(), 1, "{printed}");
                assert_eq!(again.body.upgrade[0].operation, statement.operation, "{printed}");
            }
        }
        Err(diagnostics) => {
            for span in diagnostics.iter().filter_map(|it| it.span) {
                sources.text(span);
            }
        }
    }
});
