//! Functions whose results change: none of their variants is `immutable`, so that no index and no generated column can
//! call them.

use smol_str::SmolStr;

use super::Expression;
use crate::raw_sql::ReferenceKind;
use crate::token::{TokenKind, lex};

impl Expression {
    /// A call whose result may be another one tomorrow, as it is written. Functions of users and extensions are unknown
    /// here, and of the server's own only those are known that have no immutable variant.
    #[must_use]
    pub fn mutable_call(&self) -> Option<&str> {
        let text = self.text();
        let tokens = lex(text, 0, text.len()).ok()?;
        let value = tokens.iter().enumerate().find(|(at, token)| {
            let after_dot = *at > 0 && tokens[at - 1].is(text, ".");
            token.kind == TokenKind::Word && !after_dot && VALUES.contains(&token.text(text))
        });
        if let Some((_, token)) = value {
            return Some(token.text(text));
        }
        let called = self.of(ReferenceKind::Function);
        let name = called.filter_map(|it| match it.parts.as_slice() {
            [name] => Some(name),
            [schema, name] if schema == "pg_catalog" => Some(name),
            _ => None,
        });
        name.map(SmolStr::as_str)
            .find(|it| FUNCTIONS.binary_search(it).is_ok())
    }
}

/// `SQLValueFunction` of PostgreSQL's parser: they are called without parentheses, and all are reserved words.
const VALUES: [&str; 11] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

/// From `pg_proc.provolatile` of server 15, without what only the server itself calls; sorted.
#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "array_to_json", "array_to_string", "clock_timestamp", "col_description", "concat", "concat_ws", "convert",
    "convert_from", "convert_to", "current_database", "current_query", "current_setting", "currval", "enum_first",
    "enum_last", "enum_range", "format", "format_type", "gen_random_uuid", "inet_client_addr", "inet_client_port",
    "inet_server_addr", "inet_server_port", "json_build_array", "json_build_object", "json_populate_record",
    "json_populate_recordset", "json_to_record", "json_to_recordset", "jsonb_build_array", "jsonb_build_object",
    "jsonb_path_exists_tz", "jsonb_path_match_tz", "jsonb_path_query_array_tz", "jsonb_path_query_first_tz",
    "jsonb_path_query_tz", "jsonb_populate_record", "jsonb_populate_recordset", "jsonb_to_record",
    "jsonb_to_recordset", "lastval", "make_timestamptz", "nextval", "now", "obj_description", "pg_backend_pid",
    "pg_get_constraintdef", "pg_get_expr", "pg_get_functiondef", "pg_get_indexdef", "pg_get_serial_sequence",
    "pg_get_viewdef", "pg_relation_size", "pg_sleep", "pg_table_size", "pg_total_relation_size", "pg_typeof",
    "query_to_xml", "random", "row_to_json", "set_config", "setseed", "setval", "shobj_description",
    "statement_timestamp", "table_to_xml", "timeofday", "to_char", "to_date", "to_json", "to_jsonb", "to_number",
    "to_regclass", "to_regtype", "transaction_timestamp", "txid_current", "txid_current_if_assigned",
    "txid_current_snapshot", "version",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_sorted() {
        assert!(FUNCTIONS.is_sorted());
    }

    #[test]
    fn calls() {
        for (text, expected) in [
            ("lower(a)", None),
            ("a > now()", Some("now")),
            ("a > pg_catalog.now()", Some("now")),
            ("app.now()", None),
            ("current_date - a", Some("current_date")),
            ("\"user\" || 'now()'", None),
            ("(t).user", None),
        ] {
            let expression = Expression::parse(text).unwrap();
            assert_eq!(expression.mutable_call(), expected, "{text}");
        }
    }
}
