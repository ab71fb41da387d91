//! The way back of tables.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::inverse::fidelity::{Loss, NoInverse};
use crate::inverse::way::{Phase, Way};
use crate::kind::Kind;
use crate::model::generated;
use crate::model::key::is_doubled;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::{AlterTable, CreateTable, Operation};
use crate::schema::{
    Column, Constraint, ConstraintKind, Index, Object, ObjectId, Partition, Subject, Table,
};

impl Way<'_> {
    pub(super) fn drop_table(&mut self, name: &Name, table: &Table) {
        if let Some(partition) = &table.partition_of {
            if self.goes(&partition.parent) {
                return;
            }
            if self.is_referenced(&partition.parent) {
                // A foreign key to the partitioned table holds each of its partitions.
                let detach = partition_of(name, None, Some(partition));
                self.losses.insert(Loss::MayFailOnRows);
                self.push(Phase::Detach, Operation::AlterTable(detach));
            }
        }
        self.push_drop(Phase::DropTable, Kind::Table, name.clone());
    }

    pub(super) fn create_table(&mut self, name: &Name, table: &Table) {
        self.losses
            .extend([Loss::LosesData, Loss::LosesAttachments]);
        let apart = self.made_apart(name).then(|| apart(table));
        if let (Some(_), Some(hung)) = (&apart, &table.partition_of) {
            let action = Action::AttachPartition {
                partition: name.clone(),
                bound: hung.bound.clone(),
            };
            let attach = AlterTable::one(hung.parent.clone(), action);
            self.push(Phase::Attach, Operation::AlterTable(attach));
        }
        let table = apart.as_ref().unwrap_or(table);
        let waits = |constraint: &Constraint| {
            // `create table` takes a new table's constraints for valid.
            !constraint.validated
                || matches!(&constraint.kind, ConstraintKind::ForeignKey(key)
                    if key.table != *name
                        && (self.after.table(&key.table).is_none() || self.changed(&key.table)))
        };
        let doubled = |constraint: &SmolStr| is_doubled(constraint, table);
        let create = CreateTable::of(
            name,
            table,
            |sequence| self.sequence_before(sequence),
            |constraint| !waits(&table.constraints[constraint]) && !doubled(constraint),
        );
        let later: Vec<ConstraintDefinition> = table
            .constraints
            .iter()
            .filter(|(_, it)| (!it.inherited || it.own) && waits(it))
            .map(|(name, it)| ConstraintDefinition::of(name, it))
            .collect();
        self.push(Phase::CreateTable, Operation::CreateTable(create));
        for (constraint, it) in &table.constraints {
            if !it.inherited && doubled(constraint) {
                let add = Action::add_constraint(ConstraintDefinition::of(constraint, it));
                self.push(
                    Phase::AlterTable,
                    Operation::AlterTable(AlterTable::one(name.clone(), add)),
                );
            }
        }
        for definition in later {
            self.push(
                Phase::Attach,
                Operation::AlterTable(AlterTable::one(
                    name.clone(),
                    Action::add_constraint(definition),
                )),
            );
        }
        for (constraint, it) in &table.constraints {
            self.comment_constraint(name, constraint, it);
        }
        for column in table.columns.iter().filter(|it| !it.own) {
            self.differ_from_parent(name, table, column, Phase::AlterTable);
        }
    }

    /// Whether a partition is made as a table and attached then: only so its indexes keep names that are not those
    /// that PostgreSQL would choose, and belong to those that were made `on only` its parent.
    pub(super) fn made_apart(&self, name: &Name) -> bool {
        let Some(table) = self.table_before(name) else {
            return false;
        };
        let Some(hung) = &table.partition_of else {
            return false;
        };
        let constraint = table
            .constraints
            .iter()
            .any(|(constraint, it)| it.inherited && !chosen(constraint, &it.kind, name));
        let is_own = |index: &Index| {
            let expressions = index.elements.iter().map(|it| &it.expression);
            let chosen = generated::index(name, expressions, &index.include, |_| false);
            index.table == *name
                && index.parent.is_some()
                && (self.index_is_made(name, &chosen, index) || self.hangs_on_only(index))
        };
        let indexes = self.changes.values();
        self.table_before(&hung.parent).is_some()
            && (constraint
                || indexes
                    .filter_map(|change| change.before.as_deref())
                    .any(|object| matches!(object, Object::Index(index) if is_own(index))))
    }

    /// Whether the index of a partition belongs to one that partitions there did not get.
    pub(super) fn hangs_on_only(&self, index: &Index) -> bool {
        let parent = index.parent.clone().map(ObjectId::Relation);
        let change = parent.and_then(|it| self.changes.get(&it));
        let before = change.and_then(|it| it.before.as_deref());
        matches!(before, Some(Object::Index(it)) if it.only)
    }

    /// Whether the index of a partition has another name than `chosen`.
    pub(super) fn index_is_made(&self, table: &Name, chosen: &SmolStr, index: &Index) -> bool {
        let id = ObjectId::Relation(table.sibling(chosen.clone()));
        let named = self.changes.get(&id).and_then(|it| it.before.as_deref());
        !matches!(named, Some(Object::Index(it)) if it == index)
    }

    /// Makes an inherited column of the table `name` differ from the parent's as it did.
    pub(super) fn differ_from_parent(
        &mut self,
        name: &Name,
        table: &Table,
        column: &Column,
        phase: Phase,
    ) {
        self.comment(
            Subject::column(name.clone(), column.name.clone()),
            column.comment.as_ref(),
        );
        for action in self.differences_from_parent(table, column) {
            let alter = AlterTable {
                only: matches!(action, Action::SetDefault { .. }),
                ..AlterTable::one(name.clone(), action)
            };
            self.push(phase, Operation::AlterTable(alter));
        }
    }

    pub(super) fn differences_from_parent(&self, table: &Table, column: &Column) -> Vec<Action> {
        let parents = table
            .inherits
            .iter()
            .chain(table.partition_of.iter().map(|it| &it.parent));
        let inherited = parents
            .filter_map(|parent| self.table_before(parent))
            .find_map(|parent| parent.column(&column.name));
        let Some(inherited) = inherited else {
            return Vec::new();
        };
        let mut actions = Vec::new();
        if column.default != inherited.default && column.generated.is_none() {
            actions.push(Action::SetDefault {
                column: column.name.clone(),
                default: column.default.clone(),
            });
        }
        let in_key = table
            .primary_key()
            .is_some_and(|(_, key)| key.columns.contains(&column.name));
        if column.not_null && !inherited.not_null && !in_key {
            actions.push(Action::SetNotNull {
                column: column.name.clone(),
                not_null: true,
            });
        }
        actions
    }

    pub(super) fn alter_table(
        &mut self,
        name: &Name,
        before: &Table,
        now: &Table,
    ) -> Result<(), NoInverse> {
        self.recomment(
            Subject::new(Kind::Table, name.clone()),
            before.comment.as_ref(),
            now.comment.as_ref(),
        );
        if before.partition_of != now.partition_of {
            let operation = partition_of(
                name,
                before.partition_of.as_ref(),
                now.partition_of.as_ref(),
            );
            let phase = if before.partition_of.is_some() {
                Phase::Attach
            } else {
                Phase::Detach
            };
            self.push(phase, Operation::AlterTable(operation));
            self.losses.insert(Loss::MayFailOnRows);
        }
        if before.unlogged != now.unlogged
            || before.inherits != now.inherits
            || before.partition_by != now.partition_by
            || before.options != now.options
            || before.tablespace != now.tablespace
        {
            return Err(NoInverse(format!(
                "the persistence, inheritance, partitioning, storage parameters or tablespace of table \"{name}\" changed"
            )));
        }
        let mut actions = Vec::new();
        let mut detached = Vec::new();
        let mut attached = Vec::new();
        self.constraints(
            name,
            before,
            now,
            &mut actions,
            &mut detached,
            &mut attached,
        );
        for column in now.columns_unlike(before).filter(|it| it.own) {
            if before.column(&column.name).is_none() {
                actions.push(Action::DropColumn {
                    column: column.name.clone(),
                    if_exists: false,
                    cascade: false,
                });
            }
        }
        for column in before.columns_unlike(now) {
            match now.column(&column.name) {
                Some(_) if self.is_made_again(name, column) => {
                    actions.push(Action::DropColumn {
                        column: column.name.clone(),
                        if_exists: false,
                        cascade: false,
                    });
                    self.add_column(column, &mut actions);
                }
                Some(present) => self.alter_column(name, column, present, &mut actions)?,
                None if !column.own => self.differ_from_parent(name, before, column, Phase::Attach),
                None => self.add_column(column, &mut actions),
            }
        }
        self.make_expressions_anew(name, before, now, &mut actions);
        // Constraints that are added come after the columns that they read.
        actions.sort_by_key(|action| matches!(action, Action::AddConstraint { .. }));
        for (phase, actions) in [
            (Phase::Detach, detached),
            (Phase::AlterTable, actions),
            (Phase::Attach, attached),
        ] {
            if !actions.is_empty() {
                self.push(
                    phase,
                    Operation::AlterTable(AlterTable {
                        name: name.clone(),
                        if_exists: false,
                        only: false,
                        actions,
                    }),
                );
            }
        }
        Ok(())
    }
}

/// Whether PostgreSQL would give this name to what a partition has from its parent.
fn chosen(constraint: &SmolStr, kind: &ConstraintKind, partition: &Name) -> bool {
    match kind {
        ConstraintKind::PrimaryKey(_) => {
            generated::primary_key(partition, |_| false) == *constraint
        }
        ConstraintKind::Unique(key) => {
            let columns = key.columns.iter().chain(&key.include);
            generated::unique(partition, columns, |_| false) == *constraint
        }
        ConstraintKind::ForeignKey(_)
        | ConstraintKind::Check { .. }
        | ConstraintKind::Exclusion(_) => true,
    }
}

/// A partition as a table of its own, without the foreign keys that come when it is attached.
fn apart(partition: &Table) -> Table {
    let mut table = partition.clone();
    table.partition_of = None;
    for column in &mut table.columns {
        let column = Arc::make_mut(column);
        (column.inherited, column.own) = (false, true);
    }
    table
        .constraints
        .retain(|_, it| !(it.inherited && matches!(it.kind, ConstraintKind::ForeignKey(_))));
    for constraint in table.constraints.values_mut() {
        let constraint = Arc::make_mut(constraint);
        (constraint.inherited, constraint.own) = (false, true);
    }
    table
}

/// The statement that hangs the table `name` back where it was.
#[must_use]
fn partition_of(name: &Name, before: Option<&Partition>, now: Option<&Partition>) -> AlterTable {
    let (parent, action) = match (before, now) {
        (Some(before), _) => (
            before.parent.clone(),
            Action::AttachPartition {
                partition: name.clone(),
                bound: before.bound.clone(),
            },
        ),
        (None, now) => (
            now.expect("one of the two is a partition").parent.clone(),
            Action::DetachPartition {
                partition: name.clone(),
                concurrently: false,
            },
        ),
    };
    AlterTable::one(parent, action)
}
