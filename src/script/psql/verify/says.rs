//! How lines tell an object, or a part of one, that is as it should be.

use std::fmt::Write as _;

use crate::expression::Expression;
use crate::schema::{Column, Constraint, ConstraintKind, Index, Object, Schema, Table, Type};
use crate::sql_type::SqlType;

use super::literal::{self, Known, type_of};

/// What is said of the part; one without a name is the object itself.
pub(super) fn says(object: &Object, part: &str, schema: &Schema) -> String {
    let name = part.split_once(' ').map(|it| it.1);
    if let Some(table) = object.as_table() {
        let Some(name) = name else {
            return of_table(table, schema);
        };
        let column = table.column(name).filter(|_| part.starts_with("column "));
        return match (column, table.constraints.get(name)) {
            (Some(column), _) => of_column(column, schema),
            (None, Some(constraint)) => of_constraint(constraint),
            (None, None) => String::new(),
        };
    }
    match (object.as_type(), name) {
        (Some(Type::Domain(it)), None) => {
            let mut says = format!("a domain over {}", it.base);
            if it.not_null {
                says += ", not null";
            }
            return says + &of_default(it.default.as_ref(), &it.base, schema);
        }
        (Some(Type::Domain(_)), Some(_)) => {
            return "a check, whose expression is not compared".to_owned();
        }
        (Some(Type::Enum(it)), _) => return format!("an enum of {}", it.values.join(", ")),
        (Some(Type::Composite(_)), None) => return "a composite type".to_owned(),
        (Some(Type::Composite(_)), Some(_)) => {
            return type_of(object, part).map_or_else(String::new, ToString::to_string);
        }
        (None, _) => {}
    }
    if let Some(index) = object.as_index() {
        of_index(index)
    } else if let Some(it) = object.as_sequence() {
        format!("{} from {} by {}", it.sql_type, it.start, it.increment)
    } else {
        "it exists".to_owned()
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
        .map(|element| {
            element
                .expression
                .only_column()
                .map_or("(expression)", |it| it)
        })
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

/// Whether a constraint's expression is not compared.
fn has_expression(kind: &ConstraintKind) -> bool {
    match kind {
        ConstraintKind::Check { .. } => true,
        ConstraintKind::Exclusion(it) => {
            let mut elements = it.elements.iter();
            it.predicate.is_some() || elements.any(|it| it.0.expression.only_column().is_none())
        }
        ConstraintKind::PrimaryKey(_)
        | ConstraintKind::Unique(_)
        | ConstraintKind::ForeignKey(_) => false,
    }
}
