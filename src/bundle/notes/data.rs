//! Which data a release gives up: what the upgrade drops, and what a rollback discards.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::lower::Lowered;
use crate::markdown;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::{AlterTable, Operation, Resolved};
use crate::schema::{Part, Schema};
use crate::script::pack::{Pack, Undo};
use crate::token::quote_identifier;

/// Something that holds rows or values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    /// `table`, `column` and the like.
    word: &'static str,
    name: String,
}

impl Thing {
    fn new(word: &'static str, name: &Name) -> Self {
        Self {
            word,
            name: name.to_string(),
        }
    }

    fn of_column(word: &'static str, table: &Name, column: &str) -> Self {
        Self {
            word,
            name: format!("{table}.{}", quote_identifier(column)),
        }
    }
}

/// Things as Markdown, those of one kind together: tables `a`, `b`; column `c.d`. Empty for none.
pub(super) fn names(things: &[Thing]) -> String {
    let group = |(word, names): (&str, Vec<&str>)| {
        let plural = if names.len() > 1 { "s" } else { "" };
        let names: Vec<String> = names.into_iter().map(markdown::code).collect();
        format!("{word}{plural} {}", names.join(", "))
    };
    let groups = by_word(things).into_iter().map(group);
    groups.collect::<Vec<_>>().join("; ")
}

/// How many there are of each kind: 2 tables, 1 column. Empty for none.
pub(super) fn numbers(things: &[Thing]) -> String {
    let group = |(word, names): (&str, Vec<&str>)| {
        let plural = if names.len() > 1 { "s" } else { "" };
        format!("{} {word}{plural}", names.len())
    };
    let groups = by_word(things).into_iter().map(group);
    groups.collect::<Vec<_>>().join(", ")
}

/// The names of each kind, in the order in which they come.
fn by_word(things: &[Thing]) -> Vec<(&'static str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for thing in things {
        match groups.iter_mut().find(|it| it.0 == thing.word) {
            Some((_, names)) => names.push(&thing.name),
            None => groups.push((thing.word, vec![&thing.name])),
        }
    }
    groups
}

/// For each step, what the upgrade drops of what was there before the step: a database may stand before any of them, with rows.
pub(super) fn dropped(pack: &Pack) -> Vec<Vec<Thing>> {
    let mut schema = pack.before.clone();
    let mut steps = Vec::with_capacity(pack.steps.len());
    for step in &pack.steps {
        let mut forward = Forward {
            schema: &mut schema,
            tables: BTreeSet::new(),
            columns: BTreeSet::new(),
        };
        let mut found = Vec::new();
        for operation in step.upgrade.iter().filter_map(Lowered::operation) {
            found.extend(forward.operation(operation));
            let applied = operation.apply(forward.schema);
            applied.expect("the way there was replayed");
        }
        steps.push(found);
    }
    steps
}

/// The way there, in one step.
struct Forward<'a> {
    schema: &'a mut Schema,
    /// What the step itself has made.
    tables: BTreeSet<Name>,
    columns: BTreeSet<(Name, SmolStr)>,
}

impl Forward<'_> {
    /// What the operation drops.
    fn operation(&mut self, operation: &Operation) -> Vec<Thing> {
        if let Operation::CreateTable(it) = operation {
            self.tables.insert(it.name.clone());
        } else if let Operation::Rename(it) = operation {
            self.rename(&it.subject.name, it.subject.part.as_ref(), &it.to);
        } else if let Operation::SetSchema(it) = operation
            && self.tables.contains(&it.name)
        {
            let there = Name::new(it.to.clone(), it.name.name.clone());
            self.tables.insert(there);
        } else if let Operation::AlterTable(it) = operation {
            return self.alter(it);
        } else if let Operation::Drop(it) = operation
            && matches!(it.kind, Kind::Table | Kind::Sequence | Kind::Schema)
        {
            let names = it.names.iter().filter(|name| !self.tables.contains(*name));
            let word = it.kind.word();
            let shown = |name: &Name| {
                if it.kind.is_qualified() {
                    name.to_string()
                } else {
                    quote_identifier(&name.name).to_string()
                }
            };
            let things = names.map(|name| Thing {
                word,
                name: shown(name),
            });
            return things.collect();
        }
        Vec::new()
    }

    fn rename(&mut self, name: &Name, part: Option<&Part>, to: &SmolStr) {
        match part {
            None if self.tables.contains(name) => {
                self.tables.insert(name.sibling(to.clone()));
            }
            Some(Part::Column(column)) if self.has_made(name, column) => {
                self.columns.insert((name.clone(), to.clone()));
            }
            None
            | Some(Part::Column(_) | Part::Constraint(_) | Part::Attribute(_) | Part::Value(_)) => {
            }
        }
    }

    fn has_made(&self, table: &Name, column: &SmolStr) -> bool {
        self.tables.contains(table) || self.columns.contains(&(table.clone(), column.clone()))
    }

    fn alter(&mut self, alter: &AlterTable) -> Vec<Thing> {
        let table = &alter.name;
        let mut found = Vec::new();
        for action in &alter.actions {
            if let Action::DropColumn { column, .. } = action {
                let known = self.schema.table(table).and_then(|it| it.column(column));
                let is_computed = known.is_some_and(|it| it.generated.is_some());
                if !is_computed && !self.has_made(table, column) {
                    found.push(Thing::of_column("column", table, column));
                }
            } else if let Action::DropIdentity { column, .. } = action
                && !self.has_made(table, column)
            {
                found.push(Thing::of_column("identity of column", table, column));
            }
        }
        // PostgreSQL drops first, wherever that stands.
        for action in &alter.actions {
            if let Action::AddColumn { definition, .. } = action {
                let column = definition.name.clone();
                self.columns.insert((table.clone(), column));
            }
        }
        found
    }
}

/// For each step, the tables and columns whose rows and values `rollback.sql` discards, as it counts them itself, under the
/// names that they have at the head.
pub(super) fn discarded(pack: &Pack) -> Vec<Vec<Thing>> {
    let mut back = Back {
        schema: pack.after.clone(),
        made: BTreeSet::new(),
        tables: BTreeMap::new(),
        columns: BTreeMap::new(),
        found: Vec::new(),
    };
    let mut steps = vec![Vec::new(); pack.steps.len()];
    for (step, found) in pack.steps.iter().zip(&mut steps).rev() {
        if let Undo::Irreversible(_) = step.downgrade {
            break;
        }
        for operation in step.inverse() {
            back.operation(operation);
        }
        *found = std::mem::take(&mut back.found);
    }
    steps
}

/// The way back.
struct Back {
    schema: Schema,
    /// What the rollback itself has made, which is empty.
    made: BTreeSet<Name>,
    /// The names at the head, by those further below; the table of a column by its name at the head.
    tables: BTreeMap<Name, Name>,
    columns: BTreeMap<(Name, SmolStr), SmolStr>,
    found: Vec<Thing>,
}

impl Back {
    fn operation(&mut self, operation: &Resolved) {
        let done: &Operation = operation;
        if let Operation::Drop(it) = done
            && it.kind == Kind::Table
        {
            let is_there =
                |name: &&Name| self.schema.table(name).is_some() && !self.made.contains(*name);
            let names = it.names.iter().filter(is_there);
            let found = names.map(|name| Thing::new("table", self.at_head(name)));
            self.found.extend(found.collect::<Vec<_>>());
        } else if let Operation::AlterTable(it) = done
            && !self.made.contains(&it.name)
        {
            let found = self.dropped_columns(it);
            self.found.extend(found);
        } else if let Operation::CreateTable(it) = done {
            self.made.insert(it.name.clone());
        } else if let Operation::Rename(it) = done
            && it.subject.kind == Kind::Table
        {
            self.rename(&it.subject.name, it.subject.part.as_ref(), &it.to);
        } else if let Operation::SetSchema(it) = done
            && it.kind == Kind::Table
        {
            let head = self.at_head(&it.name).clone();
            let there = Name::new(it.to.clone(), it.name.name.clone());
            self.tables.insert(there, head);
        }
        operation
            .apply(&mut self.schema)
            .expect("the downgrade was checked");
    }

    /// Values that are computed come back.
    fn dropped_columns(&self, alter: &AlterTable) -> Vec<Thing> {
        let table = self.schema.table(&alter.name);
        let head = self.at_head(&alter.name);
        let dropped = alter.actions.iter().filter_map(|it| {
            let Action::DropColumn { column, .. } = it else {
                return None;
            };
            let found = table?.column(column)?;
            let at_head = self.column_at_head(head, column);
            (found.generated.is_none()).then(|| Thing::of_column("column", head, at_head))
        });
        dropped.collect()
    }

    fn rename(&mut self, name: &Name, part: Option<&Part>, to: &SmolStr) {
        let head = self.at_head(name).clone();
        match part {
            None => {
                self.tables.insert(name.sibling(to.clone()), head);
            }
            Some(Part::Column(column)) => {
                let first = self.column_at_head(&head, column).clone();
                self.columns.insert((head, to.clone()), first);
            }
            Some(Part::Constraint(_) | Part::Attribute(_) | Part::Value(_)) => {}
        }
    }

    fn at_head<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.tables.get(name).unwrap_or(name)
    }

    fn column_at_head<'a>(&'a self, table: &Name, column: &'a SmolStr) -> &'a SmolStr {
        let key = (table.clone(), column.clone());
        self.columns.get(&key).unwrap_or(column)
    }
}
