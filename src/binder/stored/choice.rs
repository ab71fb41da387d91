//! Values that become one type (`transformArrayExpr`, `transformCaseExpr` and `transformCoalesceExpr`).

use super::{Stored, Storing, What};
use crate::binder::comparison::operator;
use crate::binder::ty::{Ty, Typed};
use crate::tree::{Expr, ExprKind};

impl Storing<'_, '_> {
    /// All of them as one type, and that.
    pub(super) fn common(&self, parts: Vec<Stored>) -> Option<(Vec<Stored>, Typed)> {
        let world = self.world();
        let given: Vec<Ty> = parts.iter().map(|it| it.ty().clone()).collect();
        let common = world.common(&given).ok()?;
        let parts: Vec<Stored> = if common == Ty::Opaque {
            parts.into_iter().map(|it| it.loose(world)).collect()
        } else {
            let parts = parts.into_iter();
            parts.map(|it| world.coerce(it, &common)).collect()
        };
        let first = parts.first().map(|it| it.typed.clone());
        let typed = match first {
            Some(first) if parts.iter().all(|it| it.typed == first) => first,
            Some(_) | None => common.plain(),
        };
        Some((parts, typed))
    }

    /// `array[…]`.
    pub(super) fn array(&mut self, elements: &[Expr]) -> Option<Stored> {
        let nested = elements
            .iter()
            .any(|it| matches!(it.kind, ExprKind::Array(_)));
        let parts = self.all(elements)?;
        let (parts, typed) = self.common(parts)?;
        let world = self.world();
        let ty = if nested || world.element(&typed.ty).is_some() {
            typed.ty
        } else {
            world.array_of(&typed.ty).unwrap_or(Ty::Opaque)
        };
        let modifiers = typed.modifiers;
        Some(Stored::new(What::Array, Typed { ty, modifiers }, parts))
    }

    /// `case … end`.
    pub(super) fn case(
        &mut self,
        operand: Option<&Expr>,
        arms: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
    ) -> Option<Stored> {
        let world = self.world();
        let operand = match operand {
            None => None,
            Some(it) => {
                let stored = self.expr(it)?;
                let is_literal = stored.ty().is_unknown();
                Some(if is_literal {
                    world.coerce(stored, &Ty::TEXT)
                } else {
                    stored
                })
            }
        };
        let mut conditions = Vec::new();
        // The type of the whole is looked for in `else` first, which is null where it is not written.
        let otherwise = match otherwise {
            Some(it) => self.expr(it)?,
            None => Stored::literal(None),
        };
        let mut results = vec![otherwise];
        for (when, then) in arms {
            let condition = match &operand {
                None => self.boolean(when)?,
                Some(operand) => {
                    let tested = Stored::new(
                        What::Other("operand".to_owned()),
                        operand.typed.clone(),
                        Vec::new(),
                    );
                    let when_value = self.expr(when)?;
                    self.operation(&operator("=", &when.range), vec![tested, when_value])?
                }
            };
            conditions.push(condition);
            results.push(self.expr(then)?);
        }
        let (results, typed) = self.common(results)?;
        let words = if operand.is_some() { "case of" } else { "case" };
        let parts = operand.into_iter().chain(conditions).chain(results);
        let what = What::Other(words.to_owned());
        Some(Stored::new(what, typed, parts.collect()))
    }
}
