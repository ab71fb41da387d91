//! Access methods, event triggers, and what is foreign: wrappers, servers, user mappings and tables.

use smol_str::{SmolStr, format_smolstr};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::atom::path;
use super::cst::{Reader, child, children, folded};
use super::definition::{literal_text, written};
use super::named::plain;
use crate::tree::Name;
use crate::tree::definition::{Choice, Definition, EventFilter, EventTrigger, Options};

impl Reader {
    pub(super) fn access_method(self, node: &SyntaxNode) -> Option<Definition> {
        let clause = child(node, SyntaxKind::HANDLER_CLAUSE)?;
        let function = child(&clause, SyntaxKind::FUNCTION_NAME_REF)?;
        let is_index = child(node, SyntaxKind::ACCESS_METHOD_TYPE_INDEX).is_some();
        let kind = if is_index { "index" } else { "table" };
        Some(Definition::Options(Box::new(Options {
            kind: SmolStr::new_static("access method"),
            name: self.defined(node, SyntaxKind::ACCESS_METHOD)?,
            names: Vec::new(),
            options: vec![self.choice(kind, &function)],
        })))
    }

    /// What is foreign; not read where it need not be made.
    pub(super) fn foreign(self, node: &SyntaxNode) -> Option<Definition> {
        if child(node, SyntaxKind::IF_NOT_EXISTS).is_some() {
            return None;
        }
        let (kind, name) = [
            ("foreign data wrapper", SyntaxKind::FOREIGN_DATA_WRAPPER),
            ("server", SyntaxKind::SERVER),
            ("foreign table", SyntaxKind::TABLE_NAME),
            ("user mapping", SyntaxKind::USER_MAPPING_ROLE),
        ]
        .into_iter()
        .find_map(|(kind, name)| Some((kind, child(node, name)?)))?;
        let mut names = Vec::new();
        if let Some(wrapper) = child(node, SyntaxKind::FOREIGN_DATA_WRAPPER_REF) {
            names.push(plain("foreign data wrapper", self.whole_name(&wrapper)?));
        }
        if let Some(clause) = child(node, SyntaxKind::SERVER_CLAUSE) {
            names.push(plain(
                "server",
                self.defined(&clause, SyntaxKind::SERVER_REF)?,
            ));
        }
        let mut options = match child(node, SyntaxKind::FDW_OPTION_LIST) {
            Some(list) => self.handlers(&list),
            None => Vec::new(),
        };
        let lists = node
            .descendants()
            .filter(|it| it.kind() == SyntaxKind::ALTER_OPTION_LIST);
        for (at, list) in lists.enumerate() {
            options.extend(self.foreign_options(&list, at + 1));
        }
        if kind == "foreign table" {
            let below = node.descendants();
            options.extend(below.filter_map(|it| {
                let word = constraint(it.kind())?;
                Some(Choice {
                    name: SmolStr::new_static("constraint"),
                    value: SmolStr::new_static(word),
                    range: self.range(&it),
                })
            }));
        }
        Some(Definition::Options(Box::new(Options {
            kind: SmolStr::new_static(kind),
            name: Name {
                parts: vec![folded(&name)],
                range: self.range(&name),
            },
            names,
            options,
        })))
    }

    /// The functions of a foreign data wrapper, and what its options add.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn handlers(self, list: &SyntaxNode) -> Vec<Choice> {
        let mut all = Vec::new();
        for option in list.children() {
            match option.kind() {
                SyntaxKind::OPTION_HANDLER | SyntaxKind::OPTION_NO_HANDLER => {
                    all.push(self.choice("handler", &option));
                }
                SyntaxKind::OPTION_VALIDATOR | SyntaxKind::OPTION_NO_VALIDATOR => {
                    all.push(self.choice("validator", &option));
                }
                // What an `alter` sets and drops in turn may come twice.
                SyntaxKind::OPTION_ALTER_OPTION_LIST
                    if children(&option, SyntaxKind::DROP_FOREIGN_OPTION)
                        .next()
                        .is_none() =>
                {
                    all.extend(self.foreign_options(&option, 0));
                }
                _ => {}
            }
        }
        all
    }

    /// The options that a list adds.
    fn foreign_options(self, list: &SyntaxNode, number: usize) -> Vec<Choice> {
        children(list, SyntaxKind::ADD_FOREIGN_OPTION)
            .filter_map(|option| {
                let name = folded(&child(&option, SyntaxKind::FOREIGN_OPTION_NAME)?);
                Some(Choice {
                    name: SmolStr::new_static("option"),
                    value: format_smolstr!("{number} {name}"),
                    range: self.range(&option),
                })
            })
            .collect()
    }

    /// A choice whose value is a function, or nothing.
    fn choice(self, name: &'static str, node: &SyntaxNode) -> Choice {
        let function = if node.kind() == SyntaxKind::FUNCTION_NAME_REF {
            Some(node.clone())
        } else {
            child(node, SyntaxKind::FUNCTION_NAME_REF)
        };
        Choice {
            name: SmolStr::new_static(name),
            value: written(function.as_ref()),
            range: self.range(node),
        }
    }

    pub(super) fn event_trigger(self, node: &SyntaxNode) -> Option<Definition> {
        let event = child(node, SyntaxKind::EVENT_TRIGGER_EVENT)?;
        let call = child(node, SyntaxKind::CALL_EXPR)?;
        let function = call.children().next()?;
        let conditions = node
            .descendants()
            .filter(|it| it.kind() == SyntaxKind::EVENT_TRIGGER_WHEN);
        let filters = conditions.map(|condition| {
            let variable = child(&condition, SyntaxKind::EVENT_TRIGGER_FILTER_VARIABLE)?;
            let values = children(&condition, SyntaxKind::LITERAL)
                .map(|value| Some((literal_text(&value)?, self.range(&value))));
            Some(EventFilter {
                variable: folded(&variable),
                range: self.range(&variable),
                values: values.collect::<Option<_>>()?,
            })
        });
        Some(Definition::EventTrigger(Box::new(EventTrigger {
            name: self.defined(node, SyntaxKind::EVENT_TRIGGER)?,
            event: (folded(&event), self.range(&event)),
            filters: filters.collect::<Option<_>>()?,
            function: Name {
                parts: path(&function)?,
                range: self.range(&function),
            },
            arguments: child(&call, SyntaxKind::ARG_LIST)
                .is_some_and(|list| list.children().next().is_some()),
        })))
    }
}

/// The constraints that no foreign table has.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn constraint(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::PRIMARY_KEY_CONSTRAINT => "primary key",
        SyntaxKind::UNIQUE_CONSTRAINT => "unique constraint",
        SyntaxKind::REFERENCES_CONSTRAINT | SyntaxKind::FOREIGN_KEY_CONSTRAINT => "foreign key",
        SyntaxKind::EXCLUDE_CONSTRAINT => "exclusion constraint",
        _ => return None,
    })
}
