//! Every revision there, back and there again, in the order of the graph, on one database.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::bundle::proof::{Claim, Outcome};
use crate::compile;
use crate::graph::RevisionIndex;
use crate::inverse::{Fidelity, Loss};
use crate::name::Name;
use crate::prove::reason::{is_demand, is_of_rows};
use crate::prove::request::{Event, Progress, Request, Stop};
use crate::prove::rows::Cells;
use crate::prove::server::Server;
use crate::prove::stage::{Scripts, Stage, UNREADABLE};
use crate::prove::usable::Usable;
use crate::prove::{cluster_wide, rows, values};
use crate::replay::{self, WayBack};

/// What the tables hold while revisions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    None,
    Generated,
}

/// Tries the revisions of `request`.
pub(super) fn prove(
    request: &Request<'_>,
    server: &Server,
    rows: Rows,
    progress: Progress<'_>,
) -> Result<Vec<Claim>, Stop> {
    let mut stage = Stage::new(request, server)?;
    let mut broken = match request.untried(&request.before) {
        Some(why) => Some(why),
        None => stage.stand_on(&request.before)?.err(),
    };
    progress(Event::Planned(request.revisions.len()));
    let wide = cluster_wide::changes(request.compiled);
    let mut claims: Vec<Claim> = Vec::new();
    for revision in &request.revisions {
        let id = request.compiled.graph.id(*revision);
        broken = broken.or_else(|| wide.get(revision).cloned());
        let (claim, outcome) = match (&broken, rows) {
            (Some(broken), Rows::None) => (claim_of_empty(request, *revision), after(broken)),
            (Some(broken), Rows::Generated) => (WITH_ROWS.to_owned(), after(broken)),
            (None, Rows::None) => (
                claim_of_empty(request, *revision),
                empty(&mut stage, *revision)?,
            ),
            (None, Rows::Generated) => with_rows(&mut stage, *revision)?,
        };
        let claim = Claim::new(format!("revision {id}"), claim, outcome);
        if claim.failed() {
            broken = Some(format!("revision {id}, which runs earlier, failed"));
        } else if broken.is_none() && lacks_right(&claim) && !stage.stands()? {
            broken = Some(format!(
                "revision {id}, which runs earlier, needs more rights than the owner of a database has"
            ));
        }
        progress(Event::Ran);
        progress(Event::Claimed(&claim));
        claims.push(claim);
    }
    Ok(claims)
}

/// All revisions in one script, up to the head and back to the base, as a database administrator gets them.
pub(super) fn in_one(
    request: &Request<'_>,
    server: &Server,
    progress: Progress<'_>,
) -> Result<Option<Claim>, Stop> {
    let Request {
        sources,
        config,
        compiled,
        ..
    } = *request;
    let graph = &compiled.graph;
    let heads = graph.heads();
    if !request.before.is_empty()
        || request.revisions.len() < graph.len()
        || heads.len() != 1
        || request.untried(&heads).is_some()
    {
        return Ok(None);
    }
    let mut fidelity = Fidelity::default();
    for it in &compiled.replayed.revisions {
        for step in it.downgrade.steps() {
            fidelity.add(&step.fidelity);
        }
    }
    let mut stage = Stage::new(request, server)?;
    let before = stage.seen().clone();
    let rows = graph.ids(&heads).into_iter().collect();
    let up = compiled.upgrade(sources, config, "head")?;
    let mut claim = "one script with all revisions gives the expected schema".to_owned();
    let outcome = match stage.run("`upgrade head`", &up, &rows)? {
        Err(why) if is_demand(&why) => Outcome::NotProved { why },
        Err(why) => stage.judged(&[why]),
        Ok(seen) => {
            let mut faults = stage.against_whole(&seen)?;
            if let Ok(down) = compiled.downgrade(sources, config, "head:base") {
                claim += ", and one script with all downgrades restores the original schema";
                match stage.run("`downgrade head:base`", &down, &BTreeSet::new())? {
                    Ok(seen) => {
                        let history = compile::history(sources, config, graph);
                        let left = replay::remains(history, &compiled.replayed, graph.order())?;
                        faults.extend(told(
                            "after all downgrades, ",
                            &stage.restored(&before, &seen, &fidelity, left.as_ref())?,
                        ));
                    }
                    Err(why) => faults.push(why),
                }
            }
            stage.judged(&faults)
        }
    };
    let claim = Claim::new("history", claim, outcome);
    progress(Event::Claimed(&claim));
    Ok(Some(claim))
}

/// Whether PostgreSQL refused something for want of a right.
fn lacks_right(claim: &Claim) -> bool {
    matches!(&claim.outcome, Outcome::NotProved { why } if crate::prove::request::lacks_right(why))
}

fn claim_of_empty(request: &Request<'_>, revision: RevisionIndex) -> String {
    match request.compiled.replayed.revisions[revision.index()].downgrade {
        WayBack::Irreversible(_) => "the upgrade runs and gives the expected schema; there is no downgrade",
        WayBack::Steps(_) | WayBack::Written { .. } => "the upgrade runs and gives the expected schema, the downgrade restores the original one, and both run again",
    }
    .to_owned()
}

const WITH_ROWS: &str = "it runs on tables with rows";

fn after(broken: &str) -> Outcome {
    Outcome::NotProved {
        why: broken.to_owned(),
    }
}

/// There, back and there again without rows of ours.
fn empty(stage: &mut Stage<'_>, revision: RevisionIndex) -> Result<Outcome, Stop> {
    let before = stage.seen().clone();
    let old = stage.schema().clone();
    let scripts = stage.scripts(revision)?;
    let mut there = stage.run("the upgrade", &scripts.there, &scripts.after)?;
    if there.as_ref().is_err_and(|why| is_demand(why)) {
        // What it asks for, rows may have.
        stage.fill_as(&old)?;
        there = stage.run("the upgrade", &scripts.there, &scripts.after)?;
    }
    let there = match there {
        Ok(seen) => seen,
        Err(why) if is_demand(&why) => return Ok(Outcome::NotProved { why }),
        Err(why) => return Ok(stage.judged(&[why])),
    };
    let mut faults = scripts.faults.clone();
    faults.extend(stage.against_model(&there)?);
    faults.extend(stage.misplaced(&old, &there));
    let runs_again = stage.step("the upgrade", &scripts.there, &scripts.after)?;
    if !runs_again
        .is_err_and(|it| it.contains("limbeck: refused: this step needs the database at "))
    {
        faults.push("the upgrade is not refused although it has already run".to_owned());
    }
    if let Some(back) = &scripts.back {
        let again = match stage.run("the downgrade", back, &scripts.before)? {
            Ok(seen) => seen,
            Err(why) => return Ok(stage.judged(&[why])),
        };
        faults.extend(told(
            "after the downgrade, ",
            &stage.restored(&before, &again, &scripts.fidelity, scripts.left.as_ref())?,
        ));
        match stage.run("the second upgrade", &scripts.there, &scripts.after)? {
            Ok(again) => {
                let differences = stage.changes(&there, &again, &Fidelity::default())?;
                faults.extend(told("after the second upgrade, ", &differences));
            }
            Err(why) => faults.push(why),
        }
    }
    Ok(stage.judged(&faults))
}

fn told(when: &str, differences: &[String]) -> Vec<String> {
    differences.iter().map(|it| format!("{when}{it}")).collect()
}

/// There, back and there again where each table has rows, and back once more with rows that came after the upgrade. The
/// claim says what of the rows is kept.
fn with_rows(stage: &mut Stage<'_>, revision: RevisionIndex) -> Result<(String, Outcome), Stop> {
    let old = stage.schema().clone();
    let held = stage.held()?;
    stage.fill_for(&held, &[revision])?;
    let empty = stage.rows_of(&rows::unfilled(&held))?;
    let empty: Vec<&str> = empty.lines().filter(|it| !it.is_empty()).collect();
    let mut claim = WITH_ROWS.to_owned();
    if !empty.is_empty() {
        claim = format!("{claim} (no row fits in {})", empty.join(", "));
    }
    let questions = values::questions(stage.operations(revision), &old);
    let mut expected = Vec::with_capacity(questions.len());
    for question in &questions {
        expected.push(stage.perhaps(&question.before)?);
    }
    let untouched = stage.fork_with_triggers(revision)?;
    let scripts = stage.scripts(revision)?;
    let touched = values::touched(stage.operations(revision), &old, stage.schema());
    let positions = values::positions(stage.operations(revision), &old);
    let cells = rows::cells(&held);
    let remade = values::remade(stage.operations(revision));
    let usable = Usable::of(stage, &held, &touched)?;
    let before = State::of(stage, &cells, &positions, &scripts.fidelity)?;
    match stage.step("the upgrade", &scripts.there, &scripts.after)? {
        Ok(()) => {}
        // Rows that nobody said were there: the revision is no worse for it, but who applies it must know.
        Err(why) if is_of_rows(&why) && stage.without_rows()? => {
            let why = format!("it fails on some rows: {why}");
            return Ok((claim, Outcome::NotProved { why }));
        }
        Err(why) => return Ok((claim, stage.judged(&[why]))),
    }
    let mut faults = unlike(stage, &questions, expected)?;
    let held_now = stage.held()?;
    let change = usable.until(&Usable::of(stage, &held_now, &touched)?);
    claim += &change.claim();
    faults.extend(change.faults);
    let doubt = (!change.doubts.is_empty()).then(|| change.doubts.join("\n"));
    let Some(back) = &scripts.back else {
        claim += ", and has no downgrade";
        return Ok((claim, decided(stage, &faults, doubt)));
    };
    claim = format!(
        "{claim}, and its downgrade does what it declares: {}",
        scripts.fidelity
    );
    let meanwhile = stage.rows_of(rows::ALL_PLACES)?;
    match stage.step("the downgrade", back, &scripts.before)? {
        Ok(()) => {}
        Err(why) if is_of_rows(&why) && stage.without_rows()? => {
            if !scripts.fidelity.has(Loss::MayFailOnRows) && !scripts.runs_text {
                faults.push(format!("it fails on rows without declaring it: {why}"));
            }
            let why = format!("the downgrade fails on some rows: {why}");
            let why = doubt.map_or_else(|| why.clone(), |doubt| format!("{doubt}\n{why}"));
            return Ok((claim, decided(stage, &faults, Some(why))));
        }
        Err(why) => {
            faults.push(why);
            return Ok((claim, stage.judged(&faults)));
        }
    }
    let mut unknown = doubt;
    let after = State::of(stage, &cells, &positions, &scripts.fidelity)?;
    let lost = before.lost(&cells, &meanwhile, &after, &remade);
    if !lost.is_empty() {
        let why = format!(
            "after the downgrade, rows differ from before the upgrade:\n{}",
            lost.join("\n")
        );
        let is_same = |other| is_same_without_triggers(other, &scripts, back, &cells, &positions);
        // Whether they should be, only the author knows.
        if scripts.fidelity.has(Loss::ChangesRows) {
            // As it says.
        } else if scripts.leaves_rows {
            unknown = unknown.or(Some(why));
        } else if untouched.as_ref().map_or(Ok(false), is_same)? {
            unknown = unknown.or(Some(format!(
                "{why}\n(they do not differ when triggers are disabled)"
            )));
        } else {
            faults.push(why);
        }
    }
    let again = "the second upgrade";
    if let Err(why) = stage.step(again, &scripts.there, &scripts.after)? {
        let is_excused = is_of_rows(&why) && stage.without_rows()?;
        if !is_excused {
            faults.push(why);
            return Ok((claim, stage.judged(&faults)));
        }
    } else if !scripts.fidelity.has(Loss::MayFailOnRows) {
        stage.fill_for_now(&touched)?;
        unknown = unknown.or(back_with_new_rows(stage, &scripts, back, &mut faults)?);
    }
    if unknown.is_none() && !empty.is_empty() {
        let missed: Vec<String> = touched.iter().map(ToString::to_string).collect();
        let missed = empty
            .iter()
            .find(|it| missed.iter().any(|name| name == *it));
        unknown = missed.map(|it| format!("no row could be generated for {it}"));
    }
    Ok((claim, decided(stage, &faults, unknown)))
}

/// What came of it with these faults, or else with a reason for which nothing is known.
fn decided(stage: &Stage<'_>, faults: &[String], unknown: Option<String>) -> Outcome {
    match unknown {
        Some(why) if faults.is_empty() => Outcome::NotProved { why },
        Some(_) | None => stage.judged(faults),
    }
}

/// Whether the way back restores the rows where no trigger changes others, on a database as it was before the upgrade.
fn is_same_without_triggers(
    stage: &Stage<'_>,
    scripts: &Scripts,
    back: &str,
    cells: &Cells,
    positions: &str,
) -> Result<bool, Stop> {
    stage.disable_triggers()?;
    let before = State::of(stage, cells, positions, &scripts.fidelity)?;
    if stage
        .step("the upgrade", &scripts.there, &scripts.after)?
        .is_err()
    {
        return Ok(false);
    }
    let meanwhile = stage.rows_of(rows::ALL_PLACES)?;
    if stage.step("the downgrade", back, &scripts.before)?.is_err() {
        return Ok(false);
    }
    let after = State::of(stage, cells, positions, &scripts.fidelity)?;
    Ok(before
        .lost(cells, &meanwhile, &after, &BTreeSet::new())
        .is_empty())
}

/// The columns that do not hold after the upgrade what was expected before it.
fn unlike(
    stage: &Stage<'_>,
    questions: &[values::Question],
    expected: Vec<Option<String>>,
) -> Result<Vec<String>, Stop> {
    let mut faults = Vec::new();
    for (question, expected) in questions.iter().zip(expected) {
        // A type may come with the revision, and a table go.
        let Some(expected) = expected.filter(|_| question.is_left_in(stage.schema())) else {
            continue;
        };
        let found = stage.rows_of(&question.after)?;
        if found != expected {
            faults.push(format!(
                "{} contains {}, but should contain {}",
                question.subject,
                found.trim(),
                expected.trim()
            ));
        }
    }
    Ok(faults)
}

/// The way back where rows came after the upgrade, and there again. Gives why nothing is known.
fn back_with_new_rows(
    stage: &mut Stage<'_>,
    scripts: &Scripts,
    back: &str,
    faults: &mut Vec<String>,
) -> Result<Option<String>, Stop> {
    let tried = stage.step(
        "the downgrade, with rows added after the upgrade,",
        back,
        &scripts.before,
    )?;
    if let Err(why) = tried {
        let is_of_rows = is_of_rows(&why);
        if is_of_rows {
            stage.without_rows()?;
        }
        if is_of_rows && scripts.runs_text {
            return Ok(Some(why));
        }
        faults.push(if is_of_rows {
            format!("it fails on rows, but does not declare that it may: {why}")
        } else {
            why
        });
        return Ok(None);
    }
    let again = "the third upgrade";
    if let Err(why) = stage.step(again, &scripts.there, &scripts.after)? {
        let is_excused = is_of_rows(&why) && stage.without_rows()?;
        if !is_excused {
            faults.push(why);
        }
    }
    Ok(None)
}

/// The rows of a database at one time, and the positions of sequences, as far as a way back must restore them.
struct State {
    rows: String,
    positions: String,
    /// Where something is lost: what each column is.
    places: Option<String>,
}

impl State {
    fn of(
        stage: &Stage<'_>,
        cells: &Cells,
        positions: &str,
        fidelity: &Fidelity,
    ) -> Result<Self, Stop> {
        let loses = fidelity.has(Loss::LosesData) || fidelity.has(Loss::ChangesValues);
        Ok(Self {
            rows: stage.rows_of(&cells.values)?,
            positions: if loses {
                String::new()
            } else {
                stage.rows_of(positions)?
            },
            places: if loses {
                Some(stage.rows_of(&cells.places)?)
            } else {
                None
            },
        })
    }

    /// What is no more as it was, though it should be: everything, or what is in the columns that stayed and were not
    /// `remade`.
    fn lost(
        &self,
        cells: &Cells,
        meanwhile: &str,
        now: &Self,
        remade: &BTreeSet<(Name, SmolStr)>,
    ) -> Vec<String> {
        let places = match (&self.places, &now.places) {
            (Some(before), Some(after)) => {
                cells.without(rows::kept(before, meanwhile, after), remade)
            }
            (Some(_) | None, None) | (None, Some(_)) => cells.all(),
        };
        let mut lost = cells.changed(&self.rows, &now.rows, &places);
        if now.rows.starts_with(UNREADABLE) {
            lost = vec![now.rows.clone()];
        }
        lost.extend(changed(&self.positions, &now.positions));
        lost
    }
}

/// The lines that are only in one of two snapshots.
fn changed(before: &str, after: &str) -> Vec<String> {
    let only = |one: &str, other: &str, sign: &str| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|it| !others.contains(it));
        lines.map(|it| format!("{sign} {it}")).collect()
    };
    let mut lines = only(before, after, "-");
    lines.extend(only(after, before, "+"));
    lines
}
