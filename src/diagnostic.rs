//! Mistakes of users: a code, a place, what is wrong and what to do. They are worded where they are raised;
//! this module only holds them. How they look is `report`'s business.

use std::collections::BTreeSet;
use std::fmt;

use crate::source::{SourceId, Span};

/// How bad a diagnostic is: an error stops the compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

/// The way a script takes through the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Upgrade,
    Downgrade,
}

/// One mistake: lower case, no final dot, names as written. `help` says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// Set where the mistake concerns one way only.
    pub direction: Option<Direction>,
    /// Absent where no text is at fault, as for a revision named on the command line.
    pub span: Option<Span>,
    pub message: String,
    /// What the underline says; empty for a bare underline.
    pub label: String,
    /// Other places that matter, such as the statement that is contradicted.
    pub related: Vec<(Span, String)>,
    pub help: Option<String>,
}

/// One or more diagnostics: the `Err` of a stage, never empty there. Of very many only the first are kept: nobody reads
/// more, and a small file can hold millions of mistakes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    /// How many more there were.
    more: usize,
}

/// How many are kept.
const MOST: usize = 1000;

/// The result of a stage that users' mistakes can fail.
pub type Result<T> = std::result::Result<T, Diagnostics>;

impl Diagnostic {
    /// An error of kind `code` at `span`.
    #[must_use]
    pub fn error(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span.into(), message.into())
    }

    /// A warning of kind `code` at `span`: somebody should look at it, and nothing is kept from running.
    #[must_use]
    pub fn warning(code: Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span.into(), message.into())
    }

    fn new(severity: Severity, code: Code, span: Option<Span>, message: String) -> Self {
        Self {
            code,
            severity,
            direction: None,
            span,
            message,
            label: String::new(),
            related: Vec::new(),
            help: None,
        }
    }

    /// Of the first of the marks that git leaves around both sides of a conflict: a line that begins with `<<<<<<< `, where
    /// a line with `>>>>>>> ` follows. `start` is where `text` begins in its source.
    #[must_use]
    pub fn of_conflict(code: Code, source: SourceId, start: usize, text: &str) -> Option<Self> {
        if !text.contains("<<<<<<< ") {
            return None;
        }
        let mut at = 0;
        let mut open = None;
        for line in text.split_inclusive('\n') {
            if line.starts_with("<<<<<<< ") {
                open = open.or(Some((at, at + line.trim_end().len())));
            } else if line.starts_with(">>>>>>> ")
                && let Some((from, to)) = open
            {
                let span = source.span(start + from, start + to);
                return Some(Self::error(code, span, "this file has an unresolved merge conflict").help(
                    "keep one of the two sides, and delete the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`",
                ));
            }
            at += line.len();
        }
        None
    }

    /// The same with words at the underline.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with advice where there is some.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// The same with another place that matters.
    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    /// Whether it stands in one of these sources, or names a place there.
    #[must_use]
    pub fn touches(&self, sources: &BTreeSet<SourceId>) -> bool {
        self.places().any(|it| sources.contains(&it.source))
    }

    /// Where it stands, and the other places that it names.
    pub fn places(&self) -> impl Iterator<Item = Span> {
        let related = self.related.iter().map(|it| it.0);
        self.span.into_iter().chain(related)
    }

    /// The same, for one way only.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < MOST {
            self.kept.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    /// Those of other codes.
    #[must_use]
    pub fn without(mut self, codes: &[Code]) -> Self {
        self.kept.retain(|it| !codes.contains(&it.code));
        self
    }

    pub fn extend(&mut self, other: Self) {
        self.more += other.more;
        for diagnostic in other.kept {
            self.push(diagnostic);
        }
    }

    /// How many are not kept.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there were, kept or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len() + self.more
    }

    /// `value`, unless something was pushed.
    pub fn into_result<T>(self, value: T) -> Result<T> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// Keeps the value of `result`, or gathers its diagnostics.
    pub fn absorb<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostics) => {
                self.extend(diagnostics);
                None
            }
        }
    }

    /// All values, or all diagnostics of those that failed.
    pub fn collect<T>(results: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
        let mut diagnostics = Self::default();
        let values = results
            .into_iter()
            .filter_map(|result| diagnostics.absorb(result))
            .collect();
        diagnostics.into_result(values)
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            kept: vec![diagnostic],
            more: 0,
        }
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.into_iter()
    }
}

/// The candidate that `word` is most likely a misspelling of, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 4);
    candidates
        .into_iter()
        // Words are at least as far apart as their lengths, and a word of megabytes is not compared with anything.
        .filter(|it| it.chars().count().abs_diff(length) <= allowed)
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Declares [`Code`]: each variant with its kebab-case name, whose file in `src/diagnostic` is the text of `explain`.
macro_rules! codes {
    ($($variant:ident = $name:literal,)+) => {
        /// The kind of a diagnostic. Its kebab-case name is what users see, silence and look up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = include_str!(concat!("diagnostic/", $name, ".md"))] $variant,)+
        }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Those of warnings, which `allow` in `limbeck.yaml` silences.
            pub const WARNINGS: &'static [Self] = &[Self::MixedScripts, Self::LookAlike];

            /// Those of policies, which refuse what PostgreSQL runs; `allow` in `limbeck.yaml` lifts them.
            pub const POLICIES: &'static [Self] = &[Self::SessionTimeZone];

            /// The kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The text of `limbeck explain` in Markdown: a sentence, paragraphs, and where a revision can cause it an
            /// example that fails and the same example fixed.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("diagnostic/", $name, ".md")),)+
                }
            }
        }
    };
}

codes! {
    UnreadableText = "unreadable-text",
    UnreadableFile = "unreadable-file",
    NoRevisions = "no-revisions",
    NotAHead = "not-a-head",
    CannotRun = "cannot-run",
    Syntax = "syntax",
    BidirectionalControl = "bidirectional-control",
    InvisibleCharacter = "invisible-character",
    MixedScripts = "mixed-scripts",
    LookAlike = "look-alike",
    ForbiddenSql = "forbidden-sql",
    InvalidSql = "invalid-sql",
    StandsAlone = "stands-alone",
    ReservedTable = "reserved-table",
    NotData = "not-data",
    Configuration = "configuration",
    Release = "release",
    EditedRelease = "edited-release",
    Bundle = "bundle",
    Proof = "proof",
    Drift = "drift",
    MergeConflict = "merge-conflict",
    NoWayBack = "no-way-back",
    DowngradeDiffers = "downgrade-differs",
    Irreversible = "irreversible",
    NameTooLong = "name-too-long",
    InvalidName = "invalid-name",
    UnknownTable = "unknown-table",
    UnknownColumn = "unknown-column",
    UnknownType = "unknown-type",
    UnknownConstraint = "unknown-constraint",
    UnknownIndex = "unknown-index",
    UnknownSchema = "unknown-schema",
    UnknownObject = "unknown-object",
    UnknownFunction = "unknown-function",
    AmbiguousName = "ambiguous-name",
    InvalidQuery = "invalid-query",
    DuplicateName = "duplicate-name",
    DuplicateColumn = "duplicate-column",
    StillNeeded = "still-needed",
    InvalidColumn = "invalid-column",
    InvalidExpression = "invalid-expression",
    InvalidConstraint = "invalid-constraint",
    InvalidSequence = "invalid-sequence",
    InvalidIndex = "invalid-index",
    InvalidPartition = "invalid-partition",
    NoMatchingKey = "no-matching-key",
    TypeMismatch = "type-mismatch",
    MissingUsing = "missing-using",
    SessionTimeZone = "session-time-zone",
    MissingCast = "missing-cast",
    Inherited = "inherited",
    Unchecked = "unchecked",
    DuplicateRevision = "duplicate-revision",
    DuplicateLabel = "duplicate-label",
    InvalidIdentifier = "invalid-identifier",
    UnknownRevision = "unknown-revision",
    AmbiguousRevision = "ambiguous-revision",
    RepeatedReference = "repeated-reference",
    RevisionCycle = "revision-cycle",
    DependencyCycle = "dependency-cycle",
    MultipleHeads = "multiple-heads",
    MultipleBases = "multiple-bases",
    DisconnectedRange = "disconnected-range",
    OverlappingRevisions = "overlapping-revisions",
    RelativeTarget = "relative-target",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
