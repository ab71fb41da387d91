//! What a partitioned table is partitioned by.

use smol_str::SmolStr;

/// How a table is partitioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    Range,
    List,
    Hash,
}

impl Strategy {
    /// The strategy of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Range, Self::List, Self::Hash]
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(name))
    }

    /// As it stands behind `partition by`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::List => "list",
            Self::Hash => "hash",
        }
    }
}

/// What the values of a key are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The default operator class. Texts have a collation that is deterministic and else unknown.
    #[default]
    Usual,
    /// Texts are compared by their bytes: collation `"C"`, `"POSIX"` or `ucs_basic`, or the operator class
    /// `text_pattern_ops`, `varchar_pattern_ops` or `bpchar_pattern_ops`.
    Bytes,
    /// An operator class of a user, or a collation that may not be deterministic. Only a value that is written twice is
    /// known to be equal.
    Unknown,
}

/// One column or expression of a partition key.
#[derive(Debug, Clone, Default)]
pub struct Key {
    /// The type's `typname` in `pg_catalog` (`int4`, `text`, `timestamptz`), or empty for an unknown type and for one of
    /// a user.
    pub type_name: SmolStr,
    /// The numbers behind the type: 3 of `varchar(3)`, 5 and 1 of `numeric(5, 1)`. An expression has none unless it is a
    /// cast.
    pub modifiers: Vec<i32>,
    /// The values of an enum, in their order.
    pub values: Option<Vec<SmolStr>>,
    pub order: Order,
}

/// Whether the sessions that create partitions have the same settings (`TimeZone`, `DateStyle`). A time without a zone
/// is another moment in another zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sessions {
    #[default]
    Alike,
    Different,
}

/// A partition that the table has.
#[derive(Debug, Clone, Copy)]
pub struct Existing<'a> {
    pub name: &'a str,
    /// `for values …` or `default`.
    pub bound: &'a str,
}

/// The types whose values are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Int2,
    Int4,
    Int8,
    Oid,
    Numeric,
    Float4,
    Float8,
    Bool,
    Text,
    Varchar,
    Bpchar,
    Name,
    Date,
    Timestamp,
    Timestamptz,
    Uuid,
    Enum,
    Other,
}

/// The types that can be told from their name alone, and their other names.
const NAMES: [(&str, Type); 28] = [
    ("int4", Type::Int4),
    ("int", Type::Int4),
    ("integer", Type::Int4),
    ("int8", Type::Int8),
    ("bigint", Type::Int8),
    ("text", Type::Text),
    ("date", Type::Date),
    ("timestamptz", Type::Timestamptz),
    ("timestamp with time zone", Type::Timestamptz),
    ("timestamp", Type::Timestamp),
    ("timestamp without time zone", Type::Timestamp),
    ("int2", Type::Int2),
    ("smallint", Type::Int2),
    ("numeric", Type::Numeric),
    ("decimal", Type::Numeric),
    ("dec", Type::Numeric),
    ("float4", Type::Float4),
    ("real", Type::Float4),
    ("float8", Type::Float8),
    ("float", Type::Float8),
    ("double precision", Type::Float8),
    ("bool", Type::Bool),
    ("boolean", Type::Bool),
    ("varchar", Type::Varchar),
    ("character varying", Type::Varchar),
    ("uuid", Type::Uuid),
    ("oid", Type::Oid),
    ("name", Type::Name),
];

impl Type {
    /// The type that a cast names.
    pub(super) fn written(name: &str) -> Option<Self> {
        let name = match name.get(..11) {
            Some(schema) if schema.eq_ignore_ascii_case("pg_catalog.") => &name[11..],
            Some(_) | None => name,
        };
        NAMES
            .iter()
            .find(|(known, _)| {
                let mut words = name.split_ascii_whitespace();
                known.split(' ').all(|it| {
                    words
                        .next()
                        .is_some_and(|word| word.eq_ignore_ascii_case(it))
                }) && words.next().is_none()
            })
            .map(|it| it.1)
    }

    /// The smallest and the greatest value of an integer type.
    pub(super) fn limits(self) -> Option<(i64, i64)> {
        match self {
            Self::Int2 => Some((i16::MIN.into(), i16::MAX.into())),
            Self::Int4 => Some((i32::MIN.into(), i32::MAX.into())),
            Self::Int8 => Some((i64::MIN, i64::MAX)),
            Self::Oid => Some((0, u32::MAX.into())),
            Self::Numeric
            | Self::Float4
            | Self::Float8
            | Self::Bool
            | Self::Text
            | Self::Varchar
            | Self::Bpchar
            | Self::Name
            | Self::Date
            | Self::Timestamp
            | Self::Timestamptz
            | Self::Uuid
            | Self::Enum
            | Self::Other => None,
        }
    }
}

/// A [`Key`] with its type looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    pub(super) key: &'a Key,
    pub(super) of: Type,
    pub(super) sessions: Sessions,
}

impl<'a> Column<'a> {
    pub(super) fn new(key: &'a Key, sessions: Sessions) -> Self {
        let of = if key.values.is_some() {
            Type::Enum
        } else if key.type_name == "bpchar" {
            Type::Bpchar
        } else {
            Type::written(&key.type_name).unwrap_or(Type::Other)
        };
        Self { key, of, sessions }
    }

    /// Whether texts are compared by their bytes. Type `name` has the collation `"C"` unless it is given another.
    pub(super) fn by_bytes(&self) -> bool {
        match self.key.order {
            Order::Usual => self.of == Type::Name,
            Order::Bytes => true,
            Order::Unknown => false,
        }
    }

    /// The type with its modifiers.
    pub(super) fn type_shown(&self) -> String {
        let name = &self.key.type_name;
        let numbers: Vec<_> = self.key.modifiers.iter().map(ToString::to_string).collect();
        match (name.is_empty(), numbers.is_empty()) {
            (true, _) => "the partition key".to_owned(),
            (false, true) => format!("type {name}"),
            (false, false) => format!("type {name}({})", numbers.join(", ")),
        }
    }
}
