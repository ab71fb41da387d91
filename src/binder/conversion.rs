//! Values that become others of another type: by a cast that is written, or by the place where they stand (manual 10.4).

use std::ops::Range;

use crate::binder::bound::Bound;
use crate::binder::context::{Context, Pathway};
use crate::binder::literal;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::{Ty, Typed};
use crate::binder::words::count;
use crate::binder::{Binder, Result};
use crate::builtin::Volatility;
use crate::tree::{Expr, ExprKind, Name, TypeName};

impl Binder<'_> {
    /// An explicit cast.
    pub(super) fn cast(
        &mut self,
        value: &Expr,
        ty: &TypeName,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let target = self.type_named(ty)?;
        self.cast_to(value, &target, range)
    }

    fn cast_to(&mut self, value: &Expr, target: &Typed, range: &Range<usize>) -> Result<Bound> {
        // The elements of an array are cast each.
        if let ExprKind::Array(elements) = &value.kind
            && let Some(element) = self.world.element(&self.world.base(&target.ty))
        {
            let mut bound = Bound::typed(target.clone());
            for expr in elements {
                let is_nested = matches!(expr.kind, ExprKind::Array(_));
                let wanted = if is_nested {
                    target.clone()
                } else {
                    Typed {
                        ty: element.clone(),
                        modifiers: target.modifiers.clone(),
                    }
                };
                bound.absorb(&self.cast_to(expr, &wanted, &expr.range)?);
            }
            return Ok(bound);
        }
        if let (ExprKind::Row(fields), Some(wanted)) = (&value.kind, self.world.fields(&target.ty))
        {
            let stars = fields.iter().any(|it| matches!(it.kind, ExprKind::Star(_)));
            if !stars && fields.len() != wanted.len() {
                return Err(Mistake::new(
                    Class::NoCast,
                    range,
                    format!(
                        "a row of {} cannot become {}, which has {}",
                        count(fields.len(), "value"),
                        target.ty,
                        count(wanted.len(), "field"),
                    ),
                ));
            }
        }
        let bound = self.expr(value)?;
        let given = bound.ty().clone();
        if !given.is_unknown() && !self.world.can_become(&given, &target.ty, Context::Explicit) {
            return Err(Mistake::new(
                Class::NoCast,
                range,
                format!("{given} cannot be cast to {}", target.ty),
            ));
        }
        let mut bound = self.coerced(bound, &target.ty, Context::Explicit, value)?;
        bound.typed.modifiers = target.modifiers.clone();
        Ok(bound)
    }

    /// `value collate collation`.
    pub(super) fn collate(&mut self, value: &Expr, collation: &Name) -> Result<Bound> {
        let bound = self.expr(value)?;
        self.check_collation(collation)?;
        if bound.ty().is_unknown() {
            return Ok(bound.into(Ty::TEXT));
        }
        if !self.world.is_collatable(bound.ty()) {
            return Err(Mistake::new(
                Class::TypeMismatch,
                &collation.range,
                format!("a collation is for strings, and this is {}", bound.ty()),
            ));
        }
        Ok(bound)
    }

    /// A type by its text.
    pub(super) fn type_named(&mut self, ty: &TypeName) -> Result<Typed> {
        let Some(typed) = self.world.written(&ty.text) else {
            return Ok(Ty::Opaque.plain());
        };
        if typed.ty.is_opaque()
            && let Some(name) = self.world.missing_type(&ty.text)
        {
            return Err(Mistake::new(
                Class::UnknownType,
                &ty.range,
                format!("there is no type \"{name}\""),
            )
            .suggest(&name.name, crate::sql_type::builtin_names()));
        }
        self.use_type(&typed.ty);
        Ok(typed)
    }

    fn check_collation(&self, collation: &Name) -> Result<()> {
        let Some(name) = collation.parts.last() else {
            return Ok(());
        };
        if self.world.may_be_collation(&collation.parts) {
            return Ok(());
        }
        Err(Mistake::new(
            Class::UnknownObject,
            &collation.range,
            format!("there is no collation \"{name}\""),
        ))
    }

    /// The same value as one of `ty`; the message is made of both types.
    pub(super) fn converted(
        &mut self,
        bound: Bound,
        ty: &Ty,
        context: Context,
        expr: &Expr,
        message: impl FnOnce(&str, &str) -> String,
    ) -> Result<Bound> {
        let given = bound.ty().clone();
        if !self.world.can_become(&given, ty, context) {
            let (own, wanted) = (given.to_string(), ty.to_string());
            return Err(Mistake::new(
                Class::TypeMismatch,
                &expr.range,
                message(&own, &wanted),
            ));
        }
        self.coerced(bound, ty, context, expr)
    }

    /// What can become `ty`, as that.
    pub(super) fn coerced(
        &mut self,
        bound: Bound,
        ty: &Ty,
        context: Context,
        expr: &Expr,
    ) -> Result<Bound> {
        if let Some(text) = &bound.literal
            && bound.ty().is_unknown()
        {
            literal::check(self.world, text, ty, &expr.range)?;
        }
        let pathway = if bound.ty().is_unknown() {
            Some(Pathway::Same)
        } else {
            self.world.pathway(bound.ty(), ty, context)
        };
        let volatility = pathway.map_or(Volatility::Immutable, Pathway::volatility);
        self.note_change(volatility, &expr.range, || {
            format!("the cast of {} to {ty}", bound.ty())
        });
        if context != Context::Explicit && bound.ty() != ty && !ty.is_generic() {
            let place = (expr.range.start, expr.range.end);
            self.coercions.insert(place, ty.clone());
        }
        let keeps = bound.ty() == ty;
        let modifiers = bound.typed.modifiers.clone();
        let fields = bound.fields.clone();
        let mut bound = bound.into(ty.clone()).volatile(volatility);
        if keeps {
            bound.typed.modifiers = modifiers;
            bound.fields = fields;
        }
        Ok(bound)
    }

    /// What is stored as a value of type `target` (`transformAssignedExpr`); `place` says where, in messages.
    pub(super) fn assign(
        &mut self,
        bound: Bound,
        place: &str,
        target: &Typed,
        expr: &Expr,
    ) -> Result<Bound> {
        let wanted = target.ty.clone();
        let cast = |own: &str, wanted: &str| format!("{place} is {wanted}, and this is {own}");
        if bound.fields.is_some() && self.world.is_row(&self.world.base(&wanted)) {
            return Ok(bound.into(wanted));
        }
        self.converted(bound, &wanted, Context::Assignment, expr, cast)
            .map_err(|it| it.help("cast it, or write a value of that type"))
    }
}
