//! `insert` (manual 6.1; `transformInsertStmt` and `transformInsertRow`).

use crate::binder::bound::Bound;
use crate::binder::changed::{Changed, named};
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Output;
use crate::binder::place::Place;
use crate::binder::view_rows::Change;
use crate::binder::words::{are, are_columns, count};
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::tree::{Body, ColumnTarget, Expr, ExprKind, Insert, Literal, Overriding, Query, Target};

/// A column that an `insert` fills.
#[derive(Debug)]
pub(super) struct Filled<'t> {
    pub(super) column: &'t Column,
    /// Whether a part of it is set: an element or a field.
    pub(super) partly: bool,
}

impl Binder<'_> {
    /// Binds `insert` in the level that is open.
    pub(super) fn insert_rows(&mut self, insert: &Insert) -> Result<Output> {
        let (target, source) =
            self.changed(&insert.table, insert.alias.as_ref(), Change::Insert)?;
        let columns = self.insert_columns(&target, insert.columns.as_deref())?;
        if let Some(query) = &insert.source {
            self.insert_source(insert, query, &target, columns.as_deref())?;
        }
        self.scope.top().sources.push(source.clone());
        if let Some(conflict) = &insert.on_conflict {
            self.on_conflict(conflict, &target, &source)?;
        }
        self.returning(&insert.returning)
    }

    /// The columns that an `insert` fills, in order; nothing where they are not known.
    pub(super) fn insert_columns<'t>(
        &mut self,
        target: &'t Changed,
        listed: Option<&[ColumnTarget]>,
    ) -> Result<Option<Vec<Filled<'t>>>> {
        let Some(listed) = listed else {
            let columns = target.columns.iter();
            let columns = columns.map(|column| Filled {
                column,
                partly: false,
            });
            return Ok((!target.opaque).then(|| columns.collect()));
        };
        let mut columns = Vec::new();
        for (at, column) in listed.iter().enumerate() {
            let before = listed[..at].iter().find(|it| it.name == column.name);
            if before.is_some_and(|it| !it.indirection || !column.indirection) {
                return Err(Mistake::new(
                    Class::Duplicate,
                    &column.range,
                    format!("column \"{}\" is listed twice", column.name),
                ));
            }
            if target.opaque {
                continue;
            }
            columns.push(Filled {
                column: self.target_column(target, column)?,
                partly: column.indirection,
            });
        }
        Ok((!target.opaque).then_some(columns))
    }

    fn insert_source(
        &mut self,
        insert: &Insert,
        query: &Query,
        target: &Changed,
        columns: Option<&[Filled<'_>]>,
    ) -> Result<()> {
        let is_plain = query.with.is_none() && query.order_by.is_empty() && query.limit.is_empty();
        if let (Body::Values(rows), true) = (&query.body, is_plain) {
            let place = if rows.len() == 1 {
                Place::InsertTarget
            } else {
                Place::Values
            };
            let width = rows.first().map_or(0, Vec::len);
            for row in rows {
                if row
                    .iter()
                    .any(|it| matches!(it.kind, ExprKind::Star(_) | ExprKind::FieldStar(_)))
                {
                    return Ok(());
                }
                if row.len() != width {
                    let range = row.first().map_or(0..0, |it| it.range.clone());
                    return Err(Mistake::new(
                        Class::Syntax,
                        &range,
                        "all rows of `values` must have as many values",
                    ));
                }
                check_width(insert, target, columns, row.len(), row.first())?;
                for (at, expr) in row.iter().enumerate() {
                    let column = columns.and_then(|it| it.get(at));
                    self.insert_value(target, column, expr, insert.overriding, place)?;
                }
            }
            return Ok(());
        }
        let output = self.query(query, false)?;
        if output.opaque {
            return Ok(());
        }
        check_width(insert, target, columns, output.columns.len(), None)?;
        for (at, given) in output.columns.iter().enumerate() {
            let Some(Filled { column, partly }) = columns.and_then(|it| it.get(at)) else {
                continue;
            };
            let expr = expression_of(query, at);
            let range = expr.map_or_else(|| query.range.clone(), |it| it.range.clone());
            self.check_generated(target, &column.name, &range, insert.overriding, false)?;
            if *partly {
                continue;
            }
            let mut bound = Bound::typed(given.typed.clone());
            let stand_in = Expr {
                kind: ExprKind::Opaque(Vec::new()),
                range,
            };
            if let Some(Expr {
                kind: ExprKind::Literal(Literal::String(text)),
                ..
            }) = expr
            {
                bound.literal = Some(text.clone());
            }
            self.assign(bound, &named(&column.name), &column.typed, &stand_in)?;
        }
        Ok(())
    }

    /// Binds a value of a row that is inserted.
    pub(super) fn insert_value(
        &mut self,
        target: &Changed,
        filled: Option<&Filled<'_>>,
        expr: &Expr,
        overriding: Option<Overriding>,
        place: Place,
    ) -> Result<()> {
        let is_default = expr.kind == ExprKind::Default;
        if let Some(Filled { column, .. }) = filled {
            self.check_generated(target, &column.name, &expr.range, overriding, is_default)?;
        }
        if is_default {
            return match filled {
                Some(Filled {
                    column,
                    partly: true,
                }) => Err(no_partial_default(column, expr)),
                Some(_) | None => Ok(()),
            };
        }
        let bound = self.at(place, |it| it.expr(expr))?;
        if let Some(Filled {
            column,
            partly: false,
        }) = filled
        {
            self.assign(bound, &named(&column.name), &column.typed, expr)?;
        }
        Ok(())
    }
}

/// A part of a column has no default.
fn no_partial_default(column: &Column, value: &Expr) -> Mistake {
    Mistake::new(
        Class::NotSupported,
        &value.range,
        format!("a part of column \"{}\" has no default", column.name),
    )
}

/// Refuses more values than columns, and fewer than are listed.
fn check_width(
    insert: &Insert,
    target: &Changed,
    columns: Option<&[Filled<'_>]>,
    width: usize,
    first: Option<&Expr>,
) -> Result<()> {
    let listed = insert.columns.as_ref().map(Vec::len);
    let Some(wanted) = columns.map(<[_]>::len).or(listed) else {
        return Ok(());
    };
    let is_wrong = width > wanted || listed.is_some() && width < wanted;
    if !is_wrong {
        return Ok(());
    }
    let range = first.map_or_else(|| insert.table.range.clone(), |it| it.range.clone());
    let message = if listed.is_some() {
        format!("{} listed, and {} given", are_columns(wanted), are(width))
    } else {
        let table = target.name.as_ref().map(ToString::to_string);
        format!(
            "table \"{}\" has {}, and {} given",
            table.unwrap_or_default(),
            count(wanted, "column"),
            are(width)
        )
    };
    Err(Mistake::new(Class::Syntax, &range, message))
}

/// The expression of a column of a plain query.
fn expression_of(query: &Query, at: usize) -> Option<&Expr> {
    let Body::Select(select) = &query.body else {
        return None;
    };
    let mut targets = select.targets.iter();
    if targets.clone().any(|it| matches!(it, Target::Star(_))) {
        return None;
    }
    match targets.nth(at)? {
        Target::Value { value, .. } => Some(value),
        Target::Star(_) => None,
    }
}
