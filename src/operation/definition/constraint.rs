//! Constraints as statements define them.

use smol_str::SmolStr;

use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::{write_element, write_index_tail};
use crate::operation::lock::{Lock, LockMode};
use crate::schema::{Constraint, ConstraintKind, ReferentialAction};
use crate::sql::Sql;

/// A constraint of a table. A foreign key without referenced columns means the primary key.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstraintDefinition {
    pub name: Option<SmolStr>,
    pub kind: ConstraintKind,
    /// The index that `using index` takes over.
    pub using_index: Option<SmolStr>,
    pub deferrable: bool,
    pub initially_deferred: bool,
    pub validated: bool,
}

impl ConstraintDefinition {
    /// What it locks beside its own table: the other one of a foreign key.
    pub(in crate::operation) fn locked(&self) -> Option<Lock> {
        if let ConstraintKind::ForeignKey(key) = &self.kind {
            Some(Lock::new(&key.table, LockMode::ShareRowExclusive))
        } else {
            None
        }
    }

    /// A validated constraint that is not deferrable.
    #[must_use]
    pub fn new(name: Option<SmolStr>, kind: ConstraintKind) -> Self {
        Self {
            name,
            kind,
            using_index: None,
            deferrable: false,
            initially_deferred: false,
            validated: true,
        }
    }

    /// The definition that makes the constraint again.
    #[must_use]
    pub fn of(name: &SmolStr, constraint: &Constraint) -> Self {
        let mut kind = constraint.kind.clone();
        if let ConstraintKind::ForeignKey(key) = &mut kind {
            key.index = SmolStr::default();
        }
        Self {
            name: Some(name.clone()),
            kind,
            using_index: None,
            deferrable: constraint.deferrable,
            initially_deferred: constraint.initially_deferred,
            validated: constraint.validated,
        }
    }

    /// Makes the columns of a primary key `not null`, as PostgreSQL does.
    pub fn require_key(&self, columns: &mut [ColumnDefinition]) {
        if let ConstraintKind::PrimaryKey(key) = &self.kind {
            for column in columns {
                column.not_null |= key.columns.contains(&column.name);
            }
        }
    }

    /// As the language writes it.
    pub fn write(&self, sql: &mut Sql<'_>) {
        if let Some(name) = &self.name {
            sql.word("constraint").identifier(name);
        }
        match &self.kind {
            ConstraintKind::PrimaryKey(key) => {
                sql.word("primary key");
                self.write_key(key, sql);
            }
            ConstraintKind::Unique(key) => {
                sql.word("unique");
                sql.word_if(key.nulls_not_distinct, "nulls not distinct");
                self.write_key(key, sql);
            }
            ConstraintKind::ForeignKey(key) => {
                sql.word("foreign key").columns(&key.columns);
                sql.word("references").name(&key.table);
                if !key.references.is_empty() {
                    sql.columns(&key.references);
                }
                sql.word_if(key.match_full, "match full");
                for (action, words) in [(key.on_delete, "on delete"), (key.on_update, "on update")]
                {
                    if action != ReferentialAction::NoAction {
                        sql.word(words).word(action.words());
                        if words == "on delete" && !key.on_delete_columns.is_empty() {
                            sql.columns(&key.on_delete_columns);
                        }
                    }
                }
            }
            ConstraintKind::Check {
                expression,
                no_inherit,
            } => {
                sql.word("check").parenthesised(expression);
                sql.word_if(*no_inherit, "no inherit");
            }
            ConstraintKind::Exclusion(exclusion) => {
                sql.word("exclude using")
                    .identifier(&exclusion.method)
                    .word("(");
                sql.list(&exclusion.elements, |sql, (element, operator)| {
                    write_element(element, sql);
                    sql.word("with").word(operator);
                })
                .tight(")");
                write_index_tail(
                    &exclusion.include,
                    &exclusion.options,
                    exclusion.tablespace.as_ref(),
                    true,
                    sql,
                );
                if let Some(predicate) = &exclusion.predicate {
                    sql.word("where").parenthesised(predicate);
                }
            }
        }
        sql.word_if(self.deferrable, "deferrable");
        sql.word_if(self.initially_deferred, "initially deferred");
        sql.word_if(!self.validated, "not valid");
    }

    fn write_key(&self, key: &crate::schema::object::Key, sql: &mut Sql<'_>) {
        if let Some(index) = &self.using_index {
            sql.word("using index").identifier(index);
            return;
        }
        sql.columns(&key.columns);
        write_index_tail(
            &key.include,
            &key.options,
            key.tablespace.as_ref(),
            true,
            sql,
        );
    }
}

impl ReferentialAction {
    /// Every action.
    pub const ALL: [Self; 5] = [
        Self::NoAction,
        Self::Restrict,
        Self::Cascade,
        Self::SetNull,
        Self::SetDefault,
    ];

    /// As SQL writes it after `on delete` and `on update`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }
}
