//! What an upgrade must make of rows that are there: a column that is added holds its default, one whose type changes
//! holds what `using` says, and a sequence that is restarted stands where it should. Asked before and after, as two answers
//! that must be equal. What of an upgrade is the author's own SQL, whose rows nobody here knows.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::kind::Kind;
use crate::name::Name;
use crate::operation::alter_table::Action;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::raw_statement::RawStatement;
use crate::operation::{Data, Operation, Raw};
use crate::prove::rows;
use crate::schema::{Object, ObjectId, Schema};
use crate::sql_type::WrittenType;
use crate::token::{lex, quote_identifier, quote_literal};

/// What is asked of one column or sequence.
#[derive(Debug)]
pub(super) struct Question {
    /// Such as `t.a`.
    pub(super) subject: String,
    place: Held,
    /// SELECTs of one text.
    pub(super) before: String,
    pub(super) after: String,
}

#[derive(Debug)]
enum Held {
    Column(Name, SmolStr),
    Sequence(Name),
}

impl Question {
    /// Whether the column or sequence is there.
    pub(super) fn is_left_in(&self, schema: &Schema) -> bool {
        match &self.place {
            Held::Column(table, column) => schema
                .table(table)
                .is_some_and(|it| it.column(column).is_some()),
            Held::Sequence(name) => schema.sequence(name).is_some(),
        }
    }
}

/// Whether all rows stay where they are, under the names that they have.
fn leaves_rows(operation: &Operation) -> bool {
    let hangs = |it: &Action| {
        matches!(
            it,
            Action::AttachPartition { .. } | Action::DetachPartition { .. }
        )
    };
    let moves = match operation {
        Operation::Rename(_) | Operation::SetSchema(_) => true,
        Operation::Data(_) | Operation::Raw(_) | Operation::Assert(_) => true,
        Operation::Drop(it) => it.kind == Kind::Table,
        Operation::AlterTable(it) => it.actions.iter().any(hangs),
        Operation::CreateTable(_)
        | Operation::CreateIndex(_)
        | Operation::CreateType(_)
        | Operation::CreateDomain(_)
        | Operation::CreateSchema(_)
        | Operation::CreateExtension(_)
        | Operation::CreateSequence(_)
        | Operation::AlterSequence(_)
        | Operation::AddEnumValue(_)
        | Operation::DropEnumValue(_)
        | Operation::CommentOn(_) => false,
    };
    !moves
}

/// The questions of a revision that runs on `schema`. None where the author's own SQL changes rows, or others move them.
pub(super) fn questions<'a>(
    operations: impl Iterator<Item = &'a Operation> + Clone,
    schema: &'a Schema,
) -> Vec<Question> {
    if !operations.clone().all(leaves_rows) {
        return Vec::new();
    }
    let mut questions = restarts(operations.clone(), schema);
    for operation in operations {
        let Operation::AlterTable(alter) = operation else {
            continue;
        };
        let Some(table) = schema.table(&alter.name) else {
            continue;
        };
        let from = rows::from(&alter.name, table);
        for action in &alter.actions {
            let (column, value) = if let Action::AddColumn { definition, .. } = action {
                let is_plain = definition.identity.is_none()
                    && definition.generated.is_none()
                    && definition.sequence.is_none()
                    && table.column(&definition.name).is_none();
                let WrittenType::Type(sql_type) = &definition.sql_type else {
                    continue;
                };
                let default = definition.default.as_ref();
                // A domain may have a default of its own.
                let may_have = default.is_none() && sql_type.named().is_some();
                if !is_plain || may_have || default.is_some_and(|it| !is_constant(it)) {
                    continue;
                }
                let value = default.map_or("null", Expression::text);
                let sql_type = sql_type.within(&schema.default);
                (&definition.name, format!("cast(({value}) as {sql_type})"))
            } else if let Action::AlterType {
                column,
                sql_type,
                using,
                ..
            } = action
            {
                if using.as_ref().is_some_and(calls) {
                    continue;
                }
                let value = using.as_ref().map_or_else(
                    || quote_identifier(column).to_string(),
                    |it| it.text().to_owned(),
                );
                let sql_type = sql_type.within(&schema.default);
                (column, format!("cast(({value}) as {sql_type})"))
            } else {
                continue;
            };
            questions.push(Question {
                subject: format!("{}.{column}", alter.name),
                place: Held::Column(alter.name.clone(), column.clone()),
                before: gathered(&value, &from),
                after: gathered(&quote_identifier(column), &from),
            });
        }
    }
    // What a later statement changes again is not asked.
    let all: Vec<String> = questions.iter().map(|it| it.subject.clone()).collect();
    questions.retain(|it| all.iter().filter(|other| **other == it.subject).count() == 1);
    questions
}

/// Where sequences stand that are restarted, unless values are taken from one, perhaps of them.
fn restarts<'a>(
    operations: impl Iterator<Item = &'a Operation> + Clone,
    schema: &'a Schema,
) -> Vec<Question> {
    let takes = |it: &Operation| it.print(&schema.default).contains("nextval");
    if operations.clone().any(takes) {
        return Vec::new();
    }
    let restarted = |(name, options): (&'a Name, &'a SequenceOptions)| {
        let start = || options.start.or(Some(schema.sequence(name)?.start));
        let at = options.restart?.or_else(start)?;
        Some(Question {
            subject: name.to_string(),
            place: Held::Sequence(name.clone()),
            before: format!("select '{at}, not called';\n"),
            after: format!("select {};\n", position(name)),
        })
    };
    sequences(operations, schema)
        .filter_map(restarted)
        .collect()
}

fn position(sequence: &Name) -> String {
    format!(
        "last_value || case when is_called then ', called' else ', not called' end from {}",
        sequence.qualified()
    )
}

/// The sequences that operations alter, with what is altered.
fn sequences<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    schema: &'a Schema,
) -> impl Iterator<Item = (&'a Name, &'a SequenceOptions)> {
    operations.flat_map(|operation| {
        if let Operation::AlterSequence(it) = operation {
            return vec![(&it.name, &it.options)];
        }
        let Operation::AlterTable(alter) = operation else {
            return Vec::new();
        };
        let sequence = |column: &SmolStr| {
            let identity = schema.table(&alter.name)?.column(column)?.identity.as_ref();
            Some(&identity?.sequence)
        };
        let altered = alter.actions.iter().filter_map(|it| {
            let Action::SetIdentity {
                column, options, ..
            } = it
            else {
                return None;
            };
            Some((sequence(column)?, &**options))
        });
        altered.collect()
    })
}

/// A SELECT of where the sequences of `schema` stand that operations alter, a line for each; empty for none. SQL of the
/// author that puts one elsewhere may mean any.
pub(super) fn positions<'a>(
    operations: impl Iterator<Item = &'a Operation> + Clone,
    schema: &'a Schema,
) -> String {
    let puts = |it: &RawStatement| {
        let words = rows::words(&it.text);
        words.contains("setval") || words.contains("restart")
    };
    let mut names: BTreeSet<&Name> = sequences(operations.clone(), schema)
        .map(|it| it.0)
        .filter(|it| schema.sequence(it).is_some())
        .collect();
    if operations.flat_map(statements).any(puts) {
        let sequences = schema.objects().filter(|it| it.1.as_sequence().is_some());
        names.extend(sequences.filter_map(|it| it.0.relation()));
    }
    let lines = names.iter().map(|name| {
        let label = quote_literal(&format!("{name} is at "));
        format!("select {label} || {};\n", position(name))
    });
    lines.collect()
}

fn gathered(value: &str, from: &str) -> String {
    format!(
        "select coalesce(string_agg(it.value, ', ' order by it.value collate \"C\"), '') from (select coalesce(({value})::text, 'null') as value from {from}) as it;\n"
    )
}

/// Whether it is the same in all sessions and at all times.
fn is_constant(expression: &Expression) -> bool {
    expression.columns().next().is_none() && !calls(expression)
}

/// Whether it may call a function.
fn calls(expression: &Expression) -> bool {
    let text = expression.text().to_ascii_lowercase();
    text.contains('(')
        || ["current_", "localtime", "session_user", "user"]
            .iter()
            .any(|it| text.contains(it))
}

/// The tables that operations name in one way or another, or that have columns of a type that they change.
pub(super) fn touched<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    before: &Schema,
    after: &Schema,
) -> BTreeSet<Name> {
    let mut tables: BTreeSet<Name> = BTreeSet::new();
    for operation in operations {
        for statement in statements(operation) {
            tables.extend(named(statement, &before.default));
        }
    }
    for (one, other) in [(before, after), (after, before)] {
        for (id, object) in one.objects() {
            let is_same = other.get(id).is_some_and(|it| Arc::ptr_eq(it, object));
            if is_same {
                continue;
            }
            let of_index = object.as_index().map(|it| &it.table);
            tables.extend(of_index.or(id.relation()).cloned());
            if let ObjectId::Type(changed) = id {
                let users = one.objects().filter(|held| {
                    matches!(&**held.1, Object::Table(table)
                        if table.columns.iter().any(|it| it.sql_type.named() == Some(changed)))
                });
                tables.extend(users.filter_map(|it| it.0.relation().cloned()));
            }
        }
    }
    tables
}

/// The columns for whose values `using` says what becomes of them.
pub(super) fn remade<'a>(
    operations: impl Iterator<Item = &'a Operation>,
) -> BTreeSet<(Name, SmolStr)> {
    let mut remade = BTreeSet::new();
    for operation in operations {
        let Operation::AlterTable(alter) = operation else {
            continue;
        };
        for action in &alter.actions {
            if let Action::AlterType {
                column,
                using: Some(_),
                ..
            } = action
            {
                remade.insert((alter.name.clone(), column.clone()));
            }
        }
    }
    remade
}

/// The tables that a statement names.
fn named<'a>(
    statement: &'a RawStatement,
    schema: &'a SmolStr,
) -> impl Iterator<Item = Name> + use<'a> {
    statement.facts.relations.iter().filter_map(move |it| {
        let name: &SmolStr = it.parts.last()?;
        Some(match it.parts.as_slice() {
            [schema, _] => Name::new(schema.clone(), name.clone()),
            _ => Name::new(schema.clone(), name.clone()),
        })
    })
}

/// The statements that change rows, or may, each with the tables that it names. What is inserted is not there before.
pub(super) fn mentions<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    schema: &'a SmolStr,
) -> impl Iterator<Item = (&'a str, BTreeSet<Name>)> {
    operations
        .filter(|it| changes_rows(it))
        .flat_map(statements)
        .filter(|it| !is_insert(&it.text))
        .map(move |it| (it.text.as_str(), named(it, schema).collect()))
}

fn is_insert(statement: &str) -> bool {
    let tokens = lex(statement, 0, statement.len()).unwrap_or_default();
    tokens
        .first()
        .is_some_and(|it| it.is_word(statement, "insert"))
}

/// The statements that the author wrote as SQL.
fn statements(operation: &Operation) -> &[RawStatement] {
    if let Operation::Data(Data { statements }) | Operation::Raw(Raw { statements, .. }) = operation
    {
        statements
    } else {
        &[]
    }
}

/// Whether an operation is to run without blocking others, of which nothing is seen afterwards.
pub(super) fn is_concurrent(operation: &Operation) -> bool {
    let detaches = |it: &Action| {
        matches!(
            it,
            Action::DetachPartition {
                concurrently: true,
                ..
            }
        )
    };
    matches!(operation, Operation::CreateIndex(it) if it.concurrently)
        || matches!(operation, Operation::Drop(it) if it.concurrently)
        || matches!(operation, Operation::AlterTable(it) if it.actions.iter().any(detaches))
}

/// What of an operation a script holds as the author wrote it.
pub(super) fn texts(operation: &Operation) -> Vec<&str> {
    if let Operation::Assert(it) = operation {
        return vec![&it.query];
    }
    // What is set for nothing that follows is in no script.
    let statements = statements(operation).iter().filter(|it| !it.is_setting());
    statements.map(|it| it.text.as_str()).collect()
}

/// Whether an operation is SQL of the author that changes rows, or may.
pub(super) fn changes_rows(operation: &Operation) -> bool {
    const WORDS: [&str; 9] = [
        "insert", "update", "delete", "merge", "truncate", "with", "do", "call", "select",
    ];
    let is_data = matches!(operation, Operation::Data(_));
    statements(operation).iter().any(|statement| {
        let first = statement
            .text
            .split(|it: char| !it.is_ascii_alphabetic())
            .next();
        is_data || first.is_some_and(|first| WORDS.iter().any(|it| first.eq_ignore_ascii_case(it)))
    })
}
