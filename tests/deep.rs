//! Expressions that are nested as deep as is read: to check them takes neither the stack nor an evening.

use limbeck::compile::compile;
use limbeck::config::Config;
use limbeck::diagnostic::Code;
use limbeck::replay::Wanted;
use limbeck::source::Sources;

/// As deep as is read, and as often as operands hold each other.
#[test]
fn deep_expressions_are_checked() {
    let conditions = [
        format!("a{} > 0", " + a".repeat(990)),
        format!("t{} <> ''", " || 'x'".repeat(990)),
        format!("{}a > 0{}", "not (".repeat(190), ")".repeat(190)),
        format!("{}a{} > 0", "abs(".repeat(190), ")".repeat(190)),
        format!(
            "{}a > 0{}",
            "case when ".repeat(190),
            " then true end".repeat(190)
        ),
        format!(
            "{}a = 1{}",
            "(".repeat(190),
            " between true and false)".repeat(190)
        ),
    ];
    for condition in conditions {
        let mut sources = Sources::default();
        sources.add(
            "a.rev",
            format!("revision 'a'; down_revision none; upgrade {{ create table u (a integer, t text, constraint c check ({condition})); }}"),
        );
        sources.add(
            "b.rev",
            format!("revision 'b'; down_revision 'a'; upgrade {{ alter table u drop constraint c; }} downgrade {{ alter table u add constraint c check (({condition})); }}"),
        );
        // What is too deep may not be known for the same.
        if let Err(diagnostics) = compile(&sources, &Config::default(), Wanted::Nothing) {
            for it in &diagnostics {
                assert_eq!(it.code, Code::DowngradeDiffers, "{}", it.message);
            }
        }
    }
}
