//! One thing that is not as it should be, and how it is told.

use std::fmt;

use serde::Serialize;

use crate::name::Name;
use crate::schema::{Object, ObjectId};
use crate::token::quote_identifier;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Kind and qualified name.
    pub object: String,
    /// Of the object, such as `column email`; empty for itself.
    pub part: String,
    /// What of it; empty for its presence.
    pub what: String,
    /// None where there should be nothing.
    pub expected: Option<String>,
    /// None where there is nothing.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            object,
            part,
            what,
            expected,
            found,
        } = self;
        formatter.write_str(object)?;
        if !part.is_empty() {
            write!(formatter, ", {part}")?;
        }
        if what.is_empty() {
            return formatter.write_str(if expected.is_some() {
                " is missing"
            } else {
                " is there, and should not be"
            });
        }
        let none = || "none".to_owned();
        let (found, expected) = (
            found.clone().unwrap_or_else(none),
            expected.clone().unwrap_or_else(none),
        );
        if what == "it" {
            return write!(formatter, " is {found}, and should be {expected}");
        }
        write!(formatter, ": {what} is {found}, and should be {expected}")
    }
}

impl Difference {
    pub(super) fn missing(id: &ObjectId, object: &Object) -> Self {
        Self {
            object: shown(id, object),
            part: String::new(),
            what: String::new(),
            expected: Some(object.kind().to_owned()),
            found: None,
        }
    }

    pub(super) fn extra(id: &ObjectId, object: &Object) -> Self {
        Self {
            object: shown(id, object),
            part: String::new(),
            what: String::new(),
            expected: None,
            found: Some(object.kind().to_owned()),
        }
    }

    pub(super) fn invalid(name: &Name) -> Self {
        Self {
            object: format!("index {}", name.qualified()),
            part: String::new(),
            what: "it".to_owned(),
            expected: Some("valid".to_owned()),
            found: Some("INVALID".to_owned()),
        }
    }
}

/// Kind and name.
pub(super) fn shown(id: &ObjectId, object: &Object) -> String {
    let name = match id {
        ObjectId::Namespace(name) | ObjectId::Extension(name) => quote_identifier(name),
        ObjectId::Type(name) | ObjectId::Relation(name) | ObjectId::Opaque(_, name) => {
            name.qualified()
        }
    };
    format!("{} {name}", object.kind())
}
