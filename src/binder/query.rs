//! Queries: what columns they have (manual chapter 7; `parse_analyze.c`).

use std::ops::Range;

use crate::binder::bound::Bound;
use crate::binder::context::Context;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Output;
use crate::binder::place::Place;
use crate::binder::scope::Level;
use crate::binder::set_operation::operation_word;
use crate::binder::sort::position;
use crate::binder::ty::Ty;
use crate::binder::words::count;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::schema::ViewRows;
use crate::tree::{Body, Expr, ExprKind, Query, Select, Target};

impl Binder<'_> {
    /// A query in an expression.
    pub(super) fn subquery(&mut self, query: &Query, range: &Range<usize>) -> Result<Output> {
        if let Some(place) = self.place().filter(|it| !it.allows_queries()) {
            return Err(Mistake::new(
                Class::NotSupported,
                range,
                format!("{} cannot contain a query", place.words()),
            )
            .help("move the query into a function"));
        }
        let depth = self.scope.levels.len();
        let start = self.read_depths.len();
        let mut output = self.query(query, true)?;
        let outer = self.read_depths[start..].iter().filter(|it| **it < depth);
        let reads = outer.map(|it| depth - 1 - it).min();
        let mut bound = Bound::opaque();
        bound.reads = reads;
        bound.volatility = output.bound.volatility;
        output.bound = bound;
        Ok(output)
    }

    /// Binds a query. `resolve` says whether literals of unknown type become text.
    pub(super) fn query(&mut self, query: &Query, resolve: bool) -> Result<Output> {
        let frame = self.with(query.with.as_ref())?;
        let mut result = self.body(query, resolve);
        self.end_with(frame);
        if let (Ok(output), true) = (&mut result, query.with.is_some()) {
            output.rows = ViewRows::Computed("it has `with`".into());
        }
        result
    }

    fn body(&mut self, query: &Query, resolve: bool) -> Result<Output> {
        match &query.body {
            Body::Select(select) => {
                self.open();
                let names = select.windows.iter().map(|it| it.0.clone());
                self.scope.top().windows = names.collect();
                let result = self.select(query, select, resolve);
                self.scope.levels.pop();
                result
            }
            Body::Values(rows) => {
                self.open();
                let result = self.values(rows, resolve, Place::Values);
                let result = result.and_then(|output| self.tail(query, output));
                self.scope.levels.pop();
                result
            }
            Body::Table(name) => {
                self.open();
                let result = self.relation(name, None).map(|source| {
                    for seen in &source.columns {
                        self.read_origin(seen.origin);
                    }
                    Output::of(&source)
                });
                let result = result.and_then(|output| self.tail(query, output));
                self.scope.levels.pop();
                result
            }
            Body::Nested(inner) => {
                let output = self.query(inner, resolve)?;
                self.open();
                let result = self.tail(query, output);
                self.scope.levels.pop();
                result
            }
            Body::Set {
                operation,
                all,
                left,
                right,
            } => {
                let left_output = self.query(left, false)?;
                let right_output = self.query(right, false)?;
                let mut output = self.set_operation(
                    (*operation, *all),
                    (left, left_output),
                    (right, right_output),
                )?;
                output.rows = ViewRows::Computed("it is a set operation".into());
                for it in [query, left, right] {
                    if has_locks(it) {
                        return Err(no_locks(it, operation_word(*operation)));
                    }
                }
                self.open();
                let result = self.tail(query, output);
                self.scope.levels.pop();
                result
            }
            Body::Opaque => Ok(Output::opaque()),
        }
    }

    /// Opens a level.
    pub(super) fn open(&mut self) {
        self.scope.levels.push(Level::default());
    }

    /// `order by` and `limit` of what is no plain `select`: columns of the result alone.
    fn tail(&mut self, query: &Query, mut output: Output) -> Result<Output> {
        for sort in &query.order_by {
            let at = position(&sort.value, output.columns.len(), "order by")?;
            let mut name = None;
            if let ExprKind::Column(parts) = &sort.value.kind
                && let [only] = parts.as_slice()
            {
                name = Some(only);
            }
            let found = match at {
                Some(at) => output.columns.get(at),
                None => output.columns.iter().find(|it| Some(&it.name) == name),
            };
            match found {
                Some(column) => self.check_order(&column.typed.ty.clone(), &sort.value.range)?,
                None if output.opaque => {}
                None if matches!(query.body, Body::Set { .. }) => {
                    return Err(Mistake::new(
                        if name.is_some() {
                            Class::UnknownColumn
                        } else {
                            Class::NotSupported
                        },
                        &sort.value.range,
                        "the `order by` of a set operation can only name columns of the result",
                    )
                    .help("put the set operation into a subquery, or sort by a column's name or number"));
                }
                None => {
                    self.scope.top().place = Some(Place::OrderBy);
                    self.sorted(&sort.value)?;
                }
            }
        }
        self.limits(query)?;
        if !query.limit.is_empty() {
            output.rows = ViewRows::Computed("it has `limit` or `offset`".into());
        }
        Ok(output)
    }

    fn limits(&mut self, query: &Query) -> Result<()> {
        for limit in &query.limit {
            self.at(Place::Limit, |it| {
                let bound = it.expr(limit)?;
                if bound.reads == Some(0) {
                    return Err(Mistake::new(
                        Class::Reference,
                        &limit.range,
                        "`limit` cannot read columns of the query",
                    ));
                }
                it.converted(bound, &Ty::INT8, Context::Assignment, limit, |own, _| {
                    format!("`limit` must be bigint, and is {own}")
                })
            })?;
        }
        Ok(())
    }

    fn select(&mut self, query: &Query, select: &Select, resolve: bool) -> Result<Output> {
        self.bind_from(&select.from)?;
        let flats = self.targets(&select.targets, Place::Target)?;
        if let Some(filter) = &select.filter {
            self.at(Place::Where, |it| it.boolean(filter, "`where`"))?;
        }
        if let Some(having) = &select.having {
            self.at(Place::Having, |it| it.boolean(having, "`having`"))?;
        }
        let sorts = self.sort_by(&query.order_by, &flats)?;
        let mut groups = Vec::new();
        self.group_by(&select.group_by, &flats, &mut groups)?;
        if let Some(on) = &select.distinct {
            if on.is_empty() {
                for flat in &flats {
                    self.check_equality(&flat.bound.ty().clone(), &flat.range)?;
                }
                self.check_distinct_order(&query.order_by, &sorts, &flats)?;
            } else {
                self.distinct_on(on, &query.order_by, &sorts, &flats)?;
            }
        }
        self.limits(query)?;
        for (_, window) in &select.windows {
            self.window(window, &query.range)?;
        }
        self.check_grouping(query, select, &flats, &groups)?;
        if query.locks {
            self.check_locks(query, select)?;
        }
        let opaque = self.scope.is_opaque() && select.targets.iter().any(Target::is_star);
        let rows = self.view_rows(query, select, &flats);
        let mut bound = Bound::opaque();
        for flat in &flats {
            bound.volatility = bound.volatility.max(flat.bound.volatility);
        }
        Ok(Output {
            columns: flats
                .into_iter()
                .map(|it| {
                    // What is compared with others is text before another query gives it a type.
                    let resolves = resolve || select.distinct.is_some();
                    let typed = if resolves && it.bound.ty().is_unknown() {
                        Ty::TEXT.plain()
                    } else {
                        it.bound.typed
                    };
                    Column {
                        name: it.name,
                        typed,
                    }
                })
                .collect(),
            opaque,
            bound,
            rows,
        })
    }

    fn check_locks(&mut self, query: &Query, select: &Select) -> Result<()> {
        let level = self.scope.top();
        let word = if select.distinct.is_some() {
            "`distinct`"
        } else if !select.group_by.is_empty() {
            "`group by`"
        } else if select.having.is_some() {
            "`having`"
        } else if level.has_aggregate {
            "aggregates"
        } else if level.has_window {
            "window functions"
        } else {
            return Ok(());
        };
        Err(no_locks(query, word))
    }

    /// Rows of values.
    pub(super) fn values(
        &mut self,
        rows: &[Vec<Expr>],
        resolve: bool,
        place: Place,
    ) -> Result<Output> {
        let width = rows.first().map_or(0, Vec::len);
        let mut cells: Vec<Vec<(&Expr, Bound)>> = vec![Vec::new(); width];
        let mut opaque = false;
        for row in rows {
            opaque |= row.iter().any(|it| matches!(it.kind, ExprKind::Star(_)));
            if opaque {
                continue;
            }
            if row.len() != width {
                let range = row.first().map_or(0..0, |it| it.range.clone());
                return Err(Mistake::new(
                    Class::Syntax,
                    &range,
                    format!(
                        "all rows of `values` must have {}, and this one has {}",
                        count(width, "value"),
                        row.len()
                    ),
                ));
            }
            for (at, expr) in row.iter().enumerate() {
                let bound = self.at(place, |it| it.expr(expr))?;
                cells[at].push((expr, bound));
            }
        }
        if opaque {
            return Ok(Output::opaque());
        }
        let mut columns = Vec::new();
        for (at, cells) in cells.iter().enumerate() {
            let unknown = cells.iter().all(|it| it.1.ty().is_unknown());
            let typed = if unknown && !resolve {
                Ty::UNKNOWN.plain()
            } else {
                let range = cells.first().map_or(0..0, |it| it.0.range.clone());
                self.common(cells, "values", &range)?.typed
            };
            columns.push(Column {
                name: format!("column{}", at + 1).into(),
                typed,
            });
        }
        Ok(Output {
            columns,
            rows: ViewRows::Computed("it is a list of values".into()),
            ..Output::default()
        })
    }
}

/// Whether a query locks its rows, in parentheses too.
pub(super) fn has_locks(query: &Query) -> bool {
    query.locks || matches!(&query.body, Body::Nested(inner) if has_locks(inner))
}

fn no_locks(query: &Query, word: &str) -> Mistake {
    Mistake::new(
        Class::NotSupported,
        &query.range,
        format!("rows cannot be locked where a query has {word}"),
    )
}
