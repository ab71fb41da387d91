//! Functions that a definition names by the types of their arguments (`LookupFuncName`, `lookup_agg_function`).

use smol_str::SmolStr;

use crate::binder::function::{Arguments, Called, Function, Sort};
use crate::binder::mistake::Class;
use crate::binder::ty::Ty;
use crate::binder::world::World;

/// What a definition finds under the name of a function.
#[derive(Debug, Clone)]
pub enum Lookup {
    Found(Found),
    Missing,
    /// It may be there.
    Opaque,
}

/// A function that a definition names.
#[derive(Debug, Clone)]
pub struct Found {
    /// The types that it takes, polymorphic ones as they are for these arguments.
    pub parameters: Vec<Ty>,
    pub result: Ty,
    pub returns_set: bool,
    pub strict: bool,
}

impl World<'_> {
    /// The function that takes exactly these types.
    #[must_use]
    pub fn exact_function(self, parts: &[SmolStr], types: &[Ty]) -> Lookup {
        let (functions, opaque) = self.functions(parts);
        let found = functions
            .into_iter()
            .map(|it| it.1)
            .find(|it| it.sort() != Sort::Procedure && own_types(*it, self) == types);
        match found {
            Some(function) => Lookup::Found(Found {
                parameters: types.to_vec(),
                result: function.result(self),
                returns_set: function.returns_set(),
                strict: function.is_strict(),
            }),
            None if opaque || types.iter().any(Ty::is_opaque) => Lookup::Opaque,
            None => Lookup::Missing,
        }
    }

    /// The plain function that a call with arguments of these types means.
    #[must_use]
    pub fn called(self, parts: &[SmolStr], types: &[Ty]) -> Lookup {
        let (functions, opaque) = self.functions(parts);
        let is_unclear = |it: &Ty| it.is_opaque();
        let hides = functions
            .iter()
            .any(|it| own_types(it.1, self).iter().any(is_unclear));
        if opaque || hides || types.iter().any(is_unclear) {
            return Lookup::Opaque;
        }
        if let Lookup::Found(found) = self.exact_function(parts, types) {
            return Lookup::Found(found);
        }
        let names = vec![None; types.len()];
        let arguments = Arguments {
            types,
            names: &names,
            variadic: false,
        };
        match self.resolve(parts, &arguments, &(0..0)) {
            // Nobody leaves out an argument here, nor writes one of several.
            Ok(Called::Function(it)) if own_types(it.function, self).len() != types.len() => {
                Lookup::Opaque
            }
            Ok(Called::Function(it)) if it.function.variadic(self).is_some() => Lookup::Opaque,
            Ok(Called::Function(it)) if it.function.sort() == Sort::Plain => Lookup::Found(Found {
                returns_set: it.function.returns_set(),
                strict: it.function.is_strict(),
                parameters: it.parameters,
                result: it.result,
            }),
            Ok(Called::Opaque) => Lookup::Opaque,
            Ok(Called::Function(_) | Called::Cast(_)) => Lookup::Missing,
            Err(it) if it.class == Class::UnknownFunction => Lookup::Missing,
            // What is polymorphic all through is not decided here.
            Err(_) => Lookup::Opaque,
        }
    }
}

fn own_types(function: Function<'_>, world: World<'_>) -> Vec<Ty> {
    function
        .parameters(world)
        .into_iter()
        .map(|it| it.ty)
        .collect()
}
