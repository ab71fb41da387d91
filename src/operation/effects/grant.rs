//! `grant` and `revoke` (`ExecuteGrantStmt` of PostgreSQL's source).

use std::ops::Range;

use smol_str::SmolStr;

use crate::model::opaque::qualify;
use crate::operation::effects::wrong;
use crate::schema::{Object, Refusal, Schema};
use crate::tree::definition::Named;

const COLUMN: [&str; 4] = ["select", "insert", "update", "references"];

/// Refuses privileges that such objects do not have.
pub(super) fn check(
    schema: &Schema,
    on: &str,
    privileges: &[(SmolStr, bool, Range<usize>)],
    names: &[Named],
    text: &str,
) -> Result<(), Refusal> {
    let known: &[&str] = match on {
        "table" => &[
            "select",
            "insert",
            "update",
            "delete",
            "truncate",
            "references",
            "trigger",
            "maintain",
        ],
        "sequence" => &["usage", "select", "update"],
        "function" => &["execute"],
        "schema" => &["create", "usage"],
        "large object" => &["select", "update"],
        _ => &["usage"],
    };
    let is_table = |named: &Named| {
        qualify(&named.name.parts, &schema.default)
            .and_then(|it| schema.relation(&it))
            .is_some_and(|it| matches!(it, Object::Table(_)))
    };
    for (privilege, has_columns, range) in privileges {
        let word = privilege.as_str();
        let refuse = |of: &str, words: &[&str]| {
            Err(wrong(
                text,
                range,
                format!("there is no privilege `{word}` on a {of}"),
            )
            .help(format!("it has: {}", words.join(", "))))
        };
        if word == "all" {
            continue;
        }
        if *has_columns && !COLUMN.contains(&word) {
            return refuse("column", &COLUMN);
        }
        // `on` alone may name a sequence, too.
        let may_be_sequence = on == "table"
            && word == "usage"
            && !names.iter().all(|it| it.kind != "relation" || is_table(it));
        if !known.contains(&word) && !may_be_sequence {
            return refuse(on, known);
        }
    }
    let untrusted = names.iter().find(|it| {
        it.kind == "language"
            && matches!(it.name.parts.as_slice(), [one] if one == "c" || one == "internal")
    });
    match untrusted {
        Some(language) => Err(wrong(
            text,
            &language.name.range,
            "only superusers use this language, so nobody is granted it",
        )),
        None => Ok(()),
    }
}
