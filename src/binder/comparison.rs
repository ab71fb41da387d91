//! Operators between two values: plain ones, between rows, and with lists, arrays and subqueries (manual 9.2, 9.24 and
//! 9.25; `transformAExprOp`, `transformAExprIn` and `transformSubLink`).

use std::ops::Range;

use crate::binder::bound::Bound;
use crate::binder::constant::negative;
use crate::binder::context::Context;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::Ty;
use crate::binder::words::count;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Expr, ExprKind, Operator, Query};

impl Binder<'_> {
    /// An operator with one or two operands.
    pub(super) fn operation(
        &mut self,
        operator: &Operator,
        left: Option<&Expr>,
        right: &Expr,
    ) -> Result<Bound> {
        let Some(left) = left else {
            if let Some(bound) = negative(operator, right) {
                return Ok(bound);
            }
            let operand = self.expr(right)?;
            let found = self.world.operator(operator, &[operand.ty().clone()])?;
            let ty = found.operands[0].clone();
            let operand = self.coerced(operand, &ty, Context::Implicit, right)?;
            let sign = operator.name.clone();
            self.note_change(found.volatility, &operator.range, || {
                format!("the operator {sign}")
            });
            return Ok(Bound::of(found.result, [&operand]).volatile(found.volatility));
        };
        self.comparison(operator, left, right)
    }

    /// An operator with two operands, rows of them among them.
    pub(super) fn comparison(
        &mut self,
        operator: &Operator,
        left: &Expr,
        right: &Expr,
    ) -> Result<Bound> {
        if let (ExprKind::Row(left), ExprKind::Row(right)) = (&left.kind, &right.kind) {
            return self.row_comparison(operator, left, right);
        }
        if let (ExprKind::Row(_), ExprKind::Subquery(query)) = (&left.kind, &right.kind) {
            return self.query_comparison(left, operator, query, &operator.range);
        }
        let one = self.expr(left)?;
        let other = self.expr(right)?;
        self.compared(operator, (left, one), (right, other))
    }

    /// An operator between two operands that are bound.
    pub(super) fn compared(
        &mut self,
        operator: &Operator,
        (left, one): (&Expr, Bound),
        (right, other): (&Expr, Bound),
    ) -> Result<Bound> {
        let given = [one.ty().clone(), other.ty().clone()];
        let found = self.world.operator(operator, &given)?;
        let one = self.coerced(one, &found.operands[0], Context::Implicit, left)?;
        let other = self.coerced(other, &found.operands[1], Context::Implicit, right)?;
        self.note_change(found.volatility, &operator.range, || {
            let (left, right) = (&given[0], &given[1]);
            format!("{left} {} {right}", operator.name)
        });
        Ok(Bound::of(found.result, [&one, &other]).volatile(found.volatility))
    }

    /// `operand between low and high`.
    pub(super) fn between(
        &mut self,
        operand: &Expr,
        low: &Expr,
        high: &Expr,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let (above, below) = (operator(">=", range), operator("<=", range));
        if matches!(operand.kind, ExprKind::Row(_)) {
            let mut bound = self.comparison(&above, operand, low)?;
            bound.absorb(&self.comparison(&below, operand, high)?);
            return Ok(bound);
        }
        // It may hold others of its kind, so that it is looked at once.
        let one = self.expr(operand)?;
        let other = self.expr(low)?;
        let mut bound = self.compared(&above, (operand, one.clone()), (low, other))?;
        let other = self.expr(high)?;
        bound.absorb(&self.compared(&below, (operand, one), (high, other))?);
        Ok(bound)
    }

    fn row_comparison(
        &mut self,
        operator: &Operator,
        left: &[Expr],
        right: &[Expr],
    ) -> Result<Bound> {
        let stars = |row: &[Expr]| row.iter().any(|it| matches!(it.kind, ExprKind::Star(_)));
        if stars(left) || stars(right) {
            return Ok(Bound::new(Ty::BOOL));
        }
        if left.len() != right.len() {
            return Err(Mistake::new(
                Class::Syntax,
                &operator.range,
                format!(
                    "the rows have different numbers of values: {} and {}",
                    left.len(),
                    right.len()
                ),
            ));
        }
        let mut bound = Bound::new(Ty::BOOL);
        for (left, right) in left.iter().zip(right) {
            let pair = self.comparison(operator, left, right)?;
            if !pair.ty().is(TypeId::BOOL) && !pair.ty().is_opaque() {
                return Err(Mistake::new(
                    Class::TypeMismatch,
                    &operator.range,
                    format!(
                        "the operator `{}` between rows must give boolean, and gives {}",
                        operator.name,
                        pair.ty()
                    ),
                ));
            }
            bound.absorb(&pair);
        }
        Ok(bound)
    }

    /// `left in (…)`.
    pub(super) fn in_list(
        &mut self,
        left: &Expr,
        list: &[Expr],
        range: &Range<usize>,
    ) -> Result<Bound> {
        let equal = operator("=", range);
        if matches!(left.kind, ExprKind::Row(_)) {
            let mut bound = Bound::new(Ty::BOOL);
            for value in list {
                bound.absorb(&self.comparison(&equal, left, value)?);
            }
            return Ok(bound);
        }
        let first = self.expr(left)?;
        let values = self.all(list)?;
        // Several constants become an array of the common type, where there is one (`transformAExprIn`).
        let constants: Vec<bool> = values.iter().map(|it| it.reads.is_none()).collect();
        let mut types = vec![first.ty().clone()];
        let all = values.iter().zip(&constants);
        types.extend(all.filter(|it| *it.1).map(|it| it.0.ty().clone()));
        let mut bound = Bound::new(Ty::BOOL);
        let common = self
            .world
            .common(&types)
            .ok()
            .filter(|it| types.len() > 2 && !it.is(TypeId::RECORD));
        for ((expr, value), constant) in list.iter().zip(values).zip(constants) {
            let value = match &common {
                Some(common)
                    if constant && self.world.can_become(value.ty(), common, Context::Implicit) =>
                {
                    self.coerced(value, common, Context::Implicit, expr)?
                }
                _ => value,
            };
            let pair = self.compared(&equal, (left, first.clone()), (expr, value))?;
            bound.absorb(&pair);
        }
        Ok(bound)
    }

    /// `x op any (array)`.
    pub(super) fn quantified(
        &mut self,
        left: &Expr,
        operator: &Operator,
        right: &Expr,
    ) -> Result<Bound> {
        let one = self.expr(left)?;
        let other = self.expr(right)?;
        let array = self.world.base(other.ty());
        let element = if array.is_opaque() {
            Ty::Opaque
        } else if array.is_unknown() {
            Ty::UNKNOWN
        } else {
            match self.world.element(&array) {
                Some(element) => element,
                None => {
                    return Err(Mistake::new(
                        Class::WrongObject,
                        &right.range,
                        format!("`any` and `all` need an array, and this is {}", other.ty()),
                    )
                    .help("use `=` for one value, or `in (…)` for a list"));
                }
            }
        };
        let found = self
            .world
            .operator(operator, &[one.ty().clone(), element])?;
        if !found.result.is(TypeId::BOOL) && !found.result.is_opaque() {
            return Err(Mistake::new(
                Class::WrongObject,
                &operator.range,
                format!(
                    "`any` and `all` need an operator that gives boolean, and `{}` does not",
                    operator.name
                ),
            ));
        }
        let one = self.coerced(one, &found.operands[0], Context::Implicit, left)?;
        if let (Some(array), true) = (
            self.world.array_of(&found.operands[1]),
            other.ty().is_unknown(),
        ) {
            self.coerced(other.clone(), &array, Context::Implicit, right)?;
        }
        Ok(Bound::of(Ty::BOOL, [&one, &other]).volatile(found.volatility))
    }

    /// `x op any (select …)` and `x in (select …)`.
    pub(super) fn query_comparison(
        &mut self,
        left: &Expr,
        operator: &Operator,
        query: &Query,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let lefts: Vec<(&Expr, Bound)> = if let ExprKind::Row(fields) = &left.kind {
            if fields.iter().any(|it| matches!(it.kind, ExprKind::Star(_))) {
                let bound = self.subquery(query, range)?.bound;
                return Ok(bound.into(Ty::BOOL));
            }
            let bounds = self.all(fields)?;
            fields.iter().zip(bounds).collect()
        } else {
            vec![(left, self.expr(left)?)]
        };
        let result = self.subquery(query, range)?;
        let mut bound = result.bound.clone().into(Ty::BOOL);
        if result.opaque {
            return Ok(bound);
        }
        if result.columns.len() != lefts.len() {
            return Err(Mistake::new(
                Class::Syntax,
                &query.range,
                format!(
                    "the subquery has {}, and {} compared",
                    count(result.columns.len(), "column"),
                    if lefts.len() == 1 {
                        "1 is".to_owned()
                    } else {
                        format!("{} are", lefts.len())
                    }
                ),
            ));
        }
        for ((expr, one), column) in lefts.into_iter().zip(&result.columns) {
            let other = Bound::typed(column.typed.clone());
            let pair = self.compared(operator, (expr, one), (expr, other))?;
            if !pair.ty().is(TypeId::BOOL) && !pair.ty().is_opaque() {
                return Err(Mistake::new(
                    Class::TypeMismatch,
                    &operator.range,
                    format!("the operator `{}` does not give boolean", operator.name),
                ));
            }
            bound.absorb(&pair);
        }
        Ok(bound)
    }
}

/// An operator of PostgreSQL that a syntax of its own stands for.
pub(super) fn operator(name: &str, range: &Range<usize>) -> Operator {
    Operator {
        schema: None,
        name: name.into(),
        range: range.clone(),
    }
}
