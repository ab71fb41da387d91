//! Where statements and blocks begin and end, found in tokens before any grammar looks at them: so that one mistake does
//! not hide the next, and so that the text of `data` and `sql` is found with PostgreSQL's own lexing.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::source::{SourceId, Span};
use crate::token::{Token, TokenKind};

/// How deep parentheses, brackets and `case`s may nest. PostgreSQL's own limit hangs on the stack of the server.
const DEEPEST: usize = 200;

/// What is open at a token: the grammar and the parser of expressions recurse as deep.
#[derive(Debug, Default)]
struct Nesting {
    groups: usize,
    cases: usize,
}

impl Nesting {
    /// Takes the token at `at`, and tells whether it is the first one too deep.
    fn enter(&mut self, text: Text<'_>, at: usize) -> bool {
        let token = text.tokens[at];
        match (token.kind, text.text.as_bytes()[token.start as usize]) {
            (TokenKind::Punctuation, b'(' | b'[') => self.groups += 1,
            (TokenKind::Punctuation, b')' | b']') => {
                self.groups = self.groups.saturating_sub(1);
                return false;
            }
            (TokenKind::Word, b'c' | b'C') if text.is_word(at, "case") => self.cases += 1,
            (TokenKind::Word, b'e' | b'E') if text.is_word(at, "end") => {
                self.cases = self.cases.saturating_sub(1);
                return false;
            }
            (
                TokenKind::Word
                | TokenKind::Punctuation
                | TokenKind::QuotedName
                | TokenKind::String
                | TokenKind::DollarString
                | TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Operator
                | TokenKind::Stray,
                _,
            ) => return false,
        }
        self.groups + self.cases > DEEPEST
    }
}

/// The tokens of one source.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_field_names,
    reason = "the text of a text is what it holds"
)]
pub(super) struct Text<'a> {
    pub(super) source: SourceId,
    pub(super) text: &'a str,
    pub(super) tokens: &'a [Token],
}

/// A statement or block: its own tokens, and those inside of the braces that follow.
#[derive(Debug, Clone)]
pub(super) struct Chunk {
    pub(super) head: Range<usize>,
    pub(super) body: Option<Range<usize>>,
    pub(super) reverse: Option<Reversal>,
    /// All of it.
    pub(super) all: Range<usize>,
}

/// The `reverse …` of a chunk.
#[derive(Debug, Clone)]
pub(super) struct Reversal {
    /// Its words.
    pub(super) words: Range<usize>,
    pub(super) form: ReversalForm,
    /// What stands in its braces.
    pub(super) inside: Range<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReversalForm {
    /// `reverse { … }`
    Block,
    /// `reverse lossy { … }`
    Lossy,
    /// `reverse drop`
    Drop,
}

impl ReversalForm {
    /// The form that the words before `at` have, from where the statement begins.
    fn before(text: Text<'_>, start: usize, at: usize) -> Option<Self> {
        let is = |back: usize, word| at >= start + back && text.is_word(at - back, word);
        if text.is(at, "{") && is(1, "reverse") {
            Some(Self::Block)
        } else if text.is(at, "{") && is(1, "lossy") && is(2, "reverse") {
            Some(Self::Lossy)
        } else if text.is(at, ";") && is(1, "drop") && is(2, "reverse") {
            Some(Self::Drop)
        } else {
            None
        }
    }

    /// How many words it has.
    fn words(self) -> usize {
        match self {
            Self::Block => 1,
            Self::Lossy | Self::Drop => 2,
        }
    }
}

impl<'a> Text<'a> {
    /// The span of these tokens; an empty range gives the place after the token before.
    pub(super) fn span(self, tokens: &Range<usize>) -> Span {
        match self.tokens[tokens.clone()] {
            [] => {
                let before = tokens.start.checked_sub(1);
                let at = before.map_or(0, |before| self.tokens[before].end) as usize;
                self.source.span(at, at)
            }
            [first, ..] => {
                let last = self.tokens[tokens.end - 1];
                self.source.span(first.start as usize, last.end as usize)
            }
        }
    }

    /// The text of these tokens, with what stands between them.
    pub(super) fn slice(self, tokens: &Range<usize>) -> &'a str {
        let span = self.span(tokens);
        &self.text[span.start as usize..span.end as usize]
    }

    /// The text of these tokens as the grammar reads it, byte for byte in the same places: without comments, and with
    /// quotes around blanks for each text that holds quotes or stands between dollars.
    pub(super) fn plain(self, tokens: &Range<usize>) -> Cow<'a, str> {
        let text = self.slice(tokens);
        let start = self.span(tokens).start as usize;
        let mut plain = Cow::Borrowed(text.as_bytes());
        let mut before = start;
        for token in &self.tokens[tokens.clone()] {
            let (from, to) = (token.start as usize, token.end as usize);
            let gap = &self.text.as_bytes()[before..from];
            if gap.iter().any(|it| matches!(it, b'-' | b'/')) {
                plain.to_mut()[before - start..from - start].fill(b' ');
            }
            let inside = match token.kind {
                TokenKind::DollarString => Some(0),
                // The letter before the quote stays.
                TokenKind::String => {
                    let quote = token.text(self.text).find('\'');
                    quote.filter(|at| {
                        let inside = &self.text.as_bytes()[from + at + 1..to - 1];
                        inside.contains(&b'\'')
                    })
                }
                TokenKind::Word
                | TokenKind::QuotedName
                | TokenKind::Number
                | TokenKind::Parameter
                | TokenKind::Operator
                | TokenKind::Punctuation
                | TokenKind::Stray => None,
            };
            if let Some(at) = inside {
                let text = &mut plain.to_mut()[from + at - start..to - start];
                text.fill(b' ');
                text[0] = b'\'';
                text[to - from - at - 1] = b'\'';
            }
            before = to;
        }
        match plain {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => {
                Cow::Owned(String::from_utf8(bytes).expect("whole characters were blanked"))
            }
        }
    }

    pub(super) fn is_word(self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_word(self.text, word))
    }

    pub(super) fn is(self, at: usize, punctuation: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is(self.text, punctuation))
    }

    fn is_stray(self, at: usize, character: &str) -> bool {
        let token = self.tokens[at];
        token.kind == TokenKind::Stray && token.text(self.text) == character
    }

    fn byte(self, at: usize) -> u8 {
        let token = self.tokens[at];
        if token.kind == TokenKind::Punctuation {
            self.text.as_bytes()[token.start as usize]
        } else {
            0
        }
    }

    fn fault(self, tokens: Range<usize>, message: &str, help: &str) -> Diagnostic {
        Diagnostic::error(Code::Syntax, self.span(&tokens), message).help(help)
    }
}

/// Splits `range` into statements, each ended by `;` or by the `}` of its block. What is wrong goes to `diagnostics`.
pub(super) fn statements(
    text: Text<'_>,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut at = range.start;
    while at < range.end {
        if text.is(at, ";") {
            at += 1;
            continue;
        }
        at = statement(text, at, range.end, &mut chunks, diagnostics);
    }
    chunks
}

/// Reads one statement that starts at `start`, and returns where the next one may start.
fn statement(
    text: Text<'_>,
    start: usize,
    end: usize,
    chunks: &mut Vec<Chunk>,
    diagnostics: &mut Diagnostics,
) -> usize {
    let mut chunk = Chunk {
        head: start..start,
        body: None,
        reverse: None,
        all: start..start,
    };
    let mut head_end = None;
    let mut at = start;
    let mut nesting = Nesting::default();
    while at < end {
        if nesting.enter(text, at) {
            diagnostics.push(too_deep(text, at));
            return skip(text, at, end);
        }
        match text.byte(at) {
            // `data ( … )` is one mistake.
            b';' if nesting.groups > 0
                && text.is(start + 1, "(")
                && ["data", "sql"].iter().any(|it| text.is_word(start, it)) => {}
            b';' => {
                if let Some(form) = ReversalForm::before(text, start, at) {
                    let words = at - form.words()..at;
                    head_end = Some(words.start);
                    chunk.reverse = Some(Reversal {
                        words,
                        form,
                        inside: at..at,
                    });
                }
                chunk.head.end = head_end.unwrap_or(at);
                chunk.all.end = at;
                chunks.push(chunk);
                return at + 1;
            }
            b'}' => {
                diagnostics.push(text.fault(
                    at..at + 1,
                    "there is no `{` for this `}`",
                    "remove it, or open its block with `{`",
                ));
                if at > start {
                    chunk.head.end = head_end.unwrap_or(at);
                    chunk.all.end = at;
                    chunks.push(chunk);
                }
                return at + 1;
            }
            b'{' => {
                let Some(close) = closing(text, at, end) else {
                    diagnostics.push(text.fault(
                        at..at + 1,
                        "this `{` is not closed",
                        "end the block with `}`",
                    ));
                    return end;
                };
                let inside = at + 1..close;
                let reverse = ReversalForm::before(text, start, at);
                if let Some(form) = reverse {
                    let words = at - form.words()..at;
                    head_end = head_end.or(Some(words.start));
                    chunk.reverse = Some(Reversal {
                        words,
                        form,
                        inside,
                    });
                } else if head_end.is_some() {
                    diagnostics.push(text.fault(
                        at..at + 1,
                        "a block is not allowed here",
                        "to write how a statement is undone, use reverse { … }",
                    ));
                } else {
                    head_end = Some(at);
                    chunk.body = Some(inside);
                }
                at = close + 1;
                let more = reverse.is_none()
                    && at + 1 < end
                    && text.is_word(at, "reverse")
                    && (text.is(at + 1, "{")
                        || at + 2 < end && text.is_word(at + 1, "lossy") && text.is(at + 2, "{"));
                if !more {
                    chunk.head.end = head_end.expect("a brace was found");
                    chunk.all.end = at;
                    chunks.push(chunk);
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    chunk.head.end = head_end.unwrap_or(end);
    chunk.all.end = end;
    diagnostics.push(missing_end(text, end - 1..end));
    chunks.push(chunk);
    end
}

pub(super) fn missing_end(text: Text<'_>, last: Range<usize>) -> Diagnostic {
    Diagnostic::error(
        Code::Syntax,
        text.span(&last),
        "the `;` after this statement is missing",
    )
    .label("add `;` after this")
}

/// The `}` that closes the `{` at `open`.
fn closing(text: Text<'_>, open: usize, end: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in open..end {
        match text.byte(at) {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The start of the statement after the one at `at`, which is beyond reading.
fn skip(text: Text<'_>, at: usize, end: usize) -> usize {
    (at..end)
        .find(|at| text.byte(*at) == b';')
        .map_or(end, |at| at + 1)
}

fn too_deep(text: Text<'_>, at: usize) -> Diagnostic {
    text.fault(
        at..at + 1,
        &format!("parentheses and `case`s are nested deeper than {DEEPEST} levels here"),
        "simplify the statement, or move part of it into a function",
    )
}

/// Splits the text of `data` or `sql` at the `;` that PostgreSQL's own client would take for the end of a statement: not
/// within parentheses, nor within `begin atomic … end` of a function. The last `;` must be there.
pub(super) fn raw_statements(
    text: Text<'_>,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Vec<Range<usize>> {
    let mut statements = Vec::new();
    let mut start = range.start;
    let mut nesting = Nesting::default();
    let mut blocks = 0_usize;
    for at in range.clone() {
        if nesting.enter(text, at) {
            diagnostics.push(too_deep(text, at));
            return statements;
        }
        match text.byte(at) {
            b'{' | b'}' => {
                let Some(form) = ReversalForm::before(text, start, at) else {
                    diagnostics.push(text.fault(
                        at..at + 1,
                        "braces are not allowed in SQL outside of quotes",
                        "remove the brace, or quote it",
                    ));
                    return statements;
                };
                diagnostics.push(text.fault(
                    at - form.words()..at,
                    "`reverse` is inside the block that it undoes",
                    "write it after the closing `}`: sql { … } reverse { … }",
                ));
                // Nobody asks for the way back of what has one.
                return Vec::new();
            }
            b';' if nesting.groups == 0 && blocks == 0 => {
                nesting = Nesting::default();
                if at > start {
                    statements.push(start..at);
                }
                start = at + 1;
            }
            _ if blocks == 0
                && at > start
                && text.is_word(at, "atomic")
                && text.is_word(at - 1, "begin") =>
            {
                blocks = 1;
            }
            _ if blocks > 0 && text.is_word(at, "case") => blocks += 1,
            _ if blocks > 0 && text.is_word(at, "end") => blocks -= 1,
            _ => {}
        }
    }
    if start < range.end {
        diagnostics.push(if blocks > 0 {
            text.fault(
                start..start + 1,
                "the body of this statement is not closed",
                "end it with `end;`",
            )
        } else if nesting.groups > 0 {
            text.fault(
                start..start + 1,
                "a parenthesis of this statement is not closed",
                "close it with `)` before the `;`",
            )
        } else if let Some(at) = (start..range.end).find(|at| text.is_stray(*at, "\\")) {
            text.fault(
                at..(at + 2).min(range.end),
                "psql commands are not allowed here",
                "write the SQL statements themselves, including those of other files",
            )
        } else {
            missing_end(text, range.end - 1..range.end)
        });
    }
    statements
}
