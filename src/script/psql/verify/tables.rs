//! Tables as such.

use smol_str::SmolStr;

use crate::model::partition_key::{By, PartitionKey};
use crate::name::Name;
use crate::schema::{Table, reloptions};
use crate::script::psql::verify::batch::{
    Rows, comment, differs, differs_if, dotted, drift, lists_differ, select, text, texts,
};
use crate::script::psql::verify::literal;
use crate::script::psql::verify::scope::Scope;
use crate::token::quote_literal;

/// The tables of the other lists, which a query joins as `present`.
pub(super) fn list(scope: &Scope<'_>) -> Rows {
    let mut rows = Rows::new(
        "tables",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
        ],
    );
    for (name, _) in &scope.tables {
        rows.push(&[
            quote_literal(&name.qualified()),
            quote_literal(&name.schema),
            quote_literal(&name.name),
        ]);
    }
    rows
}

/// Those that are there.
pub(super) const PRESENT: &str = "present as materialized (
  select t.place, t.what, c.oid
  from tables t join pg_namespace n on n.nspname = t.schema_name
  join pg_class c on c.relnamespace = n.oid and c.relname = t.name and c.relkind in ('r', 'p')
)";

/// The tables themselves.
pub(super) fn tables(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("kind", "text"),
            ("storage", "text"),
            ("parents", "text[]"),
            ("strategy", "text"),
            ("key", "text[]"),
            ("bound", "text"),
            ("options", "text[]"),
            ("tablespace", "text"),
            ("comment", "text"),
        ],
    );
    for (name, table) in &scope.tables {
        rows.push(&row(name, table, scope));
    }
    if rows.is_empty() {
        return String::new();
    }
    let parents = "array(select pn.nspname || '.' || p.relname from pg_inherits h join pg_class p on p.oid = h.inhparent
      join pg_namespace pn on pn.oid = p.relnamespace where h.inhrelid = c.oid order by h.inhseqno)";
    let options = "array(select it from unnest(c.reloptions) as it union all
      select 'toast.' || it from pg_class o, unnest(o.reloptions) as it where o.oid = c.reltoastrelid order by 1)";
    let key = "array(select coalesce(a.attname::text, '(expression)') from unnest(k.partattrs::smallint[]) with ordinality as it (number, place)
      left join pg_attribute a on a.attrelid = c.oid and a.attnum = it.number and it.number > 0 order by it.place)";
    let found = format!(
        "found as materialized (
  select n.nspname, c.relname, {KIND} as kind,
    case c.relpersistence when 'p' then 'logged' when 'u' then 'unlogged' else 'temporary' end as storage,
    {parents} as parents,
    case k.partstrat when 'l' then 'list' when 'r' then 'range' when 'h' then 'hash' end as strategy, {key} as key,
    replace(pg_get_expr(c.relpartbound, c.oid), '''', '') as bound,
    {options} as options,
    coalesce((select spcname from pg_tablespace where oid = c.reltablespace),
      (select spcname from pg_tablespace s join pg_database d on d.dattablespace = s.oid where d.datname = current_database())) as tablespace,
    obj_description(c.oid, 'pg_class') as comment
  from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_partitioned_table k on k.partrelid = c.oid
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (n.nspname, c.relname) in (select schema_name, name from wanted)
)"
    );
    let aspects = [
        differs("it", "f.kind", "w.kind"),
        format!(
            "case when f.kind = w.kind then nullif(concat_ws('; ', {}), '') end",
            [
                differs("it", "f.storage", "w.storage"),
                lists_differ("the parents", "f.parents", "w.parents"),
                differs("the partitioning", "f.strategy", "w.strategy"),
                format!(
                    "case when f.strategy = w.strategy then {} end",
                    lists_differ("the columns of the partition key", "f.key", "w.key")
                ),
                differs_if(
                    "w.bound <> '' and f.bound is distinct from w.bound",
                    "the bound of the partition",
                    "f.bound",
                    "w.bound"
                ),
                lists_differ("the storage parameters", "f.options", "w.options"),
                differs_if(
                    "f.tablespace <> w.tablespace",
                    "the tablespace",
                    "f.tablespace",
                    "w.tablespace"
                ),
                comment("f.comment", "w.comment"),
            ]
            .join(",\n    ")
        ),
    ];
    let checks = format!(
        "  select w.place, 'table ' || w.what as what, w.says, null::text as remark,\n    {} as drift
  from wanted w left join found f on f.nspname = w.schema_name and f.relname = w.name",
        drift("table", "f.relname", &aspects)
    );
    select(scope.voice, &[&rows], &found, &checks)
}

/// What a relation is, in words.
pub(super) const KIND: &str = "case c.relkind when 'r' then 'a table' when 'p' then 'a partitioned table' when 'v' then 'a view'
    when 'm' then 'a materialized view' when 'f' then 'a foreign table' when 'S' then 'a sequence' else 'another relation' end";

fn row(name: &Name, table: &Table, scope: &Scope<'_>) -> Vec<String> {
    let partitioned = table.partition_by.as_deref().map(PartitionKey::parse);
    let key = partitioned
        .iter()
        .flat_map(|it| &it.elements)
        .map(|it| match &it.by {
            By::Column(column) => column.as_str(),
            By::Expression(it) => it.only_column().map_or("(expression)", SmolStr::as_str),
        });
    let partition = table.partition_of.as_ref();
    let bound = partition.map(|it| literal::bound(it, scope.schema));
    let kind = if partitioned.is_some() {
        "a partitioned table"
    } else {
        "a table"
    };
    let says = match &bound {
        Some(None) => format!("{kind}, a partition whose bound is not compared"),
        Some(Some(_)) => format!("{kind}, a partition"),
        None => kind.to_owned(),
    };
    // An empty text stands for a bound that is there.
    let bound = match bound {
        None => "null".to_owned(),
        Some(None) => "''".to_owned(),
        Some(Some(sql)) => sql,
    };
    let parents = table.inherits.iter().chain(partition.map(|it| &it.parent));
    vec![
        quote_literal(&name.qualified()),
        quote_literal(&name.schema),
        quote_literal(&name.name),
        quote_literal(&says),
        quote_literal(kind),
        quote_literal(if table.unlogged { "unlogged" } else { "logged" }),
        texts(parents.map(dotted)),
        text(partitioned.as_ref().map(|it| &it.strategy)),
        texts(key),
        bound,
        texts(reloptions(&table.options)),
        text(table.tablespace.as_ref()),
        text(table.comment.as_ref()),
    ]
}
