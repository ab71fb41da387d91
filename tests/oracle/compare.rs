//! Both verdicts side by side.

use std::fmt;

use super::judge::Verdict;
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
    /// Both take it, and see other columns.
    Columns,
    /// Both take it, and limbeck does not know the columns.
    Unknown,
    Panic,
    /// The server refuses it for what no history tells, or limbeck on purpose.
    Apart,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runs => "both take it",
            Self::Refused => "both refuse it",
            Self::FalseAlarm => "FALSE ALARM",
            Self::Miss => "MISS",
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
        (Verdict::Refused(..), Verdict::Refused(..)) => Outcome::Refused,
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

/// Kinds of differences that are known and not mended yet: words of the server's verdict and of limbeck's, and why. The list only
/// shrinks.
const OPEN: &[(&str, &str, &str)] = &[
    (
        "runs",
        "PostgreSQL cannot parse this statement: … is not allowed here",
        "the parser reads no `(values …)` and no `(with …)` as the value of `(a, b) = …`",
    ),
    (
        "runs",
        "which is not immutable",
        "the planner computes constants before it asks whether an expression is immutable",
    ),
    (
        "42704 language … does not exist",
        "runs",
        "a database may have languages that no history makes",
    ),
    (
        "42883 could not identify an equality operator for type",
        "runs",
        "the planner computes constants: array_replace and its kin compare what has no equality",
    ),
    (
        "42883 could not identify a comparison function for type",
        "runs",
        "the planner computes constants: array_larger and its kin compare what has no order",
    ),
    (
        "must be a row type",
        "runs",
        "the planner computes constants: jsonb_populate_record asks for a row when it runs",
    ),
    (
        "cannot move objects into or out of temporary schemas",
        "runs",
        "`set schema pg_temp` of what only raw SQL makes",
    ),
    (
        "is not a member of operator family",
        "runs",
        "which operators belong to the class of an exclusion constraint is not asked",
    ),
    (
        "is not commutative",
        "runs",
        "which operators belong to the class of an exclusion constraint is not asked",
    ),
    (
        "is not a valid ordering operator",
        "runs",
        "`order by … using` takes any operator",
    ),
    (
        "FOR UPDATE is not allowed with",
        "runs",
        "`for update` is not followed into the subqueries of `from`",
    ),
    (
        "runs",
        "a join condition must be boolean",
        "`merge` takes a condition of any type, and reads its bytes as a boolean: it is refused on purpose",
    ),
    (
        "FULL JOIN is only supported with",
        "runs",
        "which joins the planner can do is not asked",
    ),
    (
        "FOR UPDATE cannot be applied to the nullable side",
        "runs",
        "which joins the planner can do is not asked",
    ),
    (
        "invalid range bound flags",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "could not identify a hash function",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "could not identify an extended hash function",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "encoding",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "timestamps cannot be binned",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "wrong position info in tsvector",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "searching for elements in multidimensional arrays",
        "runs",
        "what the planner computes is not computed here",
    ),
    (
        "42601 syntax error",
        "runs",
        "the parser takes more than PostgreSQL's grammar",
    ),
    (
        "type modifier is not allowed for type",
        "runs",
        "modifiers of types that take none make the type opaque",
    ),
    (
        "3F000 schema … does not exist",
        "runs",
        "what a schema holds that no history makes is opaque",
    ),
    (
        "42P01 relation … does not exist",
        "runs",
        "a literal of regclass in SQL may name what other code makes",
    ),
    (
        "42P22 could not determine which collation",
        "runs",
        "collations of expressions are not derived",
    ),
    (
        "42P21 ",
        "runs",
        "collations of expressions are not derived",
    ),
    ("role … does not exist", "runs", "no history makes roles"),
];

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
        let open = OPEN
            .iter()
            .find(|it| contains(&server, it.0) && contains(&limbeck, it.1));
        open.map(|it| it.2).or_else(|| self.is_of_range(&server))
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
