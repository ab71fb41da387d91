//! The rows of a stage.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::graph::RevisionIndex;
use crate::name::Name;
use crate::prove::request::{ROWS_PER_TABLE, Stop};
use crate::prove::stage::Stage;
use crate::prove::{rows, values};
use crate::schema::{Schema, Table};

/// What the answer of [`Stage::rows_of`] begins with where there is none.
pub(in crate::prove) const UNREADABLE: &str = "the rows cannot be read";

impl Stage<'_> {
    /// What the model says of the tables, and those that SQL of the author has made or changed,
    /// as they are.
    pub(in crate::prove) fn held(&mut self) -> Result<Schema, Stop> {
        let mut schema = self.line.schema().clone();
        if !self.ran_text {
            return Ok(schema);
        }
        self.look()?;
        let names = |table: &Table| -> BTreeSet<SmolStr> {
            table.columns.iter().map(|it| it.name.clone()).collect()
        };
        for (id, object) in &self.seen.catalog.objects {
            // Tables hold rows, and types say which.
            let is_known = if let Some((name, found)) = id.relation().zip(object.as_table()) {
                let known = schema.table(name);
                self.scope.foreign.contains(name)
                    || known.is_some_and(|it| names(it) == names(found))
            } else {
                object.as_type().is_none() || schema.get(id).is_some()
            };
            if !is_known {
                schema.put(id.clone(), Some(object.clone()));
            }
        }
        Ok(schema)
    }

    /// Gives the tables rows, and those some more that have got a column.
    pub(in crate::prove) fn fill(&mut self) -> Result<(), Stop> {
        let schema = self.held()?;
        self.fill_as(&schema)
    }

    /// Gives the tables of `held` rows, and such as the SQL of `revisions` speaks of.
    pub(in crate::prove) fn fill_for(
        &mut self,
        held: &Schema,
        revisions: &[RevisionIndex],
    ) -> Result<(), Stop> {
        let mut targets = self.targets.clone();
        targets.grow(held, ROWS_PER_TABLE);
        let operations = revisions.iter().flat_map(|it| self.operations(*it));
        targets.mention(values::mentions(operations, &held.default), held);
        self.targets = targets;
        self.fill_as(held)
    }

    /// The same where the database is elsewhere than the model.
    pub(in crate::prove) fn fill_as(&mut self, schema: &Schema) -> Result<(), Stop> {
        self.targets.grow(schema, ROWS_PER_TABLE);
        // Most have their rows since an earlier revision, and a block for each takes long.
        let lacking = self.perhaps(&self.targets.lacking(schema))?;
        let fill = match &lacking {
            Some(names) => rows::fill(schema, &self.targets.only(&names.lines().collect())),
            // One of them is not there.
            None => rows::fill(schema, &self.targets),
        };
        self.must("filling the tables", &fill)
    }

    /// Gives the tables rows for a while, and `worked_on` some more: those columns that they get with them are to be
    /// filled again.
    pub(in crate::prove) fn fill_for_now(
        &mut self,
        worked_on: &BTreeSet<Name>,
    ) -> Result<(), Stop> {
        let earlier = self.targets.clone();
        self.targets.add(worked_on);
        self.fill()?;
        self.targets.forget_since(&earlier);
        Ok(())
    }

    /// Whether something has run that may call an author's code.
    pub(in crate::prove) fn may_call(&self) -> bool {
        self.ran_text
    }

    /// A script that tries the tables of `held` among `wanted`, and the views.
    pub(in crate::prove) fn attempts(&self, held: &Schema, wanted: &BTreeSet<Name>) -> String {
        rows::attempts(held, &self.targets, wanted)
    }

    /// What a snapshot tells of the rows; where tables are not what they should be, that.
    pub(in crate::prove) fn rows_of(&self, snapshot: &str) -> Result<String, Stop> {
        let output = self.database.ask(snapshot)?;
        if output.status == Some(0) {
            return Ok(output.stdout);
        }
        Ok(format!("{UNREADABLE}: {}", output.error()))
    }

    /// Another database that holds the same, where the SQL of `revision` may call triggers that somebody made.
    pub(in crate::prove) fn fork_with_triggers(
        &self,
        revision: RevisionIndex,
    ) -> Result<Option<Self>, Stop> {
        if !self.operations(revision).any(values::changes_rows) {
            return Ok(None);
        }
        let said = self.answer(
            "select 'yes' where exists (select from pg_catalog.pg_trigger where not tgisinternal);\n",
        )?;
        said.starts_with("yes").then(|| self.fork()).transpose()
    }

    /// Lets no trigger act that somebody made.
    pub(in crate::prove) fn disable_triggers(&self) -> Result<(), Stop> {
        let script = "select distinct 'alter table ' || t.tgrelid::pg_catalog.regclass || ' disable trigger user'
  from pg_catalog.pg_trigger as t join pg_catalog.pg_class as c on c.oid = t.tgrelid
 where not t.tgisinternal and c.relkind in ('r', 'p') \\gexec
";
        self.must("disabling triggers", script)
    }
}
