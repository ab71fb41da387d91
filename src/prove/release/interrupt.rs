//! Runs of a release's scripts that end too early, and are begun again.

use super::starts::{Plain, Rows, Starts};
use super::{ACCEPT, Trial, failure};
use crate::bundle::proof::{Claim, Outcome};
use crate::inverse::{Fidelity, Loss};
use crate::prove::reason::is_of_rows;
use crate::prove::request::{Event, Stop, Trials};
use crate::prove::seen::Seen;
use crate::prove::stage::Stage;
use crate::script::pack::{Point, Undo};
use crate::token::lex;

/// After how many statements of a long script it is interrupted, unless all are wanted.
const PLACES: usize = 300;

/// What is claimed of a script that was not interrupted.
pub(super) fn untried() -> String {
    claim("each statement")
}

fn claim(places: &str) -> String {
    format!(
        "interrupted after {places} and run again, it ends in the same state as an uninterrupted run"
    )
}

/// What the rollback says where a way back that its author wrote cannot begin in the midst of the upgrade.
const NEEDS_WHOLE: &str = "its downgrade requires all of it";

/// What came of a rollback from the midst of a revision.
enum FromHalf {
    /// The upgrade must be finished first.
    Refused,
    /// What is not as it should be.
    Ran(Vec<String>),
}

/// Where a script is interrupted.
pub(super) struct Places {
    /// Ends of statements, as places in the text.
    pub(super) tried: Vec<usize>,
    /// How many statements there are.
    count: usize,
}

impl Places {
    /// All of a script, or so many of a longer one, spread over it.
    fn of(script: &str, most: Option<usize>) -> Self {
        let all = ends(script);
        let count = all.len();
        let tried = match most {
            Some(most) if most < count => (0..most)
                .map(|it| {
                    let (from, to) = (it * count / most, (it + 1) * count / most);
                    // The steps are alike: a step as wide as one of them would meet the same statement in each.
                    all[from + it * 7 % (to - from)]
                })
                .collect(),
            Some(_) | None => all,
        };
        Self { tried, count }
    }

    fn claim(&self) -> String {
        let Self { tried, count } = self;
        claim(&if tried.len() < *count {
            format!("{} of {count} statements", tried.len())
        } else {
            format!("each of {count} statements")
        })
    }
}

impl Trial<'_> {
    pub(super) fn places(&self, script: &str) -> Places {
        let all = self.request.trials == Trials::Exhaustive;
        Places::of(script, (!all).then_some(PLACES))
    }

    /// The upgrade, interrupted after each statement, and run again from there; where a revision is half done then, the
    /// rollback, too.
    pub(super) fn interrupt_upgrade(
        &self,
        starts: &Starts<'_>,
        origin: &Point,
        plain: &Plain,
        places: &Places,
    ) -> Result<Vec<Claim>, Stop> {
        let mut whole = starts.origin().stage.fork()?;
        if failure("", &whole.apply(&[], &self.upgrade)?).is_some() {
            // That is told of the undisturbed run.
            return Ok(Vec::new());
        }
        whole.look()?;
        let end = whole.seen().clone();
        drop(whole);
        let mut stage = starts.origin().stage.fork()?;
        let goes_back = !self.is_irreversible(self.steps.iter());
        let mut before = stage.reached()?;
        let (mut tried, mut refused, mut unlike) = (0, 0, Vec::new());
        let mut stops = |stage: &Stage<'_>| {
            (self.progress)(Event::Ran);
            let reached = stage.reached()?;
            if goes_back && reached.is_half_after(&before) {
                tried += 1;
                match self.back_from_half(stage, starts, origin)? {
                    FromHalf::Refused => refused += 1,
                    FromHalf::Ran(faults) => unlike.extend(faults),
                }
            }
            before = reached;
            Ok(())
        };
        let faults = interrupt(
            &mut stage,
            &[],
            &self.upgrade,
            places,
            &end,
            plain.there(&starts.head().set),
            &mut stops,
        )?;
        let claim = format!("{}, from {}", places.claim(), origin.name);
        let mut claims = vec![self.claim("upgrade.sql", claim, self.judged(&faults))];
        if tried > 0 {
            let mut claim = format!(
                "it rolls back from the {tried} {} where upgrade.sql leaves a revision half done, to {}",
                if tried == 1 { "place" } else { "places" },
                origin.name
            );
            if refused > 0 {
                claim = format!(
                    "{claim}, except for {refused} where upgrade.sql must finish the revision first"
                );
            }
            claims.push(self.claim("rollback.sql", claim, self.judged(&unlike)));
        }
        Ok(claims)
    }

    /// The rollback of an upgrade that was left in the midst of a revision: to the origin, and to what stands below.
    fn back_from_half(
        &self,
        half: &Stage<'_>,
        starts: &Starts<'_>,
        origin: &Point,
    ) -> Result<FromHalf, Stop> {
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
                "halfway through the revision after {row}, {}",
                arguments.join(" ")
            );
            if self.has_whole_way_back() && said.stderr.contains(NEEDS_WHOLE) {
                if said.status != Some(3) || stage.reached()? != half.reached()? {
                    faults.push(format!("{at}: it refuses to run, but changes something"));
                }
                if faults.is_empty() {
                    return Ok(FromHalf::Refused);
                }
            }
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
                faults.push(format!("{at}: the version table contains other rows"));
            }
        }
        Ok(FromHalf::Ran(faults))
    }

    /// Whether a revision has a way back that cannot begin in the midst of its upgrade.
    fn has_whole_way_back(&self) -> bool {
        let mut steps = self.pack.steps.iter();
        steps.any(|it| match &it.downgrade {
            Undo::Written { runs_after, .. } => runs_after.contains(&false),
            Undo::Parts(_) | Undo::Irreversible(_) => false,
        })
    }

    /// The same of the rollback from the head.
    pub(super) fn interrupt_rollback(
        &self,
        starts: &Starts<'_>,
        origin: &Point,
        plain: &Plain,
        places: &Places,
    ) -> Result<Vec<Claim>, Stop> {
        let about = format!("{}, to {}", untried(), origin.name);
        let head = &starts.head().stage;
        if self.is_irreversible(self.steps.iter()) {
            let why = "a revision is irreversible".to_owned();
            return Ok(vec![self.claim(
                "rollback.sql",
                about,
                Outcome::NotProved { why },
            )]);
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
            return Ok(vec![self.claim("rollback.sql", about, outcome)]);
        }
        whole.look()?;
        let end = whole.seen().clone();
        let mut stage = head.fork()?;
        let faults = interrupt(
            &mut stage,
            &arguments,
            &self.rollback,
            places,
            &end,
            plain.back(&starts.origin().set),
            &mut |_| {
                (self.progress)(Event::Ran);
                Ok(())
            },
        )?;
        let claim = format!("{}, to {}", places.claim(), origin.name);
        Ok(vec![self.claim(
            "rollback.sql",
            claim,
            self.judged(&faults),
        )])
    }
}

/// Runs a script again and again, each time further than before, and at last the whole. A run finds what
/// those before have done, and repeats what they have not. With rows, these must be there at the end. `stops` sees the
/// database after each run.
fn interrupt(
    stage: &mut Stage<'_>,
    arguments: &[String],
    script: &str,
    places: &Places,
    end: &Seen,
    rows: Option<&Rows>,
    stops: &mut dyn FnMut(&Stage<'_>) -> Result<(), Stop>,
) -> Result<Vec<String>, Stop> {
    for end in &places.tried {
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
        faults.push(
            "the version table contains other rows than after an uninterrupted run".to_owned(),
        );
    }
    Ok(faults)
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
    use super::{Places, ends};

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

    #[test]
    fn places_are_spread_over_a_long_script() {
        let script = "select 1;\n".repeat(1000);
        let few = Places::of(&script, Some(100));
        assert_eq!((few.tried.len(), few.count), (100, 1000));
        assert!(few.tried.is_sorted_by(|one, other| one < other));
        let statements: std::collections::BTreeSet<usize> =
            few.tried.iter().map(|it| it / 10 % 10).collect();
        assert!(statements.len() > 5, "{statements:?}");
        assert_eq!(Places::of(&script, None).tried.len(), 1000);
        assert_eq!(Places::of("select 1;", Some(100)).tried, [9]);
    }
}
