//! Expressions of indexes and generated columns, which must give the same result for ever.
//!
//! Only what is certain is refused: calls that have no immutable variant, and casts and calls on plain columns that hang
//! on the time zone or another setting of the session (`contain_mutable_functions`). A cast that goes through text is
//! not immutable where the input or output function of the type is not.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::model::cast::base;
use crate::schema::{Refusal, Schema, Table, Type};
use crate::sql_type::catalog::{TypeKind, builtin_type};
use crate::sql_type::{self, SqlType, WrittenType};
use crate::token::{Token, TokenKind, identifier, lex};

/// Refuses an expression whose result may be another one tomorrow. `place` is what holds it, in messages.
pub fn check_immutable(
    expression: &Expression,
    place: &str,
    table: &Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    if expression.is_column() {
        return Ok(());
    }
    if let Some(call) = expression.mutable_call() {
        return Err(Refusal::new(
            Code::InvalidExpression,
            format!("{place} cannot use {call}, which is not immutable: its result may change"),
        )
        .help(match place {
            "a generated column" => "use a default, or a trigger that sets the column",
            _ => "use it in queries instead; an index may only depend on the row",
        })
        .at([call]));
    }
    let text = expression.text();
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return Ok(());
    };
    let reader = Reader {
        text,
        tokens: &tokens,
        table,
        schema,
    };
    match (0..tokens.len()).find_map(|at| reader.hangs_on_session(at)) {
        None => Ok(()),
        Some((what, help, at)) => Err(Refusal::new(
            Code::InvalidExpression,
            format!("{place} cannot use {what}: PostgreSQL does not treat it as immutable"),
        )
        .help(help)
        .at([at])),
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    table: &'a Table,
    schema: &'a Schema,
}

impl Reader<'_> {
    /// What begins at a token and is not immutable, what to do instead, and the word that leads there.
    fn hangs_on_session(&self, at: usize) -> Option<(String, String, SmolStr)> {
        self.cast(at).or_else(|| self.call(at))
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|it| it.is(self.text, text))
    }

    /// The type of the plain column at a token.
    fn column(&self, at: usize) -> Option<(SmolStr, SqlType)> {
        let token = self.tokens.get(at)?;
        let is_name = matches!(token.kind, TokenKind::Word | TokenKind::QuotedName);
        let is_part =
            at > 0 && self.is(at - 1, ".") || self.is(at + 1, ".") || self.is(at + 1, "(");
        let name = identifier(token.text(self.text));
        let column = self.table.column(&name).filter(|_| is_name && !is_part)?;
        Some((name, base(&column.sql_type, self.schema)))
    }

    /// `column::type`
    fn cast(&self, at: usize) -> Option<(String, String, SmolStr)> {
        let (column, from) = self.column(at)?;
        if !self.is(at + 1, "::") {
            return None;
        }
        let words = &self.tokens[at + 2..];
        // The longest stretch that is a type: what follows a type is no part of one.
        let to = (1..=words.len().min(6)).rev().find_map(|length| {
            match sql_type::parse(self.text, &words[..length], &self.schema.default) {
                Ok(WrittenType::Type(it)) => Some(it),
                Ok(WrittenType::Serial(_)) | Err(_) => None,
            }
        })?;
        let to_base = base(&to, self.schema);
        if !is_session_cast(&from, &to_base, self.schema) {
            return None;
        }
        let help = match (from.scalar(), to_base.scalar()) {
            (Some("timestamptz"), Some("date" | "time" | "timestamp")) => {
                format!("specify the time zone: ({column} at time zone 'UTC')::{to}")
            }
            (Some("date" | "timestamp"), Some("timestamptz")) => {
                format!("specify the time zone: {column} at time zone 'UTC'")
            }
            _ => format!("use column \"{column}\" as it is, or give it another type"),
        };
        Some((format!("the cast of {column} to {to}"), help, column))
    }

    /// `date_trunc('day', column)`, `extract(… from column)` and `to_tsvector(text)`.
    fn call(&self, at: usize) -> Option<(String, String, SmolStr)> {
        let token = self.tokens.get(at)?;
        let name = identifier(token.text(self.text));
        let qualified = at > 0 && self.is(at - 1, ".");
        if token.kind != TokenKind::Word || qualified || !self.is(at + 1, "(") {
            return None;
        }
        let arguments = self.tokens.get(at + 2..)?;
        let mut depth = 0_i32;
        let end = arguments.iter().position(|it| {
            depth += i32::from(it.is(self.text, "(")) - i32::from(it.is(self.text, ")"));
            depth < 0
        })?;
        match name.as_str() {
            "to_tsvector" => {
                let several = arguments[..end].iter().any(|it| it.is(self.text, ","));
                let help = "specify the text search configuration: to_tsvector('english', …)";
                (!several).then(|| (format!("{name} with one argument"), help.to_owned(), name))
            }
            "date_trunc" | "extract" | "date_part" => {
                let last = at + 2 + end.checked_sub(1)?;
                let before = self.tokens[last - 1];
                let alone = before.is(self.text, ",") || before.is_word(self.text, "from");
                let (column, sql_type) = self.column(last).filter(|_| alone)?;
                let help = match sql_type.scalar() {
                    Some("timestamptz") => {
                        format!("specify the time zone: {column} at time zone 'UTC'")
                    }
                    // There is none of a date, and a date becomes a timestamp with time zone first.
                    Some("date") if name == "date_trunc" => {
                        format!("cast it first: {column}::timestamp")
                    }
                    _ => return None,
                };
                Some((format!("{name} of {column}"), help, name))
            }
            _ => None,
        }
    }
}

/// Whether an explicit cast hangs on settings: found by trying all pairs on server 15.
fn is_session_cast(from: &SqlType, to: &SqlType, schema: &Schema) -> bool {
    let is_string =
        |it: &SqlType| matches!(it.scalar(), Some("text" | "varchar" | "bpchar" | "name"));
    let is_built = |it: &SqlType| {
        it.array
            || match it.named() {
                Some(name) => matches!(
                    schema.type_named(name),
                    Some(Type::Enum(_) | Type::Composite(_))
                ),
                None => it.scalar().and_then(builtin_type).is_some_and(|builtin| {
                    matches!(builtin.kind, TypeKind::Range | TypeKind::Multirange)
                }),
            }
    };
    let is_local = |it: &SqlType| {
        is_built(it)
            || matches!(
                it.scalar(),
                Some("date" | "interval" | "timestamp" | "timestamptz" | "money" | "regclass")
            )
    };
    match (from.scalar(), to.scalar()) {
        (Some("timestamptz"), Some("date" | "time" | "timetz" | "timestamp"))
        | (Some("date" | "timestamp"), Some("timestamptz"))
        | (Some("time"), Some("timetz"))
        | (Some("money"), Some("numeric"))
        | (Some("numeric"), Some("money")) => true,
        _ if is_string(to) => is_local(from),
        (_, Some("time" | "timetz" | "xml")) => is_string(from),
        _ => is_string(from) && is_local(to),
    }
}
