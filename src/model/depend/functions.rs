//! What calls a function: defaults, checks, generated columns and indexes as PostgreSQL records them, and what raw SQL made of
//! which the binder found it. The text of a function is looked at anew at each call, so it holds nothing.

use super::Target;
use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::model::partition_key::{By, PartitionKey};
use crate::name::Name;
use crate::schema::{Named, ObjectId, Schema, Table};

/// What keeps the function from being dropped.
pub(super) fn holders(schema: &Schema, id: &ObjectId, name: &Name) -> Vec<Target> {
    let mut holders = Vec::new();
    for (dependent, object) in schema.dependents(id) {
        match Named::table((dependent, object)) {
            Some((table, it)) => holders.extend(callers(table, it, name, &schema.default)),
            None if object.kind() == Kind::Defined(Defined::Stale) => {}
            None => holders.push(Target::Object(dependent.clone())),
        }
    }
    holders
}

/// The columns and constraints of a table that call the function.
fn callers(table: &Name, object: &Table, name: &Name, schema: &str) -> Vec<Target> {
    let calls = |expression: &Expression| expression.functions(schema).any(|it| it == *name);
    let mut callers = Vec::new();
    let key = object.partition_by.as_deref().map(PartitionKey::parse);
    let mut elements = key.iter().flat_map(|it| &it.elements);
    if elements.any(|it| matches!(&it.by, By::Expression(by) if calls(by))) {
        callers.push(Target::Object(ObjectId::Relation(table.clone())));
    }
    for column in &object.columns {
        if column.default.as_ref().is_some_and(calls) {
            callers.push(Target::Default(table.clone(), column.name.clone()));
        }
        if column
            .generated
            .as_ref()
            .is_some_and(|it| calls(&it.expression))
        {
            callers.push(Target::Column(table.clone(), column.name.clone()));
        }
    }
    for (constraint, it) in &object.constraints {
        let mut found = false;
        it.kind.expressions(|it| found |= calls(it));
        if found {
            callers.push(Target::Constraint(table.clone(), constraint.clone()));
        }
    }
    callers
}

/// Whether an object is a function, which only its callers hold.
pub(super) fn is_function(id: &ObjectId) -> bool {
    matches!(
        id,
        ObjectId::Opaque(
            Defined::Function | Defined::Procedure | Defined::Aggregate,
            _
        )
    )
}
