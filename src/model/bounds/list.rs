//! Bounds of lists.

use super::evaluate::evaluate;
use super::key::{Column, Existing, Order, Sessions};
use super::mistake::{Kind, Mistake, of_value};
use super::scan::{Form, form, items};
use super::value::Value;

/// Refuses a list; says whether all of it is decided.
pub(super) fn check<'e>(
    column: &Column<'_>,
    list: &str,
    existing: impl IntoIterator<Item = Existing<'e>>,
) -> Result<bool, Mistake> {
    let mut values = Vec::new();
    let mut is_decided = true;
    for item in items(list) {
        let value = evaluate(item, column).map_err(|kind| of_value(kind, item, column))?;
        is_decided &= !is_loose(&value, column);
        if is_known(&value, column) {
            values.push((value, item));
        }
    }
    values.sort_unstable();
    for partition in existing {
        let others = match form(partition.bound) {
            Some(Form::In(list)) => list,
            Some(Form::Default) => continue,
            Some(Form::Range(..) | Form::With(_)) | None => {
                is_decided = false;
                continue;
            }
        };
        for other in items(others) {
            let value = evaluate(other, column).unwrap_or(Value::Unknown);
            is_decided &= !is_loose(&value, column);
            let Some((_, item)) = values
                .binary_search_by(|it| it.0.cmp(&value))
                .ok()
                .and_then(|at| values.get(at))
            else {
                continue;
            };
            let name = partition.name;
            return Err(Mistake::new(
                Kind::Overlap,
                if *item == other {
                    format!("the value {item} is already in partition \"{name}\"")
                } else {
                    format!("the value {item} is already in partition \"{name}\", as {other}")
                },
                format!("leave the value out, or detach partition \"{name}\" first"),
            )
            .at(item)
            .with(name));
        }
    }
    Ok(is_decided)
}

/// Whether the value may be equal to one that is written otherwise.
fn is_loose(value: &Value<'_>, column: &Column<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::Unknown | Value::Opaque(_) | Value::Local(_) | Value::Minimum | Value::Maximum => {
            true
        }
        Value::Number(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Text(_)
        | Value::Moment(_)
        | Value::Uuid(_)
        | Value::Place(_) => column.key.order == Order::Unknown,
    }
}

/// Whether a value that compares equal is equal.
fn is_known(value: &Value<'_>, column: &Column<'_>) -> bool {
    match value {
        // `minvalue` is a column here.
        Value::Unknown | Value::Minimum | Value::Maximum => false,
        Value::Local(_) => column.sessions == Sessions::Alike,
        Value::Null
        | Value::Number(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Text(_)
        | Value::Moment(_)
        | Value::Uuid(_)
        | Value::Place(_)
        | Value::Opaque(_) => true,
    }
}
