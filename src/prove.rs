//! Shows on a real PostgreSQL that scripts do what the model says. The one module beside `cli` that runs programs: the
//! server's own, and psql, through which everything goes.
//!
//! What is claimed of a history, a merge or a release is one [`Claim`] each. What was not tried is never said to be proved.

mod cluster_wide;
pub mod drift;
mod history;
mod seen;
mod merge;
mod reason;
mod interrupted;
mod request;
mod release;
pub mod rows;
pub mod server;
mod stage;
mod values;
mod unasked;
mod usable;

use rayon::prelude::*;

use crate::bundle::proof::Claim;

pub use request::{Event, Progress, Request, Stop, Trials};
pub use server::{Cluster, Fault, Found, Rights, Server, unprivileged};

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

/// Tries everything that is claimed of `request` on `server`.
pub fn prove(
    request: &Request<'_>,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Proved, Stop> {
    if let Some(role) = &request.config.role {
        server.role(role)?;
    }
    for role in cluster_wide::roles(request.compiled) {
        server.known_role(&role)?;
    }
    let merges = merge::merges(request);
    let chain = |rows| history::prove(request, server, rows, progress);
    let ((plain, with_rows), (of_merges, releases)) = rayon::join(
        || {
            rayon::join(
                || -> Result<_, Stop> {
                    let plain = chain(history::Rows::None)?;
                    let whole = history::in_one(request, server, progress)?;
                    Ok(plain.into_iter().chain(whole).collect::<Vec<_>>())
                },
                || chain(history::Rows::Generated),
            )
        },
        || {
            rayon::join(
                || -> Result<Vec<_>, Stop> {
                    let all = merges.par_iter();
                    all.map(|it| merge::prove(request, *it, server, progress))
                        .collect()
                },
                || -> Result<Vec<_>, Stop> {
                    let all = request.packs.par_iter();
                    all.map(|it| release::prove(request, it, server, progress))
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
