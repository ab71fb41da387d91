//! Why and how a value becomes one of another type.

use crate::builtin::Volatility;

/// Why a value is converted: each context allows what those before it allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    Implicit,
    Assignment,
    Explicit,
}

/// How a value of one type becomes one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pathway {
    /// As it is.
    Same,
    /// By a function, or through text: as volatile as that.
    Converted(Volatility),
    /// Nobody can say here.
    Opaque,
}

impl Pathway {
    /// How volatile the conversion is.
    #[must_use]
    pub fn volatility(self) -> Volatility {
        match self {
            Self::Same | Self::Opaque => Volatility::Immutable,
            Self::Converted(volatility) => volatility,
        }
    }
}
