//! Calls of functions, operators, aggregates and window functions.

use std::collections::BTreeMap;

use super::catalog::{Callable, Form, Type, is_generic};
use super::expression::Scope;
use super::grower::Grower;

impl Grower<'_> {
    /// A call of a function or an operator that gives the type.
    pub(super) fn called(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        let forms = [Form::Function, Form::Operator];
        let (callable, bound) = self.choose(want, &forms, scope.immutable)?;
        self.call(scope, &callable, &bound, depth)
    }

    /// Something that gives the type, with what its generic types stand for.
    pub(super) fn choose(
        &mut self,
        want: &str,
        forms: &[Form],
        immutable: bool,
    ) -> Option<(Callable, Bound)> {
        let world = self.world;
        let of = |result: &str| {
            world
                .catalog
                .callables
                .get(result)
                .map_or(&[][..], Vec::as_slice)
        };
        let ty = world.catalog.types.get(want)?;
        let mut lists = vec![of(want)];
        if self.random.chance(35) || lists[0].is_empty() {
            lists = GENERIC
                .iter()
                .filter(|it| stands_for(it, ty))
                .map(|it| of(it))
                .collect();
        }
        let fits = |it: &&Callable| {
            forms
                .iter()
                .any(|form| std::mem::discriminant(form) == std::mem::discriminant(&it.form))
                && (!immutable || it.is_immutable || self.rare)
        };
        let all: Vec<&Callable> = lists.into_iter().flatten().filter(fits).collect();
        let callable = (*self.random.pick(&all)?).clone();
        let bound = self.bound(&callable, ty)?;
        Some((callable, bound))
    }

    /// What the generic types of a signature stand for where it gives `ty`.
    pub(super) fn bound(&mut self, callable: &Callable, ty: &Type) -> Option<Bound> {
        let mut bound = Bound::new();
        if is_generic(&callable.result) {
            let element = match callable.result.as_str() {
                "anyarray"
                | "anycompatiblearray"
                | "anyrange"
                | "anymultirange"
                | "anycompatiblerange"
                | "anycompatiblemultirange" => ty.element.clone()?,
                _ => ty.name.clone(),
            };
            bound.insert(family(&callable.result), element);
        }
        for argument in &callable.arguments {
            if is_generic(argument) && !bound.contains_key(family(argument)) {
                let element = self.element_for(&callable.arguments, family(argument))?;
                bound.insert(family(argument), element);
            }
        }
        let fits = |it: &String| self.fits(it, &bound) || self.rare;
        callable.arguments.iter().all(fits).then_some(bound)
    }

    /// Whether a generic type can stand for what it is bound to.
    pub(super) fn fits(&self, generic: &str, bound: &Bound) -> bool {
        let types = &self.world.catalog.types;
        let element = bound.get(family(generic)).and_then(|it| types.get(it));
        let is_over = |kind: char, it: &Type| {
            types
                .values()
                .any(|range| range.kind == kind && range.element.as_ref() == Some(&it.name))
        };
        match (generic.trim_start_matches("anycompatible"), element) {
            ("anyenum", Some(it)) => it.kind == 'e',
            ("anynonarray" | "nonarray", Some(it)) => !it.is_array,
            ("anyarray" | "array", Some(it)) => !it.is_array,
            ("anyrange" | "range", Some(it)) => is_over('r', it),
            ("anymultirange" | "multirange", Some(it)) => is_over('m', it),
            _ => true,
        }
    }

    /// A type for the generic types of one family in a signature.
    pub(super) fn element_for(&mut self, arguments: &[String], of: &str) -> Option<String> {
        let types = &self.world.catalog.types;
        let has = |word: &str| {
            arguments
                .iter()
                .any(|it| family(it) == of && it.contains(word))
        };
        let all: Vec<&String> = if has("range") {
            types
                .values()
                .filter(|it| it.kind == 'r')
                .filter_map(|it| it.element.as_ref())
                .collect()
        } else if has("enum") {
            types
                .values()
                .filter(|it| it.kind == 'e')
                .map(|it| &it.name)
                .collect()
        } else {
            types
                .values()
                .filter(|it| !it.is_array && it.kind != 'd')
                .map(|it| &it.name)
                .collect()
        };
        self.random.pick(&all).map(|it| (*it).clone())
    }

    /// The type of an argument.
    pub(super) fn instance(&mut self, argument: &str, bound: &Bound) -> Option<String> {
        if argument == "\"any\"" {
            return Some(self.type_name());
        }
        if !is_generic(argument) {
            return Some(argument.to_owned());
        }
        let element = bound.get(family(argument))?;
        let types = &self.world.catalog.types;
        let over = |kind: char| {
            types
                .values()
                .find(|it| it.kind == kind && it.element.as_ref() == Some(element))
                .map(|it| it.name.clone())
        };
        match argument {
            "anyarray" | "anycompatiblearray" => Some(format!("{element}[]")),
            "anyrange" | "anycompatiblerange" => over('r'),
            "anymultirange" | "anycompatiblemultirange" => over('m'),
            _ => Some(element.clone()),
        }
    }

    /// Writes a call.
    pub(super) fn call(
        &mut self,
        scope: &Scope,
        callable: &Callable,
        bound: &Bound,
        depth: usize,
    ) -> Option<String> {
        let mut types = Vec::new();
        for argument in &callable.arguments {
            types.push(self.instance(argument, bound)?);
        }
        let mut arguments: Vec<String> = types
            .iter()
            .zip(&callable.arguments)
            .map(|(it, argument)| {
                if argument.contains("any") && !self.rare {
                    self.expression(scope, it, depth)
                } else {
                    self.argument(scope, it, depth)
                }
            })
            .collect();
        if callable.form == Form::Operator {
            return Some(match arguments.as_slice() {
                [one] => format!("({} {one})", callable.name),
                [left, right] => format!("({left} {} {right})", callable.name),
                _ => return None,
            });
        }
        if let Some(more) = &callable.variadic {
            let more = more.trim_end_matches("[]").to_owned();
            let last = arguments.len() - 1;
            let ty = if callable.arguments[last] == "\"any\"" {
                "\"any\"".to_owned()
            } else {
                more
            };
            if let Some(ty) = self.instance(&ty, bound) {
                arguments[last] = self.argument(scope, &ty, depth);
                if self.random.chance(50) {
                    arguments.push(self.argument(scope, &ty, depth));
                }
                if self.random.chance(10) {
                    arguments.truncate(last);
                    arguments.push(format!("variadic {}", self.value(&format!("{ty}[]"))));
                }
            }
        } else if callable.defaults > 0 && self.random.chance(50) {
            let least = arguments.len() - callable.defaults;
            arguments.truncate(least + self.random.below(callable.defaults + 1));
        }
        let schema = self.random.maybe(
            5,
            if callable.name.starts_with('f') {
                ""
            } else {
                "pg_catalog."
            },
        );
        Some(format!(
            "{schema}{}({})",
            callable.name,
            arguments.join(", ")
        ))
    }

    pub(super) fn aggregate(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        let read = Scope {
            columns: scope.aggregated.clone()?,
            ..scope.plain()
        };
        let (callable, bound) =
            self.choose(want, &[Form::Aggregate, Form::Ordered(0)], scope.immutable)?;
        self.aggregate_call(&read, &callable, &bound, depth)
    }

    pub(super) fn aggregate_call(
        &mut self,
        read: &Scope,
        callable: &Callable,
        bound: &Bound,
        depth: usize,
    ) -> Option<String> {
        let condition = if self.random.chance(15) {
            format!(
                " filter (where {})",
                self.expression(read, "boolean", depth)
            )
        } else {
            String::new()
        };
        if let Form::Ordered(direct) = callable.form {
            let mut types = Vec::new();
            for argument in &callable.arguments {
                types.push(self.instance(argument, bound)?);
            }
            let constant = Scope::default();
            let given: Vec<String> = types[..direct]
                .iter()
                .map(|it| self.expression(&constant, it, 1))
                .collect();
            let ordered: Vec<String> = types[direct..]
                .iter()
                .map(|it| self.expression(read, it, depth))
                .collect();
            return Some(format!(
                "{}({}) within group (order by {}){condition}",
                callable.name,
                given.join(", "),
                ordered.join(", ")
            ));
        }
        if callable.arguments.is_empty() {
            return Some(format!("{}(*){condition}", callable.name));
        }
        let call = self.call(read, callable, bound, depth)?;
        let inside = call.strip_suffix(')')?;
        let ordered = if self.random.chance(15) {
            let ty = self.sorted_type();
            format!(" order by {}", self.expression(read, &ty, 0))
        } else {
            String::new()
        };
        let distinct = self.random.chance(10) && ordered.is_empty() && !inside.ends_with('(');
        let inside = if distinct {
            inside.replacen('(', "(distinct ", 1)
        } else {
            inside.to_owned()
        };
        Some(format!("{inside}{ordered}){condition}"))
    }

    pub(super) fn window(&mut self, scope: &Scope, want: &str, depth: usize) -> Option<String> {
        if !scope.windows {
            return None;
        }
        let plain = Scope {
            windows: false,
            ..scope.clone()
        };
        let form = if self.random.chance(50) {
            Form::Window
        } else {
            Form::Aggregate
        };
        let (callable, bound) = self.choose(want, &[form], false)?;
        let call = if callable.form == Form::Window {
            self.call(&plain, &callable, &bound, depth)?
        } else if callable.arguments.is_empty() {
            format!("{}(*)", callable.name)
        } else {
            self.call(&plain, &callable, &bound, depth)?
        };
        Some(format!("{call} over {}", self.window_text(&plain, true)))
    }

    /// What a window is: a name, or a definition.
    pub(super) fn window_text(&mut self, scope: &Scope, named: bool) -> String {
        if named && self.random.chance(15) {
            return "w".to_owned();
        }
        let ty = self.sorted_type();
        let mut parts = Vec::new();
        if self.random.chance(50) {
            parts.push(format!("partition by {}", self.expression(scope, &ty, 0)));
        }
        if self.random.chance(70) {
            let ty = self.sorted_type();
            parts.push(format!("order by {}", self.expression(scope, &ty, 1)));
        }
        if self.random.chance(30) {
            let frames = [
                "rows between 1 preceding and current row",
                "rows unbounded preceding",
                "range between unbounded preceding and unbounded following",
                "groups between 1 preceding and 1 following exclude ties",
                "range between 1 preceding and 1 following",
            ];
            parts.push(self.random.one(&frames).to_owned());
        }
        format!("({})", parts.join(" "))
    }
}

/// What generic types stand for, by their family.
pub(crate) type Bound = BTreeMap<&'static str, String>;

const GENERIC: &[&str] = &[
    "anyelement",
    "anynonarray",
    "anyarray",
    "anyenum",
    "anyrange",
    "anymultirange",
    "anycompatible",
    "anycompatiblenonarray",
    "anycompatiblearray",
    "anycompatiblerange",
    "anycompatiblemultirange",
];

/// Types of one family stand for the same type.
fn family(generic: &str) -> &'static str {
    if generic.starts_with("anycompatible") {
        "anycompatible"
    } else {
        "any"
    }
}

/// Whether a generic type can stand for that type.
fn stands_for(generic: &str, ty: &Type) -> bool {
    match generic
        .trim_start_matches("anycompatible")
        .trim_start_matches("any")
    {
        "" | "element" => true,
        "nonarray" => !ty.is_array,
        "array" => ty.is_array,
        "enum" => ty.kind == 'e',
        "range" => ty.kind == 'r',
        _ => ty.kind == 'm',
    }
}
