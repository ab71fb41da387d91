//! From the tree of a text to what is stored, kind by kind (`transformExprRecurse` of `parse_expr.c`).

use smol_str::{SmolStr, format_smolstr};

use super::value::read;
use super::{Stored, Storing, What};
use crate::binder::constant::{constant, keyword};
use crate::binder::expression::DEEPEST;
use crate::binder::scope::Found;
use crate::binder::ty::{Ty, Typed};
use crate::builtin::TypeId;
use crate::tree::{Expr, ExprKind, Literal, Name, Operator, TypeName};

impl Storing<'_, '_> {
    /// The expression as it is stored; nothing where it is nested too deep, or too much of it.
    pub(super) fn expr(&mut self, expr: &Expr) -> Option<Stored> {
        self.left = self.left.checked_sub(1)?;
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let stored = self.by_kind(expr);
        self.depth -= 1;
        stored
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    fn by_kind(&mut self, expr: &Expr) -> Option<Stored> {
        match &expr.kind {
            ExprKind::Literal(literal) => Some(self.literal(literal, expr)),
            ExprKind::Column(parts) => self.column(parts, expr),
            ExprKind::Star(parts) => {
                let typed = self.binder.expr(expr).ok()?.typed;
                let row = format_smolstr!("{}.*", parts.last()?);
                Some(Stored::new(What::Column(row), typed, Vec::new()))
            }
            ExprKind::Field(base, name) => self.field(base, name, expr),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Keyword(word) => {
                let ty = keyword(word).ty().clone();
                Some(Stored::other(self.words(expr).join(" "), ty, Vec::new()))
            }
            ExprKind::Operator {
                operator,
                left,
                right,
            } => self.operator(operator, left.as_deref(), right),
            ExprKind::And(parts) => self.conditions(What::And, parts),
            ExprKind::Or(parts) => self.conditions(What::Or, parts),
            ExprKind::Not(part) => Some(negated(self.boolean(part)?)),
            ExprKind::IsNull(part) => {
                let is_not = self.says(expr, "not") || self.says(expr, "notnull");
                Some(null_test(self.expr(part)?, is_not))
            }
            ExprKind::IsBoolean(part) => {
                let words = self.words(expr).join(" ");
                Some(Stored::other(words, Ty::BOOL, vec![self.boolean(part)?]))
            }
            ExprKind::IsDistinct(left, right) => {
                let is_not = self.says(expr, "not");
                self.distinct(left, right, is_not)
            }
            ExprKind::IsOther(part) => self.is_other(part, expr),
            ExprKind::SimilarTo {
                left,
                right,
                escape,
            } => {
                let name = if self.says(expr, "not") { "!~" } else { "~" };
                self.pattern(name, left, right, escape.as_deref(), "similar_to_escape")
            }
            ExprKind::LikeEscape {
                operator,
                left,
                right,
                escape,
            } => self.pattern(operator, left, right, Some(escape), "like_escape"),
            ExprKind::AtTimeZone(value, zone) => {
                let parts = vec![self.expr(zone)?, self.expr(value)?];
                self.apply("timezone", parts)
            }
            ExprKind::Between { operand, low, high } => self.between(operand, low, high, expr),
            ExprKind::In(left, list) => {
                let is_not = self.says(expr, "not");
                self.in_list(left, list, is_not)
            }
            ExprKind::Quantified {
                left,
                operator,
                right,
            } => {
                let all = self.says(expr, "all");
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.quantified(operator, all, left, right)
            }
            ExprKind::Cast(value, ty) => self.written_cast(value, ty),
            ExprKind::Collate(value, collation) => self.collate(value, collation),
            ExprKind::Array(elements) => self.array(elements),
            ExprKind::Row(fields) => {
                let parts = self.all(fields)?;
                Some(Stored::new(What::Row, Ty::RECORD.plain(), parts))
            }
            ExprKind::Case {
                operand,
                arms,
                otherwise,
            } => self.case(operand.as_deref(), arms, otherwise.as_deref()),
            ExprKind::Common(common, arguments) => {
                let parts = self.all(arguments)?;
                let (parts, typed) = self.common(parts)?;
                let what = What::Other(common.word().to_owned());
                Some(Stored::new(what, typed, parts))
            }
            ExprKind::NullIf(left, right) => self.null_if(left, right),
            ExprKind::Subscript {
                base,
                bounds,
                slice,
            } => self.subscript(base, bounds, *slice, expr),
            ExprKind::Parameter(number) => {
                Some(Stored::other(format!("${number}"), Ty::Opaque, Vec::new()))
            }
            ExprKind::Opaque(parts) => {
                let words = self.words(expr).join(" ");
                let parts = self.all(parts)?;
                Some(Stored::other(words, Ty::Opaque, parts))
            }
            // Where expressions are stored no queries stand, or they are kept as they are written.
            ExprKind::FieldStar(_)
            | ExprKind::InQuery(..)
            | ExprKind::QuantifiedQuery { .. }
            | ExprKind::ArrayQuery(_)
            | ExprKind::Subquery(_)
            | ExprKind::Exists(_)
            | ExprKind::Grouping(_)
            | ExprKind::Default => None,
        }
    }

    /// Several.
    pub(super) fn all(&mut self, exprs: &[Expr]) -> Option<Vec<Stored>> {
        exprs.iter().map(|it| self.expr(it)).collect()
    }

    /// What must be boolean.
    pub(super) fn boolean(&mut self, expr: &Expr) -> Option<Stored> {
        let stored = self.expr(expr)?;
        Some(self.world().coerce(stored, &Ty::BOOL))
    }

    fn literal(&self, literal: &Literal, expr: &Expr) -> Stored {
        let ty = constant(literal).ty().clone();
        let text = match literal {
            Literal::String(text) => return Stored::literal(Some(text.clone())),
            Literal::Null => return Stored::literal(None),
            Literal::Boolean(it) => SmolStr::new_static(if *it { "t" } else { "f" }),
            Literal::Number(text) => read(self.world(), &ty, text),
            Literal::Bits(text) => self.bits(text, expr),
        };
        Stored::value(Some(text), ty.plain())
    }

    /// `X'1F'` is `B'00011111'`.
    fn bits(&self, text: &SmolStr, expr: &Expr) -> SmolStr {
        let is_hexadecimal = self.text[expr.range.clone()].starts_with(['x', 'X']);
        if !is_hexadecimal {
            return text.clone();
        }
        let digits = text.chars().map(|it| it.to_digit(16));
        let bits: Option<String> = digits
            .map(|it| it.map(|digit| format!("{digit:04b}")))
            .collect();
        bits.map_or_else(|| text.clone(), SmolStr::from)
    }

    fn column(&mut self, parts: &[SmolStr], expr: &Expr) -> Option<Stored> {
        let bound = self.binder.expr(expr).ok()?;
        let mut name = parts.last()?.clone();
        // The name of the table is its row.
        let is_row = match parts {
            [only] => matches!(
                self.binder.scope.column(only, &expr.range),
                Ok(Found::Nothing)
            ),
            _ => false,
        };
        if is_row {
            name = format_smolstr!("{name}.*");
        }
        Some(Stored::new(What::Column(name), bound.typed, Vec::new()))
    }

    fn field(&mut self, base: &Expr, name: &Name, expr: &Expr) -> Option<Stored> {
        let typed = self.binder.expr(expr).ok()?.typed;
        let what = What::Other(format!("field {:?}", name.parts.last()?));
        Some(Stored::new(what, typed, vec![self.expr(base)?]))
    }

    fn operator(
        &mut self,
        operator: &Operator,
        left: Option<&Expr>,
        right: &Expr,
    ) -> Option<Stored> {
        if let Some(left) = left {
            return self.compared(operator, left, right);
        }
        let right = self.expr(right)?;
        match self.negative(operator, &right) {
            Some(number) => Some(number),
            None => self.operation(operator, vec![right]),
        }
    }

    /// A minus before a number that is written without a cast: the server reads its own text as one number (`doNegate`).
    fn negative(&self, operator: &Operator, right: &Stored) -> Option<Stored> {
        let What::Value(Some(text)) = &right.what else {
            return None;
        };
        let is_bare =
            right.ty().is(TypeId::INT4) || right.ty().is(TypeId::NUMERIC) && text.contains('.');
        if operator.name != "-"
            || operator.schema.is_some()
            || !is_bare
            || text.starts_with('-')
            || !right.typed.modifiers.is_empty()
        {
            return None;
        }
        let number = read(self.world(), right.ty(), &format!("-{text}"));
        Some(Stored::value(Some(number), right.typed.clone()))
    }

    /// `is normalized` calls a function; `is json` and `is document` are what they are.
    fn is_other(&mut self, part: &Expr, expr: &Expr) -> Option<Stored> {
        let mut words = self.words(expr);
        let stored = self.expr(part)?;
        if !words.iter().any(|it| it == "normalized") {
            let words = words.join(" ");
            return Some(Stored::other(words, Ty::BOOL, vec![stored]));
        }
        let is_not = words.iter().any(|it| it == "not");
        words.retain(|it| !["is", "not", "normalized"].contains(&it.as_str()));
        let form = words.pop().map(|it| it.to_ascii_uppercase().into());
        let form = form.map(|it| Stored::literal(Some(it)));
        let parts = [stored].into_iter().chain(form).collect();
        let called = self.apply("is_normalized", parts)?;
        Some(if is_not { negated(called) } else { called })
    }

    fn written_cast(&mut self, value: &Expr, ty: &TypeName) -> Option<Stored> {
        let target = self.binder.type_named(ty).ok()?;
        if target.ty == Ty::Opaque {
            let words = format!("as {}", ty.text);
            return Some(Stored::other(words, Ty::Opaque, vec![self.expr(value)?]));
        }
        self.cast_to(value, &target)
    }

    fn cast_to(&mut self, value: &Expr, target: &Typed) -> Option<Stored> {
        let world = self.world();
        let base = world.base(&target.ty);
        if let (ExprKind::Array(elements), Some(element)) = (&value.kind, world.element(&base)) {
            let element = Typed {
                ty: element,
                modifiers: target.modifiers.clone(),
            };
            let whole = Typed {
                ty: base,
                modifiers: target.modifiers.clone(),
            };
            let mut parts = Vec::with_capacity(elements.len());
            for it in elements {
                let is_nested = matches!(it.kind, ExprKind::Array(_));
                parts.push(self.cast_to(it, if is_nested { &whole } else { &element })?);
            }
            let array = Stored::new(What::Array, whole, parts);
            return Some(world.coerce_as(array, &target.ty, true));
        }
        let stored = self.expr(value)?;
        let is_literal = matches!(stored.what, What::Literal(_));
        if !is_literal && (stored.ty().is_opaque() || target.ty.is_opaque()) {
            if *stored.ty() == target.ty {
                return Some(stored);
            }
            let what = What::Cast { binary: false };
            return Some(Stored::new(what, target.clone(), vec![stored]));
        }
        Some(world.cast(stored, target, true))
    }

    fn collate(&mut self, value: &Expr, collation: &Name) -> Option<Stored> {
        let mut stored = self.expr(value)?;
        if stored.ty().is_unknown() {
            stored = self.world().coerce(stored, &Ty::TEXT);
        }
        let what = What::Collate(collation.parts.last()?.clone());
        Some(Stored::new(what, stored.typed.clone(), vec![stored]))
    }

    fn subscript(
        &mut self,
        base: &Expr,
        bounds: &[Expr],
        slice: bool,
        expr: &Expr,
    ) -> Option<Stored> {
        let words = self.brackets(expr, base, bounds);
        let world = self.world();
        let container = self.expr(base)?;
        let ty = world.base(container.ty());
        let is_json = ty.is(TypeId::JSONB);
        let typed = match world.subscripted(&ty) {
            None => Ty::Opaque.plain(),
            Some(_) if slice => ty.plain(),
            Some(element) => Typed {
                ty: element,
                modifiers: container.typed.modifiers.clone(),
            },
        };
        let mut parts = vec![container];
        for bound in bounds {
            let bound = self.expr(bound)?;
            let is_word = is_json && (bound.ty().is_unknown() || bound.ty().is(TypeId::TEXT));
            let wanted = if is_word { Ty::TEXT } else { Ty::INT4 };
            parts.push(world.coerce(bound, &wanted));
        }
        let what = What::Other(format!("subscript {words}"));
        Some(Stored::new(what, typed, parts))
    }
}

/// `is null`, `is not null`.
pub(super) fn null_test(stored: Stored, is_not: bool) -> Stored {
    let words = if is_not { "is not null" } else { "is null" };
    Stored::other(words, Ty::BOOL, vec![stored])
}

/// `not …`.
pub(super) fn negated(stored: Stored) -> Stored {
    Stored::other("not", Ty::BOOL, vec![stored])
}
