//! What is in the schema, and what may be there that nobody here knows of: what extensions and raw SQL bring.

use smol_str::SmolStr;

use crate::binder::context::Context;
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::{self, TypeKind};
use crate::expression::qualify;
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::schema::{Object, ObjectId, Signature};
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token;

impl World<'_> {
    /// Whether raw SQL made a type of that name, of which a range has functions.
    pub(super) fn is_opaque_type(self, name: &Name) -> bool {
        let id = ObjectId::Type(name.clone());
        self.schema
            .get(&id)
            .is_some_and(|it| it.as_opaque().is_some())
    }

    /// Whether an object of that name may be there that nobody here knows of: extensions bring some, and schemas that the
    /// history did not make hold others.
    #[must_use]
    pub fn may_be_foreign(self, name: &Name) -> bool {
        let id = ObjectId::Namespace(name.schema.clone());
        name.schema == "information_schema"
            || self.schema.get(&id).is_none()
            || self.schema.extensions().any(|extension| {
                extension != "plpgsql" && self.extension_may_bring(extension, name)
            })
    }

    /// Whether an extension may bring a function or type of that name.
    fn extension_may_bring(self, extension: &str, name: &Name) -> bool {
        let id = ObjectId::Extension(extension.into());
        let object = self.schema.get(&id);
        let place = object.and_then(|it| {
            if let Object::Extension(extension) = &**it {
                extension.schema.clone()
            } else {
                None
            }
        });
        let place = place.unwrap_or_else(|| self.schema.default.clone());
        match builtin::extension(extension) {
            Some(facts) => place == name.schema && facts.brings(&name.name),
            None => true,
        }
    }

    /// Whether `row.name` may be a call `name(row)` of a function of the history.
    #[must_use]
    pub fn may_project(self, ty: &Ty, name: &SmolStr) -> bool {
        if ty
            .core()
            .is_some_and(|it| it.facts().kind != TypeKind::Pseudo)
        {
            return false;
        }
        let Some(own) = qualify(std::slice::from_ref(name), &self.schema.default) else {
            return false;
        };
        let Some(signatures) = self.schema.signatures(&own) else {
            return self.may_be_foreign(&own);
        };
        let takes_row = |sql_type: &SqlType| {
            let own = self.parameter_type(sql_type);
            own.is_pseudo() || own.is_opaque() || self.can_become(ty, &own, Context::Implicit)
        };
        let takes = |signature: &Signature| match signature.parameters.split_first() {
            Some((first, rest)) => {
                let is_alone = rest.iter().all(|it| it.has_default || it.variadic);
                is_alone && first.sql_type.as_ref().is_none_or(takes_row)
            }
            None => false,
        };
        ty.is_opaque() || signatures.opaque || signatures.known.into_iter().any(takes)
    }

    /// Whether a relation may be there that nobody here knows of.
    #[must_use]
    pub fn may_hold_relation(self, name: &Name) -> bool {
        let schema = ObjectId::Namespace(name.schema.clone());
        if self.schema.get(&schema).is_none() || name.name.starts_with("pg_") {
            return true;
        }
        let brings = |extension: &SmolStr| {
            extension != "plpgsql"
                && builtin::extension(extension).is_none_or(|it| it.brings(&name.name))
        };
        self.schema.relation_taken(name) || self.schema.extensions().any(brings)
    }

    /// The relations of a schema, for advice.
    #[must_use]
    pub fn relation_names(self, schema: &str) -> Vec<SmolStr> {
        let objects = self.schema.objects();
        objects
            .filter_map(|(id, _)| id.relation())
            .filter(|it| it.schema == schema)
            .map(|it| it.name.clone())
            .collect()
    }

    /// Whether raw SQL changed a table in a way that the model does not follow.
    #[must_use]
    pub fn is_stale(self, name: &Name) -> bool {
        let id = ObjectId::Opaque(Defined::Stale, name.clone());
        self.schema.get(&id).is_some()
    }

    /// Whether a table may have keys that the model keeps elsewhere: a partition has those of its parent.
    #[must_use]
    pub fn inherits_keys(self, name: &Name) -> bool {
        self.schema
            .table(name)
            .is_some_and(|it| it.partition_of.is_some())
    }

    /// The kind of a relation whose rows nobody can change.
    #[must_use]
    pub fn not_writable(self, name: &Name) -> Option<&'static str> {
        match self.schema.relation(name)? {
            Object::Index(_) => Some("index"),
            Object::Sequence(_) => Some("sequence"),
            Object::Opaque(it) => {
                (it.kind == Kind::Defined(Defined::MaterializedView)).then_some("materialized view")
            }
            Object::Table(_) | Object::Namespace(_) | Object::Extension(_) | Object::Type(_) => {
                None
            }
        }
    }

    /// The name of a type that is not there; nothing where it may be there.
    #[must_use]
    pub fn missing_type(self, text: &str) -> Option<Name> {
        let tokens = token::lex(text, 0, text.len()).ok()?;
        let WrittenType::Type(it) = sql_type::parse(text, &tokens, &self.schema.default).ok()?
        else {
            return None;
        };
        let name = it.named()?;
        let is_there = self.schema.get(&ObjectId::Type(name.clone())).is_some()
            || self.schema.relation(name).is_some_and(has_rows)
            || self.schema.temporary(name).is_some()
            || builtin::type_in(&name.schema, &name.name).is_some()
            || builtin::relation("pg_catalog", &name.name, self.server).is_some()
            || self.is_multirange(name)
            || self.may_be_foreign(name);
        (!is_there).then(|| name.clone())
    }

    /// Whether it is the multirange of a range that raw SQL makes: its name has `multirange` for `range`, or behind it (manual:
    /// CREATE TYPE).
    #[must_use]
    pub fn is_multirange(self, name: &Name) -> bool {
        let range = match name.name.strip_suffix("_multirange") {
            Some(range) if !range.contains("range") => range.to_owned(),
            Some(_) | None => name.name.replacen("multirange", "range", 1),
        };
        let id = ObjectId::Type(name.sibling(range.as_str()));
        let object = self.schema.get(&id).filter(|_| range != name.name.as_str());
        object.is_some_and(|it| it.as_opaque().is_some())
    }

    /// Whether a collation of that name may be there.
    #[must_use]
    pub fn may_be_collation(self, parts: &[SmolStr]) -> bool {
        let Some(name) = parts.last() else {
            return true;
        };
        // Those of the operating system and of ICU have names such as `de_DE` and `de-x-icu`.
        if name.contains(['_', '-', '.']) || builtin::collation(name, self.server).is_some() {
            return true;
        }
        let Some(own) = qualify(parts, &self.schema.default) else {
            return true;
        };
        let id = ObjectId::of(Kind::Defined(Defined::Collation), &own);
        self.schema.get(&id).is_some() || self.may_be_foreign(&own)
    }
}

/// Whether a relation has a type of its rows: sequences and indexes have none.
fn has_rows(object: &Object) -> bool {
    matches!(object, Object::Table(_) | Object::Opaque(_))
}
