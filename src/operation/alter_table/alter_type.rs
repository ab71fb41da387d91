//! `alter column … type`

use smol_str::SmolStr;

use crate::binder::Place;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::bind;
use crate::model::cast::context;
use crate::model::check::{check_expression, check_type};
use crate::model::collation::{check_collation, settle};
use crate::model::depend::reader;
use crate::model::family::{change, descendants, heir_of_another, inherited};
use crate::model::index_check::{check_index, check_key};
use crate::model::names::{table, unknown_column};
use crate::model::partition_key::PartitionKey;
use crate::model::row_type::{check_not_of_itself, check_unused};
use crate::name::Name;
use crate::operation::definition::sequence::{SequenceOptions, type_limits};
use crate::operation::definition::write_collation;
use crate::raw_sql;
use crate::schema::{Object, ObjectId, Refusal, Schema, Table};
use crate::sql::Sql;
use crate::sql_type::casts::CastContext;
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token::{TokenKind, lex};
use crate::tree::{ExprKind, Literal};

pub fn write(
    column: &SmolStr,
    sql_type: &SqlType,
    collation: Option<&Name>,
    using: Option<&Expression>,
    sql: &mut Sql<'_>,
) {
    sql.word("alter column")
        .identifier(column)
        .word("type")
        .sql_type(sql_type);
    if let Some(collation) = collation {
        sql.word("collate");
        write_collation(collation, sql);
    }
    if let Some(using) = using {
        sql.word("using").expression(using);
    }
}

pub fn apply(
    column: &SmolStr,
    sql_type: &SqlType,
    collation: Option<&Name>,
    using: Option<&Expression>,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    check(column, sql_type, using, name, schema)
        .and_then(|()| check_collation(collation, sql_type, schema))
        .map_err(|it| it.at([column.clone()]))?;
    let from = table(schema, name)?
        .column(column)
        .map(|it| it.sql_type.clone())
        .expect("the column was checked");
    // PostgreSQL keeps a default as an expression of the old type and casts its value (ATExecAlterColumnType).
    let converts = matches!(
        context(&from, sql_type, schema),
        Some(CastContext::Implicit | CastContext::Assignment)
    );
    let default_schema = schema.default.clone();
    change(column, name, false, schema, |it| {
        if let Some(default) = &it.default
            && !converts
            && !is_null(default)
        {
            return Err(Refusal::new(
                Code::MissingCast,
                format!(
                    "the default {} of column \"{column}\" is not converted to {sql_type} automatically",
                    default.text()
                ),
            )
            .help("in the same statement, drop the default first and set a new one last: alter column … drop default, alter column … type …, alter column … set default …"));
        }
        if let Some(default) = &it.default {
            it.default = Some(retyped(default, &it.sql_type, sql_type, &default_schema));
        }
        it.sql_type = sql_type.clone();
        it.collation = collation.cloned();
        Ok(())
    })?;
    retype_identity(column, sql_type, name, schema).map_err(|it| it.at([column.clone()]))?;
    let tables = descendants(schema, name);
    for table in std::iter::once(name).chain(&tables) {
        settle(schema, table);
        check_indexes(column, table, schema)?;
    }
    Ok(())
}

/// Whether it is a null of some type, which PostgreSQL does not keep as a default (`AddRelationNewConstraints`).
fn is_null(default: &Expression) -> bool {
    let Some(tree) = raw_sql::expression_tree(default.text()) else {
        return false;
    };
    let null = ExprKind::Literal(Literal::Null);
    if let ExprKind::Cast(inner, ty) = &tree.kind {
        return inner.kind == null && !ty.text.contains('(');
    }
    tree.kind == null
}

/// The sequence of an identity follows its column (`transformAlterTableStmt`).
fn retype_identity(
    column: &SmolStr,
    sql_type: &SqlType,
    name: &Name,
    schema: &mut Schema,
) -> Result<(), Refusal> {
    let identity = table(schema, name)?
        .column(column)
        .and_then(|it| it.identity.as_ref());
    let Some(sequence) = identity.map(|it| it.sequence.clone()) else {
        return Ok(());
    };
    let Some(before) = schema.sequence(&sequence) else {
        return Ok(());
    };
    if type_limits(sql_type).is_none() {
        return Err(Refusal::new(
            Code::InvalidColumn,
            format!(
                "column \"{column}\" is an identity column: its type must be smallint, integer or bigint"
            ),
        )
        .help(format!("drop the identity before: alter column {column} drop identity")));
    }
    let altered = SequenceOptions::of_type(sql_type).alter(before)?;
    schema.put(
        ObjectId::Relation(sequence),
        Some(Object::Sequence(altered)),
    );
    Ok(())
}

/// Refuses a type that an index of the column cannot hold: the index is made again.
fn check_indexes(column: &SmolStr, name: &Name, schema: &Schema) -> Result<(), Refusal> {
    let found = table(schema, name)?;
    for (constraint, it) in &found.constraints {
        let Some(key) = it.kind.key().filter(|it| it.columns.contains(column)) else {
            continue;
        };
        check_key(&key.columns, (name, found), schema).map_err(|it| Refusal {
            message: format!(
                "constraint \"{constraint}\" does not support the new type: {}",
                it.message
            ),
            help: Some(format!(
                "drop the constraint {constraint} first, and add it again afterwards"
            )),
            at: vec![column.clone()],
            ..it
        })?;
    }
    for (id, index) in schema.indexes(name) {
        if index
            .elements
            .iter()
            .any(|element| element.expression.columns().any(|it| it == column))
        {
            check_index(index, found, schema).map_err(|it| Refusal {
                message: format!(
                    "index \"{id}\" does not support the new type: {}",
                    it.message
                ),
                help: Some(format!(
                    "drop index {id} first, and create it again afterwards"
                )),
                at: vec![column.clone()],
                contradicts: Some(ObjectId::Relation(id.clone())),
                ..it
            })?;
        }
    }
    Ok(())
}

/// A default after its column's change of type: PostgreSQL keeps a literal as one of the old type
/// (`'new'::character varying`), until the column comes back to that type.
fn retyped(default: &Expression, from: &SqlType, to: &SqlType, schema: &str) -> Expression {
    let text = default.text();
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    let [literal, rest @ ..] = tokens.as_slice() else {
        return default.clone();
    };
    if literal.kind != TokenKind::String {
        return default.clone();
    }
    let literal = literal.text(text);
    let bare = |it: &SqlType| SqlType {
        modifiers: SmolStr::default(),
        ..it.clone()
    };
    let held = match rest {
        [] => bare(from),
        [cast, words @ ..] if cast.is(text, "::") => match sql_type::parse(text, words, schema) {
            Ok(WrittenType::Type(held)) => bare(&held),
            Ok(WrittenType::Serial(_)) | Err(_) => return default.clone(),
        },
        _ => return default.clone(),
    };
    let held_text = if held == bare(to) {
        literal.to_owned()
    } else {
        format!("{literal}::{}", held.within(schema))
    };
    Expression::parse(&held_text).expect("a literal of a type is an expression")
}

/// Refuses a `using` that does not give values of the type. It is over the columns as they are before the statement
/// (`ATPrepAlterColumnType`).
pub fn check_using(
    column: &SmolStr,
    sql_type: &SqlType,
    using: &Expression,
    (name, before): (&Name, &Table),
    schema: &Schema,
) -> Result<(), Refusal> {
    for read in using.columns() {
        if before.column(read).is_none() {
            return Err(unknown_column(read, before, name));
        }
    }
    check_expression(using, schema)?;
    let stored = format!("column \"{column}\"");
    bind::assigned(
        using,
        Place::Using,
        (&stored, sql_type),
        Some((name, before)),
        schema,
    )
    .map_err(|it| it.at(["using"]))
}

/// Refuses the type of a column that the table, or one below it, is partitioned by.
fn no_partition_key(
    column: &SmolStr,
    name: &Name,
    children: &[Name],
    schema: &Schema,
) -> Result<(), Refusal> {
    let by_column = |table: &&Name| {
        let by = schema.table(table).and_then(|it| it.partition_by.as_ref());
        by.is_some_and(|by| PartitionKey::parse(by).columns().any(|it| it == column))
    };
    if let Some(partitioned) = std::iter::once(name).chain(children).find(by_column) {
        let which = if partitioned == name {
            "the table".to_owned()
        } else {
            format!("table \"{partitioned}\"")
        };
        return Err(Refusal::new(
            Code::StillNeeded,
            format!("the type of column \"{column}\" cannot change: {which} is partitioned by it"),
        )
        .contradicts(ObjectId::Relation(partitioned.clone())));
    }
    Ok(())
}

fn check(
    column: &SmolStr,
    sql_type: &SqlType,
    using: Option<&Expression>,
    name: &Name,
    schema: &Schema,
) -> Result<(), Refusal> {
    let present = table(schema, name)?;
    let Some(found) = present.column(column) else {
        return Err(unknown_column(column, present, name));
    };
    if found.inherited {
        return Err(inherited(column, name));
    }
    check_type(sql_type, schema)?;
    check_not_of_itself(schema, name, sql_type)?;
    let what = format!("the type of column \"{column}\" cannot change");
    for table in std::iter::once(name).chain(&descendants(schema, name)) {
        check_unused(schema, table, &what)?;
    }
    if let Some(heir) = heir_of_another(schema, name, column) {
        return Err(Refusal::new(
            Code::Inherited,
            format!("{what}: table \"{heir}\" inherits it from another table, too"),
        )
        .help("change both parents' columns by a new column, or end the inheritance first")
        .contradicts(ObjectId::Relation(heir)));
    }
    if let Some(dependent) = present.columns.iter().find(|other| {
        other
            .generated
            .as_ref()
            .is_some_and(|generated| generated.expression.columns().any(|it| it == column))
    }) {
        return Err(Refusal::new(
            Code::StillNeeded,
            format!(
                "the type of column \"{column}\" cannot change: the generated column \"{}\" is computed from it",
                dependent.name
            ),
        )
        .help(format!("drop column {} first, and add it again afterwards", dependent.name))
        .contradicts(ObjectId::Relation(name.clone())));
    }
    let children = descendants(schema, name);
    if let Some((id, reader)) = std::iter::once(name)
        .chain(&children)
        .find_map(|it| reader(schema, it, column))
    {
        return Err(Refusal::new(
            Code::StillNeeded,
            format!("the type of column \"{column}\" cannot change: {reader} depends on it"),
        )
        .help(format!(
            "drop {reader} first, and create it again afterwards"
        ))
        .contradicts(id));
    }
    no_partition_key(column, name, &children, schema)?;
    if using.is_some() && found.generated.is_some() {
        return Err(Refusal::new(
            Code::InvalidColumn,
            format!("column \"{column}\" is generated, so `using` is not allowed"),
        )
        .help("remove `using`, or drop the column and add it again")
        .at(["using"]));
    }
    if using.is_some() {
        return Ok(());
    }
    let from = &found.sql_type;
    let zones = (from.scalar(), sql_type.scalar());
    let is_of_session = matches!(
        zones,
        (Some("timestamp"), Some("timestamptz")) | (Some("timestamptz"), Some("timestamp"))
    );
    if is_of_session && !schema.session_time_zone {
        return Err(Refusal::new(
            Code::SessionTimeZone,
            format!("the conversion of {from} to {sql_type} would depend on the time zone of the session"),
        )
        .help(format!(
            "specify the time zone of the values: using {column} at time zone 'UTC'; to allow it in the project, write `allow: [session-time-zone]` in limbeck.yaml"
        )));
    }
    match context(from, sql_type, schema) {
        Some(CastContext::Implicit | CastContext::Assignment) => Ok(()),
        other @ (Some(CastContext::Explicit) | None) => Err(Refusal::new(
            Code::MissingUsing,
            format!("column \"{column}\" is not converted to {sql_type} from {from} automatically"),
        )
        .help(match other {
            Some(_) => format!("write how to convert it: using {column}::{sql_type}"),
            None => format!("there is no cast; add `using` with an expression of type {sql_type}"),
        })),
    }
}
