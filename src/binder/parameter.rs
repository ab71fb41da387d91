//! Values that stand for others: the parameters of a function, and `value` in the check of a domain.

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::bound::Bound;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::{Binder, Result};

impl Binder<'_> {
    /// `value` in the check of a domain.
    pub(super) fn value_of_domain(&self, name: &SmolStr) -> Option<Bound> {
        let typed = self.domain.as_ref().filter(|_| name == "value")?;
        let mut bound = Bound::typed(typed.clone());
        bound.reads = Some(0);
        Some(bound)
    }

    /// The parameter `$1` of a function.
    pub(super) fn parameter(&self, number: u32, range: &Range<usize>) -> Result<Bound> {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        match at.checked_sub(1).and_then(|it| self.parameters.get(it)) {
            Some((_, typed)) => Ok(Bound::typed(typed.clone())),
            None if self.function.is_some() => Err(Mistake::new(
                Class::UnknownObject,
                range,
                format!("the function has no parameter ${number}"),
            )),
            None => Ok(Bound::opaque()),
        }
    }

    /// A parameter `a`, or `f.a`.
    pub(super) fn named_parameter(&self, parts: &[SmolStr]) -> Option<Bound> {
        let find = |name: &SmolStr| {
            let mut parameters = self.parameters.iter();
            parameters.find(|it| it.0.as_ref() == Some(name))
        };
        let found = match parts {
            [name] => find(name)?,
            [function, name] if self.function.as_ref() == Some(function) => find(name)?,
            [function, rest @ ..]
                if self.function.as_ref() == Some(function) && rest.len() == 2 =>
            {
                return self.named_parameter(rest);
            }
            // The field of one.
            [parameter, field] => {
                let (_, typed) = find(parameter)?;
                let fields = self.world.fields(&typed.ty);
                return Some(match fields {
                    Some(fields) => {
                        Bound::typed(fields.into_iter().find(|it| it.name == *field)?.typed)
                    }
                    None => Bound::opaque(),
                });
            }
            _ => return None,
        };
        Some(Bound::typed(found.1.clone()))
    }
}
