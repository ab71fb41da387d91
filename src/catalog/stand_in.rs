//! Types of PostgreSQL's own in the place of others, so that a server plans an expression without them.

use std::collections::BTreeMap;

use crate::name::Name;
use crate::schema::{Object, ObjectId, Type};

use super::Catalog;

/// By the names of enums and domains, types of `pg_catalog` that have their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StandIns(BTreeMap<String, String>);

impl StandIns {
    /// For the enums and domains that a database has.
    pub(super) fn new(found: &Catalog) -> Self {
        let types = found.objects.iter();
        let types = types.filter_map(|(id, it)| id.type_name().zip(it.as_type()));
        let known = types
            .filter_map(|(name, own)| Some((name.qualified().to_string(), below(own, found)?)));
        Self(known.collect())
    }

    /// For a type of this name.
    pub(super) fn named(&self, name: &Name) -> Option<&str> {
        self.0.get(name.qualified().as_str()).map(String::as_str)
    }

    /// A type of `pg_catalog` in the place of one as `format_type` writes it.
    pub(super) fn of(&self, sql_type: &str) -> Option<String> {
        let (base, array) = match sql_type.strip_suffix("[]") {
            Some(base) => (base, "[]"),
            None => (sql_type, ""),
        };
        if !base.contains(['.', '"']) {
            return Some(sql_type.to_owned());
        }
        let base = self.0.get(base)?;
        // PostgreSQL has no arrays of arrays.
        (array.is_empty() || !base.ends_with("[]")).then(|| format!("{base}{array}"))
    }
}

/// A domain rests on PostgreSQL's type, perhaps over others, and the values of an enum are names.
fn below(own: &Type, found: &Catalog) -> Option<String> {
    let mut own = own;
    loop {
        let base = match own {
            Type::Enum(_) => return Some("name".to_owned()),
            Type::Composite(_) => return None,
            Type::Domain(it) => &it.base,
        };
        let Some(name) = base.named() else {
            return Some(base.within("pg_catalog").to_string());
        };
        match found.objects.get(&ObjectId::Type(name.clone())) {
            Some(Object::Type(it)) if !base.array => own = it,
            Some(_) | None => return None,
        }
    }
}
