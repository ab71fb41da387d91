//! What may stand beside aggregates and `group by` (manual 7.2.3; `parse_agg.c`), and when two expressions are the same.

use std::cell::RefCell;
use std::ops::Range;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Flat;
use crate::binder::scope::Variable;
use crate::binder::{Binder, Result};
use crate::schema::TEMPORARY;
use crate::tree::{Expr, ExprKind, GroupBy, Query, Select};

/// What rows are grouped by.
#[derive(Debug, Clone, Copy)]
pub(super) enum GroupKey<'q> {
    Expr(&'q Expr),
    Variable(Variable),
}

impl Binder<'_> {
    /// Refuses columns that are neither grouped nor in an aggregate.
    pub(super) fn check_grouping(
        &mut self,
        query: &Query,
        select: &Select,
        flats: &[Flat<'_>],
        groups: &[GroupKey<'_>],
    ) -> Result<()> {
        let level = self.scope.levels.last().expect("a level is open");
        if select.group_by.is_empty() && select.having.is_none() && !level.has_aggregate {
            return Ok(());
        }
        if level.sources.iter().any(|it| it.opaque) && flats.is_empty() {
            return Ok(());
        }
        let depth = self.scope.levels.len() - 1;
        let has_sets = select
            .group_by
            .iter()
            .any(|it| matches!(it, GroupBy::Sets(_)));
        let mut grouped: Vec<Variable> = Vec::new();
        for key in groups {
            match key {
                GroupKey::Variable(variable) => grouped.push(*variable),
                GroupKey::Expr(expr) => {
                    grouped.extend(
                        self.variable_at(&expr.range, depth)
                            .filter(|_| matches!(expr.kind, ExprKind::Column(_))),
                    );
                }
            }
        }
        let determined = if has_sets {
            Vec::new()
        } else {
            self.determined(&grouped)
        };
        let check = Check {
            depth,
            relied: RefCell::default(),
            groups,
            grouped: &grouped,
            determined: &determined,
        };
        for flat in flats {
            match (flat.variable, flat.expr) {
                (Some(variable), _) => {
                    if !check.is_grouped(variable) {
                        return Err(self.ungrouped(variable, &flat.range));
                    }
                }
                (None, Some(expr)) => self.check_grouped(expr, &check)?,
                (None, None) => {}
            }
        }
        if let Some(having) = &select.having {
            self.check_grouped(having, &check)?;
        }
        for sort in &query.order_by {
            // What names a target was looked at there.
            if self
                .variables
                .contains_key(&(sort.value.range.start, sort.value.range.end))
                || !matches!(sort.value.kind, ExprKind::Column(_) | ExprKind::Literal(_))
            {
                self.check_grouped(&sort.value, &check)?;
            }
        }
        // A query that is kept depends on such a key (manual: CREATE VIEW; `check_functional_grouping`).
        for source in check.relied.into_inner() {
            let relation = self.origins[source].relation.clone();
            let key = relation.and_then(|it| {
                let (key, _) = self.world.schema.table(&it)?.primary_key()?;
                Some((it.clone(), key.clone()))
            });
            self.uses.keys.extend(key);
        }
        Ok(())
    }

    fn variable_at(&self, range: &Range<usize>, depth: usize) -> Option<Variable> {
        let (variable, at) = self.variables.get(&(range.start, range.end))?;
        (*at == depth).then_some(*variable)
    }

    /// The sources whose primary key is grouped by: all their columns depend on it.
    fn determined(&self, grouped: &[Variable]) -> Vec<usize> {
        let mut sources: Vec<usize> = grouped.iter().map(|it| it.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.retain(|source| {
            let origin = &self.origins[*source];
            // The keys of temporary tables are not known.
            if origin
                .relation
                .as_ref()
                .is_some_and(|it| it.schema == TEMPORARY)
            {
                return true;
            }
            let table = origin
                .relation
                .as_ref()
                .and_then(|it| self.world.schema.table(it));
            let Some((_, key)) = table.and_then(crate::schema::Table::primary_key) else {
                return false;
            };
            key.columns.iter().all(|column| {
                grouped.iter().any(|it| {
                    it.source == *source
                        && it.column.and_then(|at| origin.columns.get(at)) == Some(column)
                })
            })
        });
        sources
    }

    fn check_grouped(&self, expr: &Expr, check: &Check<'_>) -> Result<()> {
        let same = check.groups.iter().any(|it| match it {
            GroupKey::Expr(key) => self.same(key, expr),
            GroupKey::Variable(_) => false,
        });
        if same {
            return Ok(());
        }
        if matches!(expr.kind, ExprKind::Column(_)) {
            return match self.variable_at(&expr.range, check.depth) {
                Some(variable) if !check.is_grouped(variable) => {
                    Err(self.ungrouped(variable, &expr.range))
                }
                Some(_) | None => Ok(()),
            };
        }
        if matches!(expr.kind, ExprKind::Grouping(_)) || self.is_aggregate(expr, check.depth) {
            return Ok(());
        }
        let children = expr.children();
        children
            .iter()
            .try_for_each(|it| self.check_grouped(it, check))?;
        if expr.holds_query() {
            let apart: Vec<&Range<usize>> = children.iter().map(|it| &it.range).collect();
            return self.check_within(&expr.range, &apart, check);
        }
        Ok(())
    }

    /// Whether it is a call of an aggregate of that level, or of what may be one.
    fn is_aggregate(&self, expr: &Expr, depth: usize) -> bool {
        let ExprKind::Call(call) = &expr.kind else {
            return false;
        };
        let place = (expr.range.start, expr.range.end);
        self.aggregates.get(&place) == Some(&depth)
            || self.maybe_aggregates.contains(&call.function.range.start)
    }

    /// The same for what a subquery reads of this level; `apart` is what stands beside it.
    fn check_within(
        &self,
        range: &Range<usize>,
        apart: &[&Range<usize>],
        check: &Check<'_>,
    ) -> Result<()> {
        let inside = self
            .variables
            .range((range.start, 0)..(range.end, 0))
            .filter(|it| it.1.1 == check.depth)
            .filter(|it| !apart.iter().any(|range| range.contains(&it.0.0)));
        for (&(start, end), (variable, _)) in inside {
            let in_aggregate = self
                .aggregates
                .iter()
                .any(|(&(from, to), depth)| *depth == check.depth && from <= start && end <= to);
            if !in_aggregate && !check.is_grouped(*variable) {
                return Err(self.ungrouped(*variable, &(start..end)));
            }
        }
        Ok(())
    }

    fn ungrouped(&self, variable: Variable, range: &Range<usize>) -> Mistake {
        let origin = &self.origins[variable.source];
        let name = variable.column.and_then(|at| origin.columns.get(at));
        let what = match name {
            Some(name) => format!("column \"{name}\""),
            None => "the row".to_owned(),
        };
        Mistake::new(
            Class::Grouping,
            range,
            format!("{what} must stand in `group by` or in an aggregate"),
        )
        .help("group by it, or say which of its values is meant: min(…), array_agg(…)")
    }

    /// Whether two expressions of this level are the same.
    pub(super) fn same(&self, one: &Expr, other: &Expr) -> bool {
        // `t.*` is the row of `t`, as `t` is.
        if let (
            ExprKind::Column(left) | ExprKind::Star(left),
            ExprKind::Column(right) | ExprKind::Star(right),
        ) = (&one.kind, &other.kind)
        {
            let known = |it: &Expr| self.variables.get(&(it.range.start, it.range.end));
            return match (known(one), known(other)) {
                (Some(one), Some(other)) => one == other,
                (None, None) => left == right,
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        let (children, others) = (one.children(), other.children());
        one.head() == other.head()
            && children.len() == others.len()
            && children
                .into_iter()
                .zip(others)
                .all(|(one, other)| self.same(one, other))
    }

    /// Whether two targets are the same.
    pub(super) fn same_target(&self, one: &Flat<'_>, other: &Flat<'_>) -> bool {
        match (one.variable, other.variable) {
            (Some(one), Some(other)) => one == other,
            (Some(variable), None) => self.is_variable(other, variable),
            (None, Some(variable)) => self.is_variable(one, variable),
            (None, None) => match (one.expr, other.expr) {
                (Some(one), Some(other)) => self.same(one, other),
                _ => false,
            },
        }
    }

    fn is_variable(&self, flat: &Flat<'_>, variable: Variable) -> bool {
        self.origin_of_flat(flat) == Some(variable)
    }

    fn origin_of_flat(&self, flat: &Flat<'_>) -> Option<Variable> {
        let expr = flat.expr?;
        let found = self.variables.get(&(expr.range.start, expr.range.end));
        found
            .filter(|_| matches!(expr.kind, ExprKind::Column(_)))
            .map(|it| it.0)
    }

    /// Whether a target is that expression.
    pub(super) fn is_target(&self, flat: &Flat<'_>, expr: &Expr) -> bool {
        match (flat.variable, flat.expr) {
            (Some(variable), _) => {
                matches!(expr.kind, ExprKind::Column(_))
                    && self
                        .variables
                        .get(&(expr.range.start, expr.range.end))
                        .is_some_and(|it| it.0 == variable)
            }
            (None, Some(own)) => self.same(own, expr),
            (None, None) => false,
        }
    }

    /// Whether an expression reads what is not known here.
    pub(super) fn is_opaque_expr(&self, expr: &Expr) -> bool {
        if matches!(expr.kind, ExprKind::Column(_)) {
            return !self
                .variables
                .contains_key(&(expr.range.start, expr.range.end));
        }
        expr.children()
            .into_iter()
            .any(|it| self.is_opaque_expr(it))
    }
}

struct Check<'c> {
    depth: usize,
    /// The sources whose primary keys were relied on.
    relied: RefCell<Vec<usize>>,
    groups: &'c [GroupKey<'c>],
    grouped: &'c [Variable],
    determined: &'c [usize],
}

impl Check<'_> {
    fn is_grouped(&self, variable: Variable) -> bool {
        if self.grouped.contains(&variable) {
            return true;
        }
        let is_determined = self.determined.contains(&variable.source);
        if is_determined {
            self.relied.borrow_mut().push(variable.source);
        }
        is_determined
    }
}
