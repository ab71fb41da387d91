//! What a schema answers to a statement that does not fit.

use std::ops::Range;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::{Code, nearest};
use crate::schema::id::ObjectId;

/// Why a statement does not fit the schema before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    pub help: Option<String>,
    /// Words of the statement that lead to the place at fault, in order; empty for the statement as a whole.
    pub at: Vec<SmolStr>,
    /// The text that is at fault as the statement holds it, and the bytes in it; it says more exactly what `at` says.
    pub within: Option<(Arc<str>, Range<usize>)>,
    /// The object whose earlier statement this one contradicts.
    pub contradicts: Option<ObjectId>,
}

impl Refusal {
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            at: Vec::new(),
            within: None,
            contradicts: None,
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with "did you mean" where one of `candidates` is near `word`, unless it has advice already.
    #[must_use]
    pub fn suggest<'a>(
        mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        if self.help.is_none() {
            self.help = nearest(word, candidates).map(|it| format!("did you mean `{it}`?"));
        }
        self
    }

    /// The same with advice, unless it has some already.
    #[must_use]
    pub fn or_help(mut self, help: impl FnOnce() -> String) -> Self {
        self.help = self.help.or_else(|| Some(help()));
        self
    }

    /// The same at a place: `words` as they stand in the statement, before those that are known already.
    #[must_use]
    pub fn at<T: Into<SmolStr>>(mut self, words: impl IntoIterator<Item = T>) -> Self {
        let mut at: Vec<SmolStr> = words.into_iter().map(Into::into).collect();
        at.append(&mut self.at);
        self.at = at;
        self
    }

    /// The same with the object whose statement is contradicted.
    #[must_use]
    pub fn contradicts(mut self, id: ObjectId) -> Self {
        self.contradicts = Some(id);
        self
    }
}
