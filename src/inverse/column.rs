//! The way back of columns.

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::inverse::conversion;
use crate::inverse::fidelity::{Loss, NoInverse};
use crate::inverse::way::{Phase, Way};
use crate::model::family::descendants;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::{AlterTable, Operation};
use crate::schema::{Column, Subject};

impl Way<'_> {
    /// Whether the statement drops the column of `table`, and adds one of its name.
    pub(super) fn is_made_again(&self, table: &Name, column: &Column) -> bool {
        let drops = |action: &Action| matches!(action, Action::DropColumn { column: it, .. } if *it == column.name);
        let altered = self.altered.filter(|it| it.name == *table);
        !column.inherited && altered.is_some_and(|it| it.actions.iter().any(drops))
    }

    pub(super) fn add_column(&mut self, column: &Column, actions: &mut Vec<Action>) {
        if column.generated.is_none() {
            self.losses.insert(Loss::LosesData);
        }
        let filled =
            column.default.is_some() || column.identity.is_some() || column.generated.is_some();
        if column.not_null && !filled {
            self.losses.insert(Loss::MayFailOnRows);
        }
        let sequence = column
            .identity
            .as_ref()
            .and_then(|it| self.sequence_before(&it.sequence));
        actions.push(Action::AddColumn {
            definition: ColumnDefinition::of(column, sequence.as_ref()),
            if_not_exists: false,
        });
    }

    pub(super) fn alter_column(
        &mut self,
        name: &Name,
        before: &Column,
        now: &Column,
        actions: &mut Vec<Action>,
    ) -> Result<(), NoInverse> {
        self.recomment(
            Subject::column(name.clone(), before.name.clone()),
            before.comment.as_ref(),
            now.comment.as_ref(),
        );
        let column = before.name.clone();
        let retyped = before.sql_type != now.sql_type || before.collation != now.collation;
        let kept = before.default.is_some() && before.generated.is_none();
        // A child may have a default of its own: each table gets back just its own.
        if !retyped && before.default != now.default && (kept || now.default.is_some()) {
            let shared = before.inherited || !descendants(self.after, name).is_empty();
            if shared && before.generated == now.generated {
                let action = Action::SetDefault {
                    column: column.clone(),
                    default: before.default.clone(),
                };
                let alone = AlterTable {
                    only: true,
                    ..AlterTable::one(name.clone(), action)
                };
                self.push(Phase::AlterTable, Operation::AlterTable(alone));
                let now = Column {
                    default: before.default.clone(),
                    ..now.clone()
                };
                return self.alter_column(name, before, &now, actions);
            }
        }
        if before.inherited && now.inherited {
            // The parent's type takes its default along: one of the table's own comes after.
            let own = self.table_before(name).filter(|_| retyped);
            for action in own.map_or_else(Vec::new, |it| self.differences_from_parent(it, before)) {
                if matches!(action, Action::SetDefault { .. }) {
                    let alone = AlterTable {
                        only: true,
                        ..AlterTable::one(name.clone(), action)
                    };
                    self.push(Phase::Attach, Operation::AlterTable(alone));
                }
            }
            self.restore_identity(before, now, actions);
            self.own_not_null(name, before, now);
            return Ok(());
        }
        if before.generated != now.generated {
            return if before.generated.is_some() && now.generated.is_none() {
                Err(NoInverse(format!(
                    "column \"{column}\" cannot become a generated column again"
                )))
            } else {
                Err(NoInverse(format!(
                    "column \"{column}\" became a generated column"
                )))
            };
        }
        if before.identity.is_none() {
            self.restore_identity(before, now, actions);
        }
        // A default is dropped before the type changes and set after, as its value may not convert. Where the statement does so,
        // the same words are a value of another type.
        let other = before.default != now.default
            || retyped
                && (self.sets_default(&column) || !conversion::goes_back(before, now, self.after));
        if now.default.is_some() && (before.default.is_none() || retyped && other) {
            actions.push(Action::SetDefault {
                column: column.clone(),
                default: None,
            });
        }
        if retyped {
            let using = self.using(&before.name);
            let (using, losses) = conversion::way_back(before, now, using, self.after)?;
            self.losses.extend(losses);
            actions.push(Action::AlterType {
                column: column.clone(),
                sql_type: before.sql_type.clone(),
                collation: before.collation.clone(),
                using,
            });
        }
        if before.default.is_some() && other {
            actions.push(Action::SetDefault {
                column: column.clone(),
                default: before.default.clone(),
            });
        }
        if before.not_null != now.not_null {
            if before.not_null {
                self.losses.insert(Loss::MayFailOnRows);
            }
            actions.push(Action::SetNotNull {
                column: column.clone(),
                not_null: before.not_null,
            });
            self.not_null_below(name, before);
        }
        if before.identity.is_some() {
            self.restore_identity(before, now, actions);
        }
        Ok(())
    }

    fn actions(&self) -> &[Action] {
        self.altered.map_or(&[], |it| &it.actions)
    }

    /// What the statement says of how the values of a column become those of its new type.
    fn using(&self, of: &SmolStr) -> Option<&Expression> {
        self.actions().iter().find_map(|action| {
            let Action::AlterType { column, using, .. } = action else {
                return None;
            };
            using.as_ref().filter(|_| column == of)
        })
    }

    /// Whether the statement drops or sets the default of a column.
    fn sets_default(&self, of: &SmolStr) -> bool {
        let sets = |it: &Action| matches!(it, Action::SetDefault { column, .. } if column == of);
        self.actions().iter().any(sets)
    }

    pub(super) fn restore_identity(
        &mut self,
        before: &Column,
        now: &Column,
        actions: &mut Vec<Action>,
    ) {
        let column = before.name.clone();
        match (&before.identity, &now.identity) {
            (None, Some(_)) => actions.push(Action::DropIdentity {
                column,
                if_exists: false,
            }),
            (Some(identity), None) => {
                self.losses.insert(Loss::LosesData);
                let sequence = self.sequence_before(&identity.sequence);
                let definition = ColumnDefinition::of(before, sequence.as_ref());
                actions.push(Action::AddIdentity {
                    column,
                    identity: definition.identity.expect("the column has an identity"),
                    sequence: Some(identity.sequence.clone()),
                });
            }
            (Some(identity), Some(other)) if identity != other => {
                actions.push(Action::SetIdentity {
                    column,
                    always: Some(identity.always),
                    options: Box::default(),
                });
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// Lets an inherited column be null or not as it did; the way back of a table above does so for those below.
    pub(super) fn own_not_null(&mut self, name: &Name, before: &Column, now: &Column) {
        if before.not_null != now.not_null && !self.not_null_from_above(name, &before.name) {
            self.push_not_null(name, before);
        }
    }

    /// Whether the way back of a table above `name` says `not null` or the opposite for all tables below it.
    pub(super) fn not_null_from_above(&self, name: &Name, column: &SmolStr) -> bool {
        let Some(table) = self.after.table(name) else {
            return false;
        };
        let hung = table.partition_of.iter().map(|it| &it.parent);
        table.inherits.iter().chain(hung).any(|parent| {
            let now = self.after.table(parent).and_then(|it| it.column(column));
            let before = self.table_before(parent).and_then(|it| it.column(column));
            now.zip(before)
                .is_some_and(|(now, before)| !before.inherited && before.not_null != now.not_null)
                || self.not_null_from_above(parent, column)
        })
    }

    /// Those below `name` follow what it says of `not null`: each that was otherwise gets back its own.
    pub(super) fn not_null_below(&mut self, name: &Name, above: &Column) {
        for child in descendants(self.after, name) {
            let before = self.table_before(&child);
            let before = before.and_then(|it| it.column(&above.name)).cloned();
            if let Some(before) = before.filter(|it| it.not_null != above.not_null) {
                self.push_not_null(&child, &before);
            }
        }
    }

    pub(super) fn push_not_null(&mut self, name: &Name, before: &Column) {
        if before.not_null {
            self.losses.insert(Loss::MayFailOnRows);
        }
        let action = Action::SetNotNull {
            column: before.name.clone(),
            not_null: before.not_null,
        };
        // The partitions of a partition are not left out.
        let partitioned = self
            .table_before(name)
            .is_some_and(|it| it.partition_by.is_some());
        let alone = AlterTable {
            only: !partitioned,
            ..AlterTable::one(name.clone(), action)
        };
        self.push(Phase::Attach, Operation::AlterTable(alone));
    }
}
