//! The builtin types of PostgreSQL: `pg_catalog` without row types and arrays.
//!
//! Generated from `pg_type`, `pg_opclass` and `pg_index` of the servers 14 to 18, which agree but for the category of a
//! few internal types (15's is here). Types of extensions and users are unknown here.

/// One row of `pg_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinType {
    /// `typname`, by which the model knows the type: `int4`.
    pub name: &'static str,
    /// How PostgreSQL shows it (`format_type`): `integer`.
    pub display: &'static str,
    pub kind: TypeKind,
    /// `typcategory`: `S` for strings, `N` for numbers, …
    pub category: char,
    /// `typispreferred`: the type of its category that implicit casts lead to.
    pub preferred: bool,
    /// The first server that has it; 12 also where it is older.
    pub since: u32,
    /// Its default operator class for B-tree indexes; keys and orders need one.
    pub btree: Option<OperatorClass>,
    /// Its default operator class for hash indexes.
    pub hash: Option<OperatorClass>,
}

/// What a type is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind {
    Base,
    Range,
    Multirange,
    /// Of arguments and results only; no column can have it.
    Pseudo,
}

/// The default operator class of a type for one index method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorClass {
    /// Its operator family: classes of one family compare with each other.
    pub family: &'static str,
    /// The type that its operators take: `text` for `varchar`, `anyrange` for any range.
    pub input: &'static str,
}

impl BuiltinType {
    /// Whether a column can have this type.
    #[must_use]
    pub fn is_column_type(&self) -> bool {
        self.kind != TypeKind::Pseudo
    }
}

/// The type with the `typname` `name`.
#[must_use]
pub fn builtin_type(name: &str) -> Option<&'static BuiltinType> {
    BUILTIN_TYPES
        .binary_search_by_key(&name, |it| it.name)
        .ok()
        .map(|index| &BUILTIN_TYPES[index])
}

/// The type that PostgreSQL shows as `display`, in lower case and with single blanks.
#[must_use]
pub fn builtin_type_displayed(display: &str) -> Option<&'static BuiltinType> {
    BUILTIN_TYPES.iter().find(|it| it.display == display)
}

/// Rows: name, display, kind, category, preferred, since, B-tree family and input type, the same for hash.
macro_rules! types {
    ($(
        $name:literal $display:literal $kind:ident $category:literal $preferred:literal $since:literal
        [$($btree:ident $btree_input:ident)?] [$($hash:ident $hash_input:ident)?];
    )+) => {
        /// All builtin types, sorted by name.
        pub const BUILTIN_TYPES: &[BuiltinType] = &[$(BuiltinType {
            name: $name,
            display: $display,
            kind: TypeKind::$kind,
            category: $category,
            preferred: $preferred,
            since: $since,
            btree: types!(@class $($btree $btree_input)?),
            hash: types!(@class $($hash $hash_input)?),
        },)+];
    };
    (@class) => { None };
    (@class $family:ident $input:ident) => {
        Some(OperatorClass { family: stringify!($family), input: stringify!($input) })
    };
}

types! {
"aclitem"                      "aclitem"                      Base       'U' false 12 []                             [aclitem_ops aclitem];
"any"                          "\"any\""                      Pseudo     'P' false 12 []                             [];
"anyarray"                     "anyarray"                     Pseudo     'P' false 12 []                             [];
"anycompatible"                "anycompatible"                Pseudo     'P' false 13 []                             [];
"anycompatiblearray"           "anycompatiblearray"           Pseudo     'P' false 13 []                             [];
"anycompatiblemultirange"      "anycompatiblemultirange"      Pseudo     'P' false 14 []                             [];
"anycompatiblenonarray"        "anycompatiblenonarray"        Pseudo     'P' false 13 []                             [];
"anycompatiblerange"           "anycompatiblerange"           Pseudo     'P' false 13 []                             [];
"anyelement"                   "anyelement"                   Pseudo     'P' false 12 []                             [];
"anyenum"                      "anyenum"                      Pseudo     'P' false 12 []                             [];
"anymultirange"                "anymultirange"                Pseudo     'P' false 14 []                             [];
"anynonarray"                  "anynonarray"                  Pseudo     'P' false 12 []                             [];
"anyrange"                     "anyrange"                     Pseudo     'P' false 12 []                             [];
"bit"                          "bit"                          Base       'V' false 12 [bit_ops bit]                  [];
"bool"                         "boolean"                      Base       'B' true  12 [bool_ops bool]                [bool_ops bool];
"box"                          "box"                          Base       'G' false 12 []                             [];
"bpchar"                       "character"                    Base       'S' false 12 [bpchar_ops bpchar]            [bpchar_ops bpchar];
"bytea"                        "bytea"                        Base       'U' false 12 [bytea_ops bytea]              [bytea_ops bytea];
"char"                         "\"char\""                     Base       'Z' false 12 [char_ops char]                [char_ops char];
"cid"                          "cid"                          Base       'U' false 12 []                             [cid_ops cid];
"cidr"                         "cidr"                         Base       'I' false 12 [network_ops inet]             [network_ops inet];
"circle"                       "circle"                       Base       'G' false 12 []                             [];
"cstring"                      "cstring"                      Pseudo     'P' false 12 []                             [];
"date"                         "date"                         Base       'D' false 12 [datetime_ops date]            [date_ops date];
"datemultirange"               "datemultirange"               Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"daterange"                    "daterange"                    Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"event_trigger"                "event_trigger"                Pseudo     'P' false 12 []                             [];
"fdw_handler"                  "fdw_handler"                  Pseudo     'P' false 12 []                             [];
"float4"                       "real"                         Base       'N' false 12 [float_ops float4]             [float_ops float4];
"float8"                       "double precision"             Base       'N' true  12 [float_ops float8]             [float_ops float8];
"gtsvector"                    "gtsvector"                    Base       'U' false 12 []                             [];
"index_am_handler"             "index_am_handler"             Pseudo     'P' false 12 []                             [];
"inet"                         "inet"                         Base       'I' true  12 [network_ops inet]             [network_ops inet];
"int2"                         "smallint"                     Base       'N' false 12 [integer_ops int2]             [integer_ops int2];
"int2vector"                   "int2vector"                   Base       'A' false 12 [array_ops anyarray]           [array_ops anyarray];
"int4"                         "integer"                      Base       'N' false 12 [integer_ops int4]             [integer_ops int4];
"int4multirange"               "int4multirange"               Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"int4range"                    "int4range"                    Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"int8"                         "bigint"                       Base       'N' false 12 [integer_ops int8]             [integer_ops int8];
"int8multirange"               "int8multirange"               Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"int8range"                    "int8range"                    Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"internal"                     "internal"                     Pseudo     'P' false 12 []                             [];
"interval"                     "interval"                     Base       'T' true  12 [interval_ops interval]        [interval_ops interval];
"json"                         "json"                         Base       'U' false 12 []                             [];
"jsonb"                        "jsonb"                        Base       'U' false 12 [jsonb_ops jsonb]              [jsonb_ops jsonb];
"jsonpath"                     "jsonpath"                     Base       'U' false 12 []                             [];
"language_handler"             "language_handler"             Pseudo     'P' false 12 []                             [];
"line"                         "line"                         Base       'G' false 12 []                             [];
"lseg"                         "lseg"                         Base       'G' false 12 []                             [];
"macaddr"                      "macaddr"                      Base       'U' false 12 [macaddr_ops macaddr]          [macaddr_ops macaddr];
"macaddr8"                     "macaddr8"                     Base       'U' false 12 [macaddr8_ops macaddr8]        [macaddr8_ops macaddr8];
"money"                        "money"                        Base       'N' false 12 [money_ops money]              [];
"name"                         "name"                         Base       'S' false 12 [text_ops name]                [text_ops name];
"numeric"                      "numeric"                      Base       'N' false 12 [numeric_ops numeric]          [numeric_ops numeric];
"nummultirange"                "nummultirange"                Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"numrange"                     "numrange"                     Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"oid"                          "oid"                          Base       'N' true  12 [oid_ops oid]                  [oid_ops oid];
"oidvector"                    "oidvector"                    Base       'A' false 12 [oidvector_ops oidvector]      [oidvector_ops oidvector];
"path"                         "path"                         Base       'G' false 12 []                             [];
"pg_brin_bloom_summary"        "pg_brin_bloom_summary"        Base       'Z' false 14 []                             [];
"pg_brin_minmax_multi_summary" "pg_brin_minmax_multi_summary" Base       'Z' false 14 []                             [];
"pg_ddl_command"               "pg_ddl_command"               Pseudo     'P' false 12 []                             [];
"pg_dependencies"              "pg_dependencies"              Base       'Z' false 12 [bytea_ops bytea]              [bytea_ops bytea];
"pg_lsn"                       "pg_lsn"                       Base       'U' false 12 [pg_lsn_ops pg_lsn]            [pg_lsn_ops pg_lsn];
"pg_mcv_list"                  "pg_mcv_list"                  Base       'Z' false 12 [bytea_ops bytea]              [bytea_ops bytea];
"pg_ndistinct"                 "pg_ndistinct"                 Base       'Z' false 12 [bytea_ops bytea]              [bytea_ops bytea];
"pg_node_tree"                 "pg_node_tree"                 Base       'Z' false 12 [text_ops text]                [text_ops text];
"pg_snapshot"                  "pg_snapshot"                  Base       'U' false 13 []                             [];
"point"                        "point"                        Base       'G' false 12 []                             [];
"polygon"                      "polygon"                      Base       'G' false 12 []                             [];
"record"                       "record"                       Pseudo     'P' false 12 []                             [];
"refcursor"                    "refcursor"                    Base       'U' false 12 []                             [];
"regclass"                     "regclass"                     Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regcollation"                 "regcollation"                 Base       'N' false 13 [oid_ops oid]                  [oid_ops oid];
"regconfig"                    "regconfig"                    Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regdictionary"                "regdictionary"                Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regnamespace"                 "regnamespace"                 Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regoper"                      "regoper"                      Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regoperator"                  "regoperator"                  Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regproc"                      "regproc"                      Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regprocedure"                 "regprocedure"                 Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regrole"                      "regrole"                      Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"regtype"                      "regtype"                      Base       'N' false 12 [oid_ops oid]                  [oid_ops oid];
"table_am_handler"             "table_am_handler"             Pseudo     'P' false 12 []                             [];
"text"                         "text"                         Base       'S' true  12 [text_ops text]                [text_ops text];
"tid"                          "tid"                          Base       'U' false 12 [tid_ops tid]                  [tid_ops tid];
"time"                         "time without time zone"       Base       'D' false 12 [time_ops time]                [time_ops time];
"timestamp"                    "timestamp without time zone"  Base       'D' false 12 [datetime_ops timestamp]       [timestamp_ops timestamp];
"timestamptz"                  "timestamp with time zone"     Base       'D' true  12 [datetime_ops timestamptz]     [timestamptz_ops timestamptz];
"timetz"                       "time with time zone"          Base       'D' false 12 [timetz_ops timetz]            [timetz_ops timetz];
"trigger"                      "trigger"                      Pseudo     'P' false 12 []                             [];
"tsm_handler"                  "tsm_handler"                  Pseudo     'P' false 12 []                             [];
"tsmultirange"                 "tsmultirange"                 Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"tsquery"                      "tsquery"                      Base       'U' false 12 [tsquery_ops tsquery]          [];
"tsrange"                      "tsrange"                      Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"tstzmultirange"               "tstzmultirange"               Multirange 'R' false 14 [multirange_ops anymultirange] [multirange_ops anymultirange];
"tstzrange"                    "tstzrange"                    Range      'R' false 12 [range_ops anyrange]           [range_ops anyrange];
"tsvector"                     "tsvector"                     Base       'U' false 12 [tsvector_ops tsvector]        [];
"txid_snapshot"                "txid_snapshot"                Base       'U' false 12 []                             [];
"unknown"                      "unknown"                      Pseudo     'X' false 12 []                             [];
"uuid"                         "uuid"                         Base       'U' false 12 [uuid_ops uuid]                [uuid_ops uuid];
"varbit"                       "bit varying"                  Base       'V' true  12 [varbit_ops varbit]            [];
"varchar"                      "character varying"            Base       'S' false 12 [text_ops text]                [text_ops text];
"void"                         "void"                         Pseudo     'P' false 12 []                             [];
"xid"                          "xid"                          Base       'U' false 12 []                             [xid_ops xid];
"xid8"                         "xid8"                         Base       'U' false 13 [xid8_ops xid8]                [xid8_ops xid8];
"xml"                          "xml"                          Base       'U' false 12 []                             [];}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_sorted() {
        assert!(BUILTIN_TYPES.is_sorted_by(|left, right| left.name < right.name));
    }

    #[test]
    fn known_types() {
        assert_eq!(builtin_type("int4").unwrap().display, "integer");
        assert_eq!(
            builtin_type_displayed("timestamp with time zone")
                .unwrap()
                .name,
            "timestamptz"
        );
        assert_eq!(
            builtin_type("varchar").unwrap().btree.unwrap().input,
            "text"
        );
        assert!(builtin_type("json").unwrap().btree.is_none());
        assert!(!builtin_type("trigger").unwrap().is_column_type());
        assert!(builtin_type("integer").is_none());
        assert!(builtin_type("_int4").is_none());
    }
}
