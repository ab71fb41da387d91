//! The table whose rows a statement changes, and its columns that get values.

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::scope::Source;
use crate::binder::view_rows::{Change, PassedOn};
use crate::binder::world::{Column, Relation};
use crate::binder::{Binder, Result};
use crate::name::Name;
use crate::tree::{self, ColumnTarget, Overriding};

/// A table whose rows change.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    pub(super) name: Option<Name>,
    pub(super) columns: Vec<Column>,
    /// Whether it may have other columns.
    pub(super) opaque: bool,
    /// Where the changes of a view's rows go.
    pub(super) passed_on: Option<PassedOn>,
}

impl Changed {
    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|it| it.name == name)
    }

    /// The table that gets the values, and its column.
    pub(super) fn reached(
        &self,
        column: &str,
        range: &Range<usize>,
    ) -> Result<Option<(Name, SmolStr)>> {
        match &self.passed_on {
            Some(it) => Ok(Some((it.relation.clone(), it.column(column, range)?))),
            None => Ok(self.name.clone().map(|it| (it, column.into()))),
        }
    }
}

impl Binder<'_> {
    /// The table that a statement changes, which must be one, and what `returning` sees of it.
    pub(super) fn changed(
        &mut self,
        name: &tree::Name,
        alias: Option<&SmolStr>,
        change: Change,
    ) -> Result<(Changed, Source)> {
        let found = self.named_relation(name)?;
        let (relation, columns, opaque) = match found {
            Some((name, Relation::Known(columns))) => (Some(name), columns, false),
            Some((name, Relation::Opaque | Relation::Missing)) => (Some(name), Vec::new(), true),
            None => (None, Vec::new(), true),
        };
        if let Some(relation) = &relation
            && let Some(kind) = self.world.not_writable(relation)
        {
            return Err(Mistake::new(
                Class::WrongObject,
                &name.range,
                format!("{kind} \"{relation}\" has no rows that can be changed"),
            ));
        }
        let passed_on = match &relation {
            Some(relation) => self.passed_on(relation, change, &name.range)?,
            None => None,
        };
        let id = self.new_source(relation.clone(), &columns);
        let called = alias.cloned().or_else(|| name.parts.last().cloned());
        let mut source = Source::new(id, called, &columns);
        source.opaque = opaque;
        source.rows_of.clone_from(&relation);
        source.relation = relation.clone().filter(|_| alias.is_none());
        Ok((
            Changed {
                name: relation,
                columns,
                opaque,
                passed_on,
            },
            source,
        ))
    }

    /// A column of the table that gets a value.
    pub(super) fn target_column<'t>(
        &mut self,
        target: &'t Changed,
        column: &ColumnTarget,
    ) -> Result<&'t Column> {
        for expr in &column.subscripts {
            self.expr(expr)?;
        }
        let Some(found) = target.column(&column.name) else {
            let table = target.name.as_ref().map(ToString::to_string);
            let table = table.unwrap_or_default();
            return Err(Mistake::new(
                Class::UnknownColumn,
                &column.range,
                format!("table \"{table}\" has no column \"{}\"", column.name),
            )
            .suggest(
                &column.name,
                target.columns.iter().map(|it| it.name.as_str()),
            ));
        };
        if let Some(table) = &target.name {
            self.uses
                .columns
                .insert((table.clone(), found.name.clone()));
        }
        Ok(found)
    }

    /// Refuses values for columns that PostgreSQL computes (`rewriteTargetListIU`).
    pub(super) fn check_generated(
        &self,
        target: &Changed,
        column: &str,
        range: &Range<usize>,
        overriding: Option<Overriding>,
        is_default: bool,
    ) -> Result<()> {
        let reached = target.reached(column, range)?;
        if is_default {
            return Ok(());
        }
        let known = reached
            .as_ref()
            .and_then(|(table, column)| self.world.schema.table(table)?.column(column));
        let Some(known) = known else {
            return Ok(());
        };
        if known.generated.is_some() {
            return Err(Mistake::new(
                Class::Generated,
                range,
                format!("column \"{column}\" is generated, so it can only be set to `default`"),
            )
            .help("leave the column out"));
        }
        let always = known.identity.as_ref().is_some_and(|it| it.always);
        if always && overriding.is_none() {
            return Err(Mistake::new(
                Class::Generated,
                range,
                format!(
                    "column \"{column}\" is an identity `generated always`, so it can only be set to `default`"
                ),
            )
            .help("leave the column out, or write `overriding system value` before the values of an `insert`"));
        }
        Ok(())
    }
}

/// As messages say it.
pub(super) fn named(column: &str) -> String {
    format!("column \"{column}\"")
}
