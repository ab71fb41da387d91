//! Calls as they are stored (`ParseFuncOrColumn`, `make_fn_arguments`).

use smol_str::SmolStr;

use super::{Stored, Storing, What};
use crate::binder::comparison::operator;
use crate::binder::function::{Arguments, Called, Function, Resolved, Sort};
use crate::binder::ty::Ty;
use crate::builtin::{self, CastMethod, TypeId};
use crate::expression::qualify;
use crate::tree::{Call, Expr};

impl Storing<'_, '_> {
    /// A call by name.
    pub(super) fn call(&mut self, call: &Call) -> Option<Stored> {
        let is_plain = !call.star
            && !call.distinct
            && call.order_by.is_empty()
            && call.within_group.is_none()
            && call.filter.is_none()
            && call.over.is_none();
        if !is_plain {
            return None;
        }
        let mut parts = Vec::with_capacity(call.arguments.len());
        let mut names = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            parts.push(self.expr(&argument.value)?);
            names.push(argument.name.clone());
        }
        let variadic = call.arguments.last().is_some_and(|it| it.variadic);
        self.called(&call.function.parts, parts, &names, variadic)
    }

    /// A call of a function of PostgreSQL's own that the grammar has a syntax for.
    pub(super) fn apply(&mut self, name: &'static str, parts: Vec<Stored>) -> Option<Stored> {
        let path = [SmolStr::new_static("pg_catalog"), name.into()];
        let names = vec![None; parts.len()];
        self.called(&path, parts, &names, false)
    }

    /// `a like b escape c` and `a similar to b`: the pattern is made by a function.
    pub(super) fn pattern(
        &mut self,
        name: &str,
        left: &Expr,
        right: &Expr,
        escape: Option<&Expr>,
        function: &'static str,
    ) -> Option<Stored> {
        let mut parts = vec![self.expr(right)?];
        if let Some(escape) = escape {
            parts.push(self.expr(escape)?);
        }
        let pattern = self.apply(function, parts)?;
        let operands = vec![self.expr(left)?, pattern];
        self.operation(&operator(name, &left.range), operands)
    }

    fn called(
        &self,
        path: &[SmolStr],
        parts: Vec<Stored>,
        names: &[Option<SmolStr>],
        variadic: bool,
    ) -> Option<Stored> {
        let world = self.world();
        let types: Vec<Ty> = parts.iter().map(|it| it.ty().clone()).collect();
        let arguments = Arguments {
            types: &types,
            names,
            variadic,
        };
        match world.resolve(path, &arguments, &(0..0)).ok()? {
            Called::Cast(ty) => Some(world.coerce_as(parts.into_iter().next()?, &ty, true)),
            Called::Opaque => {
                let parts = parts.into_iter().map(|it| it.loose(world)).collect();
                let words = self.words_of(path, names, variadic);
                Some(Stored::other(words, Ty::Opaque, parts))
            }
            Called::Function(resolved) => {
                if resolved.function.sort() != Sort::Plain {
                    return None;
                }
                if let Some(cast) = self.cast_function(path, &types, &resolved) {
                    return Some(world.coerce_as(parts.into_iter().next()?, &cast, true));
                }
                let is_unclear = types.iter().any(Ty::is_opaque);
                let given = parts.into_iter().zip(&resolved.parameters);
                let parts = given.map(|(it, ty)| {
                    if is_unclear {
                        it.loose(world)
                    } else {
                        // The only function of that name takes it, also where nobody writes the cast.
                        world.coerce(it, ty).without_unclear_cast()
                    }
                });
                let (parts, spread) = self.spread(parts.collect(), &resolved, variadic);
                let words = match &resolved.own {
                    Some(own) => self.words_of(
                        &[own.schema.clone(), own.name.clone()],
                        names,
                        variadic || spread,
                    ),
                    None => self.words_of(path, names, variadic || spread),
                };
                Some(Stored::other(words, resolved.result, parts))
            }
        }
    }

    /// The type that a function of PostgreSQL's own casts to, if that is what it is for: `int8(a)` is `a::bigint`.
    fn cast_function(&self, path: &[SmolStr], given: &[Ty], resolved: &Resolved<'_>) -> Option<Ty> {
        let ([from], Function::Core(_), Ty::Core(to)) = (
            resolved.parameters.as_slice(),
            resolved.function,
            &resolved.result,
        ) else {
            return None;
        };
        let is_named = path.last().is_some_and(|it| it == to.name());
        let cast = builtin::cast(from.core()?, *to, self.world().server)?;
        let is_cast = cast.method == CastMethod::Function && is_named && given == [from.clone()];
        is_cast.then(|| resolved.result.clone())
    }

    /// The last arguments of a variadic function are stored as one array.
    fn spread(
        &self,
        mut parts: Vec<Stored>,
        resolved: &Resolved<'_>,
        variadic: bool,
    ) -> (Vec<Stored>, bool) {
        let world = self.world();
        let element = resolved
            .function
            .variadic(world)
            .filter(|it| !variadic && !it.is_opaque() && !it.is(TypeId::ANY));
        let fixed = resolved.function.parameters(world).len().saturating_sub(1);
        if element.is_none() || parts.len() <= fixed {
            return (parts, false);
        }
        let elements = parts.split_off(fixed);
        let element = elements.first().map_or(Ty::Opaque, |it| it.ty().clone());
        let array = world.array_of(&element).unwrap_or(Ty::Opaque);
        parts.push(Stored::new(What::Array, array.plain(), elements));
        (parts, true)
    }

    /// The name of a function with its schema, unless it is PostgreSQL's own, and the names of its arguments.
    fn words_of(&self, path: &[SmolStr], names: &[Option<SmolStr>], variadic: bool) -> String {
        let schema = &self.world().schema.default;
        let mut words = match path {
            [own, name] if own == "pg_catalog" => format!("call {name}"),
            path => match qualify(path, schema) {
                Some(name) if name.schema == *schema => format!("call {}", name.name),
                Some(name) => format!("call {}.{}", name.schema, name.name),
                None => format!("call {}", path.join(".")),
            },
        };
        for name in names.iter().flatten() {
            words.push(' ');
            words.push_str(name);
        }
        if variadic {
            words.push_str(" variadic");
        }
        words
    }
}
