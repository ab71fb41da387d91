//! What the parameters, the attributes and the result of a function may be (`compute_function_attributes`,
//! `interpret_function_parameter_list`, `check_valid_polymorphic_signature` and `check_valid_internal_signature` of PostgreSQL's source).

use crate::binder::{Ty, World};
use crate::builtin::TypeId;
use crate::operation::effects::signature::read_type;
use crate::operation::effects::wrong;
use crate::schema::Refusal;
use crate::tree::definition::{Function, FunctionBody, FunctionKind, Mode, Parameter};

/// Attributes that only functions have.
const NOT_OF_PROCEDURES: [&str; 8] = [
    "volatility",
    "strict",
    "leakproof",
    "cost",
    "rows",
    "support",
    "parallel",
    "window",
];

/// Refuses a function that PostgreSQL refuses for what stands before its body.
pub(super) fn check(function: &Function, world: World<'_>, text: &str) -> Result<(), Refusal> {
    attributes(function, text)?;
    let list = Parameters::read(function, world, text);
    list.check_names()?;
    list.check_defaults()?;
    list.check_variadic()?;
    if function.kind != FunctionKind::Aggregate {
        list.check_result()?;
        list.check_language()?;
    }
    Ok(())
}

fn attributes(function: &Function, text: &str) -> Result<(), Refusal> {
    let all = &function.attributes;
    for (index, (attribute, range)) in all.iter().enumerate() {
        let is_procedure = function.kind == FunctionKind::Procedure;
        if is_procedure && NOT_OF_PROCEDURES.contains(&attribute.as_str()) {
            return Err(wrong(text, range, "a procedure has no such attribute").help(
                "leave it out: of a procedure only the language, the body, `security` and `set` are said",
            ));
        }
        if all[..index].iter().any(|it| it.0 == *attribute) {
            return Err(wrong(
                text,
                range,
                "this contradicts or repeats what is said before it",
            )
            .help("say it once"));
        }
    }
    if function.kind == FunctionKind::Aggregate {
        return Ok(());
    }
    let named = |wanted: &str| all.iter().find(|it| it.0 == wanted);
    let is_inline = matches!(
        function.body,
        FunctionBody::Atomic(_) | FunctionBody::Return(_)
    );
    let name = &function.name.range;
    if is_inline && let Some((_, range)) = named("as") {
        return Err(wrong(text, range, "a function has one body"));
    }
    if !is_inline && named("as").is_none() {
        return Err(wrong(text, name, "the function has no body").help("write: as $$ … $$"));
    }
    if !is_inline && named("language").is_none() {
        return Err(wrong(text, name, "the function has no language").help("write: language sql"));
    }
    Ok(())
}

/// The parameters of one function with their types.
struct Parameters<'a> {
    function: &'a Function,
    /// The type of each parameter, opaque where it cannot be read.
    types: Vec<Ty>,
    world: World<'a>,
    text: &'a str,
}

impl<'a> Parameters<'a> {
    fn read(function: &'a Function, world: World<'a>, text: &'a str) -> Self {
        let types = function.parameters.iter().map(|parameter| {
            // What is not there yet is a type that functions in C read and write.
            let sql_type = read_type(&parameter.sql_type, world).ok().flatten();
            sql_type.map_or(Ty::Opaque, |it| world.parameter_type(&it))
        });
        Self {
            function,
            types: types.collect(),
            world,
            text,
        }
    }

    fn refuse(&self, parameter: &Parameter, message: impl Into<String>) -> Refusal {
        wrong(self.text, &parameter.sql_type.range, message)
    }

    fn check_names(&self) -> Result<(), Refusal> {
        let all = &self.function.parameters;
        let is_plain = |it: &Parameter| matches!(it.mode, Mode::In | Mode::Variadic);
        let is_result = |it: &Parameter| matches!(it.mode, Mode::Out | Mode::Table);
        for (index, own) in all.iter().enumerate() {
            let Some(name) = &own.name else { continue };
            // What goes in and what comes out may be called the same.
            let collides = |other: &&Parameter| {
                other.name.as_ref() == Some(name)
                    && !(is_plain(own) && is_result(other) || is_result(own) && is_plain(other))
            };
            if all[..index].iter().any(|it| collides(&it)) {
                return Err(self
                    .refuse(own, format!("two parameters are called \"{name}\""))
                    .help("give one of them another name"));
            }
        }
        Ok(())
    }

    fn check_defaults(&self) -> Result<(), Refusal> {
        let is_procedure = self.function.kind == FunctionKind::Procedure;
        let mut defaults = false;
        for own in &self.function.parameters {
            let goes_in = !matches!(own.mode, Mode::Out | Mode::Table);
            if own.default.is_some() && !goes_in {
                return Err(self.refuse(own, "only parameters that go in have defaults"));
            }
            if defaults && goes_in && own.default.is_none() {
                return Err(self
                    .refuse(own, "behind a parameter with a default all others need one")
                    .help("put it first, or give it a default"));
            }
            if defaults && is_procedure && own.mode == Mode::Out {
                return Err(self
                    .refuse(
                        own,
                        "an `out` parameter of a procedure comes before those with a default",
                    )
                    .help("put it first"));
            }
            defaults |= own.default.is_some();
        }
        Ok(())
    }

    fn check_variadic(&self) -> Result<(), Refusal> {
        let mut variadic = false;
        for (own, ty) in self.function.parameters.iter().zip(&self.types) {
            let counts = match own.mode {
                Mode::In | Mode::InOut | Mode::Variadic => true,
                Mode::Out => self.function.kind == FunctionKind::Procedure,
                Mode::Table => false,
            };
            // The arguments of an aggregate may be variadic before and behind its `order by`.
            if variadic && counts && self.function.kind != FunctionKind::Aggregate {
                return Err(self.refuse(own, "a variadic parameter must be the last one"));
            }
            if own.mode != Mode::Variadic {
                continue;
            }
            variadic = true;
            let is_any = [TypeId::ANY, TypeId::ANYARRAY, TypeId::ANYCOMPATIBLEARRAY];
            let is_array = ty.is_opaque()
                || is_any.iter().any(|it| ty.is(*it))
                || self.world.element(ty).is_some();
            if !is_array {
                return Err(self
                    .refuse(
                        own,
                        format!("a variadic parameter must be an array, not {ty}"),
                    )
                    .help("write the type with `[]` behind it"));
            }
        }
        Ok(())
    }

    /// Refuses pseudo types that SQL and PL/pgSQL do not have (`fmgr_sql_validator`, `plpgsql_validator`).
    fn check_language(&self) -> Result<(), Refusal> {
        let function = self.function;
        let is_inline = matches!(
            function.body,
            FunctionBody::Atomic(_) | FunctionBody::Return(_)
        );
        let language = function.language.as_deref().unwrap_or("");
        let is_sql = is_inline || language.eq_ignore_ascii_case("sql");
        let word = match (is_sql, language) {
            (true, _) => "SQL",
            (false, "plpgsql") => "PL/pgSQL",
            (false, _) => return Ok(()),
        };
        let strange = |ty: &Ty| ty.is_pseudo() && !ty.is_generic();
        for (parameter, ty) in function.parameters.iter().zip(&self.types) {
            let goes_in = !matches!(parameter.mode, Mode::Out | Mode::Table);
            if goes_in && strange(ty) && (is_sql || !ty.is(TypeId::RECORD)) {
                return Err(self.refuse(parameter, format!("functions in {word} take no {ty}")));
            }
        }
        let Some(returns) = &function.returns else {
            return Ok(());
        };
        let sql_type = read_type(returns, self.world).ok().flatten();
        let Some(result) = sql_type.map(|it| self.world.parameter_type(&it)) else {
            return Ok(());
        };
        let triggers = [TypeId::TRIGGER, TypeId::EVENT_TRIGGER];
        let is_usual = result.is(TypeId::VOID)
            || result.is(TypeId::RECORD)
            || !is_sql && triggers.iter().any(|it| result.is(*it));
        if strange(&result) && !is_usual {
            return Err(wrong(
                self.text,
                &returns.range,
                format!("functions in {word} cannot return {result}"),
            ));
        }
        let takes = function
            .parameters
            .iter()
            .find(|it| !matches!(it.mode, Mode::Out | Mode::Table));
        if let Some(parameter) = takes
            && triggers.iter().any(|it| result.is(*it))
        {
            return Err(self
                .refuse(parameter, "the function of a trigger has no parameters")
                .help("it finds its arguments in TG_ARGV"));
        }
        Ok(())
    }

    /// What the parameters say of the result, and which result they allow.
    fn check_result(&self) -> Result<(), Refusal> {
        let function = self.function;
        let own = function.parameters.iter().zip(&self.types);
        let outs: Vec<_> = own
            .clone()
            .filter(|(it, _)| matches!(it.mode, Mode::Out | Mode::InOut | Mode::Table))
            .collect();
        if function.returns_table
            && let Some((it, _)) = outs.iter().find(|it| it.0.mode != Mode::Table)
        {
            return Err(self
                .refuse(
                    it,
                    "a function that `returns table` has no `out` parameters",
                )
                .help("add it to the columns of the table"));
        }
        let ins: Vec<&Ty> = own
            .filter(|(it, _)| !matches!(it.mode, Mode::Out | Mode::Table))
            .map(|it| it.1)
            .collect();
        if ins.iter().any(|it| it.is_opaque()) {
            return Ok(());
        }
        for (it, ty) in &outs {
            if let Some(why) = invalid_result(ty, &ins) {
                return Err(self.refuse(it, why));
            }
        }
        let Some(returns) = &function.returns else {
            let is_said = function.returns_table || function.kind == FunctionKind::Procedure;
            if outs.is_empty() && !is_said {
                return Err(wrong(
                    self.text,
                    &function.name.range,
                    "the function does not say what it returns",
                )
                .help("write: returns void"));
            }
            return Ok(());
        };
        let sql_type = read_type(returns, self.world).ok().flatten();
        let Some(result) = sql_type.map(|it| self.world.parameter_type(&it)) else {
            return Ok(());
        };
        if let Some(why) = invalid_result(&result, &ins) {
            return Err(wrong(self.text, &returns.range, why));
        }
        if !returns.set_of
            && let Some((_, range)) = function.attributes.iter().find(|it| it.0 == "rows")
        {
            return Err(wrong(
                self.text,
                range,
                "`rows` is for functions that return a set",
            ));
        }
        let wanted = match outs.as_slice() {
            [] => return Ok(()),
            [(_, one)] => (*one).clone(),
            _ => Ty::Core(TypeId::RECORD),
        };
        if result != wanted && !result.is_opaque() && !wanted.is_opaque() {
            return Err(wrong(
                self.text,
                &returns.range,
                format!("with these `out` parameters the function returns {wanted}, not {result}"),
            )
            .help("leave `returns` out"));
        }
        Ok(())
    }
}

/// Why a function may not return that type with such arguments.
pub(super) fn invalid_result(result: &Ty, arguments: &[&Ty]) -> Option<String> {
    if result.is(TypeId::INTERNAL) && !arguments.iter().any(|it| it.is(TypeId::INTERNAL)) {
        return Some("what returns internal needs an argument of type internal".to_owned());
    }
    undetermined(result, arguments)
}

/// Why a polymorphic type cannot be told from the arguments, if it cannot.
pub(super) fn undetermined(result: &Ty, arguments: &[&Ty]) -> Option<String> {
    const RANGES: [TypeId; 2] = [TypeId::ANYRANGE, TypeId::ANYMULTIRANGE];
    const SAME: [TypeId; 6] = [
        TypeId::ANYELEMENT,
        TypeId::ANYARRAY,
        TypeId::ANYNONARRAY,
        TypeId::ANYENUM,
        TypeId::ANYRANGE,
        TypeId::ANYMULTIRANGE,
    ];
    const COMPATIBLE_RANGES: [TypeId; 2] =
        [TypeId::ANYCOMPATIBLERANGE, TypeId::ANYCOMPATIBLEMULTIRANGE];
    const COMPATIBLE: [TypeId; 5] = [
        TypeId::ANYCOMPATIBLE,
        TypeId::ANYCOMPATIBLEARRAY,
        TypeId::ANYCOMPATIBLENONARRAY,
        TypeId::ANYCOMPATIBLERANGE,
        TypeId::ANYCOMPATIBLEMULTIRANGE,
    ];
    let id = result.core()?;
    let (wanted, words): (&[TypeId], _) = if RANGES.contains(&id) {
        (&RANGES, "anyrange or anymultirange")
    } else if COMPATIBLE_RANGES.contains(&id) {
        (
            &COMPATIBLE_RANGES,
            "anycompatiblerange or anycompatiblemultirange",
        )
    } else if SAME.contains(&id) {
        (
            &SAME,
            "anyelement, anyarray, anynonarray, anyenum, anyrange or anymultirange",
        )
    } else if COMPATIBLE.contains(&id) {
        (
            &COMPATIBLE,
            "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange or anycompatiblemultirange",
        )
    } else {
        return None;
    };
    let is_told = arguments
        .iter()
        .any(|it| wanted.iter().any(|id| it.is(*id)));
    (!is_told).then(|| format!("what {result} is cannot be told: an argument must be {words}"))
}
