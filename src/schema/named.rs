//! An object with its name, as one value.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::id::ObjectId;
use crate::schema::object::{Extension, Index, Namespace, Object, Opaque, Sequence, Table, Type};
use crate::schema::reference::ConstraintName;

/// An object and its name: whoever must answer for every kind matches on this.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    Namespace(&'a SmolStr, &'a Namespace),
    Extension(&'a SmolStr, &'a Extension),
    Type(&'a Name, &'a Type),
    Table(&'a Name, &'a Table),
    Index(&'a Name, &'a Index),
    Sequence(&'a Name, &'a Sequence),
    Opaque(&'a ObjectId, &'a Opaque),
}

impl<'a> Named<'a> {
    /// The object that the schema finds by `id`.
    ///
    /// # Panics
    ///
    /// Where `id` is none of such an object.
    #[must_use]
    pub fn new(id: &'a ObjectId, object: &'a Object) -> Self {
        let name = || id.name().expect("an object of a schema has a whole name");
        let bare = || id.bare().expect("what lies in no schema has a bare name");
        match object {
            Object::Namespace(it) => Self::Namespace(bare(), it),
            Object::Extension(it) => Self::Extension(bare(), it),
            Object::Type(it) => Self::Type(name(), it),
            Object::Table(it) => Self::Table(name(), it),
            Object::Index(it) => Self::Index(name(), it),
            Object::Sequence(it) => Self::Sequence(name(), it),
            Object::Opaque(it) => Self::Opaque(id, it),
        }
    }

    /// The names that the object takes among constraints.
    pub(super) fn constraint_names(self) -> Vec<ConstraintName> {
        match self {
            Self::Table(name, table) => table
                .constraints
                .iter()
                .map(|(constraint, it)| ConstraintName {
                    name: name.sibling(constraint.clone()),
                    has_index: it.kind.has_index(),
                    initially_deferred: it.initially_deferred,
                })
                .collect(),
            Self::Type(name, Type::Domain(domain)) => domain
                .checks
                .keys()
                .map(|check| ConstraintName {
                    name: name.sibling(check.clone()),
                    has_index: false,
                    initially_deferred: false,
                })
                .collect(),
            Self::Namespace(..)
            | Self::Extension(..)
            | Self::Type(_, Type::Enum(_) | Type::Composite(_))
            | Self::Index(..)
            | Self::Sequence(..)
            | Self::Opaque(..) => Vec::new(),
        }
    }

    /// Among objects of any kind, the tables.
    #[must_use]
    pub fn table((id, object): (&'a ObjectId, &'a Arc<Object>)) -> Option<(&'a Name, &'a Table)> {
        id.relation().zip(object.as_table())
    }

    /// Among objects of any kind, the indexes.
    #[must_use]
    pub fn index((id, object): (&'a ObjectId, &'a Arc<Object>)) -> Option<(&'a Name, &'a Index)> {
        id.relation().zip(object.as_index())
    }
}
