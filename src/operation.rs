//! What one statement of a revision does: one file per operation, each with everything there is to know about it.
//!
//! To add one: a file with the struct and its `Operate`, a variant and an arm here, a rule in the grammar with its
//! builder in `syntax`, a case in `tests/cases/ok`.

pub mod definition;
pub mod extension_types;
pub mod generated;
pub mod guard;
mod merged_key;
mod refer;
pub mod restore;

pub mod alter_table;
pub mod alter_sequence;
pub mod assert;
mod attribute;
pub mod comment_on;
pub mod create_domain;
pub mod create_extension;
pub mod create_index;
pub mod create_schema;
pub mod create_sequence;
pub mod create_table;
pub mod create_type;
pub mod drop;
mod enum_literal;
mod enum_rebuild;
mod collation;
mod default_type;
mod immutable;
mod index_check;
pub mod enum_value;
pub mod opaque;
pub mod raw;
pub mod rename;
pub mod set_schema;

use std::collections::BTreeSet;
use std::fmt;

use smol_str::SmolStr;

use crate::dialect::Dialect;
use crate::schema::{Changes, ObjectId, Refusal, Schema};
use crate::sql::Sql;

pub use alter_sequence::AlterSequence;
pub use alter_table::AlterTable;
pub use assert::Assert;
pub use comment_on::CommentOn;
pub use create_domain::CreateDomain;
pub use create_extension::CreateExtension;
pub use create_index::CreateIndex;
pub use create_schema::CreateSchema;
pub use create_sequence::CreateSequence;
pub use create_table::CreateTable;
pub use create_type::CreateType;
pub use drop::Drop;
pub use enum_value::{AddEnumValue, DropEnumValue};
pub use raw::{Data, Raw, RawStatement};
pub use rename::Rename;
pub use set_schema::SetSchema;

/// One statement of a revision.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    CreateTable(CreateTable),
    AlterTable(AlterTable),
    CreateIndex(CreateIndex),
    CreateType(CreateType),
    CreateDomain(CreateDomain),
    CreateSchema(CreateSchema),
    CreateExtension(CreateExtension),
    CreateSequence(CreateSequence),
    AlterSequence(AlterSequence),
    AddEnumValue(AddEnumValue),
    DropEnumValue(DropEnumValue),
    Drop(Drop),
    Rename(Rename),
    SetSchema(SetSchema),
    CommentOn(CommentOn),
    Data(Data),
    Raw(Raw),
    Assert(Assert),
}

/// What every operation answers.
pub trait Operate {
    /// What it does in a few words: `create table users`.
    fn title(&self) -> String;

    /// As the language writes it, without the final `;`.
    fn write(&self, sql: &mut Sql<'_>);

    /// Does it to the model, or says why it cannot be done. On an error the schema may be half changed; the caller
    /// undoes it.
    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal>;

    /// What takes it back, given what it changed and the schema after it.
    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse>;

    /// The SQL statements that do it to a database in the state `before`. It is asked before `apply` has judged the
    /// statement, so it answers for any.
    fn lower(&self, before: &Schema, dialect: &Dialect) -> Vec<Statement>;
}

/// Operations that take another one back, in the order in which they run, and how well they do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inverse {
    pub operations: Vec<Operation>,
    pub fidelity: Fidelity,
}

/// Why there is no automatic way back: a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoInverse(pub String);

/// What a rollback does not bring back; empty for an exact one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fidelity(pub BTreeSet<Loss>);

/// One way in which a rollback falls short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Values went through types that do not hold each other's exactly.
    ChangesValues,
    /// Owner, grants, triggers and policies of an object that is made again.
    LosesAttachments,
    /// Rows or values are gone.
    LosesData,
    /// Rows written since may not fit.
    MayFailOnRows,
    Irreversible,
}

/// One SQL statement, without the final `;`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub placement: Placement,
}

/// Where a statement may stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    Transaction,
    /// PostgreSQL refuses it inside a transaction.
    Alone(Alone),
    /// It may stand in a transaction, but what it makes can be used only after the commit: an enum's new value.
    EndsPart {
        value: String,
    },
    /// Rows are written; schema work after it must not meet pending trigger events. The constraints that are checked
    /// at the end of the transaction are named, as `set constraints` takes them.
    Rows {
        deferred: Vec<SmolStr>,
    },
}

/// How a statement outside transactions is known to be done already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alone {
    CreateIndex(Box<ConcurrentIndex>),
    DropIndex(crate::name::Name),
    /// `alter table … detach partition … concurrently`: parent, partition.
    DetachPartition(crate::name::Name, crate::name::Name),
    /// A statement of raw SQL, which stands alone in its revision.
    Raw,
}

/// An index that is built outside of transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentIndex {
    pub name: crate::name::Name,
    pub table: crate::name::Name,
    /// The statement that makes it on a table of the same name in `pg_temp`, to compare what exists with it.
    pub twin: String,
}

impl Operation {
    fn operate(&self) -> &dyn Operate {
        match self {
            Self::CreateTable(it) => it,
            Self::AlterTable(it) => it,
            Self::CreateIndex(it) => it,
            Self::CreateType(it) => it,
            Self::CreateDomain(it) => it,
            Self::CreateSchema(it) => it,
            Self::CreateExtension(it) => it,
            Self::CreateSequence(it) => it,
            Self::AlterSequence(it) => it,
            Self::AddEnumValue(it) => it,
            Self::DropEnumValue(it) => it,
            Self::Drop(it) => it,
            Self::Rename(it) => it,
            Self::SetSchema(it) => it,
            Self::CommentOn(it) => it,
            Self::Data(it) => it,
            Self::Raw(it) => it,
            Self::Assert(it) => it,
        }
    }

    /// Chooses every name that the statement left to PostgreSQL. Only a resolved operation is applied, lowered or
    /// undone; after an error the operation is of no use.
    pub fn resolve(&mut self, before: &Schema) -> Result<(), Refusal> {
        match self {
            Self::CreateTable(it) => it.resolve(before),
            Self::AlterTable(it) => it.resolve(before),
            Self::CreateIndex(it) => {
                it.resolve(before);
                Ok(())
            }
            Self::CreateDomain(it) => {
                it.resolve(before);
                Ok(())
            }
            Self::CreateType(_)
            | Self::CreateSchema(_)
            | Self::CreateExtension(_)
            | Self::CreateSequence(_)
            | Self::AlterSequence(_)
            | Self::AddEnumValue(_)
            | Self::DropEnumValue(_)
            | Self::Drop(_)
            | Self::Rename(_)
            | Self::SetSchema(_)
            | Self::CommentOn(_)
            | Self::Data(_)
            | Self::Raw(_)
            | Self::Assert(_) => Ok(()),
        }
    }

    /// The statement as the language writes it, for names that belong to `schema`.
    #[must_use]
    pub fn print(&self, schema: &str) -> String {
        let mut sql = Sql::new(schema);
        self.write(&mut sql);
        sql.finish()
    }

    /// The extension that the statement makes unless it is there already: what others may use, too, may stay.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "one statement of many makes an extension"
    )]
    pub fn shared_extension(&self) -> Option<ObjectId> {
        match self {
            Self::CreateExtension(it) if it.if_not_exists => {
                Some(ObjectId::Extension(it.name.clone()))
            }
            _ => None,
        }
    }

    /// Whether the statement moves a sequence to another place. Nobody notes where it was.
    #[must_use]
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "two statements of many restart sequences"
    )]
    pub fn restarts(&self) -> bool {
        match self {
            Self::AlterSequence(it) => it.options.restart.is_some(),
            Self::AlterTable(it) => it.actions.iter().any(alter_table::Action::restarts),
            _ => false,
        }
    }

    /// Whether the statement holds text that the model does not understand.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        matches!(self, Self::Data(_) | Self::Raw(_) | Self::Assert(_))
    }
}

impl Operate for Operation {
    fn title(&self) -> String {
        self.operate().title()
    }

    fn write(&self, sql: &mut Sql<'_>) {
        self.operate().write(sql);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        self.operate().apply(schema)
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        self.operate().inverse(changes, after)
    }

    fn lower(&self, before: &Schema, dialect: &Dialect) -> Vec<Statement> {
        self.operate().lower(before, dialect)
    }
}

impl Inverse {
    /// One operation that restores everything.
    #[must_use]
    pub fn exact(operation: Operation) -> Self {
        Self {
            operations: vec![operation],
            fidelity: Fidelity::default(),
        }
    }
}

impl Fidelity {
    #[must_use]
    pub fn of(losses: &[Loss]) -> Self {
        Self(losses.iter().copied().collect())
    }

    /// Whether that is lost.
    #[must_use]
    pub fn has(&self, loss: Loss) -> bool {
        self.0.contains(&loss)
    }

    /// Adds the losses of another part of the same rollback.
    pub fn add(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }
}

impl Loss {
    /// The words for it in scripts, notes and manifest.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ChangesValues => "changes values",
            Self::LosesAttachments => "loses attachments",
            Self::LosesData => "loses data",
            Self::MayFailOnRows => "may fail on rows",
            Self::Irreversible => "irreversible",
        }
    }
}

impl fmt::Display for Fidelity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("exact");
        }
        for (index, loss) in self.0.iter().enumerate() {
            formatter.write_str(if index > 0 { ", " } else { "" })?;
            formatter.write_str(loss.words())?;
        }
        Ok(())
    }
}

impl Statement {
    /// A statement that may stand in a transaction.
    #[must_use]
    pub fn new(sql: Sql<'_>) -> Self {
        Self::text(sql.finish())
    }

    /// The same from text.
    #[must_use]
    pub fn text(sql: String) -> Self {
        Self {
            sql,
            placement: Placement::Transaction,
        }
    }
}

/// The statement as `write` gives it: for operations whose SQL is the language's own text.
fn as_written(operation: &dyn Operate, before: &Schema) -> Statement {
    let mut sql = Sql::new(&before.default);
    operation.write(&mut sql);
    Statement::new(sql)
}
