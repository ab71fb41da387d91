//! Columns as statements define them: how they are written, how names that were left out are chosen, and what they become
//! in the schema.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::check::{check_default, check_type};
use crate::model::collation::check_collation;
use crate::model::default_type::check_default_type;
use crate::model::generated;
use crate::model::names::check_column_name;
use crate::name::Name;
use crate::operation::definition::sequence::{SequenceOptions, check_beside};
use crate::operation::definition::{plain_default, write_collation, write_default};
use crate::schema::{Column, Generated, Identity, Refusal, Schema, Sequence};
use crate::sql::Sql;
use crate::sql_type::WrittenType;

/// A column in `create table` or `add column`. Its constraints stand beside it, as PostgreSQL moves them there.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: SmolStr,
    pub sql_type: WrittenType,
    pub collation: Option<Name>,
    pub not_null: bool,
    pub default: Option<Expression>,
    /// Few columns have one, and it is large.
    pub identity: Option<Box<IdentityDefinition>>,
    pub generated: Option<Generated>,
    pub comment: Option<SmolStr>,
    /// The sequence of an identity or `serial` column, once its name is chosen.
    pub sequence: Option<Name>,
}

/// `generated … as identity (…)`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdentityDefinition {
    pub always: bool,
    pub options: SequenceOptions,
}

/// A column, and the sequence that it brings, under its name.
pub type MadeColumn = (Arc<Column>, Option<(Name, Sequence)>);

impl ColumnDefinition {
    /// A nullable column with nothing more.
    #[must_use]
    pub fn new(name: SmolStr, sql_type: WrittenType) -> Self {
        Self {
            name,
            sql_type,
            collation: None,
            not_null: false,
            default: None,
            identity: None,
            generated: None,
            comment: None,
            sequence: None,
        }
    }

    /// The definition that makes `column` again; `schema` knows the sequence of an identity.
    #[must_use]
    pub fn of(column: &Column, sequence: Option<&Sequence>) -> Self {
        Self {
            name: column.name.clone(),
            sql_type: WrittenType::Type(column.sql_type.clone()),
            collation: column.collation.clone(),
            not_null: column.not_null,
            default: column.default.clone(),
            identity: column.identity.as_ref().map(|identity| {
                Box::new(IdentityDefinition {
                    always: identity.always,
                    options: sequence.map_or_else(SequenceOptions::default, |it| {
                        SequenceOptions::of(it, &column.sql_type)
                    }),
                })
            }),
            generated: column.generated.clone(),
            comment: column.comment.clone(),
            sequence: column.identity.as_ref().map(|it| it.sequence.clone()),
        }
    }

    /// As the language writes it.
    pub fn write(&self, table: &Name, sql: &mut Sql<'_>) {
        sql.identifier(&self.name);
        match &self.sql_type {
            WrittenType::Type(sql_type) => sql.sql_type(sql_type),
            WrittenType::Serial(sql_type) => sql.word(match sql_type.scalar() {
                Some("int2") => "smallserial",
                Some("int8") => "bigserial",
                _ => "serial",
            }),
        };
        if let Some(collation) = &self.collation {
            sql.word("collate");
            write_collation(collation, sql);
        }
        if let Some(identity) = &self.identity {
            sql.word("generated")
                .word(if identity.always {
                    "always"
                } else {
                    "by default"
                })
                .word("as identity");
            let mut options = identity.options.clone();
            // A name that was written stays; one that was chosen is told where PostgreSQL would choose another.
            options.name = options.name.or_else(|| {
                let chosen = self.sequence.clone();
                chosen.filter(|it| *it != generated::sequence(table, &self.name, |_| false))
            });
            options.write_identity(table, sql);
        }
        if let Some(generated) = &self.generated {
            sql.word("generated always as")
                .parenthesised(&generated.expression)
                .word(if generated.stored {
                    "stored"
                } else {
                    "virtual"
                });
        }
        if let Some(default) = &self.default {
            sql.word("default");
            write_default(default, sql);
        }
        sql.word_if(
            self.not_null && self.identity.is_none() && !self.is_serial(),
            "not null",
        );
        if let Some(comment) = &self.comment {
            sql.word("comment").literal(comment);
        }
    }

    fn is_serial(&self) -> bool {
        matches!(self.sql_type, WrittenType::Serial(_))
    }

    /// Makes its type a plain one and chooses the name of its sequence; `assigned` holds the relations that the same
    /// statement makes.
    pub fn resolve(&mut self, table: &Name, schema: &Schema, assigned: &mut BTreeSet<Name>) {
        if let Some(default) = &mut self.default {
            *default = plain_default(default, &schema.default);
        }
        let serial = match &self.sql_type {
            // With a default of its own it is refused later.
            WrittenType::Serial(_) if self.default.is_some() => return,
            WrittenType::Serial(sql_type) => Some(sql_type.clone()),
            WrittenType::Type(_) => None,
        };
        if (serial.is_none() && self.identity.is_none()) || self.sequence.is_some() {
            return;
        }
        let written = self
            .identity
            .as_ref()
            .and_then(|it| it.options.name.clone());
        let sequence = written.unwrap_or_else(|| {
            generated::sequence(table, &self.name, |name| {
                schema.relation_taken(name) || assigned.contains(name)
            })
        });
        assigned.insert(sequence.clone());
        if let Some(sql_type) = serial {
            self.sql_type = WrittenType::Type(sql_type);
            self.default = Some(Expression::nextval(&sequence, &schema.default));
            self.not_null = true;
        }
        if let Some(identity) = &mut self.identity {
            identity.options.name = None;
            self.not_null = true;
        }
        self.sequence = Some(sequence);
    }

    /// Leaves the sequence of a serial column to PostgreSQL again.
    pub fn leave_sequence(&mut self) {
        if let WrittenType::Type(sql_type) = &self.sql_type
            && self.identity.is_none()
            && self.sequence.take().is_some()
        {
            self.sql_type = WrittenType::Serial(sql_type.clone());
            self.default = None;
        }
    }

    /// The column of a resolved definition, and its sequence.
    pub fn column(&self, table: &Name, schema: &Schema) -> Result<MadeColumn, Refusal> {
        self.check(table, schema)
            .map_err(|refusal| refusal.at([self.name.clone()]))?;
        let WrittenType::Type(sql_type) = &self.sql_type else {
            unreachable!("a resolved definition has a plain type");
        };
        let column = Arc::new(Column {
            name: self.name.clone(),
            sql_type: sql_type.clone(),
            collation: self.collation.clone(),
            not_null: self.not_null || self.identity.is_some(),
            default: self.default.clone(),
            identity: self.identity.as_ref().map(|identity| Identity {
                always: identity.always,
                sequence: self
                    .sequence
                    .clone()
                    .expect("a resolved identity has its sequence"),
            }),
            generated: self.generated.clone(),
            comment: self.comment.clone(),
            inherited: false,
            own: true,
        });
        let Some(name) = &self.sequence else {
            return Ok((column, None));
        };
        check_beside(name, table)?;
        let options = self
            .identity
            .as_ref()
            .map(|it| it.options.clone())
            .unwrap_or_default();
        let mut sequence = options.sequence(sql_type)?;
        sequence.owned_by = Some((table.clone(), self.name.clone()));
        sequence.identity = self.identity.is_some();
        Ok((column, Some((name.clone(), sequence))))
    }

    fn check(&self, table: &Name, schema: &Schema) -> Result<(), Refusal> {
        check_column_name(&self.name, table)?;
        let sql_type = match &self.sql_type {
            WrittenType::Type(sql_type) => sql_type,
            WrittenType::Serial(_) => {
                return Err(Refusal::new(
                    Code::InvalidColumn,
                    format!(
                        "column \"{}\" has a default, but a serial column already has one",
                        self.name
                    ),
                )
                .help("use either the type integer with a default, or serial"));
            }
        };
        check_type(sql_type, schema)?;
        check_collation(self.collation.as_ref(), sql_type, schema)?;
        let clauses = [
            (
                self.default.is_some() && (self.identity.is_none() && self.generated.is_none()),
                "a default",
            ),
            (self.identity.is_some(), "an identity"),
            (self.generated.is_some(), "a generation expression"),
            (
                self.default.is_some() && (self.identity.is_some() || self.generated.is_some()),
                "a default",
            ),
        ];
        let present: Vec<&str> = clauses.iter().filter(|it| it.0).map(|it| it.1).collect();
        if let [one, two, ..] = present.as_slice() {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!(
                    "column \"{}\" of table \"{table}\" has {one} and {two}",
                    self.name
                ),
            )
            .help("remove one of them"));
        }
        if self.identity.is_some() && !matches!(sql_type.scalar(), Some("int2" | "int4" | "int8")) {
            return Err(Refusal::new(
                Code::InvalidColumn,
                format!("an identity column must be smallint, integer or bigint, not {sql_type}"),
            )
            .help("change the column's type"));
        }
        // The default of a serial column reads the sequence that comes with it.
        if let Some(default) = self.default.as_ref().filter(|_| self.sequence.is_none()) {
            check_default(default, schema)?;
            let place = format_args!("column \"{}\"", self.name);
            check_default_type(default, sql_type, place, schema)?;
        }
        Ok(())
    }
}
