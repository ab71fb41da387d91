//! The pipeline on one screen: texts of revisions in, a script out, or everything that is wrong with them.

pub mod alone;

use smol_str::SmolStr;

use crate::config::{Config, Transaction};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Result};
use crate::digest;
use crate::graph::{Edges, Range, RevisionGraph, RevisionIndex, RevisionSet};
use crate::look_alike;
use crate::lower::Lowered;
use crate::plan::parts;
use crate::plan::{self, Steps};
use crate::release::{Origin, Release, Releases};
use crate::replay::{self, History, Replayed, Wanted, WayBack};
use crate::revision::Header;
use crate::script::pack::{self, Pack, Point};
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
    let read = |revision: RevisionIndex| {
        let source = graph.header(revision).id.span.source;
        syntax::read_body(source, &sources.get(source).text, &config.schema)
    };
    let replayed = replay::replay(history(sources, config, &graph), wanted, read)?;
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

/// What `release` does from `origins`, its own or others: all that its bundle is written from. Only the history
/// below its head is read, so that later revisions change nothing.
pub fn pack(
    sources: &Sources,
    config: &Config,
    whole: &RevisionGraph,
    releases: &Releases,
    release: &Release,
    origins: &[Origin],
) -> Result<Pack> {
    let compiled = check(
        sources,
        config,
        whole.until(release.head.value),
        Wanted::Everything,
    )?;
    let graph = &compiled.graph;
    let point = |name: String, revision: Option<RevisionIndex>| Point {
        name,
        revision: revision.map(|it| whole.id(it).clone()),
    };
    let here = |point: &Point| point.revision.as_ref().and_then(|it| graph.with_id(it));
    let version = &release.version.value;
    let to = point(version.to_string(), Some(release.head.value));
    let from: Vec<Point> = origins
        .iter()
        .map(|it| point(it.to_string(), releases.head_for(release, it)))
        .collect();
    let below: Vec<RevisionSet> = from
        .iter()
        .map(|it| graph.ancestors(here(it).as_slice(), Edges::All))
        .collect();
    let is_below = |it: RevisionIndex| below.iter().all(|below| below.contains(it));
    let (stay, path): (Vec<RevisionIndex>, Vec<RevisionIndex>) =
        graph.order().iter().copied().partition(|it| is_below(*it));
    let passes = releases.passes(release, origins).into_iter();
    let mut passes: Vec<(usize, Point)> = passes
        .map(|(name, head)| point(name.to_string(), Some(head)))
        .filter_map(|point| {
            let revision = here(&point)?;
            Some((path.iter().position(|it| *it == revision)?, point))
        })
        .collect();
    passes.sort_by_key(|it| it.0);
    let passes = passes.into_iter().map(|it| it.1).collect();
    let history = history(sources, config, graph);
    let passage = replay::passage(history, &compiled.replayed, &stay, &path)?;
    let digests = digest::digests(sources, graph);
    let mut revisions = compiled.replayed.revisions;
    let mut steps = Vec::with_capacity(path.len());
    for (revision, back) in path.iter().copied().zip(passage.downgrades) {
        let header = graph.header(revision);
        let source = header.id.span.source;
        let body = syntax::parse_body(source, &sources.get(source).text, &config.schema)?;
        let compiled = std::mem::take(&mut revisions[revision.index()]);
        let needs: Vec<RevisionIndex> = graph.predecessors(revision).collect();
        if config.transaction == Transaction::Release {
            refuse_parts(header, &compiled.upgrade_sql)?;
        }
        steps.push(pack::PackedRevision {
            revision: header.id.value.clone(),
            message: header.message.clone(),
            digest: digests[revision.index()].to_string(),
            needs: graph.ids(&needs),
            downgrade: match compiled.downgrade {
                WayBack::Irreversible(reason) => pack::Undo::Irreversible(reason),
                WayBack::Steps(_) => pack::Undo::of_each(&compiled.upgrade_sql, back),
                WayBack::Written { runs_after, .. } => pack::Undo::Written {
                    back: back.into_iter().flatten().collect(),
                    runs_after,
                },
            },
            upgrade: compiled.upgrade_sql,
            asserts: body.verify.into_iter().map(|it| it.value).collect(),
        });
    }
    let head = here(&to).expect("the history ends with it");
    if config.transaction == Transaction::Release {
        refuse_parts_together(release, &steps)?;
    }
    Ok(Pack {
        version: version.to_string(),
        digest: digests[head.index()].to_string(),
        config: config.clone(),
        from,
        to,
        passes,
        steps,
        before: passage.before,
        after: passage.after,
        touched: passage.touched,
        spoken: compiled.spoken,
        revisions: path,
    })
}

/// Refuses revisions that share a transaction each by itself, but not together: one uses what another brings.
fn refuse_parts_together(release: &Release, steps: &[pack::PackedRevision]) -> Result<()> {
    let upgrade: Vec<Lowered> = steps.iter().flat_map(|it| it.upgrade.clone()).collect();
    let rollback: Vec<Lowered> = steps
        .iter()
        .rev()
        .flat_map(|it| it.downgrade.lowered().cloned())
        .collect();
    for (way, lowered) in [("upgrade", upgrade), ("rollback", rollback)] {
        if parts::count(&lowered) > 1 {
            let message = format!(
                "the {way} of release {} cannot be one transaction: PostgreSQL refuses one of its statements there",
                release.version.value
            );
            let fault = Diagnostic::error(Code::Release, release.version.span, message);
            return Err(fault
                .help("set `transaction: revision` in limbeck.yaml, or bring a new value of an enum and its use into two releases")
                .into());
        }
    }
    Ok(())
}

/// Refuses a revision that cannot share a transaction with others.
fn refuse_parts(header: &Header, upgrade: &[Lowered]) -> Result<()> {
    let parts = parts::split(upgrade);
    if let [parts::Part::Transaction(_)] = parts.as_slice() {
        return Ok(());
    }
    let id = &header.id.value;
    let message = format!(
        "revision {id} cannot run in one transaction with the others: PostgreSQL refuses one of its statements there"
    );
    let fault = Diagnostic::error(Code::Release, header.id.span, message);
    Err(fault
        .help("set `transaction: revision` in limbeck.yaml, or write the revision without such statements (`concurrently`, a new value of an enum that is used at once)")
        .into())
}

impl Compiled {
    /// What somebody should look at, though it keeps nothing from running.
    #[must_use]
    pub fn warnings(&self, sources: &Sources) -> Diagnostics {
        look_alike::warnings(sources, &self.graph, &self.replayed.schema)
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
                "a downgrade needs the revision where the database is, and one where it goes",
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
                    format!("revision {id} cannot be taken back: {reason}"),
                )
                .help(format!("the nearest point that can be reached is {id} itself: limbeck downgrade {}:{id}", steps.from.join(",")))
                .into());
            }
        }
        Ok(())
    }
}
