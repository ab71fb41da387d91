//! Columns and constraints as titles tell them: what a reader must know, on one line.

use smol_str::SmolStr;

use crate::name::Name;
use crate::operation::definition::column::ColumnDefinition;
use crate::operation::definition::constraint::ConstraintDefinition;
use crate::operation::gist::gist;
use crate::schema::ConstraintKind;
use crate::sql::Sql;
use crate::token::quote_identifier;

/// Of longer defaults only that there is one is told.
const LONG_DEFAULT: usize = 40;

/// What a table is made of: each column with the constraints on it alone, then the other constraints.
#[must_use]
pub fn items(
    table: &Name,
    columns: &[ColumnDefinition],
    constraints: &[ConstraintDefinition],
) -> Vec<String> {
    let told = columns
        .iter()
        .map(|column| self::column(table, column, constraints.iter()));
    let is_own = |constraint: &ConstraintDefinition| {
        columns
            .iter()
            .any(|column| on_alone(constraint, &column.name).is_some())
    };
    let others = constraints.iter().filter(|it| !is_own(it)).map(constraint);
    told.chain(others).collect()
}

/// A column, with those of `constraints` that are on it alone: `email character varying(255) not null, unique`.
pub fn column<'a>(
    table: &Name,
    definition: &ColumnDefinition,
    constraints: impl Iterator<Item = &'a ConstraintDefinition>,
) -> String {
    let mut plain = definition.clone();
    plain.leave_sequence();
    plain.comment = None;
    let mut own = Vec::new();
    for constraint in constraints {
        if let Some(words) = on_alone(constraint, &definition.name) {
            // The key says it.
            plain.not_null &= !matches!(constraint.kind, ConstraintKind::PrimaryKey(_));
            own.push(words);
        }
    }
    let is_long = |it: &str| it.chars().count() > LONG_DEFAULT || it.contains('\n');
    if plain.default.as_ref().is_some_and(|it| is_long(it.text())) {
        plain.default = None;
        own.push("with a default".to_owned());
    }
    let mut sql = Sql::new("public");
    plain.write(table, &mut sql);
    own.insert(0, gist(&sql.finish()));
    own.join(", ")
}

/// A constraint without its name: `unique (a, b)`.
#[must_use]
pub fn constraint(definition: &ConstraintDefinition) -> String {
    gist(&written(definition))
}

/// The words of a constraint in the definition of `column`, where it is on no other: `references users (id)`.
#[must_use]
pub fn on_alone(definition: &ConstraintDefinition, column: &SmolStr) -> Option<String> {
    let columns = match &definition.kind {
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => &key.columns,
        ConstraintKind::ForeignKey(key) => &key.columns,
        ConstraintKind::Check { .. } | ConstraintKind::Exclusion(_) => return None,
    };
    if columns.as_slice() != std::slice::from_ref(column) || definition.using_index.is_some() {
        return None;
    }
    let list = format!(" ({})", quote_identifier(column));
    let words = written(definition).replacen(&list, "", 1);
    let words = words.strip_prefix("foreign key ").unwrap_or(&words);
    Some(gist(words))
}

fn written(definition: &ConstraintDefinition) -> String {
    let unnamed = ConstraintDefinition {
        name: None,
        ..definition.clone()
    };
    let mut sql = Sql::new("public");
    unnamed.write(&mut sql);
    sql.finish()
}
