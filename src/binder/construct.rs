//! Values made of others: arrays, rows, `case`, what becomes one type, and the elements of arrays (manual 4.2.3, 4.2.12,
//! 4.2.13 and 9.18).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::call::no_set;
use crate::binder::comparison::operator;
use crate::binder::context::Context;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::{Ty, Typed};
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Expr, ExprKind};

impl Binder<'_> {
    /// `array[…]`.
    pub(super) fn array(&mut self, elements: &[Expr], range: &Range<usize>) -> Result<Bound> {
        let bounds = self.all(elements)?;
        if elements.is_empty() {
            return Err(Mistake::new(
                Class::TypeMismatch,
                range,
                "the type of an empty array is not known",
            )
            .help("cast it: array[]::integer[]"));
        }
        let nested = elements
            .iter()
            .any(|it| matches!(it.kind, ExprKind::Array(_)));
        let refs: Vec<(&Expr, Bound)> = elements.iter().zip(bounds).collect();
        let bound = self.common(&refs, "array", range)?;
        if *bound.ty() == Ty::Opaque {
            return Ok(bound);
        }
        let element = bound.ty().clone();
        let is_array = self.world.element(&element).is_some();
        let modifiers = bound.typed.modifiers.clone();
        let ty = if nested || is_array {
            element
        } else {
            match self.world.array_of(&element) {
                Some(array) => array,
                None => {
                    return Err(Mistake::new(
                        Class::UnknownType,
                        range,
                        format!("there are no arrays of {element}"),
                    ));
                }
            }
        };
        let mut bound = bound.into(ty);
        bound.typed.modifiers = modifiers;
        Ok(bound)
    }

    /// `row(…)`.
    pub(super) fn row(&mut self, fields: &[Expr]) -> Result<Bound> {
        let mut bound = Bound::new(Ty::RECORD);
        let mut known = Some(Vec::new());
        for field in fields {
            if let ExprKind::Star(parts) = &field.kind {
                let columns = self.star(parts, &field.range)?;
                bound.reads = Some(0);
                match (columns, &mut known) {
                    (Some(columns), Some(known)) => known.extend(columns),
                    (_, known) => *known = None,
                }
                continue;
            }
            let one = self.expr(field)?;
            bound.absorb(&one);
            if let Some(known) = &mut known {
                let typed = if one.ty().is_unknown() {
                    Ty::TEXT.plain()
                } else {
                    one.typed
                };
                known.push(Column {
                    name: format!("f{}", known.len() + 1).into(),
                    typed,
                });
            }
        }
        if let Some(known) = &mut known {
            for (at, column) in known.iter_mut().enumerate() {
                column.name = format!("f{}", at + 1).into();
            }
        }
        bound.fields = known;
        Ok(bound)
    }

    /// `case … end`.
    pub(super) fn case(
        &mut self,
        operand: Option<&Expr>,
        arms: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let mut conditions = Bound::new(Ty::BOOL);
        let operand = match operand {
            None => None,
            Some(expr) => {
                let bound = self.expr(expr)?;
                let bound = if bound.ty().is_unknown() {
                    bound.into(Ty::TEXT)
                } else {
                    bound
                };
                Some((expr, bound))
            }
        };
        let mut results = Vec::new();
        for (when, then) in arms {
            let condition = match &operand {
                None => self.boolean(when, "the condition of `when`")?,
                Some((expr, bound)) => {
                    let value = self.expr(when)?;
                    let equal = operator("=", &when.range);
                    let compared = self.compared(&equal, (expr, bound.clone()), (when, value))?;
                    compared.into(Ty::BOOL)
                }
            };
            conditions.absorb(&condition);
            results.push((then, self.expr(then)?));
        }
        if let Some(otherwise) = otherwise {
            let bound = self.expr(otherwise)?;
            results.insert(0, (otherwise, bound));
        } else {
            // As `else null`.
            let null = Bound::new(Ty::UNKNOWN);
            let first = results.first().map(|it| it.0);
            results.splice(0..0, first.map(|it| (it, null)));
        }
        let mut bound = self.common(&results, "case", range)?;
        bound.absorb(&conditions);
        if bound.returns_set {
            return Err(no_set(range, "`case`"));
        }
        Ok(bound)
    }

    /// What becomes one type: the results of `case`, the arguments of `coalesce`.
    pub(super) fn common(
        &mut self,
        parts: &[(&Expr, Bound)],
        what: &str,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let types: Vec<Ty> = parts.iter().map(|it| it.1.ty().clone()).collect();
        let common = self.world.common(&types).map_err(|(one, other)| {
            Mistake::new(
                Class::TypeMismatch,
                range,
                format!("`{what}` cannot have values of {one} and {other} together"),
            )
            .help("cast them to one type")
        })?;
        let mut bound = Bound::new(common.clone());
        let mut modifiers: Option<SmolStr> = None;
        let mut same = true;
        for (expr, part) in parts {
            same &= part.ty() == &common
                && modifiers
                    .as_ref()
                    .is_none_or(|it| *it == part.typed.modifiers);
            modifiers.get_or_insert_with(|| part.typed.modifiers.clone());
            let given = part.clone();
            let part = self.converted(given, &common, Context::Implicit, expr, |own, wanted| {
                format!("`{what}` cannot turn {own} into {wanted}")
            })?;
            bound.absorb(&part);
        }
        if let Some(modifiers) = modifiers.filter(|_| same) {
            bound.typed.modifiers = modifiers;
        }
        Ok(bound)
    }

    /// `base[…]`, and slices.
    pub(super) fn subscript(
        &mut self,
        base: &Expr,
        bounds: &[Expr],
        slice: bool,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let container = self.expr(base)?;
        let ty = self.world.base(container.ty());
        let Some(element) = self.world.subscripted(&ty) else {
            if ty.is_opaque() || ty.is_unknown() {
                let parts = self.all(bounds)?;
                let mut bound = Bound::of(Ty::Opaque, &parts);
                bound.absorb(&container);
                return Ok(bound);
            }
            return Err(Mistake::new(
                Class::TypeMismatch,
                range,
                format!("{} has no subscripts", container.ty()),
            ));
        };
        let is_json = ty.is(TypeId::JSONB);
        if is_json && slice {
            return Err(Mistake::new(
                Class::TypeMismatch,
                range,
                "jsonb has no slices",
            ));
        }
        let mut bound = Bound::of(Ty::Opaque, [&container]);
        for expr in bounds {
            let given = self.expr(expr)?;
            let is_number = !given.ty().is_unknown()
                && self
                    .world
                    .can_become(given.ty(), &Ty::INT4, Context::Implicit);
            let wanted = if is_json && !is_number {
                Ty::TEXT
            } else {
                Ty::INT4
            };
            let given =
                self.converted(given, &wanted, Context::Assignment, expr, |own, wanted| {
                    format!("a subscript must be {wanted}, and is {own}")
                })?;
            bound.absorb(&given);
        }
        bound.typed = Typed {
            ty: if slice { ty } else { element },
            modifiers: container.typed.modifiers,
        };
        Ok(bound)
    }
}
