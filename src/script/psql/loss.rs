//! What a rollback would discard, and which rows would make it fail: counted before its first change.
//!
//! The way back is walked on the model. What it asks of a table is asked under the name that the table has where the
//! rollback begins.

mod check;

use std::collections::BTreeSet;

use check::{Check, Event, Names};
use serde::Serialize;
use smol_str::SmolStr;

use crate::inverse::rows::reach;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::Operation;
use crate::operation::Resolved;
use crate::operation::alter_table::{Action, AlterTable};
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::{Column, ConstraintKind, Object, ObjectId, Part, Schema, Type};
use crate::script::psql::route::Route;
use crate::sql_type::{BaseType, SqlType};
use crate::token::{TokenKind, lex};

pub(super) use check::ENOUGH;

/// A check of one step of the rollback.
#[derive(Debug)]
struct Probe {
    step: usize,
    check: Check,
    /// How many events came before it.
    events: usize,
    /// The last step so far that changes rows as its author wrote it.
    data: Option<usize>,
}

/// A check under the names of one start; `loss.sql` reads it.
#[derive(Debug, Serialize)]
pub(super) struct Variant {
    number: usize,
    #[serde(rename = "variant")]
    start: usize,
    /// The number of the step that loses it, of the one above which the names are these, and of the last one so far that
    /// changes rows as its author wrote it.
    step: String,
    above: Option<String>,
    data: Option<String>,
    discards: bool,
    what: String,
    query: String,
    /// What the query reads, under the names of that start.
    tables: Vec<SmolStr>,
}

/// The walk back.
#[derive(Debug)]
struct Walk {
    schema: Schema,
    probes: Vec<Probe>,
    events: Vec<(usize, Event)>,
    step: usize,
    /// The steps so far that change rows as their author wrote it, with the tables whose rows those may be; none for any.
    data: Vec<(usize, Option<BTreeSet<Name>>)>,
    /// What the rollback itself made, which is empty.
    made: BTreeSet<Name>,
}

impl Walk {
    fn add(&mut self, check: Check) {
        let tables = check.tables();
        let may_change = |it: &&(usize, Option<BTreeSet<Name>>)| {
            let reached = it.1.as_ref();
            reached.is_none_or(|all| tables.iter().any(|table| all.contains(*table)))
        };
        let data = self.data.iter().rev().find(may_change).map(|it| it.0);
        self.probes.push(Probe {
            step: self.step,
            check,
            events: self.events.len(),
            data,
        });
    }

    fn operation(&mut self, operation: &Resolved) {
        match &**operation {
            Operation::Drop(drop) if drop.kind == Kind::Table => {
                for name in &drop.names {
                    if self.schema.table(name).is_some() && !self.made.contains(name) {
                        self.add(Check::Rows(name.clone()));
                    }
                }
            }
            Operation::AlterTable(alter) if !self.made.contains(&alter.name) => self.alter(alter),
            Operation::DropEnumValue(drop) => self.value(&drop.name, &drop.value),
            Operation::CreateTable(create) => {
                self.made.insert(create.name.clone());
            }
            Operation::Rename(rename) if rename.subject.kind == Kind::Table => {
                let (name, to) = (rename.subject.name.clone(), rename.to.clone());
                let event = match &rename.subject.part {
                    None => Some(Event::Table(name.clone(), name.sibling(to))),
                    Some(Part::Column(column)) => Some(Event::Column(name, column.clone(), to)),
                    Some(Part::Constraint(_) | Part::Attribute(_) | Part::Value(_)) => None,
                };
                self.renamed(event.as_ref());
                self.events.extend(event.map(|it| (self.step, it)));
            }
            Operation::SetSchema(it) if it.kind == Kind::Table => {
                let there = Name::new(it.to.clone(), it.name.name.clone());
                let event = Event::Table(it.name.clone(), there);
                self.renamed(Some(&event));
                self.events.push((self.step, event));
            }
            Operation::Data(it) => self.data.push((self.step, reach(it, &self.schema))),
            Operation::Raw(_) => self.data.push((self.step, None)),
            Operation::Drop(_)
            | Operation::AlterTable(_)
            | Operation::Rename(_)
            | Operation::SetSchema(_)
            | Operation::CreateIndex(_)
            | Operation::CreateType(_)
            | Operation::CreateDomain(_)
            | Operation::CreateSchema(_)
            | Operation::CreateExtension(_)
            | Operation::CreateSequence(_)
            | Operation::AlterSequence(_)
            | Operation::AddEnumValue(_)
            | Operation::CommentOn(_)
            | Operation::Assert(_) => {}
        }
        operation
            .apply(&mut self.schema)
            .expect("the downgrade was checked");
    }

    /// Lets what was reached keep up with the names.
    fn renamed(&mut self, event: Option<&Event>) {
        if let Some(Event::Table(above, below)) = event {
            for reached in self.data.iter_mut().filter_map(|it| it.1.as_mut()) {
                if reached.remove(above) {
                    reached.insert(below.clone());
                }
            }
        }
    }

    fn alter(&mut self, alter: &AlterTable) {
        let table = &alter.name;
        for action in &alter.actions {
            match action {
                Action::DropColumn { column, .. } => {
                    let found = self.schema.table(table).and_then(|it| it.column(column));
                    let Some(found) = found.filter(|it| it.generated.is_none()) else {
                        continue;
                    };
                    let default = constant(found, &self.schema.default);
                    self.add(Check::Values(table.clone(), column.clone(), default));
                }
                Action::SetNotNull {
                    column,
                    not_null: true,
                } => self.add(Check::Nulls(table.clone(), column.clone())),
                Action::AddColumn { definition, .. } => {
                    let filled = definition.default.is_some()
                        || definition.identity.is_some()
                        || definition.generated.is_some()
                        || definition.sequence.is_some();
                    if definition.not_null && !filled {
                        self.add(Check::Unfilled(table.clone(), definition.name.clone()));
                    }
                }
                Action::AlterType {
                    column,
                    sql_type,
                    using: None,
                    ..
                } => self.narrow(table, column, sql_type),
                Action::AddConstraint { definition, .. } => self.constraint(table, definition),
                Action::SetNotNull { .. }
                | Action::AlterType { .. }
                | Action::SetDefault { .. }
                | Action::AddIdentity { .. }
                | Action::SetIdentity { .. }
                | Action::DropIdentity { .. }
                | Action::DropExpression { .. }
                | Action::ValidateConstraint { .. }
                | Action::DropConstraint { .. }
                | Action::AttachPartition { .. }
                | Action::DetachPartition { .. } => {}
            }
        }
    }

    fn narrow(&mut self, table: &Name, column: &SmolStr, to: &SqlType) {
        let check = match &to.base {
            _ if to.array => return,
            BaseType::Builtin("varchar" | "bpchar") if !to.modifiers.is_empty() => {
                Check::Longer(table.clone(), column.clone(), to.modifiers.clone())
            }
            BaseType::Builtin("int2") => Check::Beyond(table.clone(), column.clone(), "smallint"),
            BaseType::Builtin("int4") => Check::Beyond(table.clone(), column.clone(), "integer"),
            BaseType::Builtin(_) | BaseType::Named(_) => return,
        };
        let numeric = |it: &Column| {
            matches!(
                it.sql_type.base,
                BaseType::Builtin(
                    "int2"
                        | "int4"
                        | "int8"
                        | "numeric"
                        | "float4"
                        | "float8"
                        | "varchar"
                        | "bpchar"
                        | "text"
                )
            )
        };
        let found = self.schema.table(table).and_then(|it| it.column(column));
        if found.is_some_and(|it| numeric(it) && !it.sql_type.array) {
            self.add(check);
        }
    }

    fn constraint(&mut self, table: &Name, definition: &ConstraintDefinition) {
        if !definition.validated || definition.using_index.is_some() {
            return;
        }
        match &definition.kind {
            ConstraintKind::PrimaryKey(key) => {
                for column in &key.columns {
                    self.add(Check::Nulls(table.clone(), column.clone()));
                }
                self.add(Check::Duplicates(table.clone(), key.columns.clone(), true));
            }
            ConstraintKind::Unique(key) => {
                let nulls = key.nulls_not_distinct;
                self.add(Check::Duplicates(table.clone(), key.columns.clone(), nulls));
            }
            ConstraintKind::ForeignKey(key) => {
                self.add(if self.made.contains(&key.table) {
                    Check::Deserted(table.clone(), key.clone())
                } else {
                    let is_own = self.is_own(table, &key.columns)
                        && self.is_own(&key.table, &key.references);
                    Check::Orphans(table.clone(), key.clone(), is_own)
                });
            }
            ConstraintKind::Check { expression, .. } => {
                self.add(Check::Violations(
                    table.clone(),
                    expression.text().to_owned(),
                ));
            }
            ConstraintKind::Exclusion(_) => {}
        }
    }

    /// Whether `pg_catalog` compares the values of these columns: its own types, and enums.
    fn is_own(&self, table: &Name, columns: &[SmolStr]) -> bool {
        let table = self.schema.table(table);
        columns.iter().all(|column| {
            let found = table.and_then(|it| it.column(column));
            found.is_some_and(|column| match &column.sql_type.base {
                BaseType::Builtin(_) => true,
                BaseType::Named(name) => {
                    let object = self.schema.get(&ObjectId::Type(name.clone()));
                    object.is_some_and(|it| matches!(**it, Object::Type(Type::Enum(_))))
                }
            })
        })
    }

    fn value(&mut self, name: &Name, value: &SmolStr) {
        let mut found = Vec::new();
        for (id, object) in self.schema.dependents(&ObjectId::Type(name.clone())) {
            if let (ObjectId::Relation(table), Object::Table(it)) = (id, &**object)
                && !self.made.contains(table)
            {
                for column in it
                    .columns
                    .iter()
                    .filter(|it| it.sql_type.named() == Some(name))
                {
                    found.push(Check::Having(
                        table.clone(),
                        column.name.clone(),
                        value.clone(),
                        column.sql_type.array,
                    ));
                }
            }
        }
        for check in found {
            self.add(check);
        }
    }
}

/// The default of a column where it is a constant, as SQL.
fn constant(column: &Column, schema: &str) -> Option<String> {
    let default = column.default.as_ref()?;
    let text = default.text();
    let tokens = lex(text, 0, text.len()).ok()?;
    let [first, rest @ ..] = tokens.as_slice() else {
        return None;
    };
    let is_literal = matches!(first.kind, TokenKind::String | TokenKind::Number)
        || ["true", "false"].iter().any(|it| first.is_word(text, it));
    let is_cast = rest.is_empty() || rest[0].is(text, "::");
    (is_literal && is_cast).then(|| format!("{text}::{}", column.sql_type.within(schema)))
}

impl Route<'_> {
    /// What counts what the steps would discard, and what would make them fail.
    pub(super) fn losses(&self) -> Vec<Variant> {
        let mut walk = Walk {
            schema: self.pack.after.clone(),
            probes: Vec::new(),
            events: Vec::new(),
            step: 0,
            data: Vec::new(),
            made: BTreeSet::new(),
        };
        for step in &self.steps {
            if step.irreversible.is_some() {
                break;
            }
            walk.step = step.number;
            for operation in self.pack.steps[step.node - self.below].inverse() {
                walk.operation(operation);
            }
        }
        let probes = walk.probes.iter().enumerate();
        probes
            .flat_map(|(number, probe)| variants(number, probe, &walk.events))
            .collect()
    }
}

/// A probe under the names that its tables have where the rollback begins, for every step that renames one.
fn variants(number: usize, probe: &Probe, events: &[(usize, Event)]) -> Vec<Variant> {
    let events = relevant(&probe.check, &events[..probe.events]);
    let text = |it: Option<usize>| it.map(|number| number.to_string());
    let steps: BTreeSet<usize> = events.iter().map(|it| it.0).collect();
    let mut last = None;
    let mut rows = Vec::new();
    for (variant, start) in steps.into_iter().map(Some).chain([None]).enumerate() {
        let mut names = Names::default();
        for (step, event) in &events {
            if start.is_some_and(|start| start <= *step) {
                names.follow(event);
            }
        }
        let query = probe.check.query(&names);
        // What no step in between renames is asked in one way.
        if query == last {
            rows.pop();
        }
        if let Some(query) = &query {
            let tables = probe.check.tables().into_iter();
            rows.push(Variant {
                number,
                start: variant,
                step: probe.step.to_string(),
                above: text(start),
                data: text(probe.data),
                discards: probe.check.discards(),
                what: probe.check.what(&names),
                query: query.clone(),
                tables: tables.map(|it| names.table(it)).collect(),
            });
        }
        last = query;
    }
    rows
}

/// The events that lead to the tables of a check.
fn relevant<'a>(check: &Check, events: &'a [(usize, Event)]) -> Vec<&'a (usize, Event)> {
    let mut tables: Vec<&Name> = check.tables();
    let mut found = Vec::new();
    for it in events.iter().rev() {
        match &it.1 {
            Event::Table(above, below) => {
                let Some(at) = tables.iter().position(|it| *it == below) else {
                    continue;
                };
                tables[at] = above;
            }
            Event::Column(table, ..) => {
                if !tables.contains(&table) {
                    continue;
                }
            }
        }
        found.push(it);
    }
    found.reverse();
    found
}
