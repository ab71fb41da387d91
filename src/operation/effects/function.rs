//! Functions, procedures and aggregates: how they can be called, and what their bodies use.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::bind::world;
use crate::model::depend::{self, Target};
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::effects::body::body;
use crate::operation::effects::signature::signature;
use crate::operation::effects::take_uses;
use crate::operation::effects::{aggregate, names, parameters};
use crate::schema::{Object, ObjectId, Opaque, Refusal, Schema, Signature, SignatureKind};
use crate::sql_type::SqlType;
use crate::tree::definition::{Drop, Function, FunctionKind, Named};

/// `create [or replace] function`, `procedure` and `aggregate`.
pub(super) fn create(schema: &mut Schema, function: &Function, text: &str) -> Result<(), Refusal> {
    let Some(name) = qualify(&function.name.parts, &schema.default) else {
        return Ok(());
    };
    let defined = match function.kind {
        FunctionKind::Function => Defined::Function,
        FunctionKind::Procedure => Defined::Procedure,
        FunctionKind::Aggregate => Defined::Aggregate,
    };
    let id = ObjectId::of(Kind::Defined(defined), &name);
    let signature = signature(function, schema)?;
    parameters::check(function, world(schema), text)?;
    if function.kind == FunctionKind::Aggregate {
        aggregate::check(schema, function, text)?;
    }
    let mut opaque = match schema.get(&id).map(|it| &**it) {
        Some(Object::Opaque(before)) => before.clone(),
        Some(_) | None => Opaque::default(),
    };
    if let Some(signature) = &signature {
        check_others(schema, &name, function, signature)?;
        if let Some(at) = same(&opaque.signatures, signature) {
            check_replaced(&name, &opaque.signatures[at], signature)?;
            opaque.signatures.remove(at);
        }
    }
    opaque.kind = Kind::Defined(defined);
    opaque.is_read = true;
    opaque.signatures.extend(signature.clone());
    schema.put(id.clone(), Some(Object::Opaque(opaque.clone())));
    // A function may call itself, so its body is bound where it is known.
    let mut uses = body(schema, function, signature.as_ref(), text)?;
    if let Some(signature) = &signature {
        let parameters = signature
            .parameters
            .iter()
            .filter_map(|it| it.sql_type.as_ref());
        let columns = signature.columns.iter().map(|it| &it.1);
        let types = parameters.chain(columns).chain(&signature.result);
        for name in types.filter_map(SqlType::named) {
            if schema.get(&ObjectId::Type(name.clone())).is_some() {
                uses.types.insert(name.clone());
            } else if schema.relation(name).is_some() {
                uses.relations.insert(name.clone());
            }
        }
    }
    take_uses(&mut opaque, &uses);
    opaque.uses.remove(&id);
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

/// The signature of the same arguments.
fn same(signatures: &[Signature], signature: &Signature) -> Option<usize> {
    let types = |signature: &Signature| -> Vec<Option<SqlType>> {
        let types = signature.parameters.iter().map(|it| it.sql_type.clone());
        types
            .map(|sql_type| {
                sql_type.map(|it| SqlType {
                    modifiers: SmolStr::default(),
                    ..it
                })
            })
            .collect()
    };
    let own = types(signature);
    signatures.iter().position(|it| types(it) == own)
}

/// Refuses a function that is there already, of whatever kind.
fn check_others(
    schema: &Schema,
    name: &Name,
    function: &Function,
    signature: &Signature,
) -> Result<(), Refusal> {
    for kind in [Defined::Function, Defined::Procedure, Defined::Aggregate] {
        let id = ObjectId::of(Kind::Defined(kind), name);
        let Some(opaque) = schema.get(&id).and_then(|it| it.as_opaque()) else {
            continue;
        };
        let Some(at) = same(&opaque.signatures, signature) else {
            continue;
        };
        let found = &opaque.signatures[at];
        let word = Kind::Defined(kind).word();
        if !function.or_replace {
            return Err(Refusal::new(
                Code::DuplicateName,
                format!("{word} \"{name}\" with these arguments already exists"),
            )
            .help("write `create or replace`, or drop it first")
            .at([name.name.clone()])
            .contradicts(id));
        }
        if found.kind != signature.kind {
            return Err(Refusal::new(
                Code::DuplicateName,
                format!(
                    "\"{name}\" with these arguments is a {word}, which cannot become another kind"
                ),
            )
            .help(format!("drop it first: drop {word} {name}"))
            .at([name.name.clone()])
            .contradicts(id));
        }
    }
    Ok(())
}

/// What `create or replace` cannot change (`ProcedureCreate`).
fn check_replaced(name: &Name, before: &Signature, after: &Signature) -> Result<(), Refusal> {
    let refuse = |message: String| {
        Err(Refusal::new(Code::InvalidQuery, message)
            .help(format!("drop it first: drop function {name}"))
            .at([name.name.clone()]))
    };
    let different = before.result.is_some()
        && after.result.is_some()
        && (before.result != after.result || before.returns_set != after.returns_set);
    // A single column is no row: its name does not count.
    let is_row = before.columns.len() > 1 || after.columns.len() > 1;
    let columns = is_row && before.columns != after.columns;
    if different || columns && before.kind == SignatureKind::Function {
        return refuse(format!(
            "`create or replace` cannot change what the function \"{name}\" returns"
        ));
    }
    for (old, new) in before.parameters.iter().zip(&after.parameters) {
        if let Some(named) = &old.name
            && new.name.as_ref() != Some(named)
        {
            return refuse(format!(
                "`create or replace` cannot rename the parameter \"{named}\" of \"{name}\""
            ));
        }
        if old.has_default && !new.has_default {
            return refuse(format!(
                "`create or replace` cannot remove a default of \"{name}\""
            ));
        }
    }
    Ok(())
}

/// `drop function` and its kin, by their arguments; whether it was such a statement, and was followed.
pub(super) fn drop(schema: &mut Schema, statement: &Drop) -> Result<bool, Refusal> {
    let kinds = |word: &str| match word {
        "function" => Some(&[Defined::Function][..]),
        "procedure" => Some(&[Defined::Procedure][..]),
        "aggregate" => Some(&[Defined::Aggregate][..]),
        "routine" => Some(&[Defined::Function, Defined::Procedure, Defined::Aggregate][..]),
        _ => None,
    };
    if !statement.objects.iter().all(|it| kinds(&it.kind).is_some()) {
        return Ok(false);
    }
    for named in &statement.objects {
        let if_exists = statement.if_exists || named.if_exists;
        let own = Named {
            if_exists,
            ..named.clone()
        };
        names::check(schema, &own, names::Use::Drop)?;
        let Some(name) = qualify(&named.name.parts, &schema.default) else {
            continue;
        };
        for kind in kinds(&named.kind).into_iter().flatten() {
            let id = ObjectId::of(Kind::Defined(*kind), &name);
            let Some(opaque) = schema.get(&id).and_then(|it| it.as_opaque()) else {
                continue;
            };
            let at = position(schema, opaque, named);
            match at {
                // One of several: who calls which is not told apart.
                Some(at) if opaque.signatures.len() > 1 => {
                    let mut opaque = opaque.clone();
                    opaque.signatures.remove(at);
                    schema.put(id, Some(Object::Opaque(opaque)));
                }
                // Another one of that name.
                None if named.arguments.is_some()
                    && !opaque.signatures.is_empty()
                    && !opaque.declared => {}
                Some(_) | None => drop_whole(schema, &id, statement.cascade)?,
            }
        }
    }
    Ok(true)
}

fn position(schema: &Schema, opaque: &Opaque, named: &Named) -> Option<usize> {
    let world = world(schema);
    let Some(arguments) = &named.arguments else {
        return (opaque.signatures.len() == 1).then_some(0);
    };
    let given: Vec<_> = arguments.iter().map(|it| world.written(&it.text)).collect();
    opaque.signatures.iter().position(|it| {
        it.parameters.len() == given.len()
            && it
                .parameters
                .iter()
                .zip(&given)
                .all(|(own, given)| match (&own.sql_type, given) {
                    (Some(own), Some(given)) => world.parameter_type(own) == given.ty,
                    _ => true,
                })
    })
}

fn drop_whole(schema: &mut Schema, id: &ObjectId, cascade: bool) -> Result<(), Refusal> {
    let target = Target::Object(id.clone());
    if let Some(holder) = depend::holders(schema, &target).first()
        && !cascade
    {
        return Err(depend::still_needed(&target, holder, schema));
    }
    depend::remove(schema, &target, true)
}
