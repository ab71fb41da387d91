//! Numbers of things, as messages write them.

/// `1 column`, `2 columns`.
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

/// `1 value is`, `2 values are`.
pub(super) fn are(values: usize) -> String {
    if values == 1 {
        "1 value is".to_owned()
    } else {
        format!("{values} values are")
    }
}

/// `1 column is`, `2 columns are`.
pub(super) fn are_columns(columns: usize) -> String {
    if columns == 1 {
        "1 column is".to_owned()
    } else {
        format!("{columns} columns are")
    }
}
