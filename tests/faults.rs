//! Scripts of bundles that do not come to their end: psql or the server is killed after every statement and in the midst
//! of them. Then the script is run again, or the one that takes it back, and what is there is compared with an
//! undisturbed run.

use std::fmt::{self, Write as _};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use limbeck::diagnostic::Direction;
use limbeck::token::lex;
use tempfile::NamedTempFile;

use crate::dump::{State, VERSIONS, same};
use crate::server::{Database, Server, outcome};
use crate::torture::Course;

/// A script of a course.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) course: &'a Course,
    pub(crate) direction: Direction,
    /// Where the script ends, if not at its last step.
    pub(crate) to: Option<&'static str>,
}

impl Course {
    pub(crate) fn ways(&self) -> [Way<'_>; 2] {
        [Direction::Upgrade, Direction::Downgrade].map(|direction| Way {
            course: self,
            direction,
            to: self.to.filter(|_| direction == Direction::Downgrade),
        })
    }
}

impl Way<'_> {
    pub(crate) fn script(&self) -> &str {
        match self.direction {
            Direction::Upgrade => &self.course.upgrade,
            Direction::Downgrade => &self.course.rollback,
        }
    }

    fn other(self) -> Self {
        let [upgrade, rollback] = self.course.ways();
        match self.direction {
            Direction::Upgrade => rollback,
            Direction::Downgrade => upgrade,
        }
    }

    /// A database where the script starts.
    pub(crate) fn start(&self) -> Database {
        let server = self.course.start.server;
        let database = server.copy(&self.course.start.name);
        if self.direction == Direction::Downgrade {
            self.other().finish(&database).expect("the upgrade runs");
        }
        database
    }

    /// psql, about to run a script.
    pub(crate) fn psql(&self, database: &Database, file: &Path) -> Command {
        let mut psql = database.program("psql");
        psql.args(["-X", "-f"]).arg(file);
        self.options(&mut psql);
        psql
    }

    pub(crate) fn options(&self, psql: &mut Command) {
        if self.direction == Direction::Downgrade {
            psql.args(["-v", "accept_data_loss=1"]);
        }
        if let Some(to) = self.to {
            psql.args(["-v", &format!("to={to}")]);
        }
    }

    /// Runs the script to its end; why it does not get there.
    pub(crate) fn finish(&self, database: &Database) -> Result<(), String> {
        let file = file(self.script());
        let mut output = outcome(&mut self.psql(database, file.path()), "");
        if let (Some(mend), Some(3)) = (self.course.mend, output.status.code()) {
            database.run(mend);
            database.query(VERSIONS);
            output = outcome(&mut self.psql(database, file.path()), "");
        }
        if output.status.success() {
            Ok(())
        } else {
            Err(output.stdout + &output.stderr)
        }
    }

    /// Runs the script to the end of an undisturbed run.
    pub(crate) fn again(&self, database: &Database, expected: &Expected) -> Result<(), String> {
        self.finish(database)?;
        same(&State::of(database), expected.end(*self))
    }

    /// Runs the script that takes it back; where that is a rollback half done, only the rollback itself goes on.
    pub(crate) fn back(&self, database: &Database, expected: &Expected) -> Result<(), String> {
        let other = Way {
            to: None,
            ..self.other()
        };
        let before = State::of(database);
        let is_half_done = before.schema.contains("limbeck_progress");
        let refused = other.finish(database).err();
        if refused.is_some() {
            same(&State::of(database), &before)?;
        }
        match (self.direction, refused) {
            (Direction::Upgrade, Some(why))
                if why.contains("cannot be rolled back: the passwords") =>
            {
                Ok(())
            }
            (Direction::Downgrade, Some(why))
                if is_half_done && why.contains("refused: the rollback of revision") =>
            {
                self.again(database, expected)
            }
            (_, Some(why)) => Err(why),
            (Direction::Downgrade, None) if is_half_done => {
                Err("the upgrade does not see that the rollback is half done".to_owned())
            }
            (_, None) => {
                let expected = match self.direction {
                    Direction::Upgrade => &expected.start,
                    Direction::Downgrade => &expected.upgraded,
                };
                same(&State::of(database).unordered(), &expected.unordered())
            }
        }
    }

    /// The ends of statements that a run from `database` passes.
    fn passed(&self, database: &Database) -> Vec<usize> {
        let mut text = String::new();
        let mut copied = 0;
        for end in ends(self.script()) {
            text += &self.script()[copied..end];
            let _ = writeln!(text, "\\echo passed {end}");
            copied = end;
        }
        text += &self.script()[copied..];
        let output = outcome(&mut self.psql(database, file(&text).path()), "");
        let passed = output
            .stdout
            .lines()
            .filter_map(|it| it.strip_prefix("passed "));
        passed.map(|it| it.parse().unwrap()).collect()
    }

    /// Runs the script up to `end`, where psql waits.
    fn halt(&self, database: &Database, end: usize) -> Halted {
        let (before, after) = self.script().split_at(end);
        // What the shell reads is psql's own input.
        let file = file(&format!("{before}\\! echo halted; read _\n{after}"));
        let mut psql = self
            .psql(database, file.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(psql.stdout.take().unwrap()).lines();
        assert!(
            lines.any(|line| line.unwrap() == "halted"),
            "{self:?} does not come to {end}"
        );
        Halted { psql, _file: file }
    }
}

impl fmt::Display for Way<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.direction {
            Direction::Upgrade => "upgrade",
            Direction::Downgrade => "rollback",
        };
        write!(formatter, "{word} of {}", self.course.name)
    }
}

/// psql in the midst of a script, waiting.
#[derive(Debug)]
struct Halted {
    psql: Child,
    _file: NamedTempFile,
}

impl Halted {
    fn kill(mut self) {
        self.psql.kill().unwrap();
        self.psql.wait().unwrap();
    }
}

pub(crate) fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Says something that is shown of a test that passes, too.
pub(crate) fn tell(text: &str) {
    io::stdout()
        .write_all(format!("{text}\n").as_bytes())
        .unwrap();
}

/// Where the steps begin. What stands before is the same in every script but for one object of data, and changes nothing.
pub(crate) fn steps(script: &str) -> usize {
    script
        .find("\n-- Which of the next steps are left?")
        .expect("each script of the tests has steps")
}

/// Where the statements and commands of a script end.
pub(crate) fn ends(script: &str) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut depth = 0;
    for token in lex(script, 0, script.len()).expect("a script lexes") {
        let (start, end) = (token.start as usize, token.end as usize);
        if ends.last().is_some_and(|it| start < *it) {
            // The rest of a command's line.
            continue;
        }
        match &script[start..end] {
            "(" => depth += 1,
            ")" => depth -= 1,
            ";" if depth == 0 => ends.push(end),
            "\\" => ends.push(start + script[start..].find('\n').unwrap() + 1),
            _ => {}
        }
    }
    ends
}

/// What is left where a run ended after one of the statements.
#[derive(Debug, Clone, Copy)]
struct Left {
    end: usize,
    /// The number of the state from which the run began.
    from: usize,
    /// Whether it left another one.
    changed: bool,
}

/// The states in which runs that were killed leave a database. A script knows nothing but the database: where a run
/// left that as it was, to the last version of a row, the next one has been compared already.
#[derive(Debug)]
struct Walk<'a> {
    way: Way<'a>,
    expected: Expected,
    /// With the versions of the rows. Nobody is connected to these databases.
    states: Vec<(Database, String)>,
    left: Vec<Left>,
    failures: Vec<String>,
}

/// How undisturbed runs end.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    start: State,
    upgraded: State,
    rolled_back: State,
}

impl Expected {
    pub(crate) fn new(course: &Course) -> Self {
        let [upgrade, rollback] = course.ways();
        let database = upgrade.start();
        if course.at_base {
            // It stays, empty.
            database.run("create table alembic_version (version_num varchar(32) not null constraint alembic_version_pkc primary key)");
        }
        let start = State::of(&database);
        upgrade.finish(&database).expect("the upgrade runs");
        let upgraded = State::of(&database);
        rollback.finish(&database).expect("the rollback runs");
        Self {
            start,
            upgraded,
            rolled_back: State::of(&database),
        }
    }
}

impl Expected {
    pub(crate) fn end(&self, way: Way<'_>) -> &State {
        match way.direction {
            Direction::Upgrade => &self.upgraded,
            Direction::Downgrade => &self.rolled_back,
        }
    }
}

impl<'a> Walk<'a> {
    /// Kills psql after each statement, or after each third one of the steps. The next run begins where the one before was killed.
    fn new(way: Way<'a>, expected: &Expected, each: bool) -> Self {
        let server = way.course.start.server;
        let start = way.start();
        let mut versions = start.query(VERSIONS);
        let mut all = way.passed(&server.copy(&start.name));
        if !each {
            let first = steps(way.script());
            all.retain(|it| *it >= first);
            all = all.into_iter().step_by(3).collect();
        }
        let mut walk = Self {
            way,
            expected: expected.clone(),
            states: vec![(start, versions.clone())],
            left: Vec::new(),
            failures: Vec::new(),
        };
        let mut passed = all.clone();
        let mut work = walk.copy(0);
        for end in all {
            let last = walk.states.len() - 1;
            if !passed.contains(&end) {
                // What comes after the commit of a part in its own branch.
                let from = last - 1;
                let database = walk.copy(from);
                way.halt(&database, end).kill();
                database.query(VERSIONS);
                walk.left.push(Left {
                    end,
                    from,
                    changed: true,
                });
                walk.note(end, "again", way.again(&database, expected));
                continue;
            }
            way.halt(&work, end).kill();
            let left = work.query(VERSIONS);
            let changed = left != versions;
            walk.left.push(Left {
                end,
                from: last,
                changed,
            });
            if changed {
                walk.check(end, &work);
                versions = left;
                walk.states.push((work, versions.clone()));
                passed = way.passed(&walk.copy(last + 1));
                work = walk.copy(last + 1);
            }
        }
        walk.check(way.script().len(), &work);
        walk
    }

    fn copy(&self, state: usize) -> Database {
        let (state, _) = &self.states[state];
        state.server.copy(&state.name)
    }

    /// Kills the server after each statement, or only after those that left something.
    fn crash(&mut self, each: bool) {
        let server = self.way.course.start.server;
        self.left.retain(|it| each || it.changed);
        let mut spare: Vec<(usize, Database)> = Vec::new();
        // Starting it again takes as long as some runs.
        for together in self.left.clone().chunks(24) {
            let mut halted = Vec::new();
            for left in together {
                let place = spare.iter().position(|it| it.0 == left.from);
                let database = place.map(|it| spare.swap_remove(it).1);
                let database = database.unwrap_or_else(|| self.copy(left.from));
                halted.push((left, self.way.halt(&database, left.end), database));
            }
            spare.clear();
            server.crash();
            for (left, psql, database) in halted {
                psql.kill();
                let versions = database.query(VERSIONS);
                if !left.changed && versions == self.states[left.from].1 {
                    spare.push((left.from, database));
                } else {
                    self.note(left.end, "again", self.way.again(&database, &self.expected));
                }
            }
        }
    }

    /// Runs the script again in a copy of a database, and the script that takes it back in another one.
    fn check(&mut self, end: usize, left: &Database) {
        left.query(VERSIONS);
        let copy = || left.server.copy(&left.name);
        self.note(end, "again", self.way.again(&copy(), &self.expected));
        self.note(end, "back", self.way.back(&copy(), &self.expected));
    }

    fn note(&mut self, end: usize, name: &str, outcome: Result<(), String>) {
        let Err(why) = outcome else {
            return;
        };
        let text = self.way.script()[..end].trim_end();
        self.failures.push(format!(
            "== {}, {name} after line {}: {}\n{why}",
            self.way,
            text.lines().count(),
            text.lines().last().unwrap_or_default()
        ));
    }
}

/// Kills psql after every statement of the scripts of a course, and then the server, after each or after those that left something.
fn interrupt(course: &Course, each: bool) {
    let expected = Expected::new(course);
    let mut failures = Vec::new();
    // Once the rows are mended, one way back is like the other.
    let ways = if course.mend.is_some() { 1 } else { 2 };
    for way in course.ways().into_iter().take(ways) {
        let mut walk = Walk::new(way, &expected, each);
        let killed = walk.left.len();
        walk.crash(each);
        tell(&format!(
            "faults injected: {killed} times psql, {} times the server, after a statement of the {way}",
            walk.left.len()
        ));
        failures.extend(walk.failures);
    }
    assert!(
        failures.is_empty(),
        "{}\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn some_statements_of_a_small_release() {
    interrupt(&Course::small(Server::own()), false);
}

#[test]
#[ignore = "deep: 700 runs and as many crashes; fast: some_statements_of_a_small_release"]
fn every_statement_of_the_torture_chain() {
    interrupt(&Course::torture(Server::own()), true);
}

#[test]
#[ignore = "deep: 300 runs and as many crashes; fast: some_statements_of_a_small_release"]
fn every_statement_up_to_a_failure() {
    interrupt(&Course::duplicate(Server::own()), true);
}

#[test]
#[ignore = "deep: 700 runs and as many crashes; fast: some_statements_of_a_small_release"]
fn every_statement_of_the_sample() {
    for course in Course::sample(Server::own()) {
        interrupt(&course, true);
    }
}
