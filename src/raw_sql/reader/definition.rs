//! Statements that define objects: what they are, and those that hold a query.

use smol_str::SmolStr;
use squawk_syntax::ast::{self, AstNode as _};
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded, has_token, is_query, named, spaced, tokens};
use super::query::columns;
use crate::tree::definition::{Definition, Options, TableAs, View};
use crate::tree::{Body, Into, Name, Query, TypeName};

impl Reader {
    /// A statement that is no query and changes no rows.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn define(self, node: &SyntaxNode) -> Definition {
        if is_broken(node) {
            return Definition::Opaque;
        }
        let definition = match node.kind() {
            SyntaxKind::CREATE_VIEW | SyntaxKind::CREATE_MATERIALIZED_VIEW => {
                self.view(node).map(|view| Definition::View(Box::new(view)))
            }
            SyntaxKind::CREATE_TABLE_AS => self
                .table_as(node)
                .map(|table| Definition::TableAs(Box::new(table))),
            SyntaxKind::CREATE_FUNCTION | SyntaxKind::CREATE_PROCEDURE => self
                .function(node)
                .map(|function| Definition::Function(Box::new(function))),
            SyntaxKind::CREATE_AGGREGATE => self
                .aggregate(node)
                .map(|function| Definition::Function(Box::new(function))),
            SyntaxKind::CREATE_TRIGGER => self
                .trigger(node)
                .map(|trigger| Definition::Trigger(Box::new(trigger))),
            SyntaxKind::CREATE_POLICY => self
                .policy(node)
                .map(|policy| Definition::Policy(Box::new(policy))),
            SyntaxKind::ALTER_POLICY => self.alter_policy(node),
            SyntaxKind::CREATE_RULE => self.rule(node).map(|rule| Definition::Rule(Box::new(rule))),
            SyntaxKind::CREATE_STATISTICS => self.statistics(node),
            SyntaxKind::CREATE_TYPE => self.range_type(node),
            SyntaxKind::CREATE_COLLATION => self.collation(node),
            SyntaxKind::CREATE_OPERATOR => self.operator_made(node),
            SyntaxKind::TRUNCATE => self.truncate(node),
            SyntaxKind::CREATE_TABLE => self.raw_table(node),
            SyntaxKind::CREATE_SCHEMA => self.schema_elements(node),
            SyntaxKind::CREATE_ACCESS_METHOD => self.access_method(node),
            SyntaxKind::CREATE_FOREIGN_DATA_WRAPPER
            | SyntaxKind::CREATE_SERVER
            | SyntaxKind::CREATE_USER_MAPPING
            | SyntaxKind::CREATE_FOREIGN_TABLE => self.foreign(node),
            SyntaxKind::CREATE_EVENT_TRIGGER => self.event_trigger(node),
            SyntaxKind::CREATE_PUBLICATION => self.publication(node),
            SyntaxKind::ALTER_PUBLICATION => self.alter_publication(node),
            kind if is_query(kind) => self
                .select_into(node)
                .map(|table| Definition::TableAs(Box::new(table))),
            _ => self
                .removal(node)
                .map(Definition::Drop)
                .or_else(|| self.names(node).map(|names| self.alteration(node, names))),
        };
        definition.unwrap_or(Definition::Opaque)
    }

    fn view(self, node: &SyntaxNode) -> Option<View> {
        Some(View {
            name: self.defined(node, SyntaxKind::VIEW)?,
            columns: columns(node),
            query: self.inner_query(node)?,
            or_replace: child(node, SyntaxKind::OR_REPLACE).is_some(),
            if_not_exists: child(node, SyntaxKind::IF_NOT_EXISTS).is_some(),
            temporary: child(node, SyntaxKind::TEMP).is_some(),
            materialized: has_token(node, SyntaxKind::MATERIALIZED_KW),
            recursive: has_token(node, SyntaxKind::RECURSIVE_KW),
        })
    }

    fn table_as(self, node: &SyntaxNode) -> Option<TableAs> {
        let query = match child(node, SyntaxKind::EXECUTE) {
            Some(_) => None,
            None => Some(self.inner_query(node)?),
        };
        let list = child(node, SyntaxKind::TABLE_ARG_LIST);
        let columns = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::COLUMN));
        Some(TableAs {
            name: self.defined(node, SyntaxKind::TABLE_NAME)?,
            columns: columns
                .map(|column| named(&column, SyntaxKind::COLUMN_NAME))
                .collect::<Option<_>>()?,
            query,
            if_not_exists: child(node, SyntaxKind::IF_NOT_EXISTS).is_some(),
            temporary: child(node, SyntaxKind::TEMP).is_some(),
            unlogged: child(node, SyntaxKind::UNLOGGED).is_some(),
        })
    }

    /// `select … into`. In a set operation the `into` stands in the first query.
    fn select_into(self, node: &SyntaxNode) -> Option<TableAs> {
        let clause = node
            .descendants()
            .find(|node| node.kind() == SyntaxKind::INTO_CLAUSE)?;
        let mut query = self.query(node);
        let Into { name, temporary } = take_into(&mut query)?;
        Some(TableAs {
            name,
            columns: Vec::new(),
            query: Some(query),
            if_not_exists: false,
            temporary,
            unlogged: child(&clause, SyntaxKind::UNLOGGED).is_some(),
        })
    }

    fn statistics(self, node: &SyntaxNode) -> Option<Definition> {
        let table = child(node, SyntaxKind::FROM_TABLE)?;
        Some(Definition::Statistics {
            name: self.defined(node, SyntaxKind::STATISTICS),
            if_not_exists: child(node, SyntaxKind::IF_NOT_EXISTS).is_some(),
            table: self.defined(&table, SyntaxKind::TABLE_NAME_REF)?,
            kinds: child(node, SyntaxKind::STAT_TYPES)
                .iter()
                .flat_map(|list| children(list, SyntaxKind::STATISTICS_KIND))
                .map(|kind| (folded(&kind), self.range(&kind)))
                .collect(),
            values: self.expressions(&child(node, SyntaxKind::STATISTICS_ON_CLAUSE)?),
        })
    }

    /// `create type` of a range, a base type or a shell; other types are read elsewhere.
    fn range_type(self, node: &SyntaxNode) -> Option<Definition> {
        let name = self.defined(node, SyntaxKind::TYPE_NAME)?;
        if let Some(base) = child(node, SyntaxKind::BASE_TYPE) {
            return Some(Definition::Options(Box::new(Options {
                kind: SmolStr::new_static("type"),
                name,
                names: Vec::new(),
                options: self.choices(&base),
            })));
        }
        let Some(list) = child(node, SyntaxKind::RANGE_TYPE) else {
            let is_alone = node.children().count() == 1;
            return is_alone.then_some(Definition::Shell(name));
        };
        let difference = self.choices(&list);
        let difference = difference.into_iter().rfind(|it| it.name == "subtype_diff");
        let options = attributes(&list);
        let option = |wanted: &str| {
            let (_, value) = options.iter().find(|(name, _)| name == wanted)?;
            value.as_ref()
        };
        let multirange = match option("multirange_type_name") {
            Some(value) => Some(self.value_name(value)?),
            None => None,
        };
        Some(Definition::Range {
            name,
            subtype: self.value_type(option("subtype")?)?,
            multirange,
            difference,
        })
    }

    /// The name in the child of that kind.
    pub(super) fn defined(self, node: &SyntaxNode, kind: SyntaxKind) -> Option<Name> {
        self.whole_name(&child(node, kind)?)
    }

    /// The name that all of `node` is, with or without a path in it; absent if it is not there.
    pub(super) fn whole_name(self, node: &SyntaxNode) -> Option<Name> {
        let mut name = self.name(node);
        if name.parts.is_empty() {
            name.parts.push(folded(node));
        }
        name.parts
            .iter()
            .all(|part| !part.is_empty())
            .then_some(name)
    }

    fn inner_query(self, node: &SyntaxNode) -> Option<Query> {
        let query = node.children().find(|child| is_query(child.kind()))?;
        Some(self.query(&query))
    }

    /// The type that is the value of an option; a string names one of a single part.
    pub(super) fn value_type(self, value: &SyntaxNode) -> Option<TypeName> {
        if let Some(sql_type) = type_of(value) {
            return Some(self.type_name(&sql_type));
        }
        let text = literal_text(&child(value, SyntaxKind::LITERAL)?)?;
        let text = format!("\"{}\"", text.replace('"', "\"\""));
        Some(TypeName {
            text: text.into(),
            set_of: false,
            range: self.range(value),
        })
    }

    /// The name that is the value of an option.
    fn value_name(self, value: &SyntaxNode) -> Option<Name> {
        if type_of(value).is_some() {
            return self.whole_name(value);
        }
        Some(Name {
            parts: vec![literal_text(&child(value, SyntaxKind::LITERAL)?)?],
            range: self.range(value),
        })
    }
}

/// Takes the `into` out of the first `select`.
fn take_into(query: &mut Query) -> Option<Into> {
    let mut body = &mut query.body;
    loop {
        body = match body {
            Body::Select(select) => return select.into.take(),
            Body::Set { left, .. } => &mut left.body,
            Body::Nested(inner) => &mut inner.body,
            Body::Values(_) | Body::Table(_) | Body::Opaque => return None,
        };
    }
}

/// Whether the parser skipped anything in it or right behind it, before its semicolon.
fn is_broken(node: &SyntaxNode) -> bool {
    let is_error = |node: &SyntaxNode| node.kind() == SyntaxKind::ERROR;
    let ends = tokens(node)
        .last()
        .is_some_and(|last| last.kind() == SyntaxKind::SEMICOLON);
    let is_cut = !ends && node.next_sibling().is_some_and(|next| is_error(&next));
    is_cut || node.descendants().any(|node| is_error(&node))
}

/// The options of the attribute list that is a child of `node`, with their values where they have any.
pub(super) fn attributes(node: &SyntaxNode) -> Vec<(SmolStr, Option<SyntaxNode>)> {
    let Some(list) = child(node, SyntaxKind::ATTRIBUTE_LIST) else {
        return Vec::new();
    };
    children(&list, SyntaxKind::ATTRIBUTE_OPTION)
        .filter_map(|option| {
            let name = child(&option, SyntaxKind::ATTRIBUTE_NAME)?;
            Some((folded(&name), child(&option, SyntaxKind::ATTRIBUTE_VALUE)))
        })
        .collect()
}

/// What the value of an option says, as it is written.
pub(super) fn written(value: Option<&SyntaxNode>) -> SmolStr {
    value.map_or_else(SmolStr::default, |value| spaced(value, |_| true))
}

/// The first child that is a type.
pub(super) fn type_of(node: &SyntaxNode) -> Option<SyntaxNode> {
    node.children().find(|child| is_type(child.kind()))
}

pub(super) fn is_type(kind: SyntaxKind) -> bool {
    ast::Type::can_cast(kind) || kind == SyntaxKind::PERCENT_TYPE
}

/// The text of a string constant, without quotes and escapes.
pub(super) fn literal_text(node: &SyntaxNode) -> Option<SmolStr> {
    let text = ast::Literal::cast(node.clone())?.string_value()?;
    Some(text.into())
}
