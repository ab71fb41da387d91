//! What an object refers to, and the names that it takes among constraints.

use crate::name::Name;
use crate::schema::ObjectId;

/// What an object refers to.
pub type Reference = (ObjectId, Bond);

/// How an object is bound to what it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// A table inherits from that table, or is a partition of it.
    Child,
    /// It comes and goes with that relation.
    Part,
    /// A foreign key of it points there. It is a user, too.
    Key,
    User,
}

/// A name that an object takes among constraints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConstraintName {
    pub name: Name,
    /// Whether an index of that name carries the constraint.
    pub has_index: bool,
    pub initially_deferred: bool,
}
