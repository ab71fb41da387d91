//! The options of sequences and identities as statements define them.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::name::Name;
use crate::schema::{Refusal, Sequence};
use crate::sql::Sql;
use crate::sql_type::SqlType;

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
                "the type of a sequence must be smallint, integer or bigint, not {}",
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
            None => most,
            Some(None) => {
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
            None => least,
            Some(None) => {
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
                "the limits {} and {} are out of range for {}",
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

/// Refuses a sequence that lies elsewhere than the table whose column owns it (`process_owned_by`).
pub fn check_beside(sequence: &Name, table: &Name) -> Result<(), Refusal> {
    if sequence.schema == table.schema {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidSequence,
        format!("sequence \"{sequence}\" must be in the schema of table \"{table}\""),
    )
    .help(format!(
        "remove the schema: sequence name {}",
        crate::token::quote_identifier(&sequence.name)
    ))
    .at([sequence.name.clone()]))
}

/// The least and greatest value of an integer type.
pub(in crate::operation) fn type_limits(sql_type: &SqlType) -> Option<(i64, i64)> {
    match sql_type.scalar()? {
        "int2" => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        "int4" => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        "int8" => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}
