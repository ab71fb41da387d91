//! The statements of a block: structured ones, `data`, `sql`, `assert`, and their `reverse`.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::operation::{Assert, Data, Operation, Raw, RawStatement};
use crate::revision::Statement;
use crate::source::{Span, Spanned};
use crate::syntax::build::{Build, Built, all, find, the};
use crate::syntax::grammar::Rule;
use crate::syntax::outline::{self, Chunk, Text};
use crate::syntax::{slip, statement};
use crate::token::{Token, TokenKind, normalise};
use crate::{raw_sql, visible};

/// The statements in `range`.
pub(super) fn statements(
    text: Text<'_>,
    range: Range<usize>,
    schema: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let chunks = outline::statements(text, range, diagnostics);
    for run in chunks.chunk_by(|one, two| is_plain(text, one) && is_plain(text, two)) {
        match together(text, run, schema) {
            Some(mut run) => statements.append(&mut run),
            None => {
                for chunk in run {
                    read(text, chunk, schema, &mut statements, diagnostics);
                }
            }
        }
    }
    statements
}

/// Whether a statement is one of those that the grammar reads whole.
fn is_plain(text: Text<'_>, chunk: &Chunk) -> bool {
    chunk.body.is_none()
        && chunk.reverse.is_none()
        && ["create", "alter", "drop", "comment"]
            .into_iter()
            .any(|it| !chunk.head.is_empty() && text.is_word(chunk.head.start, it))
}

/// Whether a character that SQL has no use for is among these tokens.
fn has_stray(text: Text<'_>, tokens: &Range<usize>) -> bool {
    text.tokens[tokens.clone()]
        .iter()
        .any(|it| it.kind == TokenKind::Stray)
}

/// Statements that follow each other, read at once to save time; none if one of them has a mistake.
fn together(text: Text<'_>, chunks: &[Chunk], schema: &str) -> Option<Vec<Statement>> {
    let [first, .., last] = chunks else {
        return None;
    };
    let range = first.head.start..last.head.end;
    if has_stray(text, &range) {
        return None;
    }
    let plain = text.plain(&range);
    let build = Build::new(text.slice(&range), &plain, text.span(&range), schema);
    let operations = statement::operations(build).ok()?;
    let statements = operations.into_iter().zip(chunks);
    Some(
        statements
            .map(|(operation, chunk)| Statement {
                operation,
                span: text.span(&chunk.all),
                reverse: None,
            })
            .collect(),
    )
}

/// The asserts of `verify`.
pub(super) fn asserts(
    text: Text<'_>,
    range: Range<usize>,
    schema: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Spanned<Assert>> {
    let mut asserts = Vec::new();
    for statement in statements(text, range, schema, diagnostics) {
        let span = statement.span;
        if let Operation::Assert(value) = statement.operation {
            asserts.push(Spanned { value, span });
        } else {
            let fault = Diagnostic::error(Code::Syntax, span, "`verify` holds asserts only");
            diagnostics.push(fault.help("write: assert 'message' (query);"));
        }
    }
    asserts
}

fn read(
    text: Text<'_>,
    chunk: &Chunk,
    schema: &str,
    statements: &mut Vec<Statement>,
    diagnostics: &mut Diagnostics,
) {
    let span = text.span(&chunk.all);
    let word = text
        .tokens
        .get(chunk.head.start)
        .filter(|_| !chunk.head.is_empty())
        .map(|it| it.text(text.text).to_ascii_lowercase())
        .unwrap_or_default();
    let place = if chunk.head.is_empty() {
        text.span(&(chunk.all.start..chunk.all.start + 1))
    } else {
        text.span(&chunk.head)
    };
    let plain = text.plain(&chunk.head);
    let build = Build::new(text.slice(&chunk.head), &plain, place, schema);
    match (word.as_str(), &chunk.body) {
        ("data", Some(body)) => {
            expect_head(build, Rule::raw_head, diagnostics);
            let reverse = chunk.reverse.clone().map(|range| {
                let operation = data(text, range.clone(), diagnostics);
                vec![Statement {
                    operation,
                    span: text.span(&range),
                    reverse: None,
                }]
            });
            statements.push(Statement {
                operation: data(text, body.clone(), diagnostics),
                span,
                reverse,
            });
        }
        ("sql", Some(body)) => {
            let declares = match declared(build) {
                Ok(declares) => declares,
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    Vec::new()
                }
            };
            let mut inside = raw(text, body.clone(), declares, schema, diagnostics);
            if let Some(range) = &chunk.reverse {
                let way_back = raw(text, range.clone(), Vec::new(), schema, diagnostics);
                // The block goes back as a whole: its last statement is the first to go.
                for statement in &mut inside {
                    statement.reverse = Some(Vec::new());
                }
                if let Some(last) = inside.last_mut() {
                    last.reverse = Some(way_back);
                }
            }
            statements.append(&mut inside);
        }
        (_, Some(body)) => {
            let at = body.start - 1;
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&(at..at + 1)),
                    "a block cannot stand here",
                )
                .help(if word.is_empty() {
                    "remove the braces"
                } else {
                    "SQL uses parentheses: ( … ); only `data`, `sql` and `reverse` have braces"
                }),
            );
        }
        (_, None) => {
            let operation = match structured(build, text, chunk, &word) {
                Ok(operation) => operation,
                Err(diagnostic) => {
                    diagnostics.push(*diagnostic);
                    return;
                }
            };
            let reverse = chunk
                .reverse
                .as_ref()
                .map(|range| way_back(text, range, schema, diagnostics));
            statements.push(Statement {
                operation,
                span,
                reverse,
            });
        }
    }
}

/// The statements of a `reverse`, which have no `reverse` of their own.
fn way_back(
    text: Text<'_>,
    range: &Range<usize>,
    schema: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    for mut chunk in outline::statements(text, range.clone(), diagnostics) {
        if let Some(reverse) = chunk.reverse.take() {
            let word = reverse.start - 2;
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&(word..word + 1)),
                    "a `reverse` cannot stand in a `reverse`",
                )
                .help("the way back of a statement is not taken back itself: remove it"),
            );
            continue;
        }
        read(text, &chunk, schema, &mut statements, diagnostics);
    }
    statements
}

fn expect_head(build: Build<'_>, rule: Rule, diagnostics: &mut Diagnostics) {
    if let Err(diagnostic) = build.parse(rule) {
        diagnostics.push(*diagnostic);
    }
}

fn structured(build: Build<'_>, text: Text<'_>, chunk: &Chunk, word: &str) -> Built<Operation> {
    if chunk.head.is_empty() {
        return Err(Box::new(
            Diagnostic::error(
                Code::Syntax,
                build.span,
                "a statement is missing before `reverse`",
            )
            .help("`reverse` belongs to the statement before it"),
        ));
    }
    if matches!(word, "data" | "sql") {
        return Err(Box::new(
            Diagnostic::error(
                Code::Syntax,
                build.span,
                format!("expected `{{` after `{word}`"),
            )
            .help(format!("write: {word} {{ … }}")),
        ));
    }
    if word == "assert" {
        return assert(build, text, chunk);
    }
    // The grammar skips over what stands in parentheses.
    if has_stray(text, &chunk.head)
        && let Some(problem) = raw_sql::forbidden(text.text, &text.tokens[chunk.head.clone()])
    {
        return Err(Box::new(forbidden(text, &problem)));
    }
    match one(build) {
        Err(diagnostic) => Err(Box::new(advise(*diagnostic, text, chunk, word))),
        operation => operation,
    }
}

fn one(build: Build<'_>) -> Built<Operation> {
    statement::operations(build).map(|mut it| it.remove(0))
}

/// Adds advice for statements that SQL has and the language has not.
fn advise(diagnostic: Diagnostic, text: Text<'_>, chunk: &Chunk, word: &str) -> Diagnostic {
    let tokens = &text.tokens[chunk.head.clone()];
    if let Some(problem) = raw_sql::forbidden(text.text, tokens) {
        return forbidden(text, &problem);
    }
    if matches!(
        word,
        "insert" | "update" | "delete" | "merge" | "with" | "select"
    ) {
        return diagnostic.help("statements that change rows stand in `data { … }`");
    }
    slip::advise(diagnostic, text.text, tokens)
}

fn forbidden(text: Text<'_>, problem: &raw_sql::Problem) -> Diagnostic {
    Diagnostic::error(
        Code::ForbiddenSql,
        text.source.span(problem.range.start, problem.range.end),
        problem.message.clone(),
    )
}

fn assert(build: Build<'_>, text: Text<'_>, chunk: &Chunk) -> Built<Operation> {
    let tree = build.parse(Rule::assert_statement)?;
    let pair = tree.pairs().next().expect("an assert has a pair");
    let message = build.string(&the(&pair, Rule::string))?;
    let group = the(&pair, Rule::parenthesised);
    let inside = build.slice(&group).trim_end();
    let inside = &inside[1..inside.len() - 1];
    let start = group.range().start + 1;
    let tokens: Vec<Token> =
        crate::token::lex(inside, 0, inside.len()).expect("the statement lexed");
    if let Some(problem) = raw_sql::forbidden(text.text, &text.tokens[chunk.head.clone()]) {
        return Err(Box::new(forbidden(text, &problem)));
    }
    raw_sql::query(inside).map_err(|problem| {
        let span = if problem.range.is_empty() {
            build.place(&group)
        } else {
            build.range(start + problem.range.start, start + problem.range.end)
        };
        Box::new(
            Diagnostic::error(Code::InvalidExpression, span, problem.message)
                .help("write a condition or a query that gives true or false"),
        )
    })?;
    if let Some(control) = message.chars().find(|it| visible::breaks_line(*it)) {
        return build.fault(
            &the(&pair, Rule::string),
            format!(
                "the message cannot hold the control character {}",
                control.escape_unicode()
            ),
            "write it on one line",
        );
    }
    Ok(Operation::Assert(Assert {
        message,
        query: normalise(inside, &tokens),
    }))
}

/// What `sql declares (…)` names.
fn declared(build: Build<'_>) -> Built<Vec<(Kind, Name)>> {
    let tree = build.parse(Rule::raw_head)?;
    let head = tree.pairs().next().expect("a head has a pair");
    all(&head, Rule::declared)
        .map(|it| {
            let kind = the(&it, Rule::declared_kind);
            let words = build.words(&kind).collect::<Vec<_>>().join(" ");
            let Some(kind) = Kind::named(&words) else {
                let kinds: Vec<&str> = Kind::ALL
                    .into_iter()
                    .filter(|kind| *kind != Kind::Defined(Defined::Stale))
                    .map(Kind::word)
                    .collect();
                return build.fault(
                    &kind,
                    format!("there is no kind of objects called `{words}`"),
                    format!("write one of: {}", kinds.join(", ")),
                );
            };
            let name = build.qualified(&the(&it, Rule::qualified))?;
            if find(&it, Rule::parenthesised).is_some() && !kind.is_function() {
                return build.fault(
                    &it,
                    "only functions have arguments",
                    "remove the parentheses",
                );
            }
            Ok((kind, name))
        })
        .collect()
}

fn data(text: Text<'_>, range: Range<usize>, diagnostics: &mut Diagnostics) -> Operation {
    let mut statements = Vec::new();
    for range in outline::raw_statements(text, range, diagnostics) {
        let tokens = &text.tokens[range.clone()];
        if let Some(problem) = raw_sql::forbidden(text.text, tokens) {
            diagnostics.push(forbidden(text, &problem));
            continue;
        }
        if let Some(message) =
            raw_sql::statement(text.text, tokens).and_then(|it| it.outside_data())
        {
            diagnostics.push(Diagnostic::error(
                Code::NotData,
                text.span(&(range.start..range.start + 1)),
                message,
            ));
            continue;
        }
        match read_raw(text, &range) {
            Ok(statement) => statements.push(statement),
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    Operation::Data(Data { statements })
}

/// A statement that only PostgreSQL's grammar knows.
fn read_raw(text: Text<'_>, range: &Range<usize>) -> Built<RawStatement> {
    RawStatement::parse(text.slice(range)).map_err(|problem| {
        let start = text.span(range).start as usize;
        let span = text
            .source
            .span(start + problem.range.start, start + problem.range.end);
        Box::new(Diagnostic::error(
            Code::InvalidSql,
            span,
            format!(
                "PostgreSQL does not read this statement: {}",
                problem.message
            ),
        ))
    })
}

/// The statements of `sql { … }`: operations where the language reads them, else opaque ones side by side.
fn raw(
    text: Text<'_>,
    range: Range<usize>,
    declares: Vec<(Kind, Name)>,
    schema: &str,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let whole = text.span(&range);
    let mut statements: Vec<Statement> = Vec::new();
    for range in outline::raw_statements(text, range, diagnostics) {
        let tokens = &text.tokens[range.clone()];
        let span = text.span(&range);
        if let Some(problem) = raw_sql::forbidden(text.text, tokens) {
            diagnostics.push(forbidden(text, &problem));
            continue;
        }
        let plain = text.plain(&range);
        let build = Build::new(text.slice(&range), &plain, span, schema);
        match one(build) {
            Ok(operation) => statements.push(Statement {
                operation,
                span,
                reverse: None,
            }),
            // A slip in a statement that the language reads is not to become opaque text in silence.
            Err(diagnostic) if diagnostic.code != Code::Syntax => diagnostics.push(*diagnostic),
            Err(_) => match read_raw(text, &range) {
                Ok(statement) => statements.push(opaque(statement, span)),
                Err(diagnostic) => diagnostics.push(*diagnostic),
            },
        }
    }
    declare(declares, whole, &mut statements);
    statements
}

fn opaque(statement: RawStatement, span: Span) -> Statement {
    Statement {
        operation: Operation::Raw(Raw {
            declares: Vec::new(),
            statements: vec![statement],
        }),
        span,
        reverse: None,
    }
}

/// Puts the declarations of a block on its first opaque statement.
fn declare(declares: Vec<(Kind, Name)>, whole: Span, statements: &mut Vec<Statement>) {
    if declares.is_empty() {
        return;
    }
    for statement in statements.iter_mut() {
        if let Operation::Raw(raw) = &mut statement.operation {
            raw.declares = declares;
            return;
        }
    }
    statements.push(Statement {
        operation: Operation::Raw(Raw {
            declares,
            statements: Vec::new(),
        }),
        span: whole,
        reverse: None,
    });
}
