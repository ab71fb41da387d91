//! Constraints of tables.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{
    Constraint, ConstraintKind, ForeignKey, IndexElement, ReferentialAction, Table,
};
use crate::token::{quote_identifier, quote_literal};

use super::batch::{
    Rows, comment, differs, dotted, drift, fact, lists_differ, select, text, texts,
};
use super::indexes::{self, Content};
use super::scope::Scope;
use super::tables::{PRESENT, list};

const KIND: &str = "case x.contype when 'p' then 'a primary key' when 'u' then 'a unique constraint' when 'f' then 'a foreign key'
      when 'c' then 'a check' else 'an exclusion constraint' end";

/// The columns of an array of their numbers.
fn names(numbers: &str, table: &str) -> String {
    format!(
        "array(select a.attname::text from unnest({numbers}) with ordinality as it (number, place)
      join pg_attribute a on a.attrelid = {table} and a.attnum = it.number order by it.place)"
    )
}

/// The words for an action of a foreign key.
fn action(code: &str) -> String {
    format!(
        "case {code} when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null' when 'd' then 'set default' end"
    )
}

/// The constraints of the tables.
pub(super) fn constraints(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        indexes::columns!(
            ("table_place", "integer"),
            ("what", "text"),
            ("name", "name"),
            ("says", "text"),
            ("kind", "text"),
            ("columns", "text[]"),
            ("is_deferrable", "boolean"),
            ("deferred", "boolean"),
            ("validated", "boolean"),
            ("no_inherit", "boolean"),
            ("inherited", "boolean"),
            ("own", "boolean"),
            ("table_name", "text"),
            ("referenced", "text[]"),
            ("matching", "text"),
            ("on_delete", "text"),
            ("on_update", "text"),
            ("on_delete_columns", "text[]"),
            ("comment", "text"),
        ),
    );
    for (at, (name, table)) in scope.tables.iter().enumerate() {
        for (constraint, it) in &table.constraints {
            rows.push(&row(at, (name, table), constraint, it));
        }
    }
    let tables = list(scope);
    if tables.is_empty() {
        return String::new();
    }
    let checks = format!(
        "  select w.place, 'constraint ' || coalesce(w.what, f.what) as what, w.says,\n    {}
  from (wanted w join present p on p.place = w.table_place)
  full join found f on f.table_place = w.table_place and f.conname = w.name",
        scope.or_extra(&drift("constraint", "f.conname", &aspects()), "constraint")
    );
    select(scope.voice, &[&tables, &rows], &found(), &checks)
}

/// The constraints of the tables that are there.
fn found() -> String {
    let (columns, referenced) = (
        names("x.conkey", "x.conrelid"),
        names("x.confkey", "x.confrelid"),
    );
    // Newer servers have the columns of `set null` and constraints that are not enforced.
    let set_columns = names(
        "array(select number::smallint from jsonb_array_elements_text(case jsonb_typeof(j.it -> 'confdelsetcols') when 'array' then j.it -> 'confdelsetcols' else '[]' end) as one (number))",
        "x.conrelid",
    );
    let (on_delete, on_update) = (action("x.confdeltype"), action("x.confupdtype"));
    format!(
        "{PRESENT},
found as materialized (
  select p.place as table_place, quote_ident(x.conname) || ' of ' || p.what as what, x.conname, x.contype, {KIND} as kind,
    case x.contype when 'c' then array(select it collate \"C\" from unnest({columns}) as it order by 1) when 'x' then '{{}}' else {columns} end as columns,
    x.condeferrable as is_deferrable, x.condeferred as deferred, x.convalidated as validated,
    x.contype = 'c' and x.connoinherit as no_inherit, x.coninhcount > 0 as inherited, x.conislocal as own,
    case x.contype when 'f' then rn.nspname || '.' || r.relname end as table_name,
    {referenced} as referenced,
    case when x.contype = 'f' then case x.confmatchtype when 'f' then 'full' when 's' then 'simple' else 'partial' end end as matching,
    case when x.contype = 'f' then {on_delete} end as on_delete,
    case when x.contype = 'f' then {on_update} end as on_update,
    case when x.contype = 'f' then {set_columns} else '{{}}' end as on_delete_columns,
    coalesce(j.it ->> 'conenforced', 'true')::boolean as enforced,
    obj_description(x.oid, 'pg_constraint') as comment,
    {}
  from present p join pg_constraint x on x.conrelid = p.oid and x.contype in ('p', 'u', 'f', 'c', 'x')
  left join lateral (select to_jsonb(x) as it where x.contype in ('f', 'c')) as j on true
  left join pg_class r on r.oid = x.confrelid left join pg_namespace rn on rn.oid = r.relnamespace
  left join wanted w on w.table_place = p.place and w.name = x.conname
  left join pg_index i on i.indexrelid = x.conindid and x.contype in ('p', 'u', 'x')
  left join pg_class c on c.oid = i.indexrelid left join pg_am m on m.oid = c.relam
  -- A foreign key to a partitioned table has a copy for each partition.
  where not exists (select from pg_constraint above where above.oid = x.conparentid and above.conrelid = x.conrelid)
)",
        indexes::facts("x.conexclop")
    )
}

/// What is said of a constraint that differs.
fn aspects() -> Vec<String> {
    let mut same_kind = vec![
        lists_differ("the columns", "f.columns", "w.columns"),
        differs("the referenced table", "f.table_name", "w.table_name"),
        lists_differ("the referenced columns", "f.referenced", "w.referenced"),
        differs("the match", "f.matching", "w.matching"),
        differs("on delete", "f.on_delete", "w.on_delete"),
        lists_differ(
            "the columns of on delete",
            "f.on_delete_columns",
            "w.on_delete_columns",
        ),
        differs("on update", "f.on_update", "w.on_update"),
        fact(
            "f.is_deferrable",
            "w.is_deferrable",
            "it is deferrable, and should not be",
            "it is not deferrable, and should be",
        ),
        fact(
            "f.deferred",
            "w.deferred",
            "it is initially deferred, and should not be",
            "it is initially immediate, and should be initially deferred",
        ),
        fact(
            "f.validated",
            "w.validated",
            "it is validated, and should be not valid",
            "it is not validated",
        ),
        "case when not f.enforced then 'it is not enforced' end".to_owned(),
        fact(
            "f.no_inherit",
            "w.no_inherit",
            "it is no inherit, and should not be",
            "it is inherited, and should be no inherit",
        ),
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
    let mut index = indexes::aspects();
    index.extend([
        "case when not f.valid then 'its index is INVALID' end".to_owned(),
        comment("f.index_comment", "w.index_comment")
            .replace("the comment", "the comment of its index"),
    ]);
    same_kind.push(format!(
        "case when f.contype in ('p', 'u', 'x') then nullif(concat_ws('; ', {}), '') end",
        index.join(",\n    ")
    ));
    vec![
        differs("it", "f.kind", "w.kind"),
        format!(
            "case when f.kind = w.kind then nullif(concat_ws('; ', {}), '') end",
            same_kind.join(",\n    ")
        ),
    ]
}

fn row(
    table_place: usize,
    (table, own): (&Name, &Table),
    name: &str,
    constraint: &Constraint,
) -> Vec<String> {
    let none = BTreeMap::new();
    let mut content = Content {
        method: "btree",
        elements: Vec::new(),
        include: &[],
        nulls_not_distinct: false,
        options: &none,
        tablespace: None,
        has_predicate: false,
        comment: constraint.index_comment.as_ref(),
    };
    let mut columns: Vec<&SmolStr> = Vec::new();
    let mut foreign = ["null", "'{}'", "null", "null", "null", "'{}'"].map(str::to_owned);
    let mut no_inherit_check = false;
    let key_elements: Vec<IndexElement>;
    let (kind, says) = match &constraint.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            key_elements = key.columns.iter().map(|it| plain(it)).collect();
            columns.extend(&key.columns);
            content = Content {
                elements: key_elements.iter().map(|it| (it, None)).collect(),
                include: &key.include,
                nulls_not_distinct: key.nulls_not_distinct,
                options: &key.options,
                tablespace: key.tablespace.as_ref(),
                ..content
            };
            let kind = match constraint.kind {
                ConstraintKind::PrimaryKey(_) => "a primary key",
                ConstraintKind::Unique(_)
                | ConstraintKind::ForeignKey(_)
                | ConstraintKind::Check { .. }
                | ConstraintKind::Exclusion(_) => "a unique constraint",
            };
            (kind, format!("{kind} of {}", key.columns.join(", ")))
        }
        ConstraintKind::ForeignKey(key) => {
            columns.extend(&key.columns);
            let (cells, says) = of_foreign_key(key);
            foreign = cells;
            ("a foreign key", says)
        }
        ConstraintKind::Check {
            expression,
            no_inherit,
        } => {
            // The row of the table is none of its columns.
            let read = expression.columns().filter(|it| own.column(it).is_some());
            columns.extend(read.collect::<BTreeSet<_>>());
            no_inherit_check = *no_inherit;
            let says = "a check, whose expression is not compared".to_owned();
            ("a check", says)
        }
        ConstraintKind::Exclusion(exclusion) => {
            let elements = exclusion.elements.iter();
            content = Content {
                method: &exclusion.method,
                elements: elements
                    .map(|(it, operator)| (it, Some(operator)))
                    .collect(),
                include: &exclusion.include,
                options: &exclusion.options,
                tablespace: exclusion.tablespace.as_ref(),
                has_predicate: exclusion.predicate.is_some(),
                ..content
            };
            (
                "an exclusion constraint",
                "an exclusion constraint".to_owned(),
            )
        }
    };
    let mut cells = vec![
        table_place.to_string(),
        quote_literal(&format!(
            "{} of {}",
            quote_identifier(name),
            table.qualified()
        )),
        quote_literal(name),
        quote_literal(&says),
        quote_literal(kind),
        texts(columns),
        constraint.deferrable.to_string(),
        constraint.initially_deferred.to_string(),
        constraint.validated.to_string(),
        no_inherit_check.to_string(),
        constraint.inherited.to_string(),
        constraint.own.to_string(),
    ];
    cells.extend(foreign);
    cells.push(text(constraint.comment.as_ref()));
    cells.extend(content.cells());
    cells
}

/// The cells of a foreign key, and how lines tell it.
fn of_foreign_key(key: &ForeignKey) -> ([String; 6], String) {
    let words = |it: ReferentialAction| quote_literal(it.words());
    let cells = [
        quote_literal(&dotted(&key.table)),
        texts(&key.references),
        quote_literal(if key.match_full { "full" } else { "simple" }),
        words(key.on_delete),
        words(key.on_update),
        texts(&key.on_delete_columns),
    ];
    let says = format!(
        "a foreign key of {} to {} ({}), on delete {}, on update {}",
        key.columns.join(", "),
        key.table,
        key.references.join(", "),
        key.on_delete.words(),
        key.on_update.words()
    );
    (cells, says)
}

fn plain(column: &str) -> IndexElement {
    IndexElement {
        expression: Expression::column(column),
        collation: None,
        operator_class: None,
        descending: false,
        nulls_first: None,
    }
}
