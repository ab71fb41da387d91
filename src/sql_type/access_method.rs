//! The index methods of PostgreSQL and their operator classes: `pg_am` and `pg_opclass`.
//!
//! Generated from the catalogue of server 15, methods with `pg_indexam_has_property`; 16 to 18 have the same names.
//! Methods and classes of extensions and users are unknown here.

/// One index method.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the properties that `pg_indexam_has_property` tells"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessMethod {
    pub name: &'static str,
    /// `asc`, `desc` and `nulls first`.
    pub can_order: bool,
    pub can_unique: bool,
    /// More than one column.
    pub can_multi_col: bool,
    pub can_exclude: bool,
    pub can_include: bool,
    /// Sorted by name.
    pub classes: &'static [Class],
}

/// An operator class: its name, the type that it takes, and whether it is the default one of that type.
pub type Class = (&'static str, &'static str, bool);

/// The method called `name`.
#[must_use]
pub fn access_method(name: &str) -> Option<&'static AccessMethod> {
    ACCESS_METHODS.iter().find(|it| it.name == name)
}

#[rustfmt::skip]
pub const ACCESS_METHODS: &[AccessMethod] = &[
    AccessMethod { name: "brin", can_order: false, can_unique: false, can_multi_col: true, can_exclude: false, can_include: false, classes: &[
        ("bit_minmax_ops", "bit", true), ("box_inclusion_ops", "box", true), ("bpchar_bloom_ops", "bpchar", false),
        ("bpchar_minmax_ops", "bpchar", true), ("bytea_bloom_ops", "bytea", false),
        ("bytea_minmax_ops", "bytea", true), ("char_bloom_ops", "char", false), ("char_minmax_ops", "char", true),
        ("date_bloom_ops", "date", false), ("date_minmax_multi_ops", "date", false),
        ("date_minmax_ops", "date", true), ("float4_bloom_ops", "float4", false),
        ("float4_minmax_multi_ops", "float4", false), ("float4_minmax_ops", "float4", true),
        ("float8_bloom_ops", "float8", false), ("float8_minmax_multi_ops", "float8", false),
        ("float8_minmax_ops", "float8", true), ("inet_bloom_ops", "inet", false),
        ("inet_inclusion_ops", "inet", true), ("inet_minmax_multi_ops", "inet", false),
        ("inet_minmax_ops", "inet", false), ("int2_bloom_ops", "int2", false),
        ("int2_minmax_multi_ops", "int2", false), ("int2_minmax_ops", "int2", true),
        ("int4_bloom_ops", "int4", false), ("int4_minmax_multi_ops", "int4", false),
        ("int4_minmax_ops", "int4", true), ("int8_bloom_ops", "int8", false),
        ("int8_minmax_multi_ops", "int8", false), ("int8_minmax_ops", "int8", true),
        ("interval_bloom_ops", "interval", false), ("interval_minmax_multi_ops", "interval", false),
        ("interval_minmax_ops", "interval", true), ("macaddr8_bloom_ops", "macaddr8", false),
        ("macaddr8_minmax_multi_ops", "macaddr8", false), ("macaddr8_minmax_ops", "macaddr8", true),
        ("macaddr_bloom_ops", "macaddr", false), ("macaddr_minmax_multi_ops", "macaddr", false),
        ("macaddr_minmax_ops", "macaddr", true), ("name_bloom_ops", "name", false), ("name_minmax_ops", "name", true),
        ("numeric_bloom_ops", "numeric", false), ("numeric_minmax_multi_ops", "numeric", false),
        ("numeric_minmax_ops", "numeric", true), ("oid_bloom_ops", "oid", false),
        ("oid_minmax_multi_ops", "oid", false), ("oid_minmax_ops", "oid", true),
        ("pg_lsn_bloom_ops", "pg_lsn", false), ("pg_lsn_minmax_multi_ops", "pg_lsn", false),
        ("pg_lsn_minmax_ops", "pg_lsn", true), ("range_inclusion_ops", "anyrange", true),
        ("text_bloom_ops", "text", false), ("text_minmax_ops", "text", true), ("tid_bloom_ops", "tid", false),
        ("tid_minmax_multi_ops", "tid", false), ("tid_minmax_ops", "tid", true), ("time_bloom_ops", "time", false),
        ("time_minmax_multi_ops", "time", false), ("time_minmax_ops", "time", true),
        ("timestamp_bloom_ops", "timestamp", false), ("timestamp_minmax_multi_ops", "timestamp", false),
        ("timestamp_minmax_ops", "timestamp", true), ("timestamptz_bloom_ops", "timestamptz", false),
        ("timestamptz_minmax_multi_ops", "timestamptz", false), ("timestamptz_minmax_ops", "timestamptz", true),
        ("timetz_bloom_ops", "timetz", false), ("timetz_minmax_multi_ops", "timetz", false),
        ("timetz_minmax_ops", "timetz", true), ("uuid_bloom_ops", "uuid", false),
        ("uuid_minmax_multi_ops", "uuid", false), ("uuid_minmax_ops", "uuid", true),
        ("varbit_minmax_ops", "varbit", true),
    ] },
    AccessMethod { name: "btree", can_order: true, can_unique: true, can_multi_col: true, can_exclude: true, can_include: true, classes: &[
        ("array_ops", "anyarray", true), ("bit_ops", "bit", true), ("bool_ops", "bool", true),
        ("bpchar_ops", "bpchar", true), ("bpchar_pattern_ops", "bpchar", false), ("bytea_ops", "bytea", true),
        ("char_ops", "char", true), ("cidr_ops", "inet", false), ("date_ops", "date", true),
        ("enum_ops", "anyenum", true), ("float4_ops", "float4", true), ("float8_ops", "float8", true),
        ("inet_ops", "inet", true), ("int2_ops", "int2", true), ("int4_ops", "int4", true),
        ("int8_ops", "int8", true), ("interval_ops", "interval", true), ("jsonb_ops", "jsonb", true),
        ("macaddr8_ops", "macaddr8", true), ("macaddr_ops", "macaddr", true), ("money_ops", "money", true),
        ("multirange_ops", "anymultirange", true), ("name_ops", "name", true), ("numeric_ops", "numeric", true),
        ("oid_ops", "oid", true), ("oidvector_ops", "oidvector", true), ("pg_lsn_ops", "pg_lsn", true),
        ("range_ops", "anyrange", true), ("record_image_ops", "record", false), ("record_ops", "record", true),
        ("text_ops", "text", true), ("text_pattern_ops", "text", false), ("tid_ops", "tid", true),
        ("time_ops", "time", true), ("timestamp_ops", "timestamp", true), ("timestamptz_ops", "timestamptz", true),
        ("timetz_ops", "timetz", true), ("tsquery_ops", "tsquery", true), ("tsvector_ops", "tsvector", true),
        ("uuid_ops", "uuid", true), ("varbit_ops", "varbit", true), ("varchar_ops", "text", false),
        ("varchar_pattern_ops", "text", false), ("xid8_ops", "xid8", true),
    ] },
    AccessMethod { name: "gin", can_order: false, can_unique: false, can_multi_col: true, can_exclude: false, can_include: false, classes: &[
        ("array_ops", "anyarray", true), ("jsonb_ops", "jsonb", true), ("jsonb_path_ops", "jsonb", false),
        ("tsvector_ops", "tsvector", true),
    ] },
    AccessMethod { name: "gist", can_order: false, can_unique: false, can_multi_col: true, can_exclude: true, can_include: true, classes: &[
        ("box_ops", "box", true), ("circle_ops", "circle", true), ("inet_ops", "inet", false),
        ("multirange_ops", "anymultirange", true), ("point_ops", "point", true), ("poly_ops", "polygon", true),
        ("range_ops", "anyrange", true), ("tsquery_ops", "tsquery", true), ("tsvector_ops", "tsvector", true),
    ] },
    AccessMethod { name: "hash", can_order: false, can_unique: false, can_multi_col: false, can_exclude: true, can_include: false, classes: &[
        ("aclitem_ops", "aclitem", true), ("array_ops", "anyarray", true), ("bool_ops", "bool", true),
        ("bpchar_ops", "bpchar", true), ("bpchar_pattern_ops", "bpchar", false), ("bytea_ops", "bytea", true),
        ("char_ops", "char", true), ("cid_ops", "cid", true), ("cidr_ops", "inet", false), ("date_ops", "date", true),
        ("enum_ops", "anyenum", true), ("float4_ops", "float4", true), ("float8_ops", "float8", true),
        ("inet_ops", "inet", true), ("int2_ops", "int2", true), ("int4_ops", "int4", true),
        ("int8_ops", "int8", true), ("interval_ops", "interval", true), ("jsonb_ops", "jsonb", true),
        ("macaddr8_ops", "macaddr8", true), ("macaddr_ops", "macaddr", true),
        ("multirange_ops", "anymultirange", true), ("name_ops", "name", true), ("numeric_ops", "numeric", true),
        ("oid_ops", "oid", true), ("oidvector_ops", "oidvector", true), ("pg_lsn_ops", "pg_lsn", true),
        ("range_ops", "anyrange", true), ("record_ops", "record", true), ("text_ops", "text", true),
        ("text_pattern_ops", "text", false), ("tid_ops", "tid", true), ("time_ops", "time", true),
        ("timestamp_ops", "timestamp", true), ("timestamptz_ops", "timestamptz", true),
        ("timetz_ops", "timetz", true), ("uuid_ops", "uuid", true), ("varchar_ops", "text", false),
        ("varchar_pattern_ops", "text", false), ("xid8_ops", "xid8", true), ("xid_ops", "xid", true),
    ] },
    AccessMethod { name: "spgist", can_order: false, can_unique: false, can_multi_col: false, can_exclude: true, can_include: true, classes: &[
        ("box_ops", "box", true), ("inet_ops", "inet", true), ("kd_point_ops", "point", false),
        ("poly_ops", "polygon", true), ("quad_point_ops", "point", true), ("range_ops", "anyrange", true),
        ("text_ops", "text", true),
    ] },
];
