//! The names that PostgreSQL generates, asked for with the model's own types.

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::expression_name::expression_name;
use crate::schema::name::{Purpose, generated_name};
use crate::token::lex;

fn choose(owner: &Name, purpose: Purpose<'_>, taken: impl Fn(&Name) -> bool) -> SmolStr {
    generated_name(&owner.name, purpose, |name| taken(&owner.sibling(name)))
}

fn texts<'a>(names: impl IntoIterator<Item = &'a SmolStr>) -> Vec<&'a str> {
    names.into_iter().map(SmolStr::as_str).collect()
}

/// The sequence of a `serial` or identity column.
pub fn sequence(table: &Name, column: &str, taken: impl Fn(&Name) -> bool) -> Name {
    table.sibling(choose(table, Purpose::Sequence(column), taken))
}

pub fn primary_key(table: &Name, taken: impl Fn(&Name) -> bool) -> SmolStr {
    choose(table, Purpose::PrimaryKey, taken)
}

/// A unique constraint; `columns` include those of `include`.
pub fn unique<'a>(
    table: &Name,
    columns: impl IntoIterator<Item = &'a SmolStr>,
    taken: impl Fn(&Name) -> bool,
) -> SmolStr {
    choose(table, Purpose::Unique(&texts(columns)), taken)
}

pub fn foreign_key(table: &Name, columns: &[SmolStr], taken: impl Fn(&Name) -> bool) -> SmolStr {
    choose(table, Purpose::ForeignKey(&texts(columns)), taken)
}

/// A check of a table; `known` tells its columns.
pub fn check(
    table: &Name,
    expression: &Expression,
    known: impl Fn(&str) -> bool,
    taken: impl Fn(&Name) -> bool,
) -> SmolStr {
    let mut columns: Vec<&str> = expression
        .columns()
        .map(SmolStr::as_str)
        .filter(|it| known(it))
        .collect();
    columns.sort_unstable();
    columns.dedup();
    let single = match columns.as_slice() {
        [column] => Some(*column),
        _ => None,
    };
    choose(table, Purpose::Check(single), taken)
}

pub fn domain_check(domain: &Name, taken: impl Fn(&Name) -> bool) -> SmolStr {
    choose(domain, Purpose::Check(None), taken)
}

pub fn index<'a>(
    table: &Name,
    expressions: impl IntoIterator<Item = &'a Expression>,
    include: &[SmolStr],
    taken: impl Fn(&Name) -> bool,
) -> SmolStr {
    let names = element_names(expressions, include);
    choose(table, Purpose::Index(&texts(&names)), taken)
}

pub fn exclusion<'a>(
    table: &Name,
    expressions: impl IntoIterator<Item = &'a Expression>,
    include: &[SmolStr],
    taken: impl Fn(&Name) -> bool,
) -> SmolStr {
    let names = element_names(expressions, include);
    choose(table, Purpose::Exclusion(&texts(&names)), taken)
}

fn element_names<'a>(
    expressions: impl IntoIterator<Item = &'a Expression>,
    include: &[SmolStr],
) -> Vec<SmolStr> {
    expressions
        .into_iter()
        .map(|expression| {
            if expression.is_column()
                && let Some(column) = expression.columns().next()
            {
                return column.clone();
            }
            let text = expression.text();
            let tokens = lex(text, 0, text.len()).expect("an expression lexes");
            expression_name(text, &tokens)
        })
        .chain(include.iter().cloned())
        .collect()
}
