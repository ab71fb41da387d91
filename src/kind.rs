//! The kinds of objects, and the facts of each.

use std::fmt;

use Space::{Extensions, Functions, Namespaces, OnTable, Own, Relations, Types};

/// A kind of object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    Schema,
    Extension,
    #[default]
    Table,
    Index,
    Sequence,
    /// An enum or a composite.
    Type,
    Domain,
    /// What the language has no statement for: raw SQL makes it.
    Defined(Defined),
}

/// A kind that only raw SQL makes, in the order of the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defined {
    AccessMethod,
    Aggregate,
    /// A mark: raw SQL altered an object in a way that the model does not follow.
    Stale,
    Collation,
    ForeignTable,
    Function,
    MaterializedView,
    Operator,
    OperatorClass,
    Policy,
    Procedure,
    Publication,
    Role,
    Rule,
    Server,
    Statistics,
    Subscription,
    Trigger,
    View,
}

/// A set of names: no two objects of one set are called the same in one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Schemas, which lie in none.
    Namespaces,
    /// Extensions, before whose names no schema stands.
    Extensions,
    /// What `pg_class` holds.
    Relations,
    /// What `pg_type` holds.
    Types,
    /// What expressions call, told apart by arguments.
    Functions,
    /// What has a name for one table only. The model calls it `name on table`.
    OnTable,
    /// A set for the kind alone.
    Own,
}

/// What is to be known of a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// In statements and messages.
    pub word: &'static str,
    pub space: Space,
    /// Those of `pg_class`, as SQL lists them.
    pub relkinds: &'static str,
    /// Whether PostgreSQL looks at once for the tables that it names, or that it stands on.
    pub needs_tables: bool,
    /// Whether `drop` and `alter` in raw SQL take it from the model.
    pub follows_text: bool,
    /// Where the server keeps it, if not in `pg_class` or `pg_type`: the catalogue, and its columns of the name, and of the
    /// schema or table.
    pub catalog: Option<[&'static str; 3]>,
}

impl Kind {
    /// Every kind, in the order in which verify.sql asks about them.
    pub const ALL: [Self; 26] = [
        Self::Schema,
        Self::Extension,
        Self::Table,
        Self::Defined(Defined::View),
        Self::Defined(Defined::MaterializedView),
        Self::Defined(Defined::ForeignTable),
        Self::Index,
        Self::Sequence,
        Self::Type,
        Self::Domain,
        Self::Defined(Defined::Function),
        Self::Defined(Defined::Procedure),
        Self::Defined(Defined::Aggregate),
        Self::Defined(Defined::Collation),
        Self::Defined(Defined::Statistics),
        Self::Defined(Defined::Trigger),
        Self::Defined(Defined::Policy),
        Self::Defined(Defined::Rule),
        Self::Defined(Defined::AccessMethod),
        Self::Defined(Defined::Operator),
        Self::Defined(Defined::OperatorClass),
        Self::Defined(Defined::Publication),
        Self::Defined(Defined::Role),
        Self::Defined(Defined::Server),
        Self::Defined(Defined::Subscription),
        Self::Defined(Defined::Stale),
    ];

    /// One row for each kind, every field answered.
    #[must_use]
    #[rustfmt::skip]
    pub const fn facts(self) -> &'static KindFacts {
        match self {
            Self::Schema    => &KindFacts { word: "schema",    space: Namespaces, relkinds: "",         needs_tables: false, follows_text: false, catalog: None },
            Self::Extension => &KindFacts { word: "extension", space: Extensions, relkinds: "",         needs_tables: false, follows_text: false, catalog: None },
            Self::Table     => &KindFacts { word: "table",     space: Relations,  relkinds: "'r', 'p'", needs_tables: false, follows_text: true,  catalog: None },
            Self::Index     => &KindFacts { word: "index",     space: Relations,  relkinds: "'i', 'I'", needs_tables: true,  follows_text: false, catalog: None },
            Self::Sequence  => &KindFacts { word: "sequence",  space: Relations,  relkinds: "'S'",      needs_tables: false, follows_text: false, catalog: None },
            Self::Type      => &KindFacts { word: "type",      space: Types,      relkinds: "",         needs_tables: false, follows_text: true,  catalog: None },
            Self::Domain    => &KindFacts { word: "domain",    space: Types,      relkinds: "",         needs_tables: false, follows_text: false, catalog: None },
            Self::Defined(it) => it.facts(),
        }
    }

    /// The word for it in statements and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// The word with its article: `an index`.
    #[must_use]
    pub fn with_article(self) -> String {
        let word = self.word();
        let article = if word.starts_with(['a', 'e', 'i', 'o']) {
            "an"
        } else {
            "a"
        };
        format!("{article} {word}")
    }

    /// The kind that a word stands for.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// Whether a schema may stand before its names.
    #[must_use]
    pub const fn is_qualified(self) -> bool {
        match self.facts().space {
            Namespaces | Extensions => false,
            Relations | Types | Functions | OnTable | Own => true,
        }
    }

    /// Whether expressions call it.
    #[must_use]
    pub const fn is_function(self) -> bool {
        matches!(self.facts().space, Functions)
    }

    /// Whether its name holds for one table only.
    #[must_use]
    pub const fn is_on_table(self) -> bool {
        matches!(self.facts().space, OnTable)
    }
}

impl Defined {
    /// One row for each kind, every field answered.
    #[must_use]
    #[rustfmt::skip]
    pub const fn facts(self) -> &'static KindFacts {
        match self {
            Self::AccessMethod     => &KindFacts { word: "access method",     space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Aggregate        => &KindFacts { word: "aggregate",         space: Functions, relkinds: "",    needs_tables: false, follows_text: true,  catalog: Some(["pg_proc", "proname", "pronamespace"]) },
            Self::Stale            => &KindFacts { word: "change by raw SQL", space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Collation        => &KindFacts { word: "collation",         space: Own,       relkinds: "",    needs_tables: false, follows_text: true,  catalog: Some(["pg_collation", "collname", "collnamespace"]) },
            Self::ForeignTable     => &KindFacts { word: "foreign table",     space: Relations, relkinds: "'f'", needs_tables: false, follows_text: true,  catalog: None },
            Self::Function         => &KindFacts { word: "function",          space: Functions, relkinds: "",    needs_tables: false, follows_text: true,  catalog: Some(["pg_proc", "proname", "pronamespace"]) },
            Self::MaterializedView => &KindFacts { word: "materialized view", space: Relations, relkinds: "'m'", needs_tables: true,  follows_text: true,  catalog: None },
            Self::Operator         => &KindFacts { word: "operator",          space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::OperatorClass    => &KindFacts { word: "operator class",    space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Policy           => &KindFacts { word: "policy",            space: OnTable,   relkinds: "",    needs_tables: true,  follows_text: true,  catalog: Some(["pg_policy", "polname", "polrelid"]) },
            Self::Procedure        => &KindFacts { word: "procedure",         space: Functions, relkinds: "",    needs_tables: false, follows_text: true,  catalog: Some(["pg_proc", "proname", "pronamespace"]) },
            Self::Publication      => &KindFacts { word: "publication",       space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Role             => &KindFacts { word: "role",              space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Rule             => &KindFacts { word: "rule",              space: OnTable,   relkinds: "",    needs_tables: true,  follows_text: true,  catalog: Some(["pg_rewrite", "rulename", "ev_class"]) },
            Self::Server           => &KindFacts { word: "server",            space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Statistics       => &KindFacts { word: "statistics",        space: Own,       relkinds: "",    needs_tables: true,  follows_text: true,  catalog: Some(["pg_statistic_ext", "stxname", "stxnamespace"]) },
            Self::Subscription     => &KindFacts { word: "subscription",      space: Own,       relkinds: "",    needs_tables: false, follows_text: false, catalog: None },
            Self::Trigger          => &KindFacts { word: "trigger",           space: OnTable,   relkinds: "",    needs_tables: true,  follows_text: true,  catalog: Some(["pg_trigger", "tgname", "tgrelid"]) },
            Self::View             => &KindFacts { word: "view",              space: Relations, relkinds: "'v'", needs_tables: true,  follows_text: true,  catalog: None },
        }
    }

    /// The word for it in statements and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.facts().word
    }

    /// Whether expressions call it.
    #[must_use]
    pub const fn is_function(self) -> bool {
        matches!(self.facts().space, Functions)
    }

    /// Whether its name holds for one table only.
    #[must_use]
    pub const fn is_on_table(self) -> bool {
        matches!(self.facts().space, OnTable)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl fmt::Display for Defined {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}
