//! Types as casts see them: what lies under a domain, and when a value of one becomes one of another.

use crate::model::extension_types;
use crate::name::Name;
use crate::schema::{Schema, Type};
use crate::sql_type::casts::{CastContext, CastType, cast_context};
use crate::sql_type::{BaseType, SqlType};

/// When a value of type `from` becomes one of type `to`; domains count as their base types.
#[must_use]
pub fn context(from: &SqlType, to: &SqlType, schema: &Schema) -> Option<CastContext> {
    if from.base == to.base && from.array == to.array {
        return Some(CastContext::Implicit);
    }
    let (from, to) = (base(from, schema), base(to, schema));
    let extension = |it: &SqlType| {
        it.named()
            .filter(|name| schema.type_named(name).is_none())
            .cloned()
    };
    match (extension(&from), extension(&to)) {
        (None, None) => {}
        (Some(_), Some(_)) => return None,
        (Some(name), None) => {
            // Every type becomes a string by its output where it is stored (`find_coercion_pathway`).
            let is_string = matches!(to.scalar(), Some("text" | "varchar" | "bpchar" | "name"));
            let stored = is_string.then_some(CastContext::Assignment);
            return extension_cast(&name, &from, &to, false).or(stored);
        }
        (None, Some(name)) => return extension_cast(&name, &to, &from, true),
    }
    let (from_element, to_element) = (cast_type(&from, schema)?, cast_type(&to, schema)?);
    let arrays = (CastType::Array(&from_element), CastType::Array(&to_element));
    cast_context(
        if from.array { arrays.0 } else { from_element },
        if to.array { arrays.1 } else { to_element },
    )
}

/// A cast between a type of an extension and one of PostgreSQL, or between arrays of them.
fn extension_cast(
    name: &Name,
    own: &SqlType,
    other: &SqlType,
    to_extension: bool,
) -> Option<CastContext> {
    match &other.base {
        BaseType::Builtin(other_name) if own.array == other.array => {
            extension_types::cast(&name.name, other_name, to_extension)
        }
        BaseType::Builtin(_) | BaseType::Named(_) => None,
    }
}

/// The type under any domains.
#[must_use]
pub fn base(sql_type: &SqlType, schema: &Schema) -> SqlType {
    let mut sql_type = sql_type.clone();
    while let Some(Type::Domain(domain)) = sql_type.named().and_then(|it| schema.type_named(it)) {
        if sql_type.array {
            break;
        }
        sql_type = domain.base.clone();
    }
    sql_type
}

/// The element type as casts see it; `None` for types of extensions.
#[must_use]
pub fn cast_type<'a>(sql_type: &'a SqlType, schema: &Schema) -> Option<CastType<'a>> {
    match &sql_type.base {
        BaseType::Builtin(typname) => Some(CastType::Builtin(typname)),
        BaseType::Named(name) => match schema.type_named(name)? {
            Type::Enum(_) => Some(CastType::Enum(&name.name)),
            Type::Composite(_) => Some(CastType::Composite(&name.name)),
            Type::Domain(_) => None,
        },
    }
}
