//! Which function a call means (manual 10.3; `func_get_detail` of `parse_func.c`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::candidate::{Candidate, Choice, choose};
use crate::binder::context::Context;
use crate::binder::function::{Arguments, Called, Function, Resolved};
use crate::binder::generic;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin;
use crate::expression::qualify;
use crate::name::Name;

#[derive(Debug, Clone)]
struct Fit<'a> {
    function: Function<'a>,
    /// 0 for what the search path finds first.
    position: usize,
    variadic: bool,
    defaults: usize,
    /// For each parameter of the call the argument that it takes.
    order: Vec<usize>,
}

impl<'a> World<'a> {
    /// What a call of `parts` with these arguments means.
    pub(super) fn resolve(
        self,
        parts: &[SmolStr],
        arguments: &Arguments<'_>,
        range: &Range<usize>,
    ) -> Result<Called<'a>, Mistake> {
        let (functions, opaque) = self.functions(parts);
        let exist = !functions.is_empty();
        let candidates = self.candidates(functions, arguments);
        let exact = candidates
            .iter()
            .position(|it| it.parameters.as_slice() == arguments.types);
        let given: Vec<Ty> = arguments.types.to_vec();
        if opaque || given.iter().any(Ty::is_opaque) {
            // Only what all agree on can be told.
            return Ok(match exact {
                Some(at) if !opaque => self.finish(candidates, at, &given, parts, range)?,
                _ => self.agreed(&candidates, &given, opaque, exist, parts, arguments, range)?,
            });
        }
        if let Some(at) = exact {
            return self.finish(candidates, at, &given, parts, range);
        }
        if let Some(ty) = self.cast_by_name(parts, arguments) {
            return Ok(Called::Cast(ty));
        }
        let numbered = candidates.iter().enumerate();
        let plain: Vec<Candidate<usize>> = numbered
            .map(|(at, it)| Candidate {
                parameters: it.parameters.clone(),
                what: at,
            })
            .collect();
        // What takes the arguments in another order sees them so.
        let mut orders = candidates.iter().map(|it| &it.what.order);
        let reordered = orders.any(|order| order.iter().enumerate().any(|(at, it)| at != *it));
        let choice = if reordered {
            self.choose_reordered(&candidates, &given)
        } else {
            choose(self, &given, plain)
        };
        match choice {
            Choice::One(one) => self.finish(candidates, one.what, &given, parts, range),
            // A cast that nobody here knows may decide.
            Choice::Ambiguous if self.has_casts() && given.iter().any(|it| it.core().is_none()) => {
                Ok(Called::Opaque)
            }
            Choice::Ambiguous => Err(Mistake::new(
                Class::AmbiguousFunction,
                range,
                format!(
                    "the call {} fits more than one function",
                    signature(parts, arguments)
                ),
            )
            .help("cast the arguments to the types that are meant")),
            Choice::None => Err(self.unknown(parts, arguments, exist, range)),
        }
    }

    /// With names: the types in the order of each candidate's parameters.
    fn choose_reordered(self, candidates: &[Candidate<Fit<'a>>], given: &[Ty]) -> Choice<usize> {
        let mut fitting: Vec<usize> = Vec::new();
        for (at, candidate) in candidates.iter().enumerate() {
            let types: Vec<Ty> = candidate
                .what
                .order
                .iter()
                .map(|it| given[*it].clone())
                .collect();
            if self.can_coerce(&types, &candidate.parameters, Context::Implicit) {
                fitting.push(at);
            }
        }
        match fitting.as_slice() {
            [] => Choice::None,
            [one] => Choice::One(Candidate {
                parameters: candidates[*one].parameters.clone(),
                what: *one,
            }),
            _ => Choice::Ambiguous,
        }
    }

    fn finish(
        self,
        mut candidates: Vec<Candidate<Fit<'a>>>,
        at: usize,
        given: &[Ty],
        parts: &[SmolStr],
        range: &Range<usize>,
    ) -> Result<Called<'a>, Mistake> {
        let chosen = candidates.swap_remove(at);
        let types: Vec<Ty> = chosen
            .what
            .order
            .iter()
            .map(|it| given[*it].clone())
            .collect();
        let function = chosen.what.function;
        let result = function.result(self);
        let resolved = generic::resolve(self, &types, &chosen.parameters, &result);
        let Some((parameters, result)) = resolved else {
            // Such as `array_in`, whose result hangs on the value of an argument.
            if !chosen.parameters.iter().any(Ty::is_generic) {
                return Ok(Called::Opaque);
            }
            return Err(Mistake::new(
                Class::TypeMismatch,
                range,
                format!(
                    "the type that {} returns depends on its arguments, which have no type of their own",
                    parts.join(".")
                ),
            )
            .help("cast an argument"));
        };
        // Back in the order of the call.
        let mut ordered = vec![Ty::Opaque; parameters.len()];
        for (parameter, at) in parameters.into_iter().zip(&chosen.what.order) {
            ordered[*at] = parameter;
        }
        Ok(Called::Function(Resolved {
            own: self.own_name(function, parts),
            function,
            parameters: ordered,
            result,
        }))
    }

    /// What can be told where an argument's type is not known: the result that all candidates that may be meant have.
    #[expect(clippy::too_many_arguments, reason = "they are what the search knows")]
    fn agreed(
        self,
        candidates: &[Candidate<Fit<'a>>],
        given: &[Ty],
        opaque: bool,
        exist: bool,
        parts: &[SmolStr],
        arguments: &Arguments<'_>,
        range: &Range<usize>,
    ) -> Result<Called<'a>, Mistake> {
        if opaque {
            return Ok(Called::Opaque);
        }
        if self.cast_by_name(parts, arguments).is_some() {
            return Ok(Called::Opaque);
        }
        let fitting: Vec<&Candidate<Fit<'a>>> = candidates
            .iter()
            .filter(|it| {
                let types: Vec<Ty> = it.what.order.iter().map(|at| given[*at].clone()).collect();
                self.can_coerce(&types, &it.parameters, Context::Implicit)
            })
            .collect();
        let Some((first, rest)) = fitting.split_first() else {
            return Err(self.unknown(parts, arguments, exist, range));
        };
        let result = first.what.function.result(self);
        let same = rest.iter().all(|it| {
            it.what.function.result(self) == result
                && it.what.function.sort() == first.what.function.sort()
                && it.what.function.returns_set() == first.what.function.returns_set()
                && it.what.function.volatility() == first.what.function.volatility()
        });
        if !same || result.is_generic() {
            return Ok(Called::Opaque);
        }
        Ok(Called::Function(Resolved {
            own: self.own_name(first.what.function, parts),
            function: first.what.function,
            parameters: given.to_vec(),
            result,
        }))
    }

    /// Those that take that many arguments of those names (`FuncnameGetCandidates`).
    fn candidates(
        self,
        functions: Vec<(usize, Function<'a>)>,
        arguments: &Arguments<'_>,
    ) -> Vec<Candidate<Fit<'a>>> {
        let mut found: Vec<Candidate<Fit<'a>>> = Vec::new();
        for (position, function) in functions {
            let Some(candidate) = self.candidate(position, function, arguments) else {
                continue;
            };
            let twin = found
                .iter()
                .position(|it| it.parameters == candidate.parameters);
            match twin {
                None => found.push(candidate),
                Some(at) => {
                    let rank = |it: &Fit<'_>| (it.position, it.variadic, it.defaults > 0);
                    if rank(&candidate.what) < rank(&found[at].what) {
                        found[at] = candidate;
                    }
                }
            }
        }
        found
    }

    fn candidate(
        self,
        position: usize,
        function: Function<'a>,
        arguments: &Arguments<'_>,
    ) -> Option<Candidate<Fit<'a>>> {
        let parameters = function.parameters(self);
        let count = arguments.types.len();
        let named = arguments.names.iter().any(Option::is_some);
        let variadic = function.variadic(self);
        if arguments.variadic && variadic.is_none() {
            return None;
        }
        if let Some(element) = variadic.filter(|_| !arguments.variadic && !named)
            && count >= parameters.len()
        {
            let fixed = &parameters[..parameters.len() - 1];
            let mut types: Vec<Ty> = fixed.iter().map(|it| it.ty.clone()).collect();
            types.resize(count, element);
            return Some(Candidate {
                parameters: types,
                what: Fit {
                    function,
                    position,
                    variadic: true,
                    defaults: 0,
                    order: (0..count).collect(),
                },
            });
        }
        if count > parameters.len() {
            return None;
        }
        let mut order = Vec::with_capacity(count);
        let mut types = Vec::with_capacity(count);
        let mut taken = vec![false; parameters.len()];
        for (at, name) in arguments.names.iter().enumerate() {
            let to = match name {
                None => at,
                Some(name) => parameters
                    .iter()
                    .position(|it| it.name.as_ref() == Some(name))?,
            };
            if std::mem::replace(&mut taken[to], true) {
                return None;
            }
            order.push((to, at));
        }
        let missing = parameters.iter().zip(&taken).filter(|(_, taken)| !**taken);
        let mut defaults = 0;
        for (parameter, _) in missing {
            if !parameter.has_default {
                return None;
            }
            defaults += 1;
        }
        order.sort_unstable();
        for (to, _) in &order {
            types.push(parameters[*to].ty.clone());
        }
        Some(Candidate {
            parameters: types,
            what: Fit {
                function,
                position,
                variadic: false,
                defaults,
                order: order.into_iter().map(|it| it.1).collect(),
            },
        })
    }

    fn own_name(self, function: Function<'_>, parts: &[SmolStr]) -> Option<Name> {
        match function {
            Function::Core(_) => None,
            Function::Own(_) => qualify(parts, &self.schema.default),
        }
    }

    fn unknown(
        self,
        parts: &[SmolStr],
        arguments: &Arguments<'_>,
        exist: bool,
        range: &Range<usize>,
    ) -> Mistake {
        let signature = signature(parts, arguments);
        let mistake = Mistake::new(
            Class::UnknownFunction,
            range,
            format!("there is no function {signature}"),
        );
        if exist {
            return mistake.help(self.forms(parts));
        }
        let newer = parts.last().and_then(|name| {
            let all = builtin::functions(name).iter();
            let later = all.filter_map(|it| it.versions.since());
            later.filter(|since| *since > self.server).min()
        });
        if let Some(newer) = newer {
            return mistake.help(format!(
                "PostgreSQL {newer} has it: set `minimum_server: {newer}` in limbeck.yaml if no older server runs this"
            ));
        }
        let name = parts.last().map_or("", SmolStr::as_str);
        let near = builtin::function_names().map(str::to_owned);
        let own = self.schema.function_names().map(str::to_owned);
        let near: Vec<String> = near.chain(own).collect();
        mistake.suggest(name, near.iter().map(String::as_str)).or_help(|| format!(
            "create it first; if only code creates it, declare it: sql declares (function {name}) {{ … }}"
        ))
    }

    /// The parameters that functions of that name take.
    fn forms(self, parts: &[SmolStr]) -> String {
        const SHOWN: usize = 3;
        let (functions, _) = self.functions(parts);
        let name = parts.last().map_or("", SmolStr::as_str);
        let more = functions.len().saturating_sub(SHOWN);
        let mut forms: Vec<String> = functions
            .into_iter()
            .take(SHOWN)
            .map(|(_, function)| {
                let parameters = function.parameters(self);
                let types: Vec<String> = parameters.iter().map(|it| it.ty.to_string()).collect();
                format!("{name}({})", types.join(", "))
            })
            .collect();
        if more > 0 {
            forms.push(format!("{more} more"));
        }
        format!("it takes other arguments: {}", forms.join(", "))
    }
}

/// As messages write a call: `lower(integer)`.
fn signature(parts: &[SmolStr], arguments: &Arguments<'_>) -> String {
    let types = arguments.types.iter().zip(arguments.names);
    let types: Vec<String> = types
        .map(|(ty, name)| match name {
            Some(name) => format!("{name} => {ty}"),
            None => ty.to_string(),
        })
        .collect();
    format!("{}({})", parts.join("."), types.join(", "))
}
