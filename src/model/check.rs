//! What PostgreSQL refuses in types, defaults and expressions, whatever the rows.

use std::sync::Arc;

use crate::binder::Place;
use crate::builtin;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::model::bind;
use crate::model::immutable::check_immutable;
use crate::model::index_check::check_index;
use crate::model::names::{check_columns, table, unknown_column, unknown_relation};
use crate::model::storage_parameter;
use crate::name::Name;
use crate::schema::{Column, Index, Object, ObjectId, Refusal, Schema, Table};
use crate::sql_type::SqlType;

/// Refuses a default that PostgreSQL refuses whatever the rows.
pub fn check_default(default: &Expression, schema: &Schema) -> Result<(), Refusal> {
    if default.has_subquery() {
        return Err(
            Refusal::new(Code::InvalidExpression, "a default cannot contain a query")
                .help("move the query into a function")
                .at(["default", "select"]),
        );
    }
    if let Some(column) = default.columns().next() {
        return Err(Refusal::new(
            Code::InvalidExpression,
            format!("a default cannot read the column \"{column}\""),
        )
        .help("quote it if it is a string: 'text'; to compute a value from other columns, use `generated always as (…) stored`")
        .at([column.clone()]));
    }
    check_expression(default, schema)
}

/// Refuses types and sequences in an expression that do not exist.
pub fn check_expression(expression: &Expression, schema: &Schema) -> Result<(), Refusal> {
    for name in expression.types(&schema.default) {
        if name.schema != "pg_catalog" {
            check_named_type(&name, schema)?;
        }
    }
    for relation in expression.relations(&schema.default) {
        // `pg_catalog` is searched before the project's schema.
        let own = builtin::relation("pg_catalog", &relation.name, schema.server);
        let other = builtin::relation(&relation.schema, &relation.name, schema.server);
        let is_builtin = own.filter(|_| relation.schema == schema.default).or(other);
        if schema.relation(&relation).is_none() && is_builtin.is_none() {
            return Err(unknown_relation(&relation, Kind::Sequence, schema));
        }
    }
    Ok(())
}

/// Refuses a type that neither PostgreSQL nor the schema has.
pub fn check_type(sql_type: &SqlType, schema: &Schema) -> Result<(), Refusal> {
    match sql_type.named() {
        None => Ok(()),
        Some(name) => check_named_type(name, schema),
    }
}

fn check_named_type(name: &Name, schema: &Schema) -> Result<(), Refusal> {
    if schema.get(&ObjectId::Type(name.clone())).is_some()
        || schema.table(name).is_some()
        || matches!(schema.relation(name), Some(Object::Opaque(it)) if it.output.is_some())
        || schema.temporary(name).is_some()
        || bind::world(schema).is_multirange(name)
        || super::extension_types::may_provide(schema, &name.name)
    {
        return Ok(());
    }
    let mut candidates: Vec<&str> = crate::sql_type::builtin_names().collect();
    let types = schema.objects().filter_map(|it| it.0.type_name());
    candidates.extend(types.map(|it| it.name.as_str()));
    let refusal = Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""));
    let extension = super::extension_types::provider_of_type(&name.name);
    let refusal = match (extension, elsewhere(&name.name)) {
        (Some(extension), _) => refusal.help(super::extension_types::before(extension)),
        (None, Some(own)) => refusal.help(format!("PostgreSQL uses `{own}`")),
        (None, None) => refusal.suggest(&name.name, candidates),
    };
    Err(refusal.at([name.name.clone()]))
}

/// PostgreSQL's type for the word of another database.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "clob" | "tinytext" | "mediumtext" | "longtext" | "ntext" => "text",
        "datetime" | "datetime2" | "datetimeoffset" => "timestamptz",
        "tinyint" => "smallint",
        "mediumint" => "integer",
        "double" => "double precision",
        "number" => "numeric",
        "nvarchar" | "varchar2" => "varchar",
        "blob" | "binary" | "varbinary" | "longblob" => "bytea",
        "uniqueidentifier" => "uuid",
        _ => return None,
    })
}

/// Refuses an expression over a table's columns that PostgreSQL refuses.
pub fn check_own_expression(
    expression: &Expression,
    place: Place,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    if expression.has_subquery() {
        return Err(Refusal::new(
            Code::InvalidExpression,
            format!("{} cannot contain a query", place.words()),
        )
        .help("move the query into a function, or check it with `assert`")
        .at(["select"]));
    }
    for reference in expression.column_references() {
        // `"table"` alone stands for the whole row.
        if let [column] = reference.parts.as_slice()
            && table.column(column).is_none()
            && *column != name.name
            && column != "tableoid"
        {
            return Err(unknown_column(column, table, name));
        }
    }
    check_expression(expression, schema)?;
    if place.must_be_immutable() {
        check_immutable(expression, place.words(), table, schema)?;
    }
    bind::own_expression(expression, place, name, table, schema).map(drop)
}

/// Refuses a generated column whose expression PostgreSQL refuses.
pub fn check_generated(
    column: &Column,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    let Some(generated) = &column.generated else {
        return Ok(());
    };
    for read in generated.expression.columns() {
        if *read == name.name && table.column(read).is_none() {
            return Err(Refusal::new(
                Code::InvalidExpression,
                format!("a generated column cannot read the whole row of \"{name}\", which it is part of"),
            )
            .help("name the columns that it reads")
            .at([column.name.clone(), "generated".into(), read.clone()]));
        }
        if table.column(read).is_some_and(|it| it.generated.is_some()) {
            return Err(Refusal::new(
                Code::InvalidExpression,
                format!("a generated column cannot read the generated column \"{read}\""),
            )
            .help("repeat its expression instead")
            .at([column.name.clone(), "generated".into(), read.clone()]));
        }
    }
    let (expression, sql_type) = (&generated.expression, &column.sql_type);
    check_own_expression(expression, Place::Generated, name, table, schema)
        .and_then(|()| {
            let stored = format!("column \"{}\"", column.name);
            bind::assigned(
                expression,
                Place::Generated,
                (&stored, sql_type),
                Some((name, table)),
                schema,
            )
        })
        .map_err(|it| it.at([column.name.clone(), "generated".into()]))
}

/// Refuses an index that its table cannot have.
pub fn check_new_index(index: &Index, schema: &Schema) -> Result<(), Refusal> {
    let view;
    let found = match schema.relation(&index.table) {
        Some(Object::Opaque(it)) if it.kind == Kind::Defined(Defined::MaterializedView) => {
            let Some(output) = &it.output else {
                return Ok(());
            };
            let columns = output.iter();
            let columns = columns.map(|it| Arc::new(Column::bare(it.0.clone(), it.1.clone())));
            view = Table {
                columns: columns.collect(),
                ..Table::default()
            };
            &view
        }
        Some(_) | None => table(schema, &index.table)?,
    };
    for element in &index.elements {
        if element.expression.is_column() {
            let column = element.expression.columns().next().expect("it is a column");
            if found.column(column).is_none() {
                return Err(unknown_column(column, found, &index.table));
            }
        } else {
            check_own_expression(
                &element.expression,
                Place::Index,
                &index.table,
                found,
                schema,
            )?;
        }
    }
    if let Some(predicate) = &index.predicate {
        check_own_expression(
            predicate,
            Place::IndexPredicate,
            &index.table,
            found,
            schema,
        )?;
    }
    check_columns(&index.include, found, &index.table)?;
    storage_parameter::check_index(&index.options, &index.method, schema.server)?;
    check_index(index, found, schema)
}
