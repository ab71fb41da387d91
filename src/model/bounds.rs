//! Refuses bounds of partitions that PostgreSQL refuses whatever the rows are: a bound of another form, a value that the
//! key's type cannot hold, an empty range, and one that overlaps another partition (`transformPartitionBound` and
//! `check_new_partition_bound`).
//!
//! Only what is certain is refused. An expression, most casts, the order of texts under an unknown collation, dates that
//! depend on settings, and numbers of more than 36 digits are not decided, and accepted.
//!
//! Nothing is kept between calls. The text of each existing bound is read from the start until it is known to lie
//! elsewhere, without allocations.

mod decimal;
mod evaluate;
mod hash;
mod input;
mod key;
mod list;
mod literal;
mod mistake;
mod moment;
mod numeric;
mod order;
mod range;
mod scan;
mod value;

pub use key::{Existing, Key, Order, Sessions, Strategy};
pub use mistake::{Kind, Mistake};

use key::Column;
use scan::{Form, form};

/// What a table is partitioned by.
#[derive(Debug, Clone, Copy)]
pub struct Partitioned<'a> {
    pub strategy: Strategy,
    pub keys: &'a [Key],
    pub sessions: Sessions,
}

/// A bound that is not refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// PostgreSQL takes it, unless rows forbid it.
    Accepted,
    /// PostgreSQL may refuse it.
    Undecided,
}

/// Refuses a bound that PostgreSQL refuses whatever the rows are.
pub fn check<'e>(
    strategy: Strategy,
    keys: &[Key],
    existing: impl IntoIterator<Item = Existing<'e>>,
    new: &str,
) -> Result<(), Mistake> {
    let sessions = Sessions::default();
    let table = Partitioned {
        strategy,
        keys,
        sessions,
    };
    table.check(existing, new).map(|_| ())
}

impl Partitioned<'_> {
    /// Refuses a bound that PostgreSQL refuses whatever the rows are, and says whether it accepts the others.
    pub fn check<'e>(
        &self,
        existing: impl IntoIterator<Item = Existing<'e>>,
        new: &str,
    ) -> Result<Verdict, Mistake> {
        let Some(form) = form(new) else {
            return Ok(Verdict::Undecided);
        };
        let columns: Vec<_> = self
            .keys
            .iter()
            .map(|it| Column::new(it, self.sessions))
            .collect();
        let is_decided = match (self.strategy, form) {
            (Strategy::Range | Strategy::List, Form::Default) => check_default(existing)?,
            (Strategy::Range, Form::Range(from, to)) => {
                range::check(&columns, (from, to), existing)?
            }
            (Strategy::List, Form::In(list)) => match columns.first() {
                Some(column) => list::check(column, list, existing)?,
                None => false,
            },
            (Strategy::Hash, Form::With(with)) => hash::check(with, existing)?,
            (Strategy::Range, Form::In(_) | Form::With(_))
            | (Strategy::List, Form::Range(..) | Form::With(_))
            | (Strategy::Hash, Form::Default | Form::In(_) | Form::Range(..)) => {
                return Err(self.other_form(form));
            }
        };
        Ok(if is_decided {
            Verdict::Accepted
        } else {
            Verdict::Undecided
        })
    }

    fn other_form(&self, form: Form<'_>) -> Mistake {
        let wanted = match self.strategy {
            Strategy::Range => "write `for values from (…) to (…)`",
            Strategy::List => "write `for values in (…)`",
            Strategy::Hash => "write `for values with (modulus …, remainder …)`",
        };
        let (strategy, words) = (self.strategy.name(), form.words());
        let message = match form {
            Form::Default => {
                format!("a table that is partitioned by {strategy} cannot have a default partition")
            }
            Form::In(_) | Form::Range(..) | Form::With(_) => {
                format!(
                    "the table is partitioned by {strategy}, but this bound is of another kind: `{words}`"
                )
            }
        };
        Mistake::new(Kind::Form, message, wanted).at(words)
    }
}

/// Refuses a second default partition.
fn check_default<'e>(existing: impl IntoIterator<Item = Existing<'e>>) -> Result<bool, Mistake> {
    let other = existing
        .into_iter()
        .find(|it| form(it.bound) == Some(Form::Default));
    match other {
        None => Ok(true),
        Some(Existing { name, .. }) => Err(Mistake::new(
            Kind::Default,
            format!("the table already has a default partition: \"{name}\""),
            "give this partition values, or detach the other one first",
        )
        .at("default")
        .with(name)),
    }
}

#[cfg(test)]
mod tests;
