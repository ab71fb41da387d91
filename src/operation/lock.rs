//! Which tables a statement locks so that others wait (PostgreSQL's documentation, section 13.3.1). Modes were measured on
//! PostgreSQL 12 to 18; where versions differ, the weakest one stands here.

use smol_str::SmolStr;

use crate::kind::{Defined, Kind};
use crate::model::opaque::qualify;
use crate::name::Name;
use crate::operation::RawStatement;
use crate::operation::effects::Words;
use crate::token::lex;

/// A lock that makes writers wait, or all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// A table, or an index, with which its table is locked.
    pub relation: Name,
    pub mode: LockMode,
}

/// A mode of a lock, the strongest one last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    Share,
    ShareRowExclusive,
    AccessExclusive,
}

impl Lock {
    pub(super) fn new(relation: &Name, mode: LockMode) -> Self {
        Self {
            relation: relation.clone(),
            mode,
        }
    }
}

impl LockMode {
    /// As `lock table` names it.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::ShareRowExclusive => "share row exclusive",
            Self::AccessExclusive => "access exclusive",
        }
    }
}

impl RawStatement {
    /// What it locks at least, as far as its first words say it; unqualified names belong to `schema`.
    #[must_use]
    pub fn locks(&self, schema: &str) -> Vec<Lock> {
        let trigger = Kind::Defined(Defined::Trigger);
        let (parts, mode) = match &self.facts.makes {
            Some(made) if made.kind == trigger => (made.on.clone(), LockMode::ShareRowExclusive),
            Some(made) => (made.on.clone(), LockMode::AccessExclusive),
            None => (self.altered_or_dropped(), LockMode::AccessExclusive),
        };
        let name = parts.and_then(|it| qualify(&it, schema));
        name.iter().map(|it| Lock::new(it, mode)).collect()
    }

    /// The table that a `truncate`, a `drop … on` or the first action of an `alter table` changes so that nobody may read it.
    fn altered_or_dropped(&self) -> Option<Vec<SmolStr>> {
        let tokens = lex(&self.text, 0, self.text.len()).ok()?;
        let words = Words {
            text: &self.text,
            tokens: &tokens,
        };
        if words.is(0, "truncate") {
            let at = 1 + usize::from(words.is(1, "table"));
            return Some(words.name(at + usize::from(words.is(at, "only"))).0);
        }
        let on = ["trigger", "policy", "rule"];
        if words.is(0, "drop") && on.iter().any(|it| words.is(1, it)) {
            let at = 2 + 2 * usize::from(words.are(2, "if exists"));
            return words.is(at + 1, "on").then(|| words.name(at + 2).0);
        }
        if words.are(0, "alter table") {
            let at = 2 + 2 * usize::from(words.are(2, "if exists"));
            let (name, action) = words.name(at + usize::from(words.is(at, "only")));
            let first = ["drop", "rename", "owner"];
            return (first.iter().any(|it| words.is(action, it))
                || words.are(action, "add column")
                || words.are(action + 1, "row level security"))
            .then_some(name);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::LockMode::{AccessExclusive, ShareRowExclusive};
    use crate::operation::RawStatement;

    #[test]
    fn raw_sql_locks_what_its_first_words_say() {
        for (sql, expected) in [
            ("truncate table only a.t, u", Some(("a.t", AccessExclusive))),
            ("truncate t", Some(("app.t", AccessExclusive))),
            (
                "drop trigger if exists x on t",
                Some(("app.t", AccessExclusive)),
            ),
            ("drop policy x on b.t", Some(("b.t", AccessExclusive))),
            (
                "alter table if exists only t owner to r",
                Some(("app.t", AccessExclusive)),
            ),
            (
                "alter table t enable row level security",
                Some(("app.t", AccessExclusive)),
            ),
            (
                "alter table t add column a int",
                Some(("app.t", AccessExclusive)),
            ),
            ("alter table t validate constraint c", None),
            ("alter table t set (fillfactor = 50)", None),
            (
                "create trigger x after insert on t execute function f()",
                Some(("app.t", ShareRowExclusive)),
            ),
            ("create policy x on t", Some(("app.t", AccessExclusive))),
            ("create view v as select 1", None),
            ("drop function f()", None),
            ("update t set a = 1", None),
        ] {
            let locks = RawStatement::parse(sql).unwrap().locks("app");
            let found = locks.first().map(|it| (it.relation.qualified(), it.mode));
            let found = found.as_ref().map(|it| (it.0.as_str(), it.1));
            assert_eq!(found, expected, "{sql}");
        }
    }
}
