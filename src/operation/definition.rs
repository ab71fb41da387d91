//! Columns, constraints and sequences as statements define them, and the clauses that several of them share.

pub mod column;
pub mod constraint;
pub mod sequence;
pub mod told;

use smol_str::{SmolStr, format_smolstr};

use crate::expression::Expression;
use crate::name::Name;
use crate::schema::IndexElement;
use crate::sql::Sql;
use crate::token::lex;

/// The default in one form for what PostgreSQL holds to be one: without parentheses around the whole, and with
/// `nextval` as `serial` writes it.
#[must_use]
pub fn plain_default(default: &Expression, schema: &str) -> Expression {
    let text = default.text();
    if !text.ends_with(')') {
        return default.clone();
    }
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    if let [name, open, _, cast @ .., close] = tokens.as_slice()
        && name.is_word(text, "nextval")
        && open.is(text, "(")
        && close.is(text, ")")
        && (cast.is_empty() || matches!(cast, [_, to] if to.is_word(text, "regclass")))
        && let Some(sequence) = default.relations(schema).next()
    {
        return Expression::nextval(&sequence, schema);
    }
    let mut depth = 0_i32;
    let closed_at = tokens.iter().position(|token| {
        if token.is(text, "(") {
            depth += 1;
        } else if token.is(text, ")") {
            depth -= 1;
        }
        depth == 0
    });
    if closed_at.is_some_and(|at| at > 0 && at + 1 == tokens.len()) {
        // A query or a row needs its parentheses.
        if let Ok(inside) = Expression::parse(&text[1..text.len() - 1]) {
            return plain_default(&inside, schema);
        }
    }
    default.clone()
}

/// A collation, which lives in `pg_catalog` unless it was qualified.
pub fn write_collation(collation: &Name, sql: &mut Sql<'_>) {
    if collation.schema == "pg_catalog" {
        sql.word(&format_smolstr!(
            "\"{}\"",
            collation.name.replace('"', "\"\"")
        ));
    } else {
        sql.name(collation);
    }
}

/// Words that end the restricted expression (`b_expr` of `gram.y`) of a default, or cannot stand in one.
const DEFAULT_ENDS: [&str; 25] = [
    "and",
    "at",
    "between",
    "check",
    "collate",
    "comment",
    "constraint",
    "default",
    "deferrable",
    "generated",
    "ilike",
    "in",
    "initially",
    "is",
    "isnull",
    "like",
    "not",
    "notnull",
    "null",
    "or",
    "overlaps",
    "primary",
    "references",
    "similar",
    "unique",
];

/// A default in a column or domain: in parentheses where it would end early, as it may come from `set default`, which
/// takes any expression.
pub fn write_default(default: &Expression, sql: &mut Sql<'_>) {
    if ends_early(default.text()) {
        sql.parenthesised(default);
    } else {
        sql.expression(default);
    }
}

fn ends_early(text: &str) -> bool {
    let tokens = lex(text, 0, text.len()).expect("an expression lexes");
    let mut depth = 0_usize;
    tokens.iter().enumerate().any(|(at, token)| {
        let word = token.text(text);
        let part = at > 0 && tokens[at - 1].is(text, ".");
        match word {
            "(" | "[" => depth += 1,
            ")" | "]" => depth = depth.saturating_sub(1),
            "case" if !part => depth += 1,
            "end" if !part => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && !part && (at > 0 || word == "not") && DEFAULT_ENDS.contains(&word)
    })
}

/// One element of an index or exclusion constraint.
pub fn write_element(element: &IndexElement, sql: &mut Sql<'_>) {
    if element.expression.is_column() {
        sql.expression(&element.expression);
    } else {
        sql.parenthesised(&element.expression);
    }
    if let Some(collation) = &element.collation {
        sql.word("collate");
        write_collation(collation, sql);
    }
    if let Some(operator_class) = &element.operator_class {
        sql.word(operator_class);
    }
    sql.word_if(element.descending, "desc");
    match element.nulls_first {
        None => {}
        Some(true) => {
            sql.word("nulls first");
        }
        Some(false) => {
            sql.word("nulls last");
        }
    }
}

/// `include (…) with (…) tablespace …`, in the order of indexes or of constraints.
pub fn write_index_tail(
    include: &[SmolStr],
    options: &std::collections::BTreeMap<SmolStr, SmolStr>,
    tablespace: Option<&SmolStr>,
    constraint: bool,
    sql: &mut Sql<'_>,
) {
    if !include.is_empty() {
        sql.word("include").columns(include);
    }
    write_options(options, sql);
    if let Some(tablespace) = tablespace {
        sql.word_if(constraint, "using index")
            .word("tablespace")
            .identifier(tablespace);
    }
}

/// `with (name = value, …)`
pub fn write_options(options: &std::collections::BTreeMap<SmolStr, SmolStr>, sql: &mut Sql<'_>) {
    if options.is_empty() {
        return;
    }
    sql.word("with (");
    sql.list(options, |sql, (name, value)| {
        sql.word(name);
        if !value.is_empty() {
            sql.word("=").word(value);
        }
    })
    .tight(")");
}
