//! Both verdicts side by side.

use std::fmt;

use super::judge::Verdict;
use super::open::OPEN;
use super::statement::Statement;

/// How two verdicts stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// Both take it.
    Runs,
    /// Both refuse it.
    Refused,
    /// limbeck refuses what the server takes.
    FalseAlarm,
    /// The server refuses what limbeck takes.
    Miss,
    /// Both refuse it, for reasons of other kinds: of two mistakes each side tells one.
    Class,
    /// Both take it, and see other columns.
    Columns,
    /// Both take it, and limbeck does not know the columns.
    Unknown,
    Panic,
    /// The server refuses it for what no history tells, or limbeck on purpose.
    Apart,
}

/// What a tally calls statements that both sides refuse, for reasons of one kind and of two.
pub(crate) const REFUSED: &str = "both refuse it";
pub(crate) const CLASS: &str = "both refuse it, for other reasons";

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runs => "both take it",
            Self::Refused => REFUSED,
            Self::FalseAlarm => "FALSE ALARM",
            Self::Miss => "MISS",
            Self::Class => CLASS,
            Self::Columns => "OTHER COLUMNS",
            Self::Unknown => "columns unknown",
            Self::Panic => "PANIC",
            Self::Apart => "apart",
        }
    }

    pub(crate) fn is_difference(self) -> bool {
        matches!(
            self,
            Self::FalseAlarm | Self::Miss | Self::Columns | Self::Panic
        )
    }
}

/// What the server refuses for what no history tells: values, rights, limits, transactions.
const UNTOLD: &[&str] = &[
    "21", "22", "23", "44", "25", "54", "55006", "55P04", "42501", "P0", "57", "XX",
];

/// What limbeck refuses though PostgreSQL may take it, as its manual says: a code, and words of the message.
const POLICIES: &[(&str, &str)] = &[
    ("forbidden-sql", ""),
    ("stands-alone", ""),
    ("name-too-long", ""),
    ("missing-using", "time zone"),
    ("invalid-index", "whose values cannot be compared"),
    ("unknown-schema", "is reserved for PostgreSQL"),
];

/// What the server says where limbeck says that a name or a type is wrong. All other codes are about the rules of statements.
const CLASSES: &[(&str, &[&str])] = &[
    ("unknown-table", &["42P01", ANYWHERE]),
    ("unknown-column", &["42703", ANYWHERE]),
    ("unknown-function", &["42883", ANYWHERE]),
    ("unknown-type", &["42704", "42809", ANYWHERE]),
    ("ambiguous-name", &["42702", "42725", "42712", ANYWHERE]),
    (
        "type-mismatch",
        &["42804", "42846", "42883", "42P18", "42P13", ANYWHERE],
    ),
    ("duplicate-column", &["42701", ANYWHERE]),
];

/// A syntax error is found before all others.
const ANYWHERE: &str = "42601";

/// Which of the two verdicts is which kind of agreement.
pub(crate) fn compare(server: &Verdict, limbeck: &Verdict) -> Outcome {
    match (server, limbeck) {
        (_, Verdict::Refused(code, _)) if code == "panic" => Outcome::Panic,
        (_, Verdict::Refused(code, message))
            if POLICIES
                .iter()
                .any(|it| it.0 == code && message.contains(it.1)) =>
        {
            Outcome::Apart
        }
        (Verdict::Refused(state, _), _) if UNTOLD.iter().any(|it| state.starts_with(it)) => {
            Outcome::Apart
        }
        (Verdict::Refused(state, _), Verdict::Refused(code, _)) => {
            let classes = CLASSES.iter().find(|it| it.0 == code);
            if classes.is_none_or(|it| it.1.contains(&state.as_str())) {
                Outcome::Refused
            } else {
                Outcome::Class
            }
        }
        (Verdict::Refused(..), Verdict::Runs(_)) => Outcome::Miss,
        (Verdict::Runs(_), Verdict::Refused(..)) => Outcome::FalseAlarm,
        (Verdict::Runs(Some(server)), Verdict::Runs(Some(limbeck))) if server != limbeck => {
            Outcome::Columns
        }
        (Verdict::Runs(Some(_)), Verdict::Runs(None)) => Outcome::Unknown,
        (Verdict::Runs(_), Verdict::Runs(_)) => Outcome::Runs,
    }
}

/// A difference between the two sides.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    pub(crate) outcome: Outcome,
    pub(crate) seed: u64,
    pub(crate) statement: Statement,
    pub(crate) server: Verdict,
    pub(crate) limbeck: Verdict,
    pub(crate) schema: Vec<Statement>,
}

/// What differences have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sort {
    outcome: Outcome,
    server: String,
    limbeck: String,
}

impl Sort {
    /// The kind of difference between two verdicts, if there is one.
    pub(crate) fn of(server: &Verdict, limbeck: &Verdict) -> Option<Self> {
        let outcome = compare(server, limbeck);
        outcome
            .is_difference()
            .then(|| Self::with(outcome, server, limbeck))
    }

    fn with(outcome: Outcome, server: &Verdict, limbeck: &Verdict) -> Self {
        let mut sort = Self {
            outcome,
            server: shape(server),
            limbeck: shape(limbeck),
        };
        if let (Verdict::Runs(Some(server)), Verdict::Runs(Some(limbeck))) = (server, limbeck)
            && outcome == Outcome::Columns
        {
            let mut both = server.iter().zip(limbeck);
            if let Some((one, other)) = both.find(|it| it.0 != it.1) {
                // Names, or types without their modifiers.
                let what = |it: &String| {
                    let (name, ty) = it.split_once(' ').unwrap_or_default();
                    let ty = ty.split('(').next().unwrap_or_default().to_owned();
                    (name.to_owned(), ty)
                };
                if what(one).0 == what(other).0 {
                    (sort.server, sort.limbeck) = (what(one).1, what(other).1);
                } else {
                    (sort.server, sort.limbeck) = ("a name".to_owned(), "another".to_owned());
                }
            }
        }
        sort
    }

    /// Whether limbeck's verdict may be one of this kind.
    pub(crate) fn is_of(&self, limbeck: &Verdict) -> bool {
        self.outcome == Outcome::Columns || shape(limbeck) == self.limbeck
    }
}

/// A verdict without the names in it.
fn shape(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Runs(_) => "runs".to_owned(),
        Verdict::Refused(code, message) => {
            let parts = message.split(['"', '`', '\'']).enumerate();
            // Each is another place where the parser is lenient.
            if message.starts_with("syntax error") {
                return format!("{code} {message}");
            }
            let words: Vec<&str> = parts
                .map(|(at, it)| if at % 2 == 0 { it } else { "…" })
                .collect();
            let mut words = words.concat();
            // Signatures and types are names, too.
            for mark in [": ", " type ", "function "] {
                if let Some((before, _)) = words.split_once(mark) {
                    words = format!("{before}{}", mark.trim_end());
                }
            }
            format!("{code} {words}")
        }
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: server {}, limbeck {}",
            self.outcome.name(),
            self.server,
            self.limbeck
        )
    }
}

impl Difference {
    pub(crate) fn kind(&self) -> Sort {
        Sort::with(self.outcome, &self.server, &self.limbeck)
    }

    /// Whether the server speaks of a range type that the schema made.
    fn is_of_range(&self, server: &str) -> Option<&'static str> {
        let ranges = self.schema.iter().filter_map(|it| {
            let (name, _) = it
                .text
                .strip_prefix("create type ")?
                .split_once(" as range")?;
            Some(name)
        });
        let is_told = |range: &str| {
            server
                .split(|it: char| !it.is_alphanumeric() && it != '_')
                .any(|word| word == range)
        };
        ranges
            .into_iter()
            .any(is_told)
            .then_some("types that `create type … as range` makes are opaque")
    }

    /// Why it is known and not mended yet.
    pub(crate) fn is_open(&self) -> Option<&'static str> {
        let text = |it: &Verdict| match it {
            Verdict::Runs(_) => "runs".to_owned(),
            Verdict::Refused(code, message) => format!("{code} {message}"),
        };
        let (server, limbeck) = (text(&self.server), text(&self.limbeck));
        let contains = |text: &str, words: &str| words.split('…').all(|it| text.contains(it));
        let open = OPEN.iter().find(|it| {
            self.statement.text.starts_with(it.statement)
                && contains(&server, it.server)
                && contains(&limbeck, it.limbeck)
        });
        open.map(|it| it.why).or_else(|| self.is_of_range(&server))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "seed {}", self.seed)?;
        for statement in &self.schema {
            writeln!(formatter, "  {};", statement.text)?;
        }
        writeln!(formatter, "  {};", self.statement.text)?;
        writeln!(
            formatter,
            "  server:  {:?}\n  limbeck: {:?}",
            self.server, self.limbeck
        )
    }
}
