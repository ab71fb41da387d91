//! `alter type … add value`, and its way back, `drop value`, for which PostgreSQL has no statement.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these ask for one kind of object or action among many"
)]

use smol_str::SmolStr;

use crate::diagnostic::Code;
use crate::dialect::Dialect;
use crate::name::Name;
use crate::schema::{Changes, Enum, Object, ObjectId, Refusal, Schema, Type};
use crate::sql::Sql;
use crate::token::quote_literal;

use super::create_type::check_value;
use super::{
    Inverse, Loss, NoInverse, Operate, Operation, Placement, Statement, as_written, guard, restore,
};

/// `alter type name add value 'value' [before | after 'other']`
#[derive(Debug, Clone, PartialEq)]
pub struct AddEnumValue {
    pub name: Name,
    pub if_not_exists: bool,
    pub value: SmolStr,
    pub place: Place,
}

/// `alter type name drop value 'value'`: limbeck's own statement, done by making the type again.
#[derive(Debug, Clone, PartialEq)]
pub struct DropEnumValue {
    pub name: Name,
    pub value: SmolStr,
}

/// Where a new value goes.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    Last,
    Before(SmolStr),
    After(SmolStr),
}

/// The enum called `name`.
pub fn enum_named<'a>(schema: &'a Schema, name: &Name) -> Result<&'a Enum, Refusal> {
    check_type(schema, name)?;
    match schema.type_named(name) {
        Some(Type::Enum(it)) => Ok(it),
        Some(Type::Composite(_) | Type::Domain(_)) | None => Err(Refusal::new(
            Code::UnknownType,
            format!("type \"{name}\" is no enum"),
        )
        .at([name.name.clone()])
        .contradicts(ObjectId::Type(name.clone()))),
    }
}

/// Refuses a type that is not there; it may be one that only raw SQL makes.
pub(super) fn check_type(schema: &Schema, name: &Name) -> Result<(), Refusal> {
    if schema.get(&ObjectId::Type(name.clone())).is_some() {
        return Ok(());
    }
    let names = schema.objects().filter_map(|(id, _)| match id {
        ObjectId::Type(it) => Some(it.name.as_str()),
        _ => None,
    });
    Err(
        Refusal::new(Code::UnknownType, format!("there is no type \"{name}\""))
            .suggest(&name.name, names)
            .at([name.name.clone()]),
    )
}

/// The place of `value` among the enum's values.
pub fn position(it: &Enum, value: &SmolStr, name: &Name) -> Result<usize, Refusal> {
    it.values
        .iter()
        .position(|other| other == value)
        .ok_or_else(|| {
            let refusal = Refusal::new(
                Code::UnknownObject,
                format!("type \"{name}\" has no value '{value}'"),
            )
            .suggest(value, it.values.iter().map(SmolStr::as_str))
            .at([value.clone()])
            .contradicts(ObjectId::Type(name.clone()));
            if refusal.help.is_some() || it.values.is_empty() {
                return refusal;
            }
            let shown: Vec<String> = it
                .values
                .iter()
                .take(10)
                .map(|it| quote_literal(it))
                .collect();
            let more = if it.values.len() > shown.len() {
                ", …"
            } else {
                ""
            };
            refusal.help(format!("its values are {}{more}", shown.join(", ")))
        })
}

fn put(schema: &mut Schema, name: &Name, it: Enum) {
    schema.put(
        ObjectId::Type(name.clone()),
        Some(Object::Type(Type::Enum(it))),
    );
}

impl Operate for AddEnumValue {
    fn title(&self) -> String {
        format!("add value '{}' to type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .type_name(&self.name)
            .word("add value")
            .word_if(self.if_not_exists, "if not exists")
            .literal(&self.value);
        match &self.place {
            Place::Last => {}
            Place::Before(other) => {
                sql.word("before").literal(other);
            }
            Place::After(other) => {
                sql.word("after").literal(other);
            }
        }
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        check_value(&self.value)?;
        if changed.values.contains(&self.value) {
            if self.if_not_exists {
                return Ok(());
            }
            return Err(Refusal::new(
                Code::DuplicateName,
                format!(
                    "type \"{}\" has a value '{}' already",
                    self.name, self.value
                ),
            )
            .help("write `add value if not exists` where databases may differ")
            .at([self.value.clone()])
            .contradicts(ObjectId::Type(self.name.clone())));
        }
        let at = match &self.place {
            Place::Last => changed.values.len(),
            Place::Before(other) => position(&changed, other, &self.name)?,
            Place::After(other) => position(&changed, other, &self.name)? + 1,
        };
        changed.values.insert(at, self.value.clone());
        put(schema, &self.name, changed);
        Ok(())
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        guard::no_inverse(self.if_not_exists, "add value if not exists")?;
        let inverse = restore::restore(changes, after)?;
        for operation in &inverse.operations {
            if let Operation::DropEnumValue(drop) = operation {
                drop.check_users(after)?;
            }
        }
        Ok(inverse)
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        let mut statement = as_written(self, before);
        statement.placement = Placement::EndsPart {
            value: self.value.to_string(),
        };
        vec![statement]
    }
}

impl Operate for DropEnumValue {
    fn title(&self) -> String {
        format!("drop value '{}' of type {}", self.value, self.name)
    }

    fn write(&self, sql: &mut Sql<'_>) {
        sql.word("alter type")
            .type_name(&self.name)
            .word("drop value")
            .literal(&self.value);
    }

    fn apply(&self, schema: &mut Schema) -> Result<(), Refusal> {
        let mut changed = enum_named(schema, &self.name)?.clone();
        let at = position(&changed, &self.value, &self.name)?;
        let refused = self.check_users(schema);
        refused
            .and_then(|()| self.check_value(schema))
            .map_err(|it| {
                Refusal::new(
                    Code::StillNeeded,
                    format!("the value '{}' cannot be dropped: {}", self.value, it.0),
                )
                .help("change that before, in the same revision or an earlier one")
                .at([self.value.clone()])
            })?;
        changed.values.remove(at);
        put(schema, &self.name, changed);
        Ok(())
    }

    fn inverse(&self, changes: &Changes, after: &Schema) -> Result<Inverse, NoInverse> {
        let mut inverse = restore::restore(changes, after)?;
        inverse.fidelity.0.insert(Loss::LosesAttachments);
        Ok(inverse)
    }

    fn lower(&self, before: &Schema, _dialect: &Dialect) -> Vec<Statement> {
        match enum_named(before, &self.name) {
            Ok(present) => self.rebuild(present, before),
            // It is refused when it is applied.
            Err(_) => vec![as_written(self, before)],
        }
    }
}
