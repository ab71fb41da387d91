//! What the values of options name (`defGetQualifiedName` and `defGetTypeName` of PostgreSQL's source).

use smol_str::SmolStr;

use crate::binder::{Ty, World};
use crate::expression::name_parts;
use crate::operation::effects::signature::read_type;
use crate::schema::Refusal;
use crate::token::{self, TokenKind};
use crate::tree::TypeName;

/// The text of a plain string constant.
fn quoted(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('\'')?.strip_suffix('\'')?;
    (!inner.contains(['\'', '\\'])).then_some(inner)
}

/// The name of a function or collation; a string is a name of one part.
pub(super) fn name(value: &str) -> Option<Vec<SmolStr>> {
    if let Some(inner) = quoted(value) {
        return Some(vec![inner.into()]);
    }
    let tokens = token::lex(value, 0, value.len()).ok()?;
    let is_part = |it: &token::Token| {
        matches!(it.kind, TokenKind::Word | TokenKind::QuotedName) || it.is(value, ".")
    };
    (!tokens.is_empty() && tokens.iter().all(is_part)).then(|| name_parts(value, &tokens))
}

/// The type that is named; opaque where it cannot be read.
pub(super) fn type_of(value: &str, world: World<'_>) -> Result<Ty, Refusal> {
    let text = match quoted(value) {
        Some(inner) => format!("\"{inner}\"").into(),
        None => value.into(),
    };
    let name = TypeName {
        text,
        set_of: false,
        range: 0..0,
    };
    let sql_type = read_type(&name, world)?;
    Ok(sql_type.map_or(Ty::Opaque, |it| world.parameter_type(&it)))
}

/// What a switch says: `hashes` alone is on; nothing where it is not clear.
pub(super) fn is_on(value: &str) -> Option<bool> {
    let word = quoted(value).unwrap_or(value).to_ascii_lowercase();
    match word.as_str() {
        "" | "true" | "on" | "1" => Some(true),
        "false" | "off" | "0" => Some(false),
        _ => None,
    }
}
