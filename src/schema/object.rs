//! The objects of the symbolic database, field by field as `pg_catalog` holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::builtin;
use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::schema::age::Age;
use crate::schema::id::ObjectId;
use crate::schema::reference::{Bond, ConstraintName, Reference};
use crate::schema::signature::Signature;
use crate::sql_type::{BaseType, SqlType};

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    Namespace(Namespace),
    Extension(Extension),
    Type(Type),
    Table(Table),
    Index(Index),
    Sequence(Sequence),
    Opaque(Opaque),
}

/// An object and its name: whoever must answer for every kind matches on this.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    Namespace(&'a SmolStr, &'a Namespace),
    Extension(&'a SmolStr, &'a Extension),
    Type(&'a Name, &'a Type),
    Table(&'a Name, &'a Table),
    Index(&'a Name, &'a Index),
    Sequence(&'a Name, &'a Sequence),
    Opaque(&'a ObjectId, &'a Opaque),
}

/// A schema, as PostgreSQL calls a namespace of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    pub comment: Option<SmolStr>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    pub schema: Option<SmolStr>,
    pub version: Option<SmolStr>,
    pub comment: Option<SmolStr>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Enum(Enum),
    Composite(Composite),
    Domain(Domain),
}

/// An enum's values in their sort order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enum {
    pub values: Vec<SmolStr>,
    pub comment: Option<SmolStr>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composite {
    /// Name, type and collation of each attribute.
    pub attributes: Vec<(SmolStr, SqlType, Option<Name>)>,
    /// By attribute.
    pub attribute_comments: BTreeMap<SmolStr, SmolStr>,
    pub comment: Option<SmolStr>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    pub base: SqlType,
    pub collation: Option<Name>,
    pub default: Option<Expression>,
    pub not_null: bool,
    /// By name.
    pub checks: BTreeMap<SmolStr, Expression>,
    /// The checks that values from before were not held against: raw SQL alone makes such.
    pub not_valid: BTreeSet<SmolStr>,
    /// By check.
    pub check_comments: BTreeMap<SmolStr, SmolStr>,
    pub comment: Option<SmolStr>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub unlogged: bool,
    /// In their order; it is no part of equality.
    pub columns: Vec<Arc<Column>>,
    /// By name.
    pub constraints: BTreeMap<SmolStr, Arc<Constraint>>,
    /// The parents named by `inherits`.
    pub inherits: Vec<Name>,
    /// The composite type whose attributes are its columns (`create table … of type`). The catalogue of a database is not
    /// asked for it.
    pub of: Option<Name>,
    /// What follows `partition by`, in normal form.
    pub partition_by: Option<SmolStr>,
    pub partition_of: Option<Partition>,
    /// Storage parameters in normal form.
    pub options: BTreeMap<SmolStr, SmolStr>,
    pub tablespace: Option<SmolStr>,
    pub comment: Option<SmolStr>,
}

/// Where a partition hangs: its parent and its bound (`for values …` or `default`) in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub parent: Name,
    pub bound: SmolStr,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: SmolStr,
    pub sql_type: SqlType,
    pub collation: Option<Name>,
    pub not_null: bool,
    pub default: Option<Expression>,
    pub identity: Option<Identity>,
    pub generated: Option<Generated>,
    pub comment: Option<SmolStr>,
    /// Comes from a parent table.
    pub inherited: bool,
    /// Defined by the table itself: it stays when the parent's column goes.
    pub own: bool,
}

impl Column {
    /// A nullable column with nothing more.
    #[must_use]
    pub fn bare(name: SmolStr, sql_type: SqlType) -> Self {
        Self {
            name,
            sql_type,
            collation: None,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            comment: None,
            inherited: false,
            own: true,
        }
    }
}

/// `generated { always | by default } as identity`; its options are those of the sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub always: bool,
    pub sequence: Name,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    pub expression: Expression,
    /// `stored`, else `virtual`.
    pub stored: bool,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "they are the columns of `pg_constraint`"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    pub kind: ConstraintKind,
    pub deferrable: bool,
    pub initially_deferred: bool,
    /// False after `not valid`.
    pub validated: bool,
    pub comment: Option<SmolStr>,
    /// Of the index that carries the constraint.
    pub index_comment: Option<SmolStr>,
    /// Comes from a parent table.
    pub inherited: bool,
    /// Defined by the table itself: it stays when the parent's goes.
    pub own: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    PrimaryKey(Key),
    Unique(Key),
    ForeignKey(ForeignKey),
    Check {
        expression: Expression,
        no_inherit: bool,
    },
    Exclusion(Exclusion),
}

/// The columns of a primary key or unique constraint, and its index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Key {
    pub columns: Vec<SmolStr>,
    pub include: Vec<SmolStr>,
    pub nulls_not_distinct: bool,
    pub options: BTreeMap<SmolStr, SmolStr>,
    pub tablespace: Option<SmolStr>,
    pub age: Age,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub columns: Vec<SmolStr>,
    pub table: Name,
    /// The referenced columns, also where the statement left them to the primary key.
    pub references: Vec<SmolStr>,
    pub match_full: bool,
    pub on_delete: ReferentialAction,
    pub on_update: ReferentialAction,
    /// The columns of `on delete set null (…)` or `set default (…)`; empty for all.
    pub on_delete_columns: Vec<SmolStr>,
    /// The constraint or unique index of `table` that it rests on (`conindid`); empty in a statement.
    pub index: SmolStr,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReferentialAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    pub method: SmolStr,
    /// Each element with its operator as written after `with`.
    pub elements: Vec<(IndexElement, SmolStr)>,
    pub include: Vec<SmolStr>,
    pub options: BTreeMap<SmolStr, SmolStr>,
    pub tablespace: Option<SmolStr>,
    pub predicate: Option<Expression>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub table: Name,
    pub unique: bool,
    pub method: SmolStr,
    pub elements: Vec<IndexElement>,
    pub include: Vec<SmolStr>,
    pub nulls_not_distinct: bool,
    pub options: BTreeMap<SmolStr, SmolStr>,
    pub tablespace: Option<SmolStr>,
    pub predicate: Option<Expression>,
    pub comment: Option<SmolStr>,
    /// `on only`: not made on partitions.
    pub only: bool,
    /// The index of the partitioned table that this one belongs to.
    pub parent: Option<Name>,
    pub age: Age,
}

/// One column or expression of an index, with what differs from the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexElement {
    /// A single column is an expression of just its name.
    pub expression: Expression,
    pub collation: Option<Name>,
    /// Operator class with its parameters, as written in normal form.
    pub operator_class: Option<SmolStr>,
    pub descending: bool,
    /// Only where it differs from the default of the direction.
    pub nulls_first: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    pub sql_type: SqlType,
    pub start: i64,
    pub increment: i64,
    pub minimum: i64,
    pub maximum: i64,
    pub cache: i64,
    pub cycle: bool,
    pub unlogged: bool,
    /// `owned by table.column`.
    pub owned_by: Option<(Name, SmolStr)>,
    /// Made by an identity column, with which it lives and dies.
    pub identity: bool,
    pub comment: Option<SmolStr>,
}

/// Something that only raw SQL makes: its text is not kept, but what it uses is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opaque {
    pub kind: Kind,
    /// Named by `declares`: a rollback must take it back.
    pub declared: bool,
    /// Whether its text was read, so that it uses what is said here and nothing else.
    pub is_read: bool,
    /// The table that it goes with: that of a trigger, policy, rule or statistics.
    pub part_of: Option<Name>,
    /// Tables, views and types.
    pub uses: BTreeSet<ObjectId>,
    pub columns: BTreeSet<(Name, SmolStr)>,
    /// Primary keys, by table and name.
    pub keys: BTreeSet<(Name, SmolStr)>,
    /// Of a function: how it can be called, one for each of its name.
    pub signatures: Vec<Signature>,
    /// A temporary table, which no later session sees.
    pub temporary: bool,
    /// Of a view: its columns, where they are known.
    pub output: Option<Arc<[(SmolStr, SqlType)]>>,
    /// Of a view.
    pub rows: ViewRows,
}

/// Whose rows a view shows, so that a change of them can be passed on (manual: CREATE VIEW "Updatable Views").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ViewRows {
    #[default]
    Unknown,
    /// Nobody's, and why.
    Computed(SmolStr),
    /// Those of a relation: for each column of the view that of the relation, if it is one.
    Of {
        relation: Name,
        columns: Vec<Option<SmolStr>>,
    },
}

impl<'a> Named<'a> {
    /// The object that the schema finds by `id`.
    ///
    /// # Panics
    ///
    /// Where `id` is none of such an object.
    #[must_use]
    pub fn new(id: &'a ObjectId, object: &'a Object) -> Self {
        let name = || id.name().expect("an object of a schema has a whole name");
        let bare = || id.bare().expect("what lies in no schema has a bare name");
        match object {
            Object::Namespace(it) => Self::Namespace(bare(), it),
            Object::Extension(it) => Self::Extension(bare(), it),
            Object::Type(it) => Self::Type(name(), it),
            Object::Table(it) => Self::Table(name(), it),
            Object::Index(it) => Self::Index(name(), it),
            Object::Sequence(it) => Self::Sequence(name(), it),
            Object::Opaque(it) => Self::Opaque(id, it),
        }
    }

    /// The names that the object takes among constraints.
    pub(super) fn constraint_names(self) -> Vec<ConstraintName> {
        match self {
            Self::Table(name, table) => table
                .constraints
                .iter()
                .map(|(constraint, it)| ConstraintName {
                    name: name.sibling(constraint.clone()),
                    has_index: it.kind.has_index(),
                    initially_deferred: it.initially_deferred,
                })
                .collect(),
            Self::Type(name, Type::Domain(domain)) => domain
                .checks
                .keys()
                .map(|check| ConstraintName {
                    name: name.sibling(check.clone()),
                    has_index: false,
                    initially_deferred: false,
                })
                .collect(),
            Self::Namespace(..)
            | Self::Extension(..)
            | Self::Type(_, Type::Enum(_) | Type::Composite(_))
            | Self::Index(..)
            | Self::Sequence(..)
            | Self::Opaque(..) => Vec::new(),
        }
    }

    /// Among objects of any kind, the tables.
    #[must_use]
    pub fn table((id, object): (&'a ObjectId, &'a Arc<Object>)) -> Option<(&'a Name, &'a Table)> {
        id.relation().zip(object.as_table())
    }

    /// Among objects of any kind, the indexes.
    #[must_use]
    pub fn index((id, object): (&'a ObjectId, &'a Arc<Object>)) -> Option<(&'a Name, &'a Index)> {
        id.relation().zip(object.as_index())
    }
}

impl Object {
    /// What the object refers to. `schema` is the one of unqualified names.
    pub(super) fn references(&self, id: &ObjectId, schema: &str) -> Vec<Reference> {
        let mut references = Vec::new();
        match self {
            Self::Namespace(_) => {}
            Self::Opaque(opaque) => {
                references.extend(opaque.uses.iter().cloned().map(used));
                references.extend(opaque.part_of.as_ref().map(part));
            }
            Self::Extension(extension) => {
                references.extend(extension.schema.clone().map(ObjectId::Namespace).map(used));
            }
            Self::Type(it) => it.references(schema, &mut references),
            Self::Table(table) => table.references(schema, &mut references),
            Self::Index(index) => index.references(schema, &mut references),
            Self::Sequence(sequence) => {
                references.extend(sequence.owned_by.as_ref().map(|it| part(&it.0)));
            }
        }
        if let ObjectId::Type(name) | ObjectId::Relation(name) | ObjectId::Opaque(_, name) = id
            && name.schema != schema
        {
            references.push(used(ObjectId::Namespace(name.schema.clone())));
        }
        references.retain(|it| it.0 != *id);
        references.sort_unstable();
        references.dedup();
        references
    }

    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        if let Self::Table(it) = self {
            Some(it)
        } else {
            None
        }
    }

    #[must_use]
    pub fn as_index(&self) -> Option<&Index> {
        if let Self::Index(it) = self {
            Some(it)
        } else {
            None
        }
    }

    #[must_use]
    pub fn as_sequence(&self) -> Option<&Sequence> {
        if let Self::Sequence(it) = self {
            Some(it)
        } else {
            None
        }
    }

    #[must_use]
    pub fn as_type(&self) -> Option<&Type> {
        if let Self::Type(it) = self {
            Some(it)
        } else {
            None
        }
    }

    #[must_use]
    pub fn as_opaque(&self) -> Option<&Opaque> {
        if let Self::Opaque(it) = self {
            Some(it)
        } else {
            None
        }
    }

    /// The field that holds the comment; none where the model knows no text of it.
    pub fn comment_mut(&mut self) -> Option<&mut Option<SmolStr>> {
        match self {
            Self::Namespace(it) => Some(&mut it.comment),
            Self::Extension(it) => Some(&mut it.comment),
            Self::Type(it) => Some(it.comment_mut()),
            Self::Table(it) => Some(&mut it.comment),
            Self::Index(it) => Some(&mut it.comment),
            Self::Sequence(it) => Some(&mut it.comment),
            Self::Opaque(_) => None,
        }
    }

    /// The relation that it lives and dies with.
    #[must_use]
    pub fn part_of(&self) -> Option<&Name> {
        match self {
            Self::Index(index) => Some(&index.table),
            Self::Sequence(sequence) => sequence.owned_by.as_ref().map(|it| &it.0),
            Self::Table(table) => table.partition_of.as_ref().map(|it| &it.parent),
            Self::Opaque(opaque) => opaque.part_of.as_ref(),
            Self::Namespace(_) | Self::Extension(_) | Self::Type(_) => None,
        }
    }

    /// Whether it goes along where that column of a table goes.
    #[must_use]
    pub fn is_part_of_column(&self, table: &Name, column: &SmolStr) -> bool {
        match self {
            Self::Index(it) => it.table == *table && it.columns().any(|it| it == column),
            Self::Sequence(it) => {
                (it.owned_by.as_ref()).is_some_and(|(owner, own)| owner == table && own == column)
            }
            Self::Opaque(it) => {
                it.kind == Kind::Defined(Defined::Statistics) && it.reads(table, column)
            }
            Self::Namespace(_) | Self::Extension(_) | Self::Type(_) | Self::Table(_) => false,
        }
    }

    /// Puts `to` where it reads a column of another table.
    pub fn rename_column(&mut self, table: &Name, column: &SmolStr, to: &SmolStr) {
        match self {
            Self::Index(index) if index.table == *table => index.rename_column(column, to),
            Self::Sequence(Sequence {
                owned_by: Some((owner, own)),
                ..
            }) if owner == table && own == column => *own = to.clone(),
            Self::Table(other) => other.rename_referenced(table, column, to),
            Self::Opaque(opaque) => opaque.rename_column(table, column, to),
            Self::Namespace(_)
            | Self::Extension(_)
            | Self::Type(_)
            | Self::Index(_)
            | Self::Sequence(_) => {}
        }
    }

    /// Equality as a rollback is judged: the order of columns does not count.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match self.as_table().zip(other.as_table()) {
            Some((one, two)) => one.same(two),
            None => self == other,
        }
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Namespace(_) => Kind::Schema,
            Self::Extension(_) => Kind::Extension,
            Self::Type(it) => it.kind(),
            Self::Table(_) => Kind::Table,
            Self::Index(_) => Kind::Index,
            Self::Sequence(_) => Kind::Sequence,
            Self::Opaque(opaque) => opaque.kind,
        }
    }
}

impl Opaque {
    /// Whether it reads that column.
    #[must_use]
    pub fn reads(&self, table: &Name, column: &SmolStr) -> bool {
        self.columns
            .iter()
            .any(|it| it.0 == *table && it.1 == *column)
    }

    /// Puts `new` where `old` is used.
    pub fn refer(&mut self, old: &ObjectId, new: &ObjectId) {
        if self.uses.remove(old) {
            self.uses.insert(new.clone());
        }
        if let (ObjectId::Type(old) | ObjectId::Relation(old), Some(new)) = (old, new.name()) {
            self.retype(old, new);
        }
        let (ObjectId::Relation(old), ObjectId::Relation(new)) = (old, new) else {
            return;
        };
        if self.part_of.as_ref() == Some(old) {
            self.part_of = Some(new.clone());
        }
        if let ViewRows::Of { relation, .. } = &mut self.rows
            && relation == old
        {
            *relation = new.clone();
        }
        for named in [&mut self.columns, &mut self.keys] {
            *named = std::mem::take(named)
                .into_iter()
                .map(|(table, name)| {
                    let table = if table == *old { new.clone() } else { table };
                    (table, name)
                })
                .collect();
        }
    }

    /// Puts the type `new` where `old` is the type of a column or parameter.
    fn retype(&mut self, old: &Name, new: &Name) {
        let change = |it: &mut SqlType| {
            if it.named() == Some(old) {
                it.base = BaseType::Named(new.clone());
            }
        };
        if let Some(output) = &mut self.output
            && output.iter().any(|it| it.1.named() == Some(old))
        {
            let mut columns = output.to_vec();
            for (_, sql_type) in &mut columns {
                change(sql_type);
            }
            *output = columns.into();
        }
        for signature in &mut self.signatures {
            signature.result.iter_mut().for_each(change);
            signature
                .columns
                .iter_mut()
                .for_each(|it| change(&mut it.1));
            let parameters = signature.parameters.iter_mut();
            parameters
                .filter_map(|it| it.sql_type.as_mut())
                .for_each(change);
        }
    }

    /// Puts `to` where a column of `table` is read.
    pub fn rename_column(&mut self, table: &Name, column: &SmolStr, to: &SmolStr) {
        if let ViewRows::Of { relation, columns } = &mut self.rows
            && relation == table
        {
            let named = columns.iter_mut().flatten().filter(|it| *it == column);
            named.for_each(|it| *it = to.clone());
        }
        if self.columns.remove(&(table.clone(), column.clone())) {
            self.columns.insert((table.clone(), to.clone()));
        }
    }
}

impl Type {
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Domain(_) => Kind::Domain,
            Self::Enum(_) | Self::Composite(_) => Kind::Type,
        }
    }

    fn references(&self, schema: &str, references: &mut Vec<Reference>) {
        match self {
            Self::Enum(_) => {}
            Self::Composite(composite) => {
                for (_, sql_type, _) in &composite.attributes {
                    add_type(sql_type, references);
                }
            }
            Self::Domain(domain) => {
                add_type(&domain.base, references);
                domain.expressions(&mut |_, it| add_expression(it, schema, references));
            }
        }
    }

    /// The field that holds the comment.
    pub fn comment_mut(&mut self) -> &mut Option<SmolStr> {
        match self {
            Self::Enum(it) => &mut it.comment,
            Self::Composite(it) => &mut it.comment,
            Self::Domain(it) => &mut it.comment,
        }
    }

    #[must_use]
    pub fn comment(&self) -> Option<&SmolStr> {
        match self {
            Self::Enum(it) => it.comment.as_ref(),
            Self::Composite(it) => it.comment.as_ref(),
            Self::Domain(it) => it.comment.as_ref(),
        }
    }
}

/// How much two lists begin and end with alike.
#[derive(Debug, Clone, Copy)]
pub struct Alike {
    first: usize,
    last: usize,
}

impl Alike {
    /// The range of one of them between that.
    pub fn of<T>(self, list: &[T]) -> Range<usize> {
        self.first..list.len() - self.last
    }
}

/// What two lists begin and end with alike, so that only what lies between is to be compared.
pub fn alike<T>(one: &[T], other: &[T], same: impl Fn(&T, &T) -> bool) -> Alike {
    let same = |(one, other): &(&T, &T)| same(one, other);
    let first = one.iter().zip(other).take_while(same).count();
    let (one, other) = (&one[first..], &other[first..]);
    let last = one.iter().rev().zip(other.iter().rev()).take_while(same);
    Alike {
        first,
        last: last.count(),
    }
}

impl Table {
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .map(|it| &**it)
    }

    /// The columns that another version of the table has otherwise, or not: versions share what did not change.
    pub fn columns_unlike<'a>(
        &'a self,
        other: &Self,
    ) -> impl Iterator<Item = &'a Arc<Column>> + use<'a> {
        let alike = alike(&self.columns, &other.columns, Arc::ptr_eq);
        let others = other.columns[alike.of(&other.columns)].iter();
        let shared: FxHashSet<*const Column> = others.map(Arc::as_ptr).collect();
        let columns = self.columns[alike.of(&self.columns)].iter();
        columns.filter(move |it| !shared.contains(&Arc::as_ptr(it)))
    }

    /// The column to change; copies it where the log shares it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns
            .iter_mut()
            .find(|column| column.name == name)
            .map(Arc::make_mut)
    }

    /// The primary key's name and columns.
    #[must_use]
    pub fn primary_key(&self) -> Option<(&SmolStr, &Key)> {
        self.constraints.iter().find_map(|(name, constraint)| {
            let ConstraintKind::PrimaryKey(key) = &constraint.kind else {
                return None;
            };
            Some((name, key))
        })
    }

    /// Equal but for the order of columns.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let Self {
            unlogged,
            columns,
            constraints,
            inherits,
            of,
            partition_by,
            partition_of,
            options,
            tablespace,
            comment,
        } = self;
        let same_columns = || {
            *columns == other.columns
                || columns.iter().all(|column| {
                    let same_name = other.columns.iter().find(|it| it.name == column.name);
                    same_name == Some(column)
                })
        };
        columns.len() == other.columns.len()
            && *unlogged == other.unlogged
            && *inherits == other.inherits
            && *of == other.of
            && *partition_by == other.partition_by
            && *partition_of == other.partition_of
            && *options == other.options
            && *tablespace == other.tablespace
            && *comment == other.comment
            && *constraints == other.constraints
            && same_columns()
    }

    /// Puts `to` where a foreign key points at the column of `table`.
    fn rename_referenced(&mut self, table: &Name, column: &SmolStr, to: &SmolStr) {
        for constraint in self.constraints.values_mut() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.table == *table
                && key.references.contains(column)
                && let ConstraintKind::ForeignKey(key) = &mut Arc::make_mut(constraint).kind
            {
                rename_in(&mut key.references, column, to);
            }
        }
    }

    fn references(&self, schema: &str, references: &mut Vec<Reference>) {
        self.expressions(&mut |_, it| add_expression(it, schema, references));
        // What a partition key computes with.
        let key = self.partition_by.as_ref();
        let key = key.and_then(|it| Expression::parse(&it[it.find('(')?..]).ok());
        if let Some(key) = key {
            add_expression(&key, schema, references);
        }
        for column in &self.columns {
            add_type(&column.sql_type, references);
        }
        for constraint in self.constraints.values() {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind {
                let table = ObjectId::Relation(key.table.clone());
                references.extend([used(table.clone()), (table, Bond::Key)]);
            }
        }
        references.extend(self.of.clone().map(ObjectId::Type).map(used));
        let parent = self.partition_of.iter().map(|it| &it.parent);
        for name in self.inherits.iter().chain(parent) {
            references.push((ObjectId::Relation(name.clone()), Bond::Child));
        }
    }
}

impl IndexElement {
    /// An expression with nothing more.
    #[must_use]
    pub fn over(expression: Expression) -> Self {
        Self {
            expression,
            collation: None,
            operator_class: None,
            descending: false,
            nulls_first: None,
        }
    }
}

impl Index {
    /// Puts `to` where the column of its table is read.
    fn rename_column(&mut self, column: &SmolStr, to: &SmolStr) {
        self.rewrite(|it| it.rename_column(column, to));
        rename_in(&mut self.include, column, to);
    }

    fn references(&self, schema: &str, references: &mut Vec<Reference>) {
        references.push(part(&self.table));
        references.extend(self.parent.as_ref().map(part));
        self.expressions(|it| add_expression(it, schema, references));
    }

    /// The columns that the index reads, in its elements, `include` and `where`.
    pub fn columns(&self) -> impl Iterator<Item = &SmolStr> {
        self.elements
            .iter()
            .flat_map(|element| element.expression.columns())
            .chain(&self.include)
            .chain(self.predicate.iter().flat_map(Expression::columns))
    }
}

impl ConstraintKind {
    /// The key of a primary key or unique constraint.
    #[must_use]
    pub fn key(&self) -> Option<&Key> {
        match self {
            Self::PrimaryKey(key) | Self::Unique(key) => Some(key),
            Self::ForeignKey(_) | Self::Check { .. } | Self::Exclusion(_) => None,
        }
    }

    #[must_use]
    pub fn is_foreign_key(&self) -> bool {
        matches!(self, Self::ForeignKey(_))
    }

    /// Whether an index of the constraint's name carries it.
    #[must_use]
    pub fn has_index(&self) -> bool {
        match self {
            Self::PrimaryKey(_) | Self::Unique(_) | Self::Exclusion(_) => true,
            Self::ForeignKey(_) | Self::Check { .. } => false,
        }
    }

    /// The columns of its own table that the constraint reads.
    #[must_use]
    pub fn columns(&self) -> Vec<&SmolStr> {
        match self {
            Self::PrimaryKey(key) | Self::Unique(key) => {
                key.columns.iter().chain(&key.include).collect()
            }
            Self::ForeignKey(key) => key.columns.iter().collect(),
            Self::Check { expression, .. } => expression.columns().collect(),
            Self::Exclusion(exclusion) => exclusion
                .elements
                .iter()
                .flat_map(|(element, _)| element.expression.columns())
                .chain(&exclusion.include)
                .chain(exclusion.predicate.iter().flat_map(Expression::columns))
                .collect(),
        }
    }
}

/// Puts `new` where `old` stands among names.
pub fn rename_in(names: &mut [SmolStr], old: &SmolStr, new: &SmolStr) {
    for name in names {
        if name == old {
            *name = new.clone();
        }
    }
}

fn add_type(sql_type: &SqlType, references: &mut Vec<Reference>) {
    if let Some(name) = sql_type.named() {
        references.push(used(ObjectId::Type(name.clone())));
    }
}

fn add_expression(expression: &Expression, schema: &str, references: &mut Vec<Reference>) {
    for name in expression.functions(schema) {
        if name.schema != "pg_catalog" && builtin::functions(&name.name).is_empty() {
            references.push(used(ObjectId::Opaque(Defined::Function, name)));
        }
    }
    if expression.is_plain() {
        return;
    }
    references.extend(
        expression
            .types(schema)
            .filter(|name| name.schema != "pg_catalog")
            .map(ObjectId::Type)
            .map(used),
    );
    let relations = expression.relations(schema);
    references.extend(relations.map(ObjectId::Relation).map(used));
}

fn part(of: &Name) -> Reference {
    (ObjectId::Relation(of.clone()), Bond::Part)
}

fn used(id: ObjectId) -> Reference {
    (id, Bond::User)
}
