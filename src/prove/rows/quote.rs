//! Texts as SQL that every setting and encoding of a session reads alike, and psql replaces nothing in.

use std::fmt::Write as _;

/// `text` as a literal of ASCII.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    let mut escapes = false;
    for character in text.chars() {
        match character {
            '\'' => quoted.push_str("''"),
            '\\' => {
                escapes = true;
                quoted.push_str("\\\\");
            }
            ' '..='~' => quoted.push(character),
            other => {
                escapes = true;
                let _ = match u32::from(other) {
                    code @ ..0x1_0000 => write!(quoted, "\\u{code:04X}"),
                    code => write!(quoted, "\\U{code:08X}"),
                };
            }
        }
    }
    format!("{}'{quoted}'", if escapes { "E" } else { "" })
}

/// `text` in dollar quotes whose tag begins with `tag`.
pub(super) fn dollar(text: &str, tag: &str) -> String {
    let mut tag = tag.to_owned();
    while text.contains(&format!("${tag}")) {
        tag.push('_');
    }
    format!("${tag}${text}${tag}$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\b\né🌍"), r"E'a\\b\u000A\u00E9\U0001F30D'");
        assert_eq!(dollar("$a$ $a_", "a"), "$a__$$a$ $a_$a__$");
    }
}
