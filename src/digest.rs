//! What a history says, as one number: the digests of revisions and the seals of releases.
//!
//! The digest of a revision hangs on its tokens and on the digests of those it follows, so that the digest of a head
//! names the whole history below it. Comments, blanks and line ends do not count, and neither does the order in which a
//! merge names its parents; what stands in quotes or between dollars counts to the byte. The name of the algorithm is
//! part of the value: what `lb1` means never changes. `tests/data/digests.json` holds values to compare with.

pub mod checksum;

use std::collections::BTreeMap;
use std::fmt;

use crate::graph::{RevisionGraph, RevisionIndex};
use crate::source::Sources;
use crate::token::{Token, lex};

/// The digest `lb1:` of something that was read. Its text is the name of the algorithm and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("lb1:")?;
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Gathers what a digest hangs on: every part with its length, so that no two lists of parts are the same bytes.
#[derive(Debug)]
struct Parts(blake3::Hasher);

impl Parts {
    /// For one purpose: values for different ones never meet.
    fn new(purpose: &str) -> Self {
        let mut parts = Self(blake3::Hasher::new());
        parts.add(purpose.as_bytes());
        parts
    }

    fn add(&mut self, part: &[u8]) {
        let length = u64::try_from(part.len()).expect("a part is smaller than 2^64 bytes");
        self.0.update(&length.to_le_bytes());
        self.0.update(part);
    }

    fn count(&mut self, count: usize) {
        let count = u64::try_from(count).expect("there are fewer than 2^64 parts");
        self.0.update(&count.to_le_bytes());
    }

    fn digest(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// The digests of all revisions, by revision. The history was compiled before.
#[must_use]
pub fn digests(sources: &Sources, graph: &RevisionGraph) -> Vec<Digest> {
    let mut digests: BTreeMap<RevisionIndex, Digest> = BTreeMap::new();
    for revision in graph.order() {
        let of = |all: &[RevisionIndex]| -> Vec<(&str, Digest)> {
            all.iter()
                .map(|it| (graph.id(*it).as_str(), digests[it]))
                .collect()
        };
        let (parents, dependencies) = (graph.parents(*revision), graph.dependencies(*revision));
        let source = graph.header(*revision).id.span.source;
        let digest = revision_digest(&sources.get(source).text, of(parents), of(dependencies));
        digests.insert(*revision, digest);
    }
    digests.into_values().collect()
}

/// The digest of the revision in `text` that follows `parents` and depends on `dependencies`, each with its id.
#[must_use]
pub fn revision_digest<'a>(
    text: &str,
    mut parents: Vec<(&'a str, Digest)>,
    mut dependencies: Vec<(&'a str, Digest)>,
) -> Digest {
    let mut hash = Parts::new("limbeck revision");
    for above in [&mut parents, &mut dependencies] {
        above.sort_unstable();
        hash.count(above.len());
        for (id, digest) in above {
            hash.add(id.as_bytes());
            hash.add(&digest.0);
        }
    }
    add_text(&mut hash, text);
    hash.digest()
}

/// What a revision says by itself: its text and the names of those it follows, whatever they say.
#[must_use]
pub fn own_digest(graph: &RevisionGraph, sources: &Sources, revision: RevisionIndex) -> Digest {
    let mut hash = Parts::new("limbeck revision alone");
    for above in [graph.parents(revision), graph.dependencies(revision)] {
        let mut ids = graph.ids(above);
        ids.sort_unstable();
        hash.count(ids.len());
        for id in ids {
            hash.add(id.as_bytes());
        }
    }
    let source = graph.header(revision).id.span.source;
    add_text(&mut hash, &sources.get(source).text);
    hash.digest()
}

/// Whether a text is a sum or a digest of 256 bits as it is written: 64 small hexadecimal digits.
#[must_use]
pub fn is_hexadecimal(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

/// The digest of `lines`, in their order.
#[must_use]
pub fn seal_digest<'a>(lines: impl IntoIterator<Item = &'a str>) -> Digest {
    let mut hash = Parts::new("limbeck release");
    for line in lines {
        hash.add(line.as_bytes());
    }
    hash.digest()
}

fn add_text(hash: &mut Parts, text: &str) {
    let Ok(tokens) = lex(text, 0, text.len()) else {
        // It will be refused; until then it is something of its own.
        hash.add(text.as_bytes());
        return;
    };
    let mut at = 0;
    while at < tokens.len() {
        let end = statement_end(text, &tokens, at);
        // What it follows was counted by what it is, not by how it is written.
        let is_reference = ["down_revision", "depends_on"]
            .iter()
            .any(|it| tokens[at].is_word(text, it));
        if !is_reference {
            for token in &tokens[at..end] {
                add_token(hash, text, *token);
            }
        }
        at = end;
    }
}

/// Where the top-level statement at `start` ends: after its `;`, or after the brace that closes it.
fn statement_end(text: &str, tokens: &[Token], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token.is(text, "{") {
            depth += 1;
        } else if token.is(text, "}") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at + 1;
            }
        } else if depth == 0 && token.is(text, ";") {
            return at + 1;
        }
    }
    tokens.len()
}

fn add_token(hash: &mut Parts, text: &str, token: Token) {
    hash.add(token.folded(text).as_bytes());
}
