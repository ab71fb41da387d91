//! Text of others, as a terminal may show it.

/// Words of more characters are cut.
const LONG: usize = 200;

/// `text` as one line that can forge nothing: what a terminal would obey is escaped, and long words are cut.
pub(super) fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut length = 0;
    for character in text.chars() {
        if character == ' ' {
            length = 0;
        } else {
            length += 1;
        }
        if length <= LONG {
            push(&mut shown, character);
        } else if length == LONG + 1 {
            shown.push('…');
        }
    }
    shown
}

/// `text`, whose lines and tabs are its own, with everything else escaped that a terminal would obey.
pub(super) fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\n' | '\t') {
            shown.push(character);
        } else {
            push(&mut shown, character);
        }
    }
    shown
}

fn push(shown: &mut String, character: char) {
    // Those that end lines, and those that turn the direction of writing around.
    let is_obeyed = character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if is_obeyed {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed() {
        let hostile = "a\u{1b}[31m\nerror: größe\t\u{9b}\u{202e}\u{2028}\r";
        assert_eq!(
            line(hostile),
            "a\\u{1b}[31m\\nerror: größe\\t\\u{9b}\\u{202e}\\u{2028}\\r"
        );
        assert_eq!(
            text(hostile),
            "a\\u{1b}[31m\nerror: größe\t\\u{9b}\\u{202e}\\u{2028}\\r"
        );
    }

    #[test]
    fn long_words_are_cut() {
        let long = "ä".repeat(LONG);
        assert_eq!(
            line(&format!("{long} b {long}c d")),
            format!("{long} b {long}… d")
        );
    }
}
