//! What the letters of the catalogue stand for.

/// Kind of a type (`pg_type.typtype`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TypeKind {
    /// A base type; an array too.
    Base,
    /// A row type.
    Composite,
    /// A domain.
    Domain,
    /// An enum.
    Enum,
    /// A multirange.
    Multirange,
    /// A pseudo-type.
    Pseudo,
    /// A range.
    Range,
}

impl TypeKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'b' => Self::Base,
            b'c' => Self::Composite,
            b'd' => Self::Domain,
            b'e' => Self::Enum,
            b'm' => Self::Multirange,
            b'p' => Self::Pseudo,
            b'r' => Self::Range,
            other => panic!("the data has no TypeKind {other}"),
        }
    }
}

/// What a subscript on a value of the type does (`pg_type.typsubscript`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Subscript {
    /// No subscript.
    None,
    /// A true array, `int2vector` and `oidvector` included.
    Array,
    /// A type of fixed length that reads as an array (`point`, `name`).
    Fixed,
    /// A handler of its own (`jsonb`, `hstore`).
    Custom,
}

impl Subscript {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b' ' => Self::None,
            b'a' => Self::Array,
            b'r' => Self::Fixed,
            b'o' => Self::Custom,
            other => panic!("the data has no Subscript {other}"),
        }
    }
}

/// Kind of a function (`pg_proc.prokind`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FunctionKind {
    /// A plain function.
    Function,
    /// A procedure.
    Procedure,
    /// An aggregate.
    Aggregate,
    /// A window function.
    Window,
}

impl FunctionKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'f' => Self::Function,
            b'p' => Self::Procedure,
            b'a' => Self::Aggregate,
            b'w' => Self::Window,
            other => panic!("the data has no FunctionKind {other}"),
        }
    }
}

/// Volatility (`pg_proc.provolatile`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Volatility {
    /// The same arguments always give the same result.
    Immutable,
    /// The same arguments give the same result within a statement.
    Stable,
    /// Anything may happen.
    Volatile,
}

impl Volatility {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'i' => Self::Immutable,
            b's' => Self::Stable,
            b'v' => Self::Volatile,
            other => panic!("the data has no Volatility {other}"),
        }
    }
}

/// Kind of an aggregate (`pg_aggregate.aggkind`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AggregateKind {
    /// A plain aggregate.
    Normal,
    /// An ordered-set aggregate: needs `WITHIN GROUP`.
    OrderedSet,
    /// A hypothetical-set aggregate: needs `WITHIN GROUP`.
    Hypothetical,
}

impl AggregateKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'n' => Self::Normal,
            b'o' => Self::OrderedSet,
            b'h' => Self::Hypothetical,
            other => panic!("the data has no AggregateKind {other}"),
        }
    }
}

/// Where a cast applies by itself (`pg_cast.castcontext`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CastContext {
    /// Only where it is written.
    Explicit,
    /// In an assignment too.
    Assignment,
    /// In any expression.
    Implicit,
}

impl CastContext {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'e' => Self::Explicit,
            b'a' => Self::Assignment,
            b'i' => Self::Implicit,
            other => panic!("the data has no CastContext {other}"),
        }
    }
}

/// How a cast is done (`pg_cast.castmethod`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CastMethod {
    /// By a function.
    Function,
    /// Not at all: the bytes are the same.
    Binary,
    /// Through text.
    InOut,
}

impl CastMethod {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'f' => Self::Function,
            b'b' => Self::Binary,
            b'i' => Self::InOut,
            other => panic!("the data has no CastMethod {other}"),
        }
    }
}

/// What an operator is in its family for (`pg_amop.amoppurpose`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum FamilyOperatorPurpose {
    /// Search.
    Search,
    /// Order by distance.
    Order,
}

impl FamilyOperatorPurpose {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b's' => Self::Search,
            b'o' => Self::Order,
            other => panic!("the data has no FamilyOperatorPurpose {other}"),
        }
    }
}

/// Who implements a collation (`pg_collation.collprovider`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum CollationProvider {
    /// The database's default.
    Default,
    /// The C library.
    Libc,
    /// ICU.
    Icu,
    /// The server.
    Builtin,
}

impl CollationProvider {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'd' => Self::Default,
            b'c' => Self::Libc,
            b'i' => Self::Icu,
            b'b' => Self::Builtin,
            other => panic!("the data has no CollationProvider {other}"),
        }
    }
}

/// Kind of an access method (`pg_am.amtype`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AccessMethodKind {
    /// Of an index.
    Index,
    /// Of a table.
    Table,
}

impl AccessMethodKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'i' => Self::Index,
            b't' => Self::Table,
            other => panic!("the data has no AccessMethodKind {other}"),
        }
    }
}

/// Kind of an object of text search.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum TextSearchKind {
    /// A configuration.
    Configuration,
    /// A dictionary.
    Dictionary,
    /// A parser.
    Parser,
    /// A template.
    Template,
}

impl TextSearchKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'c' => Self::Configuration,
            b'd' => Self::Dictionary,
            b'p' => Self::Parser,
            b't' => Self::Template,
            other => panic!("the data has no TextSearchKind {other}"),
        }
    }
}

/// Kind of a relation (`pg_class.relkind`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RelationKind {
    /// A table.
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A foreign table.
    ForeignTable,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A sequence.
    Sequence,
    /// A composite type.
    Composite,
}

impl RelationKind {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'r' => Self::Table,
            b'p' => Self::PartitionedTable,
            b'f' => Self::ForeignTable,
            b'v' => Self::View,
            b'm' => Self::MaterializedView,
            b'S' => Self::Sequence,
            b'c' => Self::Composite,
            other => panic!("the data has no RelationKind {other}"),
        }
    }
}

/// What a keyword may name (`pg_get_keywords().catcode`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum KeywordCategory {
    /// Anything.
    Unreserved,
    /// No function and no type.
    Column,
    /// Only a function or a type.
    TypeOrFunction,
    /// Nothing.
    Reserved,
}

impl KeywordCategory {
    pub(super) fn new(letter: u8) -> Self {
        match letter {
            b'U' => Self::Unreserved,
            b'C' => Self::Column,
            b'T' => Self::TypeOrFunction,
            b'R' => Self::Reserved,
            other => panic!("the data has no KeywordCategory {other}"),
        }
    }
}
