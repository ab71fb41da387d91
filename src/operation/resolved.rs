//! Operations that name everything.

use std::ops::Deref;
use std::sync::Arc;

use crate::operation::{Operation, bare};
use crate::schema::{Refusal, Schema};

/// An operation that leaves no name to PostgreSQL: only such a one is applied, lowered or taken back. It is shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved(Arc<Operation>);

impl Resolved {
    /// Chooses every name that the statement left to PostgreSQL, which chooses by what there is. `before` is afterwards what it was.
    pub fn of(mut operation: Operation, before: &mut Schema) -> Result<Self, Refusal> {
        if bare::changed(&operation, before).is_some() {
            if let Operation::CreateIndex(it) = &mut operation {
                it.resolve(before);
            }
            return Ok(Self(Arc::new(operation)));
        }
        let mark = before.mark();
        if let Operation::AlterTable(it) = &operation {
            it.drop_first(before);
        }
        let resolved = operation.resolve(before);
        before.undo_to(mark);
        resolved?;
        Ok(Self(Arc::new(operation)))
    }

    /// An operation that was made with all its names.
    #[must_use]
    pub fn named(operation: impl Into<Operation>) -> Self {
        Self(Arc::new(operation.into()))
    }

    /// The same statement where it may have run before, see [`Operation::guarded`].
    #[must_use]
    pub fn guarded(self) -> Self {
        Self(Arc::new(Arc::unwrap_or_clone(self.0).guarded()))
    }

    /// Does it to the model, or says why it cannot be done. On an error the schema may be half changed; the caller
    /// undoes it.
    pub fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if let Some(name) = bare::changed(&self.0, schema) {
            bare::apply(&self.0, &name, schema);
            return Ok(());
        }
        self.0.operate().apply(schema)
    }
}

impl Deref for Resolved {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        &self.0
    }
}
