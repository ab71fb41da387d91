//! The storage parameters of tables and indexes (manual: CREATE TABLE and CREATE INDEX "Storage Parameters"; the names were
//! tried on servers 14 to 18).

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::schema::Refusal;
use crate::token::string_value;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Boolean,
    Integer,
    Number,
    OneOf(&'static [&'static str]),
}

use Takes::{Boolean, Integer, Number, OneOf};

/// A parameter and the version that brought it.
type Parameter = (&'static str, Takes, u8);

/// Those of a table, and behind `toast.` those of its TOAST table.
const VACUUM: &[Parameter] = &[
    ("autovacuum_enabled", Boolean, 14),
    ("autovacuum_freeze_max_age", Integer, 14),
    ("autovacuum_freeze_min_age", Integer, 14),
    ("autovacuum_freeze_table_age", Integer, 14),
    ("autovacuum_multixact_freeze_max_age", Integer, 14),
    ("autovacuum_multixact_freeze_min_age", Integer, 14),
    ("autovacuum_multixact_freeze_table_age", Integer, 14),
    ("autovacuum_vacuum_cost_delay", Number, 14),
    ("autovacuum_vacuum_cost_limit", Integer, 14),
    ("autovacuum_vacuum_insert_scale_factor", Number, 14),
    ("autovacuum_vacuum_insert_threshold", Integer, 14),
    ("autovacuum_vacuum_max_threshold", Integer, 18),
    ("autovacuum_vacuum_scale_factor", Number, 14),
    ("autovacuum_vacuum_threshold", Integer, 14),
    ("log_autovacuum_min_duration", Integer, 14),
    (
        "vacuum_index_cleanup",
        OneOf(&["auto", "on", "off", "true", "false", "yes", "no", "1", "0"]),
        14,
    ),
    ("vacuum_max_eager_freeze_failure_rate", Number, 18),
    ("vacuum_truncate", Boolean, 14),
];

const TABLE: &[Parameter] = &[
    ("autovacuum_analyze_scale_factor", Number, 14),
    ("autovacuum_analyze_threshold", Integer, 14),
    ("fillfactor", Integer, 14),
    ("parallel_workers", Integer, 14),
    ("toast_tuple_target", Integer, 14),
    ("user_catalog_table", Boolean, 14),
];

fn of_index(method: &str) -> Option<&'static [Parameter]> {
    Some(match method {
        "btree" => &[
            ("deduplicate_items", Boolean, 14),
            ("fillfactor", Integer, 14),
        ],
        "hash" | "spgist" => &[("fillfactor", Integer, 14)],
        "gist" => &[
            ("buffering", OneOf(&["auto", "on", "off"]), 14),
            ("fillfactor", Integer, 14),
        ],
        "gin" => &[
            ("fastupdate", Boolean, 14),
            ("gin_pending_list_limit", Integer, 14),
        ],
        "brin" => &[
            ("autosummarize", Boolean, 14),
            ("pages_per_range", Integer, 14),
        ],
        // An extension's.
        _ => return None,
    })
}

/// Refuses parameters that a table does not have.
pub fn check_table(
    options: &BTreeMap<SmolStr, SmolStr>,
    is_partitioned: bool,
    server: u8,
) -> Result<(), Refusal> {
    for (name, value) in options {
        // `without oids`, which is all there is.
        if name == "oids" {
            if is_boolean(&plain(value)) == Some(false) {
                continue;
            }
            return Err(Refusal::new(
                Code::InvalidQuery,
                "tables `with oids` are not supported since PostgreSQL 12",
            )
            .help("remove it, and add an identity column if you need one")
            .at([name.clone()]));
        }
        if is_partitioned {
            return Err(Refusal::new(
                Code::InvalidPartition,
                "a partitioned table has no storage parameters",
            )
            .help("set them for each partition")
            .at(["with".into(), name.clone()]));
        }
        let bare = name.strip_prefix("toast.");
        let own: &[Parameter] = if bare.is_some() { &[] } else { TABLE };
        let known = own.iter().chain(VACUUM);
        check(bare.unwrap_or(name), name, value, known, server)?;
    }
    Ok(())
}

/// Refuses parameters that an index of that method does not have.
pub fn check_index(
    options: &BTreeMap<SmolStr, SmolStr>,
    method: &str,
    server: u8,
) -> Result<(), Refusal> {
    let Some(known) = of_index(method) else {
        return Ok(());
    };
    for (name, value) in options {
        check(name, name, value, known.iter(), server)?;
    }
    Ok(())
}

fn check<'p>(
    name: &str,
    written: &SmolStr,
    value: &str,
    known: impl Iterator<Item = &'p Parameter> + Clone,
    server: u8,
) -> Result<(), Refusal> {
    let refuse = |message: String| Refusal::new(Code::InvalidQuery, message).at([written.clone()]);
    let Some((_, takes, since)) = known.clone().find(|it| it.0 == name) else {
        let names = known.map(|it| it.0);
        return Err(
            refuse(format!("there is no storage parameter \"{written}\" here"))
                .suggest(name, names),
        );
    };
    if server < *since {
        return Err(refuse(format!(
            "the storage parameter \"{written}\" requires PostgreSQL {since}"
        )));
    }
    let value = plain(value);
    let wanted = match takes {
        Boolean if is_boolean(&value).is_none() => "a boolean",
        Integer if value.parse::<f64>().is_err() && !value.starts_with("0x") => "an integer",
        Number if value.parse::<f64>().is_err() => "a number",
        OneOf(values) if !values.iter().any(|it| it.eq_ignore_ascii_case(&value)) => {
            return Err(refuse(format!(
                "the storage parameter \"{written}\" must be one of {}, not {value}",
                values.join(", ")
            )));
        }
        Boolean | Integer | Number | OneOf(_) => return Ok(()),
    };
    Err(refuse(format!(
        "the storage parameter \"{written}\" must be {wanted}, not {value}"
    )))
}

/// The value without quotes; one that is not given is true.
fn plain(value: &str) -> String {
    if value.is_empty() {
        return "true".to_owned();
    }
    string_value(value).unwrap_or_else(|| value.to_owned())
}

/// As PostgreSQL reads a boolean (`parse_bool`).
fn is_boolean(value: &str) -> Option<bool> {
    let lower = value.to_ascii_lowercase();
    let begins = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    match () {
        () if begins("true", 1) || begins("yes", 1) || lower == "on" || lower == "1" => Some(true),
        () if begins("false", 1) || begins("no", 1) || begins("off", 2) || lower == "0" => {
            Some(false)
        }
        () => None,
    }
}
