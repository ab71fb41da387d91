//! Indexes, also those that carry constraints.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::{Index, IndexElement, operator_class, operator_name, reloptions};
use crate::script::psql::reading::array;
use crate::token::quote_literal;

use super::batch::{
    Rows, comment, differs, differs_if, dotted, drift, fact, lists_differ, select, text, texts,
};
use super::scope::Scope;
use super::tables::{PRESENT, list};

/// The elements of the index `i` as [`element`] writes them. What the model may say though it is the default stands
/// in `w.mentions` and is told then.
const ELEMENTS: &str = "array(
      select coalesce(a.attname::text, '(expression)')
        || case when i.indkey[k] <> 0 and (i.indcollation[k] <> a.attcollation or w.collations[k + 1] = l.collname) and l.collname is not null
          then ' collate ' || l.collname else '' end
        || case when not o.opcdefault or w.classes[k + 1] = o.opcname then ' ' || o.opcname else '' end
        || case when i.indoption[k] & 1 = 1 then ' desc' else '' end
        || case when (i.indoption[k] & 2 = 2) <> (i.indoption[k] & 1 = 1)
          then case when i.indoption[k] & 2 = 2 then ' nulls first' else ' nulls last' end else '' end
        || coalesce(' with ' || p.oprname, '')
      from generate_series(0, i.indnkeyatts - 1) as k
      left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k] and i.indkey[k] <> 0
      left join pg_collation l on l.oid = i.indcollation[k]
      join pg_opclass o on o.oid = i.indclass[k]
      left join pg_operator p on p.oid = (OPERATORS)[k + 1]
      order by k)";

const INCLUDE: &str = "array(
      select a.attname::text from generate_series(i.indnkeyatts, i.indnatts - 1) as k
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[k] order by k)";

/// The columns of a query that tell of the index `i`, whose row in `pg_class` is `c`, as `w` asks; `operators` are those of
/// an exclusion constraint.
pub(super) fn facts(operators: &str) -> String {
    let elements = ELEMENTS.replace("OPERATORS", operators);
    format!(
        "m.amname::text as method, {elements} as elements, {INCLUDE} as include,
    coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false')::boolean as nulls_not_distinct,
    array(select it from unnest(c.reloptions) as it order by it) as options,
    coalesce((select spcname from pg_tablespace where oid = c.reltablespace),
      (select spcname from pg_tablespace s join pg_database d on d.dattablespace = s.oid where d.datname = current_database())) as tablespace,
    i.indpred is not null as has_predicate, i.indisvalid and i.indisready as valid,
    obj_description(c.oid, 'pg_class') as index_comment"
    )
}

/// The columns of `wanted` for [`facts`].
macro_rules! columns {
    ($($more:expr),* $(,)?) => {
        &[
            ("place", "integer"),
            $($more,)*
            ("method", "text"),
            ("elements", "text[]"),
            ("collations", "text[]"),
            ("classes", "text[]"),
            ("include", "text[]"),
            ("nulls_not_distinct", "boolean"),
            ("options", "text[]"),
            ("tablespace", "text"),
            ("has_predicate", "boolean"),
            ("index_comment", "text"),
        ]
    };
}
pub(super) use columns;

/// What an index holds.
#[derive(Debug)]
pub(super) struct Content<'a> {
    pub(super) method: &'a str,
    /// With the operator of an exclusion constraint.
    pub(super) elements: Vec<(&'a IndexElement, Option<&'a SmolStr>)>,
    pub(super) include: &'a [SmolStr],
    pub(super) nulls_not_distinct: bool,
    pub(super) options: &'a BTreeMap<SmolStr, SmolStr>,
    pub(super) tablespace: Option<&'a SmolStr>,
    pub(super) has_predicate: bool,
    pub(super) comment: Option<&'a SmolStr>,
}

impl Content<'_> {
    /// The cells for [`columns`].
    pub(super) fn cells(&self) -> Vec<String> {
        let nullable = |all: Vec<Option<SmolStr>>| {
            let all: Vec<String> = all.iter().map(|it| text(it.as_ref())).collect();
            array(&all)
        };
        let elements = self.elements.iter();
        vec![
            quote_literal(self.method),
            texts(elements.clone().map(|it| element(it.0, it.1))),
            nullable(elements.clone().map(|it| collation(it.0)).collect()),
            nullable(elements.map(|it| class(it.0)).collect()),
            texts(self.include),
            self.nulls_not_distinct.to_string(),
            texts(reloptions(self.options)),
            text(self.tablespace),
            self.has_predicate.to_string(),
            text(self.comment),
        ]
    }
}

/// What is said of an index that differs; [`facts`] are `f`.
pub(super) fn aspects() -> Vec<String> {
    vec![
        differs("the method", "f.method", "w.method"),
        lists_differ("the elements", "f.elements", "w.elements"),
        lists_differ("the included columns", "f.include", "w.include"),
        fact(
            "f.nulls_not_distinct",
            "w.nulls_not_distinct",
            "nulls are not distinct, and should be",
            "nulls are distinct, and should not be",
        ),
        lists_differ("the storage parameters", "f.options", "w.options"),
        differs_if(
            "f.tablespace <> w.tablespace",
            "the tablespace",
            "f.tablespace",
            "w.tablespace",
        ),
        fact(
            "f.has_predicate",
            "w.has_predicate",
            "it has a predicate, and should have none",
            "it has no predicate, and should",
        ),
    ]
}

/// The indexes that carry no constraint.
pub(super) fn indexes(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        columns!(
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("table_name", "text"),
            ("is_unique", "boolean"),
            ("on_only", "boolean"),
            ("parent", "text"),
        ),
    );
    for (name, index) in &scope.indexes {
        rows.push(&row(name, index));
    }
    let tables = list(scope);
    if rows.is_empty() && tables.is_empty() {
        return String::new();
    }
    let mut known = Rows::new("known", &[("place", "integer"), ("name", "text")]);
    for name in scope.opaque_indexes() {
        known.push(&[quote_literal(&dotted(name))]);
    }
    let found = format!(
        "{PRESENT},
found as materialized (
  select n.nspname, c.relname, tn.nspname || '.' || t.relname as table_name, i.indisunique as is_unique,
    (select pn.nspname || '.' || p.relname from pg_inherits h join pg_class p on p.oid = h.inhparent
      join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = c.oid) as parent,
    {}
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on t.oid = i.indrelid join pg_namespace tn on tn.oid = t.relnamespace join pg_am m on m.oid = c.relam
  left join wanted w on w.schema_name = n.nspname and w.name = c.relname
  where w.place is not null or i.indrelid in (select oid from present)
    and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u', 'x'))
    and n.nspname || '.' || c.relname not in (select name from known)
)",
        facts("'{}'::oid[]")
    );
    let mut all = vec![
        differs("the table", "f.table_name", "w.table_name"),
        fact(
            "f.is_unique",
            "w.is_unique",
            "it is unique, and should not be",
            "it is not unique, and should be",
        ),
    ];
    all.extend(aspects());
    all.extend([
        "case when not f.valid and not w.on_only then 'it is INVALID: drop it and build it again' end"
            .to_owned(),
        differs("the index of the parent table", "f.parent", "w.parent"),
        comment("f.index_comment", "w.index_comment"),
    ]);
    let checks = format!(
        "  select w.place, 'index ' || coalesce(w.what, quote_ident(f.nspname) || '.' || quote_ident(f.relname)) as what, w.says,\n    {}
  from wanted w full join found f on f.nspname = w.schema_name and f.relname = w.name
  where f.relname is not null or w.table_name not in (
    select schema_name || '.' || name from tables t where not exists (select from present where place = t.place))",
        scope.or_extra(&drift("index", "f.relname", &all), "index")
    );
    select(scope.voice, &[&tables, &rows, &known], &found, &checks)
}

fn row(name: &Name, index: &Index) -> Vec<String> {
    let content = Content {
        method: &index.method,
        elements: index.elements.iter().map(|it| (it, None)).collect(),
        include: &index.include,
        nulls_not_distinct: index.nulls_not_distinct,
        options: &index.options,
        tablespace: index.tablespace.as_ref(),
        has_predicate: index.predicate.is_some(),
        comment: index.comment.as_ref(),
    };
    let elements: Vec<String> = index.elements.iter().map(|it| element(it, None)).collect();
    let mut says = format!(
        "{}on {} ({})",
        if index.unique { "unique, " } else { "" },
        index.table,
        elements.join(", ")
    );
    let unknown = index
        .elements
        .iter()
        .any(|it| it.expression.only_column().is_none());
    if unknown || index.predicate.is_some() {
        says += ", whose expressions are not compared";
    }
    let mut cells = vec![
        quote_literal(&name.qualified()),
        quote_literal(&name.schema),
        quote_literal(&name.name),
        quote_literal(&says),
        quote_literal(&dotted(&index.table)),
        index.unique.to_string(),
        index.only.to_string(),
        index
            .parent
            .as_ref()
            .map_or_else(|| "null".to_owned(), |it| quote_literal(&dotted(it))),
    ];
    cells.extend(content.cells());
    cells
}

/// An element with what differs from the defaults, without quotes.
pub(super) fn element(element: &IndexElement, operator: Option<&SmolStr>) -> String {
    let column = element.expression.only_column();
    let mut text = column.map_or("(expression)", SmolStr::as_str).to_owned();
    let more = [
        collation(element).map(|it| format!(" collate {it}")),
        class(element).map(|it| format!(" {it}")),
        element.descending.then(|| " desc".to_owned()),
        element
            .nulls_first
            .map(|first| format!(" nulls {}", if first { "first" } else { "last" })),
        operator.map(|it| format!(" with {}", operator_name(it))),
    ];
    text.extend(more.into_iter().flatten());
    text
}

/// The collation of a column. That of an expression is part of it.
fn collation(element: &IndexElement) -> Option<SmolStr> {
    let collation = element.collation.as_ref()?;
    element
        .expression
        .only_column()
        .map(|_| collation.name.clone())
}

/// The operator class without its schema and parameters.
fn class(element: &IndexElement) -> Option<SmolStr> {
    Some(operator_class(element.operator_class.as_deref()?)?.0)
}
