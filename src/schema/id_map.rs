//! A map of what ids name. Relations, asked for most, are found by their name without an id made for it.

use rustc_hash::FxHashMap;

use crate::name::Name;
use crate::schema::id::ObjectId;

#[derive(Debug, Clone)]
pub(super) struct IdMap<V> {
    /// With their ids, for those that list them.
    relations: FxHashMap<Name, (ObjectId, V)>,
    others: FxHashMap<ObjectId, V>,
}

impl<V> Default for IdMap<V> {
    fn default() -> Self {
        Self {
            relations: FxHashMap::default(),
            others: FxHashMap::default(),
        }
    }
}

impl<V> IdMap<V> {
    pub(super) fn get(&self, id: &ObjectId) -> Option<&V> {
        match id.relation() {
            Some(name) => self.relation(name),
            None => self.others.get(id),
        }
    }

    pub(super) fn relation(&self, name: &Name) -> Option<&V> {
        self.relations.get(name).map(|it| &it.1)
    }

    pub(super) fn get_mut(&mut self, id: &ObjectId) -> Option<&mut V> {
        match id.relation() {
            Some(name) => self.relations.get_mut(name).map(|it| &mut it.1),
            None => self.others.get_mut(id),
        }
    }

    pub(super) fn get_or_default(&mut self, id: &ObjectId) -> &mut V
    where
        V: Default,
    {
        match id.relation() {
            Some(name) => {
                let entry = self.relations.entry(name.clone());
                &mut entry.or_insert_with(|| (id.clone(), V::default())).1
            }
            None => self.others.entry(id.clone()).or_default(),
        }
    }

    pub(super) fn insert(&mut self, id: &ObjectId, value: V) -> Option<V> {
        match id.relation() {
            Some(name) => {
                let old = self.relations.insert(name.clone(), (id.clone(), value));
                old.map(|it| it.1)
            }
            None => self.others.insert(id.clone(), value),
        }
    }

    pub(super) fn remove(&mut self, id: &ObjectId) -> Option<V> {
        match id.relation() {
            Some(name) => self.relations.remove(name).map(|it| it.1),
            None => self.others.remove(id),
        }
    }

    /// All that there is, in the order of the ids.
    pub(super) fn sorted(&self) -> Vec<(&ObjectId, &V)> {
        let relations = self.relations.values().map(|it| (&it.0, &it.1));
        let mut all: Vec<_> = relations.chain(&self.others).collect();
        all.sort_unstable_by_key(|it| it.0);
        all
    }
}
