//! What queries give.

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::Result;
use crate::binder::bound::Bound;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::scope::{Source, Variable};
use crate::binder::ty::Ty;
use crate::binder::world::Column;
use crate::schema::ViewRows;
use crate::tree::Expr;

/// What a query gives.
#[derive(Debug, Clone)]
pub struct Output {
    pub columns: Vec<Column>,
    /// Whether it may have more columns, or others.
    pub opaque: bool,
    /// What holds of the query as a value.
    pub(super) bound: Bound,
    /// Whose rows it shows.
    pub rows: ViewRows,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            columns: Vec::new(),
            opaque: false,
            bound: Bound::opaque(),
            rows: ViewRows::Unknown,
        }
    }
}

/// One column of a `select`, stars spread.
#[derive(Debug, Clone)]
pub(super) struct Flat<'q> {
    pub(super) name: SmolStr,
    pub(super) bound: Bound,
    /// The expression, but for what a star gave.
    pub(super) expr: Option<&'q Expr>,
    /// The column that a star gave.
    pub(super) variable: Option<Variable>,
    pub(super) range: Range<usize>,
}

impl Output {
    /// The output of what nobody here understands.
    pub(super) fn opaque() -> Self {
        Self {
            opaque: true,
            ..Self::default()
        }
    }

    /// All columns of a source.
    pub(super) fn of(source: &Source) -> Self {
        Self {
            columns: source
                .columns
                .iter()
                .map(|it| Column {
                    name: it.name.clone(),
                    typed: it.typed.clone(),
                })
                .collect(),
            opaque: source.opaque,
            rows: match &source.rows_of {
                Some(relation) if !source.opaque => ViewRows::Of {
                    relation: relation.clone(),
                    columns: source
                        .columns
                        .iter()
                        .map(|it| Some(it.name.clone()))
                        .collect(),
                },
                Some(_) | None => ViewRows::Unknown,
            },
            ..Self::default()
        }
    }

    /// The one column of a subquery that stands for a value.
    pub(super) fn single(&self, range: &Range<usize>) -> Result<Column> {
        match self.columns.as_slice() {
            [one] if !self.opaque => Ok(one.clone()),
            _ if self.opaque => Ok(Column {
                name: SmolStr::default(),
                typed: Ty::Opaque.plain(),
            }),
            columns => Err(Mistake::new(
                Class::Syntax,
                range,
                format!(
                    "a subquery as a value must have 1 column, and this one has {}",
                    columns.len()
                ),
            )),
        }
    }
}
