//! What PostgreSQL's catalogue holds of words that the model keeps as written.

use std::collections::BTreeMap;

use smol_str::{SmolStr, ToSmolStr as _, format_smolstr};

use crate::token::{Token, identifier, lex, string_value};

/// Storage parameters as `pg_class.reloptions` holds them, sorted.
#[must_use]
pub fn reloptions(options: &BTreeMap<SmolStr, SmolStr>) -> Vec<SmolStr> {
    let words = options.iter().map(|(name, value)| {
        let value = match string_value(value) {
            Some(value) => value.to_smolstr(),
            None if value.is_empty() => SmolStr::new_static("true"),
            None => value.clone(),
        };
        format_smolstr!("{name}={value}")
    });
    let mut words: Vec<SmolStr> = words.collect();
    words.sort_unstable();
    words
}

/// `&&` of `operator(public.&&)`: `pg_operator.oprname`.
#[must_use]
pub fn operator_name(written: &str) -> SmolStr {
    let tokens = lex(written, 0, written.len()).unwrap_or_default();
    let mut words = tokens.iter().rev().map(|it| it.text(written));
    words.find(|it| *it != ")").unwrap_or_default().into()
}

/// `gist_trgm_ops` of `public.gist_trgm_ops (siglen = 32)`, `pg_opclass.opcname`, and the values and signs of its parameters.
#[must_use]
pub fn operator_class(written: &str) -> Option<(SmolStr, String)> {
    let tokens = lex(written, 0, written.len()).unwrap_or_default();
    let end = tokens.iter().position(|it| it.is(written, "("));
    let (name, parameters) = tokens.split_at(end.unwrap_or(tokens.len()));
    let value = |token: &Token| {
        let text = token.text(written);
        string_value(text).unwrap_or_else(|| text.to_owned())
    };
    Some((
        identifier(name.last()?.text(written)),
        parameters.iter().map(value).collect(),
    ))
}
