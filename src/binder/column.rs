//! Names in expressions: columns, whole rows and their fields (manual 4.2.1 and 4.2.4; `transformColumnRef`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::scope::{Found, Source, Variable};
use crate::binder::ty::{Ty, Typed};
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Expr, Name};

impl Binder<'_> {
    /// A reference to a column, or to the whole row of a relation (`transformColumnRef`).
    pub(super) fn column(&mut self, parts: &[SmolStr], range: &Range<usize>) -> Result<Bound> {
        let (name, qualifier) = match parts {
            [name] => (name, &[][..]),
            [qualifier @ .., name] => (name, qualifier),
            [] => return Ok(Bound::opaque()),
        };
        if qualifier.is_empty() {
            if let Some(bound) = self.value_of_domain(name) {
                return Ok(bound);
            }
            match self.scope.column(name, range)? {
                Found::Column {
                    typed,
                    variable,
                    up,
                } => return Ok(self.variable(typed, variable, up, range)),
                Found::Opaque => return Ok(Bound::opaque()),
                Found::Nothing => {}
            }
            if let Some((ty, up)) = self.system_column(None, name, range)? {
                return Ok(reading(ty.plain(), up));
            }
            if let Some(bound) = self.named_parameter(parts) {
                return Ok(bound);
            }
            if let Some((source, up)) = self.scope.source(parts, range)? {
                let source = source.clone();
                return Ok(self.whole_row(&source, up, range));
            }
            return Err(self.unknown_column(name, range));
        }
        // In functions, `f.x` may be a parameter.
        let Some((source, up)) = self.scope.source(qualifier, range)? else {
            if let Some(bound) = self.named_parameter(parts) {
                return Ok(bound);
            }
            return Err(self.unknown_source(qualifier, range));
        };
        if let Some(seen) = source.column(name, range)? {
            let (typed, variable) = (seen.typed.clone(), seen.origin);
            return Ok(self.variable(typed, variable, up, range));
        }
        let source = source.clone();
        if source.opaque {
            return Ok(Bound::opaque());
        }
        if let Some((ty, up)) = self.system_column(Some(&source), name, range)? {
            return Ok(reading(ty.plain(), up));
        }
        // `t.f` may be the call `f(t)`.
        if self.world.may_project(&source.row(), name) {
            return Ok(Bound::opaque());
        }
        let called = qualifier.join(".");
        let names = source.columns.iter().map(|it| it.name.as_str());
        Err(Mistake::new(
            Class::UnknownColumn,
            range,
            format!("\"{called}\" has no column \"{name}\""),
        )
        .suggest(name, names))
    }

    fn variable(
        &mut self,
        typed: Typed,
        variable: Variable,
        up: usize,
        range: &Range<usize>,
    ) -> Bound {
        self.note(variable, up, range);
        let mut bound = Bound::typed(typed);
        bound.reads = Some(up);
        bound
    }

    /// The whole row of a source.
    pub(super) fn whole_row(&mut self, source: &Source, up: usize, range: &Range<usize>) -> Bound {
        let variable = Variable {
            source: source.id,
            column: None,
        };
        self.note(variable, up, range);
        let mut bound = Bound::new(source.row());
        if source.rows_of.is_none() && !source.opaque {
            // A function of one scalar column is that column.
            if let ([one], true) = (source.columns.as_slice(), self.is_scalar(source.id)) {
                bound = Bound::typed(one.typed.clone());
            } else {
                let columns = source.columns.iter();
                bound.fields = Some(
                    columns
                        .map(|it| Column {
                            name: it.name.clone(),
                            typed: it.typed.clone(),
                        })
                        .collect(),
                );
            }
        }
        bound.reads = Some(up);
        bound
    }

    fn unknown_column(&self, name: &SmolStr, range: &Range<usize>) -> Mistake {
        Mistake::new(
            Class::UnknownColumn,
            range,
            format!("there is no column \"{name}\" here"),
        )
        .suggest(name, self.scope.names())
    }

    /// Nothing in sight has that name.
    pub(super) fn unknown_source(&self, qualifier: &[SmolStr], range: &Range<usize>) -> Mistake {
        let called = qualifier.join(".");
        let levels = self.scope.levels.iter().rev();
        let sources = levels.flat_map(|it| &it.sources);
        let hidden = sources.clone().find(|it| {
            it.relation.is_none() && it.rows_of.as_ref().is_some_and(|of| of.name == called)
        });
        let mistake = Mistake::new(
            Class::UnknownTable,
            range,
            format!("\"{called}\" is not in `from`"),
        );
        if let Some(alias) = hidden.and_then(|it| it.alias.as_ref()) {
            return mistake.help(format!("it is called \"{alias}\" here"));
        }
        mistake.suggest(&called, sources.filter_map(|it| it.alias.as_deref()))
    }

    /// The system columns of tables (manual 5.5).
    fn system_column(
        &mut self,
        source: Option<&Source>,
        name: &SmolStr,
        range: &Range<usize>,
    ) -> Result<Option<(Ty, usize)>> {
        let id = match name.as_str() {
            "tableoid" => TypeId::OID,
            "ctid" => TypeId::TID,
            "xmin" | "xmax" => TypeId::XID,
            "cmin" | "cmax" => TypeId::CID,
            _ => return Ok(None),
        };
        let has = |it: &Source| it.rows_of.is_some();
        let up = if let Some(source) = source {
            has(source).then_some(0)
        } else {
            let mut levels = self.scope.levels.iter().rev();
            levels.position(|level| level.sources.iter().any(|it| it.by_column && has(it)))
        };
        let Some(up) = up else {
            return Ok(None);
        };
        let place = self.place();
        let of_index = matches!(place, Some(Place::Index | Place::IndexPredicate));
        let of_row = matches!(place, Some(Place::Check | Place::Generated));
        let refused = of_index || of_row && name != "tableoid";
        if refused {
            return Err(Mistake::new(
                Class::Reference,
                range,
                format!("the system column \"{name}\" cannot be used here"),
            ));
        }
        Ok(Some((Ty::Core(id), up)))
    }

    /// `(base).name`.
    pub(super) fn field(&mut self, base: &Expr, name: &Name) -> Result<Bound> {
        let bound = self.expr(base)?;
        let Some(field) = name.parts.last() else {
            return Ok(Bound::of(Ty::Opaque, [&bound]));
        };
        let fields = match &bound.fields {
            Some(fields) => Some(fields.clone()),
            None => self.world.fields(bound.ty()),
        };
        let is_row = self.world.is_row(&self.world.base(bound.ty())) || bound.fields.is_some();
        if let Some(found) = fields.iter().flatten().find(|it| it.name == *field) {
            let mut read = Bound::of(Ty::Opaque, [&bound]);
            read.typed = found.typed.clone();
            return Ok(read);
        }
        let ty = bound.ty().clone();
        if ty.is_opaque()
            || fields.is_none() && (is_row || ty.is(TypeId::RECORD))
            || self.world.may_project(&ty, field)
        {
            return Ok(Bound::of(Ty::Opaque, [&bound]));
        }
        if is_row {
            let fields = fields.unwrap_or_default();
            return Err(Mistake::new(
                Class::UnknownColumn,
                &name.range,
                format!("{ty} has no field \"{field}\""),
            )
            .suggest(field, fields.iter().map(|it| it.name.as_str())));
        }
        Err(Mistake::new(
            Class::WrongObject,
            &name.range,
            format!("the field \"{field}\" is read from {ty}, which is not a composite type"),
        ))
    }
}

/// What reads a column that many levels up.
pub(super) fn reading(typed: Typed, up: usize) -> Bound {
    let mut bound = Bound::typed(typed);
    bound.reads = Some(up);
    bound
}
