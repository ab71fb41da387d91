//! Expressions over columns whose types change: PostgreSQL reads them again, with the casts that it wrote into them before
//! (`ATPostAlterTypeCleanup`).

use smol_str::SmolStr;

use crate::binder::{Binder, Place};
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind::{columns, world};
use crate::name::Name;
use crate::raw_sql;
use crate::schema::{ConstraintKind, ObjectId, Refusal, Schema, Table};

/// Refuses new types that the checks and indexes of the table do not bind with. `before` is the table before the statement.
pub fn check(before: &Table, name: &Name, schema: &Schema) -> Result<(), Refusal> {
    let Some(after) = schema.table(name) else {
        return Ok(());
    };
    let retyped: Vec<&SmolStr> = after
        .columns
        .iter()
        .filter(|it| {
            let old = before.column(&it.name);
            old.is_some_and(|old| old.sql_type != it.sql_type)
        })
        .map(|it| &it.name)
        .collect();
    if retyped.is_empty() {
        return Ok(());
    }
    let tables = (before, after);
    for (constraint, it) in &after.constraints {
        // What the statement adds was bound with the new types.
        if before.constraints.get(constraint) != Some(it) {
            continue;
        }
        let what = format!("constraint \"{constraint}\"");
        let advice = format!("alter table {name} drop constraint {constraint}");
        let place = match &it.kind {
            ConstraintKind::Check { .. } => Place::Check,
            ConstraintKind::Exclusion(_) => Place::Exclusion,
            ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::ForeignKey(_) => continue,
        };
        let mut result = Ok(());
        it.kind.expressions(|expression| {
            if result.is_ok() {
                result = again(
                    expression,
                    place,
                    &retyped,
                    name,
                    tables,
                    schema,
                    (&what, &advice),
                );
            }
        });
        result?;
    }
    for (id, index) in schema.indexes(name) {
        let what = format!("index \"{id}\"");
        let advice = format!("drop index {id}");
        let words = (what.as_str(), advice.as_str());
        for element in &index.elements {
            let expression = &element.expression;
            again(
                expression,
                Place::Index,
                &retyped,
                name,
                tables,
                schema,
                words,
            )
            .map_err(|it| it.contradicts(ObjectId::Relation(id.clone())))?;
        }
        if let Some(predicate) = &index.predicate {
            let place = Place::IndexPredicate;
            again(predicate, place, &retyped, name, tables, schema, words)
                .map_err(|it| it.contradicts(ObjectId::Relation(id.clone())))?;
        }
    }
    Ok(())
}

/// Binds an expression with the old types, and what PostgreSQL keeps of it with the new ones.
fn again(
    expression: &Expression,
    place: Place,
    retyped: &[&SmolStr],
    name: &Name,
    (before, after): (&Table, &Table),
    schema: &Schema,
    (what, advice): (&str, &str),
) -> Result<(), Refusal> {
    let Some(column) = expression.columns().find(|it| retyped.contains(it)) else {
        return Ok(());
    };
    if expression.is_column() && !place.is_condition() {
        return Ok(());
    }
    let Some(tree) = raw_sql::expression_tree(expression.text()) else {
        return Ok(());
    };
    let world = world(schema);
    let mut old = Binder::new(world);
    old.see(name, None, &columns(before, world));
    if old.bind(&tree, place).is_err() {
        return Ok(());
    }
    let kept = old.explicit(&tree);
    let mut new = Binder::new(world);
    new.see(name, None, &columns(after, world));
    let bound = if place.is_condition() {
        new.bind_boolean(&kept, place)
    } else {
        new.bind(&kept, place)
    };
    let Err(mistake) = bound else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::TypeMismatch,
        format!(
            "{what} does not fit the new type of column \"{column}\": {}",
            mistake.message
        ),
    )
    .help(format!(
        "drop it first: {advice}; and create it again afterwards"
    ))
    .at([column.clone()]))
}
