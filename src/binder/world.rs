//! What the binder may ask: PostgreSQL's own catalogue and the schema of the history, by the names of the author's search
//! path (`pg_catalog` first, then the project's schema).

use std::sync::Arc;

use smol_str::SmolStr;

use crate::binder::ty::{Ty, Typed};
use crate::builtin::{self, TypeId, TypeKind};
use crate::name::Name;
use crate::schema::{Object, Opaque, Schema, Type};
use crate::sql_type::{self, BaseType, SqlType, WrittenType};
use crate::token;

/// The catalogue that expressions are bound in.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    pub schema: &'a Schema,
    /// The server whose catalogue counts, such as 15.
    pub server: u8,
}

/// What is known of a relation.
#[derive(Debug, Clone)]
pub enum Relation {
    /// Its columns, in order.
    Known(Vec<Column>),
    /// It is there, or may be, and its columns are not known.
    Opaque,
    Missing,
}

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: SmolStr,
    pub typed: Typed,
}

impl World<'_> {
    /// The type that the model calls `sql_type`.
    #[must_use]
    pub fn ty(self, sql_type: &SqlType) -> Ty {
        let element = match &sql_type.base {
            BaseType::Builtin(name) => match builtin::type_named(name) {
                Some(id) => Ty::Core(id),
                None => Ty::Opaque,
            },
            BaseType::Named(name) => self.named(name),
        };
        if sql_type.array {
            self.array_of(&element).unwrap_or(Ty::Opaque)
        } else {
            element
        }
    }

    /// The same with its modifiers.
    #[must_use]
    pub fn typed(self, sql_type: &SqlType) -> Typed {
        Typed {
            ty: self.ty(sql_type),
            modifiers: sql_type.modifiers.clone(),
        }
    }

    /// A type of the history, or the row of one of its tables.
    pub(super) fn named(self, name: &Name) -> Ty {
        match self.schema.type_named(name) {
            Some(Type::Enum(_)) => Ty::Enum(name.clone()),
            Some(Type::Domain(_)) => Ty::Domain(name.clone()),
            Some(Type::Composite(_)) => Ty::Row(name.clone()),
            None if let Some(row) = self.schema.temporary(name).filter(|it| self.has_row(it)) => {
                Ty::Row(row)
            }
            None if self.has_row(name) => Ty::Row(name.clone()),
            None => Ty::Foreign(name.clone()),
        }
    }

    /// Whether rows of a relation have a type of its name whose fields are known.
    fn has_row(self, name: &Name) -> bool {
        match self.schema.relation(name) {
            Some(Object::Table(_)) => true,
            Some(Object::Opaque(it)) => it.output.is_some(),
            Some(_) | None => false,
        }
    }

    /// The type that a text such as `varchar(20)` names; nothing where it is none.
    #[must_use]
    pub fn written(self, text: &str) -> Option<Typed> {
        let tokens = token::lex(text, 0, text.len()).ok()?;
        match sql_type::parse(text, &tokens, &self.schema.default).ok()? {
            WrittenType::Type(it) => match &it.base {
                // Arrays and pseudo types by their names in the catalogue.
                BaseType::Named(name) if self.named(name).is_opaque() => {
                    let own = name.schema == self.schema.default || name.schema == "pg_catalog";
                    match builtin::type_named(&name.name).filter(|_| own) {
                        Some(id) if it.array => Some(self.array_of(&Ty::Core(id))?.plain()),
                        Some(id) => Some(Ty::Core(id).plain()),
                        None => Some(self.typed(&it)),
                    }
                }
                BaseType::Named(_) | BaseType::Builtin(_) => Some(self.typed(&it)),
            },
            WrittenType::Serial(_) => None,
        }
    }

    /// As the model writes the type; nothing for pseudo types and what is not known.
    #[must_use]
    pub fn sql_type(self, typed: &Typed) -> Option<SqlType> {
        let (base, array) = match &typed.ty {
            Ty::Core(id) => match id.facts().element.filter(|_| id.facts().is_array()) {
                Some(element) => (
                    BaseType::Builtin(sql_type::builtin(element.facts().name)?),
                    true,
                ),
                None => (
                    BaseType::Builtin(sql_type::builtin(id.facts().name)?),
                    false,
                ),
            },
            Ty::Enum(name) | Ty::Domain(name) | Ty::Row(name) | Ty::Foreign(name) => {
                (BaseType::Named(name.clone()), false)
            }
            Ty::Array(element) => match &**element {
                Ty::Enum(name) | Ty::Domain(name) | Ty::Row(name) | Ty::Foreign(name) => {
                    (BaseType::Named(name.clone()), true)
                }
                Ty::Core(_) | Ty::Array(_) | Ty::Opaque => return None,
            },
            Ty::Opaque => return None,
        };
        Some(SqlType {
            base,
            modifiers: typed.modifiers.clone(),
            array,
        })
    }

    /// What lies under domains (`getBaseType`).
    #[must_use]
    pub fn base(self, ty: &Ty) -> Ty {
        let mut ty = ty.clone();
        // `information_schema` has domains of its own.
        if let Ty::Core(id) = ty
            && let Some(base) = id.facts().base
        {
            return Ty::Core(base);
        }
        while let Ty::Domain(name) = &ty {
            let Some(Type::Domain(domain)) = self.schema.type_named(name) else {
                return Ty::Opaque;
            };
            ty = self.ty(&domain.base);
        }
        ty
    }

    /// The elements of an array (`get_element_type`): of nothing else, also where it has subscripts.
    #[must_use]
    pub fn element(self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Core(id) if id.facts().is_array() => id.facts().element.map(Ty::Core),
            Ty::Array(element) => Some((**element).clone()),
            Ty::Core(_)
            | Ty::Enum(_)
            | Ty::Domain(_)
            | Ty::Row(_)
            | Ty::Foreign(_)
            | Ty::Opaque => None,
        }
    }

    /// What a subscript gives: also of `point`, `name`, `int2vector`, and `jsonb`.
    #[must_use]
    pub fn subscripted(self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Core(TypeId::JSONB) => Some(ty.clone()),
            Ty::Core(id) => id.facts().element.map(Ty::Core),
            Ty::Enum(_)
            | Ty::Domain(_)
            | Ty::Row(_)
            | Ty::Array(_)
            | Ty::Foreign(_)
            | Ty::Opaque => self.element(ty),
        }
    }

    /// The type of arrays of `ty`.
    #[must_use]
    pub fn array_of(self, ty: &Ty) -> Option<Ty> {
        match ty {
            Ty::Core(id) => id.facts().array.map(Ty::Core),
            Ty::Array(_) => None,
            Ty::Enum(_) | Ty::Domain(_) | Ty::Row(_) | Ty::Foreign(_) | Ty::Opaque => {
                Some(Ty::Array(Arc::new(ty.clone())))
            }
        }
    }

    /// `typcategory`, and whether the type is preferred in it.
    #[must_use]
    pub fn category(self, ty: &Ty) -> (u8, bool) {
        match ty {
            Ty::Core(id) => (id.facts().category, id.facts().preferred),
            Ty::Enum(_) => (b'E', false),
            Ty::Row(_) => (b'C', false),
            Ty::Array(_) => (b'A', false),
            // A domain has the category of what it is made of.
            Ty::Domain(_) => (self.category(&self.base(ty)).0, false),
            Ty::Foreign(_) | Ty::Opaque => (b'U', false),
        }
    }

    /// Whether it is a composite type, whose fields may be known.
    #[must_use]
    pub fn is_row(self, ty: &Ty) -> bool {
        matches!(ty, Ty::Row(_))
    }

    /// The fields of a composite type, or of the row of a table.
    #[must_use]
    pub fn fields(self, ty: &Ty) -> Option<Vec<Column>> {
        let Ty::Row(name) = self.base(ty) else {
            return None;
        };
        if let Some(Type::Composite(it)) = self.schema.type_named(&name) {
            let attributes = it.attributes.iter();
            return Some(
                attributes
                    .map(|(name, sql_type, _)| Column {
                        name: name.clone(),
                        typed: self.typed(sql_type),
                    })
                    .collect(),
            );
        }
        match self.relation_named(&name) {
            Relation::Known(columns) => Some(columns),
            Relation::Opaque | Relation::Missing => None,
        }
    }

    /// The relation of that name in its schema.
    #[must_use]
    pub fn relation_named(self, name: &Name) -> Relation {
        if let Some(table) = self.schema.table(name) {
            let columns = table.columns.iter();
            return Relation::Known(
                columns
                    .map(|it| Column {
                        name: it.name.clone(),
                        typed: self.typed(&it.sql_type),
                    })
                    .collect(),
            );
        }
        match self.schema.relation(name) {
            None => {}
            Some(Object::Opaque(Opaque {
                output: Some(output),
                ..
            })) => {
                let columns = output.iter();
                return Relation::Known(
                    columns
                        .map(|(name, sql_type)| Column {
                            name: name.clone(),
                            typed: self.typed(sql_type),
                        })
                        .collect(),
                );
            }
            Some(Object::Sequence(_)) => return Relation::Known(sequence_columns()),
            Some(_) => return Relation::Opaque,
        }
        match builtin::relation(&name.schema, &name.name, self.server) {
            Some(it) => {
                let columns = it.columns.iter();
                Relation::Known(
                    columns
                        .map(|it| Column {
                            name: SmolStr::new_static(it.name),
                            typed: Ty::Core(it.column_type).plain(),
                        })
                        .collect(),
                )
            }
            None => Relation::Missing,
        }
    }

    /// The range over `subtype` that PostgreSQL has.
    #[must_use]
    pub fn subtype(self, ty: &Ty) -> Option<Ty> {
        let id = ty.core()?;
        match id.facts().kind {
            TypeKind::Range => id.facts().subtype.map(Ty::Core),
            TypeKind::Base
            | TypeKind::Composite
            | TypeKind::Domain
            | TypeKind::Enum
            | TypeKind::Multirange
            | TypeKind::Pseudo => None,
        }
    }
}

/// What a sequence shows as a relation.
fn sequence_columns() -> Vec<Column> {
    let columns = [
        ("last_value", Ty::INT8),
        ("log_cnt", Ty::INT8),
        ("is_called", Ty::BOOL),
    ];
    columns
        .into_iter()
        .map(|(name, ty)| Column {
            name: SmolStr::new_static(name),
            typed: ty.plain(),
        })
        .collect()
}
