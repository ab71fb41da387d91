//! Which type becomes which, and the common type of several (manual 10.4 and 10.5; `parse_coerce.c`).

use crate::binder::context::{Context, Pathway};
use crate::binder::generic;
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::{self, CastContext, CastMethod, TypeId, TypeKind, Volatility};
use crate::schema::operator_mark;

impl World<'_> {
    /// How `source` becomes `target` (`find_coercion_pathway`); nothing where it does not.
    #[must_use]
    pub fn pathway(self, source: &Ty, target: &Ty, context: Context) -> Option<Pathway> {
        if source == target {
            return Some(Pathway::Same);
        }
        let (source, target) = (self.base(source), self.base(target));
        if source == target {
            return Some(Pathway::Same);
        }
        if source.is_opaque() || target.is_opaque() {
            return Some(Pathway::Opaque);
        }
        if let (Some(from), Some(to)) = (source.core(), target.core())
            && let Some(cast) = builtin::cast(from, to, self.server)
        {
            let needed = match cast.context {
                CastContext::Implicit => Context::Implicit,
                CastContext::Assignment => Context::Assignment,
                CastContext::Explicit => Context::Explicit,
            };
            // What the catalogue says counts, also where a conversion through text would do.
            return (context >= needed).then_some(match cast.method {
                CastMethod::Binary => Pathway::Same,
                CastMethod::InOut => Pathway::Converted(through_text(&source, &target)),
                CastMethod::Function => {
                    Pathway::Converted(cast.volatility.unwrap_or(Volatility::Immutable))
                }
            });
        }
        let is_vector = target.is(TypeId::OIDVECTOR) || target.is(TypeId::INT2VECTOR);
        if !is_vector
            && let (Some(from), Some(to)) = (self.element(&source), self.element(&target))
            && let Some(way) = self.pathway(&from, &to, context)
        {
            return Some(way);
        }
        let is_text = |ty: &Ty| self.category(ty).0 == b'S';
        if context >= Context::Assignment && is_text(&target)
            || context >= Context::Explicit && is_text(&source)
        {
            return Some(Pathway::Converted(through_text(&source, &target)));
        }
        let is_own = |ty: &Ty| ty.core().is_none();
        (is_own(&source) || is_own(&target))
            .then(|| self.has_casts().then_some(Pathway::Opaque))
            .flatten()
    }

    /// Whether raw SQL made casts, about which nothing is known.
    pub(super) fn has_casts(self) -> bool {
        self.schema.get(&operator_mark("cast")).is_some()
    }

    /// Whether values of these types become those of the parameters by themselves (`can_coerce_type`).
    #[must_use]
    pub fn can_coerce(self, given: &[Ty], wanted: &[Ty], context: Context) -> bool {
        let mut generics = false;
        let each = given.iter().zip(wanted).all(|(given, wanted)| {
            generics |= wanted.is_generic();
            wanted.is_generic() || self.can_become(given, wanted, context)
        });
        each && (!generics || generic::is_consistent(self, given, wanted))
    }

    /// The same for one value and no polymorphic type.
    #[must_use]
    pub fn can_become(self, given: &Ty, wanted: &Ty, context: Context) -> bool {
        if given == wanted || wanted.is(TypeId::ANY) || given.is_unknown() {
            return true;
        }
        if self.pathway(given, wanted, context).is_some() {
            return true;
        }
        if given.is(TypeId::RECORD) && self.is_row(&self.base(wanted))
            || self.is_row(given) && wanted.is(TypeId::RECORD)
        {
            return true;
        }
        let is_rows = |ty: &Ty| self.element(ty).is_some_and(|it| self.is_row(&it));
        if wanted.is(TypeId::RECORD_ARRAY) && is_rows(given) {
            return true;
        }
        if let (Ty::Row(child), Ty::Row(parent)) = (given, wanted) {
            return self.inherits(child, parent);
        }
        false
    }

    /// Whether the table `child` inherits from `parent`, however far above.
    fn inherits(self, child: &crate::name::Name, parent: &crate::name::Name) -> bool {
        let Some(table) = self.schema.table(child) else {
            return false;
        };
        let partition = table.partition_of.iter().map(|it| &it.parent);
        let mut parents = table.inherits.iter().chain(partition);
        parents.any(|it| it == parent || self.inherits(it, parent))
    }

    /// Whether a value of `given` is one of `wanted` without a change (`IsBinaryCoercible`).
    #[must_use]
    pub fn is_binary_coercible(self, given: &Ty, wanted: &Ty) -> bool {
        let given = self.base(given);
        if given == *wanted || wanted.is(TypeId::ANY) || wanted.is(TypeId::ANYELEMENT) {
            return true;
        }
        if given.is_opaque() || wanted.is_opaque() {
            return true;
        }
        if let Some(generic) = wanted.core().and_then(generic::shape_of) {
            return generic::fits(self, &given, generic);
        }
        if wanted.is(TypeId::RECORD) && self.is_row(&given) {
            return true;
        }
        match (given.core(), wanted.core()) {
            (Some(from), Some(to)) => builtin::cast(from, to, self.server).is_some_and(|it| {
                it.method == CastMethod::Binary && it.context == CastContext::Implicit
            }),
            _ => false,
        }
    }

    /// The type that all of `types` become (`select_common_type`): the pair that does not match where there is none.
    pub fn common(self, types: &[Ty]) -> Result<Ty, (Ty, Ty)> {
        let Some(first) = types.first() else {
            return Ok(Ty::TEXT);
        };
        if !first.is_unknown() && types.iter().all(|it| it == first) {
            return Ok(first.clone());
        }
        let mut common = self.base(first);
        for ty in &types[1..] {
            let ty = self.base(ty);
            if ty.is_unknown() || ty == common {
                continue;
            }
            if ty.is_opaque() || common.is_opaque() {
                return Ok(Ty::Opaque);
            }
            let (category, preferred) = self.category(&common);
            if common.is_unknown() {
                common = ty;
            } else if self.category(&ty).0 != category {
                return Err((common, ty));
            } else if !preferred
                && self.can_become(&common, &ty, Context::Implicit)
                && !self.can_become(&ty, &common, Context::Implicit)
            {
                common = ty;
            }
        }
        Ok(if common.is_unknown() {
            Ty::TEXT
        } else {
            common
        })
    }
}

/// How volatile a conversion through text is.
fn through_text(source: &Ty, target: &Ty) -> Volatility {
    io_volatility(source, "out").max(io_volatility(target, "in"))
}

/// How volatile the input or output function of a type is: `direction` is `in` or `out`. Functions of arrays, ranges, rows
/// and enums call those of their elements, and are stable.
pub(super) fn io_volatility(ty: &Ty, direction: &str) -> Volatility {
    let Some(id) = ty.core() else {
        return Volatility::Stable;
    };
    let facts = id.facts();
    if facts.is_array() || id == TypeId::MONEY || facts.kind != TypeKind::Base {
        return Volatility::Stable;
    }
    let names = [
        format!("{}{direction}", facts.name),
        format!("{}_{direction}", facts.name),
    ];
    let mut found = names.iter().flat_map(|it| builtin::functions(it));
    found
        .next()
        .map_or(Volatility::Immutable, |it| it.volatility)
}
