//! The types that well-known extensions bring.

use crate::schema::Schema;

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

/// Whether an extension that the schema has brings a type called `name`, or may do so.
#[must_use]
pub fn may_provide(schema: &Schema, name: &str) -> bool {
    schema.extensions().any(|extension| {
        TYPES
            .iter()
            .find(|(it, _)| it == extension)
            .is_none_or(|(_, types)| types.contains(&name))
    })
}
