//! Releases: the scripts of the bundle themselves, from everywhere where they may start, whole and interrupted.

mod interrupt;
mod refusals;
mod starts;

use std::collections::BTreeSet;

use rayon::prelude::*;
use starts::{Plain, STARTS, Start, Starts, Stuck};

use crate::bundle::proof::{Claim, Outcome};
use crate::graph::RevisionIndex;
use crate::inverse::{Fidelity, Loss};
use crate::operation::Operation;
use crate::prove::reason::is_of_rows;
use crate::prove::request::{Event, Progress, Request, Stop, Trials, judged};
use crate::prove::seen::Seen;
use crate::prove::server::{Output, Server};
use crate::prove::stage::Stage;
use crate::prove::values;
use crate::replay::ReplayedRevision;
use crate::schema::ObjectId;
use crate::script::pack::{Pack, Point, Undo};
use crate::script::psql;
use crate::script::psql::protect::protect;

/// What a run of the rollback is given.
const ACCEPT: [&str; 2] = ["-v", "accept_data_loss=1"];

/// One release, and how its claims are told.
struct Trial<'a> {
    request: &'a Request<'a>,
    pack: &'a Pack,
    server: &'a Server,
    progress: Progress<'a>,
    preflight: String,
    upgrade: String,
    verify: String,
    rollback: String,
    /// What the whole rollback does not bring back.
    fidelity: Fidelity,
    /// What it may leave.
    left: BTreeSet<ObjectId>,
    /// The revisions of the release.
    steps: Vec<RevisionIndex>,
}

/// Tries the scripts of a release.
pub(super) fn prove(
    request: &Request<'_>,
    pack: &Pack,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Vec<Claim>, Stop> {
    let graph = &request.compiled.graph;
    let mut fidelity = Fidelity::default();
    for step in &pack.steps {
        fidelity.add(&step.downgrade.fidelity());
    }
    let steps: Vec<RevisionIndex> = pack
        .steps
        .iter()
        .filter_map(|it| graph.with_id(&it.revision))
        .collect();
    let revised = &request.compiled.replayed.revisions;
    let left = steps.iter().flat_map(|it| &revised[it.index()].leaves);
    let left: BTreeSet<ObjectId> = left.cloned().collect();
    let trial = Trial {
        request,
        pack,
        server,
        progress,
        preflight: psql::preflight::script(pack),
        upgrade: psql::upgrade(pack),
        verify: psql::verify::script(pack),
        rollback: psql::rollback(pack),
        fidelity,
        left,
        steps,
    };
    let untried = request.untried(&trial.steps);
    let from = |origin: &Point| match &untried {
        None => trial.from(origin),
        Some(why) => Ok(trial.not_from(origin, why)),
    };
    let claims: Result<Vec<Vec<Claim>>, Stop> = pack.from.par_iter().map(from).collect();
    Ok(claims?.concat())
}

impl<'a> Trial<'a> {
    fn claim(&self, about: &str, claim: String, outcome: Outcome) -> Claim {
        let about = format!("{} {about}", self.pack.version);
        let claim = Claim::new(about, claim, outcome);
        (self.progress)(Event::Claimed(&claim));
        claim
    }

    /// What came of a trial with these faults.
    fn judged(&self, faults: &[String]) -> Outcome {
        judged(self.server, faults)
    }

    /// Nothing from one origin.
    fn not_from(&self, origin: &Point, why: &str) -> Vec<Claim> {
        let scripts = ["preflight.sql", "upgrade.sql", "verify.sql", "rollback.sql"];
        let claim = format!("it works as expected from {}", origin.name);
        scripts
            .map(|it| self.not_tried(it, claim.clone(), why))
            .to_vec()
    }

    fn not_tried(&self, script: &str, claim: String, why: &str) -> Claim {
        let why = why.to_owned();
        self.claim(script, claim, Outcome::NotProved { why })
    }

    fn starts(&self, origin: &Point, has_rows: bool) -> Result<Result<Starts<'a>, Stuck>, Stop> {
        Starts::new(
            self.request,
            self.server,
            &self.steps,
            origin,
            has_rows,
            self.progress,
        )
    }

    /// Everything from one origin.
    fn from(&self, origin: &Point) -> Result<Vec<Claim>, Stop> {
        let name = &origin.name;
        let mut claims = Vec::new();
        let trials = self.request.trials;
        let is_whole = trials == Trials::All || trials == Trials::Exhaustive;
        // Once to the starts, and twice for what the plain scripts leave.
        let by_revision = 3 * self.steps.len();
        let mut planned = by_revision + 2 * (self.steps.len() + 1).min(STARTS);
        let places = is_whole.then(|| [&self.upgrade, &self.rollback].map(|it| self.places(it)));
        planned += places
            .iter()
            .flatten()
            .map(|it| it.tried.len())
            .sum::<usize>();
        (self.progress)(Event::Planned(planned));
        let starts = match self.starts(origin, true)? {
            Ok(starts) => starts,
            Err(Stuck(why)) => {
                let claim = format!("it runs from {name} on tables with rows");
                claims.push(self.not_tried("upgrade.sql", claim, &why));
                match self.starts(origin, false)? {
                    Ok(starts) => starts,
                    Err(Stuck(why)) => {
                        let claim = format!("it runs from {name}");
                        claims.push(self.claim("upgrade.sql", claim, self.judged(&[why])));
                        return Ok(claims);
                    }
                }
            }
        };
        let count = starts.all.len();
        if let Some(most) = starts.cut_to {
            let why = format!("there are more than {most} points between {name} and the head");
            let claim = format!("it runs from every point between {name} and the head");
            claims.push(self.not_tried("upgrade.sql", claim, &why));
        }
        let plain = Plain::new(self.request, &starts, self.progress)?;
        let points = format!(
            "{count} {} from {name} onwards",
            if count == 1 { "point" } else { "points" }
        );
        // Where rows stop the whole rollback, it is tried without any.
        let mut empty = None;
        if let Some(why) = self.stopped_by_rows(origin, &starts)? {
            let claim = format!("it rolls back to {name} on tables with rows");
            claims.push(self.not_tried("rollback.sql", claim, &why));
            (self.progress)(Event::Planned(by_revision));
            if let Ok(starts) = self.starts(origin, false)? {
                let plain = Plain::new(self.request, &starts, self.progress)?;
                empty = Some((starts, plain));
            }
        }
        let (bare, bare_plain) = match &empty {
            Some((starts, plain)) => (starts, plain),
            None => (&starts, &plain),
        };
        let not_quick = |script, claim, what| {
            let why = format!("{what} were not tried (--quick)");
            Ok(vec![self.not_tried(script, claim, &why)])
        };
        // They only copy what stands at the starts, so they run side by side.
        let parts: [&(dyn Fn() -> Result<Vec<Claim>, Stop> + Sync); 6] = [
            &|| self.upgrades(&starts, &plain, &points),
            &|| self.back(origin, bare, bare_plain, &points),
            &|| {
                if is_whole {
                    return self.stops(origin, &starts, &plain);
                }
                let claim = format!(
                    "stopped at a revision in between, they leave the same state as the single revisions, from {name} onwards"
                );
                not_quick("upgrade.sql and rollback.sql", claim, "stops")
            },
            &|| {
                let mut claims = vec![self.refusals(origin, &starts)?];
                claims.extend(self.keeps_rows(origin, &starts)?);
                claims.extend(self.notices(origin, &starts)?);
                Ok(claims)
            },
            &|| {
                if let Some([places, _]) = &places {
                    return self.interrupt_upgrade(&starts, origin, &plain, places);
                }
                let claim = format!("{}, from {name}", interrupt::untried());
                not_quick("upgrade.sql", claim, "interruptions")
            },
            &|| {
                if let Some([_, places]) = &places {
                    return self.interrupt_rollback(bare, origin, bare_plain, places);
                }
                let claim = format!("{}, to {name}", interrupt::untried());
                not_quick("rollback.sql", claim, "interruptions")
            },
        ];
        let parts = if trials == Trials::Undisturbed {
            &parts[..2]
        } else {
            &parts[..]
        };
        let told: Vec<Result<Vec<Claim>, Stop>> = parts.par_iter().map(|part| part()).collect();
        for part in told {
            claims.extend(part?);
        }
        Ok(claims)
    }

    /// Why the rollback from the head stops on rows, where it says that it may.
    fn stopped_by_rows(&self, origin: &Point, starts: &Starts<'_>) -> Result<Option<String>, Stop> {
        if !self.fidelity.has(Loss::MayFailOnRows) || self.is_irreversible(self.steps.iter()) {
            return Ok(None);
        }
        let head = starts.head().stage.fork()?;
        let said = head.apply(&self.back_to(origin), &self.rollback)?;
        Ok(failure("", &said).filter(|it| is_of_rows(it)))
    }

    /// The upgrade from every point, with what is asked before and after it.
    fn upgrades(
        &self,
        starts: &Starts<'_>,
        plain: &Plain,
        points: &str,
    ) -> Result<Vec<Claim>, Stop> {
        let graph = &self.request.compiled.graph;
        let revisions = self.revisions();
        let upgrade = revisions.flat_map(ReplayedRevision::operations);
        let mut faults = left_out(&self.upgrade, upgrade);
        let mut preflight = Vec::new();
        let mut verify = Vec::new();
        let below = &starts.origin().set;
        let order = graph.sorted(self.steps.iter().copied());
        for Start { stage, set } in &starts.all {
            let mut stage = stage.fork()?;
            (self.progress)(Event::Ran);
            let at = at(&stage);
            if set.len() < starts.head().set.len() {
                let said = stage.apply(&[], &self.verify)?;
                if said.status != Some(3) {
                    verify.push(format!(
                        "{at}it does not report that the upgrade has not run"
                    ));
                }
            }
            let said = stage.apply(&[], &self.preflight)?;
            preflight.extend(failure(&at, &said));
            let said = stage.apply(&[], &self.upgrade)?;
            let failed = failure(&at, &said);
            let is_done = failed.is_none();
            faults.extend(failed);
            if !is_done {
                continue;
            }
            stage.look()?;
            let end = stage.seen().clone();
            let head = starts.head().stage.seen();
            let mut differences = stage.against(&self.pack.after, &end)?;
            differences.extend(stage.changes(head, &end, &Fidelity::default())?);
            // Rows may hang on the order of branches.
            let is_in_order = order
                .iter()
                .skip_while(|it| set.contains(it))
                .all(|it| !set.contains(it));
            let rows = plain.there(&starts.head().set).filter(|_| is_in_order);
            if let Some(rows) = rows {
                differences.extend(rows.differences(&stage)?);
            }
            faults.extend(differences.iter().map(|it| format!("{at}{it}")));
            faults.extend(rows_are(&end, &self.pack.to, &at));
            let said = stage.apply(&[], &self.verify)?;
            if !self.is_of_old_asserts(&said, below) {
                verify.extend(failure(&at, &said));
            }
            let said = stage.apply(&[], &self.upgrade)?;
            faults.extend(failure(&format!("{at}in a second run, "), &said));
            stage.look()?;
            let again = stage.seen().clone();
            let mut differences = stage.changes(&end, &again, &Fidelity::default())?;
            if let Some(rows) = rows {
                differences.extend(rows.differences(&stage)?);
            }
            faults.extend(
                differences
                    .iter()
                    .map(|it| format!("{at}a second run changes something: {it}")),
            );
        }
        Ok(vec![
            self.claim(
                "preflight.sql",
                format!("it allows the upgrade to start at {points}"),
                self.judged(&preflight),
            ),
            self.claim(
                "upgrade.sql",
                format!("it runs at {points}, gives the expected schema, and changes nothing when it runs again"),
                self.judged(&faults),
            ),
            self.claim(
                "verify.sql",
                format!("it passes after the upgrade at {points}, and fails before it"),
                self.judged(&verify),
            ),
        ])
    }

    /// The rollback from every point.
    fn back(
        &self,
        origin: &Point,
        starts: &Starts<'_>,
        plain: &Plain,
        points: &str,
    ) -> Result<Vec<Claim>, Stop> {
        let back = self.revisions().flat_map(|it| it.downgrade.operations());
        let mut faults = left_out(&self.rollback, back);
        let (mut refused, mut stopped) = (0, 0);
        let below = &starts.origin().set;
        for Start { stage, set } in &starts.all {
            let mut stage = stage.fork()?;
            (self.progress)(Event::Ran);
            let at = at(&stage);
            let before = stage.seen().clone();
            let said = stage.apply(&self.back_to(origin), &self.rollback)?;
            stage.look()?;
            let after = stage.seen().clone();
            if self.is_irreversible(set.difference(below)) {
                refused += 1;
                let is_refused =
                    said.status == Some(3) && said.stderr.contains("cannot be rolled back");
                let changes = stage.changes(&before, &after, &Fidelity::default())?;
                if !is_refused || !changes.is_empty() {
                    faults.push(format!(
                        "{at}an irreversible revision is not refused: {}",
                        said.stderr.trim()
                    ));
                }
                continue;
            }
            let failed = failure(&at, &said);
            if let Some(failed) = failed {
                if self.fidelity.has(Loss::MayFailOnRows) && is_of_rows(&failed) {
                    stopped += 1;
                } else {
                    faults.push(failed);
                }
                continue;
            }
            let first = starts.origin().stage.seen();
            let mut differences = stage.restored_but(first, &after, &self.fidelity, &self.left)?;
            if set == &starts.head().set
                && let Some(rows) = plain.back(below)
            {
                differences.extend(rows.differences(&stage)?);
            }
            faults.extend(differences.iter().map(|it| format!("{at}{it}")));
            faults.extend(rows_are(&after, origin, &at));
        }
        let mut claim = format!("it rolls back at {points} and restores the original state");
        if refused > 0 {
            claim =
                format!("{claim}, except for {refused} where it refuses an irreversible revision");
        }
        if stopped > 0 {
            claim = format!("{claim}, except for {stopped} where it fails on rows, as declared");
        }
        Ok(vec![self.claim(
            "rollback.sql",
            claim,
            self.judged(&faults),
        )])
    }

    /// Both scripts with a stop at each revision on the way, where the database must be what it was when the revisions ran
    /// one by one.
    fn stops(
        &self,
        origin: &Point,
        starts: &Starts<'_>,
        plain: &Plain,
    ) -> Result<Vec<Claim>, Stop> {
        let mut way: Vec<&Start<'_>> = Vec::new();
        for start in &starts.all {
            let is_above = way.last().is_none_or(|it| it.set.is_subset(&start.set));
            if is_above && start.stage.rows().len() == 1 {
                way.push(start);
            }
        }
        let Start {
            stage: first,
            set: below,
        } = starts.origin();
        let (none, nothing) = (Fidelity::default(), BTreeSet::new());
        let there = way.iter().filter(|it| it.set.len() > below.len());
        let there = there.map(|it| (it, &self.upgrade, plain.there(&it.set), (&none, &nothing)));
        let back = way.iter().rev().zip(way.iter().rev().skip(1));
        let back = back
            .take_while(|(top, it)| !self.is_irreversible(top.set.difference(&it.set)))
            .map(|(_, it)| {
                let excused = (&self.fidelity, &self.left);
                (it, &self.rollback, plain.back(&it.set), excused)
            });
        let mut stage = first.fork()?;
        let mut faults = Vec::new();
        let mut count = 0;
        for (Start { stage: to, .. }, script, rows, (fidelity, left)) in there.chain(back) {
            let at = at(to).replace("from ", "at ");
            let place = to.rows();
            let row = place.first().map_or("base", |it| it.as_str());
            let mut arguments = ACCEPT.map(str::to_owned).to_vec();
            arguments.extend(["-v".to_owned(), format!("to={row}")]);
            let said = stage.apply(&arguments, script)?;
            if let Some(failed) = failure(&at, &said) {
                faults.push(failed);
                break;
            }
            stage.look()?;
            let seen = stage.seen().clone();
            let mut differences = stage.restored_but(to.seen(), &seen, fidelity, left)?;
            if let Some(rows) = rows {
                differences.extend(rows.differences(&stage)?);
            }
            faults.extend(differences.iter().map(|it| format!("{at}{it}")));
            count += 1;
        }
        if self.fidelity.has(Loss::MayFailOnRows) {
            faults.retain(|it| !is_of_rows(it));
        }
        if count == 0 && faults.is_empty() {
            return Ok(Vec::new());
        }
        let claim = format!(
            "stopped at {count} {} in between, they leave the same state as the single revisions, from {} onwards",
            if count == 1 { "point" } else { "points" },
            origin.name
        );
        let about = "upgrade.sql and rollback.sql";
        Ok(vec![self.claim(about, claim, self.judged(&faults))])
    }

    /// The revisions of the release, as they were compiled.
    fn revisions(&self) -> impl Iterator<Item = &'a ReplayedRevision> {
        let compiled = self.request.compiled;
        let revisions = self.steps.iter();
        revisions.map(|it| &compiled.replayed.revisions[it.index()])
    }

    fn is_irreversible<'b>(&self, mut revisions: impl Iterator<Item = &'b RevisionIndex>) -> bool {
        let graph = &self.request.compiled.graph;
        revisions.any(|it| {
            let id = graph.id(*it);
            self.pack
                .steps
                .iter()
                .any(|step| step.revision == *id && matches!(step.downgrade, Undo::Irreversible(_)))
        })
    }

    /// The arguments of a rollback to `origin` that may discard rows.
    fn back_to(&self, origin: &Point) -> Vec<String> {
        let accepted = ACCEPT.iter().map(|it| (*it).to_owned());
        accepted.chain(self.to(origin)).collect()
    }

    /// The arguments of a rollback to `origin`.
    fn to(&self, origin: &Point) -> Vec<String> {
        if self.pack.from.len() < 2 {
            return Vec::new();
        }
        let to = origin.revision.as_deref().unwrap_or("base");
        vec!["-v".to_owned(), format!("to={to}")]
    }

    /// Whether `verify.sql` stopped at nothing but what revisions below the origin assert of rows: those that are made up
    /// came after them.
    fn is_of_old_asserts(&self, said: &Output, below: &BTreeSet<RevisionIndex>) -> bool {
        let graph = &self.request.compiled.graph;
        let old = |it: &str| {
            graph
                .with_id(it)
                .is_some_and(|revision| below.contains(&revision))
        };
        let steps = self.pack.steps.iter().filter(|it| old(&it.revision));
        let asserts: Vec<String> = steps
            .flat_map(|it| &it.asserts)
            .map(|it| {
                format!(
                    "DRIFT assert {}",
                    it.message.lines().next().unwrap_or_default()
                )
            })
            .collect();
        let mut drift = said.stdout.lines().filter(|it| it.starts_with("DRIFT"));
        said.status == Some(3) && drift.all(|line| asserts.iter().any(|it| line.starts_with(it)))
    }
}

fn rows_are(seen: &Seen, point: &Point, at: &str) -> Option<String> {
    let expected: BTreeSet<_> = point.revision.iter().cloned().collect();
    (seen.rows != expected).then(|| {
        format!(
            "{at}the version table does not contain exactly the row of {}",
            point.name
        )
    })
}

/// What the author wrote as SQL and a script has not: it may change rows of tables that the release makes, which have none
/// while it is tried.
fn left_out<'b>(script: &str, operations: impl Iterator<Item = &'b Operation>) -> Vec<String> {
    let missing = operations
        .flat_map(values::texts)
        .filter(|it| !script.contains(*it) && !script.contains(&protect(it)));
    missing.map(|it| format!("it omits: {it}")).collect()
}

/// What psql said where it did not come to the end.
fn failure(at: &str, said: &Output) -> Option<String> {
    (said.status != Some(0)).then(|| {
        let status = said
            .status
            .map_or_else(|| "a signal".to_owned(), |it| it.to_string());
        let drift = said
            .stdout
            .lines()
            .filter(|it| it.starts_with("DRIFT") || it.starts_with("STOP"));
        let lines: Vec<&str> = said.stderr.lines().chain(drift).collect();
        format!("{at}psql ended with {status}: {}", lines.join("\n"))
    })
}

/// Where a database stands, in front of what is told of it.
fn at(stage: &Stage<'_>) -> String {
    let rows = stage.rows();
    let rows: Vec<&str> = rows.iter().map(smol_str::SmolStr::as_str).collect();
    if rows.is_empty() {
        "from the base: ".to_owned()
    } else {
        format!("from {}: ", rows.join(", "))
    }
}
