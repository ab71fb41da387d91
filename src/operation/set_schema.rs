//! `alter … set schema`

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::names::{check_free, check_type_free, known_type, table, unknown_relation};
use crate::model::refer::move_object;
use crate::name::Name;
use crate::operation::lock::{Lock, LockMode};
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// `alter table | sequence | type | domain name set schema other`
#[derive(Debug, Clone, PartialEq)]
pub struct SetSchema {
    pub kind: Kind,
    pub name: Name,
    pub if_exists: bool,
    pub to: SmolStr,
}

impl SetSchema {
    /// The statement that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            kind: self.kind,
            name: Name::new(self.to.clone(), self.name.name.clone()),
            if_exists: false,
            to: self.name.schema.clone(),
        }
    }
}

impl Operate for SetSchema {
    fn title(&self) -> String {
        format!("move {} to schema {}", self.name, self.to)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter")
            .word(self.kind.word())
            .word_if(self.if_exists, "if exists")
            .object(self.kind, &self.name);
        sql.word("set schema").identifier(&self.to);
    }

    fn locks(&self) -> Vec<Lock> {
        if self.kind == Kind::Table {
            vec![Lock::new(&self.name, LockMode::AccessExclusive)]
        } else {
            Vec::new()
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let new = Name::new(self.to.clone(), self.name.name.clone());
        if new == self.name && schema.get(&ObjectId::of(self.kind, &new)).is_some() {
            return Ok(());
        }
        match self.kind {
            Kind::Table => {
                if self.if_exists && schema.relation(&self.name).is_none() {
                    return Ok(());
                }
                // `alter table` moves views, too.
                if schema
                    .relation(&self.name)
                    .and_then(Object::as_opaque)
                    .is_none()
                {
                    table(schema, &self.name)?;
                }
                check_free(schema, &new)?;
                move_object(schema, &ObjectId::Relation(self.name.clone()), &new);
                // Indexes and owned sequences go along.
                let parts: Vec<Name> = schema
                    .dependents(&ObjectId::Relation(new.clone()))
                    .filter(|(_, object)| {
                        let index = object.as_index().map(|it| &it.table);
                        let owner = object.as_sequence().and_then(|it| it.owned_by.as_ref());
                        index.or(owner.map(|it| &it.0)) == Some(&new)
                    })
                    .filter_map(|(id, _)| id.relation().cloned())
                    .collect();
                for part in parts {
                    let target = Name::new(self.to.clone(), part.name.clone());
                    check_free(schema, &target)?;
                    move_object(schema, &ObjectId::Relation(part), &target);
                }
                Ok(())
            }
            Kind::Sequence => {
                if schema.sequence(&self.name).is_none() {
                    if self.if_exists {
                        return Ok(());
                    }
                    return Err(unknown_relation(&self.name, Kind::Sequence, schema));
                }
                if let Some((table, column)) = schema
                    .sequence(&self.name)
                    .and_then(|it| it.owned_by.as_ref())
                {
                    return Err(Refusal::new(
                        Code::StillNeeded,
                        format!(
                            "sequence \"{}\" cannot move: it is owned by column \"{column}\" of table \"{table}\"",
                            self.name
                        ),
                    )
                    .help("move the table, which also moves the sequence, or make it `owned by none` first")
                    .at([self.name.name.clone()])
                    .contradicts(ObjectId::Relation(table.clone())));
                }
                check_free(schema, &new)?;
                move_object(schema, &ObjectId::Relation(self.name.clone()), &new);
                Ok(())
            }
            Kind::Type | Kind::Domain => {
                known_type(schema, &self.name)?;
                crate::model::names::check_schema(schema, &new)?;
                check_type_free(schema, &new)?;
                move_object(schema, &ObjectId::Type(self.name.clone()), &new);
                Ok(())
            }
            Kind::Index | Kind::Schema | Kind::Extension | Kind::Defined(_) => Err(Refusal::new(
                Code::InvalidName,
                format!(
                    "{} cannot be moved to another schema",
                    self.kind.with_article()
                ),
            )),
        }
    }
}
