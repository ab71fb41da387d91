//! `drop …`, and what goes along: by itself, or only with `cascade` (PostgreSQL documentation 5.15 "Dependency
//! Tracking").

use std::mem::discriminant;

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::{Kind, Space};
use crate::model::depend::{Target, holders_of, parts, still_needed, take_away};
use crate::model::family::descendants;
use crate::model::names::{owner_of_constraint_index, unknown_relation};
use crate::name::Name;
use crate::operation::lock::{Lock, LockMode};
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// `drop kind [concurrently] [if exists] name, … [cascade]`
#[derive(Debug, Clone, PartialEq)]
pub struct Drop {
    pub kind: Kind,
    /// The names; schemas and extensions use the last part only.
    pub names: Vec<Name>,
    pub if_exists: bool,
    pub cascade: bool,
    pub concurrently: bool,
}

impl Drop {
    /// `drop index name`
    #[must_use]
    pub fn index(name: &Name) -> Self {
        Self {
            kind: Kind::Index,
            names: vec![name.clone()],
            if_exists: false,
            cascade: false,
            concurrently: false,
        }
    }

    fn find(&self, name: &Name, schema: &Schema) -> Result<Option<ObjectId>, Refusal> {
        let temporary = schema.temporary(name).filter(|_| self.is_of_relations());
        let id = ObjectId::of(self.kind, temporary.as_ref().unwrap_or(name));
        let word = self.kind.word();
        let Some(object) = schema.get(&id) else {
            if self.kind == Kind::Index
                && let Some((table, constraint)) = owner_of_constraint_index(name, schema)
            {
                return Err(Refusal::new(
                    Code::StillNeeded,
                    format!("index \"{name}\" belongs to a constraint of table \"{table}\""),
                )
                .help(format!(
                    "drop the constraint: alter table {table} drop constraint {constraint}"
                ))
                .at([name.name.clone()])
                .contradicts(ObjectId::Relation(table)));
            }
            let is_generated = self.is_of_relations() && schema.may_be_of_temporary(name);
            if self.if_exists || is_generated {
                return Ok(None);
            }
            return Err(match self.kind.facts().space {
                Space::Relations => unknown_relation(name, self.kind, schema),
                Space::Types
                | Space::Namespaces
                | Space::Extensions
                | Space::Functions
                | Space::OnTable
                | Space::Own => unknown(&id, word, name, schema),
            });
        };
        let fits = match self.kind {
            Kind::Type => object.as_type().is_some() || object.kind() == Kind::Type,
            Kind::Domain
            | Kind::Table
            | Kind::Index
            | Kind::Sequence
            | Kind::Schema
            | Kind::Extension
            | Kind::Defined(_) => object.kind() == self.kind,
        };
        if let Object::Sequence(sequence) = &**object
            && sequence.identity
            && let Some((table, column)) = &sequence.owned_by
        {
            return Err(Refusal::new(
                Code::StillNeeded,
                format!("sequence \"{name}\" belongs to the identity column \"{column}\" of table \"{table}\""),
            )
            .help(format!(
                "drop the identity: alter table {table} alter column {column} drop identity"
            ))
            .at([name.name.clone()])
            .contradicts(ObjectId::Relation(table.clone())));
        }
        self.may_be_concurrent(name, object, schema)?;
        if let Object::Index(index) = &**object
            && let Some(parent) = &index.parent
        {
            return Err(Refusal::new(
                Code::Inherited,
                format!(
                    "index \"{name}\" belongs to the index \"{parent}\" of the partitioned table"
                ),
            )
            .help(format!("drop the parent index: drop index {parent}"))
            .at([name.name.clone()])
            .contradicts(ObjectId::Relation(parent.clone())));
        }
        if fits {
            return Ok(Some(id));
        }
        Err(Refusal::new(
            Code::UnknownObject,
            format!(
                "there is no {word} \"{name}\", but {} with that name",
                object.kind().with_article()
            ),
        )
        .help(if object.as_opaque().is_some() {
            format!("write: sql {{ drop {} {name}; }}", object.kind())
        } else {
            format!("write: drop {} {name}", object.kind())
        })
        .at([name.name.clone()])
        .contradicts(id))
    }
}

impl Drop {
    /// Refuses `concurrently` for the index of a partitioned table.
    fn may_be_concurrent(
        &self,
        name: &Name,
        object: &Object,
        schema: &Schema,
    ) -> Result<(), Refusal> {
        if let Object::Index(index) = object
            && self.concurrently
            && schema
                .table(&index.table)
                .is_some_and(|it| it.partition_by.is_some())
        {
            return Err(Refusal::new(
                Code::InvalidPartition,
                format!(
                    "table \"{}\" is partitioned: its index cannot be dropped concurrently",
                    index.table
                ),
            )
            .help(format!("drop it without `concurrently`: drop index {name}"))
            .at(["concurrently"])
            .contradicts(ObjectId::Relation(index.table.clone())));
        }
        Ok(())
    }
}

fn unknown(id: &ObjectId, word: &str, name: &Name, schema: &Schema) -> Refusal {
    let code = match id {
        ObjectId::Type(_) => Code::UnknownType,
        ObjectId::Namespace(_) => Code::UnknownSchema,
        ObjectId::Extension(_) | ObjectId::Relation(_) | ObjectId::Opaque(..) => {
            Code::UnknownObject
        }
    };
    let same_kind: Vec<&str> = schema
        .objects()
        .map(|it| it.0)
        .filter(|it| discriminant(*it) == discriminant(id))
        .filter_map(|id| id.bare().or(id.type_name().map(|it| &it.name)))
        .map(SmolStr::as_str)
        .collect();
    Refusal::new(code, format!("there is no {word} \"{}\"", name.name))
        .suggest(&name.name, same_kind)
        .at([name.name.clone()])
}

impl Operate for Drop {
    fn title(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|it| self.show(it)).collect();
        format!("drop {} {}", self.kind.word(), names.join(", "))
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("drop")
            .word(self.kind.word())
            .word_if(self.concurrently, "concurrently")
            .word_if(self.if_exists, "if exists");
        sql.list(&self.names, |sql, name| {
            sql.object(self.kind, name);
        });
        sql.word_if(self.cascade, "cascade");
    }

    fn locks(&self) -> Vec<Lock> {
        // The server locks the table of an index, too, before the index.
        if !matches!(self.kind, Kind::Table | Kind::Index) {
            return Vec::new();
        }
        let mode = LockMode::AccessExclusive;
        self.names.iter().map(|it| Lock::new(it, mode)).collect()
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut ids = Vec::new();
        for name in &self.names {
            ids.extend(self.find(name, schema)?);
        }
        // What one statement drops together does not hold each other back, and partitions go with their tables.
        let mut together = ids.clone();
        for name in ids.iter().filter_map(ObjectId::relation) {
            let below = descendants(schema, name).into_iter();
            let partitions = below.filter(|name| {
                let table = schema.table(name);
                table.is_some_and(|it| it.partition_of.is_some())
            });
            together.extend(partitions.map(ObjectId::Relation));
        }
        for id in &ids {
            if schema.get(id).is_none() {
                continue;
            }
            let target = Target::Object(id.clone());
            let parts = parts(schema, &target);
            let holders = holders_of(schema, &target, &parts);
            let outside = holders.iter().find(|holder| {
                let owner = holder.owner();
                let table = schema.get(&owner).and_then(|it| it.part_of().cloned());
                let goes_along = table.is_some_and(|it| together.contains(&ObjectId::Relation(it)));
                !together.contains(&owner) && !goes_along
            });
            if !self.cascade
                && let Some(holder) = outside
            {
                return Err(still_needed(&target, holder, schema));
            }
            take_away(schema, &target, &holders, parts);
        }
        Ok(())
    }
}

impl Drop {
    fn is_of_relations(&self) -> bool {
        self.kind.facts().space == Space::Relations
    }

    fn show(&self, name: &Name) -> String {
        if self.kind.is_qualified() {
            name.to_string()
        } else {
            name.name.to_string()
        }
    }
}
