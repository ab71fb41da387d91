//! `union`, `intersect` and `except`: the columns of both sides become those of the result (manual 7.4 and 10.5).

use std::ops::Range;

use crate::binder::context::Context;
use crate::binder::literal;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Output;
use crate::binder::ty::Ty;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::tree::{Body, ExprKind, Literal, Query, SetOperation, Target};

impl Binder<'_> {
    /// A set operation (manual 7.4 and 10.5).
    pub(super) fn set_operation(
        &mut self,
        (operation, all): (SetOperation, bool),
        (left_query, left): (&Query, Output),
        (right_query, right): (&Query, Output),
    ) -> Result<Output> {
        if left.opaque || right.opaque {
            return Ok(Output {
                opaque: true,
                columns: if left.opaque {
                    Vec::new()
                } else {
                    left.columns
                        .into_iter()
                        .map(|it| Column {
                            name: it.name,
                            typed: Ty::Opaque.plain(),
                        })
                        .collect()
                },
                ..Output::default()
            });
        }
        let word = operation_word(operation);
        if left.columns.len() != right.columns.len() {
            return Err(Mistake::new(
                Class::Syntax,
                &right_query.range,
                format!(
                    "both sides of {word} must have as many columns: the left one has {}, and the right one {}",
                    left.columns.len(),
                    right.columns.len()
                ),
            ));
        }
        let mut columns = Vec::new();
        let pairs = left.columns.into_iter().zip(right.columns);
        for (at, (one, other)) in pairs.enumerate() {
            let (ty, shape) = (&one.typed.ty, &other.typed.ty);
            let common =
                self.world
                    .common(&[ty.clone(), shape.clone()])
                    .map_err(|(left, right)| {
                        Mistake::new(
                            Class::TypeMismatch,
                            &column_place(right_query, at),
                            format!(
                                "column {} of {word} has the types {} and {}, which do not match",
                                at + 1,
                                left,
                                right
                            ),
                        )
                        .help("cast one of them")
                    })?;
            for (ty, query) in [(ty, left_query), (shape, right_query)] {
                if !ty.is_unknown() && !self.world.can_become(ty, &common, Context::Implicit) {
                    return Err(Mistake::new(
                        Class::TypeMismatch,
                        &column_place(query, at),
                        format!("column {} of {word} cannot become {}", at + 1, common),
                    ));
                }
            }
            for query in [left_query, right_query] {
                self.check_literal_of(query, at, &common)?;
            }
            if !(all && operation == SetOperation::Union) {
                self.check_equality(&common, &column_place(left_query, at))?;
            }
            let typed = if one.typed == other.typed && !one.typed.ty.is_unknown() {
                one.typed
            } else {
                common.plain()
            };
            columns.push(Column {
                name: one.name,
                typed,
            });
        }
        Ok(Output {
            columns,
            ..Output::default()
        })
    }

    /// A literal that becomes the type of the other side must be one of it.
    fn check_literal_of(&mut self, query: &Query, at: usize, ty: &Ty) -> Result<()> {
        if let Body::Select(select) = &query.body
            && let Some(Target::Value { value, .. }) = select.targets.get(at)
            && let ExprKind::Literal(Literal::String(text)) = &value.kind
            && !select.targets.iter().any(Target::is_star)
        {
            literal::check(self.world, text, ty, &value.range)?;
        }
        Ok(())
    }
}

/// As messages write it.
pub(super) fn operation_word(operation: SetOperation) -> &'static str {
    match operation {
        SetOperation::Union => "`union`",
        SetOperation::Intersect => "`intersect`",
        SetOperation::Except => "`except`",
    }
}

/// Where a column of a query stands.
fn column_place(query: &Query, at: usize) -> Range<usize> {
    if let Body::Select(select) = &query.body
        && let Some(Target::Value { value, .. }) = select.targets.get(at)
    {
        return value.range.clone();
    }
    query.range.clone()
}
