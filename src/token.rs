//! PostgreSQL's lexical rules: tokens, the values of literals, folding and quoting of names.
//!
//! Sources: PostgreSQL documentation 4.1 "Lexical Structure" and `scan.l`. Nothing here knows grammar.

mod comments;
pub mod keywords;

use smol_str::SmolStr;
use std::borrow::Cow;

use crate::visible;

pub use comments::without_comments;
pub use keywords::{KeywordClass, keyword_class};

/// The longest identifier in bytes (`NAMEDATALEN - 1`); PostgreSQL truncates, we refuse.
pub const MAX_IDENTIFIER: usize = 63;

/// How deep comments may nest.
const DEEPEST_COMMENT: usize = 200;

/// What a token is. Comments and white space are no tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An unquoted name or keyword.
    Word,
    /// `"name"`, also `U&"name"`.
    QuotedName,
    /// `'text'` with its continuations on later lines; also `E''`, `U&''`, `B''`, `X''`, `N''`.
    String,
    /// `$$text$$`, `$tag$text$tag$`.
    DollarString,
    Number,
    /// `$1`.
    Parameter,
    /// `+`, `<=`, `::`, `:=`, `=>`, `..` and the like.
    Operator,
    /// One of `( ) [ ] { } , ; . :`.
    Punctuation,
    /// A character that SQL has no use for, such as a backslash.
    Stray,
}

/// One token: bytes `start..end` of the text that was lexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub start: u32,
    pub end: u32,
}

/// Text that does not lex: what is wrong, and where (bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LexError {
    pub message: String,
    pub help: String,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// The token's own text.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        &source[self.start as usize..self.end as usize]
    }

    /// The token's own text, an unquoted word in lower case, as PostgreSQL folds it wherever it stands.
    #[must_use]
    pub fn folded(self, source: &str) -> Cow<'_, str> {
        let own = self.text(source);
        if self.kind == TokenKind::Word && own.bytes().any(|it| it.is_ascii_uppercase()) {
            own.to_ascii_lowercase().into()
        } else {
            own.into()
        }
    }

    /// Whether the token is a name, or a word that may be one.
    #[must_use]
    pub fn is_name(self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::QuotedName)
    }

    /// Whether the token is the unquoted word `word` (lower case) in any case.
    #[must_use]
    pub fn is_word(self, source: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(source).eq_ignore_ascii_case(word)
    }

    fn is_wordy(self) -> bool {
        !matches!(self.kind, TokenKind::Punctuation | TokenKind::Operator)
    }

    /// Whether the token is the punctuation or operator `text`.
    #[must_use]
    pub fn is(self, source: &str, text: &str) -> bool {
        matches!(self.kind, TokenKind::Punctuation | TokenKind::Operator)
            && self.text(source) == text
    }
}

/// The tokens of `text[start..end]`, with positions in `text`. `start` and `end` must be between tokens.
pub fn lex(text: &str, start: usize, end: usize) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::with_capacity((end - start) / 6 + 1);
    let mut lexer = Lexer::new(&text[..end], start);
    while let Some(token) = lexer.next_token().map_err(|it| *it)? {
        tokens.push(token);
    }
    Ok(tokens)
}

/// The tokens of `text` up to the first `{`, and that one.
pub fn lex_to_brace(text: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::with_capacity(32);
    let mut lexer = Lexer::new(text, 0);
    while let Some(token) = lexer.next_token().map_err(|it| *it)? {
        tokens.push(token);
        if token.is(text, "{") {
            break;
        }
    }
    Ok(tokens)
}

/// The identifier that a word or quoted name stands for: unquoted folds ASCII to lower case
/// (PostgreSQL's `downcase_truncate_identifier` in UTF-8), quoted keeps case and halves doubled quotes.
#[must_use]
pub fn identifier(text: &str) -> SmolStr {
    if let Some(inner) = text.strip_prefix('"') {
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        if inner.contains('"') {
            inner.replace("\"\"", "\"").into()
        } else {
            inner.into()
        }
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

/// The text that a string token stands for: `'…'`, `E'…'` or dollar quoted. `None` for the other kinds and for
/// broken escapes.
#[must_use]
pub fn string_value(token: &str) -> Option<String> {
    if let Some(rest) = token.strip_prefix('$') {
        let tag = rest.find('$')? + 2;
        return Some(token[tag..token.len() - tag].to_owned());
    }
    let (escapes, mut rest) = match token.as_bytes().first()? {
        b'\'' => (false, token),
        b'e' | b'E' => (true, &token[1..]),
        b'n' | b'N' => (false, &token[1..]),
        _ => return None,
    };
    // Continuations: each segment is quoted by itself, with white space or comments between.
    let mut value = String::with_capacity(rest.len());
    while let Some(begin) = rest.find('\'') {
        rest = &rest[begin + 1..];
        loop {
            let at = rest.find(|it| it == '\'' || it == '\\' && escapes)?;
            value.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            if rest.as_bytes()[at] == b'\\' {
                let mut characters = after.char_indices();
                value.push(escape(&mut characters)?);
                rest = characters.as_str();
            } else if let Some(more) = after.strip_prefix('\'') {
                value.push('\'');
                rest = more;
            } else {
                rest = after;
                break;
            }
        }
        // A comment between segments may itself hold a quote.
        rest = skip_line_comments(rest);
    }
    Some(value)
}

/// `name` as SQL writes it: bare where PostgreSQL's `quote_identifier` leaves it bare, else quoted.
#[must_use]
pub fn quote_identifier(name: &str) -> SmolStr {
    if is_bare(name) {
        name.into()
    } else {
        format!("\"{}\"", name.replace('"', "\"\"")).into()
    }
}

/// `text` as a string literal that every setting of `standard_conforming_strings` reads alike. A carriage return is
/// escaped, for a bare one may be lost where the file passes; and so is what a terminal obeys, and what turns the
/// direction of the text around.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let is_escaped =
        |it: char| it == '\\' || !matches!(it, '\n' | '\t') && visible::breaks_line(it);
    if !text.contains(is_escaped) {
        return if text.contains('\'') {
            format!("'{}'", text.replace('\'', "''"))
        } else {
            ["'", text, "'"].concat()
        };
    }
    let mut quoted = "E'".to_owned();
    for character in text.chars() {
        match character {
            '\'' => quoted += "''",
            '\\' => quoted += "\\\\",
            '\r' => quoted += "\\r",
            _ if is_escaped(character) => quoted += &visible::sql_escape(character),
            _ => quoted.push(character),
        }
    }
    quoted + "'"
}

/// `text` with comments dropped, each run of white space as one blank, unquoted words in lower case, names without
/// needless quotes, and others in quotes: equal for texts that PostgreSQL's scanner tells alike but for spacing. `text` must lex.
#[must_use]
pub fn normalise(text: &str, tokens: &[Token]) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut previous: Option<Token> = None;
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        if previous.is_some_and(|it| it.end < token.start) {
            normal.push(' ');
        }
        let own = token.text(text);
        // Without its quotes, a name must not grow together with what it touches.
        let touches = previous.is_some_and(|it| it.end == token.start && it.is_wordy())
            || next.is_some_and(|it| it.start == token.end && it.is_wordy());
        // Such a word is no keyword. Behind `U&`, its quotes would be others'.
        let is_foreign = token.kind == TokenKind::Word && !own.is_ascii() && !normal.ends_with('&');
        let is_quoted = token.kind == TokenKind::QuotedName && own.starts_with('"');
        if (is_quoted || is_foreign) && !touches {
            normal.push_str(&quote_identifier(&identifier(own)));
        } else {
            normal.push_str(&token.folded(text));
        }
        previous = Some(*token);
    }
    normal
}

fn is_bare(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && matches!(keyword_class(name), None | Some(KeywordClass::Unreserved))
}

fn skip_line_comments(mut rest: &str) -> &str {
    loop {
        rest = rest.trim_start();
        match rest.strip_prefix("--") {
            Some(comment) => {
                rest = comment
                    .find(['\n', '\r'])
                    .map_or("", |newline| &comment[newline..]);
            }
            None => return rest,
        }
    }
}

fn escape(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let digits =
        |characters: &mut std::str::CharIndices<'_>, radix: u32, least: usize, most: usize| {
            let rest = characters.as_str();
            let count = rest
                .chars()
                .take(most)
                .take_while(|it| it.is_digit(radix))
                .count();
            if count < least {
                return None;
            }
            let value = u32::from_str_radix(&rest[..count], radix).ok()?;
            for _ in 0..count {
                characters.next();
            }
            char::from_u32(value).filter(|it| *it != '\0')
        };
    match characters.next()?.1 {
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'x' => digits(characters, 16, 1, 2).filter(char::is_ascii),
        'u' => digits(characters, 16, 4, 4),
        'U' => digits(characters, 16, 8, 8),
        first @ '0'..='7' => {
            let more = characters.as_str().bytes().take(2);
            let count = more.take_while(|it| matches!(it, b'0'..=b'7')).count();
            let digits: String = std::iter::once(first)
                .chain(characters.by_ref().take(count).map(|it| it.1))
                .collect();
            let value = u32::from_str_radix(&digits, 8).ok()?;
            char::from_u32(value).filter(|it| *it != '\0' && it.is_ascii())
        }
        other => Some(other),
    }
}

/// A mistake is rare, and larger than what is found.
type Lexed<T> = Result<T, Box<LexError>>;

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn is_name_part(byte: u8) -> bool {
    NAME_PARTS[usize::from(byte)]
}

const NAME_PARTS: [bool; 256] = {
    let mut parts = [false; 256];
    let mut byte = 0_u8;
    loop {
        parts[byte as usize] =
            byte >= 0x80 || byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
        if byte == u8::MAX {
            break parts;
        }
        byte += 1;
    }
};

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

const OPERATOR_CHARACTERS: &[u8] = b"~!@#^&|`?+-*/%<>=";

impl<'a> Lexer<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn error<T>(&self, start: usize, length: usize, message: &str, help: &str) -> Lexed<T> {
        let mut end = (start + length).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        Err(Box::new(LexError {
            message: message.to_owned(),
            help: help.to_owned(),
            start,
            end,
        }))
    }

    fn next_token(&mut self) -> Lexed<Option<Token>> {
        self.skip_blanks()?;
        if self.at >= self.bytes.len() {
            return Ok(None);
        }
        let start = self.at;
        let kind = self.scan()?;
        Ok(Some(Token {
            kind,
            start: u32::try_from(start).expect("a source is smaller than 4 GiB"),
            end: u32::try_from(self.at).expect("a source is smaller than 4 GiB"),
        }))
    }

    fn skip_blanks(&mut self) -> Lexed<()> {
        loop {
            match self.peek(0) {
                byte if is_space(byte) => self.at += 1,
                b'-' if self.peek(1) == b'-' => self.skip_line(),
                b'/' if self.peek(1) == b'*' => self.skip_block_comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && !matches!(self.bytes[self.at], b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn skip_block_comment(&mut self) -> Lexed<()> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            if self.at >= self.bytes.len() {
                return self.error(
                    start,
                    2,
                    "this comment is not closed",
                    "end it with `*/`; comments nest",
                );
            }
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    if depth > DEEPEST_COMMENT {
                        return self.error(
                            start,
                            2,
                            "comments nest too deeply here",
                            "remove the inner comments",
                        );
                    }
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn scan(&mut self) -> Lexed<TokenKind> {
        let (first, second) = (self.peek(0), self.peek(1));
        match first {
            b'\'' => self.string(false),
            b'"' => self.quoted_name(),
            b'e' | b'E' if second == b'\'' => {
                self.at += 1;
                self.string(true)
            }
            b'b' | b'B' | b'x' | b'X' | b'n' | b'N' if second == b'\'' => {
                self.at += 1;
                self.string(false)
            }
            b'u' | b'U' if second == b'&' && self.peek(2) == b'\'' => {
                self.at += 2;
                self.string(false)
            }
            b'u' | b'U' if second == b'&' && self.peek(2) == b'"' => {
                self.at += 2;
                self.quoted_name()
            }
            b'$' => self.dollar(),
            b'0'..=b'9' => self.number(),
            b'.' if second.is_ascii_digit() => self.number(),
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b',' | b';' => {
                self.at += 1;
                Ok(TokenKind::Punctuation)
            }
            b'.' if second == b'.' => {
                self.at += 2;
                Ok(TokenKind::Operator)
            }
            b':' if second == b':' || second == b'=' => {
                self.at += 2;
                Ok(TokenKind::Operator)
            }
            b'.' | b':' => {
                self.at += 1;
                Ok(TokenKind::Punctuation)
            }
            byte if is_name_start(byte) => {
                let rest = self.bytes[self.at..].iter();
                self.at += rest.take_while(|it| is_name_part(**it)).count();
                Ok(TokenKind::Word)
            }
            byte if OPERATOR_CHARACTERS.contains(&byte) => {
                self.operator();
                Ok(TokenKind::Operator)
            }
            _ => {
                self.at += 1;
                Ok(TokenKind::Stray)
            }
        }
    }

    /// A quoted text and its continuations: `'a'`, a line end, `'b'` are one literal.
    fn string(&mut self, escapes: bool) -> Lexed<TokenKind> {
        loop {
            self.string_segment(escapes)?;
            let end = self.at;
            let mut newline = false;
            loop {
                match self.peek(0) {
                    b'\n' | b'\r' => {
                        newline = true;
                        self.at += 1;
                    }
                    byte if is_space(byte) => self.at += 1,
                    b'-' if self.peek(1) == b'-' => self.skip_line(),
                    _ => break,
                }
            }
            if !(newline && self.peek(0) == b'\'') {
                self.at = end;
                return Ok(TokenKind::String);
            }
        }
    }

    fn string_segment(&mut self, escapes: bool) -> Lexed<()> {
        let start = self.at;
        self.at += 1;
        loop {
            if self.at >= self.bytes.len() {
                return self.error(
                    start,
                    1,
                    "this string is not closed",
                    "end it with `'`; write a quote inside the string as `''`",
                );
            }
            match self.peek(0) {
                b'\'' if self.peek(1) == b'\'' => self.at += 2,
                b'\'' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' if escapes => self.at = (self.at + 2).min(self.bytes.len()),
                _ => self.at += 1,
            }
        }
    }

    fn quoted_name(&mut self) -> Lexed<TokenKind> {
        let start = self.at;
        self.at += 1;
        loop {
            if self.at >= self.bytes.len() {
                return self.error(
                    start,
                    1,
                    "this quoted name is not closed",
                    "end it with `\"`; strings use single quotes: 'text'",
                );
            }
            match self.peek(0) {
                b'"' if self.peek(1) == b'"' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    if self.at == start + 2 {
                        return self.error(
                            start,
                            2,
                            "this quoted name is empty",
                            "write a name between the quotes",
                        );
                    }
                    return Ok(TokenKind::QuotedName);
                }
                _ => self.at += 1,
            }
        }
    }

    fn dollar(&mut self) -> Lexed<TokenKind> {
        let start = self.at;
        if self.peek(1).is_ascii_digit() {
            self.at += 2;
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
            return Ok(TokenKind::Parameter);
        }
        let mut end = start + 1;
        while self
            .bytes
            .get(end)
            .is_some_and(|byte| *byte != b'$' && is_name_part(*byte))
        {
            end += 1;
        }
        if self.bytes.get(end) != Some(&b'$') {
            self.at += 1;
            return Ok(TokenKind::Stray);
        }
        let tag = &self.text[start..=end];
        let Some(length) = self.text[end + 1..].find(tag) else {
            return self.error(
                start,
                tag.len(),
                &format!("this string, opened with {tag}, is not closed"),
                &format!("end it with {tag}"),
            );
        };
        self.at = end + 1 + length + tag.len();
        Ok(TokenKind::DollarString)
    }

    fn number(&mut self) -> Lexed<TokenKind> {
        let start = self.at;
        if self.peek(0) == b'0' && matches!(self.peek(1) | 0x20, b'x' | b'o' | b'b') {
            self.at += 2;
            while self.peek(0).is_ascii_hexdigit() || self.peek(0) == b'_' {
                self.at += 1;
            }
        } else {
            self.digits();
            if self.peek(0) == b'.' && self.peek(1) != b'.' {
                self.at += 1;
                if self.peek(0).is_ascii_digit() {
                    self.digits();
                }
            }
            if matches!(self.peek(0), b'e' | b'E') {
                let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
                if self.peek(1 + sign).is_ascii_digit() {
                    self.at += 1 + sign;
                    self.digits();
                }
            }
        }
        if is_name_part(self.peek(0)) {
            while is_name_part(self.peek(0)) {
                self.at += 1;
            }
            return self.error(
                start,
                self.at - start,
                "letters follow this number without a space",
                "put a space between them, or quote the name: \"1st\"",
            );
        }
        Ok(TokenKind::Number)
    }

    fn digits(&mut self) {
        while self.peek(0).is_ascii_digit()
            || (self.peek(0) == b'_' && self.peek(1).is_ascii_digit())
        {
            self.at += 1;
        }
    }

    /// The longest operator, but never into a comment, and with a trailing `+` or `-` only after a character that
    /// permits it (documentation 4.1.3).
    fn operator(&mut self) {
        let start = self.at;
        let mut end = start;
        while self
            .bytes
            .get(end)
            .is_some_and(|byte| OPERATOR_CHARACTERS.contains(byte))
        {
            let comment = matches!(
                (self.bytes[end], self.bytes.get(end + 1)),
                (b'-', Some(b'-')) | (b'/', Some(b'*'))
            );
            if comment && end > start {
                break;
            }
            end += 1;
        }
        let special = |byte: &u8| b"~!@#^&|`?%".contains(byte);
        while end - start > 1
            && matches!(self.bytes[end - 1], b'+' | b'-')
            && !self.bytes[start..end].iter().any(special)
        {
            end -= 1;
        }
        self.at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        lex(text, 0, text.len())
            .unwrap()
            .into_iter()
            .map(|token| token.text(text))
            .collect()
    }

    #[test]
    fn tokens_follow_scan_l() {
        assert_eq!(texts("a--b\nc"), ["a", "c"]);
        assert_eq!(texts("a /* /* x */ */ b"), ["a", "b"]);
        assert_eq!(texts("x<-1"), ["x", "<", "-", "1"]);
        assert_eq!(texts("x@-1"), ["x", "@-", "1"]);
        assert_eq!(texts("a=-1--c"), ["a", "=", "-", "1"]);
        assert_eq!(
            texts("'a''b' E'\\'' $x$'$$x$"),
            ["'a''b'", "E'\\''", "$x$'$$x$"]
        );
        assert_eq!(
            texts("'a'\n -- it's\n 'b' 'c'"),
            ["'a'\n -- it's\n 'b'", "'c'"]
        );
        assert_eq!(
            texts("a -- b\rc"),
            ["a", "c"],
            "a carriage return ends a comment"
        );
        assert_eq!(
            texts("1.5e-3 .5 1..2 0x1F 1_000"),
            ["1.5e-3", ".5", "1", "..", "2", "0x1F", "1_000"]
        );
        assert_eq!(texts("a$b $1 é::t"), ["a$b", "$1", "é", "::", "t"]);
        assert_eq!(texts("u&\"d\" U&'x' b'1'"), ["u&\"d\"", "U&'x'", "b'1'"]);
    }

    #[test]
    fn what_is_not_closed_is_an_error() {
        for text in [
            "'a", "\"a", "$$a", "/* /* */", "E'\\", "\"\"", "12ab", "1._1", "$a$ $b$",
        ] {
            assert!(lex(text, 0, text.len()).is_err(), "{text}");
        }
    }

    #[test]
    fn values_of_literals() {
        let value = |token: &str| string_value(token).unwrap();
        assert_eq!(value("'it''s'"), "it's");
        assert_eq!(value("'a'\n -- it's\n 'b'"), "ab");
        assert_eq!(value("E'\\n\\x41\\u00e9\\101\\''"), "\nAéA'");
        assert_eq!(value("E'€€\\101 \\7€'"), "€€A \u{7}€");
        assert_eq!(value("E'\\1012'\n'\\'x'"), "A2'x");
        assert_eq!(value("$t$a'b$t$"), "a'b");
        assert_eq!(string_value("b'1'"), None);
        assert_eq!(string_value("E'\\u12'"), None);
    }

    #[test]
    fn names_fold_and_quote() {
        assert_eq!(identifier("FoO"), "foo");
        assert_eq!(identifier("\"Fo\"\"O\""), "Fo\"O");
        assert_eq!(identifier("ÉA"), "Éa");
        assert_eq!(quote_identifier("users"), "users");
        assert_eq!(quote_identifier("User"), "\"User\"");
        assert_eq!(quote_identifier("order"), "\"order\"");
        assert_eq!(quote_identifier("1a"), "\"1a\"");
        assert_eq!(quote_literal("it's \\"), "E'it''s \\\\'");
        assert_eq!(quote_literal("a\r\nb"), "E'a\\r\nb'");
        let odd = "می\u{200c}شود \u{1b}'\u{85}\u{202e}\t";
        let quoted = quote_literal(odd);
        assert_eq!(quoted, "E'می\u{200c}شود \\x1b''\\u0085\\u202e\t'");
        assert_eq!(string_value(&quoted).as_deref(), Some(odd));
    }
}
