//! Checks of what a database holds already: that what exists is what was meant.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::lower::condition::text_of;
use crate::lower::text::{block, refuse};
use crate::name::Name;
use crate::operation::Assert;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::schema::{ConstraintKind, Type};
use crate::sql_type::{BaseType, SqlType, WrittenType};
use crate::token::quote_literal;
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
                let message = quote_literal(
                    &format!("limbeck: not so: {}", assert.message).replace('%', "%%"),
                );
                block(&format!(
                    "begin\n  if ({}) is not true then\n    raise exception {message};\n  end if;\nend",
                    assert.query
                ))
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
    let message = raised(name, " is ", &format!(", and this revision says {kind}"));
    refuse(
        &format!(
            "    select case relkind when 'r' then 'a table' when 'p' then 'a partitioned table' when 'v' then 'a view'
      when 'm' then 'a materialized view' when 'S' then 'a sequence' when 'f' then 'a foreign table'
      when 'c' then 'a composite type' else 'an index' end
    from pg_class where oid = to_regclass({}) and relkind not in ({})",
            text_of(name),
            kind.facts().relkinds
        ),
        &message,
    )
}

fn same_form(name: &Name, form: TypeForm) -> String {
    let (kind, word) = form.facts();
    let message = raised(name, " is ", &format!(", and this revision says {word}"));
    refuse(
        &format!(
            "    select case when c.relkind <> 'c' then 'a table or view' when t.typtype = 'c' then 'a composite type'
      when t.typtype = 'e' then 'an enum' when t.typtype = 'd' then 'a domain' else 'another type' end
    from pg_type t left join pg_class c on c.oid = t.typrelid
    where t.oid = to_regtype({}) and (t.typtype <> {} or c.relkind <> 'c')",
            text_of(name),
            quote_literal(kind)
        ),
        &message,
    )
}

fn same_values(name: &Name, values: &[SmolStr]) -> String {
    let values: Vec<String> = values.iter().map(|it| quote_literal(it)).collect();
    let message = raised(
        format!("type {name}"),
        " exists, but with other values than this revision says: ",
        "",
    );
    refuse(
        &format!(
            "    select case when labels <> array[{}]::text[] then array_to_string(labels, ', ') end
    from (select coalesce(array_agg(enumlabel::text order by enumsortorder), '{{}}') as labels from pg_enum
      where enumtypid = to_regtype({})) as present",
            values.join(", "),
            text_of(name),
        ),
        &message,
    )
}

fn same_table(index: &Name, table: &Name) -> String {
    let message = raised(
        format!("index {index}"),
        " belongs to the table ",
        &format!(", and this revision says {table}"),
    );
    refuse(
        &format!(
            "    select case n.nspname when {} then quote_ident(c.relname) else indrelid::regclass::text end
    from pg_index join pg_class c on c.oid = indrelid join pg_namespace n on n.oid = c.relnamespace
    where indexrelid = to_regclass({}) and indrelid <> to_regclass({})",
            quote_literal(&table.schema),
            text_of(index),
            text_of(table)
        ),
        &message,
    )
}

fn same_kind_of_constraint(table: &Name, definition: &ConstraintDefinition) -> String {
    let name = definition.name.as_ref().map_or("", SmolStr::as_str);
    let (kind, word) = match &definition.kind {
        ConstraintKind::PrimaryKey(_) => ("p", "primary key"),
        ConstraintKind::Unique(_) => ("u", "unique constraint"),
        ConstraintKind::ForeignKey(_) => ("f", "foreign key"),
        ConstraintKind::Check { .. } => ("c", "check"),
        ConstraintKind::Exclusion(_) => ("x", "exclusion constraint"),
    };
    let message = raised(
        format!("constraint {name} of table {table}"),
        " is ",
        &format!(", and this revision says {word}"),
    );
    refuse(
        &format!(
            "    select case contype when 'p' then 'a primary key' when 'u' then 'a unique constraint' when 'f' then 'a foreign key'
      when 'x' then 'an exclusion constraint' else 'a check' end
    from pg_constraint
    where conrelid = to_regclass({}) and conname = {} and contype <> {}",
            text_of(table),
            quote_literal(name),
            quote_literal(kind)
        ),
        &message,
    )
}

fn same_columns(table: &Name, columns: &[ColumnDefinition]) -> String {
    let rows: Vec<String> = columns
        .iter()
        .filter_map(|column| {
            let WrittenType::Type(sql_type) = &column.sql_type else {
                return None;
            };
            let not_null = column.not_null || column.identity.is_some();
            Some(format!(
                "({}, {}, {not_null})",
                quote_literal(&column.name),
                formatted(sql_type)
            ))
        })
        .collect();
    let message = raised(
        format!("table {table}"),
        " exists, but with other columns than this revision says: ",
        "",
    );
    refuse(
        &format!(
            "    select string_agg(format('%I is %s, this revision says %s', wanted.name, coalesce(
      format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end, 'missing'),
      wanted.type || case when wanted.required then ' not null' else '' end), '; ')
    from (values {}) as wanted (name, type, required)
    left join pg_attribute a
      on a.attrelid = to_regclass({}) and a.attname = wanted.name and a.attnum > 0 and not a.attisdropped
    where (format_type(a.atttypid, a.atttypmod), a.attnotnull) is distinct from (wanted.type, wanted.required)",
            rows.join(", "),
            text_of(table)
        ),
        &message,
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
