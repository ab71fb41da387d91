//! The constants of [`TypeId`]; written by `examples/facts.rs`, not by hand.

use super::TypeId;

impl TypeId {
    /// `_aclitem`
    pub const ACLITEM_ARRAY: Self = Self(0);
    /// `_bit`
    pub const BIT_ARRAY: Self = Self(1);
    /// `_bool`
    pub const BOOL_ARRAY: Self = Self(2);
    /// `_box`
    pub const BOX_ARRAY: Self = Self(3);
    /// `_bpchar`
    pub const BPCHAR_ARRAY: Self = Self(4);
    /// `_bytea`
    pub const BYTEA_ARRAY: Self = Self(5);
    /// `_char`
    pub const CHAR_ARRAY: Self = Self(6);
    /// `_cid`
    pub const CID_ARRAY: Self = Self(7);
    /// `_cidr`
    pub const CIDR_ARRAY: Self = Self(8);
    /// `_circle`
    pub const CIRCLE_ARRAY: Self = Self(9);
    /// `_cstring`
    pub const CSTRING_ARRAY: Self = Self(10);
    /// `_date`
    pub const DATE_ARRAY: Self = Self(11);
    /// `_datemultirange`
    pub const DATEMULTIRANGE_ARRAY: Self = Self(12);
    /// `_daterange`
    pub const DATERANGE_ARRAY: Self = Self(13);
    /// `_float4`
    pub const FLOAT4_ARRAY: Self = Self(14);
    /// `_float8`
    pub const FLOAT8_ARRAY: Self = Self(15);
    /// `_gtsvector`
    pub const GTSVECTOR_ARRAY: Self = Self(16);
    /// `_inet`
    pub const INET_ARRAY: Self = Self(17);
    /// `_int2`
    pub const INT2_ARRAY: Self = Self(18);
    /// `_int2vector`
    pub const INT2VECTOR_ARRAY: Self = Self(19);
    /// `_int4`
    pub const INT4_ARRAY: Self = Self(20);
    /// `_int4multirange`
    pub const INT4MULTIRANGE_ARRAY: Self = Self(21);
    /// `_int4range`
    pub const INT4RANGE_ARRAY: Self = Self(22);
    /// `_int8`
    pub const INT8_ARRAY: Self = Self(23);
    /// `_int8multirange`
    pub const INT8MULTIRANGE_ARRAY: Self = Self(24);
    /// `_int8range`
    pub const INT8RANGE_ARRAY: Self = Self(25);
    /// `_interval`
    pub const INTERVAL_ARRAY: Self = Self(26);
    /// `_json`
    pub const JSON_ARRAY: Self = Self(27);
    /// `_jsonb`
    pub const JSONB_ARRAY: Self = Self(28);
    /// `_jsonpath`
    pub const JSONPATH_ARRAY: Self = Self(29);
    /// `_line`
    pub const LINE_ARRAY: Self = Self(30);
    /// `_lseg`
    pub const LSEG_ARRAY: Self = Self(31);
    /// `_macaddr`
    pub const MACADDR_ARRAY: Self = Self(32);
    /// `_macaddr8`
    pub const MACADDR8_ARRAY: Self = Self(33);
    /// `_money`
    pub const MONEY_ARRAY: Self = Self(34);
    /// `_name`
    pub const NAME_ARRAY: Self = Self(35);
    /// `_numeric`
    pub const NUMERIC_ARRAY: Self = Self(36);
    /// `_nummultirange`
    pub const NUMMULTIRANGE_ARRAY: Self = Self(37);
    /// `_numrange`
    pub const NUMRANGE_ARRAY: Self = Self(38);
    /// `_oid`
    pub const OID_ARRAY: Self = Self(39);
    /// `_oidvector`
    pub const OIDVECTOR_ARRAY: Self = Self(40);
    /// `_path`
    pub const PATH_ARRAY: Self = Self(41);
    /// `_pg_lsn`
    pub const PG_LSN_ARRAY: Self = Self(42);
    /// `_pg_snapshot`
    pub const PG_SNAPSHOT_ARRAY: Self = Self(43);
    /// `_pg_statistic`
    pub const PG_STATISTIC_ARRAY: Self = Self(44);
    /// `_point`
    pub const POINT_ARRAY: Self = Self(45);
    /// `_polygon`
    pub const POLYGON_ARRAY: Self = Self(46);
    /// `_record`
    pub const RECORD_ARRAY: Self = Self(47);
    /// `_refcursor`
    pub const REFCURSOR_ARRAY: Self = Self(48);
    /// `_regclass`
    pub const REGCLASS_ARRAY: Self = Self(49);
    /// `_regcollation`
    pub const REGCOLLATION_ARRAY: Self = Self(50);
    /// `_regconfig`
    pub const REGCONFIG_ARRAY: Self = Self(51);
    /// `_regdictionary`
    pub const REGDICTIONARY_ARRAY: Self = Self(52);
    /// `_regnamespace`
    pub const REGNAMESPACE_ARRAY: Self = Self(53);
    /// `_regoper`
    pub const REGOPER_ARRAY: Self = Self(54);
    /// `_regoperator`
    pub const REGOPERATOR_ARRAY: Self = Self(55);
    /// `_regproc`
    pub const REGPROC_ARRAY: Self = Self(56);
    /// `_regprocedure`
    pub const REGPROCEDURE_ARRAY: Self = Self(57);
    /// `_regrole`
    pub const REGROLE_ARRAY: Self = Self(58);
    /// `_regtype`
    pub const REGTYPE_ARRAY: Self = Self(59);
    /// `_text`
    pub const TEXT_ARRAY: Self = Self(60);
    /// `_tid`
    pub const TID_ARRAY: Self = Self(61);
    /// `_time`
    pub const TIME_ARRAY: Self = Self(62);
    /// `_timestamp`
    pub const TIMESTAMP_ARRAY: Self = Self(63);
    /// `_timestamptz`
    pub const TIMESTAMPTZ_ARRAY: Self = Self(64);
    /// `_timetz`
    pub const TIMETZ_ARRAY: Self = Self(65);
    /// `_tsmultirange`
    pub const TSMULTIRANGE_ARRAY: Self = Self(66);
    /// `_tsquery`
    pub const TSQUERY_ARRAY: Self = Self(67);
    /// `_tsrange`
    pub const TSRANGE_ARRAY: Self = Self(68);
    /// `_tstzmultirange`
    pub const TSTZMULTIRANGE_ARRAY: Self = Self(69);
    /// `_tstzrange`
    pub const TSTZRANGE_ARRAY: Self = Self(70);
    /// `_tsvector`
    pub const TSVECTOR_ARRAY: Self = Self(71);
    /// `_txid_snapshot`
    pub const TXID_SNAPSHOT_ARRAY: Self = Self(72);
    /// `_uuid`
    pub const UUID_ARRAY: Self = Self(73);
    /// `_varbit`
    pub const VARBIT_ARRAY: Self = Self(74);
    /// `_varchar`
    pub const VARCHAR_ARRAY: Self = Self(75);
    /// `_xid`
    pub const XID_ARRAY: Self = Self(76);
    /// `_xid8`
    pub const XID8_ARRAY: Self = Self(77);
    /// `_xml`
    pub const XML_ARRAY: Self = Self(78);
    /// `aclitem`
    pub const ACLITEM: Self = Self(79);
    /// `any`
    pub const ANY: Self = Self(80);
    /// `anyarray`
    pub const ANYARRAY: Self = Self(81);
    /// `anycompatible`
    pub const ANYCOMPATIBLE: Self = Self(82);
    /// `anycompatiblearray`
    pub const ANYCOMPATIBLEARRAY: Self = Self(83);
    /// `anycompatiblemultirange`
    pub const ANYCOMPATIBLEMULTIRANGE: Self = Self(84);
    /// `anycompatiblenonarray`
    pub const ANYCOMPATIBLENONARRAY: Self = Self(85);
    /// `anycompatiblerange`
    pub const ANYCOMPATIBLERANGE: Self = Self(86);
    /// `anyelement`
    pub const ANYELEMENT: Self = Self(87);
    /// `anyenum`
    pub const ANYENUM: Self = Self(88);
    /// `anymultirange`
    pub const ANYMULTIRANGE: Self = Self(89);
    /// `anynonarray`
    pub const ANYNONARRAY: Self = Self(90);
    /// `anyrange`
    pub const ANYRANGE: Self = Self(91);
    /// `bit`
    pub const BIT: Self = Self(92);
    /// `bool`
    pub const BOOL: Self = Self(93);
    /// `box`
    pub const BOX: Self = Self(94);
    /// `bpchar`
    pub const BPCHAR: Self = Self(95);
    /// `bytea`
    pub const BYTEA: Self = Self(96);
    /// `char`
    pub const CHAR: Self = Self(97);
    /// `cid`
    pub const CID: Self = Self(98);
    /// `cidr`
    pub const CIDR: Self = Self(99);
    /// `circle`
    pub const CIRCLE: Self = Self(100);
    /// `cstring`
    pub const CSTRING: Self = Self(101);
    /// `date`
    pub const DATE: Self = Self(102);
    /// `datemultirange`
    pub const DATEMULTIRANGE: Self = Self(103);
    /// `daterange`
    pub const DATERANGE: Self = Self(104);
    /// `event_trigger`
    pub const EVENT_TRIGGER: Self = Self(105);
    /// `fdw_handler`
    pub const FDW_HANDLER: Self = Self(106);
    /// `float4`
    pub const FLOAT4: Self = Self(107);
    /// `float8`
    pub const FLOAT8: Self = Self(108);
    /// `gtsvector`
    pub const GTSVECTOR: Self = Self(109);
    /// `index_am_handler`
    pub const INDEX_AM_HANDLER: Self = Self(110);
    /// `inet`
    pub const INET: Self = Self(111);
    /// `int2`
    pub const INT2: Self = Self(122);
    /// `int2vector`
    pub const INT2VECTOR: Self = Self(123);
    /// `int4`
    pub const INT4: Self = Self(124);
    /// `int4multirange`
    pub const INT4MULTIRANGE: Self = Self(125);
    /// `int4range`
    pub const INT4RANGE: Self = Self(126);
    /// `int8`
    pub const INT8: Self = Self(127);
    /// `int8multirange`
    pub const INT8MULTIRANGE: Self = Self(128);
    /// `int8range`
    pub const INT8RANGE: Self = Self(129);
    /// `internal`
    pub const INTERNAL: Self = Self(130);
    /// `interval`
    pub const INTERVAL: Self = Self(131);
    /// `json`
    pub const JSON: Self = Self(132);
    /// `jsonb`
    pub const JSONB: Self = Self(133);
    /// `jsonpath`
    pub const JSONPATH: Self = Self(134);
    /// `language_handler`
    pub const LANGUAGE_HANDLER: Self = Self(135);
    /// `line`
    pub const LINE: Self = Self(136);
    /// `lseg`
    pub const LSEG: Self = Self(137);
    /// `macaddr`
    pub const MACADDR: Self = Self(138);
    /// `macaddr8`
    pub const MACADDR8: Self = Self(139);
    /// `money`
    pub const MONEY: Self = Self(140);
    /// `name`
    pub const NAME: Self = Self(141);
    /// `numeric`
    pub const NUMERIC: Self = Self(142);
    /// `nummultirange`
    pub const NUMMULTIRANGE: Self = Self(143);
    /// `numrange`
    pub const NUMRANGE: Self = Self(144);
    /// `oid`
    pub const OID: Self = Self(145);
    /// `oidvector`
    pub const OIDVECTOR: Self = Self(146);
    /// `path`
    pub const PATH: Self = Self(147);
    /// `pg_brin_bloom_summary`
    pub const PG_BRIN_BLOOM_SUMMARY: Self = Self(148);
    /// `pg_brin_minmax_multi_summary`
    pub const PG_BRIN_MINMAX_MULTI_SUMMARY: Self = Self(149);
    /// `pg_ddl_command`
    pub const PG_DDL_COMMAND: Self = Self(150);
    /// `pg_dependencies`
    pub const PG_DEPENDENCIES: Self = Self(151);
    /// `pg_lsn`
    pub const PG_LSN: Self = Self(152);
    /// `pg_mcv_list`
    pub const PG_MCV_LIST: Self = Self(153);
    /// `pg_ndistinct`
    pub const PG_NDISTINCT: Self = Self(154);
    /// `pg_node_tree`
    pub const PG_NODE_TREE: Self = Self(155);
    /// `pg_snapshot`
    pub const PG_SNAPSHOT: Self = Self(156);
    /// `pg_statistic`
    pub const PG_STATISTIC: Self = Self(157);
    /// `point`
    pub const POINT: Self = Self(158);
    /// `polygon`
    pub const POLYGON: Self = Self(159);
    /// `record`
    pub const RECORD: Self = Self(160);
    /// `refcursor`
    pub const REFCURSOR: Self = Self(161);
    /// `regclass`
    pub const REGCLASS: Self = Self(162);
    /// `regcollation`
    pub const REGCOLLATION: Self = Self(163);
    /// `regconfig`
    pub const REGCONFIG: Self = Self(164);
    /// `regdictionary`
    pub const REGDICTIONARY: Self = Self(165);
    /// `regnamespace`
    pub const REGNAMESPACE: Self = Self(166);
    /// `regoper`
    pub const REGOPER: Self = Self(167);
    /// `regoperator`
    pub const REGOPERATOR: Self = Self(168);
    /// `regproc`
    pub const REGPROC: Self = Self(169);
    /// `regprocedure`
    pub const REGPROCEDURE: Self = Self(170);
    /// `regrole`
    pub const REGROLE: Self = Self(171);
    /// `regtype`
    pub const REGTYPE: Self = Self(172);
    /// `table_am_handler`
    pub const TABLE_AM_HANDLER: Self = Self(173);
    /// `text`
    pub const TEXT: Self = Self(174);
    /// `tid`
    pub const TID: Self = Self(175);
    /// `time`
    pub const TIME: Self = Self(176);
    /// `timestamp`
    pub const TIMESTAMP: Self = Self(177);
    /// `timestamptz`
    pub const TIMESTAMPTZ: Self = Self(178);
    /// `timetz`
    pub const TIMETZ: Self = Self(179);
    /// `trigger`
    pub const TRIGGER: Self = Self(180);
    /// `tsm_handler`
    pub const TSM_HANDLER: Self = Self(181);
    /// `tsmultirange`
    pub const TSMULTIRANGE: Self = Self(182);
    /// `tsquery`
    pub const TSQUERY: Self = Self(183);
    /// `tsrange`
    pub const TSRANGE: Self = Self(184);
    /// `tstzmultirange`
    pub const TSTZMULTIRANGE: Self = Self(185);
    /// `tstzrange`
    pub const TSTZRANGE: Self = Self(186);
    /// `tsvector`
    pub const TSVECTOR: Self = Self(187);
    /// `txid_snapshot`
    pub const TXID_SNAPSHOT: Self = Self(188);
    /// `unknown`
    pub const UNKNOWN: Self = Self(189);
    /// `uuid`
    pub const UUID: Self = Self(190);
    /// `varbit`
    pub const VARBIT: Self = Self(191);
    /// `varchar`
    pub const VARCHAR: Self = Self(192);
    /// `void`
    pub const VOID: Self = Self(193);
    /// `xid`
    pub const XID: Self = Self(194);
    /// `xid8`
    pub const XID8: Self = Self(195);
    /// `xml`
    pub const XML: Self = Self(196);
}

/// Every constant with the name it must have.
#[cfg(test)]
pub(super) const NAMED: &[(TypeId, &str)] = &[
    (TypeId::ACLITEM_ARRAY, "_aclitem"),
    (TypeId::BIT_ARRAY, "_bit"),
    (TypeId::BOOL_ARRAY, "_bool"),
    (TypeId::BOX_ARRAY, "_box"),
    (TypeId::BPCHAR_ARRAY, "_bpchar"),
    (TypeId::BYTEA_ARRAY, "_bytea"),
    (TypeId::CHAR_ARRAY, "_char"),
    (TypeId::CID_ARRAY, "_cid"),
    (TypeId::CIDR_ARRAY, "_cidr"),
    (TypeId::CIRCLE_ARRAY, "_circle"),
    (TypeId::CSTRING_ARRAY, "_cstring"),
    (TypeId::DATE_ARRAY, "_date"),
    (TypeId::DATEMULTIRANGE_ARRAY, "_datemultirange"),
    (TypeId::DATERANGE_ARRAY, "_daterange"),
    (TypeId::FLOAT4_ARRAY, "_float4"),
    (TypeId::FLOAT8_ARRAY, "_float8"),
    (TypeId::GTSVECTOR_ARRAY, "_gtsvector"),
    (TypeId::INET_ARRAY, "_inet"),
    (TypeId::INT2_ARRAY, "_int2"),
    (TypeId::INT2VECTOR_ARRAY, "_int2vector"),
    (TypeId::INT4_ARRAY, "_int4"),
    (TypeId::INT4MULTIRANGE_ARRAY, "_int4multirange"),
    (TypeId::INT4RANGE_ARRAY, "_int4range"),
    (TypeId::INT8_ARRAY, "_int8"),
    (TypeId::INT8MULTIRANGE_ARRAY, "_int8multirange"),
    (TypeId::INT8RANGE_ARRAY, "_int8range"),
    (TypeId::INTERVAL_ARRAY, "_interval"),
    (TypeId::JSON_ARRAY, "_json"),
    (TypeId::JSONB_ARRAY, "_jsonb"),
    (TypeId::JSONPATH_ARRAY, "_jsonpath"),
    (TypeId::LINE_ARRAY, "_line"),
    (TypeId::LSEG_ARRAY, "_lseg"),
    (TypeId::MACADDR_ARRAY, "_macaddr"),
    (TypeId::MACADDR8_ARRAY, "_macaddr8"),
    (TypeId::MONEY_ARRAY, "_money"),
    (TypeId::NAME_ARRAY, "_name"),
    (TypeId::NUMERIC_ARRAY, "_numeric"),
    (TypeId::NUMMULTIRANGE_ARRAY, "_nummultirange"),
    (TypeId::NUMRANGE_ARRAY, "_numrange"),
    (TypeId::OID_ARRAY, "_oid"),
    (TypeId::OIDVECTOR_ARRAY, "_oidvector"),
    (TypeId::PATH_ARRAY, "_path"),
    (TypeId::PG_LSN_ARRAY, "_pg_lsn"),
    (TypeId::PG_SNAPSHOT_ARRAY, "_pg_snapshot"),
    (TypeId::PG_STATISTIC_ARRAY, "_pg_statistic"),
    (TypeId::POINT_ARRAY, "_point"),
    (TypeId::POLYGON_ARRAY, "_polygon"),
    (TypeId::RECORD_ARRAY, "_record"),
    (TypeId::REFCURSOR_ARRAY, "_refcursor"),
    (TypeId::REGCLASS_ARRAY, "_regclass"),
    (TypeId::REGCOLLATION_ARRAY, "_regcollation"),
    (TypeId::REGCONFIG_ARRAY, "_regconfig"),
    (TypeId::REGDICTIONARY_ARRAY, "_regdictionary"),
    (TypeId::REGNAMESPACE_ARRAY, "_regnamespace"),
    (TypeId::REGOPER_ARRAY, "_regoper"),
    (TypeId::REGOPERATOR_ARRAY, "_regoperator"),
    (TypeId::REGPROC_ARRAY, "_regproc"),
    (TypeId::REGPROCEDURE_ARRAY, "_regprocedure"),
    (TypeId::REGROLE_ARRAY, "_regrole"),
    (TypeId::REGTYPE_ARRAY, "_regtype"),
    (TypeId::TEXT_ARRAY, "_text"),
    (TypeId::TID_ARRAY, "_tid"),
    (TypeId::TIME_ARRAY, "_time"),
    (TypeId::TIMESTAMP_ARRAY, "_timestamp"),
    (TypeId::TIMESTAMPTZ_ARRAY, "_timestamptz"),
    (TypeId::TIMETZ_ARRAY, "_timetz"),
    (TypeId::TSMULTIRANGE_ARRAY, "_tsmultirange"),
    (TypeId::TSQUERY_ARRAY, "_tsquery"),
    (TypeId::TSRANGE_ARRAY, "_tsrange"),
    (TypeId::TSTZMULTIRANGE_ARRAY, "_tstzmultirange"),
    (TypeId::TSTZRANGE_ARRAY, "_tstzrange"),
    (TypeId::TSVECTOR_ARRAY, "_tsvector"),
    (TypeId::TXID_SNAPSHOT_ARRAY, "_txid_snapshot"),
    (TypeId::UUID_ARRAY, "_uuid"),
    (TypeId::VARBIT_ARRAY, "_varbit"),
    (TypeId::VARCHAR_ARRAY, "_varchar"),
    (TypeId::XID_ARRAY, "_xid"),
    (TypeId::XID8_ARRAY, "_xid8"),
    (TypeId::XML_ARRAY, "_xml"),
    (TypeId::ACLITEM, "aclitem"),
    (TypeId::ANY, "any"),
    (TypeId::ANYARRAY, "anyarray"),
    (TypeId::ANYCOMPATIBLE, "anycompatible"),
    (TypeId::ANYCOMPATIBLEARRAY, "anycompatiblearray"),
    (TypeId::ANYCOMPATIBLEMULTIRANGE, "anycompatiblemultirange"),
    (TypeId::ANYCOMPATIBLENONARRAY, "anycompatiblenonarray"),
    (TypeId::ANYCOMPATIBLERANGE, "anycompatiblerange"),
    (TypeId::ANYELEMENT, "anyelement"),
    (TypeId::ANYENUM, "anyenum"),
    (TypeId::ANYMULTIRANGE, "anymultirange"),
    (TypeId::ANYNONARRAY, "anynonarray"),
    (TypeId::ANYRANGE, "anyrange"),
    (TypeId::BIT, "bit"),
    (TypeId::BOOL, "bool"),
    (TypeId::BOX, "box"),
    (TypeId::BPCHAR, "bpchar"),
    (TypeId::BYTEA, "bytea"),
    (TypeId::CHAR, "char"),
    (TypeId::CID, "cid"),
    (TypeId::CIDR, "cidr"),
    (TypeId::CIRCLE, "circle"),
    (TypeId::CSTRING, "cstring"),
    (TypeId::DATE, "date"),
    (TypeId::DATEMULTIRANGE, "datemultirange"),
    (TypeId::DATERANGE, "daterange"),
    (TypeId::EVENT_TRIGGER, "event_trigger"),
    (TypeId::FDW_HANDLER, "fdw_handler"),
    (TypeId::FLOAT4, "float4"),
    (TypeId::FLOAT8, "float8"),
    (TypeId::GTSVECTOR, "gtsvector"),
    (TypeId::INDEX_AM_HANDLER, "index_am_handler"),
    (TypeId::INET, "inet"),
    (TypeId::INT2, "int2"),
    (TypeId::INT2VECTOR, "int2vector"),
    (TypeId::INT4, "int4"),
    (TypeId::INT4MULTIRANGE, "int4multirange"),
    (TypeId::INT4RANGE, "int4range"),
    (TypeId::INT8, "int8"),
    (TypeId::INT8MULTIRANGE, "int8multirange"),
    (TypeId::INT8RANGE, "int8range"),
    (TypeId::INTERNAL, "internal"),
    (TypeId::INTERVAL, "interval"),
    (TypeId::JSON, "json"),
    (TypeId::JSONB, "jsonb"),
    (TypeId::JSONPATH, "jsonpath"),
    (TypeId::LANGUAGE_HANDLER, "language_handler"),
    (TypeId::LINE, "line"),
    (TypeId::LSEG, "lseg"),
    (TypeId::MACADDR, "macaddr"),
    (TypeId::MACADDR8, "macaddr8"),
    (TypeId::MONEY, "money"),
    (TypeId::NAME, "name"),
    (TypeId::NUMERIC, "numeric"),
    (TypeId::NUMMULTIRANGE, "nummultirange"),
    (TypeId::NUMRANGE, "numrange"),
    (TypeId::OID, "oid"),
    (TypeId::OIDVECTOR, "oidvector"),
    (TypeId::PATH, "path"),
    (TypeId::PG_BRIN_BLOOM_SUMMARY, "pg_brin_bloom_summary"),
    (
        TypeId::PG_BRIN_MINMAX_MULTI_SUMMARY,
        "pg_brin_minmax_multi_summary",
    ),
    (TypeId::PG_DDL_COMMAND, "pg_ddl_command"),
    (TypeId::PG_DEPENDENCIES, "pg_dependencies"),
    (TypeId::PG_LSN, "pg_lsn"),
    (TypeId::PG_MCV_LIST, "pg_mcv_list"),
    (TypeId::PG_NDISTINCT, "pg_ndistinct"),
    (TypeId::PG_NODE_TREE, "pg_node_tree"),
    (TypeId::PG_SNAPSHOT, "pg_snapshot"),
    (TypeId::PG_STATISTIC, "pg_statistic"),
    (TypeId::POINT, "point"),
    (TypeId::POLYGON, "polygon"),
    (TypeId::RECORD, "record"),
    (TypeId::REFCURSOR, "refcursor"),
    (TypeId::REGCLASS, "regclass"),
    (TypeId::REGCOLLATION, "regcollation"),
    (TypeId::REGCONFIG, "regconfig"),
    (TypeId::REGDICTIONARY, "regdictionary"),
    (TypeId::REGNAMESPACE, "regnamespace"),
    (TypeId::REGOPER, "regoper"),
    (TypeId::REGOPERATOR, "regoperator"),
    (TypeId::REGPROC, "regproc"),
    (TypeId::REGPROCEDURE, "regprocedure"),
    (TypeId::REGROLE, "regrole"),
    (TypeId::REGTYPE, "regtype"),
    (TypeId::TABLE_AM_HANDLER, "table_am_handler"),
    (TypeId::TEXT, "text"),
    (TypeId::TID, "tid"),
    (TypeId::TIME, "time"),
    (TypeId::TIMESTAMP, "timestamp"),
    (TypeId::TIMESTAMPTZ, "timestamptz"),
    (TypeId::TIMETZ, "timetz"),
    (TypeId::TRIGGER, "trigger"),
    (TypeId::TSM_HANDLER, "tsm_handler"),
    (TypeId::TSMULTIRANGE, "tsmultirange"),
    (TypeId::TSQUERY, "tsquery"),
    (TypeId::TSRANGE, "tsrange"),
    (TypeId::TSTZMULTIRANGE, "tstzmultirange"),
    (TypeId::TSTZRANGE, "tstzrange"),
    (TypeId::TSVECTOR, "tsvector"),
    (TypeId::TXID_SNAPSHOT, "txid_snapshot"),
    (TypeId::UNKNOWN, "unknown"),
    (TypeId::UUID, "uuid"),
    (TypeId::VARBIT, "varbit"),
    (TypeId::VARCHAR, "varchar"),
    (TypeId::VOID, "void"),
    (TypeId::XID, "xid"),
    (TypeId::XID8, "xid8"),
    (TypeId::XML, "xml"),
];
