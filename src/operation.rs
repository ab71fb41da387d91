//! What one statement of a revision does: one file per operation, each with everything there is to know about it.
//!
//! To add one: a file with the struct and its `Operate`, a variant and an arm here, a rule in the grammar with its
//! builder in `syntax`, a case in `tests/cases/ok`.

pub mod definition;
mod merged_key;

pub mod alter_table;
pub mod alter_sequence;
pub mod assert;
pub mod comment_on;
pub mod create_domain;
pub mod create_extension;
pub mod create_index;
pub mod create_schema;
pub mod create_sequence;
pub mod create_table;
pub mod create_type;
pub mod drop;
mod expressions;
pub mod enum_value;
pub mod gist;
pub mod effects;
pub mod lock;
pub mod operate;
pub mod raw;
pub mod raw_statement;
pub mod rename;
mod resolved;
pub mod salvage;
pub mod set_schema;
mod bare;
pub mod unread;

use crate::name::Name;
use crate::schema::{ObjectId, Refusal, Schema};
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
pub use lock::{Lock, LockMode};
pub use operate::Operate;
pub use raw::{Data, Declared, Raw};
pub use raw_statement::RawStatement;
pub use rename::Rename;
pub use resolved::Resolved;
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

macro_rules! from {
    ($($name:ident)*) => {$(
        impl From<$name> for Operation {
            fn from(it: $name) -> Self {
                Self::$name(it)
            }
        }
    )*};
}

from! {
    CreateTable AlterTable CreateIndex CreateType CreateDomain CreateSchema CreateExtension CreateSequence AlterSequence
    AddEnumValue DropEnumValue Drop Rename SetSchema CommentOn Data Raw Assert
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

    /// Chooses every name that the statement left to PostgreSQL; after an error the operation is of no use.
    fn resolve(&mut self, before: &Schema) -> Result<(), Refusal> {
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

    /// What it does in a few words, each thing by itself: `create table users`.
    #[must_use]
    pub fn titles(&self) -> Vec<String> {
        if let Self::AlterTable(it) = self {
            it.titles()
        } else if let Self::Data(it) = self {
            it.titles()
        } else {
            vec![self.operate().title()]
        }
    }

    /// The tables that are there before and that it locks so that others wait; raw SQL says it of each statement.
    #[must_use]
    pub fn locks(&self) -> Vec<Lock> {
        self.operate().locks()
    }

    /// The statement as the language writes it, for names that belong to `schema`.
    #[must_use]
    pub fn print(&self, schema: &str) -> String {
        self.print_indented(schema, "")
    }

    /// The same with `indent` before every line but the first.
    #[must_use]
    pub fn print_indented(&self, schema: &str, indent: &str) -> String {
        let mut sql = Sql::indented(schema, indent);
        self.operate().write(&mut sql);
        sql.finish()
    }

    /// The statement if the model does not read it.
    #[must_use]
    pub fn as_raw(&self) -> Option<&Raw> {
        let Self::Raw(raw) = self else {
            return None;
        };
        Some(raw)
    }

    /// The extension that the statement makes unless it is there already: what others may use, too, may stay.
    #[must_use]
    pub fn shared_extension(&self) -> Option<ObjectId> {
        let Self::CreateExtension(it) = self else {
            return None;
        };
        it.if_not_exists
            .then(|| ObjectId::Extension(it.name.clone()))
    }

    /// The names under which the statement puts relations, and perhaps other things, for names that belong to `schema`; what
    /// code makes is not seen.
    #[must_use]
    pub fn made_relations(&self, schema: &str) -> Vec<Name> {
        match self {
            Self::CreateTable(it) => vec![it.name.clone()],
            Self::Raw(it) => {
                let declared = it.declares.iter().filter_map(Declared::made);
                let made = effects::made(&it.statements, schema);
                let relations = declared.chain(made).filter_map(|it| it.relation().cloned());
                relations.collect()
            }
            Self::Rename(it) => vec![it.subject.name.sibling(it.to.clone())],
            Self::SetSchema(it) => vec![Name::new(it.to.clone(), it.name.name.clone())],
            Self::AlterTable(_)
            | Self::CreateIndex(_)
            | Self::CreateType(_)
            | Self::CreateDomain(_)
            | Self::CreateSchema(_)
            | Self::CreateExtension(_)
            | Self::CreateSequence(_)
            | Self::AlterSequence(_)
            | Self::AddEnumValue(_)
            | Self::DropEnumValue(_)
            | Self::Drop(_)
            | Self::CommentOn(_)
            | Self::Data(_)
            | Self::Assert(_) => Vec::new(),
        }
    }

    /// The words of a statement that makes something unless it is there; none of others.
    #[must_use]
    pub fn guard(&self) -> Option<&'static str> {
        let (is_guarded, words) = match self {
            Self::CreateTable(it) => (it.if_not_exists, "create table if not exists"),
            Self::AlterTable(it) => (
                it.actions.iter().any(alter_table::Action::is_guarded_add),
                "add … if not exists",
            ),
            Self::CreateIndex(it) => (it.if_not_exists, "create index if not exists"),
            Self::CreateType(it) => (it.if_not_exists, "create type if not exists"),
            Self::CreateDomain(it) => (it.if_not_exists, "create domain if not exists"),
            Self::CreateSchema(it) => (it.if_not_exists, "create schema if not exists"),
            Self::CreateExtension(it) => (it.if_not_exists, "create extension if not exists"),
            Self::CreateSequence(it) => (it.if_not_exists, "create sequence if not exists"),
            Self::AddEnumValue(it) => (it.if_not_exists, "add value if not exists"),
            Self::AlterSequence(_)
            | Self::DropEnumValue(_)
            | Self::Drop(_)
            | Self::Rename(_)
            | Self::SetSchema(_)
            | Self::CommentOn(_)
            | Self::Data(_)
            | Self::Raw(_)
            | Self::Assert(_) => (false, ""),
        };
        is_guarded.then_some(words)
    }

    /// The same statement where what it makes may be there already and what it drops may be gone: after a way back that left it
    /// as it is.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        match &mut self {
            Self::CreateTable(it) => it.if_not_exists = true,
            Self::AlterTable(it) => it.actions.iter_mut().for_each(alter_table::Action::guard),
            Self::CreateIndex(it) => it.if_not_exists = true,
            Self::CreateType(it) => it.if_not_exists = true,
            Self::CreateDomain(it) => it.if_not_exists = true,
            Self::CreateSchema(it) => it.if_not_exists = true,
            Self::CreateExtension(it) => it.if_not_exists = true,
            Self::CreateSequence(it) => it.if_not_exists = true,
            Self::AddEnumValue(it) => it.if_not_exists = true,
            Self::Drop(it) => it.if_exists = true,
            Self::Rename(it) => it.if_exists = true,
            Self::SetSchema(it) => it.if_exists = true,
            // They can be done twice, or only their author knows.
            Self::AlterSequence(_)
            | Self::DropEnumValue(_)
            | Self::CommentOn(_)
            | Self::Data(_)
            | Self::Raw(_)
            | Self::Assert(_) => {}
        }
        self
    }

    /// Whether the statement moves a sequence to another place. Nobody notes where it was.
    #[must_use]
    pub fn restarts(&self) -> bool {
        matches!(self, Self::AlterSequence(it) if it.options.restart.is_some())
            || matches!(self, Self::AlterTable(it) if it.actions.iter().any(alter_table::Action::restarts))
    }

    /// Whether the statement holds text that the model does not understand.
    #[must_use]
    pub fn is_opaque(&self) -> bool {
        matches!(self, Self::Data(_) | Self::Assert(_))
            || self.as_raw().is_some_and(|it| !it.is_settings())
    }
}
