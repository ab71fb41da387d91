//! Polymorphic arguments and results (manual 38.2.5; `check_generic_type_consistency` and
//! `enforce_generic_type_consistency` of `parse_coerce.c`).

use crate::binder::context::Context;
use crate::binder::ty::{Family, Generic, Shape, Ty};
use crate::binder::world::World;
use crate::builtin::{self, TypeId, TypeKind};

/// The shape that a polymorphic pseudo type of the simple family demands, which operator classes have, too.
pub(super) fn shape_of(id: TypeId) -> Option<Shape> {
    Generic::of(id)
        .filter(|it| it.family == Family::Same)
        .map(|it| it.shape)
}

/// Whether a type has that shape.
pub(super) fn fits(world: World<'_>, ty: &Ty, shape: Shape) -> bool {
    let kind = |wanted| ty.core().is_some_and(|id| id.facts().kind == wanted);
    match shape {
        Shape::Element => true,
        Shape::Array => world.element(ty).is_some(),
        Shape::NonArray => world.element(ty).is_none(),
        Shape::Enum => matches!(ty, Ty::Enum(_)),
        Shape::Range => kind(TypeKind::Range),
        Shape::Multirange => kind(TypeKind::Multirange),
    }
}

/// What the arguments of one family say of its type.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact about the arguments"
)]
#[derive(Debug, Default)]
struct Known {
    /// The type of elements.
    element: Option<Ty>,
    array: Option<Ty>,
    range: Option<Ty>,
    multirange: Option<Ty>,
    /// For the compatible family: all types that elements have.
    elements: Vec<Ty>,
    non_array: bool,
    is_enum: bool,
    /// Whether an argument of it is of unknown type, and whether one is not known here at all.
    literal: bool,
    opaque: bool,
    used: bool,
}

/// Puts `ty` in an empty place; whether it was empty, or holds the same.
fn agree(place: &mut Option<Ty>, ty: &Ty) -> bool {
    place.get_or_insert_with(|| ty.clone()) == ty
}

fn multirange_of(range: &Ty) -> Option<Ty> {
    range.core()?.facts().multirange.map(Ty::Core)
}

fn range_of(multirange: &Ty) -> Option<Ty> {
    builtin::range_of_multirange(multirange.core()?).map(Ty::Core)
}

impl Known {
    /// Takes what the arguments of `family` are; nothing where they contradict each other.
    fn of(world: World<'_>, given: &[Ty], wanted: &[Ty], family: Family) -> Option<Self> {
        let mut known = Self::default();
        for (given, wanted) in given.iter().zip(wanted) {
            let Some(generic) = wanted.core().and_then(Generic::of) else {
                continue;
            };
            if generic.family != family {
                continue;
            }
            known.used = true;
            match generic.shape {
                Shape::NonArray => known.non_array = true,
                Shape::Enum => known.is_enum = true,
                Shape::Element | Shape::Array | Shape::Range | Shape::Multirange => {}
            }
            if given.is_unknown() {
                known.literal = true;
                continue;
            }
            // Domains over arrays and ranges count as these; elements stay what they are, but for the compatible family.
            let base = world.base(given);
            if base.is_opaque() {
                known.opaque = true;
                continue;
            }
            let ok = match generic.shape {
                Shape::Element | Shape::NonArray | Shape::Enum => match family {
                    Family::Same => agree(&mut known.element, given),
                    Family::Compatible => {
                        known.elements.push(given.clone());
                        true
                    }
                },
                // `anyarray` of statistics is an array, of what is not said.
                Shape::Array if base.is(TypeId::ANYARRAY) => agree(&mut known.array, &base),
                Shape::Array => {
                    world.element(&base)?;
                    match family {
                        Family::Same => agree(&mut known.array, &base),
                        Family::Compatible => {
                            known.elements.extend(world.element(&base));
                            true
                        }
                    }
                }
                Shape::Range => fits(world, &base, Shape::Range) && agree(&mut known.range, &base),
                Shape::Multirange => {
                    fits(world, &base, Shape::Multirange) && agree(&mut known.multirange, &base)
                }
            };
            if !ok {
                return None;
            }
        }
        known.settle(world, family).then_some(known)
    }

    /// Derives the type of elements; whether nothing contradicts.
    fn settle(&mut self, world: World<'_>, family: Family) -> bool {
        if self.opaque {
            return true;
        }
        if let Some(multirange) = &self.multirange {
            let Some(range) = range_of(multirange) else {
                return false;
            };
            if !agree(&mut self.range, &range) {
                return false;
            }
        }
        if let Some(array) = &self.array
            && !array.is(TypeId::ANYARRAY)
        {
            let Some(element) = world.element(array) else {
                return false;
            };
            if !agree(&mut self.element, &element) {
                return false;
            }
        }
        let subtype = self.range.as_ref().and_then(|it| world.subtype(it));
        match family {
            Family::Same => {
                if let Some(subtype) = subtype
                    && !agree(&mut self.element, &subtype)
                {
                    return false;
                }
            }
            Family::Compatible => {
                if let Some(subtype) = subtype {
                    // A range cannot change: the others must become its subtype.
                    let mut elements = self.elements.iter();
                    if !elements.all(|it| world.can_become(it, &subtype, Context::Implicit)) {
                        return false;
                    }
                    self.element = Some(subtype);
                } else if !self.elements.is_empty() {
                    let Ok(common) = world.common(&self.elements) else {
                        return false;
                    };
                    let mut elements = self.elements.iter();
                    if !elements.all(|it| world.can_become(it, &common, Context::Implicit)) {
                        return false;
                    }
                    self.opaque = common.is_opaque();
                    self.element = Some(common);
                }
            }
        }
        let element = self.element.as_ref();
        if self.non_array && element.is_some_and(|it| world.element(&world.base(it)).is_some()) {
            return false;
        }
        if self.is_enum && element.is_some_and(|it| !fits(world, it, Shape::Enum)) {
            return false;
        }
        true
    }

    /// What a parameter or result of that shape is.
    pub(super) fn resolve(&self, world: World<'_>, shape: Shape, family: Family) -> Option<Ty> {
        if self.opaque {
            return Some(Ty::Opaque);
        }
        // Literals of unknown type alone: the compatible family takes text, the other one cannot tell.
        let element = self.element.clone().or(match family {
            Family::Compatible if self.literal && self.used => Some(Ty::TEXT),
            Family::Compatible | Family::Same => None,
        });
        match shape {
            Shape::Element | Shape::NonArray | Shape::Enum => element,
            Shape::Array => match &self.array {
                Some(array) => Some(array.clone()),
                None => world.array_of(&element?),
            },
            Shape::Range => self.range.clone(),
            Shape::Multirange => match (&self.multirange, &self.range) {
                (Some(it), _) => Some(it.clone()),
                (None, Some(range)) => multirange_of(range),
                (None, None) => None,
            },
        }
    }
}

/// Whether arguments of these types fit the polymorphic parameters.
pub(super) fn is_consistent(world: World<'_>, given: &[Ty], wanted: &[Ty]) -> bool {
    [Family::Same, Family::Compatible]
        .into_iter()
        .all(|family| Known::of(world, given, wanted, family).is_some())
}

/// The parameters and the result with their polymorphic types resolved; nothing where the arguments do not decide.
pub(super) fn resolve(
    world: World<'_>,
    given: &[Ty],
    wanted: &[Ty],
    result: &Ty,
) -> Option<(Vec<Ty>, Ty)> {
    let same = Known::of(world, given, wanted, Family::Same)?;
    let compatible = Known::of(world, given, wanted, Family::Compatible)?;
    let one = |ty: &Ty| match ty.core().and_then(Generic::of) {
        None => Some(ty.clone()),
        Some(generic) => {
            let known = match generic.family {
                Family::Same => &same,
                Family::Compatible => &compatible,
            };
            known.resolve(world, generic.shape, generic.family)
        }
    };
    let parameters = wanted.iter().map(one).collect::<Option<Vec<Ty>>>()?;
    Some((parameters, one(result)?))
}
