//! What one statement of raw SQL makes, changes and reads, by the names that it says. Which of them are objects of
//! the schema is not known here.

use smol_str::SmolStr;
use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use crate::kind::{Defined, Kind};
use crate::raw_sql::reader;
use crate::raw_sql::walk::{is_table_expression, path, reference, words};
use crate::raw_sql::{Problem, ReferenceKind, unexpected_in};
use crate::token::{self, Token, TokenKind};
use crate::tree::{self, definition::Definition};

/// The longest statement that is parsed. Longer ones carry rows.
const LONGEST: usize = 1 << 20;

/// The most operators between two commas: the parser's tree is one level deeper for each.
const MAX_CHAIN: usize = 1000;

/// What a statement says of objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it makes, for `create` and `select … into`.
    pub makes: Option<Made>,
    /// What it alters: the words of the kind, and the name.
    pub alters: Option<(Kind, Vec<SmolStr>)>,
    /// Tables and views, but for common table expressions.
    pub relations: Vec<Relation>,
    /// The tables whose rows it changes, in `with`, too.
    pub writes: Vec<Write>,
    pub types: Vec<Vec<SmolStr>>,
    /// Columns with all parts that were said, in subqueries too; the last part of `t.*` is `*`.
    pub columns: Vec<Vec<SmolStr>>,
    /// Whether all columns of what it reads count: `natural join`.
    pub all_columns: bool,
    /// Names of subqueries and common table expressions, whose columns are no table's.
    pub others: Vec<SmolStr>,
    /// What the statement says, as a tree.
    pub content: Content,
}

/// A statement as a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Content {
    /// It reads or changes rows.
    Rows(Box<tree::Statement>),
    Definition(Box<Definition>),
    /// Not understood.
    #[default]
    Opaque,
}

/// What a `create` makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub kind: Kind,
    pub name: Vec<SmolStr>,
    /// The table of a trigger, policy or rule.
    pub on: Option<Vec<SmolStr>>,
    pub or_replace: bool,
    pub if_not_exists: bool,
    pub temporary: bool,
}

/// A table whose rows change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    pub table: Vec<SmolStr>,
    /// Of an `update`, which changes these columns alone; none where rows come, go, or may do both.
    pub columns: Option<Vec<SmolStr>>,
}

/// A table or view that is read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub parts: Vec<SmolStr>,
    pub alias: Option<SmolStr>,
    /// Named in a literal, as in `nextval('s')`.
    pub literal: bool,
}

/// Reads one statement. What PostgreSQL's grammar does not take is a problem; what is too long or too deep for the
/// parser has no facts.
pub fn facts(text: &str) -> Result<Facts, Problem> {
    let tokens = super::lex(text)?;
    super::whole::check(text, &tokens)?;
    if text.len() > LONGEST || !is_bearable(text, &tokens) || is_language(text, &tokens) {
        return Ok(Facts::default());
    }
    let parse = SourceFile::parse(text);
    if let Some(error) = parse.errors().first() {
        if let [first, second, ..] = tokens.as_slice()
            && u32::from(error.range().start()) == first.start
        {
            let range = first.start as usize..second.end as usize;
            return Err(Problem {
                message: format!("there is no statement `{}`", &text[range.clone()]),
                range,
            });
        }
        return Err(unexpected_in(
            text,
            &tokens,
            usize::from(error.range().start()),
        ));
    }
    let file = parse.tree();
    let mut statements = file.syntax().children();
    let Some(statement) = statements.next() else {
        return Ok(Facts::default());
    };
    if let Some(second) = statements.next() {
        let start = usize::from(second.text_range().start());
        return Err(Problem {
            range: start..text.len(),
            message: "this is more than one statement".to_owned(),
        });
    }
    Ok(read(&statement))
}

/// The statements of a text that the parser takes.
pub(super) fn statements(text: &str, tokens: &[Token]) -> Option<Vec<SyntaxNode>> {
    if text.len() > LONGEST || !is_bearable(text, tokens) || is_language(text, tokens) {
        return None;
    }
    let parse = SourceFile::parse(text);
    if !parse.errors().is_empty() {
        return None;
    }
    Some(parse.tree().syntax().children().collect())
}

/// Whether the parser's stack can bear the statement.
fn is_bearable(text: &str, tokens: &[Token]) -> bool {
    let mut chain = 0_usize;
    tokens.iter().all(|token| {
        match token.kind {
            TokenKind::Punctuation if token.is(text, ",") || token.is(text, ";") => chain = 0,
            TokenKind::Operator => chain += 1,
            TokenKind::Word => {
                let word = token.text(text).to_ascii_lowercase();
                chain += usize::from(super::guard::OPERATOR_WORDS.contains(&word.as_str()));
            }
            TokenKind::Punctuation
            | TokenKind::QuotedName
            | TokenKind::String
            | TokenKind::DollarString
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Stray => {}
        }
        chain <= MAX_CHAIN
    })
}

/// `create trusted language`, which the parser crate does not know.
fn is_language(text: &str, tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|it| it.is_word(text, "create"))
        && tokens.iter().take(5).any(|it| it.is_word(text, "language"))
}

fn read(statement: &SyntaxNode) -> Facts {
    let mut facts = Facts {
        makes: made(statement),
        alters: altered(statement),
        content: content(statement),
        ..Facts::default()
    };
    facts.all_columns = words(statement).any(|it| it.kind() == SyntaxKind::NATURAL_KW);
    facts.writes = statement
        .descendants()
        .filter_map(|it| write(&it))
        .collect();
    let mut done = 0;
    for node in statement.descendants() {
        if usize::from(node.text_range().start()) < done {
            continue;
        }
        if !note(&node, &mut facts) {
            done = usize::from(node.text_range().end());
        }
    }
    facts
}

fn content(statement: &SyntaxNode) -> Content {
    let rows = reader::statement(statement, 0);
    // `select … into` makes a table.
    if rows != tree::Statement::Opaque && statement.kind() != SyntaxKind::SELECT_INTO {
        return Content::Rows(Box::new(rows));
    }
    let definition = reader::definition(statement);
    if definition == Definition::Opaque {
        return Content::Opaque;
    }
    Content::Definition(Box::new(definition))
}

/// Takes what `node` says into `facts`; whether there is more below it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn note(node: &SyntaxNode, facts: &mut Facts) -> bool {
    match node.kind() {
        SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF => {
            let parts = path(node, ReferenceKind::Relation).parts;
            let known = matches!(parts.as_slice(), [name] if is_table_expression(node, name));
            if !known {
                facts.relations.push(Relation {
                    parts,
                    alias: alias(node),
                    literal: false,
                });
            }
            false
        }
        SyntaxKind::TARGET if node.text() == "*" => {
            facts.columns.extend(star(node));
            false
        }
        SyntaxKind::COLUMN_NAME_REF => {
            facts.columns.push(path(node, ReferenceKind::Column).parts);
            false
        }
        SyntaxKind::TABLE_ALIAS | SyntaxKind::CTE_NAME => {
            facts
                .others
                .extend(path(node, ReferenceKind::Relation).parts);
            false
        }
        _ => {
            let (found, below) = reference(node);
            if let Some(found) = found {
                match found.kind {
                    ReferenceKind::Column => facts.columns.push(found.parts),
                    ReferenceKind::Type => facts.types.push(found.parts),
                    ReferenceKind::Relation | ReferenceKind::RelationLiteral => {
                        facts.relations.push(Relation {
                            parts: found.parts,
                            alias: None,
                            literal: true,
                        });
                    }
                    ReferenceKind::Function
                    | ReferenceKind::Collation
                    | ReferenceKind::Operator => {}
                }
            }
            below
        }
    }
}

/// What one `insert`, `update`, `delete` or `merge` changes.
fn write(node: &SyntaxNode) -> Option<Write> {
    const STATEMENTS: [SyntaxKind; 4] = [
        SyntaxKind::INSERT,
        SyntaxKind::UPDATE,
        SyntaxKind::DELETE,
        SyntaxKind::MERGE,
    ];
    const TARGETS: [SyntaxKind; 3] = [
        SyntaxKind::RELATION_NAME,
        SyntaxKind::RELATION_NAME_REF,
        SyntaxKind::TABLE_RELATION_NAME,
    ];
    if !STATEMENTS.contains(&node.kind()) {
        return None;
    }
    let target = node.children().find(|it| TARGETS.contains(&it.kind()))?;
    let table = target.descendants().find(|it| {
        [SyntaxKind::RELATION_NAME_REF, SyntaxKind::TABLE_NAME_REF].contains(&it.kind())
    })?;
    let set = node
        .children()
        .find(|it| it.kind() == SyntaxKind::SET_CLAUSE);
    let columns = set
        .filter(|_| node.kind() == SyntaxKind::UPDATE)
        .map(|set| {
            let targets = set
                .descendants()
                .filter(|it| it.kind() == SyntaxKind::COLUMN_TARGET);
            let names = targets.filter_map(|target| {
                target
                    .descendants()
                    .find(|it| it.kind() == SyntaxKind::COLUMN_NAME_REF)
            });
            names
                .filter_map(|it| path(&it, ReferenceKind::Column).parts.into_iter().next())
                .collect()
        });
    Some(Write {
        table: path(&table, ReferenceKind::Relation).parts,
        columns,
    })
}

/// `t.*` for each relation that the query of a `*` reads itself.
fn star(target: &SyntaxNode) -> Vec<Vec<SmolStr>> {
    let Some(from) = target.ancestors().nth(3).and_then(|query| {
        query
            .children()
            .find(|it| it.kind() == SyntaxKind::FROM_CLAUSE)
    }) else {
        return Vec::new();
    };
    let mut stars = Vec::new();
    let mut done = 0;
    for node in from.descendants() {
        if usize::from(node.text_range().start()) < done {
            continue;
        }
        if matches!(node.kind(), SyntaxKind::SELECT | SyntaxKind::PAREN_SELECT) {
            done = usize::from(node.text_range().end());
        } else if node.kind() == SyntaxKind::RELATION_NAME_REF {
            let mut parts = match alias(&node) {
                Some(alias) => vec![alias],
                None => path(&node, ReferenceKind::Relation).parts,
            };
            parts.push("*".into());
            stars.push(parts);
        }
    }
    stars
}

/// What the relation at `node` is called in its query.
fn alias(node: &SyntaxNode) -> Option<SmolStr> {
    let item = node.parent()?;
    let alias = item
        .children()
        .find(|it| it.kind() == SyntaxKind::FROM_ALIAS)?
        .children()
        .find(|it| it.kind() == SyntaxKind::TABLE_ALIAS)?;
    path(&alias, ReferenceKind::Relation)
        .parts
        .into_iter()
        .next()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn made(statement: &SyntaxNode) -> Option<Made> {
    let child = |wanted: &[SyntaxKind]| {
        statement
            .descendants()
            .find(|it| wanted.contains(&it.kind()))
            .map(|it| path(&it, ReferenceKind::Relation).parts)
    };
    let (kind, name, on) = match statement.kind() {
        SyntaxKind::CREATE_VIEW => (
            Kind::Defined(Defined::View),
            child(&[SyntaxKind::VIEW]),
            None,
        ),
        SyntaxKind::CREATE_MATERIALIZED_VIEW => (
            Kind::Defined(Defined::MaterializedView),
            child(&[SyntaxKind::VIEW]),
            None,
        ),
        SyntaxKind::CREATE_FUNCTION => (
            Kind::Defined(Defined::Function),
            child(&[SyntaxKind::FUNCTION_NAME]),
            None,
        ),
        SyntaxKind::CREATE_PROCEDURE => (
            Kind::Defined(Defined::Procedure),
            child(&[SyntaxKind::PROCEDURE_NAME]),
            None,
        ),
        SyntaxKind::CREATE_AGGREGATE => (
            Kind::Defined(Defined::Aggregate),
            child(&[SyntaxKind::AGGREGATE_NAME]),
            None,
        ),
        SyntaxKind::CREATE_TYPE => (Kind::Type, child(&[SyntaxKind::TYPE_NAME]), None),
        SyntaxKind::CREATE_COLLATION => (
            Kind::Defined(Defined::Collation),
            child(&[SyntaxKind::COLLATION]),
            None,
        ),
        SyntaxKind::CREATE_STATISTICS => {
            let on = child(&[SyntaxKind::RELATION_NAME_REF, SyntaxKind::TABLE_NAME_REF]);
            (
                Kind::Defined(Defined::Statistics),
                child(&[SyntaxKind::STATISTICS]),
                on,
            )
        }
        SyntaxKind::CREATE_TRIGGER => {
            let on = child(&[SyntaxKind::RELATION_NAME_REF, SyntaxKind::TABLE_NAME_REF]);
            (
                Kind::Defined(Defined::Trigger),
                child(&[SyntaxKind::TRIGGER]),
                on,
            )
        }
        SyntaxKind::CREATE_POLICY => {
            let on = child(&[SyntaxKind::TABLE_NAME_REF, SyntaxKind::RELATION_NAME_REF]);
            (
                Kind::Defined(Defined::Policy),
                child(&[SyntaxKind::POLICY]),
                on,
            )
        }
        SyntaxKind::CREATE_RULE => {
            let on = child(&[SyntaxKind::RELATION_NAME_REF, SyntaxKind::TABLE_NAME_REF]);
            (Kind::Defined(Defined::Rule), child(&[SyntaxKind::RULE]), on)
        }
        SyntaxKind::CREATE_TABLE | SyntaxKind::CREATE_TABLE_AS | SyntaxKind::SELECT_INTO => {
            (Kind::Table, child(&[SyntaxKind::TABLE_NAME]), None)
        }
        SyntaxKind::CREATE_SEQUENCE => (Kind::Sequence, child(&[SyntaxKind::SEQUENCE]), None),
        SyntaxKind::CREATE_FOREIGN_TABLE => (
            Kind::Defined(Defined::ForeignTable),
            child(&[SyntaxKind::TABLE_NAME]),
            None,
        ),
        _ => return None,
    };
    let has = |kind: SyntaxKind| words(statement).take(8).any(|it| it.kind() == kind);
    Some(Made {
        kind,
        name: name.filter(|it| !it.is_empty())?,
        on,
        or_replace: has(SyntaxKind::REPLACE_KW),
        if_not_exists: has(SyntaxKind::EXISTS_KW),
        temporary: has(SyntaxKind::TEMP_KW) || has(SyntaxKind::TEMPORARY_KW),
    })
}

/// Kind and name of what `alter …` names.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the parser knows two thousand kinds"
)]
fn altered(statement: &SyntaxNode) -> Option<(Kind, Vec<SmolStr>)> {
    let kind = match statement.kind() {
        SyntaxKind::ALTER_TABLE => Kind::Table,
        SyntaxKind::ALTER_DOMAIN => Kind::Domain,
        SyntaxKind::ALTER_TYPE => Kind::Type,
        SyntaxKind::ALTER_SEQUENCE => Kind::Sequence,
        SyntaxKind::ALTER_INDEX => Kind::Index,
        SyntaxKind::ALTER_VIEW => Kind::Defined(Defined::View),
        SyntaxKind::ALTER_MATERIALIZED_VIEW => Kind::Defined(Defined::MaterializedView),
        SyntaxKind::ALTER_FUNCTION => Kind::Defined(Defined::Function),
        _ => return None,
    };
    let name = statement
        .descendants()
        .find(|it| it.kind() == SyntaxKind::PATH_REF)?;
    Some((kind, path(&name, ReferenceKind::Relation).parts))
}

/// Why PostgreSQL refuses the statement inside a transaction, if it does: the words that name it
/// (`PreventInTransactionBlock` and its callers in PostgreSQL's source).
#[must_use]
pub fn outside_transactions(text: &str) -> Option<String> {
    let tokens = token::lex(text, 0, text.len()).ok()?;
    let word = |at: usize| {
        tokens
            .get(at)
            .filter(|it| it.kind == TokenKind::Word)
            .map(|it| it.text(text).to_ascii_lowercase())
            .unwrap_or_default()
    };
    let has = |wanted: &str| tokens.iter().any(|it| it.is_word(text, wanted));
    let (first, second) = (word(0), word(1));
    let alone = match (first.as_str(), second.as_str()) {
        ("vacuum", _) | ("drop", "subscription") | ("alter", "system") => true,
        ("create" | "drop", "database" | "tablespace") => true,
        ("create", "subscription") => !has("create_slot") && !has("connect"),
        ("alter", "database") => has("tablespace"),
        ("create" | "drop", "index") => has("concurrently"),
        ("create", "unique") => has("concurrently"),
        ("reindex", _) => has("concurrently") || has("schema") || has("database") || has("system"),
        ("cluster", "" | "verbose") => tokens.len() <= 2,
        _ => false,
    };
    alone.then(|| match first.as_str() {
        "create" | "drop" | "alter" if second == "unique" => format!("{first} index"),
        "create" | "drop" | "alter" => format!("{first} {second}"),
        _ => first,
    })
}
