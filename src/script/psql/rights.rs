//! What the role of a run must own, and what it must be allowed, before the first step; `rights.sql` asks the database.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::diagnostic::Direction;
use crate::kind::{Defined, Kind};
use crate::lower::Act;
use crate::model::opaque::qualify;
use crate::schema::{Object, ObjectId};
use crate::script::psql::route::Route;
use crate::token::quote_identifier;

/// Names as SQL writes them. What the release makes itself is not among them.
#[derive(Debug, Default, Serialize)]
pub(super) struct Rights {
    /// What it must own, by a word for the kind.
    owned: BTreeMap<&'static str, BTreeSet<String>>,
    /// Schemas in which it must create something, and those that it makes.
    pub(super) creates_in: BTreeSet<String>,
    makes_schemas: BTreeSet<String>,
    /// Tables whose rows it changes: by `update` alone, or `any` way.
    changes_rows: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Route<'_> {
    pub(super) fn rights(&self) -> Rights {
        let mut rights = Rights::default();
        for id in &self.pack.touched {
            self.of_object(id, &mut rights);
        }
        if self.starts.contains(&None) && self.direction == Direction::Upgrade {
            let schema = quote_identifier(&self.version_table.schema);
            rights.creates_in.insert(schema.to_string());
        }
        self.of_rows(&mut rights);
        rights
    }

    fn of_object(&self, id: &ObjectId, rights: &mut Rights) {
        let (there, made) = match self.direction {
            Direction::Upgrade => (&self.pack.before, &self.pack.after),
            Direction::Downgrade => (&self.pack.after, &self.pack.before),
        };
        if let Some(object) = there.get(id)
            && let Some((word, name)) = owned(id, object)
        {
            rights.owned.entry(word).or_default().insert(name);
        }
        if made.get(id).is_none() || there.get(id).is_some() {
            return;
        }
        if let ObjectId::Relation(name) | ObjectId::Type(name) = id {
            let schema = quote_identifier(&name.schema);
            rights.creates_in.insert(schema.to_string());
        } else if let ObjectId::Namespace(name) = id {
            let schema = quote_identifier(name);
            rights.makes_schemas.insert(schema.to_string());
        }
    }

    /// The tables that are there and whose rows SQL of the authors changes.
    fn of_rows(&self, rights: &mut Rights) {
        let there = match self.direction {
            Direction::Upgrade => &self.pack.before,
            Direction::Downgrade => &self.pack.after,
        };
        for statement in self.statements() {
            let Act::Raw(raw) = &statement.act else {
                continue;
            };
            for write in &raw.facts.writes {
                let name = qualify(&write.table, &self.pack.config.schema);
                let Some(name) = name.filter(|it| there.table(it).is_some()) else {
                    continue;
                };
                let verb = if write.columns.is_some() {
                    "update"
                } else {
                    "any"
                };
                let tables = rights.changes_rows.entry(verb).or_default();
                tables.insert(name.qualified().to_string());
            }
        }
    }
}

/// The word and the name of what must be owned to change an object; an index goes with its table.
fn owned(id: &ObjectId, object: &Object) -> Option<(&'static str, String)> {
    if let Some(index) = object.as_index() {
        return Some(("table", index.table.qualified().to_string()));
    }
    let (ObjectId::Relation(name) | ObjectId::Type(name) | ObjectId::Opaque(_, name)) = id else {
        return None;
    };
    let word = match object.kind() {
        Kind::Table => "table",
        Kind::Sequence => "sequence",
        Kind::Type | Kind::Domain => "type",
        Kind::Defined(Defined::View | Defined::MaterializedView | Defined::ForeignTable) => "view",
        Kind::Defined(Defined::Function | Defined::Procedure | Defined::Aggregate) => "function",
        Kind::Schema
        | Kind::Extension
        | Kind::Index
        | Kind::Defined(
            Defined::AccessMethod
            | Defined::Stale
            | Defined::Collation
            | Defined::Operator
            | Defined::OperatorClass
            | Defined::Policy
            | Defined::Publication
            | Defined::Role
            | Defined::Rule
            | Defined::Server
            | Defined::Statistics
            | Defined::Subscription
            | Defined::Trigger,
        ) => return None,
    };
    Some((word, name.qualified().to_string()))
}
