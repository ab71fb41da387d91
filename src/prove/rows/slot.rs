//! The columns of a table that a row gives values for, and the candidates of each. The columns of foreign keys that
//! share some are one slot: they are chosen together.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::{SmolStr, format_smolstr};

use crate::expression::Expression;
use crate::name::Name;
use crate::prove::rows::hint::Hint;
use crate::prove::rows::quote::literal;
use crate::prove::rows::root;
use crate::prove::rows::seat::Seat;
use crate::prove::rows::value::values;
use crate::schema::{Column, ConstraintKind, ForeignKey, Schema, Table, Type};
use crate::sql_type::SqlType;
use crate::token::quote_identifier;

/// Columns whose values are chosen together.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) columns: Vec<SmolStr>,
    /// SQL for the columns, in their order, between commas.
    pub(super) candidates: Vec<String>,
    /// Where `null` stands among them.
    pub(super) null: Option<usize>,
    /// The type that tells whether a candidate can be read at all.
    pub(super) sql_type: Option<SmolStr>,
}

impl Slot {
    /// Whether it is a column whose default calls a function.
    pub(super) fn may_call_default(&self, table: &Table) -> bool {
        let [column] = self.columns.as_slice() else {
            return false;
        };
        let default = table.column(column).and_then(|it| it.default.as_ref());
        default.is_some_and(|it| it.text().contains('('))
    }

    pub(super) fn leave_to_default(&mut self) {
        self.candidates = vec!["default".to_owned()];
        self.null = None;
    }
}

/// The hints for columns of all tables.
pub(super) type Hints = BTreeMap<(Name, SmolStr), Vec<Hint>>;

/// The slots of `table`, `wanted` rows of which are to be made.
pub(super) fn slots(
    name: &Name,
    table: &Table,
    schema: &Schema,
    hints: &Hints,
    wanted: usize,
) -> Vec<Slot> {
    let maker = Maker::new(name, table, schema, hints, wanted);
    let groups = maker.groups();
    let mut slots = Vec::new();
    for (at, column) in table.columns.iter().enumerate() {
        if !is_given(column) {
            continue;
        }
        match groups.iter().find(|it| it.columns.contains(&column.name)) {
            None => slots.push(maker.single(column, at)),
            Some(group) if *group.columns.first().expect("a key has columns") == column.name => {
                slots.push(maker.joined(group));
            }
            Some(_) => {}
        }
    }
    slots
}

/// Whether a row says what the column holds; else the server does.
fn is_given(column: &Column) -> bool {
    column.generated.is_none() && column.identity.is_none()
}

/// Foreign keys that share columns.
struct Group<'a> {
    /// In the order of the table.
    columns: Vec<SmolStr>,
    keys: Vec<&'a ForeignKey>,
}

/// The columns that exclusion constraints read.
fn apart(table: &Table) -> BTreeSet<SmolStr> {
    let constraints = table.constraints.values();
    constraints
        .filter(|it| matches!(it.kind, ConstraintKind::Exclusion(_)))
        .flat_map(|it| it.kind.columns().into_iter().cloned())
        .collect()
}

/// The columns that null is refused for.
pub(super) fn refuses_null(column: &Column, table: &Table, schema: &Schema) -> bool {
    let in_key = table
        .primary_key()
        .is_some_and(|it| it.1.columns.contains(&column.name));
    column.not_null || in_key || domain_refuses_null(&column.sql_type, schema)
}

fn domain_refuses_null(sql_type: &SqlType, schema: &Schema) -> bool {
    let mut sql_type = sql_type;
    // A domain on a domain and so on; no chain is longer than this.
    for _ in 0..64 {
        let Some(Type::Domain(domain)) = sql_type
            .named()
            .filter(|_| !sql_type.array)
            .and_then(|it| schema.type_named(it))
        else {
            return false;
        };
        if domain.not_null {
            return true;
        }
        sql_type = &domain.base;
    }
    false
}

/// Makes the slots of one table.
#[derive(Debug)]
pub(super) struct Maker<'a> {
    name: &'a Name,
    table: &'a Table,
    schema: &'a Schema,
    hints: &'a Hints,
    wanted: usize,
    apart: BTreeSet<SmolStr>,
    /// The key of a partition where it has several columns: all of them must fit at once.
    narrow: BTreeSet<SmolStr>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        name: &'a Name,
        table: &'a Table,
        schema: &'a Schema,
        hints: &'a Hints,
        wanted: usize,
    ) -> Self {
        let (_, mut narrow) = root(name, table, schema);
        if narrow.len() == 1 {
            narrow.clear();
        }
        Self {
            name,
            table,
            schema,
            hints,
            wanted,
            apart: apart(table),
            narrow,
        }
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let table = self.table;
        let mut groups: Vec<Group<'a>> = Vec::new();
        for constraint in table.constraints.values() {
            let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                continue;
            };
            let given = |it: &SmolStr| table.column(it).is_some_and(is_given);
            if !key.columns.iter().all(given) {
                continue;
            }
            let mut group = Group {
                columns: key.columns.clone(),
                keys: vec![key],
            };
            // The first row can only refer to itself.
            if key.table == *self.name
                && !key.columns.iter().any(|it| self.is_nullable(it))
                && key.references.iter().all(given)
            {
                group.columns.extend(key.references.iter().cloned());
            }
            let (shared, others) = groups
                .into_iter()
                .partition(|other| other.columns.iter().any(|it| group.columns.contains(it)));
            groups = others;
            let shared: Vec<Group<'a>> = shared;
            for other in shared {
                group.columns.extend(other.columns);
                group.keys.extend(other.keys);
            }
            // The widest key says most of what the others may hold.
            group
                .keys
                .sort_by_key(|it| std::cmp::Reverse(it.columns.len()));
            let mut columns: Vec<SmolStr> =
                table.columns.iter().map(|it| it.name.clone()).collect();
            columns.retain(|it| group.columns.contains(it));
            group.columns = columns;
            groups.push(group);
        }
        groups
    }

    /// Literals for a column without a foreign key.
    fn own(&self, column: &Column) -> Vec<String> {
        let at = self.place(column);
        let seat = Seat {
            column: at,
            count: self.wanted + 12,
            apart: self.apart.contains(&column.name),
            narrow: self.narrow.contains(&column.name),
        };
        let none = Vec::new();
        let hints = self
            .hints
            .get(&(self.name.clone(), column.name.clone()))
            .unwrap_or(&none);
        values(&column.sql_type, self.schema, hints, seat)
            .iter()
            .map(|it| literal(it))
            .collect()
    }

    fn single(&self, column: &Column, at: usize) -> Slot {
        let mut candidates = Vec::new();
        let own = self.own(column);
        let default = column.default.as_ref();
        let counts = default.is_some_and(|default| {
            default
                .functions("pg_catalog")
                .any(|it| it.name == "nextval")
        });
        if counts {
            candidates.extend(vec!["default".to_owned(); self.wanted + 8]);
        }
        candidates.extend(own);
        if default.is_some_and(|it| it.mutable_call().is_none()) {
            candidates.push("default".to_owned());
        }
        let mut null = None;
        if !refuses_null(column, self.table, self.schema) {
            let place = if counts {
                candidates.len()
            } else {
                (1 + at % 2).min(candidates.len())
            };
            candidates.insert(place, "null".to_owned());
            null = Some(place);
        }
        Slot {
            columns: vec![column.name.clone()],
            candidates,
            null,
            sql_type: Some(column.sql_type.within("pg_catalog")),
        }
    }

    fn joined(&self, group: &Group<'_>) -> Slot {
        let mut candidates = Vec::new();
        for offset in 0..self.wanted.max(3) + 5 {
            candidates.extend(self.of_own_key(group, 2 * offset));
            candidates.push(self.chain(group, offset));
        }
        let mut null = None;
        let nullable: Vec<&SmolStr> = group
            .columns
            .iter()
            .filter(|it| self.is_nullable(it))
            .collect();
        if !nullable.is_empty() {
            let values: Vec<String> = group
                .columns
                .iter()
                .map(|column| {
                    if nullable.contains(&column) {
                        return "null".to_owned();
                    }
                    let mut one = BTreeMap::new();
                    for key in &group.keys {
                        if key.columns.iter().all(|it| !nullable.contains(&it)) {
                            self.refer(key, 0, &mut one);
                        }
                    }
                    one.remove(column).unwrap_or_else(|| self.nth(column, 0))
                })
                .collect();
            // What refers to its own table finds no row at first.
            let place = 1.min(candidates.len());
            candidates.insert(place, values.join(", "));
            null = Some(place);
        }
        Slot {
            columns: group.columns.clone(),
            candidates,
            null,
            sql_type: None,
        }
    }

    fn place(&self, column: &Column) -> usize {
        let columns = self.table.columns.iter();
        columns.take_while(|it| it.name != column.name).count()
    }

    /// One of the column's own values for each `row`.
    pub(super) fn nth(&self, column: &str, row: usize) -> String {
        let own = self
            .table
            .column(column)
            .map(|it| self.own(it))
            .unwrap_or_default();
        let value = own.get(row % own.len().max(1));
        value.cloned().unwrap_or_else(|| "null".to_owned())
    }

    fn is_nullable(&self, column: &str) -> bool {
        self.table
            .column(column)
            .is_some_and(|it| !refuses_null(it, self.table, self.schema))
    }

    /// The columns of the group as the rows that the keys refer to have them.
    fn chain(&self, group: &Group<'_>, offset: usize) -> String {
        let mut chosen = BTreeMap::new();
        for key in &group.keys {
            self.refer(key, offset, &mut chosen);
        }
        let values = group.columns.iter();
        let values = values.map(|it| {
            chosen
                .remove(it)
                .unwrap_or_else(|| self.nth(it, 2 * offset + 1))
        });
        values.collect::<Vec<_>>().join(", ")
    }

    /// Adds the columns of `key` from a row that fits those which are chosen already.
    fn refer(&self, key: &ForeignKey, offset: usize, chosen: &mut BTreeMap<SmolStr, String>) {
        let target = self.schema.table(&key.table);
        let only = if target.is_some_and(|it| it.partition_by.is_some()) {
            ""
        } else {
            "only "
        };
        let from = format!("{only}{} as r", key.table.qualified());
        let mut conditions: Vec<String> = Vec::new();
        let pairs = || key.columns.iter().zip(&key.references);
        for (column, reference) in pairs() {
            let reference = quote_identifier(reference);
            conditions.push(match chosen.get(column) {
                Some(value) => format!("r.{reference} = {value}"),
                None => format!("r.{reference} is not null"),
            });
        }
        let conditions = conditions.join(" and ");
        let order: Vec<String> = key
            .references
            .iter()
            .map(|it| format!("r.{}", quote_identifier(it)))
            .collect();
        let skip = if offset == 0 {
            String::new()
        } else {
            format!(
                " offset pg_catalog.mod({offset}, (select greatest(pg_catalog.count(*), 1) from {from} where {conditions}))"
            )
        };
        let found: Vec<(SmolStr, String)> = pairs()
            .filter(|it| !chosen.contains_key(it.0))
            .map(|(column, reference)| {
                let value = format!(
                    "(select r.{} from {from} where {conditions} order by {}{skip} limit 1)",
                    quote_identifier(reference),
                    order.join(", ")
                );
                (column.clone(), value)
            })
            .collect();
        chosen.extend(found);
    }

    /// For rows that must refer to their own table, where none is at first: one that refers to itself.
    fn of_own_key(&self, group: &Group<'_>, row: usize) -> Option<String> {
        let key = group.keys.iter().find(|key| {
            key.table == *self.name && key.references.iter().all(|it| group.columns.contains(it))
        })?;
        let columns = group.columns.iter();
        let mut chosen: BTreeMap<&SmolStr, String> =
            columns.map(|it| (it, self.nth(it, row))).collect();
        for (column, reference) in key.columns.iter().zip(&key.references) {
            let value = chosen.get(reference).cloned()?;
            chosen.insert(column, value);
        }
        let values = group.columns.iter().map(|it| chosen[it].as_str());
        Some(values.collect::<Vec<_>>().join(", "))
    }
}

/// For each name that an error of the server may give, the slots that it is about, counted from 1.
pub(super) fn rules(
    name: &Name,
    table: &Table,
    schema: &Schema,
    slots: &[Slot],
) -> BTreeMap<SmolStr, BTreeSet<usize>> {
    let mut rules: BTreeMap<SmolStr, BTreeSet<usize>> = BTreeMap::new();
    let mut add = |rule: SmolStr, columns: Vec<&SmolStr>| {
        let mut places = BTreeSet::new();
        for column in columns {
            let generated = table.column(column).and_then(|it| it.generated.as_ref());
            let read: Vec<&SmolStr> =
                generated.map_or_else(|| vec![column], |it| it.expression.columns().collect());
            places.extend(
                slots
                    .iter()
                    .enumerate()
                    .filter(|slot| slot.1.columns.iter().any(|it| read.contains(&it)))
                    .map(|it| it.0 + 1),
            );
        }
        if !places.is_empty() {
            rules.entry(rule).or_default().extend(places);
        }
    };
    for (constraint, it) in &table.constraints {
        add(constraint.clone(), it.kind.columns());
    }
    for (index, it) in schema.indexes(name) {
        if it.unique {
            add(
                index.name.clone(),
                it.elements
                    .iter()
                    .flat_map(|it| it.expression.columns())
                    .chain(it.predicate.iter().flat_map(Expression::columns))
                    .collect(),
            );
        }
    }
    for column in &table.columns {
        add(
            format_smolstr!("not null {}", column.name),
            vec![&column.name],
        );
    }
    rules
}
