//! What every operation answers.

use crate::operation::lock::Lock;
use crate::schema::{Refusal, Schema};
use crate::sql::Sql;

/// What every operation answers.
pub trait Operate {
    /// What it does in a few words: `create table users`.
    fn title(&self) -> String;

    /// As the language writes it, without the final `;`.
    fn write(&self, sql: &mut Sql<'_>);

    /// Does it to the model, or says why it cannot be done. On an error the schema may be half changed; the caller
    /// undoes it.
    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal>;

    /// The tables that are there before and that it locks so that others wait, each at least in that mode.
    fn locks(&self) -> Vec<Lock> {
        Vec::new()
    }
}
