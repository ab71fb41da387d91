//! What is checked: which objects, how much of each, and who wants to know.

use std::collections::BTreeSet;

use crate::kind::{Defined, Kind};
use crate::model::opaque::is_changed;
use crate::name::Name;
use crate::operation::unread::Unread;
use crate::schema::{
    Composite, Domain, Enum, Extension, Index, Named, Namespace, Object, ObjectId, Opaque, Schema,
    Sequence, Table, Type,
};
use crate::script::psql::verify::batch::Voice;

/// The objects of a schema that are checked, by kind.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) schema: &'a Schema,
    pub(super) voice: Voice,
    /// Whether SQL of a revision may have made what the model does not know.
    excused: bool,
    pub(super) namespaces: Vec<(&'a str, &'a Namespace)>,
    pub(super) extensions: Vec<(&'a str, &'a Extension)>,
    pub(super) enums: Vec<(&'a Name, &'a Enum)>,
    pub(super) composites: Vec<(&'a Name, &'a Composite)>,
    pub(super) domains: Vec<(&'a Name, &'a Domain)>,
    pub(super) tables: Vec<(&'a Name, &'a Table)>,
    /// Those of the tables, and others that are touched.
    pub(super) indexes: Vec<(&'a Name, &'a Index)>,
    pub(super) sequences: Vec<(&'a Name, &'a Sequence)>,
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
        unread: &Unread,
        voice: Voice,
    ) -> Self {
        let mut scope = Self {
            schema,
            voice,
            excused: unread.code,
            namespaces: Vec::new(),
            extensions: Vec::new(),
            enums: Vec::new(),
            composites: Vec::new(),
            domains: Vec::new(),
            tables: Vec::new(),
            indexes: Vec::new(),
            sequences: Vec::new(),
            opaque: Vec::new(),
            changed: Vec::new(),
            absent: Vec::new(),
        };
        let mut indexes = BTreeSet::new();
        for id in ids {
            if id
                .relation()
                .is_some_and(|it| unread.temporary.contains(it))
            {
                continue;
            }
            match schema.get(id) {
                Some(object) => scope.add(id, object, &mut indexes),
                // The index of a constraint has its name.
                None if id.relation().is_some_and(|it| schema.relation_taken(it)) => {}
                None => scope.absent.push(id),
            }
        }
        for name in indexes {
            let index = schema.index(name).expect("it was found by its name");
            scope.indexes.push((name, index));
        }
        scope
    }

    fn add(&mut self, id: &'a ObjectId, object: &'a Object, indexes: &mut BTreeSet<&'a Name>) {
        if is_changed(self.schema, id, object) {
            self.changed.push((id, object.kind()));
            return;
        }
        match Named::new(id, object) {
            Named::Namespace(name, it) => self.namespaces.push((name, it)),
            Named::Extension(name, it) => self.extensions.push((name, it)),
            Named::Type(name, Type::Enum(it)) => self.enums.push((name, it)),
            Named::Type(name, Type::Composite(it)) => self.composites.push((name, it)),
            Named::Type(name, Type::Domain(it)) => self.domains.push((name, it)),
            Named::Table(name, it) => {
                self.tables.push((name, it));
                for (id, object) in self.schema.attached(name) {
                    if let (ObjectId::Relation(index), Object::Index(it)) = (id, &**object)
                        && it.table == *name
                        && !is_changed(self.schema, id, object)
                    {
                        indexes.insert(index);
                    }
                }
            }
            Named::Index(name, _) => drop(indexes.insert(name)),
            Named::Sequence(name, it) => self.sequences.push((name, it)),
            Named::Opaque(id, it) => self.opaque.push((id, it)),
        }
    }

    /// The columns `remark` and `drift` of a query whose rows `w` are joined with more than is wanted: `drift` where the
    /// object is wanted, and else that it is one too many.
    pub(super) fn or_extra(&self, drift: &str, kind: &str) -> String {
        if self.excused {
            format!(
                "case when w.place is null then 'the release knows no such {kind}; SQL of a revision may have made it' end as remark,
    case when w.place is not null then {drift} end as drift"
            )
        } else {
            format!(
                "null::text as remark,
    case when w.place is null then 'the {kind} is there, and the release knows none of that name'
    else {drift} end as drift"
            )
        }
    }

    /// The indexes that the model knows by name only.
    pub(super) fn opaque_indexes(&self) -> Vec<&'a Name> {
        let changed = |id: &ObjectId| {
            let Some(Object::Index(index)) = self.schema.get(id).map(|it| &**it) else {
                return false;
            };
            self.tables
                .binary_search_by(|it| it.0.cmp(&index.table))
                .is_ok()
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
