//! What a rollback leaves different, in words.

use crate::schema::{Change, ConstraintKind, Object, ObjectId};

/// What a rollback leaves different, in a sentence.
pub(super) fn describe(id: &ObjectId, change: &Change) -> String {
    match (change.before.as_deref(), change.after.as_deref()) {
        (None, Some(object)) => format!("{} is left behind", named(id, object)),
        (Some(object), None) => format!("{} is not there again", named(id, object)),
        (Some(Object::Table(before)), Some(Object::Table(after))) => {
            let table = named(id, &Object::Table(after.clone()));
            for column in &after.columns {
                if before.column(&column.name).is_none() {
                    return format!("column \"{}\" of {table} is left behind", column.name);
                }
            }
            for column in &before.columns {
                match after.column(&column.name) {
                    None => {
                        return format!("column \"{}\" of {table} is not there again", column.name);
                    }
                    Some(now) if now != &**column => {
                        let what = if now.sql_type != column.sql_type {
                            format!("is {} and was {}", now.sql_type, column.sql_type)
                        } else if now.not_null != column.not_null {
                            format!(
                                "is {} and was not so",
                                if now.not_null { "not null" } else { "nullable" }
                            )
                        } else if now.default != column.default {
                            "has another default".to_owned()
                        } else {
                            "is not as it was".to_owned()
                        };
                        return format!("column \"{}\" of {table} {what}", column.name);
                    }
                    Some(_) => {}
                }
            }
            for name in after.constraints.keys() {
                if !before.constraints.contains_key(name) {
                    return format!("constraint \"{name}\" of {table} is left behind");
                }
            }
            for (name, constraint) in &before.constraints {
                match after.constraints.get(name) {
                    None => return format!("constraint \"{name}\" of {table} is not there again"),
                    Some(now) if now != constraint => {
                        if let (ConstraintKind::ForeignKey(was), ConstraintKind::ForeignKey(is)) =
                            (&constraint.kind, &now.kind)
                            && was.index != is.index
                        {
                            return format!(
                                "foreign key \"{name}\" of {table} would rest on \"{}\", an older key than \"{}\" made anew",
                                is.index, was.index
                            );
                        }
                        return format!("constraint \"{name}\" of {table} is not as it was");
                    }
                    Some(_) => {}
                }
            }
            format!("{table} is not as it was")
        }
        (_, Some(object)) => format!("{} is not as it was", named(id, object)),
        (None, None) => String::new(),
    }
}

pub(super) fn named(id: &ObjectId, object: &Object) -> String {
    match id {
        ObjectId::Relation(name) | ObjectId::Type(name) => format!("{} \"{name}\"", object.kind()),
        ObjectId::Namespace(_) | ObjectId::Extension(_) | ObjectId::Opaque(..) => id.to_string(),
    }
}
