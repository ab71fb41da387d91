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

/// Declares [`Code`]: each variant with its kebab-case name; the doc comment is the text of `explain`.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// The kind of a diagnostic. Its kebab-case name is what users see, silence and look up.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The text of `limbeck explain`: paragraphs of plain text.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc, "\n"),+),)+
                }
            }
        }
    };
}

codes! {
    /// A file of the project cannot be read as text: it is not UTF-8, holds a NUL byte, or is too large.
    ///
    /// Save it as UTF-8.
    UnreadableText = "unreadable-text",

    /// A file or folder of the project cannot be read.
    ///
    /// The message tells what the system says. Every file in the folder of the revisions, and in the folders
    /// in it, whose name ends with `.rev` is a revision; hidden files are left alone.
    UnreadableFile = "unreadable-file",

    /// The folder of the revisions holds none.
    ///
    /// The files of revisions end with `.rev`; `limbeck revision -m "…"` writes one.
    NoRevisions = "no-revisions",

    /// A revision is named where only a head can stand.
    ///
    /// A new revision stands on a head, unless `--splice` says that a branch is meant; a merge joins heads.
    NotAHead = "not-a-head",

    /// The command could not run: wrong arguments, or a file that cannot be written.
    ///
    /// Nothing was changed. `limbeck COMMAND --help` shows each command with examples.
    CannotRun = "cannot-run",

    /// The text of a revision does not follow the language.
    ///
    /// Revisions lex like PostgreSQL's SQL; every statement ends with `;`. The message names what could
    /// stand at the underlined place.
    Syntax = "syntax",

    /// A text turns its own direction around, so that it is not read as it is shown.
    ///
    /// U+202A to U+202E and U+2066 to U+2069 are refused everywhere in a revision, also in comments and literals, and in
    /// limbeck.yaml and the notes of releases above their text. Texts in Hebrew, Arabic and Persian don't need them. In a
    /// literal, write them so that they can be seen: E'\u202e'.
    BidirectionalControl = "bidirectional-control",

    /// A name, or the text between names, holds a character that nobody sees.
    ///
    /// Control characters, blanks of no width, blanks other than the usual one and the like make two names that look the
    /// same. They may stand in literals and comments. U+200C and U+200D may stand in quoted names and in ids between letters
    /// of a script that joins its letters, as in Persian.
    InvisibleCharacter = "invisible-character",

    /// A warning: a word of a name holds letters of Latin, Greek and Cyrillic that look the same.
    ///
    /// Nobody can tell such a name from another one, or type it. The parts of a name between underscores are words of their
    /// own, and other scripts may stand beside each other.
    MixedScripts = "mixed-scripts",

    /// A warning: two names of tables, columns or the like differ only in letters that look the same.
    ///
    /// The keyboards of Persian and Arabic write another yeh (U+06CC, U+064A) and another kaf (U+06A9, U+0643). Choose one
    /// and rename the other.
    LookAlike = "look-alike",

    /// Raw SQL holds what would let it escape from the script that it becomes a part of.
    ///
    /// Transactions, roles, session settings and psql's own commands belong to the script: begin, commit, rollback,
    /// savepoint, set role, set session authorization, reset, discard, prepare transaction, copy from stdin or to stdout,
    /// and a backslash outside of quotes.
    ForbiddenSql = "forbidden-sql",
    /// A statement of `sql` or `data` that PostgreSQL's grammar does not take.
    ///
    /// What the language does not know is read by PostgreSQL's grammar when it is compiled, so that a slip does not
    /// show on the server.
    InvalidSql = "invalid-sql",
    /// A statement that PostgreSQL refuses inside a transaction stands beside others.
    ///
    /// Nothing tells whether it was done when the script failed in between, so that it must be the only statement of its
    /// revision, or of its downgrade.
    StandsAlone = "stands-alone",
    /// A statement on limbeck's own tables.
    ///
    /// The version table and `limbeck_progress` belong to the scripts, which make and change them.
    ReservedTable = "reserved-table",

    /// A `data` block holds a statement that does not change rows.
    ///
    /// Rows and schema are kept apart: insert, update, delete and merge stand in `data { … }`, everything else outside.
    NotData = "not-data",

    /// The configuration says something that limbeck does not understand.
    ///
    /// `limbeck init` writes a `limbeck.yaml` in which every key is explained.
    Configuration = "configuration",

    /// The notes of a release say something that cannot be.
    ///
    /// A release is a file `VERSION.md` in the folder of the release notes: a line `---`, then `version`, `from` and
    /// `head`, a line `---`, and a text for people. `limbeck release VERSION` writes it.
    Release = "release",

    /// A release was sealed, and the history below it, or what its notes say of it, is not what it was then.
    ///
    /// Databases hold what the release did. Put back what was edited, and write the change as a new revision.
    EditedRelease = "edited-release",

    /// A bundle is not what the sources compile to: a file was changed, is missing or does not belong there, a revision
    /// was edited, or another version of limbeck made it. Or it is another than the anchor in the notes of its release says.
    ///
    /// Put back what was edited, or write the bundle again: `limbeck bundle VERSION`. A bundle that went out stays as it
    /// was.
    Bundle = "bundle",

    /// A script did not do on a real server what limbeck says of it.
    ///
    /// That is a fault of limbeck, or of SQL that it does not read (`sql { … }`, `data { … }`, a written downgrade). The
    /// message tells what was tried and what came of it.
    Proof = "proof",

    /// A database is not what the history says.
    ///
    /// Find out who changed it, and write a revision that brings both together, or take the change back.
    Drift = "drift",

    /// Two branches that are merged contradict each other.
    ///
    /// From the common ancestors, one side then the other and the reverse must run and give the same schema. Change one
    /// side, or put one after the other with `depends_on`.
    MergeConflict = "merge-conflict",

    /// A statement has no automatic downgrade.
    ///
    /// Give the statement its own way back with `reverse { … }`, write `downgrade { … }` for the revision, or say that there
    /// is none: downgrade irreversible 'why'.
    NoWayBack = "no-way-back",

    /// After upgrade and downgrade the schema is not what it was before.
    ///
    /// The downgrade of a revision, written or automatic, must restore every object that the upgrade touched. The order of
    /// columns does not count.
    DowngradeDiffers = "downgrade-differs",

    /// A range goes down across a revision that says it cannot be taken back.
    Irreversible = "irreversible",

    /// A name is longer than PostgreSQL's 63 bytes.
    ///
    /// PostgreSQL would cut it without an error, and two names could become one. Choose a shorter name.
    NameTooLong = "name-too-long",

    /// A name that cannot be used here.
    InvalidName = "invalid-name",

    /// A statement refers to a table that the revision's ancestors do not have.
    ///
    /// A revision is checked against its own ancestors only: those that `down_revision` and `depends_on` name, and
    /// theirs. A table that another branch makes is not there.
    UnknownTable = "unknown-table",

    /// A statement refers to a column that the table does not have at this point of the history.
    UnknownColumn = "unknown-column",

    /// A statement refers to a type that PostgreSQL does not have, and that no ancestor creates or declares.
    UnknownType = "unknown-type",

    /// A statement refers to a constraint that the table does not have.
    ///
    /// Constraints without a name of their own get PostgreSQL's: `table_column_key`, `table_column_fkey`, `table_pkey`,
    /// `table_column_check`.
    UnknownConstraint = "unknown-constraint",

    /// A statement refers to an index that does not exist at this point of the history.
    UnknownIndex = "unknown-index",

    /// A statement refers to a schema that does not exist at this point of the history.
    UnknownSchema = "unknown-schema",

    /// A statement refers to a sequence, extension, enum value or other object that does not exist at this point.
    UnknownObject = "unknown-object",

    /// A statement makes something under a name that is in use.
    ///
    /// Tables, indexes, sequences and views of one schema share their names; types and tables do, too.
    DuplicateName = "duplicate-name",

    /// A table would have two columns of one name.
    DuplicateColumn = "duplicate-column",

    /// Something is dropped or changed that something else still needs.
    ///
    /// Drop what needs it before, or write `cascade` where PostgreSQL takes it.
    StillNeeded = "still-needed",

    /// A column's definition contradicts itself or what PostgreSQL permits.
    InvalidColumn = "invalid-column",

    /// An expression that PostgreSQL refuses at this place.
    InvalidExpression = "invalid-expression",

    /// A constraint that PostgreSQL refuses.
    InvalidConstraint = "invalid-constraint",

    /// Options of a sequence that contradict each other.
    InvalidSequence = "invalid-sequence",

    /// The method of an index cannot do what is asked of it, or has no operator class for the type of a column.
    InvalidIndex = "invalid-index",

    /// A table that cannot be a partition of the other one.
    InvalidPartition = "invalid-partition",

    /// A foreign key refers to columns that no primary key, unique constraint or unique index covers.
    NoMatchingKey = "no-matching-key",

    /// A foreign key joins columns whose types cannot be compared.
    TypeMismatch = "type-mismatch",

    /// A column's type changes in a way that PostgreSQL does not do by itself.
    ///
    /// Say how the values convert: alter column c type t using expression. From timestamp to timestamptz a time zone must
    /// be named, as the meaning of the values would otherwise hang on the session that runs the script.
    MissingUsing = "missing-using",

    /// A column's default does not convert to the column's new type.
    MissingCast = "missing-cast",

    /// A column or constraint that comes from a parent table is changed in the child.
    Inherited = "inherited",

    /// A file was to be checked alone, and what stands below it cannot be read.
    ///
    /// A revision is checked on the schema that its ancestors leave. Put right what is wrong with them; `limbeck check`
    /// without files tells all of it.
    Unchecked = "unchecked",

    /// Two revisions have the same id.
    ///
    /// Each file is one revision, and its id is its name everywhere. Give one of them another id and name it in
    /// its children.
    DuplicateRevision = "duplicate-revision",

    /// A branch label is used twice, or equals the id of a revision.
    ///
    /// Labels and ids share one name space, because both may stand for a revision in a range.
    DuplicateLabel = "duplicate-label",

    /// An id, a label or a target cannot be read as the name of a revision.
    ///
    /// An id has at most 32 characters, as the column of Alembic's version table. Blanks, quotes, slashes and
    /// `@ - + : , ;` are not allowed, for they mean something in ranges; `base`, `head` and `heads` are reserved.
    InvalidIdentifier = "invalid-identifier",

    /// A name stands for no revision.
    ///
    /// It may be misspelt, or the file of the revision is missing.
    UnknownRevision = "unknown-revision",

    /// A shortened id is the beginning of several revisions.
    ///
    /// Write more of it.
    AmbiguousRevision = "ambiguous-revision",

    /// `down_revision` or `depends_on` names the same revision twice.
    ///
    /// Leave one out.
    RepeatedReference = "repeated-reference",

    /// Revisions are their own ancestors by `down_revision`.
    ///
    /// Such a history has no order in which it could run. Name another parent in one of them.
    RevisionCycle = "revision-cycle",

    /// Revisions wait for each other by `down_revision` and `depends_on` together.
    ///
    /// Such a history has no order in which it could run. Take away one `depends_on`.
    DependencyCycle = "dependency-cycle",

    /// The history has several heads where one is meant.
    ///
    /// Merge them with `limbeck merge`, name one of them, or write `heads` for all.
    MultipleHeads = "multiple-heads",

    /// The history has several bases, so it is really several histories.
    ///
    /// A forgotten `down_revision` looks like this. Where it is meant, allow it in `limbeck.yaml`.
    MultipleBases = "multiple-bases",

    /// A range runs backwards or does not connect: its end cannot be reached from its start.
    ///
    /// An upgrade goes to descendants, a downgrade to ancestors of what the database has.
    DisconnectedRange = "disconnected-range",

    /// Of the revisions named together, one is an ancestor of another.
    ///
    /// The version table holds heads only: whoever has a revision has its ancestors too.
    OverlappingRevisions = "overlapping-revisions",

    /// A relative target such as `+2` or `-1` leaves the history, meets a fork, or goes the wrong way.
    ///
    /// Name the revision, or the branch as in `label@+1`.
    RelativeTarget = "relative-target",
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
