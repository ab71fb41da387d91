//! What every operation answers.

use crate::operation::statement::Statement;
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

    /// The SQL statements that do it to a database in the state `before`. It is asked before `apply` has judged the
    /// statement, so it answers for any.
    fn lower(&self, before: &Schema) -> Vec<Statement>;
}

/// The statement as `write` gives it: for operations whose SQL is the language's own text.
pub fn as_written(operation: &dyn Operate, before: &Schema) -> Statement {
    let mut sql = Sql::new(&before.default);
    operation.write(&mut sql);
    Statement::new(sql)
}
