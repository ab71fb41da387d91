//! What is to be proved, and what it means that something failed.

use crate::bundle::proof::{Claim, Outcome};
use crate::compile::Compiled;
use crate::config::Config;
use crate::diagnostic::Diagnostics;
use crate::graph::{Edges, RevisionIndex};
use crate::prove::cluster_wide;
use crate::prove::server::Needs;
use crate::prove::server::Refusal;
use crate::prove::server::{Fault, NO_RIGHT, Rights, Server};
use crate::script::pack::Pack;
use crate::source::Sources;

/// What is to be proved.
#[derive(Debug)]
pub struct Request<'a> {
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
    /// Everything, however many points and statements a release has.
    Exhaustive,
    /// The same at so many points, and after so many statements, of a long release.
    All,
    /// All but interrupted runs and stops on the way, which take most of the time.
    Quick,
    /// Nothing more.
    Undisturbed,
}

impl Request<'_> {
    /// What is in a database before the first revision.
    pub(super) fn needs(&self) -> Needs {
        Needs {
            schema: self.config.schema.clone(),
            roles: cluster_wide::roles(self.compiled),
            extensions: cluster_wide::extensions(self.compiled),
        }
    }

    /// Why these revisions, or one that runs before them, are not tried.
    pub(super) fn untried(&self, revisions: &[RevisionIndex]) -> Option<String> {
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
pub(super) const ROWS_PER_TABLE: usize = 4;

/// What came of a trial with these faults. What PostgreSQL refuses for a right that the owner of a database lacks says nothing
/// of the history.
pub(super) fn judged(server: &Server, faults: &[String]) -> Outcome {
    let (lacks, others): (Vec<String>, Vec<String>) = faults
        .iter()
        .cloned()
        .partition(|it| server.rights() == Rights::Owner && lacks_right(it));
    if lacks.is_empty() || !others.is_empty() {
        return Outcome::of(faults);
    }
    let why = format!(
        "it needs more rights than the owner of a database has; --as-superuser gives them: {}",
        lacks.join("\n")
    );
    Outcome::NotProved { why }
}

/// Whether PostgreSQL said that a right is lacking.
pub(super) fn lacks_right(why: &str) -> bool {
    Refusal::errors(why).any(|it| it.state.as_deref() == Some(NO_RIGHT))
}

/// What is told while scripts run.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// So many more runs are to come.
    Planned(usize),
    /// One of them is over.
    Ran,
    /// What came of some.
    Claimed(&'a Claim),
}

/// Who is told.
pub type Progress<'a> = &'a (dyn Fn(Event<'_>) + Sync);

/// Why nothing more can be tried.
#[derive(Debug)]
pub enum Stop {
    /// The history has a fault.
    History(Diagnostics),
    /// The server does not do its part.
    Server(Fault),
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
