//! Literals of an enum in expressions: a renamed value is renamed wherever it is meant, as PostgreSQL keeps values by
//! their number.
//!
//! A literal has no type of its own. It is the enum's where it is cast to it, where it is the default of a column of that
//! type, and where the nearest column beside it is of that type.

use std::collections::BTreeSet;
use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::{Expression, name_parts};
use crate::name::Name;
use crate::schema::{Index, Object, ObjectId, Place, Schema, Table};
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
        let columns = renaming.columns(&object, schema);
        let mut changed = (*object).clone();
        changed.rewrite(|place, it| renaming.apply(it, &columns, renaming.is_default(place)));
        if let Object::Table(table) = &mut changed {
            renaming.in_own_bound(table, &columns, schema);
        }
        let mut all = vec![(id.clone(), changed)];
        for (name, mut index) in indexes(schema, &id) {
            index.rewrite(|it| renaming.apply(it, &columns, false));
            all.push((ObjectId::Relation(name), Object::Index(index)));
        }
        for (id, object) in all {
            schema.put(id, Some(object));
        }
    }
}

/// Those of a table, which need not name the type.
fn indexes(schema: &Schema, table: &ObjectId) -> Vec<(Name, Index)> {
    let indexes = table
        .relation()
        .into_iter()
        .flat_map(|it| schema.indexes(it));
    indexes.map(|(id, it)| (id.clone(), it.clone())).collect()
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
    let users = schema.dependents(&ObjectId::Type(of.clone()));
    users
        .map(|(id, object)| (id, &**object))
        .find_map(|(id, object)| renaming.find(schema, id, object))
}

impl Renaming<'_> {
    /// Whether a literal alone is the enum's in that place.
    fn is_default(&self, place: Place<'_>) -> bool {
        match place {
            Place::Default(column) => column.sql_type.named() == Some(self.of),
            Place::DomainDefault => true,
            Place::Generated(_) | Place::Constraint(_) | Place::Index | Place::DomainCheck(_) => {
                false
            }
        }
    }

    /// Renames the value in the bound of a partition.
    fn in_own_bound(&self, table: &mut Table, columns: &BTreeSet<SmolStr>, schema: &Schema) {
        if let Some(hung) = &mut table.partition_of
            && let Some(above) = schema.table(&hung.parent)
            && let Some(key) = &above.partition_by
        {
            hung.bound = self.in_bound(&hung.bound, key, columns);
        }
    }

    /// The place in an object, or in an index of it, that has the value.
    fn find(&self, schema: &Schema, id: &ObjectId, object: &Object) -> Option<String> {
        let columns = self.columns(object, schema);
        let owner = || match id.name() {
            Some(name) => format!("{} \"{name}\"", object.kind()),
            None => id.to_string(),
        };
        let mut found = None;
        object.expressions(|place, it| {
            if found.is_none() && self.is_in(it, &columns, self.is_default(place)) {
                found = Some(match place {
                    Place::Default(column) => {
                        format!("the default of column \"{}\" of {}", column.name, owner())
                    }
                    Place::Generated(column) => {
                        format!("column \"{}\" of {}", column.name, owner())
                    }
                    Place::Constraint(name) | Place::DomainCheck(name) => {
                        format!("constraint \"{name}\" of {}", owner())
                    }
                    Place::Index | Place::DomainDefault => owner(),
                });
            }
        });
        found.or_else(|| {
            indexes(schema, id).into_iter().find_map(|(name, index)| {
                self.find(schema, &ObjectId::Relation(name), &Object::Index(index))
            })
        })
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

    /// The columns that hold values of the enum, of those that the expressions of an object may name.
    fn columns(&self, object: &Object, schema: &Schema) -> BTreeSet<SmolStr> {
        let scope = object.scope(schema).into_iter();
        let own = scope.filter(|(_, sql_type)| sql_type.named() == Some(self.of));
        own.map(|it| it.0).collect()
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
                            .all(|letter| letter.is_alphanumeric() || "_-.".contains(letter))
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
