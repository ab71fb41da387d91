//! Functions in `from` (manual 7.2.1.4; `transformRangeFunction`).

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::relation::rename;
use crate::binder::scope::Source;
use crate::binder::ty::Ty;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::builtin::TypeId;
use crate::tree::{Alias, ColumnDefinition, Expr, ExprKind};

impl Binder<'_> {
    /// One function, or several side by side.
    pub(super) fn functions(
        &mut self,
        calls: &[(Expr, Vec<ColumnDefinition>)],
        rows_from: bool,
        ordinality: bool,
        alias: Option<&Alias>,
    ) -> Result<Source> {
        let mut columns: Vec<Column> = Vec::new();
        let mut opaque = false;
        let mut scalar = false;
        let mut rows_of = None;
        let outer = alias.map_or(&[][..], |it| it.definitions.as_slice());
        for (expr, definitions) in calls {
            let bound = self.lateral(true, |binder| {
                binder.at(Place::FromFunction, |it| it.expr(expr))
            })?;
            let definitions = if definitions.is_empty() && calls.len() == 1 {
                outer
            } else {
                definitions
            };
            let ty = self.world.base(bound.ty());
            let called = called_by(expr);
            if !definitions.is_empty() {
                if !ty.is(TypeId::RECORD) && !ty.is_opaque() {
                    return Err(Mistake::new(
                        Class::Syntax,
                        &expr.range,
                        "column definitions are only for functions that return record",
                    ));
                }
                for it in definitions {
                    columns.push(Column {
                        name: it.name.clone(),
                        typed: self.type_named(&it.sql_type)?,
                    });
                }
            } else if let Some(fields) = bound.fields.clone() {
                columns.extend(fields);
            } else if let Some(fields) = self.world.fields(&ty) {
                columns.extend(fields);
                if calls.len() == 1
                    && let Ty::Row(name) = &ty
                {
                    rows_of = Some(name.clone());
                }
            } else if ty.is(TypeId::RECORD) {
                return Err(Mistake::new(
                    Class::Syntax,
                    &expr.range,
                    "this function returns record, so its columns must be named",
                )
                .help("write them: as t (a integer, b text)"));
            } else if ty.is_opaque() || matches!(ty, Ty::Row(_)) {
                // Whether it is a row is not known; what the alias names is there.
                match alias
                    .map(|it| &it.columns)
                    .filter(|it| !it.is_empty() && calls.len() == 1)
                {
                    Some(names) => columns.extend(names.iter().map(|it| Column {
                        name: it.clone(),
                        typed: Ty::Opaque.plain(),
                    })),
                    None => opaque = true,
                }
            } else {
                let by_alias = alias.and_then(|it| it.name.clone());
                // The name of the only `out` parameter comes first (`chooseScalarFunctionAlias`).
                let by_alias = bound.output.clone().or(by_alias.filter(|_| !rows_from));
                let name = by_alias.unwrap_or(called);
                scalar = calls.len() == 1;
                columns.push(Column {
                    name,
                    typed: bound.typed,
                });
            }
        }
        if ordinality {
            scalar = false;
            rows_of = None;
            columns.push(Column {
                name: "ordinality".into(),
                typed: Ty::INT8.plain(),
            });
        }
        let id = self.new_source(None, &columns);
        if scalar {
            self.scalars.insert(id);
        }
        let called = calls.first().map(|it| called_by(&it.0));
        let mut source = Source::new(id, called, &columns);
        source.opaque = opaque;
        source.rows_of = rows_of;
        let range = calls.first().map_or(0..0, |it| it.0.range.clone());
        let no_definitions = alias.map(|it| Alias {
            definitions: Vec::new(),
            ..it.clone()
        });
        rename(&mut source, no_definitions.as_ref(), &range)?;
        Ok(source)
    }
}

/// `unnest(a, b)` in `from` is `rows from (unnest(a), unnest(b))`.
pub(super) fn unnest(
    calls: &[(Expr, Vec<ColumnDefinition>)],
) -> Option<Vec<(Expr, Vec<ColumnDefinition>)>> {
    let of_several = |expr: &Expr| {
        let ExprKind::Call(call) = &expr.kind else {
            return None;
        };
        let parts = &call.function.parts;
        let is_unnest = *parts == ["unnest"] || *parts == ["pg_catalog", "unnest"];
        (is_unnest && call.arguments.len() > 1).then(|| call.clone())
    };
    if !calls.iter().any(|it| of_several(&it.0).is_some()) {
        return None;
    }
    let mut spread = Vec::new();
    for (expr, definitions) in calls {
        let Some(call) = of_several(expr) else {
            spread.push((expr.clone(), definitions.clone()));
            continue;
        };
        for argument in &call.arguments {
            let mut one = call.clone();
            one.arguments = vec![argument.clone()];
            let kind = ExprKind::Call(one);
            let range = argument.value.range.clone();
            spread.push((Expr { kind, range }, Vec::new()));
        }
    }
    Some(spread)
}

/// What a function is called in `from`.
fn called_by(expr: &Expr) -> SmolStr {
    if let ExprKind::Call(call) = &expr.kind {
        call.function.parts.last().cloned().unwrap_or_default()
    } else if let ExprKind::Keyword(word) = &expr.kind {
        word.clone()
    } else if let ExprKind::Common(common, _) = &expr.kind {
        SmolStr::new_static(common.word())
    } else {
        SmolStr::default()
    }
}
