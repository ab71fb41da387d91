//! The names that PostgreSQL gives to constraints, indexes and sequences that have none: its algorithm, with the length
//! limit and the numbers that avoid names in use.
//!
//! Sources: `makeObjectName`, `ChooseRelationName`, `ChooseIndexName`, `ChooseIndexColumnNames`,
//! `ChooseIndexNameAddition` (`indexcmds.c`), `ChooseConstraintName` (`pg_constraint.c`),
//! `ChooseForeignKeyConstraintNameAddition` (`tablecmds.c`), `AddRelationNewConstraints` (`heap.c`). The servers 14 to 18
//! do the same; 18 also names not-null constraints, which share the schema's constraint names with the others.

use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use crate::token::MAX_IDENTIFIER;

/// What a name is generated for. Columns are in the order of the definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// `t_pkey`
    PrimaryKey,
    /// A unique constraint, `t_a_b_key`; the columns of `include` count.
    Unique(&'a [&'a str]),
    /// `t_a_b_excl`; an expression counts as [`expression_name`](super::expression_name::expression_name).
    Exclusion(&'a [&'a str]),
    /// `t_a_b_idx`; expressions and `include` as above.
    Index(&'a [&'a str]),
    /// `t_a_b_fkey`, of the referencing columns.
    ForeignKey(&'a [&'a str]),
    /// `t_a_check` if the expression uses exactly one column, however often, else `t_check`; domains have none.
    Check(Option<&'a str>),
    /// Of a `serial` or identity column, `t_a_seq`.
    Sequence(&'a str),
}

/// The name for a `purpose` of the table (or domain) `owner`.
///
/// `taken` knows the names that its schema has: of relations (tables, indexes, sequences, views) for an index or
/// sequence, of constraints for a check or foreign key, and of both for a primary key, unique or exclusion constraint.
/// In `create table`, sequences are named before the table exists, then checks, then the primary key, the other index
/// constraints and the foreign keys, each kind in the order of the text.
pub fn generated_name(owner: &str, purpose: Purpose<'_>, taken: impl Fn(&str) -> bool) -> SmolStr {
    let (addition, label) = match purpose {
        Purpose::PrimaryKey => (None, "pkey"),
        Purpose::Unique(columns) => (Some(joined(&distinct(columns))), "key"),
        Purpose::Exclusion(columns) => (Some(joined(&distinct(columns))), "excl"),
        Purpose::Index(columns) => (Some(joined(&distinct(columns))), "idx"),
        Purpose::ForeignKey(columns) => (Some(joined(columns)), "fkey"),
        Purpose::Check(column) => (column.map(str::to_owned), "check"),
        Purpose::Sequence(column) => (Some(column.to_owned()), "seq"),
    };
    let addition = addition.as_deref();
    let first = object_name(owner, addition, label);
    if !taken(&first) {
        return first;
    }
    (1..=usize::MAX)
        .map(|number| object_name(owner, addition, &format_smolstr!("{label}{number}")))
        .find(|name| !taken(name))
        .expect("a schema has finitely many names")
}

/// `owner_addition_label` within the length limit: the longer of the first two is cut, never within a character.
fn object_name(owner: &str, addition: Option<&str>, label: &str) -> SmolStr {
    let Some(addition) = addition else {
        let available = MAX_IDENTIFIER - label.len() - 1;
        return format_smolstr!("{}_{label}", cut(owner, owner.len().min(available)));
    };
    let available = MAX_IDENTIFIER - label.len() - 2;
    let (mut first, mut second) = (owner.len(), addition.len());
    while first + second > available {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    format_smolstr!("{}_{}_{label}", cut(owner, first), cut(addition, second))
}

fn cut(name: &str, bytes: usize) -> &str {
    &name[..name.floor_char_boundary(bytes)]
}

/// The columns of an index under distinct names: a repeated one gets a number.
fn distinct(columns: &[&str]) -> Vec<SmolStr> {
    let mut names: Vec<SmolStr> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.to_smolstr();
        let mut number = 1;
        while names.contains(&name) {
            let digits = number.to_smolstr();
            let room = column.len().min(MAX_IDENTIFIER - digits.len());
            name = format_smolstr!("{}{digits}", cut(column, room));
            number += 1;
        }
        names.push(name);
    }
    names
}

/// `a_b_c`, up to the column that exceeds the length of a name.
fn joined(columns: &[impl AsRef<str>]) -> String {
    let mut text = String::new();
    for column in columns {
        if !text.is_empty() {
            text.push('_');
        }
        text.push_str(column.as_ref());
        if text.len() > MAX_IDENTIFIER {
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(owner: &str, purpose: Purpose<'_>) -> SmolStr {
        generated_name(owner, purpose, |_| false)
    }

    #[test]
    fn each_purpose_has_its_label() {
        assert_eq!(name("t", Purpose::PrimaryKey), "t_pkey");
        assert_eq!(name("t", Purpose::Unique(&["a", "b"])), "t_a_b_key");
        assert_eq!(name("t", Purpose::Exclusion(&["a"])), "t_a_excl");
        assert_eq!(
            name("t", Purpose::Index(&["a", "expr", "expr", "a"])),
            "t_a_expr_expr1_a1_idx"
        );
        assert_eq!(name("t", Purpose::ForeignKey(&["a", "b"])), "t_a_b_fkey");
        assert_eq!(name("t", Purpose::Check(Some("a"))), "t_a_check");
        assert_eq!(name("t", Purpose::Check(None)), "t_check");
        assert_eq!(name("t", Purpose::Sequence("id")), "t_id_seq");
    }

    #[test]
    fn names_in_use_get_a_number() {
        let taken = ["t_a_key", "t_a_key1"];
        let name = generated_name("t", Purpose::Unique(&["a"]), |it| taken.contains(&it));
        assert_eq!(name, "t_a_key2");
    }

    #[test]
    fn the_longer_part_is_cut_between_characters() {
        let (long, wide) = ("a".repeat(63), "é".repeat(30));
        assert_eq!(
            name(&long, Purpose::PrimaryKey),
            format!("{}_pkey", &long[..58])
        );
        let name = name(&long, Purpose::Check(Some(&wide)));
        assert_eq!(name, format!("{}_{}_check", &long[..28], "é".repeat(14)));
    }
}
