//! `set` of `update`, `merge` and `on conflict` (manual 6.2; `transformUpdateTargetList`).

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::changed::{Changed, named};
use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::ty::Typed;
use crate::binder::words::{are, are_columns};
use crate::binder::{Binder, Result};
use crate::tree::{Assignment, ColumnTarget, Expr, ExprKind};

impl Binder<'_> {
    /// Binds the items of `set`.
    pub(super) fn assignments(&mut self, set: &[Assignment], target: &Changed) -> Result<()> {
        let mut seen: Vec<&ColumnTarget> = Vec::new();
        let mut reached: Vec<SmolStr> = Vec::new();
        for assignment in set {
            let columns: &[ColumnTarget] = match assignment {
                Assignment::One(column, _) => std::slice::from_ref(column),
                Assignment::Row(columns, _) | Assignment::Query(columns, _) => columns,
            };
            for column in columns {
                let before = seen.iter().find(|it| it.name == column.name);
                if before.is_some_and(|it| !it.indirection || !column.indirection) {
                    return Err(Mistake::new(
                        Class::Syntax,
                        &column.range,
                        format!("column \"{}\" is set twice", column.name),
                    ));
                }
                if let Some((_, own)) = target.reached(&column.name, &column.range)?
                    && target.passed_on.is_some()
                    && !column.indirection
                {
                    if reached.contains(&own) {
                        return Err(twice(&own, column));
                    }
                    reached.push(own);
                }
                seen.push(column);
            }
            match assignment {
                Assignment::One(column, value) => self.set(target, column, value)?,
                Assignment::Row(_, values)
                    if (values.iter()).any(|it| matches!(it.kind, ExprKind::Star(_))) => {}
                Assignment::Row(columns, values) => {
                    if columns.len() != values.len() {
                        return Err(unequal(columns, values.len()));
                    }
                    for (column, value) in columns.iter().zip(values) {
                        self.set(target, column, value)?;
                    }
                }
                Assignment::Query(columns, query) => {
                    let place = Place::UpdateSource;
                    let output = self.at(place, |it| it.subquery(query, &query.range))?;
                    if !output.opaque && output.columns.len() != columns.len() {
                        return Err(unequal(columns, output.columns.len()));
                    }
                    for (at, column) in columns.iter().enumerate() {
                        let Some(found) = self.settable(target, column, false)? else {
                            continue;
                        };
                        if let (Some(given), false) = (output.columns.get(at), column.indirection) {
                            let stand_in = Expr {
                                kind: ExprKind::Opaque(Vec::new()),
                                range: query.range.clone(),
                            };
                            let bound = Bound::typed(given.typed.clone());
                            self.assign(bound, &named(&column.name), &found, &stand_in)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The type of a column that may be set.
    fn settable(
        &mut self,
        target: &Changed,
        column: &ColumnTarget,
        is_default: bool,
    ) -> Result<Option<Typed>> {
        if target.opaque {
            return Ok(None);
        }
        let typed = self.target_column(target, column)?.typed.clone();
        self.check_generated(target, &column.name, &column.range, None, is_default)
            .map_err(|it| Mistake {
                help: Some("take it out of `set`".to_owned()),
                ..it
            })?;
        Ok(Some(typed))
    }

    fn set(&mut self, target: &Changed, column: &ColumnTarget, value: &Expr) -> Result<()> {
        let is_default = value.kind == ExprKind::Default;
        let typed = self.settable(target, column, is_default)?;
        if is_default && column.indirection {
            return Err(Mistake::new(
                Class::NotSupported,
                &value.range,
                format!("a part of column \"{}\" has no default", column.name),
            ));
        }
        if is_default {
            return Ok(());
        }
        let bound = self.at(Place::UpdateSource, |it| it.expr(value))?;
        if let (Some(typed), false) = (typed, column.indirection) {
            self.assign(bound, &named(&column.name), &typed, value)?;
        }
        Ok(())
    }
}

/// Two columns of a view that are one of its table.
fn twice(own: &str, column: &ColumnTarget) -> Mistake {
    Mistake::new(
        Class::Syntax,
        &column.range,
        format!("column \"{own}\" of the table is set twice"),
    )
}

fn unequal(columns: &[ColumnTarget], values: usize) -> Mistake {
    let range = columns.first().map_or(0..0, |it| it.range.clone());
    Mistake::new(
        Class::Syntax,
        &range,
        format!(
            "{} set, and {} given",
            are_columns(columns.len()),
            are(values)
        ),
    )
}
