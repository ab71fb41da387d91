//! The types, operator classes and index methods that well-known extensions bring.

use crate::name::Name;
use crate::schema::{Object, ObjectId, Schema};
use crate::sql_type::casts::CastContext;

/// Extensions and their types, from the control scripts of PostgreSQL 15's contrib and of the projects themselves.
/// An extension that is not listed may bring any type.
const TYPES: &[(&str, &[&str])] = &[
    ("btree_gin", &[]),
    (
        "btree_gist",
        &["gbtreekey4", "gbtreekey8", "gbtreekey16", "gbtreekey32"],
    ),
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("fuzzystrmatch", &[]),
    ("hstore", &["hstore", "ghstore"]),
    ("intarray", &["query_int", "intbig_gkey"]),
    (
        "isn",
        &[
            "ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc",
        ],
    ),
    ("ltree", &["ltree", "lquery", "ltxtquery", "ltree_gist"]),
    ("pg_stat_statements", &[]),
    ("pg_trgm", &["gtrgm"]),
    ("pgcrypto", &[]),
    ("plpgsql", &[]),
    (
        "postgis",
        &[
            "geometry",
            "geography",
            "box2d",
            "box3d",
            "box2df",
            "gidx",
            "spheroid",
            "geometry_dump",
            "valid_detail",
        ],
    ),
    ("postgres_fdw", &[]),
    ("seg", &["seg"]),
    (
        "tablefunc",
        &[
            "tablefunc_crosstab_2",
            "tablefunc_crosstab_3",
            "tablefunc_crosstab_4",
        ],
    ),
    ("timescaledb", &[]),
    ("unaccent", &[]),
    ("uuid-ossp", &[]),
    ("vector", &["vector", "halfvec", "sparsevec"]),
];

/// Extensions without operator classes for PostgreSQL's own types or under names of their own.
const WITHOUT_CLASSES: [&str; 9] = [
    "fuzzystrmatch",
    "pg_stat_statements",
    "pgcrypto",
    "plpgsql",
    "postgres_fdw",
    "tablefunc",
    "timescaledb",
    "unaccent",
    "uuid-ossp",
];

/// Operator classes that are named in statements, and index methods, with the extension that brings them.
const CLASSES: &[(&str, &str)] = &[
    ("bit_hamming_ops", "vector"),
    ("bit_jaccard_ops", "vector"),
    ("citext_pattern_ops", "citext"),
    ("gin__int_ops", "intarray"),
    ("gin_hstore_ops", "hstore"),
    ("gin_trgm_ops", "pg_trgm"),
    ("gist__int_ops", "intarray"),
    ("gist__intbig_ops", "intarray"),
    ("gist_hstore_ops", "hstore"),
    ("gist_int4_ops", "btree_gist"),
    ("gist_int8_ops", "btree_gist"),
    ("gist_ltree_ops", "ltree"),
    ("gist_text_ops", "btree_gist"),
    ("gist_timestamptz_ops", "btree_gist"),
    ("gist_trgm_ops", "pg_trgm"),
    ("gist_uuid_ops", "btree_gist"),
    ("halfvec_cosine_ops", "vector"),
    ("halfvec_ip_ops", "vector"),
    ("halfvec_l2_ops", "vector"),
    ("vector_cosine_ops", "vector"),
    ("vector_ip_ops", "vector"),
    ("vector_l1_ops", "vector"),
    ("vector_l2_ops", "vector"),
];
const METHODS: &[(&str, &str)] = &[
    ("bloom", "bloom"),
    ("hnsw", "vector"),
    ("ivfflat", "vector"),
    ("rum", "rum"),
];

/// The types of an extension, if it is a well-known one.
fn types_of(extension: &str) -> Option<&'static [&'static str]> {
    TYPES
        .iter()
        .find(|(it, _)| *it == extension)
        .map(|(_, types)| *types)
}

/// Whether an extension that the schema has brings a type called `name`, or may do so.
#[must_use]
pub fn may_provide(schema: &Schema, name: &str) -> bool {
    schema
        .extensions()
        .any(|it| types_of(it).is_none_or(|types| types.contains(&name)))
}

/// The names by which the types of the extension `id` can be known in the schema.
#[must_use]
pub fn types_in(schema: &Schema, id: &ObjectId) -> Vec<Name> {
    let (ObjectId::Extension(name), Some(Object::Extension(extension))) =
        (id, schema.get(id).map(|it| &**it))
    else {
        return Vec::new();
    };
    let types = types_of(name).unwrap_or_default().iter();
    let place = extension
        .schema
        .as_ref()
        .filter(|it| **it != schema.default);
    types
        .flat_map(|it| {
            let places = std::iter::once(&schema.default).chain(place);
            places.map(|place| Name::new(place.clone(), *it))
        })
        .filter(|it| schema.type_named(it).is_none())
        .collect()
}

/// The well-known extension that brings a type called `name`.
#[must_use]
pub fn provider_of_type(name: &str) -> Option<&'static str> {
    let mut all = TYPES.iter();
    all.find(|(_, types)| types.contains(&name)).map(|it| it.0)
}

/// Whether an extension that the schema has brings an operator class called `name`, or may do so.
#[must_use]
pub fn may_provide_class(schema: &Schema, name: &str) -> bool {
    may_bring(schema, provider_of_class(name))
}

/// The well-known extension that brings an operator class called `name`.
#[must_use]
pub fn provider_of_class(name: &str) -> Option<&'static str> {
    CLASSES.iter().find(|it| it.0 == name).map(|it| it.1)
}

/// Whether an extension that the schema has brings an index method called `name`, or may do so.
#[must_use]
pub fn may_provide_method(schema: &Schema, name: &str) -> bool {
    may_bring(schema, provider_of_method(name))
}

/// The well-known extension that brings an index method called `name`.
#[must_use]
pub fn provider_of_method(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|it| it.0 == name).map(|it| it.1)
}

/// Whether an extension that the schema has may bring operator classes for PostgreSQL's own types.
#[must_use]
pub fn may_provide_default_class(schema: &Schema, method: &str) -> bool {
    schema.extensions().any(|it| match it.as_str() {
        "btree_gist" => method == "gist",
        "btree_gin" => method == "gin",
        "intarray" => method == "gist" || method == "gin",
        // Its classes have to be named.
        "pg_trgm" => false,
        other => types_of(other).is_none(),
    })
}

/// Whether an extension that the schema has is the one that brings a thing, or one of which it is not known.
fn may_bring(schema: &Schema, provider: Option<&str>) -> bool {
    schema.extensions().any(|it| match provider {
        Some(provider) => it == provider || types_of(it).is_none(),
        None => !WITHOUT_CLASSES.contains(&it.as_str()),
    })
}

/// When a value of the type `name` of an extension becomes one of PostgreSQL's type `other`, or the other way round.
///
/// Sources: "CREATE CAST" of `citext--1.4.sql`; for all other types the rule of `find_coercion_pathway` for texts.
#[must_use]
pub fn cast(name: &str, other: &str, to_extension: bool) -> Option<CastContext> {
    let is_text = matches!(other, "text" | "varchar" | "bpchar");
    match (name, to_extension) {
        // It is of the category of texts itself: every type is written out into it.
        ("citext", true) => Some(CastContext::Assignment),
        ("citext", false) if matches!(other, "text" | "varchar") => Some(CastContext::Implicit),
        ("citext", false) if is_text => Some(CastContext::Assignment),
        ("citext", false) => Some(CastContext::Explicit),
        (_, true) if is_text => Some(CastContext::Explicit),
        (_, false) if is_text => Some(CastContext::Assignment),
        (_, _) => None,
    }
}

/// The advice for what a well-known extension brings.
#[must_use]
pub fn before(extension: &str) -> String {
    let name = crate::token::quote_identifier(extension);
    format!("an extension provides it: write `create extension {name};` first")
}
