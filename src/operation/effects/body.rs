//! The bodies of functions in SQL, bound as PostgreSQL binds them when a function is made.

use crate::binder::{Binder, Context, Output, Place, Ty, Uses, World};
use crate::builtin::TypeId;
use crate::diagnostic::Code;
use crate::model::bind::{refusal, world};
use crate::operation::effects::signature::{parameters, read_type};
use crate::raw_sql::statement_trees;
use crate::schema::{Refusal, Schema, Signature, SignatureKind};
use crate::tree::definition::{Function, FunctionBody};
use crate::tree::{Expr, Statement};

/// What the body of a function in SQL uses, bound as PostgreSQL checks it when the function is made.
pub(super) fn body(
    schema: &Schema,
    function: &Function,
    signature: Option<&Signature>,
    text: &str,
) -> Result<Uses, Refusal> {
    let world = world(schema);
    let mut uses = Uses::default();
    let Some(signature) = signature else {
        return Ok(uses);
    };
    if matches!(function.language.as_deref(), Some("c" | "internal")) {
        return Ok(uses);
    }
    for parameter in &function.parameters {
        if let (Some(default), Some(sql_type)) =
            (&parameter.default, read_type(&parameter.sql_type, world)?)
        {
            let mut binder = Binder::new(world);
            let name = parameter.name.as_deref().unwrap_or("");
            let target = world.typed(&sql_type);
            if !target.ty.is_generic() && !target.ty.is_opaque() {
                let place = Place::Default;
                let stored = format!("parameter \"{name}\"");
                binder
                    .bind_assigned(default, place, &stored, &target)
                    .map_err(|it| refusal(it, text, Code::InvalidExpression))?;
            }
        }
    }
    let is_sql = match &function.body {
        FunctionBody::Atomic(_) | FunctionBody::Return(_) => true,
        FunctionBody::Text(..) => function
            .language
            .as_deref()
            .is_some_and(|it| it.eq_ignore_ascii_case("sql")),
        FunctionBody::None => false,
    };
    let parameters = parameters(function, world)?;
    let generic = parameters
        .iter()
        .any(|it| it.1.ty.is_generic() || it.1.ty.is_opaque());
    // Another path finds other names.
    let is_elsewhere = text.to_ascii_lowercase().contains("search_path");
    if !is_sql || generic || is_elsewhere {
        return Ok(uses);
    }
    let called = function.name.parts.last().cloned().unwrap_or_default();
    let statements: Vec<Statement> = match &function.body {
        FunctionBody::Atomic(statements) => statements.clone(),
        FunctionBody::Text(body, _) => match statement_trees(body) {
            Some(statements) => statements,
            None => return Ok(uses),
        },
        FunctionBody::Return(expr) => {
            let mut binder = Binder::new(world).within(called, parameters);
            let bound = binder
                .bind(expr, Place::Target)
                .map_err(|it| refusal(it, text, Code::InvalidQuery))?;
            let uses = binder.uses().clone();
            check_returned(world, signature, bound.ty(), (text, expr))?;
            return Ok(uses);
        }
        FunctionBody::None => return Ok(uses),
    };
    let in_text = matches!(function.body, FunctionBody::Text(..));
    let source = match &function.body {
        FunctionBody::Text(body, _) => body.as_str(),
        FunctionBody::Atomic(_) | FunctionBody::Return(_) | FunctionBody::None => text,
    };
    let mut last = None;
    for statement in &statements {
        // What the body itself makes is there for what follows it, and nobody here follows that.
        if matches!(statement, Statement::Opaque) {
            return Ok(uses);
        }
        let mut binder = Binder::new(world).within(called.clone(), parameters.clone());
        let output = binder
            .statement(statement)
            .map_err(|it| refusal(it, source, Code::InvalidQuery))?;
        // What `begin atomic` uses is recorded by PostgreSQL; a text is looked at anew at each call.
        if !in_text {
            uses.add(binder.uses().clone());
        }
        last = Some((statement, output));
    }
    check_result(
        world,
        signature,
        last.as_ref().map(|it| (it.0, &it.1)),
        source,
    )?;
    Ok(uses)
}

/// What `return` computes must be what the function returns; a literal is text there.
fn check_returned(
    world: World<'_>,
    signature: &Signature,
    ty: &Ty,
    (text, expr): (&str, &Expr),
) -> Result<(), Refusal> {
    let Some(result) = &signature.result else {
        return Ok(());
    };
    let wanted = world.typed(result).ty;
    let is_vague = |it: &Ty| it.is_opaque() || it.is_pseudo() && !it.is_unknown();
    if is_vague(&wanted) || is_vague(ty) || world.fields(&wanted).is_some() {
        return Ok(());
    }
    let given = if ty.is_unknown() {
        Ty::Core(TypeId::TEXT)
    } else {
        ty.clone()
    };
    if world.can_become(&given, &wanted, Context::Assignment) {
        return Ok(());
    }
    let mut refusal = Refusal::new(
        Code::TypeMismatch,
        format!("the function returns {result}, and `return` gives {given}"),
    )
    .help("cast the value");
    refusal.within = Some((text.into(), expr.range.clone()));
    Err(refusal)
}

/// The last query must give what the function returns (`check_sql_fn_retval`).
fn check_result(
    world: World<'_>,
    signature: &Signature,
    last: Option<(&Statement, &Output)>,
    text: &str,
) -> Result<(), Refusal> {
    let Some(result) = &signature.result else {
        return Ok(());
    };
    let is_pseudo = |word: &str| result.named().is_some_and(|it| it.name == word);
    if signature.kind == SignatureKind::Procedure || is_pseudo("void") || is_pseudo("record") {
        return Ok(());
    }
    let wanted = world.typed(result);
    let refuse = |message: String| {
        let mut refusal = Refusal::new(Code::TypeMismatch, message)
            .help("the last statement of the body gives the result");
        refusal.within = Some((text.into(), 0..text.len()));
        Err(refusal)
    };
    let Some((_, output)) = last else {
        return refuse(format!(
            "the function returns {result}, and its body is empty"
        ));
    };
    if output.opaque
        || wanted.ty.is_opaque()
        || wanted.ty.is_generic()
        || wanted.ty.is(TypeId::RECORD)
    {
        return Ok(());
    }
    if world.fields(&wanted.ty).is_some() {
        // A row may be one value or its fields.
        return Ok(());
    }
    match output.columns.as_slice() {
        [one] if world.can_become(&one.typed.ty, &wanted.ty, Context::Assignment) => Ok(()),
        [one] => {
            let own = &one.typed.ty;
            refuse(format!(
                "the function returns {result}, and its last statement gives {own}"
            ))
        }
        [] => refuse(format!(
            "the function returns {result}, and its last statement gives nothing"
        )),
        several => refuse(format!(
            "the function returns {result}, and its last statement gives {} columns",
            several.len()
        )),
    }
}
