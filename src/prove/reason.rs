//! Why the server stopped at a statement.

/// The code in which PostgreSQL says why it stopped, such as `23505`: psql writes it in front of the message.
fn code(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once(":  ")?;
    let (code, message) = rest.split_once(": ")?;
    let is_code = code.len() == 5
        && code
            .bytes()
            .all(|it| it.is_ascii_digit() || it.is_ascii_uppercase());
    is_code.then_some((code, message))
}

/// Whether rows stopped it: a data exception or a violated constraint (classes 22 and 23), the count of a rollback before
/// it begins, or the author's own check.
pub(super) fn is_of_rows(why: &str) -> bool {
    let is_of_rows = |(code, _): (&str, &str)| code.starts_with("22") || code.starts_with("23");
    why.lines().filter_map(code).any(is_of_rows)
        || why.contains("limbeck: refused: the rollback would fail on ")
        || is_demand(why)
}

/// Whether an `assert`, or a `raise` of the author, stopped it.
pub(super) fn is_demand(why: &str) -> bool {
    why.lines().filter_map(code).any(|(code, message)| {
        let is_ours =
            message.starts_with("limbeck: ") && !message.starts_with("limbeck: assert failed: ");
        ["P0001", "P0004"].contains(&code) && !is_ours
    })
}
