//! What an object is found by.

use std::fmt;

use smol_str::SmolStr;

use crate::kind::{Defined, Kind, Space};
use crate::name::Name;

/// The schema of what ends with its session.
pub const TEMPORARY: &str = "pg_temp";

/// What an object is found by. Tables, indexes, sequences and views share one set of names, types another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    Namespace(SmolStr),
    Extension(SmolStr),
    Type(Name),
    Relation(Name),
    /// Something that only raw SQL makes and that shares its names with no relation and no type.
    Opaque(Defined, Name),
}

impl ObjectId {
    /// What an object of that kind and name is found by.
    #[must_use]
    pub fn of(kind: Kind, name: &Name) -> Self {
        match kind {
            Kind::Schema => Self::Namespace(name.name.clone()),
            Kind::Extension => Self::Extension(name.name.clone()),
            Kind::Table | Kind::Index | Kind::Sequence => Self::Relation(name.clone()),
            Kind::Type | Kind::Domain => Self::Type(name.clone()),
            Kind::Defined(defined) => match defined.facts().space {
                Space::Namespaces => Self::Namespace(name.name.clone()),
                Space::Extensions => Self::Extension(name.name.clone()),
                Space::Relations => Self::Relation(name.clone()),
                Space::Types => Self::Type(name.clone()),
                Space::Functions | Space::OnTable | Space::Own => {
                    Self::Opaque(defined, name.clone())
                }
            },
        }
    }

    /// The name of a table, index, sequence, view or what else shares their set of names.
    #[must_use]
    pub fn relation(&self) -> Option<&Name> {
        match self {
            Self::Relation(name) => Some(name),
            Self::Namespace(_) | Self::Extension(_) | Self::Type(_) | Self::Opaque(..) => None,
        }
    }

    /// Whether it is something that expressions call.
    #[must_use]
    pub fn is_function(&self) -> bool {
        matches!(self, Self::Opaque(kind, _) if kind.is_function())
    }

    /// The name of a type.
    #[must_use]
    pub fn type_name(&self) -> Option<&Name> {
        match self {
            Self::Type(name) => Some(name),
            Self::Namespace(_) | Self::Extension(_) | Self::Relation(_) | Self::Opaque(..) => None,
        }
    }

    /// The name, where no schema may stand before it.
    #[must_use]
    pub fn bare(&self) -> Option<&SmolStr> {
        match self {
            Self::Namespace(name) | Self::Extension(name) => Some(name),
            Self::Type(_) | Self::Relation(_) | Self::Opaque(..) => None,
        }
    }

    /// The name, where it has one that a schema may stand before.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Type(name) | Self::Relation(name) | Self::Opaque(_, name) => Some(name),
            Self::Namespace(_) | Self::Extension(_) => None,
        }
    }

    /// Whether it ends with its session.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.name().is_some_and(|it| it.schema == TEMPORARY)
    }

    /// The same kind of object, called `name`.
    #[must_use]
    pub fn called(&self, name: Name) -> Self {
        match self {
            Self::Type(_) => Self::Type(name),
            Self::Relation(_) => Self::Relation(name),
            Self::Opaque(kind, _) => Self::Opaque(*kind, name),
            Self::Namespace(_) => Self::Namespace(name.name),
            Self::Extension(_) => Self::Extension(name.name),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(formatter, "schema \"{name}\""),
            Self::Extension(name) => write!(formatter, "extension \"{name}\""),
            Self::Type(name) => write!(formatter, "type \"{}\"", plain(name)),
            Self::Relation(name) => write!(formatter, "relation \"{}\"", plain(name)),
            Self::Opaque(kind, name) => write!(formatter, "{} \"{}\"", kind.word(), plain(name)),
        }
    }
}

/// A name inside the double quotes of a message.
fn plain(name: &Name) -> String {
    if name.schema == "public" {
        name.name.to_string()
    } else {
        format!("{}.{}", name.schema, name.name)
    }
}

/// The mark that raw SQL made operators of that name, or casts (`cast`), of which the model knows nothing more.
#[must_use]
pub fn operator_mark(name: &str) -> ObjectId {
    ObjectId::Opaque(Defined::Stale, Name::new("pg_catalog", name))
}
