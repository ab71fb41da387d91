//! What gets another name gets it in everything that refers to it.

use crate::expression::{Expression, qualify, qualify_type};
use crate::kind::Defined;
use crate::model::opaque::{on_table, without_table};
use crate::name::Name;
use crate::raw_sql::ReferenceKind;
use crate::schema::{Index, NameIn, Object, ObjectId, Schema};
use crate::sql_type::{self, BaseType, SqlType};
use crate::token::quote_literal;

/// Gives an object another name, in any schema, which must be free, also in everything that refers to it. Partition keys
/// are text: they keep the names of collations.
pub fn move_object(schema: &mut Schema, old: &ObjectId, to: &Name) {
    let new = &old.called(to.clone());
    let mut moved = (**schema.get(old).expect("the object was found")).clone();
    let default = schema.default.clone();
    refer(&mut moved, old, new, &default);
    refer_to_row(schema, &mut moved, old, to);
    let users: Vec<ObjectId> = match old {
        // What expressions call or collate by is not among what their tables refer to.
        ObjectId::Opaque(..) => schema.objects().map(|it| it.0.clone()).collect(),
        ObjectId::Relation(_)
        | ObjectId::Type(_)
        | ObjectId::Namespace(_)
        | ObjectId::Extension(_) => schema.dependents(old).map(|it| it.0.clone()).collect(),
    };
    // An identity's sequence is not among what its table refers to.
    let identity = if let Object::Sequence(it) = &moved
        && it.identity
    {
        it.owned_by.clone()
    } else {
        None
    };
    schema.put(old.clone(), None);
    schema.put(new.clone(), Some(moved));
    for user in users {
        let Some(object) = schema.get(&user) else {
            continue;
        };
        let mut changed = (**object).clone();
        refer(&mut changed, old, new, &default);
        if changed == **object {
            continue;
        }
        // What has its name on a table only is called after it.
        if let (Some(from), ObjectId::Opaque(kind, name)) = (old.relation(), &user)
            && kind.is_on_table()
            && changed.part_of() == Some(to)
            && let own = without_table(name, from)
            && own != name.name
        {
            let id = ObjectId::Opaque(*kind, on_table(own, to));
            schema.put(user.clone(), None);
            schema.put(id, Some(changed));
        } else {
            schema.put(user, Some(changed));
        }
    }
    if let Some((table, column)) = identity {
        let id = ObjectId::Relation(table);
        if let Some(Object::Table(table)) = schema.get(&id).map(|it| (**it).clone()) {
            let mut table = table;
            if let Some(identity) = table
                .column_mut(&column)
                .and_then(|it| it.identity.as_mut())
            {
                identity.sequence = to.clone();
            }
            schema.put(id, Some(Object::Table(table)));
        }
    }
}

/// Renames the row of a table, as `t` in `check (t is not null)`, in its own expressions and those of its indexes.
fn refer_to_row(schema: &mut Schema, moved: &mut Object, old: &ObjectId, to: &Name) {
    let (ObjectId::Relation(from), Object::Table(table)) = (old, moved) else {
        return;
    };
    if from.name == to.name || table.column(&from.name).is_some() {
        return;
    }
    let rename = |it: &Expression| it.rename_row(&from.name, &to.name);
    table.rewrite(|_, it| rename(it));
    let indexes: Vec<(Name, Index)> = schema
        .indexes(from)
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect();
    for (name, mut index) in indexes {
        index.rewrite(rename);
        schema.put(ObjectId::Relation(name), Some(Object::Index(index)));
    }
}

/// Puts `new` where `object` refers to `old`.
fn refer(object: &mut Object, old: &ObjectId, new: &ObjectId, schema: &str) {
    let (Some(from), Some(to)) = (old.name(), new.name()) else {
        return;
    };
    let change = |name: &mut Name| {
        if name == from {
            *name = to.clone();
        }
    };
    let relation = |name: &mut Name| {
        if matches!(old, ObjectId::Relation(_)) {
            change(name);
        }
    };
    let is_type = matches!(old, ObjectId::Type(_));
    let retype = |it: &mut SqlType| {
        if is_type && it.named() == Some(from) {
            it.base = BaseType::Named(to.clone());
        }
    };
    let is_collation = matches!(old, ObjectId::Opaque(Defined::Collation, _));
    // A collation without a schema is held as one of the server's.
    let plain = |it: &Name| {
        let is_plain = it.schema == schema;
        is_plain.then(|| Name::new("pg_catalog", it.name.clone()))
    };
    let (plain_from, plain_to) = (plain(from), plain(to).unwrap_or_else(|| to.clone()));
    let collate = |it: &mut Option<Name>| {
        if is_collation && it.is_some() && (it.as_ref() == Some(from) || *it == plain_from) {
            *it = Some(plain_to.clone());
        }
    };
    object.refer(|it| match it {
        NameIn::Relation(name) => relation(name),
        NameIn::Type(sql_type) => retype(sql_type),
        NameIn::Collation(collation) => collate(collation),
        NameIn::Raw(it) => it.refer(old, new),
    });
    object.rewrite(|_, it| rename_in(it, old, to, schema));
}

/// The expression with the object `old` called `new`.
fn rename_in(expression: &Expression, old: &ObjectId, new: &Name, schema: &str) -> Expression {
    expression.rewrite(|reference| {
        let name = qualify(&reference.parts, schema)?;
        let (is_found, text) = match reference.kind {
            // A relation's name is a type's, too: that of its rows.
            ReferenceKind::Type => {
                let name = qualify_type(&reference.parts, schema)?;
                let is_found =
                    matches!(old, ObjectId::Type(it) | ObjectId::Relation(it) if *it == name);
                (is_found, sql_type::name_within(new, schema).to_string())
            }
            ReferenceKind::Function => {
                let is_type = matches!(old, ObjectId::Type(_));
                let is_found = old.name() == Some(&name)
                    && (old.is_function() || is_type && expression.is_of_literal(reference));
                (is_found, new.within(schema).to_string())
            }
            ReferenceKind::RelationLiteral => (
                *old == ObjectId::Relation(name),
                quote_literal(&new.within(schema)),
            ),
            ReferenceKind::Collation => (
                *old == ObjectId::Opaque(Defined::Collation, name),
                new.within(schema).to_string(),
            ),
            ReferenceKind::Column | ReferenceKind::Relation | ReferenceKind::Operator => {
                return None;
            }
        };
        is_found.then_some(text)
    })
}
