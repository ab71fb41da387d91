//! The actions of `alter table`, each with its words, its place in PostgreSQL's passes and what it does.

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::operation::alter_table::{
    add_column, alter_type, column, constraint, not_null, partition,
};
use crate::operation::definition::column::{ColumnDefinition, IdentityDefinition};
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::definition::told;
use crate::operation::gist::gist;
use crate::operation::lock::{Lock, LockMode};
use crate::schema::{ConstraintKind, Refusal, Schema};
use crate::sql::Sql;
use crate::sql_type::SqlType;
use crate::token::quote_identifier;

/// One action of `alter table`.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    AddColumn {
        definition: ColumnDefinition,
        if_not_exists: bool,
    },
    DropColumn {
        column: SmolStr,
        if_exists: bool,
        cascade: bool,
    },
    AlterType {
        column: SmolStr,
        sql_type: SqlType,
        collation: Option<Name>,
        using: Option<Expression>,
    },
    /// `None` drops the default.
    SetDefault {
        column: SmolStr,
        default: Option<Expression>,
    },
    SetNotNull {
        column: SmolStr,
        not_null: bool,
    },
    AddIdentity {
        column: SmolStr,
        identity: Box<IdentityDefinition>,
        sequence: Option<Name>,
    },
    SetIdentity {
        column: SmolStr,
        always: Option<bool>,
        options: Box<SequenceOptions>,
    },
    DropIdentity {
        column: SmolStr,
        if_exists: bool,
    },
    DropExpression {
        column: SmolStr,
        if_exists: bool,
    },
    AddConstraint {
        definition: ConstraintDefinition,
        if_not_exists: bool,
    },
    ValidateConstraint {
        name: SmolStr,
    },
    DropConstraint {
        name: SmolStr,
        if_exists: bool,
        cascade: bool,
    },
    AttachPartition {
        partition: Name,
        bound: SmolStr,
    },
    DetachPartition {
        partition: Name,
        concurrently: bool,
    },
}

impl Action {
    /// Its number among PostgreSQL's passes over the actions of one statement (`AlterTablePass` in tablecmds.c).
    #[must_use]
    pub fn pass(&self) -> u8 {
        match self {
            Self::DropColumn { .. }
            | Self::DropConstraint { .. }
            | Self::DropIdentity { .. }
            | Self::DropExpression { .. }
            | Self::SetDefault { default: None, .. }
            | Self::SetNotNull {
                not_null: false, ..
            } => 0,
            Self::AlterType { .. } => 1,
            Self::AddColumn { .. } => 2,
            Self::SetNotNull { not_null: true, .. } => 3,
            Self::AddConstraint { definition, .. } if definition.kind.has_index() => 4,
            Self::AddConstraint { .. } | Self::SetDefault { .. } | Self::AddIdentity { .. } => 5,
            Self::SetIdentity { .. }
            | Self::ValidateConstraint { .. }
            | Self::AttachPartition { .. }
            | Self::DetachPartition { .. } => 6,
        }
    }

    /// The lock that it takes on its table, where others wait for that.
    #[must_use]
    pub fn mode(&self) -> Option<LockMode> {
        match self {
            Self::ValidateConstraint { .. } | Self::AttachPartition { .. } => None,
            Self::AddConstraint { definition, .. }
                if matches!(definition.kind, ConstraintKind::ForeignKey(_)) =>
            {
                Some(LockMode::ShareRowExclusive)
            }
            Self::AddConstraint { .. }
            | Self::AddColumn { .. }
            | Self::DropColumn { .. }
            | Self::AlterType { .. }
            | Self::SetDefault { .. }
            | Self::SetNotNull { .. }
            | Self::AddIdentity { .. }
            | Self::SetIdentity { .. }
            | Self::DropIdentity { .. }
            | Self::DropExpression { .. }
            | Self::DropConstraint { .. }
            | Self::DetachPartition { .. } => Some(LockMode::AccessExclusive),
        }
    }

    /// What it locks beside its table.
    #[must_use]
    pub fn locked(&self) -> Option<Lock> {
        if let Self::AddConstraint { definition, .. } = self {
            definition.locked()
        } else if let Self::AttachPartition { partition, .. } = self {
            Some(Lock::new(partition, LockMode::AccessExclusive))
        } else {
            None
        }
    }

    /// Whether it moves an identity's sequence to another place.
    #[must_use]
    pub fn restarts(&self) -> bool {
        matches!(self, Self::SetIdentity { options, .. } if options.restart.is_some())
    }

    /// Whether it adds something unless that is there.
    #[must_use]
    pub fn is_guarded_add(&self) -> bool {
        matches!(
            self,
            Self::AddColumn {
                if_not_exists: true,
                ..
            } | Self::AddConstraint {
                if_not_exists: true,
                ..
            }
        )
    }

    /// Lets it find what it adds, or miss what it drops.
    pub fn guard(&mut self) {
        match self {
            Self::AddColumn { if_not_exists, .. } | Self::AddConstraint { if_not_exists, .. } => {
                *if_not_exists = true;
            }
            Self::DropColumn { if_exists, .. }
            | Self::DropIdentity { if_exists, .. }
            | Self::DropExpression { if_exists, .. }
            | Self::DropConstraint { if_exists, .. } => *if_exists = true,
            Self::AlterType { .. }
            | Self::SetDefault { .. }
            | Self::SetNotNull { .. }
            | Self::AddIdentity { .. }
            | Self::SetIdentity { .. }
            | Self::ValidateConstraint { .. }
            | Self::AttachPartition { .. }
            | Self::DetachPartition { .. } => {}
        }
    }

    /// What it does to `table` in a few words.
    #[must_use]
    pub fn title(&self, table: &Name) -> String {
        let of = |column: &SmolStr| format!("{table}.{}", quote_identifier(column));
        match self {
            Self::AddColumn { definition, .. } => {
                let column = told::column(table, definition, std::iter::empty());
                format!("add column {table}.{column}")
            }
            Self::DropColumn { column, .. } => format!("drop column {}", of(column)),
            Self::AlterType {
                column, sql_type, ..
            } => format!("change the type of {} to {sql_type}", of(column)),
            Self::SetDefault {
                column,
                default: Some(default),
            } => format!(
                "set the default of {} to {}",
                of(column),
                gist(default.text())
            ),
            Self::SetDefault {
                column,
                default: None,
            } => format!("drop the default of {}", of(column)),
            Self::SetNotNull {
                column,
                not_null: true,
            } => format!("set {} not null", of(column)),
            Self::SetNotNull { column, .. } => format!("allow null in {}", of(column)),
            Self::AddIdentity { column, .. } => format!("add identity to {}", of(column)),
            Self::SetIdentity { column, .. } => format!("change the identity of {}", of(column)),
            Self::DropIdentity { column, .. } => format!("drop the identity of {}", of(column)),
            Self::DropExpression { column, .. } => {
                format!("drop the expression of {}", of(column))
            }
            Self::AddConstraint { definition, .. } => {
                let name = definition.name.as_deref().map(quote_identifier);
                let what = told::constraint(definition);
                format!(
                    "add constraint {} to {table}: {what}",
                    name.unwrap_or_default()
                )
            }
            Self::ValidateConstraint { name } => {
                format!("validate constraint {} of {table}", quote_identifier(name))
            }
            Self::DropConstraint { name, .. } => {
                format!("drop constraint {} of {table}", quote_identifier(name))
            }
            Self::AttachPartition { partition, bound } => {
                format!("attach partition {partition} to {table} {}", gist(bound))
            }
            Self::DetachPartition { partition, .. } => {
                format!("detach partition {partition} from {table}")
            }
        }
    }

    /// As the language writes it, in a statement about `table`.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub fn write(&self, table: &Name, sql: &mut Sql<'_>) {
        match self {
            Self::AddColumn {
                definition,
                if_not_exists,
            } => {
                sql.word("add column")
                    .word_if(*if_not_exists, "if not exists");
                definition.write(table, sql);
            }
            Self::DropColumn {
                column,
                if_exists,
                cascade,
            } => {
                sql.word("drop column")
                    .word_if(*if_exists, "if exists")
                    .identifier(column)
                    .word_if(*cascade, "cascade");
            }
            Self::AlterType {
                column,
                sql_type,
                collation,
                using,
            } => alter_type::write(column, sql_type, collation.as_ref(), using.as_ref(), sql),
            Self::SetDefault { column, default } => {
                sql.word("alter column").identifier(column);
                match default {
                    Some(default) => sql.word("set default").expression(default),
                    None => sql.word("drop default"),
                };
            }
            Self::SetNotNull { column, not_null } => {
                sql.word("alter column")
                    .identifier(column)
                    .word(if *not_null { "set" } else { "drop" })
                    .word("not null");
            }
            Self::AddIdentity {
                column,
                identity,
                sequence,
            } => column::write_add_identity(column, identity, sequence.as_ref(), table, sql),
            Self::SetIdentity {
                column,
                always,
                options,
            } => column::write_set_identity(column, *always, options, sql),
            Self::DropIdentity { column, if_exists } => {
                sql.word("alter column")
                    .identifier(column)
                    .word("drop identity")
                    .word_if(*if_exists, "if exists");
            }
            Self::DropExpression { column, if_exists } => {
                sql.word("alter column")
                    .identifier(column)
                    .word("drop expression")
                    .word_if(*if_exists, "if exists");
            }
            Self::AddConstraint {
                definition,
                if_not_exists,
            } => {
                sql.word("add");
                if *if_not_exists {
                    let mut definition = definition.clone();
                    sql.word("constraint if not exists");
                    if let Some(name) = definition.name.take() {
                        sql.identifier(&name);
                    }
                    definition.write(sql);
                } else {
                    definition.write(sql);
                }
            }
            Self::ValidateConstraint { name } => {
                sql.word("validate constraint").identifier(name);
            }
            Self::DropConstraint {
                name,
                if_exists,
                cascade,
            } => {
                sql.word("drop constraint")
                    .word_if(*if_exists, "if exists")
                    .identifier(name)
                    .word_if(*cascade, "cascade");
            }
            Self::AttachPartition { partition, bound } => {
                sql.word("attach partition").name(partition).word(bound);
            }
            Self::DetachPartition {
                partition,
                concurrently,
            } => {
                sql.word("detach partition")
                    .name(partition)
                    .word_if(*concurrently, "concurrently");
            }
        }
    }

    /// Does it to the model.
    pub fn apply(&self, table: &Name, only: bool, schema: &mut Schema) -> Result<(), Refusal> {
        match self {
            Self::AddColumn {
                definition,
                if_not_exists,
            } => add_column::add(definition, *if_not_exists, table, only, schema),
            Self::DropColumn {
                column,
                if_exists,
                cascade,
            } => column::drop(column, *if_exists, *cascade, table, only, schema),
            Self::AlterType {
                column,
                sql_type,
                collation,
                using,
            } => alter_type::apply(
                column,
                sql_type,
                collation.as_ref(),
                using.as_ref(),
                table,
                schema,
            ),
            Self::SetDefault { column, default } => {
                column::set_default(column, default.as_ref(), table, only, schema)
            }
            Self::SetNotNull { column, not_null } => {
                not_null::set(column, *not_null, table, only, schema)
            }
            Self::AddIdentity {
                column,
                identity,
                sequence,
            } => column::add_identity(column, identity, sequence.as_ref(), table, schema),
            Self::SetIdentity {
                column,
                always,
                options,
            } => column::set_identity(column, *always, options, table, schema),
            Self::DropIdentity { column, if_exists } => {
                column::drop_identity(column, *if_exists, table, schema)
            }
            Self::DropExpression { column, if_exists } => {
                column::drop_expression(column, *if_exists, table, only, schema)
            }
            Self::AddConstraint {
                definition,
                if_not_exists,
            } => constraint::add(definition, *if_not_exists, table, only, schema),
            Self::ValidateConstraint { name } => constraint::validate(name, table, schema),
            Self::DropConstraint {
                name,
                if_exists,
                cascade,
            } => constraint::drop(name, *if_exists, *cascade, table, only, schema),
            Self::AttachPartition { partition, bound } => {
                partition::attach(partition, bound, table, schema)
            }
            Self::DetachPartition {
                partition,
                concurrently,
            } => partition::detach(partition, *concurrently, table, schema),
        }
    }
}

impl Action {
    /// `add constraint` without a guard.
    #[must_use]
    pub fn add_constraint(definition: ConstraintDefinition) -> Self {
        Self::AddConstraint {
            definition,
            if_not_exists: false,
        }
    }
}
