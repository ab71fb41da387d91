//! The columns of a `select` list or of `returning`, with stars spread (manual 7.3; `parse_target.c`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Flat;
use crate::binder::place::Place;
use crate::binder::scope::Source;
use crate::binder::ty::Ty;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::tree::{Expr, ExprKind, Target};

impl Binder<'_> {
    /// The columns of a `select` list or of `returning`.
    pub(super) fn targets<'q>(
        &mut self,
        targets: &'q [Target],
        place: Place,
    ) -> Result<Vec<Flat<'q>>> {
        let mut flats = Vec::new();
        for target in targets {
            match target {
                Target::Star(range) => self.all_columns(range, &mut flats)?,
                Target::Value { value, name, .. } => {
                    if let ExprKind::Star(parts) = &value.kind {
                        self.columns_of(parts, &value.range, &mut flats)?;
                    } else if let ExprKind::FieldStar(base) = &value.kind {
                        self.fields_of(value, base, place, &mut flats)?;
                    } else {
                        let bound = self.at(place, |it| it.expr(value))?;
                        flats.push(Flat {
                            name: name.clone(),
                            bound,
                            expr: Some(value),
                            variable: None,
                            range: value.range.clone(),
                        });
                    }
                }
            }
        }
        Ok(flats)
    }

    /// `(base).*`.
    fn fields_of<'q>(
        &mut self,
        value: &'q Expr,
        base: &Expr,
        place: Place,
        flats: &mut Vec<Flat<'q>>,
    ) -> Result<()> {
        let bound = self.at(place, |it| it.expr(base))?;
        let fields = match &bound.fields {
            Some(fields) => Some(fields.clone()),
            None => self.world.fields(bound.ty()),
        };
        let Some(fields) = fields else {
            self.mark_opaque();
            return Ok(());
        };
        flats.extend(fields.into_iter().map(|it| {
            let mut field = Bound::of(Ty::Opaque, [&bound]);
            field.typed = it.typed;
            Flat {
                name: it.name,
                bound: field,
                expr: Some(value),
                variable: None,
                range: value.range.clone(),
            }
        }));
        Ok(())
    }

    /// Notes that the level on top has columns that nobody knows.
    fn mark_opaque(&mut self) {
        let id = self.new_source(None, &[]);
        let mut source = Source::new(id, None, &[]);
        source.opaque = true;
        source.by_column = false;
        source.by_name = false;
        self.scope.top().sources.push(source);
    }

    /// `*`.
    fn all_columns(&mut self, range: &Range<usize>, flats: &mut Vec<Flat<'_>>) -> Result<()> {
        let level = self.scope.top();
        if level.sources.is_empty() {
            return Err(Mistake::new(
                Class::Syntax,
                range,
                "`*` needs a `from` whose columns it stands for",
            ));
        }
        let seen: Vec<_> = level
            .sources
            .iter()
            .filter(|it| it.by_column)
            .flat_map(|it| it.columns.clone())
            .collect();
        for column in seen {
            self.read_origin(column.origin);
            let mut bound = Bound::typed(column.typed);
            bound.reads = Some(0);
            flats.push(Flat {
                name: column.name,
                bound,
                expr: None,
                variable: Some(column.origin),
                range: range.clone(),
            });
        }
        Ok(())
    }

    /// `t.*`.
    fn columns_of(
        &mut self,
        parts: &[SmolStr],
        range: &Range<usize>,
        flats: &mut Vec<Flat<'_>>,
    ) -> Result<()> {
        let Some((source, up)) = self.scope.source(parts, range)? else {
            if let Some(bound) = self.named_parameter(parts) {
                let Some(fields) = self.world.fields(bound.ty()) else {
                    self.mark_opaque();
                    return Ok(());
                };
                flats.extend(fields.into_iter().map(|it| Flat {
                    name: it.name,
                    bound: Bound::typed(it.typed),
                    expr: None,
                    variable: None,
                    range: range.clone(),
                }));
                return Ok(());
            }
            let called = parts.join(".");
            return Err(Mistake::new(
                Class::UnknownTable,
                range,
                format!("\"{called}\" is not in `from`"),
            ));
        };
        let seen = source.columns.clone();
        for column in seen {
            self.read_origin(column.origin);
            self.read_depths.push(self.scope.levels.len() - 1 - up);
            let mut bound = Bound::typed(column.typed);
            bound.reads = Some(up);
            flats.push(Flat {
                name: column.name,
                bound,
                expr: None,
                variable: (up == 0).then_some(column.origin),
                range: range.clone(),
            });
        }
        Ok(())
    }

    /// The columns that `t.*` stands for in a row; nothing where they are not known.
    pub(super) fn star(
        &mut self,
        parts: &[SmolStr],
        range: &Range<usize>,
    ) -> Result<Option<Vec<Column>>> {
        let mut flats = Vec::new();
        if parts.is_empty() {
            self.all_columns(range, &mut flats)?;
        } else {
            self.columns_of(parts, range, &mut flats)?;
        }
        if self.scope.is_opaque() {
            return Ok(None);
        }
        Ok(Some(
            flats
                .into_iter()
                .map(|it| Column {
                    name: it.name,
                    typed: it.bound.typed,
                })
                .collect(),
        ))
    }
}
