//! `refresh materialized view concurrently` (manual: REFRESH MATERIALIZED VIEW; `ExecRefreshMatView`).

use crate::diagnostic::Code;
use crate::kind::{Defined, Kind};
use crate::model::opaque::seen;
use crate::operation::effects::change::Words;
use crate::schema::{Object, ObjectId, Refusal, Schema};
use crate::token::lex;
use crate::tree::definition::Named;

/// Refuses to refresh a view beside its readers where no unique index tells its rows apart.
pub(super) fn check(schema: &Schema, all: &[Named], text: &str) -> Result<(), Refusal> {
    let tokens = lex(text, 0, text.len()).unwrap_or_default();
    let words = Words {
        text,
        tokens: &tokens,
    };
    if !words.are(0, "refresh materialized view concurrently") {
        return Ok(());
    }
    let name = all.first().and_then(|it| seen(&it.name.parts, schema));
    let Some(name) = name else {
        return Ok(());
    };
    let is_known = matches!(schema.relation(&name), Some(Object::Opaque(it))
        if it.kind == Kind::Defined(Defined::MaterializedView) && !it.declared);
    let fits = schema.indexes(&name).any(|(_, index)| {
        index.unique
            // One that reads no column may be true for all rows, and is left out then.
            && index.predicate.as_ref().is_none_or(|it| it.columns().next().is_none())
            && index.elements.iter().all(|it| it.expression.is_column())
    });
    if !is_known || fits {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NoMatchingKey,
        format!("materialized view \"{name}\" has no unique index that tells its rows apart"),
    )
    .help(format!(
        "create one over its columns, without `where`: create unique index on {name} (…)"
    ))
    .at(["concurrently"])
    .contradicts(ObjectId::Relation(name)))
}
