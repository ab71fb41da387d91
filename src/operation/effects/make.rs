//! What raw SQL makes, as an object that the model knows by name, with all that its text uses.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::binder::Uses;
use crate::model::opaque::{self, on_table, qualify, seen};
use crate::name::Name;
use crate::operation::effects::{exists, take_uses};
use crate::raw_sql::{Facts, Made};
use crate::schema::{Object, ObjectId, Opaque, Refusal, Schema, Table};

/// Puts what a statement makes into the model.
pub(super) fn make(
    schema: &mut Schema,
    made: &Made,
    facts: &Facts,
    uses: &Uses,
) -> Result<(), Refusal> {
    let Some(mut name) = opaque::made(&made.name, made.temporary, &schema.default) else {
        return Ok(());
    };
    let part_of = made
        .on
        .as_ref()
        .and_then(|it| seen(it, schema))
        .filter(|it| schema.relation(it).is_some());
    if made.kind.is_on_table() {
        let declared = ObjectId::of(made.kind, &name);
        match &part_of {
            // A declared one keeps the name that it was declared with.
            _ if schema.get(&declared).is_some() => {}
            Some(table) => name = on_table(&name.name, table),
            None => return Ok(()),
        }
    }
    let id = ObjectId::of(made.kind, &name);
    let mut opaque = match schema.get(&id).map(|it| &**it) {
        None => Opaque::default(),
        // Functions of one name with other arguments are one object here.
        Some(Object::Opaque(before)) if matches!(id, ObjectId::Opaque(..)) => before.clone(),
        Some(Object::Opaque(before)) => Opaque {
            declared: before.declared,
            ..Opaque::default()
        },
        Some(_) if made.if_not_exists => return Ok(()),
        Some(object) => return Err(exists(&id, object.kind(), &name)),
    };
    opaque.kind = made.kind;
    opaque.temporary = made.temporary;
    opaque.is_read = true;
    opaque.part_of = part_of;
    use_all(schema, facts, &mut opaque);
    take_uses(&mut opaque, uses);
    opaque.uses.remove(&id);
    schema.put(id, Some(Object::Opaque(opaque)));
    Ok(())
}

/// A table that a text reads, under the name that it has there.
struct Read<'a> {
    called: SmolStr,
    name: Name,
    table: &'a Table,
}

/// What a text uses. Where it does not say whose column it reads, it is that of every table there that has one.
fn use_all(schema: &Schema, facts: &Facts, opaque: &mut Opaque) {
    let mut read: Vec<Read<'_>> = Vec::new();
    for relation in &facts.relations {
        let Some(name) = seen(&relation.parts, schema) else {
            continue;
        };
        if let Some(object) = schema.relation(&name) {
            opaque.uses.insert(ObjectId::Relation(name.clone()));
            if let Object::Table(table) = object {
                let called = relation.alias.clone();
                let called = called.unwrap_or_else(|| name.name.clone());
                read.push(Read {
                    called,
                    name,
                    table,
                });
            }
        }
    }
    for parts in &facts.types {
        let Some(name) = qualify(parts, &schema.default) else {
            continue;
        };
        for id in [ObjectId::Type(name.clone()), ObjectId::Relation(name)] {
            if schema.get(&id).is_some() {
                opaque.uses.insert(id);
                break;
            }
        }
    }
    let mut columns = BTreeSet::new();
    let mut add = |table: &Read<'_>, column: &str| {
        let found = table.table.columns.iter();
        let found = found.filter(|it| column == "*" || it.name == *column);
        columns.extend(found.map(|it| (table.name.clone(), it.name.clone())));
    };
    for parts in &facts.columns {
        let (qualifier, column) = match parts.as_slice() {
            [column] => (None, column),
            [.., qualifier, column] => (Some(qualifier), column),
            [] => continue,
        };
        let Some(qualifier) = qualifier else {
            for table in &read {
                let whole = table.called == *column && table.table.column(column).is_none();
                add(table, if whole { "*" } else { column });
            }
            continue;
        };
        let is_called = |it: &&Read<'_>| it.called == *qualifier;
        if read.iter().any(|it| is_called(&it)) {
            read.iter().filter(is_called).for_each(|it| add(it, column));
        } else if matches!(qualifier.as_str(), "old" | "new") {
            let own = read
                .iter()
                .filter(|it| opaque.part_of.as_ref() == Some(&it.name));
            own.for_each(|it| add(it, column));
        } else if !facts.others.contains(qualifier) && column != "*" {
            for it in &read {
                add(it, column);
            }
        }
    }
    if facts.all_columns {
        for it in &read {
            add(it, "*");
        }
    }
    opaque.columns.extend(columns);
}
