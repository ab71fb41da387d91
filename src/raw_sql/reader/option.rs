//! Statements that make something of options in parentheses, and `truncate`.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, elements, folded, has_token};
use super::definition::written;
use super::named::plain;
use crate::tree::Name;
use crate::tree::definition::{Choice, Definition, Options, Truncate};

impl Reader {
    /// The options of the attribute list that is a child of `node`.
    pub(super) fn choices(self, node: &SyntaxNode) -> Vec<Choice> {
        let list = child(node, SyntaxKind::ATTRIBUTE_LIST);
        let options = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::ATTRIBUTE_OPTION));
        options
            .filter_map(|option| {
                let value = child(&option, SyntaxKind::ATTRIBUTE_VALUE);
                Some(Choice {
                    name: folded(&child(&option, SyntaxKind::ATTRIBUTE_NAME)?),
                    value: written(value.as_ref()),
                    range: self.range(&option),
                })
            })
            .collect()
    }

    pub(super) fn collation(self, node: &SyntaxNode) -> Option<Definition> {
        let options = match child(node, SyntaxKind::COLLATION_FROM) {
            Some(from) => {
                let source = child(&from, SyntaxKind::COLLATION_REF)?;
                vec![Choice {
                    name: SmolStr::new_static("from"),
                    value: written(Some(&source)),
                    range: self.range(&source),
                }]
            }
            None => self.choices(node),
        };
        Some(Definition::Options(Box::new(Options {
            kind: SmolStr::new_static("collation"),
            name: self.defined(node, SyntaxKind::COLLATION)?,
            names: Vec::new(),
            options,
        })))
    }

    pub(super) fn operator_made(self, node: &SyntaxNode) -> Option<Definition> {
        let operator = child(node, SyntaxKind::OP)?;
        let mut name = self.name(&operator);
        let sign = elements(&operator).filter(|it| it.kind() != SyntaxKind::PATH_REF);
        let sign: String = sign.map(|it| it.to_string()).collect();
        name.parts.push(sign.into());
        Some(Definition::Options(Box::new(Options {
            kind: SmolStr::new_static("operator"),
            name,
            names: Vec::new(),
            options: self.choices(node),
        })))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    /// The schemas that the elements of a `create schema` name.
    pub(super) fn schema_elements(self, node: &SyntaxNode) -> Option<Definition> {
        let name = child(node, SyntaxKind::NAMED_SCHEMA)
            .and_then(|it| self.defined(&it, SyntaxKind::SCHEMA))
            .or_else(|| {
                let role = child(node, SyntaxKind::AUTHORIZATION_SCHEMA)?;
                let name = self.defined(&role, SyntaxKind::ROLE)?;
                // Nobody knows who that will be.
                let words = ["current_role", "current_user", "session_user"];
                let is_word =
                    matches!(name.parts.as_slice(), [one] if words.contains(&one.as_str()));
                (!is_word).then_some(name)
            })?;
        let elements = node.children().filter_map(|element| {
            let (of, kind) = match element.kind() {
                SyntaxKind::CREATE_VIEW => (element.clone(), SyntaxKind::VIEW),
                SyntaxKind::CREATE_TABLE => (element.clone(), SyntaxKind::TABLE_NAME),
                SyntaxKind::CREATE_SEQUENCE => (element.clone(), SyntaxKind::SEQUENCE),
                SyntaxKind::CREATE_TRIGGER => (
                    child(&element, SyntaxKind::ON_RELATION)?,
                    SyntaxKind::RELATION_NAME_REF,
                ),
                SyntaxKind::CREATE_INDEX => (
                    child(&element, SyntaxKind::TABLE_RELATION_NAME)?,
                    SyntaxKind::TABLE_NAME_REF,
                ),
                _ => return None,
            };
            let found = self.defined(&of, kind)?;
            let [namespace, _] = found.parts.as_slice() else {
                return None;
            };
            Some(Choice {
                name: namespace.clone(),
                value: SmolStr::default(),
                range: found.range,
            })
        });
        let options: Vec<Choice> = elements.collect();
        (!options.is_empty()).then(|| {
            Definition::Options(Box::new(Options {
                kind: SmolStr::new_static("schema"),
                name,
                names: Vec::new(),
                options,
            }))
        })
    }

    pub(super) fn truncate(self, node: &SyntaxNode) -> Option<Definition> {
        let list = child(node, SyntaxKind::TABLE_LIST)?;
        let tables = children(&list, SyntaxKind::TABLE_RELATION_NAME).map(|table| {
            let name: Name = self.object(&table)?.name;
            let is_only = has_token(&table, SyntaxKind::ONLY_KW);
            Some((plain("relation", name), is_only))
        });
        Some(Definition::Truncate(Truncate {
            tables: tables.collect::<Option<_>>()?,
            cascade: child(node, SyntaxKind::CASCADE).is_some(),
        }))
    }
}
