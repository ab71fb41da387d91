//! Writes one statement: words, names, literals, lists. It knows quoting, not meaning.

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::expression::Expression;
use crate::kind::{Kind, Space};
use crate::name::Name;
use crate::sql_type::{self, SqlType};
use crate::token::{quote_identifier, quote_literal};

/// The text of one statement in the making, for a session whose search path begins with `schema`.
#[derive(Debug)]
pub struct Sql<'a> {
    pub schema: &'a str,
    /// What every line but the first begins with.
    indent: &'a str,
    text: String,
}

impl<'a> Sql<'a> {
    #[must_use]
    pub fn new(schema: &'a str) -> Self {
        Self::indented(schema, "")
    }

    /// The same with `indent` before every line but the first; a text that goes over several lines is left as it is.
    #[must_use]
    pub fn indented(schema: &'a str, indent: &'a str) -> Self {
        Self {
            schema,
            indent,
            text: String::new(),
        }
    }

    /// The text so far.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// Keywords or other text that is SQL already; a blank parts it from what stands before.
    pub fn word(&mut self, words: &str) -> &mut Self {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(', '\n']) {
            self.text.push(' ');
        }
        self.text.push_str(words);
        self
    }

    /// The words where `condition` holds.
    pub fn word_if(&mut self, condition: bool, words: &str) -> &mut Self {
        if condition {
            self.word(words);
        }
        self
    }

    /// Text that follows at once, such as a closing parenthesis.
    pub fn tight(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn name(&mut self, name: &Name) -> &mut Self {
        let name = name.within(self.schema);
        self.word(&name)
    }

    /// The name of a type of the schema, which may be that of a builtin one.
    pub fn type_name(&mut self, name: &Name) -> &mut Self {
        let name = sql_type::name_within(name, self.schema);
        self.word(&name)
    }

    /// The name of an object, as statements on its kind write it.
    pub fn object(&mut self, kind: Kind, name: &Name) -> &mut Self {
        match kind.facts().space {
            Space::Namespaces | Space::Extensions => self.identifier(&name.name),
            Space::Relations | Space::Functions | Space::OnTable | Space::Own => self.name(name),
            Space::Types => self.type_name(name),
        }
    }

    pub fn identifier(&mut self, name: &str) -> &mut Self {
        self.word(&quote_identifier(name))
    }

    pub fn literal(&mut self, text: &str) -> &mut Self {
        self.word(&quote_literal(text))
    }

    pub fn number(&mut self, number: i64) -> &mut Self {
        self.word("");
        write!(self.text, "{number}").expect("a String takes any text");
        self
    }

    pub fn sql_type(&mut self, sql_type: &SqlType) -> &mut Self {
        let text = sql_type.within(self.schema);
        self.word(&text)
    }

    pub fn expression(&mut self, expression: &Expression) -> &mut Self {
        self.word(expression.text())
    }

    /// `(expression)`
    pub fn parenthesised(&mut self, expression: &Expression) -> &mut Self {
        self.word("(").tight(expression.text()).tight(")")
    }

    /// `(a, b)`
    pub fn columns<'b>(&mut self, names: impl IntoIterator<Item = &'b SmolStr>) -> &mut Self {
        self.word("(");
        self.list(names, |sql, name| {
            sql.identifier(name);
        })
        .tight(")")
    }

    /// `a, b`
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            write(self, item);
        }
        self
    }

    /// Items on lines of their own, in parentheses.
    pub fn block<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.word("(");
        let mut empty = true;
        for item in items {
            if !empty {
                self.text.push(',');
            }
            empty = false;
            self.line();
            write(self, item);
        }
        if !empty {
            self.text.push('\n');
            self.text.push_str(self.indent);
        }
        self.tight(")")
    }

    /// A line break and two blanks.
    pub fn line(&mut self) -> &mut Self {
        self.text.push('\n');
        self.text.push_str(self.indent);
        self.text.push_str("  ");
        self
    }
}
