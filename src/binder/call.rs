//! Calls: plain functions, aggregates and window functions (manual 4.2.6 to 4.2.8; `ParseFuncOrColumn`,
//! `transformAggregateCall` and `transformWindowFuncCall`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::context::Context;
use crate::binder::function::{Arguments, Called, Sort};
use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::ty::Ty;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Call, Expr, Over, SortBy, Window};

impl Binder<'_> {
    /// Binds a call.
    pub(super) fn call(&mut self, call: &Call, range: &Range<usize>) -> Result<Bound> {
        let mut arguments: Vec<(&Expr, Bound)> = Vec::new();
        let mut names: Vec<Option<SmolStr>> = Vec::new();
        for argument in &call.arguments {
            let bound = self.expr(&argument.value)?;
            arguments.push((&argument.value, bound));
            names.push(argument.name.clone());
        }
        for sort in call.within_group.iter().flatten() {
            let bound = self.expr(&sort.value)?;
            arguments.push((&sort.value, bound));
            names.push(None);
        }
        if let Some(bound) = self.projection(call, &arguments) {
            return Ok(bound);
        }
        let types: Vec<Ty> = arguments.iter().map(|it| it.1.ty().clone()).collect();
        let called = self.world.resolve(
            &call.function.parts,
            &Arguments {
                types: &types,
                names: &names,
                variadic: call.arguments.last().is_some_and(|it| it.variadic),
            },
            &call.function.range,
        )?;
        let sort = match &called {
            Called::Function(resolved) => resolved.function.sort(),
            Called::Cast(_) => Sort::Plain,
            Called::Opaque => return self.opaque_call(call, &arguments, range),
        };
        check_sort(call, sort)?;
        self.check_orders(call, &arguments)?;
        let parts: Vec<Bound> = arguments.iter().map(|it| it.1.clone()).collect();
        let mut bound = self.result_of(&call.function.parts.join("."), called, arguments, range)?;
        let filter = self.filter(call)?;
        let sorts = self.sorts(&call.order_by)?;
        match (&call.over, sort) {
            (Some(over), _) => {
                self.window_call(call, over, &parts, &mut bound)?;
                if let Some(filter) = &filter {
                    bound.absorb(filter);
                }
            }
            (None, Sort::Aggregate | Sort::OrderedSet(_) | Sort::Hypothetical) => {
                let all: Vec<&Bound> = parts.iter().chain(&filter).chain(&sorts).collect();
                self.aggregate(call, &all, range, &mut bound)?;
            }
            (None, Sort::Plain | Sort::Procedure | Sort::Window) => {}
        }
        Ok(bound)
    }

    /// `column(row)`, which is the column of the row.
    fn projection(&self, call: &Call, arguments: &[(&Expr, Bound)]) -> Option<Bound> {
        let ([name], [(_, row)]) = (call.function.parts.as_slice(), arguments) else {
            return None;
        };
        if call.star || call.over.is_some() || call.by_grammar {
            return None;
        }
        let fields = match &row.fields {
            Some(fields) => Some(fields.clone()),
            None => self.world.fields(row.ty()),
        };
        let found = fields.into_iter().flatten().find(|it| it.name == *name);
        found.map(|it| {
            let mut bound = Bound::of(Ty::Opaque, [row]);
            bound.typed = it.typed;
            bound
        })
    }

    fn opaque_call(
        &mut self,
        call: &Call,
        arguments: &[(&Expr, Bound)],
        range: &Range<usize>,
    ) -> Result<Bound> {
        let mut bound = Bound::of(Ty::Opaque, arguments.iter().map(|it| &it.1));
        if let Some(filter) = self.filter(call)? {
            bound.absorb(&filter);
        }
        self.sorts(&call.order_by)?;
        if let Some(over) = &call.over {
            let parts: Vec<Bound> = arguments.iter().map(|it| it.1.clone()).collect();
            self.window_call(call, over, &parts, &mut bound)?;
        } else if call.star
            || call.distinct
            || call.filter.is_some()
            || call.within_group.is_some()
            || !call.order_by.is_empty()
        {
            let parts: Vec<&Bound> = arguments.iter().map(|it| &it.1).collect();
            self.aggregate(call, &parts, range, &mut bound)?;
        } else {
            self.maybe_aggregates.insert(call.function.range.start);
        }
        Ok(bound)
    }

    /// Binds `filter (where …)`.
    pub(super) fn filter(&mut self, call: &Call) -> Result<Option<Bound>> {
        match &call.filter {
            None => Ok(None),
            Some(filter) => {
                let bound = self.at(Place::Filter, |it| it.boolean(filter, "`filter`"))?;
                Ok(Some(bound))
            }
        }
    }

    fn sorts(&mut self, sorts: &[SortBy]) -> Result<Vec<Bound>> {
        let mut bounds = Vec::new();
        for sort in sorts {
            let bound = self.expr(&sort.value)?;
            if sort.using.is_none() {
                self.check_order(bound.ty(), &sort.value.range)?;
            }
            bounds.push(bound);
        }
        Ok(bounds)
    }

    /// The value of what was called.
    pub(super) fn result_of(
        &mut self,
        name: &str,
        called: Called<'_>,
        arguments: Vec<(&Expr, Bound)>,
        range: &Range<usize>,
    ) -> Result<Bound> {
        match called {
            Called::Opaque => Ok(Bound::of(Ty::Opaque, arguments.iter().map(|it| &it.1))),
            Called::Cast(ty) => {
                let mut bound = Bound::new(ty.clone());
                for (expr, argument) in arguments {
                    bound.absorb(&self.coerced(argument, &ty, Context::Explicit, expr)?);
                }
                Ok(bound)
            }
            Called::Function(resolved) => {
                let mut bound = Bound::new(resolved.result.clone());
                for ((expr, argument), parameter) in arguments.into_iter().zip(&resolved.parameters)
                {
                    let argument = if parameter.is_pseudo() {
                        argument
                    } else {
                        self.coerced(argument, parameter, Context::Implicit, expr)?
                    };
                    bound.absorb(&argument);
                }
                let volatility = resolved.function.volatility();
                let name = name.to_owned();
                self.note_change(volatility, range, || format!("the function {name}"));
                bound = bound.volatile(volatility);
                if resolved.function.returns_set() {
                    self.check_set(range)?;
                    bound.returns_set = true;
                }
                let columns = resolved.function.columns(self.world);
                if resolved.result.is(TypeId::RECORD) {
                    bound.fields = (!columns.is_empty()).then_some(columns);
                } else if let [only] = columns.as_slice() {
                    bound.output = Some(only.name.clone()).filter(|it| !it.is_empty());
                }
                self.uses.functions.extend(resolved.own);
                Ok(bound)
            }
        }
    }

    fn check_set(&self, range: &Range<usize>) -> Result<()> {
        match self.place() {
            Some(place) if !place.allows_sets() => Err(no_set(range, place.words())),
            Some(_) | None => Ok(()),
        }
    }

    /// An aggregate belongs to the innermost level whose columns it reads (manual 4.2.7).
    fn aggregate(
        &mut self,
        call: &Call,
        parts: &[&Bound],
        range: &Range<usize>,
        bound: &mut Bound,
    ) -> Result<()> {
        let name = call.function.parts.join(".");
        let read = parts.iter().filter_map(|it| it.reads).min();
        let inner = parts.iter().filter_map(|it| it.aggregates).min();
        let level = read.unwrap_or(0);
        if inner.is_some_and(|it| it <= level) {
            return Err(Mistake::new(
                Class::Grouping,
                range,
                format!("the aggregate {name} cannot hold another aggregate"),
            )
            .help("compute the inner one in a subquery"));
        }
        if parts.iter().any(|it| it.has_window) {
            return Err(Mistake::new(
                Class::Grouping,
                range,
                format!("the aggregate {name} cannot hold a window function"),
            ));
        }
        if parts.iter().any(|it| it.returns_set) {
            return Err(Mistake::new(
                Class::NotSupported,
                range,
                format!("the aggregate {name} cannot hold a function that returns a set"),
            )
            .help("put it into `from lateral`"));
        }
        let depth = self.scope.levels.len().checked_sub(level + 1);
        let place = depth.and_then(|it| self.scope.levels[it].place);
        match place {
            Some(place) if place.allows_aggregates() => {}
            Some(place) => {
                return Err(Mistake::new(
                    Class::Grouping,
                    range,
                    format!("the aggregate {name} cannot be used in {}", place.words()),
                ));
            }
            None => {}
        }
        if let Some(depth) = depth {
            self.scope.levels[depth].has_aggregate = true;
            self.aggregates.insert((range.start, range.end), depth);
        }
        bound.has_aggregate = true;
        bound.aggregates = Some(level);
        Ok(())
    }

    fn window_call(
        &mut self,
        call: &Call,
        over: &Over,
        parts: &[Bound],
        bound: &mut Bound,
    ) -> Result<()> {
        let range = &call.function.range;
        if let Some(place) = self.place().filter(|it| !it.allows_windows()) {
            return Err(Mistake::new(
                Class::Windowing,
                range,
                format!("a window function cannot be used in {}", place.words()),
            )
            .help("compute it in a subquery"));
        }
        if parts.iter().any(|it| it.has_window) {
            return Err(Mistake::new(
                Class::Windowing,
                range,
                "a window function cannot hold another window function",
            ));
        }
        if parts.iter().any(|it| it.returns_set) {
            return Err(Mistake::new(
                Class::NotSupported,
                range,
                "a window function cannot hold a function that returns a set",
            ));
        }
        match over {
            Over::Named(name) => {
                let known = self
                    .scope
                    .levels
                    .last()
                    .is_none_or(|it| it.windows.contains(name));
                if !known {
                    return Err(Mistake::new(
                        Class::UnknownObject,
                        range,
                        format!("there is no window \"{name}\""),
                    )
                    .help(format!("define it: window {name} as (…)")));
                }
            }
            Over::Spec(window) => self.window(window, range)?,
        }
        bound.has_window = true;
        if let Some(level) = self.scope.levels.last_mut() {
            level.has_window = true;
        }
        Ok(())
    }

    /// The expressions of a window.
    pub(super) fn window(&mut self, window: &Window, range: &Range<usize>) -> Result<()> {
        if let Some(base) = &window.base {
            let known = self
                .scope
                .levels
                .last()
                .is_none_or(|it| it.windows.contains(base));
            if !known {
                return Err(Mistake::new(
                    Class::UnknownObject,
                    range,
                    format!("there is no window \"{base}\""),
                ));
            }
        }
        for expr in &window.partition_by {
            self.at(Place::WindowPartition, |it| it.sorted(expr))?;
        }
        let mut orders = Vec::new();
        for sort in &window.order_by {
            let bound = self.at(Place::WindowOrder, |it| it.sorted(&sort.value))?;
            orders.push(bound.typed.ty);
        }
        if let Some(frame) = &window.frame {
            for offset in &frame.offsets {
                self.at(Place::WindowFrame, |it| {
                    let bound = it.expr(offset)?;
                    if bound.reads.is_some() {
                        return Err(Mistake::new(
                            Class::Reference,
                            &offset.range,
                            "the offset of a frame cannot read columns",
                        ));
                    }
                    if frame.unit != "range" {
                        it.converted(bound, &Ty::INT8, Context::Assignment, offset, |own, _| {
                            format!("the offset of a frame must be bigint, and is {own}")
                        })?;
                    } else if let ([order], [sort]) = (&*orders, &*window.order_by)
                        && sort.using.is_none()
                    {
                        it.check_range(order, bound.ty(), &offset.range)?;
                    }
                    Ok(())
                })?;
            }
            if frame.unit == "range"
                && !frame.offsets.is_empty()
                && window.order_by.len() != 1
                && window.base.is_none()
            {
                return Err(Mistake::new(
                    Class::Windowing,
                    range,
                    "`range` with an offset needs exactly one column in `order by`",
                ));
            }
            if frame.unit == "groups" && orders.is_empty() && window.base.is_none() {
                return Err(Mistake::new(
                    Class::Windowing,
                    range,
                    "a window with `groups` needs an `order by`",
                ));
            }
        }
        Ok(())
    }

    /// What is sorted or grouped by: its type needs an order.
    pub(super) fn sorted(&mut self, expr: &Expr) -> Result<Bound> {
        let bound = self.expr(expr)?;
        self.check_order(bound.ty(), &expr.range)?;
        Ok(bound)
    }

    /// Refuses a type whose values have no order.
    pub(super) fn check_order(&self, ty: &Ty, range: &Range<usize>) -> Result<()> {
        if self.world.has_order(ty) {
            return Ok(());
        }
        Err(Mistake::new(
            Class::UnknownFunction,
            range,
            format!("values of {ty} have no order"),
        )
        .help("cast it to a type that has one, such as text or jsonb"))
    }

    /// Refuses a type whose values cannot be compared.
    pub(super) fn check_equality(&self, ty: &Ty, range: &Range<usize>) -> Result<()> {
        if self.world.has_equality(ty) {
            return Ok(());
        }
        Err(Mistake::new(
            Class::UnknownFunction,
            range,
            format!("values of {ty} cannot be compared"),
        )
        .help("cast it to a type that can, such as text or jsonb"))
    }
}

/// Refuses `distinct`, `filter`, `over` and their kin where the function is of another sort.
fn check_sort(call: &Call, sort: Sort) -> Result<()> {
    let name = call.function.parts.join(".");
    let wrong = |message: String| {
        Err(Mistake::new(
            Class::WrongObject,
            &call.function.range,
            message,
        ))
    };
    let only_aggregates = [
        (call.star, "`*`"),
        (call.distinct, "`distinct`"),
        (!call.order_by.is_empty(), "`order by`"),
        (call.filter.is_some(), "`filter`"),
        (call.within_group.is_some(), "`within group`"),
    ];
    let asked = only_aggregates.iter().find(|it| it.0).map(|it| it.1);
    match sort {
        Sort::Procedure => wrong(format!("{name} is a procedure: call it with `call`")),
        Sort::Plain => match asked {
            Some(word) => wrong(format!(
                "{name} is not an aggregate, so it cannot have {word}"
            )),
            None if call.over.is_some() => wrong(format!(
                "{name} is neither a window function nor an aggregate, so it cannot have `over`"
            )),
            None => Ok(()),
        },
        Sort::Window => match (asked, &call.over) {
            (Some(word), Some(_)) if word != "`filter`" => {
                wrong(format!("the window function {name} cannot have {word}"))
            }
            (_, None) => wrong(format!("the window function {name} needs `over`")),
            (Some(_), Some(_)) => Err(Mistake::new(
                Class::NotSupported,
                &call.function.range,
                format!("the window function {name} cannot have `filter`"),
            )),
            (None, Some(_)) => Ok(()),
        },
        Sort::Aggregate if call.within_group.is_some() => wrong(format!(
            "{name} is not an ordered-set aggregate, so it cannot have `within group`"
        )),
        Sort::OrderedSet(_) | Sort::Hypothetical if call.within_group.is_none() => wrong(format!(
            "the ordered-set aggregate {name} needs `within group`"
        )),
        Sort::OrderedSet(_) | Sort::Hypothetical if call.over.is_some() => Err(Mistake::new(
            Class::NotSupported,
            &call.function.range,
            format!("the ordered-set aggregate {name} cannot have `over`"),
        )),
        Sort::Aggregate | Sort::OrderedSet(_) | Sort::Hypothetical => {
            let over = call.over.is_some();
            if over && (call.distinct || !call.order_by.is_empty()) {
                return Err(Mistake::new(
                    Class::NotSupported,
                    &call.function.range,
                    format!("{name} cannot have `distinct` or `order by` as a window function"),
                ));
            }
            if !call.star && call.arguments.is_empty() && call.within_group.is_none() {
                return wrong(format!("{name} needs `*`: write {name}(*)"));
            }
            Ok(())
        }
    }
}

/// A function that returns a set stands where none may.
pub(super) fn no_set(range: &Range<usize>, place: &str) -> Mistake {
    Mistake::new(
        Class::NotSupported,
        range,
        format!("a function that returns a set cannot be used in {place}"),
    )
    .help("put it into `from`")
}
