//! Text -> revisions: the only module that knows pest.
//!
//! A file is lexed and split into statements (`outline`), each statement is read by the grammar (`reader`), and what the
//! grammar found becomes operations (`statement`, `table`). Nothing here knows whether a statement fits the schema.

mod grammar {
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "../grammar/revision.pest"]
    pub(super) struct Grammar;
}

mod block;
mod build;
mod clause;
mod header;
mod known;
mod outline;
mod raw;
mod readable;
mod reader;
mod slip;
mod statement;
mod table;
mod unseen;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::revision::{Body, Downgrade, Header, Revision};
use crate::source::{SourceId, Sources, Span};
use crate::token::{self, LexError, Token};

use outline::Text;

/// Reads the revision in `text`, the source `source`; unqualified names belong to `schema`.
pub fn parse(source: SourceId, text: &str, schema: &str) -> Result<Revision> {
    let tokens = lex(source, text, token::lex(text, 0, text.len()))?;
    let text = Text {
        source,
        text,
        tokens: &tokens,
    };
    let mut diagnostics = unseen::check(text)?;
    let chunks = outline::statements(text, 0..tokens.len(), &mut diagnostics);
    let chunks = header::separated(text, chunks, &mut diagnostics);
    let (above, _) = header::split(&chunks);
    let header = header::parse(text, above, &mut diagnostics);
    let body = body_of(text, &chunks, schema, &mut diagnostics);
    diagnostics.into_result(())?;
    Ok(Revision {
        header: header.expect("a header without faults was read"),
        body,
    })
}

/// Reads only the header of a revision, which ends where the first block begins.
pub fn parse_header(source: SourceId, text: &str) -> Result<Header> {
    let tokens = lex(source, text, token::lex_to_brace(text))?;
    let text = Text {
        source,
        text,
        tokens: &tokens,
    };
    let last = tokens.iter().rposition(|it| it.is(text.text, ";"));
    let end = match tokens.last() {
        Some(brace) if brace.is(text.text, "{") => {
            let end = last.map_or(0, |at| at + 1);
            // Of a statement that does not end before the block.
            let begun = header::before_block(text, end..tokens.len() - 1);
            begun.map_or(end, |it| it.end)
        }
        _ => tokens.len(),
    };
    let mut diagnostics = unseen::check(text)?;
    let chunks = outline::statements(text, 0..end, &mut diagnostics);
    let header = header::parse(text, &chunks, &mut diagnostics);
    diagnostics.into_result(())?;
    Ok(header.expect("a header without faults was read"))
}

/// Reads what a revision does; its header was read before.
pub fn parse_body(source: SourceId, text: &str, schema: &str) -> Result<Body> {
    let (body, diagnostics) = read_body(source, text, schema);
    diagnostics.into_result(body)
}

/// The same of what can be read, with all that is wrong with the rest.
#[must_use]
pub fn read_body(source: SourceId, text: &str, schema: &str) -> (Body, Diagnostics) {
    let whole = source.span(0, text.len());
    let nothing = |diagnostics: Diagnostics| {
        let body = Body {
            unread: vec![whole],
            ..Body::default()
        };
        (body, diagnostics)
    };
    let tokens = match lex(source, text, token::lex(text, 0, text.len())) {
        Ok(tokens) => tokens,
        Err(diagnostics) => return nothing(diagnostics),
    };
    let text = Text {
        source,
        text,
        tokens: &tokens,
    };
    let mut diagnostics = match unseen::check(text) {
        Ok(warnings) => warnings,
        Err(diagnostics) => return nothing(diagnostics),
    };
    let chunks = outline::statements(text, 0..tokens.len(), &mut diagnostics);
    let chunks = header::separated(text, chunks, &mut diagnostics);
    let mut body = body_of(text, &chunks, schema, &mut diagnostics);
    if !diagnostics.is_empty() && body.unread.is_empty() {
        body.unread.push(whole);
    }
    (body, diagnostics)
}

fn body_of(
    text: Text<'_>,
    chunks: &[outline::Chunk],
    schema: &str,
    diagnostics: &mut Diagnostics,
) -> Body {
    let (_, below) = header::split(chunks);
    header::refuse_below(text, below, diagnostics);
    let mut body = Body {
        downgrade: header::downgrade(text, chunks, diagnostics),
        ..Body::default()
    };
    for (chunk, block) in header::blocks(text, below, diagnostics) {
        let range = chunk.body.clone().expect("a block has a body");
        match block {
            header::Block::Upgrade => {
                let unread = &mut body.unread;
                body.upgrade = block::upgrade(text, range, schema, unread, diagnostics);
            }
            header::Block::Downgrade => {
                body.downgrade = Downgrade::Written {
                    statements: block::statements(text, range, schema, diagnostics),
                    span: text.span(&chunk.head),
                };
            }
            header::Block::Verify => {
                body.verify = block::asserts(text, range, schema, diagnostics);
            }
        }
    }
    body
}

/// Reads the headers of all sources, in their order.
pub fn headers(sources: &Sources) -> Result<Vec<Header>> {
    let sources: Vec<_> = sources.iter().collect();
    let headers: Vec<Result<Header>> = sources
        .par_iter()
        .map(|(id, source)| parse_header(*id, &source.text))
        .collect();
    Diagnostics::collect(headers)
}

/// Everything that is wrong with the texts of all sources, in their order.
#[must_use]
pub fn faults(sources: &Sources, schema: &str) -> Diagnostics {
    let sources: Vec<_> = sources.iter().collect();
    let revisions: Vec<Result<Revision>> = sources
        .par_iter()
        .map(|(id, source)| parse(*id, &source.text, schema))
        .collect();
    Diagnostics::collect(revisions).err().unwrap_or_default()
}

fn lex(
    source: SourceId,
    text: &str,
    tokens: std::result::Result<Vec<Token>, LexError>,
) -> Result<Vec<Token>> {
    if let Some(fault) = Diagnostic::of_conflict(Code::Syntax, source, 0, text) {
        return Err(fault.into());
    }
    tokens.map_err(|error| {
        let span: Span = source.span(error.start, error.end);
        let mut diagnostics = unseen::without_tokens(source, text);
        diagnostics.push(Diagnostic::error(Code::Syntax, span, error.message).help(error.help));
        diagnostics
    })
}
