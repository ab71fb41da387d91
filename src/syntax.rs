//! Text -> revisions: the only module that knows pest.
//!
//! A file is lexed and split into statements (`outline`), each statement is read by the grammar, and what the grammar
//! found becomes operations (`statement`, `table`, `index`). Nothing here knows whether a statement fits the schema.

mod grammar {
    #[derive(Debug, pest_derive::Parser)]
    #[grammar = "../grammar/revision.pest"]
    pub(super) struct Grammar;
}

#[cfg(test)]
mod agreement;
mod block;
mod build;
mod header;
mod outline;
mod readable;
mod statement;
mod table;

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::revision::{Body, Downgrade, Header, Revision};
use crate::source::{SourceId, Sources, Span};
use crate::token::{self, Token};

use outline::Text;

/// Reads the revision in `text`, the source `source`; unqualified names belong to `schema`.
pub fn parse(source: SourceId, text: &str, schema: &str) -> Result<Revision> {
    let tokens = lex(source, text)?;
    let text = Text {
        source,
        text,
        tokens: &tokens,
    };
    let mut diagnostics = Diagnostics::default();
    let chunks = outline::statements(text, 0..tokens.len(), &mut diagnostics);
    let header = header::parse(text, &chunks, &mut diagnostics);
    let mut upgrade = Vec::new();
    let mut downgrade = header::downgrade(text, &chunks, &mut diagnostics);
    let mut verify = Vec::new();
    for (chunk, block) in header::blocks(text, &chunks, &mut diagnostics) {
        let body = chunk.body.clone().expect("a block has a body");
        match block {
            header::Block::Upgrade => {
                upgrade = block::statements(text, body, schema, &mut diagnostics);
            }
            header::Block::Downgrade => {
                downgrade = Downgrade::Written {
                    statements: block::statements(text, body, schema, &mut diagnostics),
                    span: text.span(&chunk.head),
                };
            }
            header::Block::Verify => {
                verify = block::asserts(text, body, schema, &mut diagnostics);
            }
        }
    }
    diagnostics.into_result(())?;
    Ok(Revision {
        header: header.expect("a header without faults was read"),
        body: Body {
            upgrade,
            downgrade,
            verify,
        },
    })
}

/// Reads only the header of a revision, for commands that need no more than the graph.
pub fn parse_header(source: SourceId, text: &str) -> Result<Header> {
    let tokens = lex(source, text)?;
    let text = Text {
        source,
        text,
        tokens: &tokens,
    };
    let mut diagnostics = Diagnostics::default();
    let chunks = outline::statements(text, 0..tokens.len(), &mut diagnostics);
    let header = header::parse(text, &chunks, &mut diagnostics);
    diagnostics.into_result(())?;
    Ok(header.expect("a header without faults was read"))
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

/// Reads all sources, in their order; unqualified names belong to `schema`.
pub fn revisions(sources: &Sources, schema: &str) -> Result<Vec<Revision>> {
    let sources: Vec<_> = sources.iter().collect();
    let revisions: Vec<Result<Revision>> = sources
        .par_iter()
        .map(|(id, source)| parse(*id, &source.text, schema))
        .collect();
    Diagnostics::collect(revisions)
}

fn lex(source: SourceId, text: &str) -> Result<Vec<Token>> {
    token::lex(text, 0, text.len()).map_err(|error| {
        let span: Span = source.span(error.start, error.end);
        Diagnostic::error(Code::Syntax, span, error.message)
            .help(error.help)
            .into()
    })
}
