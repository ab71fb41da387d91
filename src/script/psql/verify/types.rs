//! Enums, composite types and domains.

use crate::name::Name;
use crate::schema::{Composite, Domain, Enum};
use crate::script::psql::reading::array;
use crate::token::quote_literal;

use super::batch::{
    Rows, comment, differs, differs_if, drift, fact, lists_differ, select, text, texts,
    types_differ,
};
use super::columns::{default_cells, default_differs, default_says};
use super::literal;
use super::scope::Scope;
use crate::lower::formatted;

/// The types that `wanted` names, with what kind they are.
const FOUND: &str = "n.nspname, t.typname, obj_description(t.oid, 'pg_type') as comment,
    case when c.relkind <> 'c' then 'a table or view' when t.typtype = 'c' then 'a composite type'
      when t.typtype = 'e' then 'an enum' when t.typtype = 'd' then 'a domain' else 'another type' end as kind";

const FROM: &str = "from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
  left join pg_collation l on l.oid = t.typcollation
  where (n.nspname, t.typname) in (select schema_name, name from wanted)";

/// The check of `kind`, and what else differs where it is one.
fn checks(kind: &str, aspects: &[String]) -> String {
    let all = [
        differs("it", "f.kind", &quote_literal(kind)),
        format!(
            "case when f.kind = {} then nullif(concat_ws('; ', {}), '') end",
            quote_literal(kind),
            aspects.join(",\n    ")
        ),
    ];
    format!(
        "  select w.place, 'type ' || w.what as what, w.says, null::text as remark,\n    {} as drift
  from wanted w left join found f on f.nspname = w.schema_name and f.typname = w.name",
        drift("type", "f.typname", &all)
    )
}

fn name_cells(name: &Name, says: &str) -> Vec<String> {
    vec![
        quote_literal(&name.qualified()),
        quote_literal(&name.schema),
        quote_literal(&name.name),
        quote_literal(says),
    ]
}

pub(super) fn enums(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("members", "text[]"),
            ("comment", "text"),
        ],
    );
    for (name, it) in &scope.enums {
        let Enum { values, comment } = it;
        let mut cells = name_cells(name, &format!("an enum of {}", values.join(", ")));
        cells.extend([texts(values), text(comment.as_ref())]);
        rows.push(&cells);
    }
    if rows.is_empty() {
        return String::new();
    }
    let found = format!(
        "found as materialized (
  select {FOUND},
    array(select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder) as members
  {FROM}
)"
    );
    let aspects = [
        lists_differ("the values", "f.members", "w.members"),
        comment("f.comment", "w.comment"),
    ];
    select(scope.voice, &[&rows], &found, &checks("an enum", &aspects))
}

pub(super) fn composites(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("attributes", "text[]"),
            ("comments", "text[]"),
            ("comment", "text"),
        ],
    );
    for (name, it) in &scope.composites {
        let Composite {
            attributes,
            attribute_comments,
            comment,
        } = it;
        let mut cells = name_cells(name, "a composite type");
        let described: Vec<String> = attributes
            .iter()
            .map(|(attribute, sql_type, collation)| {
                let collation = collation
                    .as_ref()
                    .map_or_else(String::new, |it| format!(" collate {}", it.name));
                format!(
                    "{} || {} || {}",
                    quote_literal(&format!("{attribute} ")),
                    formatted(sql_type),
                    quote_literal(&collation)
                )
            })
            .collect();
        let comments = attributes
            .iter()
            .filter_map(|it| Some(format!("{}: {}", it.0, attribute_comments.get(&it.0)?)));
        cells.extend([array(&described), texts(comments), text(comment.as_ref())]);
        rows.push(&cells);
    }
    if rows.is_empty() {
        return String::new();
    }
    let found = format!(
        "found as materialized (
  select {FOUND},
    array(select a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || case when a.attcollation <> at.typcollation then ' collate ' || al.collname else '' end
      from pg_attribute a join pg_type at on at.oid = a.atttypid left join pg_collation al on al.oid = a.attcollation
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped order by a.attnum) as attributes,
    array(select a.attname || ': ' || col_description(a.attrelid, a.attnum) from pg_attribute a
      where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
        and col_description(a.attrelid, a.attnum) is not null order by a.attnum) as comments
  {FROM}
)"
    );
    let aspects = [
        lists_differ("the attributes", "f.attributes", "w.attributes"),
        lists_differ("the comments of attributes", "f.comments", "w.comments"),
        comment("f.comment", "w.comment"),
    ];
    let checks = checks("a composite type", &aspects);
    select(scope.voice, &[&rows], &found, &checks)
}

pub(super) fn domains(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("type", "text"),
            ("collation_name", "text"),
            ("not_null", "boolean"),
            ("default_kind", "text"),
            ("default_texts", "text[]"),
            ("default_shown", "text"),
            ("checks", "text[]"),
            ("comments", "text[]"),
            ("comment", "text"),
        ],
    );
    for (name, it) in &scope.domains {
        rows.push(&domain_row(name, it, scope));
    }
    if rows.is_empty() {
        return String::new();
    }
    let found = format!(
        "found as materialized (
  select {FOUND},
    format_type(t.typbasetype, t.typtypmod) as type, l.collname::text as collation_name,
    t.typcollation <> (select typcollation from pg_type b where b.oid = t.typbasetype) as has_collation,
    t.typnotnull as not_null, pg_get_expr(t.typdefaultbin, 0) as expression,
    array(select x.conname::text from pg_constraint x where x.contypid = t.oid and x.contype = 'c' order by x.conname) as checks,
    array(select x.conname::text from pg_constraint x where x.contypid = t.oid and x.contype = 'c' and not x.convalidated
      order by x.conname) as unchecked,
    array(select x.conname || ': ' || obj_description(x.oid, 'pg_constraint') from pg_constraint x
      where x.contypid = t.oid and x.contype = 'c' and obj_description(x.oid, 'pg_constraint') is not null
      order by x.conname) as comments
  {FROM}
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
        default_differs(),
        lists_differ("the checks", "f.checks", "w.checks"),
        lists_differ(
            "the checks that are not validated",
            "f.unchecked",
            "'{}'::text[]",
        ),
        lists_differ("the comments of checks", "f.comments", "w.comments"),
        comment("f.comment", "w.comment"),
    ];
    let checks = checks("a domain", &aspects);
    select(scope.voice, &[&rows], &found, &checks)
}

fn domain_row(name: &Name, domain: &Domain, scope: &Scope<'_>) -> Vec<String> {
    let Domain {
        base,
        collation,
        default,
        not_null,
        checks,
        not_valid: _,
        check_comments,
        comment,
    } = domain;
    let known = default
        .as_ref()
        .map(|it| literal::default(it, base, scope.schema));
    let shown = default.as_ref().map(crate::expression::Expression::text);
    let mut says = format!("a domain over {base}");
    if *not_null {
        says += ", not null";
    }
    says += &default_says(known.as_ref(), shown.unwrap_or_default());
    if !checks.is_empty() {
        says += ", with checks, whose expressions are not compared";
    }
    let mut cells = name_cells(name, &says);
    cells.extend([
        formatted(base),
        text(collation.as_ref().map(|it| &it.name)),
        not_null.to_string(),
    ]);
    cells.extend(default_cells(known.as_ref(), shown));
    cells.extend([
        texts(checks.keys()),
        texts(
            check_comments
                .iter()
                .map(|(check, it)| format!("{check}: {it}")),
        ),
        text(comment.as_ref()),
    ]);
    cells
}
