//! `on conflict` (manual: INSERT; `transformOnConflictArbiter` and `infer_arbiter_indexes`).

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::changed::Changed;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::scope::Source;
use crate::binder::{Binder, Result};
use crate::name::Name;
use crate::schema::{ConstraintKind, Key, Table};
use crate::tree::{ConflictAction, ConflictElement, ConflictTarget, Expr, ExprKind, OnConflict};

impl Binder<'_> {
    /// Binds `on conflict`.
    pub(super) fn on_conflict(
        &mut self,
        conflict: &OnConflict,
        target: &Changed,
        source: &Source,
    ) -> Result<()> {
        let table = target
            .name
            .as_ref()
            .and_then(|it| self.world.schema.table(it));
        match &conflict.target {
            None => {
                if let ConflictAction::Update { .. } = conflict.action {
                    return Err(Mistake::new(
                        Class::Syntax,
                        &conflict.range,
                        "`do update` needs the columns of a unique constraint: on conflict (…) do update",
                    ));
                }
            }
            Some(ConflictTarget::Constraint(name)) => {
                if let (Some(table), Some(constraint)) = (table, name.parts.last()) {
                    self.conflict_constraint(table, target, constraint, &name.range)?;
                    let is_update = matches!(conflict.action, ConflictAction::Update { .. });
                    let is_exclusion = table
                        .constraints
                        .get(constraint)
                        .is_some_and(|it| matches!(it.kind, ConstraintKind::Exclusion(_)));
                    if is_update && is_exclusion {
                        return Err(Mistake::new(
                            Class::NotSupported,
                            &name.range,
                            format!("constraint \"{constraint}\" excludes rows, so `do update` has none to update"),
                        )
                        .help("write `do nothing`, or name a unique constraint"));
                    }
                }
            }
            Some(ConflictTarget::Index { elements, filter }) => {
                for element in elements {
                    self.at(Place::Where, |it| it.expr(&element.value))?;
                }
                if let Some(filter) = filter {
                    self.at(Place::Where, |it| it.boolean(filter, "`where`"))?;
                }
                if let (Some(table), Some(name)) = (table, &target.name) {
                    self.infer(table, name, elements, filter.as_ref(), &conflict.range)?;
                }
            }
        }
        let ConflictAction::Update { set, filter } = &conflict.action else {
            return Ok(());
        };
        // The row that was to be inserted.
        let id = self.new_source(None, &target.columns);
        let mut excluded = Source::new(id, Some("excluded".into()), &target.columns);
        excluded.opaque = source.opaque;
        excluded.rows_of.clone_from(&target.name);
        self.scope.top().sources.push(excluded);
        let result = self.assignments(set, target).and_then(|()| match filter {
            Some(filter) => self
                .at(Place::Where, |it| it.boolean(filter, "`where`"))
                .map(drop),
            None => Ok(()),
        });
        self.scope.top().sources.pop();
        result
    }

    fn conflict_constraint(
        &self,
        table: &Table,
        target: &Changed,
        constraint: &SmolStr,
        range: &Range<usize>,
    ) -> Result<()> {
        let name = target.name.as_ref().map(ToString::to_string);
        let name = name.unwrap_or_default();
        match table.constraints.get(constraint) {
            None if target
                .name
                .as_ref()
                .is_some_and(|it| self.world.is_stale(it)) =>
            {
                Ok(())
            }
            None => Err(Mistake::new(
                Class::UnknownObject,
                range,
                format!("table \"{name}\" has no constraint \"{constraint}\""),
            )
            .suggest(constraint, table.constraints.keys().map(SmolStr::as_str))),
            Some(it) if it.deferrable => Err(Mistake::new(
                Class::NotSupported,
                range,
                format!("constraint \"{constraint}\" is deferrable, so it cannot find conflicts"),
            )),
            Some(it) if it.kind.has_index() => Ok(()),
            Some(_) => Err(Mistake::new(
                Class::WrongObject,
                range,
                format!("constraint \"{constraint}\" is neither a key nor an exclusion constraint"),
            )),
        }
    }

    /// Whether a key or unique index has just these elements (`infer_arbiter_indexes`).
    fn infer(
        &self,
        table: &Table,
        name: &Name,
        elements: &[ConflictElement],
        filter: Option<&Expr>,
        range: &Range<usize>,
    ) -> Result<()> {
        if self.world.is_stale(name) || self.world.inherits_keys(name) {
            return Ok(());
        }
        let mut columns: Vec<&SmolStr> = Vec::new();
        let mut plain = true;
        for element in elements {
            if let ExprKind::Column(parts) = &element.value.kind {
                columns.extend(parts.last());
            } else {
                plain = false;
            }
        }
        columns.sort_unstable();
        columns.dedup();
        let fits = |key: &[SmolStr]| {
            let mut key: Vec<&SmolStr> = key.iter().collect();
            key.sort_unstable();
            key.dedup();
            key == columns
        };
        let at_once = table.constraints.values().filter(|it| !it.deferrable);
        let by_constraint = at_once.into_iter().any(|it| match &it.kind {
            ConstraintKind::PrimaryKey(Key { columns, .. })
            | ConstraintKind::Unique(Key { columns, .. }) => plain && fits(columns),
            ConstraintKind::ForeignKey(_)
            | ConstraintKind::Check { .. }
            | ConstraintKind::Exclusion(_) => false,
        });
        let by_index = self.world.schema.indexes(name).any(|(_, index)| {
            if !index.unique || index.predicate.is_some() && filter.is_none() {
                return false;
            }
            let is_plain = index.elements.iter().all(|it| it.expression.is_column());
            if !is_plain || !plain {
                // Whether two expressions are one is for the server to say.
                return !is_plain && !plain;
            }
            let key: Vec<SmolStr> = index
                .elements
                .iter()
                .filter_map(|it| it.expression.columns().next().cloned())
                .collect();
            fits(&key)
        });
        if by_constraint || by_index {
            return Ok(());
        }
        let keys: Vec<String> = table
            .constraints
            .values()
            .filter_map(|it| it.kind.key())
            .map(|it| format!("({})", it.columns.join(", ")))
            .collect();
        let mistake = Mistake::new(
            Class::Reference,
            range,
            format!("no unique constraint or unique index of \"{name}\" has just these columns"),
        );
        Err(if keys.is_empty() {
            mistake.help("create a unique constraint first")
        } else {
            mistake.help(format!("its keys are {}", keys.join(", ")))
        })
    }
}
