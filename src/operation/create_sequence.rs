//! `create sequence`

use crate::model::names::check_free;
use crate::name::Name;
use crate::operation::alter_sequence::check_owner;
use crate::operation::definition::sequence::SequenceOptions;
use crate::operation::operate::Operate;
use crate::schema::{Object, ObjectId, Refusal, Schema, Sequence};
use crate::sql::Sql;
use crate::sql_type::SqlType;

/// `create [unlogged] sequence name …`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSequence {
    pub name: Name,
    pub if_not_exists: bool,
    pub unlogged: bool,
    pub options: SequenceOptions,
}

impl CreateSequence {
    /// The statement that makes the sequence again, without its owner.
    #[must_use]
    pub fn of(name: &Name, sequence: &Sequence) -> Self {
        Self {
            name: name.clone(),
            if_not_exists: false,
            unlogged: sequence.unlogged,
            options: SequenceOptions::of(sequence, &SqlType::builtin("int8")),
        }
    }
}

impl Operate for CreateSequence {
    fn title(&self) -> String {
        format!("create sequence {}", self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("create")
            .word_if(self.unlogged, "unlogged")
            .word("sequence")
            .word_if(self.if_not_exists, "if not exists")
            .name(&self.name);
        self.options.write(sql);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        if self.if_not_exists && schema.sequence(&self.name).is_some() {
            return Ok(());
        }
        check_free(schema, &self.name)?;
        let mut sequence = self.options.sequence(&SqlType::builtin("int8"))?;
        sequence.unlogged = self.unlogged;
        sequence.owned_by = self.options.owned_by.clone().flatten();
        check_owner(sequence.owned_by.as_ref(), schema)?;
        schema.put(
            ObjectId::Relation(self.name.clone()),
            Some(Object::Sequence(sequence)),
        );
        Ok(())
    }
}
