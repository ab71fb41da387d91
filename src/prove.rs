//! Shows on a real PostgreSQL that scripts do what the model says. The one module beside `cli` that runs programs: the
//! server's own, and psql, through which everything goes.
//!
//! What is claimed of a history, a merge or a release is one [`Claim`] each. What was not tried is never said to be proved.

mod cluster_wide;
pub mod drift;
mod history;
mod look;
mod merge;
mod reached;
mod release;
pub mod rows;
pub mod server;
mod stage;
mod values;
mod words;

use rayon::prelude::*;

use crate::bundle::proof::{Claim, Outcome};
use crate::compile::Compiled;
use crate::config::Config;
use crate::diagnostic::Diagnostics;
use crate::graph::{Edges, RevisionIndex};
use crate::script::pack::Pack;
use crate::source::Sources;
use server::{NO_RIGHT, Needs, Refusal};

pub use server::{Cluster, Fault, Found, Rights, Server, unprivileged};

/// What is to be proved.
#[derive(Debug)]
pub struct Subject<'a> {
    pub sources: &'a Sources,
    pub config: &'a Config,
    /// Everything was wanted of it.
    pub compiled: &'a Compiled,
    /// What a database has before, and the revisions that are proved, both in the order of the graph.
    pub before: Vec<RevisionIndex>,
    pub revisions: Vec<RevisionIndex>,
    pub packs: &'a [Pack],
    pub trials: Trials,
}

/// What of a release is tried beside its scripts as they should run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trials {
    /// Everything: also what the scripts refuse and notice, and runs that are interrupted after each statement.
    All,
    /// All but interrupted runs, which take half of the time.
    Quick,
    /// Nothing more.
    Undisturbed,
}

impl Subject<'_> {
    /// What is in a database before the first revision.
    fn needs(&self) -> Needs {
        Needs {
            schema: self.config.schema.clone(),
            roles: cluster_wide::roles(self.compiled),
            extensions: cluster_wide::extensions(self.compiled),
        }
    }

    /// Why these revisions, or one that runs before them, are not tried.
    fn untried(&self, revisions: &[RevisionIndex]) -> Option<String> {
        let wide = cluster_wide::changes(self.compiled);
        if wide.is_empty() {
            return None;
        }
        let all = self.compiled.graph.ancestors(revisions, Edges::All);
        let all = self.compiled.graph.sorted(all.iter());
        all.iter().find_map(|it| wide.get(it).cloned())
    }
}

/// How many generated rows each table gets.
const WANTED: usize = 4;

/// What came of a trial with these faults. What PostgreSQL refuses for a right that the owner of a database lacks says nothing
/// of the history.
fn judged(server: &Server, faults: &[String]) -> Outcome {
    let (lacks, others): (Vec<String>, Vec<String>) = faults
        .iter()
        .cloned()
        .partition(|it| server.rights() == Rights::Owner && lacks_right(it));
    if lacks.is_empty() || !others.is_empty() {
        return Outcome::of(faults);
    }
    let why = format!(
        "it needs more than the owner of a database may, which --as-superuser gives it: {}",
        lacks.join("\n")
    );
    Outcome::NotProved { why }
}

/// Whether PostgreSQL said that a right is lacking.
fn lacks_right(why: &str) -> bool {
    Refusal::errors(why).any(|it| it.state.as_deref() == Some(NO_RIGHT))
}

/// Told what has just been tried.
pub type Progress<'a> = &'a (dyn Fn(&Claim) + Sync);

/// What came of it.
#[derive(Debug, Default)]
pub struct Proved {
    /// Of the revisions, in their order, then of the merges.
    pub history: Vec<Claim>,
    /// Of each release, in the order in which they were given.
    pub releases: Vec<Vec<Claim>>,
}

impl Proved {
    /// Everything that was claimed.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.history.iter().chain(self.releases.iter().flatten())
    }
}

/// Why nothing more can be tried.
#[derive(Debug)]
pub enum Stop {
    /// The history has a fault.
    History(Diagnostics),
    /// The server does not do its part.
    Server(Fault),
}

/// Tries everything that is claimed of `subject` on `server`.
pub fn prove(
    subject: &Subject<'_>,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Proved, Stop> {
    if let Some(role) = &subject.config.role {
        server.role(role)?;
    }
    for role in cluster_wide::roles(subject.compiled) {
        server.known_role(&role)?;
    }
    let merges = merge::merges(subject);
    let chain = |rows| history::prove(subject, server, rows, progress);
    let ((plain, with_rows), (of_merges, releases)) = rayon::join(
        || {
            rayon::join(
                || -> Result<_, Stop> {
                    let plain = chain(history::Rows::None)?;
                    let whole = history::in_one(subject, server, progress)?;
                    Ok(plain.into_iter().chain(whole).collect::<Vec<_>>())
                },
                || chain(history::Rows::Generated),
            )
        },
        || {
            rayon::join(
                || -> Result<Vec<_>, Stop> {
                    let all = merges.par_iter();
                    all.map(|it| merge::prove(subject, *it, server, progress))
                        .collect()
                },
                || -> Result<Vec<_>, Stop> {
                    let all = subject.packs.par_iter();
                    all.map(|it| release::prove(subject, it, server, progress))
                        .collect()
                },
            )
        },
    );
    Ok(Proved {
        history: [plain?, with_rows?, of_merges?].concat(),
        releases: releases?,
    })
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Server(fault)
    }
}

impl From<Diagnostics> for Stop {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::History(diagnostics)
    }
}
