//! The statements of a block: structured ones, `data`, `sql`, `assert`, and their `reverse`.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::operation::{Assert, Operation};
use crate::revision::{Reverse, Statement};
use crate::source::{Span, Spanned};
use crate::syntax::build::{Build, Built, the};
use crate::syntax::grammar::Rule;
use crate::syntax::outline::{self, Chunk, Reversal, ReversalForm, Text};
use crate::syntax::raw::{data, declared, forbidden, raw, setting};
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
    upgrade(text, range, schema, &mut Vec::new(), diagnostics)
}

/// The same, with the places of those that have mistakes.
pub(super) fn upgrade(
    text: Text<'_>,
    range: Range<usize>,
    schema: &str,
    unread: &mut Vec<Span>,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let mut statements = Vec::new();
    let chunks = outline::statements(text, range, diagnostics);
    for run in chunks.chunk_by(|one, two| is_plain(text, one) && is_plain(text, two)) {
        match together(text, run, schema) {
            Some(mut run) => statements.append(&mut run),
            None => {
                for chunk in run {
                    let before = diagnostics.len();
                    read(text, chunk, schema, &mut statements, diagnostics);
                    if diagnostics.len() > before {
                        unread.push(text.span(&chunk.all));
                    }
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
            let fault = Diagnostic::error(Code::Syntax, span, "`verify` can contain only asserts");
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
            let reverse = chunk.reverse.as_ref();
            let reverse = reverse.map(|it| reverse_of_data(text, it, diagnostics));
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
            if let Some(it) = &chunk.reverse {
                let way_back = raw(text, it.inside.clone(), Vec::new(), schema, diagnostics);
                let whole = reverse(text, it, way_back, diagnostics);
                take_back_whole(&mut inside, whole);
            }
            statements.append(&mut inside);
        }
        (_, Some(body)) => {
            let at = body.start - 1;
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&(at..at + 1)),
                    "a block is not allowed here",
                )
                .help(if word.is_empty() {
                    "remove the braces"
                } else {
                    "SQL uses parentheses: ( … ); only `data`, `sql` and `reverse` use braces"
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
            let reverse = chunk.reverse.as_ref().map(|it| {
                if it.form == ReversalForm::Drop && operation.guard().is_none() {
                    let place = text.span(&it.words);
                    diagnostics.push(
                        Diagnostic::error(Code::Syntax, place, "`reverse drop` requires a statement with `if not exists`")
                            .help("remove it: without `if not exists` the downgrade is derived; to write your own, use `reverse { … }`"),
                    );
                }
                let statements = way_back(text, &it.inside, schema, diagnostics);
                reverse(text, it, statements, diagnostics)
            });
            statements.push(Statement {
                operation,
                span,
                reverse,
            });
        }
    }
}

/// Gives the statements of a block their way back: it goes back as a whole, and its last statement is the first to go.
fn take_back_whole(statements: &mut [Statement], whole: Reverse) {
    let before = match &whole {
        Reverse::Stays | Reverse::Drop => Reverse::Stays,
        Reverse::Written { .. } => Reverse::Written {
            statements: Vec::new(),
            lossy: false,
        },
    };
    for statement in statements.iter_mut() {
        statement.reverse = Some(before.clone());
    }
    if let Some(last) = statements.last_mut() {
        last.reverse = Some(whole);
    }
}

/// The `reverse` of `data { … }`, which is data, too.
fn reverse_of_data(text: Text<'_>, reversal: &Reversal, diagnostics: &mut Diagnostics) -> Reverse {
    let operation = data(text, reversal.inside.clone(), diagnostics);
    let is_empty = matches!(&operation, Operation::Data(it) if it.statements.is_empty());
    let statement = (!is_empty).then(|| Statement {
        operation,
        span: text.span(&reversal.inside),
        reverse: None,
    });
    reverse(text, reversal, statement.into_iter().collect(), diagnostics)
}

/// A `reverse` that holds `statements`; without any it says that the way back leaves everything as it is.
fn reverse(
    text: Text<'_>,
    reversal: &Reversal,
    statements: Vec<Statement>,
    diagnostics: &mut Diagnostics,
) -> Reverse {
    let lossy = match reversal.form {
        ReversalForm::Block => false,
        ReversalForm::Lossy => true,
        ReversalForm::Drop => return Reverse::Drop,
    };
    if !statements.is_empty() {
        return Reverse::Written { statements, lossy };
    }
    if lossy && reversal.inside.is_empty() {
        diagnostics.push(
            Diagnostic::error(
                Code::Syntax,
                text.span(&reversal.words),
                "`reverse lossy` is empty",
            )
            .help("write the statements that undo it, or `reverse { }` if nothing is to be undone"),
        );
    }
    Reverse::Stays
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
        if let Some(it) = chunk.reverse.take() {
            diagnostics.push(
                Diagnostic::error(
                    Code::Syntax,
                    text.span(&it.words),
                    "`reverse` is not allowed inside `reverse`",
                )
                .help("remove it: the statements in a `reverse` are not undone themselves"),
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
                "there is no statement before `reverse`",
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
    if word == "set" {
        return setting(text, chunk);
    }
    // The grammar skips over what stands in parentheses.
    if has_stray(text, &chunk.head)
        && let Some(problem) = raw_sql::forbidden(text.text, &text.tokens[chunk.head.clone()])
    {
        return Err(Box::new(forbidden(text, &problem)));
    }
    match statement::one(build) {
        Err(diagnostic) => Err(Box::new(advise(*diagnostic, text, chunk, word))),
        operation => operation,
    }
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
        return diagnostic.help(
            "put statements that change rows into `data { … }`; what must hold is asked by: assert 'what' (query);",
        );
    }
    slip::advise(diagnostic, text.text, tokens)
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
                .help("write a condition, or a query that returns true or false"),
        )
    })?;
    if let Some(control) = message.chars().find(|it| visible::breaks_line(*it)) {
        return build.fault(
            &the(&pair, Rule::string),
            format!(
                "the message cannot contain the control character {}",
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
