use std::fmt::Write as _;

use clap::{Args, ValueEnum};

use crate::cli::failure::Failure;
use crate::cli::history::{History, answer};
use crate::cli::project::Project;
use crate::cli::{Answer, Common};
use crate::graph::RevisionGraph;
use crate::plan::{self, Steps, VersionOp};

/// Show which revisions a script would run, and in which order.
///
/// Use it before you write a script, to see which revisions are between the current and the target revision of a
/// database, and how the rows of its version table change.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  limbeck plan upgrade head                      from an empty database
  limbeck plan upgrade --from 7f71 head
  limbeck plan downgrade --from head -1
  limbeck plan stamp --from 7f71 head            changes the version table only
  limbeck plan upgrade --from b1,b2 head --format json")]
pub(super) struct Plan {
    #[arg(value_enum)]
    direction: Direction,

    /// The revisions in the version table, separated by commas; none if omitted
    #[arg(long, value_name = "REV,…", value_delimiter = ',')]
    from: Vec<String>,

    /// The target; `stamp` and `upgrade` accept several
    #[arg(required = true, value_name = "TARGET", allow_negative_numbers = true)]
    targets: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Direction {
    Upgrade,
    Downgrade,
    Stamp,
}

impl Plan {
    pub(super) fn run(&self, common: &Common) -> Result<Answer, Failure> {
        let targets: Vec<&str> = self.targets.iter().flat_map(|it| it.split(',')).collect();
        if self.direction == Direction::Downgrade && targets.len() > 1 {
            return Err(Failure::refused(
                "a downgrade has exactly one target",
                "name the revision to go back to, or `base`",
            ));
        }
        let history = History::read(&Project::open(common)?)?;
        let graph = &history.graph;
        let current = history.ask(graph.current(self.from.iter().map(String::as_str)))?;
        let steps = history.ask(match self.direction {
            Direction::Upgrade => plan::upgrade(graph, &current, &targets),
            Direction::Downgrade => plan::downgrade(graph, &current, targets[0]),
            Direction::Stamp => plan::stamp(graph, &current, &targets),
        })?;
        Ok(answer(common, || text(graph, &steps), &steps))
    }
}

fn text(graph: &RevisionGraph, steps: &Steps) -> String {
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments<'_>| {
        writeln!(text, "{words}").expect("a string takes all text");
    };
    let rows = |rows: &[smol_str::SmolStr]| match rows {
        [] => "nothing".to_owned(),
        rows => rows.join(", "),
    };
    line(format_args!(
        "the version table contains {}",
        rows(&steps.from)
    ));
    for (step, number) in steps.steps.iter().zip(1..) {
        match step.index {
            Some(index) => line(format_args!(
                "{number}. {}{}",
                graph.id(index),
                match graph.header(index).message.as_str() {
                    "" => String::new(),
                    message => format!(": {message}"),
                }
            )),
            None => line(format_args!("{number}. version table only")),
        }
        for operation in &step.version_ops {
            match operation {
                VersionOp::Insert(id) => line(format_args!("     insert {id}")),
                VersionOp::Update { from, to } => line(format_args!("     update {from} to {to}")),
                VersionOp::Delete(id) => line(format_args!("     delete {id}")),
            }
        }
    }
    line(format_args!(
        "the version table then contains {}",
        rows(&steps.heads)
    ));
    text
}
