//! Actions on columns: add, drop, default, not null, identity, expression.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::check::check_default;
use crate::model::default_type::check_default_type;
use crate::model::depend::{Target, remove};
use crate::model::family::{change, descendants, inherited, put};
use crate::model::generated;
use crate::model::inherited_check::{is_given, no_orphan};
use crate::model::names::{table, unknown_column};
use crate::model::partition_key::PartitionKey;
use crate::name::Name;
use crate::operation::definition::column::IdentityDefinition;
use crate::operation::definition::sequence::{SequenceOptions, check_beside};
use crate::schema::{Identity, Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// Drops a column with what PostgreSQL drops silently along: its indexes, constraints and owned sequences.
pub fn drop(
    column: &SmolStr,
    if_exists: bool,
    cascade: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let Some(found) = present.column(column) else {
        if if_exists {
            return Ok(());
        }
        return Err(unknown_column(column, present, name));
    };
    if found.inherited {
        return Err(inherited(column, name));
    }
    let checks: Vec<SmolStr> = present
        .constraints
        .iter()
        .filter(|(_, it)| is_given(it) && it.kind.columns().contains(&column))
        .map(|(check, _)| check.clone())
        .collect();
    let below = descendants(schema, name);
    for name in below.iter().chain([name]) {
        let partition_by = table(schema, name)?.partition_by.as_ref();
        let reads = |by: &SmolStr| PartitionKey::parse(by).columns().any(|it| it == column);
        if partition_by.is_some_and(reads) {
            return Err(Refusal::new(
                Code::StillNeeded,
                format!(
                    "column \"{column}\" cannot be dropped: table \"{name}\" is partitioned by it"
                ),
            )
            .help("create a new table with another partition key, and move the rows")
            .at([column.clone()])
            .contradicts(ObjectId::Relation(name.clone())));
        }
    }
    remove(
        schema,
        &Target::Column(name.clone(), column.clone()),
        cascade,
    )
    .map_err(|refusal| refusal.at([column.clone()]))?;
    for child in below {
        let mut changed = table(schema, &child)?.clone();
        let Some(copy_is_own) = changed
            .column(column)
            .filter(|it| it.inherited)
            .map(|it| it.own)
        else {
            continue;
        };
        let elsewhere = changed.inherits.iter().any(|parent| {
            parent != name
                && schema
                    .table(parent)
                    .is_some_and(|it| it.column(column).is_some())
        });
        if elsewhere || only || copy_is_own {
            no_orphan(&checks, column, name, &child, schema)?;
        }
        // `only` makes the copies of the direct children their own (`ATExecDropColumn`).
        if only && !changed.inherits.contains(name) && changed.partition_of.is_none() {
            continue;
        }
        if elsewhere {
            if let Some(copy) = changed.column_mut(column).filter(|_| only) {
                copy.own = true;
                put(schema, &child, changed);
            }
            continue;
        }
        if only || copy_is_own {
            if let Some(copy) = changed.column_mut(column) {
                copy.inherited = false;
                copy.own = true;
            }
            put(schema, &child, changed);
        } else {
            remove(schema, &Target::Column(child, column.clone()), cascade)?;
        }
    }
    Ok(())
}

pub fn set_default(
    column: &SmolStr,
    default: Option<&Expression>,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    if let Some(default) = default {
        check_default(default, schema)?;
        if let Some(column) = schema.table(name).and_then(|it| it.column(column)) {
            let place = format_args!("column \"{}\"", column.name);
            check_default_type(default, &column.sql_type, place, schema)?;
        }
    }
    change(column, name, only, schema, |it| {
        let wrong = match (&it.identity, &it.generated) {
            (Some(_), _) => Some("an identity column"),
            (None, Some(_)) => Some("a generated column"),
            (None, None) => None,
        };
        if let Some(wrong) = wrong {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!("column \"{column}\" cannot have a default: it is {wrong}"),
            )
            .help(if it.identity.is_some() {
                "use `drop identity` first"
            } else {
                "use `drop expression` first"
            }));
        }
        it.default = default.cloned();
        Ok(())
    })
}

pub fn add_identity(
    column: &SmolStr,
    identity: &IdentityDefinition,
    sequence: Option<&Name>,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let sequence = sequence.expect("a resolved identity has its sequence");
    check_beside(sequence, name)?;
    let mut sql_type = None;
    change(column, name, true, schema, |it| {
        let wrong = if it.identity.is_some() {
            Some(("an identity", "use `set generated …` to change it"))
        } else if it.default.is_some() {
            Some(("a default", "drop the default first"))
        } else if it.generated.is_some() {
            Some(("a generation expression", "drop the expression first"))
        } else if !it.not_null {
            Some(("no `not null`", "add it first: alter column … set not null"))
        } else {
            None
        };
        if let Some((what, help)) = wrong {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!("column \"{column}\" cannot become an identity column: it has {what}"),
            )
            .help(help));
        }
        if !matches!(it.sql_type.scalar(), Some("int2" | "int4" | "int8")) {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!(
                    "an identity column must be smallint, integer or bigint, not {}",
                    it.sql_type
                ),
            ));
        }
        it.identity = Some(Identity {
            always: identity.always,
            sequence: sequence.clone(),
        });
        sql_type = Some(it.sql_type.clone());
        Ok(())
    })?;
    let sql_type = sql_type.expect("the column was there");
    let mut made = identity.options.sequence(&sql_type)?;
    made.owned_by = Some((name.clone(), column.clone()));
    made.identity = true;
    schema.put(
        ObjectId::Relation(sequence.clone()),
        Some(Object::Sequence(made)),
    );
    Ok(())
}

pub fn set_identity(
    column: &SmolStr,
    always: Option<bool>,
    options: &SequenceOptions,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let mut sequence = None;
    change(column, name, true, schema, |it| {
        let Some(identity) = &mut it.identity else {
            return Err(no_identity(column));
        };
        identity.always = always.unwrap_or(identity.always);
        sequence = Some(identity.sequence.clone());
        Ok(())
    })?;
    let sequence = sequence.expect("the column has an identity");
    let present = schema
        .sequence(&sequence)
        .expect("an identity has its sequence");
    let altered = options.alter(present)?;
    schema.put(
        ObjectId::Relation(sequence),
        Some(Object::Sequence(altered)),
    );
    Ok(())
}

pub fn drop_identity(
    column: &SmolStr,
    if_exists: bool,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let mut sequence = None;
    change(column, name, true, schema, |it| {
        sequence = it.identity.take().map(|identity| identity.sequence);
        if sequence.is_none() && !if_exists {
            return Err(no_identity(column));
        }
        Ok(())
    })?;
    if let Some(sequence) = sequence {
        schema.put(ObjectId::Relation(sequence), None);
    }
    Ok(())
}

pub fn drop_expression(
    column: &SmolStr,
    if_exists: bool,
    name: &Name,
    only: bool,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let found = present.column(column).filter(|it| it.generated.is_some());
    if found.is_some_and(|it| it.inherited) {
        return Err(inherited(column, name));
    }
    if only
        && found.is_some()
        && let Some(child) = schema.children(name).min()
    {
        return Err(Refusal::new(
            Code::Inherited,
            format!("the expression of column \"{column}\" cannot be dropped from \"{name}\" only: \"{child}\" inherits it"),
        )
        .help("remove `only`")
        .at([column.clone()])
        .contradicts(ObjectId::Relation(child.clone())));
    }
    change(column, name, false, schema, |it| {
        match it.generated.take() {
            None if !if_exists => Err(Refusal::new(
                Code::InvalidColumn,
                format!("column \"{column}\" is not generated"),
            )),
            Some(generated) if !generated.stored => Err(Refusal::new(
                Code::InvalidColumn,
                format!("the expression of the virtual column \"{column}\" cannot be dropped"),
            )
            .help("drop the column and add it again")),
            None | Some(_) => Ok(()),
        }
    })
}

fn no_identity(column: &str) -> Refusal {
    Refusal::new(
        Code::InvalidColumn,
        format!("column \"{column}\" is not an identity column"),
    )
}

/// Chooses the sequence's name of an identity that is added to a column.
pub fn resolve_identity(
    column: &SmolStr,
    identity: &mut IdentityDefinition,
    sequence: &mut Option<Name>,
    table: &Name,
    before: &Schema,
    assigned: &mut BTreeSet<Name>,
) {
    if sequence.is_some() {
        return;
    }
    let chosen = identity.options.name.take().unwrap_or_else(|| {
        generated::sequence(table, column, |name| {
            before.relation_taken(name) || assigned.contains(name)
        })
    });
    assigned.insert(chosen.clone());
    *sequence = Some(chosen);
}

pub fn write_add_identity(
    column: &SmolStr,
    identity: &IdentityDefinition,
    sequence: Option<&Name>,
    table: &Name,
    sql: &mut Sql<'_>,
) {
    sql.word("alter column")
        .identifier(column)
        .word("add generated")
        .word(if identity.always {
            "always"
        } else {
            "by default"
        })
        .word("as identity");
    let mut options = identity.options.clone();
    options.name = options.name.or_else(|| {
        let chosen = sequence.cloned();
        chosen.filter(|it| *it != generated::sequence(table, column, |_| false))
    });
    options.write_identity(table, sql);
}

pub fn write_set_identity(
    column: &SmolStr,
    always: Option<bool>,
    options: &SequenceOptions,
    sql: &mut Sql<'_>,
) {
    sql.word("alter column").identifier(column);
    if let Some(always) = always {
        sql.word("set generated")
            .word(if always { "always" } else { "by default" });
    }
    options.write_set(sql);
}
