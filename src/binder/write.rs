//! Statements that change rows (manual chapter 6; `analyze.c`, `parse_target.c` and `parse_merge.c`).

use crate::binder::output::Output;
use crate::binder::place::Place;
use crate::binder::scope::Source;
use crate::binder::ty::Ty;
use crate::binder::view_rows::Change;
use crate::binder::world::Column;
use crate::binder::{Binder, Result};
use crate::tree::{Delete, From, Insert, Merge, Statement, Target, Update};

impl Binder<'_> {
    /// Binds a statement; its output is that of its query or of `returning`.
    pub fn statement(&mut self, statement: &Statement) -> Result<Output> {
        match statement {
            Statement::Query(query) => self.query(query, true),
            Statement::Insert(it) => self.insert(it),
            Statement::Update(it) => self.update(it),
            Statement::Delete(it) => self.delete(it),
            Statement::Merge(it) => self.merge_rows(it),
            Statement::Opaque => Ok(Output::opaque()),
        }
    }

    /// Binds `insert`.
    pub(super) fn insert(&mut self, insert: &Insert) -> Result<Output> {
        let opened = self.with(insert.with.as_ref())?;
        self.open();
        let result = self.insert_rows(insert);
        self.scope.levels.pop();
        self.end_with(opened);
        result
    }

    fn update(&mut self, update: &Update) -> Result<Output> {
        let opened = self.with(update.with.as_ref())?;
        self.open();
        let result = self.update_rows(update);
        self.scope.levels.pop();
        self.end_with(opened);
        result
    }

    fn update_rows(&mut self, update: &Update) -> Result<Output> {
        let (target, source) =
            self.changed(&update.table, update.alias.as_ref(), Change::Update)?;
        self.beside(source, &update.from)?;
        self.assignments(&update.set, &target)?;
        if let Some(filter) = &update.filter {
            self.at(Place::Where, |it| it.boolean(filter, "`where`"))?;
        }
        self.returning(&update.returning)
    }

    /// Brings the table that changes and what stands beside it into sight.
    pub(super) fn beside(&mut self, source: Source, from: &[From]) -> Result<()> {
        let mut hidden = source;
        // Lateral items cannot see it.
        hidden.lateral_only = true;
        hidden.lateral_ok = false;
        self.scope.top().sources.push(hidden);
        self.bind_from(from)
    }

    fn delete(&mut self, delete: &Delete) -> Result<Output> {
        let opened = self.with(delete.with.as_ref())?;
        self.open();
        let result = self.delete_rows(delete);
        self.scope.levels.pop();
        self.end_with(opened);
        result
    }

    fn delete_rows(&mut self, delete: &Delete) -> Result<Output> {
        let (_, source) = self.changed(&delete.table, delete.alias.as_ref(), Change::Delete)?;
        self.beside(source, &delete.using)?;
        if let Some(filter) = &delete.filter {
            self.at(Place::Where, |it| it.boolean(filter, "`where`"))?;
        }
        self.returning(&delete.returning)
    }

    fn merge_rows(&mut self, merge: &Merge) -> Result<Output> {
        let opened = self.with(merge.with.as_ref())?;
        self.open();
        let result = self.merge_clauses(merge);
        self.scope.levels.pop();
        self.end_with(opened);
        result
    }

    /// Binds `returning`.
    pub(super) fn returning(&mut self, targets: &[Target]) -> Result<Output> {
        if targets.is_empty() {
            return Ok(Output::default());
        }
        let flats = self.targets(targets, Place::Returning)?;
        Ok(Output {
            opaque: self.scope.is_opaque(),
            columns: flats
                .into_iter()
                .map(|it| Column {
                    name: it.name,
                    typed: if it.bound.ty().is_unknown() {
                        Ty::TEXT.plain()
                    } else {
                        it.bound.typed
                    },
                })
                .collect(),
            ..Output::default()
        })
    }
}
