//! Constants as their types read and keep them: what reads alike is one constant. A text that nobody here can read is the same
//! only as itself.

use std::fmt::Write as _;

use smol_str::{SmolStr, ToSmolStr as _};

use super::{binary, json, moment, number};
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::TypeId;

/// A text as a value of the type.
pub(super) fn read(world: World<'_>, ty: &Ty, text: &str) -> SmolStr {
    let read = match world.element(ty) {
        Some(element) => array(world, &element, text),
        None => ty.core().and_then(|id| of(world, id, text)),
    };
    read.unwrap_or_else(|| text.into())
}

fn of(world: World<'_>, id: TypeId, text: &str) -> Option<SmolStr> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    match id {
        TypeId::BOOL => boolean(trimmed),
        TypeId::INT2 | TypeId::INT4 | TypeId::INT8 | TypeId::OID => number::integer(trimmed),
        TypeId::NUMERIC => number::numeric(trimmed),
        TypeId::FLOAT4 => number::float4(trimmed),
        TypeId::FLOAT8 => number::float8(trimmed),
        TypeId::UUID => Some(binary::uuid(text)),
        TypeId::BYTEA => binary::bytes(text),
        TypeId::REGCLASS => binary::relation(world, text),
        TypeId::REGTYPE => type_named(world, text),
        TypeId::MONEY => number::money(trimmed),
        TypeId::JSONPATH => json::path(text),
        TypeId::JSONB => json::read(text).map(SmolStr::from),
        TypeId::DATE => moment::date(trimmed),
        TypeId::TIME => moment::time(trimmed),
        TypeId::TIMESTAMP => moment::timestamp(trimmed),
        TypeId::TIMESTAMPTZ => moment::in_zone(trimmed),
        TypeId::INTERVAL => moment::interval(trimmed),
        _ => None,
    }
}

/// A type, however it is called.
fn type_named(world: World<'_>, text: &str) -> Option<SmolStr> {
    let typed = world.written(text)?;
    (!typed.ty.is_opaque()).then(|| typed.ty.to_smolstr())
}

/// `parse_bool`.
fn boolean(text: &str) -> Option<SmolStr> {
    let lower = text.to_ascii_lowercase();
    let begins = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    let value = if begins("true") || begins("yes") || lower == "on" || lower == "1" {
        "t"
    } else if begins("false") || begins("no") || ["of", "off", "0"].contains(&lower.as_str()) {
        "f"
    } else {
        return None;
    };
    Some(SmolStr::new_static(value))
}

/// The text of an array with each element as its type reads it.
fn array(world: World<'_>, element: &Ty, text: &str) -> Option<SmolStr> {
    let text = text.trim();
    if !text.starts_with('{') {
        return None;
    }
    let mut read_text = String::new();
    let mut rest = text.chars().peekable();
    let mut item = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    while let Some(it) = rest.next() {
        match it {
            '\\' => {
                item.push(rest.next()?);
                was_quoted = true;
            }
            '"' => {
                quoted = !quoted;
                if !was_quoted && item.trim().is_empty() {
                    item.clear();
                }
                was_quoted = true;
            }
            _ if quoted => item.push(it),
            '{' => read_text.push('{'),
            ',' | '}' => {
                let value = if was_quoted {
                    item.as_str()
                } else {
                    item.trim()
                };
                if !was_quoted && value.eq_ignore_ascii_case("null") {
                    read_text.push_str("null");
                } else if was_quoted || !value.is_empty() {
                    // Writing to a string cannot fail.
                    let _ = write!(read_text, "{:?}", read(world, element, value));
                }
                read_text.push(it);
                item.clear();
                was_quoted = false;
            }
            _ if was_quoted => {}
            _ => item.push(it),
        }
    }
    (item.is_empty() && !quoted).then(|| read_text.into())
}
