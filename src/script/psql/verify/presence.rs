//! What is only looked for, since no more is known of it, and what must not be there.

use crate::kind::{Defined, Kind, KindFacts, Space};
use crate::name::Name;
use crate::schema::ObjectId;
use crate::token::{quote_identifier, quote_literal};

use super::batch::select;
use super::scope::Scope;

/// What is there, and no more is known; and what must not be there.
pub(super) fn presence(scope: &Scope<'_>) -> String {
    let mut rows = Vec::new();
    for (id, opaque) in &scope.opaque {
        push(
            &mut rows,
            id,
            Some(opaque.kind),
            "it exists; its text is not compared",
            true,
        );
    }
    for (id, kind) in &scope.changed {
        let says = "it exists; SQL of a revision changed it, so nothing else is known";
        push(&mut rows, id, Some(*kind), says, true);
    }
    for id in &scope.absent {
        push(&mut rows, id, None, "it does not exist, as expected", false);
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
        where n.nspname = w.schema_name and o.{name} in (w.name, split_part(w.name, ' on ', 1))
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
    let with = format!(
        "wanted (place, what, kind, schema_name, name, says, wanted) as materialized (
  select place::integer, what, kind, schema_name::name, name, says, wanted::boolean from (values
    {}
  ) as it (place, what, kind, schema_name, name, says, wanted)
), checks (place, number, what, says, remark, drift) as materialized (
  select place, 0, what, says, null::text,
    case when present and not wanted then 'it exists, but should not' when wanted and not present then 'it is missing' end
  from (select w.*, case w.kind\n      {}\n    end as present from wanted w) as w
)",
        rows.join(",\n    "),
        cases.join("\n      ")
    );
    select(scope.voice, &with)
}

/// What is asked about where nothing but a name among relations is known.
const RELATION: &str = "relation";

/// Adds a row, unless the catalogue cannot be asked for such an object.
fn push(rows: &mut Vec<String>, id: &ObjectId, known: Option<Kind>, says: &str, wanted: bool) {
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
    let cells = [
        quote_literal(&format!("{word} {shown}")),
        quote_literal(asked),
        quote_literal(schema),
        quote_literal(name),
        quote_literal(says),
    ];
    rows.push(format!("({}, {}, {wanted})", rows.len(), cells.join(", ")));
}
