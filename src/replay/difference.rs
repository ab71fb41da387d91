//! What a rollback leaves different, in words.

use crate::schema::{Change, ConstraintKind, Object, ObjectId};

/// What a rollback leaves different, in a sentence.
pub(super) fn describe(id: &ObjectId, change: &Change) -> String {
    match (change.before.as_deref(), change.after.as_deref()) {
        (None, Some(object)) => format!("{} remains", named(id, object)),
        (Some(object), None) => format!("{} is not restored", named(id, object)),
        (Some(Object::Table(before)), Some(Object::Table(after))) => {
            let table = named(id, &Object::Table(after.clone()));
            for column in &after.columns {
                if before.column(&column.name).is_none() {
                    return format!("column \"{}\" of {table} remains", column.name);
                }
            }
            for column in &before.columns {
                match after.column(&column.name) {
                    None => {
                        return format!("column \"{}\" of {table} is not restored", column.name);
                    }
                    Some(now) if now != &**column => {
                        let what = if now.sql_type != column.sql_type {
                            format!("is {} but was {}", now.sql_type, column.sql_type)
                        } else if now.not_null != column.not_null {
                            format!(
                                "is {} but was not before",
                                if now.not_null { "not null" } else { "nullable" }
                            )
                        } else if now.default != column.default {
                            "has a different default".to_owned()
                        } else {
                            "differs from before".to_owned()
                        };
                        return format!("column \"{}\" of {table} {what}", column.name);
                    }
                    Some(_) => {}
                }
            }
            for name in after.constraints.keys() {
                if !before.constraints.contains_key(name) {
                    return format!("constraint \"{name}\" of {table} remains");
                }
            }
            for (name, constraint) in &before.constraints {
                match after.constraints.get(name) {
                    None => return format!("constraint \"{name}\" of {table} is not restored"),
                    Some(now) if now != constraint => {
                        if let (ConstraintKind::ForeignKey(was), ConstraintKind::ForeignKey(is)) =
                            (&constraint.kind, &now.kind)
                            && was.index != is.index
                        {
                            return format!(
                                "foreign key \"{name}\" of {table} would depend on \"{}\", which is older than the recreated key \"{}\"",
                                is.index, was.index
                            );
                        }
                        return format!("constraint \"{name}\" of {table} differs from before");
                    }
                    Some(_) => {}
                }
            }
            format!("{table} differs from before")
        }
        (_, Some(object)) => format!("{} differs from before", named(id, object)),
        (None, None) => String::new(),
    }
}

pub(super) fn named(id: &ObjectId, object: &Object) -> String {
    match id {
        ObjectId::Relation(name) | ObjectId::Type(name) => format!("{} \"{name}\"", object.kind()),
        ObjectId::Namespace(_) | ObjectId::Extension(_) | ObjectId::Opaque(..) => id.to_string(),
    }
}
