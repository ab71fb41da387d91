//! Both verdicts side by side.

use std::collections::{BTreeMap, HashSet};

use crate::class::{Class, kind, touched};
use crate::judge::{Judged, Said};
use crate::model::Way;
use crate::script::Script;
use crate::server::{Verdict, Verdicts};

/// One statement that was judged.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) way: Way,
    pub(crate) server: Verdict,
    pub(crate) limbeck: Said,
    pub(crate) outcome: Outcome,
    /// Whether it speaks of something that an earlier difference leaves other in the model than on the server.
    pub(crate) follows: bool,
    pub(crate) kind: String,
    pub(crate) sql: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Both accept it, or both refuse it.
    Equal,
    /// The server refuses what limbeck calls sound.
    Miss,
    /// limbeck refuses what the server accepts.
    FalseAlarm,
    Crash,
    /// Not compared, and why.
    Apart(&'static str),
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Miss => "miss",
            Self::FalseAlarm => "false alarm",
            Self::Crash => "crash",
            Self::Apart(why) => why,
        }
    }
}

/// What the server refuses for reasons that no history tells.
const UNTOLD: &[(&str, &str)] = &[
    ("21", "apart: depends on values"),
    ("22", "apart: depends on values"),
    ("23", "apart: depends on values"),
    ("44", "apart: depends on values"),
    ("40", "apart: transactions"),
    ("25", "apart: transactions"),
    ("42501", "apart: privileges"),
    ("28", "apart: privileges"),
    ("P0", "apart: code that runs"),
    ("38", "apart: code that runs"),
    ("39", "apart: code that runs"),
    ("2F", "apart: code that runs"),
    ("27", "apart: code that runs"),
    ("09", "apart: code that runs"),
    ("53", "apart: limits and state of the server"),
    ("54", "apart: limits and state of the server"),
    ("55006", "apart: limits and state of the server"),
    ("55P", "apart: limits and state of the server"),
    ("57", "apart: limits and state of the server"),
    ("58", "apart: limits and state of the server"),
    ("F0", "apart: limits and state of the server"),
    ("XX", "apart: limits and state of the server"),
];

/// What limbeck refuses though PostgreSQL may take it, as its manual says: a code, and words of the message.
const POLICIES: &[(&str, &str)] = &[
    ("forbidden-sql", ""),
    ("stands-alone", ""),
    ("reserved-table", ""),
    ("name-too-long", ""),
    ("invisible-character", ""),
    ("bidirectional-control", ""),
    ("missing-using", "time zone"),
    // `pg_temp`, and what is put into `pg_catalog`.
    ("unknown-schema", "is reserved for PostgreSQL"),
    // `add column if not exists` where there is another one of that name.
    ("duplicate-column", ", which is "),
];

fn apart(server: &Verdict, limbeck: &Said, path: &[String]) -> Option<&'static str> {
    if let Said::Refused { code, message } = limbeck
        && POLICIES
            .iter()
            .any(|it| it.0 == code && message.contains(it.1))
    {
        return Some("apart: limbeck's policy");
    }
    if let Verdict::Refused { state, inside, .. } = server {
        if *inside {
            return Some("apart: code that runs");
        }
        if let Some((_, why)) = UNTOLD.iter().find(|it| state.starts_with(it.0)) {
            return Some(why);
        }
    }
    (path.len() != 1).then_some("apart: a search_path of several schemas")
}

/// The statements of a script that were judged.
pub(crate) fn rows(
    script: &Script,
    verdicts: &Verdicts,
    judged: &BTreeMap<usize, Judged>,
    selects: bool,
) -> Vec<Row> {
    let mut rows = Vec::new();
    // Names of what is other in the model than on the server.
    let mut other: HashSet<String> = HashSet::new();
    for (at, statement, task) in script.tasks() {
        let (Some(server), Some(Judged { way, said })) = (&verdicts[at], judged.get(&at)) else {
            continue;
        };
        if task.class == Class::Code {
            // What it made, nobody knows.
            if *server == Verdict::Accepted {
                other.extend(spoken(&statement.text));
            }
            continue;
        }
        if !task.class.is_judged(selects) {
            continue;
        }
        let follows = statement.words.iter().any(|it| other.contains(&it.text));
        let accepted = *server == Verdict::Accepted;
        let outcome = if matches!(said, Said::Crashed { .. }) {
            Outcome::Crash
        } else if let Some(why) = apart(server, said, &task.path) {
            Outcome::Apart(why)
        } else {
            match (accepted, *said == Said::Sound) {
                (true, true) | (false, false) => Outcome::Equal,
                (true, false) => Outcome::FalseAlarm,
                (false, true) => Outcome::Miss,
            }
        };
        if accepted && *said != Said::Sound {
            other.extend(touched(statement));
            other.extend(blamed(said));
        }
        rows.push(Row {
            file: script.name.clone(),
            line: statement.line,
            way: *way,
            server: server.clone(),
            limbeck: said.clone(),
            outcome,
            follows,
            kind: kind(statement),
            sql: statement.text.clone(),
        });
    }
    rows
}

/// The longer words of a text.
fn spoken(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|it: char| !it.is_alphanumeric() && it != '_');
    words.filter(|it| it.len() > 2).map(str::to_lowercase)
}

/// The things that limbeck knows otherwise: `there is no table "s.t"`.
fn blamed(said: &Said) -> Vec<String> {
    let Said::Refused { message, .. } = said else {
        return Vec::new();
    };
    let kinds = [
        "table", "schema", "type", "view", "sequence", "index", "domain",
    ];
    let mut names = Vec::new();
    let parts: Vec<&str> = message.split('"').collect();
    for pair in parts.chunks_exact(2) {
        let [before, name] = pair else { continue };
        let word = before.trim_end().rsplit(' ').next().unwrap_or_default();
        if kinds.contains(&word) || before.is_empty() {
            names.extend(name.rsplit('.').next().map(str::to_owned));
        }
    }
    names
}
