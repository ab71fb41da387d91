//! The texts that a compilation reads, and places in them.
//!
//! Text is normalised where it enters: a byte order mark is dropped and CRLF becomes LF, so that no
//! checkout setting reaches an output byte. Nothing here knows what the text means.

use camino::{Utf8Path, Utf8PathBuf};

/// One input text, with the path under which messages name it.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: Utf8PathBuf,
    pub text: String,
}

/// All input texts of one compilation, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

/// Names one text of [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source: `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub source: SourceId,
    pub start: u32,
    pub end: u32,
}

/// A value with the place where it stands in the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spanned<T> {
    pub value: T,
    pub span: Span,
}

/// A place as people count it: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// Text that cannot be a source: why, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub message: String,
    pub offset: usize,
}

impl Sources {
    /// Adds `text` under `path` and returns its name.
    pub fn add(&mut self, path: impl Into<Utf8PathBuf>, text: impl Into<String>) -> SourceId {
        let id = SourceId(u32::try_from(self.sources.len()).expect("fewer sources than 2^32"));
        self.sources.push(Source {
            path: path.into(),
            text: normalise(text.into()),
        });
        id
    }

    /// The source named `id`.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &Source {
        &self.sources[id.0 as usize]
    }

    /// All sources with their names, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.sources)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The text that `span` covers.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.source).text[span.start as usize..span.end as usize]
    }

    /// The path of the source that `span` is in.
    #[must_use]
    pub fn path(&self, span: Span) -> &Utf8Path {
        &self.get(span.source).path
    }

    /// Line and column of byte `offset` of source `id`.
    #[must_use]
    pub fn position(&self, id: SourceId, offset: u32) -> Position {
        let before = &self.get(id).text[..offset as usize];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl FromIterator<Source> for Sources {
    fn from_iter<T: IntoIterator<Item = Source>>(iterator: T) -> Self {
        let mut sources = Self::default();
        for source in iterator {
            sources.add(source.path, source.text);
        }
        sources
    }
}

impl SourceId {
    /// A span of this source.
    #[must_use]
    pub fn span(self, start: usize, end: usize) -> Span {
        let offset = |it: usize| u32::try_from(it).expect("a source is smaller than 4 GiB");
        Span {
            source: self,
            start: offset(start),
            end: offset(end),
        }
    }
}

impl Span {
    /// The span from the start of this one to the end of `last`.
    #[must_use]
    pub fn to(self, last: Self) -> Self {
        Self {
            end: last.end,
            ..self
        }
    }
}

/// The text in `bytes`, or why it cannot be read: not UTF-8, a NUL byte (which PostgreSQL's texts cannot
/// hold), or 1 GiB and more.
pub fn decode(bytes: Vec<u8>) -> Result<String, Unreadable> {
    if bytes.len() >= 1 << 30 {
        return Err(Unreadable {
            message: "the file is larger than 1 GiB".to_owned(),
            offset: 0,
        });
    }
    let text = String::from_utf8(bytes).map_err(|error| Unreadable {
        message: "the file is not UTF-8".to_owned(),
        offset: error.utf8_error().valid_up_to(),
    })?;
    match text.find('\0') {
        None => Ok(text),
        Some(offset) => Err(Unreadable {
            message: "the file contains a NUL byte".to_owned(),
            offset,
        }),
    }
}

fn normalise(text: String) -> String {
    let text = match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    }
}
