//! Tables, views and common table expressions by their names, and the aliases of all that stands in `from`.

use std::ops::Range;

use smol_str::SmolStr;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::scope::{Seen, Source, Variable};
use crate::binder::ty::Ty;
use crate::binder::words::count;
use crate::binder::world::Relation;
use crate::binder::{Binder, Result};
use crate::expression::qualify;
use crate::tree::{Alias, Name};

impl Binder<'_> {
    /// A table, a view or a common table expression.
    pub(super) fn relation(&mut self, name: &Name, alias: Option<&Alias>) -> Result<Source> {
        if let [only] = name.parts.as_slice()
            && let Some(output) = self.common_table(only, &name.range)?
        {
            let id = self.new_source(None, &output.columns);
            let mut source = Source::new(id, Some(only.clone()), &output.columns);
            source.opaque = output.opaque;
            rename(&mut source, alias, &name.range)?;
            return Ok(source);
        }
        let found = self.named_relation(name)?;
        let (relation, columns, opaque) = match found {
            Some((relation, Relation::Known(columns))) => (Some(relation), columns, false),
            Some((relation, Relation::Opaque | Relation::Missing)) => {
                (Some(relation), Vec::new(), true)
            }
            None => (None, Vec::new(), true),
        };
        let id = self.new_source(relation.clone(), &columns);
        let mut source = Source::new(id, name.parts.last().cloned(), &columns);
        source.opaque = opaque;
        source.rows_of.clone_from(&relation);
        source.relation = relation;
        rename(&mut source, alias, &name.range)?;
        Ok(source)
    }

    /// A relation of the schema, or of PostgreSQL; nothing where it may be there and is not known.
    pub(super) fn named_relation(
        &mut self,
        name: &Name,
    ) -> Result<Option<(crate::name::Name, Relation)>> {
        let parts = &name.parts;
        if let [only] = parts.as_slice() {
            // `pg_catalog` comes first.
            let catalog = crate::name::Name::new("pg_catalog", only.clone());
            if let Relation::Known(columns) = self.world.relation_named(&catalog) {
                return Ok(Some((catalog, Relation::Known(columns))));
            }
        }
        let Some(own) = qualify(parts, &self.world.schema.default) else {
            return Ok(None);
        };
        let own = match parts.as_slice() {
            [_] => self.world.schema.temporary(&own).unwrap_or(own),
            _ => own,
        };
        match self.world.relation_named(&own) {
            Relation::Missing => {
                if self.world.may_hold_relation(&own) {
                    return Ok(None);
                }
                let names = self.world.relation_names(&own.schema);
                let mistake = Mistake::new(
                    Class::UnknownTable,
                    &name.range,
                    format!("there is no table \"{own}\""),
                )
                .suggest(&own.name, names.iter().map(SmolStr::as_str));
                Err(mistake.or_help(|| format!(
                    "create it first; if only raw SQL creates it, declare it: sql declares (table {own}) {{ … }}"
                )))
            }
            found @ (Relation::Known(_) | Relation::Opaque) => {
                self.uses.relations.insert(own.clone());
                Ok(Some((own, found)))
            }
        }
    }
}

/// Gives a source its alias, and its columns theirs.
pub(super) fn rename(
    source: &mut Source,
    alias: Option<&Alias>,
    range: &Range<usize>,
) -> Result<()> {
    let Some(alias) = alias else {
        return Ok(());
    };
    if let Some(name) = &alias.name {
        source.alias = Some(name.clone());
        source.relation = None;
    }
    if alias.columns.len() > source.columns.len() && !source.opaque {
        let called = source.alias.as_deref().unwrap_or("the query");
        return Err(Mistake::new(
            Class::Reference,
            range,
            format!(
                "\"{called}\" has {}, and {} named",
                count(source.columns.len(), "column"),
                if alias.columns.len() == 1 {
                    "1 is".to_owned()
                } else {
                    format!("{} are", alias.columns.len())
                }
            ),
        ));
    }
    for (at, name) in alias.columns.iter().enumerate() {
        match source.columns.get_mut(at) {
            Some(column) => column.name = name.clone(),
            None => source.columns.push(Seen {
                name: name.clone(),
                typed: Ty::Opaque.plain(),
                origin: Variable {
                    source: source.id,
                    column: Some(at),
                },
            }),
        }
    }
    Ok(())
}
