//! Plain SQL for any client: no psql commands. Each transaction begins with its own guard, so that a client that goes on
//! after errors still cannot run later steps.
//!
//! Statements outside a transaction stand on one line and are marked; a table of our own keeps how far a revision of
//! several parts has come, and is gone when the revision is complete.

mod session;

use std::fmt::Write as _;

use rayon::prelude::*;
use serde_json::{Map, Value, json};
use session::{ENCODING, outside, reset, role, settings};
use smol_str::SmolStr;

use crate::config::Config;
use crate::lower::{Alone, Lowered, Statement};
use crate::name::Name;
use crate::plan::parts::{Part, split};
use crate::plan::{Action, Steps, VersionOp};
use crate::schema::Schema;
use crate::script::encoding::{Characters, ascii};
use crate::script::guard::{self, End, FIRST, Next, Note, OWN_PATH, author_path, data};
use crate::script::psql::outside::{after, before};
use crate::script::psql::protect::protect;
use crate::script::spoken::{Known, Spoken};
use crate::script::text::{self, Around, IMMEDIATE, losses, one_line};
use crate::token::quote_literal;

/// What a step of the script is called, and does.
#[derive(Debug, Clone, Copy)]
pub struct PlainStep<'a> {
    /// The message of the revision; empty for none.
    pub message: &'a str,
    pub lowered: &'a [Lowered],
}

/// The script for `steps`, each with the revision that it runs. `spoken` are the names that the history
/// speaks of, and `schema` is where it ends; `known` are its relations where the script begins.
#[must_use]
pub fn script(
    steps: &Steps,
    revisions: &[PlainStep<'_>],
    config: &Config,
    spoken: &Spoken,
    schema: &Schema,
    known: &Known<'_>,
) -> String {
    let version_table = Name::new(config.version_table_schema(), config.version_table.as_str());
    let mut script = Script {
        text: String::new(),
        config,
        verb: match steps.action {
            Action::Upgrade => "upgrade",
            Action::Downgrade => "downgrade",
            Action::Stamp => "stamp",
        },
        rows: steps.from.clone(),
        versions: version_table.qualified(),
        progress: version_table.sibling("limbeck_progress").qualified(),
        key: format!("{}_pkc", version_table.name),
        creating: guard::without("step.sql", &["run", "note"]),
        guard: guard::without("step.sql", &["run", "create", "note"]),
        noting: guard::without("step.sql", &["run", "alone"]),
        kept: guard::without("kept.sql", &[]),
        modes: guard::without("modes.sql", &[]),
        reset: reset(config),
        characters: Characters::default(),
    };
    for (step, revision) in steps.steps.iter().zip(revisions) {
        for statement in revision.lowered.iter().flat_map(|it| &it.statements) {
            let id = step.revision.as_deref().unwrap_or_default();
            let sql = statement.sql(&config.schema);
            script.characters.statement(id, &sql);
        }
    }
    script.rows.sort_unstable();
    script.header(steps);
    let spoken = spoken.data(
        config,
        &[schema],
        steps.steps.iter().filter_map(|it| it.index),
        known,
        TRUSTING,
    );
    let creates = steps.from.is_empty() && steps.action != Action::Downgrade;
    let mut text = std::mem::take(&mut script.text);
    // Each piece begins with the rows that the one before leaves.
    let mut pieces = Vec::new();
    for (piece, all) in steps.steps.chunks(PIECE).enumerate() {
        pieces.push((piece * PIECE, all, script.clone()));
        for step in all {
            script.rows = moved(&script.rows, &step.version_ops);
        }
    }
    let pieces: Vec<String> = pieces
        .into_par_iter()
        .map(|(first, all, mut script)| {
            script.text.reserve(all.len() * 8 * 1024);
            for (number, step) in (first..).zip(all) {
                let revision = revisions.get(number).copied().unwrap_or(PlainStep {
                    message: "",
                    lowered: &[],
                });
                let place = Position {
                    number,
                    count: steps.steps.len(),
                    is_first: number == 0,
                    creates: creates && number == 0,
                    spoken: (number == 0 && steps.action != Action::Stamp).then_some(&spoken),
                };
                script.step(step, revision, place);
            }
            script.text
        })
        .collect();
    text.reserve(pieces.iter().map(String::len).sum());
    text.extend(pieces);
    if steps.steps.is_empty() {
        text.push_str("-- Nothing to do.\n");
    }
    // The session goes on with its own role and path.
    text.push_str("reset role; reset search_path; reset client_encoding; reset standard_conforming_strings; reset statement_timeout; reset lock_timeout;\n");
    text
}

/// How many steps are written at a time.
const PIECE: usize = 64;

#[derive(Debug, Clone)]
struct Script<'a> {
    text: String,
    config: &'a Config,
    verb: &'static str,
    /// The rows of the version table where the script stands, by id.
    rows: Vec<SmolStr>,
    /// The version table and the note of progress as SQL writes them, and the name of the first one's primary key.
    versions: SmolStr,
    progress: SmolStr,
    key: String,
    /// What a part begins with: one that may be the first, any other one, and those of revisions of several parts.
    creating: String,
    guard: String,
    noting: String,
    /// Gives constraints the modes that they were made with.
    modes: String,
    /// What a part ends with that may have changed rows.
    kept: String,
    /// What every part ends with.
    reset: String,
    /// What the server must be able to hold.
    characters: Characters,
}

/// Where a step stands in its script.
#[derive(Debug, Clone, Copy)]
struct Position<'a> {
    /// From 0.
    number: usize,
    count: usize,
    /// Whether nothing ran before, and whether it makes the version table where there is none.
    is_first: bool,
    creates: bool,
    /// For the first step: what `shadows.sql` asks for.
    spoken: Option<&'a Map<String, Value>>,
}

impl Position<'_> {
    /// The place after the first part.
    fn next(self) -> Self {
        Self {
            is_first: false,
            creates: false,
            spoken: None,
            ..self
        }
    }
}

/// A part of a step.
#[derive(Debug, Clone, Copy)]
struct Turn<'a> {
    place: Position<'a>,
    /// Empty for the end of a line that has no revision.
    id: &'a str,
    /// From 0.
    part: usize,
    parts: usize,
    version_ops: &'a [VersionOp],
    /// Whether the schema of unqualified names must be there.
    in_schema: bool,
    /// Whether the first statement makes it unless it is there.
    makes_schema: bool,
}

impl Turn<'_> {
    /// Whether the version rows move with it.
    fn moves(self, visit: Visit) -> bool {
        visit == Visit::Finish && self.part + 1 == self.parts
    }
}

/// What becomes of the rows and of the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    /// They stay: a statement outside of transactions comes next.
    Begin,
    Finish,
}

fn shown(rows: &[SmolStr]) -> String {
    if rows.is_empty() {
        "base".to_owned()
    } else {
        rows.join(", ")
    }
}

/// The rows after `operations`, sorted.
fn moved(rows: &[SmolStr], operations: &[VersionOp]) -> Vec<SmolStr> {
    let mut rows = rows.to_vec();
    for operation in operations {
        match operation {
            VersionOp::Insert(id) => rows.push(id.clone()),
            VersionOp::Update { from, to } => {
                for row in rows.iter_mut().filter(|it| *it == from) {
                    *row = to.clone();
                }
            }
            VersionOp::Delete(id) => rows.retain(|it| it != id),
        }
    }
    rows.sort_unstable();
    rows
}

/// How the DBA says what is trusted: so that no reset of the session takes it back.
const TRUSTING: &str = "run it with PGOPTIONS='-c limbeck.trust=%s'";

impl Script<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn header(&mut self, steps: &Steps) {
        let from = shown(&self.rows);
        let to = shown(&steps.heads);
        self.line(&format!(
            "-- limbeck {} {}: {from} -> {to}",
            env!("CARGO_PKG_VERSION"),
            self.verb
        ));
        self.line(&format!(
            "-- PostgreSQL {} or newer. Plain SQL: use a client that stops at the first error.",
            self.config.minimum_server
        ));
        self.line("");
        self.text.push_str(FIRST);
        self.text.push_str(&outside(self.config));
        let own = match &self.config.role {
            Some(role) => quote_literal(role),
            None => "current_user".to_owned(),
        };
        self.line(&format!(
            "do $limbeck$ begin perform set_config('limbeck.role', {own}, false); end $limbeck$;"
        ));
        self.line("reset session authorization; reset role;");
        self.text.push_str(&role(self.config));
        self.line("");
    }

    fn step(&mut self, step: &crate::plan::Step, revision: PlainStep<'_>, place: Position<'_>) {
        let title = match &step.revision {
            Some(id) => format!("{} {id}", self.verb),
            None => self.verb.to_owned(),
        };
        let message = if revision.message.is_empty() {
            String::new()
        } else {
            format!(": {}", revision.message)
        };
        self.line(&format!(
            "-- {}/{} {title}{message}",
            place.number + 1,
            place.count
        ));
        let losses = losses(revision.lowered);
        if !losses.is_empty() {
            self.line(&format!("-- This downgrade {losses}."));
        }
        let parts = split(revision.lowered);
        let id = step.revision.clone().unwrap_or_default();
        let total = parts.len();
        let mut turn = Turn {
            place,
            id: &id,
            part: 0,
            parts: total,
            version_ops: &step.version_ops,
            in_schema: self.verb != "stamp",
            makes_schema: false,
        };
        for (at, part) in parts.iter().enumerate() {
            turn.part = at;
            if total > 1 {
                self.line(&format!("-- {id}: part {} of {total}", at + 1));
            }
            match part {
                Part::Transaction(statements) => {
                    let mut turn = turn;
                    let first = statements.first();
                    turn.makes_schema =
                        first.is_some_and(|it| it.makes_schema(&self.config.schema));
                    turn.in_schema &= !turn.makes_schema;
                    self.enter(turn, Visit::Finish, "", "");
                    self.statements(turn, statements);
                    self.line("commit;");
                }
                Part::Alone(statement, alone, settings) => {
                    self.alone(turn, (statement, alone), settings);
                }
            }
            let reset = self.reset.clone();
            self.text.push_str(&reset);
            turn.place = turn.place.next();
        }
        self.line("");
        self.rows = moved(&self.rows, &step.version_ops);
    }

    /// The rows that a part leaves.
    fn rows_after(&self, turn: Turn<'_>, visit: Visit) -> Vec<SmolStr> {
        if turn.moves(visit) {
            moved(&self.rows, turn.version_ops)
        } else {
            self.rows.clone()
        }
    }

    /// How far a revision of several parts is, and what a part notes of it.
    fn note<'t>(&self, turn: Turn<'t>, visit: Visit) -> Option<Note<'t>> {
        (turn.parts > 1).then_some(Note {
            revision: turn.id,
            way: self.verb,
            done: turn.part,
            of: turn.parts,
            begun: Vec::new(),
            next: match visit {
                Visit::Begin => None,
                Visit::Finish if turn.moves(visit) => Some(Next::End(End::End)),
                Visit::Finish => Some(Next::Done(turn.part + 1)),
            },
        })
    }

    /// Begins a transaction, and stops unless the database stands where this part begins; moves the version rows where it is
    /// the last one. `settings` and `block` are for one more block.
    fn enter(&mut self, turn: Turn<'_>, visit: Visit, setting: &str, block: &str) {
        // A check must see what planning sees, which is the newest state.
        self.line("begin isolation level read committed;");
        self.text.push_str(&settings(self.config, "set local"));
        if turn.place.is_first {
            let mut release = turn.place.spoken.cloned().unwrap_or_default();
            release.insert("role".to_owned(), json!(self.config.role));
            if !self.characters.is_empty() {
                let given = json!({"characters": self.characters.places()});
                self.text.push_str(&data("release", &given));
                self.text.push_str(&guard::without("encoding.sql", &[]));
            }
            let given = data("release", &release);
            if given.is_ascii() {
                self.text.push_str(&given);
            } else {
                // What the history says that is not ASCII and stands in no statement, a server need not hold.
                let said = given.replacen("set local limbeck.release", "set local limbeck.said", 1);
                self.text.push_str(&ascii(&said));
                self.text.push_str(&guard::without("say.sql", &[]));
                self.line("select count(set_config('limbeck.release', current_setting('limbeck.said'), true));");
            }
            self.text.push_str(&guard::without("first.sql", &[]));
        }
        if turn.place.spoken.is_some() {
            self.text.push_str(&guard::without("shadow.sql", &[]));
        }
        let after = self.rows_after(turn, visit);
        let moves = turn.moves(visit).then_some(());
        let gone = self.rows.iter().filter(|it| !after.contains(it));
        let come = after.iter().filter(|it| !self.rows.contains(it));
        let step = data(
            "step",
            &guard::StepData {
                versions: &self.versions,
                progress: &self.progress,
                home: turn.in_schema.then_some(self.config.schema.as_str()),
                create: turn.place.creates.then_some(self.key.as_str()),
                place: turn
                    .place
                    .creates
                    .then_some(self.config.version_table_schema()),
                made: turn.makes_schema && self.config.version_table_schema() == self.config.schema,
                rows: Some(vec![self.rows.iter().map(SmolStr::as_str).collect()]),
                remove: moves.map(|()| gone.map(SmolStr::as_str).collect()),
                add: moves.map(|()| come.map(|it| vec![it.as_str()]).collect()),
                note: self.note(turn, visit),
                ..guard::StepData::default()
            },
        );
        self.text.push_str(&step);
        self.text.push_str(if turn.parts > 1 {
            &self.noting
        } else if turn.place.creates {
            &self.creating
        } else {
            &self.guard
        });
        if !setting.is_empty() {
            self.text.push_str(setting);
            self.text.push_str(block);
        }
    }

    fn statements(&mut self, turn: Turn<'_>, statements: &[&Statement]) {
        let path = format!(
            "set local search_path = {};\n",
            author_path(&self.config.schema)
        );
        let again = format!("{ENCODING}{path}");
        let around = Around {
            path: &path,
            again: &again,
            modes: &self.modes,
            locks: None,
            shown: "",
        };
        text::statements(statements, &self.config.schema, &around, &mut self.text);
        if !text::changes_rows(statements) {
            return;
        }
        let rows = self.rows_after(turn, Visit::Finish);
        let note = self.note(turn, Visit::Finish);
        let kept = data(
            "kept",
            &guard::Kept {
                versions: Some(&self.versions),
                progress: Some(&self.progress),
                rows: Some(rows.iter().map(SmolStr::as_str).collect()),
                note: note.as_ref().map(guard::Noted::from),
            },
        );
        let _ = write!(
            self.text,
            "{IMMEDIATE}reset session authorization; reset role; close all;\n{}set local search_path = {OWN_PATH}; set local statement_timeout = 0;\n{ENCODING}{kept}{}",
            role(self.config),
            self.kept
        );
    }

    /// A statement outside transactions, after a check that it is its turn.
    fn alone(
        &mut self,
        turn: Turn<'_>,
        (statement, alone): (&Statement, &Alone),
        settings: &[&Statement],
    ) {
        self.line("-- NOT IN A TRANSACTION: the following statements run one by one.");
        let index = before(alone, &self.config.schema, false);
        self.enter(
            turn,
            Visit::Begin,
            &index,
            &guard::without("index.sql", &[]),
        );
        self.line("commit;");
        // A client may run it again after it was done.
        let repeatable = statement.repeatable();
        let sql = protect(&one_line(&repeatable.sql(&self.config.schema)));
        self.text.push_str(&text::of_session(settings));
        self.line(&format!(
            "set lock_timeout = 0; set search_path = {};",
            author_path(&self.config.schema)
        ));
        self.line(&format!("{sql};"));
        let reset = self.reset.clone();
        self.text.push_str(&reset);
        let mut turn = turn;
        turn.place = turn.place.next();
        turn.in_schema = false;
        self.enter(
            turn,
            Visit::Finish,
            &after(alone),
            &guard::without("done.sql", &[]),
        );
        self.line("commit;");
    }
}
