//! What text that the model does not understand may not do to a history.

use crate::diagnostic::{Code, Diagnostic};
use crate::kind::{Defined, Kind};
use crate::name::Name;
use crate::operation::{Operation, Resolved, effects};
use crate::replay::locate;
use crate::replay::stage::Stage;
use crate::schema::{Changes, Mark, Object, ObjectId};
use crate::source::{Span, Spanned};

impl Stage<'_> {
    /// Refuses a statement on the tables that the scripts keep.
    pub(super) fn reserved(
        &self,
        operation: &Operation,
        mark: Mark,
        span: Span,
    ) -> Option<Diagnostic> {
        let (schema, name) = self.history.version_table;
        let is_own =
            |it: &Name| it.schema == *schema && (it.name == *name || it.name == "limbeck_progress");
        let touched = self.schema.touched_since(mark);
        let own = touched
            .filter_map(ObjectId::relation)
            .filter(|it| is_own(it));
        let mut names: Vec<Name> = own.cloned().collect();
        match operation {
            Operation::Drop(it) => names.extend(it.names.iter().cloned()),
            Operation::Data(it) => {
                names.extend(effects::changed_tables(&it.statements, self.history.schema));
            }
            Operation::Raw(it) => names.extend(
                effects::targets(&it.statements, self.history.schema)
                    .iter()
                    .filter_map(|(id, _)| id.relation().cloned()),
            ),
            Operation::AlterTable(it) => names.push(it.name.clone()),
            Operation::CreateIndex(it) => names.push(it.index.table.clone()),
            Operation::CreateTable(_)
            | Operation::CreateType(_)
            | Operation::CreateDomain(_)
            | Operation::CreateSchema(_)
            | Operation::CreateExtension(_)
            | Operation::CreateSequence(_)
            | Operation::AlterSequence(_)
            | Operation::AddEnumValue(_)
            | Operation::DropEnumValue(_)
            | Operation::Rename(_)
            | Operation::SetSchema(_)
            | Operation::CommentOn(_)
            | Operation::Assert(_) => {}
        }
        if let Some(name) = names.iter().find(|it| is_own(it)) {
            let place =
                locate::locate(self.history.sources, span, std::slice::from_ref(&name.name));
            return Some(
                Diagnostic::error(
                    Code::ReservedTable,
                    place,
                    format!("the table \"{name}\" is reserved for limbeck"),
                )
                .help("remove this: the scripts create and change the table themselves"),
            );
        }
        if let Operation::CreateSchema(it) = operation
            && it.name == *schema
            && it.name != self.history.schema
            && !it.if_not_exists
        {
            let place = locate::locate(self.history.sources, span, std::slice::from_ref(&it.name));
            return Some(
                Diagnostic::error(
                    Code::ReservedTable,
                    place,
                    format!("the schema \"{schema}\" contains the version table, so it must exist before the first revision"),
                )
                .help("remove the statement and create the schema by hand, or write `create schema if not exists`"),
            );
        }
        let is_namespace = |it: &ObjectId| matches!(it, ObjectId::Namespace(it) if *it == *schema);
        let gone = self.schema.touched_since(mark).any(is_namespace)
            && self
                .schema
                .get(&ObjectId::Namespace(schema.into()))
                .is_none();
        gone.then(|| {
            Diagnostic::error(
                Code::ReservedTable,
                locate::first_line(self.history.sources, span),
                format!(
                    "the schema \"{schema}\" cannot be dropped: it contains the version table \"{name}\""
                ),
            )
            .help("set `version_table_schema` in limbeck.yaml to another schema, or keep this one")
        })
    }

    /// Refuses what stands in no transaction beside other statements; `operations` are all of one way.
    pub(super) fn refuse_beside(&self, operations: &[(&Operation, Span)]) -> Option<Diagnostic> {
        let (words, statements, span) = operations.iter().find_map(|(operation, span)| {
            let Operation::Raw(raw) = operation else {
                return None;
            };
            Some((raw.outside_transactions()?, raw.statements.len(), *span))
        })?;
        (operations.len() > 1 || statements > 1).then(|| {
            let first = words.split(' ').next().unwrap_or_default().into();
            Diagnostic::error(
                Code::StandsAlone,
                locate::locate(self.history.sources, span, &[first]),
                format!("PostgreSQL refuses `{words}` inside a transaction, so after a failure it would be unknown whether it ran"),
            )
            .help("it must be the only statement of its revision: move the other statements to another revision")
        })
    }
}

/// Why what a statement took along cannot be made again: its text is not known.
pub(super) fn lost(operation: &Operation, changes: &Changes) -> Option<String> {
    // What is called otherwise takes along nothing.
    let is_renaming = matches!(operation, Operation::Rename(_) | Operation::SetSchema(_));
    if operation.is_opaque() || is_renaming {
        return None;
    }
    changes.iter().find_map(|(id, change)| {
        let (Some(Object::Opaque(it)), None) = (change.before.as_deref(), &change.after) else {
            return None;
        };
        if it.kind == Kind::Defined(Defined::Stale) {
            let object = it.uses.first()?;
            return Some(format!(
                "raw SQL changed {object}, so it cannot be recreated as it was"
            ));
        }
        let name = match id {
            ObjectId::Relation(name) | ObjectId::Type(name) => format!("{} \"{name}\"", it.kind),
            ObjectId::Namespace(_) | ObjectId::Extension(_) | ObjectId::Opaque(..) => {
                id.to_string()
            }
        };
        Some(format!("it also drops {name}, which raw SQL created"))
    })
}

/// The statements with their places.
pub(super) fn placed(operations: &[Spanned<Resolved>]) -> Vec<(&Operation, Span)> {
    operations.iter().map(|it| (&*it.value, it.span)).collect()
}
