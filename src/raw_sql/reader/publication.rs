//! `create publication` and `alter publication`.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, has_token};
use super::named::plain;
use crate::tree::Name;
use crate::tree::definition::{Definition, Publication, PublicationChange, Published};

impl Reader {
    pub(super) fn publication(self, node: &SyntaxNode) -> Option<Definition> {
        let objects = child(node, SyntaxKind::FOR_PUBLICATION_OBJECTS);
        let options = child(node, SyntaxKind::WITH_PARAMS);
        Some(Definition::Publication(Box::new(Publication {
            name: self.defined(node, SyntaxKind::PUBLICATION)?,
            change: PublicationChange::Create,
            all_tables: child(node, SyntaxKind::FOR_ALL_PUBLICATION_OBJECTS).is_some(),
            objects: match objects {
                Some(objects) => self.published(&objects)?,
                None => Vec::new(),
            },
            options: options.map_or_else(Vec::new, |options| self.choices(&options)),
        })))
    }

    /// `alter publication`; where it changes the owner or the name, it only names the publication.
    pub(super) fn alter_publication(self, node: &SyntaxNode) -> Option<Definition> {
        let (change, action) = [
            (PublicationChange::Add, SyntaxKind::ADD_PUBLICATION_OBJECTS),
            (PublicationChange::Set, SyntaxKind::SET_PUBLICATION_OBJECTS),
            (PublicationChange::Set, SyntaxKind::SET_OPTIONS),
            (
                PublicationChange::Drop,
                SyntaxKind::DROP_PUBLICATION_OBJECTS,
            ),
        ]
        .into_iter()
        .find_map(|(change, action)| Some((change, child(node, action)?)))
        .map_or((PublicationChange::Set, None), |(change, action)| {
            (change, Some(action))
        });
        let Some(action) = action else {
            return self.names(node).map(Definition::Names);
        };
        Some(Definition::Publication(Box::new(Publication {
            name: self.defined(node, SyntaxKind::PUBLICATION_REF)?,
            change,
            all_tables: false,
            objects: self.published(&action)?,
            options: self.choices(&action),
        })))
    }

    /// Tables and schemas. One without a word of its own is what the one before it is; the parser takes it for a table.
    fn published(self, node: &SyntaxNode) -> Option<Vec<Published>> {
        let mut kind = None;
        let mut all = Vec::new();
        for item in node.children() {
            let filter = child(&item, SyntaxKind::WHERE_CONDITION_CLAUSE)
                .and_then(|clause| self.first_expression(&clause));
            if item.kind() == SyntaxKind::PUBLICATION_OBJECT_TABLE {
                if has_token(&item, SyntaxKind::TABLE_KW) {
                    kind = Some("table");
                }
                all.push(Published {
                    named: self.with_columns(kind.unwrap_or("table"), &item)?,
                    bare: kind.is_none(),
                    listed: child(&item, SyntaxKind::COLUMN_REF_LIST).is_some(),
                    filter,
                });
                continue;
            }
            let is_bare = item.kind() == SyntaxKind::PUBLICATION_OBJECT_CURRENT_SCHEMA;
            if item.kind() == SyntaxKind::PUBLICATION_OBJECT_TABLES_IN_SCHEMA {
                kind = Some("schema");
            } else if !is_bare {
                continue;
            }
            let parts: Vec<SmolStr> = match child(&item, SyntaxKind::SCHEMA_REF) {
                Some(schema) => self.whole_name(&schema)?.parts,
                None => Vec::new(),
            };
            let name = Name {
                parts,
                range: self.range(&item),
            };
            all.push(Published {
                named: plain(kind.unwrap_or("schema"), name),
                bare: is_bare && kind.is_none(),
                listed: false,
                filter,
            });
        }
        Some(all)
    }
}
