//! What a random schema has, as statements over it need to know it.

use std::collections::BTreeMap;

use super::catalog::{Callable, Catalog, Type};
use super::expression::Column;
use super::query::Output;

/// A table or a view.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) columns: Vec<Output>,
    /// Columns that take no value.
    pub(crate) computed: Vec<String>,
    pub(crate) is_table: bool,
    /// Columns that are unique.
    pub(crate) keys: Vec<String>,
    /// The column that partitions are chosen by.
    pub(crate) partitioned: Option<Output>,
}

/// An object that is no relation and no type.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) kind: &'static str,
    /// With the types of its arguments, where it is a function.
    pub(crate) name: String,
    /// The table that it belongs to.
    pub(crate) on: Option<String>,
}

/// What a statement of a schema makes.
#[derive(Debug, Clone)]
pub(crate) enum Made {
    Type(Type, Vec<(String, String)>),
    Relation(Relation),
    Callable(Callable),
    Object(Object),
}

/// A schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) catalog: Catalog,
    pub(crate) relations: Vec<Relation>,
    /// Names and types of the fields of composite types.
    pub(crate) composites: BTreeMap<String, Vec<(String, String)>>,
    pub(crate) objects: Vec<Object>,
    /// Names of its own types, with their kinds as in `pg_type`.
    pub(crate) types: Vec<(String, char)>,
}

impl World {
    pub(crate) fn add(&mut self, made: Made) {
        match made {
            Made::Type(ty, fields) => {
                if ty.kind == 'c' {
                    self.composites.insert(ty.name.clone(), fields);
                }
                self.types.push((ty.name.clone(), ty.kind));
                self.catalog.add_type(ty);
            }
            Made::Relation(relation) => {
                let name = relation.name.clone();
                let fields = relation
                    .columns
                    .iter()
                    .map(|it| (it.name.clone(), it.ty.clone()));
                self.composites.insert(name.clone(), fields.collect());
                self.catalog.add_type(Type {
                    samples: vec![format!("null::{name}")],
                    name,
                    kind: 'c',
                    category: 'C',
                    element: None,
                    is_array: false,
                    sorts: false,
                });
                self.relations.push(relation);
            }
            Made::Callable(callable) => {
                let types = callable.arguments.join(", ");
                self.objects.push(Object {
                    kind: "function",
                    name: format!("{}({types})", callable.name),
                    on: None,
                });
                self.catalog.add(callable);
            }
            Made::Object(object) => self.objects.push(object),
        }
    }

    pub(crate) fn tables(&self) -> Vec<Relation> {
        self.relations
            .iter()
            .filter(|it| it.is_table)
            .cloned()
            .collect()
    }
}

impl Relation {
    pub(crate) fn outputs(&self) -> Vec<Output> {
        self.columns.clone()
    }

    /// Its columns as its own expressions name them.
    pub(crate) fn own(&self) -> Vec<Column> {
        let columns = self.columns.iter();
        columns
            .map(|it| Column {
                text: it.name.clone(),
                ty: it.ty.clone(),
            })
            .collect()
    }

    /// The same behind a name.
    pub(crate) fn behind(&self, name: &str) -> Vec<Column> {
        let columns = self.columns.iter();
        columns
            .map(|it| Column {
                text: format!("{name}.{}", it.name),
                ty: it.ty.clone(),
            })
            .collect()
    }
}
