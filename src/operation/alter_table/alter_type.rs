//! `alter column … type`

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::name::Name;
use crate::operation::collation::{check_collation, settle};
use crate::operation::definition::{
    SequenceOptions, check_expression, check_type, unknown_column, write_collation,
};
use crate::operation::extension_types;
use crate::operation::index_check::check_index;
use crate::operation::{Loss, NoInverse, opaque};
use crate::schema::{Column, Object, ObjectId, Refusal, Schema, Type};
use crate::sql::Sql;
use crate::sql_type::casts::{CastContext, CastType, cast_context};
use crate::sql_type::{self, BaseType, SqlType, WrittenType};
use crate::token::{TokenKind, lex};

use super::column::{change, descendants, inherited};
use super::partition_key::PartitionKey;
use super::table;

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
            && default.text() != "null"
        {
            return Err(Refusal::new(
                Code::MissingCast,
                format!(
                    "the default {} of column \"{column}\" does not become {sql_type} by itself",
                    default.text()
                ),
            )
            .help("in the same statement drop the default before and set a new one after: alter column … drop default, alter column … type …, alter column … set default …"));
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

/// Whether `using` is the column itself, or the plain cast of it to its new type: what that loses, the types tell.
#[must_use]
pub fn is_cast(using: &Expression, column: &str, to: &SqlType, schema: &str) -> bool {
    let text = using.text();
    // What that loses, its way back knows.
    if zone(using, column).is_some() {
        return true;
    }
    let (value, cast) = text.rsplit_once("::").unwrap_or((text, ""));
    let is_column =
        Expression::parse(value).is_ok_and(|it| it.only_column().is_some_and(|it| it == column));
    if !is_column || cast.is_empty() {
        return is_column;
    }
    let tokens = lex(cast, 0, cast.len()).unwrap_or_default();
    // Asked for by name, a cast cuts what is too long.
    let cuts = !to.modifiers.is_empty()
        && matches!(
            to.base,
            BaseType::Builtin("varchar" | "bpchar" | "bit" | "varbit")
        );
    !cuts
        && matches!(sql_type::parse(cast, &tokens, schema), Ok(WrittenType::Type(it)) if it == *to)
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
    for (id, index) in schema.indexes(name) {
        if index
            .elements
            .iter()
            .any(|it| it.expression.columns().any(|it| it == column))
        {
            check_index(index, found, schema).map_err(|it| Refusal {
                message: format!("index \"{id}\" does not fit the new type: {}", it.message),
                help: Some(format!("drop index {id} before, and make it anew after")),
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
    if let Some(dependent) = present.columns.iter().find(|it| {
        it.generated
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
        .help(format!("drop column {} before and add it again after", dependent.name))
        .contradicts(ObjectId::Relation(name.clone())));
    }
    let children = descendants(schema, name);
    if let Some((id, reader)) = std::iter::once(name)
        .chain(&children)
        .find_map(|it| opaque::reader(schema, it, column))
    {
        return Err(Refusal::new(
            Code::StillNeeded,
            format!("the type of column \"{column}\" cannot change: {reader} reads it"),
        )
        .help(format!("drop {reader} before, and create it again after"))
        .contradicts(id));
    }
    let partitions = present
        .partition_by
        .as_ref()
        .is_some_and(|by| PartitionKey::parse(by).columns().any(|it| it == column));
    if partitions {
        return Err(Refusal::new(
            Code::StillNeeded,
            format!(
                "the type of column \"{column}\" cannot change: the table is partitioned by it"
            ),
        ));
    }
    if using.is_some() && found.generated.is_some() {
        return Err(Refusal::new(
            Code::InvalidColumn,
            format!("column \"{column}\" is generated, so that `using` cannot say what it becomes"),
        )
        .help("leave out `using`, or drop the column and add it again")
        .at(["using"]));
    }
    if let Some(using) = using {
        for read in using.columns() {
            if present.column(read).is_none() {
                return Err(unknown_column(read, present, name));
            }
        }
        return check_expression(using, schema);
    }
    let from = &found.sql_type;
    let zones = (from.scalar(), sql_type.scalar());
    if matches!(
        zones,
        (Some("timestamp"), Some("timestamptz")) | (Some("timestamptz"), Some("timestamp"))
    ) {
        return Err(Refusal::new(
            Code::MissingUsing,
            format!("what {from} becomes as {sql_type} would hang on the time zone of the session"),
        )
        .help(format!(
            "say which zone the values are in: using {column} at time zone 'UTC'"
        )));
    }
    match context(from, sql_type, schema) {
        Some(CastContext::Implicit | CastContext::Assignment) => Ok(()),
        other => Err(Refusal::new(
            Code::MissingUsing,
            format!("column \"{column}\" does not become {sql_type} from {from} by itself"),
        )
        .help(match other {
            Some(_) => format!("say how: using {column}::{sql_type}"),
            None => format!(
                "there is no cast; say how with `using` and an expression that gives {sql_type}"
            ),
        })),
    }
}

/// When a value of type `from` becomes one of type `to`; domains count as their base types.
#[must_use]
pub fn context(from: &SqlType, to: &SqlType, schema: &Schema) -> Option<CastContext> {
    if from.base == to.base && from.array == to.array {
        return Some(CastContext::Implicit);
    }
    let (from, to) = (base(from, schema), base(to, schema));
    let extension = |it: &SqlType| {
        it.named()
            .filter(|it| schema.type_named(it).is_none())
            .cloned()
    };
    match (extension(&from), extension(&to)) {
        (None, None) => {}
        (Some(_), Some(_)) => return None,
        (Some(name), None) => return extension_cast(&name, &from, &to, false),
        (None, Some(name)) => return extension_cast(&name, &to, &from, true),
    }
    let (from_element, to_element) = (cast_type(&from, schema)?, cast_type(&to, schema)?);
    let arrays = (CastType::Array(&from_element), CastType::Array(&to_element));
    cast_context(
        if from.array { arrays.0 } else { from_element },
        if to.array { arrays.1 } else { to_element },
    )
}

/// A cast between a type of an extension and one of PostgreSQL, or between arrays of them.
fn extension_cast(
    name: &Name,
    own: &SqlType,
    other: &SqlType,
    to_extension: bool,
) -> Option<CastContext> {
    match &other.base {
        BaseType::Builtin(other_name) if own.array == other.array => {
            extension_types::cast(&name.name, other_name, to_extension)
        }
        BaseType::Builtin(_) | BaseType::Named(_) => None,
    }
}

/// The type under any domains.
#[must_use]
pub fn base(sql_type: &SqlType, schema: &Schema) -> SqlType {
    let mut sql_type = sql_type.clone();
    while let Some(Type::Domain(domain)) = sql_type.named().and_then(|it| schema.type_named(it)) {
        if sql_type.array {
            break;
        }
        sql_type = domain.base.clone();
    }
    sql_type
}

/// The element type as casts see it; `None` for types of extensions.
#[must_use]
pub fn cast_type<'a>(sql_type: &'a SqlType, schema: &Schema) -> Option<CastType<'a>> {
    match &sql_type.base {
        BaseType::Builtin(typname) => Some(CastType::Builtin(typname)),
        BaseType::Named(name) => match schema.type_named(name)? {
            Type::Enum(_) => Some(CastType::Enum(&name.name)),
            Type::Composite(_) => Some(CastType::Composite(&name.name)),
            Type::Domain(_) => None,
        },
    }
}

/// How a column goes back from the type of `now` to that of `before`: the `using` expression, if one is needed, and
/// what is lost. Never a cast that cuts or rounds values without a word.
pub fn way_back(
    before: &Column,
    now: &Column,
    using: Option<&Expression>,
    schema: &Schema,
) -> Result<(Option<Expression>, Vec<Loss>), NoInverse> {
    let (old, new) = (base(&before.sql_type, schema), base(&now.sql_type, schema));
    let mut losses = Vec::new();
    if cuts_silently(&old, &new) || !comes_back(&old, &new, schema) {
        losses.push(Loss::ChangesValues);
    }
    if old.base == new.base && old.array == new.array {
        if cuts_silently(&new, &old) {
            return Err(silent(before, now));
        }
        if !widens(&new, &old) {
            losses.push(Loss::MayFailOnRows);
        }
        return Ok((None, losses));
    }
    if cuts_silently(&new, &old) {
        return Err(silent(before, now));
    }
    match (new.scalar(), old.scalar()) {
        (Some("timestamp"), Some("timestamptz")) | (Some("timestamptz"), Some("timestamp")) => {
            let Some(zone) = using.and_then(|it| zone(it, &before.name)) else {
                return Err(NoInverse(format!(
                    "which time zone the values of column \"{}\" are in cannot be seen",
                    before.name
                )));
            };
            // Where clocks are put back, an hour comes twice.
            if !zone.eq_ignore_ascii_case("'utc'") {
                losses.push(Loss::ChangesValues);
            }
            return Ok((using.cloned(), losses));
        }
        _ => {}
    }
    match context(&now.sql_type, &before.sql_type, schema) {
        Some(CastContext::Implicit | CastContext::Assignment) => {
            if !always_fits(&new, &old) {
                losses.push(Loss::MayFailOnRows);
            }
            Ok((None, losses))
        }
        Some(CastContext::Explicit) if before.sql_type.modifiers.is_empty() => {
            losses.push(Loss::MayFailOnRows);
            let column = crate::token::quote_identifier(&before.name);
            let using = Expression::parse(&format!(
                "{column}::{}",
                before.sql_type.within(&schema.default)
            ))
            .expect("a cast of a column is an expression");
            Ok((Some(using), losses))
        }
        Some(CastContext::Explicit) | None => Err(NoInverse(format!(
            "{} does not become {} by itself",
            now.sql_type, before.sql_type
        ))),
    }
}

/// Whether what becomes one of `to` is what it was when it is of type `from` again, where [`cuts_silently`] is not so.
fn comes_back(from: &SqlType, to: &SqlType, schema: &Schema) -> bool {
    let scalar = |it: &SqlType| match &it.base {
        BaseType::Builtin(name) => Some(*name),
        BaseType::Named(name) => (name.name == "citext").then_some("citext"),
    };
    let is_text = |it: &str| matches!(it, "text" | "varchar" | "bpchar" | "name" | "citext");
    // Of arrays, each element is cast.
    let (one, other) = match (from.array, to.array) {
        (true, false) => (None, scalar(to)),
        (false, true) => (scalar(from), None),
        (true, true) | (false, false) => (scalar(from), scalar(to)),
    };
    // As texts that blanks may end, and as others.
    let ends_blank =
        |it: &str| is_text(it) && it != "bpchar" || matches!(it, "json" | "xml" | "refcursor");
    match (one, other) {
        (Some("varchar"), Some("varchar")) => widens(from, to),
        (Some("bpchar"), Some("bpchar")) => true,
        (Some(one), Some("varchar")) => to.modifiers.is_empty() || !ends_blank(one),
        (Some(one), Some("bpchar")) => !ends_blank(one),
        // PostgreSQL writes other values in a form of its own.
        (Some(one), Some(other)) if is_text(one) => {
            is_text(other) || matches!(other, "json" | "xml" | "refcursor" | "char")
        }
        (Some(one), None) if is_text(one) => {
            let named = to.named().and_then(|it| schema.type_named(it));
            !to.array && matches!(named, Some(Type::Enum(_)))
        }
        (Some("int4" | "int8"), Some("bool" | "bit"))
        | (Some("box"), Some("point" | "circle"))
        | (Some("circle"), Some("box" | "point" | "polygon"))
        | (Some("polygon"), Some("box" | "circle" | "point")) => false,
        _ => true,
    }
}

/// The literal of `column at time zone 'zone'`, which reads the same in both directions.
fn zone<'a>(using: &'a Expression, column: &str) -> Option<&'a str> {
    let text = using.text();
    let text = text
        .strip_prefix('(')
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or(text);
    let column = crate::token::quote_identifier(column);
    let zone = text
        .strip_prefix(column.as_str())?
        .strip_prefix(" at time zone ")?;
    let tokens = lex(zone, 0, zone.len()).ok()?;
    matches!(tokens.as_slice(), [one] if one.kind == TokenKind::String).then_some(zone)
}

fn silent(before: &Column, now: &Column) -> NoInverse {
    NoInverse(format!(
        "going back from {} to {} would round or cut values of column \"{}\" without a word",
        now.sql_type, before.sql_type, before.name
    ))
}

/// Whether the assignment cast from `from` to `to` changes values without an error.
fn cuts_silently(from: &SqlType, to: &SqlType) -> bool {
    let (BaseType::Builtin(from_name), BaseType::Builtin(to_name)) = (&from.base, &to.base) else {
        return false;
    };
    let integer = |name: &str| matches!(name, "int2" | "int4" | "int8");
    let exact = |name: &str| matches!(name, "numeric");
    let float = |name: &str| matches!(name, "float4" | "float8");
    match (*from_name, *to_name) {
        ("numeric", "numeric") => {
            scale(to).is_some_and(|to| scale(from).is_none_or(|from| from > to))
        }
        (one, two) if exact(one) || float(one) => {
            integer(two)
                || float(two) && one != two && two != "float8"
                || exact(two) && scale(to).is_some()
                || one == "numeric" && two == "float8"
                || two == "money"
        }
        (one, "float4") => matches!(one, "int4" | "int8"),
        ("int8", "float8") | ("money", "numeric") => from_name == &"int8",
        ("timestamp" | "timestamptz", "date" | "time" | "timetz")
        | ("timetz" | "interval", "time") => true,
        ("timestamp" | "timestamptz" | "time" | "timetz" | "interval", _) => {
            !to.modifiers.is_empty() && from.modifiers != to.modifiers && from_name == to_name
        }
        ("inet", "cidr") | (_, "char" | "name") => from_name != to_name,
        ("jsonb" | "json", "jsonb" | "json") => from_name == &"json" && to_name == &"jsonb",
        _ => false,
    }
}

fn scale(sql_type: &SqlType) -> Option<i64> {
    sql_type.modifiers.split_once(',')?.1.parse().ok()
}

/// Whether every value of `from` fits `to`, a type of the same base.
fn widens(from: &SqlType, to: &SqlType) -> bool {
    if to.modifiers.is_empty() || from.modifiers == to.modifiers {
        return true;
    }
    let numbers = |it: &SqlType| -> Vec<i64> {
        it.modifiers
            .split(',')
            .filter_map(|it| it.parse().ok())
            .collect()
    };
    match (numbers(from).as_slice(), numbers(to).as_slice()) {
        ([from], [to]) => from <= to,
        ([precision, scale], [to_precision, to_scale]) => {
            precision - scale <= to_precision - to_scale && scale <= to_scale
        }
        _ => false,
    }
}

/// Whether every value of `from` becomes one of `to`, a type of another base.
fn always_fits(from: &SqlType, to: &SqlType) -> bool {
    let unbounded = to.modifiers.is_empty();
    match (from.scalar(), to.scalar()) {
        (Some("int2"), Some("int4" | "int8" | "numeric" | "float4" | "float8"))
        | (Some("int4"), Some("int8" | "numeric" | "float8"))
        | (Some("int8"), Some("numeric"))
        | (Some("float4"), Some("float8"))
        | (Some("date"), Some("timestamp" | "timestamptz"))
        | (_, Some("text" | "varchar")) => unbounded,
        (Some("text" | "varchar" | "bpchar"), None) => {
            !to.array && to.named().is_some_and(|it| it.name == "citext")
        }
        _ => false,
    }
}
