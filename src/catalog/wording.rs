//! Whether two expressions say the same that no server is asked to plan: word for word, but for what PostgreSQL adds where it
//! writes an expression down. It qualifies names, gives literals their types, and shows casts that nobody wrote. What is not
//! certain is another expression: nothing that somebody changed may be hidden.

use std::collections::BTreeMap;

use serde_json::Value;
use smol_str::SmolStr;

use crate::catalog::question::Question;
use crate::raw_sql::{Form, Type, form};
use crate::token::string_value;

/// What a server has by a name: how many, and whether all are members of extensions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<[String; 3], (u64, bool)>);

impl Names {
    /// Reads what [`super::explain::script`] asks: a list of kind, schema, name, count and membership.
    pub(super) fn read(said: &str) -> Self {
        let rows: Vec<(String, String, String, u64, bool)> = serde_json::from_str::<Value>(said)
            .and_then(serde_json::from_value)
            .unwrap_or_default();
        let rows = rows.into_iter();
        Self(
            rows.map(|(kind, schema, name, count, is_member)| {
                ([kind, schema, name], (count, is_member))
            })
            .collect(),
        )
    }

    fn get(&self, kind: &str, schema: &str, name: &str) -> (u64, bool) {
        let key = [kind, schema, name].map(str::to_owned);
        self.0.get(&key).copied().unwrap_or_default()
    }
}

/// Whether the first expression of a question, which is the model's, says what the second does, which is the server's.
pub(super) fn is_same(question: &Question, names: &Names) -> bool {
    let [expected, found] = &question.expressions;
    let (Some(expected), Some(found)) = (form(expected.text()), form(found.text())) else {
        return false;
    };
    let reader = Reader { question, names };
    // The value becomes a type anyhow.
    let sql_type = question.sql_type.as_deref();
    let is_own = |it: &Type| {
        let words = reader.qualified(it) + &it.rest;
        sql_type.is_some_and(|own| own.replace(' ', "") == words.replace(' ', ""))
    };
    let own_cast = |it: &Form| {
        let Form::Cast(value, sql_type) = it else {
            return None;
        };
        is_own(sql_type).then(|| (**value).clone())
    };
    reader.is_same(&expected, &found)
        || match (own_cast(&expected), own_cast(&found)) {
            (Some(value), None) => reader.is_same(&value, &found),
            (None, Some(value)) => reader.is_same(&expected, &value),
            (Some(_), Some(_)) | (None, None) => false,
        }
}

struct Reader<'a> {
    question: &'a Question,
    names: &'a Names,
}

impl Reader<'_> {
    fn is_same(&self, expected: &Form, found: &Form) -> bool {
        match (expected, found) {
            (Form::Word(one), Form::Word(two)) => one == two,
            (Form::Literal(one), Form::Literal(two)) => {
                one == two || string_value(one).is_some_and(|it| Some(it) == string_value(two))
            }
            (Form::Cast(one, one_type), Form::Cast(two, two_type)) => {
                self.is_same_type(one_type, two_type) && self.is_same(one, two)
            }
            // A literal gets the type that its place gives it.
            (Form::Literal(_), Form::Cast(two, _)) => {
                matches!(**two, Form::Literal(_)) && self.is_same(expected, two)
            }
            (Form::Word(null), Form::Cast(two, _)) if null == "null" => self.is_same(expected, two),
            // No function does it.
            (Form::Word(_), Form::Cast(two, sql_type)) => {
                is_text(sql_type) && self.is_varchar(two) && self.is_same(expected, two)
            }
            // What is called like a type is a cast, where it is no function.
            (Form::Call(name, arguments), Form::Cast(two, sql_type)) => {
                let named = Type {
                    parts: name.clone(),
                    rest: String::new(),
                };
                matches!(arguments.as_slice(), [one @ Form::Literal(_)]
                    if matches!(**two, Form::Literal(_)) && self.is_same(one, two))
                    && self.is_same_type(&named, sql_type)
            }
            (Form::Collation(one), Form::Collation(two)) => {
                self.is_same_name("collation", one, two)
            }
            (Form::Call(one, arguments), Form::Call(two, others)) => {
                let is_one = self.is_only(two);
                self.is_same_name("function", one, two)
                    && arguments.len() == others.len()
                    && arguments
                        .iter()
                        .zip(others)
                        .all(|(one, two)| self.is_same_argument(one, two, is_one))
            }
            (Form::Operation(one, operands), Form::Operation(two, others)) => {
                self.is_same_name("operator", one, two) && self.are_same(operands, others)
            }
            (Form::Other(one), Form::Other(two)) => self.are_same(one, two),
            (
                Form::Word(_)
                | Form::Literal(_)
                | Form::Cast(..)
                | Form::Call(..)
                | Form::Collation(_)
                | Form::Operation(..)
                | Form::Other(_),
                _,
            ) => false,
        }
    }

    fn are_same(&self, expected: &[Form], found: &[Form]) -> bool {
        let mut pairs = expected.iter().zip(found);
        expected.len() == found.len() && pairs.all(|(one, two)| self.is_same(one, two))
    }

    /// Where there is one function of its name, that says what an argument becomes; of several, a cast may choose one.
    fn is_same_argument(&self, expected: &Form, found: &Form, is_only: bool) -> bool {
        let is_literal = matches!(expected, Form::Literal(_));
        if let Form::Cast(value, sql_type) = found
            && !matches!(expected, Form::Cast(..))
        {
            let is_free = is_only || is_text(sql_type) && is_literal;
            return is_free && self.is_same(expected, value)
                || !is_literal && self.is_same(expected, found);
        }
        self.is_same(expected, found)
    }

    /// Whether nobody but the history or an extension has given a name.
    fn is_same_name(&self, kind: &str, expected: &[SmolStr], found: &[SmolStr]) -> bool {
        match (without_catalog(expected), without_catalog(found)) {
            ([one], [schema, two]) => {
                one == two
                    && *schema == self.question.schema
                    && (self.names.get(kind, schema, two).1
                        || kind != "operator" && self.question.made.contains(two))
            }
            (one, two) => one == two,
        }
    }

    /// PostgreSQL takes a type without a schema for its own where it has one.
    fn is_same_type(&self, expected: &Type, found: &Type) -> bool {
        self.qualified(expected) == self.qualified(found) && expected.rest == found.rest
    }

    fn qualified(&self, it: &Type) -> String {
        match without_catalog(&it.parts) {
            [name] if crate::sql_type::is_own(name) => match crate::sql_type::builtin(name) {
                Some(own) => crate::sql_type::SqlType::builtin(own)
                    .within("pg_catalog")
                    .to_string(),
                None => name.to_string(),
            },
            [name] => crate::name::Name::new(self.question.schema.clone(), name.clone())
                .qualified()
                .to_string(),
            [schema, name] => crate::name::Name::new(schema.clone(), name.clone())
                .qualified()
                .to_string(),
            parts => parts.join("."),
        }
    }

    /// Whether there is one function of that name, or none: it is a word whose operands share one type.
    fn is_only(&self, function: &[SmolStr]) -> bool {
        match without_catalog(function) {
            [word] => {
                ["all", "any", "coalesce", "greatest", "least", "nullif"].contains(&word.as_str())
            }
            [schema, name] => self.names.get("function", schema, name).0 == 1,
            _ => false,
        }
    }

    fn is_varchar(&self, value: &Form) -> bool {
        let columns = &self.question.columns;
        matches!(value, Form::Word(name) if columns.iter().any(|it| {
            crate::token::quote_identifier(&it.name) == *name && it.own.starts_with("character varying") && !it.own.contains('[')
        }))
    }
}

fn is_text(it: &Type) -> bool {
    it.rest.is_empty() && matches!(without_catalog(&it.parts), [name] if name == "text")
}

fn without_catalog(parts: &[SmolStr]) -> &[SmolStr] {
    match parts {
        [schema, rest @ ..] if schema == "pg_catalog" && !rest.is_empty() => rest,
        _ => parts,
    }
}
