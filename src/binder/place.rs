//! Where an expression stands, and what may not stand there (`ParseExprKind`).

/// A place for expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    JoinCondition,
    FromFunction,
    /// A subquery in `from`.
    FromQuery,
    Where,
    Having,
    Filter,
    WindowPartition,
    WindowOrder,
    WindowFrame,
    Target,
    InsertTarget,
    UpdateSource,
    GroupBy,
    OrderBy,
    DistinctOn,
    Limit,
    Returning,
    Values,
    Check,
    DomainCheck,
    Default,
    Index,
    IndexPredicate,
    Exclusion,
    Statistics,
    Using,
    Generated,
    PartitionKey,
    PartitionBound,
    TriggerWhen,
    Policy,
    MergeWhen,
    /// A query that `assert` or `verify` asks.
    Asked,
}

impl Place {
    /// As messages say it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::JoinCondition => "a join condition",
            Self::FromFunction => "a function in `from`",
            Self::FromQuery => "a subquery in `from`",
            Self::Where => "`where`",
            Self::Having => "`having`",
            Self::Filter => "`filter`",
            Self::WindowPartition => "the `partition by` of a window",
            Self::WindowOrder => "the `order by` of a window",
            Self::WindowFrame => "the frame of a window",
            Self::Target => "a `select` list",
            Self::InsertTarget => "`insert`",
            Self::UpdateSource => "`set`",
            Self::GroupBy => "`group by`",
            Self::OrderBy => "`order by`",
            Self::DistinctOn => "`distinct on`",
            Self::Limit => "`limit`",
            Self::Returning => "`returning`",
            Self::Values => "`values`",
            Self::Check => "a check constraint",
            Self::DomainCheck => "the check of a domain",
            Self::Default => "a default",
            Self::Index => "an index",
            Self::IndexPredicate => "the predicate of an index",
            Self::Exclusion => "an exclusion constraint",
            Self::Statistics => "statistics",
            Self::Using => "`using`",
            Self::Generated => "a generated column",
            Self::PartitionKey => "a partition key",
            Self::PartitionBound => "the bound of a partition",
            Self::TriggerWhen => "the condition of a trigger",
            Self::Policy => "a policy",
            Self::MergeWhen => "the condition of `when`",
            Self::Asked => "the condition of an assertion",
        }
    }

    /// Whether what stands there must give the same result for ever.
    #[must_use]
    pub fn must_be_immutable(self) -> bool {
        matches!(
            self,
            Self::Index
                | Self::IndexPredicate
                | Self::Exclusion
                | Self::Generated
                | Self::PartitionKey
        )
    }

    /// Whether what stands there is a condition, which must be boolean.
    #[must_use]
    pub fn is_condition(self) -> bool {
        matches!(
            self,
            Self::JoinCondition
                | Self::Where
                | Self::Having
                | Self::Filter
                | Self::Check
                | Self::DomainCheck
                | Self::IndexPredicate
                | Self::TriggerWhen
                | Self::Policy
                | Self::MergeWhen
                | Self::Asked
        )
    }

    /// Whether an aggregate may stand there.
    pub(super) fn allows_aggregates(self) -> bool {
        // Where they belong to no query, that is another mistake; in a query, they stand in its parts.
        matches!(
            self,
            Self::Having
                | Self::Target
                | Self::OrderBy
                | Self::DistinctOn
                | Self::WindowPartition
                | Self::WindowOrder
                | Self::InsertTarget
                | Self::Asked
        )
    }

    /// Whether a window function may stand there.
    pub(super) fn allows_windows(self) -> bool {
        matches!(
            self,
            Self::Target | Self::InsertTarget | Self::OrderBy | Self::DistinctOn | Self::Asked
        )
    }

    /// Whether a function that returns a set may stand there.
    pub(super) fn allows_sets(self) -> bool {
        matches!(
            self,
            Self::Target
                | Self::InsertTarget
                | Self::GroupBy
                | Self::OrderBy
                | Self::DistinctOn
                | Self::FromFunction
                | Self::WindowPartition
                | Self::WindowOrder
                | Self::Asked
        )
    }

    /// Whether a subquery may stand there (`transformSubLink`).
    pub(super) fn allows_queries(self) -> bool {
        !matches!(
            self,
            Self::Check
                | Self::DomainCheck
                | Self::Default
                | Self::Index
                | Self::IndexPredicate
                | Self::Exclusion
                | Self::Statistics
                | Self::Using
                | Self::Generated
                | Self::PartitionKey
                | Self::PartitionBound
                | Self::TriggerWhen
        )
    }
}
