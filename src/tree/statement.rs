//! Statements that read or change rows.

use std::ops::Range;

use smol_str::SmolStr;

use crate::tree::{Expr, From, Name, Query, Target, With};

/// A statement that reads or changes rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    Query(Box<Query>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    Merge(Box<Merge>),
    /// Not understood.
    Opaque,
}

/// `insert`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insert {
    pub with: Option<With>,
    pub table: Name,
    pub alias: Option<SmolStr>,
    /// Absent where no list is written.
    pub columns: Option<Vec<ColumnTarget>>,
    pub overriding: Option<Overriding>,
    /// Absent for `default values`.
    pub source: Option<Query>,
    pub on_conflict: Option<OnConflict>,
    pub returning: Vec<Target>,
}

/// `overriding system value` and `overriding user value`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overriding {
    System,
    User,
}

/// A column that gets a value: `a`, `a[1]`, `a.field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnTarget {
    pub name: SmolStr,
    /// Whether a part of it is set: an element, a slice or a field.
    pub indirection: bool,
    /// Expressions among the subscripts.
    pub subscripts: Vec<Expr>,
    pub range: Range<usize>,
}

/// `on conflict`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnConflict {
    pub target: Option<ConflictTarget>,
    pub action: ConflictAction,
    pub range: Range<usize>,
}

/// What must be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictTarget {
    Constraint(Name),
    Index {
        /// With collation and operator class where said.
        elements: Vec<ConflictElement>,
        filter: Option<Expr>,
    },
}

/// One element of the index that `on conflict` looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictElement {
    pub value: Expr,
    pub collation: Option<Name>,
    pub operator_class: Option<Name>,
}

/// What happens to a row that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictAction {
    Nothing,
    Update {
        set: Vec<Assignment>,
        filter: Option<Expr>,
    },
}

/// `a = 1`, or `(a, b) = …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    One(ColumnTarget, Expr),
    /// `(a, b) = (1, 2)` or `row(…)`.
    Row(Vec<ColumnTarget>, Vec<Expr>),
    /// `(a, b) = (select …)`.
    Query(Vec<ColumnTarget>, Box<Query>),
}

/// `update`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    pub with: Option<With>,
    pub table: Name,
    pub alias: Option<SmolStr>,
    pub set: Vec<Assignment>,
    pub from: Vec<From>,
    pub filter: Option<Expr>,
    pub returning: Vec<Target>,
}

/// `delete`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    pub with: Option<With>,
    pub table: Name,
    pub alias: Option<SmolStr>,
    pub using: Vec<From>,
    pub filter: Option<Expr>,
    pub returning: Vec<Target>,
}

/// `merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    pub with: Option<With>,
    pub table: Name,
    pub alias: Option<SmolStr>,
    pub using: From,
    pub on: Expr,
    pub clauses: Vec<MergeClause>,
    pub returning: Vec<Target>,
}

/// One `when …` of `merge`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeClause {
    /// What it applies to.
    pub when: MergeWhen,
    pub condition: Option<Expr>,
    pub action: MergeAction,
}

/// The rows that a clause of `merge` is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeWhen {
    Matched,
    NotMatchedBySource,
    NotMatchedByTarget,
}

/// What a clause of `merge` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeAction {
    Nothing,
    Delete,
    Update(Vec<Assignment>),
    Insert {
        columns: Option<Vec<ColumnTarget>>,
        overriding: Option<Overriding>,
        /// Absent for `default values`.
        values: Option<Vec<Expr>>,
    },
}
