//! Marks on what raw SQL changes in a way that the model does not follow.

use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::operation::effects::change::Words;
use crate::schema::{Object, ObjectId, Opaque, Schema, operator_mark};
use crate::token::lex;

/// Marks that raw SQL made operators of that name, or casts.
pub(super) fn mark_operator(schema: &mut Schema, name: &str) {
    let mark = Opaque {
        kind: Kind::Defined(Defined::Stale),
        is_read: true,
        ..Opaque::default()
    };
    schema.put(operator_mark(name), Some(Object::Opaque(mark)));
}

/// Marks an object of the model that raw SQL alters in a way that the model does not follow.
pub(super) fn mark(schema: &mut Schema, kind: Kind, name: &Name, text: &str) {
    /// What hangs on an object and is no part of it here.
    const HARMLESS: [&str; 7] = [
        "enable", "disable", "force", "no force", "owner", "replica", "cluster",
    ];
    let id = ObjectId::of(kind, name);
    if matches!(
        schema.get(&id).map(|it| &**it),
        None | Some(Object::Opaque(_))
    ) {
        return;
    }
    let Ok(tokens) = lex(text, 0, text.len()) else {
        return;
    };
    let words = Words {
        text,
        tokens: &tokens,
    };
    let mut at = 2;
    for skipped in ["if", "exists", "only"] {
        at += usize::from(words.is(at, skipped));
    }
    let (_, at) = words.name(at);
    if is_of_storage(&words, at) {
        return;
    }
    if HARMLESS.iter().any(|it| words.are(at, it)) {
        return;
    }
    let mark = Opaque {
        kind: Kind::Defined(Defined::Stale),
        is_read: true,
        part_of: matches!(id, ObjectId::Relation(_)).then(|| name.clone()),
        uses: [id].into(),
        ..Opaque::default()
    };
    let id = ObjectId::Opaque(Defined::Stale, name.clone());
    schema.put(id, Some(Object::Opaque(mark)));
}

/// Whether an `alter table` only says how a column is stored, which the model does not hold.
fn is_of_storage(words: &Words<'_>, at: usize) -> bool {
    let at = at + if words.are(at, "alter column") { 3 } else { 2 };
    let is_one = !words.tokens.iter().any(|it| it.is(words.text, ","));
    let kinds = ["storage", "compression", "statistics"];
    is_one && words.is(at, "set") && kinds.iter().any(|it| words.is(at + 1, it))
}
