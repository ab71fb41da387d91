//! Which types can be sorted, grouped and collated.

use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::{self, TypeKind};
use crate::sql_type::casts::binary_coercible;

impl World<'_> {
    /// Whether a type has a default operator class for `method`, for itself or for what it is taken for.
    fn has_class(self, ty: &Ty, method: &str) -> bool {
        let ty = self.base(ty);
        if ty.is_opaque() || ty.is_unknown() {
            return true;
        }
        if let Some(element) = self.element(&ty) {
            return self.has_class(&element, method);
        }
        match &ty {
            Ty::Enum(_) => true,
            Ty::Row(_) => self
                .fields(&ty)
                .is_none_or(|fields| fields.iter().all(|it| self.has_class(&it.typed.ty, method))),
            Ty::Core(id) => match id.facts().kind {
                TypeKind::Range
                | TypeKind::Multirange
                | TypeKind::Pseudo
                | TypeKind::Composite
                | TypeKind::Domain
                | TypeKind::Enum => true,
                TypeKind::Base => {
                    let mut classes = builtin::default_classes(method);
                    classes.any(|class| binary_coercible(id.facts().name, class.facts().name))
                }
            },
            Ty::Domain(_) | Ty::Array(_) | Ty::Foreign(_) | Ty::Opaque => true,
        }
    }

    /// Whether values can be sorted.
    #[must_use]
    pub fn has_order(self, ty: &Ty) -> bool {
        self.has_class(ty, "btree")
    }

    /// Whether values can be told apart.
    #[must_use]
    pub fn has_equality(self, ty: &Ty) -> bool {
        self.has_class(ty, "btree") || self.has_class(ty, "hash")
    }

    /// Whether the type has a collation.
    #[must_use]
    pub fn is_collatable(self, ty: &Ty) -> bool {
        match self.base(ty) {
            Ty::Core(id) => match self.element(&Ty::Core(id)) {
                Some(element) => self.is_collatable(&element),
                None => id.facts().collatable,
            },
            Ty::Foreign(_) | Ty::Opaque => true,
            Ty::Array(element) => self.is_collatable(&element),
            Ty::Enum(_) | Ty::Domain(_) | Ty::Row(_) => false,
        }
    }
}
