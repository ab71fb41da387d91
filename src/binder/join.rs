//! Joins, and the columns that `using` and `natural` merge (manual 7.2.1.1; `transformFromClauseItem`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::comparison::operator;
use crate::binder::from::{place_of, twice_in_from};
use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::relation::rename;
use crate::binder::scope::{Seen, Source, Variable};
use crate::binder::ty::Ty;
use crate::binder::{Binder, Result};
use crate::tree::{Join, JoinCondition, JoinKind};

impl Binder<'_> {
    /// What a join brings into sight.
    pub(super) fn join(&mut self, join: &Join) -> Result<Vec<Source>> {
        let left = self.bind_item(&join.left)?;
        // The right side sees the left one, where it is lateral.
        let before = self.scope.top().sources.len();
        let can_see = matches!(
            join.kind,
            JoinKind::Inner | JoinKind::Left | JoinKind::Cross
        );
        for source in &left {
            let mut source = source.clone();
            source.lateral_only = true;
            source.lateral_ok = can_see;
            self.scope.top().sources.push(source);
        }
        let right = self.bind_item(&join.right);
        self.scope.top().sources.truncate(before);
        let right = right?;
        check_twins(&left, &right, &place_of(&join.right))?;
        let (left_columns, left_opaque) = visible_columns(&left);
        let (right_columns, right_opaque) = visible_columns(&right);
        let opaque = left_opaque || right_opaque;
        let id = self.new_source(None, &[]);
        let natural: Vec<(SmolStr, Range<usize>)>;
        let (using, join_alias) = match &join.condition {
            JoinCondition::Natural => {
                let range = place_of(&join.right);
                let shared = left_columns
                    .iter()
                    .filter(|it| right_columns.iter().any(|other| other.name == it.name));
                natural = shared.map(|it| (it.name.clone(), range.clone())).collect();
                (natural.as_slice(), None)
            }
            JoinCondition::Using(columns, alias) => (columns.as_slice(), alias.clone()),
            JoinCondition::On(_) | JoinCondition::None => (&[][..], None),
        };
        let mut merged: Vec<Seen> = Vec::new();
        for (name, range) in using {
            let one = side(&left_columns, name, range, left_opaque, "left")?;
            let other = side(&right_columns, name, range, right_opaque, "right")?;
            if merged.iter().any(|it| it.name == *name) {
                return Err(Mistake::new(
                    Class::Duplicate,
                    range,
                    format!("column \"{name}\" stands twice in `using`"),
                ));
            }
            let (Some(one), Some(other)) = (one, other) else {
                merged.push(Seen {
                    name: name.clone(),
                    typed: Ty::Opaque.plain(),
                    origin: Variable {
                        source: id,
                        column: Some(merged.len()),
                    },
                });
                continue;
            };
            for it in [one, other] {
                self.read_origin(it.origin);
            }
            merged.push(self.merge(one, other, join.kind, id, merged.len(), range)?);
        }
        let is_merged = |it: &&Seen| !merged.iter().any(|done| done.name == it.name);
        let mut columns: Vec<Seen> = merged.clone();
        columns.extend(left_columns.iter().filter(is_merged).cloned());
        columns.extend(right_columns.iter().filter(is_merged).cloned());
        if let JoinCondition::On(condition) = &join.condition {
            let both: Vec<Source> = left.iter().chain(&right).cloned().collect();
            let saved = std::mem::replace(&mut self.scope.top().sources, both);
            let bound = self.at(Place::JoinCondition, |binder| {
                binder.lateral(false, |it| it.boolean(condition, "a join condition"))
            });
            self.scope.top().sources = saved;
            bound?;
        }
        let mut source = Source::new(id, None, &[]);
        source.columns = columns;
        source.opaque = opaque;
        source.by_name = false;
        if let Some(alias) = &join.alias {
            source.by_name = true;
            rename(&mut source, Some(alias), &alias.range)?;
            return Ok(vec![source]);
        }
        let mut sources = Vec::new();
        for mut it in left.into_iter().chain(right) {
            it.by_column = false;
            it.lateral_only = false;
            sources.push(it);
        }
        if let Some(alias) = join_alias {
            let mut it = Source::new(id, Some(alias), &[]);
            it.columns = merged;
            it.by_column = false;
            sources.push(it);
        }
        sources.push(source);
        Ok(sources)
    }

    /// The column that `using` makes of two.
    fn merge(
        &mut self,
        one: &Seen,
        other: &Seen,
        kind: JoinKind,
        id: usize,
        at: usize,
        range: &Range<usize>,
    ) -> Result<Seen> {
        let both = [one.typed.ty.clone(), other.typed.ty.clone()];
        let common = self.world.common(&both).map_err(|(left, right)| {
            Mistake::new(
                Class::TypeMismatch,
                range,
                format!(
                    "the columns \"{}\" have the types {} and {}, which do not match",
                    one.name, left, right
                ),
            )
        })?;
        self.world.operator(&operator("=", range), &both)?;
        let origin = match kind {
            JoinKind::Inner | JoinKind::Left | JoinKind::Cross => one.origin,
            JoinKind::Right => other.origin,
            JoinKind::Full => Variable {
                source: id,
                column: Some(at),
            },
        };
        let typed = if one.typed == other.typed {
            one.typed.clone()
        } else {
            common.plain()
        };
        Ok(Seen {
            name: one.name.clone(),
            typed,
            origin,
        })
    }
}

/// Refuses a name that both sides of a join have.
fn check_twins(left: &[Source], right: &[Source], place: &Range<usize>) -> Result<()> {
    for source in right {
        let alias = source.alias.as_ref().filter(|_| source.by_name);
        let twin = left.iter().find(|it| {
            it.by_name
                && alias.is_some()
                && it.alias.as_ref() == alias
                && (it.relation.is_none()
                    || source.relation.is_none()
                    || it.relation == source.relation)
        });
        if let (Some(alias), Some(_)) = (alias, twin) {
            return Err(twice_in_from(alias, place));
        }
    }
    Ok(())
}

fn side<'a>(
    columns: &'a [Seen],
    name: &SmolStr,
    range: &Range<usize>,
    opaque: bool,
    which: &str,
) -> Result<Option<&'a Seen>> {
    let mut found = columns.iter().filter(|it| it.name == *name);
    let first = found.next();
    if found.next().is_some() {
        return Err(Mistake::new(
            Class::AmbiguousColumn,
            range,
            format!("column \"{name}\" is ambiguous: the {which} side of the join has it twice"),
        ));
    }
    if first.is_none() && !opaque {
        return Err(Mistake::new(
            Class::UnknownColumn,
            range,
            format!("the {which} side of the join has no column \"{name}\""),
        )
        .suggest(name, columns.iter().map(|it| it.name.as_str())));
    }
    Ok(first)
}

/// The columns that can be named alone.
fn visible_columns(sources: &[Source]) -> (Vec<Seen>, bool) {
    let seen = sources.iter().filter(|it| it.by_column);
    let opaque = seen.clone().any(|it| it.opaque);
    (seen.flat_map(|it| it.columns.clone()).collect(), opaque)
}
