//! `drop`.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child};
use crate::tree::definition::Drop;

impl Reader {
    /// The objects of a `drop`; absent for `drop owned`, which names none.
    pub(super) fn removal(self, node: &SyntaxNode) -> Option<Drop> {
        if !is_removal(node.kind()) {
            return None;
        }
        let objects = self.subjects(node)?;
        (!objects.is_empty()).then_some(Drop {
            objects,
            if_exists: child(node, SyntaxKind::IF_EXISTS).is_some(),
            cascade: child(node, SyntaxKind::CASCADE).is_some(),
        })
    }
}

fn is_removal(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::DROP_ACCESS_METHOD
            | SyntaxKind::DROP_AGGREGATE
            | SyntaxKind::DROP_CAST
            | SyntaxKind::DROP_COLLATION
            | SyntaxKind::DROP_CONVERSION
            | SyntaxKind::DROP_DATABASE
            | SyntaxKind::DROP_DOMAIN
            | SyntaxKind::DROP_EVENT_TRIGGER
            | SyntaxKind::DROP_EXTENSION
            | SyntaxKind::DROP_FOREIGN_DATA_WRAPPER
            | SyntaxKind::DROP_FOREIGN_TABLE
            | SyntaxKind::DROP_FUNCTION
            | SyntaxKind::DROP_GROUP
            | SyntaxKind::DROP_INDEX
            | SyntaxKind::DROP_LANGUAGE
            | SyntaxKind::DROP_MATERIALIZED_VIEW
            | SyntaxKind::DROP_OPERATOR
            | SyntaxKind::DROP_OPERATOR_CLASS
            | SyntaxKind::DROP_OPERATOR_FAMILY
            | SyntaxKind::DROP_POLICY
            | SyntaxKind::DROP_PROCEDURE
            | SyntaxKind::DROP_PROPERTY_GRAPH
            | SyntaxKind::DROP_PUBLICATION
            | SyntaxKind::DROP_ROLE
            | SyntaxKind::DROP_ROUTINE
            | SyntaxKind::DROP_RULE
            | SyntaxKind::DROP_SCHEMA
            | SyntaxKind::DROP_SEQUENCE
            | SyntaxKind::DROP_SERVER
            | SyntaxKind::DROP_STATISTICS
            | SyntaxKind::DROP_SUBSCRIPTION
            | SyntaxKind::DROP_TABLE
            | SyntaxKind::DROP_TABLESPACE
            | SyntaxKind::DROP_TEXT_SEARCH_CONFIG
            | SyntaxKind::DROP_TEXT_SEARCH_DICT
            | SyntaxKind::DROP_TEXT_SEARCH_PARSER
            | SyntaxKind::DROP_TEXT_SEARCH_TEMPLATE
            | SyntaxKind::DROP_TRANSFORM
            | SyntaxKind::DROP_TRIGGER
            | SyntaxKind::DROP_TYPE
            | SyntaxKind::DROP_USER
            | SyntaxKind::DROP_USER_MAPPING
            | SyntaxKind::DROP_VIEW
    )
}
