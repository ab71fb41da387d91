//! Casts as they are added to what is stored (`coerce_type`, `coerce_type_typmod` and `coerce_to_domain` of
//! `parse_coerce.c`).

use smol_str::SmolStr;

use super::value::read;
use super::{Stored, What};
use crate::binder::context::{Context, Pathway};
use crate::binder::ty::{Ty, Typed};
use crate::binder::world::World;
use crate::builtin::TypeId;
use crate::schema::Type;

/// Types whose lengths a written cast cuts to, where storing a value refuses what is too long.
const CUT: [TypeId; 4] = [TypeId::VARCHAR, TypeId::BPCHAR, TypeId::BIT, TypeId::VARBIT];

impl World<'_> {
    /// The same as a value of type `ty`, where nobody writes a cast.
    pub(super) fn coerce(self, stored: Stored, ty: &Ty) -> Stored {
        self.coerce_as(stored, ty, false)
    }

    /// The same as a value of type `ty`; `explicit` where a cast is written.
    pub(super) fn coerce_as(self, stored: Stored, ty: &Ty, explicit: bool) -> Stored {
        let given = stored.ty().clone();
        if given == *ty || ty.is_pseudo() && !ty.is(TypeId::RECORD) {
            return stored;
        }
        match &stored.what {
            What::Literal(_) => return self.constant(stored, ty, explicit),
            What::Collate(collation) => {
                let collation = collation.clone();
                return self
                    .below_collation(stored, collation, |it| self.coerce_as(it, ty, explicit));
            }
            What::Value(_)
            | What::Array
            | What::Row
            | What::And
            | What::Or
            | What::Cast { .. }
            | What::Length { .. }
            | What::Column(_)
            | What::Other(_) => {}
        }
        if given.is_opaque() || *ty == Ty::Opaque {
            return stored;
        }
        let base = self.base_of(ty);
        let is_binary = self.pathway(&given, ty, Context::Explicit) == Some(Pathway::Same)
            && (self.element(&base.ty).is_none() || self.base(&given) == base.ty);
        if matches!(ty, Ty::Domain(_)) {
            let stored = if is_binary {
                stored
            } else {
                self.coerce_as(stored, &base.ty, explicit)
            };
            return self.to_domain(stored, ty, explicit);
        }
        match (&stored.what, self.element(ty)) {
            (What::Array, Some(element)) => return self.elements(stored, ty, &element, explicit),
            (What::Row, _) if self.is_row(ty) => return self.row_as(stored, ty),
            (..) => {}
        }
        Stored::new(
            What::Cast { binary: is_binary },
            ty.clone().plain(),
            vec![stored],
        )
    }

    /// The same with the type and its length or precision; `explicit` where a cast is written.
    pub(super) fn cast(self, stored: Stored, target: &Typed, explicit: bool) -> Stored {
        if let What::Collate(collation) = &stored.what {
            let collation = collation.clone();
            return self.below_collation(stored, collation, |it| self.cast(it, target, explicit));
        }
        if matches!(stored.what, What::Literal(_))
            && target.ty.is(TypeId::INTERVAL)
            && !target.modifiers.is_empty()
        {
            return interval(self, stored, target);
        }
        let stored = self.coerce_as(stored, &target.ty, explicit);
        self.length(stored, target, explicit)
    }

    /// What is stored as a value of type `target`. The cast of a whole array is not written, and so stays one.
    pub(super) fn assigned(self, stored: Stored, target: &Typed) -> Stored {
        if stored.what == What::Array && *stored.ty() != target.ty {
            let whole = What::Cast { binary: false };
            return Stored::new(whole, target.clone(), vec![stored]);
        }
        if stored.what == What::Array && stored.typed.modifiers != target.modifiers {
            let whole = What::Length { cuts: false };
            return Stored::new(whole, target.clone(), vec![stored]);
        }
        self.cast(stored, target, false)
    }

    /// A literal as a constant of type `ty`, which may be a domain.
    pub(super) fn constant(self, literal: Stored, ty: &Ty, explicit: bool) -> Stored {
        let What::Literal(text) = &literal.what else {
            return literal;
        };
        if ty.is_pseudo() {
            return literal;
        }
        let base = self.base_of(ty).ty;
        let text = text.as_ref().map(|it| read(self, &base, it));
        let value = Stored::value(text, base.plain());
        if matches!(ty, Ty::Domain(_)) {
            return self.to_domain(value, ty, explicit);
        }
        value
    }

    /// What lies under domains, with its length or precision (`getBaseTypeAndTypmod`).
    fn base_of(self, ty: &Ty) -> Typed {
        let mut typed = ty.clone().plain();
        while let Ty::Domain(name) = &typed.ty {
            let Some(Type::Domain(domain)) = self.schema.type_named(name) else {
                return Ty::Opaque.plain();
            };
            typed = self.typed(&domain.base);
        }
        typed
    }

    fn to_domain(self, stored: Stored, domain: &Ty, explicit: bool) -> Stored {
        let base = self.base_of(domain);
        let stored = if base.modifiers.is_empty() {
            stored
        } else {
            self.length(stored, &base, explicit)
        };
        let what = What::Cast { binary: false };
        Stored::new(what, domain.clone().plain(), vec![stored])
    }

    fn length(self, mut stored: Stored, target: &Typed, explicit: bool) -> Stored {
        if stored.typed.modifiers == target.modifiers || stored.ty().is_opaque() {
            return stored;
        }
        if stored.what == What::Array
            && let Some(element) = self.element(&target.ty)
        {
            let element = Typed {
                ty: element,
                modifiers: target.modifiers.clone(),
            };
            let parts = stored.parts.into_iter();
            stored.parts = parts
                .map(|it| self.length(it, &element, explicit))
                .collect();
            stored.typed.modifiers = target.modifiers.clone();
            return stored;
        }
        if target.modifiers.is_empty() {
            return relabelled(stored, target);
        }
        let element = self.element(&target.ty);
        let cut = element.as_ref().unwrap_or(&target.ty).core();
        let cuts = explicit && cut.is_some_and(|it| CUT.contains(&it));
        Stored::new(What::Length { cuts }, target.clone(), vec![stored])
    }

    /// A cast moves below a collation, which falls away where the type has none.
    fn below_collation(
        self,
        mut stored: Stored,
        collation: SmolStr,
        cast: impl FnOnce(Stored) -> Stored,
    ) -> Stored {
        let Some(inner) = stored.parts.pop() else {
            return stored;
        };
        let inner = cast(inner);
        if !self.is_collatable(inner.ty()) {
            return inner;
        }
        let typed = inner.typed.clone();
        Stored::new(What::Collate(collation), typed, vec![inner])
    }

    /// Each element as one of the array's.
    fn elements(self, mut array: Stored, ty: &Ty, element: &Ty, explicit: bool) -> Stored {
        let parts = array.parts.into_iter().map(|it| {
            let is_nested = it.what == What::Array;
            self.coerce_as(it, if is_nested { ty } else { element }, explicit)
        });
        array.parts = parts.collect();
        array.typed = ty.clone().plain();
        array
    }

    fn row_as(self, mut row: Stored, ty: &Ty) -> Stored {
        let fields = self.fields(ty).unwrap_or_default();
        if fields.len() == row.parts.len() {
            let parts = row.parts.into_iter().zip(&fields);
            row.parts = parts
                .map(|(part, field)| self.cast(part, &field.typed, true))
                .collect();
        }
        row.typed = ty.clone().plain();
        row
    }
}

/// The same without a length (`applyRelabelType`).
fn relabelled(stored: Stored, target: &Typed) -> Stored {
    let mut inner = stored;
    while inner.what == (What::Cast { binary: true }) {
        match inner.parts.pop() {
            Some(part) => inner = part,
            None => return inner,
        }
    }
    if matches!(inner.what, What::Value(_)) {
        inner.typed = target.clone();
        return inner;
    }
    if inner.typed == *target {
        return inner;
    }
    Stored::new(What::Cast { binary: true }, target.clone(), vec![inner])
}

/// `interval '1' day`: a number is one of the fields.
fn interval(world: World<'_>, literal: Stored, target: &Typed) -> Stored {
    let What::Literal(text) = &literal.what else {
        return literal;
    };
    let text = text.as_ref().map(|it| {
        let is_number = it
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-. ".contains(&byte));
        if is_number {
            read(world, &target.ty, &format!("{it} {}", target.modifiers))
        } else {
            read(world, &target.ty, it)
        }
    });
    Stored::value(text, target.clone())
}
