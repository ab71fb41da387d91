//! Schemas, extensions and sequences, and what is only looked for.

use crate::kind::{Defined, Kind, KindFacts, Space};
use crate::name::Name;
use crate::schema::{Extension, Namespace, ObjectId, Sequence};
use crate::script::psql::verify::batch::{
    Rows, comment, differs, differs_if, dotted, drift, fact, select, text,
};
use crate::script::psql::verify::scope::Scope;
use crate::token::{quote_identifier, quote_literal};

pub(super) fn namespaces(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("name", "name"),
            ("comment", "text"),
        ],
    );
    for (name, Namespace { comment }) in &scope.namespaces {
        rows.push(&[
            quote_literal(&quote_identifier(name)),
            quote_literal(name),
            text(comment.as_ref()),
        ]);
    }
    if rows.is_empty() {
        return String::new();
    }
    let aspects = [comment(
        "obj_description(n.oid, 'pg_namespace')",
        "w.comment",
    )];
    let checks = format!(
        "  select w.place, 'schema ' || w.what as what, 'it is there' as says, null::text as remark,\n    {} as drift
  from wanted w left join pg_namespace n on n.nspname = w.name",
        drift("schema", "n.oid", &aspects)
    );
    select(scope.voice, &[&rows], "", &checks)
}

pub(super) fn extensions(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("name", "name"),
            ("schema_name", "text"),
            ("version", "text"),
            ("comment", "text"),
        ],
    );
    for (name, it) in &scope.extensions {
        let Extension {
            schema,
            version,
            comment,
        } = it;
        rows.push(&[
            quote_literal(&quote_identifier(name)),
            quote_literal(name),
            text(schema.as_ref()),
            text(version.as_ref()),
            text(comment.as_ref()),
        ]);
    }
    if rows.is_empty() {
        return String::new();
    }
    // What the release leaves to the extension is not compared: it comes with a comment of its own.
    let aspects = [
        differs_if(
            "n.nspname <> w.schema_name",
            "the schema",
            "n.nspname::text",
            "w.schema_name",
        ),
        differs_if(
            "e.extversion <> w.version",
            "the version",
            "e.extversion",
            "w.version",
        ),
        format!(
            "case when w.comment is not null then {} end",
            comment("obj_description(e.oid, 'pg_extension')", "w.comment")
        ),
    ];
    let checks = format!(
        "  select w.place, 'extension ' || w.what as what, 'version ' || e.extversion as says, null::text as remark,\n    {} as drift
  from wanted w left join pg_extension e on e.extname = w.name left join pg_namespace n on n.oid = e.extnamespace",
        drift("extension", "e.oid", &aspects)
    );
    select(scope.voice, &[&rows], "", &checks)
}

pub(super) fn sequences(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("type", "text"),
            ("start", "bigint"),
            ("increment", "bigint"),
            ("minimum", "bigint"),
            ("maximum", "bigint"),
            ("cache", "bigint"),
            ("cycles", "boolean"),
            ("unlogged", "boolean"),
            ("owner", "text"),
            ("identity", "boolean"),
            ("comment", "text"),
        ],
    );
    for (name, sequence) in &scope.sequences {
        rows.push(&sequence_row(name, sequence));
    }
    if rows.is_empty() {
        return String::new();
    }
    let found = "found as materialized (
  select n.nspname, c.relname, c.relpersistence = 'u' as unlogged, format_type(s.seqtypid, null) as type, s.*,
    d.deptype = 'i' as identity, rn.nspname || '.' || r.relname || '.' || a.attname as owner,
    obj_description(c.oid, 'pg_class') as comment
  from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  left join pg_class r on r.oid = d.refobjid left join pg_namespace rn on rn.oid = r.relnamespace
  left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
  where (n.nspname, c.relname) in (select schema_name, name from wanted)
)";
    let number = |what: &str, found: &str, wanted: &str| {
        differs(
            what,
            &format!("f.{found}::text"),
            &format!("w.{wanted}::text"),
        )
    };
    let aspects = [
        differs("the type", "f.type", "w.type"),
        number("the start", "seqstart", "start"),
        number("the increment", "seqincrement", "increment"),
        number("the minimum", "seqmin", "minimum"),
        number("the maximum", "seqmax", "maximum"),
        number("the cache", "seqcache", "cache"),
        fact(
            "f.seqcycle",
            "w.cycles",
            "it cycles, and should not",
            "it does not cycle, and should",
        ),
        // Older servers log them all.
        format!(
            "case when current_setting('server_version_num')::integer >= 150000 then {} end",
            fact(
                "f.unlogged",
                "w.unlogged",
                "it is unlogged, and should be logged",
                "it is logged, and should be unlogged"
            )
        ),
        differs("the owner", "f.owner", "w.owner"),
        fact(
            "coalesce(f.identity, false)",
            "w.identity",
            "it belongs to an identity, and should not",
            "it belongs to no identity, and should",
        ),
        comment("f.comment", "w.comment"),
    ];
    let checks = format!(
        "  select w.place, 'sequence ' || w.what as what, w.says, null::text as remark,\n    {} as drift
  from wanted w left join found f on f.nspname = w.schema_name and f.relname = w.name",
        drift("sequence", "f.relname", &aspects)
    );
    select(scope.voice, &[&rows], found, &checks)
}

fn sequence_row(name: &Name, sequence: &Sequence) -> Vec<String> {
    let owner = sequence
        .owned_by
        .as_ref()
        .map(|(table, column)| quote_literal(&format!("{}.{column}", dotted(table))));
    vec![
        quote_literal(&name.qualified()),
        quote_literal(&name.schema),
        quote_literal(&name.name),
        quote_literal(&format!(
            "{} from {} by {}",
            sequence.sql_type, sequence.start, sequence.increment
        )),
        quote_literal(&sequence.sql_type.within("pg_catalog")),
        number(sequence.start),
        number(sequence.increment),
        number(sequence.minimum),
        number(sequence.maximum),
        number(sequence.cache),
        sequence.cycle.to_string(),
        // One that a table owns follows its table on newer servers.
        match sequence.owned_by {
            Some(_) => "null".to_owned(),
            None => sequence.unlogged.to_string(),
        },
        owner.unwrap_or_else(|| "null".to_owned()),
        sequence.identity.to_string(),
        text(sequence.comment.as_ref()),
    ]
}

/// In quotes: the least number cannot be written without.
fn number(value: i64) -> String {
    format!("'{value}'")
}

/// What is there, and no more is known; and what must not be there.
pub(super) fn presence(scope: &Scope<'_>) -> String {
    let mut rows = Rows::new(
        "wanted",
        &[
            ("place", "integer"),
            ("what", "text"),
            ("kind", "text"),
            ("schema_name", "name"),
            ("name", "name"),
            ("says", "text"),
            ("wanted", "boolean"),
        ],
    );
    for (id, opaque) in &scope.opaque {
        push(
            &mut rows,
            id,
            Some(opaque.kind),
            "it is there; its text is not compared",
            true,
        );
    }
    for (id, kind) in &scope.changed {
        let says = "it is there; SQL of a revision changed it, so that no more is known";
        push(&mut rows, id, Some(*kind), says, true);
    }
    for id in &scope.absent {
        push(
            &mut rows,
            id,
            None,
            "it is not there, as it should be",
            false,
        );
    }
    if rows.is_empty() {
        return String::new();
    }
    let relation = |kinds: &str| {
        format!(
            "exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and c.relname = w.name and c.relkind in ({kinds}))"
        )
    };
    let named = |table: &str, name: &str, schema: &str| {
        format!(
            "exists (select from {table} o join pg_namespace n on n.oid = o.{schema}
        where n.nspname = w.schema_name and o.{name} = w.name)"
        )
    };
    // Their names hold for one table, whose name follows where the release knows it.
    let on_table = |table: &str, name: &str, relation: &str| {
        format!(
            "exists (select from {table} o join pg_class c on c.oid = o.{relation} join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = w.schema_name and o.{name} in (w.name, split_part(w.name, ' on ', 1)::name)
          and w.name in (o.{name}, o.{name} || ' on ' || c.relname))"
        )
    };
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        let KindFacts {
            word,
            space,
            relkinds,
            catalog,
            ..
        } = kind.facts();
        let exists = match (space, catalog) {
            (Space::Namespaces, _) => {
                "exists (select from pg_namespace where nspname = w.name)".to_owned()
            }
            (Space::Extensions, _) => {
                "exists (select from pg_extension where extname = w.name)".to_owned()
            }
            (Space::Relations, _) => relation(relkinds),
            (Space::Types, _) if kind == Kind::Type => "exists (select from pg_type t join pg_namespace n on n.oid = t.typnamespace
        left join pg_class c on c.oid = t.typrelid where n.nspname = w.schema_name and t.typname = w.name
        and coalesce(c.relkind, 'c') = 'c' and not exists (select from pg_type where typarray = t.oid))".to_owned(),
            // What expressions call is asked about by one name for all.
            (Space::Functions, _) if kind != Kind::Defined(Defined::Function) => continue,
            (Space::OnTable, Some([table, name, relation])) => on_table(table, name, relation),
            (Space::Functions | Space::Own, Some([table, name, schema])) => {
                named(table, name, schema)
            }
            (Space::Types | Space::Functions | Space::OnTable | Space::Own, _) => continue,
        };
        if kind == Kind::Table {
            kinds.push((RELATION, relation("'r', 'p', 'v', 'm', 'f', 'S', 'i', 'I'")));
        }
        kinds.push((*word, exists));
    }
    let cases: Vec<String> = kinds
        .iter()
        .map(|(kind, exists)| format!("when {} then {exists}", quote_literal(kind)))
        .collect();
    let checks = format!(
        "  select place, what, says, null::text as remark,
    case when present and not wanted then 'it is there, and should not be' when wanted and not present then 'it is missing' end as drift
  from (select w.*, case w.kind\n      {}\n    end as present from wanted w) as w",
        cases.join("\n      ")
    );
    select(scope.voice, &[&rows], "", &checks)
}

/// What is asked about where nothing but a name among relations is known.
const RELATION: &str = "relation";

/// Adds a row, unless the catalogue cannot be asked for such an object.
fn push(rows: &mut Rows, id: &ObjectId, known: Option<Kind>, says: &str, wanted: bool) {
    let asked = match id {
        ObjectId::Namespace(_) => Kind::Schema.word(),
        ObjectId::Extension(_) => Kind::Extension.word(),
        ObjectId::Type(_) => Kind::Type.word(),
        ObjectId::Relation(_) => known.map_or(RELATION, Kind::word),
        // Others of the name, with other arguments, may be there when one is gone.
        ObjectId::Opaque(kind, _) if kind.is_function() && wanted => Defined::Function.word(),
        ObjectId::Opaque(kind, _) if kind.is_function() => return,
        ObjectId::Opaque(Defined::Collation, _) if !wanted => return,
        ObjectId::Opaque(kind, _) if kind.facts().catalog.is_some() => kind.word(),
        ObjectId::Opaque(..) => return,
    };
    let (schema, name) = match id {
        ObjectId::Namespace(name) | ObjectId::Extension(name) => ("", name.as_str()),
        ObjectId::Type(name) | ObjectId::Relation(name) | ObjectId::Opaque(_, name) => {
            (name.schema.as_str(), name.name.as_str())
        }
    };
    let on_table = name
        .split_once(" on ")
        .filter(|_| matches!(id, ObjectId::Opaque(kind, _) if kind.is_on_table()));
    let shown = match on_table {
        _ if schema.is_empty() => quote_identifier(name).to_string(),
        Some((name, table)) => {
            let table = Name::new(schema, table).qualified();
            format!("{} on {table}", quote_identifier(name))
        }
        None => Name::new(schema, name).qualified().to_string(),
    };
    let word = match id {
        ObjectId::Opaque(kind, _) => kind.word(),
        ObjectId::Namespace(_)
        | ObjectId::Extension(_)
        | ObjectId::Type(_)
        | ObjectId::Relation(_) => asked,
    };
    rows.push(&[
        quote_literal(&format!("{word} {shown}")),
        quote_literal(asked),
        quote_literal(schema),
        quote_literal(name),
        quote_literal(says),
        wanted.to_string(),
    ]);
}
