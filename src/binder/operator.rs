//! Which operator is meant (manual 10.2; `oper` and `left_oper` of `parse_oper.c`).

use smol_str::SmolStr;

use crate::binder::candidate::{Candidate, Choice, choose};
use crate::binder::generic;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::ty::Ty;
use crate::binder::world::World;
use crate::builtin::{self, TypeId, Volatility};
use crate::kind::Defined;
use crate::schema::operator_mark;
use crate::tree::Operator;

/// An operator with its types for one use.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The types that its operands become.
    pub(super) operands: Vec<Ty>,
    pub(super) result: Ty,
    pub(super) volatility: Volatility,
}

impl World<'_> {
    /// The operator between operands of these types, one or two.
    pub(super) fn operator(self, operator: &Operator, given: &[Ty]) -> Result<Resolved, Mistake> {
        let opaque = Resolved {
            operands: given.to_vec(),
            result: Ty::Opaque,
            volatility: Volatility::Immutable,
        };
        if operator
            .schema
            .as_ref()
            .is_some_and(|it| it != "pg_catalog")
            || self.may_have_operator(&operator.name)
        {
            return Ok(opaque);
        }
        let all = builtin::operators(&operator.name).iter();
        let here = all.filter(|it| it.versions.contains(self.server));
        // Most have an operator for just their types: then the others need not be looked at.
        let exact = match given {
            [left, right] => {
                let (left, right) = match (left.core(), right.core()) {
                    (Some(TypeId::UNKNOWN), other) | (other, Some(TypeId::UNKNOWN)) => {
                        (other, other)
                    }
                    both => both,
                };
                let mut here = here.clone();
                here.find(|it| it.left.is_some() && it.left == left && Some(it.right) == right)
            }
            [..] => None,
        };
        let here = here.filter(|it| exact.is_none_or(|exact| std::ptr::eq(*it, exact)));
        let candidates: Vec<Candidate<&'static builtin::Operator>> = here
            .filter_map(|it| {
                let parameters = match (it.left, given) {
                    (None, [_]) => vec![Ty::Core(it.right)],
                    (Some(left), [_, _]) => vec![Ty::Core(left), Ty::Core(it.right)],
                    _ => return None,
                };
                Some(Candidate {
                    parameters,
                    what: it,
                })
            })
            .collect();
        if given.iter().any(Ty::is_opaque) {
            return Ok(agreed_operator(operator, given, &candidates));
        }
        let exact = self.exact(given, &candidates);
        let choice = match exact {
            Some(at) => {
                let mut candidates = candidates;
                Choice::One(candidates.swap_remove(at))
            }
            None => choose(self, given, candidates),
        };
        match choice {
            Choice::One(one) => {
                let result = Ty::Core(one.what.result);
                let Some((operands, result)) =
                    generic::resolve(self, given, &one.parameters, &result)
                else {
                    return Err(no_operator(operator, given));
                };
                let any = |id| id == TypeId::ANYNONARRAY;
                let is_joined = one.what.left.is_some_and(any) || any(one.what.right);
                let volatility = if operator.name == "||" && is_joined {
                    // A function in SQL, which the planner opens: what counts is how the value becomes text.
                    let own = given.iter().zip(&one.parameters);
                    let own = own.filter(|it| it.1.is(TypeId::ANYNONARRAY));
                    own.map(|it| crate::binder::coerce::io_volatility(&self.base(it.0), "out"))
                        .max()
                        .unwrap_or(one.what.volatility)
                } else {
                    one.what.volatility
                };
                Ok(Resolved {
                    operands,
                    result,
                    volatility,
                })
            }
            Choice::Ambiguous if self.has_casts() && given.iter().any(|it| it.core().is_none()) => {
                Ok(opaque)
            }
            Choice::Ambiguous => Err(Mistake::new(
                Class::AmbiguousFunction,
                &operator.range,
                format!("{} fits more than one operator", use_of(operator, given)),
            )
            .help("cast the operands to the types that are meant")),
            Choice::None => Err(no_operator(operator, given)),
        }
    }

    /// The exact match; beside a literal of unknown type the same type is tried (`binary_oper_exact`).
    fn exact<T>(self, given: &[Ty], candidates: &[Candidate<T>]) -> Option<usize> {
        let find = |types: &[Ty]| candidates.iter().position(|it| it.parameters == types);
        let [left, right] = given else {
            return find(given);
        };
        let (mut left, mut right) = (left.clone(), right.clone());
        let mut had_unknown = false;
        if left.is_unknown() && !right.is_unknown() {
            left = right.clone();
            had_unknown = true;
        } else if right.is_unknown() && !left.is_unknown() {
            right = left.clone();
            had_unknown = true;
        }
        let found = find(&[left.clone(), right]);
        if found.is_some() || !had_unknown {
            return found;
        }
        let base = self.base(&left);
        if base == left {
            return None;
        }
        find(&[base.clone(), base])
    }

    /// Whether raw SQL or an extension may have made an operator of that name.
    fn may_have_operator(self, name: &SmolStr) -> bool {
        self.schema.get(&operator_mark(name)).is_some()
            || self.schema.has_opaque(Defined::Operator)
            || self.schema.extensions().any(|extension| {
                extension != "plpgsql"
                    && builtin::extension(extension).is_none_or(|it| it.brings_operator(name))
            })
    }
}

/// What all operators that may be meant agree on, where an operand's type is not known: comparisons give booleans.
fn agreed_operator(
    operator: &Operator,
    given: &[Ty],
    candidates: &[Candidate<&'static builtin::Operator>],
) -> Resolved {
    const COMPARISONS: [&str; 6] = ["=", "<>", "<", "<=", ">", ">="];
    let mut results = candidates.iter().map(|it| it.what.result);
    let first = results.next();
    let result = match first {
        Some(first) if results.all(|it| it == first) => Ty::Core(first),
        Some(_) | None => Ty::Opaque,
    };
    Resolved {
        operands: given.to_vec(),
        result: if COMPARISONS.contains(&operator.name.as_str()) {
            Ty::BOOL
        } else if result.is_generic() {
            Ty::Opaque
        } else {
            result
        },
        volatility: Volatility::Immutable,
    }
}

fn use_of(operator: &Operator, given: &[Ty]) -> String {
    let types: Vec<String> = given.iter().map(ToString::to_string).collect();
    match types.as_slice() {
        [left, right] => format!("{left} {} {right}", operator.name),
        _ => format!("{} {}", operator.name, types.join(" ")),
    }
}

fn no_operator(operator: &Operator, given: &[Ty]) -> Mistake {
    Mistake::new(
        Class::UnknownFunction,
        &operator.range,
        format!("there is no operator {}", use_of(operator, given)),
    )
    .help("cast an operand to a type that the operator takes")
}
