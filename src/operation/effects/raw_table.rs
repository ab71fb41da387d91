//! `create table` with clauses that exclude each other (`transformColumnDefinition`, `transformOfType` and `DefineRelation`
//! of PostgreSQL's source).

use crate::binder::Ty;
use crate::builtin;
use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::operation::effects::signature::read_type;
use crate::operation::effects::wrong;
use crate::schema::{Refusal, Schema};
use crate::tree::definition::{ColumnSource, RawColumn, RawTable};

/// Refuses a table that PostgreSQL refuses.
pub(super) fn check(schema: &Schema, table: &RawTable, text: &str) -> Result<(), Refusal> {
    let name = qualify(&table.name.parts, &schema.default);
    // What need not be made is looked at no further.
    if table.if_not_exists && name.is_none_or(|it| schema.relation_taken(&it)) {
        return Ok(());
    }
    if table.temporary
        && let [namespace, _] = table.name.parts.as_slice()
        && !namespace.starts_with("pg_temp")
    {
        return Err(wrong(
            text,
            &table.name.range,
            format!("a temporary table does not lie in the schema \"{namespace}\""),
        )
        .help("write its name without a schema"));
    }
    for column in &table.columns {
        sources(schema, table, column, text)?;
        compression(schema, column, text)?;
    }
    if let Some(range) = table.update_lists.first() {
        return Err(wrong(
            text,
            range,
            "only `on delete` sets some of the columns, and `on update` all of them",
        ));
    }
    typed(schema, table, text)?;
    if table.temporary
        && let Some(parent) = &table.partition_of
        && let Some(name) = qualify(&parent.parts, &schema.default)
        && schema.table(&name).is_some()
    {
        return Err(wrong(
            text,
            &parent.range,
            format!("\"{name}\" is not temporary: its partitions cannot be, either"),
        ));
    }
    method(schema, table, text)
}

/// Where the values of a column come from: from one place only.
fn sources(
    schema: &Schema,
    table: &RawTable,
    column: &RawColumn,
    text: &str,
) -> Result<(), Refusal> {
    if let [_, (_, range), ..] = column.sources.as_slice() {
        return Err(wrong(
            text,
            range,
            format!(
                "the values of the column \"{}\" come from two places",
                column.name
            ),
        )
        .help("leave one `default` or `generated …`"));
    }
    let Some((source, range)) = column.sources.first() else {
        return Ok(());
    };
    let word = match source {
        ColumnSource::Default => return Ok(()),
        ColumnSource::GeneratedByDefault => {
            return Err(wrong(
                text,
                range,
                "a column that is computed is `generated always`",
            ));
        }
        ColumnSource::Identity => "identity",
        ColumnSource::Generated => "generated",
    };
    if table.of_type.is_some() {
        return Err(wrong(
            text,
            range,
            format!("a table of a type has no {word} columns"),
        ));
    }
    // PostgreSQL 16 lets a partition compute its column in another way.
    if table.partition_of.is_some() && (word == "identity" || schema.server < 16) {
        return Err(wrong(
            text,
            range,
            format!("a partition has no {word} columns of its own"),
        ));
    }
    Ok(())
}

fn compression(schema: &Schema, column: &RawColumn, text: &str) -> Result<(), Refusal> {
    let Some((method, range)) = &column.compression else {
        return Ok(());
    };
    if method == "default" {
        return Ok(());
    }
    if !matches!(method.as_str(), "pglz" | "lz4") {
        return Err(wrong(
            text,
            range,
            format!("there is no compression method \"{method}\""),
        )
        .suggest(method, ["pglz", "lz4"]));
    }
    let sql_type = column
        .sql_type
        .as_ref()
        .and_then(|it| read_type(it, world(schema)).ok().flatten());
    let ty = sql_type.map_or(Ty::Opaque, |it| world(schema).ty(&it));
    // Those whose values have all the same length.
    let fixed = [
        "bool",
        "int2",
        "int4",
        "int8",
        "float4",
        "float8",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "money",
        "point",
        "oid",
        "char",
        "name",
        "box",
        "circle",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
    ];
    match ty.core() {
        Some(id) if fixed.contains(&id.facts().name) => Err(wrong(
            text,
            range,
            format!("values of {ty} are not compressed"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// `of type`: options are of attributes of the type, once each.
fn typed(schema: &Schema, table: &RawTable, text: &str) -> Result<(), Refusal> {
    let Some(of_type) = &table.of_type else {
        return Ok(());
    };
    for (at, column) in table.columns.iter().enumerate() {
        if table.columns[..at].iter().any(|it| it.name == column.name) {
            return Err(wrong(
                text,
                &column.range,
                format!("the column \"{}\" is named twice", column.name),
            ));
        }
    }
    let world = world(schema);
    let Some(sql_type) = read_type(of_type, world)? else {
        return Ok(());
    };
    let ty = world.ty(&sql_type);
    let is_scalar = matches!(ty, Ty::Core(_) | Ty::Enum(_) | Ty::Domain(_) | Ty::Array(_));
    let is_row = sql_type
        .named()
        .is_some_and(|it| schema.table(it).is_some());
    if is_scalar || is_row {
        return Err(
            wrong(text, &of_type.range, format!("{ty} is no composite type"))
                .help("create one: create type … as (…)"),
        );
    }
    let Some(fields) = world.fields(&ty) else {
        return Ok(());
    };
    for column in &table.columns {
        if !fields.iter().any(|it| it.name == column.name) {
            return Err(wrong(
                text,
                &column.range,
                format!("the type {ty} has no attribute \"{}\"", column.name),
            )
            .suggest(&column.name, fields.iter().map(|it| it.name.as_str())));
        }
    }
    Ok(())
}

/// `using heap`.
fn method(schema: &Schema, table: &RawTable, text: &str) -> Result<(), Refusal> {
    let Some(method) = &table.method else {
        return Ok(());
    };
    if table.partitioned && schema.server < 17 {
        return Err(wrong(
            text,
            &method.range,
            "a partitioned table has no access method",
        )
        .help("say it of its partitions"));
    }
    let [name] = method.parts.as_slice() else {
        return Ok(());
    };
    if name != "heap" && builtin::access_method(name, schema.server).is_some() {
        return Err(wrong(
            text,
            &method.range,
            format!("\"{name}\" is an access method of indexes, not of tables"),
        ));
    }
    Ok(())
}
