//! Expressions and statements bound to the schema, with the mistakes of the binder as refusals.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::binder::{Binder, Bound, Class, Column, Mistake, Place, Typed, World};
use crate::builtin::Volatility;
use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::name::Name;
use crate::raw_sql;
use crate::schema::{Refusal, Schema, Table};
use crate::sql_type::SqlType;
use crate::tree::{Expr, ExprKind, Literal, Statement};

/// What the binder asks.
#[must_use]
pub fn world(schema: &Schema) -> World<'_> {
    World {
        schema,
        server: schema.server,
    }
}

/// Refuses a statement that reads or changes rows where PostgreSQL's parse analysis would.
pub fn check_statement(statement: &Statement, text: &str, schema: &Schema) -> Result<(), Refusal> {
    let mut binder = Binder::new(world(schema));
    let bound = binder.statement(statement);
    bound
        .map(drop)
        .map_err(|it| refusal(it, text, Code::InvalidQuery))
}

/// The columns of a table that may not be in the schema yet.
#[must_use]
pub fn columns(table: &Table, world: World<'_>) -> Vec<Column> {
    let columns = table.columns.iter();
    columns
        .map(|it| Column {
            name: it.name.clone(),
            typed: world.typed(&it.sql_type),
        })
        .collect()
}

/// Binds an expression over the columns of a table, and refuses what PostgreSQL would refuse at that place; nothing comes
/// of what cannot be read.
pub fn own_expression(
    expression: &Expression,
    place: Place,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<Option<Bound>, Refusal> {
    let text = expression.text();
    if expression.is_column() && !place.is_condition() {
        return Ok(None);
    }
    let Some(tree) = raw_sql::expression_tree(text) else {
        return Ok(None);
    };
    let world = world(schema);
    let mut binder = Binder::new(world);
    binder.see(name, None, &columns(table, world));
    let bound = if place.is_condition() {
        binder.bind_boolean(&tree, place)
    } else {
        binder.bind(&tree, place)
    };
    let refuse = |it| refusal(it, text, Code::InvalidExpression);
    let bound = bound.map_err(refuse)?;
    if place.must_be_immutable() {
        check_immutable(&binder, &bound, place, text)?;
    }
    Ok(Some(bound))
}

/// The type of a bound expression without its modifiers, where it is known and a type of columns.
#[must_use]
pub fn plain_type(bound: Bound, schema: &Schema) -> Option<SqlType> {
    let plain = Typed {
        modifiers: SmolStr::default(),
        ..bound.typed
    };
    world(schema).sql_type(&plain)
}

/// Refuses the comparison of two rows that an exclusion constraint makes.
pub fn excluded(
    compared: &str,
    name: &Name,
    table: &Table,
    schema: &Schema,
) -> Result<(), Refusal> {
    let Some(tree) = raw_sql::expression_tree(compared) else {
        return Ok(());
    };
    let world = world(schema);
    let mut binder = Binder::new(world);
    binder.see(name, None, &columns(table, world));
    binder
        .bind_boolean(&tree, Place::Exclusion)
        .map(drop)
        .map_err(|it| {
            Refusal::new(Code::InvalidConstraint, it.message)
                .help("use an operator that is true for rows which exclude each other, such as = or &&")
                .at(["exclude"])
        })
}

/// Refuses an expression that does not become a value of the type: what computes a generated column, or the values of a
/// column of a new type, `over` the columns of its table; or a default, which is over none.
pub fn assigned(
    expression: &Expression,
    place: Place,
    (stored, sql_type): (&str, &SqlType),
    over: Option<(&Name, &Table)>,
    schema: &Schema,
) -> Result<(), Refusal> {
    let text = expression.text();
    let Some(tree) = raw_sql::expression_tree(text) else {
        return Ok(());
    };
    if place == Place::Default {
        check_moment(&tree, text, sql_type)?;
    }
    let world = world(schema);
    let mut binder = Binder::new(world);
    if let Some((name, table)) = over {
        binder.see(name, None, &columns(table, world));
    }
    // Whether a generated column is immutable was asked before: PostgreSQL does so without the cast to the column's type
    // (`cookDefault`).
    binder
        .bind_assigned(&tree, place, stored, &world.typed(sql_type))
        .map(drop)
        .map_err(|it| refusal(it, text, Code::InvalidExpression))
}

/// Refuses the check of a domain over that type.
pub fn domain_check(
    expression: &Expression,
    base: &SqlType,
    schema: &Schema,
) -> Result<(), Refusal> {
    let text = expression.text();
    let Some(tree) = raw_sql::expression_tree(text) else {
        return Ok(());
    };
    let world = world(schema);
    let mut binder = Binder::new(world).of_domain(world.typed(base));
    binder
        .bind_boolean(&tree, Place::DomainCheck)
        .map(drop)
        .map_err(|it| refusal(it, text, Code::InvalidExpression))
}

/// Refuses a literal that names a moment, which PostgreSQL reads once and for all, when the default is made.
fn check_moment(tree: &Expr, text: &str, sql_type: &SqlType) -> Result<(), Refusal> {
    const MOMENTS: [&str; 4] = ["now", "today", "tomorrow", "yesterday"];
    let value = if let ExprKind::Cast(inner, _) = &tree.kind {
        inner
    } else {
        tree
    };
    let ExprKind::Literal(Literal::String(literal)) = &value.kind else {
        return Ok(());
    };
    let is_time = matches!(
        sql_type.scalar(),
        Some("date" | "time" | "timetz" | "timestamp" | "timestamptz")
    );
    let word = literal.trim().trim_end_matches("()").to_ascii_lowercase();
    if !is_time || !MOMENTS.contains(&word.as_str()) {
        return Ok(());
    }
    let call = match word.as_str() {
        "now" => "now()",
        "today" => "current_date",
        "tomorrow" => "current_date + 1",
        _ => "current_date - 1",
    };
    let mut refusal = Refusal::new(
        Code::InvalidExpression,
        format!("'{literal}' is read once, when the default is made: every later row would get that same moment"),
    )
    .help(format!("write a call, which is evaluated for each row: default {call}"));
    refusal.within = Some((Arc::from(text), tree.range.clone()));
    Err(refusal)
}

/// Refuses what may give another result tomorrow.
fn check_immutable(
    binder: &Binder<'_>,
    bound: &Bound,
    place: Place,
    text: &str,
) -> Result<(), Refusal> {
    if bound.volatility == Volatility::Immutable {
        return Ok(());
    }
    let (what, range) = match binder.changing() {
        Some((what, range)) => (what.as_str(), range.clone()),
        None => ("this expression", 0..text.len()),
    };
    let mut refusal = Refusal::new(
        Code::InvalidExpression,
        format!(
            "{} cannot use {what}, which is not immutable: its result may change",
            place.words()
        ),
    );
    refusal.within = Some((Arc::from(text), range));
    Err(refusal)
}

/// Refuses what an assertion asks where it does not bind, or is not boolean.
pub fn asked(query: &str, schema: &Schema) -> Result<(), Refusal> {
    let Some(tree) = raw_sql::expression_tree(query) else {
        return Ok(());
    };
    let mut binder = Binder::new(world(schema));
    binder
        .bind_boolean(&tree, Place::Asked)
        .map(drop)
        .map_err(|it| refusal(it, query, Code::InvalidQuery))
}

/// The mistake as a refusal; `other` is its code where it is about no name and no type.
#[must_use]
pub fn refusal(mistake: Mistake, text: &str, other: Code) -> Refusal {
    let code = match mistake.class {
        Class::UnknownColumn => Code::UnknownColumn,
        Class::UnknownTable => Code::UnknownTable,
        Class::UnknownFunction => Code::UnknownFunction,
        Class::UnknownType => Code::UnknownType,
        Class::UnknownObject => Code::UnknownObject,
        Class::AmbiguousColumn | Class::AmbiguousFunction | Class::AmbiguousAlias => {
            Code::AmbiguousName
        }
        Class::TypeMismatch | Class::NoCast => Code::TypeMismatch,
        Class::Grouping
        | Class::Windowing
        | Class::WrongObject
        | Class::Syntax
        | Class::Reference
        | Class::Duplicate
        | Class::Generated
        | Class::InvalidLiteral
        | Class::NotSupported
        | Class::Collation
        | Class::Recursion => other,
    };
    let mut refusal = Refusal::new(code, mistake.message);
    refusal.help = mistake.help;
    refusal.within = Some((Arc::from(text), mistake.range));
    refusal
}
