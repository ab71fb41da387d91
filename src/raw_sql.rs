//! The only module that knows the PostgreSQL parser crate: is a text an SQL expression or query, and which names
//! does it hold? What raw statements may not do is told here too. Nothing here knows the schema.

use std::ops::Range;

use smol_str::SmolStr;
use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::token::{self, Token};
use crate::tree;

mod cursor;
mod facts;
mod fast;
mod guard;
mod plain_tree;
mod reader;
mod form;
mod statement;
mod strict;
mod walk;
mod whole;

pub use facts::{Content, Facts, Made, Relation, Write, facts, outside_transactions};
pub use form::{Form, Type, form};
pub use statement::{Statement, StatementKind, forbidden, setting, statement};

/// One name in an expression that refers to an object or column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    /// The bytes of the whole qualified name.
    pub range: Range<usize>,
    /// The parts of the name: folded where unquoted, without quotes where quoted.
    pub parts: Vec<SmolStr>,
}

/// What a [`Reference`] refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// A column; of `(composite).field` only the base counts. The last part of `tab.*` is `*`. Columns inside of
    /// subqueries are not told, since they may belong to any table there.
    Column,
    /// A function that is called by its name; those with a syntax of their own (`trim`, `coalesce`) are not told.
    Function,
    /// A type. Those that the grammar itself knows are told as what it makes of them: `integer` is `pg_catalog.int4`.
    Type,
    /// A table or view in the `from` of a subquery, where it is no common table expression.
    Relation,
    /// The literal in `nextval('s')`, `currval('s')`, `setval('s', 1)` and `'s'::regclass`; the range is the literal's.
    RelationLiteral,
    Collation,
    /// `operator(schema.+)`.
    Operator,
}

/// What is wrong with a text, and where in it (bytes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub range: Range<usize>,
    pub message: String,
}

/// What an expression or query holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// In order of position.
    pub references: Vec<Reference>,
    pub has_subquery: bool,
    /// Whether an aggregate of PostgreSQL's own is called, or any function with `over`, `filter` or `within group`.
    pub has_aggregate_or_window: bool,
}

/// Reads `text`, which is to be one SQL expression and nothing more.
pub fn expression(text: &str) -> Result<Parsed, Problem> {
    expression_of(text, &lex(text)?)
}

/// The same where the tokens of `text` are known.
pub fn expression_of(text: &str, tokens: &[Token]) -> Result<Parsed, Problem> {
    match fast::expression(text, tokens) {
        Some(parsed) => Ok(parsed),
        None => parse(text, tokens, Shape::Expression),
    }
}

/// Reads `text`, which is to be what may stand in the parentheses of an `assert`: a query, or an expression such as
/// `not exists (select …)`.
pub fn query(text: &str) -> Result<Parsed, Problem> {
    let tokens = lex(text)?;
    parse(text, &tokens, Shape::Query)
}

/// The tree of one SQL expression, or of a query that stands for one; nothing where the text is neither.
#[must_use]
pub fn expression_tree(text: &str) -> Option<tree::Expr> {
    let tokens = lex(text).ok()?;
    if fast::expression(text, &tokens).is_some()
        && let Some(tree) = plain_tree::read(text, &tokens)
    {
        return Some(tree);
    }
    parsed_tree(text, &tokens)
}

/// The same by the parser.
fn parsed_tree(text: &str, tokens: &[Token]) -> Option<tree::Expr> {
    guard::check(text, tokens, Shape::Query).ok()?;
    let parse = SourceFile::parse(&format!("{BEFORE}{text}{BEHIND}"));
    if !parse.errors().is_empty() {
        return None;
    }
    let file = parse.tree();
    let inner = only_expression(&file)?;
    if !is_query(inner.kind()) {
        return Some(reader::expression(&inner, BEFORE.len()));
    }
    let query = reader::query(&inner, BEFORE.len());
    Some(tree::Expr {
        range: query.range.clone(),
        kind: tree::ExprKind::Subquery(Box::new(query)),
    })
}

/// The trees of several statements, as the body of a function has them; nothing where the text is no SQL.
#[must_use]
pub fn statement_trees(text: &str) -> Option<Vec<tree::Statement>> {
    let tokens = lex(text).ok()?;
    let nodes = facts::statements(text, &tokens)?;
    Some(nodes.iter().map(|it| reader::statement(it, 0)).collect())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Expression,
    Query,
}

/// What stands before and behind the text to make it a statement. The line end closes a comment.
const BEFORE: &str = "select (";
const BEHIND: &str = "\n)";

fn lex(text: &str) -> Result<Vec<Token>, Problem> {
    token::lex(text, 0, text.len()).map_err(|error| Problem {
        range: error.start..error.end,
        message: format!("{}: {}", error.message, error.help),
    })
}

fn parse(text: &str, tokens: &[Token], shape: Shape) -> Result<Parsed, Problem> {
    guard::check(text, tokens, shape)?;
    let statement = format!("{BEFORE}{text}{BEHIND}");
    let parse = SourceFile::parse(&statement);
    if let Some(error) = parse.errors().first() {
        return Err(unexpected(text, tokens, usize::from(error.range().start())));
    }
    let Some(inner) = only_expression(&parse.tree()) else {
        let start = tokens.first().map_or(0, |it| it.start as usize);
        return Err(Problem {
            range: start..text.len(),
            message: "this is more than one expression".to_owned(),
        });
    };
    if is_query(inner.kind()) && shape == Shape::Expression {
        return Err(Problem {
            range: 0..text.len(),
            message: "this is a query, not an expression: put parentheses around it".to_owned(),
        });
    }
    strict::check(&inner).map_err(|problem| shift(problem, text))?;
    Ok(walk::parsed(&inner, BEFORE.len()))
}

fn is_query(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SELECT | SyntaxKind::COMPOUND_SELECT | SyntaxKind::VALUES | SyntaxKind::TABLE
    )
}

/// The problem with its place counted in `text`.
fn shift(problem: Problem, text: &str) -> Problem {
    let within = |it: usize| it.saturating_sub(BEFORE.len()).min(text.len());
    Problem {
        range: within(problem.range.start)..within(problem.range.end),
        ..problem
    }
}

/// What stands in the parentheses, if they are all that is selected.
fn only_expression(file: &SourceFile) -> Option<SyntaxNode> {
    let select = only_child(file.syntax())?;
    let clause = only_child(&select)?;
    let targets = only_child(&clause)?;
    let target = only_child(&targets)?;
    let parentheses = only_child(&target)?;
    if parentheses.kind() != SyntaxKind::PAREN_EXPR {
        return None;
    }
    // The parser leaves `between` beside the cast before it.
    let is_run = parentheses
        .children()
        .skip(1)
        .all(|it| reader::is_headless(&it));
    match only_child(&parentheses) {
        None if is_run => Some(parentheses),
        inner => inner,
    }
}

fn only_child(node: &SyntaxNode) -> Option<SyntaxNode> {
    let mut children = node.children();
    children.next().filter(|_| children.next().is_none())
}

/// The parser's words speak of its grammar, so only its place is used.
fn unexpected(text: &str, tokens: &[Token], offset: usize) -> Problem {
    unexpected_in(text, tokens, offset.saturating_sub(BEFORE.len()))
}

/// The same for a text that was parsed as it stands.
fn unexpected_in(text: &str, tokens: &[Token], offset: usize) -> Problem {
    match tokens.iter().find(|it| it.end as usize > offset) {
        Some(token) => Problem {
            range: token.start as usize..token.end as usize,
            message: format!("`{}` is not allowed here", token.text(text)),
        },
        None => ends_early(text, tokens),
    }
}

fn ends_early(text: &str, tokens: &[Token]) -> Problem {
    match tokens.last() {
        Some(last) => Problem {
            range: last.start as usize..last.end as usize,
            message: format!("something is missing after `{}`", last.text(text)),
        },
        None => Problem {
            range: 0..text.len(),
            message: "an expression is missing".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests;
