//! Scripts of bundles that were cut: psql runs what there is, says that it is not all, and the whole script does the rest.
//!
//! A cut leaves what the statements before it left, so one database goes along: it is compared where it changed.

#![expect(
    clippy::disallowed_methods,
    reason = "psql reads its scripts from files"
)]

use std::collections::BTreeSet;
use std::fs;

use crate::dump::VERSIONS;
use crate::faults::{Expected, Way, ends, steps, tell};
use crate::server::{Server, outcome};
use crate::torture::Course;

/// Cuts the script of a way at each of `places`; how many there are, and what is wrong.
fn cut(
    way: Way<'_>,
    expected: &Expected,
    places: impl IntoIterator<Item = usize>,
) -> (usize, Vec<String>) {
    let script = way.script();
    let ends = ends(script);
    let first_line = script.find('\n').unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut base = way.start();
    let copy = |it: &crate::server::Database| it.server.copy(&it.name);
    let mut work = copy(&base);
    let mut versions = base.query(VERSIONS);
    let mut failures = Vec::new();
    let mut count = 0;
    let mut compared = 0;
    // Without the line's end the last command is whole.
    for place in places.into_iter().filter(|it| *it < script.len() - 1) {
        count += 1;
        let text = &script[..place];
        // By turns from a file and as psql's input.
        let mut psql = work.program("psql");
        psql.arg("-X");
        let input = if count % 2 == 0 {
            fs::write(file.path(), text).unwrap();
            psql.arg("-f").arg(file.path());
            ""
        } else {
            text
        };
        way.options(&mut psql);
        let output = outcome(&mut psql, input);
        let mut wrong = |why: &str| {
            let line = text.lines().count();
            failures.push(format!(
                "== {way}, cut at byte {place} in line {line}: {:?}\n{why}",
                text.lines().last()
            ));
        };
        // psql looks at that setting before each line.
        if place > first_line + 1 && output.status.code() != Some(3) {
            wrong(&format!(
                "{:?}\n{}{}",
                output.status, output.stdout, output.stderr
            ));
        }
        // Within a statement nothing happens until it is whole, but perhaps for its last sign.
        let next = ends.partition_point(|it| *it < place);
        let is_whole = ends.get(next).is_none_or(|it| it - place <= 2);
        if !is_whole && count % 50 != 0 {
            continue;
        }
        let left = work.query(VERSIONS);
        let compared = std::mem::replace(&mut compared, place);
        if left == versions {
            continue;
        }
        // The last sign of a statement may be missing.
        let mut ended = ends
            .iter()
            .filter(|it| (compared..=place + 1).contains(*it));
        // A commit that goes along with what follows is done where that is not there.
        let mut along = script.match_indices("\ncommit \\; ");
        let is_along = along.any(|(at, _)| (compared..=place).contains(&(at + "\ncommit".len())));
        let is_part = ended.any(|end| {
            let statement = script[..*end].trim_end();
            statement.ends_with("\ncommit;") || statement.ends_with("\\gexec")
        }) || is_along;
        if !is_part {
            wrong("no part is finished, and something has changed");
        }
        let again = copy(&work);
        if let Err(why) = way.again(&again, expected) {
            wrong(&why);
        }
        versions = left;
        base = work;
        work = copy(&base);
    }
    if let Err(why) = way.again(&work, expected) {
        failures.push(format!("== {way}, at last\n{why}"));
    }
    (count, failures)
}

fn report(name: &str, results: impl IntoIterator<Item = (usize, Vec<String>)>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for (cuts, wrong) in results {
        count += cuts;
        failures.extend(wrong);
    }
    tell(&format!("faults injected: {count} cuts of {name}"));
    assert!(
        failures.is_empty(),
        "{} of {count}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// The places after each line.
fn lines(script: &str) -> Vec<usize> {
    script.match_indices('\n').map(|it| it.0 + 1).collect()
}

/// Where a cut can matter: in the middle of each statement, before its last sign, and after it. The bytes in between are like the
/// middle: nothing runs until a statement is whole.
fn where_it_matters(script: &str) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let mut start = 0;
    for end in ends(script) {
        places.extend([usize::midpoint(start, end), end - 1, end]);
        start = end;
    }
    places.retain(|it| script.is_char_boundary(*it));
    places
}

#[test]
fn a_small_upgrade_is_cut_where_it_matters() {
    let course = Course::small(Server::shared());
    let [upgrade, _] = course.ways();
    let steps = steps(&course.upgrade);
    let mut places = where_it_matters(&course.upgrade);
    // Nothing is changed before the steps: some of the places are enough.
    let early: Vec<usize> = places.range(..steps).copied().step_by(16).collect();
    places.retain(|it| *it >= steps);
    places.extend(early);
    report(
        "a small upgrade",
        [cut(upgrade, &Expected::new(&course), places)],
    );
}

#[test]
fn a_small_rollback_is_cut_where_it_matters() {
    let course = Course::small(Server::shared());
    let [_, rollback] = course.ways();
    let mut places = where_it_matters(&course.rollback);
    places.retain(|it| *it >= steps(&course.rollback));
    report(
        "a small rollback",
        [cut(rollback, &Expected::new(&course), places)],
    );
}

#[test]
#[ignore = "deep: some 10,000 runs; fast: a_small_upgrade_is_cut_where_it_matters"]
fn a_small_upgrade_is_cut_at_every_byte() {
    let course = Course::small(Server::shared());
    let [upgrade, _] = course.ways();
    let mut places: BTreeSet<usize> = (0..course.upgrade.len()).collect();
    // A sign of several bytes is never cut: psql would not read it.
    places.retain(|it| course.upgrade.is_char_boundary(*it));
    report(
        "a small upgrade",
        [cut(upgrade, &Expected::new(&course), places)],
    );
}

/// A line that the upgrade has, too, is cut at its end only.
#[test]
#[ignore = "deep: some 10,000 runs; fast: a_small_rollback_is_cut_where_it_matters"]
fn a_small_rollback_is_cut_at_every_byte() {
    let course = Course::small(Server::shared());
    let [_, rollback] = course.ways();
    let known: BTreeSet<&str> = course.upgrade.lines().collect();
    let mut places = Vec::new();
    let mut start = 0;
    for line in course.rollback.split_inclusive('\n') {
        let end = start + line.len();
        let first = if known.contains(line.trim_end_matches('\n')) {
            end
        } else {
            start + 1
        };
        places.extend(first..=end);
        start = end;
    }
    report(
        "a small rollback",
        [cut(rollback, &Expected::new(&course), places)],
    );
}

/// What the scripts of all courses share is cut at each line in those of one.
fn at_every_line(course: &Course, with_start: bool) {
    let expected = Expected::new(course);
    let cuts = course.ways().map(|way| {
        let first = if with_start { 0 } else { steps(way.script()) };
        let lines = lines(way.script());
        cut(way, &expected, lines.into_iter().filter(|it| *it >= first))
    });
    report(&format!("the scripts of {}", course.name), cuts);
}

#[test]
#[ignore = "deep: some 2,000 runs; fast: a_small_upgrade_is_cut_where_it_matters"]
fn the_torture_chain_is_cut_at_every_line() {
    at_every_line(&Course::torture(Server::shared()), true);
}

#[test]
#[ignore = "deep: some 2,000 runs; fast: a_small_rollback_is_cut_where_it_matters"]
fn the_sample_is_cut_at_every_line() {
    for course in Course::sample(Server::shared()) {
        at_every_line(&course, false);
    }
}
