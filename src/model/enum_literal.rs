//! Literals of an enum in expressions: a renamed value is renamed wherever it is meant, as PostgreSQL keeps values by
//! their number.
//!
//! A literal has no type of its own. It is the enum's where it is cast to it, where it is the default of a column of that
//! type, and where the nearest column beside it is of that type.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::{Expression, name_parts};
use crate::model::family::put;
use crate::model::refer::rewrite;
use crate::name::Name;
use crate::schema::{ConstraintKind, Index, Named, Object, ObjectId, Schema, Table, Type};
use crate::token::{Token, TokenKind, identifier, lex, quote_literal, string_value};

/// One value that gets another name.
struct Renaming<'a> {
    of: &'a Name,
    old: &'a str,
    new: &'a str,
    schema: SmolStr,
}

/// Renames value `old` of the enum `of` in every expression of the schema.
pub fn rename_value(schema: &mut Schema, of: &Name, old: &str, new: &str) {
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
        let object = Arc::clone(schema.get(&id).expect("a dependent is present"));
        match Named::new(&id, &object) {
            Named::Table(name, table) => renaming.in_table(schema, name, table.clone()),
            Named::Index(_, index) => {
                let Some(table) = schema.table(&index.table) else {
                    continue;
                };
                let mut index = index.clone();
                let columns = renaming.columns(table);
                index.rewrite(|it| renaming.apply(it, &columns, false));
                schema.put(id, Some(Object::Index(index)));
            }
            Named::Type(_, Type::Domain(domain)) => {
                let mut domain = domain.clone();
                let default = domain.default.as_ref();
                domain.default = default.map(|it| renaming.apply(it, &BTreeSet::new(), true));
                for check in domain.checks.values_mut() {
                    *check = renaming.apply(check, &BTreeSet::from(["value".into()]), false);
                }
                schema.put(id, Some(Object::Type(Type::Domain(domain))));
            }
            Named::Type(_, Type::Enum(_) | Type::Composite(_))
            | Named::Sequence(..)
            | Named::Opaque(..)
            | Named::Namespace(..)
            | Named::Extension(..) => {}
        }
    }
}

/// Where a table or index has `value` of the enum `of` in an expression, in the words of a message.
#[must_use]
pub fn use_of_value(schema: &Schema, of: &Name, value: &str) -> Option<String> {
    let renaming = Renaming {
        of,
        old: value,
        new: value,
        schema: schema.default.clone(),
    };
    schema
        .dependents(&ObjectId::Type(of.clone()))
        .find_map(|(id, object)| match Named::new(id, object) {
            Named::Table(name, table) => renaming.find_in_table(schema, name, table),
            Named::Index(name, index) => {
                let columns = renaming.columns(schema.table(&index.table)?);
                renaming.find_in_index(name, index, &columns)
            }
            Named::Type(..)
            | Named::Sequence(..)
            | Named::Opaque(..)
            | Named::Namespace(..)
            | Named::Extension(..) => None,
        })
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
        if let Some(hung) = &mut table.partition_of
            && let Some(key) = schema
                .table(&hung.parent)
                .and_then(|it| it.partition_by.as_ref())
        {
            hung.bound = self.in_bound(&hung.bound, key, &columns);
        }
        put(schema, name, table);
        let indexes: Vec<_> = schema
            .indexes(name)
            .map(|(id, index)| (id.clone(), index.clone()))
            .collect();
        for (id, mut index) in indexes {
            index.rewrite(|it| self.apply(it, &columns, false));
            schema.put(ObjectId::Relation(id), Some(Object::Index(index)));
        }
    }

    fn find_in_table(&self, schema: &Schema, name: &Name, table: &Table) -> Option<String> {
        let columns = self.columns(table);
        let in_column = table.columns.iter().find_map(|column| {
            let always = columns.contains(&column.name);
            let default = column.default.as_ref()?;
            self.is_in(default, &columns, always).then(|| {
                format!(
                    "the default of column \"{}\" of table \"{name}\"",
                    column.name
                )
            })
        });
        let in_constraint = || {
            table.constraints.iter().find_map(|(constraint, it)| {
                let found = match &it.kind {
                    ConstraintKind::Check { expression, .. } => {
                        self.is_in(expression, &columns, false)
                    }
                    ConstraintKind::Exclusion(it) => {
                        let elements = it.elements.iter().map(|(it, _)| &it.expression);
                        let mut read = elements.chain(&it.predicate);
                        read.any(|it| self.is_in(it, &columns, false))
                    }
                    ConstraintKind::PrimaryKey(_)
                    | ConstraintKind::Unique(_)
                    | ConstraintKind::ForeignKey(_) => false,
                };
                found.then(|| format!("constraint \"{constraint}\" of table \"{name}\""))
            })
        };
        let in_index = || {
            let mut indexes = schema.indexes(name);
            indexes.find_map(|(name, index)| self.find_in_index(name, index, &columns))
        };
        in_column.or_else(in_constraint).or_else(in_index)
    }

    fn find_in_index(
        &self,
        name: &Name,
        index: &Index,
        columns: &BTreeSet<SmolStr>,
    ) -> Option<String> {
        let elements = index.elements.iter().map(|it| &it.expression);
        elements
            .chain(&index.predicate)
            .any(|it| self.is_in(it, columns, false))
            .then(|| format!("index \"{name}\""))
    }

    /// A partition's bound with the value renamed where the partition key `key` has one of `columns`.
    fn in_bound(&self, bound: &SmolStr, key: &str, columns: &BTreeSet<SmolStr>) -> SmolStr {
        let Ok(tokens) = lex(key, 0, key.len()) else {
            return bound.clone();
        };
        // `list (a)`, `range (a, lower(b))`
        let mut depth = 0_i32;
        let inside = tokens
            .get(2..tokens.len().saturating_sub(1))
            .unwrap_or_default();
        let is_enum: Vec<bool> = inside
            .split(|it| {
                depth += i32::from(it.is(key, "(")) - i32::from(it.is(key, ")"));
                depth == 0 && it.is(key, ",")
            })
            .map(|element| {
                element
                    .first()
                    .is_some_and(|it| it.is_name() && columns.contains(&identifier(it.text(key))))
                    && !element.get(1).is_some_and(|it| it.is(key, "("))
            })
            .collect();
        let by_list = tokens.first().is_some_and(|it| it.is_word(key, "list"));
        let Ok(tokens) = lex(bound, 0, bound.len()) else {
            return bound.clone();
        };
        let (mut depth, mut at) = (0_i32, 0);
        self.replace(bound, &tokens, |index, token| {
            let (opens, closes) = (token.is(bound, "("), token.is(bound, ")"));
            depth += i32::from(opens) - i32::from(closes);
            if opens && depth == 1 {
                at = 0;
            } else if depth == 1 && token.is(bound, ",") {
                at += 1;
            }
            let key = if by_list { 0 } else { at };
            self.cast(bound, &tokens[index + 1..])
                .unwrap_or_else(|| is_enum.get(key).copied().unwrap_or_default())
        })
        .map_or_else(|| bound.clone(), Into::into)
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
        match self.changed(expression, columns, always) {
            None => expression.clone(),
            Some(changed) => Expression::parse(&changed)
                .expect("an expression stays one when a literal in it changes"),
        }
    }

    fn is_in(&self, expression: &Expression, columns: &BTreeSet<SmolStr>, always: bool) -> bool {
        self.changed(expression, columns, always).is_some()
    }

    fn changed(
        &self,
        expression: &Expression,
        columns: &BTreeSet<SmolStr>,
        always: bool,
    ) -> Option<String> {
        let text = expression.text();
        let tokens = lex(text, 0, text.len()).expect("an expression lexes");
        let read: BTreeSet<&SmolStr> = expression.columns().collect();
        self.replace(text, &tokens, |at, _| {
            self.cast(text, &tokens[at + 1..])
                .unwrap_or_else(|| always || is_beside(text, &tokens, at, &read, columns))
        })
    }

    /// The text with the value renamed in every literal of which `is_value` says that it is one; `None` where there is
    /// none. `is_value` is asked of each token in turn.
    fn replace(
        &self,
        text: &str,
        tokens: &[Token],
        mut is_value: impl FnMut(usize, &Token) -> bool,
    ) -> Option<String> {
        let mut changed = String::with_capacity(text.len());
        let mut copied = 0;
        for (at, token) in tokens.iter().enumerate() {
            let is_value = is_value(at, token);
            if !is_value || !matches!(token.kind, TokenKind::String | TokenKind::DollarString) {
                continue;
            }
            if let Some(renamed) = string_value(token.text(text)).and_then(|it| self.literal(&it)) {
                changed.push_str(&text[copied..token.start as usize]);
                changed.push_str(&quote_literal(&renamed));
                copied = token.end as usize;
            }
        }
        changed.push_str(&text[copied..]);
        (copied > 0).then_some(changed)
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
        // `schema.name`: names with a dot between them.
        let end = (0..rest.len())
            .step_by(2)
            .find(|at| !rest.get(at + 1).is_some_and(|it| it.is(text, ".")))
            .map_or(0, |at| at + 1);
        let named = match name_parts(text, &rest[..end]).as_slice() {
            [name] => Name::new(self.schema.clone(), name.clone()),
            [schema, name] => Name::new(schema.clone(), name.clone()),
            _ => return Some(false),
        };
        Some(named == *self.of)
    }
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
            .filter(|it| it.is_name())
            .map(|it| identifier(it.text(text)))
            .find(|it| read.contains(it))
    };
    nearest(&mut tokens[..at].iter().rev())
        .or_else(|| nearest(&mut tokens[at + 1..].iter()))
        .is_some_and(|it| columns.contains(&it))
}
