//! The symbolic database: objects, what depends on what, and an undo log.
//!
//! It mirrors `pg_catalog` as far as revisions can see it. Every change goes through [`Schema::put`], so that the log,
//! the index of dependents and the set of constraint names can never disagree with the objects. Nothing here knows
//! statements.

pub mod age;
pub mod expression_name;
mod id;
mod id_map;
mod log;
pub mod name;
pub mod object;
mod reference;
mod refusal;
mod signature;
mod stored;
mod subject;
mod visit;
mod written;

use std::collections::BTreeSet;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::builtin;
use crate::kind::Defined;
use crate::name::Name;

use id_map::IdMap;
use stored::{Dependents, is_walked};

pub use age::{Age, Mark};
pub use id::{ObjectId, TEMPORARY, operator_mark};
pub use log::{Change, Changes, News};
pub use reference::{Bond, ConstraintName, Reference};
pub use refusal::Refusal;
pub use signature::{Parameter, Signature, SignatureKind, Signatures};
pub use stored::Stored;
pub use subject::{Part, Subject};
pub use visit::{NameIn, Place};
pub use written::{operator_class, operator_name, reloptions};

pub use object::{
    Column, Composite, Constraint, ConstraintKind, Domain, Enum, Exclusion, Extension, ForeignKey,
    Generated, Identity, Index, IndexElement, Key, Named, Namespace, Object, Opaque, Partition,
    ReferentialAction, Sequence, Table, Type, ViewRows, alike,
};

/// The symbolic database.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The schema of unqualified names.
    pub default: SmolStr,
    /// The oldest server that must run it all, such as 15.
    pub server: u8,
    /// Whether values of columns may be converted by the time zone of the session.
    pub session_time_zone: bool,
    // Maps without an order are asked, never walked: a replay asks a hundred times for each change.
    objects: IdMap<Stored>,
    /// Schemas, extensions and what only raw SQL knows: the few objects that are walked.
    few: BTreeSet<ObjectId>,
    /// For each object, those that refer to it.
    dependents: IdMap<Dependents>,
    /// How many constraints have each name: generated names avoid them.
    constraint_names: FxHashMap<Name, ConstraintCounts>,
    /// How many constraints are checked at the end of a transaction unless it says otherwise.
    deferred: usize,
    /// How many relations are temporary.
    temporary: usize,
    log: Vec<(ObjectId, Option<Stored>)>,
    /// How much of the log only tells which objects were changed.
    settled: usize,
    /// How much of the log [`Self::news`] told and no one took back since.
    told: usize,
}

/// How many constraints of one name there are.
#[derive(Debug, Clone, Copy, Default)]
struct ConstraintCounts {
    all: usize,
    with_index: usize,
}

impl Schema {
    /// An empty database whose schema `default` exists.
    #[must_use]
    pub fn new(default: impl Into<SmolStr>) -> Self {
        let default = default.into();
        let mut schema = Self {
            default: default.clone(),
            server: builtin::OLDEST,
            session_time_zone: false,
            objects: IdMap::default(),
            few: BTreeSet::new(),
            dependents: IdMap::default(),
            constraint_names: FxHashMap::default(),
            deferred: 0,
            temporary: 0,
            log: Vec::new(),
            settled: 0,
            told: 0,
        };
        for name in [SmolStr::new_static("public"), default] {
            // As `initdb` makes it.
            let comment = (name == "public").then(|| "standard public schema".into());
            schema.put(
                ObjectId::Namespace(name),
                Some(Object::Namespace(Namespace { comment })),
            );
        }
        schema.log.clear();
        schema
    }

    /// Puts `object` in the place of what `id` names; `None` removes it. The only way to change the schema.
    pub fn put(&mut self, id: ObjectId, object: Option<Object>) {
        let stored = object.map(|object| {
            let references = object.references(&id, &self.default);
            let constraint_names = Named::new(&id, &object).constraint_names();
            // What a statement changes mostly leaves these as they were.
            let present = self.objects.get(&id);
            let same_references = present.filter(|it| *it.references == *references);
            let same_names = present.filter(|it| *it.constraint_names == *constraint_names);
            Stored {
                object: Arc::new(object),
                references: same_references
                    .map_or_else(|| references.into(), |it| Arc::clone(&it.references)),
                constraint_names: same_names.map_or_else(
                    || constraint_names.into(),
                    |it| Arc::clone(&it.constraint_names),
                ),
            }
        });
        let old = self.exchange(&id, stored);
        self.log.push((id, old));
    }

    /// Puts `new` in the place of what `id` names, which is returned.
    fn exchange(&mut self, id: &ObjectId, new: Option<Stored>) -> Option<Stored> {
        let now = new.clone();
        let old = match new {
            Some(stored) => match self.objects.get_mut(id) {
                Some(present) => Some(std::mem::replace(present, stored)),
                None => self.objects.insert(id, stored),
            },
            None => self.objects.remove(id),
        };
        if matches!(id, ObjectId::Relation(_)) && id.is_temporary() {
            self.temporary += usize::from(now.is_some());
            self.temporary -= usize::from(old.is_some());
        }
        let (old_object, object) = (Stored::object(old.as_ref()), Stored::object(now.as_ref()));
        match (is_walked(old_object), is_walked(object)) {
            (false, true) => drop(self.few.insert(id.clone())),
            (true, false) => drop(self.few.remove(id)),
            (true, true) | (false, false) => {}
        }
        let (old_references, old_names) = Stored::taken(old.as_ref());
        let (references, names) = Stored::taken(now.as_ref());
        if !std::ptr::eq(old_references, references) {
            for reference in old_references {
                if references.binary_search(reference).is_err()
                    && let Some(dependents) = self.dependents.get_mut(&reference.0)
                {
                    dependents.remove(id, reference.1);
                }
            }
            for reference in references {
                if old_references.binary_search(reference).is_err() {
                    let dependents = self.dependents.get_or_default(&reference.0);
                    dependents.insert(id, reference.1);
                }
            }
        }
        if !std::ptr::eq(old_names, names) {
            for it in old_names
                .iter()
                .filter(|it| names.binary_search(it).is_err())
            {
                let Entry::Occupied(mut entry) = self.constraint_names.entry(it.name.clone())
                else {
                    unreachable!("the names of a present object are counted");
                };
                let counts = entry.get_mut();
                counts.all -= 1;
                counts.with_index -= usize::from(it.has_index);
                self.deferred -= usize::from(it.initially_deferred);
                if counts.all == 0 {
                    entry.remove();
                }
            }
            for it in names
                .iter()
                .filter(|it| old_names.binary_search(it).is_err())
            {
                let counts = self.constraint_names.entry(it.name.clone()).or_default();
                counts.all += 1;
                counts.with_index += usize::from(it.has_index);
                self.deferred += usize::from(it.initially_deferred);
            }
        }
        old
    }

    /// The object that `id` names.
    #[must_use]
    pub fn get(&self, id: &ObjectId) -> Option<&Arc<Object>> {
        self.objects.get(id).map(|it| &it.object)
    }

    /// All objects, in the order of their ids. It sorts them: for mistakes and for whole schemas.
    pub fn objects(&self) -> impl Iterator<Item = (&ObjectId, &Arc<Object>)> {
        let objects = self.objects.sorted().into_iter();
        objects.map(|(id, it)| (id, &it.object))
    }

    /// The names of the extensions.
    pub fn extensions(&self) -> impl Iterator<Item = &SmolStr> {
        self.few.iter().filter_map(|id| match id {
            ObjectId::Extension(name) => Some(name),
            ObjectId::Namespace(_)
            | ObjectId::Type(_)
            | ObjectId::Relation(_)
            | ObjectId::Opaque(..) => None,
        })
    }

    /// What the model knows by name only.
    pub fn opaque(&self) -> impl Iterator<Item = (&ObjectId, &Opaque)> {
        let few = self.few.iter();
        few.filter_map(|id| Some((id, self.get(id)?.as_opaque()?)))
    }

    /// Whether there is something of a kind that the model knows by name only.
    #[must_use]
    pub fn has_opaque(&self, kind: Defined) -> bool {
        let first = ObjectId::Opaque(kind, Name::new("", ""));
        let found = self.few.range(first..).next();
        matches!(found, Some(ObjectId::Opaque(it, _)) if *it == kind)
    }

    /// The objects that refer to `id`.
    pub fn dependents<'a>(
        &'a self,
        id: &ObjectId,
    ) -> impl Iterator<Item = (&'a ObjectId, &'a Arc<Object>)> + use<'a> {
        let dependents = self.dependents.get(id);
        self.present(dependents.into_iter().flat_map(Dependents::all))
    }

    /// The objects that refer to the relation `name`.
    pub fn dependents_of_relation<'a>(
        &'a self,
        name: &Name,
    ) -> impl Iterator<Item = (&'a ObjectId, &'a Arc<Object>)> + use<'a> {
        let dependents = self.dependents.relation(name);
        self.present(dependents.into_iter().flat_map(Dependents::all))
    }

    /// Those of them that hang on it: its indexes, the sequences that it owns, the tables that inherit from it, its
    /// partitions, and what raw SQL made for it.
    pub fn attached<'a>(
        &'a self,
        name: &Name,
    ) -> impl Iterator<Item = (&'a ObjectId, &'a Arc<Object>)> + use<'a> {
        let dependents = self.dependents.relation(name);
        self.present(dependents.into_iter().flat_map(Dependents::hanging))
    }

    /// The tables that inherit from `name` and its partitions, without those below them.
    pub fn children<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a Name> + use<'a> {
        let dependents = self.dependents.relation(name);
        let children = dependents.into_iter().flat_map(|it| &it.children);
        children.filter_map(ObjectId::relation)
    }

    fn present<'a>(
        &'a self,
        dependents: impl Iterator<Item = &'a ObjectId>,
    ) -> impl Iterator<Item = (&'a ObjectId, &'a Arc<Object>)> {
        dependents.map(|dependent| {
            let object = self.get(dependent);
            (dependent, object.expect("a dependent is present"))
        })
    }

    #[must_use]
    pub fn table(&self, name: &Name) -> Option<&Table> {
        let Object::Table(table) = self.relation(name)? else {
            return None;
        };
        Some(table)
    }

    #[must_use]
    pub fn index(&self, name: &Name) -> Option<&Index> {
        let Object::Index(index) = self.relation(name)? else {
            return None;
        };
        Some(index)
    }

    #[must_use]
    pub fn sequence(&self, name: &Name) -> Option<&Sequence> {
        let Object::Sequence(sequence) = self.relation(name)? else {
            return None;
        };
        Some(sequence)
    }

    #[must_use]
    pub fn relation(&self, name: &Name) -> Option<&Object> {
        self.objects.relation(name).map(|it| &*it.object)
    }

    /// The temporary relation that an unqualified `name` means. The scripts put `pg_temp` last in the path, so that one of the
    /// name in the schema comes first (manual: `search_path`).
    #[must_use]
    pub fn temporary(&self, name: &Name) -> Option<Name> {
        if self.temporary == 0 || name.schema != self.default && name.schema != TEMPORARY {
            return None;
        }
        if name.schema != TEMPORARY && self.relation(name).is_some() {
            return None;
        }
        let temporary = Name::new(TEMPORARY, name.name.clone());
        self.relation(&temporary).is_some().then_some(temporary)
    }

    /// Whether PostgreSQL may have chosen `name` for an index or a sequence of a temporary table.
    #[must_use]
    pub fn may_be_of_temporary(&self, name: &Name) -> bool {
        self.temporary > 0
            && self.opaque().any(|(id, opaque)| {
                opaque.temporary
                    && id.relation().is_some_and(|table| {
                        let rest = name.name.strip_prefix(table.name.as_str());
                        rest.is_some_and(|rest| rest.starts_with('_'))
                    })
            })
    }

    #[must_use]
    pub fn type_named(&self, name: &Name) -> Option<&Type> {
        let Object::Type(it) = &**self.get(&ObjectId::Type(name.clone()))? else {
            return None;
        };
        Some(it)
    }

    /// The indexes of `table`, those that belong to constraints not among them.
    pub fn indexes<'a>(
        &'a self,
        table: &Name,
    ) -> impl Iterator<Item = (&'a Name, &'a Index)> + use<'a> {
        let dependents = self.dependents.relation(table);
        self.present(dependents.into_iter().flat_map(|it| &it.parts))
            .filter_map(Named::index)
    }

    /// The foreign keys that point at `table`, its own among them, with their table and name.
    pub fn foreign_keys_to<'a>(
        &'a self,
        table: &'a Name,
    ) -> impl Iterator<Item = (&'a Name, &'a SmolStr, &'a ForeignKey)> {
        let own = self.table(table).map(|it| (table, it));
        let dependents = self.dependents.relation(table);
        self.present(dependents.into_iter().flat_map(|it| &it.keys))
            .filter_map(Named::table)
            .chain(own)
            .flat_map(move |(owner, it)| {
                it.constraints.iter().filter_map(move |(name, constraint)| {
                    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
                        return None;
                    };
                    (key.table == *table).then_some((owner, name, key))
                })
            })
    }

    /// Whether a relation called `name` exists, the index of a constraint included.
    #[must_use]
    pub fn relation_taken(&self, name: &Name) -> bool {
        self.constraint_names
            .get(name)
            .is_some_and(|it| it.with_index > 0)
            || self.objects.relation(name).is_some()
    }

    /// Whether constraints are checked at the end of a transaction that does not say otherwise.
    #[must_use]
    pub fn has_deferred_constraints(&self) -> bool {
        self.deferred > 0
    }

    /// Whether a constraint of some table or domain in that schema has this name.
    #[must_use]
    pub fn constraint_taken(&self, name: &Name) -> bool {
        self.constraint_names.contains_key(name)
    }
}
