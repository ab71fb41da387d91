//! The items of `from` (manual 7.2.1; `parse_clause.c`).

use std::ops::Range;

use crate::binder::mistake::{Class, Mistake};
use crate::binder::place::Place;
use crate::binder::relation::rename;
use crate::binder::scope::Source;
use crate::binder::table_function::unnest;
use crate::binder::{Binder, Result};
use crate::tree::From;

impl Binder<'_> {
    /// Binds a `from` list into the level on top.
    pub(super) fn bind_from(&mut self, items: &[From]) -> Result<()> {
        for item in items {
            let sources = self.bind_item(item)?;
            for mut source in sources {
                self.check_alias(&source, item)?;
                // Later items see it only where they are lateral.
                source.lateral_only = true;
                source.lateral_ok = true;
                self.scope.top().sources.push(source);
            }
        }
        for source in &mut self.scope.top().sources {
            source.lateral_only = false;
            source.lateral_ok = true;
        }
        Ok(())
    }

    fn check_alias(&mut self, source: &Source, item: &From) -> Result<()> {
        let Some(alias) = source.alias.as_ref().filter(|_| source.by_name) else {
            return Ok(());
        };
        let relation = &source.relation;
        let range = place_of(item);
        let mut others = self.scope.top().sources.iter();
        let twice = others.any(|it| {
            it.by_name
                && it.alias.as_ref() == Some(alias)
                && (it.relation.is_none() || relation.is_none() || it.relation == *relation)
        });
        if twice {
            return Err(twice_in_from(alias, &range));
        }
        Ok(())
    }

    /// What an item brings into sight.
    pub(super) fn bind_item(&mut self, item: &From) -> Result<Vec<Source>> {
        match item {
            From::Relation {
                name,
                alias,
                sample,
            } => {
                for expr in sample {
                    self.lateral(true, |it| it.expr(expr).map(drop))?;
                }
                Ok(vec![self.relation(name, alias.as_ref())?])
            }
            From::Query {
                query,
                lateral,
                alias,
            } => {
                let output = self.lateral(*lateral, |binder| {
                    binder.at(Place::FromQuery, |it| it.query(query, true))
                })?;
                let id = self.new_source(None, &output.columns);
                let mut source = Source::new(id, None, &output.columns);
                source.opaque = output.opaque;
                rename(&mut source, alias.as_ref(), &query.range)?;
                Ok(vec![source])
            }
            From::Functions {
                calls,
                rows_from,
                ordinality,
                alias,
                ..
            } => {
                let spread = unnest(calls);
                let calls = spread.as_deref().unwrap_or(calls);
                Ok(vec![self.functions(
                    calls,
                    *rows_from,
                    *ordinality,
                    alias.as_ref(),
                )?])
            }
            From::Join(join) => self.join(join),
            From::Opaque { parts, alias } => {
                self.lateral(true, |it| it.all(parts).map(drop))?;
                let id = self.new_source(None, &[]);
                let mut source = Source::new(id, None, &[]);
                source.opaque = true;
                let named = alias.as_ref().and_then(|it| it.name.clone());
                // `json_table` must have an alias.
                source.alias = named.or_else(|| Some("xmltable".into()));
                Ok(vec![source])
            }
        }
    }

    /// Does something that sees what stands left in `from`, or not.
    pub(super) fn lateral<T>(
        &mut self,
        lateral: bool,
        what: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let Some(level) = self.scope.levels.last_mut() else {
            return what(self);
        };
        let before = std::mem::replace(&mut level.in_lateral, lateral);
        let depth = self.scope.levels.len();
        let result = what(self);
        if let Some(level) = self.scope.levels.get_mut(depth - 1) {
            level.in_lateral = before;
        }
        result
    }
}

/// Two items of `from` have the same name.
pub(super) fn twice_in_from(alias: &str, range: &Range<usize>) -> Mistake {
    Mistake::new(
        Class::AmbiguousAlias,
        range,
        format!("\"{alias}\" stands twice in `from`"),
    )
    .help("give each of them an alias of its own")
}

/// Where the name of an item stands.
pub(super) fn place_of(item: &From) -> Range<usize> {
    match item {
        From::Relation { name, alias, .. } => alias
            .as_ref()
            .map_or_else(|| name.range.clone(), |it| it.range.clone()),
        From::Query { query, alias, .. } => alias
            .as_ref()
            .map_or_else(|| query.range.clone(), |it| it.range.clone()),
        From::Functions { calls, alias, .. } => match (alias, calls.first()) {
            (Some(alias), _) => alias.range.clone(),
            (None, Some((expr, _))) => expr.range.clone(),
            (None, None) => 0..0,
        },
        From::Join(join) => place_of(&join.left),
        From::Opaque { alias, .. } => alias.as_ref().map_or(0..0, |it| it.range.clone()),
    }
}
