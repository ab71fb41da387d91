//! What a trigger sees: its transition tables, and the rows that its condition reads (`CreateTriggerFiringOn` of
//! PostgreSQL's source).

use std::ops::Range;

use smol_str::SmolStr;

use crate::model::bind::world;
use crate::name::Name;
use crate::operation::effects::wrong;
use crate::schema::{Refusal, Schema};
use crate::tree::definition::{Event, Timing, Trigger};
use crate::tree::{Expr, ExprKind};

/// Refuses a trigger whose parts exclude each other. `word` is the kind of its relation.
pub(super) fn check(
    schema: &Schema,
    trigger: &Trigger,
    table: &Name,
    word: &str,
    text: &str,
) -> Result<(), Refusal> {
    let refuse = |message: String| Err(wrong(text, &trigger.table.range, message));
    let truncates = trigger.events.contains(&Event::Truncate);
    if truncates && trigger.for_each_row {
        return refuse("triggers on `truncate` are not `for each row`".to_owned());
    }
    if truncates && word == "view" {
        return refuse(format!("\"{table}\" is a view: nothing truncates it"));
    }
    if trigger.constraint && word == "foreign table" {
        return refuse(format!(
            "\"{table}\" is a foreign table: it has no constraint triggers"
        ));
    }
    let kind = |it: &Event| match it {
        Event::Insert => 0,
        Event::Delete => 1,
        Event::Truncate => 2,
        Event::Update(_) => 3,
    };
    for (at, event) in trigger.events.iter().enumerate() {
        if trigger.events[..at]
            .iter()
            .any(|it| kind(it) == kind(event))
        {
            return refuse("an event of the trigger is named twice".to_owned());
        }
    }
    let has_columns = trigger
        .events
        .iter()
        .any(|it| matches!(it, Event::Update(columns) if !columns.is_empty()));
    if trigger.timing == Timing::InsteadOf && has_columns {
        return refuse("`instead of` triggers have no list of columns".to_owned());
    }
    if trigger.old_table.is_some() || trigger.new_table.is_some() {
        transition(schema, trigger, table, word, has_columns).or_else(refuse)?;
    }
    match &trigger.condition {
        Some(condition) => {
            let generated = schema
                .table(table)
                .map(|it| it.columns.iter())
                .into_iter()
                .flatten()
                .filter(|it| it.generated.is_some())
                .map(|it| it.name.clone())
                .collect();
            let reads = Reads {
                trigger,
                generated,
                text,
            };
            reads.check(condition)
        }
        None => Ok(()),
    }
}

/// The rules of `referencing old table` and `new table`.
fn transition(
    schema: &Schema,
    trigger: &Trigger,
    table: &Name,
    word: &str,
    has_columns: bool,
) -> Result<(), String> {
    if trigger.timing != Timing::After {
        return Err("only `after` triggers have transition tables".to_owned());
    }
    if matches!(word, "view" | "foreign table") {
        return Err(format!(
            "\"{table}\" is a {word}: its triggers have no transition tables"
        ));
    }
    let [event] = trigger.events.as_slice() else {
        return Err("a trigger with transition tables has one event only".to_owned());
    };
    if *event == Event::Truncate {
        return Err("triggers on `truncate` have no transition tables".to_owned());
    }
    if has_columns {
        return Err("a trigger with transition tables has no list of columns".to_owned());
    }
    if trigger.old_table.is_some() && *event == Event::Insert {
        return Err("what is inserted was in no old table".to_owned());
    }
    if trigger.new_table.is_some() && *event == Event::Delete {
        return Err("what is deleted is in no new table".to_owned());
    }
    if trigger.old_table == trigger.new_table {
        return Err("the old and the new table need different names".to_owned());
    }
    let Some(own) = schema.table(table).filter(|_| trigger.for_each_row) else {
        return Ok(());
    };
    if world(schema).is_stale(table) {
        return Ok(());
    }
    let why = if own.partition_by.is_some() {
        "partitioned"
    } else if own.partition_of.is_some() {
        "a partition"
    } else if !own.inherits.is_empty() {
        "a child of another table"
    } else {
        return Ok(());
    };
    Err(format!(
        "\"{table}\" is {why}: its triggers `for each row` have no transition tables"
    ))
}

/// What the condition of a trigger may read.
struct Reads<'a> {
    trigger: &'a Trigger,
    generated: Vec<SmolStr>,
    text: &'a str,
}

impl Reads<'_> {
    fn check(&self, condition: &Expr) -> Result<(), Refusal> {
        let mut waiting = vec![condition];
        while let Some(expr) = waiting.pop() {
            if let ExprKind::Column(parts) | ExprKind::Star(parts) = &expr.kind {
                let is_star = matches!(expr.kind, ExprKind::Star(_));
                let column = parts.get(1).filter(|_| !is_star);
                match parts.first().map(SmolStr::as_str) {
                    Some("old") => self.old(&expr.range)?,
                    Some("new") => self.new_row(column, &expr.range)?,
                    Some(_) | None => {}
                }
            }
            waiting.extend(expr.children());
        }
        Ok(())
    }

    fn refuse(&self, range: &Range<usize>, message: impl Into<String>) -> Result<(), Refusal> {
        Err(wrong(self.text, range, message))
    }

    fn check_row(&self, range: &Range<usize>) -> Result<(), Refusal> {
        if self.trigger.for_each_row {
            return Ok(());
        }
        self.refuse(range, "a trigger for each statement sees no rows")
    }

    fn old(&self, range: &Range<usize>) -> Result<(), Refusal> {
        self.check_row(range)?;
        if self.trigger.events.contains(&Event::Insert) {
            return self.refuse(range, "a trigger on `insert` has no old row");
        }
        Ok(())
    }

    fn new_row(&self, column: Option<&SmolStr>, range: &Range<usize>) -> Result<(), Refusal> {
        const SYSTEM: [&str; 6] = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];
        self.check_row(range)?;
        if self.trigger.events.contains(&Event::Delete) {
            return self.refuse(range, "a trigger on `delete` has no new row");
        }
        if self.trigger.timing != Timing::Before {
            return Ok(());
        }
        let is_computed = match column {
            Some(column) if SYSTEM.contains(&column.as_str()) => {
                return self.refuse(
                    range,
                    "before the row is stored, its system columns are not known",
                );
            }
            Some(column) => self.generated.contains(column),
            None => !self.generated.is_empty(),
        };
        if is_computed {
            return self.refuse(
                range,
                "before the row is stored, its generated columns are not computed",
            );
        }
        Ok(())
    }
}
