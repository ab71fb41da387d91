//! Functions as calls see them: those of PostgreSQL, and those of the history.

use smol_str::SmolStr;

use crate::binder::ty::Ty;
use crate::binder::world::{Column, World};
use crate::builtin::{self, Aggregate, AggregateKind, FunctionKind, TypeId, Volatility};
use crate::expression::qualify;
use crate::name::Name;
use crate::schema::{Signature, SignatureKind};
use crate::sql_type::SqlType;

/// What a call means.
#[derive(Debug)]
pub(super) enum Called<'a> {
    Function(Resolved<'a>),
    /// A type's name in the form of a function: the argument is cast to it.
    Cast(Ty),
    /// It may be a function of which nothing is known.
    Opaque,
}

/// A function with its types for one call.
#[derive(Debug, Clone)]
pub(super) struct Resolved<'a> {
    pub(super) function: Function<'a>,
    /// Its name, where it is one of the history.
    pub(super) own: Option<Name>,
    pub(super) parameters: Vec<Ty>,
    pub(super) result: Ty,
}

/// A function of PostgreSQL, or one of the history.
#[derive(Debug, Clone, Copy)]
pub(super) enum Function<'a> {
    Core(&'static builtin::Function),
    Own(&'a Signature),
}

/// What a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Plain,
    Procedure,
    Window,
    Aggregate,
    /// `within group`, with that many direct arguments.
    OrderedSet(usize),
    Hypothetical,
}

impl Function<'_> {
    /// What it is.
    pub(super) fn sort(self) -> Sort {
        match self {
            Self::Core(it) => match (it.kind, it.aggregate) {
                (
                    FunctionKind::Aggregate,
                    Some(Aggregate {
                        kind: AggregateKind::OrderedSet,
                        direct,
                    }),
                ) => Sort::OrderedSet(usize::from(direct)),
                (
                    FunctionKind::Aggregate,
                    Some(Aggregate {
                        kind: AggregateKind::Hypothetical,
                        ..
                    }),
                ) => Sort::Hypothetical,
                (
                    FunctionKind::Aggregate,
                    Some(Aggregate {
                        kind: AggregateKind::Normal,
                        ..
                    })
                    | None,
                ) => Sort::Aggregate,
                (FunctionKind::Function, _) => Sort::Plain,
                (FunctionKind::Window, _) => Sort::Window,
                (FunctionKind::Procedure, _) => Sort::Procedure,
            },
            Self::Own(it) => match it.kind {
                SignatureKind::Function => Sort::Plain,
                SignatureKind::Procedure => Sort::Procedure,
                SignatureKind::Aggregate => Sort::Aggregate,
                SignatureKind::Window => Sort::Window,
            },
        }
    }

    /// How volatile a call is.
    pub(super) fn volatility(self) -> Volatility {
        match self {
            Self::Core(it) => it.volatility,
            // The planner opens a function in SQL, and judges what it is made of.
            Self::Own(it) if it.in_sql => Volatility::Immutable,
            Self::Own(it) => it.volatility,
        }
    }

    /// Whether it gives null where an argument is null.
    pub(super) fn is_strict(self) -> bool {
        match self {
            Self::Core(it) => it.strict,
            Self::Own(it) => it.strict,
        }
    }

    /// Whether it returns a set.
    pub(super) fn returns_set(self) -> bool {
        match self {
            Self::Core(it) => it.returns_set,
            Self::Own(it) => it.returns_set,
        }
    }

    /// The columns of what it returns, where it names them.
    pub(super) fn columns(self, world: World<'_>) -> Vec<Column> {
        match self {
            Self::Core(it) => {
                let columns = it.columns.iter();
                columns
                    .map(|it| Column {
                        name: SmolStr::new_static(it.name),
                        typed: Ty::Core(it.column_type).plain(),
                    })
                    .collect()
            }
            Self::Own(it) => {
                let columns = it.columns.iter();
                columns
                    .map(|(name, sql_type)| Column {
                        name: name.clone(),
                        typed: world.typed(sql_type),
                    })
                    .collect()
            }
        }
    }

    /// Its parameters, in order.
    pub(super) fn parameters(self, world: World<'_>) -> Vec<Parameter> {
        match self {
            Self::Core(it) => {
                let count = it.arguments.len();
                let types = it.arguments.iter().enumerate();
                types
                    .map(|(at, id)| Parameter {
                        name: it
                            .argument_names
                            .get(at)
                            .filter(|it| !it.is_empty())
                            .map(|it| SmolStr::new_static(it)),
                        ty: Ty::Core(*id),
                        has_default: at + usize::from(it.defaults) >= count,
                    })
                    .collect()
            }
            Self::Own(it) => {
                let parameters = it.parameters.iter();
                parameters
                    .map(|it| Parameter {
                        name: it.name.clone(),
                        ty: own_type(world, it.sql_type.as_ref()),
                        has_default: it.has_default,
                    })
                    .collect()
            }
        }
    }

    /// The elements of its variadic parameter.
    pub(super) fn variadic(self, world: World<'_>) -> Option<Ty> {
        match self {
            Self::Core(it) => it.variadic.map(Ty::Core),
            Self::Own(it) => {
                let last = it.parameters.last().filter(|it| it.variadic)?;
                let array = own_type(world, last.sql_type.as_ref());
                if array.is_opaque() {
                    return Some(Ty::Opaque);
                }
                match array.core() {
                    Some(TypeId::ANYARRAY) => Some(TypeId::ANYELEMENT.into()),
                    Some(TypeId::ANYCOMPATIBLEARRAY) => Some(TypeId::ANYCOMPATIBLE.into()),
                    _ => world.element(&array),
                }
            }
        }
    }

    /// What it returns.
    pub(super) fn result(self, world: World<'_>) -> Ty {
        match self {
            Self::Core(it) => Ty::Core(it.result),
            Self::Own(it) => own_type(world, it.result.as_ref()),
        }
    }
}

/// The type of a parameter or result of a function of the history; pseudo types stand there by name.
fn own_type(world: World<'_>, sql_type: Option<&SqlType>) -> Ty {
    sql_type.map_or(Ty::Opaque, |it| match it.named() {
        Some(name) if world.schema.type_named(name).is_none() => {
            match builtin::type_named(&name.name) {
                Some(id) if !it.array => Ty::Core(id),
                Some(_) | None => world.ty(it),
            }
        }
        Some(_) | None => world.ty(it),
    })
}

/// A parameter that takes an argument.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: Option<SmolStr>,
    pub(super) ty: Ty,
    pub(super) has_default: bool,
}

/// The arguments of a call.
#[derive(Debug)]
pub(super) struct Arguments<'b> {
    pub(super) types: &'b [Ty],
    /// The names of the last ones, `name => value`; empty before.
    pub(super) names: &'b [Option<SmolStr>],
    /// Whether the last one is `variadic`.
    pub(super) variadic: bool,
}

impl<'a> World<'a> {
    /// The functions that a name of one or two parts can mean, and whether others may be there.
    pub(super) fn functions(self, parts: &[SmolStr]) -> (Vec<(usize, Function<'a>)>, bool) {
        let mut found = Vec::new();
        let mut opaque = false;
        let (schema, name) = match parts {
            [name] => (None, name),
            [schema, name] => (Some(schema), name),
            _ => return (found, true),
        };
        if schema.is_none_or(|it| it == "pg_catalog") {
            let core = builtin::functions(name);
            let here = core.iter().filter(|it| it.versions.contains(self.server));
            found.extend(here.map(|it| (0, Function::Core(it))));
        }
        if schema.is_none_or(|it| it != "pg_catalog")
            && let Some(own) = qualify(parts, &self.schema.default)
        {
            match self.schema.signatures(&own) {
                Some(signatures) => {
                    let known = signatures.known.into_iter();
                    found.extend(known.map(|it| (1, Function::Own(it))));
                    opaque |= signatures.opaque;
                }
                None => {
                    opaque |= self.may_be_foreign(&own)
                        || self.is_opaque_type(&own)
                        || self.is_multirange(&own);
                }
            }
        }
        (found, opaque)
    }

    /// What a function without arguments returns: nothing where nobody knows, and `Some(None)` where there is none.
    #[must_use]
    pub fn function_without_arguments(self, parts: &[SmolStr]) -> Option<Option<Ty>> {
        let (functions, opaque) = self.functions(parts);
        let mut found = functions.iter().map(|it| it.1);
        let found = found.find(|it| it.parameters(self).is_empty());
        match found {
            Some(function) => Some(Some(function.result(self))),
            None => (!opaque).then_some(None),
        }
    }

    /// The type of a parameter of a function of the history, pseudo types among them.
    #[must_use]
    pub fn parameter_type(self, sql_type: &SqlType) -> Ty {
        own_type(self, Some(sql_type))
    }
}
