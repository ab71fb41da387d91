//! `data { … }`, `sql { … }` and `set local`: statements that only PostgreSQL's grammar knows.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::kind::{Defined, Kind};
use crate::operation::{Data, Declared, Operation, Raw, RawStatement};
use crate::raw_sql;
use crate::revision::Statement;
use crate::schema::Subject;
use crate::source::Span;
use crate::syntax::build::{Build, Built, all, find, has, the};
use crate::syntax::clause::owner;
use crate::syntax::grammar::Rule;
use crate::syntax::known::known;
use crate::syntax::outline::{self, Chunk, Text};
use crate::syntax::statement::{self, on_constraint};

/// `set local name = value`
pub(super) fn setting(text: Text<'_>, chunk: &Chunk) -> Built<Operation> {
    if let Some(problem) = raw_sql::forbidden(text.text, &text.tokens[chunk.head.clone()]) {
        return Err(Box::new(forbidden(text, &problem)));
    }
    let statement = read_raw(text, &chunk.head)?;
    if !statement.is_setting() {
        return Err(Box::new(
            Diagnostic::error(
                Code::Syntax,
                text.span(&chunk.head),
                "expected `set local` and a setting",
            )
            .help("write: set local lock_timeout = '5s'; or put the statement into `sql { … }`"),
        ));
    }
    Ok(Operation::Raw(Raw {
        declares: Vec::new(),
        statements: vec![statement],
    }))
}

/// The fault of what raw SQL may not do.
pub(super) fn forbidden(text: Text<'_>, problem: &raw_sql::Problem) -> Diagnostic {
    Diagnostic::error(
        Code::ForbiddenSql,
        text.source.span(problem.range.start, problem.range.end),
        problem.message.clone(),
    )
}

/// What `sql declares (…)` names, as made or dropped.
pub(super) fn declared(build: Build<'_>) -> Built<Vec<Declared>> {
    let tree = build
        .parse(Rule::raw_head)
        .map_err(|fault| Box::new(of_table(build, *fault)))?;
    let head = tree.pairs().next().expect("a head has a pair");
    all(&head, Rule::declared)
        .map(|it| {
            if let Some(constraint) = find(&it, Rule::on_constraint) {
                return on_constraint(build, &constraint).map(Declared::Drops);
            }
            if let Some(column) = find(&it, Rule::on_column) {
                let (table, column) = owner(build, &the(&column, Rule::owner))?;
                return Ok(Declared::Drops(Subject::column(table, column)));
            }
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
                    format!("there is no kind of object called `{words}`"),
                    format!("write one of: {}", kinds.join(", ")),
                );
            };
            let name = build.qualified(&the(&it, Rule::qualified))?;
            if find(&it, Rule::parenthesised).is_some() && !kind.is_function() {
                return build.fault(
                    &it,
                    "only functions can have arguments",
                    "remove the parentheses",
                );
            }
            if has(&it, Rule::kw_drops) {
                return Ok(Declared::Drops(Subject::new(kind, name)));
            }
            Ok(Declared::Makes(kind, name))
        })
        .collect()
}

/// The same with advice where a trigger, policy or rule is declared with its table.
fn of_table(build: Build<'_>, fault: Diagnostic) -> Diagnostic {
    let words: Vec<&str> = build.text.split_whitespace().collect();
    let kinds = ["trigger", "policy", "rule"];
    let is_on = |it: &[&str]| {
        let kind = it[0].trim_start_matches('(').to_ascii_lowercase();
        kinds.contains(&&*kind) && it[2].eq_ignore_ascii_case("on")
    };
    if words.windows(3).any(is_on) {
        fault.help("triggers, policies and rules need no declaration: limbeck reads the statements in `sql` that create them")
    } else {
        fault
    }
}

/// The statements of `data { … }`.
pub(super) fn data(
    text: Text<'_>,
    range: Range<usize>,
    diagnostics: &mut Diagnostics,
) -> Operation {
    let mut statements = Vec::new();
    for range in outline::raw_statements(text, range, diagnostics) {
        let tokens = &text.tokens[range.clone()];
        if let Some(problem) = raw_sql::forbidden(text.text, tokens) {
            diagnostics.push(forbidden(text, &problem));
            continue;
        }
        if let Some(message) =
            raw_sql::statement(text.text, tokens).and_then(|it| it.outside_data())
            && raw_sql::setting(text.slice(&range)).is_none()
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
                "PostgreSQL cannot parse this statement: {}",
                problem.message
            ),
        ))
    })
}

/// The statements of `sql { … }`: operations where the language reads them, else opaque ones side by side.
pub(super) fn raw(
    text: Text<'_>,
    range: Range<usize>,
    declares: Vec<Declared>,
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
        match statement::one(build) {
            Ok(operation) => statements.push(Statement {
                operation,
                span,
                reverse: None,
            }),
            // A slip in a statement that the language reads is not to become opaque text in silence.
            Err(diagnostic) if diagnostic.code != Code::Syntax => diagnostics.push(*diagnostic),
            Err(_) => match read_raw(text, &range) {
                Ok(mut statement) => {
                    statement.known = known(text, &range, schema);
                    statements.push(opaque(statement, span));
                }
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
fn declare(declares: Vec<Declared>, whole: Span, statements: &mut Vec<Statement>) {
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
