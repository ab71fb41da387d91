//! Objects that only raw SQL made, or that raw SQL altered in a way that the model does not follow.

use smol_str::{SmolStr, format_smolstr};

use crate::kind::Defined;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Schema, TEMPORARY};

/// Whether raw SQL altered the object, or a table that it is part of or inherits from, in a way that the model does not
/// follow.
#[must_use]
pub fn is_changed(schema: &Schema, id: &ObjectId, object: &Object) -> bool {
    let mark = |name: &Name, id: &ObjectId| {
        let mark = schema.get(&ObjectId::Opaque(Defined::Stale, name.clone()));
        matches!(mark.map(|it| &**it), Some(Object::Opaque(it)) if it.uses.contains(id))
    };
    let mut tables: Vec<&Name> = match (id, object) {
        (ObjectId::Relation(name), Object::Index(index)) => {
            if mark(name, id) {
                return true;
            }
            vec![&index.table]
        }
        (ObjectId::Relation(name), Object::Table(_)) => vec![name],
        (ObjectId::Relation(name) | ObjectId::Type(name), _) => return mark(name, id),
        (ObjectId::Namespace(_) | ObjectId::Extension(_) | ObjectId::Opaque(..), _) => {
            return false;
        }
    };
    while let Some(name) = tables.pop() {
        if mark(name, &ObjectId::Relation(name.clone())) {
            return true;
        }
        if let Some(table) = schema.table(name) {
            tables.extend(&table.inherits);
            tables.extend(table.partition_of.iter().map(|it| &it.parent));
        }
    }
    false
}

#[must_use]
pub fn qualify(parts: &[SmolStr], schema: &str) -> Option<Name> {
    match parts {
        [name] => Some(Name::new(schema, name.clone())),
        [schema, name] => Some(Name::new(schema.clone(), name.clone())),
        _ => None,
    }
}

/// The relation that a name means where it is looked for: an unqualified one first among what is temporary.
#[must_use]
pub fn seen(parts: &[SmolStr], schema: &Schema) -> Option<Name> {
    let name = qualify(parts, &schema.default)?;
    match parts {
        [_] => Some(schema.temporary(&name).unwrap_or(name)),
        _ => Some(name),
    }
}

/// The name under which a relation is made.
#[must_use]
pub fn made(parts: &[SmolStr], temporary: bool, schema: &str) -> Option<Name> {
    qualify(parts, if temporary { TEMPORARY } else { schema })
}

/// A trigger's name holds only for its table.
#[must_use]
pub fn on_table(name: &str, table: &Name) -> Name {
    table.sibling(format_smolstr!("{name} on {}", table.name))
}

/// The trigger's own name, given that of [`on_table`].
#[must_use]
pub fn without_table<'a>(name: &'a Name, table: &Name) -> &'a str {
    let before = name.name.strip_suffix(table.name.as_str());
    let own = before.and_then(|it| it.strip_suffix(" on "));
    own.unwrap_or(&name.name)
}

/// Renames a column of a view; whether the view has it, and no other of the new name.
pub fn rename_output(schema: &mut Schema, name: &Name, column: &SmolStr, to: &SmolStr) -> bool {
    let Some(Object::Opaque(opaque)) = schema.relation(name) else {
        return false;
    };
    let Some(output) = &opaque.output else {
        return false;
    };
    let is_there = |it: &SmolStr| output.iter().any(|column| column.0 == *it);
    if !is_there(column) || is_there(to) {
        return false;
    }
    let mut opaque = opaque.clone();
    let renamed = output.iter().map(|(name, sql_type)| {
        let name = if name == column { to } else { name };
        (name.clone(), sql_type.clone())
    });
    opaque.output = Some(renamed.collect());
    let id = ObjectId::Relation(name.clone());
    schema.put(id, Some(Object::Opaque(opaque)));
    true
}
