//! Documents and programs as templates: files with marks that are filled from small structs.

use minijinja::{Environment, UndefinedBehavior};
use serde::Serialize;

use crate::token::quote_literal;

pub use minijinja::{Error, Value};

/// An environment in which a mark without a value is an error, and a line of marks alone leaves no line.
#[must_use]
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment
}

/// The text of a template of SQL, filled from `view`; `literal` makes a text one of SQL.
///
/// # Panics
///
/// Where the template asks for what is not in the view.
#[must_use]
pub fn sql(text: &str, view: &impl Serialize) -> String {
    let mut environment = environment();
    environment.add_filter("literal", |text: &str| quote_literal(text));
    environment
        .render_named_str("template.sql", text, Value::from_serialize(view))
        .expect("the view has what the template asks for")
}
