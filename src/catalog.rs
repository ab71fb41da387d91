//! What a live database holds, read from `pg_catalog` into the objects of the model; and what differs between two such
//! sets of objects, one of which may be the model itself.
//!
//! Nothing here talks to a server: [`READ`] is what somebody runs by psql, and [`Catalog::read`] takes what it says.

mod compare;
mod compared;
mod difference;
mod explain;
mod facts;
mod question;
mod read;
mod said;
mod stand_in;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use smol_str::SmolStr;

use crate::name::Name;
use crate::schema::{Object, ObjectId};
use crate::token::quote_literal;

pub use compare::{Answers, Comparison, Scope};
pub use difference::{Difference, STATES, shown};
pub use facts::{Fact, Facts, Part, facts};

/// The first statement of all that is sent to a server, with no call before it: a database or a role may have a path of its
/// own, with functions and operators on it that are called like PostgreSQL's. `pg_temp` stands last, since relations are looked
/// for there first where it is not named.
pub const PATH: &str = include_str!("catalog/path.sql");

/// Takes the role of the configuration, as the scripts that change something do, where whoever looks may take it; `set` is `set` or
/// `set local`.
#[must_use]
pub fn take_role(role: Option<&str>, set: &str) -> String {
    role.map_or_else(String::new, |role| {
        format!(
            "do $limbeck$ begin execute format('{set} role %I', {}); exception when others then null; end $limbeck$;\n",
            quote_literal(role)
        )
    })
}

/// A query for the roles that may own what a script rests on.
pub const TRUSTED: &str = include_str!("catalog/trusted.sql");

/// A query that says what is odd about the table `tested`, an oid, and includes [`TRUSTED`].
pub const ODD_TABLE: &str = include_str!("catalog/odd_table.sql");

/// A SELECT that tells whether a table, as SQL writes its name, is there and may be read, and what is odd about it.
#[must_use]
pub fn plain_table(table: &str) -> String {
    let odd = ODD_TABLE.replace("{% include \"trusted.sql\" %}", TRUSTED);
    format!(
        "select tested is not null as is_there, tested is not null and coalesce(odd = '', false) as is_plain, coalesce(odd, '') as oddity
  from (select to_regclass({})::oid as tested) as it left join lateral (
{odd}
) as oddity (odd) on true",
        quote_literal(table)
    )
}

/// What the words of `pg_catalog` and the meaning of literals hang on: a database or a role may have settings of its own.
const PINNED: &str = include_str!("catalog/pinned.sql");

/// Queries of `with` that say what a server has of each object in `asked`, as [`facts()`] says what the model has.
pub const FACTS: &str = include_str!("catalog/facts.sql");

/// SQL that tells what a database holds, for `psql -X -A -t -q`. It changes nothing but settings of its session.
pub const READ: &str = concat!(
    include_str!("catalog/path.sql"),
    include_str!("catalog/pinned.sql"),
    include_str!("catalog/asked.sql"),
    include_str!("catalog/facts.sql"),
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
    /// By part and fact of an object, what holds where nothing is said: an author may have said so.
    pub usual: BTreeMap<ObjectId, BTreeMap<String, BTreeMap<SmolStr, Value>>>,
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
    /// The number, in this database, of the table, sequence, type or schema with which it goes. None of what only raw SQL
    /// makes.
    pub bearer: Option<String>,
    /// The same of the facts that go with a column (`16384.1`), an index or a constraint of it.
    pub bearers: BTreeMap<String, String>,
}

impl Catalog {
    /// Leaves out a table, with all that is said of it.
    pub fn forget(&mut self, table: &Name) {
        self.objects.remove(&ObjectId::Relation(table.clone()));
        self.others.remove(&format!("table {}", table.qualified()));
    }

    /// SQL that tells which of all that bears something here are there no longer.
    #[must_use]
    pub fn gone(&self) -> String {
        let others = self.others.values();
        let bearers: BTreeSet<&String> = others
            .flat_map(|it| it.bearer.iter().chain(it.bearers.values()))
            .collect();
        let values = bearers.iter().map(|it| {
            let (object, column) = it.split_once('.').unwrap_or((it, "0"));
            format!("({object}::oid, {column}, {})", quote_literal(it))
        });
        let values: Vec<String> = values.collect();
        if values.is_empty() {
            return String::new();
        }
        let catalogs = [
            "pg_class",
            "pg_type",
            "pg_namespace",
            "pg_constraint",
            "pg_trigger",
            "pg_policy",
            "pg_rewrite",
            "pg_statistic_ext",
        ];
        let missing =
            catalogs.map(|it| format!("not exists (select from {it} as c where c.oid = w.object)"));
        format!(
            "select w.bearer from (values {}) as w (object, number, bearer)
 where {} or w.number > 0 and not exists (select from pg_attribute where attrelid = w.object and attnum = w.number and not attisdropped);\n",
            values.join(", "),
            missing.join(" and ")
        )
    }

    /// Takes an object as it is in `after`, with all that is said of it: somebody let it be so.
    pub fn accept(&mut self, after: &Self, id: &ObjectId) {
        let object = after.objects.get(id).or_else(|| self.objects.get(id));
        let Some(called) = object.map(|it| shown(id, it)) else {
            return;
        };
        match after.objects.get(id) {
            Some(object) => drop(self.objects.insert(id.clone(), object.clone())),
            None => drop(self.objects.remove(id)),
        }
        // Functions of one name with other arguments are one object here.
        let is_of = |what: &str| {
            let rest = what.strip_prefix(&called);
            rest.is_some_and(|it| it.is_empty() || it.starts_with('('))
        };
        let others = self.others.keys().chain(after.others.keys());
        let others: BTreeSet<String> = others.filter(|it| is_of(it)).cloned().collect();
        for what in others {
            match after.others.get(&what) {
                Some(other) => drop(self.others.insert(what, other.clone())),
                None => drop(self.others.remove(&what)),
            }
        }
    }

    /// Leaves out what `gone` bore, which was made again since, as it is in `after`.
    pub fn lose_attachments(&mut self, after: &Self, gone: &BTreeSet<&str>) {
        let is_gone = |it: Option<&String>| it.is_some_and(|bearer| gone.contains(bearer.as_str()));
        self.others.retain(|name, other| {
            let is_again = is_gone(other.bearer.as_ref());
            let Some(after) = after.others.get(name) else {
                let bearers = &other.bearers;
                other
                    .facts
                    .retain(|what, _| !is_again && !is_gone(bearers.get(what)));
                return !is_again && (other.is_whole || !other.facts.is_empty());
            };
            let (lost, kept, bearers) = (&mut other.facts, &after.facts, &other.bearers);
            lost.retain(|what, _| {
                kept.contains_key(what) || !is_again && !is_gone(bearers.get(what))
            });
            if is_again {
                for what in ["the owner", "the privileges"] {
                    lost.extend(
                        kept.get_key_value(what)
                            .map(|it| (it.0.clone(), it.1.clone())),
                    );
                }
            }
            true
        });
    }
}
