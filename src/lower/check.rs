//! Checks of what a database holds already: that what exists is what was meant.

use serde_json::{Value, json};
use smol_str::SmolStr;

use crate::kind::Kind;
use crate::lower::text::{block, refuse};
use crate::name::Name;
use crate::operation::Assert;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::{ConstraintKind, Type};
use crate::sql_type::{BaseType, SqlType, WrittenType};
use crate::template;
use crate::token::{quote_literal, without_comments};
use crate::visible;

/// Something that must be so, or the script stops.
#[derive(Debug, Clone, PartialEq)]
pub enum Check {
    /// A relation of that name is of that kind.
    Kind(Name, Kind),
    /// A type of that name is of this form, and not the row of a table.
    TypeForm(Name, TypeForm),
    /// An enum has these values, in this order.
    Values(Name, Vec<SmolStr>),
    /// The index is one of that table.
    TableOfIndex { index: Name, table: Name },
    /// The table's constraint of that name is of this kind.
    ConstraintKind(Name, Box<ConstraintDefinition>),
    /// The table has these types and this nullability in these columns.
    Columns(Name, Vec<ColumnDefinition>),
    /// What the author asserts.
    Holds(Assert),
}

/// A form of a type that the language makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeForm {
    Enum,
    Composite,
    Domain,
}

impl TypeForm {
    #[must_use]
    pub fn of(definition: &Type) -> Self {
        match definition {
            Type::Enum(_) => Self::Enum,
            Type::Composite(_) => Self::Composite,
            Type::Domain(_) => Self::Domain,
        }
    }

    /// Its value of `pg_type.typtype`, and the word for it.
    fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::Enum => ("e", "enum"),
            Self::Composite => ("c", "composite type"),
            Self::Domain => ("d", "domain"),
        }
    }
}

impl Check {
    /// A `do` block that raises where it is not so.
    #[must_use]
    pub fn sql(&self) -> String {
        match self {
            Self::Kind(name, kind) => same_kind(name, *kind),
            Self::TypeForm(name, form) => same_form(name, *form),
            Self::Values(name, values) => same_values(name, values),
            Self::TableOfIndex { index, table } => same_table(index, table),
            Self::ConstraintKind(table, definition) => same_kind_of_constraint(table, definition),
            Self::Columns(table, columns) => same_columns(table, columns),
            Self::Holds(assert) => {
                let plain =
                    format!("limbeck: assert failed: {}", assert.message).replace('%', "%%");
                let hex = (!assert.message.is_ascii()).then(|| visible::hex(&assert.message));
                let view = json!({
                    "query": without_comments(&assert.query),
                    "message": quote_literal(&plain),
                    "hex": hex,
                    "ascii": visible::ascii(&assert.message),
                });
                block(&template::sql(include_str!("check/holds.sql.jinja"), &view))
            }
        }
    }
}

/// The text of `raise exception` with a place for one value, between `verb` and `end`; a `%` in a name is one.
fn raised(what: impl std::fmt::Display, verb: &str, end: &str) -> String {
    let escape = |text: &str| visible::line(text).replace('%', "%%");
    let what = escape(&what.to_string());
    quote_literal(&format!("limbeck: {what}{verb}%{}", escape(end)))
}

fn same_kind(name: &Name, kind: Kind) -> String {
    let view = json!({"name": name.qualified(), "relkinds": kind.facts().relkinds});
    refuse(
        &template::sql(include_str!("check/kind.sql.jinja"), &view),
        &raised(name, " is ", &format!(", but this revision expects {kind}")),
    )
}

fn same_form(name: &Name, form: TypeForm) -> String {
    let (typtype, word) = form.facts();
    let view = json!({"name": name.qualified(), "typtype": typtype});
    refuse(
        &template::sql(include_str!("check/form.sql.jinja"), &view),
        &raised(name, " is ", &format!(", but this revision expects {word}")),
    )
}

fn same_values(name: &Name, values: &[SmolStr]) -> String {
    let view = json!({"name": name.qualified(), "values": values});
    refuse(
        &template::sql(include_str!("check/values.sql.jinja"), &view),
        &raised(
            format!("type {name}"),
            " exists, but its values differ from those in this revision: ",
            "",
        ),
    )
}

fn same_table(index: &Name, table: &Name) -> String {
    let view =
        json!({"index": index.qualified(), "table": table.qualified(), "schema": table.schema});
    refuse(
        &template::sql(include_str!("check/table.sql.jinja"), &view),
        &raised(
            format!("index {index}"),
            " belongs to the table ",
            &format!(", but this revision expects {table}"),
        ),
    )
}

fn same_kind_of_constraint(table: &Name, definition: &ConstraintDefinition) -> String {
    let name = definition.name.as_ref().map_or("", SmolStr::as_str);
    let (contype, word) = match &definition.kind {
        ConstraintKind::PrimaryKey(_) => ("p", "primary key"),
        ConstraintKind::Unique(_) => ("u", "unique constraint"),
        ConstraintKind::ForeignKey(_) => ("f", "foreign key"),
        ConstraintKind::Check { .. } => ("c", "check"),
        ConstraintKind::Exclusion(_) => ("x", "exclusion constraint"),
    };
    let view = json!({"table": table.qualified(), "name": name, "contype": contype});
    refuse(
        &template::sql(include_str!("check/constraint.sql.jinja"), &view),
        &raised(
            format!("constraint {name} of table {table}"),
            " is ",
            &format!(", but this revision expects {word}"),
        ),
    )
}

fn same_columns(table: &Name, columns: &[ColumnDefinition]) -> String {
    let columns: Vec<Value> = columns
        .iter()
        .filter_map(|it| {
            let WrittenType::Type(sql_type) = &it.sql_type else {
                return None;
            };
            let not_null = it.not_null || it.identity.is_some();
            Some(json!({"name": it.name, "type": formatted(sql_type), "not_null": not_null}))
        })
        .collect();
    let view = json!({"table": table.qualified(), "columns": columns});
    refuse(
        &template::sql(include_str!("check/columns.sql.jinja"), &view),
        &raised(
            format!("table {table}"),
            " exists, but its columns differ from those in this revision: ",
            "",
        ),
    )
}

/// A type as `format_type` shows it where the path is `pg_catalog, pg_temp`, as SQL: the server quotes names itself.
#[must_use]
pub fn formatted(sql_type: &SqlType) -> String {
    let BaseType::Named(name) = &sql_type.base else {
        return quote_literal(&sql_type.within("pg_catalog"));
    };
    if name.schema == "pg_catalog" {
        return quote_literal(&sql_type.within("pg_catalog"));
    }
    let modifiers = if sql_type.modifiers.is_empty() {
        String::new()
    } else {
        format!("({})", sql_type.modifiers)
    };
    let array = if sql_type.array { "[]" } else { "" };
    format!(
        "quote_ident({}) || '.' || quote_ident({}) || {}",
        quote_literal(&name.schema),
        quote_literal(&name.name),
        quote_literal(&format!("{modifiers}{array}"))
    )
}
