//! What a database holds, compared with the model and with what it held before.

use std::collections::BTreeSet;

use crate::catalog::{Comparison, DATABASE};
use crate::inverse::{Fidelity, Loss};
use crate::operation::unread::runs_code;
use crate::prove::request::Stop;
use crate::prove::seen::{Seen, misplaced};
use crate::prove::stage::Stage;
use crate::replay::Remains;
use crate::schema::{ObjectId, Schema};

impl Stage<'_> {
    /// What differs from the model.
    pub(in crate::prove) fn against_model(&mut self, seen: &Seen) -> Result<Vec<String>, Stop> {
        let schema = self.line.schema().clone();
        self.against(&schema, seen)
    }

    /// What differs from the model at the end of the history.
    pub(in crate::prove) fn against_whole(&mut self, seen: &Seen) -> Result<Vec<String>, Stop> {
        let order = self.request.compiled.graph.order();
        let operations = order.iter().flat_map(|it| self.operations(*it));
        self.ran_code = runs_code(operations);
        let request = self.request;
        self.against(&request.compiled.replayed.schema, seen)
    }

    /// The tables that `old` has not whose columns stand in another order than in the model.
    pub(in crate::prove) fn misplaced(&self, old: &Schema, seen: &Seen) -> Vec<String> {
        let new = self.schema().objects().filter(|it| old.get(it.0).is_none());
        new.filter_map(|(id, object)| {
            let found = seen.catalog.objects.get(id)?;
            misplaced(id, object.as_table()?, found.as_table()?)
        })
        .collect()
    }

    /// What differs from another state of the model.
    pub(in crate::prove) fn against(
        &mut self,
        schema: &Schema,
        seen: &Seen,
    ) -> Result<Vec<String>, Stop> {
        let unknown = seen
            .catalog
            .objects
            .keys()
            .filter(|it| schema.get(it).is_none());
        if std::mem::take(&mut self.ran_code) {
            self.scope.made.extend(unknown.cloned());
        } else {
            let extra = unknown.filter(|it| {
                matches!(it, ObjectId::Namespace(_))
                    && !self.namespaces.contains(it)
                    && !self.scope.made.contains(it)
            });
            let extra: Vec<String> = extra
                .map(|it| format!("{it}: it exists, but should not"))
                .collect();
            if !extra.is_empty() {
                return Ok(extra);
            }
        }
        let mut faults = self.settle(Comparison::with_model(schema, &seen.catalog, &self.scope))?;
        faults.extend(seen.odd_table.clone());
        Ok(faults)
    }

    /// What differs after ways back from what was before. What they say that they lose is none of it, and what is left must be
    /// as the model has it.
    pub(in crate::prove) fn restored(
        &mut self,
        before: &Seen,
        after: &Seen,
        fidelity: &Fidelity,
        left: Option<&Remains>,
    ) -> Result<Vec<String>, Stop> {
        let Some(left) = left else {
            return self.changes(before, after, fidelity);
        };
        let mut differences = self.restored_but(before, after, fidelity, &left.objects)?;
        differences.extend(self.against(&left.schema, after)?);
        Ok(differences)
    }

    /// The same where some of these objects may be left.
    pub(in crate::prove) fn restored_but(
        &mut self,
        before: &Seen,
        after: &Seen,
        fidelity: &Fidelity,
        left: &BTreeSet<ObjectId>,
    ) -> Result<Vec<String>, Stop> {
        let mut before = before.clone();
        for id in left {
            before.catalog.accept(&after.catalog, id);
        }
        self.changes(&before, after, fidelity)
    }

    /// What differs between two times. What a way back says that it loses is none of it.
    pub(in crate::prove) fn changes(
        &mut self,
        before: &Seen,
        after: &Seen,
        fidelity: &Fidelity,
    ) -> Result<Vec<String>, Stop> {
        let (mut before, mut after) = (before.clone(), after.clone());
        if fidelity.has(Loss::LosesAttachments) {
            let gone = self.answer(&before.catalog.gone())?;
            let gone: BTreeSet<&str> = gone.lines().collect();
            before.catalog.lose_attachments(&after.catalog, &gone);
        }
        if before.is_copy || after.is_copy {
            before.catalog.others.remove(DATABASE);
            after.catalog.others.remove(DATABASE);
        }
        let comparison = Comparison::of_times(&before.catalog, &after.catalog);
        self.settle(comparison)
    }

    fn settle(&mut self, comparison: Comparison) -> Result<Vec<String>, Stop> {
        let printed = match comparison.questions(&self.answers) {
            Some(script) => self.database.apply(&["-q", "-A", "-t"], &script)?.stdout,
            None => String::new(),
        };
        let differences = comparison.settle(&printed, &mut self.answers);
        Ok(differences.iter().map(ToString::to_string).collect())
    }
}
