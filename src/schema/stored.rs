//! What the schema keeps of an object, and who refers to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::schema::id::ObjectId;
use crate::schema::object::Object;
use crate::schema::{Bond, ConstraintName, Reference};

/// An object with what it refers to and the names that it takes among constraints, so that neither is worked out again
/// when a change is taken back.
#[derive(Debug, Clone)]
pub struct Stored {
    pub(super) object: Arc<Object>,
    /// Sorted, without repetitions.
    pub(super) references: Arc<[Reference]>,
    /// Sorted.
    pub(super) constraint_names: Arc<[ConstraintName]>,
}

/// The objects that refer to another: those that hang on it, and its users, who may be very many.
#[derive(Debug, Clone, Default)]
pub(super) struct Dependents {
    /// Its indexes, the sequences that it owns and the like.
    pub(super) parts: BTreeSet<ObjectId>,
    /// The tables that inherit from it, and its partitions: there may be thousands.
    pub(super) children: BTreeSet<ObjectId>,
    /// The users whose foreign keys point there.
    pub(super) keys: BTreeSet<ObjectId>,
    users: BTreeSet<ObjectId>,
}

impl Stored {
    pub(super) fn object(stored: Option<&Self>) -> Option<&Object> {
        stored.map(|it| &*it.object)
    }

    /// What it refers to, and its names among constraints.
    pub(super) fn taken(stored: Option<&Self>) -> (&[Reference], &[ConstraintName]) {
        stored.map_or_else(Default::default, |it| {
            (&*it.references, &*it.constraint_names)
        })
    }
}

impl Dependents {
    pub(super) fn insert(&mut self, id: &ObjectId, bond: Bond) {
        match bond {
            Bond::Child => drop(self.children.insert(id.clone())),
            Bond::Part => drop(self.parts.insert(id.clone())),
            Bond::Key => drop(self.keys.insert(id.clone())),
            Bond::User => drop(self.users.insert(id.clone())),
        }
    }

    pub(super) fn remove(&mut self, id: &ObjectId, bond: Bond) {
        match bond {
            Bond::Child => drop(self.children.remove(id)),
            Bond::Part => drop(self.parts.remove(id)),
            Bond::Key => drop(self.keys.remove(id)),
            Bond::User => drop(self.users.remove(id)),
        }
    }

    /// Those that hang on it, in order.
    pub(super) fn hanging(&self) -> impl Iterator<Item = &ObjectId> {
        self.parts.union(&self.children)
    }

    /// All of them, in order.
    pub(super) fn all(&self) -> impl Iterator<Item = &ObjectId> {
        let mut all: Vec<&ObjectId> = self.hanging().chain(&self.users).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }
}

/// Whether the object is one of the few that are walked.
pub(super) fn is_walked(object: Option<&Object>) -> bool {
    matches!(
        object,
        Some(Object::Namespace(_) | Object::Extension(_) | Object::Opaque(_))
    )
}

#[cfg(test)]
mod tests {
    use smol_str::SmolStr;

    use crate::name::Name;
    use crate::schema::{Object, ObjectId, Partition, Schema, Sequence, Table};
    use crate::sql_type::SqlType;

    fn id(name: &str) -> ObjectId {
        ObjectId::Relation(Name::new("public", name))
    }

    fn hung_on(parents: &[&str], partition_of: Option<&str>) -> Object {
        let name = |it: &str| Name::new("public", it);
        Object::Table(Table {
            inherits: parents.iter().map(|it| name(it)).collect(),
            partition_of: partition_of.map(|it| Partition {
                parent: name(it),
                bound: SmolStr::new("default"),
            }),
            ..Table::default()
        })
    }

    #[test]
    fn what_hangs_on_a_table_follows_every_change() {
        let parent = Name::new("public", "parent");
        let look = |schema: &Schema| {
            let children: Vec<String> = schema.children(&parent).map(Name::to_string).collect();
            let attached: Vec<String> = schema
                .attached(&parent)
                .map(|it| it.0.to_string())
                .collect();
            (children, attached)
        };
        let mut schema = Schema::new("public");
        schema.put(id("parent"), Some(hung_on(&[], None)));
        schema.put(id("partition"), Some(hung_on(&[], Some("parent"))));
        schema.put(id("heir"), Some(hung_on(&["parent"], None)));
        let sequence = Sequence {
            sql_type: SqlType::builtin("int8"),
            start: 1,
            increment: 1,
            minimum: 1,
            maximum: 9,
            cache: 1,
            cycle: false,
            unlogged: false,
            owned_by: Some((parent.clone(), SmolStr::new("id"))),
            identity: false,
            comment: None,
        };
        schema.put(id("numbers"), Some(Object::Sequence(sequence)));
        let before = look(&schema);
        assert_eq!(before.0, ["heir", "partition"]);
        assert_eq!(before.1.len(), 3);

        let mark = schema.mark();
        schema.put(id("partition"), Some(hung_on(&[], None)));
        schema.put(id("numbers"), None);
        assert_eq!(look(&schema).0, ["heir"]);
        assert_eq!(look(&schema).1.len(), 1);
        assert_eq!(schema.dependents_of_relation(&parent).count(), 1);
        schema.undo_to(mark);
        assert_eq!(look(&schema), before);
    }
}
