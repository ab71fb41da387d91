//! `alter sequence`

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::kind::Kind;
use crate::model::names::{check_columns, table, unknown_relation};
use crate::name::Name;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Refusal, Schema};
use crate::sql::Sql;

/// `alter sequence [if exists] name …`
#[derive(Debug, Clone, PartialEq)]
pub struct AlterSequence {
    pub name: Name,
    pub if_exists: bool,
    pub options: SequenceOptions,
}

impl Operate for AlterSequence {
    fn title(&self) -> String {
        format!("alter sequence {}", self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter sequence")
            .word_if(self.if_exists, "if exists")
            .name(&self.name);
        self.options.write(sql);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let Some(sequence) = schema.sequence(&self.name) else {
            if self.if_exists {
                return Ok(());
            }
            return Err(unknown_relation(&self.name, Kind::Sequence, schema));
        };
        if sequence.identity && self.options.owned_by.is_some() {
            return Err(Refusal::new(
                Code::InvalidSequence,
                format!(
                    "the owner of sequence \"{}\" cannot change: it belongs to an identity column",
                    self.name
                ),
            )
            .at([self.name.name.clone()])
            .contradicts(ObjectId::Relation(self.name.clone())));
        }
        let altered = self.options.alter(sequence)?;
        check_owner(altered.owned_by.as_ref(), schema)?;
        schema.put(
            ObjectId::Relation(self.name.clone()),
            Some(Object::Sequence(altered)),
        );
        Ok(())
    }
}

/// Refuses an owner that does not exist.
pub fn check_owner(owner: Option<&(Name, SmolStr)>, schema: &Schema) -> Result<(), Refusal> {
    let Some((name, column)) = owner else {
        return Ok(());
    };
    check_columns([column], table(schema, name)?, name)
}
