//! The top level of a file: header statements and blocks.

use std::ops::Range;

use smol_str::SmolStr;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest};
use crate::revision::{Downgrade, Header};
use crate::source::{Span, Spanned};
use crate::visible;

use super::build::{Build, Built, all, has, the};
use super::grammar::Rule;
use super::outline::{Chunk, Text, missing_end};
use super::reader::Pair;
use super::slip::HASH;

const STATEMENTS: &[&str] = &[
    "revision",
    "down_revision",
    "message",
    "branch_labels",
    "depends_on",
    "create_date",
    "downgrade",
];

const BLOCKS: [&str; 3] = ["upgrade", "downgrade", "verify"];

/// A block of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Upgrade,
    Downgrade,
    Verify,
}

fn first_word<'a>(text: Text<'a>, chunk: &Chunk) -> &'a str {
    if chunk.head.is_empty() {
        return "";
    }
    text.tokens[chunk.head.start].text(text.text)
}

/// The keyword that a header statement begins with.
fn first_word_of(statement: &str) -> &str {
    let end = statement.find(|it: char| !it.is_ascii_alphabetic() && it != '_');
    &statement[..end.unwrap_or(statement.len())]
}

/// The statements of the header, and what stands from the first block on.
pub(super) fn split(chunks: &[Chunk]) -> (&[Chunk], &[Chunk]) {
    let first = chunks.iter().position(|it| it.body.is_some());
    chunks.split_at(first.unwrap_or(chunks.len()))
}

/// Refuses statements beside the blocks; `downgrade` may stand there.
pub(super) fn refuse_below(text: Text<'_>, chunks: &[Chunk], diagnostics: &mut Diagnostics) {
    for chunk in chunks.iter().filter(|it| it.body.is_none()) {
        let word = first_word(text, chunk).to_ascii_lowercase();
        refuse_reverse(text, chunk, diagnostics);
        if !STATEMENTS.contains(&word.as_str()) {
            diagnostics.push(stray(text, chunk, &word));
        } else if word != "downgrade" {
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&chunk.head),
                    format!("`{word}` is not allowed after a block"),
                )
                .help("a file contains one revision, and its header comes first: move this above the blocks, or into a file of its own"),
            );
        }
    }
}

/// The statements of a header, read at once to save time; none if something is wrong with them.
fn together(text: Text<'_>, chunks: &[Chunk]) -> Option<Parts> {
    let [first, .., last] = chunks else {
        return None;
    };
    if chunks.iter().any(|it| it.reverse.is_some()) {
        return None;
    }
    let range = first.head.start..last.head.end;
    let plain = text.plain(&range);
    let build = Build::new(text.slice(&range), &plain, text.span(&range), "");
    let tree = build.parse(Rule::header_statements).ok()?;
    let mut parts = Parts::default();
    for (pair, chunk) in tree.pairs().zip(chunks) {
        parts
            .read_statement(build, &pair, text.span(&chunk.head))
            .ok()?;
    }
    Some(parts)
}

/// The header, unless something of it is missing or wrong.
pub(super) fn parse(
    text: Text<'_>,
    chunks: &[Chunk],
    diagnostics: &mut Diagnostics,
) -> Option<Header> {
    let before = diagnostics.len();
    let mut parts = Parts::default();
    let together = together(text, chunks);
    for chunk in chunks.iter().filter(|_| together.is_none()) {
        let word = first_word(text, chunk).to_ascii_lowercase();
        let span = text.span(&chunk.head);
        if !STATEMENTS.contains(&word.as_str()) {
            diagnostics.push(stray(text, chunk, &word));
            continue;
        }
        refuse_reverse(text, chunk, diagnostics);
        if word == "downgrade" {
            continue;
        }
        let plain = text.plain(&chunk.head);
        let build = Build::new(text.slice(&chunk.head), &plain, span, "");
        if let Err(diagnostic) = parts.read(build, span) {
            diagnostics.push(shaped(*diagnostic, &word));
        }
    }
    let parts = together.unwrap_or(parts);
    let place = chunks
        .first()
        .map_or_else(|| text.source.span(0, 0), |it| text.span(&it.head));
    let has_faults = diagnostics.len() > before;
    let mut missing = |what: &str, help: &str| {
        diagnostics.push(
            Diagnostic::error(Code::Syntax, place, format!("the header has no `{what}`"))
                .help(help),
        );
    };
    // What is missing may stand there with a mistake.
    if !has_faults {
        if parts.id.is_none() {
            missing("revision", "add a line: revision 'an_id';");
        }
        if parts.down_revision.is_none() {
            missing(
                "down_revision",
                "add a line: down_revision 'the_parent'; — or, for the first revision of a history: down_revision none;",
            );
        }
    }
    if diagnostics.len() > before {
        return None;
    }
    let (down_revision, down_revisions) = parts.down_revision?;
    Some(Header {
        id: parts.id?,
        down_revision,
        down_revisions,
        depends_on: parts.depends_on.unwrap_or_default(),
        branch_labels: parts.branch_labels.unwrap_or_default(),
        message: parts.message.unwrap_or_default(),
        create_date: parts.create_date,
    })
}

fn refuse_reverse(text: Text<'_>, chunk: &Chunk, diagnostics: &mut Diagnostics) {
    if let Some(reverse) = &chunk.reverse {
        diagnostics.push(
            Diagnostic::error(
                Code::Syntax,
                text.span(&reverse.inside),
                "`reverse` is not allowed here",
            )
            .help("`reverse` belongs to a statement in `upgrade` or `downgrade`"),
        );
    }
}

/// The same with the form of the header statement `word`, unless there is advice already.
fn shaped(diagnostic: Diagnostic, word: &str) -> Diagnostic {
    if diagnostic.help.is_some() || !diagnostic.related.is_empty() {
        return diagnostic;
    }
    let form = match word {
        "revision" => "revision 'an_id';",
        "down_revision" => {
            "down_revision 'the_parent'; — or none, without quotes, for the first revision of a history"
        }
        "message" => "message 'what it does';",
        "branch_labels" => "branch_labels 'one', 'two';",
        "depends_on" => "depends_on 'an_id';",
        "create_date" => "create_date '2026-01-31 12:00:00';",
        _ => "downgrade auto; — or downgrade { … }, or downgrade irreversible 'why';",
    };
    diagnostic.help(format!("write: {form}"))
}

/// A statement that is no header statement, with advice.
fn stray(text: Text<'_>, chunk: &Chunk, word: &str) -> Diagnostic {
    let place = text.span(&(chunk.head.start..chunk.head.start + 1));
    let near = nearest(word, STATEMENTS.iter().chain(&BLOCKS).copied());
    let help = match near {
        _ if BLOCKS.contains(&word) => format!("write: {word} {{ … }}"),
        Some(near) => format!("did you mean `{near}`?"),
        None if word.starts_with('#') => HASH.to_owned(),
        None if !word.starts_with(|it: char| it.is_ascii_alphabetic()) => "remove it".to_owned(),
        None => format!(
            "the header can contain {}; put statements that change the schema into `upgrade {{ … }}`",
            STATEMENTS.join(", ")
        ),
    };
    let found = text.tokens[chunk.head.start].text(text.text);
    Diagnostic::error(
        Code::Syntax,
        place,
        format!(
            "{} is not allowed at the top level of a revision",
            super::readable::shown(found)
        ),
    )
    .help(help)
}

#[derive(Debug, Default)]
struct Parts {
    id: Option<Spanned<SmolStr>>,
    down_revision: Option<(Span, Vec<Spanned<SmolStr>>)>,
    depends_on: Option<Vec<Spanned<SmolStr>>>,
    branch_labels: Option<Vec<Spanned<SmolStr>>>,
    message: Option<String>,
    create_date: Option<String>,
}

impl Parts {
    /// Reads the statements of `build`; `span` is that of a single one.
    fn read(&mut self, build: Build<'_>, span: Span) -> Built<()> {
        let tree = build.parse(Rule::header_statements)?;
        for pair in tree.pairs().filter(|it| it.rule() != Rule::end) {
            self.read_statement(build, &pair, span)?;
        }
        Ok(())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the grammar has many rules, a header statement is one of these"
    )]
    fn read_statement(&mut self, build: Build<'_>, pair: &Pair<'_>, span: Span) -> Built<()> {
        let names = || -> Built<Vec<Spanned<SmolStr>>> {
            all(pair, Rule::string)
                .map(|it| {
                    Ok(Spanned {
                        value: header_text(build, &it)?.into(),
                        span: build.place(&it),
                    })
                })
                .collect()
        };
        let twice = match pair.rule() {
            Rule::revision => self.id.replace(names()?.remove(0)).is_some(),
            Rule::down_revision => self.down_revision.replace((span, names()?)).is_some(),
            Rule::depends_on => self.depends_on.replace(names()?).is_some(),
            Rule::branch_labels => self.branch_labels.replace(names()?).is_some(),
            Rule::message => {
                let message = header_text(build, &the(pair, Rule::string))?;
                self.message.replace(message).is_some()
            }
            Rule::create_date => {
                let date = header_text(build, &the(pair, Rule::string))?;
                self.create_date.replace(date).is_some()
            }
            _ => false,
        };
        if twice {
            let word = first_word_of(build.slice(pair));
            return Err(Box::new(
                Diagnostic::error(Code::Syntax, span, format!("`{word}` is written twice"))
                    .help("remove one of them"),
            ));
        }
        Ok(())
    }
}

/// A text of the header, which ends up in comment lines and messages of scripts: no control characters.
fn header_text(build: Build<'_>, pair: &Pair<'_>) -> Built<String> {
    let text = build.string(pair)?;
    // What stands there itself was told already.
    let is_told = |it: char| visible::is_bidirectional(it) && build.slice(pair).contains(it);
    if let Some(control) = text
        .chars()
        .find(|it| visible::breaks_line(*it) && !is_told(*it))
    {
        return build.fault(
            pair,
            format!(
                "a string in the header cannot contain the control character {}",
                control.escape_unicode()
            ),
            if visible::is_bidirectional(control) {
                "remove it: it reverses the direction of the text"
            } else {
                "write it on one line, without tabs"
            },
        );
    }
    Ok(text)
}

/// `downgrade auto;` and `downgrade irreversible 'why';`. A block is read with the other blocks.
pub(super) fn downgrade(
    text: Text<'_>,
    chunks: &[Chunk],
    diagnostics: &mut Diagnostics,
) -> Downgrade {
    let mut found: Option<(Downgrade, Span)> = None;
    for chunk in chunks {
        if !first_word(text, chunk).eq_ignore_ascii_case("downgrade") {
            continue;
        }
        let span = text.span(&chunk.head);
        if let Some((_, first)) = &found {
            diagnostics.push(
                Diagnostic::error(Code::Syntax, span, "`downgrade` is written twice")
                    .related(*first, "first written here")
                    .help("remove one of them"),
            );
            continue;
        }
        let downgrade = if chunk.body.is_some() {
            Downgrade::Auto
        } else {
            let plain = text.plain(&chunk.head);
            let build = Build::new(text.slice(&chunk.head), &plain, span, "");
            match read_downgrade(build) {
                Ok(downgrade) => downgrade,
                Err(diagnostic) => {
                    diagnostics.push(shaped(*diagnostic, "downgrade"));
                    Downgrade::Auto
                }
            }
        };
        found = Some((downgrade, span));
    }
    found.map_or(Downgrade::Auto, |it| it.0)
}

fn read_downgrade(build: Build<'_>) -> Built<Downgrade> {
    let tree = build.parse(Rule::header_statements)?;
    let pair = tree.pairs().next().expect("a header statement has a pair");
    if !has(&pair, Rule::kw_irreversible) {
        return Ok(Downgrade::Auto);
    }
    let reason = header_text(build, &the(&pair, Rule::string))?;
    if reason.trim().is_empty() {
        return build.fault(
            &the(&pair, Rule::string),
            "the reason is empty",
            "write why it cannot be undone: downgrade irreversible 'why';",
        );
    }
    Ok(Downgrade::Irreversible {
        reason,
        span: build.span,
    })
}

/// The tokens of a header statement among `head`, whose last word is that of a block: between them a `;` is missing.
pub(super) fn before_block(text: Text<'_>, head: Range<usize>) -> Option<Range<usize>> {
    let block = head.end.checked_sub(1).filter(|it| *it > head.start)?;
    let is = |at: usize, words: &[&str]| words.iter().any(|it| text.is_word(at, it));
    (is(head.start, STATEMENTS) && is(block, &BLOCKS)).then_some(head.start..block)
}

/// The same with each statement that does not end before its block as one by itself; that is told.
pub(super) fn separated(
    text: Text<'_>,
    chunks: Vec<Chunk>,
    diagnostics: &mut Diagnostics,
) -> Vec<Chunk> {
    let mut separated = Vec::with_capacity(chunks.len());
    for mut chunk in chunks {
        let begun = before_block(text, chunk.head.clone()).filter(|_| chunk.body.is_some());
        if let Some(begun) = begun {
            let block = begun.end;
            diagnostics.push(
                missing_end(text, block - 1..block)
                    .related(text.span(&(block..block + 1)), "the block begins here"),
            );
            separated.push(Chunk {
                head: begun.clone(),
                body: None,
                reverse: None,
                all: begun,
            });
            chunk.head.start = block;
            chunk.all.start = block;
        }
        separated.push(chunk);
    }
    separated
}

/// The blocks of the file.
pub(super) fn blocks<'a>(
    text: Text<'_>,
    chunks: &'a [Chunk],
    diagnostics: &mut Diagnostics,
) -> Vec<(&'a Chunk, Block)> {
    let mut blocks: Vec<(&Chunk, Block)> = Vec::new();
    for chunk in chunks.iter().filter(|it| it.body.is_some()) {
        let word = first_word(text, chunk).to_ascii_lowercase();
        let block = match word.as_str() {
            "upgrade" => Block::Upgrade,
            "downgrade" => Block::Downgrade,
            "verify" => Block::Verify,
            other => {
                let near = nearest(other, BLOCKS);
                let place = if chunk.head.is_empty() {
                    text.span(&(chunk.all.start..chunk.all.start + 1))
                } else {
                    text.span(&chunk.head)
                };
                diagnostics.push(
                    Diagnostic::error(Code::Syntax, place, "a revision has no such block").help(
                        near.map_or_else(
                            || "the blocks of a revision are upgrade { … }, downgrade { … } and verify { … }".to_owned(),
                            |near| format!("did you mean `{near}`?"),
                        ),
                    ),
                );
                continue;
            }
        };
        if chunk.head.len() > 1 {
            let extra = chunk.head.start + 1..chunk.head.end;
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&extra),
                    format!("expected `{{` after `{word}`"),
                )
                .help(format!("write: {word} {{ … }}")),
            );
        }
        if let Some(reverse) = &chunk.reverse {
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&reverse.words),
                    format!("`{word}` cannot have a `reverse`"),
                )
                .help("to write the downgrade of a revision, use downgrade { … }"),
            );
        }
        // A second `downgrade` is told with the statements of that name.
        let twice = match block {
            Block::Upgrade | Block::Verify => blocks.iter().find(|(_, it)| *it == block),
            Block::Downgrade => None,
        };
        if let Some((first, _)) = twice {
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&chunk.head),
                    format!("`{word}` is written twice"),
                )
                .related(text.span(&first.head), "first written here")
                .help("put all statements into one block"),
            );
        }
        blocks.push((chunk, block));
    }
    blocks
}
