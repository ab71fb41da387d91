//! Whether two objects are one to PostgreSQL, which keeps no spelling of their expressions.

use std::sync::Arc;

use crate::binder::{Binder, Place, Stored};
use crate::expression::Expression;
use crate::model::bind::{columns, world};
use crate::name::Name;
use crate::raw_sql;
use crate::schema::{
    Column, Constraint, ConstraintKind, Domain, Exclusion, Generated, Index, IndexElement, Object,
    ObjectId, Schema, Table, Type,
};
use crate::sql_type::SqlType;

/// Whether both are the same, or differ only in how their expressions are written. What they refer to is as `schema` has it.
#[must_use]
pub fn same(id: &ObjectId, one: &Object, two: &Object, schema: &Schema) -> bool {
    one.same(two) || one.same(&respelled(id, one, two, schema))
}

/// The second object, with what is stored alike written as in the first.
#[must_use]
pub fn respelled(id: &ObjectId, one: &Object, two: &Object, schema: &Schema) -> Object {
    let mut respelled = two.clone();
    match (one, &mut respelled) {
        (Object::Table(one), Object::Table(two)) => {
            if let Some(name) = id.relation() {
                respell_table(name, one, two, schema);
            }
        }
        (Object::Index(one), Object::Index(two)) => {
            if let Some(table) = schema.table(&one.table)
                && one.table == two.table
            {
                let side = Side::new(&one.table, table, schema);
                respell_index(one, two, (side, side));
            }
        }
        (Object::Type(Type::Domain(one)), Object::Type(Type::Domain(two))) => {
            respell_domain(one, two, schema);
        }
        (
            Object::Namespace(_)
            | Object::Extension(_)
            | Object::Type(_)
            | Object::Table(_)
            | Object::Index(_)
            | Object::Sequence(_)
            | Object::Opaque(_),
            _,
        ) => {}
    }
    respelled
}

/// Whether two checks of a table are one.
#[must_use]
pub fn same_check(
    one: &ConstraintKind,
    two: &ConstraintKind,
    (name, table): (&Name, &Table),
    schema: &Schema,
) -> bool {
    let mut respelled = two.clone();
    let side = Side::new(name, table, schema);
    respell_kind(one, &mut respelled, (side, side));
    *one == respelled
}

/// Whether columns of two tables are generated in the same way.
#[must_use]
pub fn same_generated(
    (one, of_one): (&Column, &Table),
    (two, of_two): (&Column, &Table),
    name: &Name,
    schema: &Schema,
) -> bool {
    match (&one.generated, &two.generated) {
        (Some(a), Some(b)) => {
            let stored = |table, generated: &Generated| {
                let side = Side::new(name, table, schema);
                side.generated(&generated.expression, &one.sql_type)
            };
            a == b || a.stored == b.stored && alike(stored(of_one, a), stored(of_two, b))
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether two defaults of a type are one.
#[must_use]
pub fn same_default(
    one: &Expression,
    two: &Expression,
    sql_type: &SqlType,
    schema: &Schema,
) -> bool {
    alike_defaults(Some(one), Some(two), sql_type, schema)
}

/// A table whose columns expressions read.
#[derive(Debug, Clone, Copy)]
struct Side<'a> {
    name: &'a Name,
    table: &'a Table,
    schema: &'a Schema,
}

impl<'a> Side<'a> {
    fn new(name: &'a Name, table: &'a Table, schema: &'a Schema) -> Self {
        Self {
            name,
            table,
            schema,
        }
    }

    fn binder(self) -> Binder<'a> {
        let world = world(self.schema);
        let mut binder = Binder::new(world);
        binder.see(self.name, None, &columns(self.table, world));
        binder
    }

    /// What is stored of an expression over the columns.
    fn stored(self, expression: &Expression, place: Place) -> Option<Stored> {
        let tree = raw_sql::expression_tree(expression.text())?;
        let mut binder = self.binder();
        if place.is_condition() {
            binder.stored_condition(&tree, expression.text(), place)
        } else {
            binder.stored(&tree, expression.text(), place)
        }
    }

    fn generated(self, expression: &Expression, sql_type: &SqlType) -> Option<Stored> {
        let tree = raw_sql::expression_tree(expression.text())?;
        let target = world(self.schema).typed(sql_type);
        let place = Place::Generated;
        self.binder()
            .stored_assigned(&tree, expression.text(), place, &target)
    }
}

/// What is stored of a default of that type: nothing of null, unless it is cut or checked.
fn default(expression: &Expression, sql_type: &SqlType, schema: &Schema) -> Option<Stored> {
    let tree = raw_sql::expression_tree(expression.text())?;
    let world = world(schema);
    let target = world.typed(sql_type);
    Binder::new(world).stored_assigned(&tree, expression.text(), Place::Default, &target)
}

/// Whether both are known, and the same.
fn alike(one: Option<Stored>, two: Option<Stored>) -> bool {
    match (one, two) {
        (Some(one), Some(two)) => one.text() == two.text(),
        (Some(_) | None, None) | (None, Some(_)) => false,
    }
}

fn alike_over(one: &Expression, two: &Expression, place: Place, (a, b): (Side, Side)) -> bool {
    one == two || alike(a.stored(one, place), b.stored(two, place))
}

/// Whether two defaults are one; none is the same as `default null`.
fn alike_defaults(
    one: Option<&Expression>,
    two: Option<&Expression>,
    sql_type: &SqlType,
    schema: &Schema,
) -> bool {
    let is_null =
        |it: &Expression| default(it, sql_type, schema).is_some_and(|stored| stored.is_null());
    match (one, two) {
        (Some(one), Some(two)) => {
            one == two
                || alike(
                    default(one, sql_type, schema),
                    default(two, sql_type, schema),
                )
        }
        (Some(only), None) | (None, Some(only)) => is_null(only),
        (None, None) => true,
    }
}

/// Writes what is the same in `two` as `one` has it.
fn respell_table(name: &Name, one: &Table, two: &mut Table, schema: &Schema) {
    let whole = two.clone();
    let sides = (
        Side::new(name, one, schema),
        Side::new(name, &whole, schema),
    );
    for column in &mut two.columns {
        if let Some(before) = one.column(&column.name)
            && *before != **column
            && before.sql_type == column.sql_type
        {
            respell_column(before, column, sides);
        }
    }
    for (constraint, after) in &mut two.constraints {
        if let Some(before) = one.constraints.get(constraint)
            && before != after
        {
            respell_constraint(before, after, sides);
        }
    }
}

fn respell_column(before: &Column, column: &mut Arc<Column>, sides: (Side, Side)) {
    let sql_type = &before.sql_type;
    let (old, new) = (before.default.as_ref(), column.default.as_ref());
    if old != new && alike_defaults(old, new, sql_type, sides.0.schema) {
        Arc::make_mut(column).default.clone_from(&before.default);
    }
    if let (Some(old), Some(new)) = (&before.generated, &column.generated)
        && old.expression != new.expression
        && alike(
            sides.0.generated(&old.expression, sql_type),
            sides.1.generated(&new.expression, sql_type),
        )
        && let Some(generated) = &mut Arc::make_mut(column).generated
    {
        generated.expression = old.expression.clone();
    }
}

fn respell_constraint(before: &Constraint, after: &mut Arc<Constraint>, sides: (Side, Side)) {
    let mut kind = after.kind.clone();
    respell_kind(&before.kind, &mut kind, sides);
    if kind != after.kind {
        Arc::make_mut(after).kind = kind;
    }
}

fn respell_kind(before: &ConstraintKind, after: &mut ConstraintKind, sides: (Side, Side)) {
    match (before, after) {
        (
            ConstraintKind::Check {
                expression: old, ..
            },
            ConstraintKind::Check {
                expression: new, ..
            },
        ) => {
            if alike_over(old, new, Place::Check, sides) {
                *new = old.clone();
            }
        }
        (ConstraintKind::Exclusion(old), ConstraintKind::Exclusion(new)) => {
            respell_exclusion(old, new, sides);
        }
        (
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_)
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclusion(_),
            _,
        ) => {}
    }
}

fn respell_exclusion(old: &Exclusion, new: &mut Exclusion, sides: (Side, Side)) {
    let pairs = old.elements.iter().zip(&mut new.elements);
    pairs.for_each(|(old, new)| respell_element(&old.0, &mut new.0, Place::Exclusion, sides));
    respell_predicate(old.predicate.as_ref(), new.predicate.as_mut(), sides);
}

fn respell_index(old: &Index, new: &mut Index, sides: (Side, Side)) {
    let pairs = old.elements.iter().zip(&mut new.elements);
    pairs.for_each(|(old, new)| respell_element(old, new, Place::Index, sides));
    respell_predicate(old.predicate.as_ref(), new.predicate.as_mut(), sides);
}

fn respell_element(old: &IndexElement, new: &mut IndexElement, place: Place, sides: (Side, Side)) {
    if old.expression == new.expression {
        return;
    }
    // What stands in parentheses with its collation is a column with one.
    let stored = |side: Side, it: &IndexElement| {
        let (stored, collation) = side.stored(&it.expression, place)?.without_collation();
        let own = it.collation.as_ref().map(|name| name.name.clone());
        Some((stored.text(), collation.or(own)))
    };
    let before = stored(sides.0, old);
    if before.is_some() && before == stored(sides.1, new) {
        new.expression = old.expression.clone();
        new.collation.clone_from(&old.collation);
    }
}

fn respell_predicate(old: Option<&Expression>, new: Option<&mut Expression>, sides: (Side, Side)) {
    if let (Some(old), Some(new)) = (old, new)
        && alike_over(old, new, Place::IndexPredicate, sides)
    {
        *new = old.clone();
    }
}

fn respell_domain(one: &Domain, two: &mut Domain, schema: &Schema) {
    if one.base != two.base {
        return;
    }
    if alike_defaults(
        one.default.as_ref(),
        two.default.as_ref(),
        &one.base,
        schema,
    ) {
        two.default.clone_from(&one.default);
    }
    let stored = |check: &Expression| {
        let tree = raw_sql::expression_tree(check.text())?;
        let world = world(schema);
        let mut binder = Binder::new(world).of_domain(world.typed(&one.base));
        binder.stored_condition(&tree, check.text(), Place::DomainCheck)
    };
    for (name, check) in &mut two.checks {
        if let Some(before) = one.checks.get(name)
            && before != check
            && alike(stored(before), stored(check))
        {
            *check = before.clone();
        }
    }
}
