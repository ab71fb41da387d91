//! What may follow an operand, and how tight it binds: the table of precedences of `gram.y`.

use squawk_syntax::{SyntaxElement, SyntaxKind};

/// Levels of precedence in the order of `gram.y`; the higher binds the tighter.
pub(super) mod level {
    pub(in super::super) const NOTHING: u8 = 0;
    pub(in super::super) const OR: u8 = 1;
    pub(in super::super) const AND: u8 = 2;
    pub(in super::super) const NOT: u8 = 3;
    pub(in super::super) const IS: u8 = 4;
    pub(in super::super) const COMPARE: u8 = 5;
    /// `between`, `in`, `like`, `ilike`, `similar`.
    pub(in super::super) const LIKE: u8 = 6;
    /// All operators without a level of their own.
    pub(in super::super) const OTHER: u8 = 7;
    pub(in super::super) const ADD: u8 = 8;
    pub(in super::super) const MULTIPLY: u8 = 9;
    pub(in super::super) const POWER: u8 = 10;
    pub(in super::super) const AT: u8 = 11;
    pub(in super::super) const COLLATE: u8 = 12;
    pub(in super::super) const SIGN: u8 = 13;
    pub(in super::super) const CAST: u8 = 14;
    /// `overlaps` stands between two rows and nothing else.
    pub(in super::super) const OVERLAPS: u8 = 15;
}

/// What may follow an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Infix {
    Or,
    And,
    /// `is` and `is not`, then a word.
    Is,
    /// `isnull`, `notnull`.
    IsNull,
    /// `is normalized`, `is json`: all words in one node.
    IsOther,
    Distinct,
    Symbol(u8),
    Like(&'static str),
    SimilarTo,
    In,
    Between,
    AtTimeZone,
    AtLocal,
    Collate,
    Cast,
    Overlaps,
}

impl Infix {
    pub(super) fn level(self) -> u8 {
        match self {
            Self::Or => level::OR,
            Self::And => level::AND,
            Self::Is | Self::IsNull | Self::IsOther | Self::Distinct => level::IS,
            Self::Symbol(level) => level,
            Self::Like(_) | Self::SimilarTo | Self::In | Self::Between => level::LIKE,
            Self::AtTimeZone | Self::AtLocal => level::AT,
            Self::Collate => level::COLLATE,
            Self::Cast => level::CAST,
            Self::Overlaps => level::OVERLAPS,
        }
    }

    /// Whether `b_expr` has it, which stands between `between` and `and`. PostgreSQL has no `collate` and no
    /// `at time zone` there; they do no harm.
    pub(super) fn is_simple(self) -> bool {
        match self {
            Self::Is
            | Self::Distinct
            | Self::Symbol(_)
            | Self::AtTimeZone
            | Self::AtLocal
            | Self::Collate
            | Self::Cast
            | Self::Overlaps => true,
            Self::Or
            | Self::And
            | Self::IsNull
            | Self::IsOther
            | Self::Like(_)
            | Self::SimilarTo
            | Self::In
            | Self::Between => false,
        }
    }

    /// The infix operator at that place, if one is.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the parser knows two thousand kinds"
    )]
    pub(super) fn of(element: &SyntaxElement) -> Option<Self> {
        Some(match element.kind() {
            SyntaxKind::OR_KW => Self::Or,
            SyntaxKind::AND_KW => Self::And,
            SyntaxKind::IS_KW | SyntaxKind::IS_NOT => Self::Is,
            SyntaxKind::ISNULL_KW | SyntaxKind::NOTNULL_KW => Self::IsNull,
            SyntaxKind::IS_NORMALIZED
            | SyntaxKind::IS_NOT_NORMALIZED
            | SyntaxKind::IS_JSON
            | SyntaxKind::IS_JSON_ARRAY
            | SyntaxKind::IS_JSON_OBJECT
            | SyntaxKind::IS_JSON_SCALAR
            | SyntaxKind::IS_JSON_VALUE
            | SyntaxKind::IS_NOT_JSON
            | SyntaxKind::IS_NOT_JSON_ARRAY
            | SyntaxKind::IS_NOT_JSON_OBJECT
            | SyntaxKind::IS_NOT_JSON_SCALAR
            | SyntaxKind::IS_NOT_JSON_VALUE => Self::IsOther,
            SyntaxKind::IS_DISTINCT_FROM | SyntaxKind::IS_NOT_DISTINCT_FROM => Self::Distinct,
            SyntaxKind::EQ
            | SyntaxKind::L_ANGLE
            | SyntaxKind::R_ANGLE
            | SyntaxKind::LTEQ
            | SyntaxKind::GTEQ
            | SyntaxKind::NEQ
            | SyntaxKind::NEQB => Self::Symbol(level::COMPARE),
            SyntaxKind::LIKE_KW => Self::Like("~~"),
            SyntaxKind::NOT_LIKE => Self::Like("!~~"),
            SyntaxKind::ILIKE_KW => Self::Like("~~*"),
            SyntaxKind::NOT_ILIKE => Self::Like("!~~*"),
            SyntaxKind::SIMILAR_TO | SyntaxKind::NOT_SIMILAR_TO => Self::SimilarTo,
            SyntaxKind::IN_KW | SyntaxKind::NOT_IN => Self::In,
            // Any other `not` begins an operand.
            SyntaxKind::BETWEEN_KW | SyntaxKind::NOT_KW => Self::Between,
            SyntaxKind::CUSTOM_OP | SyntaxKind::OPERATOR_CALL => Self::Symbol(level::OTHER),
            SyntaxKind::PLUS | SyntaxKind::MINUS => Self::Symbol(level::ADD),
            SyntaxKind::STAR | SyntaxKind::SLASH | SyntaxKind::PERCENT => {
                Self::Symbol(level::MULTIPLY)
            }
            SyntaxKind::CARET => Self::Symbol(level::POWER),
            SyntaxKind::AT_TIME_ZONE => Self::AtTimeZone,
            SyntaxKind::AT_LOCAL => Self::AtLocal,
            SyntaxKind::COLLATE_KW => Self::Collate,
            SyntaxKind::COLON_COLON => Self::Cast,
            SyntaxKind::OVERLAPS_KW => Self::Overlaps,
            _ => return None,
        })
    }
}
