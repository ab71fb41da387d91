//! What is known of an expression after it was bound.

use smol_str::SmolStr;

use crate::binder::ty::{Ty, Typed};
use crate::binder::world::Column;
use crate::builtin::Volatility;

/// A bound expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    pub typed: Typed,
    /// How volatile what it calls and converts is.
    pub volatility: Volatility,
    /// The fields of a row without a name of its own, where they are known.
    pub fields: Option<Vec<Column>>,
    /// The name of the one column that a function of a scalar names, which `from` calls it by.
    pub(super) output: Option<SmolStr>,
    /// The text of a literal whose type its place decides.
    pub literal: Option<SmolStr>,
    /// Whether it calls a function that returns a set.
    pub returns_set: bool,
    /// Whether it is an aggregate of this level, or holds one; and a window function.
    pub has_aggregate: bool,
    pub has_window: bool,
    /// The innermost level whose columns it reads: 0 for that where it stands.
    pub(super) reads: Option<usize>,
    /// The same for aggregates: how many levels up the innermost one belongs.
    pub(super) aggregates: Option<usize>,
}

impl Bound {
    /// An expression of that type that reads nothing.
    pub(super) fn new(ty: Ty) -> Self {
        Self::typed(ty.plain())
    }

    /// The same with modifiers.
    pub(super) fn typed(typed: Typed) -> Self {
        Self {
            typed,
            volatility: Volatility::Immutable,
            fields: None,
            output: None,
            literal: None,
            returns_set: false,
            has_aggregate: false,
            has_window: false,
            reads: None,
            aggregates: None,
        }
    }

    /// An expression of which nothing is known.
    pub(super) fn opaque() -> Self {
        Self::new(Ty::Opaque)
    }

    /// Its type without modifiers.
    #[must_use]
    pub fn ty(&self) -> &Ty {
        &self.typed.ty
    }

    /// The same of another type, as what is computed from it.
    pub(super) fn into(mut self, ty: Ty) -> Self {
        self.typed = ty.plain();
        self.literal = None;
        self.fields = None;
        self
    }

    /// Takes over what holds of a part: what it calls and reads.
    pub(super) fn absorb(&mut self, part: &Self) {
        self.volatility = self.volatility.max(part.volatility);
        self.returns_set |= part.returns_set;
        self.has_aggregate |= part.has_aggregate;
        self.has_window |= part.has_window;
        self.reads = least(self.reads, part.reads);
        self.aggregates = least(self.aggregates, part.aggregates);
    }

    /// An expression of that type made of these parts.
    pub(super) fn of<'a>(ty: Ty, parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut bound = Self::new(ty);
        parts.into_iter().for_each(|it| bound.absorb(it));
        bound
    }

    /// The same, at least that volatile.
    pub(super) fn volatile(mut self, volatility: Volatility) -> Self {
        self.volatility = self.volatility.max(volatility);
        self
    }
}

fn least(one: Option<usize>, other: Option<usize>) -> Option<usize> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
