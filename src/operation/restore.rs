//! The way back: from what a statement changed to the operations that put the objects back as they were.
//!
//! It compares objects, not statements, so that whatever a statement took along comes back too. Statements whose way
//! back cannot be seen in the objects (renames) answer for themselves.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{
    Change, Changes, Column, Constraint, ConstraintKind, Index, Object, ObjectId, Schema, Sequence,
    Table, Type,
};

use super::alter_table::Action;
use super::alter_table::alter_type;
use super::alter_table::column::descendants;
use super::alter_table::partition;
use super::comment_on::{CommentOn, Subject};
use super::definition::{ColumnDefinition, ConstraintDefinition, SequenceOptions};
use super::drop::{DropKind, kind_of_type};
use super::generated;
use super::merged_key::is_doubled;
use super::{
    AddEnumValue, AlterSequence, AlterTable, CreateDomain, CreateExtension, CreateIndex,
    CreateSchema, CreateSequence, CreateTable, CreateType, Drop, DropEnumValue, Fidelity, Inverse,
    Loss, NoInverse, Operation,
};

/// The operations that take the `after` of each change to its `before`, in the order in which they run on `after`.
pub fn restore(changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
    restore_altered(changes, after, &[])
}

/// The same for changes that an `alter table` with these actions made.
pub fn restore_altered(
    changes: &Changes,
    after: &Schema,
    actions: &[Action],
) -> Result<Inverse, NoInverse> {
    let mut way = Way {
        changes,
        after,
        actions,
        phases: Default::default(),
        losses: BTreeSet::new(),
    };
    for (id, change) in changes {
        match (change.before.as_deref(), change.after.as_deref()) {
            (None, Some(object)) => way.drop(id, object),
            (Some(object), None) => way.create(id, object),
            // What it uses followed a rename.
            (Some(_), Some(_)) if is_opaque(change) => {}
            (Some(before), Some(now)) => way.alter(id, before, now)?,
            (None, None) => {}
        }
    }
    way.order_tables();
    let mut operations = Vec::with_capacity(way.phases.iter().map(Vec::len).sum());
    for phase in &mut way.phases {
        operations.append(phase);
    }
    Ok(Inverse {
        operations,
        fidelity: Fidelity(way.losses),
    })
}

fn is_opaque(change: &Change) -> bool {
    let object = change.before.as_deref().or(change.after.as_deref());
    matches!(object, Some(Object::Opaque(_)))
}

/// What changes like these lose, whoever makes them: what goes is dropped, what comes is made anew.
#[must_use]
pub fn losses(changes: &Changes) -> Fidelity {
    let turned: Changes = changes
        .iter()
        .filter(|(_, change)| !is_opaque(change))
        .map(|(id, change)| {
            let turned = Change {
                before: change.after.clone(),
                after: change.before.clone(),
            };
            (id.clone(), turned)
        })
        .collect();
    let nothing = Schema::new("public");
    restore(&turned, &nothing).map_or_else(
        |_| Fidelity::of(&[Loss::ChangesValues]),
        |inverse| inverse.fidelity,
    )
}

/// Objects made in an order in which each finds what it needs.
#[must_use]
pub fn create_all(schema: &Schema) -> Vec<Operation> {
    let empty = Schema::new(schema.default.clone());
    let changes: Changes = schema
        .objects()
        .filter(|(id, object)| empty.get(id) != Some(object))
        .map(|(id, object)| {
            let change = Change {
                before: Some(Arc::clone(object)),
                after: empty.get(id).cloned(),
            };
            (id.clone(), change)
        })
        .collect();
    restore(&changes, &empty)
        .expect("objects can always be created")
        .operations
}

/// The phases of a way back. Within one the order is that of names, but for tables.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Foreign keys, and indexes that others' names or columns wait for.
    Detach,
    CreateContainer,
    CreateType,
    CreateSequence,
    CreateTable,
    AlterTable,
    DropTable,
    DropSequence,
    DropType,
    DropContainer,
    CreateIndex,
    Attach,
    Comment,
}

struct Way<'a> {
    changes: &'a Changes,
    after: &'a Schema,
    /// What the statement did to the columns of its table.
    actions: &'a [Action],
    phases: [Vec<Operation>; 13],
    losses: BTreeSet<Loss>,
}

impl Way<'_> {
    fn push(&mut self, phase: Phase, operation: Operation) {
        self.phases[phase as usize].push(operation);
    }

    fn drop(&mut self, id: &ObjectId, object: &Object) {
        let (phase, kind, name) = match (object, id) {
            (Object::Table(table), ObjectId::Relation(name)) => {
                if let Some(partition) = &table.partition_of
                    && self.goes(&partition.parent)
                {
                    return;
                }
                if let Some(partition) = &table.partition_of
                    && self.is_referenced(&partition.parent)
                {
                    // A foreign key to the partitioned table holds each of its partitions.
                    let detach = partition::way_back(name, None, Some(partition));
                    self.losses.insert(Loss::MayFailOnRows);
                    self.push(Phase::Detach, Operation::AlterTable(detach));
                }
                (Phase::DropTable, DropKind::Table, name.clone())
            }
            (Object::Index(index), ObjectId::Relation(name)) => {
                let with_table = self.goes(&index.table);
                let with_column = self.loses_column(index);
                if with_table || with_column {
                    return;
                }
                if index.parent.is_some() {
                    // It goes with the parent's index, or stays with a partition that is detached.
                    if self.rehung(&index.table) {
                        self.push(Phase::AlterTable, Operation::Drop(Drop::index(name)));
                    }
                    return;
                }
                (Phase::Detach, DropKind::Index, name.clone())
            }
            (Object::Sequence(sequence), ObjectId::Relation(name)) => {
                let goes_along = sequence.owned_by.as_ref().is_some_and(|(table, column)| {
                    sequence.identity || self.column_goes(table, column)
                });
                if goes_along {
                    return;
                }
                (Phase::DropSequence, DropKind::Sequence, name.clone())
            }
            (Object::Type(it), ObjectId::Type(name)) => {
                (Phase::DropType, kind_of_type(it), name.clone())
            }
            (Object::Extension(_), ObjectId::Extension(name)) => (
                Phase::DropContainer,
                DropKind::Extension,
                Name::new("", name.clone()),
            ),
            (Object::Namespace(_), ObjectId::Namespace(name)) => (
                Phase::DropContainer,
                DropKind::Schema,
                Name::new("", name.clone()),
            ),
            _ => return,
        };
        self.push(
            phase,
            Operation::Drop(Drop {
                kind,
                names: vec![name],
                if_exists: false,
                cascade: false,
                concurrently: false,
            }),
        );
    }

    /// Whether the way back drops this table.
    fn goes(&self, table: &Name) -> bool {
        self.changes
            .get(&ObjectId::Relation(table.clone()))
            .is_some_and(|change| change.before.is_none())
    }

    /// Whether a foreign key points at this table, or at one that it is a partition of.
    fn is_referenced(&self, table: &Name) -> bool {
        let mut above = Some(table);
        while let Some(name) = above {
            if self.after.foreign_keys_to(name).next().is_some() {
                return true;
            }
            let hung = self
                .after
                .table(name)
                .and_then(|it| it.partition_of.as_ref());
            above = hung.map(|it| &it.parent);
        }
        false
    }

    /// How many partitioned tables stand above this one.
    fn depth(&self, table: &Name) -> usize {
        let mut depth = 0;
        let mut table = self.table_before(table);
        while let Some(hung) = table.and_then(|it| it.partition_of.as_ref()) {
            depth += 1;
            table = self.table_before(&hung.parent);
        }
        depth
    }

    /// Whether the way back attaches this table to another parent, or detaches it.
    fn rehung(&self, table: &Name) -> bool {
        self.changes
            .get(&ObjectId::Relation(table.clone()))
            .is_some_and(
                |change| match (change.before.as_deref(), change.after.as_deref()) {
                    (Some(Object::Table(before)), Some(Object::Table(now))) => {
                        before.partition_of != now.partition_of
                    }
                    _ => false,
                },
            )
    }

    /// Whether the way back drops this column, or its table.
    fn column_goes(&self, table: &Name, column: &str) -> bool {
        let Some(change) = self.changes.get(&ObjectId::Relation(table.clone())) else {
            return false;
        };
        match change.before.as_deref() {
            Some(Object::Table(before)) => before.column(column).is_none(),
            _ => true,
        }
    }

    fn loses_column(&self, index: &Index) -> bool {
        index
            .columns()
            .any(|column| self.column_goes(&index.table, column))
    }

    fn create(&mut self, id: &ObjectId, object: &Object) {
        match (object, id) {
            (Object::Namespace(namespace), ObjectId::Namespace(name)) => {
                self.losses.insert(Loss::LosesAttachments);
                self.push(
                    Phase::CreateContainer,
                    Operation::CreateSchema(CreateSchema::of(name)),
                );
                self.comment(Subject::Schema(name.clone()), namespace.comment.as_ref());
            }
            (Object::Extension(extension), ObjectId::Extension(name)) => {
                self.losses.insert(Loss::LosesAttachments);
                self.push(
                    Phase::CreateContainer,
                    Operation::CreateExtension(CreateExtension::of(name, extension)),
                );
                self.comment(Subject::Extension(name.clone()), extension.comment.as_ref());
            }
            (Object::Type(it), ObjectId::Type(name)) => {
                self.losses.insert(Loss::LosesAttachments);
                let operation = match it {
                    Type::Enum(_) | Type::Composite(_) => {
                        Operation::CreateType(CreateType::of(name, it))
                    }
                    Type::Domain(domain) => Operation::CreateDomain(CreateDomain::of(name, domain)),
                };
                self.push(Phase::CreateType, operation);
                let subject = match it {
                    Type::Domain(_) => Subject::Domain(name.clone()),
                    Type::Enum(_) | Type::Composite(_) => Subject::Type(name.clone()),
                };
                self.comment(subject, it.comment());
                self.comment_parts(name, it);
            }
            (Object::Sequence(sequence), ObjectId::Relation(name)) => {
                self.create_sequence(name, sequence);
            }
            (Object::Table(table), ObjectId::Relation(name)) => self.create_table(name, table),
            (Object::Index(index), ObjectId::Relation(name)) => {
                let comes_along = index.parent.is_some() && !self.made_apart(&index.table);
                if comes_along {
                    self.comment(Subject::Index(name.clone()), index.comment.as_ref());
                    return;
                }
                if index.unique {
                    self.losses.insert(Loss::MayFailOnRows);
                }
                self.push(
                    Phase::CreateIndex,
                    Operation::CreateIndex(CreateIndex::of(name, index)),
                );
                self.comment(Subject::Index(name.clone()), index.comment.as_ref());
            }
            _ => {}
        }
    }

    fn comment_parts(&mut self, name: &Name, it: &Type) {
        for (subject, comment) in part_comments(name, it) {
            self.comment(subject, Some(&comment));
        }
    }

    fn create_sequence(&mut self, name: &Name, sequence: &Sequence) {
        if sequence.identity {
            self.comment(Subject::Sequence(name.clone()), sequence.comment.as_ref());
            return;
        }
        self.losses
            .extend([Loss::LosesData, Loss::LosesAttachments]);
        self.push(
            Phase::CreateSequence,
            Operation::CreateSequence(CreateSequence::of(name, sequence)),
        );
        if sequence.owned_by.is_some() {
            self.push(
                Phase::Attach,
                Operation::AlterSequence(AlterSequence {
                    name: name.clone(),
                    if_exists: false,
                    options: SequenceOptions {
                        owned_by: Some(sequence.owned_by.clone()),
                        ..SequenceOptions::default()
                    },
                }),
            );
        }
        self.comment(Subject::Sequence(name.clone()), sequence.comment.as_ref());
    }

    fn create_table(&mut self, name: &Name, table: &Table) {
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
        let waits = |constraint: &Constraint| match &constraint.kind {
            // `create table` takes a new table's constraints for valid.
            _ if !constraint.validated => true,
            ConstraintKind::ForeignKey(key) => {
                key.table != *name
                    && (self.after.table(&key.table).is_none() || self.changed(&key.table))
            }
            _ => false,
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
    fn made_apart(&self, name: &Name) -> bool {
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
    fn hangs_on_only(&self, index: &Index) -> bool {
        let parent = index.parent.clone().map(ObjectId::Relation);
        let change = parent.and_then(|it| self.changes.get(&it));
        let before = change.and_then(|it| it.before.as_deref());
        matches!(before, Some(Object::Index(it)) if it.only)
    }

    /// Whether the index of a partition has another name than `chosen`.
    fn index_is_made(&self, table: &Name, chosen: &SmolStr, index: &Index) -> bool {
        let id = ObjectId::Relation(table.sibling(chosen.clone()));
        let named = self.changes.get(&id).and_then(|it| it.before.as_deref());
        !matches!(named, Some(Object::Index(it)) if it == index)
    }

    fn comment_constraint(&mut self, table: &Name, name: &SmolStr, it: &Constraint) {
        self.comment(
            Subject::Constraint(table.clone(), name.clone()),
            it.comment.as_ref(),
        );
        self.comment(
            Subject::Index(table.sibling(name.clone())),
            it.index_comment.as_ref(),
        );
    }

    /// Makes an inherited column of the table `name` differ from the parent's as it did.
    fn differ_from_parent(&mut self, name: &Name, table: &Table, column: &Column, phase: Phase) {
        self.comment(
            Subject::Column(name.clone(), column.name.clone()),
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

    fn differences_from_parent(&self, table: &Table, column: &Column) -> Vec<Action> {
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

    fn table_before(&self, name: &Name) -> Option<&Table> {
        let id = ObjectId::Relation(name.clone());
        let object = match self.changes.get(&id) {
            Some(change) => change.before.as_deref(),
            None => self.after.get(&id).map(|it| &**it),
        };
        match object {
            Some(Object::Table(table)) => Some(table),
            _ => None,
        }
    }

    fn changed(&self, table: &Name) -> bool {
        self.changes
            .contains_key(&ObjectId::Relation(table.clone()))
    }

    fn sequence_before(&self, name: &Name) -> Option<Sequence> {
        let id = ObjectId::Relation(name.clone());
        let object = match self.changes.get(&id) {
            Some(change) => change.before.clone(),
            None => self.after.get(&id).cloned(),
        };
        match object.as_deref() {
            Some(Object::Sequence(sequence)) => Some(sequence.clone()),
            _ => None,
        }
    }

    fn comment(&mut self, subject: Subject, comment: Option<&SmolStr>) {
        if let Some(comment) = comment {
            self.push(
                Phase::Comment,
                Operation::CommentOn(CommentOn {
                    subject,
                    comment: Some(comment.clone()),
                }),
            );
        }
    }

    fn recomment(&mut self, subject: Subject, before: Option<&SmolStr>, now: Option<&SmolStr>) {
        if before != now {
            self.push(
                Phase::Comment,
                Operation::CommentOn(CommentOn {
                    subject,
                    comment: before.cloned(),
                }),
            );
        }
    }

    fn alter(&mut self, id: &ObjectId, before: &Object, now: &Object) -> Result<(), NoInverse> {
        match (before, now, id) {
            (Object::Table(before), Object::Table(now), ObjectId::Relation(name)) => {
                self.alter_table(name, before, now)
            }
            (
                Object::Type(Type::Enum(before)),
                Object::Type(Type::Enum(now)),
                ObjectId::Type(name),
            ) => {
                self.alter_enum(name, &before.values, &now.values)?;
                self.recomment(
                    Subject::Type(name.clone()),
                    before.comment.as_ref(),
                    now.comment.as_ref(),
                );
                Ok(())
            }
            (Object::Sequence(before), Object::Sequence(now), ObjectId::Relation(name)) => {
                self.alter_sequence(name, before, now);
                Ok(())
            }
            (Object::Index(before), Object::Index(now), ObjectId::Relation(name)) => {
                let uncommented = |index: &Index| Index {
                    comment: None,
                    ..index.clone()
                };
                if uncommented(before) == uncommented(now) {
                    self.recomment(
                        Subject::Index(name.clone()),
                        before.comment.as_ref(),
                        now.comment.as_ref(),
                    );
                } else if now.parent.is_none() && before.parent.is_none() {
                    self.drop(id, &Object::Index(now.clone()));
                    self.create(id, &Object::Index(before.clone()));
                } else if before.parent.is_none()
                    && now.parent.as_ref().is_some_and(|it| self.goes(it))
                {
                    // It was taken over by the parent's index, and goes with that.
                    self.create(id, &Object::Index(before.clone()));
                }
                Ok(())
            }
            (Object::Namespace(before), Object::Namespace(now), ObjectId::Namespace(name)) => {
                self.recomment(
                    Subject::Schema(name.clone()),
                    before.comment.as_ref(),
                    now.comment.as_ref(),
                );
                Ok(())
            }
            (Object::Extension(before), Object::Extension(now), ObjectId::Extension(name)) => {
                self.recomment(
                    Subject::Extension(name.clone()),
                    before.comment.as_ref(),
                    now.comment.as_ref(),
                );
                Ok(())
            }
            (
                Object::Type(Type::Composite(before)),
                Object::Type(Type::Composite(now)),
                ObjectId::Type(name),
            ) if before.attributes != now.attributes => Err(NoInverse(format!(
                "the attributes of type \"{name}\" changed"
            ))),
            (Object::Type(before), Object::Type(now), ObjectId::Type(name)) => {
                let subject = match before {
                    Type::Domain(_) => Subject::Domain(name.clone()),
                    Type::Enum(_) | Type::Composite(_) => Subject::Type(name.clone()),
                };
                self.recomment(subject, before.comment(), now.comment());
                let present = part_comments(name, now);
                let wanted = part_comments(name, before);
                for (subject, comment) in &present {
                    if !wanted.iter().any(|it| it.0 == *subject) {
                        self.recomment(subject.clone(), None, Some(comment));
                    }
                }
                for (subject, comment) in wanted {
                    if !present.contains(&(subject.clone(), comment.clone())) {
                        self.comment(subject, Some(&comment));
                    }
                }
                Ok(())
            }
            _ => Err(NoInverse(format!("{id} became something else"))),
        }
    }

    fn alter_enum(
        &mut self,
        name: &Name,
        before: &[SmolStr],
        now: &[SmolStr],
    ) -> Result<(), NoInverse> {
        for value in now.iter().filter(|it| !before.contains(it)) {
            self.losses.insert(Loss::MayFailOnRows);
            self.push(
                Phase::AlterTable,
                Operation::DropEnumValue(DropEnumValue {
                    name: name.clone(),
                    value: value.clone(),
                }),
            );
        }
        for (at, value) in before.iter().enumerate() {
            if now.contains(value) {
                continue;
            }
            let place = match at.checked_sub(1) {
                Some(previous) => super::enum_value::Place::After(before[previous].clone()),
                None => match now.first() {
                    Some(first) => super::enum_value::Place::Before(first.clone()),
                    None => super::enum_value::Place::Last,
                },
            };
            self.push(
                Phase::AlterTable,
                Operation::AddEnumValue(AddEnumValue {
                    name: name.clone(),
                    if_not_exists: false,
                    value: value.clone(),
                    place,
                }),
            );
        }
        let kept = |one: &[SmolStr], two: &[SmolStr]| -> Vec<SmolStr> {
            one.iter().filter(|it| two.contains(it)).cloned().collect()
        };
        if kept(before, now) == kept(now, before) {
            Ok(())
        } else {
            Err(NoInverse(format!(
                "the values of type \"{name}\" changed their order"
            )))
        }
    }

    fn alter_sequence(&mut self, name: &Name, before: &Sequence, now: &Sequence) {
        self.recomment(
            Subject::Sequence(name.clone()),
            before.comment.as_ref(),
            now.comment.as_ref(),
        );
        // The sequence of an identity has followed its column already.
        let followed = (before.identity && now.identity)
            .then(|| SequenceOptions::of_type(&before.sql_type).alter(now).ok())
            .flatten();
        let now = followed.as_ref().unwrap_or(now);
        let differing = |one: i64, two: i64| (one != two).then_some(one);
        let mut options = SequenceOptions {
            sql_type: (before.sql_type != now.sql_type).then(|| before.sql_type.clone()),
            start: differing(before.start, now.start),
            increment: differing(before.increment, now.increment),
            minimum: differing(before.minimum, now.minimum).map(Some),
            maximum: differing(before.maximum, now.maximum).map(Some),
            cache: differing(before.cache, now.cache),
            cycle: (before.cycle != now.cycle).then_some(before.cycle),
            owned_by: (before.owned_by != now.owned_by).then(|| before.owned_by.clone()),
            name: None,
            restart: None,
        };
        if options.sql_type.is_some() {
            // A new type moves the limits that were the old type's own; say them all.
            options.minimum = Some(Some(before.minimum));
            options.maximum = Some(Some(before.maximum));
        }
        if options == SequenceOptions::default() || before.identity != now.identity {
            return;
        }
        if before.maximum < now.maximum || before.minimum > now.minimum {
            self.losses.insert(Loss::MayFailOnRows);
        }
        let operation = match &before.owned_by {
            Some((table, column)) if before.identity => Operation::AlterTable(AlterTable::one(
                table.clone(),
                Action::SetIdentity {
                    column: column.clone(),
                    always: None,
                    options,
                },
            )),
            _ => Operation::AlterSequence(AlterSequence {
                name: name.clone(),
                if_exists: false,
                options,
            }),
        };
        let phase = if before.owned_by.is_some() {
            Phase::Attach
        } else {
            Phase::AlterTable
        };
        self.push(phase, operation);
    }

    fn alter_table(&mut self, name: &Name, before: &Table, now: &Table) -> Result<(), NoInverse> {
        self.recomment(
            Subject::Table(name.clone()),
            before.comment.as_ref(),
            now.comment.as_ref(),
        );
        if before.partition_of != now.partition_of {
            let operation = partition::way_back(
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
                "the storage of table \"{name}\" changed"
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
        // Versions of a table share what did not change.
        let is_shared = |column: &Arc<Column>, others: &[Arc<Column>]| {
            others.iter().any(|it| Arc::ptr_eq(it, column))
        };
        for column in now.columns.iter().filter(|it| it.own) {
            if !is_shared(column, &before.columns) && before.column(&column.name).is_none() {
                actions.push(Action::DropColumn {
                    column: column.name.clone(),
                    if_exists: false,
                    cascade: false,
                });
            }
        }
        for column in &before.columns {
            if is_shared(column, &now.columns) {
                continue;
            }
            match now.column(&column.name) {
                Some(_) if self.is_made_again(column) => {
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

    fn constraints(
        &mut self,
        name: &Name,
        before: &Table,
        now: &Table,
        actions: &mut Vec<Action>,
        detached: &mut Vec<Action>,
        attached: &mut Vec<Action>,
    ) {
        if before.constraints == now.constraints {
            return;
        }
        // A table that is attached or detached keeps its constraints; whose they are changes.
        let rehung = before.partition_of != now.partition_of;
        let uncommented = |constraint: &Constraint| Constraint {
            comment: None,
            index_comment: None,
            inherited: constraint.inherited && !rehung && !constraint.own,
            own: constraint.own || rehung,
            ..constraint.clone()
        };
        let same = |one: Option<&Arc<Constraint>>, two: &Arc<Constraint>| {
            one.is_some_and(|one| Arc::ptr_eq(one, two) || uncommented(one) == uncommented(two))
        };
        for (constraint, it) in &now.constraints {
            if (it.inherited && !rehung) || same(before.constraints.get(constraint), it) {
                continue;
            }
            let with_column = it
                .kind
                .columns()
                .iter()
                .any(|column| before.column(column).is_none());
            // An exclusion's expressions hold their columns; all else goes with its column.
            if with_column && !matches!(it.kind, ConstraintKind::Exclusion(_)) {
                continue;
            }
            let drop = Action::DropConstraint {
                name: constraint.clone(),
                if_exists: false,
                cascade: false,
            };
            // What is the table's own only since the parent's was dropped makes room for the parent's.
            let makes_room = before
                .constraints
                .get(constraint)
                .is_some_and(|it| it.inherited && !it.own);
            match it.kind {
                ConstraintKind::ForeignKey(_) => detached.push(drop),
                _ if makes_room => detached.push(drop),
                _ => actions.push(drop),
            }
        }
        for (constraint, it) in &before.constraints {
            let subject = Subject::Constraint(name.clone(), constraint.clone());
            if same(now.constraints.get(constraint), it) {
                let present = &now.constraints[constraint];
                self.recomment(subject, it.comment.as_ref(), present.comment.as_ref());
                self.recomment(
                    Subject::Index(name.sibling(constraint.clone())),
                    it.index_comment.as_ref(),
                    present.index_comment.as_ref(),
                );
                continue;
            }
            if it.inherited {
                continue;
            }
            if it.validated {
                self.losses.insert(Loss::MayFailOnRows);
            }
            let add = Action::add_constraint(ConstraintDefinition::of(constraint, it));
            match it.kind {
                ConstraintKind::ForeignKey(_) => attached.push(add),
                _ => actions.push(add),
            }
            self.comment_constraint(name, constraint, it);
        }
    }

    /// Checks and indexes whose expressions read a column that gets its type back. PostgreSQL makes them anew from their
    /// text, with casts to the type in between (`ATPostAlterTypeParse`): `coalesce(a, 0)` of an integer would be
    /// `coalesce(a::bigint, 0::bigint)` from then on. Those that children share stay.
    fn make_expressions_anew(
        &mut self,
        name: &Name,
        before: &Table,
        now: &Table,
        actions: &mut Vec<Action>,
    ) {
        let is_alone = before.inherits.is_empty()
            && before.partition_of.is_none()
            && before.partition_by.is_none()
            && descendants(self.after, name).is_empty();
        let retyped = |column: &SmolStr| {
            let types = before.column(column).zip(now.column(column));
            types.is_some_and(|(it, now)| !it.sql_type.is_written_like(&now.sql_type))
        };
        let reads =
            |expression: &Expression| !expression.is_column() && expression.columns().any(retyped);
        let has_retyped = before.columns.iter().any(|it| retyped(&it.name));
        if !is_alone || !has_retyped {
            return;
        }
        for (constraint, it) in &before.constraints {
            let is_read = match &it.kind {
                ConstraintKind::Check { expression, .. } => reads(expression),
                ConstraintKind::Exclusion(it) => {
                    it.elements.iter().any(|it| reads(&it.0.expression))
                        || it.predicate.as_ref().is_some_and(reads)
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_) => false,
            };
            if is_read && now.constraints.get(constraint) == Some(it) {
                actions.insert(
                    0,
                    Action::DropConstraint {
                        name: constraint.clone(),
                        if_exists: false,
                        cascade: false,
                    },
                );
                actions.push(Action::add_constraint(ConstraintDefinition::of(
                    constraint, it,
                )));
                self.comment_constraint(name, constraint, it);
            }
        }
        let after = self.after;
        for (id, index) in after.indexes(name) {
            let is_read = index.elements.iter().any(|it| reads(&it.expression))
                || index.predicate.as_ref().is_some_and(reads);
            if is_read && !self.changed(id) {
                self.push(Phase::Detach, Operation::Drop(Drop::index(id)));
                self.push(
                    Phase::CreateIndex,
                    Operation::CreateIndex(CreateIndex::of(id, index)),
                );
                self.comment(Subject::Index(id.clone()), index.comment.as_ref());
            }
        }
    }

    /// Whether the statement drops the column, and adds one of its name.
    fn is_made_again(&self, column: &Column) -> bool {
        let drops = |action: &Action| matches!(action, Action::DropColumn { column: it, .. } if *it == column.name);
        !column.inherited && self.actions.iter().any(drops)
    }

    fn add_column(&mut self, column: &Column, actions: &mut Vec<Action>) {
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

    fn alter_column(
        &mut self,
        name: &Name,
        before: &Column,
        now: &Column,
        actions: &mut Vec<Action>,
    ) -> Result<(), NoInverse> {
        self.recomment(
            Subject::Column(name.clone(), before.name.clone()),
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
                    "the expression of column \"{column}\" cannot be given back to the column"
                )))
            } else {
                Err(NoInverse(format!(
                    "column \"{column}\" became a generated one"
                )))
            };
        }
        if before.identity.is_none() {
            self.restore_identity(before, now, actions);
        }
        // A default is dropped before the type changes and set after, as its value may not convert.
        if now.default.is_some()
            && (before.default.is_none() || (retyped && before.default != now.default))
        {
            actions.push(Action::SetDefault {
                column: column.clone(),
                default: None,
            });
        }
        if retyped {
            let using = self.actions.iter().find_map(|it| match it {
                Action::AlterType { column, using, .. } if *column == before.name => using.as_ref(),
                _ => None,
            });
            let (using, losses) = alter_type::way_back(before, now, using, self.after)?;
            self.losses.extend(losses);
            actions.push(Action::AlterType {
                column: column.clone(),
                sql_type: before.sql_type.clone(),
                collation: before.collation.clone(),
                using,
            });
        }
        if before.default.is_some() && before.default != now.default {
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

    fn restore_identity(&mut self, before: &Column, now: &Column, actions: &mut Vec<Action>) {
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
                    options: SequenceOptions::default(),
                });
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// Lets an inherited column be null or not as it did; the way back of a table above does so for those below.
    fn own_not_null(&mut self, name: &Name, before: &Column, now: &Column) {
        if before.not_null != now.not_null && !self.not_null_from_above(name, &before.name) {
            self.push_not_null(name, before);
        }
    }

    /// Whether the way back of a table above `name` says `not null` or the opposite for all tables below it.
    fn not_null_from_above(&self, name: &Name, column: &SmolStr) -> bool {
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
    fn not_null_below(&mut self, name: &Name, above: &Column) {
        for child in descendants(self.after, name) {
            let before = self.table_before(&child);
            let before = before.and_then(|it| it.column(&above.name)).cloned();
            if let Some(before) = before.filter(|it| it.not_null != above.not_null) {
                self.push_not_null(&child, &before);
            }
        }
    }

    fn push_not_null(&mut self, name: &Name, before: &Column) {
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

    /// Puts the tables to create after those that they need, and the tables to drop before those; types likewise.
    fn order_tables(&mut self) {
        let needs = |operation: &Operation| -> Vec<Name> {
            match operation {
                Operation::CreateTable(create) => create
                    .inherits
                    .iter()
                    .chain(create.partition_of.iter().map(|it| &it.parent))
                    .cloned()
                    .collect(),
                Operation::CreateType(create) => create.needs(),
                Operation::CreateDomain(create) => {
                    create.base.named().cloned().into_iter().collect()
                }
                _ => Vec::new(),
            }
        };
        let name = |operation: &Operation| match operation {
            Operation::CreateTable(create) => Some(create.name.clone()),
            Operation::CreateType(create) => Some(create.name.clone()),
            Operation::CreateDomain(create) => Some(create.name.clone()),
            _ => None,
        };
        // An index of a partitioned table takes over those that its partitions have.
        let mut indexes = std::mem::take(&mut self.phases[Phase::CreateIndex as usize]);
        indexes.sort_by_key(|operation| match operation {
            Operation::CreateIndex(create) => Reverse(self.depth(&create.index.table)),
            _ => Reverse(0),
        });
        self.phases[Phase::CreateIndex as usize] = indexes;
        for phase in [Phase::CreateType, Phase::CreateTable] {
            if self.phases[phase as usize].len() < 2 {
                continue;
            }
            let waiting = std::mem::take(&mut self.phases[phase as usize]);
            self.phases[phase as usize] = in_order(waiting, needs, name);
        }
        for phase in [Phase::DropTable, Phase::DropType] {
            if self.phases[phase as usize].len() < 2 {
                continue;
            }
            let dropping = std::mem::take(&mut self.phases[phase as usize]);
            self.phases[phase as usize] = self.in_drop_order(dropping);
        }
    }

    /// Dropped things joined into one statement a kind, where one needs another; else one by one.
    #[expect(clippy::unused_self, reason = "a step of the way, like its siblings")]
    fn in_drop_order(&self, operations: Vec<Operation>) -> Vec<Operation> {
        let mut joined: Vec<Drop> = Vec::new();
        for operation in operations {
            let Operation::Drop(drop) = operation else {
                continue;
            };
            match joined.iter_mut().find(|it| it.kind == drop.kind) {
                Some(same) => same.names.extend(drop.names),
                None => joined.push(drop),
            }
        }
        // A domain may rest on a type, and a composite on a domain; domains go first where both are dropped.
        joined.sort_by_key(|it| it.kind != DropKind::Domain);
        joined.into_iter().map(Operation::Drop).collect()
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

/// The comments of a composite's attributes and of a domain's checks.
fn part_comments(name: &Name, it: &Type) -> Vec<(Subject, SmolStr)> {
    match it {
        Type::Enum(_) => Vec::new(),
        Type::Composite(it) => it
            .attribute_comments
            .iter()
            .map(|(attribute, comment)| {
                let subject = Subject::Column(name.clone(), attribute.clone());
                (subject, comment.clone())
            })
            .collect(),
        Type::Domain(it) => it
            .check_comments
            .iter()
            .map(|(check, comment)| {
                let subject = Subject::DomainConstraint(name.clone(), check.clone());
                (subject, comment.clone())
            })
            .collect(),
    }
}

/// A stable order in which each operation stands after those that make what it needs.
fn in_order(
    operations: Vec<Operation>,
    needs: impl Fn(&Operation) -> Vec<Name>,
    name: impl Fn(&Operation) -> Option<Name>,
) -> Vec<Operation> {
    let mut missing: BTreeSet<Name> = operations.iter().filter_map(&name).collect();
    let mut ordered = Vec::with_capacity(operations.len());
    let mut waiting = operations;
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for operation in waiting {
            if needs(&operation).iter().any(|it| missing.contains(it)) {
                later.push(operation);
            } else {
                if let Some(made) = name(&operation) {
                    missing.remove(&made);
                }
                ordered.push(operation);
            }
        }
        if later.len() == before {
            ordered.append(&mut later);
        }
        waiting = later;
    }
    ordered
}

impl Action {
    /// `add constraint` without a guard.
    #[must_use]
    pub fn add_constraint(definition: ConstraintDefinition) -> Self {
        Self::AddConstraint {
            definition,
            if_not_exists: false,
        }
    }
}
