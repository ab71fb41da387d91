//! How lines tell an object, or a part of one, that is as it should be.

use std::fmt::Write as _;

use crate::expression::Expression;
use crate::schema::{
    Column, Composite, Constraint, ConstraintKind, Enum, Index, Object, Schema, Table, Type,
};
use crate::sql_type::SqlType;

use super::literal::{self, Known};
use super::wanted::{has_expression, type_of};

/// What is said of the part; one without a name is the object itself.
pub(super) fn says(object: &Object, part: &str, schema: &Schema) -> String {
    let name = part.split_once(' ').map(|it| it.1);
    match (object, name) {
        (Object::Table(table), Some(name)) => match table.column(name) {
            Some(column) if part.starts_with("column ") => of_column(column, schema),
            Some(_) | None => table
                .constraints
                .get(name)
                .map_or_else(String::new, |it| of_constraint(it)),
        },
        (Object::Table(table), None) => of_table(table, schema),
        (Object::Type(Type::Domain(it)), None) => {
            let mut says = format!("a domain over {}", it.base);
            if it.not_null {
                says += ", not null";
            }
            says + &of_default(it.default.as_ref(), &it.base, schema)
        }
        (Object::Type(Type::Domain(_)), Some(_)) => {
            "a check, whose expression is not compared".to_owned()
        }
        (Object::Type(Type::Enum(Enum { values, .. })), _) => {
            format!("an enum of {}", values.join(", "))
        }
        (Object::Type(Type::Composite(Composite { .. })), None) => "a composite type".to_owned(),
        (Object::Type(Type::Composite(_)), Some(_)) => {
            type_of(object, part).map_or_else(String::new, ToString::to_string)
        }
        (Object::Index(index), _) => of_index(index),
        (Object::Sequence(it), _) => {
            format!("{} from {} by {}", it.sql_type, it.start, it.increment)
        }
        (Object::Namespace(_) | Object::Extension(_) | Object::Opaque(_), _) => {
            "it is there".to_owned()
        }
    }
}

fn of_table(table: &Table, schema: &Schema) -> String {
    let mut says = if table.partition_by.is_some() {
        "a partitioned table".to_owned()
    } else {
        "a table".to_owned()
    };
    if let Some(partition) = &table.partition_of {
        says += match literal::bound(partition, schema) {
            Some(_) => ", a partition",
            None => ", a partition whose bound is not compared",
        };
    }
    says
}

fn of_column(column: &Column, schema: &Schema) -> String {
    let mut says = column.sql_type.to_string();
    if column.not_null {
        says += ", not null";
    }
    says += &of_default(column.default.as_ref(), &column.sql_type, schema);
    if let Some(identity) = &column.identity {
        let when = if identity.always {
            "always"
        } else {
            "by default"
        };
        let _ = write!(says, ", generated {when} as identity");
    }
    if let Some(generated) = &column.generated {
        let kind = if generated.stored {
            "stored"
        } else {
            "virtual"
        };
        let _ = write!(says, ", generated {kind}, whose expression is not compared");
    }
    says
}

fn of_default(default: Option<&Expression>, sql_type: &SqlType, schema: &Schema) -> String {
    let Some(default) = default else {
        return String::new();
    };
    match literal::default(default, sql_type, schema) {
        Known::Absent => String::new(),
        Known::Literal(_) | Known::Call(_) => format!(", default {}", default.text()),
        Known::Present => ", with a default, whose expression is not compared".to_owned(),
        Known::Nothing => ", default not compared".to_owned(),
    }
}

fn of_constraint(constraint: &Constraint) -> String {
    let mut says = match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => format!("a primary key of {}", key.columns.join(", ")),
        ConstraintKind::Unique(key) => {
            format!("a unique constraint of {}", key.columns.join(", "))
        }
        ConstraintKind::ForeignKey(key) => format!(
            "a foreign key of {} to {} ({}), on delete {}, on update {}",
            key.columns.join(", "),
            key.table,
            key.references.join(", "),
            key.on_delete.words(),
            key.on_update.words()
        ),
        ConstraintKind::Check { .. } => "a check".to_owned(),
        ConstraintKind::Exclusion(_) => "an exclusion constraint".to_owned(),
    };
    if has_expression(&constraint.kind) {
        says += ", whose expression is not compared";
    }
    says
}

fn of_index(index: &Index) -> String {
    let elements: Vec<&str> = index
        .elements
        .iter()
        .map(|it| it.expression.only_column().map_or("(expression)", |it| it))
        .collect();
    let mut says = format!(
        "{}on {} ({})",
        if index.unique { "unique, " } else { "" },
        index.table,
        elements.join(", ")
    );
    if elements.contains(&"(expression)") || index.predicate.is_some() {
        says += ", whose expressions are not compared";
    }
    says
}
