//! Columns, and their defaults, which domains have too.

use std::fmt::Write as _;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::Column;
use crate::script::psql::reading::array;
use crate::token::quote_literal;

use super::batch::{
    Rows, comment, differs, differs_if, drift, fact, part, select, text, types_differ,
};
use super::literal::{self, Known};
use super::scope::Scope;
use super::tables::{PRESENT, list};
use crate::lower::formatted;

/// The columns of the tables.
pub(super) fn columns(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("table_place", "integer"),
            ("what", "text"),
            ("name", "name"),
            ("says", "text"),
            ("type", "text"),
            ("collation_name", "text"),
            ("not_null", "boolean"),
            ("default_kind", "text"),
            ("default_texts", "text[]"),
            ("default_shown", "text"),
            ("identity", "text"),
            ("generated", "text"),
            ("inherited", "boolean"),
            ("own", "boolean"),
            ("comment", "text"),
        ],
    );
    for (at, (name, table)) in scope.tables.iter().enumerate() {
        for column in &table.columns {
            rows.push(&column_row(at, name, column, scope));
        }
    }
    let tables = list(scope);
    if tables.is_empty() {
        return String::new();
    }
    let found = format!(
        "{PRESENT},
found as materialized (
  select p.place as table_place, p.what || '.' || quote_ident(a.attname) as what, a.attname, a.attnum,
    format_type(a.atttypid, a.atttypmod) as type, l.collname::text as collation_name,
    a.attcollation <> t.typcollation as has_collation, a.attnotnull as not_null,
    pg_get_expr(d.adbin, d.adrelid) as expression,
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    case a.attgenerated when 's' then 'stored' when 'v' then 'virtual' end as generated,
    a.attinhcount > 0 as inherited, a.attislocal as own, col_description(a.attrelid, a.attnum) as comment
  from present p join pg_attribute a on a.attrelid = p.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
)"
    );
    let aspects = [
        types_differ("the type", "f.type", "w.type"),
        differs_if(
            "f.collation_name is distinct from w.collation_name and (f.has_collation or w.collation_name is not null)",
            "the collation",
            "case when f.has_collation then f.collation_name end",
            "w.collation_name",
        ),
        fact(
            "f.not_null",
            "w.not_null",
            "it is not null, and should be nullable",
            "it is nullable, and should be not null",
        ),
        format!(
            "case when f.generated is null and w.generated is null then {} end",
            default_differs()
        ),
        differs("the identity", "f.identity", "w.identity"),
        differs("the generated column", "f.generated", "w.generated"),
        fact(
            "f.inherited",
            "w.inherited",
            "it comes from a parent table, and should not",
            "it does not come from a parent table, and should",
        ),
        fact(
            "f.own",
            "w.own",
            "it is the table's own, and should come from a parent table alone",
            "it comes from a parent table alone, and should be the table's own",
        ),
        comment("f.comment", "w.comment"),
    ];
    let checks = format!(
        "  select w.place, coalesce(w.what, f.what) as what, w.says,\n    {}
  from (wanted w join present p on p.place = w.table_place)
  full join found f on f.table_place = w.table_place and f.attname = w.name",
        scope.or_extra(&drift("column", "f.attname", &aspects), "column")
    );
    select(scope.voice, &[&tables, &rows], &found, &checks)
}

/// What is said of a default. A literal's text is what stands in its quotes.
pub(super) fn default_differs() -> String {
    let shown = "|| f.expression || ', and should be ' || coalesce(w.default_shown, 'none')";
    format!(
        "case
      when f.expression is null and w.default_kind in ('literal', 'call', 'present')
        then 'the default is missing, and should be ' || w.default_shown
      when f.expression is not null and w.default_kind = 'absent' or w.default_kind = 'call'
        and f.expression <> all (w.default_texts) and lower(f.expression) <> all (w.default_texts)
        then 'the default is ' {shown}
      when w.default_kind = 'literal' and (f.expression !~ '^(E?''|-?[0-9.]+|true$|false$)' or case
          when f.expression ~ '^''' then replace(substring(f.expression from '^''((?:[^'']|'''')*)'''), '''''', '''')
          when f.expression ~ '^E''' then replace(replace(substring(f.expression from '^E''((?:[^'']|'''')*)'''), '''''', ''''), E'\\\\\\\\', E'\\\\')
          else f.expression end <> all (w.default_texts))
        then 'the default is ' {shown}
    end"
    )
}

/// The cells of a default: what is known of it, its texts, and how lines write it.
pub(super) fn default_cells(known: Option<&Known>, shown: Option<&str>) -> [String; 3] {
    let (kind, texts) = match known {
        None | Some(Known::Absent) => ("absent", Vec::new()),
        Some(Known::Literal(texts)) => ("literal", texts.clone()),
        Some(Known::Call(text)) => ("call", vec![text.clone()]),
        Some(Known::Present) => ("present", Vec::new()),
        Some(Known::Nothing) => ("unknown", Vec::new()),
    };
    [
        quote_literal(kind),
        array(&texts),
        shown.map_or_else(|| "null".to_owned(), quote_literal),
    ]
}

/// How lines tell a default that is as it should be.
pub(super) fn default_says(known: Option<&Known>, shown: &str) -> String {
    match known {
        None | Some(Known::Absent) => String::new(),
        Some(Known::Literal(_) | Known::Call(_)) => format!(", default {shown}"),
        Some(Known::Present) => ", with a default, whose expression is not compared".to_owned(),
        Some(Known::Nothing) => ", default not compared".to_owned(),
    }
}

fn column_row(table_place: usize, table: &Name, column: &Column, scope: &Scope<'_>) -> Vec<String> {
    let default = column.default.as_ref();
    let known = default.map(|it| literal::default(it, &column.sql_type, scope.schema));
    let shown = default.map(Expression::text);
    let mut says = column.sql_type.to_string();
    if column.not_null {
        says += ", not null";
    }
    says += &default_says(known.as_ref(), shown.unwrap_or_default());
    let identity = column
        .identity
        .as_ref()
        .map(|it| if it.always { "always" } else { "by default" });
    if let Some(identity) = identity {
        let _ = write!(says, ", generated {identity} as identity");
    }
    let generated = column
        .generated
        .as_ref()
        .map(|it| if it.stored { "stored" } else { "virtual" });
    if let Some(generated) = generated {
        let _ = write!(
            says,
            ", generated {generated}, whose expression is not compared"
        );
    }
    let [kind, texts, shown] = default_cells(known.as_ref(), shown);
    let word = |it: Option<&str>| it.map_or_else(|| "null".to_owned(), quote_literal);
    vec![
        table_place.to_string(),
        quote_literal(&part(table, &column.name)),
        quote_literal(&column.name),
        quote_literal(&says),
        formatted(&column.sql_type),
        text(column.collation.as_ref().map(|it| &it.name)),
        column.not_null.to_string(),
        kind,
        texts,
        shown,
        word(identity),
        word(generated),
        column.inherited.to_string(),
        column.own.to_string(),
        text(column.comment.as_ref()),
    ]
}
