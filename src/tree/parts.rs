//! The parts of an expression, and the tables that a query reads.

use smol_str::SmolStr;

use crate::tree::{
    Assignment, Body, Common, ConflictAction, Expr, ExprKind, From, JoinCondition, MergeAction,
    Over, Query, Select, SortBy, Statement, Target, Window, With,
};

impl Expr {
    /// The expressions that it is made of, in order; those inside of queries are not among them.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Literal(_)
            | ExprKind::Column(_)
            | ExprKind::Star(_)
            | ExprKind::Keyword(_)
            | ExprKind::Default
            | ExprKind::Parameter(_)
            | ExprKind::ArrayQuery(_)
            | ExprKind::Subquery(_)
            | ExprKind::Exists(_) => Vec::new(),
            ExprKind::Field(one, _)
            | ExprKind::FieldStar(one)
            | ExprKind::Not(one)
            | ExprKind::IsNull(one)
            | ExprKind::IsBoolean(one)
            | ExprKind::IsOther(one)
            | ExprKind::Cast(one, _)
            | ExprKind::Collate(one, _)
            | ExprKind::InQuery(one, _) => vec![one],
            ExprKind::QuantifiedQuery { left, .. } => vec![left],
            ExprKind::IsDistinct(one, other)
            | ExprKind::AtTimeZone(one, other)
            | ExprKind::NullIf(one, other) => vec![one, other],
            ExprKind::Quantified { left, right, .. } => vec![left, right],
            ExprKind::Operator { left, right, .. } => {
                left.iter().map(|it| &**it).chain([&**right]).collect()
            }
            ExprKind::SimilarTo {
                left,
                right,
                escape,
            } => {
                let escape = escape.iter().map(|it| &**it);
                [&**left, &**right].into_iter().chain(escape).collect()
            }
            ExprKind::LikeEscape {
                left,
                right,
                escape,
                ..
            } => vec![left, right, escape],
            ExprKind::Between { operand, low, high } => vec![operand, low, high],
            ExprKind::And(parts)
            | ExprKind::Or(parts)
            | ExprKind::Array(parts)
            | ExprKind::Row(parts)
            | ExprKind::Common(_, parts)
            | ExprKind::Grouping(parts)
            | ExprKind::Opaque(parts) => parts.iter().collect(),
            ExprKind::In(one, list) => [&**one].into_iter().chain(list).collect(),
            ExprKind::Subscript { base, bounds, .. } => {
                [&**base].into_iter().chain(bounds).collect()
            }
            ExprKind::Case {
                operand,
                arms,
                otherwise,
            } => {
                let operand = operand.iter().map(|it| &**it);
                let arms = arms.iter().flat_map(|it| [&it.0, &it.1]);
                let otherwise = otherwise.iter().map(|it| &**it);
                operand.chain(arms).chain(otherwise).collect()
            }
            ExprKind::Call(call) => {
                let arguments = call.arguments.iter().map(|it| &it.value);
                let sorts = call.order_by.iter().map(|it| &it.value);
                let within = call.within_group.iter().flatten().map(|it| &it.value);
                let filter = call.filter.iter().map(|it| &**it);
                let mut parts: Vec<&Self> =
                    arguments.chain(sorts).chain(within).chain(filter).collect();
                if let Some(Over::Spec(window)) = &call.over {
                    parts.extend(window.children());
                }
                parts
            }
        }
    }

    /// Lets `change` see and change each of the expressions that it is made of.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub fn for_each_child(&mut self, change: &mut dyn FnMut(&mut Self)) {
        match &mut self.kind {
            ExprKind::Literal(_)
            | ExprKind::Column(_)
            | ExprKind::Star(_)
            | ExprKind::Keyword(_)
            | ExprKind::Default
            | ExprKind::Parameter(_)
            | ExprKind::ArrayQuery(_)
            | ExprKind::Subquery(_)
            | ExprKind::Exists(_) => {}
            ExprKind::Field(one, _)
            | ExprKind::FieldStar(one)
            | ExprKind::Not(one)
            | ExprKind::IsNull(one)
            | ExprKind::IsBoolean(one)
            | ExprKind::IsOther(one)
            | ExprKind::Cast(one, _)
            | ExprKind::Collate(one, _)
            | ExprKind::InQuery(one, _)
            | ExprKind::QuantifiedQuery { left: one, .. } => change(one),
            ExprKind::IsDistinct(one, other)
            | ExprKind::AtTimeZone(one, other)
            | ExprKind::NullIf(one, other)
            | ExprKind::Quantified {
                left: one,
                right: other,
                ..
            } => {
                change(one);
                change(other);
            }
            ExprKind::Operator { left, right, .. } => {
                for it in left.iter_mut().chain([right]) {
                    change(it);
                }
            }
            ExprKind::SimilarTo {
                left,
                right,
                escape,
            } => {
                for it in [left, right].into_iter().chain(escape) {
                    change(it);
                }
            }
            ExprKind::LikeEscape {
                left,
                right,
                escape,
                ..
            }
            | ExprKind::Between {
                operand: left,
                low: right,
                high: escape,
            } => {
                for it in [left, right, escape] {
                    change(it);
                }
            }
            ExprKind::And(parts)
            | ExprKind::Or(parts)
            | ExprKind::Array(parts)
            | ExprKind::Row(parts)
            | ExprKind::Common(_, parts)
            | ExprKind::Grouping(parts)
            | ExprKind::Opaque(parts) => parts.iter_mut().for_each(change),
            ExprKind::In(one, list) => {
                change(one);
                list.iter_mut().for_each(change);
            }
            ExprKind::Subscript { base, bounds, .. } => {
                change(base);
                bounds.iter_mut().for_each(change);
            }
            ExprKind::Case {
                operand,
                arms,
                otherwise,
            } => {
                if let Some(operand) = operand {
                    change(operand);
                }
                for (when, then) in arms {
                    change(when);
                    change(then);
                }
                if let Some(otherwise) = otherwise {
                    change(otherwise);
                }
            }
            ExprKind::Call(call) => {
                for it in &mut call.arguments {
                    change(&mut it.value);
                }
                let within = call.within_group.iter_mut().flatten();
                for it in call.order_by.iter_mut().chain(within) {
                    change(&mut it.value);
                }
                if let Some(filter) = &mut call.filter {
                    change(filter);
                }
            }
        }
    }

    /// What it is, without its parts and places: two expressions are written alike where heads and parts are the same.
    #[must_use]
    pub fn head(&self) -> String {
        match &self.kind {
            ExprKind::Literal(it) => format!("{it:?}"),
            ExprKind::Column(parts) => format!("column {parts:?}"),
            ExprKind::Star(parts) => format!("star {parts:?}"),
            ExprKind::Keyword(word) => format!("keyword {word}"),
            ExprKind::Parameter(number) => format!("${number}"),
            ExprKind::Field(_, name) => format!("field {:?}", name.parts),
            ExprKind::Cast(_, ty) => format!("cast {}", ty.text),
            ExprKind::Collate(_, name) => format!("collate {:?}", name.parts),
            ExprKind::Operator { operator, left, .. } => format!(
                "operator {:?} {} {}",
                operator.schema,
                operator.name,
                left.is_some()
            ),
            ExprKind::Quantified { operator, .. } => format!("any {}", operator.name),
            ExprKind::LikeEscape { operator, .. } => format!("escape {operator}"),
            ExprKind::Common(common, _) => format!("{common:?}"),
            ExprKind::Subscript { bounds, slice, .. } => format!("[{}{slice}]", bounds.len()),
            ExprKind::Case {
                operand, otherwise, ..
            } => format!("case {} {}", operand.is_some(), otherwise.is_some()),
            ExprKind::Call(call) => format!(
                "call {:?} {} {} {:?}",
                call.function.parts,
                call.star,
                call.distinct,
                call.arguments
                    .iter()
                    .map(|it| (&it.name, it.variadic))
                    .collect::<Vec<_>>()
            ),
            // What holds a query is the same where all of it is written alike.
            ExprKind::InQuery(..)
            | ExprKind::QuantifiedQuery { .. }
            | ExprKind::ArrayQuery(_)
            | ExprKind::Subquery(_)
            | ExprKind::Exists(_) => without_places(&format!("{:?}", self.kind)),
            ExprKind::FieldStar(_) => "fields".to_owned(),
            ExprKind::And(_) => "and".to_owned(),
            ExprKind::Or(_) => "or".to_owned(),
            ExprKind::Not(_) => "not".to_owned(),
            ExprKind::IsNull(_) => "is null".to_owned(),
            ExprKind::IsBoolean(_) => "is boolean".to_owned(),
            ExprKind::IsDistinct(..) => "is distinct".to_owned(),
            ExprKind::IsOther(_) => "is other".to_owned(),
            ExprKind::SimilarTo { .. } => "similar".to_owned(),
            ExprKind::AtTimeZone(..) => "at time zone".to_owned(),
            ExprKind::Between { .. } => "between".to_owned(),
            ExprKind::In(..) => "in".to_owned(),
            ExprKind::Array(_) => "array".to_owned(),
            ExprKind::Row(_) => "row".to_owned(),
            ExprKind::NullIf(..) => "nullif".to_owned(),
            ExprKind::Grouping(_) => "grouping".to_owned(),
            ExprKind::Default => "default".to_owned(),
            ExprKind::Opaque(_) => "opaque".to_owned(),
        }
    }

    /// Whether a query is one of its own parts.
    #[must_use]
    pub fn holds_query(&self) -> bool {
        self.own_query().is_some()
    }

    /// The query that is one of its own parts.
    fn own_query(&self) -> Option<&Query> {
        if let ExprKind::InQuery(_, query)
        | ExprKind::QuantifiedQuery { query, .. }
        | ExprKind::ArrayQuery(query)
        | ExprKind::Subquery(query)
        | ExprKind::Exists(query) = &self.kind
        {
            return Some(query);
        }
        None
    }

    fn names_relation(&self, name: &SmolStr) -> bool {
        self.own_query().is_some_and(|it| it.names_relation(name))
            || self
                .children()
                .into_iter()
                .any(|it| it.names_relation(name))
    }
}

impl Target {
    /// Whether it stands for several columns: `*`, `t.*`, `(composite).*`.
    #[must_use]
    pub fn is_star(&self) -> bool {
        match self {
            Self::Star(_) => true,
            Self::Value { value, .. } => {
                matches!(value.kind, ExprKind::Star(_) | ExprKind::FieldStar(_))
            }
        }
    }
}

impl Common {
    /// Its name, as it is called.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Coalesce => "coalesce",
            Self::Greatest => "greatest",
            Self::Least => "least",
        }
    }
}

/// A tree as text without the places where its parts stand, which are ranges of numbers.
fn without_places(tree: &str) -> String {
    let is_digit = |it: char| it.is_ascii_digit();
    let mut text = String::new();
    for (at, piece) in tree.split("..").enumerate() {
        let piece = if at > 0 {
            piece.trim_start_matches(is_digit)
        } else {
            piece
        };
        text.push_str(piece.trim_end_matches(is_digit));
    }
    text
}

impl Window {
    fn children(&self) -> impl Iterator<Item = &Expr> {
        let sorts = self.order_by.iter().map(|it| &it.value);
        let offsets = self.frame.iter().flat_map(|it| &it.offsets);
        self.partition_by.iter().chain(sorts).chain(offsets)
    }
}

impl Query {
    /// Whether `name` alone stands anywhere in it as a table.
    #[must_use]
    pub fn names_relation(&self, name: &SmolStr) -> bool {
        let named = |it: &Expr| it.names_relation(name);
        let tables = self.with.iter().flat_map(|it| &it.tables);
        if tables.clone().any(|it| it.name == *name) {
            // Another table of that name stands before it.
            return false;
        }
        let body = match &self.body {
            Body::Select(select) => select.names_relation(name),
            Body::Values(rows) => rows.iter().flatten().any(named),
            Body::Table(table) => table.parts.as_slice() == std::slice::from_ref(name),
            Body::Set { left, right, .. } => {
                left.names_relation(name) || right.names_relation(name)
            }
            Body::Nested(query) => query.names_relation(name),
            Body::Opaque => false,
        };
        body || with_names(self.with.as_ref(), name)
            || sorts_name(&self.order_by, name)
            || self.limit.iter().any(named)
    }
}

fn sorts_name(sorts: &[SortBy], name: &SmolStr) -> bool {
    sorts.iter().any(|it| it.value.names_relation(name))
}

fn with_names(with: Option<&With>, name: &SmolStr) -> bool {
    let mut tables = with.into_iter().flat_map(|it| &it.tables);
    tables.any(|it| it.statement.names_relation(name))
}

impl Select {
    fn names_relation(&self, name: &SmolStr) -> bool {
        let named = |it: &Expr| it.names_relation(name);
        targets_name(&self.targets, name)
            || self.from.iter().any(|it| it.names_relation(name))
            || self.filter.iter().any(named)
            || self.having.iter().any(named)
            || self.distinct.iter().flatten().any(named)
    }
}

fn targets_name(targets: &[Target], name: &SmolStr) -> bool {
    targets.iter().any(|it| match it {
        Target::Star(_) => false,
        Target::Value { value, .. } => value.names_relation(name),
    })
}

impl From {
    fn names_relation(&self, name: &SmolStr) -> bool {
        match self {
            Self::Relation { name: own, .. } => own.parts.as_slice() == std::slice::from_ref(name),
            Self::Query { query, .. } => query.names_relation(name),
            Self::Functions { calls, .. } => calls.iter().any(|it| it.0.names_relation(name)),
            Self::Join(join) => {
                let on = match &join.condition {
                    JoinCondition::On(on) => on.names_relation(name),
                    JoinCondition::None | JoinCondition::Natural | JoinCondition::Using(..) => {
                        false
                    }
                };
                on || join.left.names_relation(name) || join.right.names_relation(name)
            }
            Self::Opaque { parts, .. } => parts.iter().any(|it| it.names_relation(name)),
        }
    }
}

impl Statement {
    /// Whether `name` alone stands anywhere in it as a table that is read.
    #[must_use]
    pub fn names_relation(&self, name: &SmolStr) -> bool {
        let named = |it: &Expr| it.names_relation(name);
        let set_names = |set: &[Assignment]| {
            set.iter().any(|it| match it {
                Assignment::One(_, value) => value.names_relation(name),
                Assignment::Row(_, values) => values.iter().any(named),
                Assignment::Query(_, query) => query.names_relation(name),
            })
        };
        match self {
            Self::Query(query) => query.names_relation(name),
            Self::Insert(it) => {
                with_names(it.with.as_ref(), name)
                    || it.source.iter().any(|it| it.names_relation(name))
                    || it.on_conflict.iter().any(|it| match &it.action {
                        ConflictAction::Nothing => false,
                        ConflictAction::Update { set, filter } => {
                            set_names(set) || filter.iter().any(named)
                        }
                    })
                    || targets_name(&it.returning, name)
            }
            Self::Update(it) => {
                with_names(it.with.as_ref(), name)
                    || set_names(&it.set)
                    || it.from.iter().any(|it| it.names_relation(name))
                    || it.filter.iter().any(named)
                    || targets_name(&it.returning, name)
            }
            Self::Delete(it) => {
                with_names(it.with.as_ref(), name)
                    || it.using.iter().any(|it| it.names_relation(name))
                    || it.filter.iter().any(named)
                    || targets_name(&it.returning, name)
            }
            Self::Merge(it) => {
                with_names(it.with.as_ref(), name)
                    || it.using.names_relation(name)
                    || it.on.names_relation(name)
                    || it.clauses.iter().any(|clause| {
                        clause.condition.iter().any(named)
                            || match &clause.action {
                                MergeAction::Nothing | MergeAction::Delete => false,
                                MergeAction::Update(set) => set_names(set),
                                MergeAction::Insert { values, .. } => {
                                    values.iter().flatten().any(named)
                                }
                            }
                    })
            }
            Self::Opaque => false,
        }
    }
}
