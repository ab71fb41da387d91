//! `merge` (manual: MERGE; `transformMergeStmt`).

use std::ops::Range;

use crate::binder::changed::Changed;
use crate::binder::mistake::{Class, Mistake};
use crate::binder::output::Output;
use crate::binder::place::Place;
use crate::binder::view_rows::Change;
use crate::binder::words::{are, are_columns};
use crate::binder::{Binder, Result};
use crate::tree::{Merge, MergeAction, MergeClause, MergeWhen};

impl Binder<'_> {
    /// Binds `merge` in the level that is open.
    pub(super) fn merge_clauses(&mut self, merge: &Merge) -> Result<Output> {
        let (target, source) = self.changed(&merge.table, merge.alias.as_ref(), Change::Merge)?;
        let own = source.id;
        self.beside(source, std::slice::from_ref(&merge.using))?;
        self.at(Place::JoinCondition, |it| {
            it.boolean(&merge.on, "a join condition")
        })?;
        for clause in &merge.clauses {
            let saved = self.scope.top().sources.clone();
            for source in &mut self.scope.top().sources {
                let is_hidden = match clause.when {
                    MergeWhen::Matched => false,
                    MergeWhen::NotMatchedByTarget => source.id == own,
                    MergeWhen::NotMatchedBySource => source.id != own,
                };
                if is_hidden {
                    source.by_column = false;
                    source.by_name = false;
                }
            }
            let result = self.merge_clause(clause, &target, &merge.table.range);
            self.scope.top().sources = saved;
            result?;
        }
        self.returning(&merge.returning)
    }

    fn merge_clause(
        &mut self,
        clause: &MergeClause,
        target: &Changed,
        table: &Range<usize>,
    ) -> Result<()> {
        if let Some(condition) = &clause.condition {
            self.at(Place::MergeWhen, |it| {
                it.boolean(condition, "the condition of `when`")
            })?;
        }
        let is_wrong = match (&clause.action, clause.when) {
            (MergeAction::Nothing, _) => None,
            (MergeAction::Insert { .. }, MergeWhen::NotMatchedByTarget) => None,
            (MergeAction::Insert { .. }, _) => Some("insert"),
            (MergeAction::Update(_), MergeWhen::NotMatchedByTarget) => Some("update"),
            (MergeAction::Delete, MergeWhen::NotMatchedByTarget) => Some("delete"),
            (MergeAction::Update(_) | MergeAction::Delete, _) => None,
        };
        if let Some(word) = is_wrong {
            let condition = clause.condition.as_ref();
            let range = condition.map_or_else(|| table.clone(), |it| it.range.clone());
            return Err(Mistake::new(
                Class::Syntax,
                &range,
                format!("this `when` of `merge` cannot {word}"),
            ).help("rows that are not in the table can be inserted, and those that are can be updated or deleted"));
        }
        match &clause.action {
            MergeAction::Nothing | MergeAction::Delete => Ok(()),
            MergeAction::Update(set) => self.assignments(set, target),
            MergeAction::Insert {
                columns,
                overriding,
                values,
            } => {
                let listed = self.insert_columns(target, columns.as_deref())?;
                let Some(values) = values else {
                    return Ok(());
                };
                if let (Some(listed), true) = (&listed, columns.is_some())
                    && listed.len() != values.len()
                {
                    let range = values.first().map_or(0..0, |it| it.range.clone());
                    return Err(Mistake::new(
                        Class::Syntax,
                        &range,
                        format!(
                            "{} listed, and {} given",
                            are_columns(listed.len()),
                            are(values.len())
                        ),
                    ));
                }
                for (at, value) in values.iter().enumerate() {
                    let filled = listed.as_ref().and_then(|it| it.get(at));
                    let place = Place::InsertTarget;
                    self.insert_value(target, filled, value, *overriding, place)?;
                }
                Ok(())
            }
        }
    }
}
