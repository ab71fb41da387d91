//! Reads the syntax tree of the parser into [`crate::tree`], grouped as PostgreSQL's grammar groups it.
//!
//! The parser's own tree is right about names, calls, and clauses. It is not right about what an operator binds
//! (`a = b isnull`, `a + 1 between 2 and 3`, `a natural join b join c on …`). So the reader takes operands and
//! operators in the order of the text and groups them again: [`climb`] for operators, [`from`] for joins.

mod action;
mod alter;
mod apply;
mod atom;
mod call;
mod climb;
mod cst;
mod definition;
mod foreign;
mod from;
mod function;
mod grant;
mod infix;
mod label;
mod named;
mod option;
mod publication;
mod query;
mod raw_table;
mod removal;
mod select;
mod trigger;
mod write;

use squawk_syntax::SyntaxNode;

use crate::tree::definition::Definition;
use crate::tree::{Expr, Query, Statement};
use cst::Reader;

pub(super) use cst::is_headless;

/// The expression at `node`. `offset` is subtracted from every range.
#[must_use]
pub(super) fn expression(node: &SyntaxNode, offset: usize) -> Expr {
    Reader { offset }.expression(node)
}

/// The statement at `node`: `SELECT` in all its shapes, `INSERT`, `UPDATE`, `DELETE`, or `MERGE`; anything else is
/// [`Statement::Opaque`]. `offset` is subtracted from every range.
#[must_use]
pub(super) fn statement(node: &SyntaxNode, offset: usize) -> Statement {
    Reader { offset }.statement(node)
}

/// The query at `node`. `offset` is subtracted from every range.
#[must_use]
pub(super) fn query(node: &SyntaxNode, offset: usize) -> Query {
    Reader { offset }.query(node)
}

/// The statement at `node` if it defines, changes, drops or names objects, `select … into` among them; anything else is
/// [`Definition::Opaque`], and so is what the parser found an error in. Ranges count in the text that was parsed.
#[must_use]
pub(super) fn definition(node: &SyntaxNode) -> Definition {
    Reader { offset: 0 }.define(node)
}
