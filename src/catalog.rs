//! What a live database holds, read from `pg_catalog` into the objects of the model; and what differs between two such
//! sets of objects, one of which may be the model itself.
//!
//! Nothing here talks to a server: [`READ`] is what somebody runs by psql, and [`Catalog::read`] takes what it says.

mod compare;
mod difference;
mod explain;
mod facts;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;
use crate::schema::{Object, ObjectId};

pub use compare::{Answers, Comparison, Scope};
pub use difference::Difference;

/// What the words of `pg_catalog` and the meaning of literals hang on: a database or a role may have settings of its own.
const PINNED: &str = include_str!("catalog/pinned.sql");

/// SQL that tells what a database holds, for `psql -X -A -t -q`. It changes nothing but settings of its session.
pub const READ: &str = concat!(
    include_str!("catalog/pinned.sql"),
    include_str!("catalog/read.sql")
);

/// The database itself among [`Catalog::others`].
pub const DATABASE: &str = "database";

/// What a database holds but for PostgreSQL's own objects and those of extensions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    /// As `server_version_num` has it, such as 150018.
    pub version: u32,
    pub objects: BTreeMap<ObjectId, Object>,
    /// The indexes that queries cannot use.
    pub invalid: BTreeSet<Name>,
    /// The tables whose rows cannot grow out of a page: PostgreSQL forgets their storage parameters `toast.…`.
    pub without_toast: BTreeSet<Name>,
    /// What the model has no place for, by kind and name. It can be compared with what the same server said at another time.
    pub others: BTreeMap<String, Other>,
    /// What could not be read, by kind and name, each with its definition: syntax of a newer server.
    pub unread: BTreeMap<String, String>,
}

/// What is said of an object besides what the model knows: its owner, its privileges, the definition of a view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Other {
    /// False where the object itself is among those of the model.
    pub is_whole: bool,
    /// By what they tell of. What is as by default is not there.
    pub facts: BTreeMap<String, String>,
}

impl Catalog {
    /// Leaves out a table, with all that is said of it.
    pub fn forget(&mut self, table: &Name) {
        self.objects.remove(&ObjectId::Relation(table.clone()));
        self.others.remove(&format!("table {}", table.qualified()));
    }

    /// Leaves out what objects that were made again have no longer, as it is in `after`.
    pub fn lose_attachments(&mut self, after: &Self) {
        self.others.retain(|name, other| {
            let Some(after) = after.others.get(name) else {
                return false;
            };
            let (lost, kept) = (&mut other.facts, &after.facts);
            lost.retain(|what, _| kept.contains_key(what));
            for what in ["the owner", "the privileges"] {
                lost.extend(
                    kept.get_key_value(what)
                        .map(|it| (it.0.clone(), it.1.clone())),
                );
            }
            true
        });
    }
}
