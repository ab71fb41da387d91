//! Releases: the scripts of the bundle themselves, from everywhere where they may start, whole and interrupted.

mod refusals;
mod starts;

use std::collections::BTreeSet;

use rayon::prelude::*;
use starts::{Plain, Rows, STARTS, Start, Starts, Stuck};

use crate::bundle::proof::{Claim, Outcome};
use crate::graph::RevisionIndex;
use crate::inverse::{Fidelity, Loss};
use crate::operation::Operation;
use crate::prove::history::is_of_rows;
use crate::prove::request::{Progress, Request, Stop, Trials, judged};
use crate::prove::seen::Seen;
use crate::prove::server::{Output, Server};
use crate::prove::stage::Stage;
use crate::prove::values;
use crate::replay::ReplayedRevision;
use crate::schema::ObjectId;
use crate::script::pack::{Pack, Point, Undo};
use crate::script::psql;
use crate::script::psql::protect::protect;
use crate::token::lex;

/// What a run of the rollback is given.
const ACCEPT: [&str; 2] = ["-v", "accept_data_loss=1"];

/// What is claimed of a script that does not come to its end at once; `count` is how many statements it was stopped after.
fn interrupted(count: Option<usize>) -> String {
    let each = count.map_or_else(
        || "each statement".to_owned(),
        |it| format!("each of {it} statements"),
    );
    format!("interrupted after {each} and run again, it ends like an undisturbed run")
}

/// One release, and how its claims are told.
struct Trial<'a> {
    request: &'a Request<'a>,
    pack: &'a Pack,
    server: &'a Server,
    progress: Progress<'a>,
    claims: Vec<Claim>,
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
    let trial = || Trial {
        request,
        pack,
        server,
        progress,
        claims: Vec::new(),
        preflight: psql::preflight::script(pack),
        upgrade: psql::upgrade(pack),
        verify: psql::verify::script(pack),
        rollback: psql::rollback(pack),
        fidelity: fidelity.clone(),
        left: left.clone(),
        steps: steps.clone(),
    };
    let untried = request.untried(&trial().steps);
    let from = |origin: &Point| {
        let mut trial = trial();
        match &untried {
            None => trial.from(origin)?,
            Some(why) => trial.not_from(origin, why),
        }
        Ok(trial.claims)
    };
    let claims: Result<Vec<Vec<Claim>>, Stop> = pack.from.par_iter().map(from).collect();
    Ok(claims?.concat())
}

impl<'a> Trial<'a> {
    fn claim(&mut self, about: &str, claim: String, outcome: Outcome) {
        let about = format!("{} {about}", self.pack.version);
        let claim = Claim::new(about, claim, outcome);
        (self.progress)(&claim);
        self.claims.push(claim);
    }

    /// What came of a trial with these faults.
    fn judged(&self, faults: &[String]) -> Outcome {
        judged(self.server, faults)
    }

    /// Nothing from one origin.
    fn not_from(&mut self, origin: &Point, why: &str) {
        for script in ["preflight.sql", "upgrade.sql", "verify.sql", "rollback.sql"] {
            let claim = format!("it does what it says from {}", origin.name);
            let why = why.to_owned();
            self.claim(script, claim, Outcome::NotProved { why });
        }
    }

    fn starts(&self, origin: &Point, has_rows: bool) -> Result<Result<Starts<'a>, Stuck>, Stop> {
        Starts::new(self.request, self.server, &self.steps, origin, has_rows)
    }

    /// Everything from one origin.
    fn from(&mut self, origin: &Point) -> Result<(), Stop> {
        let name = &origin.name;
        let starts = match self.starts(origin, true)? {
            Ok(starts) => starts,
            Err(Stuck(why)) => {
                let claim = format!("it runs from {name} on tables with rows");
                self.claim("upgrade.sql", claim, Outcome::NotProved { why });
                match self.starts(origin, false)? {
                    Ok(starts) => starts,
                    Err(Stuck(why)) => {
                        let claim = format!("it runs from {name}");
                        let outcome = self.judged(&[why]);
                        self.claim("upgrade.sql", claim, outcome);
                        return Ok(());
                    }
                }
            }
        };
        let count = starts.all.len();
        if starts.is_cut {
            let why = format!("there are more than {STARTS} points between {name} and the head");
            let claim = format!("it runs from every point between {name} and the head");
            self.claim("upgrade.sql", claim, Outcome::NotProved { why });
        }
        let plain = Plain::new(self.request, &starts)?;
        let points = format!(
            "{count} {} from {name} on",
            if count == 1 { "point" } else { "points" }
        );
        let undisturbed = self.upgrades(&starts, &plain, &points)?;
        // Where rows stop the whole rollback, it is tried without any.
        let mut empty = None;
        if let Some(why) = self.stopped_by_rows(origin, &starts)? {
            let claim = format!("it leads back to {name} on tables with rows");
            self.claim("rollback.sql", claim, Outcome::NotProved { why });
            if let Ok(starts) = self.starts(origin, false)? {
                let plain = Plain::new(self.request, &starts)?;
                empty = Some((starts, plain));
            }
        }
        let (bare, bare_plain) = match &empty {
            Some((starts, plain)) => (starts, plain),
            None => (&starts, &plain),
        };
        self.back(origin, bare, bare_plain, &points)?;
        if self.request.trials == Trials::Undisturbed {
            return Ok(());
        }
        self.stops(origin, &starts, &plain)?;
        self.refusals(origin, &starts)?;
        self.keeps_rows(origin, &starts)?;
        self.notices(origin, &starts)?;
        if self.request.trials == Trials::Quick {
            let claim = format!("{}, from {name}", interrupted(None));
            let why = "interruptions were not tried (--quick)".to_owned();
            self.claim("upgrade.sql", claim, Outcome::NotProved { why });
        } else if let Some(end) = undisturbed {
            self.interrupt_upgrade(&starts, origin, &end, &plain)?;
            self.interrupt_rollback(bare, origin, bare_plain)?;
        }
        Ok(())
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

    /// The upgrade from every point, with what is asked before and after it. Gives what it makes.
    fn upgrades(
        &mut self,
        starts: &Starts<'_>,
        plain: &Plain,
        points: &str,
    ) -> Result<Option<Seen>, Stop> {
        let graph = &self.request.compiled.graph;
        let revisions = self.revisions();
        let upgrade = revisions.flat_map(ReplayedRevision::operations);
        let mut faults = left_out(&self.upgrade, upgrade);
        let mut preflight = Vec::new();
        let mut verify = Vec::new();
        let mut undisturbed = None;
        let below = &starts.origin().set;
        let order = graph.sorted(self.steps.iter().copied());
        for Start { stage, set } in &starts.all {
            let mut stage = stage.fork()?;
            let at = at(&stage);
            if set.len() < starts.head().set.len() {
                let said = stage.apply(&[], &self.verify)?;
                if said.status != Some(3) {
                    verify.push(format!("{at}it does not see that the upgrade has not run"));
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
            faults.extend(failure(&format!("{at}a second time, "), &said));
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
            undisturbed.get_or_insert(end);
        }
        self.claim(
            "preflight.sql",
            format!("it lets the upgrade begin at {points}"),
            self.judged(&preflight),
        );
        self.claim(
            "upgrade.sql",
            format!("it runs at {points}, makes what the model says, and changes nothing when it runs again"),
            self.judged(&faults),
        );
        self.claim(
            "verify.sql",
            format!("it passes after the upgrade at {points}, and not before"),
            self.judged(&verify),
        );
        Ok(undisturbed)
    }

    /// The rollback from every point.
    fn back(
        &mut self,
        origin: &Point,
        starts: &Starts<'_>,
        plain: &Plain,
        points: &str,
    ) -> Result<(), Stop> {
        let back = self.revisions().flat_map(|it| it.downgrade.operations());
        let mut faults = left_out(&self.rollback, back);
        let (mut refused, mut stopped) = (0, 0);
        let below = &starts.origin().set;
        for Start { stage, set } in &starts.all {
            let mut stage = stage.fork()?;
            let at = at(&stage);
            let before = stage.seen().clone();
            let said = stage.apply(&self.back_to(origin), &self.rollback)?;
            stage.look()?;
            let after = stage.seen().clone();
            if self.is_irreversible(set.difference(below)) {
                refused += 1;
                let is_refused =
                    said.status == Some(3) && said.stderr.contains("cannot be taken back");
                let changes = stage.changes(&before, &after, &Fidelity::default())?;
                if !is_refused || !changes.is_empty() {
                    faults.push(format!(
                        "{at}what cannot be taken back is not refused: {}",
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
        let mut claim = format!("it leads back at {points} and restores what was");
        if refused > 0 {
            claim =
                format!("{claim}, but for {refused} where it refuses what cannot be taken back");
        }
        if stopped > 0 {
            claim = format!("{claim}, but for {stopped} where it stops on rows, as it says");
        }
        self.claim("rollback.sql", claim, self.judged(&faults));
        Ok(())
    }

    /// Both scripts with a stop at each revision on the way, where the database must be what it was when the revisions ran
    /// one by one.
    fn stops(&mut self, origin: &Point, starts: &Starts<'_>, plain: &Plain) -> Result<(), Stop> {
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
            return Ok(());
        }
        let claim = format!(
            "stopped at {count} {} on the way, they leave what the revisions alone do, from {} on",
            if count == 1 { "point" } else { "points" },
            origin.name
        );
        self.claim("upgrade.sql and rollback.sql", claim, self.judged(&faults));
        Ok(())
    }

    /// The upgrade, interrupted after each statement, and run again from there; where a revision is half done then, the
    /// rollback, too.
    fn interrupt_upgrade(
        &mut self,
        starts: &Starts<'_>,
        origin: &Point,
        end: &Seen,
        plain: &Plain,
    ) -> Result<(), Stop> {
        let mut stage = starts.origin().stage.fork()?;
        let goes_back = !self.is_irreversible(self.steps.iter());
        let mut before = stage.reached()?;
        let (mut tried, mut unlike) = (0, Vec::new());
        let mut stops = |stage: &Stage<'_>| {
            let reached = stage.reached()?;
            if goes_back && reached.is_half_after(&before) {
                tried += 1;
                unlike.extend(self.back_from_half(stage, starts, origin)?);
            }
            before = reached;
            Ok(())
        };
        let (count, faults) = interrupt(
            &mut stage,
            &[],
            &self.upgrade,
            end,
            plain.there(&starts.head().set),
            &mut stops,
        )?;
        let claim = format!("{}, from {}", interrupted(Some(count)), origin.name);
        self.claim("upgrade.sql", claim, self.judged(&faults));
        if tried > 0 {
            let claim = format!(
                "it leads back from the {tried} {} where upgrade.sql leaves a revision half done, to {}",
                if tried == 1 { "place" } else { "places" },
                origin.name
            );
            self.claim("rollback.sql", claim, self.judged(&unlike));
        }
        Ok(())
    }

    /// The rollback of an upgrade that was left in the midst of a revision: to the origin, and to what stands below.
    fn back_from_half(
        &self,
        half: &Stage<'_>,
        starts: &Starts<'_>,
        origin: &Point,
    ) -> Result<Vec<String>, Stop> {
        let mut faults = Vec::new();
        let mut stage = half.fork()?;
        stage.look()?;
        let rows = stage.seen().rows.clone();
        let below = starts.all.iter().find(|it| it.stage.rows() == rows);
        let row = rows.first().map_or("base", |it| it.as_str());
        let mut to_row = ACCEPT.map(str::to_owned).to_vec();
        to_row.extend(["-v".to_owned(), format!("to={row}")]);
        let below = below.filter(|_| rows.len() < 2).map(|it| (to_row, it));
        let origin = (self.back_to(origin), starts.origin());
        for (arguments, start) in [origin].into_iter().chain(below) {
            let mut stage = half.fork()?;
            let said = stage.apply(&arguments, &self.rollback)?;
            let at = format!(
                "in the midst of what follows {row}, {}",
                arguments.join(" ")
            );
            if let Some(failed) = failure(&format!("{at}: "), &said) {
                if !(self.fidelity.has(Loss::MayFailOnRows) && is_of_rows(&failed)) {
                    faults.push(failed);
                }
                continue;
            }
            stage.look()?;
            let seen = stage.seen().clone();
            let differences =
                stage.restored_but(start.stage.seen(), &seen, &self.fidelity, &self.left)?;
            faults.extend(differences.iter().map(|it| format!("{at}: {it}")));
            if seen.rows != start.stage.seen().rows {
                faults.push(format!("{at}: the version table holds other rows"));
            }
        }
        Ok(faults)
    }

    /// The same of the rollback from the head.
    fn interrupt_rollback(
        &mut self,
        starts: &Starts<'_>,
        origin: &Point,
        plain: &Plain,
    ) -> Result<(), Stop> {
        let about = format!("{}, to {}", interrupted(None), origin.name);
        let head = &starts.head().stage;
        if self.is_irreversible(self.steps.iter()) {
            let why = "a revision cannot be taken back".to_owned();
            self.claim("rollback.sql", about, Outcome::NotProved { why });
            return Ok(());
        }
        let arguments = self.back_to(origin);
        let mut whole = head.fork()?;
        let said = whole.apply(&arguments, &self.rollback)?;
        if let Some(failed) = failure("", &said) {
            let outcome = if self.fidelity.has(Loss::MayFailOnRows) && is_of_rows(&failed) {
                Outcome::NotProved { why: failed }
            } else {
                self.judged(&[failed])
            };
            self.claim("rollback.sql", about, outcome);
            return Ok(());
        }
        whole.look()?;
        let end = whole.seen().clone();
        let mut stage = head.fork()?;
        let (count, faults) = interrupt(
            &mut stage,
            &arguments,
            &self.rollback,
            &end,
            plain.back(&starts.origin().set),
            &mut |_| Ok(()),
        )?;
        let claim = format!("{}, to {}", interrupted(Some(count)), origin.name);
        self.claim("rollback.sql", claim, self.judged(&faults));
        Ok(())
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

/// Runs a script again and again, each time one statement further than before, and at last the whole. A run finds what
/// those before have done, and repeats what they have not. With rows, these must be there at the end. `stops` sees the
/// database after each run.
fn interrupt(
    stage: &mut Stage<'_>,
    arguments: &[String],
    script: &str,
    end: &Seen,
    rows: Option<&Rows>,
    stops: &mut dyn FnMut(&Stage<'_>) -> Result<(), Stop>,
) -> Result<(usize, Vec<String>), Stop> {
    let ends = ends(script);
    for end in &ends {
        stage.apply(arguments, &script[..*end])?;
        stops(stage)?;
    }
    let said = stage.apply(arguments, script)?;
    let mut faults: Vec<String> = failure("", &said).into_iter().collect();
    stage.look()?;
    let seen = stage.seen().clone();
    faults.extend(stage.changes(end, &seen, &Fidelity::default())?);
    if let Some(rows) = rows {
        faults.extend(rows.differences(stage)?);
    }
    if seen.rows != end.rows {
        faults.push("the version table holds other rows than after an undisturbed run".to_owned());
    }
    Ok((ends.len(), faults))
}

fn rows_are(seen: &Seen, point: &Point, at: &str) -> Option<String> {
    let expected: BTreeSet<_> = point.revision.iter().cloned().collect();
    (seen.rows != expected).then(|| {
        format!(
            "{at}the version table holds other rows than that of {}",
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
    missing.map(|it| format!("it leaves out: {it}")).collect()
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

/// Where the statements of a script end: behind a semicolon, or behind the line of what psql sends in its place.
fn ends(script: &str) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut line_end = 0;
    for token in lex(script, 0, script.len()).unwrap_or_default() {
        let (start, end) = (token.start as usize, token.end as usize);
        if start < line_end {
            // The rest of a command's line.
            continue;
        }
        match &script[start..end] {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => ends.push(end),
            "\\" => {
                let rest = &script[start..];
                line_end = start + rest.find('\n').map_or(rest.len(), |it| it + 1);
                if rest.starts_with("\\g") {
                    ends.push(line_end);
                }
            }
            _ => {}
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn statements_end_where_psql_sends_them() {
        let script = "select ';', (1) \\gset\n\\if :a\nbegin; do $$ x; $$;\n\\endif\n";
        let pieces: Vec<&str> = ends(script)
            .iter()
            .map(|it| script[..*it].lines().last().unwrap())
            .collect();
        assert_eq!(
            pieces,
            ["select ';', (1) \\gset", "begin;", "begin; do $$ x; $$;"]
        );
    }
}
