//! What must hold in a database for a statement to run, as data and as SQL.

use crate::kind::{Kind, Space};
use crate::name::Name;
use crate::schema::{Part, Subject};
use crate::token::{quote_identifier, quote_literal};

/// A question to the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    Exists(Subject),
    Absent(Subject),
    /// The index is there, but its build did not come to its end.
    IndexInvalid(Name),
    /// The table is a partition.
    Attached(Name),
    /// It is one, and nobody began to detach it concurrently; or somebody did.
    NotPending(Name),
    Pending(Name),
}

/// Whether a partition is on its way out of its table. The column came with the statement, in version 14.
const PENDING: &str = "coalesce((to_json(i) ->> 'inhdetachpending')::boolean, false)";

impl Condition {
    /// A boolean SQL expression, for a session whose path is `pg_catalog, pg_temp`.
    #[must_use]
    pub fn sql(&self) -> String {
        match self {
            Self::Exists(subject) => exists(subject, true),
            Self::Absent(subject) => exists(subject, false),
            Self::IndexInvalid(index) => format!(
                "exists (select from pg_index where indexrelid = to_regclass({}) and not indisvalid)",
                text_of(index)
            ),
            Self::Attached(partition) => attached(partition, "true"),
            Self::NotPending(partition) => attached(partition, &format!("not {PENDING}")),
            Self::Pending(partition) => attached(partition, PENDING),
        }
    }
}

fn attached(partition: &Name, condition: &str) -> String {
    format!(
        "exists (select from pg_inherits i where inhrelid = to_regclass({}) and {condition})",
        text_of(partition)
    )
}

/// Whether a subject is there, or is not.
fn exists(subject: &Subject, is_there: bool) -> String {
    let Subject { kind, name, part } = subject;
    let own = quote_literal(subject.own_name());
    let found = match part {
        Some(Part::Column(_) | Part::Attribute(_)) => format!(
            "exists (select from pg_attribute where attrelid = to_regclass({}) and attname = {own} and not attisdropped)",
            text_of(name)
        ),
        Some(Part::Constraint(_)) if *kind == Kind::Domain => format!(
            "exists (select from pg_constraint where contypid = to_regtype({}) and conname = {own})",
            text_of(name)
        ),
        Some(Part::Constraint(_)) => format!(
            "exists (select from pg_constraint where conrelid = to_regclass({}) and conname = {own})",
            text_of(name)
        ),
        Some(Part::Value(_)) => format!(
            "exists (select from pg_enum where enumtypid = to_regtype({}) and enumlabel = {own})",
            text_of(name)
        ),
        None => {
            let found = match kind.facts().space {
                Space::Namespaces => {
                    let name = quote_literal(&quote_identifier(&name.name));
                    format!("to_regnamespace({name})")
                }
                Space::Types => format!("to_regtype({})", text_of(name)),
                Space::Relations => format!("to_regclass({})", text_of(name)),
                Space::Extensions => {
                    format!("(select oid from pg_extension where extname = {own})")
                }
                Space::Functions | Space::OnTable | Space::Own => {
                    unreachable!("no statement asks whether {kind} {name} is there")
                }
            };
            return format!("{found} is {}null", if is_there { "not " } else { "" });
        }
    };
    if is_there {
        found
    } else {
        format!("not {found}")
    }
}

/// `'schema.name'` for `to_regclass` and `to_regtype`.
pub(super) fn text_of(name: &Name) -> String {
    quote_literal(&name.qualified())
}
