//! What a value of a bound is.

use std::borrow::Cow;

use super::decimal::Number;

/// A value of a bound. Values of one variant but `Unknown` are in the order of their type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value<'a> {
    Minimum,
    Null,
    /// Of the integer types, and of type `oid`.
    Integer(i64),
    /// Of type `numeric`.
    Number(Number),
    /// A float as an integer of the same order.
    Float(i64),
    Boolean(bool),
    /// Equal if the bytes are; the order may be another.
    Text(Cow<'a, str>),
    /// Days, or microseconds; those of a time with zone are in UTC.
    Moment(i64),
    /// A time without a zone, for a type with zone.
    Local(i64),
    Uuid(u128),
    /// The position of a value of an enum.
    Place(usize),
    /// A literal of an unknown type, as it is written.
    Opaque(&'a str),
    Unknown,
    Maximum,
}
