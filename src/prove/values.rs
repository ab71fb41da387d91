//! What an upgrade must make of rows that are there: a column that is added holds its default, and one whose type changes
//! holds what `using` says. Asked before and after, as two answers that must be equal. What of an
//! upgrade is the author's own SQL, whose rows nobody here knows.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for a few kinds of operation or action among many"
)]

use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::operation::Operation;
use crate::operation::alter_table::Action;
use crate::operation::raw::RawStatement;
use crate::schema::{Object, Schema};
use crate::sql_type::WrittenType;
use crate::token::quote_identifier;

use super::rows;

/// What is asked of one column.
#[derive(Debug)]
pub(super) struct Question {
    /// Such as `t.a`.
    pub(super) column: String,
    place: (Name, SmolStr),
    /// SELECTs of one text.
    pub(super) before: String,
    pub(super) after: String,
}

impl Question {
    /// Whether the column is there.
    pub(super) fn is_left_in(&self, schema: &Schema) -> bool {
        let (table, column) = &self.place;
        schema
            .table(table)
            .is_some_and(|it| it.column(column).is_some())
    }
}

/// The questions of a revision that runs on `schema`. None where the author's own SQL changes rows, or names change.
pub(super) fn questions<'a>(
    operations: impl Iterator<Item = &'a Operation> + Clone,
    schema: &Schema,
) -> Vec<Question> {
    let is_clear = operations
        .clone()
        .all(|it| !it.is_opaque() && !matches!(it, Operation::Rename(_) | Operation::SetSchema(_)));
    if !is_clear {
        return Vec::new();
    }
    let mut questions: Vec<Question> = Vec::new();
    for operation in operations {
        let Operation::AlterTable(alter) = operation else {
            continue;
        };
        let Some(table) = schema.table(&alter.name) else {
            continue;
        };
        let from = rows::from(&alter.name, table);
        for action in &alter.actions {
            let (column, value) = match action {
                Action::AddColumn { definition, .. } => {
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
                }
                Action::AlterType {
                    column,
                    sql_type,
                    using,
                    ..
                } => {
                    if using.as_ref().is_some_and(calls) {
                        continue;
                    }
                    let value = using.as_ref().map_or_else(
                        || quote_identifier(column).to_string(),
                        |it| it.text().to_owned(),
                    );
                    let sql_type = sql_type.within(&schema.default);
                    (column, format!("cast(({value}) as {sql_type})"))
                }
                _ => continue,
            };
            questions.push(Question {
                column: format!("{}.{column}", alter.name),
                place: (alter.name.clone(), column.clone()),
                before: gathered(&value, &from),
                after: gathered(&quote_identifier(column), &from),
            });
        }
    }
    // What a later statement changes again is not asked.
    let all: Vec<String> = questions.iter().map(|it| it.column.clone()).collect();
    questions.retain(|it| all.iter().filter(|other| **other == it.column).count() == 1);
    questions
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

/// The tables that operations name in one way or another.
pub(super) fn touched<'a>(
    operations: impl Iterator<Item = &'a Operation>,
    before: &Schema,
    after: &Schema,
) -> Vec<Name> {
    let mut tables: Vec<Name> = Vec::new();
    for operation in operations {
        let relations = statements(operation)
            .iter()
            .flat_map(|it| &it.facts.relations);
        tables.extend(relations.filter_map(|it| {
            let name: &SmolStr = it.parts.last()?;
            Some(match it.parts.as_slice() {
                [schema, _] => Name::new(schema.clone(), name.clone()),
                _ => Name::new(before.default.clone(), name.clone()),
            })
        }));
    }
    for (one, other) in [(before, after), (after, before)] {
        for (id, object) in one.objects() {
            let is_same = other.get(id).is_some_and(|it| Arc::ptr_eq(it, object));
            if is_same {
                continue;
            }
            match &**object {
                Object::Index(index) => tables.push(index.table.clone()),
                _ => tables.extend(id.relation().cloned()),
            }
        }
    }
    tables
}

/// The statements that the author wrote as SQL.
fn statements(operation: &Operation) -> &[RawStatement] {
    match operation {
        Operation::Data(it) => &it.statements,
        Operation::Raw(it) => &it.statements,
        _ => &[],
    }
}

/// What of an operation a script holds as the author wrote it.
pub(super) fn texts(operation: &Operation) -> Vec<&str> {
    match operation {
        Operation::Assert(it) => vec![&it.query],
        _ => statements(operation)
            .iter()
            .map(|it| it.text.as_str())
            .collect(),
    }
}

/// Whether an operation is SQL of the author that changes rows, or may.
pub(super) fn changes_rows(operation: &Operation) -> bool {
    const WORDS: [&str; 9] = [
        "insert", "update", "delete", "merge", "truncate", "with", "do", "call", "select",
    ];
    let is_data = matches!(operation, Operation::Data(_));
    statements(operation).iter().any(|it| {
        let first = it.text.split(|it: char| !it.is_ascii_alphabetic()).next();
        is_data || first.is_some_and(|first| WORDS.iter().any(|it| first.eq_ignore_ascii_case(it)))
    })
}
