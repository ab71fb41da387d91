//! `NOTES.md`: what a release is, for the people who apply it. Its shape is `NOTES.md.jinja`; only this module knows
//! minijinja.

use serde::Serialize;

use crate::bundle::manifest::{self, Manifest, PartKind};
use crate::inverse::Loss;
use crate::kind::Kind;
use crate::markdown;
use crate::operation::Operation;
use crate::operation::alter_table::Action;
use crate::plan::parts::part_of_each;
use crate::script::pack::{self, Pack, Undo};
use crate::template::{self, Value};

const TEMPLATE: &str = include_str!("NOTES.md.jinja");

/// What the template is filled with.
#[derive(Serialize)]
struct Notes<'a> {
    manifest: &'a Manifest,
    /// Of people.
    text: &'a str,
    version_table: String,
    passes: Vec<&'a str>,
    steps: Vec<StepView<'a>>,
    dump: String,
}

#[derive(Serialize)]
struct StepView<'a> {
    revision: &'a str,
    message: &'a str,
    operations: Vec<Line>,
    /// What the rollback does not bring back, in sentences.
    rollback: Vec<&'static str>,
    irreversible: Option<&'a str>,
    /// The titles of the operations whose rollback does not bring all rows and values back.
    losing: Vec<String>,
    /// Tables and columns that the rollback drops.
    made: Vec<String>,
}

/// One operation.
#[derive(Serialize)]
struct Line {
    title: String,
    data: bool,
    alone: bool,
}

/// The text for a bundle with that manifest; `text` is what people wrote.
#[must_use]
pub(super) fn write(pack: &Pack, manifest: &Manifest, text: &str) -> String {
    let table = &manifest.version_table;
    let notes = Notes {
        manifest,
        text: text.trim(),
        version_table: format!("{}.{}", table.schema, table.name),
        passes: pack.passes.iter().map(|it| it.name.as_str()).collect(),
        steps: pack
            .steps
            .iter()
            .zip(&manifest.steps)
            .map(|(step, it)| StepView::new(step, it))
            .collect(),
        dump: format!("before-{}.dump", manifest.release),
    };
    let mut environment = template::environment();
    environment.add_filter("code", |text: &str| markdown::code(text));
    environment.add_filter("prose", |text: &str| markdown::prose(text));
    environment.add_filter("cell", |text: &str| markdown::cell(text));
    environment.add_function("point", |point: Value| point_text(&point));
    environment
        .add_template("NOTES.md", TEMPLATE)
        .and_then(|()| environment.get_template("NOTES.md"))
        .and_then(|it| it.render(Value::from_serialize(&notes)))
        .expect("the template takes every release")
}

impl<'a> StepView<'a> {
    fn new(step: &'a pack::PackedRevision, entry: &'a manifest::RevisionEntry) -> Self {
        let ends = part_of_each(&step.upgrade);
        let operations = step.operations().zip(ends).map(|(operation, part)| Line {
            title: operation.title(),
            data: manifest::is_data(operation),
            alone: entry.upgrade[part].kind == PartKind::Alone,
        });
        let fidelity = step.downgrade.fidelity();
        let rollback: Vec<&str> = fidelity.0.iter().map(|it| sentence(*it)).collect();
        Self {
            revision: &entry.revision,
            message: &entry.message,
            operations: operations.collect(),
            rollback: if rollback.is_empty() {
                vec!["the schema comes back exactly"]
            } else {
                rollback
            },
            irreversible: entry.irreversible.as_deref(),
            losing: if fidelity.0.contains(&Loss::LosesData) {
                let losing = step.operations().filter(|it| loses(it));
                losing.map(Operation::title).collect()
            } else {
                Vec::new()
            },
            made: match &step.downgrade {
                Undo::Parts(_) => step.operations().flat_map(made).collect(),
                Undo::Irreversible(_) => Vec::new(),
            },
        }
    }
}

/// A loss in the words of somebody who has to decide.
fn sentence(loss: Loss) -> &'static str {
    match loss {
        Loss::ChangesValues => {
            "changes values: they go through types that do not hold each other's exactly"
        }
        Loss::ChangesRows => {
            "changes rows: they do not come back as they were, as the author of the revision says"
        }
        Loss::LosesAttachments => {
            "loses attachments: owner, grants, triggers and policies of what is made again"
        }
        Loss::LosesData => "loses data: not all that the upgrade drops comes back",
        Loss::MayFailOnRows => "may fail on rows: those written since may not fit",
        Loss::Stays => {
            "stays: some of what the upgrade does is left as it is, as the author of the revision says"
        }
        Loss::Irreversible => "irreversible",
    }
}

/// Whether an operation drops what holds rows or values.
fn loses(operation: &Operation) -> bool {
    if let Operation::Drop(it) = operation {
        return matches!(it.kind, Kind::Table | Kind::Sequence | Kind::Schema);
    }
    let Operation::AlterTable(table) = operation else {
        return false;
    };
    table
        .actions
        .iter()
        .any(|it| matches!(it, Action::DropColumn { .. } | Action::DropIdentity { .. }))
}

/// What an operation makes that may be filled before it is taken back.
fn made(operation: &Operation) -> Vec<String> {
    if let Operation::CreateTable(it) = operation {
        return vec![format!("table {}", it.name)];
    }
    let Operation::AlterTable(table) = operation else {
        return Vec::new();
    };
    let columns = table.actions.iter().filter_map(|it| {
        let Action::AddColumn { definition, .. } = it else {
            return None;
        };
        Some(&definition.name)
    });
    columns
        .map(|it| format!("column {it} of {}", table.name))
        .collect()
}

/// A release and its revision: `1.0.0` (`7f71`).
fn point_text(point: &Value) -> Result<String, template::Error> {
    let name = point.get_attr("name")?;
    let revision = point.get_attr("revision")?;
    Ok(match revision.as_str() {
        Some(revision) => format!("{name} ({})", markdown::cell(&markdown::code(revision))),
        None => "an empty history".to_owned(),
    })
}
