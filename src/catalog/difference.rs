//! One thing that is not as it should be, and how it is told.

use std::fmt;

use serde::Serialize;

use crate::name::Name;
use crate::schema::{Object, ObjectId};
use crate::token::{quote_identifier, quote_literal};

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

/// What an object is, rather than has: `it is valid`, not `validation is valid`.
pub const STATES: [&str; 7] = [
    "it",
    "null",
    "validation",
    "deferral",
    "enforcement",
    "its origin",
    "the state",
];

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
        formatter.write_str(": ")?;
        if what.is_empty() {
            return formatter.write_str(if expected.is_some() {
                "it is missing"
            } else {
                "it exists, but should not"
            });
        }
        let none = || "none".to_owned();
        let (found, expected) = (
            found.clone().unwrap_or_else(none),
            expected.clone().unwrap_or_else(none),
        );
        if what.starts_with("the comment") {
            let quoted = |it: &Option<String>| it.as_deref().map_or_else(none, quote_literal);
            let (found, expected) = (quoted(&self.found), quoted(&self.expected));
            return write!(formatter, "{what} is {found}, but should be {expected}");
        }
        if STATES.contains(&what.as_str()) {
            return write!(formatter, "it is {found}, but should be {expected}");
        }
        let head = what.split(" of ").next().unwrap_or_default();
        let is_plural =
            head.ends_with('s') && !head.ends_with("ss") && !head.starts_with("the trigger ");
        let is = if is_plural { "are" } else { "is" };
        write!(formatter, "{what} {is} {found}, but should be {expected}")
    }
}

impl Difference {
    pub(super) fn missing(id: &ObjectId, object: &Object) -> Self {
        Self {
            object: shown(id, object),
            part: String::new(),
            what: String::new(),
            expected: Some(object.kind().word().to_owned()),
            found: None,
        }
    }

    pub(super) fn extra(id: &ObjectId, object: &Object) -> Self {
        Self {
            object: shown(id, object),
            part: String::new(),
            what: String::new(),
            expected: None,
            found: Some(object.kind().word().to_owned()),
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

/// How an object is told: kind and name.
#[must_use]
pub fn shown(id: &ObjectId, object: &Object) -> String {
    let name = match id {
        ObjectId::Namespace(name) | ObjectId::Extension(name) => quote_identifier(name),
        ObjectId::Opaque(kind, name) if kind.is_on_table() => shown_on_table(name).into(),
        ObjectId::Type(name) | ObjectId::Relation(name) | ObjectId::Opaque(_, name) => {
            name.qualified()
        }
    };
    format!("{} {name}", object.kind().word())
}

/// Such as `touched on public.people`.
pub(super) fn shown_on_table(name: &Name) -> String {
    match name.name.split_once(" on ") {
        Some((own, table)) => format!(
            "{} on {}",
            quote_identifier(own),
            name.sibling(table).qualified()
        ),
        None => name.qualified().into(),
    }
}

/// What is so where nobody said otherwise, for facts that are told then alone.
pub(super) fn usual(what: &str) -> Option<&'static str> {
    let head = what.split(" of ").next().unwrap_or_default();
    match head {
        "the state" => Some("enabled"),
        "row security" | "forced row security" => Some("off"),
        "the populated flag" => Some("yes"),
        "the owner" => Some("the user of this connection"),
        "the privileges"
        | "the storage"
        | "the compression"
        | "the statistics target"
        | "replica identity" => Some("the default"),
        "the access method" => Some("heap"),
        head if head.starts_with("the trigger ") => Some("enabled"),
        _ => None,
    }
}
