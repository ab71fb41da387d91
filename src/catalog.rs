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

/// SQL that tells what a database holds, for `psql -X -A -t -q`. It changes nothing but the `search_path` of its session.
pub const READ: &str = include_str!("catalog/read.sql");

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
    /// What the model has no place for, by kind and name, each with its definition. It can be compared with what the same
    /// server said at another time.
    pub others: BTreeMap<String, String>,
    /// What could not be read, by kind and name, each with its definition: syntax of a newer server.
    pub unread: BTreeMap<String, String>,
}

impl Catalog {
    /// Leaves out a table, with all that is said of it.
    pub fn forget(&mut self, table: &Name) {
        self.objects.remove(&ObjectId::Relation(table.clone()));
        for kind in ["settings", "privileges on table"] {
            self.others.remove(&format!("{kind} {}", table.qualified()));
        }
    }
}
