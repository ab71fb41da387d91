//! Literals of an enum in expressions: a renamed value is renamed wherever it is meant, as PostgreSQL keeps values by
//! their number.
//!
//! A literal has no type of its own. It is the enum's where it is cast to it, where it is the default of a column of that
//! type, and where the nearest column beside it is of that type.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::expression::{Expression, name_parts};
use crate::name::Name;
use crate::schema::{Object, ObjectId, Schema, Table, Type};
use crate::token::{Token, TokenKind, identifier, lex, quote_literal, string_value};

use super::alter_table::column::put;
use super::rename::{rewrite, rewrite_index};

/// One value that gets another name.
struct Renaming<'a> {
    of: &'a Name,
    old: &'a str,
    new: &'a str,
    schema: SmolStr,
}

/// Renames value `old` of the enum `of` in every expression of the schema.
pub(super) fn rename_value(schema: &mut Schema, of: &Name, old: &str, new: &str) {
    let renaming = Renaming {
        of,
        old,
        new,
        schema: schema.default.clone(),
    };
    let users: Vec<ObjectId> = schema
        .dependents(&ObjectId::Type(of.clone()))
        .map(|(id, _)| id.clone())
        .collect();
    for id in users {
        let object = (**schema.get(&id).expect("a dependent is present")).clone();
        match (&id, object) {
            (ObjectId::Relation(name), Object::Table(table)) => {
                renaming.in_table(schema, name, table);
            }
            (ObjectId::Relation(_), Object::Index(mut index)) => {
                let Some(table) = schema.table(&index.table) else {
                    continue;
                };
                let columns = renaming.columns(table);
                rewrite_index(&mut index, |it| renaming.apply(it, &columns, false));
                schema.put(id, Some(Object::Index(index)));
            }
            (ObjectId::Type(_), Object::Type(Type::Domain(mut domain))) => {
                let default = domain.default.as_ref();
                domain.default = default.map(|it| renaming.apply(it, &BTreeSet::new(), true));
                for check in domain.checks.values_mut() {
                    *check = renaming.apply(check, &BTreeSet::from(["value".into()]), false);
                }
                schema.put(id, Some(Object::Type(Type::Domain(domain))));
            }
            _ => {}
        }
    }
}

impl Renaming<'_> {
    fn in_table(&self, schema: &mut Schema, name: &Name, mut table: Table) {
        let columns = self.columns(&table);
        rewrite(&mut table, |it| self.apply(it, &columns, false));
        for column in &columns {
            if let Some(column) = table.column_mut(column)
                && let Some(default) = &column.default
            {
                column.default = Some(self.apply(default, &columns, true));
            }
        }
        put(schema, name, table);
        let indexes: Vec<_> = schema
            .indexes(name)
            .map(|(id, index)| (id.clone(), index.clone()))
            .collect();
        for (id, mut index) in indexes {
            rewrite_index(&mut index, |it| self.apply(it, &columns, false));
            schema.put(ObjectId::Relation(id), Some(Object::Index(index)));
        }
    }

    /// The columns that hold values of the enum.
    fn columns(&self, table: &Table) -> BTreeSet<SmolStr> {
        table
            .columns
            .iter()
            .filter(|it| it.sql_type.named() == Some(self.of))
            .map(|it| it.name.clone())
            .collect()
    }

    /// The expression with the value renamed; `always` where a literal without a type is the enum's.
    fn apply(
        &self,
        expression: &Expression,
        columns: &BTreeSet<SmolStr>,
        always: bool,
    ) -> Expression {
        let text = expression.text();
        let tokens = lex(text, 0, text.len()).expect("an expression lexes");
        let read: BTreeSet<&SmolStr> = expression.columns().collect();
        let mut changed = String::with_capacity(text.len());
        let mut copied = 0;
        for (at, token) in tokens.iter().enumerate() {
            if !matches!(token.kind, TokenKind::String | TokenKind::DollarString) {
                continue;
            }
            let Some(renamed) = string_value(token.text(text)).and_then(|it| self.literal(&it))
            else {
                continue;
            };
            let is_value = match self.cast(text, &tokens[at + 1..]) {
                Some(is_value) => is_value,
                None => always || is_beside(text, &tokens, at, &read, columns),
            };
            if is_value {
                changed.push_str(&text[copied..token.start as usize]);
                changed.push_str(&quote_literal(&renamed));
                copied = token.end as usize;
            }
        }
        if copied == 0 {
            return expression.clone();
        }
        changed.push_str(&text[copied..]);
        Expression::parse(&changed).expect("an expression stays one when a literal in it changes")
    }

    /// The text of a literal with the value renamed: the value itself, or an array that holds it.
    fn literal(&self, text: &str) -> Option<String> {
        if text == self.old {
            return Some(self.new.to_owned());
        }
        let elements = text.strip_prefix('{')?.strip_suffix('}')?;
        let quoted = |value: &str| {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"{escaped}\"")
        };
        let mut found = false;
        let renamed: Vec<String> = elements
            .split(',')
            .map(|element| {
                let same = element.trim() == self.old || element.trim() == quoted(self.old);
                found |= same;
                let simple = |it: &str| {
                    !it.is_empty()
                        && !it.eq_ignore_ascii_case("null")
                        && it
                            .chars()
                            .all(|it| it.is_alphanumeric() || "_-.".contains(it))
                };
                match same {
                    true if simple(self.new) => self.new.to_owned(),
                    true => quoted(self.new),
                    false => element.to_owned(),
                }
            })
            .collect();
        found.then(|| format!("{{{}}}", renamed.join(",")))
    }

    /// Whether a literal is cast to the enum; `None` where no cast follows.
    fn cast(&self, text: &str, after: &[Token]) -> Option<bool> {
        let (first, rest) = after.split_first()?;
        if !first.is(text, "::") {
            return None;
        }
        let end = rest
            .iter()
            .position(|it| !(it.is(text, ".") || is_name(*it)))
            .unwrap_or(rest.len());
        let named = match name_parts(text, &rest[..end]).as_slice() {
            [name] => Name::new(self.schema.clone(), name.clone()),
            [schema, name] => Name::new(schema.clone(), name.clone()),
            _ => return Some(false),
        };
        Some(named == *self.of)
    }
}

fn is_name(token: Token) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedName)
}

/// Whether the nearest column beside the token `at` is one of `columns`: first before it, then after it, up to the
/// words that part conditions.
fn is_beside(
    text: &str,
    tokens: &[Token],
    at: usize,
    read: &BTreeSet<&SmolStr>,
    columns: &BTreeSet<SmolStr>,
) -> bool {
    let nearest = |tokens: &mut dyn Iterator<Item = &Token>| {
        tokens
            .take_while(|it| !(it.is_word(text, "and") || it.is_word(text, "or")))
            .filter(|it| is_name(**it))
            .map(|it| identifier(it.text(text)))
            .find(|it| read.contains(it))
    };
    nearest(&mut tokens[..at].iter().rev())
        .or_else(|| nearest(&mut tokens[at + 1..].iter()))
        .is_some_and(|it| columns.contains(&it))
}
