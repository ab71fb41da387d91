//! `create event trigger` (`CreateEventTrigger` of PostgreSQL's source).

use crate::builtin::{self, TypeId};
use crate::operation::effects::part::function;
use crate::operation::effects::wrong;
use crate::schema::{Refusal, Schema};
use crate::tree::definition::EventTrigger;

/// The versions whose keywords are known.
const VERSIONS: [u8; 5] = [14, 15, 16, 17, 18];

/// Refuses an event trigger that PostgreSQL refuses.
pub(super) fn check(schema: &Schema, trigger: &EventTrigger, text: &str) -> Result<(), Refusal> {
    const EVENTS: [&str; 5] = [
        "ddl_command_start",
        "ddl_command_end",
        "sql_drop",
        "table_rewrite",
        "login",
    ];
    let (event, range) = &trigger.event;
    let is_known = EVENTS.contains(&event.as_str()) && (event != "login" || schema.server >= 17);
    if !is_known {
        return Err(
            wrong(text, range, format!("there is no event \"{event}\"")).suggest(event, EVENTS)
        );
    }
    if trigger.arguments {
        return Err(wrong(
            text,
            &trigger.function.range,
            "the function of an event trigger takes no arguments",
        ));
    }
    for (at, filter) in trigger.filters.iter().enumerate() {
        let (variable, range) = (&filter.variable, &filter.range);
        if variable != "tag" {
            return Err(wrong(
                text,
                range,
                format!("there is no variable \"{variable}\" to filter by"),
            )
            .help("filter by the command: tag in ('CREATE TABLE', …)"));
        }
        if at > 0 {
            return Err(wrong(text, range, "\"tag\" is filtered by twice")
                .help("write all commands in one list"));
        }
        for (value, range) in &filter.values {
            if let Some(why) = unheard(value) {
                return Err(wrong(text, range, why));
            }
        }
    }
    function(schema, &trigger.function, TypeId::EVENT_TRIGGER, text)
}

/// Why no event is of that command.
fn unheard(tag: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let is_keyword = |word: &str| {
        VERSIONS
            .iter()
            .any(|version| builtin::keyword(word, *version).is_some())
    };
    // All commands are called by keywords, but for `LOGIN`.
    if lower != "login" && !lower.split(' ').all(is_keyword) {
        return Some(format!("there is no command `{tag}`"));
    }
    let global = ["role", "database", "tablespace", "event trigger"];
    let (verb, object) = lower.split_once(' ')?;
    (matches!(verb, "create" | "alter" | "drop") && global.contains(&object))
        .then(|| format!("event triggers are not supported for `{tag}`"))
}
