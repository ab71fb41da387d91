//! Text of others, as a terminal, a log or a program may show it, and the characters that nobody sees.
//!
//! Everything that limbeck prints goes through here. U+200C, U+200D, U+200E, U+200F and U+061C are letters of a text in
//! Persian, Arabic or Hebrew: they change how the letters beside them look or where they stand, and are printed as they
//! are.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The same for SQL: an expression, a pattern of what must not reach a terminal as it is. It runs where the path is
/// `pg_catalog, pg_temp`.
pub const CHARACTERS: &str = include_str!("visible/characters.sql");

/// Words of more characters are cut where only the gist is told.
const LONG: usize = 200;

/// What a terminal shows in the place of characters that [`pictured`] cannot show otherwise.
const UNKNOWN: char = '\u{fffd}';

/// Whether the character turns the direction of the text behind it around: what is shown is then not what is read.
#[must_use]
pub fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the character can't stand in a text of one line: it ends the line, is obeyed by a terminal, or turns the
/// direction around.
#[must_use]
pub fn breaks_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}')
        || is_bidirectional(character)
}

/// Whether the character is escaped where it is printed: what a terminal obeys, and what leaves no trace on it. Variation
/// selectors only choose a form of the character before.
fn is_escaped(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    breaks_line(character)
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{2060}'..='\u{2065}'
                | '\u{206a}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{13430}'..='\u{13455}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether the character shapes or places those beside it, in scripts that are written so.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{200c}'..='\u{200f}' | '\u{61c}')
}

/// Whether nobody sees the character, or takes it for a blank.
fn is_unseen(character: char) -> bool {
    is_escaped(character)
        || is_mark(character)
        || (character.is_whitespace() && !character.is_ascii())
        || matches!(
            character,
            '\u{34f}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{e0100}'..='\u{e01ef}'
        )
}

/// The first character of a text outside of quotes that nobody sees, and the byte where it stands. Blanks and line ends
/// of ASCII may stand there.
#[must_use]
pub fn unseen(text: &str) -> Option<(usize, char)> {
    let mut characters = text.char_indices();
    characters.find(|(_, it)| !it.is_ascii_whitespace() && *it != '\u{b}' && is_unseen(*it))
}

/// The same in a name, which may hold blanks but no line ends; U+200C and U+200D may stand between letters of a script
/// that joins its letters.
#[must_use]
pub fn unseen_in_name(name: &str) -> Option<(usize, char)> {
    let mut before = None;
    let mut characters = name.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let joins = matches!(character, '\u{200c}' | '\u{200d}')
            && before.is_some_and(is_joining)
            && characters.peek().is_some_and(|it| is_joining(it.1));
        if is_unseen(character) && !joins {
            return Some((at, character));
        }
        before = Some(character);
    }
    None
}

/// Whether the character is a letter, or a sign on one, of a script whose letters join or form conjuncts: there U+200C
/// and U+200D tell words apart (Unicode's annex 31, section 2.3, by blocks).
fn is_joining(character: char) -> bool {
    let in_script = matches!(
        character,
        // Arabic, Syriac, N'Ko, Mandaic
        '\u{610}'..='\u{74f}' | '\u{750}'..='\u{77f}' | '\u{7ca}'..='\u{7ff}' | '\u{840}'..='\u{8ff}'
        // Devanagari to Sinhala, Myanmar, Khmer, Mongolian, Balinese to Lepcha
        | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17d3}' | '\u{1820}'..='\u{18aa}'
        | '\u{1b00}'..='\u{1c4f}'
        // Phags-pa, Devanagari, Javanese, Myanmar, Meetei Mayek
        | '\u{a840}'..='\u{a87f}' | '\u{a8e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aaff}' | '\u{abc0}'..='\u{abff}'
        // Arabic's forms
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        // Brahmi and what came of it, Adlam
        | '\u{11000}'..='\u{11fff}' | '\u{1e900}'..='\u{1e94b}'
    );
    let is_sign = matches!(
        character,
        '\u{61b}'..='\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{6dd}' | '\u{700}'..='\u{70f}' | '\u{8e2}' | '\u{964}' | '\u{965}'
    );
    in_script && !is_sign && !character.is_numeric()
}

/// How messages name a character that nobody sees.
#[must_use]
pub fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// How a literal of PostgreSQL spells a character: `\x1b`, `\u202e`.
#[must_use]
pub fn sql_escape(character: char) -> String {
    match u32::from(character) {
        code @ 0..0x80 => format!("\\x{code:02x}"),
        code @ 0x80..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// `text` with a question mark for each character that is not ASCII, for servers whose encoding cannot hold it.
#[must_use]
pub fn ascii(text: &str) -> String {
    let characters = text.chars();
    characters
        .map(|it| if it.is_ascii() { it } else { '?' })
        .collect()
}

/// The bytes of `text` in hexadecimal digits.
#[must_use]
pub fn hex(text: &str) -> String {
    let mut digits = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// `text` as one line that can forge nothing.
#[must_use]
pub fn line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        push(&mut shown, character);
    }
    defused(shown)
}

/// As [`line()`], and long words are cut.
#[must_use]
pub fn short_line(text: &str) -> String {
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
    defused(shown)
}

/// `text`, whose lines and tabs are its own, with everything else escaped that would be obeyed or leaves no trace.
#[must_use]
pub fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\n' | '\t') {
            shown.push(character);
        } else {
            push(&mut shown, character);
        }
    }
    defused(shown)
}

/// A line of a source with one visible character in the place of each that has none, so that columns stay.
#[must_use]
pub fn pictured(text: &str) -> Cow<'_, str> {
    let is_odd = |it: char| !matches!(it, '\n' | '\t') && is_escaped(it);
    if !text.contains(is_odd) && !text.contains("##") {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        shown.push(match character {
            '\0'..='\u{1f}' if is_odd(character) => {
                char::from_u32(0x2400 + u32::from(character)).expect("Unicode has pictures of all")
            }
            '\u{7f}' => '\u{2421}',
            // Still one character, and no command.
            '#' if text[..at].ends_with('#') && is_command(&text[at - 1..]) => '\u{ff03}',
            _ if is_odd(character) => UNKNOWN,
            _ => character,
        });
    }
    shown.into()
}

/// A JSON document with the same value, in which nothing stands raw that would be obeyed or leaves no trace.
#[must_use]
pub fn json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for (at, character) in document.char_indices() {
        // Of ASCII's control characters only those around values are left, and commands stand in strings alone.
        let is_hidden = is_escaped(character) && !matches!(character, '\n' | '\t' | '\r');
        let ends_mark = character == '#' && document[..at].ends_with('#');
        if is_hidden || ends_mark && is_command(&document[at - 1..]) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

fn push(shown: &mut String, character: char) {
    if is_escaped(character) {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

/// Without what a CI system obeys in a log: `::error::` at the beginning of a line, also behind blanks, and `##[error]` or
/// `##vso[…]` anywhere.
fn defused(text: String) -> String {
    if !text.contains("::") && !text.contains("##") {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        let rest = words.strip_prefix("::");
        let is_obeyed =
            rest.is_some_and(|it| it.starts_with(|letter: char| letter.is_ascii_alphabetic()));
        let mut line = Cow::Borrowed(line);
        if is_obeyed {
            let indent = &line[..line.len() - words.len()];
            line = Cow::Owned([indent, "\\u{3a}", &words[1..]].concat());
        }
        let mut rest: &str = &line;
        while let Some(at) = rest.find("##") {
            let (before, command) = rest.split_at(at + 1);
            shown += before;
            rest = command;
            if is_command(&line[line.len() - command.len() - 1..]) {
                shown += "\\u{23}";
                rest = &command[1..];
            }
        }
        shown += rest;
    }
    shown
}

/// Whether `text`, which begins with `##`, begins a command: `##[`, `##vso[`.
fn is_command(text: &str) -> bool {
    let name = text.trim_start_matches('#');
    name.trim_start_matches(|it: char| it.is_ascii_alphabetic())
        .starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[31m\nerror: größe\t\u{9b}\u{202e}\u{2028}\r\u{200b}\u{e0041}";

    #[test]
    fn nothing_is_obeyed() {
        assert_eq!(
            line(HOSTILE),
            "a\\u{1b}[31m\\nerror: größe\\t\\u{9b}\\u{202e}\\u{2028}\\r\\u{200b}\\u{e0041}"
        );
        assert_eq!(
            text(HOSTILE),
            "a\\u{1b}[31m\nerror: größe\t\\u{9b}\\u{202e}\\u{2028}\\r\\u{200b}\\u{e0041}"
        );
        assert_eq!(
            pictured(HOSTILE),
            "a␛[31m\nerror: größe\t\u{fffd}\u{fffd}\u{fffd}␍\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn what_persian_arabic_and_hebrew_need_is_printed_as_it_is() {
        let written = "می\u{200c}شود ه\u{200d}\u{200e}abc\u{200f}\u{61c} ❤\u{fe0f}";
        assert_eq!(line(written), written);
        assert_eq!(text(written), written);
        assert_eq!(pictured(written), written);
        assert_eq!(json(written), written);
    }

    #[test]
    fn no_line_is_a_command() {
        assert_eq!(
            text("a\n  ::error::x\n::warning file=a::y\n:::a\n::1"),
            "a\n  \\u{3a}:error::x\n\\u{3a}:warning file=a::y\n:::a\n::1"
        );
        assert_eq!(line("::error::x"), "\\u{3a}:error::x");
        assert_eq!(
            line("a ##[error]b ###vso[x] ## c ##d"),
            "a #\\u{23}[error]b #\\u{23}#vso[x] ## c ##d"
        );
        assert_eq!(pictured("##[error]x ## y"), "#\u{ff03}[error]x ## y");
    }

    #[test]
    fn json_keeps_its_value() {
        let value = format!("{HOSTILE}##[error]x");
        let document = serde_json::to_string(&value).unwrap() + "\n";
        let shown = json(&document);
        assert!(!shown.contains(|it| it != '\n' && is_escaped(it)));
        assert!(!shown.contains("##["), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), value);
    }

    #[test]
    fn long_words_are_cut() {
        let long = "ä".repeat(LONG);
        assert_eq!(
            short_line(&format!("{long} b {long}c d")),
            format!("{long} b {long}… d")
        );
    }

    #[test]
    fn names_hold_joiners_between_letters_that_join() {
        for name in [
            "کتاب\u{200c}ها",
            "می\u{200c}شود_id",
            "क\u{94d}\u{200d}ष",
            "a b",
            "größe",
            "سفارش",
            "שם",
        ] {
            assert_eq!(unseen_in_name(name), None, "{name}");
        }
        for name in [
            "a\u{200c}b",
            "\u{200c}کتاب",
            "کتاب\u{200c}",
            "کتاب\u{200c}\u{200c}ها",
            "کتاب\u{200c}1",
            "کتاب\u{200f}ها",
            "a\u{a0}b",
            "a\nb",
            "a\u{1b}b",
            "a\u{3164}b",
            "a\u{fe0f}",
            "a\u{2800}b",
            "a\u{13430}b",
        ] {
            assert!(unseen_in_name(name).is_some(), "{name:?}");
        }
        assert_eq!(unseen("a \t\r\n\u{b}\u{c}ä"), None);
        assert_eq!(unseen("a\u{200c}"), Some((1, '\u{200c}')));
        assert_eq!(unseen("a\u{1b}"), Some((1, '\u{1b}')));
    }
}
