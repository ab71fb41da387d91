//! The bounds of a partitioned table's partitions beside each other.

use smol_str::SmolStr;

use crate::binder::{Binder, Place};
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind;
use crate::model::bounds::{Existing, Key, Order, Partitioned, Sessions, Strategy};
use crate::model::cast::base;
use crate::model::partition_key::{By, Element, PartitionKey, at_commas, default_partition};
use crate::name::Name;
use crate::raw_sql;
use crate::schema::{ObjectId, Refusal, Schema, Table, Type};
use crate::sql_type::SqlType;
use crate::token::{Token, lex};

/// Refuses a bound that the partitioned table `name` cannot take, beside those that its other partitions have.
pub fn check(bound: &SmolStr, parent: &Table, name: &Name, schema: &Schema) -> Result<(), Refusal> {
    check_form(bound, parent, name, schema)?;
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
    bind::plain_type(bound.ok()??, schema)
}

/// Refuses a bound that is of another kind than the partitioned table `name`, and a second default partition.
fn check_form(
    bound: &SmolStr,
    parent: &Table,
    name: &Name,
    schema: &Schema,
) -> Result<(), Refusal> {
    let Some(partition_by) = &parent.partition_by else {
        return Ok(());
    };
    let key = PartitionKey::parse(partition_by);
    let (strategy, width) = (key.strategy, key.elements.len());
    let tokens = lex(bound, 0, bound.len()).unwrap_or_default();
    let kind = tokens.get(2).map_or("default", |it| it.text(bound));
    let refuse = |message: String, help: &str, word: &str| {
        Err(Refusal::new(Code::InvalidPartition, message)
            .help(help)
            .at([SmolStr::new(word)])
            .contradicts(ObjectId::Relation(name.clone())))
    };
    let wanted = match strategy.as_str() {
        "list" => ("in", "write `for values in (…)`"),
        "range" => ("from", "write `for values from (…) to (…)`"),
        _ => ("with", "write `for values with (modulus …, remainder …)`"),
    };
    if kind == "default" {
        if strategy == "hash" {
            return refuse(
                format!(
                    "table \"{name}\" is partitioned by hash and cannot have a default partition"
                ),
                wanted.1,
                "default",
            );
        }
        if let Some(other) = default_partition(schema, name) {
            return refuse(
                format!("table \"{name}\" already has a default partition: \"{other}\""),
                "give this partition values, or detach the other one first",
                "default",
            );
        }
        return Ok(());
    }
    if kind != wanted.0 {
        return refuse(
            format!(
                "table \"{name}\" is partitioned by {strategy}, but this bound is of another kind"
            ),
            wanted.1,
            kind,
        );
    }
    let lists = in_parentheses(&tokens, bound);
    if strategy == "hash" {
        return match lists.as_slice() {
            [list] if is_modulus(&at_commas(list, bound), bound) => Ok(()),
            _ => refuse(
                format!(
                    "this is not a valid bound for table \"{name}\", which is partitioned by hash"
                ),
                "write `for values with (modulus 4, remainder 0)`: the remainder must be less than the modulus",
                "with",
            ),
        };
    }
    for list in lists {
        let values = at_commas(list, bound);
        if strategy == "range" && values.len() != width {
            return refuse(
                format!(
                    "table \"{name}\" is partitioned by {width} {}, but the bound has {}",
                    if width == 1 { "value" } else { "values" },
                    values.len()
                ),
                "write a value, `minvalue` or `maxvalue` for each of them on both sides",
                kind,
            );
        }
        if strategy == "list" && values.iter().all(|it| it.is_empty()) {
            return refuse(
                "the bound has no values".to_owned(),
                "write at least one value: `for values in (1)`",
                "in",
            );
        }
        for value in values {
            check_value(value, bound, schema)?;
            if let Some(column) = name_in(value, bound, &strategy) {
                return refuse(
                    format!("\"{column}\" is a name, but the bound of a partition requires values"),
                    "quote it if it is a string: 'text'",
                    &column,
                );
            }
        }
    }
    Ok(())
}

/// What stands in each pair of outer parentheses.
fn in_parentheses<'a>(tokens: &'a [Token], text: &str) -> Vec<&'a [Token]> {
    let mut open = None;
    let mut depth = 0_usize;
    let mut lists: Vec<&[Token]> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.is(text, "(") {
            depth += 1;
            if depth == 1 {
                open = Some(at + 1);
            }
        } else if token.is(text, ")") {
            depth = depth.saturating_sub(1);
            if let Some(open) = open.filter(|_| depth == 0) {
                lists.push(&tokens[open..at]);
            }
        }
    }
    lists
}

/// Refuses what may not stand in a value of a bound: queries, aggregates, functions that return sets.
fn check_value(value: &[Token], bound: &str, schema: &Schema) -> Result<(), Refusal> {
    let (Some(first), Some(last)) = (value.first(), value.last()) else {
        return Ok(());
    };
    let text = &bound[first.start as usize..last.end as usize];
    let Some(tree) = raw_sql::expression_tree(text) else {
        return Ok(());
    };
    // Names are told below.
    let mut binder = Binder::new(bind::world(schema));
    binder.see_opaque(None);
    match binder.bind(&tree, Place::PartitionBound) {
        Ok(bound) if bound.returns_set => Err(Refusal::new(
            Code::InvalidPartition,
            format!("{text} returns a set, and the bound of a partition requires values"),
        )),
        Ok(_) => Ok(()),
        Err(mistake) => Err(bind::refusal(mistake, text, Code::InvalidPartition)),
    }
}

/// The first name in a value of a bound, which must have none.
fn name_in(value: &[Token], bound: &str, strategy: &str) -> Option<SmolStr> {
    let (first, last) = (value.first()?, value.last()?);
    let text = &bound[first.start as usize..last.end as usize];
    let open_end = ["minvalue", "maxvalue"];
    if strategy == "range" && open_end.iter().any(|it| text.eq_ignore_ascii_case(it)) {
        return None;
    }
    let value = Expression::parse(text).ok()?;
    value.columns().next().cloned()
}

/// Whether these are `modulus` and `remainder`, each with a number.
fn is_modulus(options: &[&[Token]], text: &str) -> bool {
    let number = |wanted: &str| {
        options.iter().find_map(|option| match option {
            [name, number] if name.is_word(text, wanted) => number.text(text).parse::<u32>().ok(),
            _ => None,
        })
    };
    let (modulus, remainder) = (number("modulus"), number("remainder"));
    options.len() == 2 && modulus.zip(remainder).is_some_and(|(all, rest)| rest < all)
}
