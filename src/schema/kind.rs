//! The kinds of objects that statements name, and the facts of each.

use crate::name::Name;
use crate::schema::id::ObjectId;

/// A kind of object, as a statement names it: `type` is an enum or a composite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Schema,
    Extension,
    Table,
    Index,
    Sequence,
    Type,
    Domain,
}

/// What is to be known of a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// In statements and messages.
    pub word: &'static str,
    pub space: Space,
}

/// A set of names: no two objects of one set are called the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Schemas, which lie in none.
    Namespaces,
    /// Extensions, whose names no schema stands before.
    Extensions,
    /// What `pg_class` holds.
    Relations,
    /// What `pg_type` holds.
    Types,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Schema,
        Self::Extension,
        Self::Table,
        Self::Index,
        Self::Sequence,
        Self::Type,
        Self::Domain,
    ];

    /// One row for each kind, every field answered.
    #[must_use]
    pub const fn facts(self) -> &'static KindFacts {
        match self {
            Self::Schema => &KindFacts {
                word: "schema",
                space: Space::Namespaces,
            },
            Self::Extension => &KindFacts {
                word: "extension",
                space: Space::Extensions,
            },
            Self::Table => &KindFacts {
                word: "table",
                space: Space::Relations,
            },
            Self::Index => &KindFacts {
                word: "index",
                space: Space::Relations,
            },
            Self::Sequence => &KindFacts {
                word: "sequence",
                space: Space::Relations,
            },
            Self::Type => &KindFacts {
                word: "type",
                space: Space::Types,
            },
            Self::Domain => &KindFacts {
                word: "domain",
                space: Space::Types,
            },
        }
    }

    /// The word for it in statements and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// Whether a schema may stand before its names.
    #[must_use]
    pub const fn is_qualified(self) -> bool {
        match self.facts().space {
            Space::Relations | Space::Types => true,
            Space::Namespaces | Space::Extensions => false,
        }
    }

    /// What an object of this kind is found by.
    #[must_use]
    pub fn id(self, name: &Name) -> ObjectId {
        match self.facts().space {
            Space::Namespaces => ObjectId::Namespace(name.name.clone()),
            Space::Extensions => ObjectId::Extension(name.name.clone()),
            Space::Relations => ObjectId::Relation(name.clone()),
            Space::Types => ObjectId::Type(name.clone()),
        }
    }
}
