//! Types as the binder sees them: those of `pg_catalog` by their row there, those of the history by name.

use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::builtin::{TypeId, TypeKind};
use crate::name::Name;

/// The type of an expression, a column or a parameter. Arrays have no dimensions, as in `pg_type`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    /// A type of `pg_catalog`, arrays and pseudo types among them.
    Core(TypeId),
    Enum(Name),
    Domain(Name),
    /// A composite type, or the row of a table or view.
    Row(Name),
    /// An array of a type of the history.
    Array(Arc<Self>),
    /// A type of which only the name is known: of an extension, or made by raw SQL. What is done with it is not judged.
    Foreign(Name),
    /// A type of which nothing is known.
    Opaque,
}

/// A type with its modifiers as [`crate::sql_type::SqlType`] writes them; empty for none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub ty: Ty,
    pub modifiers: SmolStr,
}

impl Ty {
    pub(super) const BOOL: Self = Self::Core(TypeId::BOOL);
    pub(super) const INT4: Self = Self::Core(TypeId::INT4);
    pub(super) const INT8: Self = Self::Core(TypeId::INT8);
    pub(super) const TEXT: Self = Self::Core(TypeId::TEXT);
    pub(super) const UNKNOWN: Self = Self::Core(TypeId::UNKNOWN);
    pub(super) const RECORD: Self = Self::Core(TypeId::RECORD);

    /// Whether it is that type of PostgreSQL.
    #[must_use]
    pub fn is(&self, id: TypeId) -> bool {
        *self == Self::Core(id)
    }

    /// The row of `pg_type`, for a type of PostgreSQL's own.
    #[must_use]
    pub fn core(&self) -> Option<TypeId> {
        match self {
            Self::Core(id) => Some(*id),
            Self::Enum(_)
            | Self::Domain(_)
            | Self::Row(_)
            | Self::Array(_)
            | Self::Foreign(_)
            | Self::Opaque => None,
        }
    }

    /// Whether nothing is known of it, nor of what it is an array of.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        match self {
            Self::Foreign(_) | Self::Opaque => true,
            Self::Array(element) => element.is_opaque(),
            Self::Core(_) | Self::Enum(_) | Self::Domain(_) | Self::Row(_) => false,
        }
    }

    /// A literal whose type its place decides.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.is(TypeId::UNKNOWN)
    }

    /// Whether it stands for others in a signature (`anyelement` and its kin).
    #[must_use]
    pub fn is_generic(&self) -> bool {
        self.core().is_some_and(|id| Generic::of(id).is_some())
    }

    /// Whether it is a pseudo type, which no column and no cast can have.
    #[must_use]
    pub fn is_pseudo(&self) -> bool {
        self.core()
            .is_some_and(|id| id.facts().kind == TypeKind::Pseudo)
    }

    /// The same without modifiers.
    #[must_use]
    pub fn plain(self) -> Typed {
        Typed {
            ty: self,
            modifiers: SmolStr::default(),
        }
    }
}

/// As messages write it.
impl fmt::Display for Ty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(id) => formatter.write_str(id.facts().display),
            Self::Enum(name) | Self::Domain(name) | Self::Row(name) | Self::Foreign(name) => {
                name.fmt(formatter)
            }
            Self::Array(element) => write!(formatter, "{element}[]"),
            Self::Opaque => formatter.write_str("unknown"),
        }
    }
}

impl From<TypeId> for Ty {
    fn from(id: TypeId) -> Self {
        Self::Core(id)
    }
}

/// The polymorphic pseudo types (manual 38.2.5), by what they demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generic {
    pub(super) family: Family,
    pub(super) shape: Shape,
}

/// Types of one family in one signature stand for one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// `anyelement`, …: all arguments have the same type.
    Same,
    /// `anycompatible`, …: the arguments become one common type.
    Compatible,
}

/// What a polymorphic pseudo type demands of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Element,
    Array,
    NonArray,
    Enum,
    Range,
    Multirange,
}

impl Generic {
    /// What a pseudo type demands; nothing where it is not polymorphic.
    pub(super) fn of(id: TypeId) -> Option<Self> {
        use Family::{Compatible, Same};
        let (family, shape) = match id {
            TypeId::ANYELEMENT => (Same, Shape::Element),
            TypeId::ANYARRAY => (Same, Shape::Array),
            TypeId::ANYNONARRAY => (Same, Shape::NonArray),
            TypeId::ANYENUM => (Same, Shape::Enum),
            TypeId::ANYRANGE => (Same, Shape::Range),
            TypeId::ANYMULTIRANGE => (Same, Shape::Multirange),
            TypeId::ANYCOMPATIBLE => (Compatible, Shape::Element),
            TypeId::ANYCOMPATIBLEARRAY => (Compatible, Shape::Array),
            TypeId::ANYCOMPATIBLENONARRAY => (Compatible, Shape::NonArray),
            TypeId::ANYCOMPATIBLERANGE => (Compatible, Shape::Range),
            TypeId::ANYCOMPATIBLEMULTIRANGE => (Compatible, Shape::Multirange),
            _ => return None,
        };
        Some(Self { family, shape })
    }
}
