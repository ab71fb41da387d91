//! The objects that a statement names, each by its kind.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, elements, folded, has_token, is_expression};
use super::definition::{is_type, type_of};
use crate::tree::definition::Named;
use crate::tree::{Name, TypeName};

impl Reader {
    /// The objects that stand right in `node`: those of a `drop`, the one that an `alter` is about, the one behind the
    /// words of a kind in a `comment`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn subjects(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let one = match node.kind() {
            SyntaxKind::DROP_TRIGGER
            | SyntaxKind::DROP_RULE
            | SyntaxKind::DROP_POLICY
            | SyntaxKind::ALTER_TRIGGER
            | SyntaxKind::ALTER_RULE
            | SyntaxKind::ALTER_POLICY
            | SyntaxKind::OBJECT_TRIGGER
            | SyntaxKind::OBJECT_RULE
            | SyntaxKind::OBJECT_POLICY
            | SyntaxKind::OBJECT_CONSTRAINT => self.attached(node)?,
            SyntaxKind::DROP_USER_MAPPING | SyntaxKind::ALTER_USER_MAPPING => {
                self.user_mapping(node)?
            }
            SyntaxKind::DROP_TRANSFORM | SyntaxKind::OBJECT_TRANSFORM => Named {
                arguments: Some(vec![self.type_name(&type_of(node)?)]),
                ..plain("transform", self.defined(node, SyntaxKind::LANGUAGE_REF)?)
            },
            SyntaxKind::OBJECT_OPERATOR => self.operator_of(node)?,
            SyntaxKind::OBJECT_COLUMN => {
                self.column_of(&child(node, SyntaxKind::QUALIFIED_COLUMN_NAME_REF)?)?
            }
            _ => return self.plain_subjects(node),
        };
        Some(vec![Named {
            if_exists: child(node, SyntaxKind::IF_EXISTS).is_some(),
            ..one
        }])
    }

    fn plain_subjects(self, node: &SyntaxNode) -> Option<Vec<Named>> {
        let if_exists = child(node, SyntaxKind::IF_EXISTS).is_some();
        let mut all = Vec::new();
        for reference in references(node) {
            let Some(mut object) = self.object(&reference) else {
                // A word that stands for a role names nothing; a name that is not there is a mistake.
                if reference.kind() == SyntaxKind::ROLE_REF {
                    continue;
                }
                return None;
            };
            if object.kind == "view" && has_token(node, SyntaxKind::MATERIALIZED_KW) {
                object.kind = SmolStr::new_static("materialized view");
            }
            if object.kind == "table" && has_token(node, SyntaxKind::FOREIGN_KW) {
                object.kind = SmolStr::new_static("foreign table");
            }
            object.if_exists = if_exists;
            all.push(object);
        }
        Some(all)
    }

    /// The object at a node that is a reference.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn object(self, node: &SyntaxNode) -> Option<Named> {
        let kind = kind_of(node.kind())?;
        match node.kind() {
            SyntaxKind::FUNCTION_SIG
            | SyntaxKind::PROCEDURE_SIG
            | SyntaxKind::ROUTINE_SIG
            | SyntaxKind::AGGREGATE => self.signature(kind, node),
            SyntaxKind::OP_SIG => self.operator_of(node),
            SyntaxKind::CAST_SIG => {
                let types = node.children().filter(|child| is_type(child.kind()));
                let name = Name {
                    parts: Vec::new(),
                    range: self.range(node),
                };
                Some(Named {
                    arguments: Some(types.map(|child| self.type_name(&child)).collect()),
                    ..plain(kind, name)
                })
            }
            SyntaxKind::ROLE_REF => Some(plain(kind, self.role(node)?)),
            SyntaxKind::TABLE_RELATION_NAME | SyntaxKind::RELATION_NAME => {
                self.object(&references(node).next()?)
            }
            _ => Some(plain(kind, self.whole_name(node)?)),
        }
    }

    /// The role that is named; absent for `public` and for words such as `current_user`. PostgreSQL takes a quoted
    /// `"public"` for the word too.
    pub(super) fn role(self, node: &SyntaxNode) -> Option<Name> {
        let name = self.whole_name(&child(node, SyntaxKind::ROLE_NAME_REF)?)?;
        (name.parts != ["public"]).then_some(name)
    }

    fn signature(self, kind: &'static str, node: &SyntaxNode) -> Option<Named> {
        let arguments = match child(node, SyntaxKind::PARAM_LIST) {
            Some(list) => Some(self.argument_types(&list)?),
            None => None,
        };
        let name = self.whole_name(&node.children().next()?)?;
        Some(Named {
            arguments,
            ..plain(kind, name)
        })
    }

    /// An operator and the types behind it. The parser leaves the name in a path without a last part.
    fn operator_of(self, node: &SyntaxNode) -> Option<Named> {
        let operator = child(node, SyntaxKind::OP)?;
        let mut name = self.name(&operator);
        let sign: String = elements(&operator)
            .filter(|element| element.kind() != SyntaxKind::PATH_REF)
            .map(|element| match element {
                SyntaxElement::Node(node) => node.text().to_string(),
                SyntaxElement::Token(token) => token.text().to_owned(),
            })
            .collect();
        if sign.is_empty() {
            return None;
        }
        name.parts.push(sign.into());
        let operands = elements(node).filter_map(|operand| self.operand_type(&operand));
        Some(Named {
            arguments: Some(operands.collect()),
            ..plain("operator", name)
        })
    }

    /// The type of an operand, or `none`, which is a word or a type to the parser.
    fn operand_type(self, operand: &SyntaxElement) -> Option<TypeName> {
        let range = operand.text_range();
        let missing = TypeName {
            text: SmolStr::new_static("none"),
            set_of: false,
            range: self.span(range.start().into(), range.end().into()),
        };
        match operand {
            SyntaxElement::Token(token) => (token.kind() == SyntaxKind::NONE_KW).then_some(missing),
            SyntaxElement::Node(node) if is_type(node.kind()) => {
                let sql_type = self.type_name(node);
                Some(if sql_type.text.eq_ignore_ascii_case("none") {
                    missing
                } else {
                    sql_type
                })
            }
            SyntaxElement::Node(_) => None,
        }
    }

    /// A trigger, rule, policy, or constraint, with what it is on.
    fn attached(self, node: &SyntaxNode) -> Option<Named> {
        let (kind, reference) = node
            .children()
            .find_map(|child| Some((attached_kind(child.kind())?, child)))?;
        let name = self.whole_name(&reference)?;
        let clause = node
            .children()
            .find(|child| matches!(child.kind(), SyntaxKind::ON_RELATION | SyntaxKind::ON_TABLE));
        let holder = clause.as_ref().unwrap_or(node);
        let owner = holder.children().find(|child| {
            matches!(
                child.kind(),
                SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF | SyntaxKind::DOMAIN_REF
            )
        })?;
        let kind = if owner.kind() == SyntaxKind::DOMAIN_REF {
            "domain constraint"
        } else {
            kind
        };
        Some(Named {
            on: Some(self.whole_name(&owner)?),
            ..plain(kind, name)
        })
    }

    fn user_mapping(self, node: &SyntaxNode) -> Option<Named> {
        let role = node.children().find(|child| {
            matches!(
                child.kind(),
                SyntaxKind::USER_MAPPING_ROLE | SyntaxKind::ROLE_REF
            )
        })?;
        let server = child(node, SyntaxKind::SERVER_CLAUSE)?;
        let mut last = role.clone();
        while let Some(below) = last.children().last() {
            last = below;
        }
        let name = Name {
            parts: vec![folded(&last)],
            range: self.range(&role),
        };
        Some(Named {
            on: Some(self.defined(&server, SyntaxKind::SERVER_REF)?),
            ..plain("user mapping", name)
        })
    }

    /// `s.t.c`: the relation `s.t` with its column.
    pub(super) fn column_of(self, node: &SyntaxNode) -> Option<Named> {
        let path = child(node, SyntaxKind::PATH_REF)?;
        let column = child(&path, SyntaxKind::PATH_SEGMENT_REF)?;
        let relation = self.defined(&path, SyntaxKind::PATH_REF)?;
        let text = folded(&column);
        if text.is_empty() {
            return None;
        }
        Some(Named {
            columns: vec![(text, self.range(&column))],
            ..plain("relation", relation)
        })
    }

    /// The relation at the first child that is one, with the columns in the list behind it.
    pub(super) fn with_columns(self, kind: &'static str, node: &SyntaxNode) -> Option<Named> {
        let name = references(node)
            .find_map(|reference| self.object(&reference))?
            .name;
        let list = child(node, SyntaxKind::COLUMN_REF_LIST);
        let columns = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::COLUMN_NAME_REF));
        Some(Named {
            columns: columns
                .map(|column| (folded(&column), self.range(&column)))
                .collect(),
            ..plain(kind, name)
        })
    }

    /// The columns that stand alone among the items of an index: not those in expressions.
    pub(super) fn index_columns(self, list: &SyntaxNode, into: &mut Named) {
        for item in children(list, SyntaxKind::PARTITION_ITEM) {
            let holder = child(&item, SyntaxKind::COLLATE).unwrap_or(item);
            let first = holder
                .children()
                .find(|child| is_expression(child.kind()))
                .filter(|first| first.kind() == SyntaxKind::NAME_REF);
            if let Some(column) = first {
                into.columns.push((folded(&column), self.range(&column)));
            }
        }
    }

    /// The roles that a list names.
    pub(super) fn roles(self, list: &SyntaxNode) -> impl Iterator<Item = Named> {
        children(list, SyntaxKind::ROLE_REF)
            .filter_map(move |role| self.role(&role))
            .map(|role| plain("role", role))
    }
}

/// An object of which only its name is known.
pub(super) fn plain(kind: &'static str, name: Name) -> Named {
    Named {
        kind: SmolStr::new_static(kind),
        name,
        arguments: None,
        on: None,
        columns: Vec::new(),
        if_exists: false,
    }
}

/// The references right below, or in a list of signatures below.
pub(super) fn references(node: &SyntaxNode) -> impl Iterator<Item = SyntaxNode> + use<> {
    let lists = [
        SyntaxKind::FUNCTION_SIG_LIST,
        SyntaxKind::PROCEDURE_SIG_LIST,
        SyntaxKind::ROUTINE_SIG_LIST,
        SyntaxKind::OP_SIG_LIST,
    ];
    node.children()
        .flat_map(move |child| {
            if lists.contains(&child.kind()) {
                child.children().collect::<Vec<_>>()
            } else {
                vec![child]
            }
        })
        .filter(|child| kind_of(child.kind()).is_some())
}

/// The kind of what hangs on a relation or domain.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
pub(super) fn attached_kind(kind: SyntaxKind) -> Option<&'static str> {
    match kind {
        SyntaxKind::TRIGGER_REF => Some("trigger"),
        SyntaxKind::RULE_REF => Some("rule"),
        SyntaxKind::POLICY_REF => Some("policy"),
        SyntaxKind::CONSTRAINT_NAME_REF => Some("constraint"),
        _ => None,
    }
}

/// The kind of object that a reference of that kind is to.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
pub(super) fn kind_of(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::ACCESS_METHOD_REF => "access method",
        SyntaxKind::AGGREGATE => "aggregate",
        SyntaxKind::CAST_SIG => "cast",
        SyntaxKind::COLLATION_REF => "collation",
        SyntaxKind::CONVERSION_REF => "conversion",
        SyntaxKind::DATABASE_REF => "database",
        SyntaxKind::DOMAIN_REF => "domain",
        SyntaxKind::EVENT_TRIGGER_REF => "event trigger",
        SyntaxKind::EXTENSION_REF => "extension",
        SyntaxKind::FOREIGN_DATA_WRAPPER_REF => "foreign data wrapper",
        SyntaxKind::FUNCTION_SIG => "function",
        SyntaxKind::INDEX_REF => "index",
        SyntaxKind::LANGUAGE_REF => "language",
        SyntaxKind::OP_CLASS_REF => "operator class",
        SyntaxKind::OP_FAMILY_REF => "operator family",
        SyntaxKind::OP_SIG => "operator",
        SyntaxKind::PROCEDURE_SIG => "procedure",
        SyntaxKind::PROPERTY_GRAPH_REF => "property graph",
        SyntaxKind::PUBLICATION_REF => "publication",
        SyntaxKind::RELATION_NAME_REF | SyntaxKind::RELATION_NAME => "relation",
        SyntaxKind::ROLE_REF => "role",
        SyntaxKind::ROUTINE_SIG => "routine",
        SyntaxKind::SCHEMA_REF => "schema",
        SyntaxKind::SEQUENCE_REF => "sequence",
        SyntaxKind::SERVER_REF => "server",
        SyntaxKind::STATISTICS_REF => "statistics",
        SyntaxKind::SUBSCRIPTION_REF => "subscription",
        SyntaxKind::TABLE_NAME_REF | SyntaxKind::TABLE_RELATION_NAME => "table",
        SyntaxKind::TABLESPACE_REF => "tablespace",
        SyntaxKind::TEXT_SEARCH_CONFIGURATION_REF => "text search configuration",
        SyntaxKind::TEXT_SEARCH_DICTIONARY_REF => "text search dictionary",
        SyntaxKind::TEXT_SEARCH_PARSER_REF => "text search parser",
        SyntaxKind::TEXT_SEARCH_TEMPLATE_REF => "text search template",
        SyntaxKind::TYPE_NAME_REF => "type",
        SyntaxKind::VIEW_REF => "view",
        _ => return None,
    })
}
