//! What a statement is about.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::name::Name;
use crate::schema::id::ObjectId;

/// One thing that a statement names: an object, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: Kind,
    /// That of the object; without a schema where none may stand before it.
    pub name: Name,
    pub part: Option<Part>,
}

/// A part of an object, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Column(SmolStr),
    /// Of a table or a domain.
    Constraint(SmolStr),
    /// Of a composite type.
    Attribute(SmolStr),
    /// Of an enum.
    Value(SmolStr),
}

impl Part {
    #[must_use]
    pub fn name(&self) -> &SmolStr {
        match self {
            Self::Column(name)
            | Self::Constraint(name)
            | Self::Attribute(name)
            | Self::Value(name) => name,
        }
    }

    /// The same part, called `name`.
    #[must_use]
    fn called(&self, name: SmolStr) -> Self {
        match self {
            Self::Column(_) => Self::Column(name),
            Self::Constraint(_) => Self::Constraint(name),
            Self::Attribute(_) => Self::Attribute(name),
            Self::Value(_) => Self::Value(name),
        }
    }
}

impl Subject {
    /// A whole object.
    #[must_use]
    pub fn new(kind: Kind, name: Name) -> Self {
        Self {
            kind,
            name,
            part: None,
        }
    }

    /// A schema or an extension, before whose name no schema stands.
    #[must_use]
    pub fn bare(kind: Kind, name: &SmolStr) -> Self {
        Self::new(kind, Name::new("", name.clone()))
    }

    /// A column of a table, or an attribute where `comment on column` means one.
    #[must_use]
    pub fn column(table: Name, column: SmolStr) -> Self {
        Self::new(Kind::Table, table).with(Part::Column(column))
    }

    /// A constraint of a table.
    #[must_use]
    pub fn constraint(table: Name, constraint: SmolStr) -> Self {
        Self::new(Kind::Table, table).with(Part::Constraint(constraint))
    }

    /// That part of it.
    #[must_use]
    pub fn with(self, part: Part) -> Self {
        Self {
            part: Some(part),
            ..self
        }
    }

    /// What its object is found by.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId::of(self.kind, &self.name)
    }

    /// The name of just that: of the part, or of the object without its schema.
    #[must_use]
    pub fn own_name(&self) -> &SmolStr {
        self.part.as_ref().map_or(&self.name.name, Part::name)
    }

    /// The same thing after it was renamed.
    #[must_use]
    pub fn renamed(&self, to: SmolStr) -> Self {
        match &self.part {
            Some(part) => self.clone().with(part.called(to)),
            None => Self::new(self.kind, self.name.sibling(to)),
        }
    }
}
