//! What an aggregate is made of (`DefineAggregate` and `AggregateCreate` of PostgreSQL's source).

use smol_str::SmolStr;

use crate::binder::{Found, Lookup, Ty, World};
use crate::builtin::TypeId;
use crate::diagnostic::Code;
use crate::model::bind::world;
use crate::operation::effects::parameters::{invalid_result, undetermined};
use crate::operation::effects::signature::read_type;
use crate::operation::effects::value;
use crate::schema::{Refusal, Schema};
use crate::tree::definition::{Function, Mode};

/// Refuses an aggregate whose functions do not fit together.
pub(super) fn check(schema: &Schema, function: &Function, text: &str) -> Result<(), Refusal> {
    let aggregate = Aggregate {
        function,
        world: world(schema),
        text,
    };
    aggregate.check_words()?;
    aggregate.check_options()?;
    aggregate.check_functions()
}

struct Aggregate<'a> {
    function: &'a Function,
    world: World<'a>,
    text: &'a str,
}

/// The names of the options of one way to aggregate: by all rows, or by a moving frame.
struct Way {
    state: &'static str,
    step: &'static str,
    start: &'static str,
    last: &'static str,
    extra: &'static str,
}

const PLAIN: Way = Way {
    state: "stype",
    step: "sfunc",
    start: "initcond",
    last: "finalfunc",
    extra: "finalfunc_extra",
};

const MOVING: Way = Way {
    state: "mstype",
    step: "msfunc",
    start: "minitcond",
    last: "mfinalfunc",
    extra: "mfinalfunc_extra",
};

impl Aggregate<'_> {
    /// The last value of an option; three have an older name, too.
    fn option(&self, name: &str) -> Option<&SmolStr> {
        let old = match name {
            "sfunc" => "sfunc1",
            "stype" => "stype1",
            "initcond" => "initcond1",
            _ => name,
        };
        let mut all = self.function.options.iter().rev();
        all.find(|it| it.0 == name || it.0 == old).map(|it| &it.1)
    }

    fn refuse(&self, message: impl Into<String>) -> Refusal {
        let mut refusal = Refusal::new(Code::InvalidQuery, message);
        refusal.within = Some((self.text.into(), self.function.name.range.clone()));
        refusal
    }

    /// The name that an option gives.
    fn name(&self, option: &str) -> Option<Vec<SmolStr>> {
        value::name(self.option(option)?)
    }

    /// The type that an option gives; opaque where it cannot be read.
    fn type_of(&self, option: &str) -> Result<Ty, Refusal> {
        match self.option(option) {
            Some(value) => value::type_of(value, self.world),
            None => Ok(Ty::Opaque),
        }
    }

    /// Options that take one of some words.
    fn check_words(&self) -> Result<(), Refusal> {
        let words = [
            ("parallel", ["safe", "restricted", "unsafe"]),
            ("finalfunc_modify", ["read_only", "shareable", "read_write"]),
            (
                "mfinalfunc_modify",
                ["read_only", "shareable", "read_write"],
            ),
        ];
        for (option, allowed) in words {
            let Some(given) = self.name(option) else {
                continue;
            };
            if let [one] = given.as_slice()
                && !allowed.contains(&one.as_str())
            {
                return Err(self.refuse(format!(
                    "`{option}` is {}, {} or {}, not {one}",
                    allowed[0], allowed[1], allowed[2]
                )));
            }
        }
        Ok(())
    }

    /// Options that need others.
    fn check_options(&self) -> Result<(), Refusal> {
        for needed in ["stype", "sfunc"] {
            if self.option(needed).is_none() {
                return Err(self
                    .refuse(format!("the aggregate has no `{needed}`"))
                    .help(format!("say it among its options: {needed} = …")));
            }
        }
        let moving = self.option("mstype").is_some();
        for needed in ["msfunc", "minvfunc"] {
            if moving && self.option(needed).is_none() {
                return Err(self.refuse(format!("with `mstype` the aggregate needs `{needed}`")));
            }
        }
        for other in ["msfunc", "minvfunc", "mfinalfunc", "msspace", "minitcond"] {
            if !moving && self.option(other).is_some() {
                return Err(self.refuse(format!("`{other}` needs `mstype`")));
            }
        }
        let (one, other) = (self.option("serialfunc"), self.option("deserialfunc"));
        if one.is_some() != other.is_some() {
            return Err(self.refuse("`serialfunc` and `deserialfunc` need each other"));
        }
        Ok(())
    }

    fn check_functions(&self) -> Result<(), Refusal> {
        let mut given = Vec::new();
        for parameter in &self.function.parameters {
            if matches!(parameter.mode, Mode::Out | Mode::InOut | Mode::Table) {
                return Err(self.refuse("the arguments of an aggregate only go in"));
            }
            let sql_type = read_type(&parameter.sql_type, self.world)?;
            given.push(sql_type.map_or(Ty::Opaque, |it| self.world.parameter_type(&it)));
        }
        // What sorts its arguments, or takes any, finds its functions in another way.
        if self.function.ordered || given.iter().any(|it| it.is(TypeId::ANY)) {
            return Ok(());
        }
        self.check_way(&PLAIN, &given)?;
        if self.option("mstype").is_some() {
            self.check_way(&MOVING, &given)?;
            self.check_inverse(&given)?;
        }
        self.check_parallel(&given)
    }

    /// One way to aggregate.
    fn check_way(&self, way: &Way, given: &[Ty]) -> Result<(), Refusal> {
        let state = self.state(way)?;
        let arguments: Vec<&Ty> = given.iter().collect();
        if state.is_opaque() {
            return Ok(());
        }
        let is_opaque = given.iter().any(Ty::is_opaque);
        if !is_opaque && let Some(why) = undetermined(&state, &arguments) {
            return Err(self.refuse(format!("`{}`: {why}", way.state)));
        }
        let mut taken = vec![state.clone()];
        taken.extend_from_slice(given);
        if let Some(step) = self.find(way.step, &taken)? {
            self.check_step(way, &state, given, &step)?;
        }
        let extra = self.option(way.extra);
        let extra = extra.is_some_and(|it| value::is_on(it) != Some(false));
        let taken = if extra { taken } else { vec![state.clone()] };
        let last = self.find(way.last, &taken)?;
        if extra && last.as_ref().is_some_and(|it| it.strict) {
            return Err(self.refuse(format!(
                "with `{}` the `{}` must not be strict",
                way.extra, way.last
            )));
        }
        let result = match (&last, self.option(way.last)) {
            (Some(last), _) => &last.result,
            (None, Some(_)) => return Ok(()),
            (None, None) => &state,
        };
        match invalid_result(result, &arguments).filter(|_| !is_opaque) {
            Some(why) => Err(self.refuse(why)),
            None => Ok(()),
        }
    }

    /// The type of the state.
    fn state(&self, way: &Way) -> Result<Ty, Refusal> {
        let state = self.type_of(way.state)?;
        if state.is_pseudo() && !state.is_generic() && !state.is(TypeId::INTERNAL) {
            return Err(self.refuse(format!("`{}` cannot be {state}", way.state)));
        }
        Ok(state)
    }

    fn check_step(&self, way: &Way, state: &Ty, given: &[Ty], step: &Found) -> Result<(), Refusal> {
        self.check_returns(way.step, step, state)?;
        let starts = given.first().is_some_and(|first| {
            first.is_generic() || state.is_generic() || self.world.is_binary_coercible(first, state)
        });
        if step.strict && self.option(way.start).is_none() && !starts {
            return Err(self
                .refuse(format!(
                    "the `{}` is strict, and the first argument cannot be the first state",
                    way.step
                ))
                .help(format!("say what it begins with: {} = '…'", way.start)));
        }
        Ok(())
    }

    /// The function that takes a row out of a moving frame.
    fn check_inverse(&self, given: &[Ty]) -> Result<(), Refusal> {
        let state = self.type_of("mstype")?;
        let mut taken = vec![state.clone()];
        taken.extend_from_slice(given);
        let (Some(step), Some(inverse)) =
            (self.find("msfunc", &taken)?, self.find("minvfunc", &taken)?)
        else {
            return Ok(());
        };
        self.check_returns("minvfunc", &inverse, &state)?;
        if step.strict != inverse.strict {
            return Err(self.refuse("`msfunc` and `minvfunc` must both be strict, or both not"));
        }
        Ok(())
    }

    /// What workers of a parallel query need.
    fn check_parallel(&self, given: &[Ty]) -> Result<(), Refusal> {
        let state = self.type_of("stype")?;
        if state.is_opaque() || given.iter().any(Ty::is_opaque) {
            return Ok(());
        }
        if let Some(combine) = self.find("combinefunc", &[state.clone(), state.clone()])? {
            self.check_returns("combinefunc", &combine, &state)?;
            if state.is(TypeId::INTERNAL) && combine.strict {
                return Err(
                    self.refuse("with `stype = internal` the `combinefunc` must not be strict")
                );
            }
        }
        let internal = Ty::Core(TypeId::INTERNAL);
        let bytes = Ty::Core(TypeId::BYTEA);
        if self.option("serialfunc").is_some() && state != internal {
            return Err(self.refuse("`serialfunc` and `deserialfunc` are for `stype = internal`"));
        }
        if let Some(found) = self.find("serialfunc", std::slice::from_ref(&internal))? {
            self.check_returns("serialfunc", &found, &bytes)?;
        }
        if let Some(found) = self.find("deserialfunc", &[bytes, internal.clone()])? {
            self.check_returns("deserialfunc", &found, &internal)?;
        }
        Ok(())
    }

    /// The function of an option for arguments of these types; nothing where there is no such option, and where nobody knows.
    fn find(&self, option: &str, types: &[Ty]) -> Result<Option<Found>, Refusal> {
        let Some(parts) = self.name(option) else {
            return Ok(None);
        };
        let words: Vec<String> = types.iter().map(Ty::to_string).collect();
        let called = format!("{}({})", parts.join("."), words.join(", "));
        let found = match self.world.called(&parts, types) {
            Lookup::Opaque => return Ok(None),
            Lookup::Missing => {
                let mut refusal = Refusal::new(
                    Code::UnknownFunction,
                    format!("there is no function {called} for `{option}`"),
                );
                refusal.within = Some((self.text.into(), self.function.name.range.clone()));
                return Err(refusal.at([parts.last().cloned().unwrap_or_default()]));
            }
            Lookup::Found(found) => found,
        };
        if found.returns_set {
            return Err(self.refuse(format!(
                "`{option}` must not return a set, and {called} does"
            )));
        }
        let pairs = types.iter().zip(&found.parameters);
        let is_polymorphic = types.iter().any(Ty::is_generic);
        let changed = pairs.into_iter().any(|(given, wanted)| {
            !wanted.is_generic() && !self.world.is_binary_coercible(given, wanted)
        });
        if changed && !is_polymorphic {
            return Err(self
                .refuse(format!(
                    "`{option}` must take its arguments as they are, and {called} would change them"
                ))
                .help("make a function of exactly these types"));
        }
        Ok(Some(found))
    }

    fn check_returns(&self, option: &str, found: &Found, wanted: &Ty) -> Result<(), Refusal> {
        let is_known = !found.result.is_opaque() && !wanted.is_opaque();
        if is_known && found.result != *wanted {
            return Err(self.refuse(format!(
                "`{option}` must return {wanted}, and it returns {}",
                found.result
            )));
        }
        Ok(())
    }
}
