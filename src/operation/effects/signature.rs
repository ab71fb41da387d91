//! How functions that raw SQL makes can be called.

use smol_str::SmolStr;

use crate::binder::{Ty, Typed, World};
use crate::builtin::{self, Volatility};
use crate::diagnostic::Code;
use crate::model::bind::world;
use crate::name::Name;
use crate::schema::{Parameter, Refusal, Schema, Signature, SignatureKind};
use crate::sql_type::{self, BaseType, SqlType, WrittenType};
use crate::token;
use crate::tree::TypeName;
use crate::tree::definition::{Function, FunctionKind, Mode};

/// How the function can be called; nothing where an aggregate's parts are not known.
pub(super) fn signature(
    function: &Function,
    schema: &Schema,
) -> Result<Option<Signature>, Refusal> {
    let world = world(schema);
    // A type that only a function in C reads and writes may come later.
    let is_low = matches!(function.language.as_deref(), Some("c" | "internal"));
    let read_type = |ty: &TypeName, world| match read_type(ty, world) {
        Err(_) if is_low => Ok(None),
        read => read,
    };
    let mut parameters = Vec::new();
    let mut columns = Vec::new();
    for it in &function.parameters {
        let sql_type = read_type(&it.sql_type, world)?;
        match it.mode {
            Mode::In | Mode::InOut | Mode::Variadic => parameters.push(Parameter {
                name: it.name.clone(),
                sql_type: sql_type.clone(),
                has_default: it.default.is_some(),
                variadic: it.mode == Mode::Variadic,
            }),
            Mode::Out | Mode::Table => {}
        }
        if matches!(it.mode, Mode::Out | Mode::InOut | Mode::Table)
            && let Some(sql_type) = sql_type
        {
            let name = it.name.clone();
            let name = name.unwrap_or_else(|| format!("column{}", columns.len() + 1).into());
            columns.push((name, sql_type));
        }
    }
    let volatility = match function.volatility.as_deref() {
        Some("immutable") => Volatility::Immutable,
        Some("stable") => Volatility::Stable,
        Some(_) | None => Volatility::Volatile,
    };
    let kind = match function.kind {
        FunctionKind::Function if function.window => SignatureKind::Window,
        FunctionKind::Function => SignatureKind::Function,
        FunctionKind::Procedure => SignatureKind::Procedure,
        FunctionKind::Aggregate => return Ok(None),
    };
    let record = || named("record");
    let result = match (&function.returns, columns.as_slice()) {
        (Some(returns), _) => read_type(returns, world)?,
        (None, [(_, one)]) => Some(one.clone()),
        (None, [_, _, ..]) => Some(record()),
        (None, []) => Some(named("void")),
    };
    let returns_set =
        function.returns_table || function.returns.as_ref().is_some_and(|it| it.set_of);
    let result = match columns.as_slice() {
        [(_, one)] if function.returns_table => Some(one.clone()),
        [_, _, ..] if function.returns_table => Some(record()),
        _ => result,
    };
    Ok(Some(Signature {
        kind,
        parameters,
        columns,
        result,
        returns_set,
        volatility,
        strict: function.strict,
        in_sql: function
            .language
            .as_deref()
            .is_none_or(|it| it.eq_ignore_ascii_case("sql")),
    }))
}

/// A pseudo type by its name.
fn named(name: &str) -> SqlType {
    SqlType {
        base: BaseType::Named(Name::new("pg_catalog", name)),
        modifiers: SmolStr::default(),
        array: false,
    }
}

/// The type of a parameter or result; nothing where the text cannot be read.
pub(super) fn read_type(ty: &TypeName, world: World<'_>) -> Result<Option<SqlType>, Refusal> {
    let text = &ty.text;
    let Ok(tokens) = token::lex(text, 0, text.len()) else {
        return Ok(None);
    };
    let Ok(WrittenType::Type(sql_type)) = sql_type::parse(text, &tokens, &world.schema.default)
    else {
        return Ok(None);
    };
    if let Some(name) = sql_type.named()
        && builtin::type_named(&name.name).is_some()
        && (name.schema == world.schema.default || name.schema == "pg_catalog")
        && world.schema.type_named(name).is_none()
    {
        return Ok(Some(SqlType {
            base: BaseType::Named(Name::new("pg_catalog", name.name.clone())),
            ..sql_type
        }));
    }
    if let Some(name) = world.missing_type(text) {
        return Err(
            Refusal::new(Code::UnknownType, format!("there is no type \"{name}\"")).at([name.name]),
        );
    }
    Ok(Some(sql_type))
}

/// The parameters that the body can read.
pub(super) fn parameters(
    function: &Function,
    world: World<'_>,
) -> Result<Vec<(Option<SmolStr>, Typed)>, Refusal> {
    let mut parameters = Vec::new();
    for it in &function.parameters {
        if matches!(it.mode, Mode::Out | Mode::Table) {
            continue;
        }
        let typed = match read_type(&it.sql_type, world)? {
            Some(sql_type) => Typed {
                ty: world.parameter_type(&sql_type),
                modifiers: sql_type.modifiers,
            },
            None => Ty::Opaque.plain(),
        };
        parameters.push((it.name.clone(), typed));
    }
    Ok(parameters)
}
