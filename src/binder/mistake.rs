//! What PostgreSQL's parse analysis would refuse.

use std::ops::Range;

use crate::diagnostic::nearest;

/// Why an expression or query does not bind, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub class: Class,
    pub message: String,
    pub help: Option<String>,
    /// The bytes of what is wrong, in the text that was bound.
    pub range: Range<usize>,
}

/// The conditions of PostgreSQL's appendix A that a mistake belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    UnknownColumn,
    UnknownTable,
    /// A function, operator, aggregate or cast to a type's name.
    UnknownFunction,
    UnknownType,
    /// Any other object: a collation, a constraint.
    UnknownObject,
    AmbiguousColumn,
    AmbiguousFunction,
    AmbiguousAlias,
    /// A value of a type where another one stands.
    TypeMismatch,
    /// There is no cast.
    NoCast,
    /// Columns that are neither grouped nor aggregated, and aggregates where none may stand.
    Grouping,
    Windowing,
    /// An object of another kind.
    WrongObject,
    /// Refused by the grammar's rules behind the grammar: numbers of columns and values.
    Syntax,
    /// `order by`, `distinct on` and `on conflict` that refer to nothing.
    Reference,
    /// A column twice.
    Duplicate,
    /// An identity or generated column that gets a value.
    Generated,
    /// A literal that its type cannot read.
    InvalidLiteral,
    NotSupported,
    Collation,
    Recursion,
}

impl Class {
    /// The SQLSTATE that PostgreSQL most often gives.
    #[must_use]
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::UnknownColumn => "42703",
            Self::UnknownTable => "42P01",
            Self::UnknownFunction => "42883",
            Self::UnknownType | Self::UnknownObject => "42704",
            Self::AmbiguousColumn => "42702",
            Self::AmbiguousFunction => "42725",
            Self::AmbiguousAlias => "42712",
            Self::TypeMismatch => "42804",
            Self::NoCast => "42846",
            Self::Grouping => "42803",
            Self::Windowing => "42P20",
            Self::WrongObject => "42809",
            Self::Syntax => "42601",
            Self::Reference => "42P10",
            Self::Duplicate => "42701",
            Self::Generated => "428C9",
            Self::InvalidLiteral => "22P02",
            Self::NotSupported => "0A000",
            Self::Collation => "42P21",
            Self::Recursion => "42P19",
        }
    }
}

impl Mistake {
    /// A mistake without advice.
    #[must_use]
    pub fn new(class: Class, range: &Range<usize>, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            help: None,
            range: range.clone(),
        }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with "did you mean" where one of `candidates` is near `word`.
    #[must_use]
    pub fn suggest<'a>(
        mut self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        if self.help.is_none() {
            let others = candidates.into_iter().filter(|it| *it != word);
            self.help = nearest(word, others).map(|it| format!("did you mean `{it}`?"));
        }
        self
    }

    /// The same with advice, unless it has some already.
    #[must_use]
    pub fn or_help(mut self, help: impl FnOnce() -> String) -> Self {
        self.help = self.help.or_else(|| Some(help()));
        self
    }
}
