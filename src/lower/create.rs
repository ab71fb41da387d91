//! What is made: tables with what stands beside them, indexes, sequences, and what is made only where it is not there.

use crate::kind::Kind;
use crate::lower::check::TypeForm;
use crate::lower::outside::{Alone, ConcurrentIndex};
use crate::lower::{Check, Condition, Placement, Statement};
use crate::name::Name;
use crate::operation::alter_sequence::AlterSequence;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::{
    CommentOn, CreateDomain, CreateIndex, CreateSequence, CreateTable, CreateType, Resolved,
};
use crate::schema::{Index, Subject, Type};
use crate::sql_type::WrittenType;

/// PostgreSQL has no comments in `create table`, and chooses the names of the sequences of serial columns itself.
pub(super) fn table(create: &CreateTable, operation: &Resolved) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut owned = Vec::new();
    let mut comments = Vec::new();
    if is_plain(create) {
        statements.push(Statement::of(operation.clone()));
    } else {
        let mut table = create.clone();
        if let Some(text) = table.comment.take() {
            let subject = Subject::new(Kind::Table, table.name.clone());
            comments.push(comment(subject, &text));
        }
        for column in &mut table.columns {
            if let Some(serial) = serial(&create.name, column, create.if_not_exists) {
                statements.push(serial.create);
                owned.push(serial.own);
            }
            comments.extend(column_comment(&create.name, column));
        }
        statements.push(table.into());
    }
    statements.extend(owned);
    for (name, index) in &create.indexes {
        let subject = Subject::new(Kind::Index, name.clone());
        let create = CreateIndex {
            if_not_exists: create.if_not_exists,
            ..CreateIndex::of(name, index)
        };
        statements.push(create.into());
        statements.extend(index.comment.iter().map(|it| comment(subject.clone(), it)));
    }
    statements.extend(comments);
    if create.if_not_exists {
        let mut columns = create.columns.clone();
        for definition in &create.constraints {
            definition.require_key(&mut columns);
        }
        let checks = [
            Check::Kind(create.name.clone(), Kind::Table),
            Check::Columns(create.name.clone(), columns),
        ];
        statements.extend(checks.map(Statement::check));
    }
    statements
}

/// Whether PostgreSQL takes the statement as it is.
fn is_plain(create: &CreateTable) -> bool {
    let is_plain = |it: &ColumnDefinition| {
        it.comment.is_none() && (it.sequence.is_none() || it.identity.is_some())
    };
    create.comment.is_none() && create.columns.iter().all(is_plain)
}

/// `comment on … is '…'`
pub(super) fn comment(subject: Subject, text: &str) -> Statement {
    let comment = Some(text.into());
    CommentOn { subject, comment }.into()
}

/// Takes the comment out of a definition.
pub(super) fn column_comment(table: &Name, column: &mut ColumnDefinition) -> Option<Statement> {
    let text = column.comment.take()?;
    let subject = Subject::column(table.clone(), column.name.clone());
    Some(comment(subject, &text))
}

/// What stands around a serial column, so that the name of its sequence is ours to say.
pub(super) struct Serial {
    pub(super) create: Statement,
    pub(super) own: Statement,
}

/// Takes the sequence of a serial column out of its definition.
pub(super) fn serial(
    table: &Name,
    column: &mut ColumnDefinition,
    if_not_exists: bool,
) -> Option<Serial> {
    if column.identity.is_some() {
        return None;
    }
    let name = column.sequence.take()?;
    let WrittenType::Type(sql_type) = &column.sql_type else {
        unreachable!("a resolved definition has a plain type");
    };
    let create = CreateSequence {
        name: name.clone(),
        if_not_exists,
        unlogged: false,
        options: SequenceOptions::of_type(sql_type),
    };
    let own = AlterSequence {
        name,
        if_exists: false,
        options: SequenceOptions {
            owned_by: Some(Some((table.clone(), column.name.clone()))),
            ..SequenceOptions::default()
        },
    };
    Some(Serial {
        create: create.into(),
        own: own.into(),
    })
}

pub(super) fn index(create: &CreateIndex, operation: &Resolved) -> Vec<Statement> {
    let mut statement = Statement::of(operation.clone());
    let name = create.id();
    if create.concurrently {
        statement.placement = Placement::alone(Alone::CreateIndex(Box::new(ConcurrentIndex {
            name,
            twin: twin(create),
        })));
        // It is looked for after it was built.
        return vec![statement];
    }
    let mut statements = vec![statement];
    if create.if_not_exists {
        let table = create.index.table.clone();
        let checks = [
            Check::Kind(name.clone(), Kind::Index),
            Check::TableOfIndex { index: name, table },
        ];
        statements.extend(checks.map(Statement::check));
    }
    statements
}

/// The same index on a table of the same name in `pg_temp`, to compare what exists with it.
fn twin(create: &CreateIndex) -> CreateIndex {
    CreateIndex {
        concurrently: false,
        if_not_exists: false,
        index: Index {
            table: Name::new("pg_temp", create.index.table.name.clone()),
            ..create.index.clone()
        },
        ..create.clone()
    }
}

pub(super) fn sequence(create: &CreateSequence, operation: &Resolved) -> Vec<Statement> {
    let mut statements = vec![Statement::of(operation.clone())];
    if create.if_not_exists {
        let check = Check::Kind(create.name.clone(), Kind::Sequence);
        statements.push(Statement::check(check));
    }
    statements
}

/// PostgreSQL has no `create type if not exists`.
pub(super) fn type_if_absent(create: &CreateType) -> Vec<Statement> {
    let plain = CreateType {
        if_not_exists: false,
        ..create.clone()
    };
    let absent = Condition::Absent(Subject::new(Kind::Type, create.name.clone()));
    let mut checks = vec![Check::TypeForm(
        create.name.clone(),
        TypeForm::of(&create.definition),
    )];
    if let Type::Enum(it) = &create.definition {
        checks.push(Check::Values(create.name.clone(), it.values.clone()));
    }
    let mut statements = vec![Statement::from(plain).only_if(absent)];
    statements.extend(checks.into_iter().map(Statement::check));
    statements
}

/// PostgreSQL has no `create domain if not exists`.
pub(super) fn domain_if_absent(create: &CreateDomain) -> Vec<Statement> {
    let plain = CreateDomain {
        if_not_exists: false,
        ..create.clone()
    };
    let absent = Condition::Absent(Subject::new(Kind::Domain, create.name.clone()));
    let check = Check::TypeForm(create.name.clone(), TypeForm::Domain);
    vec![
        Statement::from(plain).only_if(absent),
        Statement::check(check),
    ]
}
