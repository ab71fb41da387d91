//! Releases, compiled each as if its own history were all there is. What several of them have in common is done once.

use crate::compile::{history, replayed};
use crate::config::{Config, Transaction};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::digest::{self, Digest};
use crate::graph::{Edges, RevisionGraph, RevisionIndex, RevisionSet};
use crate::lower::Lowered;
use crate::plan::parts;
use crate::release::{Origin, Release, Releases};
use crate::replay::{Line, Replayed, Wanted, WayBack};
use crate::revision::Header;
use crate::schema::Schema;
use crate::script::pack::{self, Once, Pack, Point};
use crate::script::spoken::{Said, Spoken};
use crate::source::Sources;
use crate::syntax;

/// Compiles releases of one history. It is fastest where each begins where the one before ended.
#[derive(Debug)]
pub struct Packer<'a> {
    sources: &'a Sources,
    whole: &'a RevisionGraph,
    releases: &'a Releases,
    /// Of all releases that are asked for.
    heads: Vec<RevisionIndex>,
    /// By configuration; none where the revisions below all heads together have a fault.
    shared: Vec<(Config, Option<Shared>)>,
}

/// The revisions below several heads, compiled.
#[derive(Debug)]
struct Shared {
    graph: RevisionGraph,
    replayed: Replayed,
    digests: Vec<Digest>,
    said: Said,
    /// Where the last release began.
    start: Start,
    /// What the last release spoke of, which was the history of these.
    spoken: (Vec<RevisionIndex>, Spoken),
}

/// Where a release begins: what has run, and what is there.
#[derive(Debug, Default)]
struct Start {
    applied: Vec<RevisionIndex>,
    schema: Option<Schema>,
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
    let heads = vec![release.head.value];
    Packer::new(sources, whole, releases, heads).pack(config, release, origins)
}

impl<'a> Packer<'a> {
    /// For releases of `releases` with these heads, by the graph `whole`.
    #[must_use]
    pub fn new(
        sources: &'a Sources,
        whole: &'a RevisionGraph,
        releases: &'a Releases,
        heads: Vec<RevisionIndex>,
    ) -> Self {
        Self {
            sources,
            whole,
            releases,
            heads,
            shared: Vec::new(),
        }
    }

    /// As [`pack()`].
    pub fn pack(&mut self, config: &Config, release: &Release, origins: &[Origin]) -> Result<Pack> {
        let known = self.shared.iter().position(|it| it.0 == *config);
        let at = if let Some(at) = known {
            at
        } else {
            let shared = Shared::new(self.sources, config, self.whole.until(&self.heads));
            let shared = match shared {
                // Another release may hold the fault.
                Err(_) if self.heads.len() > 1 => None,
                shared => Some(shared?),
            };
            self.shared.push((config.clone(), shared));
            self.shared.len() - 1
        };
        let head = self.whole.id(release.head.value);
        match &mut self.shared[at].1 {
            Some(shared) if shared.graph.with_id(head).is_some() => shared.pack(
                self.sources,
                config,
                self.whole,
                self.releases,
                release,
                origins,
            ),
            Some(_) | None => pack(
                self.sources,
                config,
                self.whole,
                self.releases,
                release,
                origins,
            ),
        }
    }
}

impl Shared {
    fn new(sources: &Sources, config: &Config, graph: RevisionGraph) -> Result<Self> {
        Ok(Self {
            replayed: replayed(sources, config, &graph, Wanted::Everything)?,
            digests: digest::digests(sources, &graph),
            said: Said::of(sources, &graph),
            start: Start::default(),
            spoken: (Vec::new(), Spoken::default()),
            graph,
        })
    }

    fn pack(
        &mut self,
        sources: &Sources,
        config: &Config,
        whole: &RevisionGraph,
        releases: &Releases,
        release: &Release,
        origins: &[Origin],
    ) -> Result<Pack> {
        let point = |name: String, revision: Option<RevisionIndex>| Point {
            name,
            revision: revision.map(|it| whole.id(it).clone()),
        };
        let version = &release.version.value;
        let to = point(version.to_string(), Some(release.head.value));
        let graph = &self.graph;
        let here = |point: &Point| point.revision.as_ref().and_then(|it| graph.with_id(it));
        let head = here(&to).expect("the history ends with it");
        let from: Vec<Point> = origins
            .iter()
            .map(|it| point(it.to_string(), releases.head_for(release, it)))
            .collect();
        let below: Vec<RevisionSet> = from
            .iter()
            .map(|it| graph.ancestors(here(it).as_slice(), Edges::All))
            .collect();
        let is_below = |it: RevisionIndex| below.iter().all(|below| below.contains(it));
        // The order of a history with more than this release is the same for what is below its head.
        let own = graph.ancestors(&[head], Edges::All);
        let order: Vec<RevisionIndex> = graph
            .order()
            .iter()
            .copied()
            .filter(|it| own.contains(*it))
            .collect();
        let (stay, path): (Vec<RevisionIndex>, Vec<RevisionIndex>) =
            order.iter().copied().partition(|it| is_below(*it));
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
        let start = self.start.take(&stay);
        let (ran, schema) = start.unwrap_or_else(|| (0, history.new_schema()));
        let mut line = Line::at(history, &self.replayed, schema);
        line.apply_all(&stay[ran..])?;
        let passage = line.passage(&path)?;
        if passage.left.is_none() {
            self.start = Start {
                applied: stay,
                schema: Some(line.into_schema()),
            };
        }
        let mut steps = Vec::with_capacity(path.len());
        for (revision, back) in path.iter().copied().zip(passage.downgrades) {
            let header = graph.header(revision);
            let source = header.id.span.source;
            let body = syntax::parse_body(source, &sources.get(source).text, &config.schema)?;
            let compiled = &self.replayed.revisions[revision.index()];
            let needs: Vec<RevisionIndex> = graph.predecessors(revision).collect();
            if config.transaction == Transaction::Release {
                refuse_parts(header, &compiled.upgrade_sql)?;
            }
            steps.push(pack::PackedRevision {
                revision: header.id.value.clone(),
                message: header.message.clone(),
                digest: self.digests[revision.index()].to_string(),
                needs: graph.ids(&needs),
                downgrade: match &compiled.downgrade {
                    WayBack::Irreversible(reason) => pack::Undo::Irreversible(reason.clone()),
                    WayBack::Steps(_) => pack::Undo::of_each(&compiled.upgrade_sql, back),
                    WayBack::Written { runs_after, .. } => pack::Undo::Written {
                        back: back.into_iter().flatten().collect(),
                        runs_after: runs_after.clone(),
                    },
                },
                upgrade: compiled.upgrade_sql.clone(),
                asserts: body.verify.into_iter().map(|it| it.value).collect(),
            });
        }
        if config.transaction == Transaction::Release {
            refuse_parts_together(release, &steps)?;
        }
        let (of, spoken) = &mut self.spoken;
        if !order.starts_with(of) {
            (*of, *spoken) = (Vec::new(), Spoken::default());
        }
        self.said.add(&order[of.len()..], spoken);
        *of = order;
        Ok(Pack {
            version: version.to_string(),
            digest: self.digests[head.index()].to_string(),
            config: config.clone(),
            from,
            to,
            passes,
            steps,
            before: passage.before,
            after: passage.after,
            touched: passage.touched,
            spoken: spoken.clone(),
            revisions: path,
            once: Once::default(),
        })
    }
}

impl Start {
    /// How many of `stay` have run, in their order, and the schema then; none where others have.
    fn take(&mut self, stay: &[RevisionIndex]) -> Option<(usize, Schema)> {
        let schema = self.schema.take()?;
        let ran = self.applied.len();
        stay.starts_with(&self.applied).then_some((ran, schema))
    }
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
                .help("set `transaction: revision` in limbeck.yaml, or put a new enum value and its first use into two releases")
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
        .help("set `transaction: revision` in limbeck.yaml, or write the revision without such statements (`concurrently`, or an enum value that is added and used at once)")
        .into())
}
