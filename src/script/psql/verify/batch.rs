//! A SELECT for many checks, which answers with one line for each.

use crate::script::psql::reading::{count, shown};

/// Who asks, which decides what is told and what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// A line for each check; what differs is counted.
    Verify,
    /// A line for each difference, which is only a note.
    Note,
}

/// A SELECT whose last query of `with` is `checks`: `place` and `number`, by which lines are sorted, `what`, `says` (of what is
/// as it should be), `remark` (where something is told that may be right) and `drift`, which is null where nothing differs.
pub(super) fn select(voice: Voice, with: &str) -> String {
    let answer = match voice {
        Voice::Verify => format!(
            "select {}
    || left({} || case when drift is null then '' else {} end, 0)
  from checks order by place, number, what",
            shown("case when drift is not null then 'DRIFT ' when remark is not null then 'note  ' else 'ok    ' end
    || what || ': ' || coalesce(drift, remark, says)"),
            count("limbeck.checks"),
            count("limbeck.drift")
        ),
        Voice::Note => format!(
            "select {}
    || left({}, 0)
  from checks where coalesce(drift, remark) is not null order by place, number, what",
            shown("'note  ' || what || ': ' || coalesce(drift, remark)"),
            count("limbeck.notes")
        ),
    };
    format!("with {with}\n{answer};\n")
}
