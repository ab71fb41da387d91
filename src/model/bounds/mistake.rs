//! What can be wrong with a bound.

use super::key::{Column, Type};

/// What is wrong with a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub kind: Kind,
    pub message: String,
    pub help: Option<String>,
    /// The existing partition that the bound contradicts.
    pub partition: Option<String>,
    /// The part of the bound's text that is wrong.
    pub at: Option<String>,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bound of another strategy, or a default partition of a table that is partitioned by hash.
    Form,
    /// More or fewer values than the key has columns.
    Count,
    /// `null` in a range.
    Null,
    /// A value behind `minvalue` or `maxvalue`.
    Order,
    /// A range that no row fits.
    Empty,
    /// Values that another partition holds.
    Overlap,
    /// A second default partition.
    Default,
    /// A modulus or a remainder that is out of range.
    Modulus,
    /// `with` says something else than one modulus and one remainder.
    Option,
    /// The modulus or the remainder is given twice.
    Twice,
    /// A modulus that is no factor of the next larger one.
    Factor,
    /// A value of another type.
    Type,
    /// A text that the type cannot read.
    Text,
    /// A text that is no date.
    DateText,
    /// A number that the type cannot hold.
    Range,
    /// A day or a time that does not exist.
    DateRange,
    /// A text that is longer than the type allows.
    Length,
}

impl Kind {
    /// The SQLSTATE of PostgreSQL's error.
    #[must_use]
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::Form | Self::Count | Self::Modulus => "42P16",
            Self::Null | Self::Empty | Self::Overlap | Self::Default | Self::Factor => "42P17",
            Self::Order | Self::Type => "42804",
            Self::Option => "42601",
            Self::Twice => "42710",
            Self::Text => "22P02",
            Self::DateText => "22007",
            Self::Range => "22003",
            Self::DateRange => "22008",
            Self::Length => "22001",
        }
    }
}

impl Mistake {
    pub(super) fn new(kind: Kind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: Some(help.into()),
            partition: None,
            at: None,
        }
    }

    pub(super) fn at(mut self, text: &str) -> Self {
        self.at = Some(text.to_owned());
        self
    }

    pub(super) fn with(mut self, partition: &str) -> Self {
        self.partition = Some(partition.to_owned());
        self
    }
}

/// That PostgreSQL refuses the value `item` for `column`.
pub(super) fn of_value(kind: Kind, item: &str, column: &Column<'_>) -> Mistake {
    let of = column.type_shown();
    let (message, help) = match kind {
        Kind::Type => (
            format!("the value {item} is of another type than the partition key, which is of {of}"),
            match column.of {
                Type::Bool => "write `true` or `false`".to_owned(),
                Type::Date | Type::Timestamp | Type::Timestamptz | Type::Uuid => {
                    format!("write a value of {of} in quotes")
                }
                Type::Int2
                | Type::Int4
                | Type::Int8
                | Type::Oid
                | Type::Numeric
                | Type::Float4
                | Type::Float8
                | Type::Text
                | Type::Varchar
                | Type::Bpchar
                | Type::Name
                | Type::Enum
                | Type::Other => format!("write a value of {of}"),
            },
        ),
        Kind::Length => (
            format!("the value {item} is too long for {of}"),
            "shorten the value, or lengthen the type of the column first".to_owned(),
        ),
        Kind::Range => (
            format!("the value {item} is out of range for {of}"),
            match column.of.limits() {
                Some((least, most)) => format!("write a value from {least} to {most}"),
                None => "write a value with fewer digits".to_owned(),
            },
        ),
        Kind::DateRange => (
            format!("the value {item} is not a date or time that exists"),
            "correct the month, the day or the time".to_owned(),
        ),
        Kind::Text
        | Kind::DateText
        | Kind::Form
        | Kind::Count
        | Kind::Null
        | Kind::Order
        | Kind::Empty
        | Kind::Overlap
        | Kind::Default
        | Kind::Modulus
        | Kind::Option
        | Kind::Twice
        | Kind::Factor => (
            format!("the value {item} is not a value of {of}"),
            match (&column.key.values, column.of) {
                (Some(values), _) => format!("write one of its values: {}", shown(values)),
                (None, Type::Bool) => "write `true` or `false`".to_owned(),
                (None, Type::Date) => "write a date as '2024-01-31'".to_owned(),
                (None, Type::Timestamp) => "write a time as '2024-01-31 10:00'".to_owned(),
                (None, Type::Timestamptz) => "write a time as '2024-01-31 10:00+00'".to_owned(),
                (
                    None,
                    Type::Int2
                    | Type::Int4
                    | Type::Int8
                    | Type::Oid
                    | Type::Numeric
                    | Type::Float4
                    | Type::Float8
                    | Type::Text
                    | Type::Varchar
                    | Type::Bpchar
                    | Type::Name
                    | Type::Uuid
                    | Type::Enum
                    | Type::Other,
                ) => format!("write a value of {of}"),
            },
        ),
    };
    Mistake::new(kind, message, help).at(item)
}

/// Names in quotes with commas between: the first ten of them.
fn shown(values: &[smol_str::SmolStr]) -> String {
    let mut shown: Vec<_> = values
        .iter()
        .take(10)
        .map(|it| format!("'{}'", it.replace('\'', "''")))
        .collect();
    if values.len() > shown.len() {
        shown.push("…".to_owned());
    }
    shown.join(", ")
}
