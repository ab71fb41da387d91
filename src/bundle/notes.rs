//! `NOTES.md`: what a release is, for the people who apply it. Its shape is `NOTES.md.jinja`, made for a release page: what
//! changes comes first, the hashes last. A page has a limit, so that not every statement may fit.

mod data;
mod statements;

use std::collections::BTreeSet;

use serde::Serialize;
use smol_str::SmolStr;

use crate::bundle::manifest::{self, Manifest, PartKind};
use crate::inverse::Loss;
use crate::markdown;
use crate::operation::Operation;
use crate::operation::definition::told;
use crate::plan::parts::part_of_each;
use crate::script::pack::{self, Pack, Undo};
use crate::template::{self, Value};

use data::{Thing, discarded, dropped, names, numbers};
use statements::statements;

const TEMPLATE: &str = include_str!("NOTES.md.jinja");

/// A release page of GitHub takes 125,000 characters; bytes are never fewer.
const LONGEST_PAGE: usize = 120_000;

/// Of a table with more columns and constraints the number of the others is told.
const ITEMS: usize = 30;

/// What the template is filled with.
#[derive(Serialize)]
struct Notes<'a> {
    manifest: &'a Manifest,
    /// Of people.
    text: &'a str,
    version_table: String,
    passes: Vec<&'a str>,
    steps: Vec<StepView<'a>>,
    /// How many revisions change rows.
    data: usize,
    /// How many statements run outside of transactions.
    alone: usize,
    /// Of all steps, as Markdown; empty for nothing.
    dropped: String,
    discarded: String,
    /// The same in numbers.
    discards: String,
    /// The revision below which no rollback goes, if any.
    stop: Option<&'a str>,
    /// The places to which a rollback goes, as a shell reads them; an empty one needs not be said.
    goals: Vec<String>,
    dump: String,
}

#[derive(Serialize)]
struct StepView<'a> {
    revision: &'a str,
    message: &'a str,
    lines: Vec<Line>,
    /// How many statements there are.
    count: usize,
    /// The statements as a block of code; none where they would make the page too long.
    sql: Option<String>,
    /// Whether the block shows characters otherwise than `upgrade.sql` has them.
    is_escaped: bool,
    /// Whether a statement of the author changes rows on the way back.
    data_back: bool,
    /// What the rollback does not bring back, in sentences of Markdown.
    limits: Vec<String>,
    irreversible: Option<&'a str>,
    /// Whether the rollback comes to it.
    is_reached: bool,
    /// What the rollback discards, as Markdown; empty for nothing.
    discarded: String,
}

/// One thing that is done.
#[derive(Serialize)]
struct Line {
    title: String,
    /// The columns and constraints of a table that is made, and how many more there are.
    items: Vec<String>,
    more: usize,
    data: bool,
    alone: bool,
}

/// The text for a bundle with that manifest; `text` is what people wrote.
#[must_use]
pub(super) fn write(pack: &Pack, manifest: &Manifest, text: &str) -> String {
    let table = &manifest.version_table;
    let (dropped, discarded) = (dropped(pack), discarded(pack));
    let mut steps = Vec::with_capacity(pack.steps.len());
    let entries = pack.steps.iter().zip(&manifest.steps);
    for ((step, entry), (dropped, discarded)) in entries.zip(dropped.iter().zip(&discarded)) {
        steps.push(StepView::new(step, entry, dropped, discarded));
    }
    let stop = stop(pack);
    for (view, step) in steps.iter_mut().zip(&pack.steps) {
        match stop {
            Some(stop) if stop.revision == step.revision => break,
            Some(_) => view.is_reached = false,
            None => break,
        }
    }
    let parts = manifest.steps.iter().flat_map(|it| &it.upgrade);
    let mut notes = Notes {
        manifest,
        text: text.trim(),
        version_table: format!("{}.{}", table.schema, table.name),
        passes: pack.passes.iter().map(|it| it.name.as_str()).collect(),
        steps,
        data: manifest.steps.iter().filter(|it| it.data).count(),
        alone: parts.filter(|it| it.kind == PartKind::Alone).count(),
        dropped: names(&dropped.concat()),
        discarded: names(&discarded.concat()),
        discards: numbers(&discarded.concat()),
        stop: stop.map(|it| it.revision.as_str()),
        goals: goals(pack),
        dump: format!("before-{}.dump", manifest.release),
    };
    let mut environment = template::environment();
    environment.add_filter("code", |text: &str| markdown::code(text));
    environment.add_filter("prose", |text: &str| markdown::prose(text));
    environment.add_filter("cell", |text: &str| markdown::cell(text));
    environment.add_filter("of", |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    });
    environment.add_function("point", |point: Value| point_text(&point));
    environment
        .add_template("NOTES.md", TEMPLATE)
        .expect("the template is one");
    let render = |notes: &Notes<'_>| {
        environment
            .get_template("NOTES.md")
            .and_then(|it| it.render(Value::from_serialize(notes)))
            .expect("the template takes every release")
    };
    notes.add_statements(pack, LONGEST_PAGE.saturating_sub(render(&notes).len()));
    render(&notes)
}

impl Notes<'_> {
    /// Adds the statements of the revisions, as far as they fit into `room`, in bytes.
    fn add_statements(&mut self, pack: &Pack, mut room: usize) {
        /// What stands around a block.
        const AROUND: usize = 300;
        for (view, step) in self.steps.iter_mut().zip(&pack.steps) {
            let (count, text) = statements(step, &pack.config.schema);
            if count == 0 {
                continue;
            }
            let block = markdown::block(&text, "sql");
            view.is_escaped = !block.contains(text.trim_end_matches('\n'));
            if let Some(rest) = room.checked_sub(block.len() + AROUND) {
                room = rest;
                view.sql = Some(block);
            }
        }
    }
}

impl<'a> StepView<'a> {
    fn new(
        step: &'a pack::PackedRevision,
        entry: &'a manifest::RevisionEntry,
        dropped: &[Thing],
        discarded: &[Thing],
    ) -> Self {
        let lowered = step.upgrade.iter().zip(part_of_each(&step.upgrade));
        let done = lowered.filter(|it| !it.0.statements.is_empty());
        let lines = done.flat_map(|(lowered, part)| {
            let alone = entry.upgrade[part].kind == PartKind::Alone;
            let operation = lowered.operation();
            operation.map_or_else(Vec::new, |it| lines(it, alone))
        });
        let fidelity = step.downgrade.fidelity();
        let all = fidelity.0.iter();
        Self {
            revision: &entry.revision,
            message: &entry.message,
            lines: lines.collect(),
            count: step.upgrade.iter().map(|it| it.statements.len()).sum(),
            sql: None,
            is_escaped: false,
            data_back: step.inverse().any(|it| manifest::is_data(it)),
            limits: all.filter_map(|it| sentence(*it, dropped)).collect(),
            irreversible: entry.irreversible.as_deref(),
            is_reached: true,
            discarded: names(discarded),
        }
    }
}

/// What an operation does, a line for each thing.
fn lines(operation: &Operation, alone: bool) -> Vec<Line> {
    let mut items = Vec::new();
    if let Operation::CreateTable(it) = operation {
        items = told::items(&it.name, &it.columns, &it.constraints);
    }
    let more = items.len().saturating_sub(ITEMS);
    items.truncate(ITEMS);
    let data = manifest::is_data(operation);
    let titles = operation.titles().into_iter();
    titles
        .map(|title| Line {
            title,
            items: items.clone(),
            more,
            data,
            alone,
        })
        .collect()
}

/// A loss in the words of somebody who has to decide, where the upgrade drops that; none for what is told otherwise.
fn sentence(loss: Loss, dropped: &[Thing]) -> Option<String> {
    let text = match loss {
        Loss::ChangesValues => {
            "Values may change: they are converted between types that cannot represent each other's values exactly."
        }
        Loss::ChangesRows => "Rows are not restored exactly, as the author of the revision states.",
        Loss::LosesAttachments => {
            "Objects that are created again lose their owner, privileges, triggers and policies."
        }
        Loss::LosesData if dropped.is_empty() => "Not all data that the upgrade drops is restored.",
        Loss::LosesData => {
            let names = names(dropped);
            return Some(format!(
                "What the upgrade drops is restored without its data, unless SQL of the revision fills it again: {names}."
            ));
        }
        Loss::MayFailOnRows => {
            "It may fail: rows written since the upgrade may not fit the earlier schema."
        }
        Loss::Stays => {
            "Some changes of the upgrade stay in place, as the author of the revision states."
        }
        Loss::Irreversible => return None,
    };
    Some(text.to_owned())
}

/// The first revision on the way back that cannot be taken back.
fn stop(pack: &Pack) -> Option<&pack::PackedRevision> {
    let mut steps = pack.steps.iter().rev();
    steps.find(|it| matches!(it.downgrade, Undo::Irreversible(_)))
}

/// What `-v to=` may have to say for a rollback: where the database came from, if there are several such places, or the revision
/// that cannot be taken back. Nothing where no rollback is possible.
fn goals(pack: &Pack) -> Vec<String> {
    if let Some(stop) = stop(pack) {
        let mut kept: BTreeSet<&str> = BTreeSet::from([stop.revision.as_str()]);
        let mut taken = Vec::new();
        for step in pack.steps.iter().rev() {
            if kept.contains(step.revision.as_str()) {
                kept.extend(step.needs.iter().map(SmolStr::as_str));
            } else {
                taken.push(step);
            }
        }
        let is_possible = !taken.is_empty()
            && taken
                .iter()
                .all(|it| !matches!(it.downgrade, Undo::Irreversible(_)));
        return if is_possible {
            vec![shell_word(&stop.revision)]
        } else {
            Vec::new()
        };
    }
    match pack.from.as_slice() {
        _ if pack.steps.is_empty() => Vec::new(),
        [_] => vec![String::new()],
        several => several.iter().map(|it| shell_word(&it.name)).collect(),
    }
}

/// A name as a shell reads it; none holds quotes or line ends.
fn shell_word(name: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "._-+".contains(it);
    if name.chars().all(is_plain) {
        name.to_owned()
    } else {
        format!("'{name}'")
    }
}

/// A release and its revision: `1.0.0` (`7f71`).
fn point_text(point: &Value) -> Result<String, template::Error> {
    let name = point.get_attr("name")?;
    let revision = point.get_attr("revision")?;
    Ok(match revision.as_str() {
        Some(revision) => format!("{name} ({})", markdown::cell(&markdown::code(revision))),
        None => "the base (no revision applied)".to_owned(),
    })
}
