//! Which of several functions or operators of one name is meant (manual 10.2 and 10.3; `func_match_argtypes` and
//! `func_select_candidate` of `parse_func.c`).

use crate::binder::context::Context;
use crate::binder::ty::Ty;
use crate::binder::world::World;

/// A function or operator as a call would see it.
#[derive(Debug, Clone)]
pub(super) struct Candidate<T> {
    /// The types of its parameters, as many as the call has arguments, variadic ones spread and those with names put in order.
    pub(super) parameters: Vec<Ty>,
    pub(super) what: T,
}

/// What comes of a search.
#[derive(Debug)]
pub(super) enum Choice<T> {
    One(Candidate<T>),
    /// Several fit, and none better than the others.
    Ambiguous,
    None,
}

/// Picks the one that the arguments mean.
pub(super) fn choose<T>(
    world: World<'_>,
    given: &[Ty],
    candidates: Vec<Candidate<T>>,
) -> Choice<T> {
    let mut fitting: Vec<Candidate<T>> = candidates
        .into_iter()
        .filter(|it| world.can_coerce(given, &it.parameters, Context::Implicit))
        .collect();
    match fitting.len() {
        0 => Choice::None,
        1 => fitting.pop().map_or(Choice::None, Choice::One),
        _ => select(world, given, fitting),
    }
}

fn select<T>(world: World<'_>, given: &[Ty], mut left: Vec<Candidate<T>>) -> Choice<T> {
    let given: Vec<Ty> = given.iter().map(|it| world.base(it)).collect();
    let unknown = given.iter().filter(|it| it.is_unknown()).count();

    // Those with the most exact matches.
    keep_best(&mut left, |it| {
        let pairs = given.iter().zip(&it.parameters);
        pairs
            .filter(|(given, wanted)| !given.is_unknown() && given == wanted)
            .count()
    });
    if left.len() > 1 {
        // Those with the most exact matches or preferred types.
        keep_best(&mut left, |it| {
            let pairs = given.iter().zip(&it.parameters);
            pairs
                .filter(|(given, wanted)| {
                    !given.is_unknown()
                        && (given == wanted || is_preferred(world, world.category(given).0, wanted))
                })
                .count()
        });
    }
    if left.len() > 1 && unknown > 0 {
        left = by_unknown(world, &given, left);
    }
    if left.len() > 1 && unknown > 0 && unknown < given.len() {
        // The unknown ones may be of the type that all others have.
        let mut known = given.iter().filter(|it| !it.is_unknown());
        if let Some(first) = known.next().cloned()
            && known.all(|it| *it == first)
        {
            let same = vec![first; given.len()];
            let fits =
                |it: &Candidate<T>| world.can_coerce(&same, &it.parameters, Context::Implicit);
            if left.iter().filter(|it| fits(it)).count() == 1 {
                left.retain(|it| fits(it));
            }
        }
    }
    match (left.pop(), left.is_empty()) {
        (Some(one), true) => Choice::One(one),
        (_, _) => Choice::Ambiguous,
    }
}

fn keep_best<T>(left: &mut Vec<Candidate<T>>, score: impl Fn(&Candidate<T>) -> usize) {
    let best = left.iter().map(&score).max().unwrap_or(0);
    left.retain(|it| score(it) == best);
}

fn is_preferred(world: World<'_>, category: u8, ty: &Ty) -> bool {
    let (own, preferred) = world.category(ty);
    own == category && preferred
}

/// Those that take, at each literal of unknown type, the category that all take there, or strings where one does.
fn by_unknown<T>(world: World<'_>, given: &[Ty], left: Vec<Candidate<T>>) -> Vec<Candidate<T>> {
    let mut wanted: Vec<Option<(u8, bool)>> = vec![None; given.len()];
    for at in (0..given.len()).filter(|&at| given[at].is_unknown()) {
        let mut slot: Option<(u8, bool)> = None;
        let mut conflict = false;
        for candidate in &left {
            let (category, preferred) = world.category(&candidate.parameters[at]);
            match &mut slot {
                None => slot = Some((category, preferred)),
                Some((known, has_preferred)) if *known == category => *has_preferred |= preferred,
                Some((known, has_preferred)) => {
                    if category == b'S' {
                        *known = category;
                        *has_preferred = preferred;
                    } else {
                        conflict = true;
                    }
                }
            }
        }
        match slot {
            Some((category, _)) if conflict && category != b'S' => return left,
            slot => wanted[at] = slot,
        }
    }
    let fits = |it: &Candidate<T>| {
        it.parameters.iter().zip(&wanted).all(|(ty, wanted)| {
            let Some((category, needs_preferred)) = wanted else {
                return true;
            };
            let (own, preferred) = world.category(ty);
            own == *category && (!needs_preferred || preferred)
        })
    };
    if left.iter().any(fits) {
        left.into_iter().filter(|it| fits(it)).collect()
    } else {
        left
    }
}
