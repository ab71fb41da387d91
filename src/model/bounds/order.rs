//! Compares values as far as their order is known.

use std::cmp::Ordering;
use std::mem::discriminant;

use super::key::{Column, Order, Sessions};
use super::moment::{DAY, SECOND};
use super::value::Value;

/// How far a change of the clocks of a zone moves a time, and more.
const CHANGE: i64 = 3 * 3600 * SECOND;

/// The order of two values, unless it is unknown. `is_one` says that one session reads both.
pub(super) fn compare(
    one: &Value<'_>,
    other: &Value<'_>,
    column: &Column<'_>,
    is_one: bool,
) -> Option<Ordering> {
    // An unknown value is still one.
    let by_end = end(one).cmp(&end(other));
    if by_end.is_ne() || end(one) != 0 {
        return Some(by_end);
    }
    let is_alike = discriminant(one) == discriminant(other);
    let found = match one {
        Value::Unknown => None,
        Value::Minimum
        | Value::Maximum
        | Value::Null
        | Value::Number(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Uuid(_)
        | Value::Place(_) => is_alike.then(|| one.cmp(other)),
        Value::Text(text) => {
            let is_ascii = || matches!(other, Value::Text(it) if it.is_ascii()) && text.is_ascii();
            let is_known = one == other || column.by_bytes() && is_ascii();
            is_known.then(|| one.cmp(other))
        }
        Value::Opaque(_) => (one == other).then_some(Ordering::Equal),
        Value::Moment(_) | Value::Local(_) => moments(one, other, column, is_one),
    }?;
    let is_known = match column.key.order {
        Order::Usual | Order::Bytes => true,
        Order::Unknown => found.is_eq(),
    };
    is_known.then_some(found)
}

/// `minvalue`, a value, `maxvalue`.
fn end(value: &Value<'_>) -> i8 {
    match value {
        Value::Minimum => -1,
        Value::Maximum => 1,
        Value::Null
        | Value::Number(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Text(_)
        | Value::Moment(_)
        | Value::Local(_)
        | Value::Uuid(_)
        | Value::Place(_)
        | Value::Opaque(_)
        | Value::Unknown => 0,
    }
}

fn moments(
    one: &Value<'_>,
    other: &Value<'_>,
    column: &Column<'_>,
    is_one: bool,
) -> Option<Ordering> {
    let (one, one_is_local) = moment(one)?;
    let (other, other_is_local) = moment(other)?;
    let order = one.cmp(&other);
    let distance = one.saturating_sub(other).saturating_abs();
    let is_alike = match column.sessions {
        Sessions::Alike => true,
        Sessions::Different => is_one,
    };
    let is_known = match (one_is_local, other_is_local) {
        (false, false) => true,
        (true, true) if is_alike => distance == 0 || distance >= CHANGE,
        (true, true) => distance > 2 * DAY,
        (true, false) | (false, true) => distance > DAY,
    };
    is_known.then_some(order)
}

/// The moment, and whether its zone is unknown.
fn moment(value: &Value<'_>) -> Option<(i64, bool)> {
    match value {
        Value::Moment(it) => Some((*it, false)),
        Value::Local(it) => Some((*it, true)),
        Value::Minimum
        | Value::Null
        | Value::Number(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Text(_)
        | Value::Uuid(_)
        | Value::Place(_)
        | Value::Opaque(_)
        | Value::Unknown
        | Value::Maximum => None,
    }
}
