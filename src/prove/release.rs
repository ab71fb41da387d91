//! Releases: the scripts of the bundle themselves, from everywhere where they may start, whole and interrupted.

use std::collections::{BTreeSet, VecDeque};

use crate::bundle::proof::{Claim, Outcome};
use crate::graph::{Edges, RevisionIndex};
use crate::operation::{Fidelity, Loss};
use crate::schema::Schema;
use crate::script::pack::{Pack, Point, WayBack};
use crate::script::psql;
use crate::token::lex;

use super::history::is_of_rows;
use super::server::{Output, Server};
use super::stage::{Seen, Stage};
use super::{Progress, Stop, Subject, WANTED, rows};

/// More starts than that are not tried: branches side by side have very many.
const STARTS: usize = 48;

/// What a run of the rollback is given.
const ACCEPT: [&str; 2] = ["-v", "accept_data_loss=1"];

/// One release, and how its claims are told.
struct Trial<'a> {
    subject: &'a Subject<'a>,
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
    /// The revisions of the release.
    steps: Vec<RevisionIndex>,
}

/// Databases from the origin of a release to its head.
struct Starts<'a> {
    /// The first one is the origin.
    stages: Vec<(Stage<'a>, BTreeSet<RevisionIndex>)>,
    /// Whether there are more.
    is_cut: bool,
}

/// Why revisions do not run one by one.
struct Stuck(String);

/// Tries the scripts of a release.
pub(super) fn prove(
    subject: &Subject<'_>,
    pack: &Pack,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Vec<Claim>, Stop> {
    let graph = &subject.compiled.graph;
    let mut fidelity = Fidelity::default();
    for step in &pack.steps {
        fidelity.add(&step.downgrade.fidelity());
    }
    let mut trial = Trial {
        subject,
        pack,
        server,
        progress,
        claims: Vec::new(),
        preflight: psql::preflight::script(pack),
        upgrade: psql::upgrade(pack),
        verify: psql::verify::script(pack),
        rollback: psql::rollback(pack),
        fidelity,
        steps: pack
            .steps
            .iter()
            .filter_map(|it| graph.with_id(&it.revision))
            .collect(),
    };
    for origin in &pack.from {
        trial.from(origin)?;
    }
    Ok(trial.claims)
}

impl<'a> Trial<'a> {
    fn claim(&mut self, about: &str, claim: String, outcome: Outcome) {
        let about = format!("{} {about}", self.pack.version);
        let claim = Claim::new(about, claim, outcome);
        (self.progress)(&claim);
        self.claims.push(claim);
    }

    /// Everything from one origin.
    fn from(&mut self, origin: &Point) -> Result<(), Stop> {
        let name = &origin.name;
        let starts = match self.starts(origin, WANTED)? {
            Ok(starts) => starts,
            Err(Stuck(why)) => {
                let claim = format!("it runs from {name} on tables with rows");
                self.claim("upgrade.sql", claim, Outcome::NotProved { why });
                match self.starts(origin, 0)? {
                    Ok(starts) => starts,
                    Err(Stuck(why)) => {
                        let claim = format!("it runs from {name}");
                        self.claim("upgrade.sql", claim, Outcome::Failed { why });
                        return Ok(());
                    }
                }
            }
        };
        let count = starts.stages.len();
        if starts.is_cut {
            let why = format!("there are more than {STARTS} points between {name} and the head");
            let claim = format!("it runs from every point between {name} and the head");
            self.claim("upgrade.sql", claim, Outcome::NotProved { why });
        }
        let mut faults = Vec::new();
        let mut preflight = Vec::new();
        let mut verify = Vec::new();
        let mut undisturbed = None;
        let (_, below) = &starts.stages[0];
        for (stage, _) in &starts.stages {
            let mut stage = stage.fork()?;
            let at = at(&stage);
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
            faults.extend(
                stage
                    .against(&self.pack.after, &end)?
                    .iter()
                    .map(|it| format!("{at}{it}")),
            );
            faults.extend(rows_are(&end, &self.pack.to, &at));
            let said = stage.apply(&[], &self.verify)?;
            if !self.is_of_old_asserts(&said, below) {
                verify.extend(failure(&at, &said));
            }
            let said = stage.apply(&[], &self.upgrade)?;
            faults.extend(failure(&format!("{at}a second time, "), &said));
            stage.look()?;
            let again = stage.seen().clone();
            let differences = stage.changes(&end, &again, &Fidelity::default())?;
            faults.extend(
                differences
                    .iter()
                    .map(|it| format!("{at}a second run changes something: {it}")),
            );
            if undisturbed.is_none() {
                let rows = stage.rows_of(&rows::snapshot(&self.pack.after))?;
                undisturbed = Some((end, rows));
            }
        }
        let points = format!(
            "{count} {} from {name} on",
            if count == 1 { "point" } else { "points" }
        );
        self.claim(
            "preflight.sql",
            format!("it lets the upgrade begin at {points}"),
            Outcome::of(&preflight),
        );
        self.claim(
            "upgrade.sql",
            format!("it runs at {points}, makes what the model says, and changes nothing when it runs again"),
            Outcome::of(&faults),
        );
        self.claim(
            "verify.sql",
            format!("it passes after the upgrade at {points}"),
            Outcome::of(&verify),
        );
        self.back(origin, &starts, &points)?;
        self.stops(origin, &starts)?;
        if let Some((end, rows)) = undisturbed {
            self.interrupt_upgrade(&starts, name, &end, &rows)?;
            self.interrupt_rollback(&starts, origin)?;
        }
        Ok(())
    }

    /// The databases from which the upgrade may start, each with rows.
    fn starts(&self, origin: &Point, wanted: usize) -> Result<Result<Starts<'a>, Stuck>, Stop> {
        let graph = &self.subject.compiled.graph;
        let below = origin.revision.as_ref().and_then(|it| graph.with_id(it));
        let below = graph.ancestors(below.as_slice(), Edges::All);
        let below: BTreeSet<RevisionIndex> = below.iter().collect();
        let mut first = Stage::new(self.subject, self.server)?;
        if let Err(why) = first.stand_on(&graph.sorted(below.iter().copied()))? {
            return Ok(Err(Stuck(why)));
        }
        if wanted > 0 {
            first.must("filling the tables", &rows::fill(first.schema(), wanted))?;
        }
        let mut known: BTreeSet<BTreeSet<RevisionIndex>> = [below.clone()].into();
        let mut starts = Starts {
            stages: vec![(first, below)],
            is_cut: false,
        };
        let mut open: VecDeque<usize> = [0].into();
        while let Some(at) = open.pop_front() {
            let below = starts.stages[at].1.clone();
            for revision in &self.steps {
                let is_next = !below.contains(revision)
                    && graph.predecessors(*revision).all(|it| below.contains(&it));
                if !is_next {
                    continue;
                }
                let mut set = below.clone();
                set.insert(*revision);
                if known.contains(&set) {
                    continue;
                }
                if starts.stages.len() == STARTS {
                    starts.is_cut = true;
                    return Ok(Ok(starts));
                }
                let mut stage = starts.stages[at].0.fork()?;
                let scripts = stage.scripts(*revision)?;
                if let Err(why) = stage.run("the upgrade", &scripts.there, &scripts.after)? {
                    let id = graph.id(*revision);
                    let verb = if is_of_rows(&why) {
                        "stops on some rows"
                    } else {
                        "fails"
                    };
                    return Ok(Err(Stuck(format!("revision {id} {verb}: {why}"))));
                }
                known.insert(set.clone());
                open.push_back(starts.stages.len());
                starts.stages.push((stage, set));
            }
        }
        Ok(Ok(starts))
    }

    /// The rollback from every point.
    fn back(&mut self, origin: &Point, starts: &Starts<'_>, points: &str) -> Result<(), Stop> {
        let mut faults = Vec::new();
        let (mut refused, mut stopped) = (0, 0);
        let (first, below) = &starts.stages[0];
        for (stage, set) in &starts.stages {
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
            let differences = stage.changes(first.seen(), &after, &self.fidelity)?;
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
        self.claim("rollback.sql", claim, Outcome::of(&faults));
        Ok(())
    }

    /// Both scripts with a stop at each revision on the way, where the database must be what it was when the revisions ran
    /// one by one.
    fn stops(&mut self, origin: &Point, starts: &Starts<'_>) -> Result<(), Stop> {
        let mut way: Vec<&(Stage<'_>, BTreeSet<RevisionIndex>)> = Vec::new();
        for start in &starts.stages {
            let is_above = way.last().is_none_or(|it| it.1.is_subset(&start.1));
            if is_above && start.0.rows().len() == 1 {
                way.push(start);
            }
        }
        let (first, below) = &starts.stages[0];
        let mut stage = first.fork()?;
        let mut faults = Vec::new();
        let mut go = |stage: &mut Stage<'_>, to: &Stage<'_>, script: &str, fidelity: &Fidelity| {
            let at = at(to).replace("from ", "at ");
            let rows = to.rows();
            let row = rows.first().map_or("base", |it| it.as_str());
            let mut arguments = ACCEPT.map(str::to_owned).to_vec();
            arguments.extend(["-v".to_owned(), format!("to={row}")]);
            let said = stage.apply(&arguments, script)?;
            faults.extend(failure(&at, &said));
            stage.look()?;
            let seen = stage.seen().clone();
            let differences = stage.changes(to.seen(), &seen, fidelity)?;
            faults.extend(differences.iter().map(|it| format!("{at}{it}")));
            Ok::<bool, Stop>(said.status == Some(0))
        };
        let mut is_going = true;
        let mut count = 0;
        for (to, _) in way.iter().filter(|it| it.1.len() > below.len()) {
            is_going = is_going && go(&mut stage, to, &self.upgrade, &Fidelity::default())?;
            count += usize::from(is_going);
        }
        let mut top = way.last().map(|it| &it.1);
        for (to, set) in way.iter().rev().skip(1) {
            let is_blocked = top.is_some_and(|top| self.is_irreversible(top.difference(set)));
            if is_blocked {
                break;
            }
            top = Some(set);
            is_going = is_going && go(&mut stage, to, &self.rollback, &self.fidelity)?;
            count += usize::from(is_going);
        }
        if self.fidelity.has(Loss::MayFailOnRows) {
            faults.retain(|it| !is_of_rows(it));
        }
        let claim = format!(
            "stopped at {count} points on the way, they leave what the revisions alone do, from {} on",
            origin.name
        );
        self.claim("upgrade.sql and rollback.sql", claim, Outcome::of(&faults));
        Ok(())
    }

    /// The upgrade, interrupted after each statement, and run again from there.
    fn interrupt_upgrade(
        &mut self,
        starts: &Starts<'_>,
        name: &str,
        end: &Seen,
        rows: &str,
    ) -> Result<(), Stop> {
        let mut stage = starts.stages[0].0.fork()?;
        let (count, faults) = interrupt(
            &mut stage,
            &[],
            &self.upgrade,
            end,
            Some((rows, &self.pack.after)),
        )?;
        let claim = format!(
            "interrupted after each of {count} statements and run again, it ends like an undisturbed run, from {name}"
        );
        self.claim("upgrade.sql", claim, Outcome::of(&faults));
        Ok(())
    }

    /// The same of the rollback from the head.
    fn interrupt_rollback(&mut self, starts: &Starts<'_>, origin: &Point) -> Result<(), Stop> {
        let about = format!(
            "interrupted after each statement and run again, it ends like an undisturbed run, to {}",
            origin.name
        );
        let Some((head, _)) = starts
            .stages
            .iter()
            .find(|it| self.steps.iter().all(|step| it.1.contains(step)))
        else {
            let why = "no start is the head".to_owned();
            self.claim("rollback.sql", about, Outcome::NotProved { why });
            return Ok(());
        };
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
                Outcome::Failed { why: failed }
            };
            self.claim("rollback.sql", about, outcome);
            return Ok(());
        }
        whole.look()?;
        let (end, rows) = (
            whole.seen().clone(),
            whole.rows_of(&rows::snapshot(&self.pack.before))?,
        );
        let rows = (self.pack.from.len() == 1).then_some((rows.as_str(), &self.pack.before));
        let mut stage = head.fork()?;
        let (count, faults) = interrupt(&mut stage, &arguments, &self.rollback, &end, rows)?;
        let claim = about.replace("each statement", &format!("each of {count} statements"));
        self.claim("rollback.sql", claim, Outcome::of(&faults));
        Ok(())
    }

    fn is_irreversible<'b>(&self, mut revisions: impl Iterator<Item = &'b RevisionIndex>) -> bool {
        let graph = &self.subject.compiled.graph;
        revisions.any(|it| {
            let id = graph.id(*it);
            self.pack.steps.iter().any(|step| {
                step.revision == *id && matches!(step.downgrade, WayBack::Irreversible(_))
            })
        })
    }

    /// The arguments of a rollback to `origin`.
    fn back_to(&self, origin: &Point) -> Vec<String> {
        let mut arguments = ACCEPT.map(str::to_owned).to_vec();
        if self.pack.from.len() > 1 {
            let to = origin.revision.as_deref().unwrap_or("base");
            arguments.extend(["-v".to_owned(), format!("to={to}")]);
        }
        arguments
    }

    /// Whether `verify.sql` stopped at nothing but what revisions below the origin assert of rows: those that are made up
    /// came after them.
    fn is_of_old_asserts(&self, said: &Output, below: &BTreeSet<RevisionIndex>) -> bool {
        let graph = &self.subject.compiled.graph;
        let old = |it: &str| graph.with_id(it).is_some_and(|it| below.contains(&it));
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
/// those before have done, and repeats what they have not. With rows, those of the tables of a schema must be these at the
/// end.
fn interrupt(
    stage: &mut Stage<'_>,
    arguments: &[String],
    script: &str,
    end: &Seen,
    rows: Option<(&str, &Schema)>,
) -> Result<(usize, Vec<String>), Stop> {
    let ends = ends(script);
    for end in &ends {
        stage.apply(arguments, &script[..*end])?;
    }
    let said = stage.apply(arguments, script)?;
    let mut faults: Vec<String> = failure("", &said).into_iter().collect();
    stage.look()?;
    let seen = stage.seen().clone();
    faults.extend(stage.changes(end, &seen, &Fidelity::default())?);
    if let Some((rows, schema)) = rows {
        let table_rows = stage.rows_of(&rows::snapshot(schema))?;
        if table_rows != rows {
            faults.push("the rows of tables are others than after an undisturbed run".to_owned());
        }
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
