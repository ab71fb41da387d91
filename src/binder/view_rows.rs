//! Whose rows a view shows, and what changes through it (manual: CREATE VIEW "Updatable Views";
//! `view_query_is_auto_updatable` and `view_cols_are_auto_updatable`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Flat;
use crate::binder::scope::Variable;
use crate::binder::world::World;
use crate::binder::{Binder, Result};
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::schema::{Object, ViewRows};
use crate::tree::{ExprKind, From, Query, Select};

/// What a statement does with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Insert,
    Update,
    Delete,
    Merge,
}

/// The version from which `merge` changes rows through views.
const MERGE_THROUGH_VIEWS: u8 = 17;

impl Binder<'_> {
    /// Whose rows a plain `select` shows.
    pub(super) fn view_rows(&self, query: &Query, select: &Select, flats: &[Flat<'_>]) -> ViewRows {
        let level = self.scope.levels.last();
        let reason = if select.distinct.is_some() {
            "it has `distinct`"
        } else if !select.group_by.is_empty() {
            "it has `group by`"
        } else if select.having.is_some() {
            "it has `having`"
        } else if !query.limit.is_empty() {
            "it has `limit` or `offset`"
        } else if level.is_some_and(|it| it.has_aggregate) {
            "it calls an aggregate"
        } else if level.is_some_and(|it| it.has_window) {
            "it calls a window function"
        } else if flats.iter().any(|it| it.bound.returns_set) {
            "it calls a function that returns a set"
        } else {
            return match select.from.as_slice() {
                [From::Relation { sample, .. }] if sample.is_empty() => self.rows_of(flats),
                [From::Relation { .. }] => ViewRows::Computed("it has `tablesample`".into()),
                [] => ViewRows::Computed("it reads no table".into()),
                [..] => ViewRows::Computed("it does not read exactly one table".into()),
            };
        };
        ViewRows::Computed(reason.into())
    }

    /// The rows of the one relation that is read.
    fn rows_of(&self, flats: &[Flat<'_>]) -> ViewRows {
        let sources = self.scope.levels.last().map_or(&[][..], |it| &it.sources);
        let [source] = sources else {
            return ViewRows::Unknown;
        };
        let origin = self.origins.get(source.id);
        let (Some(origin), false) = (origin, source.opaque) else {
            return ViewRows::Unknown;
        };
        let Some(relation) = &origin.relation else {
            return ViewRows::Computed("it does not read a table".into());
        };
        let column = |flat: &Flat<'_>| {
            let written = flat
                .expr
                .filter(|it| matches!(it.kind, ExprKind::Column(_)));
            let written = written.and_then(|it| self.own_variable(&it.range));
            let Variable { source: id, column } = flat.variable.or(written)?;
            column
                .filter(|_| id == source.id)
                .and_then(|at| origin.columns.get(at).cloned())
        };
        ViewRows::Of {
            relation: relation.clone(),
            columns: flats.iter().map(column).collect(),
        }
    }

    /// The column that is read at a place.
    fn own_variable(&self, range: &Range<usize>) -> Option<Variable> {
        let (variable, _) = self.variables.get(&(range.start, range.end))?;
        Some(*variable)
    }

    /// Refuses a change of the rows of a view that PostgreSQL does not pass on; the relation and the columns that it is
    /// passed on to, where that is another.
    pub(super) fn passed_on(
        &self,
        view: &Name,
        change: Change,
        range: &Range<usize>,
    ) -> Result<Option<PassedOn>> {
        let mut reached: Option<PassedOn> = None;
        let mut name = view.clone();
        // Views can be made to read each other in a circle.
        for _ in 0..64 {
            let Some(Object::Opaque(opaque)) = self.world.schema.relation(&name) else {
                break;
            };
            if opaque.kind != Kind::Defined(Defined::View) || opaque.declared {
                break;
            }
            if change == Change::Merge {
                if self.world.server >= MERGE_THROUGH_VIEWS {
                    return Ok(None);
                }
                return Err(Mistake::new(
                    Class::WrongObject,
                    range,
                    format!(
                        "\"{name}\" is a view, and `merge` changes tables alone before PostgreSQL {MERGE_THROUGH_VIEWS}"
                    ),
                ));
            }
            if self.world.has_own_way(&name) {
                return Ok(None);
            }
            match &opaque.rows {
                ViewRows::Unknown => return Ok(None),
                ViewRows::Computed(reason) => {
                    return Err(not_passed_on(&name, change, reason, range));
                }
                ViewRows::Of { relation, columns } => {
                    let is_of_none = columns.iter().all(Option::is_none);
                    if is_of_none && change != Change::Delete {
                        let reason = "none of its columns is one of the table";
                        return Err(not_passed_on(&name, change, reason, range));
                    }
                    if let Some(kind) = self.world.not_writable(relation) {
                        let reason = format!("it reads a {kind}");
                        return Err(not_passed_on(&name, change, &reason, range));
                    }
                    let views: Vec<SmolStr> = self.world.output_names(&name);
                    let below = views.iter().cloned().zip(columns.iter().cloned());
                    let below: Vec<_> = below.collect();
                    reached = Some(match reached {
                        None => PassedOn {
                            view: name.clone(),
                            relation: relation.clone(),
                            columns: below,
                        },
                        Some(above) => above.through(relation, &below),
                    });
                    name = relation.clone();
                }
            }
        }
        Ok(reached)
    }
}

/// Where a change of a view's rows goes.
#[derive(Debug, Clone)]
pub(super) struct PassedOn {
    view: Name,
    pub(super) relation: Name,
    /// The columns of the view, each with that of the relation.
    columns: Vec<(SmolStr, Option<SmolStr>)>,
}

impl PassedOn {
    fn through(self, relation: &Name, below: &[(SmolStr, Option<SmolStr>)]) -> Self {
        let find = |name: &SmolStr| below.iter().find(|it| it.0 == *name)?.1.clone();
        let columns = self.columns.into_iter();
        Self {
            view: self.view,
            relation: relation.clone(),
            columns: columns
                .map(|(own, column)| (own, column.as_ref().and_then(find)))
                .collect(),
        }
    }

    /// The column of the relation that is set where one of the view is.
    pub(super) fn column(&self, name: &str, range: &Range<usize>) -> Result<SmolStr> {
        let found = self.columns.iter().find(|it| it.0 == name);
        match found {
            Some((_, Some(column))) => Ok(column.clone()),
            Some((_, None)) | None => Err(Mistake::new(
                Class::NotSupported,
                range,
                format!(
                    "column \"{name}\" of view \"{}\" is computed, so it cannot be set",
                    self.view
                ),
            )
            .help(format!("leave it out, or change \"{}\"", self.relation))),
        }
    }
}

fn not_passed_on(name: &Name, change: Change, reason: &str, range: &Range<usize>) -> Mistake {
    let verb = match change {
        Change::Insert => "be inserted into",
        Change::Update | Change::Merge => "be updated in",
        Change::Delete => "be deleted from",
    };
    Mistake::new(
        Class::WrongObject,
        range,
        format!("rows cannot {verb} view \"{name}\": {reason}"),
    )
    .help("change the table that it reads, or create an `instead of` trigger on the view")
}

impl World<'_> {
    /// Whether a trigger or a rule may say what happens when the rows of a view change.
    fn has_own_way(self, view: &Name) -> bool {
        self.schema.attached(view).any(|(_, object)| {
            let kind = object.as_opaque().map(|it| it.kind);
            matches!(kind, Some(Kind::Defined(Defined::Trigger | Defined::Rule)))
        })
    }

    fn output_names(self, view: &Name) -> Vec<SmolStr> {
        match self.schema.relation(view) {
            Some(Object::Opaque(it)) => {
                let output = it.output.iter().flat_map(|it| it.iter());
                output.map(|it| it.0.clone()).collect()
            }
            Some(_) | None => Vec::new(),
        }
    }
}
