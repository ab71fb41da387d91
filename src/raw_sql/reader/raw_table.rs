//! `create table`, as far as its clauses exclude each other.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, folded};
use super::definition::type_of;
use crate::tree::definition::{ColumnSource, Definition, RawColumn, RawTable};

impl Reader {
    pub(super) fn raw_table(self, node: &SyntaxNode) -> Option<Definition> {
        let list = child(node, SyntaxKind::TABLE_ARG_LIST);
        let columns = list
            .iter()
            .flat_map(|list| children(list, SyntaxKind::COLUMN));
        let of_type = child(node, SyntaxKind::OF_TYPE).and_then(|of| type_of(&of));
        let partition_of = match child(node, SyntaxKind::PARTITION_OF) {
            Some(parent) => Some(self.defined(&parent, SyntaxKind::TABLE_NAME_REF)?),
            None => None,
        };
        let method = match child(node, SyntaxKind::USING_METHOD) {
            Some(method) => Some(self.defined(&method, SyntaxKind::ACCESS_METHOD_REF)?),
            None => None,
        };
        let updates = node
            .descendants()
            .filter(|it| it.kind() == SyntaxKind::ON_UPDATE_ACTION);
        let update_lists = updates.filter_map(|action| {
            let below = action.descendants();
            let mut lists = below.filter(|it| it.kind() == SyntaxKind::COLUMN_REF_LIST);
            lists.next().map(|list| self.range(&list))
        });
        Some(Definition::Table(Box::new(RawTable {
            name: self.defined(node, SyntaxKind::TABLE_NAME)?,
            if_not_exists: child(node, SyntaxKind::IF_NOT_EXISTS).is_some(),
            temporary: child(node, SyntaxKind::TEMP).is_some(),
            columns: columns
                .map(|column| self.raw_column(&column))
                .collect::<Option<_>>()?,
            of_type: of_type.map(|it| self.type_name(&it)),
            partition_of,
            partitioned: child(node, SyntaxKind::PARTITION_BY).is_some(),
            method,
            update_lists: update_lists.collect(),
        })))
    }

    fn raw_column(self, node: &SyntaxNode) -> Option<RawColumn> {
        let name = child(node, SyntaxKind::COLUMN_NAME)?;
        let compression = child(node, SyntaxKind::COMPRESSION_METHOD)
            .and_then(|it| child(&it, SyntaxKind::COMPRESSION_METHOD_NAME));
        let sources = node
            .children()
            .filter_map(|it| Some((source(&it)?, self.range(&it))));
        Some(RawColumn {
            name: folded(&name),
            range: self.range(&name),
            sql_type: type_of(node).map(|it| self.type_name(&it)),
            compression: compression.map(|it| (folded(&it), self.range(&it))),
            sources: sources.collect(),
        })
    }
}

fn source(node: &SyntaxNode) -> Option<ColumnSource> {
    if node.kind() == SyntaxKind::DEFAULT_CONSTRAINT {
        return Some(ColumnSource::Default);
    }
    if node.kind() != SyntaxKind::GENERATED_CONSTRAINT {
        return None;
    }
    Some(match child(node, SyntaxKind::GENERATED_STORED) {
        None => ColumnSource::Identity,
        Some(it) if child(&it, SyntaxKind::GENERATED_BY_DEFAULT).is_some() => {
            ColumnSource::GeneratedByDefault
        }
        Some(_) => ColumnSource::Generated,
    })
}
