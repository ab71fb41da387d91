//! The bounds of a partitioned table's partitions beside each other.

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind;
use crate::model::bounds::{Existing, Key, Order, Partitioned, Sessions, Strategy};
use crate::model::cast::base;
use crate::model::partition_key::{By, Element, PartitionKey, check_bound};
use crate::name::Name;
use crate::schema::{ObjectId, Refusal, Schema, Table, Type};
use crate::sql_type::SqlType;

/// Refuses a bound that the partitioned table `name` cannot take, beside those that its other partitions have.
pub fn check(bound: &SmolStr, parent: &Table, name: &Name, schema: &Schema) -> Result<(), Refusal> {
    check_bound(bound, parent, name, schema)?;
    let Some(partition_by) = &parent.partition_by else {
        return Ok(());
    };
    let key = PartitionKey::parse(partition_by);
    let Some(strategy) = Strategy::named(&key.strategy) else {
        return Ok(());
    };
    let keys: Vec<Key> = key
        .elements
        .iter()
        .map(|it| key_of(it, name, parent, schema))
        .collect();
    let mut children: Vec<(&Name, &str)> = schema
        .children(name)
        .filter_map(|child| {
            let hung = schema.table(child)?.partition_of.as_ref()?;
            (hung.parent == *name).then_some((child, hung.bound.as_str()))
        })
        .collect();
    // Which of several is told does not depend on the order of a map.
    children.sort_unstable();
    let names: Vec<String> = children.iter().map(|it| it.0.to_string()).collect();
    let existing = children.iter().zip(&names).map(|(child, name)| Existing {
        name,
        bound: child.1,
    });
    let table = Partitioned {
        strategy,
        keys: &keys,
        // Scripts set the time zone and the style of dates.
        sessions: Sessions::Alike,
    };
    let Err(mistake) = table.check(existing, bound) else {
        return Ok(());
    };
    let mut refusal = Refusal::new(Code::InvalidPartition, mistake.message);
    refusal.help = mistake.help;
    let place: Vec<SmolStr> = mistake.at.iter().map(SmolStr::from).collect();
    let contradicted = mistake.partition.and_then(|partition| {
        let at = names.iter().position(|it| *it == partition)?;
        Some(children[at].0.clone())
    });
    refusal = refusal.contradicts(ObjectId::Relation(
        contradicted.unwrap_or_else(|| name.clone()),
    ));
    if let Some(at) = mistake.at
        && let Some(start) = bound.find(&at)
    {
        refusal.within = Some((bound.as_str().into(), start..start + at.len()));
    }
    Err(refusal.at(place))
}

fn key_of(element: &Element, name: &Name, table: &Table, schema: &Schema) -> Key {
    let (sql_type, collation) = match &element.by {
        By::Column(column) => match table.column(column) {
            Some(it) => (Some(it.sql_type.clone()), it.collation.as_ref()),
            None => (None, None),
        },
        By::Expression(expression) => (type_of(expression, name, table, schema), None),
    };
    let Some(sql_type) = sql_type.map(|it| base(&it, schema)).filter(|it| !it.array) else {
        return Key {
            order: Order::Unknown,
            ..Key::default()
        };
    };
    let values = sql_type.named().and_then(|it| match schema.type_named(it) {
        Some(Type::Enum(it)) => Some(it.values.clone()),
        Some(Type::Composite(_) | Type::Domain(_)) | None => None,
    });
    let by_bytes = |it: &str| matches!(it, "C" | "POSIX" | "ucs_basic");
    let collation = element.collation.as_ref().or(collation.map(|it| &it.name));
    let order = match (element.operator_class.as_deref(), collation) {
        (Some("text_pattern_ops" | "varchar_pattern_ops" | "bpchar_pattern_ops"), _) => {
            Order::Bytes
        }
        (Some(_), _) => Order::Unknown,
        (None, Some(it)) if by_bytes(it) => Order::Bytes,
        (None, Some(_)) => Order::Unknown,
        (None, None) => Order::Usual,
    };
    let modifiers = sql_type.modifiers.split(',');
    Key {
        type_name: sql_type.scalar().unwrap_or_default().into(),
        modifiers: modifiers.filter_map(|it| it.parse().ok()).collect(),
        values,
        order,
    }
}

fn type_of(
    expression: &Expression,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Option<SqlType> {
    if let Some(column) = expression.only_column() {
        return table.column(column).map(|it| it.sql_type.clone());
    }
    let place = Place::PartitionKey;
    let bound = bind::own_expression(expression, place, name, table, schema);
    let typed = bound.ok()??.typed;
    let plain = crate::binder::Typed {
        modifiers: SmolStr::default(),
        ..typed
    };
    bind::world(schema).sql_type(&plain)
}
