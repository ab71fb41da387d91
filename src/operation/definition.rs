//! Columns, constraints and sequences as statements define them: how they are written, how names that were left out
//! are chosen, and what they become in the schema.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::collation::check_collation;
use super::default_type::check_default_type;
use super::generated;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::name::Name;
use crate::schema::{
    Column, Constraint, ConstraintKind, Generated, Identity, Index, IndexElement, ObjectId,
    ReferentialAction, Refusal, Schema, Sequence, Table,
};
use crate::sql::Sql;
use crate::sql_type::{SqlType, WrittenType};
use crate::token::lex;

/// A column in `create table` or `add column`. Its constraints stand beside it, as PostgreSQL moves them there.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDefinition {
    pub name: SmolStr,
    pub sql_type: WrittenType,
    pub collation: Option<Name>,
    pub not_null: bool,
    pub default: Option<Expression>,
    pub identity: Option<IdentityDefinition>,
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

/// The options of a sequence that were written; the others keep their value or take the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SequenceOptions {
    pub sql_type: Option<SqlType>,
    pub start: Option<i64>,
    pub increment: Option<i64>,
    /// `Some(None)` is `no minvalue`.
    pub minimum: Option<Option<i64>>,
    pub maximum: Option<Option<i64>>,
    pub cache: Option<i64>,
    pub cycle: Option<bool>,
    /// `Some(None)` is `owned by none`.
    pub owned_by: Option<Option<(Name, SmolStr)>>,
    /// `sequence name`, for identity columns.
    pub name: Option<Name>,
    /// `restart [with n]`, which changes rows only.
    pub restart: Option<Option<i64>>,
}

/// A constraint of a table. A foreign key without referenced columns means the primary key.
#[derive(Debug, Clone, PartialEq)]
pub struct ConstraintDefinition {
    pub name: Option<SmolStr>,
    pub kind: ConstraintKind,
    /// The index that `using index` takes over.
    pub using_index: Option<SmolStr>,
    pub deferrable: bool,
    pub initially_deferred: bool,
    pub validated: bool,
}

/// A column, and the sequence that it brings, under its name.
pub type MadeColumn = (Arc<Column>, Option<(Name, Sequence)>);

/// Refuses a sequence that lies elsewhere than the table whose column owns it (`process_owned_by`).
pub fn check_beside(sequence: &Name, table: &Name) -> Result<(), Refusal> {
    if sequence.schema == table.schema {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidSequence,
        format!("sequence \"{sequence}\" does not lie in the schema of table \"{table}\""),
    )
    .help(format!(
        "leave the schema out: sequence name {}",
        crate::token::quote_identifier(&sequence.name)
    ))
    .at([sequence.name.clone()]))
}

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
            identity: column.identity.as_ref().map(|identity| IdentityDefinition {
                always: identity.always,
                options: sequence.map_or_else(SequenceOptions::default, |it| {
                    SequenceOptions::of(it, &column.sql_type)
                }),
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
                        "column \"{}\" has a default, and as a serial one another",
                        self.name
                    ),
                )
                .help("keep one of the two: the type integer with a default, or serial"));
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
            .help("keep one of the two"));
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

/// The default in one form for what PostgreSQL holds to be one: without parentheses around the whole, and with
/// `nextval` as `serial` writes it.
#[must_use]
pub fn plain_default(default: &Expression, schema: &str) -> Expression {
    let text = default.text();
    if !text.ends_with(')') {
        return default.clone();
    }
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    if let [name, open, _, cast @ .., close] = tokens.as_slice()
        && name.is_word(text, "nextval")
        && open.is(text, "(")
        && close.is(text, ")")
        && (cast.is_empty() || matches!(cast, [_, to] if to.is_word(text, "regclass")))
        && let Some(sequence) = default.relations(schema).next()
    {
        return Expression::nextval(&sequence, schema);
    }
    let mut depth = 0_i32;
    let closed_at = tokens.iter().position(|token| {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth -= 1;
        }
        depth == 0
    });
    if closed_at.is_some_and(|at| at > 0 && at + 1 == tokens.len()) {
        // A query or a row needs its parentheses.
        if let Ok(inside) = Expression::parse(&text[1..text.len() - 1]) {
            return plain_default(&inside, schema);
        }
    }
    default.clone()
}

/// Refuses a default that PostgreSQL refuses whatever the rows.
pub fn check_default(default: &Expression, schema: &Schema) -> Result<(), Refusal> {
    if default.has_subquery() {
        return Err(
            Refusal::new(Code::InvalidExpression, "a default cannot hold a query")
                .help("move the query into a function")
                .at(["default", "select"]),
        );
    }
    if let Some(column) = default.columns().next() {
        return Err(Refusal::new(
            Code::InvalidExpression,
            format!("a default cannot read the column \"{column}\""),
        )
        .help("quote it if a text is meant: 'text'; to compute from other columns use `generated always as (…) stored`")
        .at([column.clone()]));
    }
    check_expression(default, schema)
}

/// Refuses types and sequences in an expression that do not exist.
pub fn check_expression(expression: &Expression, schema: &Schema) -> Result<(), Refusal> {
    for name in expression.types(&schema.default) {
        if name.schema != "pg_catalog" {
            check_named_type(&name, schema)?;
        }
    }
    for relation in expression.relations(&schema.default) {
        if schema.relation(&relation).is_none() {
            return Err(unknown_relation(&relation, "sequence", schema));
        }
    }
    Ok(())
}

/// The refusal for a relation that does not exist; `kind` is the word for what was expected.
#[must_use]
pub fn unknown_relation(name: &Name, kind: &str, schema: &Schema) -> Refusal {
    let names: Vec<&str> = schema
        .objects()
        .filter_map(|(id, object)| match id {
            ObjectId::Relation(it) if it.schema == name.schema && object.kind() == kind => {
                Some(it.name.as_str())
            }
            _ => None,
        })
        .collect();
    let code = match kind {
        "table" => Code::UnknownTable,
        "index" => Code::UnknownIndex,
        _ => Code::UnknownObject,
    };
    Refusal::new(code, format!("there is no {kind} \"{name}\""))
        .suggest(&name.name, names)
        .at([name.name.clone()])
}

/// Refuses a type that neither PostgreSQL nor the schema has.
pub fn check_type(sql_type: &SqlType, schema: &Schema) -> Result<(), Refusal> {
    match sql_type.named() {
        None => Ok(()),
        Some(name) => check_named_type(name, schema),
    }
}

fn check_named_type(name: &Name, schema: &Schema) -> Result<(), Refusal> {
    if schema.get(&ObjectId::Type(name.clone())).is_some()
        || schema.table(name).is_some()
        || super::extension_types::may_provide(schema, &name.name)
    {
        return Ok(());
    }
    let mut candidates: Vec<&str> = crate::sql_type::builtin_names().collect();
    candidates.extend(schema.objects().filter_map(|(id, _)| match id {
        ObjectId::Type(it) => Some(it.name.as_str()),
        _ => None,
    }));
    let refusal = Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""));
    let extension = super::extension_types::provider_of_type(&name.name);
    let refusal = match (extension, elsewhere(&name.name)) {
        (Some(extension), _) => refusal.help(super::extension_types::before(extension)),
        (None, Some(own)) => refusal.help(format!("PostgreSQL's is `{own}`")),
        (None, None) => refusal.suggest(&name.name, candidates),
    };
    Err(refusal.at([name.name.clone()]))
}

/// PostgreSQL's type for the word of another database.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" | "clob" | "tinytext" | "mediumtext" | "longtext" | "ntext" => "text",
        "datetime" | "datetime2" | "datetimeoffset" => "timestamptz",
        "tinyint" => "smallint",
        "mediumint" => "integer",
        "double" => "double precision",
        "number" => "numeric",
        "nvarchar" | "varchar2" => "varchar",
        "blob" | "binary" | "varbinary" | "longblob" => "bytea",
        "uniqueidentifier" => "uuid",
        _ => return None,
    })
}

impl SequenceOptions {
    /// The options that make `sequence` again, those with default values left out; `sql_type` is the type that needs
    /// no words.
    #[must_use]
    pub fn of(sequence: &Sequence, sql_type: &SqlType) -> Self {
        let default = Self {
            increment: Some(sequence.increment),
            ..Self::default()
        }
        .sequence(&sequence.sql_type)
        .expect("the limits of a sequence's own type are valid");
        let differing = |value: i64, default: i64| (value != default).then_some(value);
        let start = if sequence.increment > 0 {
            sequence.minimum
        } else {
            sequence.maximum
        };
        Self {
            sql_type: (sequence.sql_type != *sql_type).then(|| sequence.sql_type.clone()),
            start: differing(sequence.start, start),
            increment: differing(sequence.increment, 1),
            minimum: differing(sequence.minimum, default.minimum).map(Some),
            maximum: differing(sequence.maximum, default.maximum).map(Some),
            cache: differing(sequence.cache, 1),
            cycle: sequence.cycle.then_some(true),
            owned_by: None,
            name: None,
            restart: None,
        }
    }

    /// The sequence that `create sequence` makes of these options (documentation of CREATE SEQUENCE).
    pub fn sequence(&self, sql_type: &SqlType) -> Result<Sequence, Refusal> {
        let sequence = Sequence {
            sql_type: self.sql_type.clone().unwrap_or_else(|| sql_type.clone()),
            start: 0,
            increment: 1,
            minimum: 0,
            maximum: 0,
            cache: 1,
            cycle: false,
            unlogged: false,
            owned_by: None,
            identity: false,
            comment: None,
        };
        let all = Self {
            minimum: Some(self.minimum.flatten()),
            maximum: Some(self.maximum.flatten()),
            ..self.clone()
        };
        let mut sequence = all.alter(&sequence)?;
        if self.start.is_none() {
            sequence.start = if sequence.increment > 0 {
                sequence.minimum
            } else {
                sequence.maximum
            };
        }
        Self::default().alter(&sequence)
    }

    /// `as type`
    #[must_use]
    pub fn of_type(sql_type: &SqlType) -> Self {
        Self {
            sql_type: Some(sql_type.clone()),
            ..Self::default()
        }
    }

    /// `sequence` after `alter sequence` with these options.
    pub fn alter(&self, sequence: &Sequence) -> Result<Sequence, Refusal> {
        let refuse = |message: String| Err(Refusal::new(Code::InvalidSequence, message));
        let mut altered = sequence.clone();
        let old_limits = type_limits(&sequence.sql_type);
        if let Some(sql_type) = &self.sql_type {
            altered.sql_type = sql_type.clone();
        }
        let Some((least, most)) = type_limits(&altered.sql_type) else {
            return refuse(format!(
                "a sequence is smallint, integer or bigint, not {}",
                altered.sql_type
            ));
        };
        altered.increment = self.increment.unwrap_or(sequence.increment);
        if altered.increment == 0 {
            return refuse("the increment of a sequence cannot be 0".to_owned());
        }
        let (ascending_minimum, descending_maximum) = (1, -1);
        // A limit that was the old type's own follows the type (init_params in sequence.c).
        let follows = |value: i64, limit: fn((i64, i64)) -> i64| {
            self.sql_type.is_some() && old_limits.is_some_and(|old| limit(old) == value)
        };
        altered.maximum = match self.maximum {
            Some(Some(maximum)) => maximum,
            None if !follows(sequence.maximum, |it| it.1) => sequence.maximum,
            Some(None) | None => {
                if altered.increment > 0 {
                    most
                } else {
                    descending_maximum
                }
            }
        };
        altered.minimum = match self.minimum {
            Some(Some(minimum)) => minimum,
            None if !follows(sequence.minimum, |it| it.0) => sequence.minimum,
            Some(None) | None => {
                if altered.increment > 0 {
                    ascending_minimum
                } else {
                    least
                }
            }
        };
        altered.start = self.start.unwrap_or(sequence.start);
        altered.cache = self.cache.unwrap_or(sequence.cache);
        altered.cycle = self.cycle.unwrap_or(sequence.cycle);
        if let Some(owned_by) = &self.owned_by {
            altered.owned_by.clone_from(owned_by);
        }
        if altered.maximum > most || altered.minimum < least {
            return refuse(format!(
                "the limits {} and {} are out of the range of {}",
                altered.minimum, altered.maximum, altered.sql_type
            ));
        }
        if altered.minimum >= altered.maximum {
            return refuse(format!(
                "minvalue ({}) must be less than maxvalue ({})",
                altered.minimum, altered.maximum
            ));
        }
        let starting = self.start.is_some() || altered.start != 0;
        if starting && !(altered.minimum..=altered.maximum).contains(&altered.start) {
            return refuse(format!(
                "the start value {} is not between {} and {}",
                altered.start, altered.minimum, altered.maximum
            ));
        }
        if let Some(Some(restart)) = self.restart
            && !(altered.minimum..=altered.maximum).contains(&restart)
        {
            return refuse(format!(
                "the restart value {restart} is not between {} and {}",
                altered.minimum, altered.maximum
            ));
        }
        if altered.cache < 1 {
            return refuse(format!("cache must be at least 1, not {}", altered.cache));
        }
        Ok(altered)
    }

    /// As `create sequence` and `alter sequence` write them.
    pub fn write(&self, sql: &mut Sql<'_>) {
        if let Some(sql_type) = &self.sql_type {
            sql.word("as").sql_type(sql_type);
        }
        self.write_options(sql);
    }

    /// In parentheses, as `as identity` takes them.
    pub fn write_identity(&self, table: &Name, sql: &mut Sql<'_>) {
        if *self == Self::default() {
            return;
        }
        let mut options = Sql::new(sql.schema);
        if let Some(name) = &self.name {
            options.word("sequence name");
            // PostgreSQL looks for it beside its table where no schema is said.
            if name.schema == table.schema {
                options.identifier(&name.name);
            } else {
                options.word(&name.qualified());
            }
        }
        self.write_options(&mut options);
        let options = options.finish();
        if !options.is_empty() {
            sql.word("(").tight(&options).tight(")");
        }
    }

    /// Each option after `set`, as `alter column` takes them.
    pub fn write_set(&self, sql: &mut Sql<'_>) {
        let nothing = Self::default();
        let mut rest = self.clone();
        // One option at a time: `set` stands before each, but not before `restart`.
        let singles = [
            Self {
                increment: rest.increment.take(),
                ..nothing.clone()
            },
            Self {
                minimum: rest.minimum.take(),
                ..nothing.clone()
            },
            Self {
                maximum: rest.maximum.take(),
                ..nothing.clone()
            },
            Self {
                start: rest.start.take(),
                ..nothing.clone()
            },
            Self {
                cache: rest.cache.take(),
                ..nothing.clone()
            },
            Self {
                cycle: rest.cycle.take(),
                ..nothing.clone()
            },
        ];
        for single in singles.iter().filter(|it| **it != nothing) {
            sql.word("set");
            single.write_options(sql);
        }
        rest.write_options(sql);
    }

    /// All but the type, which an identity column gives, and the name.
    pub fn write_options(&self, sql: &mut Sql<'_>) {
        if let Some(increment) = self.increment {
            sql.word("increment by").number(increment);
        }
        for (limit, word) in [(self.minimum, "minvalue"), (self.maximum, "maxvalue")] {
            match limit {
                None => {}
                Some(None) => {
                    sql.word("no").word(word);
                }
                Some(Some(value)) => {
                    sql.word(word).number(value);
                }
            }
        }
        if let Some(start) = self.start {
            sql.word("start with").number(start);
        }
        match self.restart {
            None => {}
            Some(None) => {
                sql.word("restart");
            }
            Some(Some(value)) => {
                sql.word("restart with").number(value);
            }
        }
        if let Some(cache) = self.cache {
            sql.word("cache").number(cache);
        }
        match self.cycle {
            None => {}
            Some(true) => {
                sql.word("cycle");
            }
            Some(false) => {
                sql.word("no cycle");
            }
        }
        match &self.owned_by {
            None => {}
            Some(None) => {
                sql.word("owned by none");
            }
            Some(Some((table, column))) => {
                sql.word("owned by").name(table).tight(".");
                let column = crate::token::quote_identifier(column);
                sql.tight(&column);
            }
        }
    }
}

/// The least and greatest value of an integer type.
fn type_limits(sql_type: &SqlType) -> Option<(i64, i64)> {
    match sql_type.scalar()? {
        "int2" => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        "int4" => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        "int8" => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}

impl ConstraintDefinition {
    /// A validated constraint that is not deferrable.
    #[must_use]
    pub fn new(name: Option<SmolStr>, kind: ConstraintKind) -> Self {
        Self {
            name,
            kind,
            using_index: None,
            deferrable: false,
            initially_deferred: false,
            validated: true,
        }
    }

    /// The definition that makes the constraint again.
    #[must_use]
    pub fn of(name: &SmolStr, constraint: &Constraint) -> Self {
        let mut kind = constraint.kind.clone();
        if let ConstraintKind::ForeignKey(key) = &mut kind {
            key.index = SmolStr::default();
        }
        Self {
            name: Some(name.clone()),
            kind,
            using_index: None,
            deferrable: constraint.deferrable,
            initially_deferred: constraint.initially_deferred,
            validated: constraint.validated,
        }
    }

    /// Makes the columns of a primary key `not null`, as PostgreSQL does.
    pub fn require_key(&self, columns: &mut [ColumnDefinition]) {
        if let ConstraintKind::PrimaryKey(key) = &self.kind {
            for column in columns {
                column.not_null |= key.columns.contains(&column.name);
            }
        }
    }

    /// As the language writes it.
    pub fn write(&self, sql: &mut Sql<'_>) {
        if let Some(name) = &self.name {
            sql.word("constraint").identifier(name);
        }
        match &self.kind {
            ConstraintKind::PrimaryKey(key) => {
                sql.word("primary key");
                self.write_key(key, sql);
            }
            ConstraintKind::Unique(key) => {
                sql.word("unique");
                sql.word_if(key.nulls_not_distinct, "nulls not distinct");
                self.write_key(key, sql);
            }
            ConstraintKind::ForeignKey(key) => {
                sql.word("foreign key").columns(&key.columns);
                sql.word("references").name(&key.table);
                if !key.references.is_empty() {
                    sql.columns(&key.references);
                }
                sql.word_if(key.match_full, "match full");
                for (action, words) in [(key.on_delete, "on delete"), (key.on_update, "on update")]
                {
                    if action != ReferentialAction::NoAction {
                        sql.word(words).word(action.words());
                        if words == "on delete" && !key.on_delete_columns.is_empty() {
                            sql.columns(&key.on_delete_columns);
                        }
                    }
                }
            }
            ConstraintKind::Check {
                expression,
                no_inherit,
            } => {
                sql.word("check").parenthesised(expression);
                sql.word_if(*no_inherit, "no inherit");
            }
            ConstraintKind::Exclusion(exclusion) => {
                sql.word("exclude using")
                    .identifier(&exclusion.method)
                    .word("(");
                sql.list(&exclusion.elements, |sql, (element, operator)| {
                    write_element(element, sql);
                    sql.word("with").word(operator);
                })
                .tight(")");
                write_index_tail(
                    &exclusion.include,
                    &exclusion.options,
                    exclusion.tablespace.as_ref(),
                    true,
                    sql,
                );
                if let Some(predicate) = &exclusion.predicate {
                    sql.word("where").parenthesised(predicate);
                }
            }
        }
        sql.word_if(self.deferrable, "deferrable");
        sql.word_if(self.initially_deferred, "initially deferred");
        sql.word_if(!self.validated, "not valid");
    }

    fn write_key(&self, key: &crate::schema::object::Key, sql: &mut Sql<'_>) {
        if let Some(index) = &self.using_index {
            sql.word("using index").identifier(index);
            return;
        }
        sql.columns(&key.columns);
        write_index_tail(
            &key.include,
            &key.options,
            key.tablespace.as_ref(),
            true,
            sql,
        );
    }
}

impl ReferentialAction {
    /// As SQL writes it after `on delete` and `on update`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoAction => "no action",
            Self::Restrict => "restrict",
            Self::Cascade => "cascade",
            Self::SetNull => "set null",
            Self::SetDefault => "set default",
        }
    }
}

/// A collation, which lives in `pg_catalog` unless it was qualified.
pub fn write_collation(collation: &Name, sql: &mut Sql<'_>) {
    if collation.schema == "pg_catalog" {
        sql.word(&format_smolstr!(
            "\"{}\"",
            collation.name.replace('"', "\"\"")
        ));
    } else {
        sql.name(collation);
    }
}

/// Words that end the restricted expression (`b_expr` of `gram.y`) of a default, or cannot stand in one.
const DEFAULT_ENDS: [&str; 25] = [
    "and",
    "at",
    "between",
    "check",
    "collate",
    "comment",
    "constraint",
    "default",
    "deferrable",
    "generated",
    "ilike",
    "in",
    "initially",
    "is",
    "isnull",
    "like",
    "not",
    "notnull",
    "null",
    "or",
    "overlaps",
    "primary",
    "references",
    "similar",
    "unique",
];

/// A default in a column or domain: in parentheses where it would end early, as it may come from `set default`, which
/// takes any expression.
pub fn write_default(default: &Expression, sql: &mut Sql<'_>) {
    if ends_early(default.text()) {
        sql.parenthesised(default);
    } else {
        sql.expression(default);
    }
}

fn ends_early(text: &str) -> bool {
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    let mut depth = 0_usize;
    tokens.iter().enumerate().any(|(at, token)| {
        let word = token.text(text);
        let part = at > 0 && tokens[at - 1].is(text, ".");
        match word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "case" if !part => depth += 1,
            "end" if !part => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && !part && (at > 0 || word == "not") && DEFAULT_ENDS.contains(&word)
    })
}

/// One element of an index or exclusion constraint.
pub fn write_element(element: &IndexElement, sql: &mut Sql<'_>) {
    if element.expression.is_column() {
        sql.expression(&element.expression);
    } else {
        sql.parenthesised(&element.expression);
    }
    if let Some(collation) = &element.collation {
        sql.word("collate");
        write_collation(collation, sql);
    }
    if let Some(operator_class) = &element.operator_class {
        sql.word(operator_class);
    }
    sql.word_if(element.descending, "desc");
    match element.nulls_first {
        None => {}
        Some(true) => {
            sql.word("nulls first");
        }
        Some(false) => {
            sql.word("nulls last");
        }
    }
}

/// `include (…) with (…) tablespace …`, in the order of indexes or of constraints.
pub fn write_index_tail(
    include: &[SmolStr],
    options: &std::collections::BTreeMap<SmolStr, SmolStr>,
    tablespace: Option<&SmolStr>,
    constraint: bool,
    sql: &mut Sql<'_>,
) {
    if !include.is_empty() {
        sql.word("include").columns(include);
    }
    write_options(options, sql);
    if let Some(tablespace) = tablespace {
        sql.word_if(constraint, "using index")
            .word("tablespace")
            .identifier(tablespace);
    }
}

/// `with (name = value, …)`
pub fn write_options(options: &std::collections::BTreeMap<SmolStr, SmolStr>, sql: &mut Sql<'_>) {
    if options.is_empty() {
        return;
    }
    sql.word("with (");
    sql.list(options, |sql, (name, value)| {
        sql.word(name);
        if !value.is_empty() {
            sql.word("=").word(value);
        }
    })
    .tight(")");
}

/// The index that carries a constraint of this table, for the checks that treat both alike.
#[must_use]
pub fn unique_columns(index: &Index) -> Option<Vec<&SmolStr>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    index
        .elements
        .iter()
        .map(|element| {
            element
                .expression
                .is_column()
                .then(|| element.expression.columns().next())
                .flatten()
        })
        .collect()
}

/// Every column of `names` in `table`, or the refusal that names the missing one.
pub fn check_columns<'a>(
    names: impl IntoIterator<Item = &'a SmolStr>,
    table: &Table,
    name: &Name,
) -> Result<(), Refusal> {
    for column in names {
        if table.column(column).is_none() {
            return Err(unknown_column(column, table, name));
        }
    }
    Ok(())
}

/// Refuses a name that PostgreSQL's system columns have (`CheckAttributeNamesTypes`).
pub fn check_column_name(column: &SmolStr, table: &Name) -> Result<(), Refusal> {
    if !["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"].contains(&column.as_str()) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::DuplicateColumn,
        format!("table \"{table}\" cannot have a column \"{column}\": every table has a system column of that name"),
    )
    .help("choose another name")
    .at([column.clone()]))
}

/// The refusal for a column that `table`, called `name`, does not have.
#[must_use]
pub fn unknown_column(column: &SmolStr, table: &Table, name: &Name) -> Refusal {
    Refusal::new(
        Code::UnknownColumn,
        format!("there is no column \"{column}\" in table \"{name}\""),
    )
    .suggest(column, table.columns.iter().map(|it| it.name.as_str()))
    .at([column.clone()])
}
