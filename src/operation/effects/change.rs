//! `drop …` and `alter … rename to` of what only raw SQL knows, read from tokens.

use smol_str::SmolStr;

use crate::expression::name_parts;
use crate::kind::Kind;
use crate::model::depend;
use crate::model::depend::Target;
use crate::model::opaque::{on_table, qualify};
use crate::model::refer::move_object;
use crate::name::Name;
use crate::schema::{Object, ObjectId, Refusal, Schema};
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
    if kind.is_on_table() && words.is(end, "on") {
        let (table, after) = words.name(end + 1);
        end = after;
        let table = qualify(&table, &schema.default)?;
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

/// `alter … rename to` and `alter … set schema` of what only raw SQL knows.
pub(super) fn rename(schema: &mut Schema, words: &Words<'_>) {
    let Some((kind, mut at)) = words.kind() else {
        return;
    };
    if words.are(at, "if exists") {
        at += 2;
    }
    let Some((id, end)) = find(schema, words, kind, at) else {
        return;
    };
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
