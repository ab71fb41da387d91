//! `drop …` and `alter … rename to` of what only raw SQL knows, read from tokens.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::expression::name_parts;
use crate::kind::{Defined, Kind};
use crate::model::depend;
use crate::model::depend::Target;
use crate::model::opaque::{on_table, qualify, rename_output, seen};
use crate::model::refer::move_object;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Refusal, Schema, Table, Type};
use crate::sql_type::{self, WrittenType};
use crate::token::Token;

/// The tokens of a statement.
pub(in crate::operation) struct Words<'a> {
    pub(in crate::operation) text: &'a str,
    pub(in crate::operation) tokens: &'a [Token],
}

impl Words<'_> {
    pub(in crate::operation) fn is(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|it| it.is_word(self.text, word))
    }

    pub(in crate::operation) fn are(&self, at: usize, words: &str) -> bool {
        words
            .split(' ')
            .enumerate()
            .all(|(index, word)| self.is(at + index, word))
    }

    /// The parts of the name at `from`, and what follows it.
    pub(in crate::operation) fn name(&self, from: usize) -> (Vec<SmolStr>, usize) {
        let mut end = from + 1;
        while self.tokens.get(end).is_some_and(|it| it.is(self.text, ".")) {
            end += 2;
        }
        let end = end.min(self.tokens.len());
        let tokens = self.tokens.get(from..end).unwrap_or_default();
        (name_parts(self.text, tokens), end)
    }

    /// The kind of object after the first word, and what follows it.
    pub(super) fn kind(&self) -> Option<(Kind, usize)> {
        let kind = Kind::ALL
            .into_iter()
            .find(|it| it.facts().follows_text && self.are(1, it.word()))?;
        Some((kind, 1 + kind.word().split(' ').count()))
    }
}

/// The object of that kind and name as the model has it: a trigger is found by its table.
fn find(schema: &Schema, words: &Words<'_>, kind: Kind, at: usize) -> Option<(ObjectId, usize)> {
    let (parts, mut end) = words.name(at);
    let name = qualify(&parts, &schema.default)?;
    let is_relation = ObjectId::of(kind, &name).relation().is_some();
    let name = if is_relation {
        seen(&parts, schema)?
    } else {
        name
    };
    if kind.is_on_table() && words.is(end, "on") {
        let (table, after) = words.name(end + 1);
        end = after;
        let table = seen(&table, schema)?;
        let prefix = format!("{} on ", name.name);
        let found = schema
            .dependents(&ObjectId::Relation(table))
            .map(|it| it.0)
            .find(|id| matches!(id, ObjectId::Opaque(it, on) if Kind::Defined(*it) == kind && on.name.starts_with(&prefix)));
        if let Some(id) = found {
            return Some((id.clone(), end));
        }
    }
    Some((ObjectId::of(kind, &name), end))
}

/// `drop …` of what only raw SQL knows.
pub(super) fn drop_all(schema: &mut Schema, words: &Words<'_>) -> Result<(), Refusal> {
    let Some((kind, mut at)) = words.kind() else {
        return Ok(());
    };
    if words.are(at, "if exists") {
        at += 2;
    }
    let cascade = words
        .tokens
        .last()
        .is_some_and(|it| it.is_word(words.text, "cascade"));
    let mut ids = Vec::new();
    while let Some((id, end)) = find(schema, words, kind, at) {
        let opaque = matches!(schema.get(&id).map(|it| &**it), Some(Object::Opaque(_)));
        if opaque {
            ids.push(id);
        }
        // The next name stands behind the comma outside of arguments.
        let mut depth = 0_i32;
        let next = (end..words.tokens.len()).find(|it| {
            let token = words.tokens[*it];
            depth += i32::from(token.is(words.text, "(")) - i32::from(token.is(words.text, ")"));
            depth == 0 && token.is(words.text, ",")
        });
        match next {
            Some(comma) => at = comma + 1,
            None => break,
        }
    }
    for id in &ids {
        if schema.get(id).is_none() {
            continue;
        }
        let target = Target::Object(id.clone());
        let holder = depend::holders(schema, &target)
            .into_iter()
            .find(|it| !ids.contains(&it.owner()));
        if let Some(holder) = holder
            && !cascade
        {
            return Err(depend::still_needed(&target, &holder, schema));
        }
        depend::remove(schema, &target, true)?;
    }
    Ok(())
}

/// `alter type t add attribute a type` and `drop attribute a`; whether it was one of them.
pub(super) fn attribute(schema: &mut Schema, words: &Words<'_>) -> bool {
    if !words.are(0, "alter type") {
        return false;
    }
    let (name, at) = words.name(2);
    let Some(name) = qualify(&name, &schema.default) else {
        return false;
    };
    let Some(Type::Composite(composite)) = schema.type_named(&name) else {
        return false;
    };
    let mut composite = composite.clone();
    let is_one = !words.tokens.iter().any(|it| it.is(words.text, ","));
    if !is_one {
        return false;
    }
    if words.are(at, "add attribute") {
        let (attribute, from) = words.name(at + 2);
        let Some(attribute) = attribute.into_iter().next() else {
            return false;
        };
        let ends = ["cascade", "restrict", "collate"];
        let to = (from..words.tokens.len()).find(|it| ends.iter().any(|end| words.is(*it, end)));
        let tokens = &words.tokens[from..to.unwrap_or(words.tokens.len())];
        let Ok(WrittenType::Type(sql_type)) = sql_type::parse(words.text, tokens, &schema.default)
        else {
            return false;
        };
        composite.attributes.push((attribute, sql_type, None));
    } else if words.are(at, "drop attribute") {
        let at = at + if words.are(at + 2, "if exists") { 4 } else { 2 };
        let attribute = words.name(at).0.into_iter().next();
        composite
            .attributes
            .retain(|it| Some(&it.0) != attribute.as_ref());
    } else {
        return false;
    }
    let object = Object::Type(Type::Composite(composite));
    schema.put(ObjectId::Type(name), Some(object));
    true
}

/// `alter table c [no] inherit p`, alone; whether it was that.
pub(super) fn parent(schema: &mut Schema, words: &Words<'_>) -> bool {
    if !words.are(0, "alter table") || words.tokens.iter().any(|it| it.is(words.text, ",")) {
        return false;
    }
    let (name, at) = words.name(if words.is(2, "only") { 3 } else { 2 });
    let no = words.is(at, "no");
    let at = at + usize::from(no);
    if !words.is(at, "inherit") {
        return false;
    }
    let (parent, _) = words.name(at + 1);
    let names = qualify(&name, &schema.default).zip(qualify(&parent, &schema.default));
    let Some((name, parent)) = names else {
        return false;
    };
    let (Some(child), Some(above)) = (schema.table(&name), schema.table(&parent)) else {
        return false;
    };
    let mut child = child.clone();
    if no {
        child.inherits.retain(|it| *it != parent);
    } else if !child.inherits.contains(&parent) {
        child.inherits.push(parent.clone());
    }
    let others: Vec<&Table> = child
        .inherits
        .iter()
        .filter_map(|it| schema.table(it))
        .collect();
    for column in &above.columns {
        let is_inherited = others.iter().any(|it| it.column(&column.name).is_some());
        if let Some(own) = child.columns.iter_mut().find(|it| it.name == column.name) {
            let own = Arc::make_mut(own);
            own.inherited = is_inherited;
            own.own |= no;
        }
    }
    for constraint in above.constraints.keys() {
        let is_inherited = others
            .iter()
            .any(|it| it.constraints.contains_key(constraint));
        if let Some(own) = child.constraints.get_mut(constraint) {
            let own = Arc::make_mut(own);
            own.inherited = is_inherited;
            own.own |= no;
        }
    }
    schema.put(ObjectId::Relation(name), Some(Object::Table(child)));
    true
}

/// `alter [materialized] view v rename [column] a to b`; whether it was that.
fn output(schema: &mut Schema, words: &Words<'_>) -> bool {
    let at = if words.are(0, "alter view") {
        2
    } else if words.are(0, "alter materialized view") {
        3
    } else {
        return false;
    };
    let at = at + if words.are(at, "if exists") { 2 } else { 0 };
    let (name, at) = words.name(at);
    if !words.is(at, "rename") || words.is(at + 1, "to") {
        return false;
    }
    let at = at + if words.is(at + 1, "column") { 2 } else { 1 };
    let ((column, to), name) = (
        (words.name(at).0, words.name(at + 2).0),
        seen(&name, schema),
    );
    match (name, column.first(), to.first()) {
        (Some(name), Some(column), Some(to)) => rename_output(schema, &name, column, to),
        _ => false,
    }
}

/// `alter schema a rename to b`: all that lies in it is called after it.
fn rename_schema(schema: &mut Schema, words: &Words<'_>) {
    let (Some(old), Some(new)) = (
        words.name(2).0.into_iter().next(),
        words.name(5).0.into_iter().next(),
    ) else {
        return;
    };
    let id = ObjectId::Namespace(old.clone());
    let Some(namespace) = schema.get(&id).map(|it| (**it).clone()) else {
        return;
    };
    schema.put(ObjectId::Namespace(new.clone()), Some(namespace));
    let held: Vec<ObjectId> = schema
        .objects()
        .map(|it| it.0.clone())
        .filter(|id| id.name().is_some_and(|it| it.schema == old))
        .collect();
    for id in held {
        let name = id.name().filter(|_| schema.get(&id).is_some()).cloned();
        if let Some(name) = name {
            move_object(schema, &id, &Name::new(new.clone(), name.name));
        }
    }
    schema.put(id, None);
}

/// `alter … rename to` and `alter … set schema` of what only raw SQL knows.
pub(super) fn rename(schema: &mut Schema, words: &Words<'_>) {
    if output(schema, words) {
        return;
    }
    if words.are(0, "alter schema") && words.are(3, "rename to") {
        rename_schema(schema, words);
        return;
    }
    let is_routine = words.is(1, "routine");
    let kind = if is_routine {
        Some((Kind::Defined(Defined::Function), 2))
    } else {
        words.kind()
    };
    let Some((kind, mut at)) = kind else {
        return;
    };
    if words.are(at, "if exists") {
        at += 2;
    }
    let Some((mut id, end)) = find(schema, words, kind, at) else {
        return;
    };
    if is_routine
        && schema.get(&id).is_none()
        && let Some(name) = id.name().cloned()
    {
        let kinds = [Defined::Procedure, Defined::Aggregate];
        let mut ids = kinds
            .map(|it| ObjectId::of(Kind::Defined(it), &name))
            .into_iter();
        if let Some(other) = ids.find(|it| schema.get(it).is_some()) {
            id = other;
        }
    }
    let Some(Object::Opaque(opaque)) = schema.get(&id).map(|it| (**it).clone()) else {
        return;
    };
    let last = |before: &str| {
        let at = (end..words.tokens.len()).find(|it| words.are(*it, before))?;
        words.name(at + 2).0.into_iter().next()
    };
    let old = match &id {
        ObjectId::Relation(name) | ObjectId::Type(name) | ObjectId::Opaque(_, name) => name.clone(),
        ObjectId::Namespace(_) | ObjectId::Extension(_) => return,
    };
    let new = match (last("rename to"), last("set schema"), &opaque.part_of) {
        (Some(to), _, Some(table)) if old.name.contains(" on ") => on_table(&to, table),
        (Some(to), _, _) => old.sibling(to),
        (None, Some(namespace), None) => Name::new(namespace, old.name.clone()),
        (None, _, _) => return,
    };
    move_object(schema, &id, &new);
}
