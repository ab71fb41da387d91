//! The pipeline on one screen: texts of revisions in, a script out, or everything that is wrong with them.

pub mod alone;
mod packer;

pub use packer::{Packer, pack};

use smol_str::SmolStr;

use crate::config::Config;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::graph::{Edges, Range, RevisionGraph, RevisionIndex};
use crate::look_alike;
use crate::lower::Lowered;
use crate::plan::{self, Steps};
use crate::replay::{self, History, Replayed, Wanted, WayBack};
use crate::script::plain::{self, PlainStep};
use crate::script::spoken::{Known, Spoken, relations, spoken};
use crate::source::Sources;
use crate::syntax;

/// A history that is sound, with the SQL that was wanted.
#[derive(Debug)]
pub struct Compiled {
    pub graph: RevisionGraph,
    pub replayed: Replayed,
    /// What the history speaks of, by names, where SQL was wanted.
    pub spoken: Spoken,
}

/// The graph of a history, or everything that is wrong with the headers and the texts below them.
pub fn graph(sources: &Sources, config: &Config) -> Result<RevisionGraph> {
    let headers = syntax::headers(sources).map_err(|_| syntax::faults(sources, &config.schema))?;
    RevisionGraph::new(headers).map_err(|mut diagnostics| {
        diagnostics.extend(syntax::faults(sources, &config.schema));
        diagnostics
    })
}

/// Reads and checks the history.
pub fn compile(sources: &Sources, config: &Config, wanted: Wanted) -> Result<Compiled> {
    check(sources, config, graph(sources, config)?, wanted)
}

/// Reads and checks what the revisions of `graph` do.
pub fn check(
    sources: &Sources,
    config: &Config,
    graph: RevisionGraph,
    wanted: Wanted,
) -> Result<Compiled> {
    let replayed = replayed(sources, config, &graph, wanted)?;
    let spoken = match wanted {
        Wanted::Nothing => Spoken::default(),
        Wanted::Upgrades | Wanted::Downgrades | Wanted::Everything => spoken(sources, &graph),
    };
    Ok(Compiled {
        graph,
        replayed,
        spoken,
    })
}

/// What the revisions of `graph` do.
fn replayed(
    sources: &Sources,
    config: &Config,
    graph: &RevisionGraph,
    wanted: Wanted,
) -> Result<Replayed> {
    let read = |revision: RevisionIndex| {
        let source = graph.header(revision).id.span.source;
        syntax::read_body(source, &sources.get(source).text, &config.schema)
    };
    replay::replay(history(sources, config, graph), wanted, read)
}

/// What is replayed of a history.
#[must_use]
pub fn history<'a>(
    sources: &'a Sources,
    config: &'a Config,
    graph: &'a RevisionGraph,
) -> History<'a> {
    History {
        sources,
        graph,
        schema: &config.schema,
        guarded: config.guarded,
        server: config.minimum_server,
        allowed: &config.allow.policies,
        version_table: (
            config
                .version_table_schema
                .as_deref()
                .unwrap_or(&config.schema),
            &config.version_table,
        ),
    }
}

/// The revisions at the start of `range`, and the steps to its end: `[START:]END`. One that runs backwards is an error.
pub(crate) fn upward(graph: &RevisionGraph, range: &str) -> Result<(Vec<RevisionIndex>, Steps)> {
    let range = Range::parse(range)?;
    let current = graph.current(range.start.iter().copied())?;
    let steps = plan::upgrade(graph, &current, &range.end)?;
    if !current.is_empty() && !steps.steps.is_empty() {
        let end: Vec<RevisionIndex> = steps.steps.iter().filter_map(|it| it.index).collect();
        graph.require_path(&current, &[current.clone(), end].concat())?;
    }
    if steps.steps.is_empty() {
        let end: Vec<RevisionIndex> = graph.several(steps.to.iter().map(SmolStr::as_str))?;
        graph.require_same(&current, &end)?;
    }
    Ok((current, steps))
}

/// The script that takes a database from the start of `range` to its end: `[START:]END`, from the base by default.
pub fn upgrade(sources: &Sources, config: &Config, range: &str) -> Result<String> {
    let compiled = compile(sources, config, Wanted::Upgrades)?;
    let script = compiled.upgrade(sources, config, range)?;
    compiled.let_go();
    Ok(script)
}

/// The script that takes a database back: `START:END`.
pub fn downgrade(sources: &Sources, config: &Config, range: &str) -> Result<String> {
    let compiled = compile(sources, config, Wanted::Downgrades)?;
    let script = compiled.downgrade(sources, config, range)?;
    compiled.let_go();
    Ok(script)
}

/// The script that only moves the rows of the version table: `[START:]END`.
pub fn stamp(sources: &Sources, config: &Config, range: &str) -> Result<String> {
    let compiled = compile(sources, config, Wanted::Nothing)?;
    let range = Range::parse(range)?;
    let graph = &compiled.graph;
    let current = graph.current(range.start.iter().copied())?;
    let steps = plan::stamp(graph, &current, &range.end)?;
    Ok(compiled.script(&steps, config, |_| &[]))
}

impl Compiled {
    /// What somebody should look at, though it keeps nothing from running.
    #[must_use]
    pub fn warnings(&self, sources: &Sources, config: &Config) -> Diagnostics {
        let all = look_alike::warnings(sources, &self.graph, &self.replayed.schema);
        all.without(&config.allow.warnings)
    }

    /// Frees a history on another thread: it takes as long as many revisions do, and nobody waits for it.
    pub fn let_go(self) {
        rayon::spawn(move || drop(self));
    }

    /// As [`upgrade`], of a history whose upgrades were wanted.
    pub fn upgrade(&self, sources: &Sources, config: &Config, range: &str) -> Result<String> {
        let graph = &self.graph;
        let (current, steps) = upward(graph, range)?;
        if !graph.is_chain() {
            let applied = graph.ancestors(&current, Edges::All);
            let going: Vec<RevisionIndex> = steps.steps.iter().filter_map(|it| it.index).collect();
            let history = history(sources, config, graph);
            replay::check_order(history, &self.replayed, applied.iter(), &going)?;
        }
        Ok(self.script(&steps, config, |revision| {
            &self.replayed.revisions[revision.index()].upgrade_sql
        }))
    }

    /// As [`downgrade`], of a history whose downgrades were wanted.
    pub fn downgrade(&self, sources: &Sources, config: &Config, range: &str) -> Result<String> {
        let graph = &self.graph;
        let range = Range::parse(range)?;
        let ([_, ..], [end]) = (range.start.as_slice(), range.end.as_slice()) else {
            return Err(Diagnostic::error(
                Code::InvalidIdentifier,
                None,
                "a downgrade needs the current revision of the database and the target revision",
            )
            .help("write START:END, such as head:-1 or head:base")
            .into());
        };
        let current = graph.current(range.start.iter().copied())?;
        let steps = plan::downgrade(graph, &current, end)?;
        self.refuse_irreversible(&steps)?;
        if graph.is_chain() {
            return Ok(self.script(&steps, config, |revision| {
                &self.replayed.revisions[revision.index()].downgrade_sql
            }));
        }
        let history = history(sources, config, graph);
        let applied: Vec<RevisionIndex> = graph.ancestors(&current, Edges::All).iter().collect();
        let going: Vec<RevisionIndex> = steps.steps.iter().filter_map(|it| it.index).collect();
        let lowered = replay::downgrades(history, &self.replayed, &applied, &going)?;
        Ok(self.script(&steps, config, |revision| {
            let at = going.iter().position(|it| *it == revision);
            &lowered[at.expect("each step has its SQL")]
        }))
    }

    fn script<'a>(
        &'a self,
        steps: &Steps,
        config: &Config,
        lowered: impl Fn(RevisionIndex) -> &'a [Lowered],
    ) -> String {
        let revisions: Vec<PlainStep<'a>> = steps
            .steps
            .iter()
            .map(|step| match step.index {
                Some(revision) => PlainStep {
                    message: &self.graph.header(revision).message,
                    lowered: lowered(revision),
                },
                None => PlainStep {
                    message: "",
                    lowered: &[],
                },
            })
            .collect();
        plain::script(
            steps,
            &revisions,
            config,
            &self.spoken,
            &self.replayed.schema,
            &self.known(steps, &config.schema),
        )
    }

    /// The relations of the history where `steps` begin: those at its head that no revision makes which has not run there. Where the
    /// upgrades were not compiled, they are known at the head alone.
    #[must_use]
    pub fn known(&self, steps: &Steps, schema: &str) -> Known<'static> {
        let graph = &self.graph;
        let current: Vec<RevisionIndex> = steps
            .from
            .iter()
            .filter_map(|it| graph.with_id(it))
            .collect();
        let applied = graph.ancestors(&current, Edges::All);
        if applied.iter().next().is_none() {
            return Known::default();
        }
        let mut always = relations(&self.replayed.schema);
        for revision in graph.order().iter().filter(|it| !applied.contains(**it)) {
            let lowered = &self.replayed.revisions[revision.index()].upgrade_sql;
            if lowered.is_empty()
                && !self.replayed.revisions[revision.index()]
                    .downgrade_sql
                    .is_empty()
            {
                return Known::default();
            }
            for operation in lowered.iter().filter_map(Lowered::operation) {
                for name in operation.made_relations(schema) {
                    always.remove(&name);
                }
            }
        }
        Known {
            always,
            ..Known::default()
        }
    }

    fn refuse_irreversible(&self, steps: &Steps) -> Result<()> {
        for step in &steps.steps {
            let Some(revision) = step.index else { continue };
            if let WayBack::Irreversible(reason) =
                &self.replayed.revisions[revision.index()].downgrade
            {
                let id = self.graph.id(revision);
                let header = self.graph.header(revision);
                return Err(Diagnostic::error(
                    Code::Irreversible,
                    header.id.span,
                    format!("revision {id} cannot be rolled back: {reason}"),
                )
                .help(format!(
                    "you can go back as far as {id}: limbeck downgrade {}:{id}",
                    steps.from.join(",")
                ))
                .into());
            }
        }
        Ok(())
    }
}
