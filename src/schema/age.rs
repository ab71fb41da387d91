//! Which of two keys is the older one.

/// When a key or an index was made: of several that fit a foreign key rests on the oldest. All are equal, since no
/// rollback gives an age back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Age {
    /// The log before the statement.
    pub mark: Mark,
    /// The place in a statement that makes several.
    pub place: usize,
}

impl Age {
    /// For order only.
    #[must_use]
    pub fn order(self) -> (Mark, usize) {
        (self.mark, self.place)
    }
}

impl PartialEq for Age {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Age {}

/// A point of the undo log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub(super) usize);
