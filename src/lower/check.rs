//! Guards for databases that may differ from the model: what `if exists` and `if not exists` become where PostgreSQL
//! lacks them, and the check that what exists is what was meant.

use smol_str::SmolStr;

use crate::kind::Kind;
use crate::name::Name;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::statement::Statement;
use crate::schema::ConstraintKind;
use crate::sql::Sql;
use crate::sql_type::{BaseType, SqlType, WrittenType};
use crate::token::quote_literal;
use crate::visible::{self, CHARACTERS};

/// A mark for dollar quotes around `text` that nothing in it can end.
#[must_use]
pub fn tag(text: &str) -> String {
    let mut tag = "$limbeck$".to_owned();
    let mut number = 0;
    while text.contains(&tag) {
        number += 1;
        tag = format!("$limbeck{number}$");
    }
    tag
}

/// A `do` block with `body`, quoted so that nothing in the body can end it. It runs with the path of the author, whose
/// statements and expressions it is for.
#[must_use]
pub fn block(body: &str) -> Statement {
    let tag = tag(body);
    Statement::text(format!("do {tag}\n{body}\n{tag}"))
}

/// The first and the last words of limbeck's own code in a block among the author's statements. In between nothing of the
/// author's path is found, on which others may have put functions and operators whose types fit better than those of
/// `pg_catalog`. What stands before is qualified, and calls nothing with an operator.
const KEEP_PATH: &str = "limbeck_path constant text := pg_catalog.current_setting('search_path');";
const LEAVE_PATH: &str =
    "perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);";
const TAKE_PATH: &str = "perform pg_catalog.set_config('search_path', limbeck_path, true);";

/// A `do` block that raises `message`, with the value of `found` in it, where that query finds a text.
#[must_use]
pub fn refuse(found: &str, message: &str) -> Statement {
    block(&format!(
        "declare
  {KEEP_PATH}
  limbeck_found text;
begin
  {LEAVE_PATH}
  limbeck_found := (
{found}
  );
  if limbeck_found is not null then
    raise exception {message}, regexp_replace(limbeck_found, {CHARACTERS}, '?', 'g');
  end if;
  {TAKE_PATH}
end"
    ))
}

/// `statement` of the author run only where `condition`, a boolean SQL expression of limbeck's own, holds.
#[must_use]
pub fn only_if(condition: &str, statement: &str) -> Statement {
    let indented = statement.replace('\n', "\n    ");
    // A literal with line breaks must not be indented.
    let text = if statement.contains('\'') || statement.contains('$') || statement.contains('"') {
        statement
    } else {
        &indented
    };
    block(&format!(
        "declare
  {KEEP_PATH}
  limbeck_wanted boolean;
begin
  {LEAVE_PATH}
  limbeck_wanted := {condition};
  {TAKE_PATH}
  if limbeck_wanted then
    {text};
  end if;
end"
    ))
}

/// `'schema.name'` for `to_regclass` and `to_regtype`.
#[must_use]
pub fn text_of(name: &Name) -> String {
    quote_literal(&name.qualified())
}

/// The text of `raise exception` with a place for one value, between `verb` and `end`; a `%` in a name is one.
#[must_use]
pub fn raised(what: impl std::fmt::Display, verb: &str, end: &str) -> String {
    let escape = |text: &str| visible::line(text).replace('%', "%%");
    let what = escape(&what.to_string());
    quote_literal(&format!("limbeck: {what}{verb}%{}", escape(end)))
}

/// Raises an error where a relation of that name is of another kind (`pg_class.relkind`).
#[must_use]
pub fn same_kind(name: &Name, kind: Kind) -> Statement {
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

/// Raises an error where a type of that name is not of `kind` (a value of `pg_type.typtype`), or is the row of a table.
#[must_use]
pub fn same_kind_of_type(name: &Name, kind: &str, word: &str) -> Statement {
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

/// Raises an error where the index exists on another table.
#[must_use]
pub fn same_table(index: &Name, table: &Name) -> Statement {
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

/// Raises an error where the table's constraint of that name is of another kind.
#[must_use]
pub fn same_kind_of_constraint(table: &Name, definition: &ConstraintDefinition) -> Statement {
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

/// Raises an error where the table has other types or nullability in these columns than the statement says.
#[must_use]
pub fn same_columns(table: &Name, columns: &[ColumnDefinition]) -> Statement {
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

/// `add constraint` unless the table has one of that name.
#[must_use]
pub fn constraint(
    table: &Name,
    definition: &ConstraintDefinition,
    if_exists: bool,
    schema: &str,
) -> Statement {
    let mut sql = Sql::new(schema);
    sql.word("alter table")
        .word_if(if_exists, "if exists")
        .name(table)
        .word("add");
    definition.write(&mut sql);
    let name = definition.name.as_ref().map_or("", SmolStr::as_str);
    only_if(
        &format!(
            "not exists (select from pg_constraint where conrelid = to_regclass({}) and conname = {})",
            text_of(table),
            quote_literal(name)
        ),
        &sql.finish(),
    )
}

/// The condition that a type exists.
#[must_use]
pub fn type_exists(name: &Name) -> String {
    format!("to_regtype({}) is not null", text_of(name))
}
