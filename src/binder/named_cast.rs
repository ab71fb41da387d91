//! Casts in the form of a call: `int4(x)`.

use smol_str::SmolStr;

use crate::binder::context::{Context, Pathway};
use crate::binder::function::Arguments;
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::{self, CastMethod, TypeId};
use crate::expression::qualify;
use crate::sql_type::{BaseType, SqlType};

impl World<'_> {
    /// The type that a call of one argument is a cast to, as `text(x)`.
    pub(super) fn cast_by_name(self, parts: &[SmolStr], arguments: &Arguments<'_>) -> Option<Ty> {
        let [given] = arguments.types else {
            return None;
        };
        if arguments.names.iter().any(Option::is_some) || arguments.variadic {
            return None;
        }
        let target = self.type_of_name(parts)?;
        if given.is_unknown() || given.is_opaque() {
            return Some(target);
        }
        let is_cast = match self.pathway(given, &target, Context::Explicit)? {
            Pathway::Same | Pathway::Opaque => true,
            // Through text, but for rows to strings; functions of casts are found by their own names.
            Pathway::Converted(_) => {
                self.goes_through_text(given, &target)
                    && !(self.category(&target).0 == b'S'
                        && (given.is(TypeId::RECORD) || self.is_row(given)))
            }
        };
        is_cast.then_some(target)
    }

    fn goes_through_text(self, source: &Ty, target: &Ty) -> bool {
        let (source, target) = (self.base(source), self.base(target));
        match (source.core(), target.core()) {
            (Some(from), Some(to)) => {
                builtin::cast(from, to, self.server).is_none_or(|it| it.method == CastMethod::InOut)
            }
            _ => true,
        }
    }

    /// A type by its name in the catalogue: `int4`, never `integer`.
    fn type_of_name(self, parts: &[SmolStr]) -> Option<Ty> {
        let (schema, name) = match parts {
            [name] => (None, name),
            [schema, name] => (Some(schema), name),
            _ => return None,
        };
        if schema.is_none_or(|it| it == "pg_catalog")
            && let Some(id) = builtin::type_named(name)
        {
            return (!Ty::Core(id).is_pseudo()).then_some(Ty::Core(id));
        }
        let own = qualify(parts, &self.schema.default)?;
        let ty = self.ty(&SqlType {
            base: BaseType::Named(own),
            modifiers: SmolStr::default(),
            array: false,
        });
        match ty {
            Ty::Enum(_) | Ty::Domain(_) => Some(ty),
            Ty::Core(_) | Ty::Row(_) | Ty::Array(_) | Ty::Foreign(_) | Ty::Opaque => None,
        }
    }
}
