//! Characters that nobody sees, those that turn the direction of a text around, and those that a terminal obeys: what is shown
//! must be what is read, also where psql prints a statement.

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::source::SourceId;
use crate::token::{Token, TokenKind};
use crate::visible;

use super::outline::Text;

/// Where a character stands, for the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Comment,
    /// A text above the blocks, which ends up in comments and messages.
    Header,
    Literal,
    DollarQuotes,
    Name,
    QuotedName,
}

/// Fails on a character that keeps the text from being read. What stands in comments and literals only comes back as
/// diagnostics, for the rest can still be read.
pub(super) fn check(text: Text<'_>) -> Result<Diagnostics> {
    let mut faults = Diagnostics::default();
    if is_plain(text.text) {
        return Ok(faults);
    }
    let mut keeps_reading = true;
    let mut before = 0;
    let mut in_header = true;
    for token in text.tokens {
        let start = token.start as usize;
        direction(text, before, start, Setting::Comment, &mut faults);
        let count = faults.len();
        in_header &= !token.is(text.text, "{");
        check_token(text, *token, in_header, &mut faults);
        let is_text = matches!(token.kind, TokenKind::String | TokenKind::DollarString);
        keeps_reading &= is_text || faults.len() == count;
        before = token.end as usize;
    }
    // A header ends before its text does, and what follows is read later.
    if text.tokens.last().is_none_or(|it| !it.is(text.text, "{")) {
        direction(text, before, text.text.len(), Setting::Comment, &mut faults);
    }
    if keeps_reading {
        Ok(faults)
    } else {
        Err(faults)
    }
}

/// What turns the direction around in a text that has no tokens.
pub(super) fn without_tokens(source: SourceId, whole: &str) -> Diagnostics {
    let mut faults = Diagnostics::default();
    let text = Text {
        source,
        text: whole,
        tokens: &[],
    };
    direction(text, 0, whole.len(), Setting::Comment, &mut faults);
    faults
}

/// Whether the text holds nothing but what everybody sees: so do nearly all.
fn is_plain(text: &str) -> bool {
    text.is_ascii()
        && !text
            .bytes()
            .any(|it| it == 0x7f || it < b' ' && !matches!(it, b'\t'..=b'\x0c'))
}

fn check_token(text: Text<'_>, token: Token, in_header: bool, faults: &mut Diagnostics) {
    let (start, end) = (token.start as usize, token.end as usize);
    let own = token.text(text.text);
    let (found, place) = match token.kind {
        TokenKind::String if in_header => {
            return direction(text, start, end, Setting::Header, faults);
        }
        TokenKind::String => return direction(text, start, end, Setting::Literal, faults),
        TokenKind::DollarString => {
            let tag = own[1..].find('$').map_or(own.len(), |it| it + 2);
            if let Some((at, character)) = visible::unseen(&own[..tag]) {
                return faults.push(fault(text, start + at, character, Setting::Name));
            }
            let place = if in_header {
                Setting::Header
            } else {
                Setting::DollarQuotes
            };
            return direction(text, start, end, place, faults);
        }
        TokenKind::QuotedName => (visible::unseen_in_name(own), Setting::QuotedName),
        TokenKind::Word
        | TokenKind::Number
        | TokenKind::Parameter
        | TokenKind::Operator
        | TokenKind::Punctuation
        | TokenKind::Stray => (visible::unseen(own), Setting::Name),
    };
    let Some((at, character)) = found else { return };
    let mut told = fault(text, start + at, character, place);
    if character == '\n' {
        // The line that follows tells nothing.
        told.span = Some(text.source.span(start, start + 1));
    }
    let needs_quotes = place == Setting::Name && visible::unseen_in_name(own).is_none();
    faults.push(if needs_quotes {
        told.help(format!("put the name in quotes: \"{own}\""))
    } else {
        told
    });
}

/// The first character between `start` and `end` that turns the direction around or, in what scripts hold, that a terminal
/// obeys.
fn direction(text: Text<'_>, start: usize, end: usize, place: Setting, faults: &mut Diagnostics) {
    let is_sent = matches!(place, Setting::Literal | Setting::DollarQuotes);
    let is_odd = |it: char| {
        visible::is_bidirectional(it) || is_sent && it.is_control() && !matches!(it, '\t'..='\u{c}')
    };
    let mut characters = text.text[start..end].char_indices();
    if let Some((at, found)) = characters.find(|it| is_odd(it.1)) {
        faults.push(fault(text, start + at, found, place));
    }
}

fn fault(text: Text<'_>, at: usize, character: char, place: Setting) -> Diagnostic {
    let span = text.source.span(at, at + character.len_utf8());
    let code_point = visible::code_point(character);
    let escaped = visible::sql_escape(character);
    let help = match place {
        Setting::Literal => format!("write it as an escape: E'{escaped}'"),
        Setting::DollarQuotes => {
            format!("remove it, or use a plain literal with an escape: E'{escaped}'")
        }
        Setting::Comment | Setting::Header | Setting::Name | Setting::QuotedName => {
            "remove it".to_owned()
        }
    };
    if visible::is_bidirectional(character) {
        let message = format!("{code_point} reverses the direction of the text");
        return Diagnostic::error(Code::BidirectionalControl, span, message).help(help);
    }
    let (message, help) = match character {
        '\u{200c}' | '\u{200d}' if place == Setting::QuotedName => (
            format!(
                "{code_point} is allowed in a name only between letters of a script that joins its letters"
            ),
            "remove it".to_owned(),
        ),
        _ if character.is_control() && place == Setting::QuotedName => (
            format!("a name contains the control character {code_point}"),
            help,
        ),
        _ if character.is_control() => (
            format!("the control character {code_point} is not allowed here"),
            help,
        ),
        _ if character.is_whitespace() || character == '\u{2800}' => (
            format!("{code_point} looks like a space, but SQL reads it as a letter"),
            "write an ordinary space".to_owned(),
        ),
        _ => (format!("{code_point} is an invisible character"), help),
    };
    Diagnostic::error(Code::InvisibleCharacter, span, message).help(help)
}
