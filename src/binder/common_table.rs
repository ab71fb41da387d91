//! Common table expressions (manual 7.8; `parse_cte.c`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Output;
use crate::binder::query::has_locks;
use crate::binder::ty::Ty;
use crate::binder::words::count;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Body, CommonTable, Query, SetOperation, Statement, With};

/// The common table expressions in sight, the innermost `with` last.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames(Vec<Vec<(SmolStr, State)>>);

#[derive(Debug, Clone)]
enum State {
    Bound(Box<Output>),
    /// Of a recursive `with`, and not bound yet.
    Later,
    /// It reads itself where it may not.
    Forbidden,
    /// It changes rows and returns none.
    Silent,
}

/// The version from which `merge` may stand in `with`.
const MERGE_IN_WITH: u8 = 17;

/// Whether a statement changes rows and returns none.
fn is_silent(statement: &Statement) -> bool {
    match statement {
        Statement::Insert(it) => it.returning.is_empty(),
        Statement::Update(it) => it.returning.is_empty(),
        Statement::Delete(it) => it.returning.is_empty(),
        Statement::Merge(it) => it.returning.is_empty(),
        Statement::Query(_) | Statement::Opaque => false,
    }
}

impl Binder<'_> {
    /// Binds the tables of a `with`; whether a frame was opened.
    pub(super) fn with(&mut self, with: Option<&With>) -> Result<bool> {
        let Some(with) = with else {
            return Ok(false);
        };
        for (at, table) in with.tables.iter().enumerate() {
            if with.tables[..at].iter().any(|it| it.name == table.name) {
                return Err(Mistake::new(
                    Class::AmbiguousAlias,
                    &table.range,
                    format!("\"{}\" stands twice in `with`", table.name),
                ));
            }
        }
        let frame = if with.recursive {
            let tables = with.tables.iter();
            tables.map(|it| (it.name.clone(), State::Later)).collect()
        } else {
            Vec::new()
        };
        self.tables.0.push(frame);
        for table in &with.tables {
            let bound = self.bind_table(table, with.recursive);
            match bound {
                Ok(_) if is_silent(&table.statement) => self.put(&table.name, State::Silent),
                Ok(output) => self.put(&table.name, State::Bound(Box::new(output))),
                Err(mistake) => {
                    self.tables.0.pop();
                    return Err(mistake);
                }
            }
        }
        Ok(true)
    }

    /// Closes the frame of a `with`, if one was opened.
    pub(super) fn end_with(&mut self, opened: bool) {
        if opened {
            self.tables.0.pop();
        }
    }

    fn put(&mut self, name: &SmolStr, state: State) {
        let frame = self.tables.0.last_mut().expect("a `with` is open");
        match frame.iter_mut().find(|it| it.0 == *name) {
            Some(entry) => entry.1 = state,
            None => frame.push((name.clone(), state)),
        }
    }

    /// The table of that name, where one is in sight.
    pub(super) fn common_table(
        &mut self,
        name: &SmolStr,
        range: &Range<usize>,
    ) -> Result<Option<Output>> {
        let mut frames = self.tables.0.iter().rev();
        let found = frames.find_map(|frame| frame.iter().find(|it| it.0 == *name));
        match found.map(|it| &it.1) {
            None => Ok(None),
            Some(State::Bound(output)) => Ok(Some((**output).clone())),
            Some(State::Later) => Ok(Some(Output::opaque())),
            Some(State::Silent) => Err(Mistake::new(
                Class::NotSupported,
                range,
                format!("\"{name}\" has no `returning`, so it has no rows to read"),
            )
            .help("add `returning` to its statement")),
            Some(State::Forbidden) => Err(Mistake::new(
                Class::Recursion,
                range,
                format!("\"{name}\" cannot read itself here"),
            )
            .help("it can do so on the right side of `union` or `union all` alone")),
        }
    }

    fn bind_table(&mut self, table: &CommonTable, recursive: bool) -> Result<Output> {
        let statement = &table.statement;
        if matches!(statement, Statement::Merge(_)) && self.world.server < MERGE_IN_WITH {
            return Err(Mistake::new(
                Class::NotSupported,
                &table.range,
                format!("`merge` in `with` requires PostgreSQL {MERGE_IN_WITH}"),
            ));
        }
        if recursive && !matches!(statement, Statement::Query(_) | Statement::Opaque) {
            self.set_state(&table.name, State::Forbidden);
        }
        let output = match statement {
            Statement::Query(query) if recursive => self.recursive(table, query)?,
            Statement::Query(_)
            | Statement::Insert(_)
            | Statement::Update(_)
            | Statement::Delete(_)
            | Statement::Merge(_)
            | Statement::Opaque => self.statement(statement)?,
        };
        named(table, output)
    }

    /// A table that may read itself: its columns are those of the left side.
    fn recursive(&mut self, table: &CommonTable, query: &Query) -> Result<Output> {
        if !query.names_relation(&table.name) {
            return self.query(query, true);
        }
        let Body::Set {
            operation: SetOperation::Union,
            left,
            right,
            ..
        } = &query.body
        else {
            return Err(Mistake::new(
                Class::Recursion,
                &table.range,
                format!(
                    "\"{}\" reads itself, so it must be a query `union [all]` one that reads it",
                    table.name
                ),
            ));
        };
        for part in [query, left, right] {
            if has_locks(part) {
                return Err(Mistake::new(
                    Class::NotSupported,
                    &part.range,
                    "rows cannot be locked in a recursive query",
                ));
            }
        }
        let opened = self.with(query.with.as_ref())?;
        let result = self.recursive_union(table, left, right);
        self.end_with(opened);
        result
    }

    fn recursive_union(
        &mut self,
        table: &CommonTable,
        left: &Query,
        right: &Query,
    ) -> Result<Output> {
        self.set_state(&table.name, State::Forbidden);
        let first = self.query(left, true);
        let first = match first {
            Ok(first) => first,
            Err(mistake) => {
                self.set_state(&table.name, State::Later);
                return Err(mistake);
            }
        };
        // What `search` and `cycle` add is seen from outside alone.
        let plain = CommonTable {
            search: None,
            cycle: None,
            ..table.clone()
        };
        let seen = named(&plain, first.clone())?;
        self.set_state(&table.name, State::Bound(Box::new(seen)));
        let second = self.query(right, true)?;
        if !(first.opaque || second.opaque) {
            if first.columns.len() != second.columns.len() {
                return Err(Mistake::new(
                    Class::Syntax,
                    &right.range,
                    "both sides of `union` must have as many columns",
                ));
            }
            for (at, (one, other)) in first.columns.iter().zip(&second.columns).enumerate() {
                let types = [one.typed.ty.clone(), other.typed.ty.clone()];
                let common = self.world.common(&types).map_err(|(left, right_ty)| {
                    Mistake::new(
                        Class::TypeMismatch,
                        &right.range,
                        format!(
                            "column {} of the recursive query has the types {} and {}",
                            at + 1,
                            left,
                            right_ty
                        ),
                    )
                })?;
                if common != one.typed.ty && !common.is_opaque() {
                    return Err(Mistake::new(
                        Class::TypeMismatch,
                        &left.range,
                        format!(
                            "column {} of the recursive query is {} on the left side, and {} in all",
                            at + 1,
                            one.typed.ty,
                            common
                        ),
                    )
                    .help("cast the left side to that type"));
                }
                let modifiers = &one.typed.modifiers;
                if !modifiers.is_empty()
                    && other.typed.modifiers != *modifiers
                    && !other.typed.ty.is_opaque()
                {
                    return Err(Mistake::new(
                        Class::TypeMismatch,
                        &left.range,
                        format!(
                            "column {} of the recursive query is {}({modifiers}) on the left side, and has no such modifier in all",
                            at + 1,
                            one.typed.ty,
                        ),
                    )
                    .help("cast both sides to one type, with its modifier"));
                }
            }
        }
        Ok(first)
    }

    fn set_state(&mut self, name: &SmolStr, state: State) {
        let mut frames = self.tables.0.iter_mut().rev();
        let found = frames.find_map(|frame| frame.iter_mut().find(|it| it.0 == *name));
        if let Some(entry) = found {
            entry.1 = state;
        }
    }
}

/// Gives the columns of a table the names that its list has.
pub(super) fn named(table: &CommonTable, mut output: Output) -> Result<Output> {
    if table.columns.len() > output.columns.len() && !output.opaque {
        return Err(Mistake::new(
            Class::Reference,
            &table.range,
            format!(
                "\"{}\" has {}, and its list names {}",
                table.name,
                count(output.columns.len(), "column"),
                table.columns.len()
            ),
        ));
    }
    for (at, name) in table.columns.iter().enumerate() {
        match output.columns.get_mut(at) {
            Some(column) => column.name = name.clone(),
            None => output.columns.push(Column {
                name: name.clone(),
                typed: Ty::Opaque.plain(),
            }),
        }
    }
    let mut add = |name: &SmolStr, ty: Ty| {
        output.columns.push(Column {
            name: name.clone(),
            typed: ty.plain(),
        });
    };
    if let Some(name) = &table.search {
        add(name, Ty::Opaque);
    }
    if let Some(cycle) = &table.cycle {
        add(
            &cycle.mark,
            if cycle.values.is_some() {
                Ty::Opaque
            } else {
                Ty::BOOL
            },
        );
        add(&cycle.path, Ty::Core(TypeId::RECORD_ARRAY));
    }
    Ok(output)
}
