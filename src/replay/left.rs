//! What a way back leaves other than it was: what its author lets stay, and nothing else. The upgrade runs again over it, and
//! so do the ways back of the revisions before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::kind::{Defined, Kind};
use crate::model::stored;
use crate::operation::unread;
use crate::operation::{Operation, Resolved, effects};
use crate::replay::difference::{describe, named};
use crate::replay::locate;
use crate::replay::stage::{Fault, Stage};
use crate::schema::{Change, Mark, Object, ObjectId, Schema};
use crate::source::{Span, Spanned};

/// The statements of a revision that ran, and which of them the way back leaves as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staying<'a> {
    /// The log before the first one.
    pub(super) start: Mark,
    pub(super) operations: &'a [Spanned<Resolved>],
    /// As many.
    pub(super) stays: &'a [bool],
}

impl Staying<'_> {
    /// Whether the model would see all that stays, where `did` says which statements changed anything.
    pub(super) fn is_seen(&self, did: &[bool]) -> bool {
        let mut statements = self.operations.iter().zip(self.stays).zip(did);
        statements.all(|((it, stays), did)| !stays || *did && !it.value.is_opaque())
    }
}

/// What a way back leaves other than it was.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    /// Also where only a server sees it, such as privileges.
    pub(super) objects: Vec<ObjectId>,
    /// Whether the model sees some of it.
    pub(super) differs: bool,
}

/// What is wrong with what a way back leaves.
#[derive(Debug)]
pub(super) enum Left {
    /// Nobody said that it stays.
    Behind { id: ObjectId, difference: String },
    /// It stays, and the upgrade cannot run again.
    Staying(Fault),
}

impl Stage<'_> {
    /// The objects that are other than they were before the upgrade, where that is as it should be. The schema stands where the
    /// way back ended; its caller takes that back.
    pub(super) fn left_over<'a>(
        &mut self,
        staying: Staying<'_>,
        way_back: impl Iterator<Item = &'a Operation>,
    ) -> Result<Leaves, Left> {
        let Staying {
            start, operations, ..
        } = staying;
        let mut said = said(staying, &self.schema.default);
        if self.schema.is_plainly_as_at(start) {
            return Ok(Leaves {
                objects: said,
                differs: false,
            });
        }
        let expected = self.staying_objects(staying);
        let default = self.schema.default.clone();
        // Code may take away what only raw SQL made.
        let runs_code = unread::runs_code(way_back);
        let raw = operations.iter().filter_map(|it| it.value.as_raw());
        let made_once: BTreeSet<ObjectId> = raw
            .flat_map(|it| effects::made_once(&it.statements, &default))
            .collect();
        let shared: BTreeSet<ObjectId> = operations
            .iter()
            .filter_map(|it| it.value.shared_extension())
            .collect();
        let mut leaves = Vec::new();
        let mut behind: Option<(ObjectId, String)> = None;
        for (id, change) in self.schema.changes_since(start) {
            if is_respelled(&id, &change, &self.schema) {
                continue;
            }
            let is_opaque = self.is_opaque(&change);
            let stays = expected
                .get(&id)
                .is_some_and(|it| same(&id, it.as_ref(), &change, &self.schema));
            // An extension that a guarded statement may have found may stay.
            let is_found = change.before.is_none() && shared.contains(&id);
            // It goes with the session, or before.
            let is_temporary = id.is_temporary();
            if is_opaque && (runs_code || is_temporary || is_stale(&change)) {
                let before = change.before.map(Arc::unwrap_or_clone);
                self.schema.put(id, before);
            } else if stays || is_found || is_undeclared(&change) && !made_once.contains(&id) {
                leaves.push(id);
            } else {
                let difference = describe(&id, &change);
                match &mut behind {
                    Some((_, all)) => *all = format!("{all}; {difference}"),
                    None => behind = Some((id, difference)),
                }
            }
        }
        if let Some((id, difference)) = behind {
            return Err(Left::Behind { id, difference });
        }
        if !leaves.is_empty() {
            self.runs_again(operations, &leaves)?;
        }
        let differs = !leaves.is_empty();
        leaves.append(&mut said);
        Ok(Leaves {
            objects: leaves,
            differs,
        })
    }

    /// What the objects would be if only those statements had run that stay.
    fn staying_objects(&mut self, staying: Staying<'_>) -> BTreeMap<ObjectId, Option<Arc<Object>>> {
        let mut objects = BTreeMap::new();
        if !staying.stays.contains(&true) {
            return objects;
        }
        let schema = &mut self.schema;
        let taken = schema.take_back(staying.start);
        for (operation, stays) in staying.operations.iter().zip(staying.stays) {
            let mark = schema.mark();
            // What it stands on may come with the revision, and go with it.
            if *stays && operation.value.apply(schema).is_err() {
                schema.undo_to(mark);
            }
        }
        for id in schema.touched_since(staying.start) {
            objects.insert(id.clone(), schema.get(id).cloned());
        }
        schema.undo_to(staying.start);
        schema.redo(taken);
        objects
    }

    /// Runs the upgrade again over what its way back left.
    fn runs_again(
        &mut self,
        operations: &[Spanned<Resolved>],
        leaves: &[ObjectId],
    ) -> Result<(), Left> {
        for operation in operations {
            let why = contradiction(&operation.value, |it| leaves.contains(it), &self.schema)
                .or_else(|| {
                    let applied = operation.value.apply(&mut self.schema);
                    applied.err().map(|it| it.message)
                });
            if let Some(why) = why {
                return Err(Left::Staying(self.cannot_run_again(&why, operation.span)));
            }
        }
        Ok(())
    }

    fn cannot_run_again(&self, why: &str, span: Span) -> Fault {
        let diagnostic = Diagnostic::error(
            Code::DowngradeDiffers,
            locate::first_line(self.history.sources, span),
            format!("this statement cannot run again after the downgrade, which leaves some changes in place: {why}"),
        )
        .help("undo the change in `reverse { … }`, or make the statement repeatable with `or replace`, `if not exists` or `if exists`");
        (diagnostic, span)
    }

    /// Whether only raw SQL knows the object, or the table that it is an index of.
    fn is_opaque(&self, change: &Change) -> bool {
        let object = change.after.as_deref().or(change.before.as_deref());
        object.is_some_and(|object| {
            let table = object.as_index().map(|it| &it.table);
            let table = table.and_then(|it| self.schema.relation(it));
            object.as_opaque().is_some() || table.is_some_and(|it| it.as_opaque().is_some())
        })
    }
}

/// What is not declared may stay where the upgrade can run again, and goes with what it belongs to.
fn is_undeclared(change: &Change) -> bool {
    let object = change.after.as_deref().or(change.before.as_deref());
    matches!(object, Some(Object::Opaque(it)) if !it.declared || it.part_of.is_some())
}

/// Whether it is the mark that raw SQL changed an object, which nothing takes away.
fn is_stale(change: &Change) -> bool {
    let object = change.after.as_deref().or(change.before.as_deref());
    matches!(object, Some(Object::Opaque(it)) if it.kind == Kind::Defined(Defined::Stale))
}

/// Whether an object differs only in how its expressions are written.
fn is_respelled(id: &ObjectId, change: &Change, schema: &Schema) -> bool {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => stored::same(id, before, after, schema),
        (Some(_) | None, None) | (None, Some(_)) => false,
    }
}

fn same(id: &ObjectId, expected: Option<&Arc<Object>>, change: &Change, schema: &Schema) -> bool {
    match (expected, &change.after) {
        (Some(expected), Some(now)) => stored::same(id, expected, now, schema),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Why SQL that the model knows by names cannot run over what is left: it makes what is there, or drops what is gone.
pub(super) fn contradiction(
    operation: &Operation,
    is_left: impl Fn(&ObjectId) -> bool,
    schema: &Schema,
) -> Option<String> {
    let statements = &operation.as_raw()?.statements;
    let called = |id: &ObjectId| {
        let object = schema.get(id);
        object.map_or_else(|| id.to_string(), |it| named(id, it))
    };
    let mut made = effects::made_once(statements, &schema.default);
    let there = made.find(|it| is_left(it) && schema.get(it).is_some());
    if let Some(id) = there {
        return Some(format!("{} already exists", called(&id)));
    }
    let mut dropped = effects::dropped_once(statements, &schema.default);
    let gone = dropped.find(|it| is_left(it) && schema.get(it).is_none())?;
    Some(format!("{} no longer exists", called(&gone)))
}

/// What statements name that stay and that the model does not read: only a server sees what they do to it.
fn said(staying: Staying<'_>, schema: &str) -> Vec<ObjectId> {
    let all = staying.operations.iter().zip(staying.stays);
    let raw = all.filter(|it| *it.1).filter_map(|it| it.0.value.as_raw());
    raw.flat_map(|it| effects::named(&it.statements, schema))
        .collect()
}
