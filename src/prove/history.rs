//! Every revision there, back and there again, in the order of the graph, on one database.

use crate::bundle::proof::{Claim, Outcome};
use crate::graph::RevisionIndex;
use crate::operation::{Fidelity, Loss};
use crate::replay::WayBack;

use super::server::Server;
use super::stage::Stage;
use super::{Progress, Stop, Subject, WANTED, rows};

/// What the tables hold while revisions run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    None,
    Generated,
}

/// Tries the revisions of `subject`.
pub(super) fn prove(
    subject: &Subject<'_>,
    server: &Server,
    rows: Rows,
    progress: Progress<'_>,
) -> Result<Vec<Claim>, Stop> {
    let mut stage = Stage::new(subject, server)?;
    let stands = stage.stand_on(&subject.before)?;
    let mut claims: Vec<Claim> = Vec::new();
    let mut broken = stands.err();
    for revision in &subject.revisions {
        let id = subject.compiled.graph.id(*revision);
        let (claim, outcome) = match (&broken, rows) {
            (Some(broken), Rows::None) => (claim_of_empty(subject, *revision), after(broken)),
            (Some(broken), Rows::Generated) => (WITH_ROWS.to_owned(), after(broken)),
            (None, Rows::None) => (
                claim_of_empty(subject, *revision),
                empty(&mut stage, *revision)?,
            ),
            (None, Rows::Generated) => with_rows(&mut stage, *revision)?,
        };
        let claim = Claim::new(format!("revision {id}"), claim, outcome);
        if claim.failed() {
            broken = Some(format!("revision {id}, which runs before, failed"));
        }
        progress(&claim);
        claims.push(claim);
    }
    Ok(claims)
}

fn claim_of_empty(subject: &Subject<'_>, revision: RevisionIndex) -> String {
    match subject.compiled.replayed.revisions[revision.index()].downgrade {
        WayBack::Irreversible(_) => "the upgrade runs and makes what the model says; there is no way back",
        WayBack::Steps(_) => "the upgrade runs and makes what the model says, the way back restores what was, and both run again",
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
    let scripts = stage.scripts(revision)?;
    let there = match stage.run("the upgrade", &scripts.there, &scripts.after)? {
        Ok(seen) => seen,
        Err(why) => return Ok(Outcome::Failed { why }),
    };
    let mut faults = stage.against_model(&there)?;
    if let Some(back) = &scripts.back {
        let again = match stage.run("the way back", back, &scripts.before)? {
            Ok(seen) => seen,
            Err(why) => return Ok(Outcome::Failed { why }),
        };
        faults.extend(told(
            "after the way back, ",
            &stage.changes(&before, &again, &scripts.fidelity)?,
        ));
        match stage.run(
            "the upgrade, the second time",
            &scripts.there,
            &scripts.after,
        )? {
            Ok(again) => {
                let differences = stage.changes(&there, &again, &Fidelity::default())?;
                faults.extend(told("after the second upgrade, ", &differences));
            }
            Err(why) => faults.push(why),
        }
    }
    Ok(Outcome::of(&faults))
}

fn told(when: &str, differences: &[String]) -> Vec<String> {
    differences.iter().map(|it| format!("{when}{it}")).collect()
}

/// There, back and there again where each table has rows. The claim says what of the rows is kept.
fn with_rows(stage: &mut Stage<'_>, revision: RevisionIndex) -> Result<(String, Outcome), Stop> {
    let fill = rows::fill(stage.schema(), WANTED);
    let snapshot = rows::snapshot(stage.schema());
    stage.must("filling the tables", &fill)?;
    let before = stage.rows_of(&snapshot)?;
    let empty = stage.answer(&rows::unfilled(stage.schema()))?;
    let empty: Vec<&str> = empty.lines().filter(|it| !it.is_empty()).collect();
    let with_rows = if empty.is_empty() {
        WITH_ROWS.to_owned()
    } else {
        format!("{WITH_ROWS} (none fits in {})", empty.join(", "))
    };
    let scripts = stage.scripts(revision)?;
    match stage.step("the upgrade", &scripts.there, &scripts.after)? {
        Ok(()) => {}
        // Rows that nobody said were there: the revision is no worse for it, but who applies it must know.
        Err(why) if is_of_rows(&why) && stage.without_rows()? => {
            let why = format!("it stops on some rows: {why}");
            return Ok((with_rows, Outcome::NotProved { why }));
        }
        Err(why) => return Ok((with_rows, Outcome::Failed { why })),
    }
    let Some(back) = &scripts.back else {
        return Ok((format!("{with_rows}, and has no way back"), Outcome::Proved));
    };
    let claim = format!(
        "{with_rows}, and its way back is what it says: {}",
        scripts.fidelity
    );
    match stage.step("the way back", back, &scripts.before)? {
        Ok(()) => {}
        Err(why) => {
            let may_fail = scripts.fidelity.has(Loss::MayFailOnRows) && is_of_rows(&why);
            if !may_fail {
                return Ok((claim, Outcome::Failed { why }));
            }
            return Ok((claim, Outcome::Proved));
        }
    }
    let restored = stage.rows_of(&snapshot)?;
    let keeps =
        !scripts.fidelity.has(Loss::LosesData) && !scripts.fidelity.has(Loss::ChangesValues);
    let mut faults = Vec::new();
    let mut outcome = Outcome::Proved;
    if keeps && restored != before {
        let why = format!(
            "after the way back, rows are not what they were:\n{}",
            changed(&before, &restored)
        );
        // Whether they should be, only the author knows.
        outcome = if scripts.leaves_rows {
            Outcome::NotProved { why }
        } else {
            faults.push(why);
            outcome
        };
    }
    if let Err(why) = stage.step(
        "the upgrade, the second time",
        &scripts.there,
        &scripts.after,
    )? {
        let is_excused = is_of_rows(&why) && stage.without_rows()?;
        if !is_excused {
            faults.push(why);
        }
    }
    if !faults.is_empty() {
        outcome = Outcome::of(&faults);
    }
    Ok((claim, outcome))
}

/// Whether PostgreSQL refused rows: classes 22 and 23 of its codes, data exceptions and violated constraints.
pub(super) fn is_of_rows(why: &str) -> bool {
    why.lines()
        .any(|line| line.contains("ERROR:  22") || line.contains("ERROR:  23"))
}

/// The lines that are only in one of two snapshots.
fn changed(before: &str, after: &str) -> String {
    let only = |one: &str, other: &str, sign: &str| -> Vec<String> {
        let others: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|it| !others.contains(it));
        lines.map(|it| format!("{sign} {it}")).collect()
    };
    let mut lines = only(before, after, "-");
    lines.extend(only(after, before, "+"));
    lines.join("\n")
}
