//! The type of each expression (manual 4.2 and 10; `parse_expr.c`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::comparison::operator;
use crate::binder::constant::{constant, keyword};
use crate::binder::context::Context;
use crate::binder::function::Arguments;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::{Ty, Typed};
use crate::binder::{Binder, Result};
use crate::builtin::Volatility;
use crate::tree::{Expr, ExprKind};

/// How deep expressions are bound: `a + b + c` is one level for each operator, `a and b and c` is one.
pub(super) const DEEPEST: usize = 50;

impl Binder<'_> {
    /// Binds an expression. What is nested deeper than the stack of a thread surely holds is not judged.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Bound> {
        if self.depth >= DEEPEST {
            return Ok(Bound::opaque());
        }
        self.depth += 1;
        let bound = self.by_kind(expr);
        self.depth -= 1;
        bound
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn by_kind(&mut self, expr: &Expr) -> Result<Bound> {
        let range = &expr.range;
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(constant(literal)),
            ExprKind::Column(parts) => self.column(parts, range),
            // As a value, `t.*` is the row of `t`.
            ExprKind::Star(parts) if parts.is_empty() => {
                Err(
                    Mistake::new(Class::Syntax, range, "`*` cannot be used as a value here")
                        .help("name the columns"),
                )
            }
            ExprKind::Star(parts) => match self.scope.source(parts, range)? {
                Some((source, up)) => {
                    let source = source.clone();
                    Ok(self.whole_row(&source, up, range))
                }
                None => Err(self.unknown_source(parts, range)),
            },
            ExprKind::FieldStar(base) => {
                let base = self.expr(base)?;
                Ok(Bound::of(Ty::Opaque, [&base]))
            }
            ExprKind::Field(base, name) => self.field(base, name),
            ExprKind::Call(call) => self.call(call, range),
            ExprKind::Keyword(word) => {
                self.note_change(Volatility::Stable, range, || word.to_string());
                Ok(keyword(word))
            }
            ExprKind::Operator {
                operator,
                left,
                right,
            } => self.operation(operator, left.as_deref(), right),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let word = if matches!(expr.kind, ExprKind::And(_)) {
                    "and"
                } else {
                    "or"
                };
                let mut bound = Bound::new(Ty::BOOL);
                for part in parts {
                    bound.absorb(&self.boolean(part, &format!("an operand of `{word}`"))?);
                }
                Ok(bound)
            }
            ExprKind::Not(part) => self.boolean(part, "the operand of `not`"),
            ExprKind::IsBoolean(part) => self.boolean(part, "the operand of `is`"),
            ExprKind::IsNull(part) | ExprKind::IsOther(part) => {
                let part = self.expr(part)?;
                Ok(Bound::of(Ty::BOOL, [&part]))
            }
            ExprKind::IsDistinct(left, right) => {
                let operator = operator("=", range);
                self.comparison(&operator, left, right)
            }
            ExprKind::SimilarTo {
                left,
                right,
                escape,
            } => {
                let mut parts = vec![self.text(left)?, self.text(right)?];
                if let Some(escape) = escape {
                    parts.push(self.text(escape)?);
                }
                Ok(Bound::of(Ty::BOOL, &parts))
            }
            ExprKind::LikeEscape {
                operator: name,
                left,
                right,
                escape,
            } => {
                let escape = self.expr(escape)?;
                let mut bound = self.operation(&operator(name, range), Some(left), right)?;
                bound.absorb(&escape);
                Ok(bound)
            }
            ExprKind::AtTimeZone(value, zone) => self.at_time_zone(value, zone, range),
            ExprKind::Between { operand, low, high } => self.between(operand, low, high, range),
            ExprKind::In(left, list) => self.in_list(left, list, range),
            ExprKind::InQuery(left, query) => {
                self.query_comparison(left, &operator("=", range), query, range)
            }
            ExprKind::QuantifiedQuery {
                left,
                operator,
                query,
            } => self.query_comparison(left, operator, query, range),
            ExprKind::Quantified {
                left,
                operator,
                right,
            } => self.quantified(left, operator, right),
            ExprKind::Cast(value, ty) => self.cast(value, ty, range),
            ExprKind::Collate(value, collation) => self.collate(value, collation),
            ExprKind::Array(elements) => self.array(elements, range),
            ExprKind::ArrayQuery(query) => {
                let columns = self.subquery(query, range)?;
                let column = columns.single(range)?;
                let mut bound = columns.bound;
                let element = if column.typed.ty.is_unknown() {
                    Ty::TEXT
                } else {
                    column.typed.ty
                };
                // An array of arrays is one of their elements.
                let ty = match self.world.element(&element) {
                    Some(_) => element,
                    None => self.world.array_of(&element).unwrap_or(Ty::Opaque),
                };
                bound.typed = Typed {
                    ty,
                    modifiers: column.typed.modifiers,
                };
                Ok(bound)
            }
            ExprKind::Row(fields) => self.row(fields),
            ExprKind::Case {
                operand,
                arms,
                otherwise,
            } => self.case(operand.as_deref(), arms, otherwise.as_deref(), range),
            ExprKind::Common(common, arguments) => {
                let bounds = self.all(arguments)?;
                let refs: Vec<(&Expr, Bound)> = arguments.iter().zip(bounds).collect();
                self.common(&refs, common.word(), range)
            }
            ExprKind::NullIf(left, right) => {
                let (first, second) = (self.expr(left)?, self.expr(right)?);
                let equals = operator("=", range);
                let given = [first.ty().clone(), second.ty().clone()];
                // The value is the left operand as the operator takes it.
                let taken = self.world.operator(&equals, &given)?.operands[0].clone();
                // Rows are taken as they are.
                let typed = if taken == *first.ty() || taken.is_pseudo() && !first.ty().is_unknown()
                {
                    first.typed.clone()
                } else {
                    taken.plain()
                };
                let mut bound = self.compared(&equals, (left, first), (right, second))?;
                bound.typed = typed;
                Ok(bound)
            }
            ExprKind::Subscript {
                base,
                bounds,
                slice,
            } => self.subscript(base, bounds, *slice, range),
            ExprKind::Subquery(query) => {
                let columns = self.subquery(query, range)?;
                let column = columns.single(range)?;
                let mut bound = columns.bound;
                bound.typed = column.typed;
                if bound.typed.ty.is_unknown() {
                    bound.typed = Ty::TEXT.plain();
                }
                Ok(bound)
            }
            ExprKind::Exists(query) => {
                let mut bound = self.subquery(query, range)?.bound;
                bound.typed = Ty::BOOL.plain();
                Ok(bound)
            }
            ExprKind::Grouping(arguments) => {
                let bounds = self.all(arguments)?;
                let mut bound = Bound::of(Ty::INT4, &bounds);
                bound.has_aggregate = true;
                Ok(bound)
            }
            ExprKind::Default => {
                Err(
                    Mistake::new(Class::Syntax, range, "`default` cannot be used here")
                        .help("it stands for a whole value of `insert` or `update … set`"),
                )
            }
            ExprKind::Parameter(number) => self.parameter(*number, range),
            ExprKind::Opaque(parts) => {
                let bounds = self.all(parts)?;
                Ok(Bound::of(Ty::Opaque, &bounds).volatile(Volatility::Stable))
            }
        }
    }

    /// Binds several.
    pub(super) fn all(&mut self, exprs: &[Expr]) -> Result<Vec<Bound>> {
        exprs.iter().map(|it| self.expr(it)).collect()
    }

    /// Binds what must be boolean (`coerce_to_boolean`).
    pub(super) fn boolean(&mut self, expr: &Expr, what: &str) -> Result<Bound> {
        let bound = self.expr(expr)?;
        if bound.returns_set {
            return Err(Mistake::new(
                Class::TypeMismatch,
                &expr.range,
                format!("{what} cannot return a set"),
            ));
        }
        self.converted(bound, &Ty::BOOL, Context::Assignment, expr, |own, _| {
            format!("{what} must be boolean, and is {own}")
        })
    }

    fn text(&mut self, expr: &Expr) -> Result<Bound> {
        let bound = self.expr(expr)?;
        self.converted(bound, &Ty::TEXT, Context::Implicit, expr, |own, _| {
            format!("this must be text, and is {own}")
        })
    }

    fn at_time_zone(&mut self, value: &Expr, zone: &Expr, range: &Range<usize>) -> Result<Bound> {
        let parts = [SmolStr::new_static("pg_catalog"), "timezone".into()];
        let bounds = vec![(zone, self.expr(zone)?), (value, self.expr(value)?)];
        self.apply(&parts, bounds, range)
    }

    /// A call of a function of PostgreSQL's own by what its grammar has words for.
    fn apply(
        &mut self,
        parts: &[SmolStr],
        arguments: Vec<(&Expr, Bound)>,
        range: &Range<usize>,
    ) -> Result<Bound> {
        let types: Vec<Ty> = arguments.iter().map(|it| it.1.ty().clone()).collect();
        let names = vec![None; types.len()];
        let called = self.world.resolve(
            parts,
            &Arguments {
                types: &types,
                names: &names,
                variadic: false,
            },
            range,
        )?;
        self.result_of(
            parts.last().map_or("", SmolStr::as_str),
            called,
            arguments,
            range,
        )
    }
}
