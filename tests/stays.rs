//! Ways back that leave something, or bring rows back otherwise, do what they say on a real server.
#![expect(clippy::disallowed_methods, reason = "cases are files")]

use std::fs;

use rayon::prelude::*;

use crate::prove::{faults, of_case};

#[test]
fn ways_back_that_leave_something_do_what_they_say() {
    let wrong: Vec<String> = [
        "reverse-stays",
        "reverse-stays-goes-along",
        "sql-declares-drops",
        "reverse-drop",
        "reverse-lossy",
        "guard-reverse-leaves",
        "guard-percent",
        "data-of-new",
        "settings",
        "enum-swap",
        "type-with-default-in-one",
    ]
    .par_iter()
    .flat_map(|name| {
        let text = fs::read_to_string(format!("tests/cases/ok/{name}.rev")).unwrap();
        let proved = of_case(&text);
        let count = proved.claims().count();
        let faults = faults(&proved).into_iter();
        let none = (count < 3).then(|| format!("{name}: {count} claims"));
        faults
            .map(move |it| format!("{name}: {it}"))
            .chain(none)
            .collect::<Vec<_>>()
    })
    .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
