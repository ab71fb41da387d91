//! The types of constants, and of the words that stand for calls.

use crate::binder::bound::Bound;
use crate::binder::ty::Ty;
use crate::builtin::{TypeId, Volatility};
use crate::tree::{Expr, ExprKind, Literal, Operator};

/// The constant as an expression.
pub(super) fn constant(literal: &Literal) -> Bound {
    match literal {
        Literal::String(text) => {
            let mut bound = Bound::new(Ty::UNKNOWN);
            bound.literal = Some(text.clone());
            bound
        }
        Literal::Null => Bound::new(Ty::UNKNOWN),
        Literal::Boolean(_) => Bound::new(Ty::BOOL),
        Literal::Bits(_) => Bound::new(TypeId::BIT.into()),
        Literal::Number(text) => Bound::new(number(text, false)),
    }
}

/// `-1`: the sign belongs to the constant (`doNegate`).
pub(super) fn negative(operator: &Operator, right: &Expr) -> Option<Bound> {
    let ExprKind::Literal(Literal::Number(text)) = &right.kind else {
        return None;
    };
    (operator.name == "-" && operator.schema.is_none()).then(|| Bound::new(number(text, true)))
}

/// As `make_const` types a number.
fn number(text: &str, negative: bool) -> Ty {
    let plain: String = text.chars().filter(|it| *it != '_').collect();
    let lower = plain.to_ascii_lowercase();
    let digits = |prefix: &str| lower.strip_prefix(prefix);
    let value = if let Some(it) = digits("0x") {
        i128::from_str_radix(it, 16).ok()
    } else if let Some(it) = digits("0o") {
        i128::from_str_radix(it, 8).ok()
    } else if let Some(it) = digits("0b") {
        i128::from_str_radix(it, 2).ok()
    } else {
        lower.parse::<i128>().ok()
    };
    let value = value.map(|it| if negative { -it } else { it });
    match value {
        Some(it) if i32::try_from(it).is_ok() => Ty::INT4,
        Some(it) if i64::try_from(it).is_ok() => Ty::INT8,
        Some(_) | None => TypeId::NUMERIC.into(),
    }
}

/// `current_date` and its kin (manual 9.9.5 and 9.26).
pub(super) fn keyword(word: &str) -> Bound {
    let id = match word {
        "current_date" => TypeId::DATE,
        "current_time" => TypeId::TIMETZ,
        "current_timestamp" => TypeId::TIMESTAMPTZ,
        "localtime" => TypeId::TIME,
        "localtimestamp" => TypeId::TIMESTAMP,
        "system_user" => TypeId::TEXT,
        _ => TypeId::NAME,
    };
    Bound::new(id.into()).volatile(Volatility::Stable)
}
