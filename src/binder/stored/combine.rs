//! Conditions, comparisons and lists as they are stored (`transformAExprOp`, `transformAExprIn`, `transformAExprBetween`,
//! `transformAExprDistinct` and `make_row_comparison_op`).

use super::build::{negated, null_test};
use super::{Stored, Storing, What};
use crate::binder::comparison::operator;
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::TypeId;
use crate::tree::{Expr, ExprKind, Literal, Operator};

impl Storing<'_, '_> {
    /// Conditions joined by `and` or `or`.
    pub(super) fn conditions(&mut self, what: What, parts: &[Expr]) -> Option<Stored> {
        let parts: Option<Vec<Stored>> = parts.iter().map(|it| self.boolean(it)).collect();
        Some(joined(what, parts?))
    }

    /// An operator between its operands, with their casts.
    pub(super) fn operation(&self, operator: &Operator, operands: Vec<Stored>) -> Option<Stored> {
        let (operands, result) = self.operands(operator, operands)?;
        let name = self.operator_name(operator);
        Some(Stored::other(format!("operator {name}"), result, operands))
    }

    /// The operands with their casts, and the type of the result.
    pub(super) fn operands(
        &self,
        operator: &Operator,
        operands: Vec<Stored>,
    ) -> Option<(Vec<Stored>, Ty)> {
        let world = self.world();
        let given: Vec<Ty> = operands.iter().map(|it| it.ty().clone()).collect();
        let found = world.operator(operator, &given).ok()?;
        let is_unclear = found.result.is_opaque() || given.iter().any(Ty::is_opaque);
        if is_unclear {
            return Some((unclear(operands, world), found.result));
        }
        let operands = operands.into_iter().zip(&found.operands);
        let operands = operands.map(|(it, ty)| world.coerce(it, ty));
        Some((operands.collect(), found.result))
    }

    fn operator_name(&self, operator: &Operator) -> String {
        let default = &self.world().schema.default;
        match &operator.schema {
            Some(schema) if schema != "pg_catalog" && schema != default => {
                format!("{schema}.{}", operator.name)
            }
            Some(_) | None => operator.name.to_string(),
        }
    }

    /// An operator between two expressions, which may be rows.
    pub(super) fn compared(
        &mut self,
        operator: &Operator,
        left: &Expr,
        right: &Expr,
    ) -> Option<Stored> {
        if let (ExprKind::Row(left), ExprKind::Row(right)) = (&left.kind, &right.kind) {
            return self.rows(operator, left, right);
        }
        let operands = vec![self.expr(left)?, self.expr(right)?];
        self.operation(operator, operands)
    }

    fn rows(&mut self, operator: &Operator, left: &[Expr], right: &[Expr]) -> Option<Stored> {
        if left.len() != right.len() {
            return None;
        }
        let pairs = left.iter().zip(right);
        match operator.name.as_str() {
            "=" | "<>" => {
                let pairs: Option<Vec<Stored>> = pairs
                    .map(|(left, right)| self.compared(operator, left, right))
                    .collect();
                let is_equal = operator.name == "=";
                Some(joined(if is_equal { What::And } else { What::Or }, pairs?))
            }
            name => {
                let mut parts = Vec::new();
                for (left, right) in pairs {
                    let operands = vec![self.expr(left)?, self.expr(right)?];
                    parts.extend(self.operands(operator, operands)?.0);
                }
                Some(Stored::other(format!("rows {name}"), Ty::BOOL, parts))
            }
        }
    }

    /// `a [not] between [symmetric] b and c`.
    pub(super) fn between(
        &mut self,
        operand: &Expr,
        low: &Expr,
        high: &Expr,
        expr: &Expr,
    ) -> Option<Stored> {
        let (is_not, is_symmetric) = (self.says(expr, "not"), self.says(expr, "symmetric"));
        let (first, second, inner, outer) = if is_not {
            ("<", ">", What::Or, What::And)
        } else {
            (">=", "<=", What::And, What::Or)
        };
        let mut pair = |low: &Expr, high: &Expr| {
            let above = self.compared(&operator(first, &expr.range), operand, low)?;
            let below = self.compared(&operator(second, &expr.range), operand, high)?;
            Some(joined(inner.clone(), vec![above, below]))
        };
        let plain = pair(low, high)?;
        if !is_symmetric {
            return Some(plain);
        }
        Some(joined(outer, vec![plain, pair(high, low)?]))
    }

    /// `a is [not] distinct from b`.
    pub(super) fn distinct(&mut self, left: &Expr, right: &Expr, is_not: bool) -> Option<Stored> {
        let is_null = |it: &Expr| it.kind == ExprKind::Literal(Literal::Null);
        if is_null(right) {
            return Some(null_test(self.expr(left)?, !is_not));
        }
        if is_null(left) {
            return Some(null_test(self.expr(right)?, !is_not));
        }
        let stored = if let (ExprKind::Row(one), ExprKind::Row(other)) = (&left.kind, &right.kind)
            && one.len() == other.len()
        {
            let pairs = one.iter().zip(other);
            let pairs: Option<Vec<Stored>> = pairs
                .map(|(one, other)| self.distinct_pair(one, other))
                .collect();
            joined(What::Or, pairs?)
        } else {
            self.distinct_pair(left, right)?
        };
        Some(if is_not { negated(stored) } else { stored })
    }

    fn distinct_pair(&mut self, left: &Expr, right: &Expr) -> Option<Stored> {
        let operands = vec![self.expr(left)?, self.expr(right)?];
        let (operands, _) = self.operands(&operator("=", &left.range), operands)?;
        Some(Stored::other("distinct", Ty::BOOL, operands))
    }

    /// `nullif(a, b)`.
    pub(super) fn null_if(&mut self, left: &Expr, right: &Expr) -> Option<Stored> {
        let operands = vec![self.expr(left)?, self.expr(right)?];
        let (operands, _) = self.operands(&operator("=", &left.range), operands)?;
        let typed = operands.first()?.typed.clone();
        Some(Stored::new(
            What::Other("nullif".to_owned()),
            typed,
            operands,
        ))
    }

    /// `a [not] in (…)`: constants and all that reads no column become an array, where they have one type.
    pub(super) fn in_list(&mut self, left: &Expr, list: &[Expr], is_not: bool) -> Option<Stored> {
        let (name, what) = if is_not {
            ("<>", What::And)
        } else {
            ("=", What::Or)
        };
        let operator = operator(name, &left.range);
        let is_row = matches!(left.kind, ExprKind::Row(_));
        let mut all = Vec::new();
        let mut rest: Vec<&Expr> = list.iter().collect();
        if !is_row && let Some((quantified, reading)) = self.in_array(left, list, &operator)? {
            all.push(quantified);
            rest = reading;
        }
        for it in rest {
            let compared = self.compared(&operator, left, it)?;
            all.push(compared);
        }
        // Each `or` holds all before it, which is the same as one for all.
        Some(joined(what, all))
    }

    /// The comparison with an array, and what reads columns; nothing where no array is made.
    #[expect(clippy::option_option, reason = "not known, or none, or one")]
    fn in_array<'e>(
        &mut self,
        left: &Expr,
        list: &'e [Expr],
        operator: &Operator,
    ) -> Option<Option<(Stored, Vec<&'e Expr>)>> {
        let world = self.world();
        let one = self.expr(left)?;
        let (mut elements, mut reading) = (Vec::new(), Vec::new());
        for it in list {
            let stored = self.expr(it)?;
            if stored.reads() {
                reading.push(it);
            } else {
                elements.push(stored);
            }
        }
        let types = std::iter::once(&one).chain(&elements);
        let types: Vec<Ty> = types.map(|it| it.ty().clone()).collect();
        let common = world.common(&types).ok();
        let array = common
            .filter(|it| elements.len() > 1 && !it.is(TypeId::RECORD))
            .and_then(|it| Some((world.array_of(&it)?, it)));
        let Some((array, common)) = array else {
            return Some(None);
        };
        let elements = elements.into_iter();
        let elements = elements.map(|it| world.coerce(it, &common)).collect();
        let array = Stored::new(What::Array, array.plain(), elements);
        let all = operator.name == "<>";
        let quantified = self.quantified(operator, all, one, array)?;
        Some(Some((quantified, reading)))
    }

    /// `a = any (array)`.
    pub(super) fn quantified(
        &self,
        operator: &Operator,
        all: bool,
        left: Stored,
        right: Stored,
    ) -> Option<Stored> {
        let world = self.world();
        let array = world.base(right.ty());
        let element = if array.is_unknown() {
            Ty::UNKNOWN
        } else {
            world.element(&array).unwrap_or(Ty::Opaque)
        };
        let given = [left.ty().clone(), element];
        let found = world.operator(operator, &given).ok()?;
        let is_unclear = found.result.is_opaque() || given.iter().any(Ty::is_opaque);
        let parts = if is_unclear {
            let right = match (&right.what, world.array_of(left.ty())) {
                (What::Literal(_), Some(array)) => world.constant(right, &array, false),
                (..) => right,
            };
            unclear(vec![left, right], world)
        } else {
            let array = world.array_of(&found.operands[1]);
            let right = match array {
                Some(array) => world.coerce(right, &array),
                None => right,
            };
            vec![world.coerce(left, &found.operands[0]), right]
        };
        let quantifier = if all { "all" } else { "any" };
        let name = self.operator_name(operator);
        Some(Stored::other(
            format!("{quantifier} {name}"),
            Ty::BOOL,
            parts,
        ))
    }
}

/// The operands of an operator of which nothing is known. A literal beside a value of an unknown type has that type, and other
/// values are compared as what that type is cast to.
fn unclear(operands: Vec<Stored>, world: World<'_>) -> Vec<Stored> {
    let foreign = operands
        .iter()
        .map(Stored::ty)
        .find(|it| matches!(it, Ty::Foreign(_)));
    let mut casts = operands.iter().filter_map(Stored::unclear_cast);
    let beside = foreign.or_else(|| casts.find(|it| it.is(TypeId::TEXT)));
    let Some(beside) = beside.cloned() else {
        return operands.into_iter().map(|it| it.loose(world)).collect();
    };
    let operands = operands.into_iter().map(|it| match &it.what {
        What::Literal(_) => world.constant(it, &beside, false),
        What::Value(_) | What::Array => it,
        What::Cast { .. } if it.unclear_cast().is_some() => it.without_unclear_cast(),
        What::Cast { .. }
        | What::Row
        | What::And
        | What::Or
        | What::Length { .. }
        | What::Collate(_)
        | What::Column(_)
        | What::Other(_) => it.loose(world),
    });
    operands.collect()
}

/// Conditions as one; what the first joins in the same way is among them (`makeAndExpr`).
fn joined(what: What, parts: Vec<Stored>) -> Stored {
    let mut parts = parts.into_iter();
    let (Some(first), second) = (parts.next(), parts.next()) else {
        return Stored::new(what, Ty::BOOL.plain(), Vec::new());
    };
    let Some(second) = second else {
        return first;
    };
    let mut all = if first.what == what {
        first.parts
    } else {
        vec![first]
    };
    all.push(second);
    all.extend(parts);
    Stored::new(what, Ty::BOOL.plain(), all)
}
