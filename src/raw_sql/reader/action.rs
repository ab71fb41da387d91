//! What an `alter` does to what it is about, as far as somebody judges it.

use smol_str::SmolStr;
use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::cst::{Reader, child, children, elements, folded, has_token};
use super::definition::type_of;
use crate::tree::definition::{Action, Alter, Definition, Named};

impl Reader {
    /// A statement that names objects, with what it does to them where that is read.
    pub(super) fn alteration(self, node: &SyntaxNode, names: Vec<Named>) -> Definition {
        let mut actions = Vec::new();
        for child in node.children() {
            if child.kind() == SyntaxKind::ALTER_TYPE_ATTRIBUTE_ACTION_LIST {
                actions.extend(child.children().filter_map(|it| self.action(&it)));
            } else {
                actions.extend(self.action(&child));
            }
        }
        if matches!(node.kind(), SyntaxKind::GRANT | SyntaxKind::REVOKE) {
            actions.extend(self.grant(node));
        }
        if node.kind() == SyntaxKind::REFRESH
            && has_token(node, SyntaxKind::CONCURRENTLY_KW)
            && let Some(clause) = child(node, SyntaxKind::WITH_NO_DATA)
        {
            actions.push(Action::Contradiction(self.range(&clause)));
        }
        if node.kind() == SyntaxKind::ALTER_DOMAIN && adds_rule(node) {
            actions.push(Action::DomainRule);
        }
        if actions.is_empty() {
            return Definition::Names(names);
        }
        Definition::Alter(Box::new(Alter { names, actions }))
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    fn action(self, node: &SyntaxNode) -> Option<Action> {
        Some(match node.kind() {
            SyntaxKind::INHERIT_TABLE => {
                Action::Inherit(self.defined(node, SyntaxKind::TABLE_NAME_REF)?)
            }
            SyntaxKind::NO_INHERIT_TABLE => {
                Action::NoInherit(self.defined(node, SyntaxKind::TABLE_NAME_REF)?)
            }
            SyntaxKind::OF_TYPE => Action::OfType(self.type_name(&type_of(node)?)),
            SyntaxKind::SET_LOGGED => Action::SetLogged(true),
            SyntaxKind::SET_UNLOGGED => Action::SetLogged(false),
            SyntaxKind::REPLICA_IDENTITY => {
                let index = child(node, SyntaxKind::USING_INDEX_NAME)?;
                Action::ReplicaIdentity(self.defined(&index, SyntaxKind::INDEX_REF)?)
            }
            SyntaxKind::CLUSTER_ON => {
                Action::Cluster(Some(self.defined(node, SyntaxKind::INDEX_REF)?))
            }
            SyntaxKind::SET_WITHOUT_CLUSTER => Action::Cluster(None),
            SyntaxKind::ATTACH_INDEX_PARTITION => {
                Action::AttachIndex(self.defined(node, SyntaxKind::INDEX_REF)?)
            }
            SyntaxKind::ALTER_SET_STATISTICS => self.index_statistics(node)?,
            SyntaxKind::SET_OPTIONS => Action::Set(self.choices(node)),
            SyntaxKind::FDW_OPTION_LIST => Action::Handlers(self.handlers(node)),
            SyntaxKind::POLICY_RENAME_TO => self.rename(node, SyntaxKind::POLICY)?,
            SyntaxKind::RULE_RENAME_TO => self.rename(node, SyntaxKind::RULE)?,
            SyntaxKind::TRIGGER_RENAME_TO => self.rename(node, SyntaxKind::TRIGGER)?,
            SyntaxKind::RENAME_COLUMN => self.rename_only(node, SyntaxKind::COLUMN_NAME_REF)?,
            SyntaxKind::RENAME_CONSTRAINT => {
                self.rename_only(node, SyntaxKind::CONSTRAINT_NAME_REF)?
            }
            SyntaxKind::ALTER_CONSTRAINT => self.alter_constraint(node),
            SyntaxKind::RESET_OPTIONS => {
                let list = child(node, SyntaxKind::ATTRIBUTE_LIST)?;
                let given = children(&list, SyntaxKind::ATTRIBUTE_OPTION)
                    .find(|it| child(it, SyntaxKind::ATTRIBUTE_VALUE).is_some())?;
                Action::ResetValue(self.range(&given))
            }
            SyntaxKind::ADD_ATTRIBUTE => Action::AddAttribute {
                name: folded(&child(node, SyntaxKind::COMPOSITE_FIELD)?),
                sql_type: self.type_name(&type_of(node)?),
                cascade: child(node, SyntaxKind::CASCADE).is_some(),
            },
            SyntaxKind::DROP_ATTRIBUTE => Action::DropAttribute {
                name: folded(&child(node, SyntaxKind::COMPOSITE_FIELD_REF)?),
                if_exists: child(node, SyntaxKind::IF_EXISTS).is_some(),
                cascade: child(node, SyntaxKind::CASCADE).is_some(),
            },
            SyntaxKind::ALTER_ATTRIBUTE => Action::AlterAttribute {
                name: folded(&child(node, SyntaxKind::COMPOSITE_FIELD_REF)?),
                sql_type: self.type_name(&type_of(node)?),
                cascade: child(node, SyntaxKind::CASCADE).is_some(),
            },
            _ => return None,
        })
    }

    fn rename(self, node: &SyntaxNode, name: SyntaxKind) -> Option<Action> {
        let name = child(node, name)?;
        Some(Action::Rename(folded(&name), self.range(&name)))
    }

    /// A column or constraint that `only` one table renames.
    fn rename_only(self, node: &SyntaxNode, name: SyntaxKind) -> Option<Action> {
        let table = child(&node.parent()?, SyntaxKind::TABLE_RELATION_NAME)?;
        let renamed = child(node, name).filter(|_| has_token(&table, SyntaxKind::ONLY_KW))?;
        Some(Action::RenameOnly {
            name: self.whole_name(&renamed)?.parts.pop()?,
            is_column: name == SyntaxKind::COLUMN_NAME_REF,
            range: self.range(&renamed),
        })
    }

    /// The privileges of a `grant` or `revoke` on objects.
    fn grant(self, node: &SyntaxNode) -> Option<Action> {
        let clause = child(node, SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE)?;
        let on = privileged(clause.children().next()?.kind())?;
        let list = child(node, SyntaxKind::REVOKE_COMMAND_LIST)?;
        let privileges = children(&list, SyntaxKind::REVOKE_COMMAND).map(|command| {
            let first = elements(&command).next();
            let word = first.map_or_else(String::new, |it| it.to_string());
            (
                word.to_ascii_lowercase().into(),
                child(&command, SyntaxKind::COLUMN_REF_LIST).is_some(),
                self.range(&command),
            )
        });
        Some(Action::Grant {
            on: SmolStr::new_static(on),
            privileges: privileges.collect(),
        })
    }

    fn alter_constraint(self, node: &SyntaxNode) -> Action {
        let range = |kind| child(node, kind).map(|it| self.range(&it));
        let never = range(SyntaxKind::NOT_DEFERRABLE_CONSTRAINT_OPTION);
        let late = range(SyntaxKind::INITIALLY_DEFERRED_CONSTRAINT_OPTION)
            .or_else(|| range(SyntaxKind::DEFERRABLE_CONSTRAINT_OPTION));
        Action::AlterConstraint {
            not_valid: range(SyntaxKind::NOT_VALID),
            no_inherit: range(SyntaxKind::NO_INHERIT),
            contradicts: never.and(late),
        }
    }

    /// `alter column 1 set …` of an index.
    fn index_statistics(self, node: &SyntaxNode) -> Option<Action> {
        if child(node, SyntaxKind::SET_OPTIONS).is_some() {
            return Some(Action::ColumnOptions(self.range(node)));
        }
        let column = children(node, SyntaxKind::LITERAL)
            .next()
            .filter(|column| has_token(column, SyntaxKind::INT_NUMBER))?;
        Some(Action::IndexStatistics(
            column.text().to_string().into(),
            self.range(&column),
        ))
    }
}

/// Whether a domain gets a rule that its values are held to at once.
fn adds_rule(node: &SyntaxNode) -> bool {
    child(node, SyntaxKind::SET_NOT_NULL).is_some()
        || child(node, SyntaxKind::ADD_CONSTRAINT)
            .and_then(|added| child(&added, SyntaxKind::CHECK_CONSTRAINT))
            .is_some_and(|check| child(&check, SyntaxKind::NOT_VALID).is_none())
}

/// What privileges are for, where they are known.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn privileged(kind: SyntaxKind) -> Option<&'static str> {
    Some(match kind {
        SyntaxKind::PRIVILEGE_TABLE
        | SyntaxKind::PRIVILEGE_DEFAULT
        | SyntaxKind::PRIVILEGE_ALL_TABLES_IN_SCHEMA => "table",
        SyntaxKind::PRIVILEGE_SEQUENCE | SyntaxKind::PRIVILEGE_ALL_SEQUENCES_IN_SCHEMA => {
            "sequence"
        }
        SyntaxKind::PRIVILEGE_FUNCTION
        | SyntaxKind::PRIVILEGE_PROCEDURE
        | SyntaxKind::PRIVILEGE_ROUTINE
        | SyntaxKind::PRIVILEGE_ALL_FUNCTIONS_IN_SCHEMA
        | SyntaxKind::PRIVILEGE_ALL_PROCEDURES_IN_SCHEMA
        | SyntaxKind::PRIVILEGE_ALL_ROUTINES_IN_SCHEMA => "function",
        SyntaxKind::PRIVILEGE_LANGUAGE => "language",
        SyntaxKind::PRIVILEGE_SCHEMA => "schema",
        SyntaxKind::PRIVILEGE_TYPE | SyntaxKind::PRIVILEGE_DOMAIN => "type",
        SyntaxKind::PRIVILEGE_FOREIGN_DATA_WRAPPER => "foreign data wrapper",
        SyntaxKind::PRIVILEGE_FOREIGN_SERVER => "server",
        SyntaxKind::PRIVILEGE_LARGE_OBJECT => "large object",
        _ => return None,
    })
}
