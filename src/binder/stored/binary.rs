//! Strings of bytes and bits, and names of relations, as their types read them.

use smol_str::SmolStr;

use crate::binder::world::World;
use crate::expression::{name_parts, qualify};
use crate::token;

/// `\xAB` in lower case; other forms stay as they are written.
pub(super) fn bytes(text: &str) -> Option<SmolStr> {
    let digits = text.strip_prefix("\\x")?;
    let is_plain =
        digits.len().is_multiple_of(2) && digits.bytes().all(|it| it.is_ascii_hexdigit());
    is_plain.then(|| text.to_ascii_lowercase().into())
}

/// The digits of a `uuid`.
pub(super) fn uuid(text: &str) -> SmolStr {
    let digits = text.chars().filter(char::is_ascii_hexdigit);
    digits.map(|it| it.to_ascii_lowercase()).collect()
}

/// The name of a relation with its schema.
pub(super) fn relation(world: World<'_>, text: &str) -> Option<SmolStr> {
    let tokens = token::lex(text, 0, text.len()).ok()?;
    let is_name = tokens.iter().all(|it| it.is_name() || it.is(text, "."));
    let parts = name_parts(text, &tokens);
    let name = qualify(&parts, &world.schema.default).filter(|_| is_name)?;
    Some(name.qualified())
}
