//! Collations: which types have one, and which an index need not say.

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::expression::Expression;
use crate::kind::{Defined, Kind};
use crate::model::cast::base;
use crate::model::family::put;
use crate::name::Name;
use crate::schema::{ConstraintKind, IndexElement, Object, ObjectId, Refusal, Schema, Table, Type};
use crate::sql_type::{BaseType, SqlType};

/// The collations of every server, from `pg_collation`. Those of the operating system and of ICU have names such as
/// `de_DE`, `de_DE.utf8` and `de-x-icu`.
const BUILTIN: [&str; 7] = [
    "C",
    "POSIX",
    "default",
    "pg_c_utf8",
    "pg_unicode_fast",
    "ucs_basic",
    "unicode",
];

/// Refuses a collation of a type that has none (`GetColumnDefCollation`), or one that no server has.
pub fn check_collation(
    collation: Option<&Name>,
    sql_type: &SqlType,
    schema: &Schema,
) -> Result<(), Refusal> {
    let Some(collation) = collation else {
        return Ok(());
    };
    if !is_collatable(sql_type, schema) {
        return Err(Refusal::new(
            Code::InvalidColumn,
            format!("{sql_type} does not support collations"),
        )
        .help("remove `collate`")
        .at(["collate", collation.name.as_str()]));
    }
    let name = collation.name.as_str();
    let known = collation.schema != "pg_catalog"
        || BUILTIN.contains(&name)
        || name.contains(['_', '-', '.', '@'])
        || schema
            .opaque()
            .any(|(_, it)| it.kind == Kind::Defined(Defined::Collation));
    if known {
        return Ok(());
    }
    let insensitive = BUILTIN.iter().find(|it| it.eq_ignore_ascii_case(name));
    let refusal = Refusal::new(
        Code::UnknownObject,
        format!("there is no collation \"{name}\""),
    );
    Err(match insensitive {
        Some(quoted) => refusal.help(format!("write it in quotes: collate \"{quoted}\"")),
        None => refusal.help(format!(
            "if `sql` creates it, declare it: sql declares (collation {name}) {{ create collation … }}"
        )),
    }
    .at(["collate", name]))
}

fn is_collatable(sql_type: &SqlType, schema: &Schema) -> bool {
    let mut it = sql_type.clone();
    it.array = false;
    match &base(&it, schema).base {
        BaseType::Builtin(name) => matches!(*name, "text" | "varchar" | "bpchar" | "name"),
        BaseType::Named(name) => !matches!(
            schema.type_named(name),
            Some(Type::Enum(_) | Type::Composite(_))
        ),
    }
}

/// Drops a collation that is the element's own: PostgreSQL does not tell them apart, and lets the index follow its column
/// from then on (`pg_get_indexdef`).
#[must_use]
pub fn without_own(element: &IndexElement, table: &Table) -> IndexElement {
    let mut element = element.clone();
    if let Some(collation) = &element.collation
        && own(&element.expression, table).is_some_and(|it| it == *collation)
    {
        element.collation = None;
    }
    element
}

/// The collation that an expression has by itself (PostgreSQL documentation 24.2.1.2): the one of its columns that is not
/// the default. `None` where that cannot be told.
fn own(expression: &Expression, table: &Table) -> Option<Name> {
    if expression.collations().next().is_some() {
        return None;
    }
    let default = Name::new("pg_catalog", SmolStr::new_static("default"));
    let columns = expression.columns().filter_map(|it| table.column(it));
    let mut others = columns
        .filter_map(|it| it.collation.as_ref())
        .filter(|it| **it != default);
    match (others.next(), others.next()) {
        (None, _) => Some(default),
        (Some(one), None) => Some(one.clone()),
        (Some(one), Some(two)) => (one == two && others.all(|it| it == one)).then(|| one.clone()),
    }
}

/// The same for all indexes and exclusion constraints of a table whose columns have changed.
pub fn settle(schema: &mut Schema, name: &Name) {
    let Some(table) = schema.table(name) else {
        return;
    };
    let mut changed = Vec::new();
    for (id, index) in schema.indexes(name) {
        if index
            .elements
            .iter()
            .any(|it| without_own(it, table) != *it)
        {
            let mut index = index.clone();
            for element in &mut index.elements {
                *element = without_own(element, table);
            }
            changed.push((id.clone(), index));
        }
    }
    let mut with = table.clone();
    let mut is_other = false;
    for constraint in with.constraints.values_mut() {
        if let ConstraintKind::Exclusion(exclusion) = &constraint.kind
            && exclusion
                .elements
                .iter()
                .any(|(it, _)| without_own(it, table) != *it)
            && let ConstraintKind::Exclusion(exclusion) =
                &mut std::sync::Arc::make_mut(constraint).kind
        {
            for (element, _) in &mut exclusion.elements {
                *element = without_own(element, table);
            }
            is_other = true;
        }
    }
    if is_other {
        put(schema, name, with);
    }
    for (id, index) in changed {
        schema.put(ObjectId::Relation(id), Some(Object::Index(index)));
    }
}
