//! What an object holds: its expressions with the columns that they may name, and the names of other objects. Whoever asks
//! for all of them or changes them does it here, so that a kind answers once.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::Schema;
use crate::schema::object::{
    Column, Composite, ConstraintKind, Domain, Index, Object, Opaque, Table, Type,
};
use crate::sql_type::{BaseType, SqlType};

/// Where an expression stands in its object.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    Default(&'a Column),
    Generated(&'a Column),
    Constraint(&'a SmolStr),
    /// An element of an index, or its predicate.
    Index,
    DomainDefault,
    DomainCheck(&'a SmolStr),
}

/// The name of another object.
#[derive(Debug)]
pub enum NameIn<'a> {
    Relation(&'a mut Name),
    Type(&'a mut SqlType),
    Collation(&'a mut Option<Name>),
    /// All that raw SQL names.
    Raw(&'a mut Opaque),
}

impl Object {
    /// Its expressions.
    pub fn expressions<'a>(&'a self, mut visit: impl FnMut(Place<'a>, &'a Expression)) {
        match self {
            Self::Table(it) => it.expressions(&mut visit),
            Self::Index(it) => it.expressions(|expression| visit(Place::Index, expression)),
            Self::Type(Type::Domain(it)) => it.expressions(&mut visit),
            Self::Type(Type::Enum(_) | Type::Composite(_))
            | Self::Namespace(_)
            | Self::Extension(_)
            | Self::Sequence(_)
            | Self::Opaque(_) => {}
        }
    }

    /// Puts what `new` makes of its expressions in their place.
    pub fn rewrite(&mut self, mut new: impl FnMut(Place<'_>, &Expression) -> Expression) {
        match self {
            Self::Table(it) => it.rewrite(new),
            Self::Index(it) => it.rewrite(|it| new(Place::Index, it)),
            Self::Type(Type::Domain(it)) => it.rewrite(new),
            Self::Type(Type::Enum(_) | Type::Composite(_))
            | Self::Namespace(_)
            | Self::Extension(_)
            | Self::Sequence(_)
            | Self::Opaque(_) => {}
        }
    }

    /// The columns that its expressions may name, with their types.
    #[must_use]
    pub fn scope<'a>(&'a self, schema: &'a Schema) -> Vec<(SmolStr, &'a SqlType)> {
        match self {
            Self::Table(it) => it.row(),
            Self::Index(it) => schema.table(&it.table).map(Table::row).unwrap_or_default(),
            Self::Type(Type::Domain(it)) => vec![("value".into(), &it.base)],
            Self::Type(Type::Enum(_) | Type::Composite(_))
            | Self::Namespace(_)
            | Self::Extension(_)
            | Self::Sequence(_)
            | Self::Opaque(_) => Vec::new(),
        }
    }

    /// Whether its rows or values have a field of that name.
    #[must_use]
    pub fn has_field(&self, name: &SmolStr) -> bool {
        match self {
            Self::Table(it) => it.column(name).is_some(),
            Self::Type(Type::Composite(it)) => it.attributes.iter().any(|it| it.0 == *name),
            Self::Type(Type::Enum(_) | Type::Domain(_))
            | Self::Index(_)
            | Self::Namespace(_)
            | Self::Extension(_)
            | Self::Sequence(_)
            | Self::Opaque(_) => false,
        }
    }

    /// Lets `change` see the names of other objects, but for those in expressions, and for the sequence of an identity.
    pub fn refer(&mut self, mut change: impl FnMut(NameIn<'_>)) {
        match self {
            Self::Table(it) => it.refer(&mut change),
            Self::Index(it) => {
                change(NameIn::Relation(&mut it.table));
                if let Some(parent) = &mut it.parent {
                    change(NameIn::Relation(parent));
                }
                for element in &mut it.elements {
                    change(NameIn::Collation(&mut element.collation));
                }
            }
            Self::Sequence(it) => {
                if let Some((table, _)) = &mut it.owned_by {
                    change(NameIn::Relation(table));
                }
            }
            Self::Type(Type::Composite(Composite { attributes, .. })) => {
                for (_, sql_type, collation) in attributes {
                    change(NameIn::Type(sql_type));
                    change(NameIn::Collation(collation));
                }
            }
            Self::Type(Type::Domain(it)) => {
                change(NameIn::Type(&mut it.base));
                change(NameIn::Collation(&mut it.collation));
            }
            Self::Opaque(it) => change(NameIn::Raw(it)),
            Self::Namespace(_) | Self::Extension(_) | Self::Type(Type::Enum(_)) => {}
        }
    }
}

impl Table {
    /// Its columns with their types.
    fn row(&self) -> Vec<(SmolStr, &SqlType)> {
        let columns = self.columns.iter();
        columns.map(|it| (it.name.clone(), &it.sql_type)).collect()
    }

    pub(super) fn expressions<'a>(&'a self, visit: &mut impl FnMut(Place<'a>, &'a Expression)) {
        for column in &self.columns {
            if let Some(default) = &column.default {
                visit(Place::Default(column), default);
            }
            if let Some(generated) = &column.generated {
                visit(Place::Generated(column), &generated.expression);
            }
        }
        for (name, constraint) in &self.constraints {
            constraint
                .kind
                .expressions(|it| visit(Place::Constraint(name), it));
        }
    }

    /// Puts what `new` makes of its expressions in their place; columns and constraints whose expressions stay the same stay
    /// shared.
    pub fn rewrite(&mut self, mut new: impl FnMut(Place<'_>, &Expression) -> Expression) {
        for column in &mut self.columns {
            let old = Arc::clone(column);
            if let Some(default) = &old.default {
                let changed = new(Place::Default(&old), default);
                if changed != *default {
                    Arc::make_mut(column).default = Some(changed);
                }
            }
            if let Some(generated) = &old.generated {
                let changed = new(Place::Generated(&old), &generated.expression);
                if changed != generated.expression
                    && let Some(generated) = &mut Arc::make_mut(column).generated
                {
                    generated.expression = changed;
                }
            }
        }
        for (name, constraint) in &mut self.constraints {
            let mut changed = constraint.kind.clone();
            changed.rewrite(|it| new(Place::Constraint(name), it));
            if changed != constraint.kind {
                Arc::make_mut(constraint).kind = changed;
            }
        }
    }

    fn refer(&mut self, change: &mut impl FnMut(NameIn<'_>)) {
        for parent in &mut self.inherits {
            change(NameIn::Relation(parent));
        }
        if let Some(partition) = &mut self.partition_of {
            change(NameIn::Relation(&mut partition.parent));
        }
        if let Some(of) = &mut self.of {
            let mut changed = SqlType {
                base: BaseType::Named(of.clone()),
                modifiers: SmolStr::default(),
                array: false,
            };
            change(NameIn::Type(&mut changed));
            if let Some(name) = changed.named() {
                of.clone_from(name);
            }
        }
        for column in &mut self.columns {
            let mut changed = (column.sql_type.clone(), column.collation.clone());
            change(NameIn::Type(&mut changed.0));
            change(NameIn::Collation(&mut changed.1));
            if changed.0 != column.sql_type || changed.1 != column.collation {
                let column = Arc::make_mut(column);
                (column.sql_type, column.collation) = changed;
            }
        }
        for constraint in self.constraints.values_mut() {
            let mut changed = constraint.kind.clone();
            match &mut changed {
                ConstraintKind::ForeignKey(key) => change(NameIn::Relation(&mut key.table)),
                ConstraintKind::Exclusion(exclusion) => {
                    for (element, _) in &mut exclusion.elements {
                        change(NameIn::Collation(&mut element.collation));
                    }
                }
                ConstraintKind::PrimaryKey(_)
                | ConstraintKind::Unique(_)
                | ConstraintKind::Check { .. } => {}
            }
            if changed != constraint.kind {
                Arc::make_mut(constraint).kind = changed;
            }
        }
    }
}

impl ConstraintKind {
    /// Its expressions.
    pub fn expressions<'a>(&'a self, mut visit: impl FnMut(&'a Expression)) {
        match self {
            Self::Check { expression, .. } => visit(expression),
            Self::Exclusion(it) => {
                it.elements.iter().for_each(|it| visit(&it.0.expression));
                it.predicate.iter().for_each(visit);
            }
            Self::PrimaryKey(_) | Self::Unique(_) | Self::ForeignKey(_) => {}
        }
    }

    fn rewrite(&mut self, mut new: impl FnMut(&Expression) -> Expression) {
        match self {
            Self::Check { expression, .. } => *expression = new(expression),
            Self::Exclusion(it) => {
                for (element, _) in &mut it.elements {
                    element.expression = new(&element.expression);
                }
                if let Some(predicate) = &mut it.predicate {
                    *predicate = new(predicate);
                }
            }
            Self::PrimaryKey(_) | Self::Unique(_) | Self::ForeignKey(_) => {}
        }
    }
}

impl Index {
    /// Its elements and its predicate.
    pub fn expressions<'a>(&'a self, mut visit: impl FnMut(&'a Expression)) {
        self.elements.iter().for_each(|it| visit(&it.expression));
        self.predicate.iter().for_each(visit);
    }

    /// Puts what `new` makes of them in the place of its expressions.
    pub fn rewrite(&mut self, mut new: impl FnMut(&Expression) -> Expression) {
        for element in &mut self.elements {
            element.expression = new(&element.expression);
        }
        if let Some(predicate) = &mut self.predicate {
            *predicate = new(predicate);
        }
    }
}

impl Domain {
    pub(super) fn expressions<'a>(&'a self, visit: &mut impl FnMut(Place<'a>, &'a Expression)) {
        if let Some(default) = &self.default {
            visit(Place::DomainDefault, default);
        }
        for (name, check) in &self.checks {
            visit(Place::DomainCheck(name), check);
        }
    }

    fn rewrite(&mut self, mut new: impl FnMut(Place<'_>, &Expression) -> Expression) {
        if let Some(default) = &mut self.default {
            *default = new(Place::DomainDefault, default);
        }
        for (name, check) in &mut self.checks {
            *check = new(Place::DomainCheck(name), check);
        }
    }
}
