//! Whether a type can read a literal, where that is decidable: what is wrong here, PostgreSQL refuses whatever the rows.

use std::ops::Range;

use crate::binder::Result;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::TypeId;
use crate::schema::Type;

/// Refuses a text that `ty` cannot read.
pub(super) fn check(world: World<'_>, text: &str, ty: &Ty, range: &Range<usize>) -> Result<()> {
    let base = world.base(ty);
    let ok = match &base {
        Ty::Core(id) => {
            if matches!(*id, TypeId::OIDVECTOR | TypeId::INT2VECTOR) {
                true
            } else if id.facts().is_array() {
                is_array(text)
                    && match id.facts().element {
                        Some(element) => elements(text)
                            .into_iter()
                            .flatten()
                            .all(|it| is_of(element, &it)),
                        None => true,
                    }
            } else {
                is_of(*id, text)
            }
        }
        Ty::Enum(name) => match world.schema.type_named(name) {
            Some(Type::Enum(it)) if !it.values.iter().any(|value| value == text) => {
                return Err(Mistake::new(
                    Class::InvalidLiteral,
                    range,
                    format!("type \"{name}\" has no value '{text}'"),
                )
                .suggest(text, it.values.iter().map(smol_str::SmolStr::as_str)));
            }
            Some(Type::Enum(_) | Type::Composite(_) | Type::Domain(_)) | None => true,
        },
        Ty::Array(_) => is_array(text),
        Ty::Domain(_) | Ty::Row(_) | Ty::Foreign(_) | Ty::Opaque => true,
    };
    if ok {
        return Ok(());
    }
    Err(Mistake::new(
        Class::InvalidLiteral,
        range,
        format!("'{}' is not a value of {}", shorten(text), ty),
    ))
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start}…")
}

/// Whether a type of PostgreSQL's own reads the text; true where only the server knows.
fn is_of(id: TypeId, text: &str) -> bool {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let fits = |is_in_range: fn(i128) -> bool| {
        integer(trimmed).is_none_or(|number| number.is_some_and(is_in_range))
    };
    match id {
        TypeId::INT2 => fits(|it| i16::try_from(it).is_ok()),
        TypeId::INT4 => fits(|it| i32::try_from(it).is_ok()),
        TypeId::INT8 => fits(|it| i64::try_from(it).is_ok()),
        TypeId::BOOL => is_boolean(trimmed),
        TypeId::UUID => is_uuid(text),
        TypeId::NUMERIC | TypeId::FLOAT4 | TypeId::FLOAT8 => is_number(trimmed),
        TypeId::JSON | TypeId::JSONB => is_json(text),
        TypeId::DATE | TypeId::TIMESTAMP | TypeId::TIMESTAMPTZ => is_moment(trimmed),
        _ => true,
    }
}

/// A decimal number; nothing where the text may be one in another base, which newer servers read.
#[expect(clippy::option_option, reason = "not decided, no number, or a number")]
fn integer(text: &str) -> Option<Option<i128>> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.len() > 1 && digits.starts_with('0') && digits.contains(|it: char| it.is_alphabetic())
        || digits.contains('_')
    {
        return None;
    }
    if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return Some(None);
    }
    Some(text.trim_start_matches('+').parse().ok())
}

fn is_boolean(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let prefix_of = |word: &str| !lower.is_empty() && word.starts_with(&lower);
    prefix_of("true")
        || prefix_of("false")
        || prefix_of("yes")
        || prefix_of("no")
        || matches!(lower.as_str(), "on" | "of" | "off" | "1" | "0")
}

/// Hexadecimal digits, in braces or not, with a dash after any group of four.
fn is_uuid(text: &str) -> bool {
    let inner = match text.strip_prefix('{') {
        Some(rest) => match rest.strip_suffix('}') {
            Some(inner) => inner,
            None => return false,
        },
        None => text,
    };
    let mut digits = 0;
    let mut after_dash = true;
    for it in inner.chars() {
        if it == '-' {
            if after_dash || digits % 4 != 0 {
                return false;
            }
            after_dash = true;
        } else if it.is_ascii_hexdigit() {
            digits += 1;
            after_dash = false;
        } else {
            return false;
        }
    }
    digits == 32 && !after_dash
}

fn is_number(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let digits = lower.strip_prefix(['-', '+']).unwrap_or(&lower);
    if matches!(digits, "nan" | "inf" | "infinity") {
        return true;
    }
    // Other bases and underscores are for newer servers.
    if digits.starts_with("0x")
        || digits.starts_with("0o")
        || digits.starts_with("0b")
        || digits.contains('_')
    {
        return true;
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = |part: &str| part.bytes().all(|it| it.is_ascii_digit());
    let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    all(whole)
        && all(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && !power.is_empty()
        && all(power)
}

/// `serde_json` and PostgreSQL read the same language, but for what lone surrogates, NUL and numbers out of range mean.
fn is_json(text: &str) -> bool {
    text.contains("\\u")
        || serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
        || text.len() > 100_000
}

/// A date has digits, or is one of a few words.
fn is_moment(text: &str) -> bool {
    const WORDS: [&str; 8] = [
        "now",
        "today",
        "tomorrow",
        "yesterday",
        "infinity",
        "-infinity",
        "epoch",
        "now()",
    ];
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|it| lower.starts_with(it)) || lower.contains(|it: char| it.is_ascii_digit())
}

/// Whether an array's text has its braces, which may have bounds before them.
fn is_array(text: &str) -> bool {
    let text = text.trim();
    let body = if text.starts_with('[') {
        match text.split_once('=') {
            Some((_, body)) => body.trim_start(),
            None => return false,
        }
    } else {
        text
    };
    if !body.starts_with('{') || !body.ends_with('}') {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for (at, it) in body.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        match it {
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 && at + 1 != body.len() {
                    return false;
                }
            }
            _ => {}
        }
    }
    depth == 0 && !quoted
}

/// The elements of a plain array's text: without quotes, escapes, bounds and further dimensions.
fn elements(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.contains(['"', '\\', '{', '}']) || inner.trim().is_empty() {
        return None;
    }
    let elements = inner.split(',').map(|it| it.trim().to_owned());
    Some(
        elements
            .filter(|it| !it.eq_ignore_ascii_case("null"))
            .collect(),
    )
}
