//! `order by`, `group by` and `distinct on`, whose items may name columns of the result (manual 7.2.3, 7.3.3 and 7.5;
//! `findTargetlistEntrySQL92` and `findTargetlistEntrySQL99`).

use crate::binder::bound::Bound;
use crate::binder::group::GroupKey;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Flat;
use crate::binder::place::Place;
use crate::binder::{Binder, Result};
use crate::tree::{Call, Expr, ExprKind, GroupBy, Literal, Operator, SortBy};

impl Binder<'_> {
    /// The target that an item of `order by` or `distinct on` is (`findTargetlistEntrySQL92`).
    pub(super) fn target_of(
        &mut self,
        expr: &Expr,
        flats: &[Flat<'_>],
        word: &str,
        columns_first: bool,
    ) -> Result<Option<usize>> {
        if let ExprKind::Column(parts) = &expr.kind
            && let [name] = parts.as_slice()
        {
            let is_column = || {
                matches!(
                    self.scope.levels.last(),
                    Some(level) if level.sources.iter().any(|it| it.by_column
                        && it.columns.iter().any(|column| column.name == *name))
                )
            };
            if !columns_first || !is_column() {
                let mut found: Option<usize> = None;
                for (at, flat) in flats.iter().enumerate().filter(|it| it.1.name == *name) {
                    match found {
                        Some(other) if !self.same_target(&flats[other], flat) => {
                            return Err(Mistake::new(
                                Class::AmbiguousColumn,
                                &expr.range,
                                format!(
                                    "`{word} {name}` is ambiguous: several columns of the result are called that"
                                ),
                            ));
                        }
                        Some(_) => {}
                        None => found = Some(at),
                    }
                }
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        if self.scope.is_opaque() && matches!(expr.kind, ExprKind::Literal(_)) {
            return Ok(None);
        }
        position(expr, flats.len(), word)
    }

    /// Binds `order by`: for each item the target that it is, if it is one.
    pub(super) fn sort_by(
        &mut self,
        sorts: &[SortBy],
        flats: &[Flat<'_>],
    ) -> Result<Vec<Option<usize>>> {
        let mut found = Vec::new();
        for sort in sorts {
            let target = self.target_of(&sort.value, flats, "order by", false)?;
            let (target, ty) = if let Some(at) = target {
                (target, flats[at].bound.ty().clone())
            } else {
                let bound = self.at(Place::OrderBy, |it| it.expr(&sort.value))?;
                let same = flats.iter().position(|it| self.is_target(it, &sort.value));
                (same, bound.typed.ty)
            };
            if let Some(operator) = &sort.using
                && !ty.is_unknown()
            {
                self.world.operator(operator, &[ty.clone(), ty.clone()])?;
            }
            // The operators of arrays and rows order them whatever they hold.
            let is_whole = self.world.element(&ty).is_some() || self.world.is_row(&ty);
            let is_plain = |it: &Operator| it.schema.is_none() && ["<", ">"].contains(&&*it.name);
            if (sort.using.as_ref()).is_none_or(|it| is_plain(it) && !is_whole) {
                self.check_order(&ty, &sort.value.range)?;
            }
            found.push(target);
        }
        Ok(found)
    }

    /// Refuses to sort what has no order: behind `within group`, and for `distinct`.
    pub(super) fn check_orders(&self, call: &Call, arguments: &[(&Expr, Bound)]) -> Result<()> {
        let direct = call.arguments.len();
        for (at, (expr, bound)) in arguments.iter().enumerate() {
            let using = at
                .checked_sub(direct)
                .and_then(|it| call.within_group.as_ref()?.get(it)?.using.as_ref());
            if (at >= direct && using.is_none() || call.distinct) && !bound.ty().is_unknown() {
                self.check_order(bound.ty(), &expr.range)?;
            }
        }
        Ok(())
    }

    /// Binds `group by`, and collects its keys.
    pub(super) fn group_by<'q>(
        &mut self,
        items: &'q [GroupBy],
        flats: &[Flat<'q>],
        groups: &mut Vec<GroupKey<'q>>,
    ) -> Result<()> {
        for item in items {
            match item {
                GroupBy::Sets(inner) => self.group_by(inner, flats, groups)?,
                GroupBy::Value(expr) => {
                    if let ExprKind::Row(parts) = &expr.kind {
                        // `(a, b)` groups by both.
                        for part in parts {
                            self.group_value(part, flats, groups)?;
                        }
                    } else {
                        self.group_value(expr, flats, groups)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn group_value<'q>(
        &mut self,
        expr: &'q Expr,
        flats: &[Flat<'q>],
        groups: &mut Vec<GroupKey<'q>>,
    ) -> Result<()> {
        let Some(at) = self.target_of(expr, flats, "group by", true)? else {
            let bound = self.at(Place::GroupBy, |it| it.expr(expr))?;
            self.check_equality(bound.ty(), &expr.range)?;
            groups.push(GroupKey::Expr(expr));
            return Ok(());
        };
        let flat = &flats[at];
        if flat.bound.aggregates == Some(0) {
            return Err(Mistake::new(
                Class::Grouping,
                &expr.range,
                "aggregates cannot be used in `group by`",
            ));
        }
        if flat.bound.has_window {
            return Err(Mistake::new(
                Class::Windowing,
                &expr.range,
                "window functions cannot be used in `group by`",
            ));
        }
        self.check_equality(flat.bound.ty(), &expr.range)?;
        groups.extend(match (flat.expr, flat.variable) {
            (_, Some(variable)) => Some(GroupKey::Variable(variable)),
            (Some(expr), None) => Some(GroupKey::Expr(expr)),
            (None, None) => None,
        });
        Ok(())
    }

    /// Refuses to sort the rows of `distinct` by what is not selected.
    pub(super) fn check_distinct_order(
        &self,
        sorts: &[SortBy],
        found: &[Option<usize>],
        flats: &[Flat<'_>],
    ) -> Result<()> {
        if self.scope.is_opaque() && flats.iter().any(|it| it.expr.is_none()) {
            return Ok(());
        }
        for (sort, found) in sorts.iter().zip(found) {
            if found.is_none() && !self.is_opaque_expr(&sort.value) {
                return Err(Mistake::new(
                    Class::Reference,
                    &sort.value.range,
                    "with `distinct`, `order by` can only use what is selected",
                )
                .help("select it, too"));
            }
        }
        Ok(())
    }

    /// Binds `distinct on`, with which `order by` must begin.
    pub(super) fn distinct_on(
        &mut self,
        on: &[Expr],
        sorts: &[SortBy],
        found: &[Option<usize>],
        flats: &[Flat<'_>],
    ) -> Result<()> {
        let mut keys: Vec<(Option<usize>, &Expr)> = Vec::new();
        for expr in on {
            let mut target = self.target_of(expr, flats, "distinct on", false)?;
            if target.is_none() {
                let bound = self.at(Place::DistinctOn, |it| it.expr(expr))?;
                self.check_equality(bound.ty(), &expr.range)?;
                target = flats.iter().position(|it| self.is_target(it, expr));
            }
            keys.push((target, expr));
        }
        for (sort, target) in sorts.iter().zip(found).take(keys.len()) {
            let known = keys.iter().any(|(key, expr)| {
                target.is_some() && key == target || self.same(expr, &sort.value)
            });
            if !known {
                return Err(Mistake::new(
                    Class::Reference,
                    &sort.value.range,
                    "`order by` must begin with the expressions of `distinct on`",
                ));
            }
        }
        Ok(())
    }
}

/// The column that a number stands for.
pub(super) fn position(expr: &Expr, count: usize, word: &str) -> Result<Option<usize>> {
    let ExprKind::Literal(literal) = &expr.kind else {
        return Ok(None);
    };
    let number = match literal {
        Literal::Number(text) => text.parse::<usize>().ok(),
        Literal::String(_) | Literal::Boolean(_) | Literal::Bits(_) | Literal::Null => None,
    };
    match number {
        Some(number) if (1..=count).contains(&number) => Ok(Some(number - 1)),
        Some(number) => Err(Mistake::new(
            Class::Reference,
            &expr.range,
            format!("`{word} {number}` is not a column of the result, which has {count}"),
        )),
        None => Err(Mistake::new(
            Class::Syntax,
            &expr.range,
            format!("a constant in `{word}` must be the number of a column"),
        )),
    }
}
