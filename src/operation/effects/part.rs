//! Triggers, policies, rules and statistics: what their expressions read, and the functions that they call.

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::{Binder, Column, Place, Relation, Ty, Uses};
use crate::builtin::TypeId;
use crate::diagnostic::Code;
use crate::model::bind::{refusal, world};
use crate::model::opaque::{qualify, seen};
use crate::name::Name;
use crate::operation::effects::{kind_of, transition, wrong};
use crate::schema::{Object, Refusal, Schema};
use crate::tree::definition::{Event, Policy, Rule, Timing, Trigger};
use crate::tree::{Expr, ExprKind, Statement};

fn on(schema: &Schema, name: &crate::tree::Name) -> Option<(Name, Option<Vec<Column>>)> {
    let name = seen(&name.parts, schema)?;
    let columns = match world(schema).relation_named(&name) {
        Relation::Known(columns) => Some(columns),
        Relation::Opaque => None,
        Relation::Missing => return None,
    };
    Some((name, columns))
}

/// Refuses a trigger that PostgreSQL refuses (`CreateTrigger`).
pub(super) fn trigger(schema: &Schema, trigger: &Trigger, text: &str) -> Result<Uses, Refusal> {
    let mut uses = Uses::default();
    let Some((table, columns)) = on(schema, &trigger.table) else {
        return Ok(uses);
    };
    let word = schema.relation(&table).map_or("table", kind_of);
    let wrong =
        |message: String| Err(Refusal::new(Code::InvalidQuery, message).at([trigger.name.clone()]));
    if matches!(word, "materialized view" | "sequence" | "index") {
        return wrong(format!(
            "a {word} cannot have triggers, and \"{table}\" is one"
        ));
    }
    let is_instead = trigger.timing == Timing::InsteadOf;
    if word == "view" && !is_instead && trigger.for_each_row {
        return wrong(format!(
            "\"{table}\" is a view: its triggers for each row must be `instead of`"
        ));
    }
    if is_instead && matches!(word, "table" | "foreign table") {
        return wrong(format!(
            "\"{table}\" is a {word}: only views have `instead of` triggers"
        ));
    }
    if is_instead && !trigger.for_each_row {
        return wrong("`instead of` triggers must be `for each row`".to_owned());
    }
    if is_instead && trigger.condition.is_some() {
        return wrong("`instead of` triggers cannot have `when`".to_owned());
    }
    for event in &trigger.events {
        let Event::Update(updated) = event else {
            continue;
        };
        for (at, (column, range)) in updated.iter().enumerate() {
            if updated[..at].iter().any(|it| it.0 == *column) {
                return Err(Refusal::new(
                    Code::DuplicateColumn,
                    format!("column \"{column}\" is listed twice"),
                )
                .at([column.clone()]));
            }
            if let Some(columns) = &columns
                && !columns.iter().any(|it| it.name == *column)
            {
                let mut refusal = Refusal::new(
                    Code::UnknownColumn,
                    format!("{word} \"{table}\" has no column \"{column}\""),
                )
                .suggest(column, columns.iter().map(|it| it.name.as_str()));
                refusal.within = Some((text.into(), range.clone()));
                return Err(refusal);
            }
        }
    }
    transition::check(schema, trigger, &table, word, text)?;
    if let Some(condition) = &trigger.condition {
        let mut binder = Binder::new(world(schema));
        for row in ["old", "new"] {
            match &columns {
                Some(columns) => binder.see(&table, Some(row.into()), columns),
                None => binder.see_opaque(Some(row.into())),
            }
        }
        binder
            .bind_boolean(condition, Place::TriggerWhen)
            .map_err(|it| refusal(it, text, Code::InvalidExpression))?;
        uses = binder.uses().clone();
    }
    function(schema, &trigger.function, TypeId::TRIGGER, text)?;
    uses.functions
        .extend(qualify(&trigger.function.parts, &schema.default));
    Ok(uses)
}

/// The function of a trigger takes no arguments and returns `trigger`, that of an event trigger `event_trigger`.
pub(super) fn function(
    schema: &Schema,
    function: &crate::tree::Name,
    wanted: TypeId,
    text: &str,
) -> Result<(), Refusal> {
    let world = world(schema);
    let result = world.function_without_arguments(&function.parts);
    let refuse = |code, message: String| {
        let mut refusal = Refusal::new(code, message);
        refusal.within = Some((text.into(), function.range.clone()));
        refusal
    };
    let called = function.parts.join(".");
    match result {
        None => Ok(()),
        Some(None) => Err(refuse(
            Code::UnknownFunction,
            format!("there is no function {called}()"),
        )
        .suggest(&called, schema.function_names())),
        Some(Some(ty)) if ty.is(wanted) || ty.is_opaque() => Ok(()),
        Some(Some(ty)) => Err(refuse(
            Code::InvalidQuery,
            format!(
                "the function {called}() returns {ty}, and that of a trigger must return {}",
                Ty::Core(wanted)
            ),
        )),
    }
}

/// Refuses a policy whose conditions do not bind.
pub(super) fn policy(schema: &Schema, policy: &Policy, text: &str) -> Result<Uses, Refusal> {
    let mut uses = Uses::default();
    let Some((table, columns)) = on(schema, &policy.table) else {
        return Ok(uses);
    };
    if let Some(Object::Opaque(it)) = schema.relation(&table)
        && !it.declared
        && kind_of(&Object::Opaque(it.clone())) != "table"
        && kind_of(&Object::Opaque(it.clone())) != "foreign table"
    {
        return Err(Refusal::new(
            Code::InvalidQuery,
            format!("only tables have policies, and \"{table}\" is none"),
        )
        .at([policy.name.parts.last().cloned().unwrap_or_default()]));
    }
    for condition in policy.using.iter().chain(&policy.check) {
        let own = condition_of_policy(schema, condition, &table, columns.as_deref(), text)?;
        uses.add(own);
    }
    Ok(uses)
}

fn condition_of_policy(
    schema: &Schema,
    condition: &Expr,
    table: &Name,
    columns: Option<&[Column]>,
    text: &str,
) -> Result<Uses, Refusal> {
    let mut binder = Binder::new(world(schema));
    match columns {
        Some(columns) => binder.see(table, None, columns),
        None => binder.see_opaque(Some(table.name.clone())),
    }
    binder
        .bind_boolean(condition, Place::Policy)
        .map_err(|it| refusal(it, text, Code::InvalidExpression))?;
    Ok(binder.uses().clone())
}

/// Refuses a rule whose parts do not bind.
pub(super) fn rule(schema: &Schema, rule: &Rule, text: &str) -> Result<Uses, Refusal> {
    let mut uses = Uses::default();
    let Some((table, columns)) = on(schema, &rule.table) else {
        return Ok(uses);
    };
    let rows: &[&str] = match rule.event.as_str() {
        "insert" => &["new"],
        "delete" => &["old"],
        "update" => &["old", "new"],
        _ => return Ok(uses),
    };
    let binder = |alone: bool| {
        let mut binder = Binder::new(world(schema));
        for row in rows {
            match &columns {
                Some(columns) => {
                    binder.see_as(&table, Some(SmolStr::new_static(row)), columns, alone);
                }
                None => binder.see_opaque(Some(SmolStr::new_static(row))),
            }
        }
        binder
    };
    if let Some(condition) = &rule.condition {
        let mut binder = binder(true);
        binder
            .bind_boolean(condition, Place::Where)
            .map_err(|it| refusal(it, text, Code::InvalidQuery))?;
        uses.add(binder.uses().clone());
    }
    for action in &rule.actions {
        if matches!(action, Statement::Opaque) {
            continue;
        }
        let mut binder = binder(false);
        binder
            .statement(action)
            .map_err(|it| refusal(it, text, Code::InvalidQuery))?;
        uses.add(binder.uses().clone());
    }
    Ok(uses)
}

/// Refuses a list of columns that says one twice, or too few.
fn check_values(
    table: &crate::tree::Name,
    kinds: &[(SmolStr, Range<usize>)],
    values: &[Expr],
    text: &str,
) -> Result<(), Refusal> {
    for (at, value) in values.iter().enumerate() {
        let ExprKind::Column(own) = &value.kind else {
            continue;
        };
        let is_same = |it: &Expr| matches!(&it.kind, ExprKind::Column(other) if other == own);
        if values[..at].iter().any(is_same) {
            return Err(wrong(text, &value.range, "the column is named twice"));
        }
    }
    let [only] = values else { return Ok(()) };
    // Those of one expression alone are of no kind.
    if matches!(only.kind, ExprKind::Column(_)) {
        return Err(wrong(
            text,
            &only.range,
            "statistics are of two columns or more",
        ));
    }
    if !kinds.is_empty() {
        return Err(wrong(
            text,
            &table.range,
            "statistics of one expression say no kinds",
        ));
    }
    Ok(())
}

/// Refuses statistics of columns that are not there.
pub(super) fn statistics(
    schema: &Schema,
    table: &crate::tree::Name,
    kinds: &[(SmolStr, Range<usize>)],
    values: &[Expr],
    text: &str,
) -> Result<(), Refusal> {
    const KINDS: [&str; 3] = ["ndistinct", "dependencies", "mcv"];
    for (kind, range) in kinds {
        if !KINDS.contains(&kind.as_str()) {
            return Err(
                wrong(text, range, format!("there are no statistics \"{kind}\""))
                    .suggest(kind, KINDS),
            );
        }
    }
    check_values(table, kinds, values, text)?;
    let relation = qualify(&table.parts, &schema.default).and_then(|it| schema.relation(&it));
    if let Some(object) = relation
        && object.as_opaque().is_none_or(|it| !it.declared)
        && !matches!(
            kind_of(object),
            "table" | "materialized view" | "foreign table"
        )
    {
        let word = object.kind().with_article();
        return Err(wrong(
            text,
            &table.range,
            format!("{word} has no statistics"),
        ));
    }
    let Some((name, Some(columns))) = on(schema, table) else {
        return Ok(());
    };
    for value in values {
        let world = world(schema);
        let mut binder = Binder::new(world);
        binder.see(&name, None, &columns);
        let bound = binder
            .bind(value, Place::Statistics)
            .map_err(|it| refusal(it, text, Code::InvalidExpression))?;
        // Of a single expression there are only its own statistics.
        let is_compared = matches!(value.kind, ExprKind::Column(_)) || values.len() > 1;
        if is_compared && !world.has_order(bound.ty()) {
            return Err(wrong(
                text,
                &value.range,
                format!(
                    "values of {} have no order, which statistics need",
                    bound.ty()
                ),
            ));
        }
    }
    Ok(())
}
