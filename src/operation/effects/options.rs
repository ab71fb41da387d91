//! Collations, operators, access methods and what is foreign, which are made of options (`DefineCollation`,
//! `DefineOperator`, `AlterOperator`, `CreateAccessMethod` and `transformGenericOptions` of PostgreSQL's source).

use std::collections::BTreeSet;

use crate::binder::{Found, Lookup, Ty, World};
use crate::builtin::TypeId;
use crate::diagnostic::Code;
use crate::model::bind::world;
use crate::model::opaque::qualify;
use crate::operation::effects::{value, wrong};
use crate::schema::{ObjectId, Refusal, Schema};
use crate::tree::TypeName;
use crate::tree::definition::{Choice, Options};

/// What the estimator of how many rows an operator selects takes.
const RESTRICT: [TypeId; 4] = [
    TypeId::INTERNAL,
    TypeId::OID,
    TypeId::INTERNAL,
    TypeId::INT4,
];

/// What the estimator of how many pairs an operator joins takes.
const JOIN: [TypeId; 5] = [
    TypeId::INTERNAL,
    TypeId::OID,
    TypeId::INTERNAL,
    TypeId::INT2,
    TypeId::INTERNAL,
];

/// Refuses options that do not fit together.
pub(super) fn check(schema: &Schema, made: &Options, text: &str) -> Result<(), Refusal> {
    match made.kind.as_str() {
        "collation" => collation(schema, &made.options, text),
        "access method" => access_method(world(schema), &made.options, text),
        "foreign data wrapper" | "server" | "user mapping" | "foreign table" => {
            handlers(schema, &made.options, text)
        }
        "type" => base_type(made, text),
        "schema" => elements(made, text),
        _ => operator(world(schema), made, text),
    }
}

fn collation(schema: &Schema, options: &[Choice], text: &str) -> Result<(), Refusal> {
    const KNOWN: [&str; 8] = [
        "from",
        "locale",
        "lc_collate",
        "lc_ctype",
        "provider",
        "deterministic",
        "version",
        "rules",
    ];
    let mut seen = BTreeSet::new();
    for option in options {
        let name = option.name.as_str();
        if !KNOWN.contains(&name) {
            return Err(wrong(
                text,
                &option.range,
                format!("a collation has no option \"{name}\""),
            )
            .suggest(name, KNOWN));
        }
        // PostgreSQL 14 takes the last.
        if !seen.insert(name) && schema.server >= 15 {
            return Err(wrong(
                text,
                &option.range,
                format!("the option \"{name}\" is given twice"),
            ));
        }
    }
    let find = |name: &str| options.iter().find(|it| it.name == name);
    if let (Some(locale), Some(other)) = (
        find("locale"),
        find("lc_collate").or_else(|| find("lc_ctype")),
    ) {
        return Err(wrong(
            text,
            &other.range,
            format!(
                "\"{}\" and \"{}\" exclude each other",
                locale.name, other.name
            ),
        )
        .help("`locale` stands for both `lc_collate` and `lc_ctype`"));
    }
    let Some(from) = find("from") else {
        return Ok(());
    };
    if let Some(other) = options.iter().find(|it| it.name != "from") {
        return Err(wrong(
            text,
            &other.range,
            "a collation that is copied has no options of its own",
        ));
    }
    if value::name(&from.value).is_some_and(|it| it == ["default"]) {
        return Err(wrong(
            text,
            &from.range,
            "the collation \"default\" cannot be copied",
        ));
    }
    Ok(())
}

fn operator(world: World<'_>, made: &Options, text: &str) -> Result<(), Refusal> {
    // Of an option that is given twice the last counts.
    let find = |name: &str| made.options.iter().rev().find(|it| it.name == name);
    let function = made
        .options
        .iter()
        .rev()
        .find(|it| it.name == "procedure" || it.name == "function");
    let place = &made.name.range;
    let Some(function) = function else {
        return Err(wrong(text, place, "the operator has no function").help("say it: function = …"));
    };
    let mut types = Vec::new();
    for option in ["leftarg", "rightarg"] {
        if let Some(option) = find(option) {
            types.push(value::type_of(&option.value, world)?);
        }
    }
    if find("rightarg").is_none() {
        return Err(wrong(text, place, "the operator has no right operand")
            .help("say its type: rightarg = …"));
    }
    let is_binary = types.len() == 2;
    for option in ["commutator", "join"].iter().filter_map(|it| find(it)) {
        if !is_binary {
            return Err(wrong(
                text,
                &option.range,
                format!("only operators with two operands have `{}`", option.name),
            ));
        }
    }
    let Some(parts) = value::name(&function.value) else {
        return Ok(());
    };
    let result = match function_of(world, function, &parts, &types, text)? {
        Some(found) => found.result,
        None => Ty::Opaque,
    };
    if !result.is(TypeId::BOOL) && !result.is_opaque() {
        for option in &made.options {
            let needs = match option.name.as_str() {
                "restrict" | "join" | "negator" => true,
                "hashes" | "merges" => value::is_on(&option.value) == Some(true),
                _ => false,
            };
            if needs {
                return Err(wrong(
                    text,
                    &option.range,
                    format!(
                        "only operators that return boolean have `{}`, and this one returns {result}",
                        option.name
                    ),
                ));
            }
        }
    }
    estimators(world, &made.options, false, text)
}

/// `alter operator … set (…)`.
pub(super) fn change_operator(
    schema: &Schema,
    options: &[Choice],
    text: &str,
) -> Result<(), Refusal> {
    // PostgreSQL 17 sets more.
    let later = ["commutator", "negator", "merges", "hashes"];
    for option in options {
        let name = option.name.as_str();
        let is_known = matches!(name, "restrict" | "join") || later.contains(&name);
        if !is_known || later.contains(&name) && schema.server < 17 {
            return Err(wrong(
                text,
                &option.range,
                format!("`{name}` of an operator cannot be changed"),
            )
            .help("`restrict` and `join` can; for others drop the operator and create it again"));
        }
    }
    estimators(world(schema), options, true, text)
}

/// The functions behind `restrict` and `join`.
fn estimators(
    world: World<'_>,
    options: &[Choice],
    may_be_none: bool,
    text: &str,
) -> Result<(), Refusal> {
    for option in options {
        let types: &[TypeId] = match option.name.as_str() {
            "restrict" => &RESTRICT,
            "join" => &JOIN,
            _ => continue,
        };
        let Some(parts) = value::name(&option.value) else {
            continue;
        };
        if may_be_none && parts == ["none"] {
            continue;
        }
        let types: Vec<Ty> = types.iter().map(|it| Ty::Core(*it)).collect();
        let is_old = option.name == "join"
            && matches!(
                world.exact_function(&parts, &types[..4]),
                Lookup::Found(_) | Lookup::Opaque
            );
        if is_old {
            continue;
        }
        function_of(world, option, &parts, &types, text)?;
    }
    Ok(())
}

/// The function that an option names for exactly these types; nothing where nobody knows.
fn function_of(
    world: World<'_>,
    option: &Choice,
    parts: &[smol_str::SmolStr],
    types: &[Ty],
    text: &str,
) -> Result<Option<Found>, Refusal> {
    match world.exact_function(parts, types) {
        Lookup::Found(found) => Ok(Some(found)),
        Lookup::Opaque => Ok(None),
        Lookup::Missing => {
            let words: Vec<String> = types.iter().map(Ty::to_string).collect();
            let mut refusal = Refusal::new(
                Code::UnknownFunction,
                format!(
                    "there is no function {}({})",
                    parts.join("."),
                    words.join(", ")
                ),
            );
            refusal.within = Some((text.into(), option.range.clone()));
            Err(refusal)
        }
    }
}

/// A base type has functions that read and write it.
fn base_type(made: &Options, text: &str) -> Result<(), Refusal> {
    for needed in ["input", "output"] {
        if !made.options.iter().any(|it| it.name == needed) {
            return Err(wrong(
                text,
                &made.name.range,
                format!("the type has no {needed} function"),
            )
            .help(format!("say it: {needed} = …")));
        }
    }
    Ok(())
}

/// What a schema is made with lies in it.
fn elements(made: &Options, text: &str) -> Result<(), Refusal> {
    let own = made.name.parts.last();
    match made.options.iter().find(|it| Some(&it.name) != own) {
        Some(other) => Err(wrong(
            text,
            &other.range,
            format!(
                "this lies in the schema \"{}\", and not in the one that is made",
                other.name
            ),
        )
        .help("leave the schema out, or write a statement of its own")),
        None => Ok(()),
    }
}

/// The type and the difference function of a range.
pub(super) fn range_type(
    schema: &Schema,
    subtype: &TypeName,
    difference: Option<&Choice>,
    text: &str,
) -> Result<(), Refusal> {
    let world = world(schema);
    let Some(difference) = difference else {
        return Ok(());
    };
    let Ok(ty) = value::type_of(&subtype.text, world) else {
        return Ok(());
    };
    handler(
        world,
        difference,
        &[ty.clone(), ty],
        Some(TypeId::FLOAT8),
        text,
    )
}

/// Refuses a range whose multirange would have the name of another type (`makeMultirangeTypeName`).
pub(super) fn multirange(
    schema: &Schema,
    name: &crate::tree::Name,
    text: &str,
) -> Result<(), Refusal> {
    let Some(own) = qualify(&name.parts, &schema.default) else {
        return Ok(());
    };
    let called = if own.name.contains("range") {
        own.name.replacen("range", "multirange", 1)
    } else {
        format!("{}_multirange", own.name)
    };
    let other = own.sibling(called.as_str());
    let is_taken = schema
        .get(&ObjectId::Type(other.clone()))
        .is_some_and(|object| object.as_opaque().is_none_or(|it| !it.declared));
    if !is_taken {
        return Ok(());
    }
    Err(wrong(
        text,
        &name.range,
        format!("its multirange would be called \"{other}\", and there is such a type"),
    )
    .help("name it otherwise: multirange_type_name = …"))
}

fn access_method(world: World<'_>, options: &[Choice], text: &str) -> Result<(), Refusal> {
    for option in options {
        let wanted = if option.name == "index" {
            TypeId::INDEX_AM_HANDLER
        } else {
            TypeId::TABLE_AM_HANDLER
        };
        handler(
            world,
            option,
            &[Ty::Core(TypeId::INTERNAL)],
            Some(wanted),
            text,
        )?;
    }
    Ok(())
}

/// Refuses a function that is not there, or returns something else.
fn handler(
    world: World<'_>,
    option: &Choice,
    types: &[Ty],
    wanted: Option<TypeId>,
    text: &str,
) -> Result<(), Refusal> {
    let Some(parts) = value::name(&option.value) else {
        return Ok(());
    };
    let Some(found) = function_of(world, option, &parts, types, text)? else {
        return Ok(());
    };
    match wanted {
        Some(wanted) if !found.result.is(wanted) && !found.result.is_opaque() => Err(wrong(
            text,
            &option.range,
            format!(
                "this function must return {}, and it returns {}",
                Ty::Core(wanted),
                found.result
            ),
        )),
        Some(_) | None => Ok(()),
    }
}

/// The functions and options of a foreign data wrapper, and the options of what is foreign.
pub(super) fn handlers(schema: &Schema, options: &[Choice], text: &str) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for option in options {
        let is_option = option.name == "option";
        let key = (&option.name, is_option.then_some(&option.value));
        if !seen.insert(key) && option.name != "constraint" {
            return Err(wrong(text, &option.range, "this option is given twice"));
        }
        let world = world(schema);
        match option.name.as_str() {
            "constraint" => {
                return Err(wrong(
                    text,
                    &option.range,
                    format!("a foreign table has no {}", option.value),
                )
                .help("foreign tables have checks and `not null` only"));
            }
            "handler" if !option.value.is_empty() => {
                handler(world, option, &[], Some(TypeId::FDW_HANDLER), text)?;
            }
            "validator" if !option.value.is_empty() => {
                let texts = world
                    .array_of(&Ty::Core(TypeId::TEXT))
                    .unwrap_or(Ty::Opaque);
                handler(world, option, &[texts, Ty::Core(TypeId::OID)], None, text)?;
            }
            _ => {}
        }
    }
    Ok(())
}
