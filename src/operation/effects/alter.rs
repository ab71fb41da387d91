//! What an `alter` of raw SQL does to what is there.

use std::ops::Range;

use smol_str::SmolStr;

use crate::kind::{Defined, Kind};
use crate::model::opaque::{on_table, qualify};
use crate::name::Name;
use crate::operation::effects::{
    attribute, grant, index_part, inherit, listed, names, options, wrong,
};
use crate::schema::{ObjectId, Refusal, Schema};
use crate::tree::definition::{Action, Alter, Named};

/// Refuses an action that PostgreSQL refuses.
pub(super) fn check(schema: &Schema, alter: &Alter, text: &str) -> Result<(), Refusal> {
    for action in &alter.actions {
        if let Action::Grant { on, privileges } = action {
            grant::check(schema, on, privileges, &alter.names, text)?;
        }
    }
    let Some(subject) = alter.names.first() else {
        return Ok(());
    };
    if subject.kind == "operator" {
        for action in &alter.actions {
            if let Action::Set(choices) = action {
                options::change_operator(schema, choices, text)?;
            }
        }
        return Ok(());
    }
    let Some(name) = qualify(&subject.name.parts, &schema.default) else {
        return Ok(());
    };
    // What one action did is not there for the next: only the first is surely judged in what the model has.
    let is_one = alter.actions.len() == 1;
    for action in &alter.actions {
        match action {
            Action::Inherit(parent) if is_one => inherit::add(schema, &name, parent, text)?,
            Action::NoInherit(parent) if is_one => inherit::remove(schema, &name, parent, text)?,
            Action::Inherit(_) | Action::NoInherit(_) => {}
            Action::OfType(sql_type) => inherit::of_type(schema, &name, sql_type, text)?,
            Action::SetLogged(logged) => inherit::set_logged(schema, &name, *logged)?,
            Action::ReplicaIdentity(index) => {
                index_part::replica_identity(schema, &name, index, text)?;
            }
            Action::Cluster(index) => cluster(schema, &name, index.as_ref(), text)?,
            Action::AttachIndex(index) => index_part::attach(schema, &name, index, text)?,
            Action::IndexStatistics(column, range) => {
                index_part::statistics(schema, &name, column, text, range)?;
            }
            Action::ColumnOptions(range) => {
                if schema.index(&name).is_some() {
                    return Err(wrong(
                        text,
                        range,
                        "the columns of an index have no options",
                    ));
                }
            }
            Action::AddAttribute { .. }
            | Action::DropAttribute { .. }
            | Action::AlterAttribute { .. } => {
                let Some(range) = is_one.then_some(&subject.name.range) else {
                    continue;
                };
                attribute::check(schema, &name, action, text, range)?;
            }
            Action::AlterConstraint {
                not_valid,
                no_inherit,
                contradicts,
            } => {
                // PostgreSQL 18 changes whether a `not null` is inherited.
                let no_inherit = no_inherit.as_ref().filter(|_| schema.server < 18);
                if let Some(range) = not_valid.as_ref().or(no_inherit) {
                    return Err(wrong(
                        text,
                        range,
                        "`alter constraint` only says when a constraint is checked",
                    )
                    .help("write: [not] deferrable, initially deferred or initially immediate"));
                }
                if let Some(range) = contradicts {
                    return Err(wrong(text, range, "these words contradict each other"));
                }
            }
            Action::RenameOnly {
                name: renamed,
                is_column,
                range,
            } => inherit::rename_only(schema, &name, renamed, *is_column, text, range)?,
            Action::ResetValue(range) => {
                return Err(wrong(
                    text,
                    range,
                    "`reset` names parameters without values",
                ));
            }
            Action::DomainRule => {
                attribute::check_domain(schema, &name, text, &subject.name.range)?;
            }
            Action::Handlers(choices) => options::handlers(schema, choices, text)?,
            Action::Rename(to, range) => rename(schema, subject, to, text, range)?,
            Action::Contradiction(range) => {
                return Err(wrong(
                    text,
                    range,
                    "a view that gets no data is not refreshed concurrently",
                )
                .help("leave out `concurrently`"));
            }
            Action::Grant { .. } | Action::Set(_) => {}
        }
    }
    Ok(())
}

/// `cluster on i` and `set without cluster`.
fn cluster(
    schema: &Schema,
    name: &Name,
    index: Option<&crate::tree::Name>,
    text: &str,
) -> Result<(), Refusal> {
    // PostgreSQL 16 clusters partitioned tables, too, but marks none.
    if let Some(table) = schema.table(name)
        && table.partition_by.is_some()
    {
        return Err(Refusal::new(
            crate::diagnostic::Code::InvalidQuery,
            format!("\"{name}\" is partitioned: it is not clustered itself"),
        )
        .at([name.name.clone()])
        .help("say it of its partitions"));
    }
    let Some(index) = index else { return Ok(()) };
    let own = match index.parts.as_slice() {
        [last] => Some(name.sibling(last.clone())),
        parts => qualify(parts, &schema.default),
    };
    let Some(found) = own.as_ref().and_then(|it| schema.index(it)) else {
        return Ok(());
    };
    if found.table != *name {
        return Err(wrong(
            text,
            &index.range,
            format!("this is an index of \"{}\", not of \"{name}\"", found.table),
        ));
    }
    if found.predicate.is_some() {
        return Err(wrong(
            text,
            &index.range,
            "a table cannot be clustered by an index that leaves rows out",
        ));
    }
    Ok(())
}

/// `rename to` of a policy, rule or trigger.
fn rename(
    schema: &Schema,
    subject: &Named,
    to: &SmolStr,
    text: &str,
    range: &Range<usize>,
) -> Result<(), Refusal> {
    let table = subject.on.as_ref();
    let Some(table) = table.and_then(|it| qualify(&it.parts, &schema.default)) else {
        return Ok(());
    };
    let Some(kind) = Kind::named(&subject.kind) else {
        return Ok(());
    };
    if kind == Kind::Defined(Defined::Rule) && names::is_view(schema, &table) {
        if subject.name.parts == ["_RETURN"] {
            return Err(wrong(
                text,
                &subject.name.range,
                "the rule that makes the view keeps its name",
            ));
        }
        if to == "_RETURN" {
            return Err(wrong(
                text,
                range,
                format!("the view \"{table}\" has a rule \"{to}\" already"),
            ));
        }
    }
    let id = ObjectId::of(kind, &on_table(to, &table));
    if schema.get(&id).is_some() || listed(schema, kind, to, &table) {
        return Err(wrong(
            text,
            range,
            format!("\"{table}\" has a {} \"{to}\" already", subject.kind),
        )
        .contradicts(id));
    }
    Ok(())
}
