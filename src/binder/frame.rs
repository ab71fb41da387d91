//! The frames of windows that `range` with an offset makes (`transformFrameOffset`).

use std::ops::Range;

use crate::binder::context::Context;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::Ty;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;

/// The types of offsets by the type that is sorted by: the support functions `in_range` of btree.
const OFFSETS: &[(TypeId, &[TypeId])] = &[
    (TypeId::DATE, &[TypeId::INTERVAL]),
    (TypeId::TIMESTAMP, &[TypeId::INTERVAL]),
    (TypeId::TIMESTAMPTZ, &[TypeId::INTERVAL]),
    (TypeId::TIME, &[TypeId::INTERVAL]),
    (TypeId::TIMETZ, &[TypeId::INTERVAL]),
    (TypeId::INTERVAL, &[TypeId::INTERVAL]),
    (TypeId::FLOAT8, &[TypeId::FLOAT8]),
    (TypeId::FLOAT4, &[TypeId::FLOAT8]),
    (TypeId::NUMERIC, &[TypeId::NUMERIC]),
    (TypeId::INT2, &[TypeId::INT2, TypeId::INT4, TypeId::INT8]),
    (TypeId::INT4, &[TypeId::INT2, TypeId::INT4, TypeId::INT8]),
    (TypeId::INT8, &[TypeId::INT8]),
];

impl Binder<'_> {
    /// Refuses an offset that cannot be added to what is sorted by.
    pub(super) fn check_range(&self, sorted: &Ty, offset: &Ty, range: &Range<usize>) -> Result<()> {
        let sorted = self.world.base(sorted);
        if sorted.is_opaque() || offset.is_opaque() {
            return Ok(());
        }
        let offsets = OFFSETS.iter().find(|it| sorted.is(it.0)).map(|it| it.1);
        let Some(offsets) = offsets else {
            let message = format!("`range` cannot have an offset where {sorted} is sorted by");
            let help = "use `rows` or `groups`";
            return Err(Mistake::new(Class::NotSupported, range, message).help(help));
        };
        let takes = |it: &TypeId| {
            self.world
                .can_become(offset, &Ty::Core(*it), Context::Implicit)
        };
        if offset.is_unknown() || self.world.has_casts() || offsets.iter().any(takes) {
            return Ok(());
        }
        let message = format!("`range` cannot add {offset} to {sorted}");
        let help = format!("cast the offset to {}", offsets[0].facts().display);
        Err(Mistake::new(Class::NotSupported, range, message).help(help))
    }
}
