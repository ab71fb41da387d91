//! limbeck as the judge of one statement, on a schema that it changes.

use limbeck::operation::Resolved;
use limbeck::schema::Schema;
use limbeck::source::Sources;
use limbeck::syntax;

/// Applies `statement`, or says why it is refused. Its way back is not tried.
pub(super) fn judge(schema: &mut Schema, statement: &str) -> Result<(), String> {
    let mut sources = Sources::default();
    let text = format!("revision 'a';\ndown_revision none;\nupgrade {{\n{statement}\n}}\n");
    let id = sources.add("a.rev", text.as_str());
    let body = syntax::parse_body(id, &text, &schema.default).map_err(|it| {
        let messages: Vec<&str> = it.iter().map(|it| it.message.as_str()).collect();
        messages.join("; ")
    })?;
    let mark = schema.mark();
    for statement in body.upgrade {
        let resolved = Resolved::of(statement.operation, schema);
        let done = resolved.and_then(|it| it.apply(schema));
        if let Err(refusal) = done {
            schema.undo_to(mark);
            return Err(refusal.message);
        }
    }
    Ok(())
}
