//! Bounds of ranges (`check_new_partition_bound`).

use std::cmp::Ordering;

use super::evaluate::evaluate;
use super::key::{Column, Existing};
use super::mistake::{Kind, Mistake, of_value};
use super::order::compare;
use super::scan::{Form, form, items};
use super::value::Value;

/// Refuses a range; says whether all of it is decided.
pub(super) fn check<'e>(
    columns: &[Column<'_>],
    (from, to): (&str, &str),
    existing: impl IntoIterator<Item = Existing<'e>>,
) -> Result<bool, Mistake> {
    count(from, "from", columns)?;
    count(to, "to", columns)?;
    let lower = row(from, columns)?;
    let upper = row(to, columns)?;
    let loose = |it: &Value<'_>| matches!(it, Value::Unknown | Value::Opaque(_));
    let mut is_decided = !lower.iter().chain(&upper).any(loose);

    let mut upper_values = upper.iter();
    match compare_rows(&lower, columns, true, |_| upper_values.next().cloned()) {
        Some(Ordering::Less) => {}
        None => is_decided = false,
        Some(Ordering::Equal | Ordering::Greater) => {
            return Err(Mistake::new(
                Kind::Empty,
                format!("the range from ({from}) to ({to}) is empty"),
                "let the range begin below its end, which does not belong to it",
            )
            .at(from));
        }
    }
    for partition in existing {
        let (other_from, other_to) = match form(partition.bound) {
            Some(Form::Range(from, to)) => (from, to),
            Some(Form::Default) => continue,
            Some(Form::In(_) | Form::With(_)) | None => {
                is_decided = false;
                continue;
            }
        };
        // A range that is appended begins behind the others: one comparison is enough.
        let begins_before_end = compare_text(&lower, other_to, columns);
        if matches!(begins_before_end, Some(Ordering::Equal | Ordering::Greater)) {
            continue;
        }
        let ends_behind_start = compare_text(&upper, other_from, columns);
        match (begins_before_end, ends_behind_start) {
            (_, Some(Ordering::Equal | Ordering::Less)) => {}
            (Some(Ordering::Less), Some(Ordering::Greater)) => {
                let name = partition.name;
                return Err(Mistake::new(
                    Kind::Overlap,
                    format!(
                        "the range from ({from}) to ({to}) overlaps partition \"{name}\", which has the range from ({other_from}) to ({other_to})"
                    ),
                    format!(
                        "choose a range that no other partition has, or detach partition \"{name}\" first"
                    ),
                )
                .at(from)
                .with(name));
            }
            (_, None)
            | (None | Some(Ordering::Equal | Ordering::Greater), Some(Ordering::Greater)) => {
                is_decided = false;
            }
        }
    }
    Ok(is_decided)
}

fn count(list: &str, side: &str, columns: &[Column<'_>]) -> Result<(), Mistake> {
    let found = items(list).count();
    if found == columns.len() {
        return Ok(());
    }
    let values = |count: usize| format!("{count} {}", if count == 1 { "value" } else { "values" });
    Err(Mistake::new(
        Kind::Count,
        format!(
            "the partition key has {}, but `{side}` has {found}",
            values(columns.len())
        ),
        "write a value, `minvalue` or `maxvalue` for each of them on both sides",
    )
    .at(list))
}

/// The values of one side (`transformPartitionRangeBounds`).
fn row<'a>(list: &'a str, columns: &[Column<'_>]) -> Result<Vec<Value<'a>>, Mistake> {
    let mut row = Vec::with_capacity(columns.len());
    for (item, column) in items(list).zip(columns) {
        let value = evaluate(item, column).map_err(|kind| of_value(kind, item, column))?;
        if value == Value::Null {
            return Err(Mistake::new(
                Kind::Null,
                "a range cannot begin or end at null",
                "write `minvalue` or `maxvalue`; rows with null go to the default partition",
            )
            .at(item));
        }
        row.push(value);
    }
    let mut open_end: Option<&Value<'_>> = None;
    for (value, item) in row.iter().zip(items(list)) {
        match open_end {
            Some(end) if end != value => {
                let end = if *end == Value::Minimum {
                    "minvalue"
                } else {
                    "maxvalue"
                };
                return Err(Mistake::new(
                    Kind::Order,
                    format!("{item} stands behind `{end}`, where only `{end}` is allowed"),
                    format!("write `{end}` for each value behind the first `{end}`"),
                )
                .at(item));
            }
            Some(_) => {}
            None => {
                open_end = Some(value).filter(|it| matches!(it, Value::Minimum | Value::Maximum));
            }
        }
    }
    Ok(row)
}

/// The order of a row and one in the text of an existing partition.
fn compare_text(row: &[Value<'_>], list: &str, columns: &[Column<'_>]) -> Option<Ordering> {
    let mut items = items(list);
    compare_rows(row, columns, false, |column| {
        let value = evaluate(items.next()?, column);
        Some(value.unwrap_or(Value::Unknown))
    })
}

/// The order of a row and the one that `next` gives the values of, as far as it is known.
fn compare_rows<'b>(
    row: &[Value<'_>],
    columns: &[Column<'_>],
    is_one: bool,
    mut next: impl FnMut(&Column<'_>) -> Option<Value<'b>>,
) -> Option<Ordering> {
    for (value, column) in row.iter().zip(columns) {
        let order = compare(value, &next(column)?, column, is_one)?;
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}
