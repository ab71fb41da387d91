//! What is checked: which objects, how much of each, and who wants to know.

use std::collections::{BTreeMap, BTreeSet};

use crate::kind::{Defined, Kind};
use crate::model::opaque::is_changed;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Opaque, Schema};
use crate::script::psql::verify::batch::Voice;

/// The objects of a schema that are checked.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) schema: &'a Schema,
    pub(super) voice: Voice,
    /// Whether SQL of a revision may have made what the model does not know.
    pub(super) excused: bool,
    /// Those that are compared as a whole, with the indexes of tables, sorted by kind and name.
    pub(super) whole: Vec<(&'a ObjectId, &'a Object)>,
    /// What raw SQL made.
    pub(super) opaque: Vec<(&'a ObjectId, &'a Opaque)>,
    /// What the model knows but for a change by raw SQL, and its kind.
    pub(super) changed: Vec<(&'a ObjectId, Kind)>,
    /// What must not be there.
    pub(super) absent: Vec<&'a ObjectId>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        schema: &'a Schema,
        ids: &'a BTreeSet<ObjectId>,
        excused: bool,
        voice: Voice,
    ) -> Self {
        let mut scope = Self {
            schema,
            voice,
            excused,
            whole: Vec::new(),
            opaque: Vec::new(),
            changed: Vec::new(),
            absent: Vec::new(),
        };
        let mut whole = BTreeMap::new();
        for id in ids {
            if id.is_temporary() {
                continue;
            }
            match schema.get(id) {
                Some(object) => scope.add(id, object, &mut whole),
                // The index of a constraint has its name.
                None if id.relation().is_some_and(|it| schema.relation_taken(it)) => {}
                None => scope.absent.push(id),
            }
        }
        let place = |it: &Object| Kind::ALL.iter().position(|kind| *kind == it.kind());
        scope.whole = whole.into_iter().collect();
        scope.whole.sort_by_key(|it| place(it.1));
        scope
    }

    fn add(
        &mut self,
        id: &'a ObjectId,
        object: &'a Object,
        whole: &mut BTreeMap<&'a ObjectId, &'a Object>,
    ) {
        if is_changed(self.schema, id, object) {
            self.changed.push((id, object.kind()));
            return;
        }
        if let Object::Opaque(it) = object {
            self.opaque.push((id, it));
            return;
        }
        whole.insert(id, object);
        if let (ObjectId::Relation(name), Object::Table(_)) = (id, object) {
            let attached = self.schema.attached(name);
            let indexes = attached.filter(|(id, object)| {
                let index = object.as_index();
                index.is_some_and(|it| it.table == *name) && !is_changed(self.schema, id, object)
            });
            whole.extend(indexes.map(|(id, object)| (id, &**object)));
        }
    }

    /// The indexes that the model knows by name only.
    pub(super) fn opaque_indexes(&self) -> Vec<&'a Name> {
        let changed = |id: &ObjectId| {
            let Some(Object::Index(index)) = self.schema.get(id).map(|it| &**it) else {
                return false;
            };
            let table = ObjectId::Relation(index.table.clone());
            self.whole.iter().any(|it| *it.0 == table)
        };
        self.schema
            .opaque()
            .filter_map(|(id, it)| {
                if it.kind == Kind::Index {
                    id.relation()
                } else if it.kind == Kind::Defined(Defined::Stale) {
                    it.uses.iter().find(|id| changed(id))?.relation()
                } else {
                    None
                }
            })
            .collect()
    }
}
